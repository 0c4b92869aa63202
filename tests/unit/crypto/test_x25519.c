/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "crypto/secret.h"
#include "crypto/x25519.h"

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(x25519, .init = ready);

/* Both sides get the same secret, and the scalar is kept as it was given. */
Test(x25519, agrees)
{
    static const uint8_t a[X25519_SIZE] = { 0xFF, 1 };
    static const uint8_t b[X25519_SIZE] = { 0xFE, 2 };
    struct x25519_pair pair;
    struct x25519_key public_b;
    uint8_t shared_a[X25519_SIZE];
    uint8_t shared_b[X25519_SIZE];

    cr_assert_eq(x25519_pair_init(&pair, a), ERR_OK);
    x25519_public(b, &public_b);
    cr_expect_arr_eq(secret_data(pair.secret), a, X25519_SIZE);
    cr_expect_eq(x25519_shared(a, &public_b, shared_a), ERR_OK);
    cr_expect_eq(x25519_shared(b, &pair.public_key, shared_b), ERR_OK);
    cr_expect_arr_eq(shared_a, shared_b, X25519_SIZE);
    cr_expect(x25519_key_valid(&public_b));
    cr_expect(!x25519_key_equal(&public_b, &pair.public_key));
    x25519_pair_done(&pair);
    x25519_pair_done(&pair);
}

/* Points of low order are refused, and the result stays as it was. */
Test(x25519, refuses_low_order)
{
    static const uint8_t secret[X25519_SIZE] = { 9 };
    struct x25519_key points[] = { { { 0 } }, { { 1 } } };
    uint8_t shared[X25519_SIZE] = { 0x77 };

    for (size_t index = 0; index < 2; index++) {
        cr_expect(!x25519_key_valid(&points[index]));
        cr_expect_eq(x25519_shared(secret, &points[index], shared),
                     ERR_MALFORMED);
    }
    cr_expect_eq(shared[0], 0x77);
}
