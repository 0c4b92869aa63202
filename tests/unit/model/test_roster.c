/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/secret.h"
#include "model/roster.h"
#include "support/rosters.h"

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(roster, .init = init);

/* Two members, three nodes. */
static void make_text(struct buf *text)
{
    buf_init(text, ROSTER_SIZE_MAX);
    rosters_put_head(text, 1, NULL, NULL, NULL);
    rosters_put_member(text, "alpin");
    rosters_put_member(text, "fjord");
    buf_put_str(text, "quota fjord 1000 20\n");
    rosters_put_node(text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(text, "fjord-1", "fjord", "store", "NO", "dial");
    rosters_put_node(text, "fjord-2", "fjord", "observer", "NO", "listen");
    buf_put_str(text, "x-remark one %25\nx-remark -\n");
}

static struct roster *make(void)
{
    struct buf text;
    struct roster *roster = NULL;
    struct why why = { .text = "" };

    make_text(&text);
    cr_assert(roster_parse(buf_span(&text), &roster, &why) == ERR_OK, "%s",
              why.text);
    buf_done(&text);
    return roster;
}

/* All lines come out as fields, and the writer gives the same text. */
Test(roster, reads_every_line)
{
    struct roster *roster = make();
    struct buf again;

    cr_assert_str_eq(roster->consortium.text, "test");
    cr_assert_eq(roster->member_count, 2);
    cr_assert_eq(roster->node_count, 3);
    cr_assert_eq(roster->recipient_count, 4);
    cr_assert(roster->members[1].has_quota && !roster->members[0].has_quota);
    cr_assert_eq(roster->members[1].quota_records, 20);
    cr_assert_eq(roster->members[1].seals[0], 1);
    cr_assert_eq(roster->nodes[2].role, NODE_OBSERVER);
    cr_assert_str_eq(roster->nodes[0].country, "CH");
    cr_assert(roster->nodes[0].listens && !roster->nodes[1].listens);
    cr_assert(
        span_is(roster->nodes[1].addresses[0], "fjord-1.example.org:7711"));
    cr_assert(span_is(roster->extra, "x-remark one %25\nx-remark -\n"));
    buf_init(&again, ROSTER_SIZE_MAX);
    roster_format(roster, &again);
    cr_assert(span_equal(buf_span(&again), buf_span(&roster->text)));
    buf_done(&again);
    roster_free(roster);
}

/* What is looked for is found by its label, key or year, and nothing else. */
Test(roster, finds)
{
    struct roster *roster = make();
    const struct roster_node *node =
        roster_find_node(roster, span_str("fjord-1"));
    const struct roster_member *fjord =
        roster_find_member(roster, span_str("fjord"));
    struct x25519_key key = { .bytes = { 9 } };

    cr_assert_eq(node, &roster->nodes[1]);
    cr_assert_eq(roster_node_index(roster, node), 1);
    cr_assert_null(roster_find_node(roster, span_str("fjord")));
    cr_assert_eq(roster_member_of(roster, node), fjord);
    cr_assert_eq(roster_find_session(roster, &node->session), node);
    cr_assert_null(roster_find_session(roster, &key));
    cr_assert_not_null(roster_find_recipient(roster, fjord, 2026));
    cr_assert_null(roster_find_recipient(roster, fjord, 2027));
    cr_assert_eq(roster_count_other_members(roster, fjord, false), 1);
    cr_assert_eq(roster_count_other_members(roster, NULL, true), 2);
    cr_assert_eq(roster_quorum_need(roster), 2);
    roster_free(roster);
}

/* Keys carry the names under which they sign. */
Test(roster, names_keys)
{
    struct roster *roster = make();
    struct buf text;
    struct cid cid;
    struct note_key key;
    char name[NOTE_NAME_SIZE_MAX + 1];

    make_text(&text);
    rosters_cid(&text, &cid);
    roster_governance_key(&cid, &roster->members[0], &key);
    (void)snprintf(name, sizeof(name), "%s/alpin/governance", cid.text);
    cr_assert_str_eq(key.name, name);
    roster_witness_key(&cid, &roster->nodes[1], &key);
    (void)snprintf(name, sizeof(name), "%s/fjord-1/witness", cid.text);
    cr_assert_str_eq(key.name, name);
    cr_assert_eq(key.type, NOTE_KEY_COSIGNATURE);
    roster_node_key(&cid, &roster->nodes[1], &key);
    cr_assert_eq(memcmp(&key.public_key, roster->nodes[1].ledger.bytes, 32), 0);
    buf_done(&text);
    roster_free(roster);
}

/* Replace the first `old` in a good roster by `new` and parse it. */
static enum err parse_changed(const char *old, const char *new,
                              struct why *ret_why)
{
    struct buf text;
    struct buf changed;
    struct roster *roster = NULL;
    char *at;
    enum err err;

    make_text(&text);
    buf_put_byte(&text, '\0');
    at = strstr((char *)text.data, old);
    cr_assert_not_null(at, "%s", old);
    buf_init(&changed, ROSTER_SIZE_MAX);
    buf_put_data(&changed, text.data, (size_t)(at - (char *)text.data));
    buf_put_str(&changed, new);
    buf_put_str(&changed, at + strlen(old));
    err = roster_parse(buf_span(&changed), &roster, ret_why);
    roster_free(roster);
    buf_done(&changed);
    buf_done(&text);
    return err;
}

/* Each rule that is broken is told with its line. */
Test(roster, tells_what_is_wrong)
{
    static const struct {
        const char *old;
        const char *new;
        const char *sentence;
    } cases[] = {
        { "copies 1", "copies 3", "more copies than there are members" },
        { "copies 1", "copies one", "line 4: " },
        { "jurisdictions 1", "jurisdictions 2", "line 5: " },
        { "cosigners 0", "cosigners 2", "cosigners" },
        { "seal fjord fjord", "seal fjord fjord ", "some value" },
        { "seal fjord fjord", "seal fjord nobody", "line 15: " },
        { "seal alpin alpin", "seal alpin alpin fjord alpin", "line 11: " },
        { "quota fjord", "quota alpin", "line 18: " },
        { "CH 1 listen", "CH 17 listen", "line 19: " },
        { "CH 1 listen", "CH 1 hears", "line 19: " },
        { "store CH", "shop CH", "line 19: " },
        { "alpin-1.example.org:7711", "alpin-1.example.org", "line 19: " },
        { "node fjord-2 fjord", "node fjord-0 fjord", "line 21: " },
        { "x-remark one %25", "x-remark one %41", "line 22: " },
        { "x-remark one", "y-remark one", "line 22: " },
        { "x-remark -\n", "x-remark -", "line 23: " },
    };

    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        struct why why = { .text = "" };

        cr_assert(parse_changed(cases[index].old, cases[index].new, &why) ==
                      ERR_MALFORMED,
                  "%s", cases[index].new);
        cr_assert_eq(strncmp(why.text, cases[index].sentence,
                             strlen(cases[index].sentence)),
                     0, "%s: %s", cases[index].new, why.text);
    }
}

/* A later version of the format is not called broken. */
Test(roster, knows_a_newer_format)
{
    cr_assert(parse_changed("roster 1", "roster 2", NULL) == ERR_UNREADABLE);
}

/* A text of 256 KiB is taken, one byte more is not. */
Test(roster, has_a_size)
{
    struct buf small;
    struct buf text;
    struct roster *roster = NULL;

    make_text(&small);
    buf_init(&text, ROSTER_SIZE_MAX + 1);
    buf_put(&text, buf_span(&small));
    buf_done(&small);
    buf_put_str(&text, "x-long ");
    while (text.size < ROSTER_SIZE_MAX - 1) {
        buf_put_byte(&text, 'a');
    }
    buf_put_byte(&text, '\n');
    cr_assert_eq(text.size, ROSTER_SIZE_MAX);
    cr_assert(roster_parse(buf_span(&text), &roster, NULL) == ERR_OK);
    roster_free(roster);
    text.data[text.size - 1] = 'a';
    buf_put_byte(&text, '\n');
    cr_assert(roster_parse(buf_span(&text), &roster, NULL) == ERR_TOO_BIG);
    buf_done(&text);
}

/* Too many members or nodes are refused, not written behind the array. */
Test(roster, is_bounded)
{
    struct buf text;
    struct roster *roster = NULL;
    char label[16];

    buf_init(&text, ROSTER_SIZE_MAX);
    rosters_put_head(&text, 1, NULL, NULL, NULL);
    for (int index = 0; index < MEMBER_COUNT_MAX + 1; index++) {
        (void)snprintf(label, sizeof(label), "m%02d", index);
        rosters_put_member(&text, label);
    }
    cr_assert(roster_parse(buf_span(&text), &roster, NULL) == ERR_MALFORMED);
    buf_clear(&text);
    rosters_put_head(&text, 1, NULL, NULL, NULL);
    rosters_put_member(&text, "alpin");
    for (int index = 0; index < NODE_COUNT_MAX + 1; index++) {
        (void)snprintf(label, sizeof(label), "n%02d", index);
        rosters_put_node(&text, label, "alpin", "store", "CH", "listen");
    }
    cr_assert(roster_parse(buf_span(&text), &roster, NULL) == ERR_MALFORMED);
    buf_done(&text);
}
