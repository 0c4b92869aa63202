/* SPDX-License-Identifier: Apache-2.0 */
#include "model/block.h"

#include <string.h>

#include "base/check.h"

/* Leaf hashes of the slices of one block, at most BLOCK_SLICES. */
static size_t slices_hash(struct span bytes,
                          struct digest hashes[static BLOCK_SLICES])
{
    size_t count = 0;

    for (size_t at = 0; at < bytes.size; at += SLICE_SIZE) {
        CHECK(count < BLOCK_SLICES);
        merkle_leaf(span_part(bytes, at, SLICE_SIZE), &hashes[count++]);
    }
    return count;
}

static enum err slices_root(struct span bytes, struct digest *ret_root)
{
    struct digest hashes[BLOCK_SLICES];

    if (bytes.size == 0 || bytes.size > BLOCK_SIZE_MAX) {
        return ERR_RANGE;
    }
    merkle_root_of(hashes, slices_hash(bytes, hashes), ret_root);
    return ERR_OK;
}

enum err block_name(struct span bytes, struct block_id *ret_id)
{
    struct digest root;
    enum err err = slices_root(bytes, &root);

    if (err == ERR_OK) {
        *ret_id = block_id_from_digest(&root);
    }
    return err;
}

enum err header_name(struct span bytes, struct header_id *ret_id)
{
    struct digest root;
    enum err err = slices_root(bytes, &root);

    if (err == ERR_OK) {
        *ret_id = header_id_from_digest(&root);
    }
    return err;
}

enum err block_verify(struct span bytes, const struct block_id *id)
{
    struct block_id name;

    if (block_name(bytes, &name) != ERR_OK || !block_id_equal(&name, id)) {
        return ERR_WRONG_HASH;
    }
    return ERR_OK;
}

static uint64_t divide_up(uint64_t size, uint64_t part)
{
    return size / part + (size % part != 0);
}

static size_t part_size(uint64_t size, uint64_t part, uint64_t index)
{
    CHECK(index < divide_up(size, part));
    return (size_t)(size - index * part < part ? size - index * part : part);
}

uint64_t payload_block_count(uint64_t size)
{
    return divide_up(size, BLOCK_SIZE_MAX);
}

uint64_t payload_slice_count(uint64_t size)
{
    return divide_up(size, SLICE_SIZE);
}

size_t payload_page_count(uint64_t size)
{
    return (size_t)divide_up(payload_block_count(size), NAMES_PER_PAGE);
}

size_t payload_block_size(uint64_t size, uint64_t index)
{
    return part_size(size, BLOCK_SIZE_MAX, index);
}

size_t payload_slice_size(uint64_t size, uint64_t index)
{
    return part_size(size, SLICE_SIZE, index);
}

size_t payload_page_names(uint64_t size, size_t page)
{
    return part_size(payload_block_count(size), NAMES_PER_PAGE, page);
}

/* The root over names as leaf hashes, without copying them. */
static void names_root(const struct block_id *names, size_t count,
                       struct digest *ret_root)
{
    struct frontier frontier;

    CHECK(count >= 1);
    frontier_init(&frontier);
    for (size_t index = 0; index < count; index++) {
        struct digest hash = block_id_digest(&names[index]);

        frontier_append(&frontier, &hash, NULL);
    }
    frontier_root(&frontier, ret_root);
}

void payload_root_of(const struct block_id *names, size_t count,
                     struct payload_root *ret_root)
{
    struct digest root;

    names_root(names, count, &root);
    *ret_root = payload_root_from_digest(&root);
}

void names_page_root(const struct block_id *names, size_t count,
                     struct digest *ret_root)
{
    CHECK(count <= NAMES_PER_PAGE);
    names_root(names, count, ret_root);
}

void payload_root_of_pages(const struct digest *page_roots, size_t count,
                           struct payload_root *ret_root)
{
    struct digest root;

    CHECK(count >= 1 && count <= NAME_PAGES_MAX);
    merkle_root_of(page_roots, count, &root);
    *ret_root = payload_root_from_digest(&root);
}

enum err names_page_verify(const struct payload_root *root, uint64_t size,
                           size_t page, const struct block_id *names,
                           size_t name_count, const struct digest *page_roots,
                           size_t page_count)
{
    size_t pages;
    struct digest page_root;
    struct payload_root payload_root;

    if (size == 0 || size > PAYLOAD_SIZE_MAX) {
        return ERR_RANGE;
    }
    pages = payload_page_count(size);
    if (page >= pages || name_count != payload_page_names(size, page) ||
        (pages > 1 && page_count != pages)) {
        return ERR_RANGE;
    }
    names_page_root(names, name_count, &page_root);
    if (pages == 1) {
        payload_root = payload_root_from_digest(&page_root);
    } else {
        if (!digest_equal(&page_root, &page_roots[page])) {
            return ERR_WRONG_HASH;
        }
        payload_root_of_pages(page_roots, pages, &payload_root);
    }
    return payload_root_equal(&payload_root, root) ? ERR_OK : ERR_WRONG_HASH;
}

/* Complete nodes over names or slice hashes in memory, for paths. */
static enum err name_node_get(void *ctx, unsigned level, uint64_t index,
                              struct digest *ret_hash)
{
    const struct block_id *names = ctx;

    names_root(names + (index << level), (size_t)1 << level, ret_hash);
    return ERR_OK;
}

static enum err slice_node_get(void *ctx, unsigned level, uint64_t index,
                               struct digest *ret_hash)
{
    const struct digest *hashes = ctx;

    merkle_root_of(hashes + (index << level), (size_t)1 << level, ret_hash);
    return ERR_OK;
}

/* A block is a subtree of the payload's tree, so the path goes through the
 * slices of the block first and through the names after that. */
enum err slice_prove(uint64_t payload_size, uint64_t slice, struct span block,
                     const struct block_id *names, size_t name_count,
                     struct digest ret_path[static MERKLE_PATH_MAX],
                     size_t *ret_count)
{
    struct digest hashes[BLOCK_SLICES];
    struct digest path[2 * MERKLE_PATH_MAX];
    struct merkle_nodes slice_nodes = { slice_node_get, hashes };
    struct merkle_nodes name_nodes = { name_node_get, (void *)names };
    uint64_t index = slice / BLOCK_SLICES;
    size_t inner;
    size_t outer;
    enum err err;

    if (payload_size == 0 || payload_size > PAYLOAD_SIZE_MAX ||
        slice >= payload_slice_count(payload_size) ||
        name_count != payload_block_count(payload_size) ||
        block.size != payload_block_size(payload_size, index)) {
        return ERR_RANGE;
    }
    err = block_verify(block, &names[index]);
    if (err != ERR_OK) {
        return err;
    }
    err = merkle_inclusion(&slice_nodes, slice % BLOCK_SLICES,
                           slices_hash(block, hashes), path, &inner);
    if (err == ERR_OK) {
        err = merkle_inclusion(&name_nodes, index, name_count, path + inner,
                               &outer);
    }
    if (err != ERR_OK) {
        return err;
    }
    CHECK(inner + outer <= MERKLE_PATH_MAX);
    memcpy(ret_path, path, (inner + outer) * sizeof(path[0]));
    *ret_count = inner + outer;
    return ERR_OK;
}

enum err slice_verify(const struct payload_root *root, uint64_t payload_size,
                      uint64_t slice, struct span bytes,
                      const struct digest *path, size_t path_count)
{
    struct digest tree_root = payload_root_digest(root);
    struct digest hash;
    uint64_t count;

    if (payload_size == 0 || payload_size > PAYLOAD_SIZE_MAX) {
        return ERR_RANGE;
    }
    count = payload_slice_count(payload_size);
    if (slice >= count ||
        bytes.size != payload_slice_size(payload_size, slice)) {
        return ERR_RANGE;
    }
    merkle_leaf(bytes, &hash);
    return merkle_verify_inclusion(&hash, slice, count, path, path_count,
                                   &tree_root);
}
