/* SPDX-License-Identifier: Apache-2.0 */
#include "driver_rosters.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/text.h"
#include "log.h"
#include "model/batch.h"
#include "model/roster_chain.h"
#include "model/source.h"
#include "store/store.h"
#include "wire/message.h"

struct taking {
    struct roster_chain *chain;
    size_t count; /* taken in this round */
};

/* One that cannot be read, or that nothing leads to, is left where it is. */
static bool take(void *ctx, struct span key, struct span value)
{
    struct taking *taking = ctx;
    bool added = false;

    (void)key;
    if (roster_chain_add(taking->chain, value, &added, NULL) == ERR_OK &&
        added) {
        taking->count++;
    }
    return true;
}

/* Those in force come first, by version; one that heals a fork follows others
 * that come after it. */
static enum err take_all(struct store *store, struct roster_chain *chain,
                         struct why *ret_why)
{
    struct taking taking = { .chain = chain };
    enum err err;

    do {
        taking.count = 0;
        err = store_each_note(store, NOTE_ROSTER, take, &taking, ret_why);
    } while (err == ERR_OK && taking.count > 0);
    return err;
}

/* Write one, named as core/membership.h does, unless it is there. */
static enum err keep(struct store *store, const struct roster_entry *entry,
                     struct why *ret_why)
{
    const struct source *source = store_source(store);
    struct batch_op op = { .kind = BATCH_NOTE, .level = NOTE_ROSTER };
    char hash[2 * DIGEST_SIZE + 1] = "";
    struct batch batch;
    struct buf held;
    enum err err;

    if (entry->in_force) {
        op.index = entry->roster->version;
    } else {
        hex_format(hash, entry->roster->hash.bytes, DIGEST_SIZE);
    }
    buf_init(&held, ROSTER_NOTE_SIZE_MAX);
    err =
        source->note(source->ctx, NOTE_ROSTER, span_str(hash), op.index, &held);
    if (err == ERR_OK && span_equal(buf_span(&held), buf_span(&entry->note))) {
        buf_done(&held);
        return ERR_OK;
    }
    buf_done(&held);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return why_set(ret_why, err, "cannot read the rosters of the store");
    }
    batch_init(&batch, ROSTER_NOTE_SIZE_MAX + sizeof(hash));
    batch_add(&batch, &op, span_str(hash), buf_span(&entry->note));
    err = batch.err;
    if (err == ERR_OK) {
        err = store_commit(store, NULL, &batch, ret_why);
    }
    batch_done(&batch);
    return err;
}

/* Those out of force first: one of them may stand where a newer one goes. */
static enum err keep_all(struct store *store, const struct roster_chain *chain,
                         struct why *ret_why)
{
    for (int in_force = 0; in_force <= 1; in_force++) {
        for (size_t i = 0; i < chain->count; i++) {
            enum err err = ERR_OK;

            if (chain->entries[i].in_force == (in_force == 1)) {
                err = keep(store, &chain->entries[i], ret_why);
            }
            if (err != ERR_OK) {
                return err == ERR_FULL ? ERR_OK : err;
            }
        }
    }
    return ERR_OK;
}

enum err driver_rosters(struct store *store, struct roster_chain *chain,
                        struct why *ret_why)
{
    enum err err = take_all(store, chain, ret_why);

    if (err == ERR_OK) {
        err = keep_all(store, chain, ret_why);
    }
    if (chain->forked) {
        log_line(LOG_LEVEL_ERROR, "ROSTER-FORK", "",
                 "two rosters stand against each other; version %" PRIu64
                 " stays in force here until a roster heals it",
                 roster_chain_newest(chain)->version);
    }
    return err;
}
