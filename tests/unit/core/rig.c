/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <criterion/criterion.h>
#include <string.h>

#include "core/picked.h"
#include "core/serve.h"
#include "crypto/secret.h"
#include "model/block.h"
#include "sim/brought.h"
#include "wire/arena.h"
#include "wire/decode.h"
#include "wire/encode.h"

static size_t number_of(const struct label *label)
{
    return (size_t)(label->text[1] - '0');
}

uint64_t rig_clock_s(const struct rig *rig, size_t node)
{
    uint64_t right_s = 1800000000ULL + rig->now_ms / 1000;

    return (uint64_t)((int64_t)right_s + rig->nodes[node].ahead_s);
}

static struct rig_thing *put(struct rig *rig, enum rig_what what)
{
    struct rig_thing *thing = &rig->queue[rig->queued];

    cr_assert(rig->queued < RIG_QUEUE);
    memset(thing, 0, sizeof(*thing));
    thing->what = what;
    buf_init(&thing->bytes, MESSAGE_SIZE_MAX);
    rig->queued++;
    return thing;
}

/* ---- doing ---- */

static void reply(struct rig *rig, uint64_t request, struct buf *bytes,
                  enum message_kind kind)
{
    for (size_t i = 0; i < rig->parked_count; i++) {
        struct rig_thing *asked = &rig->parked[i];

        if (asked->request != request) {
            continue;
        }
        if (asked->from == RIG_CLIENT) {
            buf_done(&rig->answer);
            rig->answer = *bytes;
            rig->answer_kind = kind;
            buf_done(&asked->bytes);
        } else {
            struct rig_thing *thing = put(rig, RIG_REPLY);

            buf_done(&asked->bytes);
            *thing = *asked;
            thing->what = RIG_REPLY;
            thing->bytes = *bytes;
            if (rig->meddle != NULL) {
                rig->meddle(rig, thing);
            }
        }
        rig->parked_count--;
        memmove(asked, asked + 1, (rig->parked_count - i) * sizeof(*asked));
        return;
    }
    buf_done(bytes);
}

static void send_ask(struct rig *rig, size_t node, const struct effect *effect)
{
    const struct message *message = effect->ask.message;
    struct rig_thing *thing = put(rig, RIG_REQUEST);

    thing->from = node;
    thing->to = number_of(&effect->ask.node);
    thing->token = effect->ask.token;
    thing->kind = message->kind;
    rig->request++;
    thing->request = rig->request;
    cr_assert_eq(message_encode(message, &thing->bytes), ERR_OK);
    if (message->kind == MESSAGE_GET_BLOCKS) {
        thing->names_count = message->get_blocks.count;
        memcpy(thing->names, message->get_blocks.names,
               thing->names_count * 32);
        memcpy(thing->headers, message->get_blocks.headers, thing->names_count);
    }
}

/* Nothing to bring: it ends as if nobody answered. */
static void send_push(struct rig *rig, size_t node, const struct effect *effect)
{
    struct rig_thing *thing = put(rig, RIG_REQUEST);

    thing->from = node;
    thing->to = number_of(&effect->push.node);
    thing->token = effect->push.token;
    if (!brought_make(rig->nodes[node].disk, effect, &thing->bytes)) {
        thing->what = RIG_NOTHING;
        return;
    }
    thing->kind = (enum message_kind)thing->bytes.data[0];
    rig->request++;
    thing->request = rig->request;
}

static void serve(struct rig *rig, size_t node, const struct effect *effect)
{
    struct arena arena;
    struct message message;
    struct buf bytes;

    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    buf_init(&bytes, MESSAGE_SIZE_MAX);
    for (size_t i = 0; i < rig->parked_count; i++) {
        if (rig->parked[i].request == effect->serve.request) {
            cr_assert_eq(message_decode_request(buf_span(&rig->parked[i].bytes),
                                                &arena, &message, NULL),
                         ERR_OK);
            if (effect->serve.picked != NULL) {
                cr_assert_eq(serve_picked(disk_source(rig->nodes[node].disk),
                                          effect->serve.picked, &bytes),
                             ERR_OK);
            } else {
                cr_assert_eq(serve_answer(disk_source(rig->nodes[node].disk),
                                          &message, effect->serve.ledgers,
                                          effect->serve.ledgers_count,
                                          &effect->serve.names, &bytes),
                             ERR_OK);
            }
            if (message.kind != MESSAGE_CHALLENGE || rig->shows_proofs) {
                rig_say(rig, node, "serves");
            }
            reply(rig, effect->serve.request, &bytes, message.kind);
            arena_done(&arena);
            return;
        }
    }
    cr_assert_fail("served what was not asked");
}

static void give_receipts(struct rig *rig, size_t node,
                          const struct effect *effect)
{
    struct receipts_asked asked = {
        .kind = MESSAGE_DEPOSIT,
        .entries = effect->receipts.entries,
        .entries_count = effect->receipts.entries_count,
        .ledgers = effect->receipts.ledgers,
        .ledgers_count = effect->receipts.ledgers_count,
        .rosters = effect->receipts.rosters,
        .rosters_count = effect->receipts.rosters_count,
        .roster_hash = effect->receipts.roster_hash,
        .heard = effect->receipts.heard,
        .needed = effect->receipts.needed,
    };
    struct buf bytes;

    rig_say_receipts(rig, node, effect);
    buf_init(&bytes, MESSAGE_SIZE_MAX);
    cr_assert_eq(
        serve_receipts(disk_source(rig->nodes[node].disk), &asked, &bytes),
        ERR_OK);
    reply(rig, effect->receipts.request, &bytes, MESSAGE_DEPOSIT);
}

/* What the disk and the signer will do. */
static void put_work(struct rig *rig, size_t node, const struct effect *effect)
{
    struct rig_thing *thing;

    if (effect->kind == EFFECT_PERSIST) {
        rig_say_persist(rig, node, effect->persist.batch);
        thing = put(rig, RIG_PERSIST);
        thing->token = effect->persist.token;
        if (effect->persist.keep_group) {
            disk_submit_alone(rig->nodes[node].disk, effect->persist.batch);
        } else {
            disk_submit(rig->nodes[node].disk, effect->persist.batch);
        }
    } else if (effect->kind == EFFECT_SIGN) {
        rig_say_sign(rig, node, effect);
        thing = put(rig, RIG_SIGN);
        thing->token = effect->sign.token;
        thing->sign = effect->sign.kind;
        thing->time = effect->sign.time;
        thing->mark = rig->nodes[node].said;
        disk_mark_move(&thing->mark, effect);
        rig->nodes[node].said = thing->mark;
        buf_put(&thing->bytes, effect->sign.text);
    } else {
        rig_say_load(rig, node, effect);
        thing = put(rig, RIG_LOAD);
        rig_load_keep(thing, effect);
    }
    thing->from = node;
}

static void carry_out(struct rig *rig, size_t node, const struct effect *effect)
{
    struct buf bytes;

    buf_init(&bytes, MESSAGE_SIZE_MAX);
    switch (effect->kind) {
    case EFFECT_ASK:
        rig_say_ask(rig, node, effect);
        send_ask(rig, node, effect);
        break;
    case EFFECT_PUSH:
        rig_say_push(rig, node, effect);
        send_push(rig, node, effect);
        break;
    case EFFECT_ANSWER:
        rig_say_answer(rig, node, effect->answer.message);
        cr_assert_eq(message_encode(effect->answer.message, &bytes), ERR_OK);
        reply(rig, effect->answer.request, &bytes,
              effect->answer.message->kind);
        break;
    case EFFECT_SERVE:
        serve(rig, node, effect);
        break;
    case EFFECT_RECEIPTS:
        give_receipts(rig, node, effect);
        break;
    case EFFECT_PERSIST:
    case EFFECT_SIGN:
    case EFFECT_LOAD:
        put_work(rig, node, effect);
        break;
    case EFFECT_HANG_UP:
        rig_say(rig, node, "hangs up on %s", effect->hang_up.node.text);
        break;
    case EFFECT_ROSTER:
        rig_say(rig, node, "has a new roster");
        break;
    case EFFECT_RELOAD:
        rig_say(rig, node, "reloads");
        break;
    case EFFECT_ALARM:
        rig_say(rig, node, "says %s", effect->alarm.code);
        break;
    }
}

void rig_step(struct rig *rig, size_t node, struct event *event)
{
    struct effects effects;

    event->now_ms = rig->now_ms;
    event->clock_s = rig_clock_s(rig, node);
    effects_init(&effects);
    node_step(rig->nodes[node].core, event, &effects);
    for (size_t i = 0; i < effects.count; i++) {
        carry_out(rig, node, &effects.items[i]);
    }
    effects_done(&effects);
}

/* It waits for an answer; when the line is lost before, it ends without. */
static void park(struct rig *rig, const struct rig_thing *request)
{
    cr_assert(rig->parked_count < RIG_QUEUE);
    rig->parked[rig->parked_count] = *request;
    rig->parked_count++;
}

void rig_unanswered(struct rig *rig, struct rig_thing *request)
{
    struct event event = { .kind = EVENT_UNANSWERED };

    event.unanswered.token = request->token;
    event.unanswered.err = ERR_CLOSED;
    buf_done(&request->bytes);
    if (rig->nodes[request->from].core != NULL) {
        rig_step(rig, request->from, &event);
    }
}

static void do_request(struct rig *rig, struct rig_thing *thing)
{
    struct event event = { .kind = EVENT_ASKED };
    enum block_fate fates[BLOCKS_PER_REQUEST_MAX];
    struct arena arena;
    struct message message;

    if (rig->drop[thing->to]) {
        park(rig, thing);
        return;
    }
    if (rig->nodes[thing->to].core == NULL) {
        rig_unanswered(rig, thing);
        return;
    }
    if (rig->meddle_request != NULL) {
        rig->meddle_request(rig, thing);
    }
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(
        message_decode_request(buf_span(&thing->bytes), &arena, &message, NULL),
        ERR_OK);
    park(rig, thing);
    event.asked.request = thing->request;
    event.asked.caller.kind = CALLER_NODE;
    members_label(thing->from, &event.asked.caller.node);
    event.asked.message = &message;
    if (message.kind == MESSAGE_PUT_BLOCKS) {
        brought_take(rig->nodes[thing->to].core, rig->nodes[thing->to].disk,
                     &event, fates);
    }
    rig_step(rig, thing->to, &event);
    arena_done(&arena);
}

static void do_reply(struct rig *rig, struct rig_thing *thing)
{
    struct event event = { .kind = EVENT_ANSWERED };
    enum block_fate fates[BLOCKS_PER_REQUEST_MAX];
    struct arena arena;
    struct message message;

    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    event.answered.token = thing->token;
    event.answered.message = &message;
    event.answered.fates = fates;
    if (rig->nodes[thing->from].core == NULL) {
        buf_done(&thing->bytes);
        arena_done(&arena);
        return;
    }
    if (message_decode_reply(buf_span(&thing->bytes), thing->kind, &arena,
                             &message, NULL) != ERR_OK) {
        event.kind = EVENT_UNANSWERED;
        event.unanswered.token = thing->token;
        event.unanswered.err = ERR_MALFORMED;
    } else if (message.kind == MESSAGE_GET_BLOCKS) {
        for (size_t i = 0; i < thing->names_count; i++) {
            struct span bytes = message.get_blocks_reply.blocks[i];

            fates[i] = bytes.size == 0 ? BLOCK_MISSING
                       : block_verify(bytes, &thing->names[i]) == ERR_OK
                           ? BLOCK_APPENDED
                           : BLOCK_WRONG;
            if (fates[i] == BLOCK_APPENDED && !thing->headers[i]) {
                disk_group_add(rig->nodes[thing->from].disk, &thing->names[i],
                               bytes);
                event.answered.appended_bytes += bytes.size;
            }
        }
    }
    rig_step(rig, thing->from, &event);
    buf_done(&thing->bytes);
    arena_done(&arena);
}

static void do_thing(struct rig *rig, struct rig_thing *thing)
{
    struct event event = { .kind = EVENT_PERSISTED };

    if (thing->what == RIG_REQUEST) {
        do_request(rig, thing);
        return;
    }
    if (thing->what == RIG_REPLY) {
        do_reply(rig, thing);
        return;
    }
    if (rig->nodes[thing->from].core == NULL) {
        buf_done(&thing->bytes);
        return;
    }
    if (thing->what == RIG_NOTHING) {
        event.kind = EVENT_UNANSWERED;
        event.unanswered.token = thing->token;
        event.unanswered.err = ERR_NOT_FOUND;
        rig_step(rig, thing->from, &event);
    } else if (thing->what == RIG_PERSIST) {
        cr_assert(disk_sync(rig->nodes[thing->from].disk));
        if (rig->hold_after > 0) {
            rig->hold_after--;
            rig->hold_disk = rig->hold_after == 0;
        }
        event.persisted.token = thing->token;
        rig_step(rig, thing->from, &event);
    } else if (thing->what == RIG_SIGN) {
        event.kind = EVENT_SIGNED;
        event.signed_.token = thing->token;
        *disk_mark(rig->nodes[thing->from].disk) = thing->mark;
        members_sign(thing->from, thing->sign, thing->time,
                     buf_span(&thing->bytes), &event.signed_.signature);
        rig_step(rig, thing->from, &event);
    } else {
        rig_load(rig, thing);
    }
    buf_done(&thing->bytes);
}

void rig_run(struct rig *rig)
{
    size_t held = 0;

    while (rig->queued > held) {
        struct rig_thing thing = rig->queue[held];

        if (thing.what == RIG_PERSIST && rig->hold_disk) {
            held++;
            continue;
        }
        rig->queued--;
        memmove(&rig->queue[held], &rig->queue[held + 1],
                (rig->queued - held) * sizeof(thing));
        do_thing(rig, &thing);
    }
}

void rig_turn(struct rig *rig)
{
    struct rig_thing thing = rig->queue[0];

    cr_assert(rig->queued > 0);
    rig->queued--;
    memmove(&rig->queue[0], &rig->queue[1], rig->queued * sizeof(thing));
    do_thing(rig, &thing);
}

/* ---- what a test tells ---- */

static void init(struct rig *rig, size_t nodes)
{
    rig->count = nodes;
    rig->now_ms = 1000;
    buf_init(&rig->trace, 1 << 20);
    buf_init(&rig->answer, MESSAGE_SIZE_MAX);
    for (size_t i = 0; i < RIG_NODES; i++) {
        rig->nodes[i].disk = disk_new();
    }
}

void rig_init(struct rig *rig, size_t members, size_t nodes)
{
    memset(rig, 0, sizeof(*rig));
    cr_assert_eq(crypto_init(), ERR_OK);
    members_init(&rig->members, members);
    init(rig, nodes);
}

void rig_init_dialling(struct rig *rig, size_t nodes, size_t listeners)
{
    memset(rig, 0, sizeof(*rig));
    cr_assert_eq(crypto_init(), ERR_OK);
    members_init_dialling(&rig->members, nodes, listeners);
    init(rig, nodes);
}

void rig_init_copies(struct rig *rig, size_t nodes, size_t copies)
{
    memset(rig, 0, sizeof(*rig));
    cr_assert_eq(crypto_init(), ERR_OK);
    members_init_copies(&rig->members, nodes, copies);
    init(rig, nodes);
}

void rig_done(struct rig *rig)
{
    for (size_t i = 0; i < rig->queued; i++) {
        buf_done(&rig->queue[i].bytes);
    }
    for (size_t i = 0; i < rig->parked_count; i++) {
        buf_done(&rig->parked[i].bytes);
    }
    for (size_t i = 0; i < RIG_NODES; i++) {
        node_free(rig->nodes[i].core);
        disk_free(rig->nodes[i].disk);
    }
    buf_done(&rig->trace);
    buf_done(&rig->answer);
    members_done(&rig->members);
}

void rig_pass(struct rig *rig, uint64_t ms)
{
    uint64_t end = rig->now_ms + ms;

    while (rig->now_ms < end) {
        uint64_t next = end;

        for (size_t i = 0; i < rig->count; i++) {
            if (rig->nodes[i].core != NULL) {
                uint64_t due = node_deadline_ms(rig->nodes[i].core);

                next = due < next ? due : next;
            }
        }
        rig->now_ms = next > rig->now_ms ? next : rig->now_ms + 1;
        for (size_t i = 0; i < rig->count; i++) {
            struct event event = { .kind = EVENT_TICKED };

            if (rig->nodes[i].core != NULL) {
                rig_step(rig, i, &event);
            }
        }
        rig_run(rig);
    }
}

const char *rig_lines(struct rig *rig)
{
    buf_put_byte(&rig->trace, '\0');
    cr_assert(!buf_failed(&rig->trace));
    rig->trace.size = 0;
    return (const char *)rig->trace.data;
}

void rig_quiet(struct rig *rig)
{
    buf_clear(&rig->trace);
}

size_t rig_count(struct rig *rig, const char *text)
{
    size_t count = 0;
    const char *at;

    buf_put_byte(&rig->trace, '\0');
    at = (const char *)rig->trace.data;
    while ((at = strstr(at, text)) != NULL) {
        count++;
        at += strlen(text);
    }
    rig->trace.size--;
    return count;
}

void rig_status(struct rig *rig, size_t node, struct msg_status_reply *ret)
{
    struct effects effects;

    effects_init(&effects);
    node_status(rig->nodes[node].core, rig->now_ms, &effects, ret);
    effects_done(&effects); /* numbers only */
}
