/* SPDX-License-Identifier: Apache-2.0 */
#include "model/roster_draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void roster_draft_first(const char *consortium, struct buf *to)
{
    buf_printf(to,
               "holdfast roster 1\n"
               "consortium %s\n"
               "version 1\n"
               "copies 3\n"
               "jurisdictions 2\n"
               "placement rendezvous-1\n"
               "cosigners 1\n"
               "wait 1209600\n"
               "proof-age 2592000\n",
               consortium);
}

/* The line of an old roster without its LF; the rest stays. */
static struct span next_line(struct span *left)
{
    struct span line = *left;

    for (size_t index = 0; index < left->size; index++) {
        if (left->data[index] == '\n') {
            line.size = index;
            break;
        }
    }
    *left = span_part(*left, line.size + 1, left->size);
    return line;
}

void roster_draft_successor(const struct roster *old, struct buf *to)
{
    struct span left = buf_span(&old->text);

    while (left.size > 0) {
        struct span line = next_line(&left);

        if (span_starts(line, "previous ") ||
            span_starts(line, "supersedes ")) {
            continue;
        }
        if (span_starts(line, "version ")) {
            buf_put_str(to, "version ");
            buf_put_decimal(to, old->version + 1);
            buf_put_str(to, "\nprevious ");
            buf_put_hex(to, old->hash.bytes, sizeof(old->hash.bytes));
        } else {
            buf_put(to, line);
        }
        buf_put_byte(to, '\n');
    }
}

/* ---- Sorting ------------------------------------------------------------- */

/* What a line is, in the order in which a roster has them. The lines of one
 * member stand together, so theirs sort by the member first. */
static const char *const keywords[] = {
    "holdfast",  "consortium",    "version",   "previous",  "supersedes",
    "copies",    "jurisdictions", "placement", "cosigners", "wait",
    "proof-age", "member",        "seal",      "recipient", "quota",
    "node",      "closed",
};

#define KEYWORD_COUNT (sizeof(keywords) / sizeof(keywords[0]))
#define FIRST_OF_MEMBER 11
#define LAST_OF_MEMBER 14
#define SEAL 12

/* A line of a draft, tidied. */
struct line {
    size_t rank;       /* index in keywords; KEYWORD_COUNT for x- lines */
    size_t number;     /* in the draft: x- lines keep their order */
    struct span text;  /* in the tidied text */
    struct span label; /* the second word */
};

static struct span word_at(struct span text, size_t count)
{
    size_t start = 0;

    while (start < text.size) {
        size_t size = 0;

        while (start + size < text.size && text.data[start + size] != ' ') {
            size++;
        }
        if (count == 0) {
            return span_part(text, start, size);
        }
        count--;
        start += size + 1;
    }
    return span_of(NULL, 0);
}

/* Without surrounding and doubled spaces; x- lines keep those within. */
static void put_tidy(struct buf *to, struct span line)
{
    bool is_free = span_starts(line, "x-");
    bool space_due = false;
    size_t start = to->size;

    while (line.size > 0 && (line.data[line.size - 1] == ' ' ||
                             line.data[line.size - 1] == '\t' ||
                             line.data[line.size - 1] == '\r')) {
        line.size--;
    }
    for (size_t index = 0; index < line.size; index++) {
        uint8_t byte = line.data[index];

        if (!is_free && (byte == ' ' || byte == '\t')) {
            space_due = to->size > start;
            continue;
        }
        if (space_due) {
            buf_put_byte(to, ' ');
            space_due = false;
        }
        buf_put_byte(to, byte);
    }
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

static size_t group_of(const struct line *line)
{
    bool of_member =
        line->rank >= FIRST_OF_MEMBER && line->rank <= LAST_OF_MEMBER;

    return of_member ? FIRST_OF_MEMBER : line->rank;
}

static int compare_lines(const void *a_line, const void *b_line)
{
    const struct line *a = a_line;
    const struct line *b = b_line;
    int order;

    if (group_of(a) != group_of(b)) {
        return group_of(a) < group_of(b) ? -1 : 1;
    }
    if (a->rank < KEYWORD_COUNT) {
        order = compare_spans(a->label, b->label);
        if (order == 0 && a->rank != b->rank) {
            return a->rank < b->rank ? -1 : 1;
        }
        if (order == 0) {
            order = compare_spans(a->text, b->text);
        }
        if (order != 0) {
            return order;
        }
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

static enum err classify(struct span text, size_t number, struct line *ret_line,
                         struct why *ret_why)
{
    struct span word = word_at(text, 0);
    size_t rank = 0;

    while (rank < KEYWORD_COUNT && !span_is(word, keywords[rank])) {
        rank++;
    }
    if (rank == KEYWORD_COUNT && !span_starts(word, "x-")) {
        return why_set(ret_why, ERR_MALFORMED,
                       "line %zu: no line of a roster begins with \"%.*s\"",
                       number, word.size < 40 ? (int)word.size : 40,
                       word.size == 0 ? "" : (const char *)word.data);
    }
    *ret_line = (struct line){ rank, number, text, word_at(text, 1) };
    return ERR_OK;
}

static int compare_words(const void *a, const void *b)
{
    return compare_spans(*(const struct span *)a, *(const struct span *)b);
}

/* The labels of a seal line in order, each once. */
static void put_seal(struct buf *to, struct span text)
{
    struct span words[MEMBER_COUNT_MAX];
    size_t count = 0;

    while (count < MEMBER_COUNT_MAX) {
        struct span word = word_at(text, count + 2);

        if (word.size == 0) {
            break;
        }
        words[count++] = word;
    }
    if (word_at(text, count + 2).size > 0) {
        buf_put(to, text); /* too many: the parser says so */
        return;
    }
    qsort(words, count, sizeof(words[0]), compare_words);
    buf_put_str(to, "seal ");
    buf_put(to, word_at(text, 1));
    for (size_t index = 0; index < count; index++) {
        if (index == 0 || !span_equal(words[index - 1], words[index])) {
            buf_put_byte(to, ' ');
            buf_put(to, words[index]);
        }
    }
}

static void put_sorted(struct buf *to, struct line *lines, size_t count)
{
    qsort(lines, count, sizeof(*lines), compare_lines);
    for (size_t index = 0; index < count; index++) {
        bool is_x = lines[index].rank == KEYWORD_COUNT;

        if (!is_x && index > 0 &&
            span_equal(lines[index - 1].text, lines[index].text)) {
            continue;
        }
        if (lines[index].rank == SEAL) {
            put_seal(to, lines[index].text);
        } else {
            buf_put(to, lines[index].text);
        }
        buf_put_byte(to, '\n');
    }
}

static size_t count_line_ends(struct span text)
{
    size_t count = 0;

    for (size_t index = 0; index < text.size; index++) {
        count += text.data[index] == '\n' ? 1 : 0;
    }
    return count;
}

enum err roster_sort(struct span draft, struct buf *to, struct why *ret_why)
{
    struct line *lines = calloc(count_line_ends(draft) + 1, sizeof(*lines));
    size_t count = 0;
    size_t number = 0;
    struct buf tidy;
    enum err err = ERR_OK;

    /* Tidying only drops bytes, so this buffer is made once and stays. */
    buf_init(&tidy, draft.size + 1);
    if (lines == NULL || buf_extend(&tidy, draft.size + 1) == NULL) {
        err = ERR_NO_MEMORY;
    }
    buf_clear(&tidy);
    while (err == ERR_OK && draft.size > 0) {
        struct span line = next_line(&draft);
        size_t start = tidy.size;

        number++;
        put_tidy(&tidy, line);
        if (tidy.size > start) {
            err = classify(span_of(tidy.data + start, tidy.size - start),
                           number, &lines[count++], ret_why);
        }
    }
    if (err == ERR_OK) {
        put_sorted(to, lines, count);
        err = to->err;
    }
    free(lines);
    buf_done(&tidy);
    return err;
}
