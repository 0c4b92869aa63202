/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "model/key_name.h"
#include "model/statement.h"
#include "rig.h"
#include "wire/arena.h"
#include "wire/decode.h"

#define NOW 1800000000ULL /* when the rig's clock began */

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

TestSuite(statements, .init = setup, .fini = teardown);

/* Three nodes, each with a ledger and a first statement. */
static void start(void)
{
    rig_init(rig, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 3000);
}

/* What a status tells of statements, safe to keep. */
struct view {
    uint32_t copies[4];
    size_t peers;
    struct status_peer peer[3]; /* numbers only */
};

static struct view view(size_t node)
{
    struct view view = { .peers = 0 };
    struct msg_status_reply status;
    struct effects effects;

    effects_init(&effects);
    node_status(rig->nodes[node].core, rig->now_ms, &effects, &status);
    cr_assert_leq(status.copies_count, 4);
    cr_assert_leq(status.peers_count, 3);
    memcpy(view.copies, status.copies, 4 * status.copies_count);
    for (size_t i = 0; i < status.peers_count; i++) {
        size_t number = (size_t)(status.peers[i].node.data[1] - '0');

        view.peer[number] = status.peers[i];
    }
    view.peers = status.peers_count;
    effects_done(&effects);
    return view;
}

static void note_of(size_t disk, size_t node, struct buf *note)
{
    const struct source *source = disk_source(rig->nodes[disk].disk);
    struct label label;

    members_label(node, &label);
    buf_init(note, STATEMENT_SIZE_MAX);
    cr_assert_eq(
        source->note(source->ctx, NOTE_STATEMENT, label_span(&label), 0, note),
        ERR_OK);
}

/* A note that this node signs. */
static void sign(size_t node, const struct statement *statement,
                 struct buf *note)
{
    char name[KEY_NAME_SIZE];
    struct signature signature;
    struct roster_chain *chain = members_chain(&rig->members, 1);
    struct note_key key;
    struct cid cid;
    struct buf text;
    uint8_t blob[4 + 64];

    origin_cid_copy(&statement->ledger, &cid);
    buf_init(&text, STATEMENT_SIZE_MAX);
    statement_format(&text, statement);
    members_sign(node, SIGN_STATEMENT, 0, buf_span(&text), &signature);
    key_name_format(name, cid.text, statement->node.text, KEY_ROLE_NODE);
    cr_assert_eq(
        note_key_init(&key, name, NOTE_KEY_ED25519,
                      roster_chain_newest(chain)->nodes[node].ledger.bytes),
        ERR_OK);
    memcpy(blob, key.id, 4);
    memcpy(blob + 4, signature.bytes, 64);
    buf_init(note, STATEMENT_SIZE_MAX);
    buf_put(note, buf_span(&text));
    buf_printf(note, "\n\xe2\x80\x94 %s ", key.name);
    buf_put_base64(note, span_of(blob, sizeof(blob)));
    buf_put_str(note, "\n");
    buf_done(&text);
    roster_chain_free(chain);
}

/* What this disk keeps of a node, with other numbers, signed again. */
static void forge(size_t disk, size_t node, uint64_t number, uint64_t time,
                  struct buf *note)
{
    struct roster_chain *chain = members_chain(&rig->members, 1);
    struct statement statement;
    struct buf kept;

    note_of(disk, node, &kept);
    cr_assert_eq(statement_open(buf_span(&kept), &rig->members.cid,
                                roster_chain_newest(chain), &statement, NULL),
                 ERR_OK);
    statement.number = number;
    statement.time = time;
    sign(node, &statement, note);
    statement_done(&statement);
    buf_done(&kept);
    roster_chain_free(chain);
}

/* `from` brings it to `to`. */
static enum put_result bring(size_t from, size_t to, size_t of,
                             const struct buf *note)
{
    struct message message = { .kind = MESSAGE_PUT_NOTES };
    struct note_ref ref = { .kind = NOTE_STATEMENT };
    struct span span = buf_span(note);
    struct label label;
    struct arena arena;
    struct message reply;
    enum put_result result;

    members_label(of, &label);
    ref.name = label_span(&label);
    message.put_notes.refs = &ref;
    message.put_notes.notes = &span;
    message.put_notes.count = 1;
    rig_ask_as(rig, from, to, &message);
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer), MESSAGE_PUT_NOTES,
                                      &arena, &reply, NULL),
                 ERR_OK);
    result = (enum put_result)reply.put_reply.results[0];
    arena_done(&arena);
    return result;
}

static const char stated[] = "n0 states 2\n"
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
                             "n1 persists note 2\n"
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

/* An item is stated by each node within a minute after it has it, the others
 * fetch the statement, and everybody counts three members. */
Test(statements, spread)
{
    start();
    rig_pass(rig, 57500);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(view(1).copies[3], 0);
    rig_quiet(rig);
    rig_pass(rig, 1000);
    cr_assert_eq(rig_count(rig, "states"), 0);
    rig_quiet(rig);
    rig_pass(rig, 5000); /* the others also cosign the new checkpoint */
    cr_assert_str_eq(rig_lines(rig), stated);
    for (size_t i = 0; i < 3; i++) {
        struct view seen = view(i);

        cr_assert_eq(seen.copies[3], 1);
        cr_assert_eq(seen.copies[0] + seen.copies[1] + seen.copies[2], 0);
        for (size_t j = 0; j < 3; j++) {
            cr_assert_eq(seen.peer[j].has_statement, i != j);
            cr_assert_eq(seen.peer[j].items_claimed, i != j);
        }
    }
}

/* Two nodes that can only dial never speak with each other: what one states
 * reaches the other through the third. */
Test(statements, through_a_third)
{
    rig_init_dialling(rig, 3, 1);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link(rig, 1, 0);
    rig_link(rig, 2, 0);
    rig_run(rig);
    rig_pass(rig, 60000);
    (void)rig_deposit(rig, 1, 1);
    rig_pass(rig, 140000);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(view(i).copies[3], 1, "%zu", i);
    }
}

/* At most one in a minute is written, however often something changes; and one
 * in an hour while nothing does. */
Test(statements, once_a_minute)
{
    start();
    rig_quiet(rig);
    for (unsigned i = 0; i < 60; i++) {
        (void)rig_deposit(rig, 0, i);
        rig_pass(rig, 5000);
    }
    cr_assert_leq(rig_count(rig, "n0 states"), 6);
    cr_assert_geq(rig_count(rig, "n0 states"), 4);
    rig_pass(rig, 120000);
    cr_assert_eq(view(2).copies[3], 60);
    rig_quiet(rig);
    rig_pass(rig, 3 * 3600000);
    cr_assert_eq(rig_count(rig, "n0 states"), 3);
}

/* An older statement that somebody brings again changes nothing. */
Test(statements, replayed)
{
    struct buf old;

    start();
    note_of(1, 0, &old);
    rig_pass(rig, 60000);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 10000);
    cr_assert_eq(view(1).copies[3], 1);
    rig_quiet(rig);
    cr_assert_eq(bring(2, 1, 0, &old), PUT_TAKEN);
    cr_assert_str_eq(rig_lines(rig), "n1 answers 3\n");
    cr_assert_eq(view(1).copies[3], 1);
    buf_done(&old);
}

/* A statement of the year 2099 is kept and counts as no copy; nor does one of
 * 1970; the next one of that node counts again. */
Test(statements, wrong_clocks)
{
    static const uint64_t times[] = { 4070908800ULL, 1, NOW + 120 };
    struct buf note;

    start();
    rig_pass(rig, 60000);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 10000);
    cr_assert_eq(view(1).copies[3], 1);
    for (size_t i = 0; i < 3; i++) {
        forge(1, 2, 10 + i, times[i], &note);
        cr_assert_eq(bring(2, 1, 2, &note), PUT_TAKEN);
        cr_assert_eq(view(1).copies[i < 2 ? 2 : 3], 1);
        cr_assert_eq(view(1).peer[2].items_claimed, 1);
        buf_done(&note);
    }
    cr_assert_lt(view(1).peer[2].statement_age_s, 10);
}

/* Two days later a statement is too old to count. */
Test(statements, stale)
{
    start();
    rig_pass(rig, 60000);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 10000);
    cr_assert_eq(view(1).copies[3], 1);
    rig_stop(rig, 2);
    rig_pass(rig, 172700000);
    cr_assert_eq(view(1).copies[3], 1);
    rig_pass(rig, 200000);
    cr_assert_eq(view(1).copies[3], 0);
    cr_assert_eq(view(1).copies[2], 1);
    cr_assert_geq(view(1).peer[2].statement_age_s, 172800);
}

/* What a stranger signs in the name of a member, or a member in the name of
 * another, is refused. */
Test(statements, strangers)
{
    struct statement statement = { .number = 9, .time = NOW, .reads = 1 };
    struct roster_chain *chain;
    struct statement kept;
    struct buf note;
    struct buf of_2;

    start();
    chain = members_chain(&rig->members, 1);
    note_of(1, 2, &of_2);
    cr_assert_eq(statement_open(buf_span(&of_2), &rig->members.cid,
                                roster_chain_newest(chain), &kept, NULL),
                 ERR_OK);
    statement.ledger = kept.ledger;
    statement.node = kept.node;
    sign(0, &statement, &note); /* n0 signs as n2 */
    cr_assert_eq(bring(0, 1, 2, &note), PUT_REFUSED);
    buf_done(&note);
    members_label(7, &statement.node); /* not on the roster */
    sign(0, &statement, &note);
    cr_assert_eq(bring(0, 1, 7, &note), PUT_REFUSED);
    buf_done(&note);
    statement_done(&kept);
    buf_done(&of_2);
    roster_chain_free(chain);
}

/* A node that a roster drops counts no longer, and is no longer told of. */
Test(statements, dropped)
{
    struct event event = { .kind = EVENT_ROSTER };
    struct buf file;

    start();
    rig_pass(rig, 60000);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 10000);
    members_change(&rig->members, 2);
    buf_init(&file, 1 << 20);
    members_file(&rig->members, 2, &file);
    event.roster.chain = buf_span(&file);
    rig_step(rig, 1, &event);
    rig_run(rig);
    buf_done(&file);
    cr_assert_eq(view(1).peers, 1);
    cr_assert_eq(view(1).copies[2], 1);
    cr_assert_eq(view(1).copies[3], 0);
    rig_stop(rig, 1);
    rig_start(rig, 1);
    cr_assert_eq(view(1).copies[2], 1);
}

/* A node left its ledger for a new one: what it states in the old one's name
 * is refused, however large its number. */
Test(statements, ledger_left)
{
    struct message order = { .kind = MESSAGE_OPEN_LEDGER };
    struct buf note;

    start();
    forge(1, 0, 1000, NOW + 60, &note);
    order.open_ledger.confirm = span_str("n0");
    rig_ask(rig, 0, &order, NULL, 0);
    rig_pass(rig, 70000);
    cr_assert_eq(bring(2, 1, 0, &note), PUT_TAKEN); /* known: an older one */
    buf_done(&note);
    note_of(1, 0, &note);
    buf_put_byte(&note, '\0');
    cr_assert_null(strstr((const char *)note.data, "number 1000\n"));
    buf_done(&note);
    cr_assert_lt(view(1).peer[0].statement_age_s, 100);
}

/* Statements in quick succession: four are taken, then one a minute. */
Test(statements, flood)
{
    struct buf note;
    size_t taken = 0;

    start();
    rig_pass(rig, 600000);
    rig_unlink(rig, 1, 2);
    for (uint64_t i = 0; i < 20; i++) {
        forge(1, 2, 100 + i, NOW + 600, &note);
        taken += bring(0, 1, 2, &note) == PUT_TAKEN;
        buf_done(&note);
    }
    cr_assert_eq(taken, 4);
    rig_pass(rig, 60000);
    forge(1, 2, 200, NOW + 600, &note);
    cr_assert_eq(bring(0, 1, 2, &note), PUT_TAKEN);
    buf_done(&note);
    forge(1, 2, 201, NOW + 600, &note);
    cr_assert_eq(bring(0, 1, 2, &note), PUT_REFUSED);
    buf_done(&note);
}

/* After a restart, and with an older disk, the numbers go on upwards. */
Test(statements, numbers_go_on)
{
    struct disk *backup;

    start();
    backup = disk_copy(rig->nodes[0].disk);
    rig_pass(rig, 60000);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 10000);
    rig_stop(rig, 0);
    rig_quiet(rig);
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 70000);
    cr_assert_eq(rig_count(rig, "n0 states 3\n"), 1);
    rig_stop(rig, 0);
    disk_free(rig->nodes[0].disk);
    rig->nodes[0].disk = backup;
    rig_quiet(rig);
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 70000);
    cr_assert_geq(rig_count(rig, "n0 states 4\n"), 1);
    cr_assert_eq(rig_count(rig, "n0 states 2\n"), 0);
    cr_assert_eq(rig_count(rig, "n0 states 3\n"), 0);
}

static void set_full(size_t node, bool full)
{
    struct event event = { .kind = EVENT_SPACE };

    event.space.full = full;
    rig_step(rig, node, &event);
    rig_run(rig);
}

/* n1 states that it holds all that n0 does. */
static void lie(size_t disk, struct buf *note)
{
    struct roster_chain *chain = members_chain(&rig->members, 1);
    struct statement statement;
    struct statement truth;
    struct buf kept;
    struct buf of_0;

    note_of(disk, 0, &of_0);
    note_of(disk, 1, &kept);
    cr_assert_eq(statement_open(buf_span(&of_0), &rig->members.cid,
                                roster_chain_newest(chain), &truth, NULL),
                 ERR_OK);
    cr_assert_eq(statement_open(buf_span(&kept), &rig->members.cid,
                                roster_chain_newest(chain), &statement, NULL),
                 ERR_OK);
    cr_assert_eq(truth.holds_count, 1);
    statement.holds_count = 1;
    free(statement.holds);
    statement.holds = truth.holds;
    truth.holds = NULL;
    statement.number = 50;
    statement.time = NOW + rig->now_ms / 1000;
    sign(1, &statement, note);
    statement_done(&statement);
    statement_done(&truth);
    buf_done(&kept);
    buf_done(&of_0);
    roster_chain_free(chain);
}

/* Claims of what is not there are shown as what they are, statements; who
 * relies on them gets the item from another; and the liar loses them when it
 * asks for that item itself. */
Test(statements, lying)
{
    struct msg_status_reply status;
    struct buf note;

    start();
    set_full(1, true);
    set_full(2, true);
    for (unsigned i = 0; i < 5; i++) {
        (void)rig_deposit(rig, 0, i);
    }
    rig_pass(rig, 70000);
    cr_assert_eq(view(2).copies[1], 5);
    lie(2, &note);
    cr_assert_eq(bring(1, 2, 1, &note), PUT_TAKEN);
    cr_assert_eq(bring(1, 0, 1, &note), PUT_TAKEN);
    buf_done(&note);
    cr_assert_eq(view(2).copies[2], 5);
    cr_assert_eq(view(2).peer[1].items_claimed, 5);
    rig_quiet(rig);
    rig_unlink(rig, 2, 0);
    rig_unlink(rig, 0, 2);
    set_full(2, false);
    rig_pass(rig, 1000);
    rig_link_all(rig);
    rig_pass(rig, 65000); /* what was leased to n0 before */
    cr_assert_geq(rig_count(rig, "n2 asks n1 GetBlocks"), 1);
    rig_status(rig, 2, &status);
    rig_status(rig, 2, &status);
    cr_assert_eq(status.held, 5);
    /* Some of them n0 has challenged, and they were denied. */
    cr_assert_lt(view(0).peer[1].items_claimed, 5);
    set_full(1, false);
    rig_pass(rig, 500);
    cr_assert_eq(view(0).peer[1].items_claimed, 0);
    rig_pass(rig, 130000);
    cr_assert_eq(view(0).copies[3], 5);
}
