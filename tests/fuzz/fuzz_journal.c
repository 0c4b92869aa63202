/* SPDX-License-Identifier: Apache-2.0 */
/* A journal that is taken is taken again from its shortest form. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "seal/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal journal;
    struct journal again;
    struct buf text;
    struct buf twice;

    CHECK(crypto_init() == ERR_OK);
    if (journal_parse(span_of(data, size), &journal, NULL) != ERR_OK) {
        return 0;
    }
    CHECK(journal.size <= size);
    buf_init(&text, size + 64);
    buf_init(&twice, size + 64);
    journal_format(&journal, &text);
    CHECK(journal_parse(buf_span(&text), &again, NULL) == ERR_OK);
    CHECK(again.count == journal.count);
    journal_format(&again, &twice);
    CHECK(span_equal(buf_span(&text), buf_span(&twice)));
    journal_done(&again);
    journal_done(&journal);
    buf_done(&twice);
    buf_done(&text);
    return 0;
}
