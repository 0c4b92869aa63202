/* SPDX-License-Identifier: Apache-2.0 */
/* safety/: hard links to RocksDB's files as they were before it opens them for
 * writing, for the case that it deletes what it should keep. Block files have
 * their own links in blocks/. */
#ifndef HF_STORE_SAFETY_H
#define HF_STORE_SAFETY_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

/* Begin anew, durable when it returns. */
MUST_USE enum err safety_keep(int dir_fd, struct why *ret_why);
MUST_USE enum err safety_drop(int dir_fd, struct why *ret_why);

#endif
