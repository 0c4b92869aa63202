/* SPDX-License-Identifier: Apache-2.0 */
/* Opening past one damaged block file: when RocksDB refuses to open because of
 * a file of `blocks` that it names, it is asked again with less care, so that
 * all the other blocks are still served. Reading a block of that file gives
 * ERR_CORRUPT. */
#ifndef HF_STORE_LADDER_H
#define HF_STORE_LADDER_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "store/db.h"

/* As db_open() with DB_STRICT; *ret_care is what it took. *ret_note gets a
 * sentence when that was less. Refused for any other reason than a file of
 * `blocks`: the first error. */
MUST_USE enum err ladder_open(const char *path, enum db_mode mode,
                              enum db_care *ret_care, struct db *ret_db,
                              struct why *ret_note, struct why *ret_why);

#endif
