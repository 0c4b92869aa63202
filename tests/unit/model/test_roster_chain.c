/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "crypto/secret.h"
#include "model/roster_chain.h"
#include "support/rosters.h"

#define ALL "alpin fjord wisla"
#define TWO "alpin fjord"
#define NOTE_COUNT_MAX 16

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(roster_chain, .init = init);

/* Signed rosters of one consortium of three, made one after the other. */
struct world {
    struct cid cid;
    size_t count;
    struct buf notes[NOTE_COUNT_MAX];
    struct digest hashes[NOTE_COUNT_MAX];
};

/* Add a roster; `remark` tells it from others of its version. Returns its
 * index. -1 stands for "none". */
static int make(struct world *world, uint64_t version, int previous, int second,
                int supersedes, const char *remark, const char *signers)
{
    struct digest *hashes = world->hashes;
    struct buf text;
    size_t index = world->count++;

    cr_assert_lt(index, NOTE_COUNT_MAX);
    buf_init(&text, ROSTER_SIZE_MAX);
    rosters_put_head(&text, version, previous < 0 ? NULL : &hashes[previous],
                     second < 0 ? NULL : &hashes[second],
                     supersedes < 0 ? NULL : &hashes[supersedes]);
    rosters_put_member(&text, "alpin");
    rosters_put_member(&text, "fjord");
    rosters_put_member(&text, "wisla");
    buf_printf(&text, "x-remark %s\n", remark);
    if (version == 1) {
        rosters_cid(&text, &world->cid);
    }
    hashes[index] = digest_of(buf_span(&text));
    buf_init(&world->notes[index], ROSTER_NOTE_SIZE_MAX);
    rosters_sign(&world->notes[index], &text, &world->cid, signers);
    buf_done(&text);
    return (int)index;
}

static void world_done(struct world *world)
{
    for (size_t index = 0; index < world->count; index++) {
        buf_done(&world->notes[index]);
    }
}

static enum err add(struct roster_chain *chain, const struct world *world,
                    int index)
{
    bool added;

    return roster_chain_add(chain, buf_span(&world->notes[index]), &added,
                            NULL);
}

static struct roster_chain *begin(const struct world *world)
{
    struct roster_chain *chain = NULL;

    cr_assert(roster_chain_new(buf_span(&world->notes[0]), &chain, NULL) ==
              ERR_OK);
    return chain;
}

static bool newest_is(const struct roster_chain *chain,
                      const struct world *world, int index)
{
    return digest_equal(&roster_chain_newest(chain)->hash,
                        &world->hashes[index]);
}

/* A file that is read again ends at the same place. */
static void check_file(const struct roster_chain *chain)
{
    struct roster_chain *again = NULL;
    struct buf file;
    struct why why = { .text = "" };

    buf_init(&file, 1 << 20);
    roster_chain_format(chain, &file);
    cr_assert(roster_chain_parse(buf_span(&file), &again, &why) == ERR_OK, "%s",
              why.text);
    cr_assert_eq(again->count, chain->count);
    cr_assert_eq(again->forked, chain->forked);
    cr_assert(digest_equal(&roster_chain_newest(again)->hash,
                           &roster_chain_newest(chain)->hash));
    roster_chain_free(again);
    buf_done(&file);
}

/* Version 1 needs all of its own keys, a later one more than half of those
 * before. */
Test(roster_chain, needs_its_quorum)
{
    struct world world = { .count = 0 };
    struct roster_chain *chain = NULL;
    struct roster_quorum quorum;

    (void)make(&world, 1, -1, -1, -1, "one", ALL);
    (void)make(&world, 2, 0, -1, -1, "two", TWO);
    (void)make(&world, 2, 0, -1, -1, "three", "wisla");
    chain = begin(&world);
    cr_assert(add(chain, &world, 2) == ERR_WRONG_SIGNATURE);
    cr_assert(add(chain, &world, 1) == ERR_OK);
    cr_assert(newest_is(chain, &world, 1));
    cr_assert(roster_quorum_count(&chain->cid, chain->entries[0].roster,
                                  buf_span(&world.notes[2]), &quorum,
                                  NULL) == ERR_OK);
    cr_assert(quorum.have_count == 1 && quorum.need == 2 && quorum.have[2]);
    cr_assert(roster_quorum_count(&chain->cid, chain->entries[0].roster,
                                  buf_span(&world.notes[0]), &quorum,
                                  NULL) == ERR_OK);
    cr_assert(quorum.have_count == 3 && quorum.need == 3);
    roster_chain_free(chain);
    world_done(&world);
}

/* A note whose predecessor is unknown is not taken, and can come again. */
Test(roster_chain, takes_no_hole)
{
    struct world world = { .count = 0 };
    struct roster_chain *chain;
    const struct roster *roster;
    bool added = true;

    (void)make(&world, 1, -1, -1, -1, "one", ALL);
    (void)make(&world, 2, 0, -1, -1, "two", ALL);
    (void)make(&world, 3, 1, -1, -1, "three", ALL);
    chain = begin(&world);
    cr_assert(add(chain, &world, 2) == ERR_NOT_FOUND);
    cr_assert(add(chain, &world, 1) == ERR_OK);
    cr_assert(add(chain, &world, 2) == ERR_OK);
    cr_assert(newest_is(chain, &world, 2));
    cr_assert(roster_chain_add(chain, buf_span(&world.notes[1]), &added,
                               NULL) == ERR_OK);
    cr_assert(!added);
    roster = roster_chain_newest(chain);
    cr_assert_eq(roster_chain_before(chain, roster)->version, 2);
    cr_assert_null(roster_chain_before(chain, roster_chain_at(chain, 1)));
    cr_assert_eq(roster_chain_find(chain, &world.hashes[1])->version, 2);
    check_file(chain);
    roster_chain_free(chain);
    world_done(&world);
}

/* Another consortium's version 1, and a roster that skips a version, have no
 * place in the chain. */
Test(roster_chain, refuses_strangers)
{
    struct world world = { .count = 0 };
    struct world other = { .count = 0 };
    struct roster_chain *chain;

    (void)make(&other, 1, -1, -1, -1, "other", ALL);
    (void)make(&world, 1, -1, -1, -1, "one", ALL);
    (void)make(&world, 3, 0, -1, -1, "three", ALL);
    chain = begin(&world);
    cr_assert(add(chain, &other, 0) == ERR_CONFLICT);
    cr_assert(add(chain, &world, 1) == ERR_REFUSED);
    cr_assert_eq(chain->count, 1);
    roster_chain_free(chain);
    world_done(&other);
    world_done(&world);
}

/* A second successor forks the chain, which stays where it was until one that
 * names both heals it. */
Test(roster_chain, forks_and_heals)
{
    struct world world = { .count = 0 };
    struct roster_chain *chain;
    int a;
    int b;
    int a2;
    int healed;

    (void)make(&world, 1, -1, -1, -1, "one", ALL);
    a = make(&world, 2, 0, -1, -1, "a", TWO);
    b = make(&world, 2, 0, -1, -1, "b", TWO);
    a2 = make(&world, 3, a, -1, -1, "a2", TWO);
    healed = make(&world, 3, a, b, -1, "healed", TWO);
    chain = begin(&world);
    cr_assert(add(chain, &world, a) == ERR_OK);
    cr_assert(!chain->forked);
    cr_assert(add(chain, &world, b) == ERR_OK);
    cr_assert(chain->forked && newest_is(chain, &world, a));
    check_file(chain);
    cr_assert(add(chain, &world, a2) == ERR_OK);
    cr_assert(chain->forked && newest_is(chain, &world, a));
    check_file(chain);
    cr_assert(add(chain, &world, healed) == ERR_OK);
    cr_assert(!chain->forked && newest_is(chain, &world, healed));
    cr_assert_eq(
        roster_chain_before(chain, roster_chain_newest(chain))->version, 1);
    check_file(chain);
    roster_chain_free(chain);
    world_done(&world);
}

/* One that supersedes the other wins, unless the other has a successor of its
 * own. */
Test(roster_chain, supersedes)
{
    struct world world = { .count = 0 };
    struct roster_chain *chain;
    int a;
    int b;
    int a2;

    (void)make(&world, 1, -1, -1, -1, "one", ALL);
    a = make(&world, 2, 0, -1, -1, "a", TWO);
    b = make(&world, 2, 0, -1, a, "b", TWO);
    a2 = make(&world, 3, a, -1, -1, "a2", TWO);
    chain = begin(&world);
    cr_assert(add(chain, &world, a) == ERR_OK);
    cr_assert(add(chain, &world, b) == ERR_OK);
    cr_assert(!chain->forked && newest_is(chain, &world, b));
    check_file(chain);
    cr_assert(add(chain, &world, a2) == ERR_OK);
    cr_assert(chain->forked && newest_is(chain, &world, b));
    roster_chain_free(chain);
    chain = begin(&world);
    cr_assert(add(chain, &world, a) == ERR_OK);
    cr_assert(add(chain, &world, a2) == ERR_OK);
    cr_assert(add(chain, &world, b) == ERR_OK);
    cr_assert(chain->forked && newest_is(chain, &world, a2));
    check_file(chain);
    roster_chain_free(chain);
    world_done(&world);
}

/* Branches that went on for a while are joined as well. */
Test(roster_chain, heals_grown_branches)
{
    struct world world = { .count = 0 };
    struct span notes[NOTE_COUNT_MAX];
    struct roster_chain *chain = NULL;
    int a;
    int b;
    int a2;
    int b2;
    int healed;

    (void)make(&world, 1, -1, -1, -1, "one", ALL);
    a = make(&world, 2, 0, -1, -1, "a", TWO);
    b = make(&world, 2, 0, -1, -1, "b", TWO);
    a2 = make(&world, 3, a, -1, -1, "a2", TWO);
    b2 = make(&world, 3, b, -1, -1, "b2", TWO);
    healed = make(&world, 4, a2, b2, -1, "healed", TWO);
    (void)make(&world, 5, healed, -1, -1, "five", TWO);
    for (size_t index = 0; index < world.count; index++) {
        notes[world.count - 1 - index] = buf_span(&world.notes[index]);
    }
    cr_assert(roster_chain_from_notes(notes, world.count, &chain, NULL) ==
              ERR_OK);
    cr_assert(!chain->forked);
    cr_assert_eq(roster_chain_newest(chain)->version, 5);
    cr_assert_eq(roster_chain_at(chain, 4)->version, 4);
    cr_assert_eq(roster_chain_at(chain, 3)->version, 1);
    check_file(chain);
    roster_chain_free(chain);
    world_done(&world);
}

/* A file without version 1, or with a bad roster, is refused with its place. */
Test(roster_chain, refuses_a_bad_file)
{
    struct world world = { .count = 0 };
    struct roster_chain *chain = NULL;
    struct why why;
    struct buf file;
    struct span rest;

    (void)make(&world, 1, -1, -1, -1, "one", ALL);
    (void)make(&world, 2, 0, -1, -1, "two", "alpin");
    cr_assert(roster_chain_parse(buf_span(&world.notes[1]), &chain, &why) ==
              ERR_REFUSED);
    buf_init(&file, 1 << 20);
    buf_put(&file, buf_span(&world.notes[0]));
    buf_put(&file, buf_span(&world.notes[1]));
    cr_assert(roster_chain_parse(buf_span(&file), &chain, &why) ==
              ERR_WRONG_SIGNATURE);
    cr_assert_eq(
        strncmp(why.text, "roster 2 of the file, which begins in line ", 43), 0,
        "%s", why.text);
    cr_assert(roster_chain_parse(span_str(""), &chain, &why) == ERR_MALFORMED);
    cr_assert_null(chain);
    /* A later text version: the ones before it stand by themselves. */
    buf_clear(&file);
    buf_put(&file, buf_span(&world.notes[0]));
    buf_put_str(&file, "holdfast roster 2\n");
    buf_put(&file,
            span_part(buf_span(&world.notes[1]), 18, world.notes[1].size));
    rest = buf_span(&file);
    cr_assert(
        span_equal(roster_file_next_note(&rest), buf_span(&world.notes[0])));
    cr_assert(span_starts(rest, "holdfast roster 2\n"));
    cr_assert(roster_chain_parse(buf_span(&file), &chain, &why) ==
              ERR_UNREADABLE);
    buf_done(&file);
    world_done(&world);
}

/* One note is judged as the direct successor of one roster. */
Test(roster_chain, judges_a_direct_successor)
{
    struct world world = { .count = 0 };
    struct roster_chain *chain;
    struct roster *next = NULL;

    (void)make(&world, 1, -1, -1, -1, "one", ALL);
    (void)make(&world, 2, 0, -1, -1, "two", TWO);
    (void)make(&world, 2, 0, -1, -1, "few", "wisla");
    chain = begin(&world);
    cr_assert(roster_verify_next(&chain->cid, roster_chain_newest(chain),
                                 buf_span(&world.notes[1]), &next,
                                 NULL) == ERR_OK);
    cr_assert_eq(next->version, 2);
    roster_free(next);
    next = NULL;
    cr_assert(roster_verify_next(&chain->cid, roster_chain_newest(chain),
                                 buf_span(&world.notes[2]), &next,
                                 NULL) == ERR_WRONG_SIGNATURE);
    cr_assert(roster_verify_next(&chain->cid, roster_chain_newest(chain),
                                 buf_span(&world.notes[0]), &next,
                                 NULL) == ERR_REFUSED);
    cr_assert_null(next);
    roster_chain_free(chain);
    world_done(&world);
}
