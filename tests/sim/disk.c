/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "wire/message.h"

#define KEY_MAX 192
#define WAITING_MAX 8
#define ALL_KINDS (-1)

struct entry {
    struct batch_op op;
    uint8_t key[KEY_MAX];
    size_t key_size;
    uint8_t *value; /* owned */
    size_t value_size;
    size_t name_size; /* the last bytes of the key */
};

struct list {
    struct entry *entries; /* owned */
    size_t count;
    size_t room;
};

struct disk {
    struct list durable; /* sorted by key */
    struct list group;   /* the open one */
    struct list waiting[WAITING_MAX];
    size_t waiting_count;
    struct list synced; /* keys of the last sync */
    struct disk_mark mark;
    struct source source;
    struct source intake;
};

/* ---- entries ---- */

static uint8_t *put_number(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    return at + size;
}

static void make_key(struct entry *entry, int kind, struct span name)
{
    const struct batch_op *op = &entry->op;
    bool by_id = kind == BATCH_ITEM || kind == BATCH_HEADER ||
                 kind == BATCH_NAMES || kind == BATCH_PENDING ||
                 kind == BATCH_PENDING_GONE || kind == BATCH_HEADER_GONE ||
                 kind == BATCH_BLOCK_ASIDE || kind == DISK_BLOCK;
    uint8_t *at = entry->key;

    memset(entry->key, 0, sizeof(entry->key));
    at = put_number(at, (uint64_t)kind, 1);
    if (by_id) {
        memcpy(at, op->id, 32);
    }
    at += 32;
    at = put_number(at, op->ledger, 4);
    at = put_number(at, op->level, 4);
    at = put_number(at, op->index, 8);
    CHECK(name.size <= KEY_MAX - 49);
    if (name.size > 0) {
        memcpy(at, name.data, name.size);
    }
    entry->name_size = name.size;
    entry->key_size = 49 + name.size;
}

static int compare(const struct entry *a, const struct entry *b)
{
    size_t size = a->key_size < b->key_size ? a->key_size : b->key_size;
    int order = memcmp(a->key, b->key, size);

    return order != 0
               ? order
               : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

/* The first entry that is not before this key. */
static size_t place(const struct list *list, const struct entry *key)
{
    size_t low = 0;
    size_t high = list->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (compare(&list->entries[middle], key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct entry *find(const struct list *list,
                                const struct entry *key)
{
    size_t at = place(list, key);

    if (at < list->count && compare(&list->entries[at], key) == 0) {
        return &list->entries[at];
    }
    return NULL;
}

static void list_done(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].value);
    }
    free(list->entries);
    memset(list, 0, sizeof(*list));
}

static void make_room(struct list *list)
{
    if (list->count == list->room) {
        list->room = list->room == 0 ? 64 : list->room * 2;
        list->entries =
            realloc(list->entries, list->room * sizeof(*list->entries));
        CHECK(list->entries != NULL);
    }
}

static uint8_t *copy_value(struct span value)
{
    uint8_t *copy = malloc(value.size + 1);

    CHECK(copy != NULL);
    if (value.size > 0) {
        memcpy(copy, value.data, value.size);
    }
    return copy;
}

/* Append, unsorted; the value is copied. */
static void list_append(struct list *list, const struct entry *entry,
                        struct span value)
{
    make_room(list);
    list->entries[list->count] = *entry;
    list->entries[list->count].value = copy_value(value);
    list->entries[list->count].value_size = value.size;
    list->count++;
}

/* Insert or replace in order; the value is copied. */
static void list_put(struct list *list, const struct entry *entry)
{
    size_t at = place(list, entry);
    struct span value = span_of(entry->value, entry->value_size);

    if (at < list->count && compare(&list->entries[at], entry) == 0) {
        free(list->entries[at].value);
        list->entries[at].value = copy_value(value);
        list->entries[at].value_size = value.size;
        return;
    }
    make_room(list);
    memmove(&list->entries[at + 1], &list->entries[at],
            (list->count - at) * sizeof(*list->entries));
    list->entries[at] = *entry;
    list->entries[at].value = copy_value(value);
    list->count++;
}

static void list_remove(struct list *list, const struct entry *key)
{
    size_t at = place(list, key);

    if (at < list->count && compare(&list->entries[at], key) == 0) {
        free(list->entries[at].value);
        memmove(&list->entries[at], &list->entries[at + 1],
                (list->count - at - 1) * sizeof(*list->entries));
        list->count--;
    }
}

/* ---- reading ---- */

static const struct entry *look_up(const struct disk *disk, int kind,
                                   const struct batch_op *op, struct span name)
{
    struct entry key;

    key.op = *op;
    make_key(&key, kind, name);
    return find(&disk->durable, &key);
}

static enum err give(const struct entry *entry, struct buf *bytes)
{
    if (entry == NULL) {
        return ERR_NOT_FOUND;
    }
    buf_put_data(bytes, entry->value, entry->value_size);
    return bytes->err;
}

static enum err read_leaf(void *ctx, uint32_t ledger, uint64_t index,
                          struct buf *bytes)
{
    struct batch_op op = { .ledger = ledger, .index = index };

    return give(look_up(ctx, BATCH_LEAF, &op, span_of(NULL, 0)), bytes);
}

static enum err read_node(void *ctx, uint32_t ledger, uint32_t level,
                          uint64_t index, struct digest *ret_hash)
{
    struct batch_op op = { .ledger = ledger, .level = level, .index = index };
    const struct entry *entry = look_up(ctx, BATCH_NODE, &op, span_of(NULL, 0));

    if (entry == NULL) {
        return ERR_NOT_FOUND;
    }
    memcpy(ret_hash->bytes, entry->value, 32);
    return ERR_OK;
}

static const struct entry *find_block(const struct disk *disk,
                                      const struct block_id *name)
{
    struct batch_op op = { 0 };
    const struct entry *entry;

    memcpy(op.id, name->bytes, 32);
    entry = look_up(disk, DISK_BLOCK, &op, span_of(NULL, 0));
    return entry != NULL ? entry
                         : look_up(disk, BATCH_HEADER, &op, span_of(NULL, 0));
}

static enum err read_block(void *ctx, const struct block_id *name,
                           struct buf *bytes)
{
    return give(find_block(ctx, name), bytes);
}

static enum err have_block(void *ctx, const struct block_id *name)
{
    return find_block(ctx, name) != NULL ? ERR_OK : ERR_NOT_FOUND;
}

static bool in_list(const struct list *list, const struct block_id *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].key[0] == DISK_BLOCK &&
            memcmp(list->entries[i].op.id, name->bytes, 32) == 0) {
            return true;
        }
    }
    return false;
}

static enum err have_intake(void *ctx, const struct block_id *name)
{
    const struct disk *disk = ctx;

    if (find_block(disk, name) != NULL || in_list(&disk->group, name)) {
        return ERR_OK;
    }
    for (size_t i = 0; i < disk->waiting_count; i++) {
        if (in_list(&disk->waiting[i], name)) {
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}

static enum err read_names(void *ctx, const struct payload_root *root,
                           uint32_t page, struct buf *bytes)
{
    struct batch_op op = { .index = page };

    memcpy(op.id, root->bytes, 32);
    return give(look_up(ctx, BATCH_NAMES, &op, span_of(NULL, 0)), bytes);
}

/* The kept checkpoint of this ledger with the least number from here on. */
static const struct entry *next_kept(const struct disk *disk, struct span name,
                                     uint64_t number)
{
    const struct entry *found = NULL;

    for (size_t i = 0; i < disk->durable.count; i++) {
        const struct entry *entry = &disk->durable.entries[i];

        if (entry->key[0] == BATCH_NOTE &&
            entry->op.level == NOTE_COSIGNATURE && entry->op.index >= number &&
            span_equal(span_of(entry->key + 49, entry->name_size), name) &&
            (found == NULL || entry->op.index < found->op.index)) {
            found = entry;
        }
    }
    return found;
}

static enum err read_note(void *ctx, uint32_t kind, struct span name,
                          uint64_t number, struct buf *bytes)
{
    struct batch_op op = { .level = kind, .index = number };

    if (kind == NOTE_COSIGNATURE) {
        return give(next_kept(ctx, name, number), bytes);
    }
    return give(look_up(ctx, BATCH_NOTE, &op, name), bytes);
}

static enum err read_held(void *ctx, uint32_t ledger, uint64_t chunk,
                          struct buf *bytes)
{
    struct batch_op op = { .ledger = ledger, .index = chunk };

    return give(look_up(ctx, BATCH_HELD, &op, span_of(NULL, 0)), bytes);
}

static enum err read_item(void *ctx, const struct payload_root *from,
                          uint32_t ledger, uint64_t index,
                          struct source_item *ret_item)
{
    const struct disk *disk = ctx;
    struct entry key;
    const struct entry *entry;
    size_t at;

    key.op = (struct batch_op){ .ledger = ledger, .index = index };
    memcpy(key.op.id, from->bytes, 32);
    make_key(&key, BATCH_ITEM, span_of(NULL, 0));
    at = place(&disk->durable, &key);
    if (at == disk->durable.count ||
        disk->durable.entries[at].key[0] != BATCH_ITEM) {
        return ERR_NOT_FOUND;
    }
    entry = &disk->durable.entries[at];
    memcpy(ret_item->root.bytes, entry->op.id, 32);
    ret_item->ledger = entry->op.ledger;
    ret_item->index = entry->op.index;
    memcpy(ret_item->header.bytes, entry->value, 32);
    memcpy(ret_item->commitment.bytes, entry->value + 32, 32);
    return ERR_OK;
}

/* ---- the disk ---- */

struct disk *disk_new(void)
{
    struct disk *disk = calloc(1, sizeof(*disk));

    CHECK(disk != NULL);
    disk->source = (struct source){
        .ctx = disk,
        .leaf = read_leaf,
        .node = read_node,
        .block = read_block,
        .have = have_block,
        .names = read_names,
        .note = read_note,
        .held = read_held,
        .item = read_item,
    };
    disk->intake = disk->source;
    disk->intake.have = have_intake;
    return disk;
}

void disk_free(struct disk *disk)
{
    if (disk == NULL) {
        return;
    }
    disk_crash(disk);
    list_done(&disk->durable);
    list_done(&disk->synced);
    free(disk);
}

struct disk *disk_copy(const struct disk *disk)
{
    struct disk *copy = disk_new();

    for (size_t i = 0; i < disk->durable.count; i++) {
        const struct entry *entry = &disk->durable.entries[i];

        list_append(&copy->durable, entry,
                    span_of(entry->value, entry->value_size));
    }
    copy->mark = disk->mark;
    return copy;
}

const struct source *disk_source(struct disk *disk)
{
    return &disk->source;
}

const struct source *disk_intake(struct disk *disk)
{
    return &disk->intake;
}

void disk_group_add(struct disk *disk, const struct block_id *name,
                    struct span bytes)
{
    struct entry entry;

    if (have_intake(disk, name) == ERR_OK) {
        return;
    }
    memset(&entry, 0, sizeof(entry));
    memcpy(entry.op.id, name->bytes, 32);
    make_key(&entry, DISK_BLOCK, span_of(NULL, 0));
    list_append(&disk->group, &entry, bytes);
}

void disk_submit(struct disk *disk, struct batch *batch)
{
    struct list *list = &disk->waiting[disk->waiting_count];

    CHECK(disk->waiting_count < WAITING_MAX);
    disk->waiting_count++;
    *list = disk->group;
    memset(&disk->group, 0, sizeof(disk->group));
    for (size_t i = 0; i < batch->count; i++) {
        struct entry entry;

        memset(&entry, 0, sizeof(entry));
        entry.op = batch->ops[i];
        make_key(&entry, (int)entry.op.kind, batch_name(batch, &entry.op));
        list_append(list, &entry, batch_value(batch, &entry.op));
    }
    batch_done(batch);
}

void disk_submit_alone(struct disk *disk, struct batch *batch)
{
    struct list group = disk->group;

    memset(&disk->group, 0, sizeof(disk->group));
    disk_submit(disk, batch);
    disk->group = group;
}

static void apply(struct disk *disk, struct entry *entry)
{
    enum batch_kind kind = entry->op.kind;

    if (entry->key[0] == BATCH_PENDING_GONE ||
        entry->key[0] == BATCH_NOTE_GONE) {
        struct entry key = *entry;
        struct span name = span_of(entry->key + 49, entry->name_size);

        make_key(&key, kind == BATCH_PENDING_GONE ? BATCH_PENDING : BATCH_NOTE,
                 name);
        list_remove(&disk->durable, &key);
        return;
    }
    if (kind == BATCH_BLOCK_ASIDE || kind == BATCH_HEADER_GONE) {
        struct entry key = *entry;

        key.op.index = key.op.level = 0; /* its place: there is only one */
        make_key(&key,
                 kind == BATCH_HEADER_GONE ? (int)BATCH_HEADER : DISK_BLOCK,
                 span_of(NULL, 0));
        list_remove(&disk->durable, &key);
        return;
    }
    list_put(&disk->durable, entry);
}

void disk_rot(struct disk *disk, const struct block_id *name)
{
    const struct entry *entry = find_block(disk, name);

    CHECK(entry != NULL);
    entry->value[entry->value_size / 2] ^= 1;
}

bool disk_sync(struct disk *disk)
{
    if (disk->waiting_count == 0) {
        return false;
    }
    list_done(&disk->synced);
    disk->synced = disk->waiting[0];
    disk->waiting_count--;
    memmove(&disk->waiting[0], &disk->waiting[1],
            disk->waiting_count * sizeof(disk->waiting[0]));
    for (size_t i = 0; i < disk->synced.count; i++) {
        apply(disk, &disk->synced.entries[i]);
    }
    return true;
}

void disk_put_note(struct disk *disk, uint32_t kind, uint64_t number,
                   struct span note)
{
    struct entry entry;

    memset(&entry, 0, sizeof(entry));
    entry.op = (struct batch_op){ BATCH_NOTE, .level = kind, .index = number };
    make_key(&entry, BATCH_NOTE, span_of(NULL, 0));
    entry.value = (uint8_t *)(uintptr_t)note.data; /* it is copied */
    entry.value_size = note.size;
    list_put(&disk->durable, &entry);
}

void disk_crash(struct disk *disk)
{
    list_done(&disk->group);
    for (size_t i = 0; i < disk->waiting_count; i++) {
        list_done(&disk->waiting[i]);
    }
    disk->waiting_count = 0;
}

struct disk_mark *disk_mark(struct disk *disk)
{
    return &disk->mark;
}

void disk_hollow(struct disk *disk)
{
    for (size_t i = disk->durable.count; i-- > 0;) {
        struct entry entry = disk->durable.entries[i];

        if (entry.key[0] == DISK_BLOCK) {
            list_remove(&disk->durable, &entry);
        }
    }
}

static void each(const struct list *list, int kind, disk_each_fn fn, void *ctx)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct entry *entry = &list->entries[i];
        struct batch_op op = entry->op;

        if (kind != ALL_KINDS && entry->key[0] != kind) {
            continue;
        }
        if (entry->key[0] == DISK_BLOCK) {
            op.kind = BATCH_HEADER; /* told like a header object */
        }
        fn(ctx, &op, span_of(entry->key + 49, entry->name_size),
           span_of(entry->value, entry->value_size));
    }
}

void disk_each(const struct disk *disk, int kind, disk_each_fn fn, void *ctx)
{
    each(&disk->durable, kind, fn, ctx);
}

void disk_each_synced(const struct disk *disk, disk_each_fn fn, void *ctx)
{
    each(&disk->synced, ALL_KINDS, fn, ctx);
}

size_t disk_waiting(const struct disk *disk)
{
    return disk->waiting_count;
}

void disk_mark_move(struct disk_mark *mark, const struct effect *effect)
{
    switch (effect->sign.kind) {
    case SIGN_CHECKPOINT:
        mark->has = true;
        mark->origin = effect->sign.origin;
        mark->size = effect->sign.size;
        mark->root = effect->sign.root;
        break;
    case SIGN_COSIGNATURE:
        mark->cosigned = effect->sign.cosigned;
        break;
    case SIGN_STATEMENT:
        mark->statement = effect->sign.number;
        break;
    }
}
