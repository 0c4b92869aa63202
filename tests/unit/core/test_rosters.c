/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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

TestSuite(rosters, .init = setup, .fini = teardown);

static uint64_t version(size_t node)
{
    struct msg_status_reply status;

    rig_status(rig, node, &status);
    return status.roster_version;
}

/* A node that lost its disk is brought the rosters again by one that it cannot
 * dial, which had brought them before. */
Test(rosters, brought_again)
{
    rig_init_dialling(rig, 3, 1);
    members_change(&rig->members, 4);
    rig->nodes[1].file = 2;
    for (size_t i = 0; i < 2; i++) {
        rig_start(rig, i);
    }
    rig_link(rig, 1, 0);
    rig_run(rig);
    rig_pass(rig, 30000);
    cr_assert_eq(version(0), 2);
    rig_unlink(rig, 1, 0);
    rig_stop(rig, 0);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = disk_new();
    rig_start(rig, 0);
    cr_assert_eq(version(0), 1);
    rig_link(rig, 1, 0);
    rig_run(rig);
    rig_pass(rig, 30000);
    cr_assert_eq(version(0), 2);
}

static void no_notes(struct rig *of, struct rig_thing *reply)
{
    (void)of;
    if (reply->from == 1 && reply->kind == MESSAGE_GET_NOTES) {
        reply->bytes.data[0] = 0;
    }
}

/* Whoever hears of a ledger before the roster that names its node asks for it
 * again once that roster is in force. */
Test(rosters, ledger_of_a_newcomer)
{
    struct msg_status_reply status;

    rig_init_dialling(rig, 2, 1);
    members_change(&rig->members, 3);
    rig->count = 3;
    rig->nodes[0].file = 2;
    rig->nodes[2].file = 2;
    rig->meddle = no_notes;
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link(rig, 1, 0);
    rig_link(rig, 2, 0);
    rig_run(rig);
    rig_pass(rig, 8000);
    (void)rig_deposit(rig, 2, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    rig_pass(rig, 50000);
    cr_assert_eq(version(1), 1);
    rig->meddle = NULL;
    rig_pass(rig, 60000);
    cr_assert_eq(version(1), 2);
    rig_pass(rig, 40000);
    rig_status(rig, 1, &status);
    cr_assert_eq(status.held, 1);
}

/* n2 brings n1 this text as a roster of this version. */
static enum put_result bring(struct span note, uint64_t number)
{
    struct note_ref ref = { .kind = NOTE_ROSTER, .number = number };
    struct message message = { .kind = MESSAGE_PUT_NOTES };
    struct arena arena;
    enum put_result result;

    message.put_notes.refs = &ref;
    message.put_notes.notes = &note;
    message.put_notes.count = 1;
    rig_ask_as(rig, 2, 1, &message);
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer), MESSAGE_PUT_NOTES,
                                      &arena, &message, NULL),
                 ERR_OK);
    result = message.put_reply.results[0];
    arena_done(&arena);
    return result;
}

/* A chain with a hole, a text of a later form, and one that is cut are refused,
 * which is said once; an older roster is known. What is good comes all the
 * same. */
Test(rosters, bad_ones)
{
    struct members *members;
    struct buf changed;

    rig_init(rig, 3, 3);
    members = &rig->members;
    members_change(members, 3);
    members_change(members, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 3000);
    buf_init(&changed, ROSTER_NOTE_SIZE_MAX);
    buf_put(&changed, buf_span(&members->notes[1]));
    cr_assert_eq(bring(buf_span(&members->notes[2]), 3), PUT_REFUSED);
    changed.data[strlen("holdfast roster ")] = '2';
    cr_assert_eq(bring(buf_span(&changed), 2), PUT_REFUSED);
    changed.size -= 40;
    cr_assert_eq(bring(buf_span(&changed), 2), PUT_REFUSED);
    cr_assert_eq(rig_count(rig, "n1 says PEER-WRONG-ROSTER"), 1);
    cr_assert_eq(bring(buf_span(&members->notes[0]), 1), PUT_TAKEN);
    cr_assert_eq(version(1), 1);
    for (size_t i = 1; i < 3; i++) {
        cr_assert_eq(bring(buf_span(&members->notes[i]), i + 1), PUT_TAKEN);
        rig_pass(rig, 3000);
    }
    cr_assert_eq(version(1), 3);
    buf_done(&changed);
}
