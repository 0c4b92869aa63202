/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/checkpoint.h"
#include "model/receipt.h"
#include "rig.h"
#include "wire/arena.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define HOUR_MS 3600000

/* Three members: K is one, so that one other member's line proves a time. */
static struct rig *rig;

static void setup(void)
{
    rig = malloc(sizeof(*rig));
    rig_init(rig, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 70000);
    rig_quiet(rig);
}

static void teardown(void)
{
    rig_done(rig);
    free(rig);
}

TestSuite(recall, .init = setup, .fini = teardown);

/* The origin of n0's ledger, from what is on this disk. */
struct search {
    struct origin origin;
    size_t count;
};

static void see_ledger(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct search *search = ctx;
    struct origin origin;

    (void)op;
    (void)name;
    cr_assert_eq(origin_parse(value, &origin), ERR_OK);
    if (span_is(origin_node(&origin), "n0")) {
        search->origin = origin;
    }
}

static struct origin origin_of_n0(void)
{
    struct search search = { .count = 0 };

    disk_each(rig->nodes[0].disk, BATCH_LEDGER, see_ledger, &search);
    return search.origin;
}

/* The newest checkpoint note of n0's ledger on this disk. */
static struct span newest(size_t node, struct buf *bytes, struct note *ret_note)
{
    const struct source *source = disk_source(rig->nodes[node].disk);
    struct origin origin = origin_of_n0();

    buf_init(bytes, NOTE_SIZE_MAX);
    cr_assert_eq(source->note(source->ctx, NOTE_CHECKPOINT,
                              origin_span(&origin), 0, bytes),
                 ERR_OK);
    cr_assert_eq(note_parse(buf_span(bytes), NOTE_SIZE_MAX, ret_note, NULL),
                 ERR_OK);
    return buf_span(bytes);
}

static size_t lines(size_t node)
{
    struct buf bytes;
    struct note note;
    size_t count;

    (void)newest(node, &bytes, &note);
    count = note.line_count;
    buf_done(&bytes);
    return count;
}

/* An older image of a whole disk, mark and all, is put back: nothing there
 * tells that more was cosigned. A peer does, in the first answer: the smaller
 * tree is not cosigned again, though nobody shows the larger one now. */
Test(recall, rolled_back_unnoticed)
{
    struct disk *backup;

    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 500); /* the record is there, nothing is cosigned yet */
    backup = disk_copy(rig->nodes[1].disk);
    *disk_mark(backup) = *disk_mark(rig->nodes[1].disk);
    rig_pass(rig, 70000);
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, 130000);
    cr_assert_eq(rig_count(rig, "n1 cosigns n0 3"), 1);
    rig_stop(rig, 0);
    rig_stop(rig, 1);
    disk_free(rig->nodes[1].disk);
    rig->nodes[1].disk = backup;
    rig_quiet(rig);
    rig_start(rig, 1);
    rig_link(rig, 1, 2);
    rig_run(rig);
    cr_assert_eq(rig_count(rig, "n1 asks n2 GetRecords"), 0);
    rig->drop[2] = true;
    rig_pass(rig, 2 * HOUR_MS);
    cr_assert_eq(rig_count(rig, "n1 cosigns"), 0);
    rig->drop[2] = false;
    rig_unlink(rig, 1, 2);
    rig_link(rig, 1, 2);
    rig_run(rig);
    rig_pass(rig, 130000);
    cr_assert_eq(rig_count(rig, "n1 cosigns n0 2"), 0);
    cr_assert_eq(lines(1), 3);
}

/* What a peer says of our cosignatures stops nobody for long: a false claim is
 * one that nobody can show. */
static void boast(struct rig *of, struct rig_thing *reply)
{
    static struct head head;
    struct arena arena;
    struct message message;

    (void)of;
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    if (reply->kind == MESSAGE_SYNC && reply->to == 2 &&
        message_decode_reply(buf_span(&reply->bytes), reply->kind, &arena,
                             &message, NULL) == ERR_OK &&
        message.sync_reply.first) {
        head.origin = origin_of_n0();
        head.size = 1000000;
        message.sync_reply.cosigned = &head;
        message.sync_reply.cosigned_count = 1;
        buf_clear(&reply->bytes);
        cr_assert_eq(message_encode(&message, &reply->bytes), ERR_OK);
    }
    arena_done(&arena);
}

Test(recall, false_claim_of_a_cosignature)
{
    rig->meddle = boast;
    rig_unlink(rig, 1, 2);
    rig_link(rig, 1, 2);
    rig_run(rig);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 130000);
    cr_assert_eq(rig_count(rig, "n1 cosigns n0 2"), 1);
}
