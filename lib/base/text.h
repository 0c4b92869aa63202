/* SPDX-License-Identifier: Apache-2.0 */
/* Text encodings of holdfast.md 1 and 16: hex, base64, decimals, labels, free
 * text. All parsers are strict: one reading, everywhere. Pure functions. */
#ifndef HF_BASE_TEXT_H
#define HF_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

#define LABEL_SIZE_MAX 32 /* characters, without NUL */

/* Lower-case hex; `text` has 2 * size + 1 bytes and is NUL-terminated. */
void hex_format(char *text, const void *data, size_t size);
void buf_put_hex(struct buf *buf, const void *data, size_t size);
/* Exactly size bytes from exactly 2 * size lower-case digits. */
MUST_USE enum err hex_parse(struct span text, void *ret_data, size_t size);

/* Standard alphabet, with padding. */
void buf_put_base64(struct buf *buf, struct span bytes);
/* Strict and canonical; appends the bytes to ret_bytes. */
MUST_USE enum err base64_parse(struct span text, struct buf *ret_bytes);
/* The same into a field of a fixed size, which the bytes must fill exactly. */
MUST_USE enum err base64_parse_fixed(struct span text, void *ret_data,
                                     size_t size);
/* Standard alphabet without padding (age headers). */
void buf_put_base64_raw(struct buf *buf, struct span bytes);
MUST_USE enum err base64_raw_parse(struct span text, struct buf *ret_bytes);
/* The same into a field of a fixed size, which the bytes must fill exactly. */
MUST_USE enum err base64_raw_parse_fixed(struct span text, void *ret_data,
                                         size_t size);

/* Digits, no sign, no leading zero, below 2^63. */
MUST_USE enum err decimal_parse(struct span text, uint64_t *ret_value);
void buf_put_decimal(struct buf *buf, uint64_t value);

/* [a-z0-9][a-z0-9-]{0,31} */
bool label_valid(struct span text);
/* [A-Z]{2} */
bool country_valid(struct span text);
/* The length of the well-formed UTF-8 sequence (RFC 3629) at the start of
 * text, 1 to 4, or 0 when there is none. */
size_t utf8_length(struct span text);

/* Free text of holdfast.md 1: raw bytes to their one written form ("-" is
 * written %2D; an empty value is the caller's: write "-"). */
void buf_put_free_text(struct buf *buf, struct span raw);
/* The other way; refuses what the writer would not have written. */
MUST_USE enum err free_text_parse(struct span text, struct buf *ret_raw);
/* For a terminal: control bytes, C1 controls, bidirectional controls and bytes
 * that are not UTF-8 become \xNN. */
void buf_put_visible(struct buf *buf, struct span raw);

#endif
