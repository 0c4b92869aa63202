/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.pb-c.h"
#include "wire/encode_parts.h"

static Holdfast__DepositItem **encode_items(struct encoder *encoder,
                                            const struct deposit_item *from,
                                            size_t count, bool whole)
{
    Holdfast__DepositItem **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__DepositItem *items = encode_array(encoder, count, sizeof(*items));

    if (list == NULL || items == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__deposit_item__init(&items[i]);
        items[i].root = encode_span(span_of(from[i].root.bytes, 32));
        items[i].size = from[i].size;
        items[i].header = encode_span(span_of(from[i].header.bytes, 32));
        items[i].commitment =
            encode_span(span_of(from[i].commitment.bytes, 32));
        if (whole) {
            items[i].header_size = from[i].header_bytes.size;
            items[i].names = from[i].names_count;
        }
        list[i] = &items[i];
    }
    return list;
}

Holdfast__DepositPage **encode_pages(struct encoder *encoder,
                                     const struct deposit_page *from,
                                     size_t count)
{
    Holdfast__DepositPage **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__DepositPage *pages = encode_array(encoder, count, sizeof(*pages));

    if (list == NULL || pages == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__deposit_page__init(&pages[i]);
        pages[i].root = encode_span(span_of(from[i].root.bytes, 32));
        pages[i].page = from[i].page;
        pages[i].names = from[i].names_count;
        list[i] = &pages[i];
    }
    return list;
}

static void encode_deposit(struct encoder *encoder,
                           const struct msg_deposit *from)
{
    Holdfast__Deposit deposit = HOLDFAST__DEPOSIT__INIT;
    struct buf *to = encoder->to;

    deposit.offer = encode_span(span_of(from->offer, 32 * from->offer_count));
    deposit.names = encode_span(span_of(from->names, 32 * from->blocks_count));
    deposit.n_sizes = from->blocks_count;
    deposit.sizes = encode_sizes(encoder, from->blocks, from->blocks_count);
    deposit.n_pages = from->pages_count;
    deposit.pages = encode_pages(encoder, from->pages, from->pages_count);
    deposit.n_items = from->items_count;
    deposit.items = encode_items(encoder, from->items, from->items_count, true);
    if (deposit.sizes == NULL || deposit.pages == NULL ||
        deposit.items == NULL) {
        return;
    }
    encode_pack(encoder, MESSAGE_DEPOSIT, &deposit.base);
    for (size_t i = 0; i < from->blocks_count; i++) {
        buf_put(to, from->blocks[i]);
    }
    for (size_t i = 0; i < from->pages_count; i++) {
        buf_put_data(to, from->pages[i].names, 32 * from->pages[i].names_count);
    }
    for (size_t i = 0; i < from->items_count; i++) {
        buf_put(to, from->items[i].header_bytes);
        buf_put_data(to, from->items[i].names, 32 * from->items[i].names_count);
    }
}

static void encode_deposit_reply(struct encoder *encoder,
                                 enum message_kind kind,
                                 const struct msg_deposit_reply *from)
{
    Holdfast__DepositReply reply = HOLDFAST__DEPOSIT_REPLY__INIT;
    Holdfast__DepositResult **list =
        encode_array(encoder, from->results_count, sizeof(*list));
    Holdfast__DepositResult *results =
        encode_array(encoder, from->results_count, sizeof(*results));

    if (list == NULL || results == NULL) {
        return;
    }
    for (size_t i = 0; i < from->results_count; i++) {
        holdfast__deposit_result__init(&results[i]);
        results[i].outcome = from->results[i].outcome;
        results[i].size = from->results[i].text.size;
        list[i] = &results[i];
    }
    reply.lacks = encode_span(span_of(from->lacks, from->lacks_count));
    reply.n_results = from->results_count;
    reply.results = list;
    reply.heard = from->heard;
    reply.needed = from->needed;
    encode_pack(encoder, kind, &reply.base);
    for (size_t i = 0; i < from->results_count; i++) {
        buf_put(encoder->to, from->results[i].text);
    }
}

static void encode_receipts(struct encoder *encoder,
                            const struct msg_receipts *from)
{
    Holdfast__Receipts receipts = HOLDFAST__RECEIPTS__INIT;

    receipts.n_items = from->count;
    receipts.items = encode_items(encoder, from->items, from->count, false);
    if (receipts.items != NULL) {
        encode_pack(encoder, MESSAGE_RECEIPTS, &receipts.base);
    }
}

static void encode_list(struct encoder *encoder, const struct msg_list *from)
{
    Holdfast__List list = HOLDFAST__LIST__INIT;

    list.ledger = from->ledger;
    list.index = from->index;
    list.count = from->count;
    list.prefix = encode_span(from->prefix);
    list.prefix_bits = from->prefix_bits;
    list.states = from->states;
    encode_pack(encoder, MESSAGE_LIST, &list.base);
}

/* The place of this origin among the `count` that are written already, or
 * `count`. Entries of one ledger come together: look at the last first. */
static size_t find_origin(const ProtobufCBinaryData *origins, size_t count,
                          struct span origin)
{
    for (size_t i = count; i > 0; i--) {
        if (span_equal(span_of(origins[i - 1].data, origins[i - 1].len),
                       origin)) {
            return i - 1;
        }
    }
    return count;
}

/* Each origin is written once. */
static void encode_list_reply(struct encoder *encoder,
                              const struct msg_list_reply *from)
{
    Holdfast__ListReply reply = HOLDFAST__LIST_REPLY__INIT;
    Holdfast__ListEntry **list =
        encode_array(encoder, from->count, sizeof(*list));
    Holdfast__ListEntry *entries =
        encode_array(encoder, from->count, sizeof(*entries));
    ProtobufCBinaryData *origins =
        encode_array(encoder, LIST_ORIGINS_MAX, sizeof(*origins));

    if (list == NULL || entries == NULL || origins == NULL) {
        return;
    }
    for (size_t i = 0; i < from->count; i++) {
        size_t origin =
            find_origin(origins, reply.n_origins, from->entries[i].origin);

        if (origin == LIST_ORIGINS_MAX) {
            encoder->to->err = ERR_TOO_BIG;
            return;
        }
        if (origin == reply.n_origins) {
            origins[reply.n_origins++] = encode_span(from->entries[i].origin);
        }
        holdfast__list_entry__init(&entries[i]);
        entries[i].origin = (uint32_t)origin;
        entries[i].index = from->entries[i].index;
        entries[i].held = from->entries[i].held;
        entries[i].size = (uint32_t)from->entries[i].leaf.size;
        if (from->nodes_count > 0) {
            entries[i].state =
                encode_list_state(encoder, &from->entries[i].state);
            if (entries[i].state == NULL) {
                return;
            }
        }
        list[i] = &entries[i];
    }
    reply.n_members = from->members_count;
    reply.members = encode_labels(encoder, from->members, from->members_count);
    reply.n_nodes = from->nodes_count;
    reply.nodes = encode_labels(encoder, from->nodes, from->nodes_count);
    if (reply.members == NULL || reply.nodes == NULL) {
        return;
    }
    reply.origins = origins;
    reply.n_entries = from->count;
    reply.entries = list;
    reply.more = from->more;
    reply.ledger = from->ledger;
    reply.index = from->index;
    reply.unreadable = from->unreadable;
    encode_pack(encoder, MESSAGE_LIST, &reply.base);
    for (size_t i = 0; i < from->count; i++) {
        buf_put(encoder->to, from->entries[i].leaf);
    }
}

static Holdfast__StatusPeer **encode_peers(struct encoder *encoder,
                                           const struct msg_status_reply *from)
{
    Holdfast__StatusPeer **list =
        encode_array(encoder, from->peers_count, sizeof(*list));
    Holdfast__StatusPeer *peers =
        encode_array(encoder, from->peers_count, sizeof(*peers));

    if (list == NULL || peers == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < from->peers_count; i++) {
        const struct status_peer *peer = &from->peers[i];

        holdfast__status_peer__init(&peers[i]);
        peers[i].node = encode_span(peer->node);
        peers[i].member = encode_span(peer->member);
        peers[i].country = encode_span(peer->country);
        peers[i].connected = peer->connected;
        peers[i].heard = peer->heard;
        peers[i].silent = peer->silent_s;
        peers[i].items_known = peer->items_known;
        peers[i].items_held = peer->items_held;
        peers[i].behind = peer->behind;
        peers[i].release = encode_span(peer->release);
        peers[i].role = peer->role;
        peers[i].has_statement = peer->has_statement;
        peers[i].statement_age = peer->statement_age_s;
        peers[i].claimed = peer->items_claimed;
        peers[i].free_bytes = peer->free_bytes;
        peers[i].waiting = peer->waiting;
        peers[i].proofs = encode_status_proofs(encoder, &peer->proofs);
        if (peers[i].proofs == NULL) {
            return NULL;
        }
        list[i] = &peers[i];
    }
    return list;
}

static Holdfast__StatusLedger **encode_ledgers(
    struct encoder *encoder, const struct msg_status_reply *from)
{
    Holdfast__StatusLedger **list =
        encode_array(encoder, from->ledgers_count, sizeof(*list));
    Holdfast__StatusLedger *ledgers =
        encode_array(encoder, from->ledgers_count, sizeof(*ledgers));

    if (list == NULL || ledgers == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < from->ledgers_count; i++) {
        const struct status_ledger *ledger = &from->ledgers[i];

        holdfast__status_ledger__init(&ledgers[i]);
        ledgers[i].origin = encode_span(ledger->origin);
        ledgers[i].size = ledger->size;
        ledgers[i].items = ledger->items;
        ledgers[i].held = ledger->held;
        ledgers[i].own = ledger->own;
        ledgers[i].current = ledger->current;
        list[i] = &ledgers[i];
    }
    return list;
}

static Holdfast__StatusAlarm **encode_alarms(
    struct encoder *encoder, const struct msg_status_reply *from)
{
    Holdfast__StatusAlarm **list =
        encode_array(encoder, from->alarms_count, sizeof(*list));
    Holdfast__StatusAlarm *alarms =
        encode_array(encoder, from->alarms_count, sizeof(*alarms));

    if (list == NULL || alarms == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < from->alarms_count; i++) {
        const struct status_alarm *alarm = &from->alarms[i];

        holdfast__status_alarm__init(&alarms[i]);
        alarms[i].code = encode_span(alarm->code);
        alarms[i].subject = encode_span(alarm->subject);
        alarms[i].text = encode_span(alarm->text);
        alarms[i].since = alarm->since_s;
        alarms[i].critical = alarm->critical;
        list[i] = &alarms[i];
    }
    return list;
}

static void encode_status_reply(struct encoder *encoder,
                                const struct msg_status_reply *from)
{
    Holdfast__StatusReply reply = HOLDFAST__STATUS_REPLY__INIT;

    reply.node = encode_span(from->node);
    reply.member = encode_span(from->member);
    reply.country = encode_span(from->country);
    reply.consortium = encode_span(from->consortium);
    reply.release = encode_span(from->release);
    reply.roster_version = from->roster_version;
    reply.roster_hash = encode_span(span_of(from->roster_hash.bytes, 32));
    reply.phase = from->phase;
    reply.heard = from->heard;
    reply.needed = from->needed;
    reply.uptime = from->uptime_s;
    reply.items = from->items;
    reply.held = from->held;
    reply.pending = from->pending;
    reply.wanted_bytes = from->wanted_bytes;
    reply.free_bytes = from->free_bytes;
    reply.reserve_bytes = from->reserve_bytes;
    reply.full = from->full;
    reply.n_peers = from->peers_count;
    reply.peers = encode_peers(encoder, from);
    reply.n_ledgers = from->ledgers_count;
    reply.ledgers = encode_ledgers(encoder, from);
    reply.n_alarms = from->alarms_count;
    reply.alarms = encode_alarms(encoder, from);
    reply.n_copies = from->copies_count;
    reply.copies = encode_numbers(from->copies);
    reply.rule_copies = from->rule_copies;
    reply.rule_countries = from->rule_countries;
    reply.rule_members = from->rule_members;
    reply.clock_known = from->clock_known;
    reply.clock_ahead = from->clock_ahead_s;
    reply.clock_behind = from->clock_behind_s;
    reply.placed = from->placed;
    reply.role = from->role;
    reply.waiting = from->waiting;
    reply.health = encode_status_health(encoder, &from->health);
    if (reply.peers != NULL && reply.ledgers != NULL && reply.alarms != NULL &&
        reply.health != NULL) {
        encode_pack(encoder, MESSAGE_STATUS, &reply.base);
    }
}

static void encode_small_request(struct encoder *encoder,
                                 const struct message *message)
{
    Holdfast__Status status = HOLDFAST__STATUS__INIT;
    Holdfast__Reload reload = HOLDFAST__RELOAD__INIT;
    Holdfast__OpenLedger open = HOLDFAST__OPEN_LEDGER__INIT;

    if (message->kind == MESSAGE_STATUS) {
        encode_pack(encoder, message->kind, &status.base);
    } else if (message->kind == MESSAGE_RELOAD) {
        encode_pack(encoder, message->kind, &reload.base);
    } else {
        open.confirm = encode_span(message->open_ledger.confirm);
        encode_pack(encoder, message->kind, &open.base);
    }
}

void encode_client_request(struct encoder *encoder,
                           const struct message *message)
{
    if (message->kind == MESSAGE_DEPOSIT) {
        encode_deposit(encoder, &message->deposit);
    } else if (message->kind == MESSAGE_RECEIPTS) {
        encode_receipts(encoder, &message->receipts);
    } else if (message->kind == MESSAGE_LIST) {
        encode_list(encoder, &message->list);
    } else if (message->kind == MESSAGE_REFUSAL) {
        encoder->to->err = ERR_UNSUPPORTED; /* only ever an answer */
    } else {
        encode_small_request(encoder, message);
    }
}

static void encode_small_reply(struct encoder *encoder,
                               const struct message *message)
{
    Holdfast__ReloadReply reload = HOLDFAST__RELOAD_REPLY__INIT;
    Holdfast__OpenLedgerReply open = HOLDFAST__OPEN_LEDGER_REPLY__INIT;
    Holdfast__Refusal refusal = HOLDFAST__REFUSAL__INIT;

    if (message->kind == MESSAGE_RELOAD) {
        reload.text = encode_span(message->reload_reply.text);
        encode_pack(encoder, message->kind, &reload.base);
    } else if (message->kind == MESSAGE_OPEN_LEDGER) {
        open.left = encode_span(origin_span(&message->open_ledger_reply.left));
        open.opened =
            encode_span(origin_span(&message->open_ledger_reply.opened));
        encode_pack(encoder, message->kind, &open.base);
    } else {
        refusal.code = message->refusal.code;
        refusal.name = encode_span(message->refusal.name);
        refusal.text = encode_span(message->refusal.text);
        encode_pack(encoder, message->kind, &refusal.base);
    }
}

void encode_client_reply(struct encoder *encoder, const struct message *message)
{
    if (message->kind == MESSAGE_DEPOSIT || message->kind == MESSAGE_RECEIPTS) {
        encode_deposit_reply(encoder, message->kind, &message->deposit_reply);
    } else if (message->kind == MESSAGE_LIST) {
        encode_list_reply(encoder, &message->list_reply);
    } else if (message->kind == MESSAGE_STATUS) {
        encode_status_reply(encoder, &message->status_reply);
    } else {
        encode_small_reply(encoder, message);
    }
}
