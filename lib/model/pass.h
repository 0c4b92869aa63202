/* SPDX-License-Identifier: Apache-2.0 */
/* A pass: the member's node vouches for a depositor key until a date
 * (holdfast.md 15 and 16). A note by CID/NODE/node, carried in the metadata. */
#ifndef HF_MODEL_PASS_H
#define HF_MODEL_PASS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/sign.h"
#include "model/id.h"

struct roster_chain;

struct pass {
    struct cid cid;
    struct label member;
    struct public_key depositor_key;
    uint64_t from;  /* POSIX seconds */
    uint64_t until; /* from <= until */
};

void pass_format(const struct pass *pass, struct buf *to);
/* The text. ERR_MALFORMED, ERR_UNREADABLE (another version). */
MUST_USE enum err pass_parse(struct span text, struct pass *ret_pass,
                             struct why *ret_why);
/* The whole note, its form only; says nothing about the signature. */
MUST_USE enum err pass_parse_note(struct span note, struct pass *ret_pass,
                                  struct why *ret_why);
/* Is the note signed by a node of the member, under some roster in force, and
 * is it for this member and key at this time? ERR_WRONG_SIGNATURE,
 * ERR_REFUSED. */
MUST_USE enum err pass_verify(const struct roster_chain *chain,
                              struct span note, const struct label *member,
                              const struct public_key *depositor_key,
                              uint64_t time, struct why *ret_why);

#endif
