/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "model/fork.h"
#include "model/record.h"
#include "rig.h"

static struct rig *rig;

static void setup(void)
{
    rig = malloc(sizeof(*rig));
    rig_init(rig, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 10000);
}

static void teardown(void)
{
    rig_done(rig);
    free(rig);
}

TestSuite(fork, .init = setup, .fini = teardown);

/* n0's disk is put back; n1 saw `first` deposits of one history, n2 sees
 * `second` of another. */
static void two_histories(unsigned first, unsigned second)
{
    struct disk *backup = disk_copy(rig->nodes[0].disk);

    rig_unlink(rig, 2, 0);
    rig_unlink(rig, 2, 1);
    rig_unlink(rig, 1, 2);
    rig_unlink(rig, 0, 2);
    for (unsigned i = 0; i < first; i++) {
        (void)rig_deposit(rig, 0, i);
    }
    rig_pass(rig, 10000);
    rig_stop(rig, 0);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = backup;
    rig_start(rig, 0);
    rig_link(rig, 0, 2);
    rig_link(rig, 2, 0);
    rig_run(rig);
    rig_pass(rig, 3700000); /* n1 is silent for an hour */
    for (unsigned i = 0; i < second; i++) {
        (void)rig_deposit(rig, 0, 1000 + i);
    }
    rig_pass(rig, 10000);
    rig_quiet(rig);
    rig_link(rig, 1, 2);
    rig_run(rig);
    rig_pass(rig, 100000);
}

/* The origin that n0 left, with both histories. */
static void see_ledger(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct origin *first = ctx;
    struct origin origin;

    (void)name;
    cr_assert_eq(origin_parse(value, &origin), ERR_OK);
    if (span_is(origin_node(&origin), "n0") &&
        (op->ledger == 0 || first->text[0] == '\0')) {
        *first = origin;
    }
}

static struct origin forked(void)
{
    struct origin origin = { "" };

    disk_each(rig->nodes[0].disk, BATCH_LEDGER, see_ledger, &origin);
    return origin;
}

/* Does this node hold a proof that convicts by itself? */
static bool has_proof(size_t node)
{
    const struct source *source = disk_source(rig->nodes[node].disk);
    struct roster_chain *chain = members_chain(&rig->members, 1);
    struct origin origin = forked();
    struct fork *fork = malloc(sizeof(*fork));
    struct buf text;
    bool good = false;

    buf_init(&text, NOTE_SIZE_MAX);
    if (source->note(source->ctx, NOTE_FORK, origin_span(&origin), 0, &text) ==
        ERR_OK) {
        good = fork_verify_chain(buf_span(&text), chain, fork, NULL) == ERR_OK;
        cr_assert(good);
    }
    buf_done(&text);
    free(fork);
    roster_chain_free(chain);
    return good;
}

/* Leaves on this disk that were carried, in all ledgers. */
static void see_carried(void *ctx, const struct batch_op *op, struct span name,
                        struct span value)
{
    static struct record record;
    size_t *count = ctx;

    (void)op;
    (void)name;
    if (record_parse(value, &record, NULL) == ERR_OK &&
        record.kind == RECORD_CARRIED) {
        (*count)++;
    }
}

static size_t carried(size_t node)
{
    size_t count = 0;

    disk_each(rig->nodes[node].disk, BATCH_LEAF, see_carried, &count);
    return count;
}

/* Two roots for one size: both sides' holders say FORK, once, and take the
 * ledger no further. */
Test(fork, same_size)
{
    two_histories(2, 2);
    cr_assert_eq(rig_count(rig, "n1 says FORK"), 1);
    rig_pass(rig, 700000);
    cr_assert_eq(rig_count(rig, "n1 says FORK"), 1);
    cr_assert_eq(rig_count(rig, "n1 says PEER-WRONG-RECORDS"), 0);
}

/* A longer history that does not go on from ours: the owner is convicted by
 * his signatures, the peer that passed it on is not accused. */
Test(fork, longer)
{
    two_histories(2, 7);
    cr_assert_eq(rig_count(rig, "n1 says FORK"), 1);
    cr_assert_eq(rig_count(rig, "n1 says PEER-WRONG-RECORDS"), 0);
}

/* The same where our size is a power of two. */
Test(fork, longer_than_two)
{
    two_histories(1, 6);
    cr_assert_eq(rig_count(rig, "n1 says FORK"), 1);
}

/* 2^k leaves against 2^k + 1, where who holds the smaller can prove nothing:
 * who has the larger one is shown his checkpoint, or asks for it. */
Test(fork, one_leaf_more_than_a_power_of_two)
{
    two_histories(3, 4);
    rig_pass(rig, 100000);
    cr_assert_eq(rig_count(rig, "n1 says FORK"), 1);
    cr_assert_eq(rig_count(rig, "n2 says FORK"), 1);
    cr_assert_eq(rig_count(rig, "says PEER-WRONG-RECORDS"), 0);
    cr_assert(has_proof(1));
}

Test(fork, a_power_of_two_against_one_leaf_more)
{
    two_histories(4, 3);
    rig_pass(rig, 100000);
    cr_assert_eq(rig_count(rig, "n1 says FORK"), 1);
    cr_assert_eq(rig_count(rig, "n2 says FORK"), 1);
    cr_assert(has_proof(2));
    rig_link_all(rig);
    rig_pass(rig, 400000);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(carried(i), 7, "n%zu has %zu", i, carried(i));
    }
}

/* Whoever meets the other history makes the proof; it reaches everybody, also
 * who saw only one side, is said once, stays over a restart, and is shown until
 * a roster closes the ledger. */
Test(fork, proof_spreads)
{
    struct msg_status_reply status;

    two_histories(2, 7);
    rig_link_all(rig);
    rig_pass(rig, 100000);
    for (size_t i = 0; i < 3; i++) {
        cr_assert(has_proof(i), "n%zu", i);
    }
    cr_assert_eq(rig_count(rig, "n0 says FORK"), 1);
    cr_assert_eq(rig_count(rig, "n2 says FORK"), 1);
    rig_quiet(rig);
    for (size_t i = 0; i < 3; i++) {
        rig_stop(rig, i);
        rig_start(rig, i);
        rig_status(rig, i, &status);
        cr_assert_geq(status.alarms_count, 1);
    }
    rig_link_all(rig);
    rig_pass(rig, 100000);
    cr_assert_eq(rig_count(rig, "says FORK"), 3);
    cr_assert_eq(rig_count(rig, "GetNotes fork"), 0);
}

/* What stands on one side only is carried into ledgers that go on, once. */
Test(fork, leaves_are_carried)
{
    struct msg_status_reply status;
    size_t before;

    (void)rig_deposit(rig, 0, 500); /* on both sides */
    rig_pass(rig, 10000);
    two_histories(2, 7);
    rig_link_all(rig);
    rig_pass(rig, 4000000);
    rig_quiet(rig);
    for (size_t i = 0; i < 3; i++) {
        /* 2 of one side and 7 of the other, not what both have */
        cr_assert_eq(carried(i), 9, "n%zu has %zu", i, carried(i));
        rig_status(rig, i, &status);
        cr_assert_geq(status.items, 9 + 1);
    }
    before = carried(0);
    rig_pass(rig, 8000000);
    cr_assert_eq(carried(0), before);
}

/* The longer side of an honest node that was put back stands with one witness:
 * all of it is carried when it is his turn, the last leaf too. */
Test(fork, the_longer_side_is_carried_in_time)
{
    (void)rig_deposit(rig, 0, 500);
    (void)rig_deposit(rig, 0, 501);
    rig_pass(rig, 10000);
    two_histories(3, 2);
    rig_link_all(rig);
    rig_pass(rig, 400000);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(carried(i), 5, "n%zu has %zu", i, carried(i));
    }
}
