/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.pb-c.h"
#include "wire/encode_parts.h"

Holdfast__Question **encode_questions(struct encoder *encoder,
                                      const struct challenge *from,
                                      size_t count)
{
    Holdfast__Question **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__Question *items = encode_array(encoder, count, sizeof(*items));

    if (list == NULL || items == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__question__init(&items[i]);
        items[i].root = encode_span(span_of(from[i].root.bytes, 32));
        items[i].index = from[i].slice;
        items[i].nonce = encode_span(
            span_of(from[i].nonce.bytes, sizeof(from[i].nonce.bytes)));
        items[i].shows = from[i].shows;
        list[i] = &items[i];
    }
    return list;
}

static void encode_challenge(struct encoder *encoder,
                             const struct msg_challenge *from)
{
    Holdfast__Challenge challenge = HOLDFAST__CHALLENGE__INIT;

    challenge.n_questions = from->count;
    challenge.questions =
        encode_questions(encoder, from->questions, from->count);
    if (challenge.questions != NULL) {
        encode_pack(encoder, MESSAGE_CHALLENGE, &challenge.base);
    }
}

static void fill(Holdfast__Proof *to, const struct slice_proof *from)
{
    holdfast__proof__init(to);
    to->kind = from->kind;
    to->nonce =
        encode_span(span_of(from->nonce.bytes, sizeof(from->nonce.bytes)));
    if (from->kind == PROOF_MAC) {
        to->mac = encode_span(span_of(from->mac.bytes, DIGEST_SIZE));
    } else if (from->kind == PROOF_SLICE) {
        to->path = encode_span(span_of(from->path, 32 * from->path_count));
        to->size = (uint32_t)from->slice.size;
    }
}

static void encode_proofs(struct encoder *encoder, enum message_kind kind,
                          const struct msg_proofs *from)
{
    Holdfast__Proofs proofs = HOLDFAST__PROOFS__INIT;
    Holdfast__Proof **list = encode_array(encoder, from->count, sizeof(*list));
    Holdfast__Proof *items = encode_array(encoder, from->count, sizeof(*items));

    if (list == NULL || items == NULL) {
        return;
    }
    for (size_t i = 0; i < from->count; i++) {
        fill(&items[i], &from->proofs[i]);
        list[i] = &items[i];
    }
    proofs.n_proofs = from->count;
    proofs.proofs = list;
    encode_pack(encoder, kind, &proofs.base);
    for (size_t i = 0; i < from->count; i++) {
        if (from->proofs[i].kind == PROOF_SLICE) {
            buf_put(encoder->to, from->proofs[i].slice);
        }
    }
}

static void encode_verify(struct encoder *encoder,
                          const struct msg_verify *from)
{
    Holdfast__Verify verify = HOLDFAST__VERIFY__INIT;

    verify.root = encode_span(span_of(from->root.bytes, 32));
    verify.pieces = from->pieces;
    verify.read_from = from->read_from;
    encode_pack(encoder, MESSAGE_VERIFY, &verify.base);
}

static void encode_verify_reply(struct encoder *encoder,
                                const struct msg_verify_reply *from)
{
    Holdfast__VerifyReply reply = HOLDFAST__VERIFY_REPLY__INIT;
    size_t count = from->holders_count;
    Holdfast__VerifyHolder **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__VerifyHolder *items =
        encode_array(encoder, count, sizeof(*items));

    if (list == NULL || items == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct verify_holder *holder = &from->holders[i];

        holdfast__verify_holder__init(&items[i]);
        items[i].node = encode_span(holder->node);
        items[i].member = encode_span(holder->member);
        items[i].country = encode_span(holder->country);
        items[i].own = holder->own;
        items[i].result = holder->result;
        items[i].asked = holder->asked;
        items[i].good = holder->good;
        items[i].last_good = holder->last_good_s;
        list[i] = &items[i];
    }
    reply.found = from->found;
    reply.size = from->size;
    reply.blocks = from->blocks;
    reply.read_to = from->read_to;
    reply.n_holders = count;
    reply.holders = list;
    encode_pack(encoder, MESSAGE_VERIFY, &reply.base);
}

bool encode_is_proof(const struct message *message)
{
    return message->kind == MESSAGE_CHALLENGE ||
           message->kind == MESSAGE_PUT_PROOFS ||
           message->kind == MESSAGE_VERIFY;
}

void encode_proof(struct encoder *encoder, const struct message *message)
{
    if (message->kind == MESSAGE_VERIFY) {
        if (message->reply) {
            encode_verify_reply(encoder, &message->verify_reply);
        } else {
            encode_verify(encoder, &message->verify);
        }
    } else if (message->kind == MESSAGE_CHALLENGE) {
        if (message->reply) {
            encode_proofs(encoder, message->kind, &message->proofs);
        } else {
            encode_challenge(encoder, &message->challenge);
        }
    } else if (message->reply) {
        encode_put_reply(encoder, message->kind, &message->put_reply);
    } else {
        encode_proofs(encoder, message->kind, &message->proofs);
    }
}
