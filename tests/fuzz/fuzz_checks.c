/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are refused or are the results of challenges, which are written
 * again as the same text. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "model/checks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct checks checks;
    struct buf text;

    if (checks_parse(span_of(data, size), &checks, NULL) != ERR_OK) {
        return 0;
    }
    buf_init(&text, CHECKS_SIZE_MAX);
    checks_format(&checks, &text);
    CHECK(!buf_failed(&text));
    CHECK(span_equal(buf_span(&text), span_of(data, size)));
    (void)checks_doubted(&checks, false, 0);
    (void)checks_sum(&checks, UINT64_MAX, CHECKS_DAYS);
    buf_done(&text);
    return 0;
}
