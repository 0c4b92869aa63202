/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "crypto/secret.h"
#include "ledger/note.h"

#define TEXT "holdfast test 1\n\nwith an empty line\n"
#define ROOM (1 << 20)

static struct sign_key secrets[3];
static struct note_key keys[3]; /* 0 signs, 1 and 2 cosign */
static struct note note;
static struct note_matches matches;

static void setup(void)
{
    static const char *const names[] = { "a/ledger", "b/witness", "c/witness" };

    cr_assert(crypto_init() == ERR_OK);
    for (size_t index = 0; index < 3; index++) {
        uint8_t seed[SIGN_SEED_SIZE];

        memset(seed, (int)index + 1, sizeof(seed));
        cr_assert(sign_key_init(&secrets[index], seed) == ERR_OK);
        cr_assert(
            note_key_init(&keys[index], names[index],
                          index == 0 ? NOTE_KEY_ED25519 : NOTE_KEY_COSIGNATURE,
                          secrets[index].public_key.bytes) == ERR_OK);
    }
}

static void teardown(void)
{
    for (size_t index = 0; index < 3; index++) {
        sign_key_done(&secrets[index]);
    }
}

TestSuite(note, .init = setup, .fini = teardown);

static void signed_make(struct buf *buf, const char *text)
{
    buf_init(buf, ROOM);
    cr_assert(note_sign(buf, span_str(text), &keys[0], &secrets[0]) == ERR_OK);
}

static void cosign(struct buf *buf, size_t key, uint64_t time)
{
    cr_assert(note_cosign_line(buf, span_str(TEXT), &keys[key], time,
                               &secrets[key]) == ERR_OK);
}

static enum err parse(const struct buf *buf)
{
    return note_parse(buf_span(buf), NOTE_SIZE_MAX, &note, NULL);
}

static enum err parse_text(const char *text)
{
    return note_parse(span_str(text), NOTE_SIZE_MAX, &note, NULL);
}

/* What was signed and cosigned verifies, with the times. */
Test(note, round_trip)
{
    struct buf buf;

    signed_make(&buf, TEXT);
    cosign(&buf, 1, 1000);
    cosign(&buf, 2, 2000);
    cr_assert(parse(&buf) == ERR_OK);
    cr_expect(span_is(note.text, TEXT), "the last empty line divides");
    cr_assert(note_verify(&note, keys, 3, &matches, NULL) == ERR_OK);
    cr_expect_eq(matches.count, 3);
    cr_expect_eq(note_match_find(&matches, 0)->time, 0);
    cr_expect_eq(note_match_find(&matches, 1)->time, 1000);
    cr_expect_eq(note_match_find(&matches, 2)->time, 2000);
    cr_assert(note_verify(&note, keys, 2, &matches, NULL) == ERR_OK);
    cr_expect_eq(matches.count, 2, "a line of an unknown key is ignored");
    cr_expect_null(note_match_find(&matches, 2));
    buf_done(&buf);
}

/* A line of a known key that fails spoils the whole note. */
Test(note, known_key_fails)
{
    struct note_key other = keys[1];
    struct buf buf;

    signed_make(&buf, TEXT);
    cosign(&buf, 1, 1000);
    buf.data[0] = 'H';
    cr_assert(parse(&buf) == ERR_OK);
    cr_expect(note_verify(&note, keys, 3, &matches, NULL) ==
              ERR_WRONG_SIGNATURE);
    cr_expect(note_verify(&note, &keys[1], 1, &matches, NULL) ==
              ERR_WRONG_SIGNATURE);
    other.id[0] ^= 1;
    cr_expect(note_verify(&note, &other, 1, &matches, NULL) == ERR_OK,
              "a line counts by name and id, not by name");
    cr_expect_eq(matches.count, 0);
    buf_done(&buf);
}

/* Of several cosignatures of one key the earliest counts, and once. */
Test(note, earliest_cosignature)
{
    struct buf buf;

    signed_make(&buf, TEXT);
    cosign(&buf, 1, 3000);
    cosign(&buf, 1, 1000);
    cosign(&buf, 1, 2000);
    cr_assert(parse(&buf) == ERR_OK);
    cr_assert(note_verify(&note, keys, 3, &matches, NULL) == ERR_OK);
    cr_expect_eq(matches.count, 2);
    cr_expect_eq(note_match_find(&matches, 1)->time, 1000);
    buf_done(&buf);
}

/* Opening demands the line of this key. */
Test(note, open_demands_line)
{
    struct buf buf;

    signed_make(&buf, TEXT);
    cr_expect(note_open(buf_span(&buf), NOTE_SIZE_MAX, &keys[0], &note, NULL) ==
              ERR_OK);
    cr_expect(note_open(buf_span(&buf), NOTE_SIZE_MAX, &keys[1], &note, NULL) ==
              ERR_WRONG_SIGNATURE);
    cr_expect(note_open(buf_span(&buf), 50, &keys[0], &note, NULL) ==
              ERR_TOO_BIG);
    buf_done(&buf);
}

/* What is not exactly a note is refused. */
Test(note, malformed)
{
    static const char *const bad[] = {
        "",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        "text\n\xe2\x80\x94 a AAAAAAA=\n",
        "text\n\n- a AAAAAAA=\n",
        "text\n\n\xe2\x80\x93 a AAAAAAA=\n",
        "text\n\n\xe2\x80\x94 a AAAAAAA=",
        "text\n\n\xe2\x80\x94  AAAAAAA=\n",
        "text\n\n\xe2\x80\x94 a+b AAAAAAA=\n",
        "text\n\n\xe2\x80\x94 a b AAAAAAA=\n",
        "text\n\n\xe2\x80\x94 a AAAAAA==\n",
        "text\n\n\xe2\x80\x94 a AAAAAAB=\n",
        "text\n\n\xe2\x80\x94 a AAAAAAA\n",
        "text\r\n\n\xe2\x80\x94 a AAAAAAA=\n",
        "te\txt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        "te\xffxt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        "text\n\n\xe2\x80\x94 a AAAAAAA=\nmore\n",
    };

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_expect(parse_text(bad[index]) == ERR_MALFORMED, "%zu", index);
    }
    cr_expect(parse_text("text\n\n\xe2\x80\x94 a AAAAAAA=\n") == ERR_OK);
}

/* 100 lines are taken, 101 are not. */
Test(note, line_limit)
{
    struct buf buf;

    buf_init(&buf, ROOM);
    buf_put_str(&buf, "text\n\n");
    for (int index = 0; index < NOTE_LINES_MAX; index++) {
        buf_put_str(&buf, "\xe2\x80\x94 a AAAAAAA=\n");
    }
    cr_expect(parse(&buf) == ERR_OK);
    buf_put_str(&buf, "\xe2\x80\x94 a AAAAAAA=\n");
    cr_expect(parse(&buf) == ERR_TOO_BIG);
    buf_done(&buf);
}

/* A note of 64 KiB is taken, one byte more is not. */
Test(note, size_limit)
{
    const char *tail = "\n\n\xe2\x80\x94 a AAAAAAA=\n";
    struct buf buf;

    for (size_t more = 0; more < 2; more++) {
        buf_init(&buf, 2 * NOTE_SIZE_MAX);
        while (buf.size < NOTE_SIZE_MAX + more - strlen(tail)) {
            buf_put_byte(&buf, 'a');
        }
        buf_put_str(&buf, tail);
        cr_assert_eq(buf.size, NOTE_SIZE_MAX + more);
        cr_expect(parse(&buf) == (more == 0 ? ERR_OK : ERR_TOO_BIG));
        buf_done(&buf);
    }
}

/* Combining keeps one good line of each key in the order of the keys. */
Test(note, combine)
{
    static struct note other;
    struct buf first;
    struct buf second;
    struct buf wanted;
    struct buf both;

    signed_make(&first, TEXT);
    cosign(&first, 2, 2000);
    cosign(&first, 1, 3000);
    signed_make(&second, TEXT);
    cosign(&second, 1, 1000);
    buf_put_str(&second, "\xe2\x80\x94 stranger AAAAAAA=\n");
    signed_make(&wanted, TEXT);
    cosign(&wanted, 1, 1000);
    cosign(&wanted, 2, 2000);
    cr_assert(parse(&first) == ERR_OK);
    cr_assert(note_parse(buf_span(&second), NOTE_SIZE_MAX, &other, NULL) ==
              ERR_OK);
    buf_init(&both, ROOM);
    cr_assert(note_combine(&note, &other, keys, 3, &both) == ERR_OK);
    cr_expect(span_equal(buf_span(&both), buf_span(&wanted)));
    buf_clear(&both);
    cr_assert(note_combine(&other, &note, keys, 3, &both) == ERR_OK);
    cr_expect(span_equal(buf_span(&both), buf_span(&wanted)));
    buf_done(&both);
    buf_done(&wanted);
    buf_done(&second);
    buf_done(&first);
}

/* Combining drops a line that fails, and refuses another text. */
Test(note, combine_refuses)
{
    static struct note other;
    struct buf good;
    struct buf bad;
    struct buf both;

    signed_make(&good, TEXT);
    signed_make(&bad, TEXT);
    bad.data[0] = 'H';
    cr_assert(parse(&good) == ERR_OK);
    cr_assert(note_parse(buf_span(&bad), NOTE_SIZE_MAX, &other, NULL) ==
              ERR_OK);
    buf_init(&both, ROOM);
    cr_expect(note_combine(&note, &other, keys, 3, &both) == ERR_CONFLICT);
    buf_clear(&both);
    cr_expect(note_combine(&other, NULL, keys, 3, &both) ==
              ERR_WRONG_SIGNATURE);
    buf_done(&both);
    buf_done(&bad);
    buf_done(&good);
}

/* Signing refuses a text that is none, and a key that does not fit. */
Test(note, signing_refuses)
{
    struct buf buf;

    buf_init(&buf, ROOM);
    cr_expect(note_sign_line(&buf, span_str("no end"), &keys[0], &secrets[0]) ==
              ERR_MALFORMED);
    cr_expect(note_sign_line(&buf, span_str("tab\t\n"), &keys[0],
                             &secrets[0]) == ERR_MALFORMED);
    cr_expect(note_sign_line(&buf, span_str("\n"), &keys[0], &secrets[1]) ==
              ERR_WRONG_KEY);
    cr_expect(note_sign_line(&buf, span_str("\n"), &keys[1], &secrets[1]) ==
              ERR_WRONG_KEY);
    cr_expect(note_cosign_line(&buf, span_str("\n"), &keys[0], 1,
                               &secrets[0]) == ERR_WRONG_KEY);
    cr_expect(note_cosign_line(&buf, span_str("\n"), &keys[1], 0,
                               &secrets[1]) == ERR_RANGE);
    buf_done(&buf);
}

/* Key names with a space, a plus, a control byte or nothing are refused. */
Test(note, key_names)
{
    const uint8_t *public_key = keys[0].public_key.bytes;
    char name[NOTE_NAME_SIZE_MAX + 2];
    struct note_key key;

    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    cr_expect(note_key_init(&key, "", NOTE_KEY_ED25519, public_key) ==
              ERR_MALFORMED);
    cr_expect(note_key_init(&key, "a b", NOTE_KEY_ED25519, public_key) ==
              ERR_MALFORMED);
    cr_expect(note_key_init(&key, "a+b", NOTE_KEY_ED25519, public_key) ==
              ERR_MALFORMED);
    cr_expect(note_key_init(&key, "a\nb", NOTE_KEY_ED25519, public_key) ==
              ERR_MALFORMED);
    cr_expect(note_key_init(&key, name, NOTE_KEY_ED25519, public_key) ==
              ERR_MALFORMED);
    name[NOTE_NAME_SIZE_MAX] = '\0';
    cr_expect(note_key_init(&key, name, NOTE_KEY_ED25519, public_key) ==
              ERR_OK);
}

/* Without memory the buffer of a signed note fails, and says so. */
Test(note, full_buffer)
{
    struct buf buf;

    buf_init(&buf, 40);
    cr_expect(note_sign(&buf, span_str(TEXT), &keys[0], &secrets[0]) ==
              ERR_TOO_BIG);
    buf_done(&buf);
}
