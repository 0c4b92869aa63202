/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/intake.h"
#include "crypto/secret.h"
#include "model/batch.h"
#include "model/block.h"
#include "model/padme.h"
#include "sim/disk.h"

static struct disk *disk;
static struct deposit_item item;
static struct deposit_facts facts;
static struct why why;
static struct block_id names[3];
static uint8_t *payload;

/* An item of two blocks, all of it in the open group. */
static void setup(void)
{
    uint64_t size;

    cr_assert_eq(crypto_init(), ERR_OK);
    disk = disk_new();
    memset(&item, 0, sizeof(item));
    cr_assert_eq(padme(1100000, &size), ERR_OK);
    payload = calloc(1, size);
    item.size = size;
    item.header_bytes = span_str("a header object");
    cr_assert_eq(header_name(item.header_bytes, &item.header), ERR_OK);
    for (size_t i = 0; i < 2; i++) {
        struct span block =
            span_of(payload + i * BLOCK_SIZE_MAX, payload_block_size(size, i));

        payload[i * BLOCK_SIZE_MAX] = (uint8_t)(i + 1);
        cr_assert_eq(block_name(block, &names[i]), ERR_OK);
        disk_group_add(disk, &names[i], block);
    }
    payload_root_of(names, 2, &item.root);
    item.names = names;
    item.names_count = 2;
}

static void teardown(void)
{
    disk_free(disk);
    free(payload);
}

TestSuite(intake, .init = setup, .fini = teardown);

static enum err check(void)
{
    deposit_check(disk_intake(disk), &item, NULL, 0, &facts, &why);
    return facts.err;
}

static void put(struct batch_op op, struct span value)
{
    struct batch batch;

    batch_init(&batch, 1 << 20);
    batch_add(&batch, &op, span_of(NULL, 0), value);
    disk_submit(disk, &batch);
    cr_assert(disk_sync(disk));
}

/* Blocks that are not durable yet count. */
Test(intake, good)
{
    cr_assert_eq(check(), ERR_OK);
    cr_assert_not(facts.registered);
}

/* A header object under a wrong name, empty or too large. */
Test(intake, wrong_header)
{
    item.header.bytes[0] ^= 1;
    cr_assert_eq(check(), ERR_WRONG_HASH);
    item.header_bytes.size = 0;
    cr_assert_eq(check(), ERR_RANGE);
}

/* A size that no padded payload has, and one that the names do not fit. */
Test(intake, wrong_size)
{
    item.size++;
    cr_assert_eq(check(), ERR_RANGE);
    item.size = PAYLOAD_SIZE_MIN;
    item.names_count = 0;
    cr_assert_eq(check(), ERR_NOT_FOUND);
}

/* Names that do not give the root, or too few of them. */
Test(intake, wrong_names)
{
    names[1].bytes[5] ^= 1;
    cr_assert_eq(check(), ERR_WRONG_HASH);
    item.names_count = 1;
    cr_assert_eq(check(), ERR_RANGE);
    item.names_count = 0;
    cr_assert_eq(check(), ERR_NOT_FOUND);
}

/* A block that is not here. */
Test(intake, lacks_block)
{
    disk_crash(disk);
    cr_assert_eq(check(), ERR_NOT_FOUND);
}

/* Names that an earlier attempt stored need not come again. */
Test(intake, stored_names)
{
    struct batch_op op = { .kind = BATCH_NAMES };

    memcpy(op.id, item.root.bytes, 32);
    put(op, span_of(names, 64));
    item.names_count = 0;
    cr_assert_eq(check(), ERR_OK);
}

/* Registered with the same header and commitment: where; with others:
 * refused. */
Test(intake, registered)
{
    struct batch_op op = { .kind = BATCH_ITEM, .ledger = 2, .index = 7 };
    uint8_t value[64] = { 0 };

    memcpy(op.id, item.root.bytes, 32);
    memcpy(value, item.header.bytes, 32);
    put(op, span_of(value, sizeof(value)));
    cr_assert_eq(check(), ERR_OK);
    cr_assert(facts.registered);
    cr_assert_eq(facts.ledger, 2);
    cr_assert_eq(facts.index, 7);
    item.commitment.bytes[0] = 1;
    cr_assert_eq(check(), ERR_CONFLICT);
    deposit_find(disk_source(disk), &item, &facts);
    cr_assert_not(facts.registered);
}

static void set_held(uint32_t ledger, uint64_t index)
{
    struct batch_op op = { .kind = BATCH_HELD,
                           .ledger = ledger,
                           .index = index / HELD_CHUNK_BITS };
    uint8_t bits[HELD_CHUNK_BITS / 8] = { 0 };

    bits[index % HELD_CHUNK_BITS / 8] = (uint8_t)(1u << (index % 8));
    put(op, span_of(bits, sizeof(bits)));
}

static void register_at(uint32_t ledger, uint64_t index)
{
    struct batch_op op = { .kind = BATCH_ITEM,
                           .ledger = ledger,
                           .index = index };
    uint8_t value[64] = { 0 };

    memcpy(op.id, item.root.bytes, 32);
    memcpy(value, item.header.bytes, 32);
    put(op, span_of(value, sizeof(value)));
}

/* An item that stands in a ledger and is not held is completed by whoever
 * brings all of it; each leaf in its turn, and none that is held. */
Test(intake, completes)
{
    register_at(2, 7);
    register_at(3, 5000);
    cr_assert_eq(check(), ERR_OK);
    cr_assert(facts.registered);
    cr_assert(facts.completes);
    cr_assert_eq(facts.held_ledger, 2);
    cr_assert_eq(facts.held_index, 7);
    set_held(2, 7);
    cr_assert_eq(check(), ERR_OK);
    cr_assert_eq(facts.index, 7); /* where it was first: that is the receipt */
    cr_assert(facts.completes);
    cr_assert_eq(facts.held_ledger, 3);
    cr_assert_eq(facts.held_index, 5000);
    set_held(3, 5000);
    cr_assert_eq(check(), ERR_OK);
    cr_assert(facts.registered);
    cr_assert_not(facts.completes);
}

/* With a block missing, a header object of another name, or names that are not
 * its own, it stays as it was: registered, not held. */
Test(intake, does_not_complete)
{
    struct span header = item.header_bytes;

    register_at(2, 7);
    item.header_bytes = span_str("another header object");
    cr_assert_eq(check(), ERR_OK);
    cr_assert(facts.registered);
    cr_assert_not(facts.completes);
    item.header_bytes = span_of(NULL, 0);
    cr_assert_eq(check(), ERR_OK);
    cr_assert_not(facts.completes);
    item.header_bytes = header;
    names[1].bytes[0] ^= 1;
    cr_assert_eq(check(), ERR_OK);
    cr_assert_not(facts.completes);
    names[1].bytes[0] ^= 1;
    disk_free(disk);
    disk = disk_new(); /* without the blocks */
    register_at(2, 7);
    cr_assert_eq(check(), ERR_OK);
    cr_assert(facts.registered);
    cr_assert_not(facts.completes);
}
