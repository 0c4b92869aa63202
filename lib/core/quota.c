/* SPDX-License-Identifier: Apache-2.0 */
#include "core/quota.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/reader.h"
#include "core/alarms.h"
#include "core/commit.h"

#define QUOTA_NOTE_SIZE 32
#define SUBJECT_SIZE (LABEL_SIZE_MAX + 8)

/* ---- whose it is ---- */

/* The owner of a ledger, by the newest roster that names its node. */
static const struct roster_member *owner_of(const struct node *node,
                                            const struct ledger *ledger)
{
    for (const struct roster *roster = node->roster; roster != NULL;
         roster = roster_chain_before(node->chain, roster)) {
        const struct roster_node *from =
            roster_find_node(roster, label_span(&ledger->owner));

        if (from != NULL) {
            return roster_member_of(roster, from);
        }
    }
    return NULL;
}

static const struct roster_member *own_member(const struct node *node)
{
    return node->self == NULL ? NULL
                              : roster_member_of(node->roster, node->self);
}

static const struct quota_use *find(const struct node *node,
                                    const struct label *member)
{
    for (size_t i = 0; i < QUOTA_USES_MAX; i++) {
        const struct quota_use *use = &node->quota.uses[i];

        if (use->used && label_equal(&use->member, member)) {
            return use;
        }
    }
    return NULL;
}

/* Its entry, a new one if need be: a free one, or the one whose day ends first.
 */
static struct quota_use *use_of(struct node *node, const struct label *member)
{
    const struct quota_use *found = find(node, member);
    struct quota_use *spare = &node->quota.uses[0];

    if (found != NULL) {
        return &node->quota.uses[found - node->quota.uses];
    }
    for (size_t i = 0; i < QUOTA_USES_MAX; i++) {
        struct quota_use *use = &node->quota.uses[i];

        if (!use->running ||
            (spare->running && use->until_ms < spare->until_ms)) {
            spare = use;
        }
    }
    *spare = (struct quota_use){ .used = true, .member = *member };
    return spare;
}

/* ---- who else has it ---- */

void quota_told(struct ledger *ledger, uint32_t slot, uint64_t size)
{
    if (size > ledger->told[slot]) {
        ledger->told[slot] = size;
    }
}

/* Do half of the other members hold more leaves than `index`? */
static bool vouched(const struct node *node, const struct ledger *ledger,
                    uint64_t index)
{
    const struct roster_member *owner = owner_of(node, ledger);
    const struct roster_member *own = own_member(node);
    uint32_t members = 0; /* a bit each */
    size_t count = 0;

    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];
        const struct roster_member *member =
            peer->used ? &node->roster->members[peer->member] : NULL;

        if (member == NULL || member == own || ledger->told[i] <= index ||
            (owner != NULL && label_equal(&owner->label, &member->label)) ||
            (members >> peer->member & 1) != 0) {
            continue;
        }
        members |= 1u << peer->member;
        count++;
    }
    return count > 0 && count >= node->roster->member_count / 2;
}

/* ---- counting ---- */

static uint64_t add_up_to(uint64_t a, uint64_t b, uint64_t max)
{
    if (a >= max) {
        return a;
    }
    return b > max - a ? max : a + b;
}

static uint64_t days_worth(uint64_t quota)
{
    return quota > UINT64_MAX / QUOTA_DAYS_MAX ? UINT64_MAX
                                               : quota * QUOTA_DAYS_MAX;
}

static bool fits(uint64_t used, uint64_t more, uint64_t quota)
{
    return (used <= quota && more <= quota - used) || (used == 0 && quota > 0);
}

static uint64_t size_of(const struct deposit *deposit)
{
    return deposit == NULL ? 0 : deposit->payload_size + deposit->header_size;
}

static void count(struct node *node, struct quota_use *use, uint64_t bytes,
                  uint64_t bytes_max, uint64_t records_max)
{
    if (!use->running) {
        use->running = true;
        use->until_ms = node->now_ms + QUOTA_DAY_MS;
    }
    use->bytes = add_up_to(use->bytes, bytes, bytes_max);
    use->records = add_up_to(use->records, 1, records_max);
    use->unsaved = true;
}

/* Counted, or false. */
static bool take(struct node *node, const struct roster_member *member,
                 uint64_t bytes)
{
    struct quota_use *use = use_of(node, &member->label);

#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_NO_QUOTA) != 0) {
        return true;
    }
#endif
    if (!fits(use->bytes, bytes, member->quota_bytes) ||
        !fits(use->records, 1, member->quota_records)) {
        use->over = true;
        return false;
    }
    count(node, use, bytes, UINT64_MAX, UINT64_MAX);
    return true;
}

static void take_vouched(struct node *node, const struct roster_member *member,
                         uint64_t bytes)
{
    const struct roster_member *own = own_member(node);

    if (own != NULL && label_equal(&own->label, &member->label)) {
        return; /* what another node of ours had is no reason to wait here */
    }
    count(node, use_of(node, &member->label), bytes,
          days_worth(member->quota_bytes), days_worth(member->quota_records));
}

bool quota_take(struct node *node, struct ledger *ledger, uint64_t index,
                const struct deposit *deposit)
{
    bool free_of_it = ledger->own || index == 0;
    const struct roster_member *member =
        free_of_it ? NULL : owner_of(node, ledger);

    ledger->over_quota = false;
    if (member == NULL || !member->has_quota) {
        return true;
    }
    if (vouched(node, ledger, index)) {
        take_vouched(node, member, size_of(deposit));
    } else {
        ledger->over_quota = !take(node, member, size_of(deposit));
    }
    return !ledger->over_quota;
}

bool quota_holds_back(const struct node *node, const struct ledger *ledger)
{
    return ledger->over_quota && !vouched(node, ledger, ledger->frontier.size);
}

bool quota_take_own(struct node *node, const struct deposit *deposit)
{
    const struct roster_member *member = own_member(node);

    node->quota.own_waits = member != NULL && member->has_quota &&
                            !take(node, member, size_of(deposit));
    return !node->quota.own_waits;
}

void quota_count_carried(struct node *node, const struct deposit *deposit)
{
    const struct roster_member *member = own_member(node);

    if (member != NULL && member->has_quota) {
        count(node, use_of(node, &member->label), size_of(deposit), UINT64_MAX,
              UINT64_MAX);
    }
}

bool quota_own_waits(const struct node *node)
{
    return node->quota.own_waits;
}

/* ---- kept ---- */

static void save(struct node *node, struct quota_use *use)
{
    uint8_t value[QUOTA_NOTE_SIZE];

    use->unsaved = false;
    bytes_put_u64(value, node->clock_s);
    bytes_put_u64(value + 8, use->running && use->until_ms > node->now_ms
                                 ? use->until_ms - node->now_ms
                                 : 0);
    bytes_put_u64(value + 16, use->bytes);
    bytes_put_u64(value + 24, use->records);
    commit_note(node, NOTE_QUOTA, label_span(&use->member), 0,
                span_of(value, sizeof(value)));
}

void quota_save(struct node *node)
{
    for (size_t i = 0; i < QUOTA_USES_MAX; i++) {
        if (node->quota.uses[i].used && node->quota.uses[i].unsaved) {
            save(node, &node->quota.uses[i]);
        }
    }
}

/* A clock that was set back does not lengthen the day: at the latest it ends as
 * long from now as it had left. One that cannot be read counts nothing. */
static void load(struct node *node, const struct source *source,
                 const struct label *member)
{
    struct quota_use *use;
    struct reader reader;
    struct buf value;
    uint64_t clock_s;
    uint64_t left_ms;
    uint64_t passed_s;
    uint64_t bytes;
    uint64_t records;

    buf_init(&value, QUOTA_NOTE_SIZE);
    if (source->note(source->ctx, NOTE_QUOTA, label_span(member), 0, &value) !=
        ERR_OK) {
        buf_done(&value);
        return;
    }
    reader_init(&reader, buf_span(&value));
    clock_s = reader_u64(&reader);
    left_ms = reader_u64(&reader);
    bytes = reader_u64(&reader);
    records = reader_u64(&reader);
    use = reader_finish(&reader) && left_ms <= QUOTA_DAY_MS
              ? use_of(node, member)
              : NULL;
    if (use != NULL) {
        passed_s = node->clock_s > clock_s ? node->clock_s - clock_s : 0;
        passed_s = passed_s > left_ms / 1000 ? left_ms / 1000 : passed_s;
        use->running = true;
        use->until_ms = node->now_ms + left_ms - passed_s * 1000;
        use->bytes = bytes;
        use->records = records;
    }
    buf_done(&value);
}

void quota_load(struct node *node, const struct source *source)
{
    for (const struct roster *roster = node->roster; roster != NULL;
         roster = roster_chain_before(node->chain, roster)) {
        for (size_t i = 0; i < roster->member_count; i++) {
            if (find(node, &roster->members[i].label) == NULL) {
                load(node, source, &roster->members[i].label);
            }
        }
    }
}

/* ---- the day ends ---- */

static const struct roster_member *member_of(const struct node *node,
                                             const struct label *label)
{
    for (const struct roster *roster = node->roster; roster != NULL;
         roster = roster_chain_before(node->chain, roster)) {
        const struct roster_member *member =
            roster_find_member(roster, label_span(label));

        if (member != NULL) {
            return member;
        }
    }
    return NULL;
}

static uint64_t pay_off(uint64_t used, bool has_quota, uint64_t quota)
{
    return !has_quota || used <= quota ? 0 : used - quota;
}

static void end_days(struct node *node, struct quota_use *use,
                     const struct roster_member *member)
{
    bool has_quota = member != NULL && member->has_quota;

    while (use->running && use->until_ms <= node->now_ms) {
        use->bytes =
            pay_off(use->bytes, has_quota, has_quota ? member->quota_bytes : 0);
        use->records = pay_off(use->records, has_quota,
                               has_quota ? member->quota_records : 0);
        use->running = use->bytes > 0 || use->records > 0;
        use->until_ms += QUOTA_DAY_MS;
        use->ended = true;
    }
    if (use->running) {
        node_due(node, use->until_ms);
    }
}

/* Is there more of this ledger than was taken? */
static bool offered(const struct ledger *ledger)
{
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (ledger->peer_size[i] > ledger->frontier.size) {
            return true;
        }
    }
    return false;
}

/* Of this member: what waits, after what ended was tried again. */
static bool look_at_ledgers(struct node *node, struct quota_use *use)
{
    bool waits = false;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];
        const struct roster_member *owner =
            ledger == NULL ? NULL : owner_of(node, ledger);

        if (owner == NULL || ledger->own ||
            !label_equal(&owner->label, &use->member)) {
            continue;
        }
        if (use->ended || !owner->has_quota) {
            ledger->over_quota = false;
        }
        waits = waits || ledger->over_quota ||
                (use->alarmed && owner->has_quota && offered(ledger));
    }
    return waits;
}

static void say(struct node *node, struct quota_use *use,
                const struct roster_member *member, bool waits)
{
    char subject[SUBJECT_SIZE];
    uint64_t left_s = use->until_ms > node->now_ms
                          ? (use->until_ms - node->now_ms) / 1000
                          : 0;

    if (!waits && !use->alarmed) {
        return;
    }
    (void)snprintf(subject, sizeof(subject), "member=%s", use->member.text);
    if (!waits || member == NULL) {
        use->alarmed = false;
        alarm_clear(node, "OVER-QUOTA", subject);
        return;
    }
    use->alarmed = true;
    alarm_set(node, false, "OVER-QUOTA", subject,
              "%" PRIu64 " of %" PRIu64 " bytes and %" PRIu64 " of %" PRIu64
              " records of its day are used; what is beyond waits for the next "
              "one, in %" PRIu64 " h %" PRIu64 " min",
              use->bytes, member->quota_bytes, use->records,
              member->quota_records, left_s / 3600, left_s / 60 % 60);
}

void quota_pump(struct node *node)
{
    const struct roster_member *own = own_member(node);

    for (size_t i = 0; i < QUOTA_USES_MAX; i++) {
        struct quota_use *use = &node->quota.uses[i];
        const struct roster_member *member;
        bool waits;

        if (!use->used) {
            continue;
        }
        member = member_of(node, &use->member);
        end_days(node, use, member);
        waits = (use->over || use->alarmed) && look_at_ledgers(node, use);
        if (own != NULL && label_equal(&own->label, &use->member)) {
            waits = waits || node->quota.own_waits;
        }
        say(node, use, member, waits);
        use->over = waits;
        use->ended = false;
    }
}
