/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

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
