/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "crypto/secret.h"
#include "model/take.h"

/* ---- Writing ------------------------------------------------------------- */

static void put_value_hex(struct buf *to, const void *data, size_t size)
{
    buf_put_byte(to, ' ');
    buf_put_hex(to, data, size);
}

static void put_value(struct buf *to, uint64_t value)
{
    buf_put_byte(to, ' ');
    buf_put_decimal(to, value);
}

static void put_keyword(struct buf *to, const char *keyword, uint64_t number)
{
    buf_put_str(to, keyword);
    put_value(to, number);
}

void journal_put_head(struct buf *to, const struct cid *cid)
{
    buf_printf(to, "holdfast journal 1\nconsortium %s\n", cid->text);
}

void journal_put_file(struct buf *to, uint64_t number,
                      const struct journal_stamp *stamp, struct span path)
{
    put_keyword(to, "file", number);
    put_value(to, stamp->size);
    put_value(to, stamp->mtime_ns);
    put_value(to, stamp->ctime_ns);
    buf_put_byte(to, ' ');
    buf_put_free_text(to, path);
    buf_put_byte(to, '\n');
}

void journal_put_attempt(struct buf *to, uint64_t number,
                         const struct journal_attempt *attempt)
{
    put_keyword(to, "attempt", number);
    put_value_hex(to, attempt->file_key, sizeof(attempt->file_key));
    put_value_hex(to, attempt->payload_nonce, sizeof(attempt->payload_nonce));
    put_value_hex(to, attempt->salt, sizeof(attempt->salt));
    buf_put_byte(to, '\n');
}

void journal_put_block(struct buf *to, uint64_t number, uint64_t index,
                       const struct block_id *name)
{
    put_keyword(to, "block", number);
    put_value(to, index);
    put_value_hex(to, name->bytes, sizeof(name->bytes));
    buf_put_byte(to, '\n');
}

void journal_put_header(struct buf *to, uint64_t number,
                        const struct digest *commitment,
                        const struct payload_root *root, struct span header)
{
    put_keyword(to, "header", number);
    put_value_hex(to, commitment->bytes, sizeof(commitment->bytes));
    put_value_hex(to, root->bytes, sizeof(root->bytes));
    buf_put_byte(to, ' ');
    buf_put_base64(to, header);
    buf_put_byte(to, '\n');
}

void journal_put_done(struct buf *to, uint64_t number)
{
    put_keyword(to, "done", number);
    buf_put_byte(to, '\n');
}

void journal_format(const struct journal *journal, struct buf *to)
{
    journal_put_head(to, &journal->cid);
    for (size_t number = 0; number < journal->count; number++) {
        const struct journal_file *file = &journal->files[number];

        journal_put_file(to, number, &file->stamp, buf_span(&file->path));
        if (file->has_attempt) {
            journal_put_attempt(to, number, &file->attempt);
        }
        for (size_t index = 0; index < file->block_count; index++) {
            journal_put_block(to, number, file->blocks[index].index,
                              &file->blocks[index].name);
        }
        if (file->has_header) {
            journal_put_header(to, number, &file->commitment, &file->root,
                               buf_span(&file->header));
        }
        if (file->done) {
            journal_put_done(to, number);
        }
    }
}

/* ---- Reading ------------------------------------------------------------- */

/* A larger array with the same content; the old one is wiped, for it may hold
 * keys. NULL without memory. */
static void *grow(void *old, size_t count, size_t *room, size_t item_size)
{
    size_t new_room = *room < 16 ? 16 : *room * 2;
    void *larger = calloc(new_room, item_size);

    if (larger == NULL) {
        return NULL;
    }
    if (old != NULL) {
        memcpy(larger, old, count * item_size);
        secret_wipe(old, count * item_size);
        free(old);
    }
    *room = new_room;
    return larger;
}

static enum err take_file(struct fields *fields, struct journal *journal)
{
    struct journal_file file = { .block_count = 0 };

    (void)take_number(fields, "next file", journal->count, journal->count);
    file.stamp.size = take_number(fields, "size", 0, INT64_MAX);
    file.stamp.mtime_ns = take_number(fields, "time", 0, INT64_MAX);
    file.stamp.ctime_ns = take_number(fields, "time", 0, INT64_MAX);
    buf_init(&file.path, JOURNAL_SIZE_MAX);
    buf_init(&file.header, HEADER_SIZE_MAX);
    take_free_text(fields, false, &file.path);
    if (!fields->failed && journal->count == journal->room) {
        struct journal_file *files = grow(journal->files, journal->count,
                                          &journal->room, sizeof(*files));

        if (files == NULL) {
            buf_done(&file.path);
            return ERR_NO_MEMORY;
        }
        journal->files = files;
    }
    if (fields->failed) {
        buf_done(&file.path);
        return ERR_MALFORMED;
    }
    journal->files[journal->count++] = file;
    return ERR_OK;
}

/* The file of this line, which must have begun. */
static struct journal_file *take_number_of(struct fields *fields,
                                           struct journal *journal)
{
    uint64_t number = take_number(fields, "file of this journal", 0, INT64_MAX);

    if (!fields->failed && number >= journal->count) {
        (void)fields_fail(fields, "speaks of a file that did not come");
    }
    return fields->failed ? NULL : &journal->files[number];
}

static enum err take_attempt(struct fields *fields, struct journal *journal)
{
    struct journal_file *file = take_number_of(fields, journal);
    struct journal_attempt attempt;

    take_hex(fields, attempt.file_key, sizeof(attempt.file_key));
    take_hex(fields, attempt.payload_nonce, sizeof(attempt.payload_nonce));
    take_hex(fields, attempt.salt, sizeof(attempt.salt));
    take_end(fields);
    if (!fields->failed && file->done) {
        (void)fields_fail(fields, "this file was done already");
    }
    if (!fields->failed) {
        file->attempt = attempt;
        file->has_attempt = true;
        file->has_header = false;
        file->block_count = 0;
    }
    secret_wipe(&attempt, sizeof(attempt));
    return fields->failed ? ERR_MALFORMED : ERR_OK;
}

/* What belongs to an attempt comes after it. */
static void demand_attempt(struct fields *fields,
                           const struct journal_file *file)
{
    if (!fields->failed && (!file->has_attempt || file->done)) {
        (void)fields_fail(fields, "no attempt is on its way for this file");
    }
}

static enum err take_block(struct fields *fields, struct journal *journal)
{
    struct journal_file *file = take_number_of(fields, journal);
    struct journal_block block;

    block.index = take_number(fields, "block", 0,
                              (uint64_t)NAMES_PER_PAGE * NAME_PAGES_MAX);
    take_hex(fields, block.name.bytes, sizeof(block.name.bytes));
    take_end(fields);
    demand_attempt(fields, file);
    if (fields->failed) {
        return ERR_MALFORMED;
    }
    if (file->block_count == file->block_room) {
        struct journal_block *blocks = grow(file->blocks, file->block_count,
                                            &file->block_room, sizeof(*blocks));

        if (blocks == NULL) {
            return ERR_NO_MEMORY;
        }
        file->blocks = blocks;
    }
    file->blocks[file->block_count++] = block;
    return ERR_OK;
}

static enum err take_header(struct fields *fields, struct journal *journal)
{
    struct journal_file *file = take_number_of(fields, journal);
    struct digest commitment;
    struct payload_root root;
    struct buf header;
    enum err err = ERR_OK;

    buf_init(&header, HEADER_SIZE_MAX);
    take_digest(fields, &commitment);
    take_hex(fields, root.bytes, sizeof(root.bytes));
    take_base64(fields, &header);
    take_end(fields);
    demand_attempt(fields, file);
    if (fields->failed) {
        err = ERR_MALFORMED;
    } else {
        buf_clear(&file->header);
        buf_put(&file->header, buf_span(&header));
        err = file->header.err;
        file->commitment = commitment;
        file->root = root;
        file->has_header = true;
    }
    buf_done(&header);
    return err;
}

static enum err take_done(struct fields *fields, struct journal *journal)
{
    struct journal_file *file = take_number_of(fields, journal);

    take_end(fields);
    demand_attempt(fields, file);
    if (fields->failed) {
        return ERR_MALFORMED;
    }
    file->done = true;
    return ERR_OK;
}

static const struct {
    const char *keyword;
    enum err (*take)(struct fields *fields, struct journal *journal);
} line_kinds[] = {
    { "block", take_block },     { "file", take_file },
    { "attempt", take_attempt }, { "header", take_header },
    { "done", take_done },
};

#define LINE_KIND_COUNT (sizeof(line_kinds) / sizeof(line_kinds[0]))

static enum err take_line(struct fields *fields, struct journal *journal)
{
    for (size_t kind = 0; kind < LINE_KIND_COUNT; kind++) {
        if (fields_next_is(fields, line_kinds[kind].keyword)) {
            return fields_line(fields, line_kinds[kind].keyword)
                       ? line_kinds[kind].take(fields, journal)
                       : ERR_MALFORMED;
        }
    }
    fields->line_number++;
    return fields_fail(fields, "no line of a journal begins like this");
}

static int compare_blocks(const void *a, const void *b)
{
    const struct journal_block *x = a;
    const struct journal_block *y = b;

    return x->index < y->index ? -1 : x->index > y->index;
}

/* Blocks by index, each once. Two names for one block cannot be. */
static enum err sort_blocks(struct journal *journal, struct why *ret_why)
{
    for (size_t number = 0; number < journal->count; number++) {
        struct journal_file *file = &journal->files[number];
        size_t count = 0;

        if (file->block_count > 0) {
            qsort(file->blocks, file->block_count, sizeof(file->blocks[0]),
                  compare_blocks);
        }
        for (size_t index = 0; index < file->block_count; index++) {
            const struct journal_block *block = &file->blocks[index];

            if (count == 0 || file->blocks[count - 1].index != block->index) {
                file->blocks[count++] = *block;
            } else if (!block_id_equal(&file->blocks[count - 1].name,
                                       &block->name)) {
                return why_set(ret_why, ERR_MALFORMED,
                               "file %zu has two names for block %llu", number,
                               (unsigned long long)block->index);
            }
        }
        file->block_count = count;
    }
    return ERR_OK;
}

static int compare_spans(struct span a, struct span b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size == 0 ? 0 : memcmp(a.data, b.data, size);

    if (order != 0) {
        return order;
    }
    return a.size < b.size ? -1 : a.size > b.size;
}

/* By path, then by age. */
static int compare_paths(const void *a, const void *b)
{
    const struct journal_file *x = ((const struct journal_path *)a)->file;
    const struct journal_file *y = ((const struct journal_path *)b)->file;
    int order = compare_spans(buf_span(&x->path), buf_span(&y->path));

    if (order != 0) {
        return order;
    }
    return x < y ? -1 : x > y;
}

static enum err sort_paths(struct journal *journal)
{
    struct journal_path *paths = calloc(journal->count + 1, sizeof(*paths));

    if (paths == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t number = 0; number < journal->count; number++) {
        paths[number].file = &journal->files[number];
    }
    qsort(paths, journal->count, sizeof(*paths), compare_paths);
    journal->paths = paths;
    return ERR_OK;
}

/* Without a last line that was cut off. */
static struct span whole_lines(struct span text)
{
    while (text.size > 0 && text.data[text.size - 1] != '\n') {
        text.size--;
    }
    return text;
}

static bool has_head(struct span text)
{
    size_t line_count = 0;

    for (size_t index = 0; index < text.size && line_count < 2; index++) {
        line_count += text.data[index] == '\n' ? 1 : 0;
    }
    return line_count == 2;
}

enum err journal_parse(struct span text, struct journal *ret_journal,
                       struct why *ret_why)
{
    struct journal journal = { .count = 0 };
    struct fields fields;
    enum err err = ERR_OK;

    text = whole_lines(text);
    if (text.size > JOURNAL_SIZE_MAX) {
        return why_set(ret_why, ERR_TOO_BIG, "the journal is too large");
    }
    if (span_starts(text, "holdfast journal ") &&
        !span_starts(text, "holdfast journal 1\n")) {
        return why_set(ret_why, ERR_UNREADABLE,
                       "line 1: a version of journals that this release does "
                       "not know");
    }
    if (!has_head(text)) {
        return why_set(ret_why, ERR_NOT_FOUND, "nothing was written yet");
    }
    fields_init(&fields, text, ret_why);
    if (fields_line(&fields, "holdfast journal 1") &&
        fields_line_end(&fields) && fields_line(&fields, "consortium")) {
        take_cid(&fields, &journal.cid);
        take_end(&fields);
    }
    while (err == ERR_OK && !fields.failed && !fields_at_end(&fields)) {
        err = take_line(&fields, &journal);
    }
    if (err == ERR_OK) {
        err = fields_finish(&fields);
    }
    if (err == ERR_OK) {
        err = sort_blocks(&journal, ret_why);
    }
    if (err == ERR_OK) {
        err = sort_paths(&journal);
    }
    if (err != ERR_OK) {
        journal_done(&journal);
        return err;
    }
    journal.size = text.size;
    *ret_journal = journal;
    return ERR_OK;
}

void journal_done(struct journal *journal)
{
    for (size_t number = 0; number < journal->count; number++) {
        struct journal_file *file = &journal->files[number];

        buf_wipe(&file->path);
        buf_done(&file->header);
        free(file->blocks);
        secret_wipe(file, sizeof(*file));
    }
    free(journal->files);
    free(journal->paths);
    *journal = (struct journal){ .count = 0 };
}

/* ---- Looking up ---------------------------------------------------------- */

const struct journal_file *journal_find(const struct journal *journal,
                                        struct span path,
                                        const struct journal_stamp *stamp)
{
    size_t low = 0;
    size_t high = journal->count;

    /* Behind the last one of this path: there the newest stands. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_spans(buf_span(&journal->paths[middle].file->path), path) <=
            0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low > 0; low--) {
        const struct journal_file *file = journal->paths[low - 1].file;

        if (!span_equal(buf_span(&file->path), path)) {
            break;
        }
        if (file->stamp.size == stamp->size &&
            file->stamp.mtime_ns == stamp->mtime_ns &&
            file->stamp.ctime_ns == stamp->ctime_ns) {
            return file;
        }
    }
    return NULL;
}

const struct block_id *journal_find_block(const struct journal_file *file,
                                          uint64_t index)
{
    struct journal_block wanted = { .index = index };
    const struct journal_block *found = NULL;

    if (file->block_count > 0) {
        found = bsearch(&wanted, file->blocks, file->block_count,
                        sizeof(wanted), compare_blocks);
    }
    return found == NULL ? NULL : &found->name;
}
