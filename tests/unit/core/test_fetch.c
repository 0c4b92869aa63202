/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/fetch.h"
#include "crypto/secret.h"
#include "ledger/merkle.h"
#include "model/block.h"
#include "model/padme.h"
#include "model/record.h"
#include "sim/disk.h"
#include "sim/members.h"

#define MANY 900 /* blocks of a large payload */

static struct disk *disk;
static struct members members;
static struct origin origin;
static struct block_id names[MANY];
static struct loaded_item items[LOAD_ITEMS_MAX];
static struct want wants[LOAD_WANTS_MAX];

static void setup(void)
{
    struct label label;
    struct lid lid = { { 7 } };

    cr_assert_eq(crypto_init(), ERR_OK);
    members_init(&members, 1);
    members_label(0, &label);
    origin_make(&members.cid, &label, &lid, &origin);
    disk = disk_new();
}

static void teardown(void)
{
    disk_free(disk);
    members_done(&members);
}

TestSuite(fetch, .init = setup, .fini = teardown);

static void store(struct batch_op op, struct span value)
{
    struct batch batch;

    batch_init(&batch, 1 << 21);
    batch_add(&batch, &op, span_of(NULL, 0), value);
    disk_submit(disk, &batch);
    cr_assert(disk_sync(disk));
}

/* A deposit record of a payload of this size as leaf `index`; its names are
 * made up, but give its root. */
static struct deposit put_deposit(uint64_t index, uint64_t size)
{
    struct record *record = calloc(1, sizeof(*record));
    struct batch_op op = { .kind = BATCH_LEAF, .index = index };
    struct deposit deposit = { .header_size = 100, .payload_size = size };
    size_t count = (size_t)payload_block_count(size);
    struct buf leaf;

    cr_assert(count <= MANY);
    for (size_t i = 0; i < count; i++) {
        memset(names[i].bytes, (int)(i % 251), 32);
        memcpy(names[i].bytes, &i, sizeof(i));
    }
    payload_root_of(names, count, &deposit.payload_root);
    memset(deposit.header_id.bytes, 0xee, 32);
    record->kind = RECORD_DEPOSIT;
    record->origin = origin;
    record->time = 1;
    record->has_roster = true;
    record->deposit = deposit;
    buf_init(&leaf, LEAF_SIZE_MAX);
    record_format(&leaf, record);
    store(op, buf_span(&leaf));
    buf_done(&leaf);
    free(record);
    return deposit;
}

static void put_names(const struct deposit *deposit)
{
    struct batch_op op = { .kind = BATCH_NAMES };

    memcpy(op.id, deposit->payload_root.bytes, 32);
    store(op, span_of(names, 32 * payload_block_count(deposit->payload_size)));
}

static void put_block(const uint8_t name[static 32])
{
    struct block_id id;
    struct batch batch;

    memcpy(id.bytes, name, 32);
    disk_group_add(disk, &id, span_str("bytes"));
    batch_init(&batch, 0);
    disk_submit(disk, &batch);
    cr_assert(disk_sync(disk));
}

static size_t load(const struct want *asked, size_t count)
{
    size_t wants_count;

    fetch_load(disk_source(disk), NULL, asked, count, items, wants,
               &wants_count, NULL);
    return wants_count;
}

/* An item of one block lacks its header and the block named by its root. */
Test(fetch, small_item)
{
    struct want asked = { .kind = WANT_BLOCK, .index = 3 };
    struct deposit deposit = put_deposit(3, PAYLOAD_SIZE_MIN);

    cr_assert_eq(load(&asked, 1), 2);
    cr_assert_eq(items[0].err, ERR_OK);
    cr_assert_not(items[0].whole);
    cr_assert_not(items[0].more);
    cr_assert_eq(wants[0].kind, WANT_HEADER);
    cr_assert_eq(wants[0].size, 100);
    cr_assert_eq(wants[1].kind, WANT_BLOCK);
    cr_assert_arr_eq(wants[1].name.bytes, deposit.payload_root.bytes, 32);
    cr_assert_eq(wants[1].size, PAYLOAD_SIZE_MIN);
    put_block(deposit.header_id.bytes);
    put_block(deposit.payload_root.bytes);
    cr_assert_eq(load(&asked, 1), 0);
    cr_assert(items[0].whole);
}

/* A leaf that is no deposit lacks nothing; one that is not there is skipped. */
Test(fetch, other_leaves)
{
    struct want asked[2] = { { .index = 0 }, { .index = 9 } };
    struct batch_op op = { .kind = BATCH_LEAF };

    store(op, span_str("holdfast record 1 anchor\norigin x\n"));
    cr_assert_eq(load(asked, 2), 0);
    cr_assert(items[0].whole);
    cr_assert_eq(items[1].err, ERR_NOT_FOUND);
}

/* A large payload lacks its names first, then its blocks in parts, each part
 * going on where the one before ended. */
Test(fetch, large_item)
{
    struct want asked = { .kind = WANT_BLOCK };
    struct deposit deposit;
    uint64_t size;

    cr_assert_eq(padme((MANY - 30) * (uint64_t)BLOCK_SIZE_MAX, &size), ERR_OK);
    deposit = put_deposit(0, size);
    put_block(deposit.header_id.bytes);
    cr_assert_eq(load(&asked, 1), 1);
    cr_assert_eq(wants[0].kind, WANT_NAMES);
    cr_assert_eq(wants[0].size, size);
    cr_assert(items[0].more);
    put_names(&deposit);
    put_block(names[1].bytes);
    cr_assert_eq(load(&asked, 1), LOAD_WANTS_MAX);
    cr_assert(items[0].more);
    cr_assert_eq(items[0].next, LOAD_WANTS_MAX + 1);
    cr_assert_arr_eq(wants[1].name.bytes, names[2].bytes, 32);
    asked.page = items[0].next;
    cr_assert_eq(load(&asked, 1),
                 payload_block_count(size) - LOAD_WANTS_MAX - 1);
    cr_assert_not(items[0].more);
}

/* WANT_ROOT tells the root that a ledger had. */
Test(fetch, old_root)
{
    struct want asked = { .kind = WANT_ROOT, .ledger = 4, .index = 2 };
    struct digest leaves[2] = { { { 1 } }, { { 2 } } };
    struct digest root;

    for (size_t i = 0; i < 2; i++) {
        store((struct batch_op){ .kind = BATCH_NODE, .ledger = 4, .index = i },
              span_of(leaves[i].bytes, 32));
    }
    merkle_node(&leaves[0], &leaves[1], &root);
    store((struct batch_op){ .kind = BATCH_NODE, .ledger = 4, .level = 1 },
          span_of(root.bytes, 32));
    cr_assert_eq(load(&asked, 1), 0);
    cr_assert_eq(items[0].err, ERR_OK);
    cr_assert(digest_equal(&items[0].root, &root));
}
