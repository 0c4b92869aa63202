/* SPDX-License-Identifier: Apache-2.0 */
/* The names of things: 32-byte ids as one-field structs, so that the compiler
 * refuses a mix-up, and the text names label, CID and origin (names of keys:
 * model/key_name.h). A struct that these functions filled is valid and
 * NUL-terminated; two of them are equal when their bytes are. All unused bytes
 * of a text are 0. Plain values, no owner. Format: proto/README.md, Names. */
#ifndef HF_MODEL_ID_H
#define HF_MODEL_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "ledger/note.h"
#include "model/key_name.h"

#define LID_SIZE 16          /* bytes; 32 digits in an origin */
#define ORIGIN_TEXT_SIZE 128 /* with NUL */

/* All three are RFC 6962 roots over slices. A header object is one block, so
 * its id is also its block name. */
struct block_id {
    uint8_t bytes[32];
};

struct payload_root {
    uint8_t bytes[32];
};

struct header_id {
    uint8_t bytes[32];
};

/* The label of a member, a node or a consortium. */
struct label {
    char text[LABEL_SIZE_MAX + 1];
};

/* Consortium label, '-', the first 16 hex digits of its identity. */
struct cid {
    char text[CID_SIZE];
};

/* The random id of one ledger. */
struct lid {
    uint8_t bytes[LID_SIZE];
};

/* CID/NODE/LID: the name of one ledger. */
struct origin {
    char text[ORIGIN_TEXT_SIZE];
};

static inline bool block_id_equal(const struct block_id *a,
                                  const struct block_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static inline bool payload_root_equal(const struct payload_root *a,
                                      const struct payload_root *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static inline bool header_id_equal(const struct header_id *a,
                                   const struct header_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static inline bool label_equal(const struct label *a, const struct label *b)
{
    return strcmp(a->text, b->text) == 0;
}

static inline bool origin_equal(const struct origin *a, const struct origin *b)
{
    return strcmp(a->text, b->text) == 0;
}

static inline int origin_compare(const struct origin *a, const struct origin *b)
{
    return strcmp(a->text, b->text);
}

/* The explicit conversions. */
struct block_id block_id_from_digest(const struct digest *digest);
struct payload_root payload_root_from_digest(const struct digest *digest);
struct header_id header_id_from_digest(const struct digest *digest);
struct digest block_id_digest(const struct block_id *id);
struct digest payload_root_digest(const struct payload_root *root);
struct digest header_id_digest(const struct header_id *id);
/* The name under which a header object is stored and fetched. */
struct block_id block_id_of_header(const struct header_id *id);

/* 64 lower-case hex digits each. ERR_MALFORMED. */
MUST_USE enum err block_id_parse(struct span text, struct block_id *ret_id);
MUST_USE enum err payload_root_parse(struct span text,
                                     struct payload_root *ret_root);
MUST_USE enum err header_id_parse(struct span text, struct header_id *ret_id);

/* ERR_MALFORMED unless label_valid(). */
MUST_USE enum err label_parse(struct span text, struct label *ret_label);
static inline struct span label_span(const struct label *label)
{
    return span_str(label->text);
}

/* From the consortium's label and its identity, the hash of roster 1. */
void cid_make(const struct label *consortium, const struct digest *identity,
              struct cid *ret_cid);
MUST_USE enum err cid_parse(struct span text, struct cid *ret_cid);
static inline struct span cid_span(const struct cid *cid)
{
    return span_str(cid->text);
}
static inline bool cid_equal(const struct cid *a, const struct cid *b)
{
    return strcmp(a->text, b->text) == 0;
}

void origin_make(const struct cid *cid, const struct label *node,
                 const struct lid *lid, struct origin *ret_origin);
/* ERR_MALFORMED. Hence every struct origin has exactly three valid parts. */
MUST_USE enum err origin_parse(struct span text, struct origin *ret_origin);
static inline struct span origin_span(const struct origin *origin)
{
    return span_str(origin->text);
}
/* The parts, borrowed from a parsed or made origin. */
struct span origin_cid(const struct origin *origin);
struct span origin_node(const struct origin *origin);
struct span origin_lid(const struct origin *origin); /* 32 hex digits */
void origin_cid_copy(const struct origin *origin, struct cid *ret_cid);
void origin_node_copy(const struct origin *origin, struct label *ret_node);
bool origin_in(const struct origin *origin, const struct cid *cid);
bool origin_of_node(const struct origin *origin, const struct cid *cid,
                    const struct label *node);

/* The key of checkpoints: its name is the origin. */
void key_of_ledger(const struct origin *origin,
                   const uint8_t public_key[static 32],
                   struct note_key *ret_key);

#endif
