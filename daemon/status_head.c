/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status_head.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/text.h"
#include "wire/message.h"

_Static_assert(ITEM_STATE_COUNT == HEALTH_STATES, "every state has a number");

bool status_judges(const struct msg_status_reply *status)
{
    return status->health.proof_age > 0;
}

bool status_is_past(const struct msg_status_reply *status)
{
    return status->health.view_age > STATUS_VIEW_S_MAX;
}

void status_states(const struct msg_status_reply *status,
                   uint32_t ret_states[static ITEM_STATE_COUNT])
{
    uint64_t counted = 0;
    uint64_t more;

    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        ret_states[i] = status->health.states[i];
        counted += ret_states[i];
    }
    if (status->items > counted) {
        more = ret_states[ITEM_UNPROVEN] + (status->items - counted);
        ret_states[ITEM_UNPROVEN] =
            more < UINT32_MAX ? (uint32_t)more : UINT32_MAX;
    }
}

const char *status_state_code(enum item_state state)
{
    switch (state) {
    case ITEM_PROTECTED:
        return "PROTECTED";
    case ITEM_SPREADING:
        return "SPREADING";
    case ITEM_SHORT:
        return "SHORT";
    case ITEM_LAST_COPY:
        return "LAST-COPY";
    case ITEM_LOST:
        return "LOST";
    case ITEM_UNPROVEN:
        return "UNPROVEN";
    }
    return "UNPROVEN";
}

static bool is_state(struct span code)
{
    for (int state = 0; state < ITEM_STATE_COUNT; state++) {
        if (span_is(code, status_state_code((enum item_state)state))) {
            return true;
        }
    }
    return false;
}

struct critical {
    struct span code;
    struct span subject;
    struct span text;
};

static bool find_critical(const struct msg_status_reply *status,
                          struct critical *ret)
{
    for (size_t i = 0; i < status->alarms_count; i++) {
        const struct status_alarm *alarm = &status->alarms[i];

        if (alarm->critical && !is_state(alarm->code)) {
            *ret =
                (struct critical){ alarm->code, alarm->subject, alarm->text };
            return true;
        }
    }
    for (size_t i = 0; i < status->health.problems_count; i++) {
        const struct status_problem *problem = &status->health.problems[i];

        if (problem->critical && !is_state(problem->code)) {
            *ret = (struct critical){ problem->code, problem->subject,
                                      problem->text };
            return true;
        }
    }
    return false;
}

bool status_critical(const struct msg_status_reply *status,
                     struct span *ret_code)
{
    struct critical critical;

    if (!find_critical(status, &critical)) {
        return false;
    }
    *ret_code = critical.code;
    return true;
}

bool status_is_silent(const struct msg_status_reply *status,
                      const struct status_peer *peer, uint64_t now_s)
{
    uint64_t seen_s = peer->proofs.seen_s;

    if (peer->connected) {
        return false;
    }
    if (!status_judges(status)) {
        return !peer->heard || peer->silent_s >= STATUS_SILENT_S;
    }
    return seen_s == 0 || (seen_s < now_s && now_s - seen_s >= STATUS_SILENT_S);
}

uint64_t status_silent_count(const struct msg_status_reply *status,
                             uint64_t now_s)
{
    uint64_t count = 0;

    for (size_t i = 0; i < status->peers_count; i++) {
        count += status_is_silent(status, &status->peers[i], now_s);
    }
    return count;
}

/* ---- The worst that is true ---------------------------------------------- */

static void PRINTF_LIKE(4, 5)
    say(struct status_headline *ret, enum health_verdict verdict,
        const char *code, const char *format, ...)
{
    va_list args;

    ret->verdict = verdict;
    (void)snprintf(ret->code, sizeof(ret->code), "%s", code);
    va_start(args, format);
    (void)vsnprintf(ret->text, sizeof(ret->text), format, args);
    va_end(args);
}

static void say_critical(struct status_headline *ret,
                         const struct critical *critical)
{
    struct buf code;
    struct buf text;

    buf_init(&code, 1024);
    buf_init(&text, 65536);
    buf_put_visible(&code, critical->code);
    if (critical->subject.size > 0) {
        buf_put_visible(&text, critical->subject);
        buf_put_str(&text, ": ");
    }
    buf_put_visible(&text, critical->text);
    buf_put_byte(&code, '\0');
    buf_put_byte(&text, '\0');
    say(ret, HEALTH_BAD, buf_failed(&code) ? "" : (const char *)code.data, "%s",
        buf_failed(&text) ? "a critical alarm" : (const char *)text.data);
    buf_done(&code);
    buf_done(&text);
}

static void say_state(struct status_headline *ret,
                      const struct msg_status_reply *status,
                      const uint32_t states[static ITEM_STATE_COUNT])
{
    struct buf text;
    uint32_t worst[ITEM_STATE_COUNT] = { 0 };
    enum item_state state = health_worst(states);

    worst[state] = states[state];
    buf_init(&text, 1024);
    health_headline(states, &text);
    if (state == ITEM_PROTECTED && states[state] > 0) {
        buf_printf(&text, ": %llu cop%s in %llu countr%s",
                   (unsigned long long)status->rule_copies,
                   status->rule_copies == 1 ? "y" : "ies",
                   (unsigned long long)status->rule_countries,
                   status->rule_countries == 1 ? "y" : "ies");
    }
    buf_put_byte(&text, '\0');
    say(ret, health_verdict_of(worst, false),
        status->items == 0 ? "NO-ITEMS" : status_state_code(state), "%s",
        buf_failed(&text) ? "?" : (const char *)text.data);
    buf_done(&text);
}

/* Where this node itself stands; false when all is as it should be. */
static bool say_node(struct status_headline *ret,
                     const struct msg_status_reply *status, uint64_t now_s)
{
    uint64_t silent = status_silent_count(status, now_s);
    uint64_t missing =
        status->held < status->placed ? status->placed - status->held : 0;

    if (status->phase != OWN_READY) {
        say(ret, HEALTH_GOOD, "SETTING-UP",
            "heard from %llu of %llu members; deposits are kept, not "
            "registered",
            (unsigned long long)status->heard,
            (unsigned long long)status->needed);
    } else if (missing > 0) {
        say(ret, HEALTH_GOOD, "COPYING",
            "%llu item%s %s still on %s way to this node",
            (unsigned long long)missing, missing == 1 ? "" : "s",
            missing == 1 ? "is" : "are", missing == 1 ? "its" : "their");
    } else if (silent > 0) {
        say(ret, HEALTH_GOOD, "PEER-SILENT", "%llu node%s not heard of",
            (unsigned long long)silent, silent == 1 ? "" : "s");
    } else {
        return false;
    }
    return true;
}

/* A node that judges no items. */
static void say_unjudged(struct status_headline *ret,
                         const struct msg_status_reply *status, uint64_t now_s)
{
    if (!say_node(ret, status, now_s)) {
        say(ret, HEALTH_GOOD, "HERE",
            "all %llu %s items are on this node; nobody has checked yet",
            (unsigned long long)status->placed,
            status->placed < status->items ? "of its" : "known");
    }
}

void status_headline_make(const struct msg_status_reply *status, uint64_t now_s,
                          struct status_headline *ret)
{
    uint32_t states[ITEM_STATE_COUNT] = { 0 };
    struct critical critical;
    bool judges = status_judges(status);
    enum item_state worst;

    memset(ret, 0, sizeof(*ret));
    if (judges) {
        status_states(status, states);
    }
    worst = health_worst(states);
    if (worst == ITEM_LOST || worst == ITEM_LAST_COPY) {
        say_state(ret, status, states);
    } else if (status->phase == OWN_STOPPED) {
        say(ret, HEALTH_BAD, "OPENED-ELSEWHERE",
            "another machine opened a ledger of this node");
    } else if (find_critical(status, &critical)) {
        say_critical(ret, &critical);
    } else if (status->full) {
        say(ret, HEALTH_BAD, "STORE-FULL",
            "no deposits and no copying until there is room");
    } else if (worst == ITEM_SHORT) {
        say_state(ret, status, states);
    } else if (!judges) {
        say_unjudged(ret, status, now_s);
    } else if (status_is_past(status)) {
        say(ret, HEALTH_UNKNOWN, "VIEW-OLD",
            "these figures are %llu min old; how it is now is not known",
            (unsigned long long)(status->health.view_age / 60));
    } else if (worst == ITEM_UNPROVEN) {
        say_state(ret, status, states);
    } else if (status->phase != OWN_READY) {
        (void)say_node(ret, status, now_s);
    } else {
        say_state(ret, status, states);
    }
}
