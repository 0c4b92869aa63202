/* SPDX-License-Identifier: Apache-2.0 */
/* A consortium for the simulator and for the core's tests: members m0, m1, ...
 * each with one node n0, n1, ...; every key follows from its label. Rosters are
 * really signed. */
#ifndef HF_SIM_MEMBERS_H
#define HF_SIM_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/effect.h"
#include "crypto/sign.h"
#include "model/id.h"
#include "model/roster_chain.h"

#define MEMBERS_MAX 10

struct members {
    size_t count;
    size_t listeners;               /* the first ones; the others only dial */
    size_t copies;                  /* wanted; 0: by every member */
    const char *roles[MEMBERS_MAX]; /* NULL: store */
    bool has_quota; /* of every member, from the next version on */
    uint64_t quota_bytes;
    uint64_t quota_records;
    struct buf notes[8]; /* owned; versions 1, 2, ... */
    size_t versions;
    struct cid cid;
};

/* Version 1 with `count` members. */
void members_init(struct members *members, size_t count);
/* The same; only the first `listeners` nodes can be dialled. */
void members_init_dialling(struct members *members, size_t count,
                           size_t listeners);
/* The same; the rule wants so many copies. */
void members_init_copies(struct members *members, size_t count, size_t copies);
/* Both; 0 copies: as many as members. */
void members_init_with(struct members *members, size_t count, size_t listeners,
                       size_t copies);
/* All listen; each member may add so much a day. */
void members_init_quota(struct members *members, size_t count, uint64_t bytes,
                        uint64_t records);
/* One more version, with `count` members: others come or go. */
void members_change(struct members *members, size_t count);
void members_done(struct members *members);
/* A chain of the first `versions` rosters; the caller, or a node, frees it. */
struct roster_chain *members_chain(const struct members *members,
                                   size_t versions);
/* The roster file of the first `versions` rosters. */
void members_file(const struct members *members, size_t versions,
                  struct buf *to);
void members_label(size_t node, struct label *ret_label);
/* What an EFFECT_SIGN asks for, with the node's ledger or witness key. */
void members_sign(size_t node, enum sign_kind kind, uint64_t time,
                  struct span text, struct signature *ret_signature);

#endif
