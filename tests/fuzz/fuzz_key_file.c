/* SPDX-License-Identifier: Apache-2.0 */
/* A key file or age identity file that is read gives a key that is written as
 * a file which reads the same. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "crypto/age_key.h"
#include "crypto/key_file.h"
#include "crypto/secret.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    CHECK(crypto_init() == ERR_OK);
    return 0;
}

static void key_file(struct span text)
{
    for (int kind = KEY_NODE; kind <= KEY_MASTER; kind++) {
        struct secret *seed = NULL;
        struct secret *again = NULL;
        struct buf written;
        struct why why;

        if (key_file_parse(text, (enum key_kind)kind, &seed, &why) != ERR_OK) {
            CHECK(seed == NULL);
            continue;
        }
        buf_init(&written, KEY_FILE_SIZE_MAX);
        key_file_format(&written, (enum key_kind)kind, secret_data(seed),
                        span_str("a comment"));
        CHECK(key_file_parse(buf_span(&written), (enum key_kind)kind, &again,
                             &why) == ERR_OK);
        CHECK(span_equal(secret_span(seed), secret_span(again)));
        buf_wipe(&written);
        secret_free(again);
        secret_free(seed);
    }
}

static void identity_file(struct span text)
{
    struct age_identities identities;
    struct age_identities again;
    struct buf written;
    struct why why;

    if (age_identities_parse(text, &identities, &why) != ERR_OK) {
        return;
    }
    buf_init(&written, 1 << 20);
    for (size_t index = 0; index < identities.count; index++) {
        age_identity_format(&written, &identities.items[index]);
        buf_put_byte(&written, '\n');
    }
    CHECK(age_identities_parse(buf_span(&written), &again, &why) == ERR_OK);
    CHECK(again.count == identities.count);
    buf_wipe(&written);
    age_identities_done(&again);
    age_identities_done(&identities);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    key_file(span_of(data, size));
    identity_file(span_of(data, size));
    return 0;
}
