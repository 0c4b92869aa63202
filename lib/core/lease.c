/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lease.h"

#include <string.h>

#include "base/check.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/lessee.h"
#include "core/peer.h"
#include "core/wants.h"

#define WINDOW_MIN BLOCK_SIZE_MAX
#define WINDOW_FIRST (4 * BLOCK_SIZE_MAX)
#define WINDOW_MAX (64 * BLOCK_SIZE_MAX)
#define DISHONOURED_MS 30000
/* Bringing takes its time: a lease whose blocks are being verified lasts. */
#define VERIFY_MS 60000

static bool anybody_dialled(const struct node *node,
                            const struct want_slot *want)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (wants_may_ask(node, i, want)) {
            return true;
        }
    }
    return false;
}

/* ---- giving ---- */

static uint64_t leased_size(const struct want_slot *want)
{
    return want->want.kind == WANT_NAMES ? 0 : want->want.size;
}

static size_t leased_count(const struct node *node, uint32_t slot)
{
    size_t count = 0;

    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        const struct want_slot *want = &node->fetch.wants[i];

        count += want->state == WANT_LEASED && want->lessee == slot;
    }
    return count;
}

static uint64_t window_of(const struct peer *peer)
{
    return peer->lease_window == 0 ? WINDOW_FIRST : peer->lease_window;
}

/* Whose ledger names the item has it for certain: he is asked first. */
static bool owner_first(const struct node *node, uint32_t slot,
                        const struct want_slot *want)
{
    const struct item_slot *item = &node->fetch.items[want->item];
    uint32_t owner = peer_find(node, &node->ledgers[item->ledger]->owner);

    return owner != SLOT_NONE && owner != slot && lessee_may(node, owner, want);
}

/* The next one for this peer, from want `from` on; WANT_COUNT_MAX: none. */
static size_t next_want(const struct node *node, uint32_t slot, size_t from)
{
    while (from < WANT_COUNT_MAX) {
        const struct want_slot *want = &node->fetch.wants[from];

        if (lessee_may(node, slot, want) && !anybody_dialled(node, want) &&
            !owner_first(node, slot, want)) {
            break;
        }
        from++;
    }
    return from;
}

bool leases_waiting(const struct node *node, uint32_t slot)
{
    const struct peer *peer = &node->peers[slot];

    return node->fetch.wants_free < WANT_COUNT_MAX && wants_active(node) &&
           node->now_ms >= peer->lease_at_ms &&
           peer->leased_bytes <= window_of(peer) / 2 &&
           lessee_can(node, slot) &&
           next_want(node, slot, 0) < WANT_COUNT_MAX &&
           leased_count(node, slot) <= SYNC_LEASES_MAX / 2;
}

static void give(struct node *node, uint32_t slot, struct want_slot *want,
                 struct lease *ret_lease)
{
    static const enum lease_kind kinds[] = {
        [WANT_HEADER] = LEASE_HEADER,
        [WANT_NAMES] = LEASE_NAMES,
        [WANT_BLOCK] = LEASE_BLOCK,
    };
    bool names = want->want.kind == WANT_NAMES;

    CHECK(want->want.kind != WANT_ROOT);
    ret_lease->kind = kinds[want->want.kind];
    ret_lease->name = want->want.name;
    ret_lease->page = names ? want->want.page : 0;
    ret_lease->size = leased_size(want);
    want->was_leased = true;
    want->lessee = slot;
    want->until_ms = node->now_ms + LEASE_MS;
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_TWO_LEASES) != 0) {
        return; /* forgets that somebody has it in hand */
    }
#endif
    want->state = WANT_LEASED;
    node->peers[slot].leased_bytes += ret_lease->size;
    node->fetch.leased++;
}

size_t leases_give(struct node *node, uint32_t slot,
                   struct lease leases[static SYNC_LEASES_MAX])
{
    struct peer *peer = &node->peers[slot];
    size_t held = leased_count(node, slot);
    size_t at = 0;
    size_t count = 0;

    if (!wants_active(node) || node->now_ms < peer->lease_at_ms) {
        return 0;
    }
    while (held + count < SYNC_LEASES_MAX) {
        at = next_want(node, slot, at);
        if (at == WANT_COUNT_MAX ||
            (peer->leased_bytes > 0 &&
             peer->leased_bytes + leased_size(&node->fetch.wants[at]) >
                 window_of(peer))) {
            break;
        }
        give(node, slot, &node->fetch.wants[at], &leases[count]);
        count++;
    }
    if (count > 0) {
        node_due(node, node->now_ms + LEASE_MS);
    }
    return count;
}

/* ---- what is brought ---- */

/* The lease ends, whatever comes of it. */
static void end_lease(struct node *node, struct want_slot *want)
{
    struct peer *peer = &node->peers[want->lessee];

    CHECK(want->state == WANT_LEASED);
    CHECK(peer->leased_bytes >= leased_size(want));
    peer->leased_bytes -= leased_size(want);
    node->fetch.leased--;
    want->state = WANT_OPEN;
}

static void honoured(struct peer *peer, uint64_t bytes)
{
    uint64_t window = window_of(peer) + bytes;

    peer->lease_window = window < WINDOW_MAX ? window : WINDOW_MAX;
}

static uint32_t caller_slot(const struct node *node,
                            const struct caller *caller)
{
    return caller->kind == CALLER_NODE ? peer_find(node, &caller->node)
                                       : SLOT_NONE;
}

/* What was leased to this one, also when the time was over meanwhile and nobody
 * else has it in hand. `names`: a page of that payload. */
static struct want_slot *find_lease(struct node *node, uint32_t slot,
                                    const struct block_id *name, bool names,
                                    uint64_t page)
{
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        struct want_slot *want = &node->fetch.wants[i];

        if ((want->state == WANT_LEASED || want->state == WANT_OPEN) &&
            want->was_leased && want->lessee == slot &&
            (want->want.kind == WANT_NAMES) == names &&
            (!names || want->want.page == page) &&
            block_id_equal(&want->want.name, name)) {
            return want;
        }
    }
    return NULL;
}

enum expected lease_expects(struct node *node, const struct caller *caller,
                            const struct block_id *name)
{
    uint32_t slot = caller_slot(node, caller);
    struct want_slot *want;

    if (slot == SLOT_NONE) {
        return EXPECTED_NOTHING;
    }
    want = find_lease(node, slot, name, false, 0);
    if (want == NULL) {
        return EXPECTED_NOTHING;
    }
    if (want->state == WANT_OPEN) {
        want->state = WANT_LEASED;
        node->peers[slot].leased_bytes += leased_size(want);
        node->fetch.leased++;
    }
    want->until_ms = node->now_ms + VERIFY_MS;
    return want->want.kind == WANT_HEADER ? EXPECTED_HEADER : EXPECTED_BLOCK;
}

/* It says that it does not hold this: a block, or any page of this payload. */
static void take_lack(struct node *node, uint32_t slot,
                      const struct block_id *name)
{
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        struct want_slot *want = &node->fetch.wants[i];

        if (want->state == WANT_LEASED && want->lessee == slot &&
            block_id_equal(&want->want.name, name)) {
            end_lease(node, want);
            wants_not_there(want, slot);
        }
    }
}

static enum put_result take_block(struct node *node, uint32_t slot,
                                  const struct block_id *name,
                                  struct span bytes, enum block_fate fate)
{
    struct want_slot *want;

    if (bytes.size == 0) {
        take_lack(node, slot, name);
        return PUT_TAKEN;
    }
    want = find_lease(node, slot, name, false, 0);
    if (want == NULL || fate == BLOCK_UNASKED) {
        return PUT_NOT_LEASED;
    }
    if (want->state == WANT_LEASED) {
        end_lease(node, want);
    }
    if (fate == BLOCK_APPENDED) {
        honoured(&node->peers[slot], bytes.size);
    }
    wants_take_block(node, slot, want, fate, bytes);
    return want->state == WANT_ARRIVED ? PUT_TAKEN
           : fate == BLOCK_NO_SPACE    ? PUT_NO_ROOM
                                       : PUT_REFUSED;
}

/* The roots of all pages of this payload, when they came too. */
static const struct deposit_page *find_roots(const struct msg_put_blocks *put,
                                             const struct payload_root *root)
{
    for (size_t i = 0; i < put->pages_count; i++) {
        if (put->pages[i].page == NAMES_PAGE_ROOTS &&
            payload_root_equal(&put->pages[i].root, root)) {
            return &put->pages[i];
        }
    }
    return NULL;
}

static enum put_result take_page(struct node *node, uint32_t slot,
                                 const struct msg_put_blocks *put,
                                 const struct deposit_page *page)
{
    const struct deposit_page *roots = find_roots(put, &page->root);
    struct msg_get_names_reply names = { .root = page->root,
                                         .page = page->page,
                                         .found = true,
                                         .names = page->names,
                                         .names_count = page->names_count };
    struct want_slot *want;
    struct block_id name;

    if (page->page == NAMES_PAGE_ROOTS) {
        return PUT_TAKEN; /* with the page that it belongs to */
    }
    memcpy(name.bytes, page->root.bytes, sizeof(name.bytes));
    want = find_lease(node, slot, &name, true, page->page);
    if (want == NULL) {
        return PUT_NOT_LEASED;
    }
    if (roots != NULL) {
        names.page_roots = (const struct digest *)roots->names;
        names.page_roots_count = roots->names_count;
    }
    if (want->state == WANT_LEASED) {
        end_lease(node, want);
    }
    wants_take_names(node, slot, want, &names);
    return want->state == WANT_ARRIVED ? PUT_TAKEN : PUT_REFUSED;
}

void leases_brought(struct node *node, const struct event *event)
{
    const struct msg_put_blocks *put = &event->asked.message->put_blocks;
    uint32_t slot = caller_slot(node, &event->asked.caller);
    struct message *reply = emit_message(node, MESSAGE_PUT_BLOCKS, true);
    size_t count = put->count + put->pages_count;
    uint8_t *results = emit_alloc(node, count);

    commit_appended(node, event->asked.appended_bytes);
    if (reply == NULL || results == NULL || slot == SLOT_NONE) {
        return;
    }
    for (size_t i = 0; i < put->count; i++) {
        results[i] = (uint8_t)take_block(node, slot, &put->names[i],
                                         put->blocks[i], event->asked.fates[i]);
    }
    for (size_t i = 0; i < put->pages_count; i++) {
        results[put->count + i] =
            (uint8_t)take_page(node, slot, put, &put->pages[i]);
    }
    reply->put_reply.results = results;
    reply->put_reply.count = count;
    emit_answer(node, event->asked.request, reply);
}

/* ---- what was not brought ---- */

static void dishonoured(struct node *node, struct want_slot *want)
{
    struct peer *peer = &node->peers[want->lessee];
    uint64_t window = peer->lease_window / 2;

    end_lease(node, want);
    peer->lease_window = window > WINDOW_MIN ? window : WINDOW_MIN;
    if (window < WINDOW_MIN) {
        /* Nothing yet, or not even one block in time: others first. */
        peer->lease_at_ms = node->now_ms + DISHONOURED_MS;
        wants_not_there(want, want->lessee);
    }
}

void leases_pump(struct node *node)
{
    for (size_t i = 0; node->fetch.leased > 0 && i < WANT_COUNT_MAX; i++) {
        struct want_slot *want = &node->fetch.wants[i];

        if (want->state != WANT_LEASED) {
            continue;
        }
        if (node->now_ms >= want->until_ms) {
            dishonoured(node, want);
        } else {
            node_due(node, want->until_ms);
        }
    }
}
