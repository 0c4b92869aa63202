/* SPDX-License-Identifier: Apache-2.0 */
/* The `clients` file of a node: who, besides the roster's nodes, may ask it
 * what (holdfast.md 8, One door). Lines `LABEL deposit|restore|admin KEY`; KEY
 * is a session key (X25519) in base64. Empty lines and lines that begin with #
 * are ignored. A key on no line gets nothing. Made once, then only read. */
#ifndef HF_MODEL_CLIENTS_H
#define HF_MODEL_CLIENTS_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/x25519.h"
#include "model/id.h"

enum client_right {
    CLIENT_DEPOSIT, /* deposits, status, receipts */
    CLIENT_RESTORE, /* reads records and ciphertext */
    CLIENT_ADMIN,   /* everything */
};

struct client {
    struct label label;
    enum client_right right;
    struct x25519_key key; /* its session key */
};

struct clients {
    size_t count;
    struct client clients[CLIENT_COUNT_MAX]; /* in the order of the file */
};

/* ERR_MALFORMED with the line's number, also when a key stands twice or is no
 * key, or there are too many; ERR_NO_MEMORY. An empty file is fine. A struct
 * clients is some 20 KiB. */
MUST_USE enum err clients_parse(struct span text, struct clients *ret_clients,
                                struct why *ret_why);
/* Borrowed, or NULL. */
const struct client *clients_find(const struct clients *clients,
                                  const struct x25519_key *key);
/* "deposit", "restore", "admin". */
const char *client_right_text(enum client_right right);

#endif
