/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "peer.pb-c.h"
#include "wire/decode_parts.h"

static bool decode_nonce(const ProtobufCBinaryData *field,
                         struct challenge_nonce *to)
{
    if (field->len != sizeof(to->bytes)) {
        return false;
    }
    memcpy(to->bytes, field->data, sizeof(to->bytes));
    return true;
}

bool decode_questions(struct decoder *decoder, Holdfast__Question *const *from,
                      size_t count, const struct challenge **ret_questions)
{
    struct challenge *questions =
        decode_array(decoder, count, sizeof(*questions));

    if (questions == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!decode_root32(&from[i]->root, questions[i].root.bytes) ||
            !decode_nonce(&from[i]->nonce, &questions[i].nonce) ||
            from[i]->index > PAYLOAD_SIZE_MAX / SLICE_SIZE) {
            return false;
        }
        questions[i].slice = from[i]->index;
        questions[i].shows = from[i]->shows;
    }
    *ret_questions = questions;
    return true;
}

bool decode_challenge(struct decoder *decoder, const void *from,
                      struct msg_challenge *to)
{
    const Holdfast__Challenge *challenge = from;

    to->count = challenge->n_questions;
    return to->count >= 1 && decode_questions(decoder, challenge->questions,
                                              to->count, &to->questions);
}

/* Only the fields of its kind are filled. */
static bool decode_one(struct decoder *decoder, const Holdfast__Proof *from,
                       struct slice_proof *to)
{
    if (!decode_nonce(&from->nonce, &to->nonce) ||
        from->mac.len != (from->kind == PROOF_MAC ? DIGEST_SIZE : 0) ||
        (from->kind != PROOF_SLICE &&
         (from->path.len != 0 || from->size != 0)) ||
        (from->kind == PROOF_SLICE &&
         (from->path.len % 32 != 0 || from->size == 0 ||
          from->size > SLICE_SIZE))) {
        return false;
    }
    if (from->kind == PROOF_MAC) {
        memcpy(to->mac.bytes, from->mac.data, DIGEST_SIZE);
    } else if (from->kind == PROOF_SLICE) {
        to->path = (const struct digest *)from->path.data;
        to->path_count = from->path.len / 32;
        to->slice = reader_take(&decoder->raw, from->size);
    } else if (from->kind != PROOF_NOT_HELD) {
        return false;
    }
    to->kind = (enum proof_kind)from->kind;
    return true;
}

bool decode_proofs(struct decoder *decoder, const void *from,
                   struct msg_proofs *to)
{
    const Holdfast__Proofs *list = from;
    struct slice_proof *proofs =
        decode_array(decoder, list->n_proofs, sizeof(*proofs));

    if (proofs == NULL || list->n_proofs == 0) {
        return false;
    }
    memset(proofs, 0, list->n_proofs * sizeof(*proofs));
    for (size_t i = 0; i < list->n_proofs; i++) {
        if (!decode_one(decoder, list->proofs[i], &proofs[i])) {
            return false;
        }
    }
    to->proofs = proofs;
    to->count = list->n_proofs;
    return !decoder->raw.failed;
}

bool decode_verify(const void *from, struct msg_verify *to)
{
    const Holdfast__Verify *verify = from;

    to->pieces = verify->pieces;
    to->read_from = verify->read_from;
    return decode_root32(&verify->root, to->root.bytes) &&
           verify->pieces <= VERIFY_PIECES_MAX &&
           verify->read_from <= PAYLOAD_SIZE_MAX / BLOCK_SIZE_MAX + 1;
}

bool decode_verify_reply(struct decoder *decoder, const void *from,
                         struct msg_verify_reply *to)
{
    const Holdfast__VerifyReply *reply = from;
    size_t count = reply->n_holders;
    struct verify_holder *holders =
        decode_array(decoder, count, sizeof(*holders));

    if (holders == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const Holdfast__VerifyHolder *holder = reply->holders[i];

        if (holder->result < VERIFY_GOOD || holder->result > VERIFY_NOT_HELD) {
            return false;
        }
        holders[i] = (struct verify_holder){
            .node = decode_span(&holder->node),
            .member = decode_span(&holder->member),
            .country = decode_span(&holder->country),
            .own = holder->own,
            .result = (enum verify_result)holder->result,
            .asked = holder->asked,
            .good = holder->good,
            .last_good_s = holder->last_good,
        };
    }
    to->found = reply->found;
    to->size = reply->size;
    to->blocks = reply->blocks;
    to->read_to = reply->read_to;
    to->holders = holders;
    to->holders_count = count;
    return true;
}
