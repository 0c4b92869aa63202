/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/why.h"
#include "wire/encode.h"

#define ANSWER_SIZE_MAX                                                        \
    (MESSAGE_SIZE_MAX - FRAME_HEAD_SIZE - AEAD_TAG_SIZE - REPLY_COUNTER_SIZE)

struct requests {
    struct request *places[REQUESTS_MAX];
    size_t count;
    uint64_t serial;
};

enum err requests_new(struct requests **ret_requests)
{
    struct requests *requests = calloc(1, sizeof(*requests));

    if (requests == NULL) {
        return ERR_NO_MEMORY;
    }
    *ret_requests = requests;
    return ERR_OK;
}

void requests_free(struct requests *requests)
{
    CHECK(requests == NULL || requests->count == 0);
    free(requests);
}

size_t requests_count(const struct requests *requests)
{
    return requests->count;
}

static size_t place_of(uint64_t id)
{
    return id % REQUESTS_MAX;
}

enum err request_new(struct requests *requests, const struct request_ops *ops,
                     void *carrier, struct request **ret_request)
{
    if (requests->count == REQUESTS_MAX) {
        return ERR_BUSY;
    }

    struct request *request = calloc(1, sizeof(*request));

    if (request == NULL) {
        return ERR_NO_MEMORY;
    }
    if (arena_init(&request->arena, REQUEST_ARENA_SIZE) != ERR_OK) {
        free(request);
        return ERR_NO_MEMORY;
    }
    do {
        requests->serial++;
    } while (requests->places[place_of(requests->serial)] != NULL);
    request->id = requests->serial;
    request->ops = ops;
    request->carrier = carrier;
    request->table = requests;
    requests->places[place_of(request->id)] = request;
    requests->count++;
    *ret_request = request;
    return ERR_OK;
}

struct request *request_find(struct requests *requests, uint64_t id)
{
    struct request *request = requests->places[place_of(id)];

    return request != NULL && request->id == id ? request : NULL;
}

struct request *requests_at(struct requests *requests, size_t place)
{
    CHECK(place < REQUESTS_MAX);
    return requests->places[place];
}

void request_drop(struct request *request)
{
    struct requests *table = request->table;

    CHECK(!request->is_busy);
    table->places[place_of(request->id)] = NULL;
    table->count--;
    request->ops->drop(request);
    arena_done(&request->arena);
    free(request->lacks);
    free(request);
}

void request_shed(struct request *request)
{
    struct message message = { .kind = request->message.kind };

    CHECK(!request->is_busy);
    request->message = message;
    arena_done(&request->arena);
    if (request->ops->shed != NULL) {
        request->ops->shed(request);
    }
}

void request_hang_up(struct request *request)
{
    request->is_hung_up = true;
    if (!request->is_busy) {
        request_drop(request);
    }
}

void request_send(struct request *request, enum err err)
{
    if (err == ERR_OK && !request->is_hung_up) {
        request->ops->send(request);
    }
    request_drop(request);
}

/* Encoded bytes, now, on the loop. Frees the request. */
static void answer_bytes(struct request *request, enum err err,
                         struct buf *bytes)
{
    if (err == ERR_OK && !request->is_hung_up) {
        err = request->ops->begin(request, bytes->size);
    }
    if (err == ERR_OK && !request->is_hung_up) {
        err = request->ops->finish(request, bytes);
    }
    buf_done(bytes);
    request_send(request, err);
}

void request_answer(struct request *request, const struct message *message)
{
    struct buf bytes;

    buf_init(&bytes, ANSWER_SIZE_MAX);
    answer_bytes(request, message_encode(message, &bytes), &bytes);
}

void request_refuse(struct request *request, enum err err, const char *name,
                    const char *text)
{
    struct buf bytes;

    buf_init(&bytes, ANSWER_SIZE_MAX);
    answer_bytes(request, refusal_encode(err, name, text, &bytes), &bytes);
}

void request_refuse_bytes(struct request *request, enum err err,
                          const char *text)
{
    char full[WHY_SIZE + 64];

    if (err != ERR_UNSUPPORTED) {
        request_refuse(request, err, "REQUEST-BAD", text);
        return;
    }
    (void)snprintf(full, sizeof(full), "not supported by release %s: %s",
                   HF_VERSION, text);
    request_refuse(request, err, "NOT-SUPPORTED", full);
}
