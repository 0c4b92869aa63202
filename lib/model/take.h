/* SPDX-License-Identifier: Apache-2.0 */
/* Values of our texts, taken from the current line by their kind, each with a
 * sentence when it is not one. Like everything of struct fields: after the
 * first failure these do nothing, and what they gave means nothing. */
#ifndef HF_MODEL_TAKE_H
#define HF_MODEL_TAKE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fields.h"
#include "base/span.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "crypto/x25519.h"
#include "model/id.h"

/* For "%.*s": as much of a value as belongs into a sentence. */
#define SHOWN(text)                                                            \
    ((text).size < 64 ? (int)(text).size : 64),                                \
        ((text).size == 0 ? "" : (const char *)(text).data)

/* Decimal in min .. max; `what` completes "... is no". */
uint64_t take_number(struct fields *fields, const char *what, uint64_t min,
                     uint64_t max);
/* A whole line: keyword and one decimal of at least min, which is 0 or 1. */
uint64_t take_number_line(struct fields *fields, const char *keyword,
                          uint64_t min);
void take_label(struct fields *fields, const char *what,
                struct label *ret_label);
void take_cid(struct fields *fields, struct cid *ret_cid);
/* size bytes in lower-case hex. */
void take_hex(struct fields *fields, void *ret_data, size_t size);
void take_digest(struct fields *fields, struct digest *ret_digest);
/* A good Ed25519 key in base64. */
void take_public_key(struct fields *fields, const char *what,
                     struct public_key *ret_key);
/* An X25519 key of no low order in base64. */
void take_x25519_key(struct fields *fields, const char *what,
                     struct x25519_key *ret_key);
/* The rest of the line as free text: appends the raw bytes. With
 * absent_allowed, "-" appends nothing. */
void take_free_text(struct fields *fields, bool absent_allowed,
                    struct buf *ret_raw);
/* One value in base64. */
void take_base64(struct fields *fields, struct buf *ret_bytes);
/* Demand the end of the line. */
void take_end(struct fields *fields);

#endif
