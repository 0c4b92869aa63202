/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/text.h"
#include "model/record.h"

#define CID "east-0011223344556677"
#define LID_A "000102030405060708090a0b0c0d0e0f"
#define LID_B "100102030405060708090a0b0c0d0e0f"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ORIGIN CID "/alpha/" LID_A
#define HEAD(kind) "holdfast record 1 " kind "\norigin " ORIGIN "\n"
#define DEPOSIT                                                                \
    HEAD("deposit")                                                            \
    "time 1764000000\nroster " HASH "\nheader " HASH " 1338\npayload " HASH    \
    " 65552\ncommitment " HASH "\n"
#define OPEN HEAD("open") "time 1\nroster " HASH "\nreason "

static struct record record;
static struct record inner;

static enum err parse(const char *text)
{
    return record_parse(span_str(text), &record, NULL);
}

static void same_expect(const char *text)
{
    struct buf again;

    buf_init(&again, LEAF_SIZE_MAX);
    record_format(&again, &record);
    cr_expect(span_is(buf_span(&again), text), "%s", text);
    buf_done(&again);
}

/* A deposit is read and written again. */
Test(record, deposit)
{
    const char *text = DEPOSIT "x-later what ever\n";

    cr_assert(parse(text) == ERR_OK);
    cr_expect_eq(record.kind, RECORD_DEPOSIT);
    cr_expect_eq(record.time, 1764000000);
    cr_expect(record.has_roster);
    cr_expect_eq(record.deposit.header_size, 1338);
    cr_expect_eq(record.deposit.payload_size, 65552);
    cr_expect(span_is(record.x_lines, "x-later what ever\n"));
    cr_expect(span_is(record.bytes, text));
    same_expect(text);
}

/* The reason and the earlier ledgers of an open record fit each other. */
Test(record, open)
{
    cr_expect(parse(OPEN "new\n") == ERR_OK);
    cr_expect_eq(record.open.earlier_count, 0);
    cr_expect(parse(OPEN "rescued\n") == ERR_MALFORMED);
    cr_expect(parse(OPEN "moved\nearlier " CID "/alpha/" LID_B " 7 " HASH
                         "\n") == ERR_OK);
    cr_expect_eq(record.open.reason, OPEN_MOVED);
    cr_expect_eq(record.open.earlier[0].size, 7);
    same_expect(OPEN "moved\nearlier " CID "/alpha/" LID_B " 7 " HASH "\n");
    cr_expect(parse(OPEN "new\nearlier " CID "/alpha/" LID_B " 7 " HASH "\n") ==
              ERR_MALFORMED);
    cr_expect(parse(OPEN "moved\nearlier " CID "/beta/" LID_B " 7 " HASH
                         "\n") == ERR_MALFORMED);
    cr_expect(parse(OPEN "moved\nearlier west-0011223344556677/alpha/" LID_B
                         " 7 " HASH "\n") == ERR_MALFORMED);
}

/* As many earlier ledgers as bytes allow are taken. */
Test(record, many_earlier)
{
    struct buf text;
    size_t count = 0;

    buf_init(&text, 1 << 20);
    buf_put_str(&text, OPEN "rolled-back\n");
    while (text.size < LEAF_SIZE_MAX - 256) {
        buf_printf(&text, "earlier " CID "/alpha/%032zx 1 " HASH "\n", count);
        count++;
    }
    cr_expect(record_parse(buf_span(&text), &record, NULL) == ERR_OK);
    cr_expect_eq(record.open.earlier_count, count);
    buf_printf(&text, "earlier " CID "/alpha/%032x 1 " HASH "\n", 0);
    cr_expect(record_parse(buf_span(&text), &record, NULL) == ERR_MALFORMED,
              "not sorted");
    while (text.size <= LEAF_SIZE_MAX) {
        buf_put_str(&text, "x-a b\n");
    }
    cr_expect(record_parse(buf_span(&text), &record, NULL) == ERR_TOO_BIG);
    buf_done(&text);
}

static void carried_make(struct buf *text, const char *from, struct span leaf)
{
    buf_init(text, 1 << 20);
    buf_printf(text,
               "holdfast record 1 carried\norigin " CID "/alpha/" LID_B
               "\ntime 5\nfrom %s 3\nleaf ",
               from);
    buf_put_base64(text, leaf);
    buf_put_str(text, "\n");
}

static enum err carried_parse(const char *from, const char *leaf)
{
    struct buf text;
    enum err err;

    carried_make(&text, from, span_str(leaf));
    err = record_parse(buf_span(&text), &record, NULL);
    buf_done(&text);
    return err;
}

/* A carried leaf is found inside, unchanged, whatever its kind. */
Test(record, carried)
{
    const char *unknown = HEAD("grant") "anything \x01 goes";

    cr_assert(carried_parse(ORIGIN, DEPOSIT) == ERR_OK);
    cr_expect_eq(record.kind, RECORD_CARRIED);
    cr_expect_eq(record.carried.index, 3);
    cr_assert(record_parse_carried(&record, &inner, NULL) == ERR_OK);
    cr_expect_eq(inner.kind, RECORD_DEPOSIT);
    cr_expect(span_is(inner.bytes, DEPOSIT));
    cr_assert(carried_parse(ORIGIN, unknown) == ERR_OK);
    cr_assert(record_parse_carried(&record, &inner, NULL) == ERR_OK);
    cr_expect_eq(inner.kind, RECORD_UNREADABLE);
}

/* Nothing foreign, nested, opening or malformed is carried. */
Test(record, carried_refusals)
{
    cr_expect(carried_parse(ORIGIN, OPEN "new\n") == ERR_MALFORMED);
    cr_expect(carried_parse(ORIGIN, HEAD("carried")) == ERR_MALFORMED);
    cr_expect(carried_parse(ORIGIN, DEPOSIT "\n") == ERR_MALFORMED);
    cr_expect(carried_parse(ORIGIN, "") == ERR_MALFORMED);
    cr_expect(carried_parse(CID "/beta/" LID_A, DEPOSIT) == ERR_MALFORMED);
    cr_expect(carried_parse(CID "/alpha/" LID_B, DEPOSIT) == ERR_MALFORMED);
    cr_expect(carried_parse("west-0011223344556677/alpha/" LID_A, DEPOSIT) ==
              ERR_MALFORMED);
}

/* A leaf of 8 KiB can be carried; a larger one is no leaf of its kind. */
Test(record, sizes)
{
    struct buf leaf;
    struct buf text;

    buf_init(&leaf, 1 << 20);
    buf_put_str(&leaf, DEPOSIT "x-a ");
    while (leaf.size < LEAF_DEPOSIT_SIZE_MAX - 1) {
        buf_put_byte(&leaf, 'b');
    }
    buf_put_byte(&leaf, '\n');
    cr_expect(record_parse(buf_span(&leaf), &record, NULL) == ERR_OK);
    carried_make(&text, ORIGIN, buf_span(&leaf));
    cr_expect(record_parse(buf_span(&text), &record, NULL) == ERR_OK);
    buf_done(&text);
    leaf.data[leaf.size - 1] = 'b';
    buf_put_byte(&leaf, '\n');
    cr_expect(record_parse(buf_span(&leaf), &record, NULL) == ERR_TOO_BIG);
    carried_make(&text, ORIGIN, buf_span(&leaf));
    cr_expect(record_parse(buf_span(&text), &record, NULL) == ERR_MALFORMED);
    buf_done(&text);
    buf_done(&leaf);
}

/* Any leaf needs its two first lines; more is asked of known kinds only. */
Test(record, unreadable)
{
    cr_expect(parse(HEAD("grant")) == ERR_OK);
    cr_expect_eq(record.kind, RECORD_UNREADABLE);
    cr_expect_str_eq(record.origin.text, ORIGIN);
    cr_expect(parse("holdfast record 2 deposit\norigin " ORIGIN "\n") ==
              ERR_OK);
    cr_expect_eq(record.kind, RECORD_UNREADABLE);
    cr_expect(parse("holdfast record 1 grant\n") == ERR_MALFORMED);
    cr_expect(parse("holdfast record 1 grant\norigin x\n") == ERR_MALFORMED);
    cr_expect(parse("holdfast record 1\norigin " ORIGIN "\n") == ERR_MALFORMED);
    cr_expect(parse("holdfast roster 1 grant\norigin " ORIGIN "\n") ==
              ERR_MALFORMED);
    cr_expect(parse(HEAD("deposit")) == ERR_MALFORMED);
}

/* A refused leaf leaves the result as it was, and says which line it is. */
Test(record, failure)
{
    struct why why;

    memset(&record, 7, sizeof(record));
    cr_expect(record_parse(span_str(HEAD("deposit") "time 01\n"), &record,
                           &why) == ERR_MALFORMED);
    cr_expect(span_starts(span_str(why.text), "line 3: "), "%s", why.text);
    cr_expect_eq(*(const uint8_t *)&record, 7);
}

/* Two deposits are one when root, header and commitment are. */
Test(record, equality)
{
    struct deposit a;
    struct deposit b;

    cr_assert(parse(DEPOSIT) == ERR_OK);
    a = record.deposit;
    b = a;
    b.header_size++;
    cr_expect(deposit_equal(&a, &b));
    b.commitment.bytes[0] ^= 1;
    cr_expect_not(deposit_equal(&a, &b));
}
