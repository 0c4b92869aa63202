/* SPDX-License-Identifier: Apache-2.0 */
/* From each message's struct to its protobuf and the raw bytes behind it; used
 * by encode.c only. `pack` writes kind, length and protobuf; what follows is
 * appended by each function. */
#ifndef HF_WIRE_ENCODE_PARTS_H
#define HF_WIRE_ENCODE_PARTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "wire/arena.h"
#include "wire/message.h"

struct ProtobufCBinaryData;
struct ProtobufCMessage;

struct encoder {
    struct buf *to;     /* borrowed; errors stick in it */
    struct arena arena; /* owned; for the protobuf's arrays */
};

struct ProtobufCBinaryData encode_span(struct span bytes);
/* NULL, and the error in encoder->to, when there is no memory. */
void *encode_array(struct encoder *encoder, size_t count, size_t size);
/* protobuf-c does not write to what it packs. */
static inline uint32_t *encode_numbers(const uint32_t *numbers)
{
    return (uint32_t *)(uintptr_t)numbers;
}

void encode_pack(struct encoder *encoder, enum message_kind kind,
                 const struct ProtobufCMessage *message);
/* 4-byte sizes of spans; NULL when there is no memory. */
uint32_t *encode_sizes(struct encoder *encoder, const struct span *spans,
                       size_t count);

struct Holdfast__DepositPage;
/* What their names are stands in the raw bytes. NULL without memory. */
struct Holdfast__DepositPage **encode_pages(struct encoder *encoder,
                                            const struct deposit_page *from,
                                            size_t count);

struct Holdfast__Question;
/* NULL without memory. */
struct Holdfast__Question **encode_questions(struct encoder *encoder,
                                             const struct challenge *from,
                                             size_t count);
void encode_put_reply(struct encoder *encoder, enum message_kind kind,
                      const struct msg_put_reply *from);

/* Is this message one of encode_proof()? */
bool encode_is_proof(const struct message *message);
void encode_proof(struct encoder *encoder, const struct message *message);

/* encode_health.c; NULL without memory. */
struct Holdfast__StatusProofs;
struct Holdfast__StatusHealth;
struct Holdfast__ListState;
struct Holdfast__StatusProofs *encode_status_proofs(
    struct encoder *encoder, const struct status_proofs *from);
struct Holdfast__StatusHealth *encode_status_health(
    struct encoder *encoder, const struct status_health *from);
struct Holdfast__ListState *encode_list_state(struct encoder *encoder,
                                              const struct list_state *from);
struct ProtobufCBinaryData *encode_labels(struct encoder *encoder,
                                          const struct label *from,
                                          size_t count);

/* Is this message one of encode_scrub()? */
bool encode_is_scrub(const struct message *message);
void encode_scrub(struct encoder *encoder, const struct message *message);

/* Requests and replies. */
void encode_peer(struct encoder *encoder, const struct message *message);
void encode_client_request(struct encoder *encoder,
                           const struct message *message);
void encode_client_reply(struct encoder *encoder,
                         const struct message *message);

#endif
