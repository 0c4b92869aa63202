/* SPDX-License-Identifier: Apache-2.0 */
/* From an unpacked protobuf and the raw bytes behind it to each message's
 * struct; used by decode.c only. Each returns false when a field has the wrong
 * size, a number is outside its range, or the raw bytes do not suffice. */
#ifndef HF_WIRE_DECODE_PARTS_H
#define HF_WIRE_DECODE_PARTS_H

#include <stdbool.h>

#include "base/reader.h"
#include "wire/arena.h"
#include "wire/message.h"

struct ProtobufCBinaryData;
struct Holdfast__DepositPage;
struct Holdfast__NoteRef;

struct decoder {
    struct arena *arena; /* borrowed */
    struct reader raw;   /* what stands behind the protobuf */
    bool out_of_memory;  /* sticky */
};

/* decode.c hands over the unpacked struct of the kind at hand. */
struct span decode_span(const struct ProtobufCBinaryData *field);
/* `count` things of `size` bytes from the arena; sets out_of_memory. */
void *decode_array(struct decoder *decoder, size_t count, size_t size);
/* Split the raw bytes by packed big fields of 4-byte sizes. */
bool decode_sized(struct decoder *decoder, const uint32_t *sizes, size_t count,
                  const struct span **ret_spans);
bool decode_root32(const struct ProtobufCBinaryData *field, uint8_t *to);

/* decode_peer.c: also of PUT_NOTES. */
bool decode_refs(struct decoder *decoder, struct Holdfast__NoteRef *const *from,
                 size_t count, const struct note_ref **ret_refs);
/* decode_client.c: pages of names, whose names are the next raw bytes. */
bool decode_pages(struct decoder *decoder,
                  struct Holdfast__DepositPage *const *from, size_t count,
                  const struct deposit_page **ret_pages);

bool decode_sync(struct decoder *decoder, const void *from,
                 struct msg_sync *to);
bool decode_sync_reply(struct decoder *decoder, const void *from,
                       struct msg_sync_reply *to);
bool decode_get_notes(struct decoder *decoder, const void *from,
                      struct msg_get_notes *to);
bool decode_get_notes_reply(struct decoder *decoder, const void *from,
                            struct msg_get_notes_reply *to);
bool decode_get_records(const void *from, struct msg_get_records *to);
bool decode_get_records_reply(struct decoder *decoder, const void *from,
                              struct msg_get_records_reply *to);
bool decode_get_names(const void *from, struct msg_get_names *to);
bool decode_get_names_reply(struct decoder *decoder, const void *from,
                            struct msg_get_names_reply *to);
bool decode_get_blocks(const void *from, struct msg_get_blocks *to);
bool decode_get_blocks_reply(struct decoder *decoder, const void *from,
                             struct msg_get_blocks_reply *to);

/* decode_put.c: what is brought. */
bool decode_put_notes(struct decoder *decoder, const void *from,
                      struct msg_put_notes *to);
bool decode_put_blocks(struct decoder *decoder, const void *from,
                       struct msg_put_blocks *to);
bool decode_put_reply(const void *from, struct msg_put_reply *to);

/* decode_proof.c */
struct Holdfast__Question;
bool decode_questions(struct decoder *decoder,
                      struct Holdfast__Question *const *from, size_t count,
                      const struct challenge **ret_questions);
bool decode_challenge(struct decoder *decoder, const void *from,
                      struct msg_challenge *to);
bool decode_proofs(struct decoder *decoder, const void *from,
                   struct msg_proofs *to);
bool decode_verify(const void *from, struct msg_verify *to);
bool decode_verify_reply(struct decoder *decoder, const void *from,
                         struct msg_verify_reply *to);

/* decode_client.c: what clients ask. */
bool decode_deposit(struct decoder *decoder, const void *from,
                    struct msg_deposit *to);
bool decode_deposit_reply(struct decoder *decoder, const void *from,
                          struct msg_deposit_reply *to);
bool decode_receipts(struct decoder *decoder, const void *from,
                     struct msg_receipts *to);
bool decode_list(const void *from, struct msg_list *to);
bool decode_list_reply(struct decoder *decoder, const void *from,
                       struct msg_list_reply *to);
bool decode_status_reply(struct decoder *decoder, const void *from,
                         struct msg_status_reply *to);
bool decode_open_ledger_reply(const void *from,
                              struct msg_open_ledger_reply *to);
/* decode_scrub.c */
bool decode_scrub(const void *from, struct msg_scrub *to);
bool decode_scrub_reply(const void *from, struct msg_scrub_reply *to);
bool decode_events(const void *from, struct msg_events *to);
bool decode_events_reply(struct decoder *decoder, const void *from,
                         struct msg_events_reply *to);
bool decode_refusal(const void *from, struct msg_refusal *to);

/* decode_health.c */
struct Holdfast__StatusProofs;
struct Holdfast__StatusHealth;
struct Holdfast__ListState;
/* NULL: none of it is known. */
void decode_status_proofs(const struct Holdfast__StatusProofs *from,
                          struct status_proofs *to);
bool decode_status_health(struct decoder *decoder,
                          const struct Holdfast__StatusHealth *from,
                          struct status_health *to);
/* NULL: it was not asked for. */
bool decode_list_state(struct decoder *decoder,
                       const struct Holdfast__ListState *from,
                       size_t nodes_count, struct list_state *to);
bool decode_labels(struct decoder *decoder,
                   const struct ProtobufCBinaryData *from, size_t count,
                   const struct label **ret_labels);

#endif
