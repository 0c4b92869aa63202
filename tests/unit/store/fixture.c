/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/rng.h"

void place_make(struct place_of_test *place)
{
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(place->root, sizeof(place->root), "%s/hf-store-XXXXXX",
                   tmp != NULL && strlen(tmp) < 200 ? tmp : "/tmp");
    cr_assert_not_null(mkdtemp(place->root));
    (void)snprintf(place->data, sizeof(place->data), "%.300s/data",
                   place->root);
}

void place_remove(struct place_of_test *place)
{
    run("rm -rf '%s'", place->root);
}

void run(const char *format, ...)
{
    char line[2 * PATH_SIZE + 100];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    cr_assert_eq(system(line), 0, "failed: %s", line);
}

static void join(char path[static 2 * PATH_SIZE],
                 const struct place_of_test *place, const char *name)
{
    (void)snprintf(path, 2 * PATH_SIZE, "%s/%s", place->data, name);
}

bool exists(const struct place_of_test *place, const char *name)
{
    char path[2 * PATH_SIZE];

    join(path, place, name);
    return access(path, F_OK) == 0;
}

size_t count_names(const struct place_of_test *place, const char *folder,
                   const char *suffix)
{
    char path[2 * PATH_SIZE];
    size_t tail = strlen(suffix);
    size_t count = 0;
    struct dirent *entry;
    DIR *dir;

    join(path, place, folder);
    dir = opendir(path);
    cr_assert_not_null(dir, "%s", path);
    while ((entry = readdir(dir)) != NULL) {
        size_t size = strlen(entry->d_name);

        count +=
            size > tail && strcmp(entry->d_name + size - tail, suffix) == 0;
    }
    closedir(dir);
    return count;
}

void create(const struct place_of_test *place)
{
    struct why why;
    enum err err = store_create(place->data, FIXTURE_NODE,
                                span_str("plain words\n"), &why);

    cr_assert_eq(err, ERR_OK, "%s", why.text);
}

struct store *open_store(const struct place_of_test *place,
                         struct store_opened *opened)
{
    struct store_opened unused;
    struct store *store = NULL;
    struct why why;
    enum err err = store_open(place->data, FIXTURE_NODE, 1, &store,
                              opened != NULL ? opened : &unused, &why);

    cr_assert_eq(err, ERR_OK, "%s", why.text);
    return store;
}

void open_refused(const struct place_of_test *place, enum err expected,
                  const char *part)
{
    struct store_opened opened;
    struct store *store = NULL;
    struct why why = { "" };
    enum err err =
        store_open(place->data, FIXTURE_NODE, 1, &store, &opened, &why);

    cr_assert_eq(err, expected, "%s: %s", err_name(err), why.text);
    cr_assert_null(store);
    cr_assert_not_null(strstr(why.text, part), "%s", why.text);
    cr_assert_not_null(strstr(why.text, "next: "), "%s", why.text);
}

void flip(const struct place_of_test *place, const char *name, long offset)
{
    char path[2 * PATH_SIZE];
    unsigned char byte;
    struct stat info;
    int fd;

    join(path, place, name);
    fd = open(path, O_RDWR);
    cr_assert_geq(fd, 0, "%s", path);
    cr_assert_eq(fstat(fd, &info), 0);
    if (offset < 0) {
        offset += info.st_size;
    }
    cr_assert_eq(pread(fd, &byte, 1, offset), 1);
    byte ^= 1;
    cr_assert_eq(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
}

void before_kill(void (*work)(void))
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        work();
        (void)kill(getpid(), SIGKILL);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

void block_make(struct block_of_test *block, uint64_t seed, size_t size)
{
    struct rng rng;

    rng_init(&rng, seed);
    block->bytes = malloc(size);
    block->size = size;
    cr_assert_not_null(block->bytes);
    rng_fill(&rng, block->bytes, size);
    cr_assert_eq(block_name(span_of(block->bytes, size), &block->name), ERR_OK);
}

void block_done(struct block_of_test *block)
{
    free(block->bytes);
}

void block_add(struct store_group *group, uint64_t seed, size_t size)
{
    struct block_of_test block;
    struct why why;
    enum err err;

    block_make(&block, seed, size);
    err = store_group_add(group, &block.name, span_of(block.bytes, size), &why);
    cr_assert_eq(err, ERR_OK, "%s", why.text);
    block_done(&block);
}

void block_expect(struct store *store, uint64_t seed, size_t size)
{
    const struct source *source = store_source(store);
    struct block_of_test block;
    struct buf bytes;

    block_make(&block, seed, size);
    buf_init(&bytes, BLOCK_SIZE_MAX);
    cr_assert_eq(source->have(source->ctx, &block.name), ERR_OK);
    cr_assert_eq(source->block(source->ctx, &block.name, &bytes), ERR_OK);
    cr_assert(span_equal(buf_span(&bytes), span_of(block.bytes, size)));
    buf_done(&bytes);
    block_done(&block);
}

void block_expect_gone(struct store *store, uint64_t seed, size_t size)
{
    const struct source *source = store_source(store);
    struct block_of_test block;
    struct buf bytes;

    block_make(&block, seed, size);
    buf_init(&bytes, BLOCK_SIZE_MAX);
    cr_assert_eq(source->have(source->ctx, &block.name), ERR_NOT_FOUND);
    cr_assert_eq(source->block(source->ctx, &block.name, &bytes),
                 ERR_NOT_FOUND);
    buf_done(&bytes);
    block_done(&block);
}

void ledger_start(struct ledger_of_test *ledger, uint32_t number,
                  const char *origin)
{
    ledger->number = number;
    ledger->origin = origin;
    frontier_init(&ledger->frontier);
}

struct sink_of_test {
    struct batch *batch;
    uint32_t ledger;
};

static void put_node(void *ctx, unsigned level, uint64_t index,
                     const struct digest *hash)
{
    struct sink_of_test *sink = ctx;
    struct batch_op op = { .kind = BATCH_NODE,
                           .ledger = sink->ledger,
                           .level = level,
                           .index = index };

    batch_add(sink->batch, &op, span_of(NULL, 0),
              span_of(hash->bytes, sizeof(hash->bytes)));
}

void ledger_grow(struct ledger_of_test *ledger, struct batch *batch)
{
    struct sink_of_test target = { batch, ledger->number };
    struct merkle_sink sink = { put_node, &target };
    struct batch_op op = { .kind = BATCH_LEDGER, .ledger = ledger->number };
    struct digest hash;
    char text[64];

    if (ledger->frontier.size == 0) {
        batch_add(batch, &op, span_of(NULL, 0), span_str(ledger->origin));
    }
    (void)snprintf(text, sizeof(text), "leaf %llu\n",
                   (unsigned long long)ledger->frontier.size);
    op.kind = BATCH_LEAF;
    op.index = ledger->frontier.size;
    batch_add(batch, &op, span_of(NULL, 0), span_str(text));
    merkle_leaf(span_str(text), &hash);
    frontier_append(&ledger->frontier, &hash, &sink);
}

struct store *place_begin(struct place_of_test *place,
                          struct ledger_of_test *ledger)
{
    place_make(place);
    create(place);
    ledger_start(ledger, 0, FIXTURE_ORIGIN);
    return open_store(place, NULL);
}

void place_end(struct place_of_test *place, struct store *store)
{
    store_close(store);
    place_remove(place);
}

void commit(struct store *store, struct ledger_of_test *ledger, size_t leaves,
            uint64_t seed, size_t blocks)
{
    struct store_group *group = store_group_new(store);
    struct batch batch;
    struct why why;
    enum err err;

    batch_init(&batch, 1 << 20);
    for (size_t index = 0; index < leaves; index++) {
        ledger_grow(ledger, &batch);
    }
    for (size_t index = 0; index < blocks; index++) {
        block_add(group, seed + index, BLOCK_SIZE_MAX);
    }
    err = store_commit(store, group, &batch, &why);
    cr_assert_eq(err, ERR_OK, "%s", why.text);
    batch_done(&batch);
}

void mark(struct store *store, const struct ledger_of_test *ledger)
{
    struct store_mark spoken = { .has_ledger = true,
                                 .size = ledger->frontier.size };
    struct why why;
    enum err err;

    memcpy(spoken.origin.text, ledger->origin, strlen(ledger->origin) + 1);
    frontier_root(&ledger->frontier, &spoken.root);
    err = store_set_mark(store, &spoken, &why);
    cr_assert_eq(err, ERR_OK, "%s", why.text);
}
