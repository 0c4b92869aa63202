/* SPDX-License-Identifier: Apache-2.0 */
/* Small age files sealed with a passphrase, as `key year` writes them and as
 * stock age -d opens them, and the evidence identities that stand in them.
 * Blocking and SLOW (scrypt). What was opened lies in guarded memory. */
#ifndef HF_TOOLS_SEALED_H
#define HF_TOOLS_SEALED_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/age_key.h"

struct output;
struct secret;

/* Evidence identities from a file as `key year` writes it (an age file sealed
 * with a passphrase) or a plain age identity file. The passphrase is asked for
 * only when it is needed. The caller calls age_identities_done(). ERR_WRONG_KEY
 * when the passphrase does not open it. SLOW. */
MUST_USE enum err sealed_identities(struct output *output, const char *path,
                                    const char *passphrase_file, bool no_input,
                                    struct age_identities *ret_identities,
                                    struct why *ret_why);
/* An age file that this passphrase opens. Appends to `sealed`. SLOW. */
MUST_USE enum err sealed_make(struct span plain,
                              const struct secret *passphrase,
                              struct buf *sealed, struct why *ret_why);
/* And back: the plaintext in guarded memory. SLOW. */
MUST_USE enum err sealed_open(struct span sealed,
                              const struct secret *passphrase,
                              struct secret **ret_plain, struct why *ret_why);

#endif
