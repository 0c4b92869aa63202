/* SPDX-License-Identifier: Apache-2.0 */
#include "model/challenge.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "model/block.h"

struct digest challenge_answer(const struct challenge_names *names,
                               const struct challenge *challenge,
                               struct span bytes)
{
    static const char purpose[] = "holdfast challenge 1\n";
    static const uint8_t zero = 0;
    uint8_t index[8];
    const struct span parts[] = {
        span_of(purpose, sizeof(purpose) - 1),
        span_of(names->identity.bytes, DIGEST_SIZE),
        label_span(&names->verifier),
        span_of(&zero, 1),
        label_span(&names->prover),
        span_of(&zero, 1),
        span_of(challenge->root.bytes, sizeof(challenge->root.bytes)),
        span_of(index, sizeof(index)),
        bytes,
    };

    bytes_put_u64(index, challenge->slice);
    return hmac_sha256_parts(
        span_of(challenge->nonce.bytes, sizeof(challenge->nonce.bytes)), parts,
        sizeof(parts) / sizeof(parts[0]));
}

/* Complete nodes over hashes in memory. */
static enum err node_get(void *ctx, unsigned level, uint64_t index,
                         struct digest *ret_hash)
{
    const struct digest *hashes = ctx;

    merkle_root_of(hashes + (index << level), (size_t)1 << level, ret_hash);
    return ERR_OK;
}

/* One more storey: the path of one of these hashes to the root over all. */
static enum err climb(const struct digest *hashes, size_t index, size_t count,
                      struct digest *path, size_t *count_so_far)
{
    struct merkle_nodes nodes = { node_get, (void *)(uintptr_t)hashes };
    struct digest more[MERKLE_PATH_MAX];
    size_t added;
    enum err err = merkle_inclusion(&nodes, index, count, more, &added);

    if (err != ERR_OK) {
        return err;
    }
    CHECK(*count_so_far + added <= MERKLE_PATH_MAX);
    memcpy(path + *count_so_far, more, added * sizeof(more[0]));
    *count_so_far += added;
    return ERR_OK;
}

/* A block is a subtree of its page, and a page one of the payload: both have a
 * power of two leaves, but for the last. */
enum err challenge_path(uint64_t payload_size, uint64_t slice,
                        struct span block, const struct block_id *names,
                        size_t name_count, const struct digest *page_roots,
                        size_t page_count,
                        struct digest ret_path[static MERKLE_PATH_MAX],
                        size_t *ret_count)
{
    struct digest path[MERKLE_PATH_MAX];
    uint64_t index = slice / BLOCK_SLICES;
    size_t page = (size_t)(index / NAMES_PER_PAGE);
    size_t at = (size_t)(index % NAMES_PER_PAGE);
    size_t count = 0;
    size_t pages;
    enum err err;

    if (payload_size == 0 || payload_size > PAYLOAD_SIZE_MAX ||
        slice >= payload_slice_count(payload_size) ||
        block.size != payload_block_size(payload_size, index) ||
        name_count != payload_page_names(payload_size, page)) {
        return ERR_RANGE;
    }
    pages = payload_page_count(payload_size);
    if (pages > 1 && page_count != pages) {
        return ERR_RANGE;
    }
    /* Within the block: as of a payload of one block. */
    err = slice_prove(block.size, slice % BLOCK_SLICES, block, &names[at], 1,
                      path, &count);
    if (err == ERR_OK) {
        err = climb((const struct digest *)names, at, name_count, path, &count);
    }
    if (err == ERR_OK && pages > 1) {
        err = climb(page_roots, page, pages, path, &count);
    }
    if (err != ERR_OK) {
        return err;
    }
    memcpy(ret_path, path, count * sizeof(path[0]));
    *ret_count = count;
    return ERR_OK;
}

enum err challenge_slice(uint64_t payload_size, uint64_t slice,
                         struct span block, struct span *ret_bytes)
{
    uint64_t index = slice / BLOCK_SLICES;

    if (payload_size == 0 || payload_size > PAYLOAD_SIZE_MAX ||
        slice >= payload_slice_count(payload_size) ||
        block.size != payload_block_size(payload_size, index)) {
        return ERR_RANGE;
    }
    *ret_bytes = span_part(block, (size_t)(slice % BLOCK_SLICES) * SLICE_SIZE,
                           payload_slice_size(payload_size, slice));
    return ERR_OK;
}
