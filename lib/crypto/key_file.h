/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a key file (proto/README.md, Names and keys; holdfast.md 2 and
 * 16): comment lines that begin with '#', empty lines, and exactly one Bech32
 * line in upper case with 32 bytes. Who may read the file is the caller's to
 * check before it gives us the text. */
#ifndef HF_CRYPTO_KEY_FILE_H
#define HF_CRYPTO_KEY_FILE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"

#define KEY_SEED_SIZE 32
#define KEY_FILE_SIZE_MAX 16384

struct secret;

enum key_kind {
    KEY_NODE,       /* holdfast-node- */
    KEY_GOVERNANCE, /* holdfast-governance- */
    KEY_DEPOSITOR,  /* holdfast-depositor- */
    KEY_MASTER      /* holdfast-master- */
};

/* "node", "governance", "depositor", "master": for sentences. */
const char *key_kind_name(enum key_kind kind);

/* The seed, in guarded memory; the caller frees it. ERR_MALFORMED,
 * ERR_TOO_BIG, ERR_NO_MEMORY; ERR_WRONG_KEY when it is a good key line of
 * another kind. No sentence ever quotes the text. */
MUST_USE enum err key_file_parse(struct span text, enum key_kind kind,
                                 struct secret **ret_seed, struct why *ret_why);
/* Append a whole file: each line of `comment` (no final LF needed; may be
 * empty) under "# ", then the key line. The caller wipes the buffer. */
void key_file_format(struct buf *text, enum key_kind kind,
                     const uint8_t seed[static KEY_SEED_SIZE],
                     struct span comment);

#endif
