/* SPDX-License-Identifier: Apache-2.0 */
/* The table of ledgers that this node holds, its own ones included: growing
 * them, the held bits, and the heads that Sync tells of them. A ledger that
 * never got a leaf is dropped when nobody offers it any more; all others stay.
 * Loop thread. */
#ifndef HF_CORE_LEDGERS_H
#define HF_CORE_LEDGERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"
#include "core/effect.h"
#include "core/state.h"
#include "model/id.h"
#include "wire/message.h"

struct ledger *ledger_find(const struct node *node,
                           const struct origin *origin);
struct ledger *ledger_by_number(const struct node *node, uint32_t number);
/* A new entry without a leaf, or NULL: the node has LEDGERS_PER_OWNER_MAX here,
 * or LEDGERS_PER_NODE_MAX of which no leaf came, or there is no memory. */
struct ledger *ledger_add(struct node *node, const struct origin *origin);
/* May this node open one more under this roster, beside its others? */
bool ledger_room(const struct node *node, const struct ledger *ledger,
                 const struct digest *roster);
void ledger_drop(struct node *node, struct ledger *ledger);
void ledgers_done(struct node *node);

/* Append a leaf whose hash is `hash` to ledger and batch: leaf, tree nodes, and
 * the item when it is a deposit (NULL: none). The first one also gives the
 * ledger its number. ledger_grown() must follow. */
void ledger_append(struct node *node, struct ledger *ledger, struct span leaf,
                   const struct digest *hash, const struct deposit *deposit);
/* After one or more ledger_append(): take down what it will be when this batch
 * is durable, and make room for held bits. */
void ledger_grown(struct node *node, struct ledger *ledger);
/* A verified checkpoint note of this size and root, which the ledger has or
 * had, without witnesses' lines, goes into the batch. For core/witness.h. */
void ledger_checkpoint(struct node *node, struct ledger *ledger,
                       const struct ledger_mark *at, struct span note);
/* The same checkpoint with other lines. */
void ledger_lines(struct node *node, struct ledger *ledger, uint32_t lines,
                  struct span note);
/* A fork proof goes into the batch. */
void ledger_forked(struct node *node, struct ledger *ledger, struct span proof);
/* Batch `seq` is durable: move the marks on. */
void ledgers_persisted(struct node *node, uint64_t seq);

bool ledger_held(const struct ledger *ledger, uint64_t index);
/* Set the bit; it goes into the batch that is being collected, which also holds
 * whatever of the item is not durable yet. */
void ledger_set_held(struct node *node, struct ledger *ledger, uint64_t index);
/* What it needs is not there after all: take the bit away. The batch that is
 * being collected has it in any case. */
void ledger_clear_held(struct node *node, struct ledger *ledger,
                       uint64_t index);
MUST_USE bool ledger_held_room(struct ledger *ledger, uint64_t size);

/* Items as told to people and peers: leaf 0 is none, and what is not durable
 * yet does not count. */
uint64_t ledger_items(const struct ledger *ledger);
uint64_t ledger_items_held(const struct ledger *ledger);
/* The same of all ledgers. */
uint64_t ledgers_items(const struct node *node);
/* Words of 64 leaves, and of one of them the bits that are items. */
uint64_t ledger_words(const struct ledger *ledger);
uint64_t ledger_items_word(const struct ledger *ledger, uint64_t word);

/* Something in the summary changed; `big`: more than a held count. */
void news_changed(struct node *node, bool big);
/* The heads of all durable checkpoints, sorted by origin, at most
 * SYNC_HEADS_MAX; only those of `owner` unless it is NULL. Written to `heads`,
 * their number is returned. */
size_t ledger_heads(const struct node *node, const struct label *owner,
                    struct head heads[static SYNC_HEADS_MAX]);

/* Did `a` come after `b`, both of one node? By what their open records name,
 * else by the time that these tell. */
bool ledger_later(const struct node *node, const struct ledger *a,
                  const struct ledger *b);
/* Does the open record of this ledger name the other one as earlier? */
bool ledger_names(const struct ledger *ledger, const struct ledger *other);
/* Does the open record of another ledger of its node name it? */
bool ledger_left(const struct node *node, const struct ledger *ledger);

void ledger_serve(const struct ledger *ledger, struct serve_ledger *ret);

#endif
