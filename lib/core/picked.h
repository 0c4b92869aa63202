/* SPDX-License-Identifier: Apache-2.0 */
/* What the answer to a LIST with states will hold, but for the leaves: made by
 * core/health_list.h, carried by EFFECT_SERVE, finished by serve_picked(). It
 * points to nothing: whoever takes it copies it. */
#ifndef HF_CORE_PICKED_H
#define HF_CORE_PICKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "model/id.h"
#include "model/source.h"
#include "wire/health.h"

struct buf;

struct picked_item {
    uint32_t ledger; /* number */
    struct origin origin;
    uint64_t index;
    bool held;
    struct list_state state; /* without reasons: they are here */
    struct list_reason reasons[LIST_REASONS_MAX];
};

struct picked {
    size_t count;
    struct picked_item items[LIST_DETAILS_MAX];
    bool more; /* go on from here */
    uint64_t ledger;
    uint64_t index;
    size_t members_count;
    struct label members[MEMBER_COUNT_MAX];
    size_t nodes_count;
    struct label nodes[NODE_COUNT_MAX];
};

/* The answer: reads the leaves; an item whose leaf cannot be read is left out.
 * ERR_NO_MEMORY and ERR_TOO_BIG only. */
MUST_USE enum err serve_picked(const struct source *source,
                               const struct picked *picked, struct buf *to);

#endif
