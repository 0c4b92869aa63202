/* SPDX-License-Identifier: Apache-2.0 */
/* One block file in the making: blocks/N.part, then blocks/N.sst and part of
 * the database. Blocks get the positions 0, 1, 2 ... and the keys
 * (N, position), so no two files overlap and nothing is ever compacted. One
 * thread. */
#ifndef HF_STORE_BLOCK_FILE_H
#define HF_STORE_BLOCK_FILE_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "store/impl.h"

#define BLOCK_FILE_NAME_SIZE 40
#define BLOCK_FILE_SUFFIX ".sst"
#define BLOCK_FILE_PART ".part"

struct block_file;

/* "000012.sst" or "000012.part". */
void block_file_name(char name[static BLOCK_FILE_NAME_SIZE], uint64_t number,
                     const char *suffix);
/* The number of a name of that form; 0 when it is none. */
uint64_t block_file_name_parse(const char *name, const char *suffix);

typedef enum err (*block_file_entry_fn)(void *ctx, uint64_t number,
                                        struct span entry);
/* The entry of each block file that is known, by number, until `fn` fails. Its
 * errors, ERR_CORRUPT, ERR_IO. */
MUST_USE enum err block_file_each_entry(struct store *store,
                                        block_file_entry_fn fn, void *ctx,
                                        struct why *ret_why);

/* ERR_FULL below the reserve, ERR_NO_MEMORY, ERR_IO. */
MUST_USE enum err block_file_open(struct store *store,
                                  struct block_file **ret_file,
                                  struct why *ret_why);
/* Append the next block. ERR_FULL: nothing was written. */
MUST_USE enum err block_file_put(struct block_file *file, struct span bytes,
                                 struct why *ret_why);
/* Finish it durably, give it its own hard link, and make it part of the
 * database. It is known once its entry is: block_file_enter(). */
MUST_USE enum err block_file_publish(struct block_file *file,
                                     struct why *ret_why);
/* Put its entry into the batch that makes its blocks known. */
void block_file_enter(const struct block_file *file,
                      rocksdb_writebatch_t *batch);
uint64_t block_file_number(const struct block_file *file);
/* Free. What was not published is removed. NULL is fine. */
void block_file_free(struct block_file *file);

#endif
