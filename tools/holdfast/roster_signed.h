/* SPDX-License-Identifier: Apache-2.0 */
/* What a governance key has signed, in the file KEY.signed beside it: lines
 * "signed VERSION PREVIOUS HASH", PREVIOUS being - for version 1, and two
 * hashes with a comma for one that heals a fork. Blocking. */
#ifndef HF_TOOLS_ROSTER_SIGNED_H
#define HF_TOOLS_ROSTER_SIGNED_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

struct roster;

/* ERR_REFUSED when this key signed another successor of the same roster, which
 * this one does not supersede. ERR_MALFORMED when the file cannot be read as
 * what it is. */
MUST_USE enum err roster_signed_check(const char *key_path,
                                      const struct roster *roster,
                                      struct why *ret_why);
/* Note it, durable. */
MUST_USE enum err roster_signed_note(const char *key_path,
                                     const struct roster *roster,
                                     struct why *ret_why);

#endif
