/* SPDX-License-Identifier: Apache-2.0 */
#include "web/situations.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"

#define DAY_S 86400
#define HOUR_S 3600
#define PEERS_MAX 29
#define DAYS_MAX 366
#define ITEMS_MAX 100
#define TEXTS_MAX 400

#define S(text)                                                                \
    {                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                              \
    }

enum order {
    PROTECTED,
    SPREADING,
    SHORT,
    LAST,
    LOST,
    UNPROVEN
};

static struct status_peer peers[PEERS_MAX];
static struct status_day days[DAYS_MAX];
static struct status_problem problems[8];
static struct status_loss losses[16];
static struct status_alarm alarms[2];
static struct list_entry entries[ITEMS_MAX];
static struct list_reason reasons[2];
static struct label members[PEERS_MAX + 1];
static const struct label nodes[] = { { "vilna-1" }, { "wisla-1" } };
static char texts[TEXTS_MAX][640];
static size_t texts_used;

static const struct {
    const char *member;
    const char *country;
} organisations[] = {
    { "nordlys", "DK" }, { "vilna", "LT" }, { "wisla", "PL" },
    { "fjord", "NO" },   { "alpin", "CH" },
};

static struct span text_of(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static struct span text_of(const char *format, ...)
{
    va_list args;

    CHECK(texts_used < TEXTS_MAX);
    va_start(args, format);
    (void)vsnprintf(texts[texts_used], sizeof(texts[0]), format, args);
    va_end(args);
    return span_str(texts[texts_used++]);
}

static void set_label(struct label *label, struct span text)
{
    CHECK(text.size <= LABEL_SIZE_MAX);
    memcpy(label->text, text.data, text.size);
    label->text[text.size] = '\0';
}

static void make_peer(size_t index, struct status_peer *peer)
{
    const char *member = organisations[index % 5].member;
    size_t round = index / 5;

    *peer = (struct status_peer){
        .member =
            round == 0 ? span_str(member) : text_of("%s%zu", member, round + 1),
        .node = round == 0 ? text_of("%s-1", member)
                           : text_of("%s%zu-1", member, round + 1),
        .country = span_str(organisations[index % 5].country),
        .connected = true,
        .heard = true,
        .silent_s = 12 + 9 * index,
        .role = ROLE_STORE,
        .has_statement = true,
        .statement_age_s = 240 + 30 * index,
        .items_claimed = 11204 - 371 * (index % 5),
        .free_bytes = 2100000000000ULL - 200000000000ULL * (index % 5),
        .release = S("0.3.0"),
        .proofs = { .scrubbed_s =
                        SITUATION_NOW_S - (uint64_t)(9 + index) * DAY_S,
                    .asked = 412,
                    .good = 412,
                    .last_good_s = SITUATION_NOW_S - HOUR_S,
                    .seen_s = SITUATION_NOW_S - 12 },
    };
}

static void make_silent(struct status_peer *peer, uint64_t hours)
{
    peer->connected = false;
    peer->silent_s = hours * HOUR_S;
    peer->proofs.seen_s = SITUATION_NOW_S - hours * HOUR_S;
    peer->statement_age_s = hours * HOUR_S;
}

static void make_days(struct situation *situation, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t short_now = i % 29 == 20 ? 140 : 0;

        days[i] = (struct status_day){
            .day = SITUATION_NOW_S / DAY_S - count + i,
            .states = { [PROTECTED] = 12300 + (uint32_t)i - short_now,
                        [SPREADING] = (uint32_t)(i % 7) * 9,
                        [SHORT] = short_now },
        };
    }
    situation->status.health.days = days;
    situation->status.health.days_count = count;
}

/* Five members, all well. */
static void make_base(struct situation *situation)
{
    static const struct status_loss fine[] = {
        { S("CH"), 0, 0, 12438 }, { S("DK"), 0, 0, 12438 },
        { S("LT"), 0, 0, 12438 }, { S("NO"), 0, 0, 12438 },
        { S("PL"), 0, 0, 12438 },
    };

    texts_used = 0;
    for (size_t i = 0; i < 5; i++) {
        make_peer(i, &peers[i]);
        set_label(&members[i], peers[i].member);
    }
    memcpy(losses, fine, sizeof(fine));
    *situation = (struct situation){
        .status = { .node = S("secretariat-1"),
                    .member = S("secretariat"),
                    .country = S("DK"),
                    .consortium = S("northern-archive-3f9c5a1e7b20d846"),
                    .release = S("0.3.0"),
                    .roster_version = 8,
                    .phase = OWN_READY,
                    .heard = 5,
                    .needed = 3,
                    .uptime_s = 900000,
                    .items = 12438,
                    .role = ROLE_OBSERVER,
                    .free_bytes = 96000000000ULL,
                    .peers = peers,
                    .peers_count = 5,
                    .rule_copies = 3,
                    .rule_countries = 2,
                    .rule_members = 5,
                    .health = { .states = { [PROTECTED] = 12438 },
                                .proof_age = 30 * DAY_S,
                                .losses = losses,
                                .losses_count = 5,
                                .problems = problems },
                    .alarms = alarms },
        .list = { .members = members,
                  .members_count = 5,
                  .nodes = nodes,
                  .nodes_count = 2,
                  .entries = entries },
        .age_s = 40,
    };
    make_days(situation, 60);
}

static void make_entries(struct situation *situation, size_t count,
                         uint32_t state)
{
    static const char hash[] =
        "112233445566778899aabbccddeeff00112233445566778899aabbccddee";

    reasons[0] = (struct list_reason){ REASON_BAD, 1, 2 * HOUR_S };
    reasons[1] = (struct list_reason){ REASON_SILENT, 0, 31 * HOUR_S };
    for (size_t i = 0; i < count; i++) {
        entries[i] = (struct list_entry){
            .origin = S("northern-archive-3f9c5a1e7b20d846/fjord/"
                        "8d0e41c28d0e41c28d0e41c28d0e41c2"),
            .index = i + 1,
            .leaf = text_of(
                "holdfast record 1 deposit\norigin "
                "northern-archive-3f9c5a1e7b20d846/fjord/"
                "8d0e41c28d0e41c28d0e41c28d0e41c2\ntime 1764000000\nroster "
                "a0%02zu%s\nheader a0%02zu%s 1338\npayload a0%02zu%s "
                "1107296256\ncommitment a0%02zu%s\n",
                i, hash, i, hash, i, hash, i, hash),
            .state = { .state = state,
                       .since = 2 * HOUR_S,
                       .proven = 8,
                       .open = 2,
                       .reasons = reasons,
                       .reasons_count = 2 },
        };
    }
    situation->list.count = count;
}

static void add_problem(struct situation *situation,
                        const struct status_problem *problem)
{
    CHECK(situation->status.health.problems_count <
          sizeof(problems) / sizeof(problems[0]));
    problems[situation->status.health.problems_count++] = *problem;
}

static void add_silent(struct situation *situation, size_t index)
{
    make_silent(&peers[index], 31);
    add_problem(
        situation,
        &(struct status_problem){
            .code = S("PEER-SILENT"),
            .since = 31 * HOUR_S,
            .subject = peers[index].node,
            .text = S("not heard of; its copies count until 25 Nov 03:15 UTC"),
            .doing = S("It is called again and again."),
            .do_next =
                text_of("phone %.*s (%.*s)", (int)peers[index].member.size,
                        (const char *)peers[index].member.data,
                        (int)peers[index].country.size,
                        (const char *)peers[index].country.data) });
}

static void make_one_copy(struct situation *situation)
{
    uint32_t *states = situation->status.health.states;

    states[PROTECTED] = 12406;
    states[SPREADING] = 21;
    states[SHORT] = 9;
    states[LAST] = 2;
    situation->status.health.short_oldest = 2 * HOUR_S;
    losses[3].one_left = 14;
    losses[3].none_left = 2;
    add_problem(situation,
                &(struct status_problem){
                    .code = S("LAST-COPY"),
                    .critical = true,
                    .count = 2,
                    .since = 2 * HOUR_S,
                    .text = S("wisla found its copies bad"),
                    .doing = S("New copies are being made now."),
                    .do_next = S("phone vilna (LT) - not heard of for 31 "
                                 "hours"),
                    .eta = 1500 });
    add_silent(situation, 1);
    add_problem(situation,
                &(struct status_problem){ .code = S("SHORT"),
                                          .count = 9,
                                          .since = HOUR_S,
                                          .text = S("waiting for alpin"),
                                          .doing = S("Copying to alpin."),
                                          .do_next = S("nothing yet"),
                                          .eta = 2100 });
    make_entries(situation, 11, LAST);
    for (size_t i = 2; i < 11; i++) {
        entries[i].state.state = SHORT;
        entries[i].state.proven = 12;
    }
}

static void make_unknown(struct situation *situation)
{
    situation->status.health.states[PROTECTED] = 8318;
    situation->status.health.states[UNPROVEN] = 4120;
    make_silent(&peers[1], 50);
    make_silent(&peers[4], 50);
    add_problem(situation,
                &(struct status_problem){
                    .code = S("UNPROVEN"),
                    .count = 4120,
                    .since = 2 * HOUR_S,
                    .text = S("no fresh report from vilna and alpin"),
                    .doing = S("Both are called again and again."),
                    .do_next = S("phone vilna (LT) and alpin (CH)") });
    make_entries(situation, 40, UNPROVEN);
    situation->list.more = true;
    situation->list.ledger = 2;
    situation->list.index = 41;
}

static void make_lost(struct situation *situation)
{
    situation->status.health.states[PROTECTED] = 12437;
    situation->status.health.states[LOST] = 1;
    situation->status.health.short_oldest = 5 * HOUR_S;
    add_problem(
        situation,
        &(struct status_problem){
            .code = S("LOST"),
            .critical = true,
            .count = 1,
            .since = 5 * HOUR_S,
            .text = S("no member has a good copy"),
            .doing = S("Every member is asked for it again and again."),
            .do_next = S("Do not restart or delete anything. Phone whoever is "
                         "on call.") });
    make_entries(situation, 1, LOST);
    entries[0].state.proven = 0;
    entries[0].state.open = 0;
}

static void make_empty(struct situation *situation)
{
    memset(situation->status.health.states, 0,
           sizeof(situation->status.health.states));
    situation->status.items = 0;
    situation->status.health.days_count = 0;
    situation->status.health.losses_count = 0;
    for (size_t i = 0; i < situation->status.peers_count; i++) {
        peers[i].items_claimed = 0;
        peers[i].proofs.asked = 0;
        peers[i].proofs.good = 0;
        peers[i].proofs.scrubbed_s = 0;
    }
}

static void make_setting_up(struct situation *situation)
{
    make_empty(situation);
    situation->status.phase = OWN_WAITING;
    situation->status.heard = 1;
    situation->status.needed = 3;
    for (size_t i = 1; i < situation->status.peers_count; i++) {
        peers[i].heard = false;
        peers[i].connected = false;
        peers[i].has_statement = false;
        peers[i].proofs.seen_s = 0;
    }
}

static void make_alarm(struct situation *situation)
{
    alarms[0] = (struct status_alarm){
        .code = S("FORK"),
        .subject = S("node=wisla-1"),
        .text = S("two histories of one ledger"),
        .since_s = HOUR_S,
        .critical = true,
    };
    situation->status.alarms_count = 1;
    add_problem(situation,
                &(struct status_problem){
                    .code = S("FORK"),
                    .critical = true,
                    .since = HOUR_S,
                    .subject = S("wisla-1"),
                    .text = S("wisla-1 signed two histories of one ledger"),
                    .doing = S("The ledger is frozen; what is held stays."),
                    .do_next = S("Phone wisla. Delete nothing.") });
}

static void make_many(struct situation *situation)
{
    make_one_copy(situation);
    make_alarm(situation);
    for (size_t i = 5; i < PEERS_MAX; i++) {
        make_peer(i, &peers[i]);
        set_label(&members[i], peers[i].member);
    }
    situation->status.peers_count = PEERS_MAX;
    situation->list.members_count = PEERS_MAX;
    peers[7].proofs.bad = 3;
    peers[8].role = ROLE_LEAVING;
    situation->status.health.states[LOST] = 3;
    situation->status.health.states[UNPROVEN] = 1234567;
    for (size_t i = 5; i < 16; i++) {
        losses[i] = losses[i % 5];
    }
    situation->status.health.losses_count = 16;
    make_days(situation, DAYS_MAX);
    make_entries(situation, ITEMS_MAX, SHORT);
    situation->list.more = true;
}

static void make_protected(struct situation *situation)
{
    (void)situation; /* as it is */
}

static void make_spreading(struct situation *situation)
{
    situation->status.health.states[PROTECTED] -= 21;
    situation->status.health.states[SPREADING] = 21;
}

static void make_old(struct situation *situation)
{
    situation->age_s = 7 * HOUR_S;
}

bool situation_make(const char *name, struct situation *ret_situation)
{
    static const struct {
        const char *name;
        void (*make)(struct situation *situation);
    } all[] = {
        { "all-protected", make_protected },
        { "one-copy", make_one_copy },
        { "unknown", make_unknown },
        { "lost", make_lost },
        { "setting-up", make_setting_up },
        { "spreading", make_spreading },
        { "empty", make_empty },
        { "alarm", make_alarm },
        { "old", make_old },
        { "many", make_many },
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(all[i].name, name) == 0) {
            make_base(ret_situation);
            all[i].make(ret_situation);
            return true;
        }
    }
    return false;
}
