/* SPDX-License-Identifier: Apache-2.0 */
/* Each step of opening says no for its own reason, with the next command, and
 * the directory stays as it was. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "store/mark.h"

static struct place_of_test place;

static void setup(void)
{
    place_make(&place);
}

static void teardown(void)
{
    place_remove(&place);
}

TestSuite(open, .init = setup, .fini = teardown, .timeout = 120);

/* A few leaves and a block file, marked. */
static struct store *use(struct ledger_of_test *ledger)
{
    struct store *store = open_store(&place, NULL);

    ledger_start(ledger, 0, FIXTURE_ORIGIN);
    commit(store, ledger, 3, 1, 10);
    mark(store, ledger);
    commit(store, ledger, 2, 100, 1);
    mark(store, ledger);
    return store;
}

/* A store with them, closed. */
static void make_used(struct ledger_of_test *ledger)
{
    create(&place);
    store_close(use(ledger));
}

static void use_for_once(void)
{
    struct ledger_of_test ledger;

    (void)use(&ledger);
}

/* The same, but its process was killed: all of it stands in the log. */
static void make_killed(void)
{
    create(&place);
    before_kill(use_for_once);
}

/* The names and bytes of everything but RocksDB's diary. */
static void fingerprint(const char *file)
{
    run("cd '%s' && find . -type f ! -name 'LOG*' ! -name LOCK | sort | xargs "
        "sha256sum > '%s/%s'",
        place.data, place.root, file);
}

static void expect_unchanged(void)
{
    run("cmp '%s/before' '%s/after'", place.root, place.root);
}

/* Opening makes nothing: the disk may not be mounted. */
Test(open, never_creates)
{
    open_refused(&place, ERR_NOT_FOUND, "step 1 (lock)");
    cr_assert_eq(mkdir(place.data, 0700), 0);
    open_refused(&place, ERR_NOT_FOUND, "step 2 (marker)");
    cr_assert_eq(rmdir(place.data), 0);
}

/* One process at a time, by the kernel's lock. */
Test(open, refuses_a_store_in_use)
{
    struct store *store;
    int status = 0;
    pid_t child;

    create(&place);
    store = open_store(&place, NULL);
    child = fork();
    if (child == 0) {
        struct store *second = NULL;
        struct store_opened opened;
        struct why why = { "" };
        enum err err =
            store_open(place.data, FIXTURE_NODE, 1, &second, &opened, &why);

        _exit(err == ERR_BUSY && strstr(why.text, place.data) != NULL &&
                      strstr(why.text, "step 1 (lock)") != NULL
                  ? 0
                  : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    store_close(store);
    store_close(open_store(&place, NULL));
}

/* Another node's store is refused. */
Test(open, refuses_another_node)
{
    struct store *store = NULL;
    struct store_opened opened;
    struct why why;

    create(&place);
    cr_assert_eq(store_open(place.data, "node-b", 0, &store, &opened, &why),
                 ERR_WRONG_KEY);
    cr_assert_not_null(strstr(why.text, "node-a"));
    cr_assert_not_null(strstr(why.text, "next: "));
}

/* A newer release's store is refused before anything else of it is read. */
Test(open, refuses_a_newer_store)
{
    create(&place);
    run("printf 'holdfast store 2\\nnode node-a\\n' > '%s/holdfast-store'",
        place.data);
    open_refused(&place, ERR_NEWER, "step 2 (marker)");
}

/* A marker that makes no sense is refused. */
Test(open, refuses_a_damaged_marker)
{
    create(&place);
    flip(&place, "holdfast-store", 0);
    open_refused(&place, ERR_CORRUPT, "step 2 (marker)");
}

/* With one slot damaged the other speaks; with both, nothing does. */
Test(open, needs_one_slot_of_the_mark)
{
    struct ledger_of_test ledger;
    struct store_opened opened;

    make_used(&ledger);
    flip(&place, "mark", 4096 + 200); /* the older one */
    store_close(open_store(&place, &opened));
    cr_assert_eq(opened.mark.size, 5);
    flip(&place, "mark", 200); /* the newer one: it says "opening" then */
    store_close(open_store(&place, &opened));
    cr_assert_eq(opened.mark.size, 5);
}

/* Both slots bad: stop and say rescue. */
Test(open, refuses_two_bad_slots)
{
    struct ledger_of_test ledger;

    make_used(&ledger);
    flip(&place, "mark", 200);
    flip(&place, "mark", 4096 + 200);
    fingerprint("before");
    open_refused(&place, ERR_CORRUPT, "step 3 (mark)");
    open_refused(&place, ERR_CORRUPT, "rescue");
    fingerprint("after");
    expect_unchanged();
}

/* The mark tells what was said last, and counts the signatures. */
Test(open, gives_the_mark_back)
{
    struct ledger_of_test ledger;
    struct store_opened opened;

    make_used(&ledger);
    store_close(open_store(&place, &opened));
    cr_assert(opened.mark.has_ledger);
    cr_assert_str_eq(opened.mark.origin.text, FIXTURE_ORIGIN);
    cr_assert_eq(opened.mark.size, 5);
    cr_assert_eq(opened.mark.signatures, 2);
    cr_assert_not(opened.moved);
}

/* A copied directory says so until another ledger was opened. */
Test(open, notices_a_copy)
{
    struct ledger_of_test ledger;
    struct ledger_of_test fresh;
    struct store_opened opened;
    struct store *store;

    make_used(&ledger);
    run("mv '%s' '%s/old' && cp -a '%s/old' '%s'", place.data, place.root,
        place.root, place.data);
    store = open_store(&place, &opened);
    cr_assert(opened.moved);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    store_close(store);

    /* It was not answered yet: it stays said. */
    store = open_store(&place, &opened);
    cr_assert(opened.moved);
    ledger_start(&fresh, 1, FIXTURE_ORIGIN_2);
    commit(store, &fresh, 1, 0, 0);
    mark(store, &fresh);
    store_close(store);
    store_close(open_store(&place, &opened));
    cr_assert_not(opened.moved);
}

/* Renamed on the same file system it is still the same directory. */
Test(open, accepts_a_rename)
{
    struct ledger_of_test ledger;
    struct store_opened opened;

    make_used(&ledger);
    run("mv '%s' '%s/x' && mv '%s/x' '%s'", place.data, place.root, place.root,
        place.data);
    store_close(open_store(&place, &opened));
    cr_assert_not(opened.moved);
}

/* Every byte of the MANIFEST counts: a flip is refused, nothing is lost. */
Test(open, refuses_a_changed_manifest)
{
    struct ledger_of_test ledger;
    struct store *store;
    char name[200];
    FILE *file;

    make_used(&ledger);
    run("cd '%s' && cut -c1-15 db/CURRENT > '%s/name'", place.data, place.root);
    (void)snprintf(name, sizeof(name), "%.150s/name", place.root);
    file = fopen(name, "r");
    cr_assert_not_null(file);
    (void)strcpy(name, "db/");
    cr_assert_not_null(fgets(name + 3, 100, file));
    fclose(file);
    name[strcspn(name, "\n")] = '\0';
    for (long offset = 0; offset < 200; offset += 23) {
        flip(&place, name, offset);
        fingerprint("before");
        open_refused(&place, ERR_CORRUPT, "step 4 (MANIFEST)");
        fingerprint("after");
        expect_unchanged();
        flip(&place, name, offset);
    }
    store = open_store(&place, NULL);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    store_close(store);
}

/* A MANIFEST that is not the mark's is refused. */
Test(open, refuses_another_manifest)
{
    struct ledger_of_test ledger;

    make_used(&ledger);
    run("echo MANIFEST-009999 > '%s/db/CURRENT'", place.data);
    open_refused(&place, ERR_CORRUPT, "step 4 (MANIFEST)");
    run("echo nonsense > '%s/db/CURRENT'", place.data);
    open_refused(&place, ERR_CORRUPT, "step 4 (MANIFEST)");
}

/* The database of yesterday under the mark of today is refused. */
Test(open, refuses_a_rolled_back_database)
{
    struct ledger_of_test ledger;
    struct store *store;

    make_used(&ledger);
    run("cp -a '%s/db' '%s/yesterday'", place.data, place.root);
    store = open_store(&place, NULL);
    commit(store, &ledger, 1, 200, 1);
    mark(store, &ledger);
    store_close(store);
    run("rm -rf '%s/db' && cp -a '%s/yesterday' '%s/db'", place.data,
        place.root, place.data);
    fingerprint("before");
    open_refused(&place, ERR_CORRUPT,
                 "next: keep this directory for holdfast "
                 "rescue");
    fingerprint("after");
    expect_unchanged();
}

/* The newest log cut short: acknowledged records are missing, so no. */
Test(open, refuses_a_cut_log)
{
    make_killed();
    run("cd '%s/db' && log=$(ls *.log | tail -1) && "
        "size=$(stat -c %%s $log) && "
        "test $size -gt 100 && truncate -s $((size - 50)) $log",
        place.data);
    fingerprint("before");
    open_refused(&place, ERR_CORRUPT, "steps 5 to 7");
    fingerprint("after");
    expect_unchanged();
}

/* Without its log file it is refused too. */
Test(open, refuses_a_missing_log)
{
    make_killed();
    run("rm '%s'/db/*.log", place.data);
    open_refused(&place, ERR_CORRUPT, "steps 5 to 7");
}

/* After a clean stop nothing stands in the log alone, so that a start replays
 * nothing. */
Test(open, replays_nothing_after_a_clean_stop)
{
    struct ledger_of_test ledger;
    struct store_opened opened;

    make_used(&ledger);
    run("cd '%s/db' && for log in *.log; do test ! -s $log || exit 1; done",
        place.data);
    store_close(open_store(&place, &opened));
    cr_assert_eq(opened.mark.size, 5);
}

/* An opening that was killed when RocksDB had made its new MANIFEST is no
 * damage: the newest mark says `opening` then. Without that word it is. */
Test(open, goes_on_after_a_killed_opening)
{
    struct ledger_of_test ledger;
    struct store_opened opened;
    struct mark mark_read;
    int dir_fd;
    int fd;

    make_used(&ledger);
    run("cp '%s/mark' '%s/before-opening'", place.data, place.root);
    store_close(open_store(&place, &opened));
    /* The mark of step 11 is lost; that of step 8 is the newest. */
    dir_fd = open(place.data, O_RDONLY | O_DIRECTORY);
    cr_assert_eq(mark_open(dir_fd, &fd, &mark_read, NULL), ERR_OK);
    cr_assert_not(mark_read.opening);
    close(fd);
    flip(&place, "mark", (long)(mark_read.generation % 2) * 4096);
    cr_assert_eq(mark_open(dir_fd, &fd, &mark_read, NULL), ERR_OK);
    cr_assert(mark_read.opening);
    close(fd);
    close(dir_fd);
    store_close(open_store(&place, &opened));
    cr_assert_eq(opened.mark.size, 5);
    /* Somebody else's opening, of which the mark knows nothing. */
    run("cat '%s/before-opening' > '%s/mark'", place.root, place.data);
    open_refused(&place, ERR_CORRUPT, "step 4 (MANIFEST)");
}

/* When RocksDB refuses because of one block file, the rest is served. */
Test(open, serves_the_rest_of_a_damaged_store)
{
    const struct source *source;
    struct ledger_of_test ledger;
    struct store_opened opened;
    struct block_of_test lost;
    struct store *store;
    struct buf bytes;

    create(&place);
    store = open_store(&place, NULL);
    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    commit(store, &ledger, 1, 1, 10);
    commit(store, &ledger, 1, 20, 10);
    mark(store, &ledger);
    store_close(store);
    /* The first block file, under RocksDB's name only. */
    run("cd '%s' && for f in db/*.sst; do test $f -ef blocks/000001.sst && "
        "rm $f; done; true",
        place.data);

    store = open_store(&place, &opened);
    source = store_source(store);
    cr_assert_not_null(strstr(opened.note.text, "damaged or missing"), "%s",
                       opened.note.text);
    block_expect(store, 20, BLOCK_SIZE_MAX);
    block_expect(store, 29, BLOCK_SIZE_MAX);
    block_make(&lost, 1, BLOCK_SIZE_MAX);
    buf_init(&bytes, BLOCK_SIZE_MAX);
    cr_assert_eq(source->block(source->ctx, &lost.name, &bytes), ERR_CORRUPT);
    buf_done(&bytes);
    block_done(&lost);
    commit(store, &ledger, 1, 40, 10);
    mark(store, &ledger);
    store_close(store);
    store = open_store(&place, NULL);
    block_expect(store, 40, BLOCK_SIZE_MAX);
    store_close(store);
}
