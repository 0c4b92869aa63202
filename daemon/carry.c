/* SPDX-License-Identifier: Apache-2.0 */
/* One function carries out one kind of effect. */
#include "bringing.h"
#include "brought.h"
#include "core/node.h"
#include "driver_state.h"
#include "inbound.h"
#include "log.h"
#include "model/roster_chain.h"
#include "peers.h"
#include "request.h"
#include "serving.h"
#include "writer.h"

#define RELOAD_TEXT_SIZE_MAX 16384

static enum log_level level_of(enum alarm_level level)
{
    switch (level) {
    case ALARM_INFO:
        return LOG_LEVEL_INFO;
    case ALARM_WARNING:
        return LOG_LEVEL_WARNING;
    case ALARM_ERROR:
        return LOG_LEVEL_ERROR;
    }
    return LOG_LEVEL_ERROR;
}

static void carry_sign(struct driver *driver, const struct effect *effect)
{
    const struct roster *roster =
        roster_chain_newest(node_roster(driver->node));

    writer_sign(driver->writer, effect, roster->version, &roster->hash);
}

void carry_reload(struct driver *driver, uint64_t id)
{
    struct message message = { .kind = MESSAGE_RELOAD, .reply = true };
    struct request *request;
    struct buf text;

    buf_init(&text, RELOAD_TEXT_SIZE_MAX);
    reload(driver, &text);
    request = request_find(driver->requests, id); /* it may have hung up */
    message.reload_reply.text = buf_span(&text);
    if (request != NULL) {
        request_answer(request, &message);
    }
    buf_done(&text);
}

/* The effects that end a request; it may have hung up meanwhile. */
static void carry_answer(struct driver *driver, const struct effect *effect)
{
    uint64_t id = effect->kind == EFFECT_ANSWER  ? effect->answer.request
                  : effect->kind == EFFECT_SERVE ? effect->serve.request
                                                 : effect->receipts.request;
    struct request *request = request_find(driver->requests, id);

    if (request == NULL || request->is_busy || request->is_hung_up) {
        return;
    }
    if (effect->kind == EFFECT_ANSWER) {
        request_answer(request, effect->answer.message);
    } else if (effect->kind == EFFECT_SERVE) {
        serving_answer(driver->serving, request, effect);
    } else {
        serving_receipts(driver->serving, request, effect);
    }
}

static void carry_one(struct driver *driver, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_ASK:
        peers_ask(driver->peers, &effect->ask.node, effect->ask.token,
                  effect->ask.message, driver_now_ms());
        break;
    case EFFECT_PUSH:
        bringing_push(driver->serving, driver->peers, effect);
        break;
    case EFFECT_ANSWER:
    case EFFECT_SERVE:
    case EFFECT_RECEIPTS:
        carry_answer(driver, effect);
        break;
    case EFFECT_PERSIST:
        writer_commit(driver->writer, effect->persist.token,
                      effect->persist.batch, effect->persist.keep_group);
        break;
    case EFFECT_SIGN:
        carry_sign(driver, effect);
        break;
    case EFFECT_LOAD:
        serving_load(driver->serving, effect);
        break;
    case EFFECT_HANG_UP:
        peers_hang_up(driver->peers, &effect->hang_up.node);
        break;
    case EFFECT_ROSTER:
        peers_set_roster(driver->peers,
                         roster_chain_newest(node_roster(driver->node)),
                         driver_now_ms());
        inbound_recheck(driver->inbound);
        break;
    case EFFECT_RELOAD:
        /* The roster is news to the core: not before this step is over. */
        driver->has_reload = true;
        driver->reload_request = effect->reload.request;
        break;
    case EFFECT_ALARM:
        log_line(level_of(effect->alarm.level), effect->alarm.code,
                 effect->alarm.subject, "%s", effect->alarm.text);
        break;
    }
}

void carry_out(struct driver *driver, const struct effects *effects)
{
    for (size_t i = 0; i < effects->count && !driver->has_failed; i++) {
        carry_one(driver, &effects->items[i]);
    }
}

static bool may_deposit(const struct caller *caller)
{
    return caller->kind == CALLER_LOCAL || caller->kind == CALLER_ADMIN ||
           caller->kind == CALLER_DEPOSIT;
}

void carry_asked(void *ctx, struct request *request)
{
    struct driver *driver = ctx;
    struct event event = { .kind = EVENT_ASKED };

    /* Who may not deposit is refused by the core, before a byte is kept. */
    if (may_deposit(&request->caller)) {
        if (request->message.kind == MESSAGE_DEPOSIT) {
            serving_deposit(driver->serving, request);
            return;
        }
        if (request->message.kind == MESSAGE_RECEIPTS) {
            serving_find(driver->serving, request);
            return;
        }
    }
    if (request->message.kind == MESSAGE_PUT_BLOCKS &&
        request->caller.kind == CALLER_NODE) {
        brought_take(driver->serving, driver->node, request);
        return;
    }
    event.asked.request = request->id;
    event.asked.caller = request->caller;
    event.asked.message = &request->message;
    driver_event(driver, &event);
    /* A Sync may be parked for long; the core took from it what it needs. */
    request = request_find(driver->requests, event.asked.request);
    if (request != NULL && request->message.kind == MESSAGE_SYNC &&
        !request->is_busy) {
        request_shed(request);
    }
}

void carry_hung_up(void *ctx, struct request *request)
{
    struct event event = { .kind = EVENT_HUNG_UP };

    event.asked.request = request->id;
    driver_event(ctx, &event);
}
