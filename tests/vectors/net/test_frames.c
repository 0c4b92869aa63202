/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "net/frame.h"
#include "net/session.h"
#include "support/vectors.h"

TestSuite(frames);

static void check_prologue(const json_t *object)
{
    struct digest identity;
    struct buf expected;
    struct buf prologue;

    buf_init(&expected, 1024);
    buf_init(&prologue, 1024);
    vectors_hex_fixed(object, "identity", identity.bytes,
                      sizeof(identity.bytes));
    vectors_hex(object, "bytes", &expected);
    session_prologue(&prologue, &identity);
    cr_assert(span_equal(buf_span(&prologue), buf_span(&expected)));
    buf_done(&expected);
    buf_done(&prologue);
}

static uint32_t index_of(const json_t *object, size_t place)
{
    const json_t *indexes = json_object_get(object, "indexes");

    return (uint32_t)json_integer_value(json_array_get(indexes, place));
}

static void check_good(const json_t *object, const struct frame *frame,
                       struct span bytes)
{
    uint8_t head[FRAME_HEAD_SIZE];
    size_t head_size = frame_head_format(frame, head);
    struct buf body;

    buf_init(&body, MESSAGE_SIZE_MAX);
    vectors_hex(object, "body", &body);
    cr_assert_eq((uint64_t)frame->kind, vectors_uint(object, "type"));
    cr_assert(span_equal(frame->body, buf_span(&body)));
    switch (frame->kind) {
    case FRAME_HELLO:
        cr_assert_eq(frame->sender, index_of(object, 0));
        break;
    case FRAME_WELCOME:
        cr_assert_eq(frame->sender, index_of(object, 0));
        cr_assert_eq(frame->receiver, index_of(object, 1));
        break;
    case FRAME_TRANSPORT:
        cr_assert_eq(frame->receiver, index_of(object, 0));
        cr_assert_eq(frame->counter, vectors_uint(object, "counter"));
        break;
    }
    cr_assert_eq(head_size + frame->body.size, bytes.size);
    cr_assert_eq(memcmp(head, bytes.data, head_size), 0);
    buf_done(&body);
}

/* Layout and prologue are those of the reference. */
Test(frames, match_the_vectors)
{
    json_t *file = vectors_load("holdfast/frames.json");
    json_t *cases = vectors_cases(file, "frames");
    json_t *object;
    size_t index;

    json_array_foreach(cases, index, object)
    {
        struct frame frame;
        struct buf bytes;
        enum err err;

        if (vectors_has(object, "identity")) {
            check_prologue(object);
            continue;
        }
        buf_init(&bytes, MESSAGE_SIZE_MAX + 1);
        vectors_hex(object, "bytes", &bytes);
        err = frame_parse(buf_span(&bytes), &frame);
        cr_assert_eq(err == ERR_OK, vectors_expect(object, "ok"), "%s: %s",
                     vectors_name(object), err_name(err));
        if (err == ERR_OK) {
            check_good(object, &frame, buf_span(&bytes));
        }
        buf_done(&bytes);
    }
    json_decref(file);
}
