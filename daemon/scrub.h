/* SPDX-License-Identifier: Apache-2.0 */
/* Reads all that is stored again (store/reread.h) on the pool, at a pace, and
 * tells the core what was found, step by step. At most one job at a time.
 *
 * When: a pass takes at most two fifths of [scrub] period and the next begins
 * half a period after the last one began, so that what a statement says of it
 * is never older than a period. Never faster than max_read. With `start` only
 * in the six hours from then on. An order, or a damaged file at the opening,
 * begins a new pass at once, at max_read. What a reader could not read is
 * looked at without waiting. Where the pass is stands in the store, by the
 * core: after a restart it goes on. Loop thread. */
#ifndef HF_DAEMON_SCRUB_H
#define HF_DAEMON_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "sink.h"

struct config;
struct node;
struct pool;
struct scrub;
struct store;

/* All borrowed until scrub_free(); the configuration may change meanwhile.
 * `hurry`: opening found something damaged. */
MUST_USE enum err scrub_new(struct store *store, struct pool *pool,
                            const struct node *node,
                            const struct config *config,
                            const struct sink *sink, bool hurry,
                            struct scrub **ret_scrub);
/* After the pool was drained. NULL is fine. */
void scrub_free(struct scrub *scrub);
/* Once a second: begin, go on, or nothing. Not while the node stops. */
void scrub_tick(struct scrub *scrub, uint64_t now_ms, uint64_t clock_s);
/* Nothing more is begun. */
void scrub_stop(struct scrub *scrub);

/* Bytes a second for a pass over so many bytes. */
uint64_t scrub_rate(const struct config *config, uint64_t total);
/* May it be read at this minute after local midnight? */
bool scrub_open(const struct config *config, unsigned minute);
/* When the next pass begins; the last one began at `scrubbed`, 0: never. */
uint64_t scrub_due_s(const struct config *config, uint64_t scrubbed);

#endif
