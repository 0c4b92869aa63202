/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "crypto/secret.h"
#include "ledger/cosign.h"

static struct sign_key secret;

static void setup(void)
{
    uint8_t seed[SIGN_SEED_SIZE] = { 7 };

    cr_assert(crypto_init() == ERR_OK);
    cr_assert(sign_key_init(&secret, seed) == ERR_OK);
}

static void teardown(void)
{
    sign_key_done(&secret);
}

TestSuite(cosign, .init = setup, .fini = teardown);

/* A cosignature holds for its text and its time only. */
Test(cosign, binds_text_and_time)
{
    struct span text = span_str("origin\n1\nroot\n");
    uint8_t blob[COSIGN_BLOB_SIZE];
    uint64_t time = 0;

    cr_assert(cosign_make(text, 1764000000, &secret, blob) == ERR_OK);
    cr_expect(cosign_verify(text, &secret.public_key, blob, &time) == ERR_OK);
    cr_expect_eq(time, 1764000000);
    cr_expect(cosign_verify(span_str("origin\n2\nroot\n"), &secret.public_key,
                            blob, &time) == ERR_WRONG_SIGNATURE);
    blob[7] ^= 1;
    cr_expect(cosign_verify(text, &secret.public_key, blob, &time) ==
              ERR_WRONG_SIGNATURE);
}

/* What is signed is the text of the specification. */
Test(cosign, message)
{
    struct span message = span_str("cosignature/v1\ntime 5\nText\n");
    uint8_t blob[COSIGN_BLOB_SIZE];
    struct signature signature;

    cr_assert(cosign_make(span_str("Text\n"), 5, &secret, blob) == ERR_OK);
    memcpy(signature.bytes, blob + 8, sizeof(signature.bytes));
    cr_expect(sign_verify(&secret.public_key, message, &signature) == ERR_OK);
    cr_expect_eq(blob[7], 5);
}

/* Time 0 and times from 2^63 on are neither made nor taken. */
Test(cosign, time_range)
{
    struct span text = span_str("x\n");
    uint8_t blob[COSIGN_BLOB_SIZE] = { 0 };
    uint64_t time;

    cr_expect(cosign_make(text, 0, &secret, blob) == ERR_RANGE);
    cr_expect(cosign_make(text, 1ULL << 63, &secret, blob) == ERR_RANGE);
    cr_expect(cosign_make(text, INT64_MAX, &secret, blob) == ERR_OK);
    cr_expect(cosign_verify(text, &secret.public_key, blob, &time) == ERR_OK);
    memset(blob, 0, 8);
    cr_expect(cosign_verify(text, &secret.public_key, blob, &time) ==
              ERR_WRONG_SIGNATURE);
    blob[0] = 0x80;
    cr_expect(cosign_verify(text, &secret.public_key, blob, &time) ==
              ERR_WRONG_SIGNATURE);
}
