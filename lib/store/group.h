/* SPDX-License-Identifier: Apache-2.0 */
/* A group of blocks on their way into the store: in memory while it is small,
 * written on into a block file once it is not. What store_commit() needs of
 * it. One thread at a time. */
#ifndef HF_STORE_GROUP_H
#define HF_STORE_GROUP_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "store/impl.h"

/* First step: what lies in a file becomes part of the database. A failure
 * poisons the store. */
MUST_USE enum err group_publish(struct store_group *group, struct why *ret_why);
/* Second step: its places, its entry or its small blocks, into the batch. Adds
 * to counts what goes to `young`. */
void group_enter(const struct store_group *group, rocksdb_writebatch_t *batch,
                 struct counts *counts);
/* The bytes of it that go through the database's own log. */
uint64_t group_young_size(const struct store_group *group);

#endif
