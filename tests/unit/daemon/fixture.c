/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/secret.h"
#include "wire/decode.h"

static void take_event(void *ctx, struct event *event)
{
    struct place *place = ctx;
    struct told *told = &place->told[place->told_count];

    cr_assert_lt(place->told_count, TOLD_MAX);
    place->told_count++;
    told->kind = event->kind;
    if (event->kind == EVENT_ASKED) {
        const struct message *message = event->asked.message;
        size_t count = message->kind == MESSAGE_DEPOSIT
                           ? message->deposit.items_count
                           : message->receipts.count;

        cr_assert_leq(count, 4);
        told->request = event->asked.request;
        told->bytes = event->asked.appended_bytes;
        memcpy(told->facts, event->asked.facts, count * sizeof(*told->facts));
    } else if (event->kind == EVENT_APPENDED) {
        told->bytes = event->appended.bytes;
    } else if (event->kind == EVENT_PERSISTED) {
        told->token = event->persisted.token;
    } else if (event->kind == EVENT_SIGNED) {
        told->token = event->signed_.token;
        told->signature = event->signed_.signature;
    }
}

static void take_fatal(void *ctx, enum err err, const char *text)
{
    struct place *place = ctx;

    (void)text;
    if (place->fatal == ERR_OK) {
        place->fatal = err;
    }
}

void place_make(struct place *place, uint64_t min_free)
{
    struct pool_options options = { .worker_count = 2, .capacity = 256 };
    struct store_opened opened;
    struct why why = { "" };

    memset(place, 0, sizeof(*place));
    cr_assert_eq(crypto_init(), ERR_OK);
    strcpy(place->folder, "/tmp/hf-daemon-XXXXXX");
    cr_assert_not_null(mkdtemp(place->folder));
    snprintf(place->data, sizeof(place->data), "%s/data", place->folder);
    cr_assert_eq(mkdir(place->data, 0700), 0);
    cr_assert_eq(
        store_create(place->data, FIXTURE_NODE, span_str("read me\n"), &why),
        ERR_OK, "%s", why.text);
    cr_assert_eq(store_open(place->data, FIXTURE_NODE, min_free, &place->store,
                            &opened, &why),
                 ERR_OK, "%s", why.text);
    cr_assert_eq(pool_new(&options, &place->pool), ERR_OK);
    cr_assert_eq(requests_new(&place->requests), ERR_OK);
    place->sink = (struct sink){ place, take_event, take_fatal };
}

void remove_folder(const char *folder)
{
    char command[256];

    snprintf(command, sizeof(command), "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

void place_remove(struct place *place)
{
    pool_free(place->pool);
    requests_free(place->requests);
    store_close(place->store);
    remove_folder(place->folder);
}

void place_settle(struct place *place)
{
    pool_drain(place->pool);
}

/* ---- requests ---- */

static enum err carrier_begin(struct request *request, size_t size)
{
    struct carrier *carrier = request->carrier;

    (void)size;
    return carrier->begin;
}

static enum err carrier_finish(struct request *request, struct buf *message)
{
    struct carrier *carrier = request->carrier;

    carrier->answer = *message;
    buf_init(message, message->max);
    return ERR_OK;
}

static void carrier_send(struct request *request)
{
    struct carrier *carrier = request->carrier;

    carrier->is_sent = true;
}

static void carrier_shed(struct request *request)
{
    struct carrier *carrier = request->carrier;

    carrier->is_shed = true;
}

static void carrier_drop(struct request *request)
{
    struct carrier *carrier = request->carrier;

    cr_assert(!carrier->is_dropped);
    carrier->is_dropped = true;
}

static const struct request_ops carrier_ops = {
    .begin = carrier_begin,
    .finish = carrier_finish,
    .send = carrier_send,
    .shed = carrier_shed,
    .drop = carrier_drop,
};

struct request *place_request(struct place *place, struct carrier *carrier)
{
    struct request *request;

    memset(carrier, 0, sizeof(*carrier));
    buf_init(&carrier->answer, 0);
    cr_assert_eq(request_new(place->requests, &carrier_ops, carrier, &request),
                 ERR_OK);
    request->caller.kind = CALLER_LOCAL;
    return request;
}

bool carrier_refused(const struct carrier *carrier, enum err code)
{
    struct arena arena;
    struct message message;
    bool refused;

    if (!carrier->is_sent || arena_init(&arena, ARENA_SIZE_MAX) != ERR_OK) {
        return false;
    }
    refused = message_decode_reply(buf_span(&carrier->answer), MESSAGE_DEPOSIT,
                                   &arena, &message, NULL) == ERR_OK &&
              message.kind == MESSAGE_REFUSAL && message.refusal.code == code;
    arena_done(&arena);
    return refused;
}

/* ---- blocks ---- */

void block_make(struct block *block, uint8_t seed, size_t size)
{
    block->bytes = malloc(size);
    cr_assert_not_null(block->bytes);
    memset(block->bytes, seed, size);
    block->size = size;
    cr_assert_eq(block_name(span_of(block->bytes, size), &block->name), ERR_OK);
}

void block_done(struct block *block)
{
    free(block->bytes);
}
