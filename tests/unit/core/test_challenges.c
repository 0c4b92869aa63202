/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/challenges.h"
#include "core/peer.h"
#include "core/proofs.h"
#include "core/prove.h"
#include "core/proving.h"
#include "core/state.h"
#include "core/statements.h"
#include "rig.h"
#include "wire/arena.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define HOUR_MS 3600000

static struct rig *rig;

static void setup(void)
{
    rig = malloc(sizeof(*rig));
    cr_assert_not_null(rig);
}

static void teardown(void)
{
    rig_done(rig);
    free(rig);
}

TestSuite(challenges, .init = setup, .fini = teardown);

/* Three nodes that hold the same few items and have stated it. */
static void start(size_t listeners)
{
    rig_init_dialling(rig, 3, listeners);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    if (listeners == 3) {
        rig_link_all(rig);
    } else {
        rig_link(rig, 1, 0);
        rig_link(rig, 2, 0);
    }
    rig_pass(rig, 3000);
    for (unsigned i = 0; i < 3; i++) {
        (void)rig_deposit(rig, 0, i);
    }
    rig_pass(rig, 70000);
}

static struct node *core(size_t node)
{
    return rig->nodes[node].core;
}

static uint32_t slot_of(size_t node, size_t peer)
{
    struct label label;
    uint32_t slot;

    members_label(peer, &label);
    slot = peer_find(core(node), &label);
    cr_assert_neq(slot, SLOT_NONE);
    return slot;
}

static struct proof_numbers numbers(size_t node, size_t peer)
{
    struct proof_numbers numbers;

    proofs_numbers(core(node), slot_of(node, peer), &numbers);
    return numbers;
}

/* Of all ledgers. */
static unsigned failed_bits(size_t node, size_t peer)
{
    unsigned count = 0;

    for (size_t i = 0; i < core(node)->ledgers_end; i++) {
        const struct ledger *ledger = core(node)->ledgers[i];

        if (ledger != NULL) {
            count += (unsigned)__builtin_popcountll(
                proofs_failed_word(core(node), ledger, slot_of(node, peer), 0));
        }
    }
    return count;
}

/* Each proves to each that it holds what it claims: twenty pieces soon, then
 * about one an hour, and the statement says so. */
Test(challenges, all_is_well)
{
    start(3);
    rig_pass(rig, 60000);
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) {
            if (i != j) {
                cr_expect(proofs_enough(core(i), slot_of(i, j)));
                cr_expect(!proofs_doubted(core(i), slot_of(i, j)));
                cr_expect_eq(numbers(i, j).good, PROOFS_ENOUGH);
                cr_expect_eq(numbers(i, j).asked, PROOFS_ENOUGH);
            }
        }
    }
    rig_pass(rig, 24 * HOUR_MS);
    cr_expect_geq(numbers(0, 1).asked, PROOFS_ENOUGH + 16);
    cr_expect_leq(numbers(0, 1).asked, PROOFS_ENOUGH + 48);
    cr_expect_eq(numbers(0, 1).good, numbers(0, 1).asked);

    struct msg_status_reply status;
    struct effects effects;

    effects_init(&effects);
    node_status(core(0), rig->now_ms, &effects, &status);
    cr_assert_eq(status.peers_count, 2);
    for (size_t i = 0; i < 2; i++) {
        cr_expect_geq(status.peers[i].proofs.good, PROOFS_ENOUGH);
        cr_expect_eq(status.peers[i].proofs.silent, 0);
        cr_expect_neq(status.peers[i].proofs.last_good_s, 0);
    }
    effects_done(&effects);

    const struct stated *stated = statements_find(core(1), slot_of(1, 0));

    cr_assert_not_null(stated);
    cr_assert_eq(stated->statement.checked_count, 2);
    cr_expect_geq(stated->statement.checked[0].good, PROOFS_ENOUGH);
    cr_expect_eq(stated->statement.checked[0].bad, 0);
}

/* Nodes that can only dial are asked in the answers to their Syncs, and bring
 * their proofs; two of them say nothing of each other. */
Test(challenges, who_only_dials)
{
    start(1);
    rig->shows_proofs = true;
    rig_quiet(rig);
    rig_pass(rig, 2 * HOUR_MS);
    cr_expect(proofs_enough(core(0), slot_of(0, 1)));
    cr_expect(proofs_enough(core(0), slot_of(0, 2)));
    cr_expect(proofs_enough(core(1), slot_of(1, 0)));
    cr_expect_eq(numbers(0, 1).bad, 0);
    cr_expect_eq(numbers(1, 2).asked, 0);
    cr_expect_geq(rig_count(rig, "n1 brings n0 1 proofs"), 1);
    cr_expect_eq(rig_count(rig, "n0 asks n1 Challenge"), 0);
    /* What n0 states of n2 is enough for n1, in a consortium of three. */
    cr_expect(proofs_enough(core(1), slot_of(1, 2)));
}

/* ---- wrong answers ---- */

static size_t liar;
static enum proof_kind lie_kind;
static unsigned lies;

/* The proofs of one node are made worse. */
static void worsen(struct rig *from, struct rig_thing *reply)
{
    struct slice_proof proofs[CHALLENGES_PER_REQUEST_MAX];
    struct message message;
    struct arena arena;

    (void)from;
    if (reply->kind != MESSAGE_CHALLENGE || reply->to != liar || lies == 0) {
        return;
    }
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&reply->bytes),
                                      MESSAGE_CHALLENGE, &arena, &message,
                                      NULL),
                 ERR_OK);
    if (message.kind == MESSAGE_CHALLENGE) {
        memcpy(proofs, message.proofs.proofs,
               message.proofs.count * sizeof(proofs[0]));
        for (size_t i = 0; i < message.proofs.count; i++) {
            proofs[i].kind = lie_kind;
            proofs[i].mac.bytes[0] ^= 1;
        }
        message.proofs.proofs = proofs;
        buf_clear(&reply->bytes);
        cr_assert_eq(message_encode(&message, &reply->bytes), ERR_OK);
        lies--;
    }
    arena_done(&arena);
}

/* A wrong answer counts at once, is said, and takes that item's copy until the
 * same piece is proved; two of them take all until a scrub. */
Test(challenges, wrong_answers)
{
    start(3);
    rig_pass(rig, 60000);
    rig_quiet(rig);
    liar = 1;
    lie_kind = PROOF_MAC;
    lies = 2; /* one for each of the other two */
    rig->meddle = worsen;
    rig_pass(rig, 2 * HOUR_MS);
    cr_expect_eq(lies, 0);
    cr_expect_eq(rig_count(rig, "says PEER-WRONG-PROOF"), 2);
    cr_expect_eq(numbers(0, 1).bad + numbers(2, 1).bad, 2);
    rig_pass(rig, 12 * HOUR_MS);
    cr_expect_eq(failed_bits(0, 1), 0, "it proved that piece since");
    cr_expect_eq(failed_bits(2, 1), 0);
    lies = 1000;
    rig_pass(rig, 24 * HOUR_MS);
    cr_expect_gt(failed_bits(0, 1), 1);
    cr_expect(proofs_doubted(core(0), slot_of(0, 1)));
    cr_expect(!proofs_doubted(core(0), slot_of(0, 2)));
    cr_expect_geq(proofs_reported(core(0), slot_of(0, 1)), 1);
}

/* Who denies to hold what he claims loses the claim; who claims it again and
 * denies it again has failed. */
Test(challenges, denied)
{
    start(3);
    rig_pass(rig, 60000);
    liar = 1;
    lie_kind = PROOF_NOT_HELD;
    lies = 1;
    rig->meddle = worsen;
    while (lies > 0) {
        rig_pass(rig, 60000);
    }
    cr_expect_eq(numbers(0, 1).bad + numbers(2, 1).bad, 0);
    rig_pass(rig, 4 * HOUR_MS);
    cr_expect_eq(numbers(0, 1).bad + numbers(2, 1).bad, 0,
                 "it proved that piece since");
    lies = 1000;
    rig_pass(rig, 6 * HOUR_MS);
    cr_expect_geq(numbers(0, 1).bad, 1);
    cr_expect_geq(numbers(2, 1).bad, 1);
}

/* A node whose blocks were deleted is found, whatever it says. */
Test(challenges, hollow)
{
    start(3);
    rig_pass(rig, 60000);
    disk_hollow(rig->nodes[2].disk);
    rig_pass(rig, 6 * HOUR_MS);
    cr_expect_geq(numbers(0, 2).bad, 1);
    cr_expect_geq(numbers(1, 2).bad, 1);
    cr_expect_eq(numbers(0, 1).bad, 0);
    /* It can no longer tell a right answer from a wrong one by its own copy,
     * so it has the slices shown, and convicts nobody. */
    cr_expect_eq(numbers(2, 0).bad, 0);
}

/* No answer is none: it is not counted as wrong, and asked for more rarely. */
Test(challenges, silent)
{
    struct proof_numbers before;

    start(3);
    before = numbers(0, 1);
    rig->drop[1] = true;
    rig_pass(rig, 2 * HOUR_MS);
    cr_expect_eq(numbers(0, 1).good, before.good);
    cr_expect_eq(numbers(0, 1).bad, 0);
    cr_expect_gt(numbers(0, 1).silent, 0);
    cr_expect_leq(numbers(0, 1).asked, before.asked + 12);
}

/* What came of it is still known after a restart. */
Test(challenges, restart)
{
    struct proof_numbers before;

    start(3);
    rig_pass(rig, 60000);
    liar = 1;
    lie_kind = PROOF_MAC;
    lies = 1000;
    rig->meddle = worsen;
    rig_pass(rig, 24 * HOUR_MS);
    rig_pass(rig, 120000);
    before = numbers(0, 1);
    cr_expect(proofs_doubted(core(0), slot_of(0, 1)));
    rig_stop(rig, 0);
    rig_start(rig, 0);
    rig_run(rig);
    cr_expect_eq(numbers(0, 1).asked, before.asked);
    cr_expect_eq(numbers(0, 1).bad, before.bad);
    cr_expect_eq(numbers(0, 1).good_time, before.good_time);
    cr_expect(proofs_doubted(core(0), slot_of(0, 1)));
    cr_expect(proofs_enough(core(0), slot_of(0, 2)));
}

/* ---- proving ---- */

static struct message ask_for(struct challenge *questions, size_t count)
{
    struct message message = { .kind = MESSAGE_CHALLENGE };

    for (size_t i = 0; i < count; i++) {
        memset(&questions[i], 0, sizeof(questions[i]));
    }
    message.challenge.questions = questions;
    message.challenge.count = count;
    return message;
}

/* A flood is answered "busy", and the time heals it. */
Test(challenges, flood)
{
    struct challenge questions[CHALLENGES_PER_REQUEST_MAX];
    struct message message = ask_for(questions, CHALLENGES_PER_REQUEST_MAX);
    size_t served = 0;

    start(3);
    rig_quiet(rig);
    for (size_t i = 0; i < 100; i++) {
        rig_ask_as(rig, 1, 0, &message);
        served += rig->answer_kind == MESSAGE_CHALLENGE;
    }
    cr_expect_leq(served, PROVING_AT_ONCE / CHALLENGES_PER_REQUEST_MAX + 2);
    cr_expect_geq(rig_count(rig, "refuses BUSY"), 80);
    rig_pass(rig, 3 * CHALLENGES_PER_REQUEST_MAX * PROVING_MS);
    rig_ask_as(rig, 1, 0, &message);
    cr_expect_eq(rig->answer_kind, MESSAGE_CHALLENGE);
}

/* Whoever asks gets an answer that is good for him alone; what is not held is
 * denied; and a slice is shown with its path. */
Test(challenges, answers)
{
    struct challenge questions[3];
    struct message message = ask_for(questions, 3);
    struct deposit deposit;
    struct message reply;
    struct arena arena;
    struct digest first;

    start(3);
    deposit = rig_deposit(rig, 0, 0);
    questions[0].root = deposit.payload_root;
    questions[1].root = deposit.payload_root;
    questions[1].shows = true;
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    rig_ask_as(rig, 1, 0, &message);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer), MESSAGE_CHALLENGE,
                                      &arena, &reply, NULL),
                 ERR_OK);
    cr_assert_eq(reply.proofs.count, 3);
    cr_expect_eq(reply.proofs.proofs[0].kind, PROOF_MAC);
    cr_expect_eq(reply.proofs.proofs[1].kind, PROOF_SLICE);
    cr_expect_eq(reply.proofs.proofs[2].kind, PROOF_NOT_HELD);
    first = reply.proofs.proofs[0].mac;
    arena_reset(&arena);
    rig_ask_as(rig, 2, 0, &message);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer), MESSAGE_CHALLENGE,
                                      &arena, &reply, NULL),
                 ERR_OK);
    cr_expect(!digest_equal(&first, &reply.proofs.proofs[0].mac));
    arena_done(&arena);
}

/* ---- orders ---- */

static struct msg_verify_reply verify(struct arena *arena, size_t node,
                                      const struct payload_root *root)
{
    struct message message = { .kind = MESSAGE_VERIFY,
                               .verify = { .root = *root, .pieces = 20 } };
    struct message reply;

    rig_ask(rig, node, &message, NULL, 0);
    rig_pass(rig, 25000);
    arena_reset(arena);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer), MESSAGE_VERIFY,
                                      arena, &reply, NULL),
                 ERR_OK);
    cr_assert_eq(reply.kind, MESSAGE_VERIFY);
    return reply.verify_reply;
}

static const struct verify_holder *holder(const struct msg_verify_reply *reply,
                                          size_t node)
{
    struct label label;

    members_label(node, &label);
    for (size_t i = 0; i < reply->holders_count; i++) {
        if (span_is(reply->holders[i].node, label.text)) {
            return &reply->holders[i];
        }
    }
    cr_assert(false, "n%zu is no holder", node);
    return NULL;
}

/* An order asks every holder, reads our own copy, and says of each what it
 * gave: all right, silent, and nothing there. */
Test(challenges, order)
{
    struct payload_root other = { { 1 } };
    struct msg_verify_reply reply;
    struct deposit deposit;
    struct arena arena;

    start(3);
    deposit = rig_deposit(rig, 0, 1);
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    reply = verify(&arena, 0, &deposit.payload_root);
    cr_assert(reply.found);
    cr_assert_eq(reply.holders_count, 3);
    cr_expect_eq(reply.read_to, reply.blocks);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(holder(&reply, i)->result, VERIFY_GOOD);
        cr_expect_eq(holder(&reply, i)->own, i == 0);
    }
    cr_expect_eq(holder(&reply, 1)->good, 20);
    rig->drop[1] = true;
    disk_hollow(rig->nodes[0].disk);
    disk_hollow(rig->nodes[2].disk);
    reply = verify(&arena, 0, &deposit.payload_root);
    cr_assert(reply.found);
    cr_expect_eq(holder(&reply, 0)->result, VERIFY_NOT_HELD);
    cr_expect_eq(holder(&reply, 1)->result, VERIFY_NO_ANSWER);
    cr_expect_neq(holder(&reply, 1)->last_good_s, 0);
    cr_expect_eq(holder(&reply, 2)->result, VERIFY_NOT_HELD);
    reply = verify(&arena, 0, &other);
    cr_expect(!reply.found);
    arena_done(&arena);
}
