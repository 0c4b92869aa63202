/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/check.h"
#include "brought.h"
#include "hollow.h"
#include "liar.h"
#include "model/block.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "world.h"

#define DELAY_MIN_MS 1
#define DELAY_MAX_MS 60
#define LOSS_ONE_IN 60

struct request *net_find(struct world *world, uint64_t number)
{
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        if (world->requests[i].used && world->requests[i].number == number) {
            return &world->requests[i];
        }
    }
    return NULL;
}

struct request *net_request(struct world *world)
{
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        struct request *request = &world->requests[i];

        if (!request->used) {
            memset(request, 0, sizeof(*request));
            request->used = true;
            world->number++;
            request->number = world->number;
            buf_init(&request->bytes, 8 << 20);
            return request;
        }
    }
    check_fail(world->check, "bound: more than %d requests under way",
               REQUESTS_MAX);
    return NULL;
}

void net_forget(struct request *request)
{
    buf_done(&request->bytes);
    request->used = false;
}

/* How many of this class are under way between the two? */
static void check_share(struct world *world, const struct request *asked)
{
    uint64_t blocks = 0;
    uint64_t syncs = 0;
    uint64_t others = 0;

    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        const struct request *request = &world->requests[i];

        if (!request->used || request->from != asked->from ||
            request->to != asked->to || request->token == 0) {
            continue;
        }
        if (request->kind == MESSAGE_SYNC) {
            syncs++;
        } else if (request->kind == MESSAGE_GET_BLOCKS ||
                   request->kind == MESSAGE_PUT_BLOCKS) {
            blocks++;
        } else {
            others++;
        }
    }
    check_bound(world->check, "requests with blocks to one peer", blocks, 8);
    check_bound(world->check, "Syncs to one peer", syncs, 1);
    check_bound(world->check, "other requests to one peer", others, 4);
}

static uint64_t time_out(enum message_kind kind)
{
    if (kind == MESSAGE_GET_BLOCKS || kind == MESSAGE_PUT_BLOCKS) {
        return TIMEOUT_BLOCK_MS;
    }
    return kind == MESSAGE_SYNC ? TIMEOUT_SYNC_MS : TIMEOUT_CONTROL_MS;
}

static bool passes(struct world *world, size_t from, size_t to)
{
    if (world->lines[from][to].cut) {
        return false;
    }
    return !(world->may_lose && !world->healed &&
             world_chance(world, LOSS_ONE_IN));
}

static size_t node_of(const struct label *label)
{
    size_t number = 0;

    for (const char *at = label->text + 1; *at != '\0'; at++) {
        number = number * 10 + (size_t)(*at - '0');
    }
    CHECK(number < MEMBERS_MAX);
    return number;
}

static void begin_request(struct world *world, struct request *request,
                          size_t from, size_t to, uint64_t token)
{
    request->from = from;
    request->to = to;
    request->from_epoch = world->nodes[from].epoch;
    request->to_epoch = world->nodes[to].epoch;
    request->session = world->lines[from][to].session;
    request->token = token;
}

static void send_request(struct world *world, struct request *request)
{
    size_t from = request->from;
    size_t to = request->to;

    sha256_update(&world->trace, buf_span(&request->bytes));
    check_share(world, request);
    world_later(world, HAPPEN_TIMEOUT, from, to, request->number,
                time_out(request->kind));
    hollow_forges(world, from, request->kind, false, &request->bytes);
    if (world->lines[from][to].up && liar_sends(world, request) &&
        passes(world, from, to)) {
        if (request->kind == MESSAGE_PUT_BLOCKS) {
            traffic_sent(world->traffic, buf_span(&request->bytes));
        }
        world_later(world, HAPPEN_REQUEST, from, to, request->number,
                    world_between(world, DELAY_MIN_MS, DELAY_MAX_MS));
    }
}

void net_ask(struct world *world, size_t node, const struct effect *effect)
{
    const struct message *message = effect->ask.message;
    struct request *request = net_request(world);
    size_t to = node_of(&effect->ask.node);

    if (request == NULL) {
        return;
    }
    CHECK(message_encode(message, &request->bytes) == ERR_OK);
    begin_request(world, request, node, to, effect->ask.token);
    request->kind = message->kind;
    if (message->kind == MESSAGE_GET_BLOCKS) {
        request->names_count = message->get_blocks.count;
        memcpy(request->names, message->get_blocks.names,
               request->names_count * sizeof(request->names[0]));
        memcpy(request->headers, message->get_blocks.headers,
               request->names_count);
    }
    send_request(world, request);
}

/* An EFFECT_PUSH: what it brings is read at once. */
void net_push(struct world *world, size_t node, const struct effect *effect)
{
    struct request *request = net_request(world);
    size_t to = node_of(&effect->push.node);

    if (request == NULL) {
        return;
    }
    begin_request(world, request, node, to, effect->push.token);
    if (!brought_make(world->nodes[node].disk, effect, &request->bytes)) {
        request->kind = MESSAGE_PUT_NOTES;
        world_later(world, HAPPEN_TIMEOUT, node, to, request->number, 1);
        return;
    }
    request->kind = (enum message_kind)request->bytes.data[0];
    send_request(world, request);
}

/* PUT_BLOCKS: what a driver does with it. */
static void take_put(struct world *world, const struct request *request,
                     struct event *event, enum block_fate *fates)
{
    const struct msg_put_blocks *put = &event->asked.message->put_blocks;
    struct sim_node *node = &world->nodes[request->to];
    bool lacked[BLOCKS_PER_REQUEST_MAX];

    for (size_t i = 0; i < put->count; i++) {
        lacked[i] = traffic_lacks(world->traffic, request->to, node->epoch,
                                  node->disk, &put->names[i]);
    }
    brought_take(node->core, node->disk, event, fates);
    for (size_t i = 0; i < put->count; i++) {
        if (lacked[i] && fates[i] == BLOCK_APPENDED) {
            traffic_came(world->traffic, request->to, node->epoch,
                         &put->names[i], put->blocks[i].size);
        }
    }
}

/* It does not say what a request must: the driver refuses it by itself. */
static void refuse_bad(struct world *world, uint64_t number)
{
    struct message message = { .kind = MESSAGE_REFUSAL, .reply = true };
    struct buf bytes;

    message.refusal.code = ERR_MALFORMED;
    message.refusal.name = span_str("REQUEST-BAD");
    message.refusal.text = span_str("it cannot be read");
    buf_init(&bytes, MESSAGE_SIZE_MAX);
    CHECK(message_encode(&message, &bytes) == ERR_OK);
    net_answer(world, number, &bytes);
}

void net_arrived(struct world *world, const struct occasion *occasion)
{
    struct request *request = net_find(world, occasion->number);
    struct event event = { .kind = EVENT_ASKED };
    enum block_fate fates[BLOCKS_PER_REQUEST_MAX];
    struct message message;
    struct why why;

    if (request == NULL || world->nodes[request->to].core == NULL ||
        request->to_epoch != world->nodes[request->to].epoch ||
        request->session != world->lines[request->from][request->to].session) {
        return;
    }
    request->arrived = true;
    arena_reset(&world->arena);
    if (message_decode_request(buf_span(&request->bytes), &world->arena,
                               &message, &why) != ERR_OK) {
        refuse_bad(world, request->number);
        return;
    }
    event.asked.request = request->number;
    event.asked.caller.kind = CALLER_NODE;
    members_label(request->from, &event.asked.caller.node);
    event.asked.message = &message;
    if (message.kind == MESSAGE_PUT_BLOCKS) {
        take_put(world, request, &event, fates);
    }
    driver_step(world, request->to, &event);
}

void net_answer(struct world *world, uint64_t number, struct buf *bytes)
{
    struct request *request = net_find(world, number);

    if (request == NULL) {
        buf_done(bytes);
        return;
    }
    sha256_update(&world->trace, buf_span(bytes));
    buf_done(&request->bytes);
    request->bytes = *bytes;
    if (request->from == CLIENT) {
        client_answered(world, request);
        net_forget(request);
        return;
    }
    request->arrived = false;
    liar_answers(world, request, &request->bytes);
    hollow_forges(world, request->to, request->kind, true, &request->bytes);
    if (passes(world, request->to, request->from)) {
        if (request->kind == MESSAGE_GET_BLOCKS) {
            traffic_sent(world->traffic, buf_span(&request->bytes));
        }
        world_later(world, HAPPEN_REPLY, request->from, request->to, number,
                    world_between(world, DELAY_MIN_MS, DELAY_MAX_MS));
    }
}

static void unanswered(struct world *world, struct request *request,
                       enum err err)
{
    struct event event = { .kind = EVENT_UNANSWERED };
    size_t from = request->from;
    uint64_t epoch = request->from_epoch;

    event.unanswered.token = request->token;
    event.unanswered.err = err;
    net_forget(request);
    if (world->nodes[from].core != NULL && world->nodes[from].epoch == epoch) {
        driver_step(world, from, &event);
    }
}

/* What a driver does with blocks: verify each, then into the open group. */
static void take_blocks(struct world *world, const struct request *request,
                        const struct msg_get_blocks_reply *reply,
                        enum block_fate *fates, struct event *event)
{
    struct sim_node *node = &world->nodes[request->from];

    for (size_t i = 0; i < request->names_count; i++) {
        struct span bytes =
            i < reply->count ? reply->blocks[i] : span_of(NULL, 0);

        if (bytes.size == 0) {
            fates[i] = BLOCK_MISSING;
        } else if (block_verify(bytes, &request->names[i]) != ERR_OK) {
            fates[i] = BLOCK_WRONG;
        } else {
            fates[i] = BLOCK_APPENDED;
            if (traffic_lacks(world->traffic, request->from, node->epoch,
                              node->disk, &request->names[i])) {
                traffic_came(world->traffic, request->from, node->epoch,
                             &request->names[i], bytes.size);
            }
            if (!request->headers[i]) {
                disk_group_add(node->disk, &request->names[i], bytes);
                event->answered.appended_bytes += bytes.size;
            }
        }
    }
    event->answered.fates = fates;
}

void net_replied(struct world *world, const struct occasion *occasion)
{
    struct request *request = net_find(world, occasion->number);
    struct event event = { .kind = EVENT_ANSWERED };
    enum block_fate fates[BLOCKS_PER_REQUEST_MAX];
    struct request kept;
    struct message message;
    struct why why;

    if (request == NULL ||
        request->from_epoch != world->nodes[request->from].epoch ||
        request->session != world->lines[request->from][request->to].session) {
        return;
    }
    arena_reset(&world->arena);
    if (message_decode_reply(buf_span(&request->bytes), request->kind,
                             &world->arena, &message, &why) != ERR_OK) {
        unanswered(world, request, ERR_MALFORMED);
        return;
    }
    event.answered.token = request->token;
    event.answered.message = &message;
    if (message.kind == MESSAGE_GET_BLOCKS) {
        if (message.get_blocks_reply.count != request->names_count) {
            unanswered(world, request, ERR_MALFORMED);
            return;
        }
        take_blocks(world, request, &message.get_blocks_reply, fates, &event);
    }
    kept = *request; /* its bytes live until the step is done */
    request->used = false;
    driver_step(world, kept.from, &event);
    buf_done(&kept.bytes);
}

void net_timed_out(struct world *world, const struct occasion *occasion)
{
    struct request *request = net_find(world, occasion->number);

    if (request != NULL && request->from != CLIENT) {
        unanswered(world, request, ERR_TIMEOUT);
    }
}

/* A driver dials whom its roster names, and says can be dialled. */
static bool dials(const struct world *world, size_t from, size_t to)
{
    const struct node *core = world->nodes[from].core;
    const struct roster_node *found;
    struct label label;

    if (core == NULL) {
        return false;
    }
    members_label(to, &label);
    found = roster_find_node(roster_chain_newest(node_roster(core)),
                             label_span(&label));
    return found != NULL && found->listens;
}

void net_connect(struct world *world, size_t from, size_t to)
{
    struct line *line = &world->lines[from][to];
    struct event event = { .kind = EVENT_CONNECTED };

    if (line->up || line->refused || line->cut || !dials(world, from, to) ||
        world->nodes[to].core == NULL) {
        return;
    }
    line->up = true;
    line->session++;
    members_label(to, &event.link.node);
    driver_step(world, from, &event);
}

/* Requests of one that the other has not answered. */
static void end_requests(struct world *world, size_t from, size_t to)
{
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        struct request *request = &world->requests[i];

        if (!request->used || request->from != from || request->to != to) {
            continue;
        }
        if (request->arrived && world->nodes[to].core != NULL &&
            world->nodes[to].epoch == request->to_epoch) {
            struct event event = { .kind = EVENT_HUNG_UP };

            event.asked.request = request->number;
            driver_step(world, to, &event);
        }
        if (request->used) {
            unanswered(world, request, ERR_CLOSED);
        }
    }
}

void net_lost(struct world *world, size_t from, size_t to)
{
    struct line *line = &world->lines[from][to];
    struct event event = { .kind = EVENT_LOST };

    if (!line->up) {
        return;
    }
    line->up = false;
    line->session++;
    members_label(to, &event.link.node);
    if (world->nodes[from].core != NULL) {
        driver_step(world, from, &event);
    }
    end_requests(world, from, to);
    world_later(world, HAPPEN_CONNECT, from, to, 0,
                world_between(world, 1000, 5000));
}

void net_down(struct world *world, size_t node)
{
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        struct request *request = &world->requests[i];

        if (request->used &&
            (request->from == node ||
             (request->from == CLIENT && request->to == node))) {
            net_forget(request);
        }
    }
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        world->lines[node][i].up = false;
        world->lines[node][i].session++;
        if (world->lines[i][node].up) {
            world_later(world, HAPPEN_LOST, i, node, 0,
                        world_between(world, 10, 1500));
        }
    }
}
