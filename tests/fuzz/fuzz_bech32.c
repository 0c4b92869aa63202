/* SPDX-License-Identifier: Apache-2.0 */
/* A text that is read is written again as it was; bytes that are written are
 * read again as they were. Recipients are read on the way. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "crypto/age_key.h"
#include "crypto/bech32.h"

#define ROOM (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_it(struct span text, enum bech32_case letters)
{
    uint8_t *bytes = malloc(text.size + 1);
    char *prefix = malloc(text.size + 1);
    struct span found;
    size_t size;

    CHECK(bytes != NULL && prefix != NULL);
    if (bech32_decode(text, letters, text.size, &found, bytes, &size) ==
        ERR_OK) {
        struct buf again;

        for (size_t index = 0; index < found.size; index++) {
            char letter = (char)found.data[index];

            prefix[index] =
                letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;
        }
        prefix[found.size] = '\0';
        buf_init(&again, ROOM);
        bech32_encode(&again, prefix, letters, span_of(bytes, size));
        CHECK(span_equal(buf_span(&again), text));
        buf_done(&again);
    }
    free(prefix);
    free(bytes);
}

static void write_it(struct span bytes)
{
    uint8_t *found = malloc(bytes.size + 1);
    struct buf text;

    CHECK(found != NULL);
    buf_init(&text, ROOM);
    bech32_encode(&text, "holdfast-1-", BECH32_UPPER, bytes);
    CHECK(bech32_decode_fixed(buf_span(&text), BECH32_UPPER, "holdfast-1-",
                              found, bytes.size) == ERR_OK);
    CHECK(span_equal(span_of(found, bytes.size), bytes));
    buf_done(&text);
    free(found);
}

static void read_recipient(struct span text)
{
    struct age_recipient recipient;
    struct buf again;
    struct why why;

    if (age_recipient_parse(text, &recipient, &why) == ERR_OK) {
        buf_init(&again, ROOM);
        age_recipient_format(&again, &recipient);
        CHECK(span_equal(buf_span(&again), text));
        buf_done(&again);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_it(span_of(data, size), BECH32_LOWER);
    read_it(span_of(data, size), BECH32_UPPER);
    write_it(span_of(data, size));
    read_recipient(span_of(data, size));
    return 0;
}
