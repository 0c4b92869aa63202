/* SPDX-License-Identifier: Apache-2.0 */
/* RUNS: sets of leaf indexes in one text, "3,5-7,12": ascending, two runs never
 * touch, a single index stands without a dash, all are below a SIZE. There is
 * no text for the empty set. They are read from the text and written from
 * bitmaps without any memory of their own. In a bitmap, index i is bit i % 8
 * (from the lowest) of byte i / 8; what stands in it beyond its size is not
 * looked at. Pure functions. Format: proto/README.md, Statements. */
#ifndef HF_MODEL_RUNS_H
#define HF_MODEL_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

/* Bytes of a bitmap of `size` bits. */
#define BITS_BYTES(size) (((size) + 7) / 8)

/* A walk over a text. After the first mistake it stays failed. */
struct runs {
    struct span left; /* borrowed; not yet read */
    uint64_t size;    /* every index is below it */
    uint64_t next;    /* the least index that the next run may begin with */
    bool failed;
};

/* From `first` to `last`, both of it. */
struct run {
    uint64_t first;
    uint64_t last;
};

/* Begin a walk. The text of an absent line is an empty span: no run. */
void runs_init(struct runs *runs, struct span text, uint64_t size);
/* The next run; false at the end, and when runs->failed. */
MUST_USE bool runs_next(struct runs *runs, struct run *ret_run);
/* Is this the one text of a set that is not empty, all below size?
 * ERR_MALFORMED. */
MUST_USE enum err runs_check(struct span text, uint64_t size);
/* Which gaps between two runs are written over, because it saves text and
 * changes nothing for the reader of the line. */
enum runs_over {
    RUNS_OVER_NOTHING,
    RUNS_OVER_UNSET,   /* gaps in which `set` has no bit */
    RUNS_OVER_CLEARED, /* gaps in which both have every bit */
};

/* What is to be written: the indexes that are in `set` and not in `cleared`. */
struct runs_of {
    const uint8_t *set;     /* borrowed; NULL: all of size */
    const uint8_t *cleared; /* borrowed; NULL: none */
    uint64_t size;
    enum runs_over over;
    /* Coarser, when the exact text is too long; both 0 for the exact one. */
    uint64_t gap;        /* gaps of up to so many indexes are written over */
    uint64_t length_min; /* runs shorter than this are left out */
};

/* Append the text to buf, at most `budget` bytes; nothing for an empty set.
 * True when all of it fitted, else it ends behind the last run that did. Should
 * buf fail, it stays failed, as ever. */
MUST_USE bool runs_format_bits(struct buf *buf, const struct runs_of *of,
                               size_t budget);

/* Set or clear the bits of a text that runs_check() took with this size or a
 * smaller one. */
void runs_set_bits(struct span text, uint64_t size, uint8_t *bits);
void runs_clear_bits(struct span text, uint64_t size, uint8_t *bits);
/* How many bits of a bitmap are set. */
uint64_t bits_count(const uint8_t *bits, uint64_t size);

#endif
