/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "rig.h"
#include "wire/arena.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define HOUR_MS 3600000ULL

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

TestSuite(wants, .init = setup, .fini = teardown);

static void start(size_t nodes)
{
    rig_init(rig, nodes, nodes);
    for (size_t i = 0; i < nodes; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 3000);
    rig_quiet(rig);
}

/* Whoever is asked for blocks says that it has none of them. */
static void has_none(struct rig *of, struct rig_thing *reply)
{
    struct span none[BLOCKS_PER_REQUEST_MAX] = { { NULL, 0 } };
    struct message message = { .kind = MESSAGE_GET_BLOCKS, .reply = true };

    (void)of;
    if (reply->kind == MESSAGE_GET_BLOCKS) {
        message.get_blocks_reply.blocks = none;
        message.get_blocks_reply.count = reply->names_count;
        buf_clear(&reply->bytes);
        cr_assert_eq(message_encode(&message, &reply->bytes), ERR_OK);
    }
}

static uint64_t held(size_t node)
{
    struct msg_status_reply status;

    rig_status(rig, node, &status);
    return status.held;
}

/* What nobody has is asked for ever more seldom, at last once a day; what comes
 * anew is not held up by it; and when a peer has more than before, all of it is
 * asked for at once. */
Test(wants, back_off_to_a_day)
{
    size_t asked;

    start(2);
    rig->meddle = has_none;
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 24 * HOUR_MS);
    asked = rig_count(rig, "n1 asks n0 GetBlocks");
    cr_assert(asked >= 10 && asked <= 40, "%zu in the first day", asked);
    asked = 0;
    for (unsigned day = 0; day < 4; day++) {
        rig_quiet(rig);
        rig_pass(rig, 24 * HOUR_MS);
        asked += rig_count(rig, "n1 asks n0 GetBlocks");
    }
    cr_assert(asked >= 2 && asked <= 4, "%zu in four days", asked);
    rig->meddle = NULL;
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, 2000);
    cr_assert_eq(held(1), 1);
    rig_unlink(rig, 1, 0);
    rig_link(rig, 1, 0);
    rig_run(rig);
    rig_pass(rig, 2000);
    cr_assert_eq(held(1), 2);
}

/* A peer that was in trouble for a while is asked again soon after: not later
 * than it was in trouble, and a quarter. */
Test(wants, short_trouble)
{
    start(2);
    rig->meddle = has_none;
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 600000);
    rig->meddle = NULL;
    rig_pass(rig, 800000);
    cr_assert_eq(held(1), 1);
}

/* What is missed of new items is tried again from the beginning, whatever was
 * missed before. */
Test(wants, new_misses_begin_anew)
{
    start(2);
    rig->meddle = has_none;
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 12 * HOUR_MS);
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, 5000);
    rig->meddle = NULL;
    rig_pass(rig, 20000);
    cr_assert_eq(held(1), 2);
}
