/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "model/challenge.h"
#include "support/vectors.h"

/* Each answer of the vectors is made again; each likely mistake is not. */
Test(vectors_challenge, answers)
{
    json_t *file = vectors_load("holdfast/challenges.json");
    json_t *cases = vectors_cases(file, "answers");
    size_t index;
    json_t *one;

    json_array_foreach(cases, index, one)
    {
        size_t size = vectors_uint(one, "slice_size");
        uint8_t *slice = malloc(size + 1);
        struct challenge question = { .slice = vectors_uint(one, "index") };
        struct challenge_names names;
        struct digest wanted;
        struct digest answer;

        cr_assert_not_null(slice);
        prg(vectors_str(one, "slice_prg"), slice, size);
        vectors_hex_fixed(file, "identity", names.identity.bytes, DIGEST_SIZE);
        cr_assert(label_parse(vectors_text(one, "verifier"), &names.verifier) ==
                  ERR_OK);
        cr_assert(label_parse(vectors_text(one, "prover"), &names.prover) ==
                  ERR_OK);
        vectors_hex_fixed(one, "payload_root", question.root.bytes, 32);
        vectors_hex_fixed(one, "nonce", question.nonce.bytes,
                          CHALLENGE_NONCE_SIZE);
        vectors_hex_fixed(one, "answer", wanted.bytes, DIGEST_SIZE);
        answer = challenge_answer(&names, &question, span_of(slice, size));
        cr_expect_eq(digest_equal(&answer, &wanted), vectors_expect(one, "ok"),
                     "%s", vectors_name(one));
        free(slice);
    }
    json_decref(file);
}
