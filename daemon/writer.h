/* SPDX-License-Identifier: Apache-2.0 */
/* The one writer of the store: the open group, its commits, and the signatures
 * that speak of what is durable. Persist, then mark, then sign: a signature is
 * only made after the mark that covers it is on disk.
 *
 * Threads: writer_add() belongs to jobs of LANE_APPEND; everything else to the
 * loop thread. Bounds: one open group; commits queue in the pool, as many as
 * the core has under way (two). */
#ifndef HF_DAEMON_WRITER_H
#define HF_DAEMON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "core/effect.h"
#include "model/batch.h"
#include "model/id.h"
#include "model/source.h"
#include "sink.h"

struct node_key;
struct pool;
struct store;
struct store_mark;
struct writer;

/* All borrowed until writer_free(), but `mark`, which is what opening the store
 * found. */
MUST_USE enum err writer_new(struct store *store, struct pool *pool,
                             const struct node_key *key,
                             const struct store_mark *mark,
                             const struct sink *sink,
                             struct writer **ret_writer);
/* After the pool was drained. */
void writer_free(struct writer *writer);

/* Append a verified block to the open group. ERR_FULL below the reserve;
 * ERR_IO and the like: the store is done for, the commit will say so. */
MUST_USE enum err writer_add(struct writer *writer, const struct block_id *name,
                             struct span bytes, struct why *ret_why);
/* The store's source, but `have` counts blocks of open groups too. */
const struct source *writer_source(struct writer *writer);

/* Make all that was appended by now and the batch durable; ends in
 * EVENT_PERSISTED. With keep_group the batch alone, and the open group stays
 * open. Takes the batch's content. */
void writer_commit(struct writer *writer, uint64_t token, struct batch *batch,
                   bool keep_group);

/* Once a second: a commit that found the disk full is tried again. Until then
 * it and those behind it wait, and nothing is lost. */
void writer_tick(struct writer *writer);

/* An EFFECT_SIGN: write the mark, with the roster in force, then sign the text;
 * ends in EVENT_SIGNED. */
void writer_sign(struct writer *writer, const struct effect *effect,
                 uint64_t roster_version, const struct digest *roster_hash);

#endif
