/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fetch.h"

#include <string.h>

#include "core/leaf.h"
#include "core/tree.h"
#include "model/block.h"
#include "model/placement.h"

struct loader {
    const struct source *source;
    const struct placement *placement;
    struct want *wants;
    size_t count;
    struct buf bytes;     /* a leaf, or a page of names */
    struct record record; /* room for leaf_deposit() */
    struct record inner;
    struct buf *leaf; /* borrowed */
};

static bool add(struct loader *loader, const struct want *want)
{
    if (loader->count == LOAD_WANTS_MAX) {
        return false;
    }
    loader->wants[loader->count] = *want;
    loader->count++;
    return true;
}

/* ERR_OK: it is there. ERR_NOT_FOUND: it is lacking. Others: skip the item. */
static enum err have(const struct loader *loader, const uint8_t name[static 32])
{
    struct block_id id;

    memcpy(id.bytes, name, sizeof(id.bytes));
    return loader->source->have(loader->source->ctx, &id);
}

/* Blocks of one page, from block `next` on. */
static enum err load_page(struct loader *loader, const struct deposit *deposit,
                          struct want *want, struct loaded_item *item)
{
    uint64_t first = item->next / NAMES_PER_PAGE * NAMES_PER_PAGE;
    size_t count = payload_page_names(deposit->payload_size,
                                      (size_t)(first / NAMES_PER_PAGE));

    if (loader->bytes.size != count * 32) {
        return ERR_CORRUPT;
    }
    while (item->next < first + count) {
        const uint8_t *name = loader->bytes.data + (item->next - first) * 32;
        enum err err = have(loader, name);

        if (err == ERR_NOT_FOUND) {
            want->kind = WANT_BLOCK;
            memcpy(want->name.bytes, name, sizeof(want->name.bytes));
            want->size = payload_block_size(deposit->payload_size, item->next);
            if (!add(loader, want)) {
                item->more = true;
                return ERR_OK;
            }
            item->whole = false;
        } else if (err != ERR_OK) {
            return err;
        }
        item->next++;
    }
    return ERR_OK;
}

static enum err read_names(struct loader *loader,
                           const struct payload_root *root, uint32_t page)
{
    buf_clear(&loader->bytes);
    return loader->source->names(loader->source->ctx, root, page,
                                 &loader->bytes);
}

/* All blocks of a payload of several. */
static enum err load_blocks(struct loader *loader,
                            const struct deposit *deposit, struct want *want,
                            struct loaded_item *item)
{
    uint64_t blocks = payload_block_count(deposit->payload_size);

    while (item->next < blocks && !item->more) {
        uint32_t page = (uint32_t)(item->next / NAMES_PER_PAGE);
        enum err err = read_names(loader, &deposit->payload_root, page);

        if (err == ERR_NOT_FOUND) {
            want->kind = WANT_NAMES;
            memcpy(want->name.bytes, deposit->payload_root.bytes,
                   sizeof(want->name.bytes));
            want->page = page;
            want->size = deposit->payload_size;
            (void)add(loader, want); /* no room: it comes with the next load */
            item->whole = false;
            item->more = true;
            return ERR_OK;
        }
        if (err == ERR_OK) {
            err = load_page(loader, deposit, want, item);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* A payload of one block has no names: its root is the block's name. */
static enum err load_single(struct loader *loader,
                            const struct deposit *deposit, struct want *want,
                            struct loaded_item *item)
{
    enum err err = have(loader, deposit->payload_root.bytes);

    if (err != ERR_NOT_FOUND) {
        return err;
    }
    want->kind = WANT_BLOCK;
    memcpy(want->name.bytes, deposit->payload_root.bytes,
           sizeof(want->name.bytes));
    want->size = deposit->payload_size;
    item->whole = false;
    item->more = !add(loader, want);
    return ERR_OK;
}

static enum err load_deposit(struct loader *loader,
                             const struct deposit *deposit, struct want *want,
                             struct loaded_item *item)
{
    enum err err = have(loader, deposit->header_id.bytes);

    if (err == ERR_NOT_FOUND && item->next == 0) {
        want->kind = WANT_HEADER;
        memcpy(want->name.bytes, deposit->header_id.bytes,
               sizeof(want->name.bytes));
        want->size = deposit->header_size;
        item->whole = false;
        if (!add(loader, want)) {
            item->more = true;
            return ERR_OK;
        }
    } else if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    if (payload_block_count(deposit->payload_size) == 1) {
        return load_single(loader, deposit, want, item);
    }
    return load_blocks(loader, deposit, want, item);
}

static enum err load_root(const struct source *source, const struct want *from,
                          struct digest *ret_root)
{
    struct tree_reader reader = { source, from->ledger };
    struct merkle_nodes nodes = tree_nodes(&reader);

    return merkle_root_at(&nodes, from->index, ret_root);
}

/* A leaf that cannot be read counts as placed everywhere: whoever looks at it
 * next finds that out. */
static void load_place(struct loader *loader, const struct want *from,
                       struct loaded_item *item)
{
    struct deposit deposit;

    item->mask = UINT32_MAX;
    buf_clear(&loader->bytes);
    item->err = loader->source->leaf(loader->source->ctx, from->ledger,
                                     from->index, &loader->bytes);
    if (item->err == ERR_OK && loader->placement != NULL &&
        leaf_deposit(buf_span(&loader->bytes), &loader->record, &loader->inner,
                     &deposit)) {
        item->mask = placement_of(loader->placement, &deposit.payload_root);
    }
}

/* The first `bits` of two roots, at least one and at most all. */
static bool same_bits(const uint8_t *a, const uint8_t *b, size_t bits)
{
    return memcmp(a, b, bits / 8) == 0 &&
           (bits % 8 == 0 ||
            (a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8) == 0);
}

static void load_found(const struct loader *loader, const struct want *from,
                       struct loaded_item *item)
{
    struct payload_root root;
    struct source_item found;

    memcpy(root.bytes, from->name.bytes, sizeof(root.bytes));
    item->err = loader->source->item(loader->source->ctx, &root, from->ledger,
                                     from->index, &found);
    if (item->err == ERR_OK &&
        !same_bits(found.root.bytes, root.bytes,
                   from->size == 0 ? 8 * DIGEST_SIZE : (size_t)from->size)) {
        item->err = ERR_NOT_FOUND;
    }
    if (item->err == ERR_OK) {
        memcpy(item->root.bytes, found.root.bytes, sizeof(item->root.bytes));
        item->ledger = found.ledger;
        item->index = found.index;
    }
}

static void load_item(struct loader *loader, const struct want *from,
                      struct loaded_item *item)
{
    struct want want = { .ledger = from->ledger, .index = from->index };
    struct deposit deposit;

    *item = (struct loaded_item){ .ledger = from->ledger,
                                  .index = from->index,
                                  .whole = true,
                                  .next = from->page };
    if (from->kind == WANT_ROOT) {
        item->err = load_root(loader->source, from, &item->root);
        return;
    }
    if (from->kind == WANT_PLACE) {
        load_place(loader, from, item);
        return;
    }
    if (from->kind == WANT_ITEM) {
        load_found(loader, from, item);
        return;
    }
    if (from->kind == WANT_LEAF) {
        item->err = loader->source->leaf(loader->source->ctx, from->ledger,
                                         from->index, loader->leaf);
        return;
    }
    if (loader->count == LOAD_WANTS_MAX) {
        item->whole = false;
        item->more = true;
        return;
    }
    buf_clear(&loader->bytes);
    item->err = loader->source->leaf(loader->source->ctx, from->ledger,
                                     from->index, &loader->bytes);
    if (item->err != ERR_OK ||
        !leaf_deposit(buf_span(&loader->bytes), &loader->record, &loader->inner,
                      &deposit)) {
        return;
    }
    item->err = load_deposit(loader, &deposit, &want, item);
}

void fetch_load(const struct source *source, const struct placement *placement,
                const struct want *items, size_t count,
                struct loaded_item *ret_items, struct want *ret_wants,
                size_t *ret_wants_count, struct buf *ret_leaf)
{
    struct loader loader;

    loader.source = source;
    loader.placement = placement;
    loader.wants = ret_wants;
    loader.leaf = ret_leaf;
    loader.count = 0;
    buf_init(&loader.bytes, NAMES_PER_PAGE * 32);
    for (size_t i = 0; i < count; i++) {
        load_item(&loader, &items[i], &ret_items[i]);
    }
    buf_done(&loader.bytes);
    *ret_wants_count = loader.count;
}
