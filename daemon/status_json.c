/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status_json.h"

#include "base/limits.h"
#include "daemon/json.h"
#include "daemon/status_head.h"
#include "daemon/status_judged.h"
#include "wire/message.h"

uint64_t status_need(const struct msg_status_reply *status)
{
    return status->rule_copies < status->rule_members ? status->rule_copies
                                                      : status->rule_members;
}

bool status_is_stale(const struct status_peer *peer)
{
    return !peer->has_statement || peer->statement_age_s >= STATEMENT_AGE_S_MAX;
}

/* Seconds ahead of the median of the others; negative: behind. */
static json_t *clock_json(const struct msg_status_reply *status)
{
    if (!status->clock_known) {
        return json_null();
    }
    return json_integer((json_int_t)status->clock_ahead_s -
                        (json_int_t)status->clock_behind_s);
}

static const char *role_word(enum node_role_code role)
{
    switch (role) {
    case ROLE_STORE:
        return "store";
    case ROLE_OBSERVER:
        return "observer";
    case ROLE_LEAVING:
        return "leaving";
    }
    return "store";
}

/* held_by[k]: items that k members hold. */
static json_t *copies_json(const struct msg_status_reply *status)
{
    json_t *object = json_object();
    json_t *held_by = json_array();

    for (size_t i = 0; i < status->copies_count; i++) {
        json_array_append_new(held_by, json_count(status->copies[i]));
    }
    json_put(object, "need", json_count(status_need(status)));
    json_put(object, "held_by", held_by);
    return object;
}

static json_t *rule_json(const struct msg_status_reply *status)
{
    json_t *object = json_object();

    json_put(object, "roster", json_count(status->roster_version));
    json_put(object, "copies", json_count(status->rule_copies));
    json_put(object, "jurisdictions", json_count(status->rule_countries));
    json_put(object, "members", json_count(status->rule_members));
    json_put(object, "reread_seconds",
             status_judges(status) ? json_count(status->health.proof_age)
                                   : json_null());
    return object;
}

static json_t *peers_json(const struct msg_status_reply *status, uint64_t now_s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < status->peers_count; i++) {
        const struct status_peer *peer = &status->peers[i];
        json_t *object = json_object();

        json_put(object, "node", json_text(peer->node));
        json_put(object, "member", json_text(peer->member));
        json_put(object, "country", json_text(peer->country));
        json_put(object, "connected", json_boolean(peer->connected));
        json_put(object, "last_seen",
                 peer->heard ? json_time(status_ago(now_s, peer->silent_s))
                             : json_null());
        json_put(object, "items_known", json_count(peer->items_known));
        json_put(object, "items_held", json_count(peer->items_held));
        json_put(object, "role", json_string(role_word(peer->role)));
        json_put(object, "stated",
                 peer->has_statement && peer->statement_age_s <= now_s
                     ? json_time(now_s - peer->statement_age_s)
                     : json_null());
        json_put(object, "counts", json_boolean(!status_is_stale(peer)));
        json_put(object, "items_claimed",
                 peer->has_statement ? json_count(peer->items_claimed)
                                     : json_null());
        json_put(object, "free_bytes",
                 peer->has_statement ? json_count(peer->free_bytes)
                                     : json_null());
        json_put(object, "waiting",
                 peer->role == ROLE_LEAVING ? json_count(peer->waiting)
                                            : json_null());
        json_put(object, "behind",
                 peer->heard ? json_count(peer->behind) : json_null());
        json_put(object, "release", json_text(peer->release));
        status_judged_peer(object, status, peer, now_s);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *ledgers_json(const struct msg_status_reply *status)
{
    json_t *list = json_array();

    for (size_t i = 0; i < status->ledgers_count; i++) {
        const struct status_ledger *ledger = &status->ledgers[i];
        json_t *object = json_object();

        json_put(object, "origin", json_text(ledger->origin));
        json_put(object, "size", json_count(ledger->size));
        json_put(object, "items", json_count(ledger->items));
        json_put(object, "held", json_count(ledger->held));
        json_put(object, "own", json_boolean(ledger->own));
        json_put(object, "current", json_boolean(ledger->current));
        json_array_append_new(list, object);
    }
    return list;
}

static const char *phase_word(enum own_phase phase)
{
    switch (phase) {
    case OWN_WAITING:
        return "waiting";
    case OWN_OPENING:
        return "opening";
    case OWN_READY:
        return "ready";
    case OWN_STOPPED:
        return "stopped";
    }
    return "stopped";
}

json_t *status_json(const struct msg_status_reply *status,
                    const struct status_headline *headline, uint64_t now_s)
{
    json_t *data = json_object();
    json_t *head = json_object();
    json_t *items = json_object();

    json_put(head, "code", json_string(headline->code));
    json_put(head, "text", json_string(headline->text));
    json_put(data, "headline", head);
    json_put(data, "consortium", json_text(status->consortium));
    json_put(data, "member", json_text(status->member));
    json_put(data, "release", json_text(status->release));
    json_put(data, "roster", json_count(status->roster_version));
    json_put(data, "registering", json_string(phase_word(status->phase)));
    json_put(data, "members_heard", json_count(status->heard));
    json_put(data, "members_needed", json_count(status->needed));
    json_put(data, "uptime_seconds", json_count(status->uptime_s));
    json_put(items, "total", json_count(status->items));
    json_put(items, "here", json_count(status->held));
    json_put(items, "placed", json_count(status->placed));
    json_put(items, "pending", json_count(status->pending));
    json_put(items, "bytes_to_fetch", json_count(status->wanted_bytes));
    status_judged_items(items, status);
    json_put(data, "items", items);
    json_put(data, "copies", copies_json(status));
    json_put(data, "rule", rule_json(status));
    json_put(data, "role", json_string(role_word(status->role)));
    json_put(data, "waiting",
             status->role == ROLE_LEAVING ? json_count(status->waiting)
                                          : json_null());
    json_put(data, "free_bytes", json_count(status->free_bytes));
    json_put(data, "reserve_bytes", json_count(status->reserve_bytes));
    json_put(data, "full", json_boolean(status->full));
    json_put(data, "nodes", peers_json(status, now_s));
    json_put(data, "ledgers", ledgers_json(status));
    status_judged_data(data, status, now_s);
    json_put(data, "clock_ahead_seconds", clock_json(status));
    return data;
}

json_t *status_answer_json(const struct msg_status_reply *status,
                           uint64_t now_s, uint64_t taken_s)
{
    static const struct {
        const char *word;
        unsigned exit_code; /* of the command */
    } results[] = { [HEALTH_GOOD] = { "ok", 0 },
                    [HEALTH_BAD] = { "bad", 4 },
                    [HEALTH_UNKNOWN] = { "unknown", 5 } };
    struct status_headline headline;
    json_t *object = json_object();

    status_headline_make(status, now_s, &headline);
    json_put(object, "schema", json_string("holdfast.status/1"));
    json_put(object, "generated_at", json_time(now_s));
    json_put(object, "node", json_text(status->node));
    json_put(object, "result", json_string(results[headline.verdict].word));
    json_put(object, "exit_code",
             json_count(results[headline.verdict].exit_code));
    json_put(object, "data", status_json(status, &headline, taken_s));
    json_put(object, "warnings", json_array());
    return object;
}
