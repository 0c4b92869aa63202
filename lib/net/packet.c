/* SPDX-License-Identifier: Apache-2.0 */
#include "net/packet.h"

#include <string.h>

#include <nng/nng.h>

#include "base/check.h"
#include "base/limits.h"
#include "net/packet_nng.h"
#include "net/session.h"

nng_msg *packet_to_msg(struct packet *packet)
{
    return (nng_msg *)packet;
}

struct packet *packet_of_msg(nng_msg *msg)
{
    return (struct packet *)msg;
}

enum err packet_new(size_t plain_size, struct packet **ret_packet)
{
    nng_msg *msg;

    if (plain_size > MESSAGE_SIZE_MAX - FRAME_HEAD_SIZE - AEAD_TAG_SIZE) {
        return ERR_TOO_BIG;
    }
    if (nng_msg_alloc(&msg, FRAME_HEAD_SIZE + plain_size + AEAD_TAG_SIZE) !=
        0) {
        return ERR_NO_MEMORY;
    }
    *ret_packet = packet_of_msg(msg);
    return ERR_OK;
}

enum err packet_make(const struct span *parts, size_t part_count,
                     struct packet **ret_packet)
{
    struct packet *packet;
    size_t size = 0;
    uint8_t *to;
    enum err err;

    for (size_t index = 0; index < part_count; index++) {
        if (parts[index].size > MESSAGE_SIZE_MAX - size) {
            return ERR_TOO_BIG;
        }
        size += parts[index].size;
    }
    err = packet_new(size, &packet);
    if (err != ERR_OK) {
        return err;
    }
    to = packet_plain(packet);
    for (size_t index = 0; index < part_count; index++) {
        if (parts[index].size > 0) {
            memcpy(to, parts[index].data, parts[index].size);
            to += parts[index].size;
        }
    }
    *ret_packet = packet;
    return ERR_OK;
}

enum err packet_copy(struct span frame, struct packet **ret_packet)
{
    nng_msg *msg;

    if (frame.size > MESSAGE_SIZE_MAX) {
        return ERR_TOO_BIG;
    }
    if (nng_msg_alloc(&msg, frame.size) != 0) {
        return ERR_NO_MEMORY;
    }
    if (frame.size > 0) {
        memcpy(nng_msg_body(msg), frame.data, frame.size);
    }
    *ret_packet = packet_of_msg(msg);
    return ERR_OK;
}

void packet_free(struct packet *packet)
{
    if (packet != NULL) {
        nng_msg_free(packet_to_msg(packet));
    }
}

uint8_t *packet_data(struct packet *packet)
{
    return nng_msg_body(packet_to_msg(packet));
}

size_t packet_size(const struct packet *packet)
{
    return nng_msg_len((const nng_msg *)packet);
}

struct span packet_span(const struct packet *packet)
{
    /* NNG's signature lacks a const; the message is not changed. */
    return span_of(nng_msg_body((nng_msg *)packet), packet_size(packet));
}

uint8_t *packet_plain(struct packet *packet)
{
    CHECK(packet_size(packet) >= FRAME_TRANSPORT_SIZE_MIN);
    return packet_data(packet) + FRAME_HEAD_SIZE;
}

void packet_seal(struct packet *packet, const struct sealing *sealing,
                 struct aead *aead)
{
    frame_seal(sealing, aead, packet_data(packet), packet_size(packet));
}

enum err packet_open(struct packet *packet, const struct opening *opening,
                     struct aead *aead, struct span *ret_plain)
{
    return frame_open(opening, aead, packet_data(packet), packet_size(packet),
                      ret_plain);
}
