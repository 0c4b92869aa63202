/* SPDX-License-Identifier: Apache-2.0 */
#include "model/batch.h"
#include "peer.pb-c.h"
#include "wire/decode_parts.h"

static bool decode_item(const Holdfast__DepositItem *from,
                        struct deposit_item *to)
{
    to->size = from->size;
    return decode_root32(&from->root, to->root.bytes) &&
           decode_root32(&from->header, to->header.bytes) &&
           decode_root32(&from->commitment, to->commitment.bytes) &&
           from->header_size <= HEADER_SIZE_MAX &&
           from->names <= NAMES_PER_PAGE;
}

/* `count` names that stand in the raw bytes. */
static const struct block_id *take_names(struct decoder *decoder, size_t count)
{
    return (const struct block_id *)reader_take(&decoder->raw, count * 32).data;
}

/* A page of names, or the roots of all pages in their place. */
static bool page_fits(const Holdfast__DepositPage *page)
{
    if (page->page == NAMES_PAGE_ROOTS) {
        return page->names >= 2 && page->names <= NAME_PAGES_MAX;
    }
    return page->page < NAME_PAGES_MAX && page->names >= 1 &&
           page->names <= NAMES_PER_PAGE;
}

bool decode_pages(struct decoder *decoder, Holdfast__DepositPage *const *from,
                  size_t count, const struct deposit_page **ret_pages)
{
    struct deposit_page *pages = decode_array(decoder, count, sizeof(*pages));

    if (pages == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const Holdfast__DepositPage *page = from[i];

        if (!decode_root32(&page->root, pages[i].root.bytes) ||
            !page_fits(page)) {
            return false;
        }
        pages[i].page = page->page;
        pages[i].names_count = (size_t)page->names;
        pages[i].names = take_names(decoder, pages[i].names_count);
    }
    *ret_pages = pages;
    return true;
}

static bool decode_items(struct decoder *decoder, const Holdfast__Deposit *from,
                         struct msg_deposit *to)
{
    struct deposit_item *items =
        decode_array(decoder, from->n_items, sizeof(*items));

    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_items; i++) {
        if (!decode_item(from->items[i], &items[i])) {
            return false;
        }
        items[i].header_bytes =
            reader_take(&decoder->raw, (size_t)from->items[i]->header_size);
        items[i].names_count = (size_t)from->items[i]->names;
        items[i].names = take_names(decoder, items[i].names_count);
    }
    to->items = items;
    to->items_count = from->n_items;
    return true;
}

bool decode_deposit(struct decoder *decoder, const void *from,
                    struct msg_deposit *to)
{
    const Holdfast__Deposit *deposit = from;

    if (deposit->offer.len % 32 != 0 || deposit->names.len % 32 != 0 ||
        deposit->names.len / 32 != deposit->n_sizes) {
        return false;
    }
    to->offer = (const struct block_id *)deposit->offer.data;
    to->offer_count = deposit->offer.len / 32;
    to->names = (const struct block_id *)deposit->names.data;
    to->blocks_count = deposit->n_sizes;
    to->pages_count = deposit->n_pages;
    return decode_sized(decoder, deposit->sizes, deposit->n_sizes,
                        &to->blocks) &&
           decode_pages(decoder, deposit->pages, deposit->n_pages,
                        &to->pages) &&
           decode_items(decoder, deposit, to) && !decoder->raw.failed;
}

bool decode_deposit_reply(struct decoder *decoder, const void *from,
                          struct msg_deposit_reply *to)
{
    const Holdfast__DepositReply *reply = from;
    struct deposit_result *results =
        decode_array(decoder, reply->n_results, sizeof(*results));

    if (results == NULL) {
        return false;
    }
    for (size_t i = 0; i < reply->n_results; i++) {
        if (reply->results[i]->outcome < DEPOSIT_REGISTERED ||
            reply->results[i]->outcome > DEPOSIT_REFUSED ||
            reply->results[i]->size > NOTE_SIZE_MAX) {
            return false;
        }
        results[i].outcome = (enum deposit_outcome)reply->results[i]->outcome;
        results[i].text =
            reader_take(&decoder->raw, (size_t)reply->results[i]->size);
    }
    to->lacks = reply->lacks.data;
    to->lacks_count = reply->lacks.len;
    to->results = results;
    to->results_count = reply->n_results;
    to->heard = reply->heard;
    to->needed = reply->needed;
    return !decoder->raw.failed;
}

bool decode_receipts(struct decoder *decoder, const void *from,
                     struct msg_receipts *to)
{
    const Holdfast__Receipts *receipts = from;
    struct deposit_item *items =
        decode_array(decoder, receipts->n_items, sizeof(*items));

    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < receipts->n_items; i++) {
        if (!decode_item(receipts->items[i], &items[i]) ||
            receipts->items[i]->header_size != 0 ||
            receipts->items[i]->names != 0) {
            return false;
        }
    }
    to->items = items;
    to->count = receipts->n_items;
    return true;
}

bool decode_list(const void *from, struct msg_list *to)
{
    const Holdfast__List *list = from;

    to->ledger = list->ledger;
    to->index = list->index;
    to->count = list->count;
    to->prefix = decode_span(&list->prefix);
    to->prefix_bits = list->prefix_bits;
    to->states = list->states;
    return list->count >= 1 && list->count <= RECORDS_BATCH_COUNT_MAX &&
           (list->states == 0 || list->count <= LIST_DETAILS_MAX) &&
           list->states < 1U << HEALTH_STATES &&
           list->prefix_bits <= 8 * list->prefix.len;
}

bool decode_list_reply(struct decoder *decoder, const void *from,
                       struct msg_list_reply *to)
{
    const Holdfast__ListReply *reply = from;
    struct list_entry *entries =
        decode_array(decoder, reply->n_entries, sizeof(*entries));

    if (entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < reply->n_entries; i++) {
        const Holdfast__ListEntry *entry = reply->entries[i];

        if (entry->origin >= reply->n_origins ||
            !decode_list_state(decoder, entry->state, reply->n_nodes,
                               &entries[i].state)) {
            return false;
        }
        entries[i].origin = decode_span(&reply->origins[entry->origin]);
        entries[i].index = entry->index;
        entries[i].held = entry->held;
        entries[i].leaf = reader_take(&decoder->raw, entry->size);
    }
    to->entries = entries;
    to->count = reply->n_entries;
    to->more = reply->more;
    to->ledger = reply->ledger;
    to->index = reply->index;
    to->unreadable = reply->unreadable;
    to->members_count = reply->n_members;
    to->nodes_count = reply->n_nodes;
    return decode_labels(decoder, reply->members, reply->n_members,
                         &to->members) &&
           decode_labels(decoder, reply->nodes, reply->n_nodes, &to->nodes) &&
           !decoder->raw.failed;
}

static bool decode_status_peers(struct decoder *decoder,
                                const Holdfast__StatusReply *from,
                                struct msg_status_reply *to)
{
    struct status_peer *peers =
        decode_array(decoder, from->n_peers, sizeof(*peers));

    if (peers == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_peers; i++) {
        const Holdfast__StatusPeer *peer = from->peers[i];

        if (peer->role < ROLE_STORE || peer->role > ROLE_LEAVING) {
            return false;
        }
        peers[i] = (struct status_peer){
            .node = decode_span(&peer->node),
            .member = decode_span(&peer->member),
            .country = decode_span(&peer->country),
            .connected = peer->connected,
            .heard = peer->heard,
            .silent_s = peer->silent,
            .items_known = peer->items_known,
            .items_held = peer->items_held,
            .behind = peer->behind,
            .release = decode_span(&peer->release),
            .role = (enum node_role_code)peer->role,
            .has_statement = peer->has_statement,
            .statement_age_s = peer->statement_age,
            .items_claimed = peer->claimed,
            .free_bytes = peer->free_bytes,
            .waiting = peer->waiting,
        };
        decode_status_proofs(peer->proofs, &peers[i].proofs);
    }
    to->peers = peers;
    to->peers_count = from->n_peers;
    return true;
}

static bool decode_status_ledgers(struct decoder *decoder,
                                  const Holdfast__StatusReply *from,
                                  struct msg_status_reply *to)
{
    struct status_ledger *ledgers =
        decode_array(decoder, from->n_ledgers, sizeof(*ledgers));

    if (ledgers == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_ledgers; i++) {
        const Holdfast__StatusLedger *ledger = from->ledgers[i];

        ledgers[i] = (struct status_ledger){
            .origin = decode_span(&ledger->origin),
            .size = ledger->size,
            .items = ledger->items,
            .held = ledger->held,
            .own = ledger->own,
            .current = ledger->current,
        };
    }
    to->ledgers = ledgers;
    to->ledgers_count = from->n_ledgers;
    return true;
}

static bool decode_status_alarms(struct decoder *decoder,
                                 const Holdfast__StatusReply *from,
                                 struct msg_status_reply *to)
{
    struct status_alarm *alarms =
        decode_array(decoder, from->n_alarms, sizeof(*alarms));

    if (alarms == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_alarms; i++) {
        const Holdfast__StatusAlarm *alarm = from->alarms[i];

        alarms[i] = (struct status_alarm){
            .code = decode_span(&alarm->code),
            .subject = decode_span(&alarm->subject),
            .text = decode_span(&alarm->text),
            .since_s = alarm->since,
            .critical = alarm->critical,
        };
    }
    to->alarms = alarms;
    to->alarms_count = from->n_alarms;
    return true;
}

bool decode_status_reply(struct decoder *decoder, const void *from,
                         struct msg_status_reply *to)
{
    const Holdfast__StatusReply *reply = from;

    if (reply->phase < OWN_WAITING || reply->phase > OWN_STOPPED ||
        reply->role < ROLE_STORE || reply->role > ROLE_LEAVING ||
        !decode_root32(&reply->roster_hash, to->roster_hash.bytes)) {
        return false;
    }
    to->node = decode_span(&reply->node);
    to->member = decode_span(&reply->member);
    to->country = decode_span(&reply->country);
    to->consortium = decode_span(&reply->consortium);
    to->release = decode_span(&reply->release);
    to->roster_version = reply->roster_version;
    to->phase = (enum own_phase)reply->phase;
    to->heard = reply->heard;
    to->needed = reply->needed;
    to->uptime_s = reply->uptime;
    to->items = reply->items;
    to->held = reply->held;
    to->pending = reply->pending;
    to->wanted_bytes = reply->wanted_bytes;
    to->free_bytes = reply->free_bytes;
    to->reserve_bytes = reply->reserve_bytes;
    to->full = reply->full;
    to->copies = reply->copies;
    to->copies_count = reply->n_copies;
    to->rule_copies = reply->rule_copies;
    to->rule_countries = reply->rule_countries;
    to->rule_members = reply->rule_members;
    to->clock_known = reply->clock_known;
    to->clock_ahead_s = reply->clock_ahead;
    to->clock_behind_s = reply->clock_behind;
    to->placed = reply->placed;
    to->role = (enum node_role_code)reply->role;
    to->waiting = reply->waiting;
    return decode_status_peers(decoder, reply, to) &&
           decode_status_ledgers(decoder, reply, to) &&
           decode_status_alarms(decoder, reply, to) &&
           decode_status_health(decoder, reply->health, &to->health);
}

bool decode_open_ledger_reply(const void *from,
                              struct msg_open_ledger_reply *to)
{
    const Holdfast__OpenLedgerReply *reply = from;

    return origin_parse(decode_span(&reply->left), &to->left) == ERR_OK &&
           origin_parse(decode_span(&reply->opened), &to->opened) == ERR_OK;
}

bool decode_refusal(const void *from, struct msg_refusal *to)
{
    const Holdfast__Refusal *refusal = from;

    to->code = refusal->code;
    to->name = decode_span(&refusal->name);
    to->text = decode_span(&refusal->text);
    return true; /* a code of a newer release is the asker's to explain */
}
