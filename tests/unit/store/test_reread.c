/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "fixture.h"
#include "reread_fixture.h"

static uint64_t size_of(const struct place_of_test *place, const char *name)
{
    char path[2 * PATH_SIZE];
    struct stat info;

    (void)snprintf(path, sizeof(path), "%s/%s", place->data, name);
    cr_assert_eq(stat(path, &info), 0, "%s", path);
    return (uint64_t)info.st_size;
}

/* All is well: nothing is found, all bytes were read, in steps. */
Test(reread, finds_nothing_in_a_good_store)
{
    struct place_of_test place;
    struct ledger_of_test ledger;
    struct store *store;
    struct pass pass;

    store = place_begin(&place, &ledger);
    commit(store, &ledger, 1, 1, BLOCKS);
    commit(store, &ledger, 1, 20, 1); /* young */
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, 0);
    cr_assert_eq(pass.left, 0);
    cr_assert_not(pass.has_note);
    cr_assert_geq(pass.bytes, BLOCKS * (uint64_t)BLOCK_SIZE_MAX);
    place_end(&place, store);
}

/* One flipped bit at this place of a block file, while the store is open or
 * before it was opened: what it hit is named, all else stays held and readable,
 * the file is left, and the next pass has nothing to say. */
static void flipped(long offset, bool restart)
{
    struct place_of_test place;
    struct ledger_of_test ledger;
    struct store *store;
    struct pass pass;

    store = place_begin(&place, &ledger);
    commit(store, &ledger, 1, 1, BLOCKS);
    if (restart) {
        store_close(store);
    }
    flip(&place, "blocks/000001.sst", offset);
    if (restart) {
        store = open_store(&place, NULL);
    }
    pass = pass_over(store);
    cr_assert(pass.bad_count > 0 || pass.left > 0, "at %ld", offset);
    cr_assert_leq(pass.bad_count, 1, "at %ld", offset);
    cr_assert_eq(pass.left, 1, "at %ld", offset);
    cr_assert_not(exists(&place, "blocks/000001.sst"));
    cr_assert_eq(exists(&place, "quarantine/000001.sst"), pass.bad_count > 0);
    for (uint64_t seed = 1; seed <= BLOCKS; seed++) {
        if (names(&pass, seed, BLOCK_SIZE_MAX)) {
            cr_assert_not(is_held(store, seed), "at %ld", offset);
        } else {
            block_expect(store, seed, BLOCK_SIZE_MAX);
        }
    }
    /* A peer brings it: in a new file, and then the old one goes. */
    commit(store, &ledger, 1, 1, BLOCKS);
    for (uint64_t seed = 1; seed <= BLOCKS; seed++) {
        block_expect(store, seed, BLOCK_SIZE_MAX);
    }
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, 0, "at %ld", offset);
    cr_assert_eq(pass.left, 0, "at %ld", offset);
    cr_assert_not(exists(&place, "quarantine/000001.sst"));
    store_close(store);
    store = open_store(&place, NULL);
    for (uint64_t seed = 1; seed <= BLOCKS; seed++) {
        block_expect(store, seed, BLOCK_SIZE_MAX);
    }
    place_end(&place, store);
}

/* The first bytes of the file, of a block, and a checksum in the middle. */
Test(reread, finds_a_bit_in_the_data)
{
    flipped(0, false);
    flipped(3, true);
    flipped(100, false);
    flipped(BLOCK_SIZE_MAX + 40, false);
    flipped(3L * BLOCK_SIZE_MAX, true);
}

/* Between two blocks: offsets of keys, kind and checksum. */
Test(reread, finds_a_bit_between_blocks)
{
    for (long at = 26; at < 40; at += 3) {
        flipped(BLOCK_SIZE_MAX + at, at % 2 == 0);
    }
}

/* Index, properties, footer: also bits that RocksDB never looks at. */
Test(reread, finds_a_bit_in_index_and_footer)
{
    static const long offsets[] = {
        -1, -7, -20, -33, -45, -53, -60, -200, -700
    };

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        flipped(offsets[i], false);
        flipped(offsets[i], true);
    }
}

/* A file without its own link, or without RocksDB's name, gets it back; without
 * both its blocks are missing, and nothing else. */
Test(reread, a_removed_file)
{
    struct place_of_test place;
    struct ledger_of_test ledger;
    struct store *store;
    struct pass pass;

    store = place_begin(&place, &ledger);
    commit(store, &ledger, 1, 1, BLOCKS);
    commit(store, &ledger, 1, 11, BLOCKS);
    run("rm '%s/blocks/000001.sst'", place.data);
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, 0);
    cr_assert(exists(&place, "blocks/000001.sst"));
    store_close(store);
    run("find '%s/db' -samefile '%s/blocks/000001.sst' -delete", place.data,
        place.data);
    store = open_store(&place, NULL);
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, 0);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    store_close(store);
    run("find '%s' -samefile '%s/blocks/000001.sst' -delete", place.data,
        place.data);
    store = open_store(&place, NULL);
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, BLOCKS);
    cr_assert_eq(pass.lost_row_max, 1);
    for (size_t i = 0; i < pass.bad_count; i++) {
        cr_assert_eq(pass.bad[i].cause, BAD_GONE);
    }
    cr_assert_not(is_held(store, 1));
    block_expect(store, 11, BLOCK_SIZE_MAX);
    commit(store, &ledger, 1, 1, BLOCKS);
    store_close(store);
    /* The strict opening works again. */
    struct store_opened opened;

    store = open_store(&place, &opened);
    cr_assert_str_empty(opened.note.text);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, 11, BLOCK_SIZE_MAX);
    place_end(&place, store);
}

/* Flip a bit in the middle of these bytes, wherever they lie below db/. */
static void flip_bytes(const struct place_of_test *place,
                       const struct block_of_test *block)
{
    char path[PATH_SIZE + 300];
    struct dirent *entry;
    size_t flipped = 0;
    DIR *dir;

    (void)snprintf(path, sizeof(path), "%s/db", place->data);
    dir = opendir(path);
    cr_assert_not_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        size_t name = strlen(entry->d_name);
        uint8_t *bytes = NULL;
        char file[300];
        uint64_t size;
        uint8_t *at;
        FILE *stream;

        if (name < 4 || strcmp(entry->d_name + name - 4, ".sst") != 0) {
            continue;
        }
        (void)snprintf(file, sizeof(file), "db/%.200s", entry->d_name);
        size = size_of(place, file);
        bytes = malloc(size + 1);
        (void)snprintf(path, sizeof(path), "%s/%.280s", place->data, file);
        stream = fopen(path, "rb");
        cr_assert_not_null(stream);
        cr_assert_eq(fread(bytes, 1, size, stream), size);
        fclose(stream);
        at = memmem(bytes, size, block->bytes, block->size);
        if (at != NULL) {
            flip(place, file, at - bytes + (long)block->size / 2);
            flipped++;
        }
        free(bytes);
    }
    closedir(dir);
    cr_assert_gt(flipped, 0);
}

/* A young block that rotted is named; its neighbours stay. */
Test(reread, finds_a_bit_in_a_young_block)
{
    struct place_of_test place;
    struct ledger_of_test ledger;
    struct block_of_test block;
    struct store *store;
    struct pass pass;

    store = place_begin(&place, &ledger);
    commit(store, &ledger, 1, 1, 3);
    store_close(store);
    store = open_store(&place, NULL); /* what was in the log is in a file */
    store_close(store);
    block_make(&block, 2, BLOCK_SIZE_MAX);
    flip_bytes(&place, &block);
    store = open_store(&place, NULL);
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, 1);
    cr_assert(block_id_equal(&pass.bad[0].name, &block.name));
    cr_assert_eq(pass.bad[0].cause, BAD_BYTES);
    cr_assert_not(is_held(store, 2));
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, 3, BLOCK_SIZE_MAX);
    commit(store, &ledger, 1, 2, 1);
    block_expect(store, 2, BLOCK_SIZE_MAX);
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, 0);
    block_done(&block);
    place_end(&place, store);
}

static void add_header(struct store *store, const struct block_of_test *header,
                       uint64_t index)
{
    struct batch_op op = { .kind = BATCH_HEADER };
    uint8_t value[64] = { 0 };
    struct batch batch;

    batch_init(&batch, 4 << 20);
    memcpy(op.id, header->name.bytes, 32);
    batch_add(&batch, &op, span_of(NULL, 0),
              span_of(header->bytes, header->size));
    op = (struct batch_op){ .kind = BATCH_ITEM, .index = index };
    op.id[0] = (uint8_t)(index + 1);
    memcpy(value, header->name.bytes, 32);
    batch_add(&batch, &op, span_of(NULL, 0), span_of(value, sizeof(value)));
    cr_assert_eq(store_commit(store, NULL, &batch, NULL), ERR_OK);
    batch_done(&batch);
}

/* A header object that rotted is named with the item that needs it. */
Test(reread, finds_a_bit_in_a_header_object)
{
    const struct source *source;
    struct place_of_test place;
    struct block_of_test headers[3];
    struct store *store;
    struct pass pass;

    place_make(&place);
    create(&place);
    store = open_store(&place, NULL);
    for (uint64_t i = 0; i < 3; i++) {
        block_make(&headers[i], 40 + i, 6000);
        add_header(store, &headers[i], i);
    }
    store_close(store);
    store = open_store(&place, NULL);
    store_close(store);
    flip_bytes(&place, &headers[1]);
    store = open_store(&place, NULL);
    source = store_source(store);
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, 1);
    cr_assert(pass.bad[0].header);
    cr_assert(block_id_equal(&pass.bad[0].name, &headers[1].name));
    cr_assert_eq(pass.users_count, 1);
    cr_assert_eq(pass.users[0].index, 1);
    cr_assert_eq(source->have(source->ctx, &headers[1].name), ERR_NOT_FOUND);
    cr_assert_eq(source->have(source->ctx, &headers[0].name), ERR_OK);
    cr_assert_eq(source->have(source->ctx, &headers[2].name), ERR_OK);
    add_header(store, &headers[1], 1);
    cr_assert_eq(source->have(source->ctx, &headers[1].name), ERR_OK);
    for (size_t i = 0; i < 3; i++) {
        block_done(&headers[i]);
    }
    place_end(&place, store);
}

/* Who uses a block: a payload of one block by its root, one of several by its
 * page of names, and each leaf that registers it. */
Test(reread, names_the_items)
{
    static const uint8_t VALUE[64];
    struct place_of_test place;
    struct ledger_of_test ledger;
    struct block_of_test blocks[2];
    struct batch batch;
    struct store *store;
    struct pass pass;

    store = place_begin(&place, &ledger);
    commit(store, &ledger, 1, 1, BLOCKS);
    block_make(&blocks[0], 1, BLOCK_SIZE_MAX);
    block_make(&blocks[1], 2, BLOCK_SIZE_MAX);
    batch_init(&batch, 1 << 20);
    struct batch_op op = { .kind = BATCH_ITEM, .ledger = 0, .index = 7 };

    memcpy(op.id, blocks[0].name.bytes, 32); /* one block: its root */
    batch_add(&batch, &op, span_of(NULL, 0), span_of(VALUE, sizeof(VALUE)));
    op.ledger = 3;
    op.index = 9;
    batch_add(&batch, &op, span_of(NULL, 0), span_of(VALUE, sizeof(VALUE)));
    op.ledger = 0;
    op.index = 8;
    memset(op.id, 0x55, 32); /* several blocks, the second of them bad */
    batch_add(&batch, &op, span_of(NULL, 0), span_of(VALUE, sizeof(VALUE)));
    op.kind = BATCH_NAMES;
    op.index = 0;
    uint8_t page[64];

    memcpy(page, blocks[0].name.bytes, 32);
    memcpy(page + 32, blocks[1].name.bytes, 32);
    batch_add(&batch, &op, span_of(NULL, 0), span_of(page, sizeof(page)));
    cr_assert_eq(store_commit(store, NULL, &batch, NULL), ERR_OK);
    batch_done(&batch);
    flip(&place, "blocks/000001.sst", 500);
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, 1);
    cr_assert_eq(pass.users_count, 3);
    cr_assert_eq(pass.users[0].index, 7);
    cr_assert_eq(pass.users[1].ledger, 3);
    cr_assert_eq(pass.users[1].index, 9);
    cr_assert_eq(pass.users[2].index, 8);
    block_done(&blocks[0]);
    block_done(&blocks[1]);
    place_end(&place, store);
}
