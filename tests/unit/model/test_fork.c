/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"
#include "crypto/secret.h"
#include "ledger/merkle.h"
#include "model/fork.h"
#include "model/roster_chain.h"
#include "support/rosters.h"

#define LEAVES_MAX 40
#define LEVELS_MAX 7

/* Two histories of one ledger of alpin-1: the first `common` leaves are the
 * same. */
struct history {
    struct digest nodes[LEVELS_MAX][LEAVES_MAX];
    struct digest roots[LEAVES_MAX + 1];
};

struct world {
    struct cid cid;
    struct origin origin;
    struct sign_key secret;
    struct roster_chain *chain;
    struct history honest;
    struct history other;
};

static struct world world;

static void put(void *ctx, unsigned level, uint64_t index,
                const struct digest *hash)
{
    ((struct history *)ctx)->nodes[level][index] = *hash;
}

static enum err get(void *ctx, unsigned level, uint64_t index,
                    struct digest *ret_hash)
{
    *ret_hash = ((const struct history *)ctx)->nodes[level][index];
    return ERR_OK;
}

static void grow(struct history *history, uint64_t common, uint8_t branch)
{
    struct merkle_sink sink = { .put = put, .ctx = history };
    struct frontier frontier;

    frontier_init(&frontier);
    for (uint64_t index = 0; index < LEAVES_MAX; index++) {
        uint8_t leaf[2] = { (uint8_t)index, index < common ? 0 : branch };
        struct digest hash;

        merkle_leaf(span_of(leaf, sizeof(leaf)), &hash);
        frontier_append(&frontier, &hash, &sink);
        frontier_root(&frontier, &history->roots[index + 1]);
    }
}

static void init(void)
{
    struct label node;
    struct buf text;
    struct buf note;
    uint8_t seed[32];

    cr_assert(crypto_init() == ERR_OK);
    buf_init(&text, ROSTER_SIZE_MAX);
    buf_init(&note, ROSTER_NOTE_SIZE_MAX);
    rosters_put_head(&text, 1, NULL, NULL, NULL);
    rosters_put_member(&text, "alpin");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_cid(&text, &world.cid);
    rosters_sign(&note, &text, &world.cid, "alpin");
    cr_assert(roster_chain_new(buf_span(&note), &world.chain, NULL) == ERR_OK);
    buf_done(&note);
    buf_done(&text);
    rosters_seed("ledger", "alpin-1", seed);
    cr_assert(sign_key_init(&world.secret, seed) == ERR_OK);
    cr_assert(label_parse(span_str("alpin-1"), &node) == ERR_OK);
    origin_make(&world.cid, &node, &(struct lid){ { 9 } }, &world.origin);
    grow(&world.honest, 3, 1);
    grow(&world.other, 3, 2);
}

static void fini(void)
{
    roster_chain_free(world.chain);
    sign_key_done(&world.secret);
}

TestSuite(fork, .init = init, .fini = fini);

/* The signed checkpoint of a history at a size, as a note in buf. */
static struct span signed_at(struct buf *buf, const struct history *history,
                             uint64_t size)
{
    struct checkpoint checkpoint = { .size = size };
    struct note_key key;
    struct buf text;

    memcpy(checkpoint.origin, world.origin.text, sizeof(checkpoint.origin));
    checkpoint.root = history->roots[size];
    key_of_ledger(&world.origin, world.secret.public_key.bytes, &key);
    buf_init(&text, NOTE_SIZE_MAX);
    buf_init(buf, NOTE_SIZE_MAX);
    checkpoint_format(&text, &checkpoint);
    cr_assert(note_sign(buf, buf_span(&text), &key, &world.secret) == ERR_OK);
    buf_done(&text);
    return buf_span(buf);
}

/* The proof from the first history at m and the second at n, by what a holder
 * of the second one has. */
static enum err make(struct buf *proof, const struct history *first, uint64_t m,
                     const struct history *second, uint64_t n)
{
    struct merkle_nodes nodes = { .get = get, .ctx = (void *)second };
    struct digest path[MERKLE_PATH_MAX];
    size_t count = 0;
    struct buf earlier;
    struct buf later;
    enum err err;

    if (m > 0 && m <= n) {
        cr_assert(merkle_consistency(&nodes, m, n, path, &count) == ERR_OK);
    }
    err = fork_make(proof, signed_at(&earlier, first, m),
                    signed_at(&later, second, n), &world.origin,
                    &world.secret.public_key, &second->roots[m], path, count,
                    NULL);
    buf_done(&earlier);
    buf_done(&later);
    return err;
}

/* Every pair of sizes past the common prefix gives a proof, and none gives one
 * when the second history continues the first. */
Test(fork, is_proved_for_every_pair)
{
    struct buf proof;
    struct fork fork;

    buf_init(&proof, FORK_SIZE_MAX);
    for (uint64_t m = 1; m <= LEAVES_MAX; m++) {
        for (uint64_t n = m; n <= LEAVES_MAX; n++) {
            enum err err = make(&proof, &world.honest, m, &world.other, n);

            cr_assert_eq(err, m <= 3 ? ERR_REFUSED : ERR_OK);
            if (err == ERR_OK) {
                cr_assert(fork_verify_chain(buf_span(&proof), world.chain,
                                            &fork, NULL) == ERR_OK);
                cr_assert_eq(fork.earlier.checkpoint.size, m);
                cr_assert_eq(fork.later.checkpoint.size, n);
                cr_assert_str_eq(fork.origin.text, world.origin.text);
            }
            buf_clear(&proof);
            cr_assert_eq(make(&proof, &world.honest, m, &world.honest, n),
                         ERR_REFUSED);
            cr_assert_eq(proof.size, 0);
        }
    }
    buf_done(&proof);
}

/* Sizes the wrong way round, and empty ledgers, convict nobody. */
Test(fork, sizes_ascend_from_one)
{
    struct buf proof;
    struct buf note;
    struct fork fork;

    buf_init(&proof, FORK_SIZE_MAX);
    cr_assert_eq(make(&proof, &world.honest, 9, &world.other, 8), ERR_RANGE);
    merkle_empty(&world.honest.roots[0]);
    cr_assert_eq(make(&proof, &world.honest, 0, &world.other, 8), ERR_RANGE);
    (void)signed_at(&note, &world.honest, 0);
    buf_printf(&proof, "holdfast fork 1\norigin %s\nearlier ",
               world.origin.text);
    buf_put_base64(&proof, buf_span(&note));
    buf_put_str(&proof, "\nlater ");
    buf_put_base64(&proof, buf_span(&note));
    buf_printf(&proof, "\nroot %064d\n", 0);
    cr_assert_eq(fork_parse(buf_span(&proof), &fork, NULL), ERR_MALFORMED);
    buf_done(&note);
    buf_done(&proof);
}

/* Changing any byte of a proof leaves no proof of the same fork. */
Test(fork, no_byte_may_change)
{
    struct buf proof;
    struct fork fork;

    buf_init(&proof, FORK_SIZE_MAX);
    cr_assert(make(&proof, &world.honest, 5, &world.other, 8) == ERR_OK);
    for (size_t at = 0; at < proof.size; at++) {
        proof.data[at] ^= 1;
        cr_expect_neq(fork_verify(buf_span(&proof), &world.secret.public_key,
                                  &fork, NULL),
                      ERR_OK, "byte %zu", at);
        proof.data[at] ^= 1;
    }
    for (size_t size = 0; size < proof.size; size += 7) {
        cr_expect_neq(fork_parse(span_of(proof.data, size), &fork, NULL),
                      ERR_OK);
    }
    buf_done(&proof);
}

/* Lines of witnesses on the checkpoints do not get into the proof, and x lines
 * mean nothing. */
Test(fork, is_signed_by_the_ledger_alone)
{
    struct note_key witness;
    struct buf earlier;
    struct buf later;
    struct buf proof;
    struct buf again;
    struct note note;
    struct fork fork;

    cr_assert(note_key_init(&witness, "w", NOTE_KEY_COSIGNATURE,
                            world.secret.public_key.bytes) == ERR_OK);
    (void)signed_at(&later, &world.other, 5);
    (void)signed_at(&earlier, &world.honest, 5);
    cr_assert(note_parse(buf_span(&earlier), NOTE_SIZE_MAX, &note, NULL) ==
              ERR_OK);
    buf_init(&again, NOTE_SIZE_MAX);
    buf_put(&again, buf_span(&earlier));
    cr_assert(note_cosign_line(&again, note.text, &witness, 5, &world.secret) ==
              ERR_OK);
    buf_init(&proof, FORK_SIZE_MAX);
    cr_assert(fork_make(&proof, buf_span(&again), buf_span(&later),
                        &world.origin, &world.secret.public_key,
                        &world.other.roots[5], NULL, 0, NULL) == ERR_OK);
    buf_put_str(&proof, "x-note seen in May\n");
    cr_assert(fork_verify(buf_span(&proof), &world.secret.public_key, &fork,
                          NULL) == ERR_OK);
    cr_assert(span_equal(span_of(fork.earlier.note, fork.earlier.note_size),
                         buf_span(&earlier)));
    cr_assert(span_is(fork.x_lines, "x-note seen in May\n"));
    /* With the witness's line in it, it is refused. */
    buf_clear(&proof);
    memcpy(fork.earlier.note, again.data,
           again.size < FORK_NOTE_SIZE_MAX ? again.size : 0);
    fork.earlier.note_size = again.size;
    cr_assert_leq(again.size, FORK_NOTE_SIZE_MAX);
    fork_format(&proof, &fork);
    cr_assert_eq(fork_parse(buf_span(&proof), &fork, NULL), ERR_MALFORMED);
    buf_done(&proof);
    buf_done(&again);
    buf_done(&later);
    buf_done(&earlier);
}

/* A ledger of a node that no roster names, or signed with another key, is not
 * judged. */
Test(fork, key_comes_from_a_roster)
{
    struct label node;
    struct sign_key stranger;
    struct buf proof;
    struct fork fork;

    buf_init(&proof, FORK_SIZE_MAX);
    cr_assert(make(&proof, &world.honest, 5, &world.other, 8) == ERR_OK);
    cr_assert(sign_key_init(&stranger, (const uint8_t[32]){ 7 }) == ERR_OK);
    cr_assert_eq(
        fork_verify(buf_span(&proof), &stranger.public_key, &fork, NULL),
        ERR_WRONG_SIGNATURE);
    buf_clear(&proof);
    cr_assert(label_parse(span_str("alpin-2"), &node) == ERR_OK);
    origin_make(&world.cid, &node, &(struct lid){ { 9 } }, &world.origin);
    cr_assert(make(&proof, &world.honest, 5, &world.other, 8) == ERR_OK);
    cr_assert_eq(fork_verify_chain(buf_span(&proof), world.chain, &fork, NULL),
                 ERR_NOT_A_MEMBER);
    buf_clear(&proof);
    sign_key_done(&world.secret);
    world.secret = stranger;
    cr_assert(label_parse(span_str("alpin-1"), &node) == ERR_OK);
    origin_make(&world.cid, &node, &(struct lid){ { 9 } }, &world.origin);
    cr_assert(make(&proof, &world.honest, 5, &world.other, 8) == ERR_OK);
    cr_assert_eq(fork_verify_chain(buf_span(&proof), world.chain, &fork, NULL),
                 ERR_WRONG_SIGNATURE);
    buf_done(&proof);
}

/* Another version is none that we read; the size is bounded. */
Test(fork, tells_versions_and_sizes)
{
    static char large[FORK_SIZE_MAX + 1];
    struct fork fork;

    cr_assert_eq(fork_parse(span_str("holdfast fork 2\n"), &fork, NULL),
                 ERR_UNREADABLE);
    cr_assert_eq(fork_parse(span_of(large, sizeof(large)), &fork, NULL),
                 ERR_TOO_BIG);
    cr_assert_eq(fork_parse(span_of(NULL, 0), &fork, NULL), ERR_MALFORMED);
}
