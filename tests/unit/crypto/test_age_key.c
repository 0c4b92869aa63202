/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "crypto/age_key.h"
#include "crypto/secret.h"

#define IDENTITY                                                               \
    "AGE-SECRET-KEY-1DPY74A4U3SUZG75609HSQ0LP4CVF4VRSKQYY76U4WT0808672F2SHZJJ" \
    "7F"
#define RECIPIENT                                                              \
    "age1nzs3nqkr7fdvxns3rph9g089t082sknr5gcxz78h9ztnerrmg9lqwqn784"
#define HYBRID_IDENTITY                                                        \
    "AGE-SECRET-KEY-PQ-1HZLGZUPT4ETPKDEV8HSGFDCYZ4E522W0A7PU2LHT8EH9W6YLNC3SW" \
    "78XKG"

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(age_key, .init = ready);

/* An identity has one recipient; both are written as they were read. */
Test(age_key, reads_and_writes)
{
    struct age_identity identity;
    struct age_recipient recipient;
    struct buf text;

    cr_assert_eq(age_identity_parse(span_str(IDENTITY), &identity, NULL),
                 ERR_OK);
    cr_assert_eq(age_recipient_parse(span_str(RECIPIENT), &recipient, NULL),
                 ERR_OK);
    cr_expect(age_recipient_equal(&identity.recipient, &recipient));
    buf_init(&text, 200);
    age_recipient_format(&text, &recipient);
    cr_expect(span_is(buf_span(&text), RECIPIENT));
    cr_expect_eq(text.size, AGE_RECIPIENT_TEXT_SIZE);
    buf_clear(&text);
    age_identity_format(&text, &identity);
    cr_expect(span_is(buf_span(&text), IDENTITY));
    buf_wipe(&text);
    age_identity_done(&identity);
    age_identity_done(&identity);
}

/* The other case, a space, the other kind and a point of low order are
 * refused; hybrid keys are known but not offered. */
Test(age_key, refuses)
{
    struct age_identity identity;
    struct age_recipient recipient;
    struct age_recipient zero = { { 0 } };
    struct why why;
    struct buf text;
    char lower[] = IDENTITY;

    for (char *letter = lower; *letter != '\0'; letter++) {
        *letter |= *letter >= 'A' && *letter <= 'Z' ? 32 : 0;
    }
    cr_expect_eq(age_identity_parse(span_str(lower), &identity, NULL),
                 ERR_MALFORMED);
    cr_expect_eq(age_identity_parse(span_str(RECIPIENT), &identity, NULL),
                 ERR_MALFORMED);
    cr_expect_eq(age_identity_parse(span_str(IDENTITY " "), &identity, NULL),
                 ERR_MALFORMED);
    cr_expect_eq(age_recipient_parse(span_str(IDENTITY), &recipient, NULL),
                 ERR_MALFORMED);
    cr_expect_eq(age_recipient_parse(span_str(""), &recipient, NULL),
                 ERR_MALFORMED);
    cr_expect_eq(age_identity_parse(span_str(HYBRID_IDENTITY), &identity, &why),
                 ERR_UNSUPPORTED);
    cr_expect(strstr(why.text, "hybrid") != NULL);
    cr_expect_eq(age_recipient_parse(span_str("age1pq1qqqq"), &recipient, &why),
                 ERR_UNSUPPORTED);
    buf_init(&text, 200);
    age_recipient_format(&text, &zero);
    cr_expect_eq(age_recipient_parse(buf_span(&text), &recipient, &why),
                 ERR_MALFORMED);
    cr_expect(strstr(why.text, "low order") != NULL);
    cr_expect(!age_recipient_valid(&zero));
    buf_done(&text);
}

/* A file holds comments and one or more identities; a fault names its line and
 * does not quote it. */
Test(age_key, reads_identity_files)
{
    struct age_identities identities;
    struct why why;

    cr_assert_eq(age_identities_parse(
                     span_str("# made today\n\n" IDENTITY "\n# two\n" IDENTITY),
                     &identities, NULL),
                 ERR_OK);
    cr_expect_eq(identities.count, 2);
    age_identities_done(&identities);
    age_identities_done(&identities);
    cr_expect_eq(age_identities_parse(span_str("# only\n"), &identities, &why),
                 ERR_MALFORMED);
    cr_expect_eq(age_identities_parse(span_str(IDENTITY "\n" IDENTITY "\r\n"),
                                      &identities, &why),
                 ERR_MALFORMED);
    cr_expect(strncmp(why.text, "line 2: ", 8) == 0, "%s", why.text);
    cr_expect(strstr(why.text, "DPY74") == NULL);
    cr_expect_eq(
        age_identities_parse(span_str(HYBRID_IDENTITY "\n"), &identities, &why),
        ERR_UNSUPPORTED);
}

/* The number of identities in a file is bounded. */
Test(age_key, bounds_identity_files)
{
    struct age_identities identities;
    struct buf text;

    buf_init(&text, 1 << 20);
    for (int index = 0; index < 257; index++) {
        buf_put_str(&text, IDENTITY "\n");
    }
    cr_expect_eq(age_identities_parse(buf_span(&text), &identities, NULL),
                 ERR_TOO_BIG);
    buf_done(&text);
}
