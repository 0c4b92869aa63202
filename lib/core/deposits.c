/* SPDX-License-Identifier: Apache-2.0 */
#include "core/deposits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/checked.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/hands.h"
#include "core/ledgers.h"
#include "core/own_rule.h"
#include "core/quota.h"
#include "model/block.h"

/* ---- taking in hand ---- */

static void put_names(struct node *node, const struct payload_root *root,
                      uint64_t page, const struct block_id *names, size_t count)
{
    struct batch_op op = { .kind = BATCH_NAMES, .index = page };

    memcpy(op.id, root->bytes, sizeof(op.id));
    commit_add(node, &op, span_of(NULL, 0),
               span_of(names, count * sizeof(*names)));
}

/* The page NAMES_PAGE_ROOTS of this payload, if it is in the request and true.
 */
static const struct deposit_page *find_roots(const struct msg_deposit *deposit,
                                             const struct payload_root *root)
{
    for (size_t i = 0; i < deposit->pages_count; i++) {
        const struct deposit_page *page = &deposit->pages[i];
        struct payload_root made;

        if (page->page != NAMES_PAGE_ROOTS ||
            !payload_root_equal(&page->root, root) || page->names_count == 0 ||
            page->names_count > NAME_PAGES_MAX) {
            continue;
        }
        payload_root_of_pages((const struct digest *)page->names,
                              page->names_count, &made);
        if (payload_root_equal(&made, root)) {
            return page;
        }
    }
    return NULL;
}

/* Pages that prove themselves are stored; others are dropped, and the item
 * will be refused for want of them. */
static void take_pages(struct node *node, const struct msg_deposit *deposit)
{
    for (size_t i = 0; i < deposit->pages_count; i++) {
        const struct deposit_page *page = &deposit->pages[i];
        const struct deposit_page *roots = find_roots(deposit, &page->root);
        struct digest root;

        if (roots == NULL) {
            continue;
        }
        if (page == roots) {
            put_names(node, &page->root, NAMES_PAGE_ROOTS, page->names,
                      page->names_count);
            continue;
        }
        if (page->page >= roots->names_count || page->names_count == 0 ||
            page->names_count > NAMES_PER_PAGE) {
            continue;
        }
        names_page_root(page->names, page->names_count, &root);
        if (memcmp(root.bytes, roots->names[page->page].bytes,
                   sizeof(root.bytes)) == 0) {
            put_names(node, &page->root, page->page, page->names,
                      page->names_count);
        }
    }
}

static void refuse(struct wait_entry *entry, const char *text)
{
    entry->kind = WAIT_REFUSED;
    entry->refusal = text;
}

/* In this leaf already: covered by a checkpoint, or not yet. False when its
 * ledger was left before it was signed: then it counts for nothing. */
static bool take_leaf(const struct node *node, uint32_t number, uint64_t index,
                      struct wait_entry *entry)
{
    const struct ledger *ledger = ledger_by_number(node, number);

    if (ledger == NULL) {
        return false;
    }
    entry->ledger = number;
    entry->index = index;
    if (index < ledger->durable.checkpoint_size) {
        entry->kind = WAIT_REGISTERED;
        return true;
    }
    entry->kind = WAIT_UNCOVERED;
    return !ledger->own || ledger == node->own.current;
}

static bool take_registered(const struct node *node,
                            const struct deposit_facts *facts,
                            struct wait_entry *entry)
{
    return take_leaf(node, facts->ledger, facts->index, entry) ||
           take_leaf(node, facts->last_ledger, facts->last_index, entry);
}

static void hold(struct node *node, uint32_t slot, struct wait_entry *entry)
{
    entry->kind = WAIT_HAND;
    entry->hand = slot;
    node->intake.hands[slot].refs++;
}

/* Header object and names, with the open group: the item's blocks may lie in
 * it. */
static void put_parts(struct node *node, const struct deposit_item *item)
{
    struct batch_op op = { .kind = BATCH_HEADER };

    memcpy(op.id, item->header.bytes, sizeof(op.id));
    commit_add(node, &op, span_of(NULL, 0), item->header_bytes);
    if (item->names_count > 0) {
        put_names(node, &item->root, 0, item->names, item->names_count);
    }
    commit_urgent(node);
}

static void take_new(struct node *node, const struct deposit_item *item,
                     const struct deposit *deposit, struct wait_entry *entry)
{
    uint32_t slot = hand_add(node, deposit);

    if (slot == SLOT_NONE) {
        refuse(entry, "too many deposits wait to be registered here; try "
                      "again later");
        return;
    }
    put_parts(node, item);
    hold(node, slot, entry);
}

/* Somebody brings what this node lacks of an item that stands in a ledger. It
 * counts as held, and is answered, when all of it is durable. */
static void take_completion(struct node *node, const struct deposit_item *item,
                            const struct deposit_facts *facts,
                            struct wait *wait, struct wait_entry *entry)
{
    put_parts(node, item);
    commit_needs_group(node);
    wait->seq = node->commit.seq;
    entry->completes = true;
    entry->held_ledger = facts->held_ledger;
    entry->held_index = facts->held_index;
}

static struct deposit deposit_of(const struct deposit_item *item)
{
    struct deposit deposit = { .header_id = item->header,
                               .header_size = item->header_bytes.size,
                               .payload_root = item->root,
                               .payload_size = item->size,
                               .commitment = item->commitment };

    return deposit;
}

static void take_item(struct node *node, const struct deposit_item *item,
                      const struct deposit_facts *facts, struct wait *wait,
                      struct wait_entry *entry)
{
    struct deposit deposit = deposit_of(item);
    uint32_t slot = hand_find(node, &item->root);

    if (slot != SLOT_NONE) {
        if (deposit_equal(&node->intake.hands[slot].deposit, &deposit)) {
            hold(node, slot, entry);
        } else {
            refuse(entry, "this payload is being registered with another "
                          "header or commitment");
        }
        return;
    }
    if (facts->err == ERR_CONFLICT) {
        refuse(entry, "this payload is registered with another header or "
                      "commitment");
        return;
    }
    if (facts->err != ERR_OK) {
        refuse(entry, err_text(facts->err));
        return;
    }
    if (!facts->registered || !take_registered(node, facts, entry)) {
        take_new(node, item, &deposit, entry);
    } else if (facts->completes) {
        take_completion(node, item, facts, wait, entry);
    }
}

static struct wait *wait_add(struct node *node, uint64_t request)
{
    struct wait **at = &node->intake.waits;
    struct wait *wait;

    if (node->intake.waits_count >= WAIT_COUNT_MAX) {
        return NULL;
    }
    wait = calloc(1, sizeof(*wait));
    if (wait == NULL) {
        return NULL;
    }
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = wait;
    wait->request = request;
    node->intake.waits_count++;
    return wait;
}

static void refuse_full(struct node *node, uint64_t request)
{
    char text[160];
    const struct fetch *fetch = &node->fetch;
    uint64_t missing = fetch->reserve_bytes > fetch->free_bytes
                           ? fetch->reserve_bytes - fetch->free_bytes
                           : 0;

    (void)snprintf(text, sizeof(text),
                   "this node keeps %" PRIu64 " bytes free and %" PRIu64
                   " bytes are missing; it goes on by itself when there is "
                   "room",
                   fetch->reserve_bytes, missing);
    emit_refusal(node, request, ERR_FULL, "STORE-FULL", text);
}

void deposits_asked(struct node *node, const struct event *event)
{
    const struct msg_deposit *deposit = &event->asked.message->deposit;
    uint64_t request = event->asked.request;
    struct wait *wait;

    commit_appended(node, event->asked.appended_bytes);
    commit_more_coming(node, event->asked.more_coming);
    if (node->self == NULL || node->self->role != NODE_STORE) {
        emit_refusal(node, request, ERR_REFUSED, "NOT-A-STORE",
                     "this node takes no deposits: by the roster it holds no "
                     "new blocks");
        return;
    }
    if (node->fetch.full) {
        refuse_full(node, request);
        return;
    }
    wait = node->stopping || !commit_room(node) ||
                   deposit->items_count > DEPOSIT_ITEMS_PER_REQUEST_MAX
               ? NULL
               : wait_add(node, request);
    if (wait == NULL) {
        emit_refusal(node, request, ERR_BUSY, "BUSY",
                     node->stopping ? "this node is stopping"
                                    : "too much in hand; try again later");
        return;
    }
    if (deposit->pages_count > 0) {
        /* Their item is checked against what is durable: whoever waits for
         * this answer may send it. */
        take_pages(node, deposit);
        commit_urgent(node);
        wait->seq = node->commit.seq;
    }
    wait->count = deposit->items_count;
    for (size_t i = 0; i < deposit->items_count; i++) {
        take_item(node, &deposit->items[i], &event->asked.facts[i], wait,
                  &wait->entries[i]);
    }
    if (commit_group_full(node)) {
        wait->seq = node->commit.seq;
    }
}

void deposits_asked_receipts(struct node *node, const struct event *event)
{
    const struct msg_receipts *asked = &event->asked.message->receipts;
    struct wait *wait = asked->count > DEPOSIT_ITEMS_PER_REQUEST_MAX
                            ? NULL
                            : wait_add(node, event->asked.request);

    if (wait == NULL) {
        emit_refusal(node, event->asked.request, ERR_BUSY, "BUSY",
                     "too much in hand; try again later");
        return;
    }
    wait->count = asked->count;
    for (size_t i = 0; i < asked->count; i++) {
        const struct deposit_item *item = &asked->items[i];
        const struct deposit_facts *facts = &event->asked.facts[i];
        uint32_t slot = hand_find(node, &item->root);
        struct deposit deposit = deposit_of(item);

        if (slot != SLOT_NONE &&
            deposit_equal(&node->intake.hands[slot].deposit, &deposit)) {
            hold(node, slot, &wait->entries[i]);
        } else if (facts->err != ERR_OK || !facts->registered ||
                   !take_registered(node, facts, &wait->entries[i])) {
            refuse(&wait->entries[i], "not found");
        }
    }
}

/* ---- answering ---- */

/* What an entry has become; false: not known yet. */
static bool resolve(const struct node *node, const struct wait_entry *entry,
                    bool soon, struct receipt_entry *ret)
{
    const struct hand *hand;
    const struct ledger *ledger;

    *ret = (struct receipt_entry){ .outcome = DEPOSIT_REGISTERED,
                                   .ledger = entry->ledger,
                                   .index = entry->index };
    switch (entry->kind) {
    case WAIT_REGISTERED:
        return true;
    case WAIT_REFUSED:
        ret->outcome = DEPOSIT_REFUSED;
        ret->refusal = entry->refusal;
        return true;
    case WAIT_UNCOVERED:
        ledger = ledger_by_number(node, entry->ledger);
        if (ledger != NULL && entry->index < ledger->durable.checkpoint_size) {
            return true;
        }
        ret->outcome = DEPOSIT_PENDING;
        return !soon || ledger != node->own.current;
    case WAIT_HAND:
        break;
    }
    hand = &node->intake.hands[entry->hand];
    ret->ledger = hand->ledger;
    ret->index = hand->index;
    if (hand->state == HAND_REGISTERED) {
        return true;
    }
    ret->outcome = DEPOSIT_PENDING;
    ret->item.root = hand->deposit.payload_root;
    ret->item.size = hand->deposit.payload_size;
    ret->item.header = hand->deposit.header_id;
    ret->item.header_bytes.size = hand->deposit.header_size;
    ret->item.commitment = hand->deposit.commitment;
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_EARLY_RECEIPT) != 0) {
        return true;
    }
#endif
    if (hand->state == HAND_PENDING) {
        return !soon || quota_own_waits(node);
    }
    return !soon && hand->state == HAND_LEAF &&
           hand->seq <= node->commit.durable_seq;
}

static bool ledger_listed(const struct serve_ledger *ledgers, size_t count,
                          uint32_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (ledgers[i].number == number) {
            return true;
        }
    }
    return false;
}

/* Those of the ledgers that the receipts name. */
static void list_rosters(struct node *node, struct effect *effect)
{
    size_t ledgers = effect->receipts.ledgers_count;
    struct serve_roster *rosters =
        emit_alloc(node, (ledgers * SERVE_ROSTERS_MAX + 1) * sizeof(*rosters));
    size_t used = 0;

    for (size_t i = 0; i < ledgers && rosters != NULL; i++) {
        const struct serve_ledger *ledger = &effect->receipts.ledgers[i];
        size_t end =
            used + checked_rosters(node, &ledger->origin, &rosters[used]);

        for (; used < end; used++) {
            rosters[used].ledger = ledger->number;
        }
    }
    effect->receipts.rosters = rosters;
    effect->receipts.rosters_count = used;
}

static void list_ledgers(struct node *node, struct effect *effect)
{
    size_t count = effect->receipts.entries_count;
    struct serve_ledger *ledgers =
        emit_alloc(node, (count + 1) * sizeof(*ledgers));
    size_t used = 0;

    for (size_t i = 0; i < count && ledgers != NULL; i++) {
        const struct receipt_entry *entry = &effect->receipts.entries[i];
        const struct ledger *ledger = ledger_by_number(node, entry->ledger);

        if (entry->outcome == DEPOSIT_REFUSED || ledger == NULL ||
            ledger_listed(ledgers, used, entry->ledger)) {
            continue;
        }
        ledger_serve(ledger, &ledgers[used]);
        used++;
    }
    effect->receipts.ledgers = ledgers;
    effect->receipts.ledgers_count = used;
}

/* What was brought is durable: set the bits, and before they are asked for. */
static void complete(struct node *node, const struct wait *wait)
{
    for (size_t i = 0; i < wait->count; i++) {
        const struct wait_entry *entry = &wait->entries[i];
        struct ledger *ledger = entry->completes
                                    ? ledger_by_number(node, entry->held_ledger)
                                    : NULL;

        if (ledger != NULL) {
            /* Leaf 0 is no item; where nobody is to be asked, no walk has
             * come by to see that. */
            ledger_set_held(node, ledger, 0);
            ledger_set_held(node, ledger, entry->held_index);
            commit_urgent(node);
        }
    }
}

/* True when it was answered. */
static bool answer(struct node *node, const struct wait *wait)
{
    bool soon = own_soon(node);
    struct receipt_entry entry;
    struct receipt_entry *entries;
    struct effect *effect;

    if (wait->seq > node->commit.durable_seq) {
        return false;
    }
    for (size_t i = 0; i < wait->count; i++) {
        if (!resolve(node, &wait->entries[i], soon, &entry)) {
            return false;
        }
    }
    complete(node, wait);
    entries = emit_alloc(node, (wait->count + 1) * sizeof(*entries));
    effect = entries == NULL ? NULL : emit(node, EFFECT_RECEIPTS);
    if (effect == NULL) {
        return false;
    }
    for (size_t i = 0; i < wait->count; i++) {
        (void)resolve(node, &wait->entries[i], soon, &entries[i]);
    }
    effect->receipts.request = wait->request;
    effect->receipts.entries = entries;
    effect->receipts.entries_count = wait->count;
    own_heard(node, &effect->receipts.heard, &effect->receipts.needed);
    effect->receipts.roster_hash = node->roster->hash;
    list_ledgers(node, effect);
    list_rosters(node, effect);
    return true;
}

static void release(struct node *node, struct wait **at)
{
    struct wait *wait = *at;

    for (size_t i = 0; i < wait->count; i++) {
        if (wait->entries[i].kind == WAIT_HAND) {
            CHECK(node->intake.hands[wait->entries[i].hand].refs > 0);
            node->intake.hands[wait->entries[i].hand].refs--;
        }
    }
    *at = wait->next;
    node->intake.waits_count--;
    free(wait);
}

void deposits_hung_up(struct node *node, uint64_t request)
{
    for (struct wait **at = &node->intake.waits; *at != NULL;
         at = &(*at)->next) {
        if ((*at)->request == request) {
            release(node, at);
            return;
        }
    }
}

void deposits_pump(struct node *node)
{
    struct wait **at = &node->intake.waits;

    if (!own_soon(node) || quota_own_waits(node)) {
        hands_keep(node);
    }
    while (*at != NULL) {
        if (answer(node, *at)) {
            release(node, at);
        } else {
            at = &(*at)->next;
        }
    }
}

void deposits_done(struct node *node)
{
    while (node->intake.waits != NULL) {
        release(node, &node->intake.waits);
    }
}
