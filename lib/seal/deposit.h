/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing a file into an item (holdfast.md 3), bytes in, bytes out: the caller
 * reads the file, hashes it, draws the random numbers and brings the threads.
 *
 *     plan    deposit_plan(): sizes that follow from the file's size
 *     blocks  sealer_block() in any order, from several threads with a sealer
 *             each; names go to payload_root_of() (model/block.h)
 *     header  metadata_sign(), deposit_header(), metadata_commitment()
 *
 * The file key, both nonces and the salt are random and fresh for each file
 * and each attempt: two attempts that share one give away names by XOR. */
#ifndef HF_SEAL_DEPOSIT_H
#define HF_SEAL_DEPOSIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/age_header.h"
#include "crypto/age_key.h"
#include "model/block.h"
#include "model/id.h"

/* Plaintext that a whole block takes: 1 MiB. */
#define BLOCK_PLAIN_SIZE (CHUNK_SIZE * BLOCK_SLICES)

/* Sizes of one item, and where its blocks come from. */
struct deposit_plan {
    uint64_t size;        /* of the file */
    uint64_t sealed_size; /* L */
    uint64_t padded_size; /* P */
    uint64_t block_count;
};

/* One sealing at a time; keeps its cipher context, so re-use it for
 * the next file by sealer_start(). One thread at a time. */
struct sealer;

/* ERR_TOO_BIG. */
MUST_USE enum err deposit_plan(uint64_t size, struct deposit_plan *ret_plan);
/* Bytes of the file that go into block `index`: at most BLOCK_PLAIN_SIZE, none
 * for a block of padding only. They begin at index * BLOCK_PLAIN_SIZE. */
size_t deposit_block_plain_size(const struct deposit_plan *plan,
                                uint64_t index);

/* ERR_NO_MEMORY. */
MUST_USE enum err sealer_new(struct sealer **ret_sealer);
/* Wipe and free; NULL is fine. */
void sealer_free(struct sealer *sealer);
/* The next file, or the same one in another thread. */
void sealer_start(struct sealer *sealer, const struct deposit_plan *plan,
                  const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                  const uint8_t payload_nonce[static AGE_NONCE_SIZE]);
/* Seal block `index` of the plan: chunks, and padding after the last one.
 * `plain` has exactly deposit_block_plain_size() bytes; ret_block has room for
 * BLOCK_SIZE_MAX and overlaps nothing. ERR_RANGE when index or size do not fit,
 * ERR_NO_MEMORY. */
MUST_USE enum err sealer_block(struct sealer *sealer, uint64_t index,
                               struct span plain, uint8_t *ret_block,
                               size_t *ret_size, struct block_id *ret_name);

/* All that a header object is made of. */
struct deposit_header {
    const uint8_t *file_key;       /* AGE_FILE_KEY_SIZE */
    const uint8_t *payload_nonce;  /* AGE_NONCE_SIZE */
    const uint8_t *metadata_nonce; /* AGE_NONCE_SIZE, fresh for each sealing */
    const struct age_recipient *recipients; /* each once, in the order of the
                                               seal line, then others */
    const struct age_ephemeral *ephemerals; /* one for each recipient */
    size_t recipient_count;                 /* at least 1 */
    struct span note;                       /* the signed metadata, unpadded */
};

/* Append the header object. ERR_RANGE when a recipient stands twice or there
 * is none, ERR_TOO_BIG when it exceeds HEADER_SIZE_MAX, ERR_NO_MEMORY, and the
 * errors of age_header_seal(). */
MUST_USE enum err deposit_header_build(struct sealer *sealer,
                                       const struct deposit_header *header,
                                       struct buf *ret_object,
                                       struct header_id *ret_id);

#endif
