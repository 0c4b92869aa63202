/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

#include "fixture.h"

static struct place_of_test place;

static void setup(void)
{
    place_make(&place);
}

static void teardown(void)
{
    place_remove(&place);
}

TestSuite(create, .init = setup, .fini = teardown, .timeout = 120);

static void refused(const char *node, enum err expected, const char *part)
{
    struct why why = { "" };
    enum err err = store_create(place.data, node, span_str("x\n"), &why);

    cr_assert_eq(err, expected, "%s: %s", err_name(err), why.text);
    cr_assert_not_null(strstr(why.text, part), "%s", why.text);
}

/* A new store holds nothing, opens, and says so. */
Test(create, gives_an_empty_store)
{
    struct store_opened opened;
    struct store *store;

    create(&place);
    cr_assert(exists(&place, "README.txt"));
    cr_assert(exists(&place, "CACHEDIR.TAG"));
    cr_assert(exists(&place, "mark"));
    cr_assert(exists(&place, "manifest.copy"));
    store = open_store(&place, &opened);
    cr_assert_not(opened.moved);
    cr_assert_not(opened.mark.has_ledger);
    cr_assert_eq(opened.mark.signatures, 0);
    cr_assert_str_empty(opened.note.text);
    cr_assert_not(exists(&place, "safety"));
    store_close(store);
}

/* Nobody else can read anything in it. */
Test(create, keeps_others_out)
{
    struct ledger_of_test ledger;
    struct store *store;

    create(&place);
    store = open_store(&place, NULL);
    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    commit(store, &ledger, 1, 1, 10);
    run("test -z \"$(find '%s' -perm /077)\"", place.data);
    store_close(store);
}

/* It is made once. */
Test(create, refuses_a_finished_store)
{
    create(&place);
    refused(FIXTURE_NODE, ERR_CONFLICT, "holds the store of node node-a");
    refused("node-b", ERR_CONFLICT, "holds the store of node node-a");
}

/* Files of somebody else are not written over or between. */
Test(create, refuses_a_foreign_file)
{
    cr_assert_eq(mkdir(place.data, 0700), 0);
    run("echo mine > '%s/thesis.tex'", place.data);
    refused(FIXTURE_NODE, ERR_CONFLICT, "thesis.tex");
    run("rm '%s/thesis.tex'; mkdir '%s/db'", place.data, place.data);
    refused(FIXTURE_NODE, ERR_CONFLICT, "db");
    cr_assert_not(exists(&place, "mark"));
}

/* The root of a fresh file system has a folder of its own. */
Test(create, accepts_lost_and_found)
{
    cr_assert_eq(mkdir(place.data, 0755), 0);
    run("mkdir '%s/lost+found'", place.data);
    create(&place);
    store_close(open_store(&place, NULL));
}

/* An unfinished creation is refused by opening and begun anew by creating, by
 * its own node only. */
Test(create, repeats_after_a_crash)
{
    create(&place);
    run("printf 'holdfast store 1\\nnode node-a\\nunfinished\\n' > "
        "'%s/holdfast-store' && rm '%s/mark'",
        place.data, place.data);
    open_refused(&place, ERR_NOT_FOUND, "never finished");
    refused("node-b", ERR_CONFLICT, "node node-a");
    create(&place);
    store_close(open_store(&place, NULL));
}

/* A node's name is a label. */
Test(create, refuses_a_bad_label)
{
    refused("Node A", ERR_MALFORMED, "label");
    cr_assert_not(exists(&place, "."));
}
