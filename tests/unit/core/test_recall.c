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
    cr_assert_eq(rig_signatures(rig, 1), 3);
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
        head.origin = rig_origin(rig);
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
