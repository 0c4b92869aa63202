/* SPDX-License-Identifier: Apache-2.0 */
/* The C2SP signed note: a text, an empty line, and signature lines
 *
 *     EM-DASH SPACE name SPACE base64(key id (4), signature)
 *
 * Everything that is signed in holdfast is one. A parsed note borrows the
 * bytes it was made from, and they must outlive it. Parsing proves nothing:
 * read the text only after note_verify() has found the line you demand, by its
 * exact name and key. The key id is a hint, never an identity.
 * Not thread-safe, no globals. A struct note is some 5 KiB: it may live on a
 * stack. Format: proto/README.md, Notes. */
#ifndef HF_LEDGER_NOTE_H
#define HF_LEDGER_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/sign.h"

/* Characters of the longest key name of ours; lines of strangers may have
 * longer ones. */
#define NOTE_NAME_SIZE_MAX 127

enum note_key_type {
    NOTE_KEY_ED25519 = 1,     /* signs the text itself */
    NOTE_KEY_COSIGNATURE = 4, /* ledger/cosign.h */
};

/* A key that a verifier knows. */
struct note_key {
    char name[NOTE_NAME_SIZE_MAX + 1]; /* NUL-terminated */
    enum note_key_type type;
    uint8_t id[4]; /* from name, type and key */
    struct public_key public_key;
};

/* One signature line, borrowed from the note. */
struct note_line {
    struct span bytes; /* the whole line with its LF */
    struct span name;
    struct span base64; /* of key id and signature; known to decode */
    uint8_t key_id[4];
};

struct note {
    struct span bytes; /* all of it */
    struct span text;  /* what is signed; ends with LF */
    size_t line_count; /* 1 to NOTE_LINES_MAX */
    struct note_line lines[NOTE_LINES_MAX];
};

/* A line that counts: made by keys[key]. Each key at most once. */
struct note_match {
    size_t line;   /* index in the note */
    size_t key;    /* index in the keys of note_verify() */
    uint64_t time; /* of a cosignature; 0 for NOTE_KEY_ED25519 */
};

struct note_matches {
    size_t count;
    /* In the order of each key's first line. */
    struct note_match matches[NOTE_LINES_MAX];
};

/* A key with its id. ERR_MALFORMED when the name is empty, too long, or holds
 * a space, '+' or a control byte. */
MUST_USE enum err note_key_init(struct note_key *key, const char *name,
                                enum note_key_type type,
                                const uint8_t public_key[static 32]);
/* The verifier key text "name+id+base64(type, key)". ERR_MALFORMED,
 * ERR_UNSUPPORTED (another type), ERR_WRONG_KEY (the id is another key's). */
MUST_USE enum err note_key_parse(struct span text, struct note_key *ret_key);
void note_key_format(struct buf *buf, const struct note_key *key);

/* Take apart at most size_max bytes (NOTE_SIZE_MAX; rosters have
 * ROSTER_NOTE_SIZE_MAX) and NOTE_LINES_MAX lines. ERR_TOO_BIG, ERR_MALFORMED,
 * ERR_NO_MEMORY. */
MUST_USE enum err note_parse(struct span bytes, size_t size_max,
                             struct note *ret_note, struct why *why);

/* Which lines were made by these keys. Lines of other names or ids are
 * ignored. A key's second line is ignored too, except that of several
 * cosignatures of one key, all of which must be good, the earliest counts.
 * ERR_WRONG_SIGNATURE when any line of a known name and id fails: then nothing
 * of the note counts. No matching line at all is ERR_OK and count 0: the
 * caller demands what it needs. ERR_NO_MEMORY. */
MUST_USE enum err note_verify(const struct note *note,
                              const struct note_key *keys, size_t key_count,
                              struct note_matches *ret_matches,
                              struct why *why);
/* The match of keys[key], or NULL. Borrowed. */
const struct note_match *note_match_find(const struct note_matches *matches,
                                         size_t key);
/* Parse and verify a note that is good only with a line of this one key: how
 * statements, passes and items are opened. ERR_WRONG_SIGNATURE also when the
 * line is missing. */
MUST_USE enum err note_open(struct span bytes, size_t size_max,
                            const struct note_key *key, struct note *ret_note,
                            struct why *why);

/* One signature line for this text, appended to buf: by an Ed25519 key, whose
 * secret half is `secret`. ERR_MALFORMED when the text is none of a note (it
 * ends with LF, is UTF-8, has no control bytes), ERR_WRONG_KEY when the key is
 * of the other type or not the public half of the secret, ERR_TOO_BIG or
 * ERR_NO_MEMORY of the buffer. What a failure leaves in buf is undefined. */
MUST_USE enum err note_sign_line(struct buf *buf, struct span text,
                                 const struct note_key *key,
                                 const struct sign_key *secret);
/* The same by a cosignature key, at `time`. ERR_RANGE for time 0. */
MUST_USE enum err note_cosign_line(struct buf *buf, struct span text,
                                   const struct note_key *key, uint64_t time,
                                   const struct sign_key *secret);
/* Text, empty line, one signature line: a whole new note. */
MUST_USE enum err note_sign(struct buf *buf, struct span text,
                            const struct note_key *key,
                            const struct sign_key *secret);

/* One note from two of the same text, as a kept or forwarded note must be:
 * only lines of these keys, in the order of the keys, one of each, of a
 * cosigner the earliest; lines that fail and lines of others are dropped.
 * `b` may be NULL. ERR_CONFLICT when the texts differ, ERR_WRONG_SIGNATURE
 * when no line is left, ERR_TOO_BIG, ERR_NO_MEMORY. Appends to buf. */
MUST_USE enum err note_combine(const struct note *a, const struct note *b,
                               const struct note_key *keys, size_t key_count,
                               struct buf *buf);

#endif
