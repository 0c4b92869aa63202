/* SPDX-License-Identifier: Apache-2.0 */
/* The newest roster that this user's programs have seen of a consortium, kept
 * in $XDG_STATE_HOME/holdfast/CID.roster (else ~/.local/state/holdfast). A
 * roster file that is older than the pinned one does not take us back: a seized
 * node must not keep a client on old recipients. Blocking. */
#ifndef HF_TOOLS_ROSTER_PIN_H
#define HF_TOOLS_ROSTER_PIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

struct roster_chain;

struct roster_pin {
    bool had;                    /* a roster was pinned before */
    bool newer_pinned;           /* and it is newer than what was given */
    struct roster_chain *before; /* owned; what was pinned; NULL if not had */
};

/* Join `chain` with the pinned one: *chain gains all notes that only the pin
 * has. Reads only. ERR_CONFLICT when the two do not belong to one chain (a
 * fork, or another history under this name); ERR_IO, ERR_CORRUPT when the pin
 * cannot be read. */
MUST_USE enum err roster_pin_join(struct roster_chain *chain,
                                  struct roster_pin *ret_pin,
                                  struct why *ret_why);
void roster_pin_done(struct roster_pin *pin);
/* Pin the chain's newest. Writes only when it changes something. */
MUST_USE enum err roster_pin_write(const struct roster_chain *chain,
                                   struct why *ret_why);

#endif
