/* SPDX-License-Identifier: Apache-2.0 */
/* An item's id as people see and type it: "HF-", the first 80 bits of the
 * payload root as 16 Crockford base-32 characters in groups of four, and a
 * check character (the number mod 37). On input, case and hyphens do not
 * matter, I and L read as 1, O as 0, and 6 characters or more are a prefix.
 * Format: proto/README.md, Words and ids for people. */
#ifndef HF_MODEL_ITEM_ID_H
#define HF_MODEL_ITEM_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "model/id.h"

#define ITEM_ID_TEXT_SIZE 25 /* HF-XXXX-XXXX-XXXX-XXXX-C and NUL */
#define ITEM_ID_CHARS 16     /* without the check character */
#define ITEM_PREFIX_CHARS_MIN 6

/* The first bits of payload roots. All bits of `bytes` beyond `bits` are 0,
 * so bytes is also the smallest root that the prefix fits. */
struct item_prefix {
    uint8_t bytes[32];
    unsigned bits; /* 30 to 80, or 256 when a whole root was typed */
};

void item_id_format(const struct payload_root *root,
                    char ret_text[static ITEM_ID_TEXT_SIZE]);
/* What a person typed: a full id (its check character must fit), the 16
 * characters without it, a prefix of at least 6, or all 64 hex digits of the
 * root. "HF" and a hyphen may stand in front; without the hyphen, a leading
 * "HF" is read as these letters too. ERR_MALFORMED, with a sentence that
 * tells which of them is wrong. */
MUST_USE enum err item_prefix_parse(struct span text,
                                    struct item_prefix *ret_prefix,
                                    struct why *why);
bool item_prefix_matches(const struct item_prefix *prefix,
                         const struct payload_root *root);

#endif
