/* SPDX-License-Identifier: Apache-2.0 */
/* What a node says of the state of items that it lists (listing.h). */
#include <stdlib.h>

#include "model/health.h"
#include "tools/holdfast/listing.h"

void listing_take_names(struct listing *listing,
                        const struct msg_list_reply *reply)
{
    listing->member_count = reply->members_count < MEMBER_COUNT_MAX
                                ? reply->members_count
                                : MEMBER_COUNT_MAX;
    listing->node_count = reply->nodes_count < NODE_COUNT_MAX
                              ? reply->nodes_count
                              : NODE_COUNT_MAX;
    for (size_t i = 0; i < listing->member_count; i++) {
        listing->members[i] = reply->members[i];
    }
    for (size_t i = 0; i < listing->node_count; i++) {
        listing->nodes[i] = reply->nodes[i];
    }
}

bool listed_take_state(const struct listing *listing,
                       const struct list_state *state, struct listed *item)
{
    if (listing->member_count == 0) {
        return true;
    }
    item->state = calloc(1, sizeof(*item->state));
    if (item->state == NULL) {
        return false;
    }
    /* What nobody knows is not good. */
    item->state->state =
        state->state < ITEM_STATE_COUNT ? state->state : ITEM_UNPROVEN;
    item->state->since = state->since;
    item->state->proven = state->proven;
    item->state->open = state->open & ~state->proven;
    for (size_t i = 0; i < state->reasons_count && i < LIST_REASONS_MAX; i++) {
        if (state->reasons[i].node < listing->node_count) {
            item->state->reasons[item->state->reasons_count++] =
                state->reasons[i];
        }
    }
    return true;
}

char *listed_members(const struct listing *listing, uint32_t mask)
{
    struct buf text;
    char *shown;

    buf_init(&text, 4096);
    for (size_t i = 0; i < listing->member_count; i++) {
        if ((mask >> i & 1) != 0) {
            buf_printf(&text, "%s%s", text.size > 0 ? " " : "",
                       listing->members[i].text);
        }
    }
    shown = visible(buf_span(&text));
    buf_done(&text);
    return shown;
}

static const char *reason_text(enum list_reason_code code)
{
    switch (code) {
    case REASON_BAD:
        return "copy was bad";
    case REASON_SILENT:
        return "silent";
    case REASON_TO_FETCH:
        return "to fetch";
    case REASON_UNPROVEN:
        return "not proven yet";
    case REASON_NOT_REREAD:
        return "not re-read";
    }
    return "not known why";
}

char *listed_why(const struct listing *listing, const struct listed *item)
{
    const struct listed_state *state = item->state;
    struct buf text;
    char *shown;

    buf_init(&text, 4096);
    if (state != NULL && state->reasons_count > 0) {
        buf_printf(&text, "%s: %s", listing->nodes[state->reasons[0].node].text,
                   reason_text(state->reasons[0].code));
    }
    if (state != NULL && state->reasons_count > 1) {
        buf_printf(&text, ", %zu more", state->reasons_count - 1);
    }
    shown = visible(buf_span(&text));
    buf_done(&text);
    return shown;
}

static json_t *labels_json(const struct listing *listing, uint32_t mask)
{
    json_t *list = json_array();

    for (size_t i = 0; i < listing->member_count; i++) {
        if ((mask >> i & 1) != 0) {
            json_array_append_new(list, json_string(listing->members[i].text));
        }
    }
    return list;
}

/* A stable code of each reason. */
static const char *reason_code(enum list_reason_code code)
{
    switch (code) {
    case REASON_BAD:
        return "COPY-BAD";
    case REASON_SILENT:
        return "PEER-SILENT";
    case REASON_TO_FETCH:
        return "TO-FETCH";
    case REASON_UNPROVEN:
        return "UNPROVEN";
    case REASON_NOT_REREAD:
        return "NOT-REREAD";
    }
    return "UNPROVEN";
}

void listed_put_state(json_t *object, const struct listing *listing,
                      const struct listed_state *state)
{
    json_t *reasons = json_array();
    json_t *counted = json_object();
    uint64_t now = now_s();

    for (size_t i = 0; i < state->reasons_count; i++) {
        const struct list_reason *reason = &state->reasons[i];
        json_t *one = json_object();

        json_put(one, "code", json_string(reason_code(reason->code)));
        json_put(one, "node", json_string(listing->nodes[reason->node].text));
        json_put(one, "since",
                 reason->since == 0 || reason->since > now
                     ? json_null()
                     : json_time(now - reason->since));
        json_array_append_new(reasons, one);
    }
    json_put(counted, "proven", labels_json(listing, state->proven));
    json_put(counted, "open", labels_json(listing, state->open));
    json_put(object, "state",
             json_string(item_state_word((enum item_state)state->state)));
    json_put(object, "since",
             json_time(state->since < now ? now - state->since : 0));
    json_put(object, "counted", counted);
    json_put(object, "reasons", reasons);
}
