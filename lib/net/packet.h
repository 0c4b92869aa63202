/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of one frame. It is an NNG message underneath, so what is sealed
 * here is sent without a copy, and what was received is opened where it lies.
 * Owned by whoever holds the pointer; a packet may move between threads but
 * has one user at a time. Sizes in bytes. */
#ifndef HF_NET_PACKET_H
#define HF_NET_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

struct aead;
struct opening;
struct packet;
struct sealing;

/* A transport frame with room for exactly plain_size bytes of plaintext, to be
 * written at packet_plain(). ERR_TOO_BIG (frame above MESSAGE_SIZE_MAX),
 * ERR_NO_MEMORY. */
MUST_USE enum err packet_new(size_t plain_size, struct packet **ret_packet);
/* The same, with the parts copied in one after the other (the one copy that a
 * block sees on its way out). */
MUST_USE enum err packet_make(const struct span *parts, size_t part_count,
                              struct packet **ret_packet);
/* A finished frame, copied: for handshakes. */
MUST_USE enum err packet_copy(struct span frame, struct packet **ret_packet);
/* Takes NULL. Does not wipe: what nodes tell each other is public to both, and
 * evidence is sealed before it gets here. */
void packet_free(struct packet *packet);

/* All of the frame. */
uint8_t *packet_data(struct packet *packet);
size_t packet_size(const struct packet *packet);
struct span packet_span(const struct packet *packet);
/* Where the plaintext of a packet_new() packet goes. */
uint8_t *packet_plain(struct packet *packet);

/* frame_seal() and frame_open() over the packet's bytes; any thread. */
void packet_seal(struct packet *packet, const struct sealing *sealing,
                 struct aead *aead);
MUST_USE enum err packet_open(struct packet *packet,
                              const struct opening *opening, struct aead *aead,
                              struct span *ret_plain);

#endif
