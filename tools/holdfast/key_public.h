/* SPDX-License-Identifier: Apache-2.0 */
/* The public part of a key file, for people and as JSON: what goes into the
 * roster or into a node's `clients` file. Nothing secret passes through. */
#ifndef HF_TOOLS_KEY_PUBLIC_H
#define HF_TOOLS_KEY_PUBLIC_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "crypto/key_file.h"
#include "tools/holdfast/output.h"

struct secret;

#define KEY_PUBLIC_MAX 3

struct key_public {
    enum key_kind kind;
    size_t count;
    struct {
        const char *name; /* "ledger" */
        char text[72];    /* base64, or age1... */
    } parts[KEY_PUBLIC_MAX];
    unsigned year; /* of a master: the recipient's */
};

/* ERR_NO_MEMORY. */
MUST_USE enum err key_public_of(enum key_kind kind, const struct secret *seed,
                                struct key_public *ret_public);
/* Lines "NAME  VALUE", each behind `indent`. */
void key_public_say(struct output *output, const struct key_public *key);
/* The same as comment lines for the key file. */
void key_public_comment(const struct key_public *key, struct buf *to);
json_t *key_public_json(const struct key_public *key);
/* What this key is for, and how to keep it; a line each, NULL at the end. */
const char *const *key_public_advice(enum key_kind kind);
/* One sentence: "proves which server this is; opens no evidence". */
const char *key_public_purpose(enum key_kind kind);
/* The UTC year of this machine's clock. */
unsigned year_now(void);

#endif
