/* SPDX-License-Identifier: Apache-2.0 */
#include "driver_load.h"

#include <sodium.h>
#include <string.h>

#include "core/node.h"
#include "driver_rosters.h"
#include "driver_state.h"
#include "input.h"
#include "model/roster_chain.h"

struct load {
    struct driver *driver;
    const struct source *source;
    enum err err;
    struct why *why;
};

static bool load_ledger(void *ctx, uint32_t ledger, struct span origin,
                        uint64_t size)
{
    struct load *load = ctx;

    load->err = node_load_ledger(load->driver->node, ledger, origin, size,
                                 load->source, load->why);
    return load->err == ERR_OK;
}

static bool load_pending(void *ctx, struct span key, struct span value)
{
    struct load *load = ctx;

    (void)key; /* the value repeats it */
    load->err = node_load_pending(load->driver->node, value, load->why);
    return load->err == ERR_OK;
}

static enum err make_node(struct driver *driver,
                          const struct driver_options *options,
                          struct span machine_id, struct why *ret_why)
{
    const struct store_mark *mark = &options->opened->mark;
    struct node_options node = {
        .chain = options->chain,
        .machine_id = machine_id,
        .now_ms = driver_now_ms(),
        .release = span_str(HF_VERSION),
        .has_mark = mark->has_ledger,
        .mark_origin = mark->origin,
        .mark_size = mark->size,
        .mark_root = mark->root,
        .mark_cosigned = mark->cosigned,
        .mark_statement = mark->statement,
        .moved = options->opened->moved,
    };
    uv_timeval64_t now;

    strcpy(node.label.text, options->config->name);
    (void)uv_gettimeofday(&now); /* fails only on a bad pointer */
    node.clock_s = (uint64_t)now.tv_sec;
    randombytes_buf(&node.seed, sizeof(node.seed));
    randombytes_buf(node.ledger_id_seed, sizeof(node.ledger_id_seed));
    do {
        randombytes_buf(&node.instance, sizeof(node.instance));
    } while (node.instance == 0);

    enum err err = node_new(&node, &driver->node, ret_why);

    if (err != ERR_OK) {
        roster_chain_free(options->chain);
    }
    return err;
}

enum err driver_load(struct driver *driver,
                     const struct driver_options *options, struct why *ret_why)
{
    struct load load = { .driver = driver,
                         .source = store_source(options->store),
                         .why = ret_why };
    struct buf machine_id;

    enum err err = driver_rosters(options->store, options->chain, ret_why);

    if (err != ERR_OK) {
        roster_chain_free(options->chain);
        return err;
    }
    buf_init(&machine_id, 256);
    (void)!input_read("/etc/machine-id", &machine_id, NULL); /* may be absent */
    err = make_node(driver, options, buf_span(&machine_id), ret_why);
    buf_done(&machine_id);
    if (err == ERR_OK) {
        err = store_each_ledger(options->store, load_ledger, &load, ret_why);
    }
    if (err == ERR_OK && load.err == ERR_OK) {
        err = store_each_pending(options->store, load_pending, &load, ret_why);
    }
    if (err == ERR_OK && load.err == ERR_OK) {
        node_load_notes(driver->node, load.source);
    }
    return err != ERR_OK ? err : load.err;
}
