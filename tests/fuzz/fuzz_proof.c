/* SPDX-License-Identifier: Apache-2.0 */
/* An offline proof that is read is written again as it was, and is not believed
 * without a key. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "ledger/merkle.h"
#include "ledger/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proof_result result;
    struct digest leaf_hash;
    struct proof proof;
    struct buf again;

    if (proof_parse(span_of(data, size), &proof, NULL) != ERR_OK) {
        return 0;
    }
    buf_init(&again, PROOF_SIZE_MAX);
    proof_format(&again, &proof);
    CHECK(span_equal(buf_span(&again), span_of(data, size)));
    buf_done(&again);
    merkle_leaf(span_of(data, size), &leaf_hash);
    CHECK(proof_verify(&proof, &leaf_hash, NULL, 0, &result, NULL) != ERR_OK);
    enum err err =
        merkle_verify_inclusion(&leaf_hash, proof.index, proof.index + 1,
                                proof.path, proof.path_count, &leaf_hash);
    err = merkle_verify_consistency(proof.index, UINT64_MAX, &leaf_hash,
                                    &leaf_hash, proof.path, proof.path_count);
    (void)err; /* whichever it is */
    return 0;
}
