/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/hands.h"
#include "core/peer.h"
#include "core/state.h"
#include "rig.h"

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

TestSuite(bounds, .init = setup, .fini = teardown);

static void start(size_t nodes)
{
    rig_init(rig, nodes, nodes);
    for (size_t i = 0; i < nodes; i++) {
        rig_start(rig, i);
    }
}

/* How many requests of this purpose may be begun to a peer of n0 that has none
 * under way? */
static unsigned begun(enum ask_purpose purpose, enum message_kind kind)
{
    struct node *node = rig->nodes[0].core;
    struct label label;
    struct effects effects;
    struct message *message;
    uint32_t slot;
    unsigned count = 0;

    members_label(1, &label);
    slot = peer_find(node, &label);
    effects_init(&effects);
    node->peers[slot].connected = true;
    node->out = &effects;
    while (count < ASK_COUNT_MAX &&
           ask_begin(node, slot, purpose, kind, &message) != NULL) {
        count++;
    }
    node->out = NULL;
    effects_done(&effects);
    return count;
}

/* Of one peer eight requests for blocks are in flight, four others, and one
 * Sync, each counted by itself. */
Test(bounds, in_flight)
{
    start(2);
    cr_assert_eq(begun(ASK_BLOCKS, MESSAGE_GET_BLOCKS),
                 PEER_BLOCK_REQUESTS_MAX);
    cr_assert_eq(begun(ASK_NOTES, MESSAGE_GET_NOTES), PEER_OTHER_REQUESTS_MAX);
    cr_assert_eq(begun(ASK_RECORDS, MESSAGE_GET_RECORDS), 0);
    cr_assert_eq(begun(ASK_PUT_BLOCKS, MESSAGE_PUT_BLOCKS), 0);
    cr_assert_eq(begun(ASK_SYNC, MESSAGE_SYNC), 1);
    cr_assert_eq(PEER_BLOCK_REQUESTS_MAX, 8);
    cr_assert_eq(PEER_OTHER_REQUESTS_MAX, 4);
}

/* A peer that answers nothing is asked for so many, however much is lacking. */
Test(bounds, in_flight_of_a_silent_peer)
{
    start(2);
    rig_link_all(rig);
    rig_pass(rig, 3000);
    rig_unlink(rig, 1, 0);
    for (unsigned i = 0; i < 9 * (BLOCK_SIZE_MAX / SLICE_SIZE); i++) {
        (void)rig_deposit(rig, 0, i);
    }
    rig_link(rig, 1, 0);
    for (unsigned i = 0; i < 10000 && rig->queued > 0; i++) {
        /* until the first question for blocks, then not one more answer */
        rig->drop[0] = rig_count(rig, "n1 asks n0 GetBlocks") > 0;
        rig_turn(rig);
    }
    rig_run(rig);
    rig_pass(rig, 60000);
    cr_assert_eq(rig_count(rig, "n1 asks n0 GetBlocks"),
                 PEER_BLOCK_REQUESTS_MAX);
}

/* A second Sync of a peer answers the first that waits: one is parked. */
Test(bounds, one_parked_sync)
{
    struct message message = { .kind = MESSAGE_SYNC };
    struct node *node;
    struct label label;
    uint64_t first;

    start(2);
    node = rig->nodes[1].core;
    members_label(0, &label);
    message.sync.wait = true;
    message.sync.instance = node->instance;
    message.sync.news = node->news;
    rig_ask_as(rig, 0, 1, &message);
    cr_assert_eq(rig->answer.size, 0);
    cr_assert(node->peers[peer_find(node, &label)].parked);
    first = node->peers[peer_find(node, &label)].parked_request;
    rig_quiet(rig);
    rig_ask_as(rig, 0, 1, &message);
    cr_assert(node->peers[peer_find(node, &label)].parked);
    cr_assert_neq(node->peers[peer_find(node, &label)].parked_request, first);
    cr_assert_eq(rig_count(rig, "n1 answers Sync"), 1);
}

/* Checkpoints are signed with groups of deposits only: a node where nothing is
 * deposited signs none, however often it is asked. */
Test(bounds, no_idle_checkpoints)
{
    start(2);
    rig_link_all(rig);
    rig_pass(rig, 3000);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 3000);
    rig_quiet(rig);
    rig_pass(rig, 12 * HOUR_MS);
    cr_assert_eq(rig_count(rig, "n0 signs 2\n"), 0);
    cr_assert_eq(rig_count(rig, "n0 signs 3\n"), 0);
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, 3000);
    cr_assert_eq(rig_count(rig, "n0 signs 3\n"), 1);
}

/* So many deposits may wait to be registered, and not one more. */
Test(bounds, deposits_pending)
{
    struct node *node;
    struct deposit deposit = { .payload_size = PAYLOAD_SIZE_MIN };

    start(1);
    node = rig->nodes[0].core;
    for (uint32_t i = 0; i < DEPOSITS_PENDING_MAX; i++) {
        memcpy(deposit.payload_root.bytes, &i, sizeof(i));
        cr_assert_neq(hand_add(node, &deposit), SLOT_NONE);
    }
    memset(deposit.payload_root.bytes, 0xff, 32);
    cr_assert_eq(hand_add(node, &deposit), SLOT_NONE);
    cr_assert_eq(hands_pending(node), DEPOSITS_PENDING_MAX);
}

static void see_ledger(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct origin origin;

    (void)op;
    (void)name;
    cr_assert_eq(origin_parse(value, &origin), ERR_OK);
    *(size_t *)ctx += span_is(origin_node(&origin), "n0");
}

static size_t ledgers_of_n0(size_t node)
{
    size_t count = 0;

    disk_each(rig->nodes[node].disk, BATCH_LEDGER, see_ledger, &count);
    return count;
}

/* A node key that opened sixteen ledgers under a roster opens one more where
 * nobody knows of them: whoever knows the sixteen does not take it. */
Test(bounds, seventeenth_ledger)
{
    rig_init(rig, 3, 3);
    rig_start(rig, 0);
    rig_start(rig, 1);
    rig_link_all(rig);
    rig_pass(rig, HOUR_MS + 1000);
    for (unsigned i = 1; i < LEDGERS_PER_NODE_MAX; i++) {
        rig_stop(rig, 0);
        rig->nodes[0].moved = true;
        rig_start(rig, 0);
        rig_link_all(rig);
        rig_pass(rig, HOUR_MS + 1000);
    }
    cr_assert_eq(ledgers_of_n0(1), LEDGERS_PER_NODE_MAX);
    rig_stop(rig, 0);
    rig_stop(rig, 1);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = disk_new();
    rig->nodes[0].moved = false;
    rig_start(rig, 0);
    rig_start(rig, 2);
    rig_link(rig, 0, 2);
    rig_link(rig, 2, 0);
    rig_run(rig);
    rig_pass(rig, HOUR_MS + 10000);
    cr_assert_eq(ledgers_of_n0(2), 1);
    rig_stop(rig, 0);
    rig_start(rig, 1);
    rig_link(rig, 1, 2);
    rig_run(rig);
    rig_pass(rig, HOUR_MS);
    cr_assert_eq(ledgers_of_n0(1), LEDGERS_PER_NODE_MAX);
}
