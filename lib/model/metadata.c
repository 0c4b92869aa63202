/* SPDX-License-Identifier: Apache-2.0 */
#include "model/metadata.h"

#include <string.h>

#include "base/check.h"
#include "base/fields.h"
#include "model/padme.h"
#include "model/pass.h"
#include "model/take.h"
#include "model/x_lines.h"

/* Raw texts are never longer than their written form. */
#define TEXTS_SIZE_MAX NOTE_SIZE_MAX

/* ---- Names --------------------------------------------------------------- */

bool metadata_name_valid(struct span name)
{
    size_t start = 0;

    for (size_t index = 0; index <= name.size; index++) {
        struct span part;

        if (index < name.size && name.data[index] == 0) {
            return false;
        }
        if (index < name.size && name.data[index] != '/') {
            continue;
        }
        part = span_part(name, start, index - start);
        if (part.size == 0 || span_is(part, ".") || span_is(part, "..")) {
            return false;
        }
        start = index + 1;
    }
    return true;
}

/* ---- Writing ------------------------------------------------------------- */

static void put_text(struct buf *to, const char *keyword, struct span raw)
{
    buf_printf(to, "%s ", keyword);
    if (raw.size == 0) {
        buf_put_byte(to, '-');
    } else {
        buf_put_free_text(to, raw);
    }
    buf_put_byte(to, '\n');
}

static void put_number(struct buf *to, const char *keyword, uint64_t value)
{
    buf_printf(to, "%s ", keyword);
    buf_put_decimal(to, value);
    buf_put_byte(to, '\n');
}

static void put_hex(struct buf *to, const char *keyword, const void *data,
                    size_t size)
{
    buf_printf(to, "%s ", keyword);
    buf_put_hex(to, data, size);
}

static void put_facts(const struct metadata *metadata, struct buf *to)
{
    buf_printf(to, "holdfast item 1\nconsortium %s\n", metadata->cid.text);
    put_hex(to, "payload", metadata->root.bytes, sizeof(metadata->root.bytes));
    put_number(to, "", metadata->sealed_size);
    put_hex(to, "sha256", metadata->sha256.bytes,
            sizeof(metadata->sha256.bytes));
    if (metadata->has_sha512) {
        put_hex(to, "\nsha512", metadata->sha512.bytes,
                sizeof(metadata->sha512.bytes));
        buf_put_byte(to, '\n');
    } else {
        buf_put_str(to, "\nsha512 -\n");
    }
    put_number(to, "size", metadata->size);
}

static void put_all(const struct metadata *metadata, struct buf *to)
{
    put_facts(metadata, to);
    put_text(to, "name", metadata->name);
    put_text(to, "type", metadata->type);
    if (metadata->has_modified) {
        put_number(to, "modified", metadata->modified);
    } else {
        buf_put_str(to, "modified -\n");
    }
    put_number(to, "deposited", metadata->deposited);
    put_text(to, "case", metadata->case_name);
    put_text(to, "source", metadata->source);
    put_text(to, "note", metadata->note);
    put_hex(to, "salt", metadata->salt, sizeof(metadata->salt));
    buf_printf(to, "\ndepositor %s ", metadata->depositor.text);
    buf_put_base64(to, span_of(metadata->depositor_key.bytes,
                               sizeof(metadata->depositor_key.bytes)));
    buf_put_str(to, "\npass ");
    if (metadata->pass.size == 0) {
        buf_put_byte(to, '-');
    } else {
        buf_put_base64(to, metadata->pass);
    }
    buf_put_byte(to, '\n');
    buf_put(to, metadata->x_lines);
}

enum err metadata_format(const struct metadata *metadata, struct buf *to)
{
    struct pass pass;

    if (!metadata_name_valid(metadata->name) ||
        !label_valid(label_span(&metadata->depositor)) ||
        !public_key_valid(&metadata->depositor_key) ||
        !payload_sealed_valid(metadata->sealed_size, metadata->size) ||
        metadata->modified > INT64_MAX || metadata->deposited > INT64_MAX) {
        return ERR_RANGE;
    }
    if (metadata->pass.size > 0 &&
        pass_parse_note(metadata->pass, &pass, NULL) != ERR_OK) {
        return ERR_RANGE;
    }
    put_all(metadata, to);
    return to->err;
}

/* ---- Reading ------------------------------------------------------------- */

/* Where a text lies in the buffer while that may still move. */
struct part {
    size_t offset;
    size_t size;
};

struct parts {
    struct part name;
    struct part type;
    struct part case_name;
    struct part source;
    struct part note;
    struct part pass;
    struct part x_lines;
};

static struct part take_text(struct fields *fields, const char *keyword,
                             bool absent_allowed, struct buf *texts)
{
    struct part part = { .offset = texts->size };

    if (fields_line(fields, keyword)) {
        take_free_text(fields, absent_allowed, texts);
    }
    part.size = texts->size - part.offset;
    return part;
}

static struct part take_pass(struct fields *fields, struct buf *texts)
{
    struct part part = { .offset = texts->size };
    struct span text;
    struct pass pass;

    if (!fields_line(fields, "pass")) {
        return part;
    }
    text = fields_value(fields);
    take_end(fields);
    if (fields->failed || span_is(text, "-")) {
        return part;
    }
    if (base64_parse(text, texts) != ERR_OK) {
        (void)fields_fail(fields, "the pass is no base64");
        return part;
    }
    part.size = texts->size - part.offset;
    if (pass_parse_note(span_part(buf_span(texts), part.offset, part.size),
                        &pass, NULL) != ERR_OK) {
        (void)fields_fail(fields, "the pass is no note \"holdfast pass 1\"");
    }
    return part;
}

static void take_sha512(struct fields *fields, struct metadata *metadata)
{
    struct span text;

    if (!fields_line(fields, "sha512")) {
        return;
    }
    text = fields_value(fields);
    take_end(fields);
    if (fields->failed || span_is(text, "-")) {
        return;
    }
    if (hex_parse(text, metadata->sha512.bytes,
                  sizeof(metadata->sha512.bytes)) != ERR_OK) {
        (void)fields_fail(fields, "a SHA-512 has 128 digits 0-9 and a-f");
    }
    metadata->has_sha512 = true;
}

static void take_facts(struct fields *fields, struct metadata *metadata)
{
    if (fields_line(fields, "holdfast item 1")) {
        take_end(fields);
    }
    if (fields_line(fields, "consortium")) {
        take_cid(fields, &metadata->cid);
        take_end(fields);
    }
    if (fields_line(fields, "payload")) {
        take_hex(fields, metadata->root.bytes, sizeof(metadata->root.bytes));
        metadata->sealed_size =
            take_number(fields, "sealed size", 1, PAYLOAD_SIZE_MAX);
        take_end(fields);
    }
    if (fields_line(fields, "sha256")) {
        take_digest(fields, &metadata->sha256);
        take_end(fields);
    }
    take_sha512(fields, metadata);
    metadata->size = take_number_line(fields, "size", 0);
    if (!payload_sealed_valid(metadata->sealed_size, metadata->size)) {
        (void)fields_fail(fields,
                          "a file of %llu bytes has another sealed "
                          "size",
                          (unsigned long long)metadata->size);
    }
}

static void take_modified(struct fields *fields, struct metadata *metadata)
{
    struct span text;

    if (!fields_line(fields, "modified")) {
        return;
    }
    text = fields_value(fields);
    take_end(fields);
    if (fields->failed || span_is(text, "-")) {
        return;
    }
    if (decimal_parse(text, &metadata->modified) != ERR_OK) {
        (void)fields_fail(fields, "\"%.*s\" is no time", SHOWN(text));
    }
    metadata->has_modified = true;
}

static void take_all(struct fields *fields, struct metadata *metadata,
                     struct parts *parts)
{
    struct buf *texts = &metadata->texts;
    struct span x_lines;

    take_facts(fields, metadata);
    parts->name = take_text(fields, "name", false, texts);
    if (!metadata_name_valid(
            span_part(buf_span(texts), parts->name.offset, parts->name.size))) {
        (void)fields_fail(fields, "the name is no relative path");
    }
    parts->type = take_text(fields, "type", true, texts);
    take_modified(fields, metadata);
    metadata->deposited = take_number_line(fields, "deposited", 0);
    parts->case_name = take_text(fields, "case", true, texts);
    parts->source = take_text(fields, "source", true, texts);
    parts->note = take_text(fields, "note", true, texts);
    if (fields_line(fields, "salt")) {
        take_hex(fields, metadata->salt, sizeof(metadata->salt));
        take_end(fields);
    }
    if (fields_line(fields, "depositor")) {
        take_label(fields, "member", &metadata->depositor);
        take_public_key(fields, "depositor", &metadata->depositor_key);
        take_end(fields);
    }
    parts->pass = take_pass(fields, texts);
    x_lines = x_lines_take(fields);
    parts->x_lines = (struct part){ texts->size, x_lines.size };
    buf_put(texts, x_lines);
}

/* Now that the buffer stays where it is. */
static void place_all(struct metadata *metadata, const struct parts *parts)
{
    struct span all = buf_span(&metadata->texts);

    metadata->name = span_part(all, parts->name.offset, parts->name.size);
    metadata->type = span_part(all, parts->type.offset, parts->type.size);
    metadata->case_name =
        span_part(all, parts->case_name.offset, parts->case_name.size);
    metadata->source = span_part(all, parts->source.offset, parts->source.size);
    metadata->note = span_part(all, parts->note.offset, parts->note.size);
    metadata->pass = span_part(all, parts->pass.offset, parts->pass.size);
    metadata->x_lines =
        span_part(all, parts->x_lines.offset, parts->x_lines.size);
}

/* What was understood, written again, must be the same (holdfast.md 1). */
static enum err compare_again(const struct metadata *metadata, struct span text,
                              struct why *ret_why)
{
    struct buf again;
    enum err err = ERR_OK;

    buf_init(&again, text.size);
    put_all(metadata, &again);
    if (again.err == ERR_NO_MEMORY) {
        err = ERR_NO_MEMORY;
    } else if (!span_equal(buf_span(&again), text)) {
        err = why_set(ret_why, ERR_MALFORMED,
                      "some value has another written form");
    }
    buf_wipe(&again);
    return err;
}

enum err metadata_parse(struct span text, struct metadata *ret_metadata,
                        struct why *ret_why)
{
    struct metadata metadata = { .has_sha512 = false };
    struct parts parts;
    struct fields fields;
    enum err err;

    if (span_starts(text, "holdfast item ") &&
        !span_starts(text, "holdfast item 1\n")) {
        return why_set(ret_why, ERR_UNREADABLE,
                       "line 1: a version of items that this release does not "
                       "know");
    }
    buf_init(&metadata.texts, TEXTS_SIZE_MAX);
    fields_init(&fields, text, ret_why);
    take_all(&fields, &metadata, &parts);
    err = fields_finish(&fields);
    if (err == ERR_OK && buf_failed(&metadata.texts)) {
        err = metadata.texts.err;
    }
    if (err == ERR_OK) {
        place_all(&metadata, &parts);
        err = compare_again(&metadata, text, ret_why);
    }
    if (err != ERR_OK) {
        metadata_done(&metadata);
        return err;
    }
    *ret_metadata = metadata;
    return ERR_OK;
}

void metadata_done(struct metadata *metadata)
{
    buf_wipe(&metadata->texts);
}

/* ---- The note ------------------------------------------------------------ */

static enum err depositor_key(const struct metadata *metadata,
                              struct note_key *ret_key)
{
    char name[KEY_NAME_SIZE];

    key_name_format(name, metadata->cid.text, metadata->depositor.text,
                    KEY_ROLE_DEPOSITOR);
    return note_key_init(ret_key, name, NOTE_KEY_ED25519,
                         metadata->depositor_key.bytes);
}

enum err metadata_sign(const struct metadata *metadata,
                       const struct sign_key *signer, struct buf *ret_note)
{
    struct note_key key;
    struct buf text;
    enum err err;

    if (!public_key_equal(&signer->public_key, &metadata->depositor_key)) {
        return ERR_WRONG_KEY;
    }
    buf_init(&text, NOTE_SIZE_MAX);
    err = metadata_format(metadata, &text);
    if (err == ERR_OK) {
        err = depositor_key(metadata, &key);
    }
    if (err == ERR_OK) {
        err = note_sign(ret_note, buf_span(&text), &key, signer);
    }
    buf_wipe(&text);
    return err;
}

enum err metadata_verify(const struct metadata *metadata, struct span note,
                         struct why *ret_why)
{
    struct note parsed;
    struct note_key key;
    enum err err = depositor_key(metadata, &key);

    if (err == ERR_OK) {
        err = note_open(note, NOTE_SIZE_MAX, &key, &parsed, ret_why);
    }
    if (err == ERR_OK && parsed.line_count != 1) {
        err = why_set(ret_why, ERR_WRONG_SIGNATURE,
                      "the description has more than one signature");
    }
    return err;
}

enum err metadata_note_text(struct span note, struct span *ret_text)
{
    struct note parsed;
    enum err err = note_parse(note, NOTE_SIZE_MAX, &parsed, NULL);

    if (err == ERR_OK) {
        *ret_text = parsed.text;
    }
    return err;
}

size_t metadata_padded_size(size_t note_size)
{
    uint64_t padded;

    if (note_size < METADATA_SIZE_MIN) {
        note_size = METADATA_SIZE_MIN;
    }
    CHECK(padme(note_size, &padded) == ERR_OK);
    return (size_t)padded;
}

void metadata_pad(struct buf *note)
{
    size_t size = metadata_padded_size(note->size) - note->size;
    uint8_t *at = buf_extend(note, size);

    if (at != NULL && size > 0) {
        memset(at, '\n', size);
    }
}

enum err metadata_unpad(struct span padded, struct span *ret_note)
{
    struct span note = padded;

    while (note.size >= 2 && note.data[note.size - 1] == '\n' &&
           note.data[note.size - 2] == '\n') {
        note.size--;
    }
    if (note.size == 0 || note.data[note.size - 1] != '\n' ||
        metadata_padded_size(note.size) != padded.size) {
        return ERR_MALFORMED;
    }
    *ret_note = note;
    return ERR_OK;
}

void metadata_commitment(const uint8_t salt[static METADATA_SALT_SIZE],
                         const struct digest *sha256, struct span note,
                         struct digest *ret_commitment)
{
    struct digest note_digest = digest_of(note);
    const struct span parts[] = {
        span_str("holdfast commitment 1\n"),
        span_of(salt, METADATA_SALT_SIZE),
        span_of(sha256->bytes, sizeof(sha256->bytes)),
        span_of(note_digest.bytes, sizeof(note_digest.bytes)),
    };

    *ret_commitment = digest_of_parts(parts, sizeof(parts) / sizeof(parts[0]));
}
