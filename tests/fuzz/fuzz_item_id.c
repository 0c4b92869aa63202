/* SPDX-License-Identifier: Apache-2.0 */
/* What is read as an item id means the item whose id begins with it. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "model/item_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[ITEM_ID_TEXT_SIZE];
    struct payload_root root;
    struct item_prefix prefix;
    struct item_prefix again;
    struct origin origin;

    if (origin_parse(span_of(data, size), &origin) == ERR_OK) {
        CHECK(span_equal(origin_span(&origin), span_of(data, size)));
    }
    if (item_prefix_parse(span_of(data, size), &prefix, NULL) != ERR_OK) {
        return 0;
    }
    memcpy(root.bytes, prefix.bytes, sizeof(root.bytes));
    CHECK(item_prefix_matches(&prefix, &root));
    item_id_format(&root, text);
    CHECK(item_prefix_parse(span_str(text), &again, NULL) == ERR_OK);
    CHECK(again.bits == 80);
    CHECK(item_prefix_matches(&again, &root));
    return 0;
}
