/* SPDX-License-Identifier: Apache-2.0 */
/* The state of an item: which of six words it gets, and which of them a whole
 * archive gets. Everything that shows a state has it from here. Copies are
 * counted by members; a country is where the node with a copy stands, as the
 * roster says. A copy is proven or only open (claimed); a member's is never
 * both. Pure functions. Source: proto/README.md, States. */
#ifndef HF_MODEL_HEALTH_H
#define HF_MODEL_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "model/tally.h"

/* The order is that of all tables and messages, not of badness. */
enum item_state {
    ITEM_PROTECTED, /* enough proven copies in enough countries */
    ITEM_SPREADING, /* first seen not long ago, nothing failed */
    ITEM_SHORT,     /* none of the others */
    ITEM_LAST_COPY, /* one member has it, proven or claimed */
    ITEM_LOST,      /* nobody even claims it */
    ITEM_UNPROVEN   /* it would be protected if what is claimed were proven */
};

#define ITEM_STATE_COUNT 6

#define SPREADING_S 86400 /* an item is new for so long, seconds */

struct health_rule {
    unsigned copies;    /* members, >= 1 */
    unsigned countries; /* >= 1 */
};

/* What is known of one item. */
struct item_facts {
    unsigned proven;           /* members with a proven copy */
    unsigned any;              /* with a proven or an open one */
    unsigned proven_countries; /* of the nodes with those copies */
    unsigned any_countries;
    bool young;  /* first seen less than SPREADING_S ago */
    bool failed; /* a copy of it failed a check and was not repaired */
};

enum item_state item_state_of(const struct item_facts *facts,
                              const struct health_rule *rule);

/* The same of 64 items: bit i is item i. */
struct health_word {
    struct tally proven;
    struct tally any;
    struct tally proven_countries;
    struct tally any_countries;
    uint64_t young;
    uint64_t failed;
};

/* Each bit of `items` is set in exactly one of the six. */
void health_judge(const struct health_word *word, uint64_t items,
                  const struct health_rule *rule,
                  uint64_t ret_states[static ITEM_STATE_COUNT]);

/* "protected", "last-copy" ...; and back: ERR_NOT_FOUND. */
const char *item_state_word(enum item_state state);
MUST_USE enum err item_state_parse(struct span word,
                                   enum item_state *ret_state);

/* The worst first: lost, last-copy, short, unproven, spreading, protected; and
 * the place of a state in that order. */
extern const enum item_state item_states_worst[ITEM_STATE_COUNT];
unsigned item_state_rank(enum item_state state);
/* The worst that some item is in. Without items: protected. */
enum item_state health_worst(const uint32_t states[static ITEM_STATE_COUNT]);
/* One sentence without a full stop: "2 items have only one good copy left".
 * Without items: "no items yet". */
void health_headline(const uint32_t states[static ITEM_STATE_COUNT],
                     struct buf *sentence);
/* Must somebody do something, or is it not known? `critical`: an alarm is. */
enum health_verdict {
    HEALTH_GOOD,
    HEALTH_BAD,    /* lost, last-copy, short, or a critical alarm */
    HEALTH_UNKNOWN /* unproven */
};
enum health_verdict health_verdict_of(
    const uint32_t states[static ITEM_STATE_COUNT], bool critical);

#endif
