/* SPDX-License-Identifier: Apache-2.0 */
/* All rosters of a consortium that are known and properly signed, and which of
 * them are in force (holdfast.md 6). Version 1 is signed by all of its own
 * governance keys, each later one by more than half of those of the roster
 * before. Nothing is in force without an unbroken chain from version 1. When
 * two successors of one roster stand against each other and no rule decides,
 * the chain is forked (alarm ROSTER-FORK): it stays where it was, all notes are
 * kept and spread, and it goes on when a successor heals it. A chain never goes
 * back to a lower version.
 * A chain owns its rosters and notes; pointers to them stay valid until
 * roster_chain_free(). Changed only by its owner's thread. */
#ifndef HF_MODEL_ROSTER_CHAIN_H
#define HF_MODEL_ROSTER_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/digest.h"
#include "ledger/note.h"
#include "model/id.h"
#include "model/roster.h"

struct roster_entry {
    struct roster *roster; /* owned */
    struct buf note;       /* owned; the exact signed note */
    bool in_force;
};

struct roster_chain {
    struct digest identity; /* the consortium's: hash of version 1 */
    struct cid cid;
    size_t count;                 /* >= 1; by version; first is version 1 */
    struct roster_entry *entries; /* owned */
    size_t newest;                /* index: the last one in force */
    bool forked;                  /* alarm ROSTER-FORK */
};

/* How far the signatures of a note go. */
struct roster_quorum {
    size_t member_count; /* who may sign: the members of `judge` */
    size_t need;
    size_t have_count;
    bool have[MEMBER_COUNT_MAX]; /* by index of judge->members */
};

/* From version 1, a signed note. ERR_WRONG_SIGNATURE when a line fails or one
 * is missing, and the errors of roster_parse. The caller frees. */
MUST_USE enum err roster_chain_new(struct span note,
                                   struct roster_chain **ret_chain,
                                   struct why *ret_why);
/* NULL is fine. */
void roster_chain_free(struct roster_chain *chain);

/* Take one more note, in any order of arrival. ret_added says whether it was
 * new. ERR_NOT_FOUND when a roster that it follows is not known (keep it and
 * come again), ERR_CONFLICT when it is a version 1 of another consortium,
 * ERR_REFUSED when it breaks a rule between rosters, ERR_WRONG_SIGNATURE,
 * ERR_FULL, and the errors of roster_parse. On failure nothing changes. A good
 * note may be out of force, or fork the chain: look at the fields. */
MUST_USE enum err roster_chain_add(struct roster_chain *chain, struct span note,
                                   bool *ret_added, struct why *ret_why);

/* A roster file: the notes of versions 1 to N one after the other (also both
 * notes of a fork). Refused as a whole when one note is bad. */
MUST_USE enum err roster_chain_parse(struct span file,
                                     struct roster_chain **ret_chain,
                                     struct why *ret_why);
/* A file again: those in force first, so that reading it ends at the same
 * place. */
void roster_chain_format(const struct roster_chain *chain, struct buf *to);
/* Notes in any order; what cannot be tied to version 1 or is bad is left out.
 * ERR_NOT_FOUND when there is no good version 1. With two consortia in the set
 * the first one's version 1 counts. */
MUST_USE enum err roster_chain_from_notes(const struct span *notes,
                                          size_t count,
                                          struct roster_chain **ret_chain,
                                          struct why *ret_why);
/* Cut the first note off a file: from one line `holdfast roster 1` to the
 * next, or the end. Empty when nothing is left. */
struct span roster_file_next_note(struct span *file);

/* Say anew which are in force: add does it by itself. From scratch means that a
 * lower version than now may come out of it. */
void roster_chain_judge(struct roster_chain *chain, bool from_scratch);

/* The newest roster in force; never NULL. */
const struct roster *roster_chain_newest(const struct roster_chain *chain);
/* Its note. */
struct span roster_chain_newest_note(const struct roster_chain *chain);
/* Any known roster, in force or not, or NULL. */
const struct roster *roster_chain_find(const struct roster_chain *chain,
                                       const struct digest *hash);
/* The newest roster in force, of this version or an earlier one, or NULL. */
const struct roster *roster_chain_at(const struct roster_chain *chain,
                                     uint64_t version);
/* The one in force before this one, or NULL: walk back with it, for a key that
 * an older roster names. */
const struct roster *roster_chain_before(const struct roster_chain *chain,
                                         const struct roster *roster);

/* Count the governance lines on a note, as members of `judge`. When the note is
 * that of judge itself (version 1) all are needed, else more than half.
 * ERR_WRONG_SIGNATURE when a line of a known key fails; too few lines is ERR_OK
 * and have_count < need. */
MUST_USE enum err roster_quorum_count(const struct cid *cid,
                                      const struct roster *judge,
                                      struct span note,
                                      struct roster_quorum *ret_quorum,
                                      struct why *ret_why);
/* The governance keys of all members, by their index. */
void roster_governance_keys(const struct cid *cid, const struct roster *roster,
                            struct note_key ret_keys[static MEMBER_COUNT_MAX]);
/* Is `note` a valid direct successor of prev alone, in this consortium? Gives
 * the parsed roster, which the caller frees. For what is not yet signed by
 * enough, see roster_verify_rules() and roster_quorum_count(). */
MUST_USE enum err roster_verify_next(const struct cid *cid,
                                     const struct roster *prev,
                                     struct span note,
                                     struct roster **ret_roster,
                                     struct why *ret_why);
/* The rules between a roster and one that it names as previous, without the
 * signatures. ERR_REFUSED. */
MUST_USE enum err roster_verify_rules(const struct cid *cid,
                                      const struct roster *prev,
                                      const struct roster *next,
                                      struct why *ret_why);

/* Version 1 makes the consortium: CID from its text alone. */
void roster_cid(const struct roster *first, struct cid *ret_cid);

#endif
