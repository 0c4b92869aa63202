/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "ledger/cosign.h"

#define KEY_ID_SIZE 4

static bool is_of(const struct note_line *line, const struct note_key *key)
{
    return memcmp(line->key_id, key->id, KEY_ID_SIZE) == 0 &&
           span_is(line->name, key->name);
}

/* What a cosignature line says of its time; false: it is none. */
static bool read_time(const struct note_line *line,
                      uint8_t blob[static COSIGN_BLOB_SIZE], uint64_t *ret_time)
{
    uint8_t bytes[KEY_ID_SIZE + COSIGN_BLOB_SIZE];
    uint64_t time = 0;

    if (base64_parse_fixed(line->base64, bytes, sizeof(bytes)) != ERR_OK) {
        return false;
    }
    memcpy(blob, bytes + KEY_ID_SIZE, COSIGN_BLOB_SIZE);
    for (size_t i = 0; i < 8; i++) {
        time = time << 8 | blob[i];
    }
    *ret_time = time;
    return true;
}

/* The line of this key with the earliest time in the range. */
static const struct note_line *earliest(const struct note *note,
                                        const struct note_key *key,
                                        uint64_t time_max,
                                        uint8_t ret_blob[COSIGN_BLOB_SIZE],
                                        uint64_t *ret_time)
{
    const struct note_line *found = NULL;

    for (size_t i = 0; i < note->line_count; i++) {
        uint8_t blob[COSIGN_BLOB_SIZE];
        uint64_t time;

        if (!is_of(&note->lines[i], key) ||
            !read_time(&note->lines[i], blob, &time) || time < LINE_TIME_MIN ||
            time > time_max || (found != NULL && time >= *ret_time)) {
            continue;
        }
        found = &note->lines[i];
        *ret_time = time;
        memcpy(ret_blob, blob, sizeof(blob));
    }
    return found;
}

void lines_read(const struct note *good, const struct ledger_keys *keys,
                struct note_matches *ret_matches)
{
    ret_matches->count = 0;
    for (size_t i = 0; i < good->line_count; i++) {
        uint8_t blob[COSIGN_BLOB_SIZE];

        for (size_t key = 0; key < keys->count; key++) {
            struct note_match *match =
                &ret_matches->matches[ret_matches->count];

            if (!is_of(&good->lines[i], &keys->keys[key])) {
                continue;
            }
            match->line = i;
            match->key = key;
            match->time = 0;
            if (key == 0 || read_time(&good->lines[i], blob, &match->time)) {
                ret_matches->count++;
            }
            break;
        }
    }
}

/* The better line of one witness: ours, or theirs when it is verified. */
static const struct note_line *choose(const struct note *good,
                                      const struct note *other,
                                      const struct note_key *key,
                                      uint64_t time_max, size_t *gained)
{
    uint8_t blob[COSIGN_BLOB_SIZE];
    uint64_t ours_time = 0;
    uint64_t time = 0;
    const struct note_line *ours =
        earliest(good, key, UINT64_MAX, blob, &ours_time);
    const struct note_line *theirs =
        earliest(other, key, time_max, blob, &time);

    if (theirs == NULL || (ours != NULL && time >= ours_time) ||
        cosign_verify(good->text, &key->public_key, blob, &time) != ERR_OK) {
        return ours;
    }
    (*gained)++;
    return theirs;
}

enum err lines_merge(const struct note *good, const struct note *other,
                     const struct ledger_keys *keys, uint64_t time_max,
                     struct buf *ret_note, size_t *ret_gained)
{
    const struct note_line *lines[1 + NODE_COUNT_MAX] = { NULL };
    size_t gained = 0;

    if (!span_equal(good->text, other->text)) {
        return ERR_CONFLICT;
    }
    for (size_t i = 0; i < good->line_count; i++) {
        if (is_of(&good->lines[i], &keys->keys[0])) {
            lines[0] = &good->lines[i];
        }
    }
    for (size_t key = 1; key < keys->count; key++) {
        lines[key] = choose(good, other, &keys->keys[key], time_max, &gained);
    }
    *ret_gained = gained;
    if (gained == 0 || lines[0] == NULL) {
        *ret_gained = 0;
        return ERR_OK;
    }
    buf_put(ret_note, good->text);
    buf_put_str(ret_note, "\n");
    for (size_t key = 0; key < keys->count; key++) {
        if (lines[key] != NULL) {
            buf_put(ret_note, lines[key]->bytes);
        }
    }
    return ret_note->err;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, KEY_ID_SIZE);
}

uint32_t lines_hash(const struct note *good, const struct ledger_keys *keys)
{
    struct note_matches matches;
    uint8_t ids[NODE_COUNT_MAX][KEY_ID_SIZE];
    struct digest hash;
    size_t count = 0;
    uint32_t number = 0;

    lines_read(good, keys, &matches);
    for (size_t i = 0; i < matches.count && count < NODE_COUNT_MAX; i++) {
        if (matches.matches[i].key != 0) {
            memcpy(ids[count], keys->keys[matches.matches[i].key].id,
                   KEY_ID_SIZE);
            count++;
        }
    }
    if (count == 0) {
        return 0;
    }
    qsort(ids, count, KEY_ID_SIZE, compare_ids);
    hash = digest_of(span_of(ids, count * KEY_ID_SIZE));
    for (size_t i = 0; i < 4; i++) {
        number = number << 8 | hash.bytes[i];
    }
    return number == 0 ? 1 : number;
}
