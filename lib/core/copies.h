/* SPDX-License-Identifier: Apache-2.0 */
/* Which copies of each item are proven and which are only claimed, 64 items at
 * a time (proto/README.md, States). A node's claims are proven when its
 * statement is fresh, says that it re-read everything within the rule's time,
 * and enough challenges were answered (core/proofs.h), but for items that
 * failed one. This node's own copies are proven while its own re-reading, which
 * is more than any challenge, is that young. What the newest statement of a
 * store node claims counts as open, however old it is; of a node whose key two
 * machines hold nothing counts. Members count once; a country is that of the
 * node. Borrows from the node; valid until the next step. Loop thread. */
#ifndef HF_CORE_COPIES_H
#define HF_CORE_COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/state.h"
#include "model/health.h"

/* One store node that claims something of a ledger. */
struct copy_voice {
    uint32_t slot; /* of the peer, or STATED_OWN */
    size_t member;
    size_t country; /* which of the countries */
    bool vouched;   /* its claims are proven, */
    bool failing;   /* but for some items */
    const uint8_t *bits;
    size_t size; /* bytes */
};

struct copies {
    const struct node *node;
    const struct ledger *ledger;
    size_t count;
    struct copy_voice voices[STATED_COUNT]; /* sorted by member */
    size_t by_country[STATED_COUNT];        /* voices, sorted by country */
    size_t countries_count;
    const char *countries[NODE_COUNT_MAX]; /* of store nodes, sorted */
    uint64_t young_from;
    uint64_t young_to;
};

/* Of 64 items, what each voice has. */
struct copies_word {
    uint64_t items;
    uint64_t young;
    uint64_t failed; /* some copy failed a check */
    uint64_t proven[STATED_COUNT];
    uint64_t any[STATED_COUNT];
};

void copies_begin(const struct node *node, const struct ledger *ledger,
                  struct copies *ret_copies);
void copies_word(const struct copies *copies, uint64_t word,
                 struct copies_word *ret_word);
/* Each item into one of the six. */
void copies_judge(const struct copies *copies, const struct copies_word *word,
                  uint64_t ret_states[static ITEM_STATE_COUNT]);
/* Without the nodes of one country: items of which nobody, or one member, would
 * still have a copy, proven or claimed. */
void copies_without(const struct copies *copies, const struct copies_word *word,
                    size_t country, uint64_t *ret_none, uint64_t *ret_one);

/* The rule in force. */
struct health_rule copies_rule(const struct node *node);
/* Does it state that it re-read all that it holds within the rule's time? */
bool copies_reread(const struct node *node, uint32_t slot);
/* Are this node's claims proven, but for single items? */
bool copies_vouched(const struct node *node, uint32_t slot);

#endif
