/* SPDX-License-Identifier: Apache-2.0 */
#include "web/metrics.h"

#include <string.h>

#include "web/states.h"
#include "web/view.h"
#include "wire/message.h"

struct known_alarm {
    const char *code;
    bool critical;
};

/* What a status can have as an alarm; one that is not here gets its line when
 * it is there. */
static const struct known_alarm known[] = {
    { "FORK", true },         { "TWINS", true },      { "ROSTER-FORK", true },
    { "UNPROVED", true },     { "STORE-FULL", true }, { "CLOCK", false },
    { "UNWITNESSED", false }, { "ISOLATED", true },   { "OVER-QUOTA", false },
};
#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

static void put_type(struct buf *to, const char *name, const char *type,
                     const char *help)
{
    buf_printf(to, "# HELP holdfast_%s %s\n# TYPE holdfast_%s %s\n", name, help,
               name, type);
}

static void put_value(struct buf *to, uint64_t value)
{
    buf_put_byte(to, ' ');
    buf_put_decimal(to, value);
    buf_put_byte(to, '\n');
}

static void put_plain(struct buf *to, const char *name, const char *type,
                      const char *help, uint64_t value)
{
    put_type(to, name, type, help);
    buf_printf(to, "holdfast_%s", name);
    put_value(to, value);
}

/* Inside quotes a backslash, a quote and a line's end are escaped. */
static void put_label(struct buf *to, const char *open, struct span value)
{
    buf_put_str(to, open);
    buf_put_str(to, "=\"");
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '\n') {
            buf_put_str(to, "\\n");
            continue;
        }
        if (value.data[i] == '"' || value.data[i] == '\\') {
            buf_put_byte(to, '\\');
        }
        buf_put_byte(to, value.data[i]);
    }
    buf_put_byte(to, '"');
}

static const char *role_word(enum node_role_code role)
{
    switch (role) {
    case ROLE_STORE:
        break;
    case ROLE_OBSERVER:
        return "observer";
    case ROLE_LEAVING:
        return "leaving";
    }
    return "store";
}

static void put_node(struct buf *to, const struct msg_status_reply *status)
{
    put_type(to, "build_info", "gauge", "Which release this is.");
    put_label(to, "holdfast_build_info{version", status->release);
    buf_put_str(to, "} 1\n");
    put_type(to, "node_info", "gauge", "Which node this is.");
    put_label(to, "holdfast_node_info{node", status->node);
    put_label(to, ",member", status->member);
    put_label(to, ",country", status->country);
    put_label(to, ",role", span_str(role_word(status->role)));
    buf_put_str(to, "} 1\n");
}

static void put_items(struct buf *to, const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;

    put_type(to, "items", "gauge",
             "Items by state; the six add up to all items.");
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        put_label(to, "holdfast_items{state", span_str(item_state_word(i)));
        buf_put_byte(to, '}');
        put_value(to, view_count(view, i));
    }
    put_plain(to, "short_oldest_seconds", "gauge",
              "For how long the oldest item is short, last-copy or lost; 0 if "
              "none is.",
              status->health.short_oldest);
    put_plain(to, "rule_copies", "gauge", "Members that the roster wants.",
              status->rule_copies);
    put_plain(to, "rule_jurisdictions", "gauge",
              "Countries that the roster wants.", status->rule_countries);
    put_plain(to, "view_timestamp_seconds", "gauge",
              "When these figures were last counted.",
              view->now_s > view->age_s ? view->now_s - view->age_s : 0);
}

static void put_alarm(struct buf *to, struct span code, bool critical,
                      bool is_set)
{
    put_label(to, "holdfast_alarm{code", code);
    put_label(to, ",severity", span_str(critical ? "critical" : "warning"));
    buf_put_byte(to, '}');
    put_value(to, is_set);
}

static bool is_set(const struct msg_status_reply *status, struct span code)
{
    for (size_t i = 0; i < status->alarms_count; i++) {
        if (span_equal(status->alarms[i].code, code)) {
            return true;
        }
    }
    return status->full && span_is(code, "STORE-FULL");
}

static bool is_known(struct span code)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (span_is(code, known[i].code)) {
            return true;
        }
    }
    return false;
}

/* One code can have several subjects, and one line. */
static bool is_first(const struct msg_status_reply *status, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (span_equal(status->alarms[i].code, status->alarms[at].code)) {
            return false;
        }
    }
    return true;
}

static void put_alarms(struct buf *to, const struct msg_status_reply *status)
{
    put_type(to, "alarm", "gauge", "Is there such an alarm now?");
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        struct span code = span_str(known[i].code);

        put_alarm(to, code, known[i].critical, is_set(status, code));
    }
    for (size_t i = 0; i < status->alarms_count; i++) {
        const struct status_alarm *alarm = &status->alarms[i];

        if (!is_known(alarm->code) && is_first(status, i)) {
            put_alarm(to, alarm->code, alarm->critical, true);
        }
    }
}

enum peer_number {
    PEER_ITEMS,
    PEER_BEHIND,
    PEER_FREE,
    PEER_SCRUBBED,
    PEER_SEEN,
    PEER_NUMBER_COUNT
};

static const struct {
    const char *name;
    const char *help;
    bool has_country;
} peer_rows[PEER_NUMBER_COUNT] = {
    [PEER_ITEMS] = { "peer_items", "Items that its newest statement claims.",
                     true },
    [PEER_BEHIND] = { "peer_behind_items",
                      "Items placed there that it does not claim.", true },
    [PEER_FREE] = { "peer_free_bytes", "Free space, as it states.", false },
    [PEER_SCRUBBED] = { "peer_scrubbed_timestamp_seconds",
                        "All that it holds was re-read since then, as it "
                        "states.",
                        false },
    [PEER_SEEN] = { "peer_last_seen_timestamp_seconds",
                    "Newest session with it, or statement of it; 0: never.",
                    false },
};

/* False: not known, so no line. */
static bool peer_value(const struct web_view *view,
                       const struct status_peer *peer, enum peer_number number,
                       uint64_t *ret)
{
    switch (number) {
    case PEER_ITEMS:
        *ret = peer->items_claimed;
        return peer->has_statement;
    case PEER_BEHIND:
        *ret = peer->behind;
        return peer->has_statement;
    case PEER_FREE:
        *ret = peer->free_bytes;
        return peer->has_statement;
    case PEER_SCRUBBED:
        *ret = peer->proofs.scrubbed_s;
        return peer->proofs.scrubbed_s != 0;
    case PEER_SEEN:
        *ret =
            peer->connected ? view->now_s - view->age_s : peer->proofs.seen_s;
        return true;
    case PEER_NUMBER_COUNT:
        break;
    }
    return false;
}

static void put_peers(struct buf *to, const struct web_view *view)
{
    for (size_t number = 0; number < PEER_NUMBER_COUNT; number++) {
        put_type(to, peer_rows[number].name, "gauge", peer_rows[number].help);
        for (size_t i = 0; i < view->status->peers_count; i++) {
            const struct status_peer *peer = &view->status->peers[i];
            uint64_t value;

            if (!peer_value(view, peer, (enum peer_number)number, &value)) {
                continue;
            }
            buf_printf(to, "holdfast_%s", peer_rows[number].name);
            put_label(to, "{node", peer->node);
            if (peer_rows[number].has_country) {
                put_label(to, ",country", peer->country);
            }
            buf_put_byte(to, '}');
            put_value(to, value);
        }
    }
}

static void put_challenge(struct buf *to, struct span node, const char *result,
                          uint64_t count)
{
    put_label(to, "holdfast_challenges{node", node);
    put_label(to, ",result", span_str(result));
    buf_put_byte(to, '}');
    put_value(to, count);
}

static void put_checks(struct buf *to, const struct msg_status_reply *status)
{
    put_type(to, "challenges", "gauge",
             "Pieces that this node asked for in the last 30 days.");
    for (size_t i = 0; i < status->peers_count; i++) {
        const struct status_peer *peer = &status->peers[i];

        put_challenge(to, peer->node, "good", peer->proofs.good);
        put_challenge(to, peer->node, "bad", peer->proofs.bad);
        put_challenge(to, peer->node, "silent", peer->proofs.silent);
    }
    put_plain(to, "scrub_bad_blocks_total", "counter",
              "Bad blocks that re-reading found here.",
              status->health.scrub_bad);
    put_plain(to, "repairs_total", "counter",
              "Bad blocks that were fetched anew.", status->health.repaired);
    put_plain(to, "quarantine_blocks", "gauge", "Bad blocks set aside here.",
              status->health.quarantined);
    put_plain(to, "store_free_bytes", "gauge",
              "Free space of the data file system.", status->free_bytes);
    put_plain(to, "store_reserve_bytes", "gauge",
              "Below so much, deposits and copies are refused.",
              status->reserve_bytes);
}

void metrics_put(struct buf *to, const struct web_view *view)
{
    put_node(to, view->status);
    put_items(to, view);
    put_alarms(to, view->status);
    put_peers(to, view);
    put_checks(to, view->status);
}
