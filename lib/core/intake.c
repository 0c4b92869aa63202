/* SPDX-License-Identifier: Apache-2.0 */
#include "core/intake.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "model/batch.h"
#include "model/block.h"
#include "model/padme.h"

/* ---- where it stands already ---- */

/* The first and the last entry with this root, header and commitment;
 * ERR_CONFLICT when there are others with this root and none like it. */
static enum err find(const struct source *source,
                     const struct deposit_item *item,
                     struct source_item *ret_first,
                     struct source_item *ret_last)
{
    struct source_item found;
    uint32_t ledger = 0;
    uint64_t index = 0;
    bool same = false;
    bool other = false;

    while (source->item(source->ctx, &item->root, ledger, index, &found) ==
               ERR_OK &&
           payload_root_equal(&found.root, &item->root)) {
        if (!header_id_equal(&found.header, &item->header) ||
            !digest_equal(&found.commitment, &item->commitment)) {
            other = true;
        } else {
            if (!same) {
                *ret_first = found;
            }
            *ret_last = found;
            same = true;
        }
        ledger = found.ledger;
        index = found.index + 1;
    }
    return same ? ERR_OK : other ? ERR_CONFLICT : ERR_NOT_FOUND;
}

static void set_registered(struct deposit_facts *facts,
                           const struct source_item *first,
                           const struct source_item *last)
{
    facts->registered = true;
    facts->ledger = first->ledger;
    facts->index = first->index;
    facts->last_ledger = last->ledger;
    facts->last_index = last->index;
}

void deposit_find(const struct source *source, const struct deposit_item *item,
                  struct deposit_facts *ret_facts)
{
    struct source_item first;
    struct source_item last;

    *ret_facts = (struct deposit_facts){ .err = ERR_OK };
    if (find(source, item, &first, &last) == ERR_OK) {
        set_registered(ret_facts, &first, &last);
    }
}

/* ---- is it true, and is it here? ---- */

static enum err check_header(const struct deposit_item *item, struct why *why)
{
    struct header_id id;

    if (item->header_bytes.size == 0 ||
        item->header_bytes.size > HEADER_SIZE_MAX) {
        return why_set(why, ERR_RANGE,
                       "a header object of %zu bytes is not possible",
                       item->header_bytes.size);
    }
    if (header_name(item->header_bytes, &id) != ERR_OK ||
        !header_id_equal(&id, &item->header)) {
        return why_set(why, ERR_WRONG_HASH,
                       "the header object does not have the name given");
    }
    return ERR_OK;
}

static enum err have_all(const struct source *source, const uint8_t *names,
                         size_t count, struct why *why)
{
    for (size_t i = 0; i < count; i++) {
        struct block_id id;
        enum err err;

        memcpy(id.bytes, names + i * 32, sizeof(id.bytes));
        err = source->have(source->ctx, &id);
        if (err != ERR_OK) {
            return why_set(why, err, "block %zu of %zu is not here", i, count);
        }
    }
    return ERR_OK;
}

/* A page, from beside the item or from the store, appended to `bytes`. */
static enum err read_page(const struct source *source,
                          const struct payload_root *root, uint32_t number,
                          const struct deposit_page *pages, size_t pages_count,
                          struct buf *bytes)
{
    for (size_t i = 0; i < pages_count; i++) {
        if (pages[i].page == number &&
            payload_root_equal(&pages[i].root, root)) {
            buf_put_data(bytes, pages[i].names, 32 * pages[i].names_count);
            return bytes->err;
        }
    }
    return source->names(source->ctx, root, number, bytes);
}

static enum err check_pages(const struct source *source,
                            const struct deposit_item *item,
                            const struct deposit_page *pages,
                            size_t pages_count, struct why *why)
{
    size_t count = payload_page_count(item->size);
    struct buf roots;
    struct buf names;
    enum err err;

    buf_init(&roots, NAME_PAGES_MAX * 32);
    buf_init(&names, NAMES_PER_PAGE * 32);
    err = read_page(source, &item->root, NAMES_PAGE_ROOTS, pages, pages_count,
                    &roots);
    if (err == ERR_OK && roots.size != count * 32) {
        err = why_set(why, ERR_RANGE, "names of %zu pages are needed", count);
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        buf_clear(&names);
        err = read_page(source, &item->root, (uint32_t)i, pages, pages_count,
                        &names);
        if (err == ERR_OK) {
            err = names_page_verify(
                &item->root, item->size, i, (const struct block_id *)names.data,
                names.size / 32, (const struct digest *)roots.data, count);
        }
        if (err == ERR_OK) {
            err = have_all(source, names.data, names.size / 32, why);
        }
    }
    buf_done(&roots);
    buf_done(&names);
    return err;
}

/* One page of names: with the item, or stored by an earlier attempt. */
static enum err check_names(const struct source *source,
                            const struct deposit_item *item, struct why *why)
{
    uint64_t count = payload_block_count(item->size);
    const struct block_id *names = item->names;
    struct buf stored;
    enum err err = ERR_OK;

    buf_init(&stored, NAMES_PER_PAGE * 32);
    if (item->names_count == 0) {
        err = source->names(source->ctx, &item->root, 0, &stored);
        names = (const struct block_id *)stored.data;
        if (err == ERR_OK && stored.size != count * 32) {
            err = ERR_CORRUPT;
        }
    } else if (item->names_count != count) {
        err = why_set(why, ERR_RANGE,
                      "%zu names, but the payload has %" PRIu64 " blocks",
                      item->names_count, count);
    }
    if (err == ERR_OK) {
        err = names_page_verify(&item->root, item->size, 0, names,
                                (size_t)count, NULL, 0);
    }
    if (err == ERR_OK) {
        err = have_all(source, names->bytes, (size_t)count, why);
    }
    buf_done(&stored);
    return err;
}

static enum err check_payload(const struct source *source,
                              const struct deposit_item *item,
                              const struct deposit_page *pages,
                              size_t pages_count, struct why *why)
{
    if (!payload_size_possible(item->size) || item->size > PAYLOAD_SIZE_MAX) {
        return why_set(why, ERR_RANGE,
                       "%" PRIu64 " bytes is no possible padded size",
                       item->size);
    }
    if (payload_page_count(item->size) > 1) {
        return check_pages(source, item, pages, pages_count, why);
    }
    if (payload_block_count(item->size) > 1) {
        return check_names(source, item, why);
    }
    return have_all(source, item->root.bytes, 1, why);
}

/* ---- registered, perhaps not whole here ---- */

static bool is_held(const struct source *source, uint32_t ledger,
                    uint64_t index)
{
    uint64_t bit = index % HELD_CHUNK_BITS;
    struct buf bits;
    bool held;

    buf_init(&bits, HELD_CHUNK_BITS / 8);
    held = source->held(source->ctx, ledger, index / HELD_CHUNK_BITS, &bits) ==
               ERR_OK &&
           bit / 8 < bits.size && (bits.data[bit / 8] >> (bit % 8) & 1) != 0;
    buf_done(&bits);
    return held;
}

/* One payload may stand in several ledgers, the same leaf carried over for
 * example: the first one from `found` on that is not held. */
static bool find_lacking(const struct source *source,
                         const struct deposit_item *item,
                         const struct source_item *found,
                         struct deposit_facts *facts)
{
    struct source_item at = *found;

    do {
        if (header_id_equal(&at.header, &item->header) &&
            digest_equal(&at.commitment, &item->commitment) &&
            !is_held(source, at.ledger, at.index)) {
            facts->held_ledger = at.ledger;
            facts->held_index = at.index;
            return true;
        }
    } while (source->item(source->ctx, &item->root, at.ledger, at.index + 1,
                          &at) == ERR_OK &&
             payload_root_equal(&at.root, &item->root));
    return false;
}

void deposit_check(const struct source *source, const struct deposit_item *item,
                   const struct deposit_page *pages, size_t pages_count,
                   struct deposit_facts *ret_facts, struct why *ret_why)
{
    struct source_item found;
    struct source_item last;
    enum err err;

    *ret_facts = (struct deposit_facts){ .err = ERR_OK };
    why_clear(ret_why);
    err = find(source, item, &found, &last);
    if (err == ERR_OK) {
        set_registered(ret_facts, &found, &last);
        ret_facts->completes =
            find_lacking(source, item, &found, ret_facts) &&
            check_header(item, ret_why) == ERR_OK &&
            check_payload(source, item, pages, pages_count, ret_why) == ERR_OK;
        return;
    }
    if (err == ERR_CONFLICT) {
        ret_facts->err = why_set(ret_why, err,
                                 "this payload is registered with another "
                                 "header or commitment");
        return;
    }
    err = check_header(item, ret_why);
    if (err == ERR_OK) {
        err = check_payload(source, item, pages, pages_count, ret_why);
    }
    ret_facts->err = err;
}
