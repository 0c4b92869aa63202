/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "model/ledger_keys.h"

static struct ledger_keys keys;
static struct note_matches matches;

/* Keys of members by their first letters; the ledger is of "a". */
static void keys_make(const char *members, uint64_t cosigners)
{
    memset(&keys, 0, sizeof(keys));
    for (const char *at = members; *at != '\0'; at++) {
        keys.members[keys.count++].text[0] = *at;
    }
    keys.cosigners = cosigners;
    matches.count = 0;
}

static void match(size_t key, uint64_t time)
{
    matches.matches[matches.count++] =
        (struct note_match){ .key = key, .time = time };
}

/* The K-th earliest time counts, not the K-th line. */
Test(ledger_keys, kth_earliest)
{
    uint64_t time;

    keys_make("abcd", 2);
    match(0, 0);
    match(1, 300);
    cr_expect_not(proven_time(&keys, &matches, &time));
    match(2, 100);
    match(3, 200);
    cr_assert(proven_time(&keys, &matches, &time));
    cr_expect_eq(time, 200);
}

/* A member's nodes count once, with the earliest; the owner's not at all. */
Test(ledger_keys, one_per_member)
{
    uint64_t time;

    keys_make("aabbc", 2);
    match(1, 1);
    match(2, 20);
    match(3, 10);
    cr_expect_not(proven_time(&keys, &matches, &time));
    match(4, 5);
    cr_assert(proven_time(&keys, &matches, &time));
    cr_expect_eq(time, 10);
}

/* With K = 0 there is no proven time. */
Test(ledger_keys, none_needed)
{
    uint64_t time;

    keys_make("ab", 0);
    match(1, 5);
    cr_expect_not(proven_time(&keys, &matches, &time));
}
