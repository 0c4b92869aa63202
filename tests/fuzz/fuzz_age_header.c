/* SPDX-License-Identifier: Apache-2.0 */
/* A header that is read is written again byte for byte, and can be tried with
 * an identity and a passphrase. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/age_header.h"
#include "crypto/secret.h"

/* The largest work that leaves the fuzzer fast. */
#define LOG_N_MAX 4

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    CHECK(crypto_init() == ERR_OK);
    return 0;
}

static void open_it(const struct age_header *header)
{
    static const uint8_t scalar[AGE_KEY_SIZE] = { 0, 1 };
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    struct age_identity identity;
    struct why why;

    CHECK(age_identity_init(&identity, scalar) == ERR_OK);
    if (age_header_unwrap(header, &identity, 1, file_key, &why) == ERR_OK ||
        age_header_unwrap_passphrase(header, span_str("password"), LOG_N_MAX,
                                     file_key, &why) == ERR_OK) {
        enum err rc = age_header_verify(header, file_key);

        CHECK(rc == ERR_OK || rc == ERR_WRONG_SIGNATURE);
    }
    age_identity_done(&identity);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct age_header header;
    struct buf again;
    struct why why;

    if (age_header_parse(span_of(data, size), &header, &why) != ERR_OK) {
        return 0;
    }
    CHECK(header.bytes.data == data && header.bytes.size <= size);
    buf_init(&again, AGE_HEADER_SIZE_MAX);
    age_header_encode(&again, &header);
    CHECK(span_equal(buf_span(&again), header.bytes));
    open_it(&header);
    buf_done(&again);
    age_header_done(&header);
    return 0;
}
