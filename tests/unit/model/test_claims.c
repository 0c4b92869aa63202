/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/secret.h"
#include "model/claims.h"
#include "model/roster.h"
#include "support/rosters.h"

#define CID "test-0123456789abcdef"
#define ROOT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OWN CID "/alpin-1/00000000000000000000000000000001"
#define OTHER CID "/fjord-1/00000000000000000000000000000002"
#define THIRD CID "/wisla-1/00000000000000000000000000000003"
#define HEAD                                                                   \
    "holdfast statement 1\nnode alpin-1\nledger " OWN "\nnumber 7\n"           \
    "time 1764000000\nroster " ROOT "\nreads 1\nfree 1000\nscrubbed -\n"

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(claims, .init = init);

/* Three members with a node each; one copy of each item. */
static struct roster *three(void)
{
    struct roster *roster = NULL;
    struct buf text;

    buf_init(&text, ROSTER_SIZE_MAX);
    rosters_put_head(&text, 1, NULL, NULL, NULL);
    rosters_put_member(&text, "alpin");
    rosters_put_member(&text, "fjord");
    rosters_put_member(&text, "wisla");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "NO", "listen");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "listen");
    cr_assert_eq(roster_parse(buf_span(&text), &roster, NULL), ERR_OK);
    buf_done(&text);
    return roster;
}

static bool has(const struct claims *claims, const struct statement *statement,
                const char *origin_text, uint64_t index)
{
    struct payload_root root = { { 0 } };
    struct origin origin;
    struct claims_item item = { .index = index, .root = &root };

    cr_assert_eq(origin_parse(span_str(origin_text), &origin), ERR_OK);
    item.origin = &origin;
    return claims_has(claims, statement, &item);
}

/* Lines of the three forms say index by index what they say as a bitmap; an
 * index beyond the size, and a ledger without a line, are not claimed. */
Test(claims, as_the_bitmap)
{
    static const char text[] =
        HEAD "holds " OWN " 70 " ROOT " all\nexcept 0,3-5,69\n"
             "holds " OTHER " 40 " ROOT " none\nplus 1,9-12,39\n";
    static const char *const origins[] = { OWN, OTHER };
    struct statement statement;
    struct claims claims;

    cr_assert_eq(statement_parse(span_str(text), &statement, NULL), ERR_OK);
    cr_assert_eq(claims_init(&statement, NULL, &claims), ERR_OK);
    for (size_t i = 0; i < 2; i++) {
        uint8_t bits[10];

        statement_holds_bits(&statement.holds[i], NULL, 80, bits);
        for (uint64_t index = 0; index < 80; index++) {
            cr_assert_eq(has(&claims, &statement, origins[i], index),
                         bits[index / 8] >> (index % 8) & 1, "%zu: %d", i,
                         (int)index);
        }
    }
    cr_assert(claims_cover(&claims, &statement.ledger, 69));
    cr_assert_not(claims_cover(&claims, &statement.ledger, 70));
    cr_assert_not(has(&claims, &statement, OWN, UINT64_MAX));
    cr_assert_not(has(&claims, &statement, THIRD, 0));
    claims_done(&claims);
    statement_done(&statement);
}

/* "placed" is read by the roster that the statement names: with it, where the
 * item belongs; without it, only what is listed. */
Test(claims, placed)
{
    static const char text[] =
        HEAD "holds " OTHER " 2000 " ROOT " placed\nexcept 7\nplus 8\n";
    struct roster *roster = three();
    struct placement placement;
    struct statement statement;
    struct claims claims;
    struct claims unknown;
    struct origin origin;
    size_t placed = 0;

    cr_assert_eq(statement_parse(span_str(text), &statement, NULL), ERR_OK);
    cr_assert_eq(claims_init(&statement, roster, &claims), ERR_OK);
    cr_assert_eq(claims_init(&statement, NULL, &unknown), ERR_OK);
    cr_assert_eq(origin_parse(span_str(OTHER), &origin), ERR_OK);
    placement_init(&placement, roster);
    cr_assert_not(placement.everywhere);
    for (uint64_t index = 0; index < 2000; index++) {
        struct payload_root root = { { (uint8_t)index,
                                       (uint8_t)(index >> 8) } };
        struct claims_item item = { .origin = &origin,
                                    .index = index,
                                    .root = &root };
        bool here = (placement_of(&placement, &root) & 1) != 0;

        placed += here;
        cr_assert_eq(claims_has(&claims, &statement, &item),
                     index == 8 || (here && index != 7));
        cr_assert_eq(claims_has(&unknown, &statement, &item), index == 8);
    }
    cr_assert_gt(placed, 100);
    cr_assert_lt(placed, 1900);
    claims_done(&claims);
    claims_done(&unknown);
    statement_done(&statement);
    roster_free(roster);
}
