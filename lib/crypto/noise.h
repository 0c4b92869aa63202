/* SPDX-License-Identifier: Apache-2.0 */
/* Noise_IK_25519_ChaChaPoly_SHA256 (Noise revision 34; holdfast.md 8; specs
 * noise). A handshake runs once:
 *
 *   initiator: new -> write_1 -> read_2 -> split
 *   responder: new -> read_1 -> (look the initiator up) -> accept_1 ->
 *              write_2 -> split
 *
 * Any failure ends it: free it, never try again with the same ephemeral. A
 * call out of this order gives ERR_REFUSED and ends it too. The whole state
 * lies in guarded memory. Pure: the ephemeral secret is a parameter, 32 fresh
 * random bytes for each handshake. Not thread-safe; the transport functions
 * at the end are, with one `struct aead` per thread. */
#ifndef HF_CRYPTO_NOISE_H
#define HF_CRYPTO_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/digest.h"
#include "crypto/x25519.h"

/* Without payload. */
#define NOISE_MESSAGE_1_SIZE 96
#define NOISE_MESSAGE_2_SIZE 48
/* No counter from here on is ever sent or accepted. */
#define NOISE_COUNTER_LIMIT (UINT64_MAX - 16)

struct aead;
struct secret;
struct noise_handshake;

/* What a finished handshake leaves. */
struct noise_keys {
    struct secret *send;    /* owned; 32 bytes */
    struct secret *receive; /* owned; 32 bytes */
    struct digest hash;     /* of the whole handshake; the session's name */
};

/* `self` is borrowed until free. ERR_REFUSED when the responder's key is our
 * own; ERR_NO_MEMORY. */
MUST_USE enum err noise_initiator_new(
    const struct x25519_pair *self, const struct x25519_key *responder,
    const uint8_t ephemeral[static X25519_SIZE], struct span prologue,
    struct noise_handshake **ret_noise);
MUST_USE enum err noise_responder_new(
    const struct x25519_pair *self, const uint8_t ephemeral[static X25519_SIZE],
    struct span prologue, struct noise_handshake **ret_noise);
/* Wipe and free. Takes NULL. */
void noise_handshake_free(struct noise_handshake *noise);

/* Append message 1: 96 bytes and the payload (empty in holdfast).
 * ERR_MALFORMED when the responder's key is of low order; or of the buffer. */
MUST_USE enum err noise_write_1(struct noise_handshake *noise,
                                struct span payload, struct buf *message);
/* First half of reading message 1: who says it is? Nothing is proven yet: look
 * the key up and free the handshake when it is a stranger's. The message must
 * stay until accept_1. ERR_MALFORMED (size, low order), ERR_WRONG_KEY (not
 * for us, other prologue, changed), ERR_REFUSED (it is our own key). */
MUST_USE enum err noise_read_1(struct noise_handshake *noise,
                               struct span message,
                               struct x25519_key *ret_initiator);
/* Second half: the initiator has the secret of that key. Appends the payload,
 * which must not be acted on: message 1 can be replayed. ERR_MALFORMED,
 * ERR_WRONG_KEY. */
MUST_USE enum err noise_accept_1(struct noise_handshake *noise,
                                 struct buf *ret_payload);
/* Append message 2: 48 bytes and the payload (empty in holdfast). */
MUST_USE enum err noise_write_2(struct noise_handshake *noise,
                                struct span payload, struct buf *message);
/* The responder is who we dialled. ERR_MALFORMED, ERR_WRONG_KEY. */
MUST_USE enum err noise_read_2(struct noise_handshake *noise,
                               struct span message, struct buf *ret_payload);
/* The keys of the session; the caller calls noise_keys_done(). The handshake
 * is over and holds nothing any more. ERR_NO_MEMORY. */
MUST_USE enum err noise_split(struct noise_handshake *noise,
                              struct noise_keys *ret_keys);
/* Wipe and free. Also fine for zeroed keys. */
void noise_keys_done(struct noise_keys *keys);

/* Transport: pure functions of key and counter. The sender's counter only ever
 * grows, also across failures. */

/* Write the size of all parts and 16 bytes; counter < NOISE_COUNTER_LIMIT. */
void noise_seal(struct aead *aead, const struct secret *key, uint64_t counter,
                const struct span *parts, size_t part_count,
                uint8_t *ret_sealed);
/* Write sealed.size - 16 bytes; ret_plain may be sealed.data and is wiped on
 * failure. ERR_WRONG_KEY. */
MUST_USE enum err noise_open(struct aead *aead, const struct secret *key,
                             uint64_t counter, struct span sealed,
                             uint8_t *ret_plain);

#endif
