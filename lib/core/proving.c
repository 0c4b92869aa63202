/* SPDX-License-Identifier: Apache-2.0 */
#include "core/proving.h"

#include <string.h>

#include "core/doubts.h"
#include "core/emit.h"
#include "core/peer.h"

static void names_of(const struct node *node, uint32_t verifier,
                     struct challenge_names *ret)
{
    ret->identity = node->chain->identity;
    ret->verifier = node->peers[verifier].label;
    ret->prover = node->label;
}

/* May it ask so many now? Then they are taken off. */
static bool allow(struct node *node, struct proof_peer *peer, size_t count)
{
    uint64_t more;

    if (peer->allowed_ms == 0) {
        peer->allowed = PROVING_AT_ONCE;
        peer->allowed_ms = node->now_ms + 1;
    }
    more = node->now_ms < peer->allowed_ms
               ? 0
               : (node->now_ms - peer->allowed_ms) / PROVING_MS;
    peer->allowed = more >= PROVING_AT_ONCE - peer->allowed
                        ? PROVING_AT_ONCE
                        : peer->allowed + (unsigned)more;
    peer->allowed_ms += more * PROVING_MS;
    if (count > peer->allowed) {
        return false;
    }
    peer->allowed -= (unsigned)count;
    return true;
}

void proving_asked(struct node *node, const struct event *event)
{
    const struct msg_challenge *asked = &event->asked.message->challenge;
    uint32_t slot = peer_find(node, &event->asked.caller.node);
    struct effect *effect;

    if (!allow(node, &node->proofs.peers[slot], asked->count)) {
        emit_refusal(node, event->asked.request, ERR_BUSY, "BUSY",
                     "too many challenges; try again later");
        return;
    }
    doubts_asked(node, slot, event->asked.message);
    effect = emit(node, EFFECT_SERVE);
    if (effect != NULL) {
        effect->serve.request = event->asked.request;
        names_of(node, slot, &effect->serve.names);
    }
}

void proving_given(struct node *node, uint32_t slot,
                   const struct challenge *questions, size_t count)
{
    struct proof_peer *peer = &node->proofs.peers[slot];

    if (count == 0 || count > CHALLENGES_PER_REQUEST_MAX ||
        !allow(node, peer, count)) {
        return;
    }
    memcpy(peer->given, questions, count * sizeof(questions[0]));
    peer->given_count = count;
    peer->given_until_ms = node->now_ms + PROOF_MS;
}

static void bring(struct node *node, uint32_t slot)
{
    struct proof_peer *peer = &node->proofs.peers[slot];
    size_t count = peer->given_count;
    struct challenge *questions = emit_alloc(node, count * sizeof(*questions));
    struct message *what;
    struct effect *effect;

    if (questions == NULL ||
        push_begin(node, slot, ASK_PUT_PROOFS, MESSAGE_CHALLENGE, &what,
                   &effect) == NULL) {
        return; /* with the next answer, while there is time */
    }
    memcpy(questions, peer->given, count * sizeof(*questions));
    what->challenge.questions = questions;
    what->challenge.count = count;
    names_of(node, slot, &effect->push.names);
    doubts_asked(node, slot, what);
    peer->given_count = 0;
}

void proving_pump(struct node *node)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX && !node->stopping; i++) {
        struct proof_peer *peer = &node->proofs.peers[i];

        if (peer->given_count == 0) {
            continue;
        }
        if (node->now_ms >= peer->given_until_ms || !node->peers[i].connected) {
            peer->given_count = 0;
        } else {
            bring(node, i);
        }
    }
}
