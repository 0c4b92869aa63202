/* SPDX-License-Identifier: Apache-2.0 */
#include "core/push.h"

#include <string.h>

#include "base/check.h"
#include "core/emit.h"
#include "core/ledgers.h"
#include "core/peer.h"

#define RECORDS_PER_PEER 2
#define FETCHES_ITSELF_MS 20000 /* so long a node that listens is waited for */
#define OTHERS_WAIT_MS 3000
#define RETRY_MS 5000
#define REFUSED_MS 60000
#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000

/* What serve_push() puts into one request. */
#define PARCEL_BYTES_MAX BLOCK_SIZE_MAX

bool push_needless(struct node *node, uint32_t slot)
{
    const struct peer *peer = &node->peers[slot];

    if (peer->inbound_ms != 0 &&
        node->now_ms - peer->inbound_ms < PIPE_SILENT_MS) {
        return true;
    }
    if (node->self == NULL || !node->self->listens) {
        return false;
    }
    if (node->now_ms - peer->connected_ms < FETCHES_ITSELF_MS) {
        node_due(node, peer->connected_ms + FETCHES_ITSELF_MS);
        return true;
    }
    return false;
}

/* ---- records ---- */

static bool is_told(const struct origin *origin, const struct head *heads,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (origin_equal(&heads[i].origin, origin)) {
            return true;
        }
    }
    return false;
}

void push_told(struct node *node, uint32_t slot, const struct head *heads,
               size_t count)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->peer_size[slot] > 0 &&
            !is_told(&ledger->origin, heads, count)) {
            ledger->peer_size[slot] = 0;
            ledger->peer_held[slot] = 0;
            ledger->peer_lines[slot] = 0;
            ledger->peer_forked[slot] = false;
        }
    }
}

static void ask_records(struct node *node, struct ledger *ledger, uint32_t slot)
{
    struct serve_ledger *serve = emit_alloc(node, sizeof(*serve));
    struct message *what;
    struct effect *effect;
    struct ask *ask = serve == NULL
                          ? NULL
                          : push_begin(node, slot, ASK_PUT_RECORDS,
                                       MESSAGE_GET_RECORDS, &what, &effect);

    if (ask == NULL) {
        return;
    }
    ledger_serve(ledger, serve);
    effect->push.ledgers = serve;
    effect->push.ledgers_count = 1;
    ask->ledger = ledger->slot;
    ask->from = ledger->peer_size[slot];
    what->get_records.origin = ledger->origin;
    what->get_records.from = ask->from;
    what->get_records.count = RECORDS_BATCH_COUNT_MAX;
    ledger->pushing |= 1u << slot;
    node->peers[slot].records_out++;
}

/* Whatever this peer lacks of this ledger, when its time has come. */
static void push_ledger(struct node *node, struct ledger *ledger, uint32_t slot)
{
    if (ledger->durable.checkpoint_size <= ledger->peer_size[slot]) {
        ledger->push_ms[slot] = 0;
        return;
    }
    if ((ledger->pushing >> slot & 1) != 0 ||
        node->peers[slot].records_out >= RECORDS_PER_PEER) {
        return;
    }
    if (ledger->push_ms[slot] == 0) {
        ledger->push_ms[slot] =
            ledger->own ? node->now_ms : backoff_at(node, OTHERS_WAIT_MS);
    }
    if (node->now_ms < ledger->push_ms[slot]) {
        node_due(node, ledger->push_ms[slot]);
        return;
    }
    ask_records(node, ledger, slot);
}

void push_records_answered(struct node *node, const struct ask *ask,
                           const struct msg_put_reply *reply)
{
    struct ledger *ledger = node->ledgers[ask->ledger];
    uint64_t *at_ms;

    CHECK(ledger != NULL); /* it has leaves, so it stays */
    if (node->peers[ask->peer].records_out > 0) {
        node->peers[ask->peer].records_out--;
    }
    ledger->pushing &= ~(1u << ask->peer);
    at_ms = &ledger->push_ms[ask->peer];
    if (reply == NULL || reply->count != 1 ||
        reply->results[0] == PUT_NO_ROOM) {
        *at_ms = node->now_ms + RETRY_MS;
    } else if (reply->results[0] != PUT_TAKEN || reply->size <= ask->from) {
        *at_ms = node->now_ms + REFUSED_MS;
    } else {
        ledger->peer_size[ask->peer] = reply->size;
        ledger->peer_lines[ask->peer] = 0; /* those were of a smaller one */
        *at_ms = node->now_ms;
    }
}

/* ---- blocks ---- */

static bool same_lease(const struct lease *a, const struct lease *b)
{
    return a->kind == b->kind && a->page == b->page &&
           block_id_equal(&a->name, &b->name);
}

void push_leased(struct node *node, uint32_t slot, const struct lease *leases,
                 size_t count)
{
    struct parcel *parcels = node->peers[slot].parcels;

    for (size_t i = 0; i < count; i++) {
        struct parcel *free_one = NULL;
        bool known = false;

        for (size_t j = 0; j < PARCELS_MAX; j++) {
            if (parcels[j].state == PARCEL_FREE) {
                free_one = free_one == NULL ? &parcels[j] : free_one;
            } else if (same_lease(&parcels[j].lease, &leases[i])) {
                parcels[j].until_ms = node->now_ms + LEASE_MS;
                parcels[j].again = parcels[j].state == PARCEL_OUT;
                known = true;
            }
        }
        if (free_one != NULL && !known) {
            *free_one = (struct parcel){ .state = PARCEL_WAITS,
                                         .lease = leases[i],
                                         .until_ms = node->now_ms + LEASE_MS };
        }
    }
}

/* A page of names alone, or as many blocks as go into one request. */
static size_t pick(const struct peer *peer,
                   uint16_t picked[static BLOCKS_PER_REQUEST_MAX])
{
    uint64_t bytes = 0;
    size_t count = 0;

    for (size_t i = 0; i < PARCELS_MAX && count < BLOCKS_PER_REQUEST_MAX; i++) {
        const struct parcel *parcel = &peer->parcels[i];
        bool page = parcel->lease.kind == LEASE_NAMES;

        if (parcel->state != PARCEL_WAITS || (page && count > 0) ||
            (count > 0 && bytes + parcel->lease.size > PARCEL_BYTES_MAX)) {
            continue;
        }
        bytes += parcel->lease.size;
        picked[count] = (uint16_t)i;
        count++;
        if (page) {
            break;
        }
    }
    return count;
}

static void write_names(const struct peer *peer, const struct ask *ask,
                        struct message *what, struct block_id *names)
{
    const struct lease *first = &peer->parcels[ask->wants[0]].lease;

    if (first->kind == LEASE_NAMES) {
        memcpy(what->get_names.root.bytes, first->name.bytes,
               sizeof(first->name.bytes));
        what->get_names.page = first->page;
        return;
    }
    for (size_t i = 0; i < ask->wants_count; i++) {
        names[i] = peer->parcels[ask->wants[i]].lease.name;
    }
    what->get_blocks.names = names;
    what->get_blocks.count = ask->wants_count;
}

static bool push_parcels(struct node *node, uint32_t slot)
{
    struct peer *peer = &node->peers[slot];
    uint16_t picked[BLOCKS_PER_REQUEST_MAX];
    size_t count = pick(peer, picked);
    struct block_id *names = emit_alloc(node, (count + 1) * sizeof(*names));
    struct message *what;
    struct effect *effect;
    struct ask *ask;
    bool page;

    if (count == 0 || names == NULL) {
        return false;
    }
    page = peer->parcels[picked[0]].lease.kind == LEASE_NAMES;
    ask = push_begin(node, slot, ASK_PUT_BLOCKS,
                     page ? MESSAGE_GET_NAMES : MESSAGE_GET_BLOCKS, &what,
                     &effect);
    if (ask == NULL) {
        return false;
    }
    ask->wants_count = count;
    memcpy(ask->wants, picked, count * sizeof(picked[0]));
    for (size_t i = 0; i < count; i++) {
        peer->parcels[picked[i]].state = PARCEL_OUT;
    }
    write_names(peer, ask, what, names);
    return true;
}

static void end_old(struct node *node, struct peer *peer)
{
    for (size_t i = 0; i < PARCELS_MAX; i++) {
        struct parcel *parcel = &peer->parcels[i];

        if (parcel->state == PARCEL_WAITS && node->now_ms >= parcel->until_ms) {
            parcel->state = PARCEL_FREE;
        }
    }
}

void push_blocks_answered(struct node *node, const struct ask *ask,
                          const struct msg_put_reply *reply)
{
    struct peer *peer = &node->peers[ask->peer];
    size_t sent = reply == NULL ? 0 : reply->count;

    if (!peer->used) {
        return;
    }
    if (reply == NULL) {
        peer->parcels_backoff_ms = backoff_next(peer->parcels_backoff_ms,
                                                BACKOFF_MIN_MS, BACKOFF_MAX_MS);
        peer->parcels_at_ms = backoff_at(node, peer->parcels_backoff_ms);
    } else {
        peer->parcels_backoff_ms = 0;
    }
    for (size_t i = 0; i < ask->wants_count; i++) {
        struct parcel *parcel = &peer->parcels[ask->wants[i]];

        /* A peer that was dropped and came back has none of these. */
        if (parcel->state == PARCEL_OUT) {
            bool done = i < sent && !parcel->again;

            parcel->state = done ? PARCEL_FREE : PARCEL_WAITS;
            parcel->again = false;
        }
    }
}

/* ---- the pump ---- */

void push_pump(struct node *node)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX && !node->stopping; i++) {
        struct peer *peer = &node->peers[i];

        if (!peer->used || !peer->connected) {
            continue;
        }
        end_old(node, peer);
        if (node->now_ms < peer->parcels_at_ms) {
            node_due(node, peer->parcels_at_ms);
        } else {
            while (push_parcels(node, i)) {
            }
        }
        if (!peer->summary_heard || push_needless(node, i)) {
            continue;
        }
        for (size_t j = 0; j < node->ledgers_end; j++) {
            if (node->ledgers[j] != NULL && node->ledgers[j]->stored) {
                push_ledger(node, node->ledgers[j], i);
            }
        }
    }
}
