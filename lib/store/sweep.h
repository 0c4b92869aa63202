/* SPDX-License-Identifier: Apache-2.0 */
/* Puts blocks/, RocksDB's block files and the entries in `meta` in line after
 * opening: a file without an entry is the rest of a crash, nobody was told of
 * it, and it goes; an own link that is missing is made again. Sets the number
 * of the next block file. */
#ifndef HF_STORE_SWEEP_H
#define HF_STORE_SWEEP_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "store/impl.h"

/* *ret_note gets a sentence when block files are missing for good. */
MUST_USE enum err sweep(struct store *store, struct why *ret_note,
                        struct why *ret_why);
/* Each block file has two names, ours and RocksDB's: one that is gone is made
 * again from the other. Beside everything else. */
MUST_USE enum err sweep_links(struct store *store, struct why *ret_why);
/* The database drops the block file unread; its own link stays. */
MUST_USE enum err sweep_drop(struct store *store, uint64_t number,
                             struct why *ret_why);

#endif
