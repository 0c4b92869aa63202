/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/driver_rosters.h"

#include <criterion/criterion.h>

#include "fixture.h"
#include "model/roster_chain.h"
#include "model/source.h"
#include "support/rosters.h"
#include "wire/message.h"

static struct place place;
static struct cid cid;
static struct buf first;  /* version 1 */
static struct buf second; /* follows it */
static struct buf rival;  /* the same */

/* One that follows `previous`; other addresses make another hash. */
static void write_roster(struct buf *note, uint64_t version,
                         const struct digest *previous, const char *mode)
{
    struct buf text;

    buf_init(&text, ROSTER_SIZE_MAX);
    buf_init(note, ROSTER_NOTE_SIZE_MAX);
    rosters_put_head(&text, version, previous, NULL, NULL);
    rosters_put_member(&text, "viasna");
    rosters_put_node(&text, "viasna-1", "viasna", "store", "LT", mode);
    if (version == 1) {
        rosters_cid(&text, &cid);
    }
    rosters_sign(note, &text, &cid, "viasna");
    buf_done(&text);
}

static struct roster_chain *chain_of(const struct buf *more)
{
    struct roster_chain *chain;
    bool added = false;

    cr_assert_eq(roster_chain_new(buf_span(&first), &chain, NULL), ERR_OK);
    if (more != NULL) {
        cr_assert_eq(roster_chain_add(chain, buf_span(more), &added, NULL),
                     ERR_OK);
        cr_assert(added);
    }
    return chain;
}

static void setup(void)
{
    struct roster_chain *chain;

    place_make(&place, 1 << 20);
    write_roster(&first, 1, NULL, "listen");
    chain = chain_of(NULL);
    write_roster(&second, 2, &chain->identity, "listen");
    write_roster(&rival, 2, &chain->identity, "dial");
    roster_chain_free(chain);
}

static void teardown(void)
{
    buf_done(&first);
    buf_done(&second);
    buf_done(&rival);
    place_remove(&place);
}

TestSuite(driver_rosters, .init = setup, .fini = teardown);

/* What a daemon does at its start with a file that has these versions. */
static struct roster_chain *start_with(const struct buf *more)
{
    struct roster_chain *chain = chain_of(more);
    struct why why = { "" };

    cr_assert_eq(driver_rosters(place.store, chain, &why), ERR_OK, "%s",
                 why.text);
    return chain;
}

static bool is_kept(const char *name, uint64_t number, const struct buf *note)
{
    const struct source *source = store_source(place.store);
    struct buf held;
    bool found;

    buf_init(&held, ROSTER_NOTE_SIZE_MAX);
    found = source->note(source->ctx, NOTE_ROSTER, span_str(name), number,
                         &held) == ERR_OK &&
            span_equal(buf_span(&held), buf_span(note));
    buf_done(&held);
    return found;
}

/* What only the file has is kept for peers that ask; an older file does not
 * take it back. */
Test(driver_rosters, file_and_store)
{
    struct roster_chain *chain = start_with(&second);

    cr_assert(is_kept("", 1, &first));
    cr_assert(is_kept("", 2, &second));
    roster_chain_free(chain);
    chain = start_with(NULL);
    cr_assert_eq(roster_chain_newest(chain)->version, 2);
    cr_assert_not(chain->forked);
    roster_chain_free(chain);
}

/* A file with another version 2 forks the chain, and so it stays with any file:
 * both are kept, the one out of force under its hash. */
Test(driver_rosters, fork_stays)
{
    struct roster_chain *chain = start_with(&second);
    char name[2 * DIGEST_SIZE + 1];
    struct digest hash = roster_chain_newest(chain)->hash;

    roster_chain_free(chain);
    chain = start_with(&rival);
    cr_assert(chain->forked);
    hex_format(name, hash.bytes, DIGEST_SIZE);
    cr_assert(is_kept("", 2, &rival));
    cr_assert(is_kept(name, 0, &second));
    roster_chain_free(chain);
    chain = start_with(NULL);
    cr_assert(chain->forked);
    cr_assert_eq(chain->count, 3);
    roster_chain_free(chain);
}
