/* SPDX-License-Identifier: Apache-2.0 */
/* A process that is killed loses nothing that it had made durable, and leaves
 * nothing behind that it had not. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "fixture.h"

static struct place_of_test place;

static void setup(void)
{
    place_make(&place);
    create(&place);
}

static void teardown(void)
{
    place_remove(&place);
}

TestSuite(crash, .init = setup, .fini = teardown, .timeout = 120);

static void wait_killed(pid_t child)
{
    int status = 0;

    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
}

/* After kill -9 everything that was committed is there. */
Test(crash, keeps_what_was_committed)
{
    struct store_opened opened;
    struct store *store;
    pid_t child = fork();

    if (child == 0) {
        struct ledger_of_test ledger;

        store = open_store(&place, NULL);
        ledger_start(&ledger, 0, FIXTURE_ORIGIN);
        commit(store, &ledger, 2, 1, 10); /* a file */
        commit(store, &ledger, 1, 50, 2); /* young */
        mark(store, &ledger);
        commit(store, &ledger, 1, 60, 1); /* not marked */
        kill(getpid(), SIGKILL);
    }
    wait_killed(child);
    store = open_store(&place, &opened);
    cr_assert_eq(opened.mark.size, 3);
    cr_assert_not(opened.moved);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, 10, BLOCK_SIZE_MAX);
    block_expect(store, 51, BLOCK_SIZE_MAX);
    block_expect(store, 60, BLOCK_SIZE_MAX);
    store_close(store);
}

/* A group that was not committed when the process died leaves no file, and its
 * number is free again. */
Test(crash, sweeps_unfinished_files)
{
    struct store *store;
    pid_t child = fork();

    if (child == 0) {
        struct store_group *group;

        store = open_store(&place, NULL);
        group = store_group_new(store);
        for (uint64_t seed = 1; seed <= 10; seed++) {
            block_add(group, seed, BLOCK_SIZE_MAX);
        }
        kill(getpid(), SIGKILL);
    }
    wait_killed(child);
    cr_assert_eq(count_names(&place, "blocks", ".part"), 1);
    store = open_store(&place, NULL);
    cr_assert_eq(count_names(&place, "blocks", ".part"), 0);
    block_expect_gone(store, 1, BLOCK_SIZE_MAX);
    store_close(store);
}

/* A block file without an entry was never spoken of: it goes. One with an
 * entry gets its own link back. */
Test(crash, settles_links)
{
    struct ledger_of_test ledger;
    struct store *store = open_store(&place, NULL);

    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    commit(store, &ledger, 1, 1, 10);
    mark(store, &ledger);
    store_close(store);
    run("cd '%s/blocks' && cp 000001.sst 000007.sst && rm 000001.sst && "
        "touch notes.txt",
        place.data);
    store = open_store(&place, NULL);
    cr_assert(exists(&place, "blocks/000001.sst"));
    cr_assert_not(exists(&place, "blocks/000007.sst"));
    cr_assert(exists(&place, "blocks/notes.txt"));
    run("test $(stat -c %%h '%s/blocks/000001.sst') = 2", place.data);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    commit(store, &ledger, 1, 100, 10);
    block_expect(store, 100, BLOCK_SIZE_MAX);
    store_close(store);
}

/* Killed again and again at random moments, the store always opens, and holds
 * at least what was acknowledged. */
Test(crash, survives_many_kills)
{
    for (int round = 0; round < 12; round++) {
        int ends[2];
        char byte;
        size_t acknowledged = 0;
        struct store_opened opened;
        struct store *store;
        pid_t child;

        cr_assert_eq(pipe(ends), 0);
        child = fork();
        if (child == 0) {
            struct ledger_of_test ledger;

            close(ends[0]);
            run("rm -rf '%s'", place.data);
            create(&place);
            store = open_store(&place, NULL);
            ledger_start(&ledger, 0, FIXTURE_ORIGIN);
            for (uint64_t at = 0;; at++) {
                commit(store, &ledger, 1, at * 100,
                       at % 3 == 0 ? 9 : 1); /* file, young, young */
                mark(store, &ledger);
                if (write(ends[1], "x", 1) != 1) {
                    _exit(1);
                }
            }
        }
        close(ends[1]);
        for (int count = 0; count <= round % 5; count++) {
            acknowledged += read(ends[0], &byte, 1) == 1;
        }
        usleep((useconds_t)(round * 3571 % 20000));
        kill(child, SIGKILL);
        wait_killed(child);
        while (read(ends[0], &byte, 1) == 1) {
            acknowledged++;
        }
        close(ends[0]);
        store = open_store(&place, &opened);
        cr_assert_geq(opened.mark.size, acknowledged);
        for (uint64_t at = 0; at < acknowledged; at++) {
            block_expect(store, at * 100, BLOCK_SIZE_MAX);
        }
        store_close(store);
    }
}

struct reader_of_test {
    struct store *store;
    atomic_bool stop;
    size_t reads;
    enum err err;
};

static void *read_always(void *argument)
{
    struct reader_of_test *reader = argument;
    const struct source *source = store_source(reader->store);
    struct block_of_test block;
    struct buf bytes;

    block_make(&block, 1, 5000);
    buf_init(&bytes, BLOCK_SIZE_MAX);
    while (!atomic_load(&reader->stop) && reader->err == ERR_OK) {
        buf_clear(&bytes);
        reader->err = source->block(source->ctx, &block.name, &bytes);
        reader->reads++;
    }
    buf_done(&bytes);
    block_done(&block);
    return NULL;
}

/* A block stays readable in every moment while young is written out under
 * it. */
Test(crash, reads_while_young_moves)
{
    struct ledger_of_test ledger;
    struct reader_of_test reader = { .err = ERR_OK };
    struct store *store = open_store(&place, NULL);
    struct store_group *group = store_group_new(store);
    struct batch batch;
    pthread_t thread;

    batch_init(&batch, 10);
    block_add(group, 1, 5000);
    cr_assert_eq(store_commit(store, group, &batch, NULL), ERR_OK);
    batch_done(&batch);
    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    reader.store = store;
    cr_assert_eq(pthread_create(&thread, NULL, read_always, &reader), 0);
    for (uint64_t round = 0; round < 11; round++) {
        commit(store, &ledger, 1, 1000 + 10 * round, 7);
    }
    atomic_store(&reader.stop, true);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(reader.err, ERR_OK);
    cr_assert_gt(reader.reads, 0);
    cr_assert_geq(count_names(&place, "blocks", ".sst"), 1);
    store_close(store);
}

/* After one failed write nothing is written any more; reading goes on, and the
 * next opening finds what was durable. */
Test(crash, a_failed_write_is_the_last)
{
    struct ledger_of_test ledger;
    struct store *store = open_store(&place, NULL);
    struct store_group *group;
    struct store_mark spoken = { .has_ledger = false };
    struct block_of_test block;
    struct batch batch;
    struct why why = { "" };
    enum err err = ERR_OK;

    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    commit(store, &ledger, 1, 1, 10);
    mark(store, &ledger);

    /* The folder of our own links is gone: the group cannot be published. */
    group = store_group_new(store);
    for (uint64_t seed = 200; seed < 210; seed++) {
        block_add(group, seed, BLOCK_SIZE_MAX);
    }
    run("rm -rf '%s/blocks'", place.data);
    batch_init(&batch, 100);
    err = store_commit(store, group, &batch, &why);
    cr_assert(err == ERR_IO || err == ERR_CORRUPT, "%s", err_name(err));
    cr_assert_str_not_empty(why.text);

    cr_assert_eq(store_commit(store, NULL, &batch, &why), ERR_IO);
    cr_assert_eq(store_set_mark(store, &spoken, &why), ERR_IO);
    group = store_group_new(store);
    block_make(&block, 300, 100);
    cr_assert_eq(store_group_add(group, &block.name,
                                 span_of(block.bytes, block.size), &why),
                 ERR_IO);
    block_done(&block);
    store_group_free(group);
    batch_done(&batch);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    store_close(store);

    store = open_store(&place, NULL);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect_gone(store, 200, BLOCK_SIZE_MAX);
    cr_assert(exists(&place, "blocks/000001.sst"));
    store_close(store);
}

/* In a process of its own: RocksDB may abort when a write fails. */
static void fail_the_log(void)
{
    struct ledger_of_test ledger;
    struct store *store = open_store(&place, NULL);
    struct rlimit limit = { 65536, RLIM_INFINITY };
    struct rlimit core = { 0, 0 };
    struct batch batch;
    struct why why = { "" };

    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    commit(store, &ledger, 1, 1, 1); /* the log is longer than 64 KiB now */
    mark(store, &ledger);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_CORE, &core);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        _exit(1);
    }
    batch_init(&batch, 10000);
    ledger_grow(&ledger, &batch);
    if (store_commit(store, NULL, &batch, &why) != ERR_IO ||
        store_commit(store, NULL, &batch, &why) != ERR_IO) {
        _exit(2);
    }
    _exit(0);
}

/* The same when the database's own log cannot be written. Whether RocksDB
 * returns the error or aborts, what was durable before is there afterwards. */
Test(crash, a_failed_log_is_the_last)
{
    struct store_opened opened;
    struct store *store;
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        fail_the_log();
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
                  (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT),
              "status %d", status);
    store = open_store(&place, &opened);
    cr_assert_eq(opened.mark.size, 1);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    store_close(store);
}
