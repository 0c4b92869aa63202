/* SPDX-License-Identifier: Apache-2.0 */
/* What a deposit run is given and what it gives. Plain values; the pointers are
 * borrowed for the run. */
#ifndef HF_TOOLS_DEPOSIT_TYPES_H
#define HF_TOOLS_DEPOSIT_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/why.h"
#include "tools/holdfast/deposit_journal.h"
#include "tools/holdfast/files.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/progress.h"
#include "tools/holdfast/receipts_out.h"
#include "tools/holdfast/sealing.h"

#define DEPOSIT_IN_FLIGHT 24

struct deposit_run_options {
    struct output *output; /* all borrowed */
    struct line *line;
    const struct sealing_setup *setup;
    struct file_list *list;
    struct deposit_journal *journal;
    struct receipts_out *receipts;
    struct progress *progress;
};

struct deposit_run_result {
    uint64_t done; /* files, those of an earlier run not counted */
    uint64_t done_bytes;
    uint64_t done_before; /* by an earlier run of the same command */
    uint64_t failed;
    uint64_t registered;
    uint64_t pending;
    uint64_t heard; /* when pending: members heard, of */
    uint64_t needed;
    enum err err;              /* what ended the run early, or ERR_OK */
    char code[LINE_CODE_SIZE]; /* its stable name, or "" */
    struct why why;
};

#endif
