/* SPDX-License-Identifier: Apache-2.0 */
#include "core/challenges.h"

#include <string.h>

#include "base/check.h"
#include "core/emit.h"
#include "core/holdings.h"
#include "core/ledgers.h"
#include "core/orders.h"
#include "core/peer.h"
#include "core/proofs.h"
#include "core/sample.h"
#include "core/statements.h"
#include "model/block.h"

#define HALF_HOUR_MS 1800000
#define QUICK_MS 2000
#define BACKOFF_MIN_MS 60000
#define BACKOFF_MAX_MS 3600000
#define READY_MS PROOF_MS /* to get on its way */
/* Slices shown in one answer share its room and the time that it has. */
#define SHOWN_PER_REQUEST 2

/* ---- beginning ---- */

static void begin(struct node *node, struct question *question, uint32_t slot,
                  uint32_t ledger, uint64_t index, uint32_t order)
{
    struct digest nonce = sample_draw(node);

    memset(question, 0, sizeof(*question));
    node->proofs.active++;
    question->state = QUESTION_NEW;
    question->slot = slot;
    question->ledger = ledger;
    question->index = index;
    question->order = order;
    question->pick = sample_number(node);
    memcpy(question->question.nonce.bytes, nonce.bytes, CHALLENGE_NONCE_SIZE);
}

static struct question *free_one(struct node *node)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (node->proofs.questions[i].state == QUESTION_FREE) {
            return &node->proofs.questions[i];
        }
    }
    return NULL;
}

bool challenges_ask(struct node *node, uint32_t slot, uint32_t ledger,
                    uint64_t index, uint32_t order)
{
    struct question *question = free_one(node);

    if (question == NULL) {
        return false;
    }
    begin(node, question, slot, ledger, index, order);
    return true;
}

/* ---- how it ends ---- */

static void set_next(struct node *node, struct proof_peer *peer, uint32_t slot,
                     bool answered)
{
    if (!answered) {
        peer->backoff_ms =
            backoff_next(peer->backoff_ms, BACKOFF_MIN_MS, BACKOFF_MAX_MS);
        peer->at_ms = node->now_ms + peer->backoff_ms;
        return;
    }
    peer->backoff_ms = 0;
    peer->at_ms = node->now_ms + QUICK_MS;
    if (proofs_enough(node, slot)) {
        peer->at_ms = node->now_ms + HALF_HOUR_MS +
                      sample_number(node) % (2 * HALF_HOUR_MS);
    }
}

static void end(struct node *node, struct question *question,
                enum order_result result)
{
    if (question->order != SLOT_NONE) {
        order_result(node, question->order, question->slot, result);
    } else {
        set_next(node, &node->proofs.peers[question->slot], question->slot,
                 result != ORDER_SILENT);
    }
    question->state = QUESTION_FREE;
}

static void silent(struct node *node, struct question *question)
{
    proofs_result(node, question->slot, node->ledgers[question->ledger],
                  question->index, question->question.slice, CHECK_SILENT);
    end(node, question, ORDER_SILENT);
}

static bool is_right(const struct node *node, const struct question *question,
                     const struct slice_proof *proof)
{
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_NO_CHALLENGE_CHECK) != 0) {
        return true;
    }
#else
    (void)node;
#endif
    if (question->question.shows) {
        return proof->kind == PROOF_SLICE &&
               slice_verify(&question->question.root, question->size,
                            question->question.slice, proof->slice, proof->path,
                            proof->path_count) == ERR_OK;
    }
    return proof->kind == PROOF_MAC &&
           digest_equal(&proof->mac, &question->mac);
}

static void judge(struct node *node, struct question *question,
                  const struct slice_proof *proof)
{
    struct ledger *ledger = node->ledgers[question->ledger];
    struct peer *peer = &node->peers[question->slot];
    bool right;

    if (node->now_ms - question->since_ms > PROOF_MS) {
        silent(node, question);
        return;
    }
    if (proof->kind == PROOF_NOT_HELD) {
        proofs_denied(node, question->slot, ledger, question->index,
                      question->question.slice);
        end(node, question, ORDER_DENIED);
        return;
    }
    right = is_right(node, question, proof);
    proofs_result(node, question->slot, ledger, question->index,
                  question->question.slice, right ? CHECK_GOOD : CHECK_BAD);
    if (!right) {
        peer_complain(
            node, peer, COMPLAINT_PROOF,
            "a piece of item %02x%02x%02x%02x that it says it holds "
            "came with a wrong proof; its copy does not count until "
            "it proves that piece",
            question->question.root.bytes[0], question->question.root.bytes[1],
            question->question.root.bytes[2], question->question.root.bytes[3]);
    }
    end(node, question, right ? ORDER_GOOD : ORDER_BAD);
}

void challenges_answered(struct node *node, const struct ask *ask,
                         const struct message *message)
{
    const struct msg_proofs *reply = message == NULL ? NULL : &message->proofs;

    for (size_t i = 0; i < ask->wants_count; i++) {
        struct question *question = &node->proofs.questions[ask->wants[i]];
        const struct slice_proof *proof;

        if (question->state != QUESTION_ASKED ||
            question->token != ask->token) {
            continue; /* over already */
        }
        proof = reply != NULL && i < reply->count ? &reply->proofs[i] : NULL;
        if (proof == NULL || memcmp(&proof->nonce, &question->question.nonce,
                                    sizeof(proof->nonce)) != 0) {
            silent(node, question);
        } else {
            judge(node, question, proof);
        }
    }
}

static enum put_result take_proof(struct node *node, uint32_t slot,
                                  const struct slice_proof *proof)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct question *question = &node->proofs.questions[i];

        if (question->state == QUESTION_GIVEN && question->slot == slot &&
            memcmp(&proof->nonce, &question->question.nonce,
                   sizeof(proof->nonce)) == 0) {
            judge(node, question, proof);
            return PUT_TAKEN;
        }
    }
    return PUT_NOT_LEASED;
}

void challenges_brought(struct node *node, const struct event *event)
{
    const struct msg_proofs *proofs = &event->asked.message->proofs;
    uint32_t slot = peer_find(node, &event->asked.caller.node);
    struct message *reply = emit_message(node, MESSAGE_PUT_PROOFS, true);
    uint8_t *results = emit_alloc(node, proofs->count);

    if (reply == NULL || results == NULL || slot == SLOT_NONE) {
        return;
    }
    for (size_t i = 0; i < proofs->count; i++) {
        results[i] = (uint8_t)take_proof(node, slot, &proofs->proofs[i]);
    }
    reply->put_reply.results = results;
    reply->put_reply.count = proofs->count;
    emit_answer(node, event->asked.request, reply);
}

/* ---- loading ---- */

static void fill_task(const struct node *node, const struct question *question,
                      struct prove_task *task)
{
    const struct ledger *ledger = node->ledgers[question->ledger];

    task->kind = PROVE_QUESTION;
    task->ledger = ledger->number;
    task->index = question->index;
    task->pick = question->pick;
    task->held = ledger_held(ledger, question->index);
    task->nonce = question->question.nonce;
    task->names.identity = node->chain->identity;
    task->names.verifier = node->label;
    task->names.prover = node->peers[question->slot].label;
}

static void load(struct node *node)
{
    struct proofs *proofs = &node->proofs;
    struct prove_task *tasks;
    struct effect *effect;
    size_t count = 0;

    for (uint16_t i = 0; proofs->load_token == 0 && i < QUESTIONS_MAX &&
                         count < PROVE_TASKS_MAX;
         i++) {
        if (proofs->questions[i].state == QUESTION_NEW) {
            proofs->loading[count] = i;
            count++;
        }
    }
    if (count == 0) {
        return;
    }
    tasks = emit_alloc(node, count * sizeof(*tasks));
    effect = tasks == NULL ? NULL : emit(node, EFFECT_LOAD);
    if (effect == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct question *question = &proofs->questions[proofs->loading[i]];

        fill_task(node, question, &tasks[i]);
        question->state = QUESTION_LOADING;
    }
    proofs->load_token = node_token(node);
    proofs->load_count = count;
    effect->load.token = proofs->load_token;
    effect->load.tasks = tasks;
    effect->load.tasks_count = count;
}

bool challenges_loaded(struct node *node, const struct event *event)
{
    struct proofs *proofs = &node->proofs;

    if (proofs->load_token == 0 || event->loaded.token != proofs->load_token) {
        return false;
    }
    CHECK(event->loaded.proved_count == proofs->load_count);
    for (size_t i = 0; i < proofs->load_count; i++) {
        struct question *question = &proofs->questions[proofs->loading[i]];
        const struct proved *proved = &event->loaded.proved[i];

        if (question->state != QUESTION_LOADING) {
            continue; /* its peer has left */
        }
        if (proved->err != ERR_OK) {
            end(node, question, ORDER_SILENT); /* nothing was asked */
            continue;
        }
        question->question.root = proved->root;
        question->question.slice = proved->slice;
        question->question.shows = !proved->has_mac;
        question->size = proved->size;
        question->has_mac = proved->has_mac;
        question->mac = proved->mac;
        question->state = QUESTION_READY;
        question->since_ms = node->now_ms;
    }
    proofs->load_token = 0;
    return true;
}

/* ---- sending ---- */

bool challenges_reach(const struct node *node, uint32_t slot)
{
    const struct peer *peer = &node->peers[slot];

    return peer->used && (peer->connected ||
                          (peer->inbound_ms != 0 &&
                           node->now_ms - peer->inbound_ms < PIPE_SILENT_MS));
}

/* The next ready ones of this peer. */
static size_t ready(const struct node *node, uint32_t slot,
                    uint16_t picked[static CHALLENGES_PER_REQUEST_MAX])
{
    size_t count = 0;
    size_t shown = 0;

    for (uint16_t i = 0;
         i < QUESTIONS_MAX && count < CHALLENGES_PER_REQUEST_MAX; i++) {
        const struct question *question = &node->proofs.questions[i];

        if (question->state != QUESTION_READY || question->slot != slot ||
            (question->question.shows && shown == SHOWN_PER_REQUEST)) {
            continue;
        }
        shown += question->question.shows;
        picked[count] = i;
        count++;
    }
    return count;
}

static void ask_ready(struct node *node, uint32_t slot)
{
    uint16_t picked[CHALLENGES_PER_REQUEST_MAX];
    size_t count = ready(node, slot, picked);
    struct challenge *questions;
    struct message *message;
    struct ask *ask;

    if (count == 0 || !node->peers[slot].connected) {
        return;
    }
    questions = emit_alloc(node, count * sizeof(*questions));
    ask = questions == NULL ? NULL
                            : ask_begin(node, slot, ASK_CHALLENGE,
                                        MESSAGE_CHALLENGE, &message);
    if (ask == NULL) {
        return;
    }
    ask->wants_count = count;
    for (size_t i = 0; i < count; i++) {
        struct question *question = &node->proofs.questions[picked[i]];

        ask->wants[i] = picked[i];
        question->state = QUESTION_ASKED;
        question->since_ms = node->now_ms;
        question->token = ask->token;
        questions[i] = question->question;
    }
    message->challenge.questions = questions;
    message->challenge.count = count;
}

bool challenges_waiting(const struct node *node, uint32_t slot)
{
    uint16_t picked[CHALLENGES_PER_REQUEST_MAX];

    return node->proofs.active > 0 && !node->peers[slot].connected &&
           ready(node, slot, picked) > 0;
}

size_t challenges_give(
    struct node *node, uint32_t slot,
    struct challenge questions[static CHALLENGES_PER_REQUEST_MAX])
{
    uint16_t picked[CHALLENGES_PER_REQUEST_MAX];
    size_t count = 0;

    if (!node->peers[slot].connected) {
        count = ready(node, slot, picked);
    }
    for (size_t i = 0; i < count; i++) {
        struct question *question = &node->proofs.questions[picked[i]];

        question->state = QUESTION_GIVEN;
        question->since_ms = node->now_ms;
        questions[i] = question->question;
    }
    if (count > 0) {
        node_due(node, node->now_ms + PROOF_MS + 1);
    }
    return count;
}

/* ---- the pump ---- */

static bool has_regular(const struct node *node, uint32_t slot)
{
    for (size_t i = 0; node->proofs.active > 0 && i < QUESTIONS_MAX; i++) {
        const struct question *question = &node->proofs.questions[i];

        if (question->state != QUESTION_FREE && question->slot == slot &&
            question->order == SLOT_NONE) {
            return true;
        }
    }
    return false;
}

/* May anything be asked of it? */
static bool is_asked(const struct node *node, uint32_t slot)
{
    const struct stated *stated = statements_find(node, slot);

    return node->peers[slot].used && node->peers[slot].role != NODE_OBSERVER &&
           stated != NULL && statements_fresh(node, stated) &&
           challenges_reach(node, slot);
}

/* What failed is asked about again, in turn with others. */
static void ask_one(struct node *node, uint32_t slot)
{
    struct proof_peer *peer = &node->proofs.peers[slot];
    struct question *question = free_one(node);
    uint64_t slice = 0;
    uint32_t ledger;
    uint64_t index;
    bool again = (sample_number(node) & 1) == 0 &&
                 proofs_again(node, slot, &ledger, &index, &slice);

    peer->at_ms = node->now_ms + QUICK_MS;
    if (question == NULL ||
        (!again && !sample_item(node, slot, &ledger, &index))) {
        return; /* it claims nothing */
    }
    begin(node, question, slot, ledger, index, SLOT_NONE);
    if (again) {
        question->pick = slice;
    }
}

static void schedule(struct node *node, uint32_t slot)
{
    struct proof_peer *peer = &node->proofs.peers[slot];
    uint32_t ledger;
    uint64_t index;
    uint64_t slice;

    if (!is_asked(node, slot) || has_regular(node, slot)) {
        return;
    }
    if (peer->at_ms == 0) { /* not all of them at once */
        peer->at_ms = node->now_ms + 1 + sample_number(node) % QUICK_MS;
    }
    if (node->now_ms >= peer->at_ms) {
        ask_one(node, slot);
    } else if (peer->backoff_ms == 0 &&
               proofs_again(node, slot, &ledger, &index, &slice) &&
               peer->at_ms > node->now_ms + QUICK_MS) {
        peer->at_ms = node->now_ms + QUICK_MS;
    }
    node_due(node, peer->at_ms);
}

/* Whatever waits for too long, or whose peer is gone. */
static void end_old(struct node *node, struct question *question)
{
    if (question->state == QUESTION_FREE) {
        return;
    }
    if (!node->peers[question->slot].used) {
        if (question->order != SLOT_NONE) {
            order_result(node, question->order, question->slot, ORDER_SILENT);
        }
        question->state = QUESTION_FREE;
        return;
    }
    if (question->state == QUESTION_NEW ||
        question->state == QUESTION_LOADING) {
        return;
    }
    if (node->now_ms - question->since_ms <= PROOF_MS) {
        node_due(node, question->since_ms + PROOF_MS + 1);
    } else if (question->state == QUESTION_READY) {
        end(node, question, ORDER_SILENT); /* it was never asked */
    } else {
        silent(node, question);
    }
}

static void end_all_old(struct node *node)
{
    struct proofs *proofs = &node->proofs;
    size_t active = 0;

    for (size_t i = 0; proofs->active > 0 && i < QUESTIONS_MAX; i++) {
        end_old(node, &proofs->questions[i]);
        active += proofs->questions[i].state != QUESTION_FREE;
    }
    proofs->active = active;
}

void challenges_drop_order(struct node *node, uint32_t order)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct question *question = &node->proofs.questions[i];

        if (question->state == QUESTION_FREE || question->order != order) {
            continue;
        }
        question->order = SLOT_NONE;
        if (question->state == QUESTION_NEW ||
            question->state == QUESTION_READY) {
            question->state = QUESTION_FREE;
        }
    }
}

void challenges_pump(struct node *node)
{
    if (node->stopping || node->broken) {
        return;
    }
    end_all_old(node);
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (node->peers[i].used) {
            schedule(node, i);
        }
    }
    if (node->proofs.active == 0) {
        return;
    }
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        ask_ready(node, i);
    }
    load(node);
}
