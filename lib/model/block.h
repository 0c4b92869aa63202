/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads, blocks and slices. A payload is cut into slices of 65,552 bytes
 * and into blocks of 16 slices; the last one of each may be shorter. A block's
 * name is the RFC 6962 root over its slices, and since 16 is a power of two,
 * the root over the block names taken as leaf hashes is the payload root. The
 * names of one payload travel in pages of 32,768; the roots of the pages come
 * first when there are several. Pure functions.
 * Format: proto/README.md, Items. */
#ifndef HF_MODEL_BLOCK_H
#define HF_MODEL_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "crypto/digest.h"
#include "ledger/merkle.h"
#include "model/id.h"

/* The name of a block from its bytes: 1 to BLOCK_SIZE_MAX, else ERR_RANGE. */
MUST_USE enum err block_name(struct span bytes, struct block_id *ret_id);
/* The same for a header object. */
MUST_USE enum err header_name(struct span bytes, struct header_id *ret_id);
/* ERR_WRONG_HASH unless the bytes have this name. */
MUST_USE enum err block_verify(struct span bytes, const struct block_id *id);

/* Counts and sizes of a payload of `size` bytes, 1 to PAYLOAD_SIZE_MAX. */
uint64_t payload_block_count(uint64_t size);
uint64_t payload_slice_count(uint64_t size);
size_t payload_page_count(uint64_t size);
/* Of block `index`, below payload_block_count(). */
size_t payload_block_size(uint64_t size, uint64_t index);
/* Of slice `index`, below payload_slice_count(). */
size_t payload_slice_size(uint64_t size, uint64_t index);
/* How many names page `page` has, below payload_page_count(). */
size_t payload_page_names(uint64_t size, size_t page);

/* The payload root from all of its names. count >= 1. */
void payload_root_of(const struct block_id *names, size_t count,
                     struct payload_root *ret_root);
/* The root of one page of names; when it is the only page, the payload root.
 * 1 <= count <= NAMES_PER_PAGE. */
void names_page_root(const struct block_id *names, size_t count,
                     struct digest *ret_root);
/* The payload root from the roots of its pages. 1 <= count <= NAME_PAGES_MAX */
void payload_root_of_pages(const struct digest *page_roots, size_t count,
                           struct payload_root *ret_root);
/* Is this page `page` of the payload with this root and size? With several
 * pages, the roots of all of them are needed and checked too; with one page,
 * page_roots may be NULL and count 0. ERR_RANGE when a count does not fit the
 * size, ERR_WRONG_HASH. */
MUST_USE enum err names_page_verify(const struct payload_root *root,
                                    uint64_t size, size_t page,
                                    const struct block_id *names,
                                    size_t name_count,
                                    const struct digest *page_roots,
                                    size_t page_count);

/* The path of slice `slice` of a payload, sibling first, for somebody who
 * holds only the record: from the bytes of the block that it lies in and the
 * names of all blocks. ERR_RANGE when slice, block size or name count do not
 * fit the payload's size; ERR_WRONG_HASH when the block's bytes are not what
 * its name says. */
MUST_USE enum err slice_prove(uint64_t payload_size, uint64_t slice,
                              struct span block, const struct block_id *names,
                              size_t name_count,
                              struct digest ret_path[static MERKLE_PATH_MAX],
                              size_t *ret_count);
/* ERR_RANGE when the slice's index or length does not fit the payload's size,
 * ERR_WRONG_HASH. */
MUST_USE enum err slice_verify(const struct payload_root *root,
                               uint64_t payload_size, uint64_t slice,
                               struct span bytes, const struct digest *path,
                               size_t path_count);

#endif
