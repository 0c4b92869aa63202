/* SPDX-License-Identifier: Apache-2.0 */
/* Small rosters for tests. Every key follows from the label of its owner, so
 * that a test names labels only. Programs that call these link hf_model. For
 * Criterion tests only: nothing here returns an error. */
#ifndef HF_SUPPORT_ROSTERS_H
#define HF_SUPPORT_ROSTERS_H

#include <stdint.h>

#include "base/buf.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "model/id.h"

/* The seed of the key of this kind ("governance", "ledger", "witness",
 * "session", "depositor") of this owner. */
void rosters_seed(const char *kind, const char *label,
                  uint8_t ret_seed[static 32]);

/* The head of consortium "test"; previous and supersedes may be NULL. Rule:
 * copies 1, jurisdictions 1, cosigners 0. */
void rosters_put_head(struct buf *text, uint64_t version,
                      const struct digest *previous,
                      const struct digest *second_previous,
                      const struct digest *supersedes);
/* A member that seals to itself, with recipients for 2025 and 2026. */
void rosters_put_member(struct buf *text, const char *label);
/* The same, sealing to these members: words of one string, sorted. */
void rosters_put_sealing_member(struct buf *text, const char *label,
                                const char *seals);
/* mode: "listen" or "dial". One address. */
void rosters_put_node(struct buf *text, const char *label, const char *member,
                      const char *role, const char *country, const char *mode);

/* The CID of the consortium that this version 1 makes. */
void rosters_cid(const struct buf *first, struct cid *ret_cid);
/* Text, empty line, and a line of each of these members' governance keys, as
 * words of one string: "alpin fjord". */
void rosters_sign(struct buf *note, const struct buf *text,
                  const struct cid *cid, const char *members);

#endif
