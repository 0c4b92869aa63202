/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/copies.h"
#include "core/days.h"
#include "core/health.h"
#include "core/holdings.h"
#include "core/judged.h"
#include "core/ledgers.h"
#include "core/seen.h"
#include "core/state.h"
#include "rig.h"
#include "wire/decode.h"

/* ---- since when ---- */

static void judge(struct judged *judged, enum item_state state,
                  uint64_t clock_s)
{
    uint64_t states[ITEM_STATE_COUNT] = { 0 };

    states[state] = UINT64_MAX;
    judged_word(judged, 1, 2, states, clock_s);
}

/* An item has its time from when it got its state; what lacks copies keeps
 * it while it only gets worse or better, and loses it when it is whole. */
Test(judged, keeps_times)
{
    struct judged judged = { 0 };

    cr_assert(judged_room(&judged, 129));
    cr_assert_eq(judged.chunks, 1);
    judge(&judged, ITEM_PROTECTED, 10);
    cr_assert_eq(judged_since_s(&judged, 65), 0);
    cr_assert_eq(judged_in(&judged, 1, ITEM_PROTECTED), 2);
    judge(&judged, ITEM_SHORT, 20);
    cr_assert_eq(judged_since_s(&judged, 65), 20);
    cr_assert_eq(judged_state(&judged, 65), ITEM_SHORT);
    judge(&judged, ITEM_SHORT, 30);
    judge(&judged, ITEM_LOST, 40);
    cr_assert_eq(judged_since_s(&judged, 65), 20);
    cr_assert_eq(judged_oldest_s(&judged, 1, 3), 20);
    judge(&judged, ITEM_UNPROVEN, 50);
    cr_assert_eq(judged_since_s(&judged, 65), 50);
    judge(&judged, ITEM_PROTECTED, 60);
    judge(&judged, ITEM_LAST_COPY, 70);
    cr_assert_eq(judged_since_s(&judged, 65), 70);
    cr_assert_eq(judged_since_s(&judged, 64), 0);
    cr_assert(judged_room(&judged, 1000000));
    cr_assert_eq(judged_since_s(&judged, 65), 70);
    cr_assert_eq(judged_in(&judged, 15000, ITEM_PROTECTED), 0);
    judged_done(&judged);
}

/* ---- first sight ---- */

static void sight(const struct node *node, struct ledger *ledger,
                  uint64_t index, uint64_t time_s)
{
    char leaf[160];

    snprintf(leaf, sizeof(leaf),
             "holdfast record 1 deposit\norigin x\ntime %llu\nroster y\n",
             (unsigned long long)time_s);
    seen_leaf(node, ledger, index, span_str(leaf));
    ledger->frontier.size = index + 1;
}

static void expect_young(const struct node *node, const struct ledger *ledger,
                         uint64_t from, uint64_t to)
{
    uint64_t is_from;
    uint64_t is_to;

    seen_young(node, ledger, &is_from, &is_to);
    cr_assert_eq(is_from, from, "from %d", (int)is_from);
    cr_assert_eq(is_to, to, "to %d", (int)is_to);
}

static struct node *a_node(struct rig *rig, struct ledger **ret_ledger)
{
    struct node *node;

    rig_init(rig, 3, 3);
    rig_start(rig, 0);
    node = rig->nodes[0].core;
    *ret_ledger = ledger_add(
        node, &(struct origin){ "sim-0011223344556677/n1/"
                                "00112233445566778899aabbccddeeff" });
    return node;
}

/* A leaf is new for 24 hours of both clocks, and an old record is not new. */
Test(seen, a_day)
{
    struct rig *rig = malloc(sizeof(*rig));
    struct ledger *ledger;
    struct node *node = a_node(rig, &ledger);
    uint64_t now = node->clock_s;

    expect_young(node, ledger, 0, 0);
    sight(node, ledger, 0, now - 7 * SPREADING_S);
    sight(node, ledger, 1, now - SPREADING_S);
    expect_young(node, ledger, 2, 2);
    sight(node, ledger, 2, now - SPREADING_S / 2);
    sight(node, ledger, 3, now - SPREADING_S / 2 + 60);
    sight(node, ledger, 4, now + 1000 * SPREADING_S);
    expect_young(node, ledger, 2, 5);
    cr_assert_eq(seen_time_s(ledger, 3), now - SPREADING_S / 2);
    cr_assert_eq(seen_time_s(ledger, 4), now);
    node->clock_s += SPREADING_S / 2;
    expect_young(node, ledger, 4, 5);
    node->clock_s += SPREADING_S / 2 - 1;
    expect_young(node, ledger, 4, 5);
    node->clock_s++;
    expect_young(node, ledger, 5, 5);
    /* A clock that was set back makes nothing new. */
    node->clock_s = now - 10;
    expect_young(node, ledger, 2, 4);
    node->now_ms += 1000ULL * SPREADING_S;
    expect_young(node, ledger, 5, 5);
    rig_done(rig);
    free(rig);
}

/* However many leaves come, and however the clock jumps, there is room, and
 * what is forgotten is old. */
Test(seen, has_room)
{
    struct rig *rig = malloc(sizeof(*rig));
    struct ledger *ledger;
    struct node *node = a_node(rig, &ledger);
    uint64_t from;
    uint64_t to;

    for (uint64_t i = 0; i < 1000; i++) {
        node->clock_s += 700;
        sight(node, ledger, i, node->clock_s);
        seen_young(node, ledger, &from, &to);
        cr_assert_eq(to, i + 1);
        cr_assert(i - from <= SPREADING_S / 700);
        cr_assert(i < 130 || i - from >= (SPREADING_S - 3500) / 700);
    }
    rig_done(rig);
    free(rig);
}

/* ---- a status ---- */

/* What is deposited is new for a day; then nobody has proved it, and one member
 * less is too few. */
Test(health, of_three_members)
{
    struct rig *rig = malloc(sizeof(*rig));
    struct msg_status_reply status;
    struct effects effects;

    rig_init(rig, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 60000);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 600000);
    rig_status(rig, 0, &status);
    cr_assert_eq(status.health.states[ITEM_SPREADING], 1);
    cr_assert_eq(status.health.problems_count, 0);
    rig_stop(rig, 0);
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 60000);
    rig_status(rig, 0, &status);
    cr_assert_eq(status.health.states[ITEM_SPREADING], 1);
    rig_quiet(rig);
    rig_pass(rig, 1000ULL * SPREADING_S);
    effects_init(&effects);
    node_status(rig->nodes[0].core, rig->now_ms, &effects, &status);
    cr_assert_eq(status.health.states[ITEM_UNPROVEN], 1);
    cr_assert(span_is(status.health.problems[0].code, "UNPROVEN"));
    cr_assert_eq(status.health.problems[0].count, 1);
    cr_assert_eq(status.health.short_oldest, 0);
    cr_assert_eq(status.health.losses_count, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(status.health.losses[i].more_left, 1);
    }
    effects_done(&effects);
    rig_done(rig);
    free(rig);
}

/* A question sees what came a moment ago: new, and not unknown. */
Test(health, sees_what_is_new)
{
    static const struct message question = { .kind = MESSAGE_STATUS };
    struct rig *rig = malloc(sizeof(*rig));
    struct msg_status_reply status;

    rig_init(rig, 1, 1);
    rig_start(rig, 0);
    rig_pass(rig, 60000);
    for (unsigned i = 1; i <= 3; i++) {
        (void)rig_deposit(rig, 0, i);
        rig_pass(rig, 100); /* it is registered */
        rig_ask(rig, 0, &question, NULL, 0);
        rig_status(rig, 0, &status);
        cr_assert_eq(status.items, i);
        cr_assert_eq(status.health.states[ITEM_PROTECTED] +
                         status.health.states[ITEM_SPREADING],
                     i);
    }
    rig_done(rig);
    free(rig);
}

static struct status_health days_of(struct rig *rig, struct effects *effects)
{
    struct msg_status_reply status;

    effects_clear(effects);
    node_status(rig->nodes[0].core, rig->now_ms, effects, &status);
    return status.health;
}

/* Each day has what its last look showed; a restart forgets none, and only the
 * newest are kept. */
Test(health, days)
{
    struct rig *rig = malloc(sizeof(*rig));
    struct effects effects;
    struct status_health health;
    uint64_t day;

    effects_init(&effects);
    rig_init(rig, 1, 1);
    rig_start(rig, 0);
    rig_pass(rig, 60000);
    day = rig_clock_s(rig, 0) / 86400;
    health = days_of(rig, &effects);
    cr_assert_eq(health.days_count, 1);
    cr_assert_eq(health.days[0].day, day);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 2 * 86400000);
    rig_quiet(rig);
    health = days_of(rig, &effects);
    cr_assert_eq(health.days_count, 3);
    cr_assert_eq(health.days[0].states[ITEM_SPREADING], 1);
    cr_assert_eq(health.days[2].day, day + 2);
    cr_assert_eq(health.days[2].states[ITEM_SPREADING], 0);
    rig_stop(rig, 0);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    health = days_of(rig, &effects);
    cr_assert_eq(health.days_count, 3);
    cr_assert_eq(health.days[0].states[ITEM_SPREADING], 1);
    for (unsigned i = 0; i < 400; i++) {
        rig->nodes[0].core->clock_s += 86400;
        days_count(rig->nodes[0].core);
    }
    health = days_of(rig, &effects);
    cr_assert_eq(health.days_count, STATUS_DAYS_MAX);
    cr_assert_eq(health.days[STATUS_DAYS_MAX - 1].day, day + 402);
    effects_done(&effects);
    rig_done(rig);
    free(rig);
}

/* ---- against the rule, word for word ---- */

#define ITEMS 300

/* What one member's nodes say of one item, as the rule puts it. */
static enum item_state by_the_rule(const struct copies *copies, uint64_t index)
{
    const struct node *node = copies->node;
    bool proven_member[MEMBER_COUNT_MAX] = { false };
    bool any_member[MEMBER_COUNT_MAX] = { false };
    bool proven_country[26 * 26] = { false };
    bool any_country[26 * 26] = { false };
    struct item_facts facts = { 0 };
    struct health_rule rule = { (unsigned)node->roster->copies,
                                (unsigned)node->roster->jurisdictions };

    for (size_t i = 0; i < node->roster->node_count; i++) {
        const struct roster_node *from = &node->roster->nodes[i];
        bool self = from == node->self;
        bool claims = false;
        bool proven = false;
        size_t country = (size_t)(from->country[0] - 'A') * 26 +
                         (size_t)(from->country[1] - 'A');

        for (uint32_t slot = 0; slot < NODE_COUNT_MAX; slot++) {
            if (!self && node->peers[slot].used &&
                label_equal(&node->peers[slot].label, &from->label)) {
                claims = node->statements.of[slot].used &&
                         holdings_claims(copies->ledger, slot, index);
                proven = claims && copies_vouched(node, slot);
            }
        }
        if (self) {
            claims = ledger_held(copies->ledger, index);
            proven = claims && copies_vouched(node, STATED_OWN);
        }
        if (from->role != NODE_STORE) {
            continue;
        }
        any_member[from->member] |= claims;
        any_country[country] |= claims;
        proven_member[from->member] |= proven;
        proven_country[country] |= proven;
    }
    for (size_t i = 0; i < MEMBER_COUNT_MAX; i++) {
        facts.any += any_member[i];
        facts.proven += proven_member[i];
    }
    for (size_t i = 0; i < 26 * 26; i++) {
        facts.any_countries += any_country[i];
        facts.proven_countries += proven_country[i];
    }
    facts.young = index >= copies->young_from && index < copies->young_to;
    return item_state_of(&facts, &rule);
}

/* Claims at random, in statements of every age. */
static void random_claims(struct node *node, struct ledger *ledger,
                          struct rng *rng)
{
    uint64_t proof_age_s = node->roster->proof_age_seconds;

    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct claimed *claimed = &ledger->claimed[i];
        struct stated *stated = &node->statements.of[i];

        if (!node->peers[i].used) {
            continue;
        }
        stated->used = rng_below(rng, 5) > 0;
        stated->node = node->peers[i].label;
        stated->statement.time =
            node->clock_s - rng_below(rng, 2) * STATEMENT_AGE_S_MAX;
        stated->statement.has_scrubbed = rng_below(rng, 4) > 0;
        stated->statement.scrubbed =
            node->clock_s - rng_below(rng, 2) * proof_age_s;
        stated->seen_ms = node->now_ms;
        free(claimed->bits);
        claimed->room = 48;
        claimed->size = rng_below(rng, ITEMS + 2);
        claimed->bits = calloc(1, claimed->room);
        for (uint64_t j = 0; j < claimed->size; j++) {
            claimed->bits[j / 8] |= (uint8_t)(rng_below(rng, 3) > 0) << (j % 8);
        }
    }
    for (size_t i = 0; i < ledger->held_room; i++) {
        ledger->held[i] = (uint8_t)rng_below(rng, 256);
    }
    node->statements.of[STATED_OWN].used = rng_below(rng, 2) > 0;
    node->statements.of[STATED_OWN].statement.has_scrubbed = true;
    node->statements.of[STATED_OWN].statement.scrubbed = node->clock_s;
    ledger->seen.count = 1;
    ledger->seen.marks[0] = (struct seen_mark){ rng_below(rng, ITEMS),
                                                node->clock_s, node->now_ms };
    ledger->frontier.size = ITEMS + 1;
}

static void expect_by_the_rule(const struct copies *copies, uint64_t index,
                               uint32_t sums[static ITEM_STATE_COUNT])
{
    uint64_t states[ITEM_STATE_COUNT];
    struct copies_word word;
    enum item_state state = by_the_rule(copies, index);
    uint64_t all = 0;

    copies_word(copies, index / 64, &word);
    copies_judge(copies, &word, states);
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        cr_assert_eq(all & states[i], 0);
        all |= states[i];
    }
    cr_assert_eq(all, word.items);
    cr_assert_neq(states[state] >> (index % 64) & 1, 0, "item %d", (int)index);
    sums[state]++;
}

/* The bitmaps come to the same as the rule for each item by itself, and no item
 * is in two states. */
Test(health, as_the_rule_says)
{
    struct rig *rig = malloc(sizeof(*rig));
    struct ledger *ledger;
    struct node *node = a_node(rig, &ledger);
    struct rng rng;

    rng_init(&rng, 11);
    cr_assert(ledger_held_room(ledger, ITEMS + 1));
    ledger->durable.size = ITEMS + 1;
    for (unsigned round = 0; round < 300; round++) {
        uint32_t sums[ITEM_STATE_COUNT] = { 0 };
        struct copies copies;

        random_claims(node, ledger, &rng);
        copies_begin(node, ledger, &copies);
        for (uint64_t i = 1; i <= ITEMS; i++) {
            expect_by_the_rule(&copies, i, sums);
        }
        node->health.looked = false;
        health_look(node);
        cr_assert_arr_eq(node->health.states, sums, sizeof(sums));
    }
    memset(node->statements.of, 0, sizeof(node->statements.of));
    rig_done(rig);
    free(rig);
}

#define MANY 1000000

static uint64_t spent_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A million items of ten members, of whom each claims others: all are judged;
 * the time is told, not judged. */
Test(health, a_million)
{
    struct rig *rig = malloc(sizeof(*rig));
    struct ledger *ledger;
    struct node *node;
    uint64_t begun;

    rig_init(rig, 10, 1);
    rig_start(rig, 0);
    node = rig->nodes[0].core;
    ledger = ledger_add(node,
                        &(struct origin){ "sim-0011223344556677/n1/"
                                          "00112233445566778899aabbccddeeff" });
    cr_assert(ledger_held_room(ledger, MANY + 1));
    ledger->durable.size = MANY + 1;
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct claimed *claimed = &ledger->claimed[i];

        if (node->peers[i].used) {
            node->statements.of[i].used = true;
            node->statements.of[i].node = node->peers[i].label;
            claimed->room = ledger->held_room;
            claimed->size = MANY + 1;
            claimed->bits = malloc(claimed->room);
            for (size_t j = 0; j < claimed->room; j++) {
                claimed->bits[j] = (uint8_t)(j * (i + 3) >> 3);
            }
        }
    }
    node->health.looked = false;
    begun = spent_ns();
    health_look(node);
    begun = spent_ns() - begun;
    cr_log_info("%d items, 10 members: %.1f ms", MANY, (double)begun / 1e6);
    begun = 0;
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        begun += node->health.states[i];
    }
    cr_assert_eq(begun, MANY);
    memset(node->statements.of, 0, sizeof(node->statements.of));
    rig_done(rig);
    free(rig);
}

/* ---- a list ---- */

struct listed {
    struct arena arena;
    struct message message;
};

static const struct msg_list_reply *list(struct rig *rig, size_t node,
                                         struct listed *listed,
                                         const struct msg_list *asked)
{
    struct message message = { .kind = MESSAGE_LIST, .list = *asked };

    rig_ask(rig, node, &message, NULL, 0);
    rig_run(rig);
    arena_reset(&listed->arena);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer), MESSAGE_LIST,
                                      &listed->arena, &listed->message, NULL),
                 ERR_OK);
    cr_assert_eq(listed->message.kind, MESSAGE_LIST);
    return &listed->message.list_reply;
}

/* By state and by the first bits of the root: each item with who has it and
 * why it is not proven; nothing of another state; and it goes on where it
 * stopped. */
Test(health, lists)
{
    struct rig *rig = malloc(sizeof(*rig));
    const struct msg_list_reply *reply;
    struct listed listed;
    struct deposit deposit;

    cr_assert_eq(arena_init(&listed.arena, ARENA_SIZE_MAX), ERR_OK);
    rig_init(rig, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 60000);
    for (unsigned i = 0; i < 3; i++) {
        deposit = rig_deposit(rig, 0, i);
    }
    rig_pass(rig, 1000ULL * SPREADING_S);
    reply = list(rig, 0, &listed, &(struct msg_list){ 0, 0, 2, .states = 1u });
    cr_assert_eq(reply->count, 0);
    cr_assert_not(reply->more);
    reply = list(rig, 0, &listed,
                 &(struct msg_list){ 0, 0, 2, .states = 1u << ITEM_UNPROVEN });
    cr_assert_eq(reply->count, 2);
    cr_assert(reply->more);
    cr_assert_eq(reply->members_count, 3);
    cr_assert_eq(reply->nodes_count, 3);
    for (size_t i = 0; i < 2; i++) {
        const struct list_state *state = &reply->entries[i].state;

        cr_assert_eq(state->state, ITEM_UNPROVEN);
        cr_assert_eq(state->proven, 0);
        cr_assert_eq(state->open, 7);
        cr_assert_eq(state->reasons_count, 3);
        cr_assert_eq(state->reasons[0].code, REASON_NOT_REREAD);
        cr_assert(reply->entries[i].held);
    }
    reply = list(rig, 0, &listed,
                 &(struct msg_list){ reply->ledger, reply->index, 2,
                                     .states = 1u << ITEM_UNPROVEN });
    cr_assert_eq(reply->count, 1);
    cr_assert_not(reply->more);
    reply = list(
        rig, 0, &listed,
        &(struct msg_list){ .count = 2,
                            .prefix = span_of(deposit.payload_root.bytes, 5),
                            .prefix_bits = 37,
                            .states = 63 });
    cr_assert_eq(reply->count, 1);
    cr_assert_eq(reply->entries[0].state.state, ITEM_UNPROVEN);
    cr_assert_eq(reply->entries[0].index, 3);
    reply = list(
        rig, 0, &listed,
        &(struct msg_list){ .count = 2,
                            .prefix = span_of(deposit.payload_root.bytes, 5),
                            .prefix_bits = 37,
                            .states = 1u << ITEM_LOST });
    cr_assert_eq(reply->count, 0);
    arena_done(&listed.arena);
    rig_done(rig);
    free(rig);
}
