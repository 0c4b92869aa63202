/* SPDX-License-Identifier: Apache-2.0 */
/* The word list, and the words of holdfast/ids.json. */
#include <criterion/criterion.h>

#include "crypto/secret.h"
#include "crypto/words.h"
#include "support/vectors.h"

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(words, .init = ready);

/* Our table is the published list. */
Test(words, are_the_published_list)
{
    struct buf expected;
    struct buf found;

    buf_init(&expected, 65536);
    buf_init(&found, 65536);
    vectors_read("slip39/wordlist.txt", &expected);
    for (size_t index = 0; index < WORD_COUNT; index++) {
        buf_put_str(&found, slip39_words[index]);
        buf_put_byte(&found, '\n');
    }
    cr_expect(span_equal(buf_span(&expected), buf_span(&found)));
    buf_done(&expected);
    buf_done(&found);
}

/* Each roster hash has its eight words. */
Test(words, name_roster_hashes)
{
    json_t *file = vectors_load("holdfast/ids.json");
    const json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "words"), index, one)
    {
        struct digest hash;
        struct buf text;

        vectors_hex_fixed(one, "hash", hash.bytes, DIGEST_SIZE);
        buf_init(&text, 100);
        cr_assert_eq(words8_from_hash(&hash, &text), ERR_OK);
        cr_expect(span_equal(buf_span(&text), vectors_text(one, "words")), "%s",
                  vectors_name(one));
        buf_done(&text);
    }
    json_decref(file);
}
