/* SPDX-License-Identifier: Apache-2.0 */
/* Alarm ISOLATED: of more than half of the other members no node has stated
 * anything new for ISOLATED_S. Then this node's picture is old, whatever it
 * shows, and whoever seals on its word may seal to recipients of long ago. A
 * statement's age is core/statements.h's; for a node that never stated anything
 * it is the time since this one started. Loop thread. Source: proto/README.md,
 * Statements. */
#ifndef HF_CORE_ISOLATED_H
#define HF_CORE_ISOLATED_H

struct node;

void isolated_pump(struct node *node);

#endif
