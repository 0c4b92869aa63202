/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a deposit's receipts go to: DIR/YYYYMMDD-HHMM.txt, a new one
 * for each run. Made with the first receipt; durable when receipts_out_close()
 * returns. Nothing in it names a file unless with_names. Blocking. */
#ifndef HF_TOOLS_RECEIPTS_OUT_H
#define HF_TOOLS_RECEIPTS_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"

#define RECEIPTS_DIR_DEFAULT "receipts"

struct receipts_out {
    const char *dir; /* borrowed */
    bool with_names;
    uint64_t time_s; /* names the file */
    int fd;          /* -1: no receipt yet */
    char path[4096];
    uint64_t count;
};

void receipts_out_init(struct receipts_out *receipts, const char *dir,
                       bool with_names, uint64_t time_s);
/* Make the folder, and see that one can write there: before the work begins. */
MUST_USE enum err receipts_out_check(const struct receipts_out *receipts,
                                     struct why *ret_why);
/* Append one receipt; `name` goes into an x-name line when with_names. */
MUST_USE enum err receipts_out_add(struct receipts_out *receipts,
                                   struct span receipt, struct span name,
                                   struct why *ret_why);
MUST_USE enum err receipts_out_close(struct receipts_out *receipts,
                                     struct why *ret_why);

#endif
