/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key_file.h"

#include <string.h>

#include "crypto/bech32.h"
#include "crypto/secret.h"

#define KEY_KIND_COUNT 4

static const struct {
    const char *name;
    const char *prefix; /* of the Bech32 line, in lower case */
    const char *starts; /* what such a line starts with */
} kinds[KEY_KIND_COUNT] = {
    [KEY_NODE] = { "node", "holdfast-node-", "HOLDFAST-NODE-1" },
    [KEY_GOVERNANCE] = { "governance", "holdfast-governance-",
                         "HOLDFAST-GOVERNANCE-1" },
    [KEY_DEPOSITOR] = { "depositor", "holdfast-depositor-",
                        "HOLDFAST-DEPOSITOR-1" },
    [KEY_MASTER] = { "master", "holdfast-master-", "HOLDFAST-MASTER-1" },
};

const char *key_kind_name(enum key_kind kind)
{
    return kinds[kind].name;
}

/* Take the next line, without its LF, off the front of `left`. */
static struct span take_line(struct span *left)
{
    const uint8_t *end = memchr(left->data, '\n', left->size);
    size_t size = end == NULL ? left->size : (size_t)(end - left->data);
    struct span line = span_part(*left, 0, size);

    *left = span_part(*left, size + 1, left->size);
    return line;
}

/* The one line that is neither empty nor a comment. */
static enum err find_key_line(struct span text, struct span *ret_line,
                              size_t *ret_number, struct why *ret_why)
{
    struct span found = { NULL, 0 };
    size_t found_number = 0;
    size_t number = 0;

    while (text.size > 0) {
        struct span line = take_line(&text);

        number++;
        if (line.size == 0 || line.data[0] == '#') {
            continue;
        }
        if (found_number != 0) {
            return why_set(ret_why, ERR_MALFORMED,
                           "line %zu: a second line that is not a comment; a "
                           "key file holds one key",
                           number);
        }
        found = line;
        found_number = number;
    }
    if (found_number == 0) {
        return why_set(ret_why, ERR_MALFORMED, "there is no key in this file");
    }
    *ret_line = found;
    *ret_number = found_number;
    return ERR_OK;
}

/* Say what the line is instead of a key of this kind. */
static enum err explain(struct span line, size_t number, enum key_kind kind,
                        struct why *ret_why)
{
    if (line.data[line.size - 1] == '\r') {
        return why_set(ret_why, ERR_MALFORMED,
                       "line %zu ends with a carriage return; lines must end "
                       "with LF alone",
                       number);
    }
    if (memchr(line.data, ' ', line.size) != NULL) {
        return why_set(ret_why, ERR_MALFORMED,
                       "line %zu: no space may stand before, in or after a key",
                       number);
    }
    if (span_starts(line, kinds[kind].starts)) {
        return why_set(ret_why, ERR_MALFORMED,
                       "line %zu: this %s key is damaged or mistyped (its "
                       "checksum or length is wrong)",
                       number, kinds[kind].name);
    }
    return why_set(ret_why, ERR_MALFORMED,
                   "line %zu is not a %s key (%s... in upper case)", number,
                   kinds[kind].name, kinds[kind].starts);
}

static enum err decode_line(struct span line, size_t number, enum key_kind kind,
                            uint8_t *ret_seed, struct why *ret_why)
{
    for (size_t other = 0; other < KEY_KIND_COUNT; other++) {
        if (bech32_decode_fixed(line, BECH32_UPPER, kinds[other].prefix,
                                ret_seed, KEY_SEED_SIZE) != ERR_OK) {
            continue;
        }
        if (other != (size_t)kind) {
            return why_set(ret_why, ERR_WRONG_KEY,
                           "line %zu is a %s key, but a %s key is needed here",
                           number, kinds[other].name, kinds[kind].name);
        }
        return ERR_OK;
    }
    return explain(line, number, kind, ret_why);
}

enum err key_file_parse(struct span text, enum key_kind kind,
                        struct secret **ret_seed, struct why *ret_why)
{
    struct secret *seed = NULL;
    struct span line = { NULL, 0 };
    size_t number = 0;
    enum err rc;

    if (text.size > KEY_FILE_SIZE_MAX) {
        return why_set(ret_why, ERR_TOO_BIG,
                       "a key file has at most %d bytes, this has %zu",
                       KEY_FILE_SIZE_MAX, text.size);
    }
    rc = find_key_line(text, &line, &number, ret_why);
    if (rc != ERR_OK) {
        return rc;
    }
    seed = secret_new(KEY_SEED_SIZE);
    if (seed == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "no memory for a key");
    }
    rc = decode_line(line, number, kind, secret_bytes(seed), ret_why);
    if (rc != ERR_OK) {
        secret_free(seed);
        return rc;
    }
    *ret_seed = seed;
    return ERR_OK;
}

void key_file_format(struct buf *text, enum key_kind kind,
                     const uint8_t seed[static KEY_SEED_SIZE],
                     struct span comment)
{
    while (comment.size > 0) {
        struct span line = take_line(&comment);

        buf_put_str(text, line.size > 0 ? "# " : "#");
        buf_put(text, line);
        buf_put_byte(text, '\n');
    }
    bech32_encode(text, kinds[kind].prefix, BECH32_UPPER,
                  span_of(seed, KEY_SEED_SIZE));
    buf_put_byte(text, '\n');
}
