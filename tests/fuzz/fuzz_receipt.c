/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts are taken from the front of a file, cover it without a gap, and are
 * not genuine without a key. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "model/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ledger_keys nobody = { .count = 0 };
    struct span left = span_of(data, size);
    struct receipt_result result;
    struct receipt receipt;

    for (;;) {
        const uint8_t *start = left.data;
        size_t before = left.size;

        if (receipt_parse(&left, &receipt, NULL) != ERR_OK) {
            CHECK(left.size == before);
            return 0;
        }
        CHECK(receipt.bytes.data == start);
        CHECK(receipt.bytes.size > 0);
        CHECK(receipt.bytes.size + left.size == before);
        if (!receipt.is_pending) {
            CHECK(receipt_verify(&receipt, &nobody, &result, NULL) == ERR_OK);
            CHECK(result.check != RECEIPT_GENUINE);
        }
    }
}
