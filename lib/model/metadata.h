/* SPDX-License-Identifier: Apache-2.0 */
/* What the depositor says about a file (holdfast.md 3): a note by the depositor
 * key, padded with LF, sealed into the header object. Free texts are raw bytes
 * here and written %XX in the text; an empty span is an absent value.
 * A parsed one owns its texts: metadata_done(). Plaintext that is nobody's
 * business: it is wiped. */
#ifndef HF_MODEL_METADATA_H
#define HF_MODEL_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "ledger/note.h"
#include "model/id.h"

#define METADATA_SALT_SIZE 32

struct metadata {
    struct cid cid;
    struct payload_root root;
    uint64_t sealed_size; /* L */
    struct digest sha256; /* of the file */
    bool has_sha512;
    struct digest512 sha512;
    uint64_t size;    /* of the file */
    struct span name; /* relative path: metadata_name_valid() */
    struct span type; /* media type; may be absent */
    bool has_modified;
    uint64_t modified;                /* POSIX seconds */
    uint64_t deposited;               /* POSIX seconds, the depositor's clock */
    struct span case_name;            /* may be absent */
    struct span source;               /* may be absent */
    struct span note;                 /* may be absent */
    uint8_t salt[METADATA_SALT_SIZE]; /* random */
    struct label depositor;           /* the member */
    struct public_key depositor_key;
    struct span pass;    /* the note "holdfast pass 1"; may be absent */
    struct span x_lines; /* with their LF, as they stand; may be empty */
    struct buf texts;    /* owned; what a parsed one's spans point into */
};

/* The text as it is signed. All spans are borrowed from the caller. ERR_RANGE
 * when a value has no written form: a bad name, no depositor. */
MUST_USE enum err metadata_format(const struct metadata *metadata,
                                  struct buf *to);
/* ERR_MALFORMED with the line, ERR_UNREADABLE (another version), ERR_NO_MEMORY.
 * On success the caller calls metadata_done(). */
MUST_USE enum err metadata_parse(struct span text,
                                 struct metadata *ret_metadata,
                                 struct why *ret_why);
void metadata_done(struct metadata *metadata);

/* Relative, / between, no component empty, "." or "..", no NUL. */
bool metadata_name_valid(struct span name);

/* Sign the text: appends the note, unpadded. ERR_WRONG_KEY when the signer is
 * not depositor_key, and the errors of metadata_format(). */
MUST_USE enum err metadata_sign(const struct metadata *metadata,
                                const struct sign_key *signer,
                                struct buf *ret_note);
/* The note has exactly one signature line, by depositor_key, under the name
 * CID/MEMBER/depositor? ERR_WRONG_SIGNATURE. `note` as metadata_unpad() gave
 * it, `metadata` from its text. */
MUST_USE enum err metadata_verify(const struct metadata *metadata,
                                  struct span note, struct why *ret_why);
/* The text of a note: all up to the empty line before its signature lines.
 * ERR_MALFORMED. */
MUST_USE enum err metadata_note_text(struct span note, struct span *ret_text);

/* The size that a note of this size is padded to. */
size_t metadata_padded_size(size_t note_size);
/* Append LFs up to there; `note` holds a note and nothing else. */
void metadata_pad(struct buf *note);
/* Cut the padding off. ERR_MALFORMED when it is not exactly that. */
MUST_USE enum err metadata_unpad(struct span padded, struct span *ret_note);

/* What the record commits to: salt, SHA-256 of the file, the whole note without
 * padding. Hides a guessable file; proves registration later. */
void metadata_commitment(const uint8_t salt[static METADATA_SALT_SIZE],
                         const struct digest *sha256, struct span note,
                         struct digest *ret_commitment);

#endif
