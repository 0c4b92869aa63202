/* SPDX-License-Identifier: Apache-2.0 */
/* The fork proof: a text that shows, with nothing but the ledger's public key,
 * that its owner signed two histories: (m, R) and (n, S), m <= n, although the
 * tree (n, S) had another root Q at size m. It convicts the owner of the ledger
 * and nobody else, whoever hands it over. A parsed proof borrows the x lines
 * from the text; all else is copied. A struct fork is some 3 KiB. Pure
 * functions. Format: proto/README.md, Fork proofs. */
#ifndef HF_MODEL_FORK_H
#define HF_MODEL_FORK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "model/id.h"

struct roster_chain;

/* A checkpoint of one of the two histories. */
struct fork_side {
    struct checkpoint checkpoint;
    size_t note_size;
    uint8_t note[FORK_NOTE_SIZE_MAX]; /* with the ledger's line alone */
};

struct fork {
    struct origin origin;
    struct fork_side earlier; /* (m, R), m >= 1 */
    struct fork_side later;   /* (n, S), n >= m */
    struct digest root;       /* Q */
    size_t path_count;        /* 0 when m = n */
    struct digest path[MERKLE_PATH_MAX];
    struct span x_lines; /* borrowed; mean nothing */
};

/* The form, and that all of it is of one ledger. Proves nothing yet.
 * ERR_MALFORMED, ERR_UNREADABLE (another version), ERR_TOO_BIG. */
MUST_USE enum err fork_parse(struct span text, struct fork *ret_fork,
                             struct why *why);
void fork_format(struct buf *buf, const struct fork *fork);

/* Parse and prove, with the ledger key of the ledger's node. Errors of
 * fork_parse(); ERR_WRONG_SIGNATURE when one of the checkpoints is not signed
 * by it, ERR_WRONG_HASH when Q does not lead to S, ERR_REFUSED when Q is R, so
 * that both can be true, ERR_NO_MEMORY. */
MUST_USE enum err fork_verify(struct span text, const struct public_key *ledger,
                              struct fork *ret_fork, struct why *why);
/* The same with the key from the newest roster in force in which the key of the
 * ledger's node fits. ERR_NOT_A_MEMBER when no roster names that node, or the
 * ledger is of another consortium. */
MUST_USE enum err fork_verify_chain(struct span text,
                                    const struct roster_chain *chain,
                                    struct fork *ret_fork, struct why *why);

/* Write the proof from two checkpoint notes of one ledger, whatever other lines
 * they carry, from Q, and from the path that merkle_consistency() gives in the
 * tree of the later one. What is appended to buf has been verified. Errors of
 * checkpoint_open() and fork_verify(); ERR_RANGE when the earlier one is the
 * larger, or empty. */
MUST_USE enum err fork_make(struct buf *buf, struct span earlier,
                            struct span later, const struct origin *origin,
                            const struct public_key *ledger,
                            const struct digest *root,
                            const struct digest *path, size_t path_count,
                            struct why *why);

#endif
