/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken as a fork proof is written again as it was, and convicts nobody
 * under a stranger's key. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "model/fork.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[SIGN_SEED_SIZE] = { 1 };
    struct span text = span_of(data, size);
    struct public_key stranger;
    struct fork fork;
    struct buf again;

    if (fork_parse(text, &fork, NULL) != ERR_OK) {
        return 0;
    }
    buf_init(&again, FORK_SIZE_MAX);
    fork_format(&again, &fork);
    CHECK(span_equal(buf_span(&again), text));
    buf_done(&again);
    CHECK(fork.earlier.checkpoint.size <= fork.later.checkpoint.size);
    CHECK(crypto_init() == ERR_OK);
    sign_public_from_seed(seed, &stranger);
    CHECK(fork_verify(text, &stranger, &fork, NULL) == ERR_WRONG_SIGNATURE);
    return 0;
}
