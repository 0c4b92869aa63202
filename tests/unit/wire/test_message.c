/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "model/batch.h"
#include "sample.h"
#include "wire/decode.h"
#include "wire/encode.h"

static struct arena arena;
static struct buf bytes;
static struct buf again;
static struct why why;

static void begin(void)
{
    cr_assert(arena_init(&arena, ARENA_SIZE_MAX) == ERR_OK);
    buf_init(&bytes, MESSAGE_SIZE_MAX);
    buf_init(&again, MESSAGE_SIZE_MAX);
}

static void end(void)
{
    arena_done(&arena);
    buf_done(&bytes);
    buf_done(&again);
}

TestSuite(message, .init = begin, .fini = end);

static enum err decode(struct span from, bool reply, enum message_kind kind,
                       struct message *ret_message)
{
    arena_reset(&arena);
    return reply ? message_decode_reply(from, kind, &arena, ret_message, &why)
                 : message_decode_request(from, &arena, ret_message, &why);
}

static void encode(const struct message *message)
{
    buf_clear(&bytes);
    cr_assert(message_encode(message, &bytes) == ERR_OK);
}

/* Every message comes back as it was, field by field. */
Test(message, round_trip)
{
    for (size_t i = 0; i < sample_count(); i++) {
        const struct sample *sample = sample_at(i);
        struct message message;

        encode(&sample->message);
        cr_assert(decode(buf_span(&bytes), sample->message.reply,
                         sample->message.kind, &message) == ERR_OK,
                  "%s: %s", sample->name, why.text);
        cr_expect(sample_equal(&sample->message, &message), "%s", sample->name);
    }
}

/* No beginning of a message is a message, and no byte beyond it is read. */
Test(message, refuses_every_truncation)
{
    for (size_t i = 0; i < sample_count(); i++) {
        const struct sample *sample = sample_at(i);
        struct message message = { .kind = 99 };

        encode(&sample->message);
        for (size_t size = 0; size < bytes.size; size++) {
            uint8_t *copy = malloc(size > 0 ? size : 1);

            cr_assert(copy != NULL);
            memcpy(copy, bytes.data, size);
            cr_expect(decode(span_of(copy, size), sample->message.reply,
                             sample->message.kind, &message) == ERR_MALFORMED,
                      "%s, first %zu bytes", sample->name, size);
            free(copy);
        }
        cr_expect(message.kind == 99, "untouched");
    }
}

/* One byte behind the end is one too many. */
Test(message, refuses_what_is_left_over)
{
    for (size_t i = 0; i < sample_count(); i++) {
        const struct sample *sample = sample_at(i);
        struct message message;

        encode(&sample->message);
        buf_put_byte(&bytes, 0);
        cr_expect(decode(buf_span(&bytes), sample->message.reply,
                         sample->message.kind, &message) == ERR_MALFORMED,
                  "%s", sample->name);
    }
}

/* With any byte changed, a message is refused, or it says something else that
 * is written and read the same way. */
Test(message, survives_every_changed_byte)
{
    static const uint8_t flips[] = { 0x01, 0x02, 0x08, 0x80, 0xff };

    for (size_t i = 0; i < sample_count(); i++) {
        const struct sample *sample = sample_at(i);
        enum message_kind kind = sample->message.kind;
        bool reply = sample->message.reply;

        encode(&sample->message);
        for (size_t at = 0; at < 5 * bytes.size; at++) {
            uint8_t *byte = &bytes.data[at / 5];
            struct message first;
            struct message second;

            *byte ^= flips[at % 5];
            buf_clear(&again);
            if (decode(buf_span(&bytes), reply, kind, &first) == ERR_OK) {
                cr_assert(message_encode(&first, &again) == ERR_OK);

                struct arena other;

                cr_assert(arena_init(&other, ARENA_SIZE_MAX) == ERR_OK);
                cr_assert(
                    (reply ? message_decode_reply(buf_span(&again), kind,
                                                  &other, &second, NULL)
                           : message_decode_request(buf_span(&again), &other,
                                                    &second, NULL)) == ERR_OK);
                cr_expect(sample_equal(&first, &second), "%s, byte %zu",
                          sample->name, at / 5);
                arena_done(&other);
            }
            *byte ^= flips[at % 5];
        }
    }
}

/* The bytes themselves, written down by hand from proto/README.md. */
Test(message, bytes_on_the_wire)
{
    static const struct block_id names[2] = { { { 0xaa } }, { { 0xbb } } };
    static const struct span blocks[3] = { { (const uint8_t *)"one", 3 },
                                           { NULL, 0 },
                                           { (const uint8_t *)"2", 1 } };
    struct message get = { .kind = MESSAGE_GET_BLOCKS,
                           .get_blocks = { names, 2, NULL } };
    struct message reply = { .kind = MESSAGE_GET_BLOCKS,
                             .reply = true,
                             .get_blocks_reply = { blocks, 3 } };

    encode(&get);
    cr_expect(bytes.size == 5 + 2 + 64);
    cr_expect(memcmp(bytes.data, "\x07\x00\x00\x00\x42\x0a\x40\xaa", 8) == 0);
    cr_expect(bytes.data[7 + 32] == 0xbb);
    encode(&reply);
    cr_expect(
        span_equal(buf_span(&bytes), span_of("\x07\x00\x00\x00\x0e\x0a\x0c"
                                             "\x03\x00\x00\x00\x00\x00\x00\x00"
                                             "\x01\x00\x00\x00"
                                             "one2",
                                             23)));
}

/* The head of a GET_BLOCKS answer written by hand is what protobuf-c packs. */
Test(message, blocks_reply_head)
{
    static struct span blocks[BLOCKS_PER_REQUEST_MAX];
    static uint32_t sizes[BLOCKS_PER_REQUEST_MAX];
    static uint8_t data[4 * BLOCKS_PER_REQUEST_MAX * 300];
    uint8_t head[MESSAGE_HEAD_SIZE + 3 + 4 * BLOCKS_PER_REQUEST_MAX];

    for (size_t i = 0; i < BLOCKS_PER_REQUEST_MAX; i++) {
        sizes[i] = i % 3 == 1 ? 0 : (uint32_t)(i * 1000 + 7);
        blocks[i] = span_of(data, sizes[i]);
    }
    for (size_t count = 1; count <= BLOCKS_PER_REQUEST_MAX; count++) {
        struct message message = { .kind = MESSAGE_GET_BLOCKS,
                                   .reply = true,
                                   .get_blocks_reply = { blocks, count } };
        size_t size = blocks_reply_head_size(count);

        buf_done(&bytes);
        buf_init(&bytes, 4 * MESSAGE_SIZE_MAX);
        encode(&message);
        cr_assert(size <= sizeof(head));
        blocks_reply_head(head, sizes, count);
        cr_expect(span_equal(span_of(head, size),
                             span_part(buf_span(&bytes), 0, size)),
                  "%zu", count);
    }
}

/* A kind that nobody knows is told apart from nonsense,
 * so that it can be answered. */
Test(message, unknown_kinds)
{
    for (unsigned kind = 0; kind < 256; kind++) {
        uint8_t head[MESSAGE_HEAD_SIZE] = { (uint8_t)kind };
        struct message message;
        bool known = kind >= 1 && kind <= 19;
        enum err err = decode(span_of(head, sizeof(head)), false, 0, &message);

        cr_expect((err == ERR_UNSUPPORTED) == !known, "%u: %s", kind,
                  err_name(err));
    }
}

/* What cannot be said is not written, and what was there before stays. */
Test(message, encode_refuses)
{
    struct message refusal = { .kind = MESSAGE_REFUSAL };

    buf_put_str(&bytes, "before");
    cr_expect(message_encode(&refusal, &bytes) == ERR_UNSUPPORTED);
    cr_expect(span_is(buf_span(&bytes), "before"));
}

/* A message that its reader would refuse, or that does not fit, is not
 * written. */
Test(message, encode_too_big)
{
    static char text[17000];
    static struct head heads[SYNC_HEADS_MAX + 1];
    struct message reload = { .kind = MESSAGE_RELOAD,
                              .reply = true,
                              .reload_reply = { span_of(text, 16385) } };
    struct message sync = { .kind = MESSAGE_SYNC,
                            .sync = { .yours = heads,
                                      .yours_count = SYNC_HEADS_MAX + 1 } };
    struct span leaf = span_of(text, 16384);
    struct message records = { .kind = MESSAGE_GET_RECORDS,
                               .reply = true,
                               .get_records_reply = { .leaves = &leaf,
                                                      .leaves_count = 1 } };

    memset(text, 'x', sizeof(text));
    cr_expect(message_encode(&reload, &bytes) == ERR_TOO_BIG);
    buf_clear(&bytes);
    cr_expect(message_encode(&sync, &bytes) == ERR_TOO_BIG);
    buf_done(&bytes);
    buf_init(&bytes, 100);
    buf_put_str(&bytes, "before");
    cr_expect(message_encode(&records, &bytes) == ERR_TOO_BIG);
    cr_expect(span_is(buf_span(&bytes), "before"));
    leaf.size = 65536;
    buf_clear(&bytes);
    cr_expect(message_encode(&records, &bytes) == ERR_TOO_BIG);
}

/* The answer must be of the kind that was asked for, or a refusal. */
Test(message, answer_of_another_kind)
{
    struct message message;

    cr_assert(refusal_encode(ERR_FULL, "STORE-FULL", "no room", &bytes) ==
              ERR_OK);
    cr_assert(decode(buf_span(&bytes), true, MESSAGE_DEPOSIT, &message) ==
              ERR_OK);
    cr_expect(message.kind == MESSAGE_REFUSAL);
    cr_expect(message.refusal.code == (uint64_t)ERR_FULL);
    cr_expect(span_is(message.refusal.name, "STORE-FULL"));
    cr_expect(decode(buf_span(&bytes), false, 0, &message) == ERR_UNSUPPORTED);

    struct message status = { .kind = MESSAGE_RELOAD, .reply = true };

    encode(&status);
    cr_expect(decode(buf_span(&bytes), true, MESSAGE_DEPOSIT, &message) ==
              ERR_MALFORMED);
}

/* A sentence that is too long for a refusal is cut. */
Test(message, long_refusal)
{
    char text[2000];
    struct message message;

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    cr_assert(refusal_encode(ERR_IO, "X", text, &bytes) == ERR_OK);
    cr_assert(decode(buf_span(&bytes), true, MESSAGE_SYNC, &message) == ERR_OK);
    cr_expect(message.refusal.text.size == WHY_SIZE);
}
