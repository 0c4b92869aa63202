/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "crypto/key_file.h"
#include "crypto/secret.h"

#define LINE                                                                   \
    "HOLDFAST-NODE-1TA8LVEMGQ66DCY3N4DX7RNP6VREY9ZGGCKWQTM306PPC6PKL86DS80AZQA"

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(key_file, .init = ready);

static const uint8_t seed[KEY_SEED_SIZE] = { 0x5f, 0x4f, 0xf6 };

/* Each kind of file reads as what was written, and as nothing else. */
Test(key_file, reads_what_it_wrote)
{
    for (int kind = KEY_NODE; kind <= KEY_MASTER; kind++) {
        struct buf text;

        buf_init(&text, KEY_FILE_SIZE_MAX);
        key_file_format(&text, (enum key_kind)kind, seed,
                        span_str("holdfast key\n\nof node alpha"));
        cr_expect(span_starts(buf_span(&text),
                              "# holdfast key\n#\n# of node alpha\nHOLDFAST-"));
        for (int other = KEY_NODE; other <= KEY_MASTER; other++) {
            struct secret *found = NULL;
            enum err rc = key_file_parse(buf_span(&text), (enum key_kind)other,
                                         &found, NULL);

            if (other != kind) {
                cr_expect_eq(rc, ERR_WRONG_KEY);
                cr_expect_null(found);
                continue;
            }
            cr_assert_eq(rc, ERR_OK);
            cr_expect_arr_eq(secret_data(found), seed, KEY_SEED_SIZE);
            secret_free(found);
        }
        buf_wipe(&text);
    }
}

static const char *refuse(struct why *why, const char *text)
{
    struct secret *found = NULL;
    enum err rc;

    why_clear(why);
    rc = key_file_parse(span_str(text), KEY_NODE, &found, why);
    cr_expect_neq(rc, ERR_OK, "accepted: %s", text);
    cr_expect_null(found);
    cr_expect_null(strstr(why->text, "TA8LVE"), "quotes the key: %s",
                   why->text);
    return why->text;
}

/* Each fault has a sentence of its own, which never shows the key. */
Test(key_file, explains_each_fault)
{
    struct why why;

    cr_expect_str_eq(refuse(&why, ""), "there is no key in this file");
    cr_expect_str_eq(refuse(&why, "# x\n\n"), "there is no key in this file");
    cr_expect(strstr(refuse(&why, LINE "\n" LINE "\n"), "line 2") != NULL);
    cr_expect(strstr(refuse(&why, "#\n" LINE "\r\n"), "carriage") != NULL);
    cr_expect(strstr(refuse(&why, LINE " \n"), "space") != NULL);
    cr_expect(strstr(refuse(&why, " " LINE "\n"), "space") != NULL);
    cr_expect(strstr(refuse(&why, LINE "Q\n"), "damaged") != NULL);
    cr_expect(strstr(refuse(&why, "hello\n"), "is not a node key") != NULL);
    cr_expect(strstr(refuse(&why, "holdfast-node-1ta8lvemgq66dcy3n4dx7rnp6v"
                                  "rey9zggckwqtm306ppc6pkl86ds80azqa\n"),
                     "upper case") != NULL);
}

/* A key without a final LF is good; a file of any size is not. */
Test(key_file, has_edges)
{
    static char big[KEY_FILE_SIZE_MAX + 2];
    struct secret *found = NULL;

    cr_assert_eq(key_file_parse(span_str("\n" LINE), KEY_NODE, &found, NULL),
                 ERR_OK);
    secret_free(found);
    memset(big, '\n', sizeof(big) - 1);
    cr_expect_eq(key_file_parse(span_str(big), KEY_NODE, &found, NULL),
                 ERR_TOO_BIG);
    cr_expect_str_eq(key_kind_name(KEY_DEPOSITOR), "depositor");
}
