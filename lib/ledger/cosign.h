/* SPDX-License-Identifier: Apache-2.0 */
/* Cosignature/v1: "at this time, the largest consistent tree that I had seen
 * for this origin had this root". The signed message is the line
 * "cosignature/v1", the line "time SECONDS" and the whole text of the
 * checkpoint note. What stands in a signature line after the key id is the
 * time (8 bytes, big-endian) and the Ed25519 signature. Lines are made and
 * found by ledger/note.h; this file knows only these 72 bytes. Time is POSIX
 * seconds, 1 to 2^63 - 1. Pure functions. */
#ifndef HF_LEDGER_COSIGN_H
#define HF_LEDGER_COSIGN_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/sign.h"

#define COSIGN_BLOB_SIZE 72 /* time and signature */

/* ERR_WRONG_SIGNATURE (also for a time outside the range), ERR_NO_MEMORY. */
MUST_USE enum err cosign_verify(struct span text,
                                const struct public_key *public_key,
                                const uint8_t blob[static COSIGN_BLOB_SIZE],
                                uint64_t *ret_time);
/* The blob for the text of a checkpoint. `secret` is the witness key.
 * The caller has made what it signs durable before.
 * ERR_RANGE for a time outside 1 .. 2^63 - 1, ERR_NO_MEMORY. */
MUST_USE enum err cosign_make(struct span text, uint64_t time,
                              const struct sign_key *secret,
                              uint8_t ret_blob[static COSIGN_BLOB_SIZE]);

#endif
