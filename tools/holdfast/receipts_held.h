/* SPDX-License-Identifier: Apache-2.0 */
/* Who states by now that he holds what receipts are of (stated.h). Blocking;
 * one thread. */
#ifndef HF_TOOLS_RECEIPTS_HELD_H
#define HF_TOOLS_RECEIPTS_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/holdfast/output.h"
#include "tools/holdfast/receipts_check.h"
#include "tools/holdfast/stated.h"

struct line;
struct roster_chain;
struct tool;

struct receipts_held {
    bool asked; /* else the rest means nothing */
    struct stated stated;
    uint64_t short_count; /* genuine ones that too few members hold */
};

/* Fills held, which is zeroed, and the holders of each genuine receipt. The
 * chain may gain later rosters and must live as long. The caller calls
 * receipts_held_done(). EXIT_DONE, or the exit code of a problem that was
 * said. */
int receipts_held_ask(struct receipts_held *held, struct tool *tool,
                      struct line *line, struct roster_chain *chain,
                      struct checked_receipts *checks);
/* Also fine for a zeroed one. */
void receipts_held_done(struct receipts_held *held);
/* The row "now". */
void receipts_held_say(const struct receipts_held *held,
                       const struct checked_receipts *checks,
                       struct output *output);

#endif
