/* SPDX-License-Identifier: Apache-2.0 */
/* In which order a ledger's items are looked at: first those that at most one
 * other member holds, by its statement, then those that two hold, then all that
 * are lacking still; and the same again for what came meanwhile. Only what is
 * placed here counts as lacking. Loop thread. */
#ifndef HF_CORE_RAREST_H
#define HF_CORE_RAREST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/holdings.h"
#include "core/state.h"

/* A walk on through one ledger, within one step. */
struct rarest {
    struct ledger *ledger;    /* borrowed; its scan... move on */
    uint64_t end;             /* of the leaves that can be looked at now */
    struct holdings holdings; /* of the other members */
};

/* Leaves from `reach` on can be had from nobody now. */
void rarest_begin(const struct node *node, struct ledger *ledger,
                  uint64_t reach, struct rarest *ret_rarest);
/* The next one; false: the walk is over for now. What is in the table of items
 * is passed over. */
bool rarest_next(const struct node *node, struct rarest *rarest,
                 uint64_t *ret_index);

#endif
