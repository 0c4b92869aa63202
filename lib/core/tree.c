/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tree.h"

static enum err get_node(void *ctx, unsigned level, uint64_t index,
                         struct digest *ret_hash)
{
    const struct tree_reader *reader = ctx;

    return reader->source->node(reader->source->ctx, reader->ledger, level,
                                index, ret_hash);
}

struct merkle_nodes tree_nodes(struct tree_reader *reader)
{
    struct merkle_nodes nodes = { .get = get_node, .ctx = reader };

    return nodes;
}
