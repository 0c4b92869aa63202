/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/intake.h"
#include "model/record.h"
#include "rig.h"
#include "wire/encode.h"

static struct rig *rig;

static void setup(void)
{
    rig = malloc(sizeof(*rig));
    cr_assert_not_null(rig);
}

static void teardown(void)
{
    rig_done(rig);
    free(rig);
}

TestSuite(own, .init = setup, .fini = teardown);

static void start(size_t members, size_t nodes)
{
    rig_init(rig, members, nodes);
    for (size_t i = 0; i < nodes; i++) {
        rig_start(rig, i);
    }
}

static enum own_phase phase(size_t node)
{
    struct msg_status_reply status;

    rig_status(rig, node, &status);
    return status.phase;
}

struct opens {
    struct disk *disk;
    size_t count;
    struct record last; /* the open record that was stored last */
    uint32_t number;
};

static void see_open(void *ctx, const struct batch_op *op, struct span name,
                     struct span value)
{
    struct opens *opens = ctx;
    static struct record record;
    struct label label;

    (void)name;
    if (op->index != 0 || record_parse(value, &record, NULL) != ERR_OK) {
        return;
    }
    origin_node_copy(&record.origin, &label);
    if (strcmp(label.text, "n0") != 0) {
        return;
    }
    opens->count++;
    if (op->ledger >= opens->number) {
        opens->number = op->ledger;
        opens->last = record;
    }
}

/* The ledgers of n0 on n0's disk. */
static struct opens *look(void)
{
    struct opens *opens = calloc(1, sizeof(*opens));

    disk_each(rig->nodes[0].disk, BATCH_LEAF, see_open, opens);
    return opens;
}

/* With one member nobody is asked. */
Test(own, alone)
{
    start(1, 1);
    rig_run(rig);
    cr_assert_eq(phase(0), OWN_READY);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
}

/* With three members both must be heard, or one when the other has been
 * silent for an hour since the start. */
Test(own, third_member_silent)
{
    start(3, 2);
    rig_link_all(rig);
    cr_assert_eq(phase(0), OWN_WAITING);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_PENDING);
    rig_pass(rig, 3600000 - 200);
    cr_assert_eq(phase(0), OWN_WAITING);
    rig_pass(rig, 400);
    cr_assert_eq(phase(0), OWN_READY);
    cr_assert_eq(phase(1), OWN_READY);
}

/* With five members half of the other four are enough. */
Test(own, half_of_four)
{
    start(5, 3);
    rig_link(rig, 0, 1);
    rig_run(rig);
    cr_assert_eq(phase(0), OWN_WAITING);
    rig_link(rig, 0, 2);
    rig_run(rig);
    cr_assert_eq(phase(0), OWN_READY);
}

/* A node that waits for longer than an hour does not wake up all the time. */
Test(own, waits_quietly)
{
    start(5, 1);
    rig_pass(rig, 3700000);
    cr_assert_eq(phase(0), OWN_WAITING);
    cr_assert_geq(node_deadline_ms(rig->nodes[0].core), rig->now_ms + 1000);
}

/* A node without any session left keeps deposits, and registers them when it
 * is in touch again. */
Test(own, out_of_touch)
{
    start(2, 2);
    rig_link_all(rig);
    cr_assert_eq(phase(0), OWN_READY);
    rig_stop(rig, 1);
    rig_pass(rig, 100000);
    rig_quiet(rig);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_PENDING);
    rig_start(rig, 1);
    rig_link(rig, 0, 1);
    rig_run(rig);
    cr_assert_eq(rig_count(rig, "n0 signs"), 1);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
}

/* A restart goes on with the same ledger; what is durable and unsigned is
 * signed next. */
Test(own, goes_on)
{
    struct opens *opens;

    start(2, 2);
    rig_link_all(rig);
    (void)rig_deposit(rig, 0, 1);
    rig->hold_disk = true;
    (void)rig_deposit(rig, 0, 2);
    cr_assert(disk_sync(rig->nodes[0].disk));
    rig_stop(rig, 0);
    rig->queued = 0;
    rig->hold_disk = false;
    rig_start(rig, 0);
    rig_quiet(rig);
    rig_link_all(rig);
    cr_assert_eq(rig_count(rig, "n0 signs 3"), 1);
    opens = look();
    cr_assert_eq(opens->count, 1);
    free(opens);
}

/* A node that lost its disk opens a new ledger that names the old one, and the
 * old one flows back with its items. */
Test(own, rescued)
{
    struct msg_status_reply status;
    struct opens *opens;

    start(3, 3);
    rig_link_all(rig);
    (void)rig_deposit(rig, 0, 1);
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, 10000);
    rig_stop(rig, 0);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = disk_new();
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    opens = look();
    cr_assert_eq(opens->count, 2);
    cr_assert_eq(opens->last.open.reason, OPEN_RESCUED);
    cr_assert_eq(opens->last.open.earlier_count, 1);
    cr_assert_eq(opens->last.open.earlier[0].size, 3);
    free(opens);
    rig_status(rig, 0, &status);
    cr_assert_eq(status.held, 2);
    cr_assert_eq(phase(0), OWN_READY);
}

/* A second loss names only the ledger that the first new one did not. */
Test(own, rescued_twice)
{
    struct opens *opens;

    start(3, 3);
    rig_link_all(rig);
    for (unsigned i = 0; i < 2; i++) {
        (void)rig_deposit(rig, 0, i);
        rig_pass(rig, 10000);
        rig_stop(rig, 0);
        disk_free(rig->nodes[0].disk);
        rig->nodes[0].disk = disk_new();
        rig_start(rig, 0);
        rig_link_all(rig);
        rig_pass(rig, 10000);
    }
    opens = look();
    cr_assert_eq(opens->count, 3);
    cr_assert_eq(opens->last.open.earlier_count, 1);
    cr_assert_eq(opens->last.open.earlier[0].size, 2);
    free(opens);
}

/* A copied directory opens a new ledger, reason moved. */
Test(own, moved)
{
    struct opens *opens;

    start(2, 2);
    rig_link_all(rig);
    rig_stop(rig, 0);
    rig->nodes[0].moved = true;
    rig_start(rig, 0);
    rig_link_all(rig);
    opens = look();
    cr_assert_eq(opens->count, 2);
    cr_assert_eq(opens->last.open.reason, OPEN_MOVED);
    cr_assert_eq(opens->last.open.earlier_count, 1);
    free(opens);
}

/* A store that was put back to an earlier state, mark and all, is noticed by
 * what a peer holds: a new ledger names the peer's size, and the lost leaves
 * come back. */
Test(own, rolled_back)
{
    struct disk *backup;
    struct msg_status_reply status;
    struct opens *opens;

    start(2, 2);
    rig_link_all(rig);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 10000);
    backup = disk_copy(rig->nodes[0].disk);
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, 10000);
    rig_stop(rig, 0);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = backup;
    rig_start(rig, 0);
    rig_quiet(rig);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    cr_assert_eq(rig_count(rig, "n0 says LEDGER-ROLLED-BACK"), 1);
    opens = look();
    cr_assert_eq(opens->count, 2);
    cr_assert_eq(opens->last.open.reason, OPEN_ROLLED_BACK);
    cr_assert_eq(opens->last.open.earlier[0].size, 3);
    free(opens);
    rig_status(rig, 0, &status);
    cr_assert_eq(status.items, 2);
    cr_assert_eq(status.held, 2);
    cr_assert_eq(rig_count(rig, "FORK"), 0);
}

/* Records of n0 on this disk that were carried, in the newest ledger. */
struct carried {
    size_t count;
    struct record outer; /* the last one */
    struct record inner;
};

static void see_carried(void *ctx, const struct batch_op *op, struct span name,
                        struct span value)
{
    struct carried *carried = ctx;
    static struct record record;

    (void)name;
    if (op->index == 0 || record_parse(value, &record, NULL) != ERR_OK ||
        record.kind != RECORD_CARRIED) {
        return;
    }
    carried->count++;
    carried->outer = record;
    cr_assert_eq(record_parse_carried(&record, &carried->inner, NULL), ERR_OK);
}

static struct carried *look_for_carried(size_t node)
{
    struct carried *carried = calloc(1, sizeof(*carried));

    disk_each(rig->nodes[node].disk, BATCH_LEAF, see_carried, carried);
    return carried;
}

/* n0 has a durable leaf 2 that was never signed. */
static struct deposit leave_unsigned(void)
{
    struct deposit deposit;

    start(2, 2);
    rig_link_all(rig);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 5000);
    rig->hold_disk = true;
    deposit = rig_deposit(rig, 0, 2);
    cr_assert(disk_sync(rig->nodes[0].disk));
    rig_stop(rig, 0);
    rig->queued = 0;
    rig->hold_disk = false;
    rig_pass(rig, 5000);
    return deposit;
}

/* Leaves that were durable and not yet signed when the ledger had to be left
 * are carried into the next one as they are: the time that was claimed stays.
 * A receipt can be had for them. */
Test(own, unsigned_leaves)
{
    struct deposit deposit = leave_unsigned();
    struct deposit_item item = { .root = deposit.payload_root,
                                 .header = deposit.header_id,
                                 .commitment = deposit.commitment };
    struct message message = { .kind = MESSAGE_RECEIPTS };
    struct deposit_facts facts;
    struct carried *carried;
    struct msg_status_reply status;

    for (unsigned i = 0; i < 2; i++) {
        rig->nodes[0].moved = i == 0;
        rig_start(rig, 0);
        rig_link_all(rig);
        rig_pass(rig, 70000);
        rig_status(rig, 1, &status);
        cr_assert_eq(status.items, 2);
        cr_assert_eq(status.held, 2);
        carried = look_for_carried(1);
        cr_assert_eq(carried->count, 1);
        cr_assert_eq(carried->outer.carried.index, 2);
        cr_assert(header_id_equal(&carried->inner.deposit.header_id,
                                  &deposit.header_id));
        cr_assert_lt(carried->inner.time + 1, carried->outer.time);
        free(carried);
        deposit_find(disk_source(rig->nodes[0].disk), &item, &facts);
        cr_assert(facts.registered);
        cr_assert_neq(facts.ledger, facts.last_ledger);
        message.receipts.items = &item;
        message.receipts.count = 1;
        rig_ask(rig, 0, &message, &facts, 0);
        cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
        rig_stop(rig, 0);
        rig_pass(rig, 5000);
    }
}

/* Carried, and left again before it was signed: it names where it came from
 * first, and nothing is nested. */
Test(own, carried_twice)
{
    struct deposit deposit = leave_unsigned();
    struct carried *carried;
    struct opens *opens = look();
    struct origin first = opens->last.origin;

    free(opens);
    rig->nodes[0].moved = true;
    rig_start(rig, 0);
    rig->hold_after = 1; /* `open`; then the carried leaf, never signed */
    rig_link(rig, 0, 1);
    rig_run(rig);
    cr_assert(disk_sync(rig->nodes[0].disk));
    rig_stop(rig, 0);
    rig->queued = 0;
    rig->hold_disk = false;
    rig_start(rig, 0); /* moved again */
    rig_link_all(rig);
    rig_pass(rig, 10000);
    carried = look_for_carried(0);
    cr_assert_eq(carried->count, 2);
    cr_assert(origin_equal(&carried->outer.carried.from, &first));
    cr_assert(
        header_id_equal(&carried->inner.deposit.header_id, &deposit.header_id));
    free(carried);
}

/* The mark speaks of more than the store has: a new ledger. */
Test(own, mark_ahead)
{
    struct disk *backup;
    struct opens *opens;

    start(1, 1);
    rig_run(rig);
    (void)rig_deposit(rig, 0, 1);
    backup = disk_copy(rig->nodes[0].disk);
    (void)rig_deposit(rig, 0, 2);
    *disk_mark(backup) = *disk_mark(rig->nodes[0].disk);
    rig_stop(rig, 0);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = backup;
    rig_start(rig, 0);
    rig_run(rig);
    opens = look();
    cr_assert_eq(opens->last.open.reason, OPEN_ROLLED_BACK);
    free(opens);
}

/* n0's own head in what n1 tells becomes a larger one, with another root. */
static void claim_more(struct rig *of, struct rig_thing *reply)
{
    struct head head = { .size = 77 };
    struct message message = { .kind = MESSAGE_SYNC, .reply = true };
    static struct disk_mark mark;

    if (reply->kind != MESSAGE_SYNC || reply->from != 0) {
        return;
    }
    mark = *disk_mark(of->nodes[0].disk);
    if (!mark.has) {
        return;
    }
    head.origin = mark.origin;
    memset(head.root.bytes, 9, 32);
    message.sync_reply.instance = 5;
    message.sync_reply.news = 5;
    message.sync_reply.first = true;
    message.sync_reply.yours = &head;
    message.sync_reply.yours_count = 1;
    buf_clear(&reply->bytes);
    cr_assert_eq(message_encode(&message, &reply->bytes), ERR_OK);
}

/* A mere claim opens nothing: the peer cannot show the checkpoint, is
 * complained of, and registering goes on. */
Test(own, false_claim)
{
    struct opens *opens;

    start(2, 2);
    rig_link_all(rig);
    rig_unlink(rig, 0, 1);
    rig_quiet(rig);
    rig->meddle = claim_more;
    rig_link(rig, 0, 1);
    rig_run(rig);
    cr_assert_eq(rig_count(rig, "n0 asks n1 GetNotes checkpoint"), 1);
    opens = look();
    cr_assert_eq(opens->count, 1);
    free(opens);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
}

/* Two machines with one key: the one that sees the other's `open` stops, says
 * so, and goes on only after the operator's order. */
Test(own, opened_elsewhere)
{
    struct message order = { .kind = MESSAGE_OPEN_LEDGER };
    struct disk *copy;
    struct disk *first;

    start(2, 2);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    copy = disk_copy(rig->nodes[0].disk);
    rig_stop(rig, 0);
    first = rig->nodes[0].disk;
    rig->nodes[0].disk = copy; /* the twin, elsewhere */
    rig->nodes[0].moved = true;
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    rig_stop(rig, 0);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = first;
    rig->nodes[0].moved = false;
    rig_start(rig, 0);
    rig_quiet(rig);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    cr_assert_eq(phase(0), OWN_STOPPED);
    cr_assert_eq(rig_count(rig, "n0 says OPENED-ELSEWHERE"), 1);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_PENDING);
    order.open_ledger.confirm = span_str("n1");
    rig_ask(rig, 0, &order, NULL, 0);
    cr_assert_eq(rig_count(rig, "n0 refuses LEDGER-NOT-OPENED"), 1);
    order.open_ledger.confirm = span_str("n0");
    rig_ask(rig, 0, &order, NULL, 0);
    cr_assert_eq(rig->answer_kind, MESSAGE_OPEN_LEDGER);
    cr_assert_eq(phase(0), OWN_READY);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
}

/* Stopped stays stopped after a restart. */
Test(own, stopped_stays)
{
    struct disk *copy;
    struct disk *first;

    start(2, 2);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    copy = disk_copy(rig->nodes[0].disk);
    rig_stop(rig, 0);
    first = rig->nodes[0].disk;
    rig->nodes[0].disk = copy;
    rig->nodes[0].moved = true;
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    rig_stop(rig, 0);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = first;
    rig->nodes[0].moved = false;
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    rig_stop(rig, 0);
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    cr_assert_eq(phase(0), OWN_STOPPED);
}

/* Ledgers of n0 that n1 holds. */
static void see_ledger(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct origin origin;

    (void)op;
    (void)name;
    cr_assert_eq(origin_parse(value, &origin), ERR_OK);
    *(size_t *)ctx += span_is(origin_node(&origin), "n0");
}

static size_t held_by_n1(void)
{
    size_t count = 0;

    disk_each(rig->nodes[1].disk, BATCH_LEDGER, see_ledger, &count);
    return count;
}

static void move_again(void)
{
    rig_stop(rig, 0);
    rig->nodes[0].moved = true;
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 3000);
}

/* A node opens sixteen ledgers under one roster, and no more before the next
 * one; the others take the same number. */
Test(own, sixteen_ledgers_a_roster)
{
    struct event event = { .kind = EVENT_ROSTER };
    struct buf file;

    start(2, 2);
    rig_link_all(rig);
    rig_pass(rig, 3000);
    for (unsigned i = 1; i < LEDGERS_PER_NODE_MAX; i++) {
        move_again();
    }
    cr_assert_eq(held_by_n1(), LEDGERS_PER_NODE_MAX);
    cr_assert_eq(rig_count(rig, "LEDGERS-FULL"), 0);
    move_again();
    cr_assert_eq(rig_count(rig, "LEDGERS-FULL"), 1);
    cr_assert_eq(phase(0), OWN_STOPPED);
    members_change(&rig->members, 2);
    buf_init(&file, ROSTER_NOTE_SIZE_MAX * 2);
    members_file(&rig->members, 2, &file);
    event.roster.chain = buf_span(&file);
    rig_step(rig, 1, &event);
    rig_run(rig);
    rig_pass(rig, 20000);
    buf_done(&file);
    move_again();
    cr_assert_eq(phase(0), OWN_READY);
    cr_assert_eq(held_by_n1(), LEDGERS_PER_NODE_MAX + 1);
}
