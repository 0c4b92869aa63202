/* SPDX-License-Identifier: Apache-2.0 */
/* Drafts of a roster's text, to be edited by people. Pure functions. */
#ifndef HF_MODEL_ROSTER_DRAFT_H
#define HF_MODEL_ROSTER_DRAFT_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "model/roster.h"

/* The head of a version 1 with the defaults; the member and node lines are
 * still to be written. */
void roster_draft_first(const char *consortium, struct buf *to);
/* The same lines, next version, previous filled in, without `supersedes`. */
void roster_draft_successor(const struct roster *old, struct buf *to);
/* Bring the lines of an edited draft into their order and spacing: head,
 * members with their lines, nodes, closed ledgers, x- lines. Drops empty lines,
 * spaces too many, CR, and lines that are there twice word for word. Does not
 * judge: roster_parse does. ERR_MALFORMED for a keyword that no roster has,
 * ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_USE enum err roster_sort(struct span draft, struct buf *to,
                              struct why *ret_why);

#endif
