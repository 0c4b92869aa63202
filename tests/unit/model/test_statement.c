/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "crypto/secret.h"
#include "model/roster.h"
#include "model/statement.h"
#include "support/rosters.h"

#define CID "test-0123456789abcdef"
#define ROOT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OWN CID "/alpin-1/00000000000000000000000000000001"
#define OTHER CID "/fjord-1/00000000000000000000000000000002"
#define THIRD CID "/wisla-1/00000000000000000000000000000003"

#define HEAD                                                                   \
    "holdfast statement 1\nnode alpin-1\nledger " OWN "\nnumber 7\n"           \
    "time 1764000000\nroster " ROOT "\nreads 1\n"
#define MIDDLE                                                                 \
    "address a.example.org:7711\naddress [2001:db8::1]:7711\nfree 1000\n"      \
    "scrubbed 1763900000\n"
#define HOLDS                                                                  \
    "holds " OWN " 8 " ROOT " all\nexcept 0\n"                                 \
    "holds " OTHER " 13 " ROOT " placed\nexcept 3,5-7\nplus 1,9-12\n"          \
    "holds " THIRD " 4 " ROOT " none\nplus 0-1\n"
#define CHECKED                                                                \
    "checked fjord-1 120 119 1 1763999950\nchecked wisla-1 20 0 0 -\n"

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(statement, .init = init);

static enum err parse(const char *text, struct statement *ret_statement)
{
    struct why why = { .text = "" };
    enum err err = statement_parse(span_str(text), ret_statement, &why);

    if (err != ERR_OK) {
        cr_assert_str_neq(why.text, "");
    }
    return err;
}

static bool bad(const char *text)
{
    struct statement statement;
    enum err err = parse(text, &statement);

    if (err == ERR_OK) {
        statement_done(&statement);
    }
    return err == ERR_MALFORMED;
}

/* Every line is understood, and written again as it was. */
Test(statement, reads_what_it_writes)
{
    static const char text[] = HEAD MIDDLE HOLDS CHECKED "x-note a b\n";
    const struct statement_holds *holds;
    const struct statement_checked *checked;
    struct statement statement;
    struct buf again;

    cr_assert(parse(text, &statement) == ERR_OK);
    cr_assert_str_eq(statement.node.text, "alpin-1");
    cr_assert_str_eq(statement.ledger.text, OWN);
    cr_assert_eq(statement.number, 7);
    cr_assert_eq(statement.time, 1764000000);
    cr_assert_eq(statement.roster.bytes[1], 0x11);
    cr_assert_eq(statement.reads, 1);
    cr_assert_eq(statement.address_count, 2);
    cr_assert(span_is(statement.addresses[1], "[2001:db8::1]:7711"));
    cr_assert_eq(statement.free_bytes, 1000);
    cr_assert(statement.has_scrubbed);
    cr_assert_eq(statement.scrubbed, 1763900000);
    cr_assert_eq(statement.holds_count, 3);
    holds = &statement.holds[1];
    cr_assert_eq(holds->size, 13);
    cr_assert_eq(holds->form, HOLDS_PLACED);
    cr_assert(span_is(holds->except, "3,5-7"));
    cr_assert(span_is(holds->plus, "1,9-12"));
    cr_assert(statement_find_holds(&statement, &holds->origin) == holds);
    cr_assert_eq(statement.checked_count, 2);
    checked = statement_find_checked(&statement, span_str("wisla-1"));
    cr_assert_eq(checked->asked, 20);
    cr_assert_null(statement_find_checked(&statement, span_str("wisla")));
    cr_assert(span_is(statement.x_lines, "x-note a b\n"));
    buf_init(&again, STATEMENT_SIZE_MAX);
    statement_format(&again, &statement);
    cr_assert(span_is(buf_span(&again), text));
    buf_done(&again);
    statement_done(&statement);
}

/* The least there can be: no address, no scrub, nothing held or checked. */
Test(statement, may_claim_nothing)
{
    struct statement statement;
    struct origin origin;

    cr_assert(parse(HEAD "free 0\nscrubbed -\n", &statement) == ERR_OK);
    cr_assert_not(statement.has_scrubbed);
    cr_assert_eq(statement.holds_count + statement.checked_count, 0);
    cr_assert(origin_parse(span_str(OWN), &origin) == ERR_OK);
    cr_assert_null(statement_find_holds(&statement, &origin));
    statement_done(&statement);
}

/* Every rule of the lines has a text that breaks it. */
Test(statement, refuses_what_breaks_a_rule)
{
#define REST MIDDLE HOLDS CHECKED
    cr_expect(bad(""));
    cr_expect(bad("holdfast statement 1\n"));
    cr_expect(bad("holdfast roster 1\n" REST));
    cr_expect(bad(HEAD "free 1\n"));
    cr_expect(bad(HEAD "address a\nfree 1\nscrubbed -\n"));
    cr_expect(bad(HEAD "scrubbed -\nfree 1\n"));
    cr_expect(bad(HEAD "free 1\nscrubbed -"));
    cr_expect(bad(HEAD "free 01\nscrubbed -\n"));
    cr_expect(bad(HEAD REST "checked wisla-1 20 0 0 -\n"));
    cr_expect(bad(HEAD REST "holds " THIRD " 4 " ROOT " none\n"));
    cr_expect(bad(HEAD REST "y-note a\n"));
    cr_expect(bad(HEAD MIDDLE CHECKED HOLDS));
    /* reads, ledger, node */
    cr_expect(bad("holdfast statement 1\nnode alpin-1\nledger " OTHER "\n"));
    cr_expect(bad("holdfast statement 1\nnode alpin-1\nledger " OWN
                  "\nnumber 7\ntime 1\nroster " ROOT
                  "\nreads 0\nfree 1\nscrubbed -\n"));
    /* holds */
#define WITH(lines) HEAD MIDDLE lines
    cr_expect(bad(WITH("holds " OWN " 0 " ROOT " all\n")));
    cr_expect(bad(WITH("holds " OWN " 8 " ROOT " most\n")));
    cr_expect(bad(WITH("holds " OWN " 8 " ROOT " all\nplus 3\n")));
    cr_expect(bad(WITH("holds " OWN " 8 " ROOT " none\nexcept 3\n")));
    cr_expect(bad(WITH("holds " OWN " 8 " ROOT " placed\nplus 3\nexcept 4\n")));
    cr_expect(bad(WITH("holds " OWN " 8 " ROOT " all\nexcept 8\n")));
    cr_expect(bad(WITH("holds " OWN " 8 " ROOT " all\nexcept 3 5\n")));
    cr_expect(bad(WITH("holds " OWN " 8 " ROOT " all\nexcept 3\nexcept 5\n")));
    cr_expect(bad(WITH("except 3\n")));
    cr_expect(bad(
        WITH("holds " OWN " 8 " ROOT " all\nholds " OWN " 8 " ROOT " all\n")));
    cr_expect(bad(WITH("holds " OTHER " 8 " ROOT " all\nholds " OWN " 8 " ROOT
                       " all\n")));
    cr_expect(bad(WITH("holds west-0123456789abcdef/alpin-1/"
                       "00000000000000000000000000000001 8 " ROOT " all\n")));
    /* checked */
    cr_expect(bad(WITH("checked alpin-1 1 0 0 -\n")));
    cr_expect(bad(WITH("checked fjord-1 2 1 2 5\n")));
    cr_expect(bad(WITH("checked fjord-1 2 3 0 5\n")));
    cr_expect(bad(WITH("checked fjord-1 2 1 1 -\n")));
    cr_expect(bad(WITH("checked fjord-1 2 0 1 5\n")));
    cr_expect(bad(WITH("checked wisla-1 1 0 0 -\nchecked fjord-1 1 0 0 -\n")));
    cr_expect(bad(WITH("checked fjord-1 1 0 -\n")));
}

/* At most eight addresses. */
Test(statement, bounds_addresses)
{
    struct statement statement;
    struct buf text;

    buf_init(&text, STATEMENT_SIZE_MAX);
    buf_put_str(&text, HEAD);
    for (int index = 0; index < 8; index++) {
        buf_put_str(&text, "address a:1\n");
    }
    buf_put_str(&text, "free 0\nscrubbed -\n");
    cr_assert(statement_parse(buf_span(&text), &statement, NULL) == ERR_OK);
    statement_done(&statement);
    buf_clear(&text);
    buf_put_str(&text, HEAD);
    for (int index = 0; index < 9; index++) {
        buf_put_str(&text, "address a:1\n");
    }
    buf_put_str(&text, "free 0\nscrubbed -\n");
    cr_assert(statement_parse(buf_span(&text), &statement, NULL) ==
              ERR_MALFORMED);
    buf_done(&text);
}

/* Another version is none that we read; more than 32 KiB is no statement. */
Test(statement, tells_versions_and_sizes)
{
    static char large[STATEMENT_SIZE_MAX + 2];
    struct statement statement;

    cr_assert(parse("holdfast statement 2\nnode x\n", &statement) ==
              ERR_UNREADABLE);
    memset(large, 'a', STATEMENT_SIZE_MAX + 1);
    cr_assert(parse(large, &statement) == ERR_TOO_BIG);
}

/* A statement of 32 KiB is read, one byte more is not. */
Test(statement, has_a_size)
{
    struct statement statement;
    struct buf text;

    buf_init(&text, STATEMENT_SIZE_MAX + 1);
    buf_put_str(&text, HEAD MIDDLE HOLDS CHECKED "x-long ");
    while (text.size < STATEMENT_SIZE_MAX - 1) {
        buf_put_byte(&text, 'a');
    }
    buf_put_byte(&text, '\n');
    cr_assert(statement_parse(buf_span(&text), &statement, NULL) == ERR_OK);
    statement_done(&statement);
    text.data[text.size - 1] = 'a';
    buf_put_byte(&text, '\n');
    cr_assert_eq(text.size, STATEMENT_SIZE_MAX + 1);
    cr_assert(statement_parse(buf_span(&text), &statement, NULL) ==
              ERR_TOO_BIG);
    buf_done(&text);
}

/* ---- Notes --------------------------------------------------------------- */

struct world {
    struct roster *roster;
    struct cid cid;
    struct sign_key secret; /* ledger key of alpin-1 */
    struct statement statement;
};

static void world_init(struct world *world)
{
    struct lid lid = { { 1 } };
    uint8_t seed[32];
    struct buf text;

    memset(world, 0, sizeof(*world));
    buf_init(&text, ROSTER_SIZE_MAX);
    rosters_put_head(&text, 1, NULL, NULL, NULL);
    rosters_put_member(&text, "alpin");
    rosters_put_member(&text, "fjord");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "NO", "listen");
    cr_assert(roster_parse(buf_span(&text), &world->roster, NULL) == ERR_OK);
    rosters_cid(&text, &world->cid);
    buf_done(&text);
    rosters_seed("ledger", "alpin-1", seed);
    cr_assert(sign_key_init(&world->secret, seed) == ERR_OK);
    cr_assert(label_parse(span_str("alpin-1"), &world->statement.node) ==
              ERR_OK);
    origin_make(&world->cid, &world->statement.node, &lid,
                &world->statement.ledger);
    world->statement.reads = 1;
    world->statement.time = 1764000000;
}

static void world_done(struct world *world)
{
    roster_free(world->roster);
    sign_key_done(&world->secret);
}

static enum err open_note(const struct world *world, struct span note)
{
    struct statement statement;
    enum err err =
        statement_open(note, &world->cid, world->roster, &statement, NULL);

    if (err == ERR_OK) {
        statement_done(&statement);
    }
    return err;
}

/* Only the node's own ledger key makes a statement. */
Test(statement, is_opened_with_the_key_of_its_node)
{
    struct statement opened;
    struct world world;
    struct buf note;
    struct buf kept;

    world_init(&world);
    buf_init(&note, NOTE_SIZE_MAX);
    buf_init(&kept, NOTE_SIZE_MAX);
    cr_assert(statement_sign(&note, &world.statement, &world.secret) == ERR_OK);
    cr_assert(statement_open(buf_span(&note), &world.cid, world.roster, &opened,
                             NULL) == ERR_OK);
    cr_assert_str_eq(opened.node.text, "alpin-1");
    statement_put_note(&kept, &opened);
    cr_assert(span_equal(buf_span(&kept), buf_span(&note)));
    statement_done(&opened);
    note.data[40] ^= 1;
    cr_assert_neq(open_note(&world, buf_span(&note)), ERR_OK);
    /* Signed by another node's key, or said by one that is not there. */
    buf_clear(&note);
    world.statement.node.text[6] = '2';
    origin_make(&world.cid, &world.statement.node, &(struct lid){ { 1 } },
                &world.statement.ledger);
    cr_assert(statement_sign(&note, &world.statement, &world.secret) == ERR_OK);
    cr_assert_eq(open_note(&world, buf_span(&note)), ERR_NOT_A_MEMBER);
    buf_clear(&note);
    cr_assert(label_parse(span_str("fjord-1"), &world.statement.node) ==
              ERR_OK);
    origin_make(&world.cid, &world.statement.node, &(struct lid){ { 1 } },
                &world.statement.ledger);
    cr_assert(statement_sign(&note, &world.statement, &world.secret) == ERR_OK);
    cr_assert_eq(open_note(&world, buf_span(&note)), ERR_WRONG_SIGNATURE);
    buf_done(&kept);
    buf_done(&note);
    world_done(&world);
}

/* A line of somebody else is ignored, and not passed on. */
Test(statement, drops_lines_of_others)
{
    struct statement opened;
    struct note_key stranger;
    struct world world;
    struct buf text;
    struct buf note;
    struct buf kept;

    world_init(&world);
    buf_init(&text, STATEMENT_SIZE_MAX);
    buf_init(&note, NOTE_SIZE_MAX);
    buf_init(&kept, NOTE_SIZE_MAX);
    cr_assert(note_key_init(&stranger, "stranger", NOTE_KEY_ED25519,
                            world.secret.public_key.bytes) == ERR_OK);
    statement_format(&text, &world.statement);
    cr_assert(statement_sign(&note, &world.statement, &world.secret) == ERR_OK);
    cr_assert(note_sign_line(&note, buf_span(&text), &stranger,
                             &world.secret) == ERR_OK);
    cr_assert(statement_open(buf_span(&note), &world.cid, world.roster, &opened,
                             NULL) == ERR_OK);
    statement_put_note(&kept, &opened);
    cr_assert_lt(kept.size, note.size);
    cr_assert_eq(memcmp(kept.data, note.data, kept.size), 0);
    cr_assert(open_note(&world, buf_span(&kept)) == ERR_OK);
    statement_done(&opened);
    buf_done(&kept);
    buf_done(&note);
    buf_done(&text);
    world_done(&world);
}

/* What is signed with a good key but of another consortium is refused. */
Test(statement, is_of_this_consortium)
{
    struct world world;
    struct note_key key;
    struct label node;
    struct cid west;
    struct buf text;
    struct buf note;

    world_init(&world);
    buf_init(&text, STATEMENT_SIZE_MAX);
    buf_init(&note, NOTE_SIZE_MAX);
    node = world.statement.node;
    cr_assert(cid_parse(span_str("west-0123456789abcdef"), &west) == ERR_OK);
    origin_make(&west, &node, &(struct lid){ { 1 } }, &world.statement.ledger);
    statement_format(&text, &world.statement);
    roster_node_key(&world.cid, &world.roster->nodes[0], &key);
    cr_assert(note_sign(&note, buf_span(&text), &key, &world.secret) == ERR_OK);
    cr_assert_eq(open_note(&world, buf_span(&note)), ERR_REFUSED);
    buf_done(&note);
    buf_done(&text);
    world_done(&world);
}

/* A note above 32 KiB is not made. */
Test(statement, is_not_signed_when_too_big)
{
    static char x_lines[STATEMENT_SIZE_MAX];
    struct world world;
    struct buf note;

    world_init(&world);
    buf_init(&note, NOTE_SIZE_MAX);
    memset(x_lines, 'a', sizeof(x_lines));
    memcpy(x_lines, "x-a ", 4);
    x_lines[sizeof(x_lines) - 301] = '\n';
    world.statement.x_lines = span_of(x_lines, sizeof(x_lines) - 300);
    cr_assert_eq(statement_sign(&note, &world.statement, &world.secret),
                 ERR_TOO_BIG);
    cr_assert_eq(note.size, 0);
    buf_done(&note);
    world_done(&world);
}

/* ---- Use ----------------------------------------------------------------- */

/* Of two statements from one ledger the higher number is the newer; between
 * ledgers numbers say nothing. */
Test(statement, newer_by_number)
{
    struct statement a = { .number = 8 };
    struct statement b = { .number = 7 };

    cr_assert(origin_parse(span_str(OWN), &a.ledger) == ERR_OK);
    b.ledger = a.ledger;
    cr_assert(statement_newer(&a, &b));
    cr_assert_not(statement_newer(&b, &a));
    cr_assert_not(statement_newer(&a, &a));
    cr_assert(origin_parse(span_str(OTHER), &b.ledger) == ERR_OK);
    cr_assert_not(statement_newer(&a, &b));
}

static void expect_bits(const struct statement_holds *holds,
                        const uint8_t *placed, uint64_t size, unsigned first,
                        unsigned second)
{
    uint8_t bits[3] = { 0x55, 0x55, 0x55 };

    statement_holds_bits(holds, placed, size, bits);
    cr_expect_eq(bits[0], first);
    cr_expect_eq(bits[1], second);
    cr_expect_eq(bits[2], 0x55);
}

/* A holds line claims its form without `except` and with `plus`, up to its own
 * size and no further than the bitmap. */
Test(statement, holds_line_as_bits)
{
    const uint8_t placed[] = { 0x0f, 0xff };
    struct statement_holds holds = { .size = 12, .form = HOLDS_ALL };

    expect_bits(&holds, placed, 16, 0xff, 0x0f);
    holds.except = span_str("1,8-11");
    expect_bits(&holds, placed, 16, 0xfd, 0x00);
    expect_bits(&holds, placed, 9, 0xfd, 0x00);
    holds.form = HOLDS_PLACED;
    holds.except = span_str("0");
    holds.plus = span_str("6,10");
    expect_bits(&holds, placed, 16, 0x4e, 0x0f);
    expect_bits(&holds, NULL, 16, 0xfe, 0x0f);
    expect_bits(&holds, placed, 10, 0x4e, 0x03);
    holds.form = HOLDS_NONE;
    holds.except = span_of(NULL, 0);
    expect_bits(&holds, placed, 16, 0x40, 0x04);
    /* What stands in both is claimed. */
    holds.form = HOLDS_PLACED;
    holds.except = span_str("0-11");
    holds.plus = span_str("2");
    expect_bits(&holds, placed, 16, 0x04, 0x00);
}
