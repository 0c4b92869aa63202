/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/reader.h"
#include "core/checked.h"
#include "core/cosigning.h"
#include "core/days.h"
#include "core/forks.h"
#include "core/hands.h"
#include "core/leaf.h"
#include "core/ledgers.h"
#include "core/node.h"
#include "core/own_rule.h"
#include "core/proofs.h"
#include "core/quota.h"
#include "core/repair.h"
#include "core/seen.h"
#include "core/state.h"
#include "core/statements.h"
#include "core/tree.h"
#include "core/twins.h"
#include "core/witness.h"

/* The newest checkpoint held: good, and true for what the store has. */
static enum err check_checkpoint(struct node *node, struct ledger *ledger,
                                 const struct merkle_nodes *nodes,
                                 struct span note, struct why *why)
{
    struct checkpoint checkpoint;
    struct digest root;
    enum err err;

    if (!checked_checkpoint(node, &ledger->origin, note, &checkpoint, NULL)) {
        return why_set(why, ERR_CORRUPT,
                       "the stored checkpoint of %s does not verify",
                       ledger->origin.text);
    }
    if (checkpoint.size > ledger->frontier.size) {
        return why_set(
            why, ERR_CORRUPT,
            "%s: the checkpoint covers %" PRIu64 " leaves, stored are %" PRIu64,
            ledger->origin.text, checkpoint.size, ledger->frontier.size);
    }
    err = merkle_root_at(nodes, checkpoint.size, &root);
    if (err != ERR_OK || !digest_equal(&root, &checkpoint.root)) {
        return why_set(why, err != ERR_OK ? err : ERR_CORRUPT,
                       "%s: the stored leaves do not give the checkpoint's "
                       "root",
                       ledger->origin.text);
    }
    ledger->durable.checkpoint_size = checkpoint.size;
    ledger->durable.checkpoint_root = checkpoint.root;
    ledger->seen_size = checkpoint.size;
    ledger->seen_root = checkpoint.root;
    return ERR_OK;
}

static enum err load_checkpoint(struct node *node, struct ledger *ledger,
                                const struct source *source,
                                const struct merkle_nodes *nodes,
                                struct why *why)
{
    struct buf note;
    enum err err;

    buf_init(&note, NOTE_SIZE_MAX);
    err = source->note(source->ctx, NOTE_CHECKPOINT,
                       origin_span(&ledger->origin), 0, &note);
    if (err == ERR_OK) {
        err = check_checkpoint(node, ledger, nodes, buf_span(&note), why);
        if (err == ERR_OK) {
            err = witness_load(node, ledger, source, buf_span(&note));
        }
        if (err == ERR_OK) {
            err = cosigning_load(ledger, source);
        }
    } else if (err == ERR_NOT_FOUND) {
        err = ERR_OK;
    }
    buf_done(&note);
    return err == ERR_OK ? forks_load(node, ledger, source) : err;
}

static uint64_t count_bits(const uint8_t *bytes, size_t size)
{
    uint64_t count = 0;

    for (size_t i = 0; i < size; i++) {
        for (unsigned byte = bytes[i]; byte != 0; byte &= byte - 1) {
            count++;
        }
    }
    return count;
}

static enum err load_held(struct ledger *ledger, const struct source *source)
{
    uint64_t size = ledger->frontier.size;
    struct buf bits;
    enum err err = ERR_OK;

    if (!ledger_held_room(ledger, size)) {
        return ERR_NO_MEMORY;
    }
    buf_init(&bits, HELD_CHUNK_BITS / 8);
    for (uint64_t chunk = 0; chunk * HELD_CHUNK_BITS < size; chunk++) {
        uint64_t offset = chunk * (HELD_CHUNK_BITS / 8);

        buf_clear(&bits);
        err = source->held(source->ctx, ledger->number, chunk, &bits);
        if (err == ERR_NOT_FOUND) {
            err = ERR_OK;
            continue;
        }
        if (err != ERR_OK) {
            break;
        }
        memcpy(ledger->held + offset, bits.data,
               bits.size < ledger->held_room - offset
                   ? bits.size
                   : ledger->held_room - offset);
    }
    buf_done(&bits);
    /* Bits beyond the last leaf mean nothing. */
    for (uint64_t i = size; i < ledger->held_room * 8; i++) {
        ledger->held[i / 8] &= (uint8_t) ~(1u << (i % 8));
    }
    ledger->held_count = count_bits(ledger->held, ledger->held_room);
    return err;
}

/* What its first leaf says. */
static enum err load_open(struct node *node, struct ledger *ledger,
                          const struct source *source)
{
    struct buf leaf;
    enum err err;

    buf_init(&leaf, LEAF_SIZE_MAX);
    err = source->leaf(source->ctx, ledger->number, 0, &leaf);
    if (err == ERR_OK) {
        own_keep_open(node, ledger, buf_span(&leaf));
    }
    buf_done(&leaf);
    return err;
}

/* Of an own ledger: does the mark fit? */
static enum err load_mark(struct node *node, struct ledger *ledger,
                          const struct merkle_nodes *nodes)
{
    struct own *own = &node->own;
    struct digest root;
    enum err err;

    if (!own->has_mark || !origin_equal(&ledger->origin, &own->mark_origin) ||
        own->mark_size > ledger->frontier.size || own->mark_size == 0) {
        return ERR_OK;
    }
    err = merkle_root_at(nodes, own->mark_size, &root);
    if (err == ERR_OK && !digest_equal(&root, &own->mark_root)) {
        own->rolled_back = true;
    }
    return err;
}

/* Is this deposit also in a ledger that comes later here? */
static bool registered_later(const struct source *source,
                             const struct ledger *ledger,
                             const struct deposit *deposit)
{
    struct source_item item;

    return source->item(source->ctx, &deposit->payload_root, ledger->number + 1,
                        0, &item) == ERR_OK &&
           payload_root_equal(&item.root, &deposit->payload_root);
}

/* Leaves of ours that are durable and were never signed are deposits in hand:
 * signed next when this ledger goes on, carried when it was left. */
static enum err load_unsigned(struct node *node, struct ledger *ledger,
                              const struct source *source)
{
    struct buf leaf;
    enum err err = ERR_OK;
    uint64_t index = ledger->durable.checkpoint_size;

    buf_init(&leaf, LEAF_SIZE_MAX);
    for (; err == ERR_OK && index < ledger->durable.size; index++) {
        struct deposit deposit;

        buf_clear(&leaf);
        err = source->leaf(source->ctx, ledger->number, index, &leaf);
        if (err == ERR_OK &&
            leaf_deposit(buf_span(&leaf), &node->record, &node->inner,
                         &deposit) &&
            !registered_later(source, ledger, &deposit) &&
            !hand_add_leaf(node, &deposit, ledger->number, index,
                           buf_span(&leaf))) {
            err = ERR_NO_MEMORY;
        }
    }
    buf_done(&leaf);
    return err;
}

static enum err load(struct node *node, struct ledger *ledger,
                     const struct source *source, uint64_t size,
                     struct why *why)
{
    struct tree_reader reader = { source, ledger->number };
    struct merkle_nodes nodes = tree_nodes(&reader);
    enum err err = frontier_at(&nodes, size, &ledger->frontier);

    if (err != ERR_OK) {
        return why_set(why, err, "the tree of %s cannot be read: %s",
                       ledger->origin.text, err_text(err));
    }
    ledger->durable.size = size;
    frontier_root(&ledger->frontier, &ledger->durable.root);
    err = load_checkpoint(node, ledger, source, &nodes, why);
    if (err != ERR_OK) {
        return err;
    }
    seen_load(node, ledger, source);
    err = load_held(ledger, source);
    if (err == ERR_OK) {
        err = load_open(node, ledger, source);
    }
    if (err == ERR_OK) {
        err = twins_load(node, ledger, source);
    }
    if (err == ERR_OK && ledger->own) {
        err = load_mark(node, ledger, &nodes);
    }
    if (err == ERR_OK && ledger->own) {
        err = load_unsigned(node, ledger, source);
    }
    if (err != ERR_OK) {
        return why_set(why, err, "ledger %s cannot be read: %s",
                       ledger->origin.text, err_text(err));
    }
    ledger->lines = ledger->durable.lines;
    ledger->now = ledger->durable;
    return ERR_OK;
}

enum err node_load_ledger(struct node *node, uint32_t number,
                          struct span origin, uint64_t size,
                          const struct source *source, struct why *ret_why)
{
    struct origin parsed;
    struct ledger *ledger;

    if (origin_parse(origin, &parsed) != ERR_OK || size == 0 ||
        !origin_in(&parsed, &node->chain->cid)) {
        return why_set(ret_why, ERR_CORRUPT,
                       "stored ledger %" PRIu32 " has no possible name or size",
                       number);
    }
    ledger = ledger_add(node, &parsed);
    if (ledger == NULL) {
        return why_set(ret_why, ERR_FULL, "too many stored ledgers");
    }
    ledger->stored = true;
    ledger->number = number;
    if (number >= node->numbers) {
        node->numbers = number + 1;
    }
    return load(node, ledger, source, size, ret_why);
}

enum err node_load_pending(struct node *node, struct span value,
                           struct why *ret_why)
{
    struct deposit deposit;
    struct reader reader;
    struct hand *hand;
    uint32_t slot;

    reader_init(&reader, value);
    reader_copy(&reader, deposit.payload_root.bytes, 32);
    deposit.payload_size = reader_u64(&reader);
    deposit.header_size = reader_u64(&reader);
    reader_copy(&reader, deposit.commitment.bytes, 32);
    reader_copy(&reader, deposit.header_id.bytes, 32);
    if (!reader_finish(&reader)) {
        return why_set(ret_why, ERR_CORRUPT,
                       "a stored pending deposit of %zu bytes", value.size);
    }
    slot = hand_find(node, &deposit.payload_root);
    if (slot != SLOT_NONE) {
        /* Also a leaf that was never signed: one of them is enough. */
        node->intake.hands[slot].kept = true;
        return ERR_OK;
    }
    slot = hand_add(node, &deposit);
    if (slot == SLOT_NONE) {
        return why_set(ret_why, ERR_NO_MEMORY, "too many pending deposits");
    }
    hand = &node->intake.hands[slot];
    hand->state = HAND_PENDING;
    hand->kept = true;
    node->intake.new_count--;
    return ERR_OK;
}

void node_load_notes(struct node *node, const struct source *source)
{
    statements_load(node, source);
    quota_load(node, source);
    days_load(node, source);
    proofs_load(node, source);
    repair_load(node, source);
}
