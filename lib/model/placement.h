/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes are to hold an item: the placement `rendezvous-1` of a roster.
 * Everybody who knows the roster computes the same answer from the payload root
 * alone. It says where copies belong, never that one may be dropped. A struct
 * placement is made from one roster and does not need it afterwards; it never
 * changes, and several threads may read it. Masks: bit i is roster->nodes[i].
 * Pure functions. Format: proto/README.md, Placement. */
#ifndef HF_MODEL_PLACEMENT_H
#define HF_MODEL_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/span.h"
#include "model/id.h"

struct roster;

/* The text that is hashed, without ticket and payload root. */
#define PLACEMENT_PREFIX_SIZE_MAX (21 + LABEL_SIZE_MAX + 1)

struct placement_node {
    uint8_t prefix[PLACEMENT_PREFIX_SIZE_MAX];
    uint8_t prefix_size;
    uint8_t index; /* in roster->nodes */
    uint8_t member;
    uint8_t country; /* number of it, from 0 */
    uint8_t weight;  /* 1 to 16 */
    bool listens;
};

struct placement {
    uint32_t stores; /* all nodes of role `store` */
    bool everywhere; /* each of them holds all: C is not below the number of
                        members that have one */
    uint8_t copies;
    uint8_t jurisdictions;
    uint8_t node_count; /* of role `store` */
    struct placement_node
        nodes[NODE_COUNT_MAX]; /* by label, as in the roster */
};

void placement_init(struct placement *placement, const struct roster *roster);
/* The nodes that are to hold this item: one SHA-256 for each node and unit of
 * weight, none when `everywhere`. */
uint32_t placement_of(const struct placement *placement,
                      const struct payload_root *root);
/* The same in the order of choice, as indexes into roster->nodes; by label when
 * `everywhere`. Returns their number. */
size_t placement_list(const struct placement *placement,
                      const struct payload_root *root,
                      uint8_t ret_nodes[static NODE_COUNT_MAX]);
/* The score of one node of the placement. */
uint64_t placement_score(const struct placement_node *node,
                         const struct payload_root *root);

#endif
