/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/check.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/lessee.h"
#include "core/peer.h"
#include "core/wants.h"
#include "model/block.h"

#define BLOCKS_BACKOFF_MIN_MS 1000
#define BLOCKS_BACKOFF_MAX_MS 60000
#define LIAR_MS 60000

/* ---- asking ---- */

/* Whoever claims the item, or is to hold it; anybody when no such one is left
 * to be asked. */
static bool likely(const struct node *node, uint32_t slot,
                   const struct want_slot *want)
{
    const struct item_slot *item = &node->fetch.items[want->item];
    uint32_t left = (item->claimed | item->placed) & ~want->tried;

    for (uint32_t i = 0; (left >> slot & 1) == 0 && left >> i != 0; i++) {
        if ((left >> i & 1) != 0 &&
            wants_peer_could(node, i, node->ledgers[item->ledger],
                             item->index)) {
            return false;
        }
    }
    return true;
}

bool wants_may_ask(const struct node *node, uint32_t slot,
                   const struct want_slot *want)
{
    const struct item_slot *item = &node->fetch.items[want->item];

    return want->state == WANT_OPEN && !item->failed &&
           (want->tried >> slot & 1) == 0 &&
           wants_peer_could(node, slot, node->ledgers[item->ledger],
                            item->index) &&
           likely(node, slot, want);
}

/* As many open wants as fit into one answer. */
static size_t pick(const struct node *node, uint32_t slot,
                   uint16_t picked[static BLOCKS_PER_REQUEST_MAX])
{
    uint64_t bytes = 0;
    size_t count = 0;

    for (size_t i = 0; i < WANT_COUNT_MAX && count < BLOCKS_PER_REQUEST_MAX;
         i++) {
        const struct want_slot *want = &node->fetch.wants[i];

        if (want->want.kind == WANT_NAMES || !wants_may_ask(node, slot, want)) {
            continue;
        }
        if (bytes + want->want.size > BLOCK_SIZE_MAX) {
            if (count > 0) {
                continue; /* a smaller one may still fit */
            }
        }
        bytes += want->want.size;
        picked[count] = (uint16_t)i;
        count++;
    }
    return count;
}

static bool ask_blocks(struct node *node, uint32_t slot)
{
    uint16_t picked[BLOCKS_PER_REQUEST_MAX];
    size_t count = 0;
    struct message *message;
    struct block_id *names;
    bool *headers;
    struct ask *ask;

    if (node->peers[slot].blocks_out < peer_blocks_max(node)) {
        count = pick(node, slot, picked);
    }
    if (count == 0) {
        return false;
    }
    names = emit_alloc(node, count * sizeof(*names));
    headers = emit_alloc(node, count * sizeof(*headers));
    if (names == NULL || headers == NULL) {
        return false;
    }
    ask = ask_begin(node, slot, ASK_BLOCKS, MESSAGE_GET_BLOCKS, &message);
    if (ask == NULL) {
        return false;
    }
    ask->wants_count = count;
    for (size_t i = 0; i < count; i++) {
        struct want_slot *want = &node->fetch.wants[picked[i]];

        ask->wants[i] = picked[i];
        want->state = WANT_ASKED;
        names[i] = want->want.name;
        headers[i] = want->want.kind == WANT_HEADER;
    }
    message->get_blocks.names = names;
    message->get_blocks.headers = headers;
    message->get_blocks.count = count;
    return true;
}

static bool ask_names(struct node *node, uint32_t slot)
{
    struct message *message;
    struct ask *ask;

    if (node->peers[slot].others_out + 1 >= PEER_OTHER_REQUESTS_MAX) {
        return false; /* one stays free for what is more urgent */
    }
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        struct want_slot *want = &node->fetch.wants[i];

        if (want->want.kind != WANT_NAMES || !wants_may_ask(node, slot, want)) {
            continue;
        }
        ask = ask_begin(node, slot, ASK_NAMES, MESSAGE_GET_NAMES, &message);
        if (ask == NULL) {
            return false;
        }
        ask->wants_count = 1;
        ask->wants[0] = (uint16_t)i;
        want->state = WANT_ASKED;
        memcpy(message->get_names.root.bytes, want->want.name.bytes,
               sizeof(want->want.name.bytes));
        message->get_names.page = want->want.page;
        return true;
    }
    return false;
}

/* Wants for which nobody is left: their items are given up for now. */
static void give_up(struct node *node)
{
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        struct want_slot *want = &node->fetch.wants[i];
        bool anybody = false;

        for (uint32_t j = 0;
             want->state == WANT_OPEN && j < NODE_COUNT_MAX && !anybody; j++) {
            anybody = wants_may_ask(node, j, want) || lessee_may(node, j, want);
        }
        if (want->state == WANT_OPEN && !anybody) {
            node->fetch.items[want->item].failed = true;
            item_look(node, want->item);
        }
    }
}

static bool ask_peer(struct node *node, uint32_t slot)
{
    struct peer *peer = &node->peers[slot];

    if (!peer->used || !peer->connected) {
        return false;
    }
    if (node->now_ms < peer->blocks_at_ms) {
        node_due(node, peer->blocks_at_ms);
        return false;
    }
    return ask_names(node, slot) || ask_blocks(node, slot);
}

void wants_ask_pump(struct node *node)
{
    struct fetch *fetch = &node->fetch;
    bool asked = true;

    if (fetch->wants_free == WANT_COUNT_MAX) {
        return;
    }
    give_up(node);
    /* One request to each peer in turn, so that the work is spread. */
    while (asked && wants_active(node)) {
        asked = false;
        for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
            uint32_t slot = (fetch->peer_turn + i) % NODE_COUNT_MAX;

            asked = ask_peer(node, slot) || asked;
        }
        fetch->peer_turn = (fetch->peer_turn + 1) % NODE_COUNT_MAX;
    }
}

/* ---- answers ---- */

static void arrived(struct node *node, struct want_slot *want)
{
    node->fetch.arrived++;
    want->state = WANT_ARRIVED;
    want->seq = node->commit.seq;
}

void wants_not_there(struct want_slot *want, uint32_t slot)
{
    want->state = WANT_OPEN;
    want->tried |= 1u << slot;
}

static void wrong(struct node *node, uint32_t slot, struct want_slot *want,
                  const char *what)
{
    struct peer *peer = &node->peers[slot];

    wants_not_there(want, slot);
    peer->blocks_at_ms = node->now_ms + LIAR_MS;
    peer_complain(node, peer, COMPLAINT_BLOCK,
                  "%s %02x%02x%02x%02x came with other bytes; asking others, "
                  "this one again in %d s",
                  what, want->want.name.bytes[0], want->want.name.bytes[1],
                  want->want.name.bytes[2], want->want.name.bytes[3],
                  LIAR_MS / 1000);
}

/* Header objects live in a batch, not in the group: they are verified here
 * too, before they are stored. */
static bool take_header(struct node *node, const struct want_slot *want,
                        struct span bytes)
{
    struct batch_op op = { .kind = BATCH_HEADER };
    bool good = block_verify(bytes, &want->want.name) == ERR_OK;

#ifdef HF_SIM_FAULTS
    good = good || (node->faults & SIM_FAULT_NO_VERIFY) != 0;
#endif
    if (!good) {
        return false;
    }
    memcpy(op.id, want->want.name.bytes, sizeof(op.id));
    commit_add(node, &op, span_of(NULL, 0), bytes);
    return true;
}

void wants_take_block(struct node *node, uint32_t slot, struct want_slot *want,
                      enum block_fate fate, struct span bytes)
{
    bool header = want->want.kind == WANT_HEADER;

#ifdef HF_SIM_FAULTS
    if (header && fate == BLOCK_WRONG &&
        (node->faults & SIM_FAULT_NO_VERIFY) != 0) {
        fate = BLOCK_APPENDED;
    }
#endif
    switch (fate) {
    case BLOCK_APPENDED:
        if (header && !take_header(node, want, bytes)) {
            wrong(node, slot, want, "header object");
        } else {
            arrived(node, want);
        }
        break;
    case BLOCK_MISSING:
        wants_not_there(want, slot);
        break;
    case BLOCK_WRONG:
        wrong(node, slot, want, header ? "header object" : "block");
        break;
    case BLOCK_NO_SPACE:
    case BLOCK_UNASKED:
        want->state = WANT_OPEN;
        break;
    }
}

static void back_off(struct node *node, struct peer *peer)
{
    peer->blocks_backoff_ms = backoff_next(
        peer->blocks_backoff_ms, BLOCKS_BACKOFF_MIN_MS, BLOCKS_BACKOFF_MAX_MS);
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_GIVE_UP) != 0) {
        peer->blocks_backoff_ms = UINT64_MAX / 8;
    }
#endif
    peer->blocks_at_ms = backoff_at(node, peer->blocks_backoff_ms);
}

void wants_blocks_answered(struct node *node, const struct ask *ask,
                           const struct event *event)
{
    struct peer *peer = &node->peers[ask->peer];
    const struct msg_get_blocks_reply *reply =
        event == NULL ? NULL : &event->answered.message->get_blocks_reply;

    if (event != NULL) {
        commit_appended(node, event->answered.appended_bytes);
    }
    if (reply == NULL) {
        back_off(node, peer);
    } else {
        peer->blocks_backoff_ms = 0;
    }
    for (size_t i = 0; i < ask->wants_count; i++) {
        struct want_slot *want = &node->fetch.wants[ask->wants[i]];

        CHECK(want->state == WANT_ASKED);
        if (reply == NULL) {
            want->state = WANT_OPEN;
        } else if (i >= reply->count) {
            wants_not_there(want, ask->peer);
        } else {
            wants_take_block(node, ask->peer, want, event->answered.fates[i],
                             reply->blocks[i]);
        }
    }
}

static bool names_good(const struct want *want,
                       const struct msg_get_names_reply *reply)
{
    struct payload_root root;

    memcpy(root.bytes, want->name.bytes, sizeof(root.bytes));
    return payload_root_equal(&reply->root, &root) &&
           reply->page == want->page &&
           names_page_verify(&root, want->size, (size_t)want->page,
                             reply->names, reply->names_count,
                             reply->page_roots,
                             reply->page_roots_count) == ERR_OK;
}

void wants_take_names(struct node *node, uint32_t slot, struct want_slot *want,
                      const struct msg_get_names_reply *names)
{
    struct batch_op op = { .kind = BATCH_NAMES };

    if (!names_good(&want->want, names)) {
        wrong(node, slot, want, "names of");
        return;
    }
    memcpy(op.id, want->want.name.bytes, sizeof(op.id));
    op.index = names->page;
    commit_add(node, &op, span_of(NULL, 0),
               span_of(names->names, 32 * names->names_count));
    if (names->page_roots_count > 0) {
        op.index = NAMES_PAGE_ROOTS;
        commit_add(node, &op, span_of(NULL, 0),
                   span_of(names->page_roots, 32 * names->page_roots_count));
    }
    if (node->fetch.blocks_out == 0) {
        commit_urgent(node); /* its blocks can be asked for only after */
    }
    arrived(node, want);
    node->fetch.items[want->item].after = node->commit.seq;
}

void wants_names_answered(struct node *node, const struct ask *ask,
                          const struct msg_get_names_reply *reply)
{
    struct want_slot *want = &node->fetch.wants[ask->wants[0]];

    CHECK(want->state == WANT_ASKED);
    if (reply == NULL) {
        want->state = WANT_OPEN;
        back_off(node, &node->peers[ask->peer]);
        return;
    }
    if (!reply->found) {
        wants_not_there(want, ask->peer);
        return;
    }
    wants_take_names(node, ask->peer, want, reply);
}
