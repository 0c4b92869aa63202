/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/rng.h"
#include "model/block.h"
#include "model/challenge.h"

static void fill_names(struct challenge_names *names, const char *verifier,
                       const char *prover)
{
    memset(names, 0, sizeof(*names));
    names->identity.bytes[0] = 7;
    cr_assert(label_parse(span_str(verifier), &names->verifier) == ERR_OK);
    cr_assert(label_parse(span_str(prover), &names->prover) == ERR_OK);
}

/* An answer is good for these two names, this question and this slice only. */
Test(challenge, answer_depends_on_everything)
{
    struct challenge_names names;
    struct challenge_names other;
    struct challenge question = { .slice = 3 };
    struct challenge changed;
    struct digest answer;
    struct digest again;

    fill_names(&names, "alpha", "bravo");
    answer = challenge_answer(&names, &question, span_str("slice"));
    again = challenge_answer(&names, &question, span_str("slice"));
    cr_expect(digest_equal(&answer, &again));
    fill_names(&other, "bravo", "alpha");
    again = challenge_answer(&other, &question, span_str("slice"));
    cr_expect(!digest_equal(&answer, &again), "labels swapped");
    fill_names(&other, "alph", "abravo");
    again = challenge_answer(&other, &question, span_str("slice"));
    cr_expect(!digest_equal(&answer, &again), "labels cut elsewhere");
    other = names;
    other.identity.bytes[31] = 1;
    again = challenge_answer(&other, &question, span_str("slice"));
    cr_expect(!digest_equal(&answer, &again), "another consortium");
    changed = question;
    changed.slice = 4;
    again = challenge_answer(&names, &changed, span_str("slice"));
    cr_expect(!digest_equal(&answer, &again), "another index");
    changed = question;
    changed.nonce.bytes[0] = 1;
    again = challenge_answer(&names, &changed, span_str("slice"));
    cr_expect(!digest_equal(&answer, &again), "another nonce");
    changed = question;
    changed.root.bytes[0] = 1;
    again = challenge_answer(&names, &changed, span_str("slice"));
    cr_expect(!digest_equal(&answer, &again), "another payload");
    again = challenge_answer(&names, &question, span_str("slicf"));
    cr_expect(!digest_equal(&answer, &again), "other bytes");
}

#define PAYLOAD_SIZE (2 * BLOCK_SIZE_MAX + 3 * SLICE_SIZE + 17)

/* Each slice of a payload is proved to somebody who knows only its root, from
 * its block and the names. */
Test(challenge, path_of_each_slice)
{
    uint8_t *payload = malloc(PAYLOAD_SIZE);
    struct block_id names[3];
    struct payload_root root;
    struct rng rng;

    cr_assert_not_null(payload);
    rng_init(&rng, 5);
    rng_fill(&rng, payload, PAYLOAD_SIZE);
    for (size_t i = 0; i < 3; i++) {
        cr_assert(block_name(span_part(span_of(payload, PAYLOAD_SIZE),
                                       i * BLOCK_SIZE_MAX, BLOCK_SIZE_MAX),
                             &names[i]) == ERR_OK);
    }
    payload_root_of(names, 3, &root);
    for (uint64_t slice = 0; slice < payload_slice_count(PAYLOAD_SIZE);
         slice++) {
        size_t index = (size_t)(slice / BLOCK_SLICES);
        struct span block = span_part(span_of(payload, PAYLOAD_SIZE),
                                      index * BLOCK_SIZE_MAX, BLOCK_SIZE_MAX);
        struct digest path[MERKLE_PATH_MAX];
        struct span bytes;
        size_t count;

        cr_assert(challenge_path(PAYLOAD_SIZE, slice, block, names, 3, NULL, 0,
                                 path, &count) == ERR_OK);
        cr_assert(challenge_slice(PAYLOAD_SIZE, slice, block, &bytes) ==
                  ERR_OK);
        cr_expect(slice_verify(&root, PAYLOAD_SIZE, slice, bytes, path,
                               count) == ERR_OK,
                  "slice %d", (int)slice);
        cr_expect(slice_verify(&root, PAYLOAD_SIZE, slice ^ 1, bytes, path,
                               count) != ERR_OK);
    }
    free(payload);
}

/* With several pages of names, one page and the roots of all of them do. */
Test(challenge, path_through_pages)
{
    const uint64_t count = NAMES_PER_PAGE + 2;
    const uint64_t size = (count - 1) * BLOCK_SIZE_MAX + 5;
    struct block_id *names = calloc(count, sizeof(*names));
    struct digest pages[2];
    struct digest path[MERKLE_PATH_MAX];
    struct payload_root root;
    struct rng rng;
    size_t path_count;

    cr_assert_not_null(names);
    rng_init(&rng, 6);
    rng_fill(&rng, names, count * sizeof(*names));
    cr_assert(block_name(span_str("12345"), &names[count - 1]) == ERR_OK);
    names_page_root(names, NAMES_PER_PAGE, &pages[0]);
    names_page_root(names + NAMES_PER_PAGE, 2, &pages[1]);
    payload_root_of_pages(pages, 2, &root);
    cr_assert(challenge_path(size, (count - 1) * BLOCK_SLICES,
                             span_str("12345"), names + NAMES_PER_PAGE, 2,
                             pages, 2, path, &path_count) == ERR_OK);
    cr_expect(slice_verify(&root, size, (count - 1) * BLOCK_SLICES,
                           span_str("12345"), path, path_count) == ERR_OK);
    cr_expect(challenge_path(size, (count - 1) * BLOCK_SLICES,
                             span_str("12345"), names + NAMES_PER_PAGE, 2,
                             pages, 1, path, &path_count) == ERR_RANGE);
    free(names);
}

/* What does not fit the payload's size has no path, and a wrong block none
 * either. */
Test(challenge, refuses_what_does_not_fit)
{
    struct block_id name;
    struct digest path[MERKLE_PATH_MAX];
    struct span bytes;
    size_t count;

    cr_assert(block_name(span_str("block"), &name) == ERR_OK);
    cr_expect(challenge_path(5, 0, span_str("block"), &name, 1, NULL, 0, path,
                             &count) == ERR_OK);
    cr_expect(challenge_path(5, 1, span_str("block"), &name, 1, NULL, 0, path,
                             &count) == ERR_RANGE);
    cr_expect(challenge_path(6, 0, span_str("block"), &name, 1, NULL, 0, path,
                             &count) == ERR_RANGE);
    cr_expect(challenge_path(0, 0, span_str(""), &name, 1, NULL, 0, path,
                             &count) == ERR_RANGE);
    cr_expect(challenge_path(5, 0, span_str("blocc"), &name, 1, NULL, 0, path,
                             &count) == ERR_WRONG_HASH);
    cr_expect(challenge_slice(6, 0, span_str("block"), &bytes) == ERR_RANGE);
    cr_expect(challenge_slice(5, 1, span_str("block"), &bytes) == ERR_RANGE);
}
