/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "crypto/secret.h"
#include "model/roster_check.h"
#include "support/rosters.h"

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(roster_check, .init = init);

static void collect(void *ctx, const char *sentence)
{
    buf_printf(ctx, "%s\n", sentence);
}

static void collect_change(void *ctx, const char *kind, const char *subject,
                           const char *sentence)
{
    buf_printf(ctx, "%s|%s|%s\n", kind, subject, sentence);
}

static struct roster *parse(const struct buf *text)
{
    struct roster *roster = NULL;
    struct why why = { .text = "" };

    cr_assert(roster_parse(buf_span(text), &roster, &why) == ERR_OK, "%s",
              why.text);
    return roster;
}

static void start(struct buf *text, const char *copies)
{
    char *at;

    buf_init(text, ROSTER_SIZE_MAX);
    rosters_put_head(text, 1, NULL, NULL, NULL);
    buf_put_byte(text, '\0');
    at = strstr((char *)text->data, "copies 1");
    cr_assert_not_null(at);
    memcpy(at, copies, strlen(copies));
    text->size--;
}

/* The warnings of this roster, each a line. */
static bool warns(const struct buf *text, uint64_t year, const char *sentence)
{
    struct roster *roster = parse(text);
    struct buf all;
    bool found;

    buf_init(&all, 1 << 16);
    roster_check_warnings(roster, year, collect, &all);
    buf_put_byte(&all, '\0');
    found = sentence[0] == '\0' ? all.size == 1
                                : strstr((char *)all.data, sentence) != NULL;
    if (!found) {
        (void)fprintf(stderr, "%s", all.data);
    }
    buf_done(&all);
    roster_free(roster);
    return found;
}

/* A rule that the nodes cannot meet, lost keys and lone listeners are told. */
Test(roster_check, warns_of_what_will_hurt)
{
    struct buf text;

    start(&text, "copies 2");
    rosters_put_member(&text, "alpin");
    rosters_put_member(&text, "fjord");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "observer", "NO", "dial");
    cr_assert(warns(&text, 2026, "only 1 of the members have a store node"));
    cr_assert(warns(&text, 2026, "one lost governance key stops"));
    cr_assert(warns(&text, 2026, "only node alpin-1 listens"));
    cr_assert(warns(&text, 2026, "alpin seals to alpin alone"));
    cr_assert(warns(&text, 2027, "fjord has no recipient for 2027"));
    buf_done(&text);
}

/* A sound roster gives no warning. */
Test(roster_check, is_silent_when_all_is_well)
{
    struct buf text;

    start(&text, "copies 2");
    rosters_put_sealing_member(&text, "alpin", "alpin fjord");
    rosters_put_sealing_member(&text, "fjord", "alpin fjord");
    rosters_put_sealing_member(&text, "wisla", "alpin wisla");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "NO", "listen");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "dial");
    cr_assert(warns(&text, 2026, ""));
    buf_done(&text);
}

/* Four members that seal to one another, three of them with a store node. */
static void start_four(struct buf *text, const char *copies)
{
    start(text, copies);
    rosters_put_sealing_member(text, "alpin", "alpin fjord");
    rosters_put_sealing_member(text, "fjord", "alpin fjord");
    rosters_put_sealing_member(text, "nordlys", "alpin nordlys");
    rosters_put_sealing_member(text, "wisla", "alpin wisla");
}

/* Change a line of the head to one of the same length. */
static void head_line(struct buf *text, const char *from, const char *to)
{
    char *at;

    buf_put_byte(text, '\0');
    text->size--;
    at = strstr((char *)text->data, from);
    cr_assert_not_null(at);
    cr_assert_eq(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
}

/* Two listeners of one member, or in one country, fall together. */
Test(roster_check, warns_of_listeners_that_fall_together)
{
    struct buf text;

    start_four(&text, "copies 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "alpin-2", "alpin", "observer", "NO", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "NO", "dial");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "dial");
    cr_assert(warns(&text, 2026, "only nodes of alpin listen: when they"));
    buf_done(&text);
    start_four(&text, "copies 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "CH", "listen");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "dial");
    cr_assert(warns(&text, 2026, "all nodes that listen stand in CH: when"));
    buf_done(&text);
    /* All in one country: there is no other to go to. */
    start_four(&text, "copies 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "CH", "listen");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "CH", "listen");
    cr_assert(warns(&text, 2026, ""));
    buf_done(&text);
}

/* A listener that has no address is none. */
Test(roster_check, warns_of_listeners_without_address)
{
    struct buf text;

    start_four(&text, "copies 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "NO", "listen");
    text.size -= strlen(" fjord-1.example.org:7711\n");
    buf_put_byte(&text, '\n');
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "dial");
    cr_assert(warns(&text, 2026, "node fjord-1 listens but has no address"));
    cr_assert(warns(&text, 2026, "only node alpin-1 listens: when it is"));
    buf_done(&text);
    start_four(&text, "copies 2");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "NO", "dial");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "dial");
    cr_assert(warns(&text, 2026, "no node listens at an address"));
    buf_done(&text);
    start_four(&text, "copies 2");
    rosters_put_node(&text, "alpin-1", "alpin", "observer", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "NO", "dial");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "dial");
    cr_assert(warns(&text, 2026, "no store node listens: nodes that only"));
    buf_done(&text);
}

/* A rule that needs every member there is, or rests on one copy. */
Test(roster_check, warns_when_none_may_be_away)
{
    struct buf text;

    start_four(&text, "copies 3");
    head_line(&text, "cosigners 0", "cosigners 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "NO", "listen");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "dial");
    cr_assert(warns(&text, 2026, "all 3 members with a store node must hold"));
    cr_assert(warns(&text, 2026, "all 2 other members must cosign: while"));
    head_line(&text, "cosigners 2", "cosigners 3");
    cr_assert(warns(&text, 2026, "3 cosigners are wanted, but only 2 members"));
    head_line(&text, "copies 3", "copies 1");
    cr_assert(warns(&text, 2026, "the rule wants copies at one member: one"));
    buf_done(&text);
}

/* Countries that are missing, or in which one member stands alone. */
Test(roster_check, warns_of_countries)
{
    struct buf text;

    start_four(&text, "copies 2");
    head_line(&text, "jurisdictions 1", "jurisdictions 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "CH", "listen");
    rosters_put_node(&text, "nordlys-1", "nordlys", "observer", "NO", "listen");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "CH", "listen");
    cr_assert(warns(&text, 2026, "the store nodes stand in 1 countries"));
    buf_done(&text);
    start_four(&text, "copies 2");
    head_line(&text, "jurisdictions 1", "jurisdictions 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "CH", "listen");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "listen");
    cr_assert(warns(&text, 2026, "only wisla stores in PL, and the rule"));
    buf_done(&text);
    start_four(&text, "copies 2");
    head_line(&text, "jurisdictions 1", "jurisdictions 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "CH", "listen");
    rosters_put_node(&text, "nordlys-1", "nordlys", "store", "PL", "listen");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "PL", "dial");
    cr_assert(warns(&text, 2026, ""));
    buf_done(&text);
}

/* Two that only dial may be all that an item is placed on, when the one that
 * listens would cost a country. */
Test(roster_check, warns_of_items_without_a_listener)
{
    struct buf text;

    start_four(&text, "copies 2");
    head_line(&text, "jurisdictions 1", "jurisdictions 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "dial");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "CH", "listen");
    rosters_put_node(&text, "nordlys-1", "nordlys", "store", "NO", "dial");
    rosters_put_node(&text, "wisla-1", "wisla", "observer", "PL", "listen");
    cr_assert(warns(&text, 2026, "are placed on nodes of which none listens"));
    buf_done(&text);
    /* With one listener more, every choice can be mended. */
    start_four(&text, "copies 2");
    head_line(&text, "jurisdictions 1", "jurisdictions 2");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "dial");
    rosters_put_node(&text, "fjord-1", "fjord", "store", "CH", "listen");
    rosters_put_node(&text, "nordlys-1", "nordlys", "store", "NO", "dial");
    rosters_put_node(&text, "wisla-1", "wisla", "store", "NO", "listen");
    cr_assert(warns(&text, 2026, ""));
    buf_done(&text);
}

/* Each change between two rosters is one sentence. */
Test(roster_check, tells_changes)
{
    struct buf before_text;
    struct buf after_text;
    struct buf all;
    struct roster *before;
    struct roster *after;

    start(&before_text, "copies 1");
    rosters_put_member(&before_text, "alpin");
    rosters_put_member(&before_text, "fjord");
    rosters_put_node(&before_text, "alpin-1", "alpin", "store", "CH", "dial");
    rosters_put_node(&before_text, "fjord-1", "fjord", "store", "NO", "dial");
    start(&after_text, "copies 2");
    rosters_put_member(&after_text, "alpin");
    buf_put_str(&after_text, "quota alpin 5 6\n");
    rosters_put_member(&after_text, "wisla");
    rosters_put_node(&after_text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(&after_text, "wisla-1", "wisla", "store", "PL", "dial");
    before = parse(&before_text);
    after = parse(&after_text);
    buf_init(&all, 1 << 16);
    roster_compare(before, after, collect_change, &all);
    buf_put_byte(&all, '\0');
    cr_assert_not_null(strstr((char *)all.data, "rule||copies: 2 (was: 1)\n"));
    cr_assert_not_null(
        strstr((char *)all.data, "member-added|wisla|+ member wisla\n"));
    cr_assert_not_null(strstr((char *)all.data,
                              "seal|wisla|wisla seals to: wisla (was: "
                              "nobody)\n"));
    cr_assert_not_null(
        strstr((char *)all.data, "member-removed|fjord|- member fjord\n"));
    cr_assert_not_null(strstr((char *)all.data, "quota|alpin|alpin may"));
    cr_assert_not_null(strstr((char *)all.data, "node-changed|alpin-1|"));
    cr_assert_not_null(strstr((char *)all.data, "node-added|wisla-1|+ node"));
    cr_assert_not_null(strstr((char *)all.data, "node-removed|fjord-1|"));
    cr_assert_null(strstr((char *)all.data, "alpin seals"));
    buf_clear(&all);
    roster_compare(before, before, collect_change, &all);
    cr_assert_eq(all.size, 0);
    buf_done(&all);
    roster_free(before);
    roster_free(after);
    buf_done(&before_text);
    buf_done(&after_text);
}
