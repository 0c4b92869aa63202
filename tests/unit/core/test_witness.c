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

TestSuite(witness, .init = setup, .fini = teardown);

/* Nobody reaches it, and it nobody. */
static void cut_off(size_t node)
{
    for (size_t i = 0; i < 3; i++) {
        if (i != node) {
            rig_unlink(rig, i, node);
            rig_unlink(rig, node, i);
        }
    }
}

static const char story[] =
    "n0 states 2\n"
    "n1 states 2\n"
    "n1 persists held 1 note 1\n"
    "n2 states 2\n"
    "n2 persists held 1 note 1\n"
    "n0 persists note 1\n"
    "n1 cosigns n0 2\n"
    "n1 persists note 1\n"
    "n2 cosigns n0 2\n"
    "n2 persists note 1\n"
    "n0 answers Sync with a summary\n"
    "n0 answers Sync with a summary\n"
    "n1 answers Sync with a summary\n"
    "n1 answers Sync with a summary\n"
    "n2 answers Sync with a summary\n"
    "n2 answers Sync with a summary\n"
    "n1 asks n0 GetNotes statement n0\n"
    "n1 asks n0 Sync wait\n"
    "n2 asks n0 GetNotes statement n0\n"
    "n2 asks n0 Sync wait\n"
    "n0 asks n1 GetNotes statement n1\n"
    "n0 asks n1 Sync wait\n"
    "n2 asks n1 GetNotes statement n1\n"
    "n2 asks n1 Sync wait\n"
    "n0 asks n2 GetNotes statement n2\n"
    "n0 asks n2 Sync wait\n"
    "n1 asks n2 GetNotes statement n2\n"
    "n1 asks n2 Sync wait\n"
    "n0 serves\n"
    "n0 serves\n"
    "n1 serves\n"
    "n1 serves\n"
    "n2 serves\n"
    "n2 serves\n"
    "n1 persists note 1\n"
    "n2 persists note 1\n"
    "n0 persists note 1\n"
    "n1 persists note 1\n"
    "n2 persists note 1\n"
    "n0 persists note 1\n"
    "n0 answers Sync with a summary\n"
    "n0 answers Sync with a summary\n"
    "n1 answers Sync with a summary\n"
    "n1 answers Sync with a summary\n"
    "n2 answers Sync with a summary\n"
    "n2 answers Sync with a summary\n"
    "n1 asks n0 Sync wait\n"
    "n2 asks n0 Sync wait\n"
    "n0 asks n1 Sync wait\n"
    "n2 asks n1 Sync wait\n"
    "n0 asks n2 Sync wait\n"
    "n1 asks n2 Sync wait\n"
    "n1 persists note 2\n" /* the line; it is witnessed */
    "n2 persists note 2\n"
    "n1 answers Sync with a summary\n"
    "n1 answers Sync with a summary\n"
    "n2 answers Sync with a summary\n"
    "n2 answers Sync with a summary\n"
    "n0 asks n1 GetNotes checkpoint 0\n"
    "n0 asks n1 Sync wait\n"
    "n2 asks n1 GetNotes checkpoint 0\n"
    "n2 asks n1 Sync wait\n"
    "n0 asks n2 GetNotes checkpoint 0\n"
    "n0 asks n2 Sync wait\n"
    "n1 asks n2 GetNotes checkpoint 0\n"
    "n1 asks n2 Sync wait\n"
    "n1 serves\n"
    "n1 serves\n"
    "n2 serves\n"
    "n2 serves\n"
    "n0 persists note 2\n"
    "n1 persists note 2\n"
    "n2 persists note 2\n"
    "n0 answers Sync with a summary\n"
    "n0 answers Sync with a summary\n"
    "n1 answers Sync with a summary\n"
    "n1 answers Sync with a summary\n"
    "n2 answers Sync with a summary\n"
    "n2 answers Sync with a summary\n"
    "n1 asks n0 Sync wait\n"
    "n2 asks n0 Sync wait\n"
    "n0 asks n1 Sync wait\n"
    "n2 asks n1 Sync wait\n"
    "n0 asks n2 Sync wait\n"
    "n1 asks n2 Sync wait\n";

/* A deposit is registered, its record spreads, and two seconds later both
 * other members cosign. Each has its own line, and asks the other for his. */
Test(witness, story)
{
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 1000);
    rig_quiet(rig);
    rig_pass(rig, 9000);
    cr_assert_str_eq(rig_lines(rig), story);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(rig_signatures(rig, i), 3); /* the owner's, and two */
        cr_assert_geq(rig_kept(rig, i), 1);
    }
}

/* The receipt that a depositor asks for afterwards proves a time. */
Test(witness, receipt)
{
    struct deposit deposit = rig_deposit(rig, 0, 1);
    struct deposit_item item = { .root = deposit.payload_root,
                                 .header = deposit.header_id,
                                 .commitment = deposit.commitment };
    struct deposit_facts facts = { .registered = true, .index = 1 };
    struct message message = { .kind = MESSAGE_RECEIPTS };
    struct roster_chain *chain = members_chain(&rig->members, 1);
    struct receipt *receipt = malloc(sizeof(*receipt));
    struct receipt_result *result = malloc(sizeof(*result));
    struct arena arena;
    struct span text;

    rig_pass(rig, 10000);
    message.receipts.items = &item;
    message.receipts.count = 1;
    rig_ask(rig, 0, &message, &facts, 0);
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer), MESSAGE_DEPOSIT,
                                      &arena, &message, NULL),
                 ERR_OK);
    text = message.deposit_reply.results[0].text;
    cr_assert_eq(receipt_parse(&text, receipt, NULL), ERR_OK);
    cr_assert_eq(receipt_verify_chain(receipt, chain, result, NULL), ERR_OK);
    cr_assert_eq(result->check, RECEIPT_GENUINE);
    cr_assert(result->has_proven_time);
    cr_assert_eq(result->cosigner_count, 2);
    cr_assert_geq(result->proven_time, receipt->claimed_time);
    cr_assert_leq(result->proven_time, receipt->claimed_time + 10);
    free(result);
    free(receipt);
    roster_chain_free(chain);
    arena_done(&arena);
}

/* However often it grows, a ledger is cosigned once in each minute of the
 * clock, and while it never rests, when a minute begins. */
Test(witness, once_a_minute)
{
    rig_pass(rig, 60000 - rig->now_ms % 60000 + 5000);
    rig_quiet(rig);
    for (unsigned i = 0; i < 5; i++) {
        (void)rig_deposit(rig, 0, i);
        rig_pass(rig, 4000);
    }
    cr_assert_eq(rig_count(rig, "n1 cosigns n0"), 1);
    rig_pass(rig, 60000);
    cr_assert_eq(rig_count(rig, "n1 cosigns n0"), 2);
    rig_quiet(rig);
    rig_pass(rig, 60000 - rig->now_ms % 60000 + 30000);
    for (unsigned i = 5; i < 180; i++) {
        (void)rig_deposit(rig, 0, i);
        rig_pass(rig, 1000);
    }
    cr_assert_geq(rig_count(rig, "n1 cosigns n0"), 2);
    cr_assert_leq(rig_count(rig, "n1 cosigns n0"), 4);
    rig_pass(rig, 70000);
    cr_assert_eq(rig_signatures(rig, 0), 3);
}

/* After a restart the lines are there, and nothing is cosigned again. */
Test(witness, restart)
{
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 10000);
    rig_quiet(rig);
    rig_stop(rig, 1);
    rig_start(rig, 1);
    rig_link_all(rig);
    rig_pass(rig, 120000);
    cr_assert_eq(rig_count(rig, "cosigns"), 0);
    cr_assert_eq(rig_count(rig, "GetNotes checkpoint"), 0);
    cr_assert_eq(rig_signatures(rig, 1), 3);
}

/* Stopped between the store and the mark: what it meant to cosign is cosigned
 * once enough members told how far the ledger goes. */
Test(witness, stopped_before_the_mark)
{
    struct disk_mark before = *disk_mark(rig->nodes[1].disk);

    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 10000);
    rig_stop(rig, 1);
    *disk_mark(rig->nodes[1].disk) = before;
    rig_start(rig, 1);
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, 120000);
    rig_quiet(rig);
    rig_link_all(rig);
    rig_pass(rig, 120000);
    cr_assert_eq(rig_count(rig, "n1 cosigns n0 3"), 1);
}

/* An old copy of the directory, with its mark, is put back: the witness signs
 * nothing that is smaller than what the others hold. */
Test(witness, rolled_back)
{
    struct disk *backup;

    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 500); /* the record is there, nothing is cosigned yet */
    backup = disk_copy(rig->nodes[1].disk);
    rig_pass(rig, 70000);
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, 70000);
    rig_stop(rig, 1);
    disk_free(rig->nodes[1].disk);
    rig->nodes[1].disk = backup;
    rig->nodes[1].moved = true;
    rig_quiet(rig);
    rig_start(rig, 1);
    rig_pass(rig, 120000); /* nobody tells anything */
    cr_assert_eq(rig_count(rig, "n1 cosigns"), 0);
    rig_link_all(rig);
    rig_pass(rig, 120000);
    cr_assert_eq(rig_count(rig, "n1 cosigns n0"), 0); /* its line is there */
    cr_assert_eq(rig_signatures(rig, 1), 3);
    (void)rig_deposit(rig, 0, 3);
    rig_pass(rig, 70000);
    cr_assert_eq(rig_count(rig, "n1 cosigns n0 4"), 1);
    cr_assert_eq(rig_signatures(rig, 1), 3);
}

/* Records that nobody cosigned for a day are an alarm, until somebody does. */
Test(witness, unwitnessed)
{
    struct msg_status_reply status;

    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 500);
    cut_off(0);
    cut_off(1);
    rig_pass(rig, 23 * HOUR_MS);
    cr_assert_eq(rig_count(rig, "n0 says UNWITNESSED"), 0);
    rig_pass(rig, 2 * HOUR_MS);
    cr_assert_eq(rig_count(rig, "n0 says UNWITNESSED"), 1);
    rig_status(rig, 0, &status);
    cr_assert_eq(status.alarms_count, 1);
    rig_link_all(rig);
    rig_pass(rig, 70000);
    cr_assert_eq(rig_count(rig, "n0 says UNWITNESSED"), 2); /* over */
    rig_status(rig, 0, &status);
    cr_assert_eq(status.alarms_count, 0);
}

/* ---- lines that lie ---- */

/* A line of this witness over the text, as this key would make it. */
static void put_line(struct buf *note, size_t as, size_t key, uint64_t time,
                     struct span text)
{
    struct signature signature;
    struct note_key named;
    struct public_key public_key = { { 0 } };
    struct roster_chain *chain = members_chain(&rig->members, 1);
    const struct roster *roster = roster_chain_newest(chain);
    uint8_t blob[76];
    char name[NOTE_NAME_SIZE_MAX + 1];

    public_key = roster->nodes[as].witness;
    (void)snprintf(name, sizeof(name), "%s/n%zu/witness", rig->members.cid.text,
                   as);
    cr_assert_eq(
        note_key_init(&named, name, NOTE_KEY_COSIGNATURE, public_key.bytes),
        ERR_OK);
    members_sign(key, SIGN_COSIGNATURE, time, text, &signature);
    memcpy(blob, named.id, 4);
    for (size_t i = 0; i < 8; i++) {
        blob[4 + i] = (uint8_t)(time >> (56 - 8 * i));
    }
    memcpy(blob + 12, signature.bytes, 64);
    buf_printf(note, "\xe2\x80\x94 %s ", name);
    buf_put_base64(note, span_of(blob, sizeof(blob)));
    buf_put_str(note, "\n");
    roster_chain_free(chain);
}

/* n2 brings n1 this note of n0's ledger. */
static enum put_result bring(struct span note)
{
    struct origin origin = rig_origin(rig);
    struct note_ref ref = { .kind = NOTE_CHECKPOINT,
                            .name = origin_span(&origin) };
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

/* Lines from 1970 and 2099, of a key that is not the witness's, and of nobody
 * on the roster are not taken; of two good ones of a witness the earlier. */
Test(witness, false_lines)
{
    struct buf note;
    struct buf bytes;
    struct note parsed;
    uint64_t now_s;

    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 500); /* not cosigned yet */
    cut_off(1);
    now_s = rig_clock_s(rig, 1);
    buf_init(&note, NOTE_SIZE_MAX);
    buf_put(&note, rig_newest(rig, 1, &bytes, &parsed));
    cr_assert_eq(parsed.line_count, 1);
    put_line(&note, 2, 2, 1, parsed.text);
    put_line(&note, 2, 2, 4070908800, parsed.text);
    put_line(&note, 2, 2, now_s + 700, parsed.text);
    put_line(&note, 2, 0, now_s - 7, parsed.text);
    put_line(&note, 0, 2, now_s, parsed.text);
    cr_assert_eq(bring(buf_span(&note)), PUT_TAKEN);
    rig_pass(rig, 400);
    cr_assert_eq(rig_signatures(rig, 1), 1);
    put_line(&note, 2, 2, now_s - 5, parsed.text);
    cr_assert_eq(bring(buf_span(&note)), PUT_TAKEN);
    rig_pass(rig, 400);
    cr_assert_eq(rig_signatures(rig, 1), 1,
                 "the bad line with the earlier time masks it");
    buf_done(&note);
    buf_init(&note, NOTE_SIZE_MAX);
    buf_put(&note, buf_span(&bytes));
    put_line(&note, 2, 2, now_s - 5, parsed.text);
    put_line(&note, 2, 2, now_s - 9, parsed.text);
    cr_assert_eq(bring(buf_span(&note)), PUT_TAKEN);
    rig_pass(rig, 10000);
    buf_done(&bytes);
    (void)rig_newest(rig, 1, &bytes, &parsed);
    cr_assert_eq(parsed.line_count, 3); /* n0, n1 by itself, n2 */
    buf_done(&note);
    buf_init(&note, NOTE_SIZE_MAX);
    put_line(&note, 2, 2, now_s - 9, parsed.text);
    cr_assert(memmem(bytes.data, bytes.size, note.data, note.size) != NULL);
    buf_done(&note);
    buf_done(&bytes);
}

/* n2 shows n1 a larger checkpoint, and nobody ever shows the leaves: after a
 * day that is an alarm, which ends when they come. */
Test(witness, unproved)
{
    struct msg_status_reply status;
    struct buf bytes;
    struct note parsed;

    cut_off(1);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 5000);
    cut_off(0);
    (void)rig_newest(rig, 2, &bytes, &parsed);
    cr_assert_eq(bring(buf_span(&bytes)), PUT_TAKEN);
    rig_pass(rig, 23 * HOUR_MS);
    cr_assert_eq(rig_count(rig, "says UNPROVED"), 0);
    rig_pass(rig, 2 * HOUR_MS);
    cr_assert_eq(rig_count(rig, "n1 says UNPROVED"), 1);
    rig_status(rig, 1, &status);
    cr_assert_geq(status.alarms_count, 1);
    rig_link(rig, 1, 0);
    rig_run(rig);
    rig_pass(rig, 5000);
    cr_assert_eq(rig_count(rig, "n1 says UNPROVED"), 2); /* over */
    buf_done(&bytes);
}

/* A note with the owner's line missing or of another key is refused. */
Test(witness, no_owner)
{
    struct buf note;
    struct buf bytes;
    struct note parsed;

    (void)rig_newest(rig, 1, &bytes, &parsed);
    buf_init(&note, NOTE_SIZE_MAX);
    buf_put(&note, parsed.text);
    buf_put_str(&note, "\n");
    put_line(&note, 2, 2, rig_clock_s(rig, 2), parsed.text);
    cr_assert_eq(bring(buf_span(&note)), PUT_REFUSED);
    buf_done(&note);
    buf_done(&bytes);
}

/* A peer that brings the same bad lines again and again is not listened to for
 * a while; then it is. */
Test(witness, flood)
{
    struct buf note;
    struct buf bytes;
    struct note parsed;
    uint64_t now_s;

    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 300);
    cut_off(1);
    now_s = rig_clock_s(rig, 1);
    buf_init(&note, NOTE_SIZE_MAX);
    buf_put(&note, rig_newest(rig, 1, &bytes, &parsed));
    for (unsigned i = 0; i < 99; i++) {
        put_line(&note, 2, 0, now_s - i, parsed.text);
    }
    for (unsigned i = 0; i < 50; i++) {
        cr_assert_eq(bring(buf_span(&note)), PUT_TAKEN);
    }
    buf_done(&note);
    buf_init(&note, NOTE_SIZE_MAX);
    buf_put(&note, buf_span(&bytes));
    put_line(&note, 2, 2, now_s, parsed.text);
    cr_assert_eq(bring(buf_span(&note)), PUT_TAKEN);
    rig_pass(rig, 5000);
    cr_assert_eq(rig_signatures(rig, 1), 2); /* the owner's and its own */
    rig_pass(rig, 10000);
    cr_assert_eq(bring(buf_span(&note)), PUT_TAKEN);
    rig_pass(rig, 1000);
    cr_assert_eq(rig_signatures(rig, 1), 3);
    buf_done(&note);
    buf_done(&bytes);
}
