/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include "base/text.h"

#ifndef HF_SOURCE_DIR
#define HF_SOURCE_DIR "." /* built by hand, run in the source directory */
#endif

#define PATH_SIZE 1024
#define FILE_SIZE_MAX (64 << 20)

static void vectors_path(char path[static PATH_SIZE], const char *below)
{
    const char *folder = getenv("HF_VECTORS");
    struct stat info;
    int size;

    if (folder == NULL || folder[0] == '\0') {
        folder = HF_SOURCE_DIR "/../shared/vectors";
    }
    if (stat(folder, &info) != 0) {
        cr_skip_test("no vectors at %s (set HF_VECTORS)", folder);
    }
    size = snprintf(path, PATH_SIZE, "%s/%s", folder, below);
    cr_assert(size > 0 && size < PATH_SIZE, "path too long: %s", below);
}

void vectors_read(const char *path, struct buf *ret_bytes)
{
    char full[PATH_SIZE];
    uint8_t *piece;
    size_t size;
    FILE *file;

    vectors_path(full, path);
    file = fopen(full, "rb");
    cr_assert(file != NULL, "%s: %s", full, strerror(errno));
    piece = malloc(65536);
    cr_assert(piece != NULL);
    while ((size = fread(piece, 1, 65536, file)) > 0) {
        buf_put_data(ret_bytes, piece, size);
    }
    free(piece);
    cr_assert(!ferror(file), "%s cannot be read", full);
    (void)fclose(file);
    cr_assert(!buf_failed(ret_bytes), "%s: %s", full, err_text(ret_bytes->err));
}

/* jansson knows integers below 2^63 only and refuses a file that holds a larger
 * one. Put those in quotes; vectors_uint() takes both. */
static void quote_large_integers(struct span text, struct buf *ret_text)
{
    bool in_string = false;

    for (size_t index = 0; index < text.size;) {
        uint8_t byte = text.data[index];
        size_t size = 1;

        if (byte == '"') {
            in_string = !in_string;
        } else if (in_string && byte == '\\') {
            size = 2;
        } else if (!in_string && isdigit(byte)) {
            while (index + size < text.size &&
                   isdigit(text.data[index + size])) {
                size++;
            }
        }
        if (size >= 19) {
            buf_put_byte(ret_text, '"');
        }
        buf_put(ret_text, span_part(text, index, size));
        if (size >= 19) {
            buf_put_byte(ret_text, '"');
        }
        index += size;
    }
}

json_t *vectors_load(const char *path)
{
    json_error_t error;
    struct buf raw;
    struct buf text;
    json_t *file;

    buf_init(&raw, FILE_SIZE_MAX);
    buf_init(&text, 2 * FILE_SIZE_MAX);
    vectors_read(path, &raw);
    quote_large_integers(buf_span(&raw), &text);
    cr_assert(!buf_failed(&text));
    file = json_loadb((const char *)text.data, text.size,
                      JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    cr_assert(file != NULL, "%s line %d: %s", path, error.line, error.text);
    buf_done(&text);
    buf_done(&raw);
    return file;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_regular(const char *folder, const char *name)
{
    char path[2 * PATH_SIZE];
    struct stat info;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

void vectors_list(const char *folder, struct vector_names *ret_names)
{
    struct vector_names names = { NULL, 0 };
    char full[PATH_SIZE];
    struct dirent *entry;
    DIR *dir;

    vectors_path(full, folder);
    dir = opendir(full);
    cr_assert(dir != NULL, "%s: %s", full, strerror(errno));
    while ((entry = readdir(dir)) != NULL) {
        char **more;

        if (!is_regular(full, entry->d_name)) {
            continue;
        }
        more = realloc(names.names, (names.count + 1) * sizeof(*more));
        cr_assert(more != NULL);
        names.names = more;
        names.names[names.count] = strdup(entry->d_name);
        cr_assert(names.names[names.count] != NULL);
        names.count++;
    }
    (void)closedir(dir);
    cr_assert(names.count > 0, "%s is empty", full);
    qsort(names.names, names.count, sizeof(*names.names), compare_names);
    *ret_names = names;
}

void vectors_names_done(struct vector_names *names)
{
    for (size_t index = 0; index < names->count; index++) {
        free(names->names[index]);
    }
    free(names->names);
    *names = (struct vector_names){ NULL, 0 };
}

json_t *vectors_cases(const json_t *file, const char *key)
{
    json_t *cases = json_object_get(file, key);

    cr_assert(json_array_size(cases) > 0, "no cases \"%s\"", key);
    return cases;
}

bool vectors_has(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return value != NULL && !json_is_null(value);
}

const char *vectors_name(const json_t *object)
{
    const char *name = json_string_value(json_object_get(object, "name"));

    return name != NULL ? name : "?";
}

struct span vectors_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    cr_assert(json_is_string(value), "case \"%s\": no text \"%s\"",
              vectors_name(object), key);
    return span_of(json_string_value(value), json_string_length(value));
}

const char *vectors_str(const json_t *object, const char *key)
{
    struct span text = vectors_text(object, key);

    cr_assert(memchr(text.data, 0, text.size) == NULL,
              "case \"%s\": a NUL in \"%s\"", vectors_name(object), key);
    return (const char *)text.data;
}

uint64_t vectors_uint(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    char *end = NULL;
    uint64_t number;

    if (text != NULL) {
        errno = 0;
        number = strtoull(text, &end, 10);
        cr_assert(isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0,
                  "case \"%s\": \"%s\" is no number", vectors_name(object),
                  key);
        return number;
    }
    cr_assert(json_is_integer(value) && json_integer_value(value) >= 0,
              "case \"%s\": no number \"%s\"", vectors_name(object), key);
    return (uint64_t)json_integer_value(value);
}

bool vectors_expect(const json_t *object, const char *word)
{
    return strcmp(vectors_str(object, "expect"), word) == 0;
}

void vectors_unhex(const char *text, struct buf *ret_bytes)
{
    size_t size = strlen(text) / 2;
    size_t size_used;
    uint8_t *at = buf_extend(ret_bytes, size);

    cr_assert(at != NULL, "hex longer than the buffer");
    cr_assert(sodium_hex2bin(at, size, text, strlen(text), NULL, &size_used,
                             NULL) == 0 &&
                  size_used == size,
              "not hex: %.80s", text);
}

void vectors_hex(const json_t *object, const char *key, struct buf *ret_bytes)
{
    vectors_unhex(vectors_str(object, key), ret_bytes);
}

void vectors_hex_fixed(const json_t *object, const char *key, void *ret_data,
                       size_t size)
{
    struct buf bytes;

    buf_init(&bytes, FILE_SIZE_MAX);
    vectors_hex(object, key, &bytes);
    cr_assert(bytes.size == size, "case \"%s\": \"%s\" has %zu bytes, not %zu",
              vectors_name(object), key, bytes.size, size);
    if (size > 0) {
        memcpy(ret_data, bytes.data, size);
    }
    buf_done(&bytes);
}

void vectors_base64(const json_t *object, const char *key,
                    struct buf *ret_bytes)
{
    enum err err = base64_parse(vectors_text(object, key), ret_bytes);

    cr_assert(err == ERR_OK, "case \"%s\": \"%s\" is no base64",
              vectors_name(object), key);
}

void prg(const char *name, void *ret_data, size_t size)
{
    uint8_t *to = ret_data;
    size_t name_size = strlen(name) + 1; /* with its NUL, the 00 */

    for (uint64_t index = 0; size > 0; index++) {
        crypto_hash_sha256_state state;
        uint8_t hash[crypto_hash_sha256_BYTES];
        uint8_t count[8];
        size_t piece = size < sizeof(hash) ? size : sizeof(hash);

        for (size_t byte = 0; byte < sizeof(count); byte++) {
            count[byte] = (uint8_t)(index >> (56 - 8 * byte));
        }
        (void)crypto_hash_sha256_init(&state);
        (void)crypto_hash_sha256_update(&state, (const uint8_t *)name,
                                        name_size);
        (void)crypto_hash_sha256_update(&state, count, sizeof(count));
        (void)crypto_hash_sha256_final(&state, hash);
        memcpy(to, hash, piece);
        to += piece;
        size -= piece;
    }
}
