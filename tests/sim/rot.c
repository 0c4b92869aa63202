/* SPDX-License-Identifier: Apache-2.0 */
#include "rot.h"

#include <string.h>

#include "base/check.h"
#include "model/block.h"

struct reading {
    struct rot_found *found;
    bool header;
};

static void read_block(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct reading *reading = ctx;
    struct bad_block bad = { .header = reading->header, .cause = BAD_BYTES };

    (void)name;
    memcpy(bad.name.bytes, op->id, 32);
    if (block_verify(value, &bad.name) != ERR_OK &&
        reading->found->bad_count < ROT_BAD_MAX) {
        reading->found->bad[reading->found->bad_count] = bad;
        reading->found->bad_count++;
    }
}

struct using
{
    struct disk *disk;
    struct rot_found *found;
};

/* Does this item need it? Its payload has one block, or a page of names. */
static bool uses(struct disk *disk, const struct batch_op *item,
                 struct span value, const struct bad_block *bad)
{
    const struct source *source = disk_source(disk);
    struct payload_root root;
    struct buf names;
    bool found = false;

    if (bad->header) {
        return memcmp(value.data, bad->name.bytes, 32) == 0;
    }
    if (memcmp(item->id, bad->name.bytes, 32) == 0) {
        return true;
    }
    memcpy(root.bytes, item->id, 32);
    buf_init(&names, 1 << 20);
    if (source->names(source->ctx, &root, 0, &names) == ERR_OK) {
        for (size_t at = 0; at < names.size; at += 32) {
            found = found || memcmp(names.data + at, bad->name.bytes, 32) == 0;
        }
    }
    buf_done(&names);
    return found;
}

static void use(void *ctx, const struct batch_op *op, struct span name,
                struct span value)
{
    struct using *using = ctx;
    struct rot_found *found = using->found;

    (void)name;
    for (size_t i = 0; i < found->bad_count; i++) {
        struct bad_user user = { .bad = i,
                                 .ledger = op->ledger,
                                 .index = op->index };

        memcpy(user.root.bytes, op->id, 32);
        if (uses(using->disk, op, value, &found->bad[i])) {
            CHECK(found->users_count < ROT_USERS_MAX);
            found->users[found->users_count] = user;
            found->users_count++;
        }
    }
}

void rot_reread(struct disk *disk, struct rot_found *ret_found)
{
    struct reading reading = { ret_found, false };
    struct using using = { disk, ret_found };

    ret_found->bad_count = 0;
    ret_found->users_count = 0;
    disk_each(disk, DISK_BLOCK, read_block, &reading);
    reading.header = true;
    disk_each(disk, BATCH_HEADER, read_block, &reading);
    disk_each(disk, BATCH_ITEM, use, &using);
}

bool rot_is_good(struct disk *disk, const struct block_id *name)
{
    const struct source *source = disk_source(disk);
    struct buf bytes;
    bool good;

    buf_init(&bytes, BLOCK_SIZE_MAX);
    good = source->block(source->ctx, name, &bytes) == ERR_OK &&
           block_verify(buf_span(&bytes), name) == ERR_OK;
    buf_done(&bytes);
    return good;
}

struct nth {
    size_t left;
    bool found;
    struct block_id name;
};

static void count_down(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct nth *nth = ctx;

    (void)name;
    (void)value;
    if (nth->left == 0 && !nth->found) {
        nth->found = true;
        memcpy(nth->name.bytes, op->id, 32);
    }
    nth->left -= nth->left > 0;
}

bool rot_name(const struct disk *disk, bool header, size_t nth,
              struct block_id *ret_name)
{
    struct nth count = { .left = nth };

    disk_each(disk, header ? (int)BATCH_HEADER : DISK_BLOCK, count_down,
              &count);
    if (count.found) {
        *ret_name = count.name;
    }
    return count.found;
}

struct counting {
    bool any_ledger;
    uint32_t ledger;
    uint64_t count;
};

static void count_one(void *ctx, const struct batch_op *op, struct span name,
                      struct span value)
{
    struct counting *counting = ctx;

    (void)name;
    (void)value;
    counting->count += counting->any_ledger || op->ledger == counting->ledger;
}

uint64_t disk_size(const struct disk *disk, uint32_t ledger)
{
    struct counting counting = { .ledger = ledger };

    disk_each(disk, BATCH_LEAF, count_one, &counting);
    return counting.count;
}

size_t disk_count(const struct disk *disk, int kind)
{
    struct counting counting = { .any_ledger = true };

    disk_each(disk, kind, count_one, &counting);
    return (size_t)counting.count;
}
