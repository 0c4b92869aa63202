/* SPDX-License-Identifier: Apache-2.0 */
/* A file of receipts, each one judged against the rosters that are known here,
 * and the pending ones completed by asking a node. Nothing that a node says is
 * believed unverified: only a genuine receipt of the same deposit takes the
 * place of a pending one. Blocking; one thread. */
#ifndef HF_TOOLS_RECEIPTS_CHECK_H
#define HF_TOOLS_RECEIPTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "model/id.h"
#include "model/receipt.h"
#include "model/record.h"

struct line;
struct roster_chain;
struct tool;

#define RECEIPTS_SIZE_MAX (1ULL << 30)

enum checked_state {
    CHECKED_GENUINE,
    CHECKED_PENDING,
    CHECKED_MALFORMED, /* no receipt, or cut; `deposit` is not set */
    CHECKED_WRONG      /* `check` says which one failed */
};

struct checked_receipt {
    enum checked_state state;
    enum receipt_check check;
    struct span bytes;   /* borrowed: in the file, or in `completed` */
    struct span x_lines; /* borrowed, as it stands in the file */
    struct deposit deposit;
    char *sentence; /* owned; why it is not genuine, or stays pending */
    /* Genuine only. */
    struct label node; /* in whose ledger it stands */
    struct origin origin;
    uint64_t claimed_time;
    uint64_t index;
    bool has_proven_time;
    uint64_t proven_time;
    size_t cosigner_count;
    size_t member_count; /* other members that cosigned, */
    uint64_t needed;     /* of so many; 0: no time is ever proven */
    uint32_t holders;    /* nodes that state that they hold it (stated.h) */
    /* Was pending, or without a proven time, until a moment ago. */
    bool was_pending;
    bool was_unproven;
    struct buf completed; /* owned; its text now */
};

struct checked_receipts {
    struct buf file;               /* owned */
    struct checked_receipt *items; /* owned */
    size_t count;
    size_t genuine;
    size_t pending;
    size_t wrong;     /* also malformed ones */
    size_t unproven;  /* genuine, and more cosignatures may come */
    size_t completed; /* were pending */
    size_t proven;    /* were unproven */
    uint64_t heard;   /* when a node says so: members heard since its start, */
    uint64_t needed;  /* of so many */
};

/* Take the file's bytes apart and judge each receipt. What is no receipt is
 * one that is malformed: an empty file has one of them. ERR_NO_MEMORY,
 * ERR_CANCELLED. checks->file is set; the caller calls checked_done(). */
MUST_USE enum err checked_judge(struct checked_receipts *checks,
                                const struct roster_chain *chain,
                                struct why *ret_why);
/* Ask a node for all that are pending, or whose time is not proven; what it has
 * registered, and what proves a time, is taken over in memory. EXIT_DONE, or
 * the exit code of a problem that was said. */
int checked_complete(struct checked_receipts *checks, struct tool *tool,
                     struct line *line, const struct roster_chain *chain);
/* The file with what was completed, in its old order. */
MUST_USE enum err checked_format(const struct checked_receipts *checks,
                                 struct buf *to);
void checked_done(struct checked_receipts *checks);

/* Genuine, and a later receipt may prove its time? */
bool checked_unproven(const struct checked_receipt *item);

/* What was found about one parsed receipt; used by both. */
MUST_USE enum err checked_judge_one(const struct receipt *receipt,
                                    const struct roster_chain *chain,
                                    struct checked_receipt *ret_item,
                                    struct why *ret_why);

#endif
