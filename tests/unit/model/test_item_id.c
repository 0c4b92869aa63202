/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "model/item_id.h"

static const struct payload_root root = {
    { 0xa7, 0x57, 0xb9, 0x8f, 0x52, 0x7d, 0x18, 0x6a, 0xb7, 0x17, 0x73, 0xb2 }
};

static bool reads(const char *text, unsigned bits)
{
    struct item_prefix prefix;

    return item_prefix_parse(span_str(text), &prefix, NULL) == ERR_OK &&
           prefix.bits == bits && item_prefix_matches(&prefix, &root);
}

/* The id and every prefix of it, however it is typed, means this item. */
Test(item_id, prefixes)
{
    char text[ITEM_ID_TEXT_SIZE];

    item_id_format(&root, text);
    cr_expect_str_eq(text, "HF-MXBV-K3TJ-FMC6-NDRQ-E");
    cr_expect(reads(text, 80));
    cr_expect(reads("HF-MXBV-K3", 30));
    cr_expect(reads("hf-mxbv-k3t", 35));
    cr_expect(reads("HFMXBVK3", 30));
    cr_expect(reads("mxbvk3", 30));
    cr_expect(reads("MXBV-K3TJ-FMC6-NDRQ", 80));
    cr_expect(reads("MXBV-K3TJ-FMC6-NDRQ-e", 80));
    cr_expect(reads("a757b98f527d186ab71773b2000000000000000000000000000000000"
                    "0000000",
                    256));
}

/* A prefix of other bits means another item. */
Test(item_id, other_item)
{
    struct item_prefix prefix;

    cr_assert(item_prefix_parse(span_str("HF-MXBV-K4"), &prefix, NULL) ==
              ERR_OK);
    cr_expect_not(item_prefix_matches(&prefix, &root));
    cr_assert(item_prefix_parse(span_str("HF-0XBV-K3"), &prefix, NULL) ==
              ERR_OK);
    cr_expect_not(item_prefix_matches(&prefix, &root));
    cr_assert(item_prefix_parse(span_str("a757b98f527d186ab71773b2000000000000"
                                         "0000000000000000000000000001"),
                                &prefix, NULL) == ERR_OK);
    cr_expect_not(item_prefix_matches(&prefix, &root));
}

/* Too few or too many characters, a wrong one, or a wrong check character. */
Test(item_id, malformed)
{
    static const char *const bad[] = {
        "",
        "HF",
        "HF-",
        "HF-MXBV-K",
        "HF-MXBV-K3TJ-FMC6-NDRQ-F",
        "HF-MXBV-K3TJ-FMC6-NDRQ-EE",
        "HF-MXBV-K3TJ-FMC6-NDRQ-EEEEEEEEEEEEEEEEEEEEEEEEEEEEE",
        "HF-MXBV-K3TJ-FMC6-NDR*-E",
        "HF-MXBV K3",
        "HF-UXBV-K3",
        "HF-MXBV-K3\xc3\xa9",
    };
    struct item_prefix prefix;
    struct why why;

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        why_clear(&why);
        cr_expect(item_prefix_parse(span_str(bad[index]), &prefix, &why) ==
                      ERR_MALFORMED,
                  "%s", bad[index]);
        cr_expect_neq(why.text[0], '\0');
    }
    cr_expect(item_prefix_parse(span_of("MXBVK3\0", 7), &prefix, NULL) ==
              ERR_MALFORMED);
}

/* Any single mistyped character of a full id is noticed. */
Test(item_id, check_character)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char text[ITEM_ID_TEXT_SIZE];
    struct item_prefix prefix;

    for (size_t at = 3; at < 22; at++) {
        item_id_format(&root, text);
        if (text[at] == '-') {
            continue;
        }
        for (size_t index = 0; index < 32; index++) {
            char kept = text[at];

            text[at] = digits[index];
            cr_expect((item_prefix_parse(span_str(text), &prefix, NULL) ==
                       ERR_OK) == (kept == digits[index]),
                      "%s", text);
            text[at] = kept;
        }
    }
}
