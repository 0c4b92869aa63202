/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader could not read is looked at without waiting for the pass. */
#include "store/doubts.h"
#include "store/reread.h"
#include "store/reread_parts.h"

void store_doubt(struct store *store, const struct block_id *name)
{
    doubts_add(&store->doubts, name);
}

bool store_doubted(struct store *store)
{
    return doubts_any(&store->doubts);
}

/* The whole file: what one block suffered, others may have. */
static enum err doubt_file(struct store_reread *reread, uint64_t number)
{
    const struct reread_file *file = reread_find_file(reread, number);
    struct file_check check;
    bool more = true;
    enum err err;

    if (file == NULL) {
        return ERR_OK;
    }
    err = file_check_begin(reread, file, &check);
    while (err == ERR_OK && more) {
        err = file_check_go(reread, &check, UINT32_MAX, &more);
    }
    file_check_done(&check);
    return err;
}

static enum err look_at_doubt(struct store_reread *reread,
                              const struct block_id *name)
{
    struct bad_block bad = { .name = *name, .cause = BAD_GONE };
    struct block_place place;
    enum err err = store_find_block(reread->store, name, &place);

    if (err == ERR_NOT_FOUND) {
        return reread_check_header(reread, name->bytes);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (place.state == BLOCK_QUARANTINE) {
        bad.cause = BAD_ASIDE;
        bad.file = place.file;
        bad.position = place.position;
        return reread_add_bad(reread, &bad);
    }
    if (place.file != 0) {
        return doubt_file(reread, place.file);
    }
    err = file_read_block(reread->store, name, &place);
    if (err == ERR_OK) {
        return ERR_OK;
    }
    bad.cause = err == ERR_IO ? BAD_READ : BAD_BYTES;
    return reread_add_bad(reread, &bad);
}

enum err store_reread_doubts(struct store_reread *reread,
                             struct reread_found *ret_found,
                             struct why *ret_why)
{
    struct block_id name;
    enum err err = ERR_OK;

    reread_forget(reread);
    if (reread->stage == REREAD_ENDED) { /* the list may be old */
        err = reread_list_files(reread, ret_why);
    }
    while (err == ERR_OK && doubts_take(&reread->store->doubts, &name)) {
        err = look_at_doubt(reread, &name);
    }
    return reread_finish(reread, err, ret_found);
}
