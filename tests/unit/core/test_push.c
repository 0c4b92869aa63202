/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/push.h"
#include "core/state.h"
#include "model/block.h"
#include "rig.h"
#include "wire/arena.h"
#include "wire/decode.h"

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

TestSuite(push, .init = setup, .fini = teardown);

/* n0 listens; the others can only dial it. */
static void start(size_t nodes)
{
    rig_init_dialling(rig, nodes, 1);
    for (size_t i = 0; i < nodes; i++) {
        rig_start(rig, i);
    }
    for (size_t i = 1; i < nodes; i++) {
        rig_link(rig, i, 0);
    }
    rig_run(rig);
    rig_pass(rig, 6000);
}

static void expect_held(size_t node, uint64_t items)
{
    struct msg_status_reply status;

    rig_status(rig, node, &status);
    cr_assert_eq(status.items, items, "n%zu knows %zu", node,
                 (size_t)status.items);
    cr_assert_eq(status.held, items, "n%zu holds %zu", node,
                 (size_t)status.held);
}

/* A node that can only dial brings its record; the other one leases what it
 * lacks, and the blocks come. */
Test(push, story)
{
    start(2);
    rig_quiet(rig);
    (void)rig_deposit(rig, 1, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    rig_pass(rig, 200);
    cr_assert_str_eq(rig_lines(rig),
                     "n1 persists leaf 1 node 2 item 1 held 1 header 1\n"
                     "n1 signs 2\n"
                     "n1 persists note 1\n"
                     "n1 receipt registered 1\n"
                     "n1 brings n0 records of n1 from 1\n"
                     "n0 answers 5\n"
                     "n0 persists leaf 1 node 2 item 1 note 1\n"
                     "n0 looks at 1\n"
                     "n0 answers Sync with a summary\n"
                     "n1 asks n0 Sync wait\n"
                     "n0 answers Sync with leases\n"
                     "n1 brings n0 2 blocks\n"
                     "n1 asks n0 Sync wait\n"
                     "n0 answers 8\n"
                     "n0 persists header 1\n");
    rig_pass(rig, 6000);
    expect_held(0, 1);
}

/* Two nodes that can only dial converge through a third, and nothing is brought
 * twice. */
Test(push, through_a_third)
{
    start(3);
    for (unsigned i = 0; i < 6; i++) {
        (void)rig_deposit(rig, 1 + i % 2, i);
        cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    }
    rig_pass(rig, 60000);
    for (size_t i = 0; i < 3; i++) {
        expect_held(i, 6);
    }
    cr_assert_eq(rig_count(rig, "n1 brings n0 2 blocks"), 3);
    cr_assert_eq(rig_count(rig, "n2 brings n0 2 blocks"), 3);
    cr_assert_eq(rig_count(rig, "brings n0 2 blocks"), 6);
    cr_assert_eq(rig_count(rig, "brings n1"), 0);
}

/* The first answer that leases something does not get through. */
static void garble(struct rig *of, struct rig_thing *reply)
{
    struct arena arena;
    struct message message;

    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    if (reply->kind == MESSAGE_SYNC &&
        message_decode_reply(buf_span(&reply->bytes), MESSAGE_SYNC, &arena,
                             &message, NULL) == ERR_OK &&
        message.sync_reply.leases_count > 0) {
        reply->bytes.data[0] = 0;
        of->meddle = NULL;
    }
    arena_done(&arena);
}

/* A lease that is not honoured ends; the blocks are leased again, and come. */
Test(push, lease_ends)
{
    struct msg_status_reply status;

    start(2);
    rig->meddle = garble;
    rig_quiet(rig);
    (void)rig_deposit(rig, 1, 1);
    rig_pass(rig, 50000);
    cr_assert_null(rig->meddle);
    cr_assert_eq(rig_count(rig, "with leases"), 1);
    rig_status(rig, 0, &status);
    cr_assert_eq(status.held, 0);
    rig_pass(rig, 200000);
    cr_assert_eq(rig_count(rig, "with leases"), 2);
    cr_assert_eq(rig_count(rig, "brings n0 2 blocks"), 1);
    expect_held(0, 1);
}

static void put_block(size_t from, struct span bytes,
                      const struct block_id *name)
{
    struct message message = { .kind = MESSAGE_PUT_BLOCKS };

    message.put_blocks.names = name;
    message.put_blocks.blocks = &bytes;
    message.put_blocks.count = 1;
    rig_ask_as(rig, from, 0, &message);
}

/* What was not leased is not taken: not one byte goes into the group. */
Test(push, unleased)
{
    struct msg_status_reply status;
    struct block_id name;
    uint8_t *block = calloc(1, PAYLOAD_SIZE_MIN);
    struct arena arena;
    struct message message;

    start(2);
    cr_assert_eq(block_name(span_of(block, PAYLOAD_SIZE_MIN), &name), ERR_OK);
    rig_quiet(rig);
    put_block(1, span_of(block, PAYLOAD_SIZE_MIN), &name);
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer),
                                      MESSAGE_PUT_BLOCKS, &arena, &message,
                                      NULL),
                 ERR_OK);
    cr_assert_eq(message.put_reply.count, 1);
    cr_assert_eq(message.put_reply.results[0], PUT_NOT_LEASED);
    rig_pass(rig, 10000);
    cr_assert_eq(rig_count(rig, "persists"), 0);
    rig_status(rig, 0, &status);
    cr_assert_eq(status.items, 0);
    arena_done(&arena);
    free(block);
}

static void lie(struct rig *of, struct rig_thing *request)
{
    (void)of;
    if (request->from == 1 && request->kind == MESSAGE_PUT_BLOCKS) {
        request->bytes.data[request->bytes.size - 1] ^= 1;
    }
}

/* Who brings wrong bytes is complained of, and nothing of it is kept; when he
 * brings the right ones later, they are. */
Test(push, liar)
{
    start(2);
    rig->meddle_request = lie;
    (void)rig_deposit(rig, 1, 1);
    rig_pass(rig, 20000);
    cr_assert_eq(rig_count(rig, "n0 says PEER-WRONG-BLOCK"), 1);
    rig->meddle_request = NULL;
    rig_pass(rig, 200000);
    expect_held(0, 1);
}

/* A node that lost its disk gets its ledgers and items back from nodes that it
 * cannot dial, each block once: what they knew of it no longer counts. */
Test(push, lost_disk)
{
    start(3);
    for (unsigned i = 0; i < 6; i++) {
        (void)rig_deposit(rig, i % 3, i);
        cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    }
    rig_pass(rig, 60000);
    for (size_t i = 1; i < 3; i++) {
        expect_held(i, 6);
        rig_unlink(rig, i, 0);
    }
    rig_stop(rig, 0);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = disk_new();
    rig_start(rig, 0);
    rig_quiet(rig);
    for (size_t i = 1; i < 3; i++) {
        rig_link(rig, i, 0);
    }
    rig_run(rig);
    rig_pass(rig, 120000);
    expect_held(0, 6);
    (void)rig_deposit(rig, 0, 6);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    rig_pass(rig, 60000);
    for (size_t i = 0; i < 3; i++) {
        expect_held(i, 7);
    }
}

/* Where only one node listens, all of them cosign each other's ledgers, also
 * from the first start on: a node that dials says whether it has anything
 * newer, and the one that listens vouches for it. */
Test(push, witnesses)
{
    start(4);
    rig_quiet(rig);
    for (size_t i = 0; i < 4; i++) {
        (void)rig_deposit(rig, i, (unsigned)i);
        cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    }
    rig_pass(rig, 180000);
    for (size_t i = 0; i < 4; i++) {
        char line[16];

        (void)snprintf(line, sizeof(line), "cosigns n%zu 2", i);
        cr_assert_eq(rig_count(rig, line), 3, "%s: %zu", line,
                     rig_count(rig, line));
    }
}

/* The last ledger of n1 on this disk. */
static void see_ledger(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct origin *found = ctx;
    struct origin origin;

    (void)op;
    (void)name;
    cr_assert_eq(origin_parse(value, &origin), ERR_OK);
    if (span_is(origin_node(&origin), "n1")) {
        *found = origin;
    }
}

/* Signature lines under the newest checkpoint of n1's ledger, on its disk. */
static size_t lines_of_n1(void)
{
    struct disk *disk = rig->nodes[1].disk;
    const struct source *source = disk_source(disk);
    struct origin origin;
    struct buf note;
    size_t count = 0;

    disk_each(disk, BATCH_LEDGER, see_ledger, &origin);
    buf_init(&note, NOTE_SIZE_MAX);
    cr_assert_eq(source->note(source->ctx, NOTE_CHECKPOINT,
                              origin_span(&origin), 0, &note),
                 ERR_OK);
    for (size_t i = 0; i + 3 < note.size; i++) {
        count += memcmp(note.data + i, "\n\xe2\x80\x94", 4) == 0;
    }
    buf_done(&note);
    return count;
}

/* The same witness under one checkpoint after the other: each time its line
 * comes back to the node whose ledger it is. */
Test(push, lines_come_back)
{
    start(2);
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned j = 0; j < 4; j++) {
            (void)rig_deposit(rig, j / 2, 4 * i + j);
            cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
        }
        rig_pass(rig, 120000);
        cr_assert_eq(lines_of_n1(), 2, "%u: %zu", i, lines_of_n1());
    }
}

/* What is leased once more while it is on its way, and its answer is not here
 * yet, is brought once more. */
Test(parcels, leased_again)
{
    struct node *node = calloc(1, sizeof(*node));
    struct parcel *parcel = &node->peers[0].parcels[0];
    struct lease lease = { .kind = LEASE_HEADER, .size = 1534 };
    struct ask ask = { .wants_count = 1 };
    struct msg_put_reply reply = { .count = 1 };

    node->peers[0].used = true;
    push_leased(node, 0, &lease, 1);
    cr_assert_eq(parcel->state, PARCEL_WAITS);
    parcel->state = PARCEL_OUT;
    push_leased(node, 0, &lease, 1);
    push_blocks_answered(node, &ask, &reply);
    cr_assert_eq(parcel->state, PARCEL_WAITS);
    parcel->state = PARCEL_OUT;
    push_blocks_answered(node, &ask, &reply);
    cr_assert_eq(parcel->state, PARCEL_FREE);
    free(node);
}
