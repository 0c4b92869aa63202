/* SPDX-License-Identifier: Apache-2.0 */
/* A challenge: one node asks another for proof that it holds one slice of one
 * payload. Between nodes that both hold it the answer is an HMAC under a fresh
 * nonce, over both names, so that an answer is good for one asker, one prover
 * and one question. To somebody who holds nothing it is the slice itself with
 * its path, to be checked against the record alone (slice_verify() of
 * model/block.h). Pure functions. Format: proto/README.md, Challenges. */
#ifndef HF_MODEL_CHALLENGE_H
#define HF_MODEL_CHALLENGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/digest.h"
#include "ledger/merkle.h"
#include "model/id.h"

#define CHALLENGE_NONCE_SIZE 32

struct challenge_nonce {
    uint8_t bytes[CHALLENGE_NONCE_SIZE];
};

/* Who asks whom, and in which consortium. */
struct challenge_names {
    struct digest identity;
    struct label verifier;
    struct label prover;
};

/* One question. */
struct challenge {
    struct payload_root root;
    uint64_t slice;
    struct challenge_nonce nonce;
    bool shows; /* the answer is the slice and its path, not an HMAC */
};

/* The HMAC that answers it, when `bytes` are that slice. */
struct digest challenge_answer(const struct challenge_names *names,
                               const struct challenge *challenge,
                               struct span bytes);

/* The path of slice `slice` of a payload, sibling first, from the block that it
 * lies in, the page of names that names it and, when there are several pages,
 * the roots of all of them. ERR_RANGE when something does not fit the payload's
 * size; ERR_WRONG_HASH when the block is not what its name says. */
MUST_USE enum err challenge_path(
    uint64_t payload_size, uint64_t slice, struct span block,
    const struct block_id *names, size_t name_count,
    const struct digest *page_roots, size_t page_count,
    struct digest ret_path[static MERKLE_PATH_MAX], size_t *ret_count);

/* Slice `slice` of its payload, in the block that it lies in. ERR_RANGE when
 * the block does not have the size that it must have. */
MUST_USE enum err challenge_slice(uint64_t payload_size, uint64_t slice,
                                  struct span block, struct span *ret_bytes);

#endif
