/* SPDX-License-Identifier: Apache-2.0 */
/* The header of an age file (C2SP age.md; specs age 2 to 5): stanzas that wrap
 * the file key, and a MAC by that key over the exact bytes. A parsed header
 * borrows the caller's bytes, which must stay until age_header_done(). The
 * order of a reader is: parse, unwrap, verify; only then is the file key good
 * for anything. Pure: randomness comes in as parameters. */
#ifndef HF_CRYPTO_AGE_HEADER_H
#define HF_CRYPTO_AGE_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/age_key.h"

#define AGE_VERSION_LINE "age-encryption.org/v1"
#define AGE_MAC_SIZE 32
#define AGE_SALT_SIZE 16

struct age_stanza {
    struct span line;   /* the arguments as they stand, one space between */
    struct span type;   /* the first of them */
    size_t arg_count;   /* with the type */
    size_t body_offset; /* into age_header.bodies */
    size_t body_size;   /* bytes, decoded */
};

struct age_header {
    struct span bytes;          /* borrowed; all of the header, no byte more */
    struct age_stanza *stanzas; /* owned; at least one */
    size_t stanza_count;
    struct buf bodies; /* owned; the decoded bodies one after the other */
    uint8_t mac[AGE_MAC_SIZE];
};

/* The secret of one stanza: fresh for each recipient of each file. */
struct age_ephemeral {
    uint8_t bytes[AGE_KEY_SIZE];
};

/* `bytes` begin with a header and may go on after it: ret_header->bytes says
 * where it ends. ERR_MALFORMED, also when it is cut off or when an scrypt
 * stanza is not alone; ERR_TOO_BIG beyond our limits (base/limits.h);
 * ERR_UNSUPPORTED for ASCII armour; ERR_NO_MEMORY. */
MUST_USE enum err age_header_parse(struct span bytes,
                                   struct age_header *ret_header,
                                   struct why *ret_why);
/* Also fine for a zeroed header. */
void age_header_done(struct age_header *header);
/* Append the header again from its parts: the same bytes. */
void age_header_encode(struct buf *bytes, const struct age_header *header);
/* Borrow the decoded body of one stanza. */
struct span age_header_body(const struct age_header *header,
                            const struct age_stanza *stanza);

/* Find the file key with one of the identities. ERR_WRONG_KEY when none fits;
 * ERR_UNSUPPORTED when none fits and a hybrid stanza is there, which we do not
 * open; ERR_MALFORMED when any X25519 stanza is ill-formed, even if another
 * one fits. The caller then calls age_header_verify() and wipes the key. */
MUST_USE enum err age_header_unwrap(
    const struct age_header *header, const struct age_identity *identities,
    size_t identity_count, uint8_t ret_file_key[static AGE_FILE_KEY_SIZE],
    struct why *ret_why);
/* The same with a passphrase. `log_n_max` caps the work (memory is 2^n KiB):
 * AGE_SCRYPT_LOG_N_MAX, in a daemon AGE_SCRYPT_LOG_N_DAEMON_MAX; a file that
 * asks for more is ERR_MALFORMED before any work. SLOW: seconds. */
MUST_USE enum err age_header_unwrap_passphrase(
    const struct age_header *header, struct span passphrase, unsigned log_n_max,
    uint8_t ret_file_key[static AGE_FILE_KEY_SIZE], struct why *ret_why);
/* Does the MAC fit this file key? ERR_WRONG_SIGNATURE when not. This is also
 * the check of a rewritten header against the original one (specs age 10). */
MUST_USE enum err age_header_verify(
    const struct age_header *header,
    const uint8_t file_key[static AGE_FILE_KEY_SIZE]);

/* The MAC over `covered`: all of a header up to its three dashes, these
 * included. */
void age_mac(const uint8_t file_key[static AGE_FILE_KEY_SIZE],
             struct span covered, uint8_t ret_mac[static AGE_MAC_SIZE]);

/* Append a new header for 1 to AGE_STANZAS_MAX recipients, stanzas in their
 * order; one ephemeral each. ERR_MALFORMED for a recipient of low order;
 * ERR_RANGE for their number; ERR_TOO_BIG or ERR_NO_MEMORY of the buffer. */
MUST_USE enum err age_header_seal(
    struct buf *bytes, const uint8_t file_key[static AGE_FILE_KEY_SIZE],
    const struct age_recipient *recipients,
    const struct age_ephemeral *ephemerals, size_t recipient_count);
/* Append a new header for a passphrase. log_n is 1 to AGE_SCRYPT_LOG_N_MAX;
 * write AGE_SCRYPT_LOG_N_WRITE. SLOW: about a second and 256 MiB then. */
MUST_USE enum err age_header_seal_passphrase(
    struct buf *bytes, const uint8_t file_key[static AGE_FILE_KEY_SIZE],
    struct span passphrase, const uint8_t salt[static AGE_SALT_SIZE],
    unsigned log_n);

#endif
