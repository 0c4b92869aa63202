/* SPDX-License-Identifier: Apache-2.0 */
#include "model/runs.h"

#include <stdio.h>

#include "base/check.h"
#include "base/text.h"

#define WORD_BITS 64
/* ",FIRST-LAST" with two decimals below 2^63. */
#define RUN_TEXT_SIZE 48

/* ---- Reading ------------------------------------------------------------- */

void runs_init(struct runs *runs, struct span text, uint64_t size)
{
    *runs = (struct runs){ .left = text, .size = size };
}

/* The decimal at the front. */
static bool index_take(struct span *left, uint64_t *ret_index)
{
    size_t digits = 0;

    while (digits < left->size && left->data[digits] >= '0' &&
           left->data[digits] <= '9') {
        digits++;
    }
    if (decimal_parse(span_part(*left, 0, digits), ret_index) != ERR_OK) {
        return false;
    }
    *left = span_part(*left, digits, left->size);
    return true;
}

static bool byte_take(struct span *left, char byte)
{
    if (left->size == 0 || left->data[0] != byte) {
        return false;
    }
    *left = span_part(*left, 1, left->size);
    return true;
}

static bool run_take(struct runs *runs, struct run *run)
{
    /* Only the first run has no comma in front; next is 0 before it alone. */
    if (runs->next > 0 && !byte_take(&runs->left, ',')) {
        return false;
    }
    if (!index_take(&runs->left, &run->first)) {
        return false;
    }
    run->last = run->first;
    if (byte_take(&runs->left, '-') &&
        (!index_take(&runs->left, &run->last) || run->last <= run->first)) {
        return false;
    }
    return run->first >= runs->next && run->last < runs->size;
}

bool runs_next(struct runs *runs, struct run *ret_run)
{
    struct run run;

    if (runs->failed || runs->left.size == 0) {
        return false;
    }
    if (!run_take(runs, &run)) {
        runs->failed = true;
        return false;
    }
    runs->next = run.last + 2; /* one more would touch */
    *ret_run = run;
    return true;
}

enum err runs_check(struct span text, uint64_t size)
{
    struct runs runs;
    struct run run;

    runs_init(&runs, text, size);
    while (runs_next(&runs, &run)) {
    }
    return text.size == 0 || runs.failed ? ERR_MALFORMED : ERR_OK;
}

/* ---- Bitmaps ------------------------------------------------------------- */

/* The 64 bits from `at` on, a multiple of 64; bits beyond size are 0. */
static uint64_t word_at(const uint8_t *bits, uint64_t size, uint64_t at)
{
    uint64_t left = size - at;
    uint64_t word = 0;
    size_t bytes = left < WORD_BITS ? BITS_BYTES((size_t)left) : 8;

    if (bits == NULL) {
        word = UINT64_MAX;
    } else {
        for (size_t byte = 0; byte < bytes; byte++) {
            word |= (uint64_t)bits[at / 8 + byte] << (8 * byte);
        }
    }
    return left < WORD_BITS ? word & ((1ULL << left) - 1) : word;
}

/* Sums of 1, 2, 4 ... bits side by side. */
static unsigned count_bits(uint64_t word)
{
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (unsigned)(word * 0x0101010101010101u >> 56);
}

/* Neither is asked about 0. */
static unsigned lowest_bit(uint64_t word)
{
    return count_bits((word & (~word + 1)) - 1);
}

static unsigned highest_bit(uint64_t word)
{
    for (unsigned shift = 1; shift < WORD_BITS; shift *= 2) {
        word |= word >> shift;
    }
    return count_bits(word) - 1;
}

static uint64_t mask_from(uint64_t bit)
{
    return UINT64_MAX << (bit % WORD_BITS);
}

/* What a word of the two bitmaps says: the bits that must be covered, and
 * those at which a run ends. */
struct words {
    uint64_t must;
    uint64_t stop;
};

static struct words words_at(const struct runs_of *of, uint64_t at)
{
    uint64_t set = word_at(of->set, of->size, at);
    uint64_t cleared =
        of->cleared == NULL ? 0 : word_at(of->cleared, of->size, at);
    struct words words = { .must = set & ~cleared };

    switch (of->over) {
    case RUNS_OVER_NOTHING:
        words.stop = ~words.must;
        break;
    case RUNS_OVER_UNSET:
        words.stop = set & cleared;
        break;
    case RUNS_OVER_CLEARED:
        words.stop = ~set;
        break;
    }
    return words;
}

/* The first index from `at` on that must be covered, or size. */
static uint64_t find_must(const struct runs_of *of, uint64_t at)
{
    while (at < of->size) {
        uint64_t start = at - at % WORD_BITS;
        uint64_t word = words_at(of, start).must & mask_from(at);

        if (word != 0) {
            return start + lowest_bit(word);
        }
        at = start + WORD_BITS;
    }
    return of->size;
}

/* The run that begins at `first`: up to the last index that must be covered
 * before one that ends it. */
static struct run find_run(const struct runs_of *of, uint64_t first)
{
    struct run run = { first, first };
    uint64_t at = first;

    while (at < of->size) {
        uint64_t start = at - at % WORD_BITS;
        struct words words = words_at(of, start);
        uint64_t stop = words.stop & mask_from(at);
        uint64_t must = words.must & mask_from(at);

        if (stop != 0) {
            must &= (1ULL << lowest_bit(stop)) - 1;
        }
        if (must != 0) {
            run.last = start + highest_bit(must);
        }
        if (stop != 0) {
            break;
        }
        at = start + WORD_BITS;
    }
    return run;
}

/* ---- Writing ------------------------------------------------------------- */

/* The next run of at least length_min, with what follows within `gap`. */
static bool next_run(const struct runs_of *of, uint64_t at, struct run *ret_run)
{
    struct run run;
    uint64_t next = find_must(of, at);

    do {
        if (next >= of->size) {
            return false;
        }
        run = find_run(of, next);
        next = find_must(of, run.last + 1);
        while (next < of->size && next - run.last - 1 <= of->gap) {
            run.last = find_run(of, next).last;
            next = find_must(of, run.last + 1);
        }
    } while (run.last - run.first + 1 < of->length_min);
    *ret_run = run;
    return true;
}

static size_t run_text(char text[static RUN_TEXT_SIZE], const struct run *run,
                       bool is_first)
{
    const char *comma = is_first ? "" : ",";
    int size;

    if (run->first == run->last) {
        size = snprintf(text, RUN_TEXT_SIZE, "%s%llu", comma,
                        (unsigned long long)run->first);
    } else {
        size = snprintf(text, RUN_TEXT_SIZE, "%s%llu-%llu", comma,
                        (unsigned long long)run->first,
                        (unsigned long long)run->last);
    }
    CHECK(size > 0 && size < RUN_TEXT_SIZE);
    return (size_t)size;
}

bool runs_format_bits(struct buf *buf, const struct runs_of *of, size_t budget)
{
    size_t used = 0;
    uint64_t at = 0;
    struct run run;

    while (next_run(of, at, &run)) {
        char text[RUN_TEXT_SIZE];
        size_t size = run_text(text, &run, used == 0);

        if (size > budget - used) {
            return false;
        }
        buf_put_data(buf, text, size);
        used += size;
        at = run.last + 1;
    }
    return true;
}

/* Set or clear the bits of one run. */
static void run_apply(const struct run *run, uint8_t *bits, bool set)
{
    uint64_t at = run->first;

    while (at <= run->last) {
        uint8_t mask = (uint8_t)(1u << (at % 8));
        uint64_t step = 1;

        if (at % 8 == 0 && run->last - at >= 7) {
            mask = 0xff;
            step = 8;
        }
        if (set) {
            bits[at / 8] |= mask;
        } else {
            bits[at / 8] &= (uint8_t)~mask;
        }
        at += step;
    }
}

static void text_apply(struct span text, uint64_t size, uint8_t *bits, bool set)
{
    struct runs runs;
    struct run run;

    runs_init(&runs, text, UINT64_MAX);
    while (runs_next(&runs, &run) && run.first < size) {
        if (run.last >= size) {
            run.last = size - 1;
        }
        run_apply(&run, bits, set);
    }
}

void runs_set_bits(struct span text, uint64_t size, uint8_t *bits)
{
    text_apply(text, size, bits, true);
}

void runs_clear_bits(struct span text, uint64_t size, uint8_t *bits)
{
    text_apply(text, size, bits, false);
}

uint64_t bits_count(const uint8_t *bits, uint64_t size)
{
    uint64_t count = 0;

    for (uint64_t at = 0; at < size; at += WORD_BITS) {
        count += count_bits(word_at(bits, size, at));
    }
    return count;
}
