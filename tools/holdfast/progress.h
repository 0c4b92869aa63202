/* SPDX-License-Identifier: Apache-2.0 */
/* How far a long command is: on a terminal one bar on stderr with rate and
 * time left; in a pipe one line at the start, at 25, 50 and 75 %, at least
 * every 10 minutes, and at the end; with --json lines of type progress on
 * stdout. SIGUSR1 prints one now. Call progress_update() as often as you like
 * (it looks at the clock and mostly does nothing), from one thread. */
#ifndef HF_TOOLS_PROGRESS_H
#define HF_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/holdfast/output.h"

struct progress {
    struct output *output; /* borrowed */
    bool terminal;
    size_t columns;
    const char *things; /* "files"; static */
    uint64_t files_total;
    uint64_t bytes_total;
    uint64_t started_ms; /* monotonic, as all times here */
    uint64_t shown_ms;   /* of the last line or bar */
    uint64_t sample_ms;  /* where the rate is measured from */
    uint64_t sample_bytes;
    double rate;      /* bytes a second, smoothed; 0: not known yet */
    unsigned quarter; /* the last one that was printed */
    bool bar;         /* a bar stands on the terminal's line */
};

struct progress_at {
    uint64_t files_done;
    uint64_t bytes_done;
    const char *name; /* borrowed; what is at work; may be NULL; is escaped */
};

/* Totals of 0 are fine: then no percentage is shown. */
void progress_start(struct progress *progress, struct output *output,
                    uint64_t files_total, uint64_t bytes_total);
/* The same for other things than files: "items". */
void progress_start_of(struct progress *progress, struct output *output,
                       const char *things, uint64_t total,
                       uint64_t bytes_total);
void progress_update(struct progress *progress, const struct progress_at *at);
/* Take the bar off the line, before something else is printed. */
void progress_clear(struct progress *progress);
/* The last line: all that was done, the mean rate. */
void progress_end(struct progress *progress, const struct progress_at *at);

/* progress_update() with a given clock, for tests: milliseconds, monotonic. */
void progress_update_at(struct progress *progress, const struct progress_at *at,
                        uint64_t now_ms);
/* Seconds left at this rate; false when nobody can know. */
bool progress_left(const struct progress *progress, uint64_t bytes_done,
                   uint64_t *ret_seconds);
/* Monotonic clock. */
uint64_t now_ms(void);

#endif
