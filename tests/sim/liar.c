/* SPDX-License-Identifier: Apache-2.0 */
#include "liar.h"

#include "base/check.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define LIE_ONE_IN 5
#define LIE_SIZE_MIN 256

/* One bit of what it carries: anywhere, or near the beginning, where header
 * objects lie. */
static void change_bit(struct world *world, struct buf *bytes)
{
    size_t from = bytes->size / 4;
    size_t to = bytes->size - 1;

    if (world_chance(world, 2)) {
        size_t head = 5 + ((size_t)bytes->data[3] << 8 | bytes->data[4]);

        from = head < to ? head : from;
        to = from + 100 < to ? from + 100 : to;
    }
    bytes->data[world_between(world, from, to)] ^=
        (uint8_t)(1u << world_between(world, 0, 7));
}

static bool lies(const struct world *world, size_t node)
{
    return world->nodes[node].liar && !world->healed;
}

void liar_answers(struct world *world, const struct request *request,
                  struct buf *bytes)
{
    if (lies(world, request->to) && request->kind != MESSAGE_SYNC &&
        bytes->size >= 1024 && world_chance(world, LIE_ONE_IN)) {
        change_bit(world, bytes);
    }
}

/* "I do not hold this", of all that it was to bring. */
static void deny(struct world *world, struct request *request)
{
    struct span blocks[BLOCKS_PER_REQUEST_MAX];
    struct message message;
    struct buf other;
    struct why why;

    arena_reset(&world->other_arena);
    CHECK(message_decode_request(buf_span(&request->bytes), &world->other_arena,
                                 &message, &why) == ERR_OK);
    for (size_t i = 0; i < message.put_blocks.count; i++) {
        blocks[i] = span_of(NULL, 0);
    }
    message.put_blocks.blocks = blocks;
    buf_init(&other, 8 << 20);
    CHECK(message_encode(&message, &other) == ERR_OK);
    buf_done(&request->bytes);
    request->bytes = other;
}

bool liar_sends(struct world *world, struct request *request)
{
    bool brings = request->kind == MESSAGE_PUT_NOTES ||
                  request->kind == MESSAGE_PUT_RECORDS ||
                  request->kind == MESSAGE_PUT_BLOCKS;

    if (!brings || !lies(world, request->from)) {
        return true;
    }
    if (request->kind == MESSAGE_PUT_BLOCKS && world->miser) {
        return false;
    }
    if (!world_chance(world, LIE_ONE_IN)) {
        return true;
    }
    if (request->kind == MESSAGE_PUT_BLOCKS && world_chance(world, 3)) {
        deny(world, request);
    } else if (request->bytes.size >= LIE_SIZE_MIN) {
        change_bit(world, &request->bytes);
    }
    return true;
}
