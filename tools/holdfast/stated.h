/* SPDX-License-Identifier: Apache-2.0 */
/* What the nodes of a consortium state that they hold. The notes come from
 * whatever node is asked; each is verified here, with the keys of the newest
 * roster that is known here, and what is claimed is computed here: the node
 * that was asked need not be trusted, it can only leave notes out. A statement
 * counts while it is younger than two days by this machine's clock and its node
 * is a `store` node; nodes of one member count once. Nobody has checked what is
 * claimed. Blocking; one thread. */
#ifndef HF_TOOLS_STATED_H
#define HF_TOOLS_STATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/claims.h"
#include "model/roster.h"
#include "model/statement.h"
#include "tools/holdfast/output.h"

struct line;
struct roster_chain;
struct tool;

enum stated_state {
    STATED_NONE,  /* the node that was asked gave none */
    STATED_BAD,   /* or one that is not genuine: nothing of it is believed */
    STATED_OLD,   /* two days old, or older */
    STATED_AHEAD, /* dated in the future */
    STATED_FRESH
};

struct stated_node {
    enum stated_state state;
    struct buf note;            /* owned */
    struct statement statement; /* OLD, AHEAD, FRESH; borrows from note */
    struct claims claims;       /* FRESH */
};

struct stated {
    const struct roster *roster; /* borrowed: the newest of the chain */
    struct stated_node nodes[NODE_COUNT_MAX]; /* as in the roster */
    uint64_t need; /* members that are to hold an item */
};

/* Ask for the newest statement of each node of the roster. The chain must live
 * as long. The caller calls stated_done(), also after a failure. EXIT_DONE, or
 * the exit code of a problem that was said. */
int stated_ask(struct tool *tool, struct line *line,
               const struct roster_chain *chain, struct stated *ret_stated);
void stated_done(struct stated *stated);

/* The nodes that state that they hold this leaf's item: bit i is
 * roster->nodes[i]. */
uint32_t stated_holders(const struct stated *stated,
                        const struct origin *origin, uint64_t index,
                        const struct payload_root *root);
/* The same for what a receipt proves: its node held the item when it registered
 * it, and counts until it states otherwise, as long as a statement of that time
 * would. */
uint32_t stated_registered(const struct stated *stated,
                           const struct origin *origin, uint64_t index,
                           const struct payload_root *root, uint64_t time);
/* Members of these nodes that count: at most roster->member_count indices. */
size_t stated_members(const struct stated *stated, uint32_t holders,
                      size_t members[static MEMBER_COUNT_MAX]);
size_t stated_count(const struct stated *stated, uint32_t holders);

/* "3 of 3" */
void stated_text(const struct stated *stated, uint32_t holders,
                 char text[static TEXT_SIZE]);
/* "fjord nordlys"; the caller calls free(). Never NULL. */
char *stated_names(const struct stated *stated, uint32_t holders);
/* {"proven": [], "open": [members], "need": N} */
json_t *stated_copies_json(const struct stated *stated, uint32_t holders);
/* One object for each node: what it stated when. */
json_t *stated_json(const struct stated *stated);
/* Which statements are lacking or too old to count, as warnings. */
void stated_warn(const struct stated *stated, struct output *output);

/* Before anything is sealed: did half of the other members state within a week
 * a roster that is known here, the newest or one before it? Then they knew of
 * none after it; else somebody may be keeping a newer one from us. `node`: who
 * was asked; its own member does not count. EXIT_DONE, or EXIT_REFUSED, which
 * has been said. */
int stated_demand(const struct stated *stated, struct tool *tool,
                  const struct roster_chain *chain, struct span node);

#endif
