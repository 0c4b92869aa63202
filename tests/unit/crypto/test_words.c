/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/text.h"
#include "crypto/secret.h"
#include "crypto/words.h"

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(words, .init = ready);

/* The list is sorted, in lower case, and unique in the first four letters. */
Test(words, are_well_formed)
{
    for (size_t index = 0; index < WORD_COUNT; index++) {
        const char *word = slip39_words[index];
        size_t size = strlen(word);

        cr_assert(size >= 4 && size <= WORD_SIZE_MAX);
        cr_assert_eq(strspn(word, "abcdefghijklmnopqrstuvwxyz"), size);
        if (index > 0) {
            cr_assert(strncmp(slip39_words[index - 1], word, 4) < 0, "%s",
                      word);
        }
    }
}

/* Every word is found, and nothing else is. */
Test(words, are_found)
{
    size_t found = 5000;

    for (size_t index = 0; index < WORD_COUNT; index++) {
        cr_assert_eq(word_find(span_str(slip39_words[index]), &found), ERR_OK);
        cr_assert_eq(found, index);
    }
    cr_expect_eq(word_find(span_str("academi"), &found), ERR_NOT_FOUND);
    cr_expect_eq(word_find(span_str("ACADEMIC"), &found), ERR_NOT_FOUND);
    cr_expect_eq(word_find(span_str(""), &found), ERR_NOT_FOUND);
    cr_expect_eq(word_find(span_str("zzzz"), &found), ERR_NOT_FOUND);
    cr_expect_eq(word_find(span_of("acid\0", 5), &found), ERR_NOT_FOUND);
}

/* A known roster hash has these eight words. */
Test(words, name_a_hash)
{
    struct digest hash;
    struct buf text;

    cr_assert_eq(hex_parse(span_str("e6a68a2911e21ab82e4d4011736be003"
                                    "5c3f6b2931a6cce89eab57ebccabeb4e"),
                           hash.bytes, DIGEST_SIZE),
                 ERR_OK);
    buf_init(&text, 100);
    cr_expect_eq(words8_from_hash(&hash, &text), ERR_OK);
    cr_expect(span_is(buf_span(&text), "trouble obtain leader mule clothes "
                                       "eyebrow exceed wrap"));
    buf_done(&text);
}
