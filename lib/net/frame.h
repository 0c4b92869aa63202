/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a frame, which is one NNG message between two nodes
 * (holdfast.md 8, 16):
 *
 *     01 | initiator's index (4) | message 1 (96)
 *     02 | responder's index (4) | initiator's index (4) | message 2 (48)
 *     03 | receiver's index (4) | counter (8) | one AEAD ciphertext
 *
 * An index names a session at the node that drew it. Pure functions; nothing
 * is decrypted here, so nothing a parsed frame says is proven. */
#ifndef HF_NET_FRAME_H
#define HF_NET_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

enum frame_kind {
    FRAME_HELLO = 1,    /* initiator's first message */
    FRAME_WELCOME = 2,  /* responder's answer */
    FRAME_TRANSPORT = 3 /* everything after */
};

struct frame {
    enum frame_kind kind;
    uint32_t sender;   /* index; FRAME_HELLO and FRAME_WELCOME */
    uint32_t receiver; /* index; FRAME_WELCOME and FRAME_TRANSPORT */
    uint64_t counter;  /* FRAME_TRANSPORT */
    struct span body;  /* borrowed: handshake message, or ciphertext and tag */
};

/* ERR_MALFORMED: unknown kind or wrong size. ERR_TOO_BIG: above
 * MESSAGE_SIZE_MAX. */
MUST_USE enum err frame_parse(struct span bytes, struct frame *ret_frame);
/* Write what stands before the body; returns its size, 5, 9 or 13. */
size_t frame_head_format(const struct frame *frame,
                         uint8_t ret_head[static FRAME_HEAD_SIZE]);

#endif
