/* SPDX-License-Identifier: Apache-2.0 */
/* What a statement claims, asked item by item: for whoever verified the
 * statement himself and has no ledger. Runs are taken apart once and searched;
 * lines that say `placed` are read by the roster that the statement names, if
 * it is known, and else claim only what they list. Memory: 16 bytes for each
 * run, so at most 256 KiB a statement. Pure functions; several threads may
 * ask. */
#ifndef HF_MODEL_CLAIMS_H
#define HF_MODEL_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "model/id.h"
#include "model/placement.h"
#include "model/runs.h"
#include "model/statement.h"

struct roster;

/* One holds line. */
struct claims_line {
    const struct statement_holds *holds; /* borrowed */
    const struct run *except;            /* in claims->runs */
    size_t except_count;
    const struct run *plus;
    size_t plus_count;
};

struct claims {
    struct claims_line *lines; /* owned; sorted by origin */
    size_t line_count;
    struct run *runs;            /* owned */
    struct placement *placement; /* owned; NULL: nothing can be `placed` */
    uint32_t node;               /* its bit in the placement's masks */
};

/* One leaf that is asked for. Zero all but origin, index and root; what is
 * found out about its place stays for the next statement of the same roster. */
struct claims_item {
    const struct origin *origin;
    uint64_t index;
    const struct payload_root *root;
    bool has_mask;
    struct digest mask_roster;
    uint32_t mask;
};

/* `roster`: the one that the statement names, or NULL when it is not known.
 * Both are borrowed: the statement as long as the claims. ERR_NO_MEMORY. */
MUST_USE enum err claims_init(const struct statement *statement,
                              const struct roster *roster,
                              struct claims *ret_claims);
void claims_done(struct claims *claims);
/* Does it speak of this leaf at all, one way or the other? */
bool claims_cover(const struct claims *claims, const struct origin *origin,
                  uint64_t index);
/* Does `statement` of these claims say that its node holds this leaf's item? */
bool claims_has(const struct claims *claims, const struct statement *statement,
                struct claims_item *item);

#endif
