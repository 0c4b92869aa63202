/* SPDX-License-Identifier: Apache-2.0 */
#include "hollow.h"

#include <string.h>

#include "base/check.h"
#include "model/statement.h"
#include "wire/decode.h"
#include "wire/encode.h"

static enum err decode(struct world *world, bool is_reply, struct span bytes,
                       struct message *ret_message)
{
    arena_reset(&world->other_arena);
    return is_reply
               ? message_decode_reply(bytes, MESSAGE_CHALLENGE,
                                      &world->other_arena, ret_message, NULL)
               : message_decode_request(bytes, &world->other_arena, ret_message,
                                        NULL);
}

void hollow_forges(struct world *world, size_t from, enum message_kind kind,
                   bool is_reply, struct buf *bytes)
{
    struct slice_proof proofs[CHALLENGES_PER_REQUEST_MAX];
    struct message message;
    struct buf other;

    if (!world->hollow || from != world->count - 1 ||
        kind != (is_reply ? MESSAGE_CHALLENGE : MESSAGE_PUT_PROOFS)) {
        return;
    }
    CHECK(decode(world, is_reply, buf_span(bytes), &message) == ERR_OK);
    if (message.kind != kind) {
        return; /* a refusal */
    }
    memcpy(proofs, message.proofs.proofs,
           message.proofs.count * sizeof(proofs[0]));
    for (size_t i = 0; i < message.proofs.count; i++) {
        CHECK(proofs[i].kind == PROOF_NOT_HELD);
        proofs[i].kind = PROOF_MAC;
        rng_fill(&world->rng, proofs[i].mac.bytes, DIGEST_SIZE);
    }
    message.proofs.proofs = proofs;
    buf_init(&other, 8 << 20);
    CHECK(message_encode(&message, &other) == ERR_OK);
    buf_done(bytes);
    *bytes = other;
}

void hollow_stated(struct world *world, size_t node, struct span text)
{
    const struct statement_checked *checked;
    struct statement statement;
    struct label label;

    if (!world->hollow || statement_parse(text, &statement, NULL) != ERR_OK) {
        return;
    }
    members_label(world->count - 1, &label);
    checked = statement_find_checked(&statement, label_span(&label));
    if (checked != NULL && checked->bad > 0) {
        world->nodes[node].exposed = true;
    }
    statement_done(&statement);
}
