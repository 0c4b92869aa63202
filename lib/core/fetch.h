/* SPDX-License-Identifier: Apache-2.0 */
/* What is lacking here, and asking for it. fetch_load() is for the pool: it
 * looks at items (their records, names, blocks) and lists what they lack.
 * Wants: OPEN -> ASKED [fetch_ask], ASKED -> ARRIVED [fetch_answered],
 * ASKED -> OPEN [fetch_answered: missing or wrong; fetch_unanswered],
 * ARRIVED -> gone [fetch_persisted]. */
#ifndef HF_CORE_FETCH_H
#define HF_CORE_FETCH_H

#include <stddef.h>

#include "base/buf.h"
#include "core/effect.h"
#include "core/event.h"
#include "model/source.h"

/* items: ledger and index; `placement`: of EFFECT_LOAD, or NULL. Gives one
 * loaded_item for each, and at most LOAD_WANTS_MAX wants in item order; an item
 * whose wants did not all fit has `more`. Blocks that are only in open groups
 * count as lacking: the core knows what it has asked for. The leaf that
 * WANT_LEAF asks for is appended to ret_leaf, which has room for one. */
void fetch_load(const struct source *source, const struct placement *placement,
                const struct want *items, size_t count,
                struct loaded_item *ret_items, struct want *ret_wants,
                size_t *ret_wants_count, struct buf *ret_leaf);

#endif
