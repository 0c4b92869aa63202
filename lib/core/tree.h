/* SPDX-License-Identifier: Apache-2.0 */
/* The tree nodes of one stored ledger, as ledger/merkle.h reads them. Any
 * thread that may call the source. */
#ifndef HF_CORE_TREE_H
#define HF_CORE_TREE_H

#include <stdint.h>

#include "ledger/merkle.h"
#include "model/source.h"

struct tree_reader {
    const struct source *source; /* borrowed */
    uint32_t ledger;
};

/* Valid as long as the reader. */
struct merkle_nodes tree_nodes(struct tree_reader *reader);

#endif
