/* SPDX-License-Identifier: Apache-2.0 */
/* What challenges say about each peer: our own results of the last 30 days,
 * kept in the store over restarts, and what other members state of theirs.
 * A slot is that of a peer; of one that is not in use everything is zero or
 * false. Results are written down at most once a minute, a failure at once; so
 * a crash loses a minute of numbers and no failure. Bounds: CHECKS_FAILURES_MAX
 * items a peer; when there are more, the others are only counted, and that many
 * make every copy of that peer doubted anyway. Loop thread.
 * Format: proto/README.md, Challenges. */
#ifndef HF_CORE_PROOFS_H
#define HF_CORE_PROOFS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/state.h"
#include "model/checks.h"
#include "model/source.h"

struct statement_checked;

/* Right answers within 7 days that make a node's claims count. A node with
 * fewer slices is asked for some of them again. */
#define PROOFS_ENOUGH 20

/* Of the last 30 days. asked = good + bad + silent. */
struct proof_numbers {
    uint64_t asked;
    uint64_t good;
    uint64_t bad;
    uint64_t silent;
    bool has_good;
    uint64_t good_time; /* POSIX seconds of the last right answer */
};

/* Within 7 days this peer gave PROOFS_ENOUGH right answers to us; or as fresh
 * statements of two other members say (of one, with three members or fewer). */
bool proofs_enough(const struct node *node, uint32_t slot);
/* None of its copies counts: two of its items failed within 7 days, or as many
 * members as above state failures, and no scrub that began later has ended by
 * its statement. */
bool proofs_doubted(const struct node *node, uint32_t slot);
/* Of the 64 leaves from 64 * word on, those whose item failed a challenge of
 * ours and was not proved since. */
uint64_t proofs_failed_word(const struct node *node,
                            const struct ledger *ledger, uint32_t slot,
                            uint64_t word);
/* How many items of it that is, in all. */
unsigned proofs_failed(const struct node *node, uint32_t slot);
/* How many other members state failures of this peer: to be shown, also when
 * they are too few to count. */
unsigned proofs_reported(const struct node *node, uint32_t slot);
void proofs_numbers(const struct node *node, uint32_t slot,
                    struct proof_numbers *ret_numbers);
/* The lines `checked` of our statement: at most NODE_COUNT_MAX, sorted by node;
 * their number is returned. */
size_t proofs_checked(const struct node *node,
                      struct statement_checked *ret_checked);

/* ---- for core/challenges.h ---- */

/* An answer, or none, about this slice of this item. */
void proofs_result(struct node *node, uint32_t slot,
                   const struct ledger *ledger, uint64_t index, uint64_t slice,
                   enum check_result result);
/* It said that it does not hold what it claims: the claim is withdrawn until
 * its next statement. When it said so before, and claims it again: a failure.
 */
void proofs_denied(struct node *node, uint32_t slot, struct ledger *ledger,
                   uint64_t index, uint64_t slice);
/* The failure that is to be asked about again now: its place. */
bool proofs_again(struct node *node, uint32_t slot, uint32_t *ret_ledger,
                  uint64_t *ret_index, uint64_t *ret_slice);

/* Once, after all ledgers are loaded. */
void proofs_load(struct node *node, const struct source *source);
void proofs_pump(struct node *node);

#endif
