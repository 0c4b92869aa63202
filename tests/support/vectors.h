/* SPDX-License-Identifier: Apache-2.0 */
/* Published test vectors for the vector tests: where they lie, JSON, hex and
 * the byte stream prg. The folder is $HF_VECTORS, else ../shared/vectors beside
 * the source tree. Where it is missing the calling test is skipped with a
 * message; a file of it that cannot be read or lacks a field fails the test.
 * So none of these functions returns an error. For Criterion tests only. */
#ifndef HF_SUPPORT_VECTORS_H
#define HF_SUPPORT_VECTORS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct vector_names {
    char **names; /* owned; sorted; file names without the folder */
    size_t count;
};

/* The JSON file at `path` below the vectors ("holdfast/text.json"). The caller
 * calls json_decref(). */
json_t *vectors_load(const char *path);
/* The content of any file below the vectors, into an initialised buffer. */
void vectors_read(const char *path, struct buf *ret_bytes);
/* The names of the regular files in a folder below the vectors. The caller
 * calls vectors_names_done(). */
void vectors_list(const char *folder, struct vector_names *ret_names);
void vectors_names_done(struct vector_names *names);

/* The list of cases `key`, borrowed; it has at least one case. */
json_t *vectors_cases(const json_t *file, const char *key);
/* Has the case this field, and is it not null? */
bool vectors_has(const json_t *object, const char *key);
/* A field, which must be there and of this type. Strings are borrowed from the
 * object; the span form also carries a NUL inside the text. */
const char *vectors_str(const json_t *object, const char *key);
struct span vectors_text(const json_t *object, const char *key);
/* Also above 2^63, where jansson alone would refuse the whole file. */
uint64_t vectors_uint(const json_t *object, const char *key);
/* Is `expect` of the case this word ("ok", "bad", "unreadable")? */
bool vectors_expect(const json_t *object, const char *word);
/* The name of the case, for messages; "?" when it has none. */
const char *vectors_name(const json_t *object);

/* A field in hex (either case), appended to an initialised buffer. */
void vectors_hex(const json_t *object, const char *key, struct buf *ret_bytes);
/* The same for a field of exactly `size` bytes. */
void vectors_hex_fixed(const json_t *object, const char *key, void *ret_data,
                       size_t size);
/* A field in padded base64, appended to an initialised buffer. */
void vectors_base64(const json_t *object, const char *key,
                    struct buf *ret_bytes);
/* Hex in a string instead of a field. */
void vectors_unhex(const char *text, struct buf *ret_bytes);

/* The first `size` bytes of SHA-256(name, 00, i as 8 bytes big-endian) for
 * i = 0, 1, ... (README of the holdfast vectors). */
void prg(const char *name, void *ret_data, size_t size);

#endif
