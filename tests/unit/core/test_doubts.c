/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/state.h"
#include "rig.h"

static struct rig *rig;
static struct deposit deposit;

static void setup(void)
{
    rig = malloc(sizeof(*rig));
    cr_assert_not_null(rig);
    rig_init(rig, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 60000);
    deposit = rig_deposit(rig, 0, 1);
    rig_pass(rig, 70000);
}

static void teardown(void)
{
    rig_done(rig);
    free(rig);
}

TestSuite(doubts, .init = setup, .fini = teardown);

/* How many members hold the one item, as n0 sees it. */
static size_t copies(void)
{
    struct msg_status_reply status;
    struct effects effects;
    size_t copies = 0;

    effects_init(&effects);
    node_status(rig->nodes[0].core, rig->now_ms, &effects, &status);
    while (status.copies[copies] == 0) {
        copies++;
    }
    effects_done(&effects);
    return copies;
}

static void ask_block(size_t from, const uint8_t name[static 32])
{
    struct message message = { .kind = MESSAGE_GET_BLOCKS };
    struct block_id id;

    memcpy(id.bytes, name, 32);
    message.get_blocks.names = &id;
    message.get_blocks.count = 1;
    rig_ask_as(rig, from, 0, &message);
}

/* Who asks for a block of an item that it claims loses the claim, until it
 * states it again; who asks for anything else does not. */
Test(doubts, withdrawn)
{
    static const uint8_t other[32] = { 1 };

    cr_assert_eq(copies(), 3);
    ask_block(2, other);
    cr_assert_eq(copies(), 3);
    ask_block(2, deposit.payload_root.bytes);
    cr_assert_eq(copies(), 2);
    (void)rig_deposit(rig, 2, 2);
    rig_pass(rig, 130000);
    cr_assert_eq(copies(), 3);
}

/* The same by its names. */
Test(doubts, names)
{
    struct message message = { .kind = MESSAGE_GET_NAMES };

    message.get_names.root = deposit.payload_root;
    rig_ask_as(rig, 1, 0, &message);
    cr_assert_eq(copies(), 2);
}

/* More questions than there is room for: the rest is not looked up, and all
 * are answered. */
Test(doubts, many)
{
    struct message message = { .kind = MESSAGE_GET_BLOCKS };
    struct block_id names[BLOCKS_PER_REQUEST_MAX] = { { { 0 } } };

    message.get_blocks.names = names;
    message.get_blocks.count = BLOCKS_PER_REQUEST_MAX;
    rig_quiet(rig);
    for (size_t i = 0; i < 2 * DOUBTS_MAX / BLOCKS_PER_REQUEST_MAX; i++) {
        struct event event = { .kind = EVENT_ASKED };
        struct effects effects;

        effects_init(&effects);
        event.asked.caller.kind = CALLER_NODE;
        members_label(2, &event.asked.caller.node);
        event.asked.message = &message;
        event.asked.request = 5000 + i;
        node_step(rig->nodes[0].core, &event, &effects);
        effects_done(&effects);
    }
    cr_assert_leq(rig->nodes[0].core->doubts.count, DOUBTS_MAX);
}
