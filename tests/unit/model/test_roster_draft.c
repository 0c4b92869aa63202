/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "crypto/secret.h"
#include "model/roster_draft.h"
#include "support/rosters.h"

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(roster_draft, .init = init);

static void make_text(struct buf *text)
{
    buf_init(text, ROSTER_SIZE_MAX);
    rosters_put_head(text, 1, NULL, NULL, NULL);
    rosters_put_sealing_member(text, "alpin", "alpin fjord");
    buf_put_str(text, "quota alpin 1 2\n");
    rosters_put_member(text, "fjord");
    rosters_put_node(text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_put_node(text, "fjord-1", "fjord", "store", "NO", "dial");
    buf_put_str(text, "x-b  two  spaces\nx-a one\n");
}

static struct roster *parse(struct span text)
{
    struct roster *roster = NULL;
    struct why why = { .text = "" };

    cr_assert(roster_parse(text, &roster, &why) == ERR_OK, "%s", why.text);
    return roster;
}

/* A successor has the next version and the old one's hash, and is a roster. */
Test(roster_draft, makes_a_successor)
{
    struct buf text;
    struct buf draft;
    struct roster *old;
    struct roster *new;

    make_text(&text);
    old = parse(buf_span(&text));
    buf_init(&draft, ROSTER_SIZE_MAX);
    roster_draft_successor(old, &draft);
    new = parse(buf_span(&draft));
    cr_assert_eq(new->version, 2);
    cr_assert(digest_equal(&new->previous[0], &old->hash));
    roster_free(old);
    buf_clear(&text);
    roster_draft_successor(new, &text);
    old = parse(buf_span(&text));
    cr_assert_eq(old->version, 3);
    cr_assert_eq(old->previous_count, 1);
    roster_free(old);
    roster_free(new);
    buf_done(&draft);
    buf_done(&text);
}

/* The first draft is a good head: with members and a fitting rule it parses. */
Test(roster_draft, makes_a_first_head)
{
    struct buf text;
    struct roster *roster;

    buf_init(&text, ROSTER_SIZE_MAX);
    roster_draft_first("east", &text);
    rosters_put_member(&text, "alpin");
    rosters_put_member(&text, "fjord");
    rosters_put_member(&text, "wisla");
    roster = parse(buf_span(&text));
    cr_assert_str_eq(roster->consortium.text, "east");
    cr_assert_eq(roster->wait_seconds, 1209600);
    roster_free(roster);
    buf_done(&text);
}

/* Lines in any order, with the spaces and empty lines that an editor leaves,
 * come out as a roster; x- lines keep their order. */
Test(roster_draft, sorts_lines)
{
    struct buf text;
    struct buf mixed;
    struct buf sorted;
    struct span left;
    struct why why = { .text = "" };
    size_t end;

    make_text(&text);
    buf_init(&mixed, ROSTER_SIZE_MAX);
    buf_init(&sorted, ROSTER_SIZE_MAX);
    /* All but the two x- lines from the last to the first. */
    left = buf_span(&text);
    left.size -= strlen("x-b  two  spaces\nx-a one\n");
    end = left.size;
    while (end > 0) {
        size_t start = end - 1;

        while (start > 0 && left.data[start - 1] != '\n') {
            start--;
        }
        buf_put_str(&mixed, "  ");
        buf_put(&mixed, span_part(left, start, end - 1 - start));
        buf_put_str(&mixed, " \r\n\n");
        end = start;
    }
    buf_put_str(&mixed, "x-b  two  spaces\r\nx-a one  ");
    cr_assert(roster_sort(buf_span(&mixed), &sorted, &why) == ERR_OK, "%s",
              why.text);
    cr_assert(span_equal(buf_span(&sorted), buf_span(&text)), "%.*s",
              (int)sorted.size, sorted.data);
    buf_clear(&mixed);
    cr_assert(roster_sort(buf_span(&sorted), &mixed, NULL) == ERR_OK);
    cr_assert(span_equal(buf_span(&mixed), buf_span(&text)));
    buf_done(&sorted);
    buf_done(&mixed);
    buf_done(&text);
}

/* Members in a seal line are sorted too, each once. */
Test(roster_draft, sorts_seal_lines)
{
    struct buf sorted;

    buf_init(&sorted, ROSTER_SIZE_MAX);
    cr_assert(roster_sort(span_str("seal b c  a b c"), &sorted, NULL) ==
              ERR_OK);
    cr_assert(span_is(buf_span(&sorted), "seal b a b c\n"));
    buf_done(&sorted);
}

/* A line that no roster has is told with its number. */
Test(roster_draft, refuses_other_lines)
{
    struct buf sorted;
    struct why why;

    buf_init(&sorted, ROSTER_SIZE_MAX);
    cr_assert(roster_sort(span_str("version 1\n\nmembers a b\n"), &sorted,
                          &why) == ERR_MALFORMED);
    cr_assert_eq(strncmp(why.text, "line 3: ", 8), 0, "%s", why.text);
    buf_done(&sorted);
}
