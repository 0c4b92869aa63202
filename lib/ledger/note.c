/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/note.h"

#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "ledger/cosign.h"

#define LINE_START "\xe2\x80\x94 " /* em dash, space */
#define KEY_ID_SIZE 4
#define SIGNATURE_SIZE 64
#define ED25519_BLOB_SIZE (KEY_ID_SIZE + SIGNATURE_SIZE)
#define COSIGNATURE_BLOB_SIZE (KEY_ID_SIZE + COSIGN_BLOB_SIZE)

static const struct span nothing = { NULL, 0 };

/* The text up to the first `end`, which is cut off too. False without one. */
static bool cut(struct span *left, uint8_t end, struct span *ret_part)
{
    const uint8_t *at = NULL;

    if (left->size > 0) {
        at = memchr(left->data, end, left->size);
    }
    if (at == NULL) {
        return false;
    }
    *ret_part = span_of(left->data, (size_t)(at - left->data));
    *left = span_part(*left, ret_part->size + 1, left->size);
    return true;
}

/* UTF-8 without control bytes but LF. */
static bool text_clean(struct span text)
{
    while (text.size > 0) {
        size_t length = utf8_length(text);

        if (length == 0 || (text.data[0] < 0x20 && text.data[0] != '\n')) {
            return false;
        }
        text = span_part(text, length, text.size);
    }
    return true;
}

static bool name_valid(struct span name)
{
    return name.size > 0 && text_clean(name) &&
           memchr(name.data, ' ', name.size) == NULL &&
           memchr(name.data, '+', name.size) == NULL &&
           memchr(name.data, '\n', name.size) == NULL;
}

static void key_id_make(struct note_key *key)
{
    uint8_t type = (uint8_t)key->type;
    struct span parts[] = {
        span_str(key->name),
        span_str("\n"),
        span_of(&type, 1),
        span_of(key->public_key.bytes, sizeof(key->public_key.bytes)),
    };
    struct digest hash = digest_of_parts(parts, 4);

    memcpy(key->id, hash.bytes, sizeof(key->id));
}

static enum err key_make(struct span name, enum note_key_type type,
                         const uint8_t public_key[static 32],
                         struct note_key *ret_key)
{
    struct note_key key;

    if (!name_valid(name) || name.size > NOTE_NAME_SIZE_MAX) {
        return ERR_MALFORMED;
    }
    memset(&key, 0, sizeof(key));
    memcpy(key.name, name.data, name.size);
    key.type = type;
    memcpy(key.public_key.bytes, public_key, sizeof(key.public_key.bytes));
    key_id_make(&key);
    *ret_key = key;
    return ERR_OK;
}

enum err note_key_init(struct note_key *key, const char *name,
                       enum note_key_type type,
                       const uint8_t public_key[static 32])
{
    return key_make(span_str(name), type, public_key, key);
}

enum err note_key_parse(struct span text, struct note_key *ret_key)
{
    uint8_t blob[1 + 32];
    uint8_t id[KEY_ID_SIZE];
    struct note_key key;
    struct span name;
    struct span id_text;
    enum err err;

    if (!cut(&text, '+', &name) || !cut(&text, '+', &id_text) ||
        hex_parse(id_text, id, sizeof(id)) != ERR_OK ||
        base64_parse_fixed(text, blob, sizeof(blob)) != ERR_OK) {
        return ERR_MALFORMED;
    }
    if (blob[0] != NOTE_KEY_ED25519 && blob[0] != NOTE_KEY_COSIGNATURE) {
        return ERR_UNSUPPORTED;
    }
    err = key_make(name,
                   blob[0] == NOTE_KEY_ED25519 ? NOTE_KEY_ED25519
                                               : NOTE_KEY_COSIGNATURE,
                   blob + 1, &key);
    if (err != ERR_OK) {
        return err;
    }
    if (memcmp(key.id, id, sizeof(id)) != 0) {
        return ERR_WRONG_KEY;
    }
    *ret_key = key;
    return ERR_OK;
}

void note_key_format(struct buf *buf, const struct note_key *key)
{
    uint8_t blob[1 + 32];

    blob[0] = (uint8_t)key->type;
    memcpy(blob + 1, key->public_key.bytes, sizeof(key->public_key.bytes));
    buf_put_str(buf, key->name);
    buf_put_str(buf, "+");
    buf_put_hex(buf, key->id, sizeof(key->id));
    buf_put_str(buf, "+");
    buf_put_base64(buf, span_of(blob, sizeof(blob)));
}

/* The key id in front of a signature, after checking that all of it decodes.
 * At least one byte must follow. */
static enum err line_decode(struct span base64,
                            uint8_t ret_key_id[static KEY_ID_SIZE])
{
    struct buf blob;
    enum err err;

    buf_init(&blob, base64.size);
    err = base64_parse(base64, &blob);
    if (err == ERR_OK && blob.size <= KEY_ID_SIZE) {
        err = ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        memcpy(ret_key_id, blob.data, KEY_ID_SIZE);
    }
    buf_done(&blob);
    return err;
}

/* One line with its LF. */
static enum err line_parse(struct span bytes, struct note_line *ret_line)
{
    struct note_line line = { .bytes = bytes };
    struct span left = span_part(bytes, 0, bytes.size - 1);
    enum err err;

    if (!span_starts(left, LINE_START)) {
        return ERR_MALFORMED;
    }
    left = span_part(left, strlen(LINE_START), left.size);
    if (!cut(&left, ' ', &line.name) || !name_valid(line.name)) {
        return ERR_MALFORMED;
    }
    line.base64 = left;
    err = line_decode(left, line.key_id);
    if (err == ERR_OK) {
        *ret_line = line;
    }
    return err;
}

/* Where the last empty line is: the index of the first of its two LFs. */
static bool find_empty_line(struct span bytes, size_t *ret_index)
{
    for (size_t index = bytes.size; index >= 2; index--) {
        if (bytes.data[index - 1] == '\n' && bytes.data[index - 2] == '\n') {
            *ret_index = index - 2;
            return true;
        }
    }
    return false;
}

/* The lines after the empty one. */
static enum err lines_parse(struct span left, struct note *note,
                            struct why *why)
{
    note->line_count = 0;
    while (left.size > 0) {
        const uint8_t *start = left.data;
        struct span line;
        enum err err;

        if (note->line_count == NOTE_LINES_MAX) {
            return why_set(why, ERR_TOO_BIG,
                           "the note has more than %d signature lines",
                           NOTE_LINES_MAX);
        }
        if (!cut(&left, '\n', &line)) {
            return why_set(why, ERR_MALFORMED,
                           "the note's last line has no end");
        }
        err = line_parse(span_of(start, line.size + 1),
                         &note->lines[note->line_count]);
        if (err != ERR_OK) {
            return why_set(why, err,
                           "line %zu after the note's text is no signature "
                           "line",
                           note->line_count + 1);
        }
        note->line_count++;
    }
    if (note->line_count == 0) {
        return why_set(why, ERR_MALFORMED, "the note has no signature line");
    }
    return ERR_OK;
}

enum err note_parse(struct span bytes, size_t size_max, struct note *ret_note,
                    struct why *why)
{
    struct note note;
    size_t empty_line;
    enum err err;

    if (bytes.size > size_max) {
        return why_set(why, ERR_TOO_BIG,
                       "the note has %zu bytes, more than %zu", bytes.size,
                       size_max);
    }
    if (!text_clean(bytes)) {
        return why_set(why, ERR_MALFORMED,
                       "the note is not plain UTF-8 text with LF lines");
    }
    if (!find_empty_line(bytes, &empty_line)) {
        return why_set(why, ERR_MALFORMED,
                       "the note has no empty line before its signatures");
    }
    note.bytes = bytes;
    note.text = span_part(bytes, 0, empty_line + 1);
    err = lines_parse(span_part(bytes, empty_line + 2, bytes.size), &note, why);
    if (err == ERR_OK) {
        *ret_note = note;
    }
    return err;
}

/* Does this line name this key? Proves nothing. */
static bool line_names(const struct note_line *line, const struct note_key *key)
{
    return memcmp(line->key_id, key->id, KEY_ID_SIZE) == 0 &&
           span_is(line->name, key->name);
}

static enum err line_verify(struct span text, const struct note_line *line,
                            const struct note_key *key, uint64_t *ret_time)
{
    uint8_t blob[COSIGNATURE_BLOB_SIZE];
    struct signature signature;

    switch (key->type) {
    case NOTE_KEY_ED25519:
        if (base64_parse_fixed(line->base64, blob, ED25519_BLOB_SIZE) !=
            ERR_OK) {
            return ERR_WRONG_SIGNATURE;
        }
        memcpy(signature.bytes, blob + KEY_ID_SIZE, SIGNATURE_SIZE);
        *ret_time = 0;
        return sign_verify(&key->public_key, text, &signature);
    case NOTE_KEY_COSIGNATURE:
        if (base64_parse_fixed(line->base64, blob, COSIGNATURE_BLOB_SIZE) !=
            ERR_OK) {
            return ERR_WRONG_SIGNATURE;
        }
        return cosign_verify(text, &key->public_key, blob + KEY_ID_SIZE,
                             ret_time);
    }
    return ERR_WRONG_SIGNATURE;
}

/* The index of the key that the line names, or key_count. */
static size_t key_find(const struct note_line *line,
                       const struct note_key *keys, size_t key_count)
{
    size_t index = 0;

    while (index < key_count && !line_names(line, &keys[index])) {
        index++;
    }
    return index;
}

/* Verify a line of a known key, and count the key. */
static enum err line_count(const struct note *note, size_t line, size_t key,
                           const struct note_key *known,
                           struct note_matches *matches)
{
    size_t index = 0;
    uint64_t time;
    enum err err;

    while (index < matches->count && matches->matches[index].key != key) {
        index++;
    }
    if (index < matches->count && known->type == NOTE_KEY_ED25519) {
        return ERR_OK; /* counted already: it says nothing new */
    }
    err = line_verify(note->text, &note->lines[line], known, &time);
    if (err != ERR_OK) {
        return err;
    }
    if (index == matches->count) {
        matches->matches[matches->count++] =
            (struct note_match){ .line = line, .key = key, .time = time };
    } else if (time < matches->matches[index].time) {
        matches->matches[index].line = line;
        matches->matches[index].time = time;
    }
    return ERR_OK;
}

enum err note_verify(const struct note *note, const struct note_key *keys,
                     size_t key_count, struct note_matches *ret_matches,
                     struct why *why)
{
    struct note_matches matches = { .count = 0 };

    for (size_t line = 0; line < note->line_count; line++) {
        size_t key = key_find(&note->lines[line], keys, key_count);
        enum err err;

        if (key == key_count) {
            continue;
        }
        err = line_count(note, line, key, &keys[key], &matches);
        if (err != ERR_OK) {
            return why_set(why, err, "the signature of %s does not verify",
                           keys[key].name);
        }
    }
    *ret_matches = matches;
    return ERR_OK;
}

const struct note_match *note_match_find(const struct note_matches *matches,
                                         size_t key)
{
    for (size_t index = 0; index < matches->count; index++) {
        if (matches->matches[index].key == key) {
            return &matches->matches[index];
        }
    }
    return NULL;
}

enum err note_open(struct span bytes, size_t size_max,
                   const struct note_key *key, struct note *ret_note,
                   struct why *why)
{
    struct note_matches matches;
    struct note note;
    enum err err = note_parse(bytes, size_max, &note, why);

    if (err == ERR_OK) {
        err = note_verify(&note, key, 1, &matches, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (matches.count == 0) {
        return why_set(why, ERR_WRONG_SIGNATURE,
                       "the note has no signature of %s", key->name);
    }
    *ret_note = note;
    return ERR_OK;
}

static enum err signing_check(struct span text, const struct note_key *key,
                              enum note_key_type type,
                              const struct sign_key *secret)
{
    if (text.size == 0 || text.data[text.size - 1] != '\n' ||
        !text_clean(text)) {
        return ERR_MALFORMED;
    }
    if (key->type != type ||
        !public_key_equal(&key->public_key, &secret->public_key)) {
        return ERR_WRONG_KEY;
    }
    return ERR_OK;
}

static enum err line_put(struct buf *buf, const struct note_key *key,
                         struct span blob)
{
    buf_put_str(buf, LINE_START);
    buf_put_str(buf, key->name);
    buf_put_str(buf, " ");
    buf_put_base64(buf, blob);
    buf_put_str(buf, "\n");
    return buf->err;
}

enum err note_sign_line(struct buf *buf, struct span text,
                        const struct note_key *key,
                        const struct sign_key *secret)
{
    uint8_t blob[ED25519_BLOB_SIZE];
    struct signature signature;
    enum err err = signing_check(text, key, NOTE_KEY_ED25519, secret);

    if (err != ERR_OK) {
        return err;
    }
    sign_key_sign(secret, text, &signature);
    memcpy(blob, key->id, KEY_ID_SIZE);
    memcpy(blob + KEY_ID_SIZE, signature.bytes, SIGNATURE_SIZE);
    return line_put(buf, key, span_of(blob, sizeof(blob)));
}

enum err note_cosign_line(struct buf *buf, struct span text,
                          const struct note_key *key, uint64_t time,
                          const struct sign_key *secret)
{
    uint8_t blob[COSIGNATURE_BLOB_SIZE];
    enum err err = signing_check(text, key, NOTE_KEY_COSIGNATURE, secret);

    if (err == ERR_OK) {
        err = cosign_make(text, time, secret, blob + KEY_ID_SIZE);
    }
    if (err != ERR_OK) {
        return err;
    }
    memcpy(blob, key->id, KEY_ID_SIZE);
    return line_put(buf, key, span_of(blob, sizeof(blob)));
}

enum err note_sign(struct buf *buf, struct span text,
                   const struct note_key *key, const struct sign_key *secret)
{
    buf_put(buf, text);
    buf_put_str(buf, "\n");
    return note_sign_line(buf, text, key, secret);
}

/* The line of `key` to keep, from one note; *ret_line stays empty when there
 * is none, and is replaced by an earlier cosignature only. */
static enum err line_choose(const struct note *note, const struct note_key *key,
                            struct span *ret_line, uint64_t *ret_time)
{
    for (size_t index = 0; index < note->line_count; index++) {
        const struct note_line *line = &note->lines[index];
        uint64_t time;
        enum err err;

        if (!line_names(line, key)) {
            continue;
        }
        err = line_verify(note->text, line, key, &time);
        if (err == ERR_NO_MEMORY) {
            return err;
        }
        if (err == ERR_OK && (ret_line->size == 0 || time < *ret_time)) {
            *ret_line = line->bytes;
            *ret_time = time;
        }
    }
    return ERR_OK;
}

enum err note_combine(const struct note *a, const struct note *b,
                      const struct note_key *keys, size_t key_count,
                      struct buf *buf)
{
    size_t line_count_kept = 0;

    if (b != NULL && !span_equal(a->text, b->text)) {
        return ERR_CONFLICT;
    }
    buf_put(buf, a->text);
    buf_put_str(buf, "\n");
    for (size_t index = 0; index < key_count; index++) {
        struct span line = nothing;
        uint64_t time = 0;
        enum err err = line_choose(a, &keys[index], &line, &time);

        if (err == ERR_OK && b != NULL) {
            err = line_choose(b, &keys[index], &line, &time);
        }
        if (err != ERR_OK) {
            return err;
        }
        if (line.size == 0) {
            continue;
        }
        if (line_count_kept == NOTE_LINES_MAX) {
            return ERR_TOO_BIG;
        }
        line_count_kept++;
        buf_put(buf, line);
    }
    return line_count_kept == 0 ? ERR_WRONG_SIGNATURE : buf->err;
}
