/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the store share: a temporary directory, a store in it,
 * blocks, and a ledger that grows as the core grows it. Failures are failed
 * assertions. */
#ifndef HF_STORE_FIXTURE_H
#define HF_STORE_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ledger/merkle.h"
#include "model/block.h"
#include "store/store.h"

#define FIXTURE_NODE "node-a"
#define FIXTURE_ORIGIN                                                         \
    "test-0123456789abcdef/node-a/00112233445566778899aabbccddeeff"
#define FIXTURE_ORIGIN_2                                                       \
    "test-0123456789abcdef/node-a/ffeeddccbbaa99887766554433221100"
#define PATH_SIZE 512

/* A new directory of its own under $TMPDIR or /tmp; its entry "data" does not
 * exist yet. */
struct place_of_test {
    char root[PATH_SIZE];
    char data[PATH_SIZE];
};

void place_make(struct place_of_test *place);
void place_remove(struct place_of_test *place);
/* Run a command line; must end with 0. */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Does a file exist below the data directory? */
bool exists(const struct place_of_test *place, const char *name);
/* Number of names in a folder below it that end like this. */
size_t count_names(const struct place_of_test *place, const char *folder,
                   const char *suffix);

void create(const struct place_of_test *place);
struct store *open_store(const struct place_of_test *place,
                         struct store_opened *opened);
/* Open and expect this error; the sentence must hold `part`. */
void open_refused(const struct place_of_test *place, enum err expected,
                  const char *part);
/* Flip the lowest bit of a byte of a file below the data directory; a negative
 * offset counts from the end. */
void flip(const struct place_of_test *place, const char *name, long offset);

/* Do this in a process that dies by SIGKILL right behind it. */
void before_kill(void (*work)(void));

/* Bytes that depend on the seed, and their name. */
struct block_of_test {
    uint8_t *bytes; /* owned */
    size_t size;
    struct block_id name;
};

void block_make(struct block_of_test *block, uint64_t seed, size_t size);
void block_done(struct block_of_test *block);
void block_add(struct store_group *group, uint64_t seed, size_t size);
/* Is it there, with its bytes? */
void block_expect(struct store *store, uint64_t seed, size_t size);
void block_expect_gone(struct store *store, uint64_t seed, size_t size);

/* A ledger of test leaves. */
struct ledger_of_test {
    uint32_t number;
    const char *origin;
    struct frontier frontier;
};

void ledger_start(struct ledger_of_test *ledger, uint32_t number,
                  const char *origin);
/* Put the next leaf and its nodes into the batch (the ledger itself with the
 * first). */
void ledger_grow(struct ledger_of_test *ledger, struct batch *batch);
/* A new place with an open store and a ledger that begins; and its end. */
struct store *place_begin(struct place_of_test *place,
                          struct ledger_of_test *ledger);
void place_end(struct place_of_test *place, struct store *store);
/* Commit `leaves` more leaves and `blocks` blocks of a MiB, seeds from `seed`
 * on. */
void commit(struct store *store, struct ledger_of_test *ledger, size_t leaves,
            uint64_t seed, size_t blocks);
/* The mark of the ledger as it is. */
void mark(struct store *store, const struct ledger_of_test *ledger);

#endif
