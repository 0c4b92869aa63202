/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <signal.h>

#include "crypto/secret.h"

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(secret, .init = ready);

/* New memory is zero, aligned, and can be written up to its last byte. */
Test(secret, is_plain_memory_of_its_size)
{
    for (size_t size = 1; size < 100; size++) {
        struct secret *secret = secret_new(size);

        cr_assert_not_null(secret);
        cr_assert_eq(secret_size(secret), size);
        cr_assert_eq((uintptr_t)secret_bytes(secret) % 16, 0);
        for (size_t index = 0; index < size; index++) {
            cr_assert_eq(secret_data(secret)[index], 0);
        }
        memset(secret_bytes(secret), 0xAA, size);
        cr_assert_eq(secret_span(secret).size, size);
        secret_free(secret);
    }
}

/* A copy holds the bytes; wiping clears the source. */
Test(secret, copies)
{
    uint8_t bytes[3] = { 1, 2, 3 };
    struct secret *secret = secret_copy(span_of(bytes, sizeof(bytes)));

    cr_assert_not_null(secret);
    secret_wipe(bytes, sizeof(bytes));
    cr_expect_eq(bytes[0] | bytes[1] | bytes[2], 0);
    cr_expect_eq(secret_data(secret)[2], 3);
    secret_free(secret);
    secret_free(NULL);
}

#if !defined(__SANITIZE_ADDRESS__)
/* A write beyond the end meets the guard page instead of other memory. */
Test(secret, is_guarded, .signal = SIGSEGV)
{
    volatile uint8_t *bytes = secret_bytes(secret_new(16));

    bytes[16] = 1;
}
#endif
