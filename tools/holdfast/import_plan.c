/* SPDX-License-Identifier: Apache-2.0 */
/* How much there is to do, counted before it is begun: what the node says it
 * does not hold, and of that what the copy has. */
#include "model/block.h"
#include "tools/holdfast/import.h"
#include "tools/holdfast/interrupt.h"

bool import_has(const struct import *import, const struct deposit *deposit)
{
    const struct source *source = import->source;
    struct block_id name = block_id_of_header(&deposit->header_id);
    struct buf names;
    bool has;

    if (source->have(source->ctx, &name) == ERR_OK) {
        return true;
    }
    if (payload_block_count(deposit->payload_size) == 1) {
        struct digest root = payload_root_digest(&deposit->payload_root);

        name = block_id_from_digest(&root);
        return source->have(source->ctx, &name) == ERR_OK;
    }
    buf_init(&names, NAMES_PER_PAGE * 32);
    has =
        source->names(source->ctx, &deposit->payload_root, 0, &names) == ERR_OK;
    buf_done(&names);
    return has;
}

static void count(struct import *import, const struct deposit *deposit)
{
    if (import_has(import, deposit)) {
        import->items++;
        import->item_bytes += deposit->payload_size;
    } else {
        import->absent++;
    }
}

/* Items whose records the node has. */
static void plan_listed(struct import *import)
{
    struct message request = { .kind = MESSAGE_LIST };
    struct message reply = { .list_reply.more = true };
    struct deposit deposit;

    request.list.count = RECORDS_BATCH_COUNT_MAX;
    while (reply.list_reply.more && !interrupted()) {
        char code[LINE_CODE_SIZE] = "";
        struct why why = { "" };
        enum err err = line_ask(import->line, &request, &reply, code, &why);

        if (err != ERR_OK) {
            import_stop(import, err, code, &why);
            return;
        }
        request.list.ledger = reply.list_reply.ledger;
        request.list.index = reply.list_reply.index;
        for (size_t i = 0; i < reply.list_reply.count; i++) {
            const struct list_entry *entry = &reply.list_reply.entries[i];

            if (!entry->held && import_deposit(import, entry->leaf, &deposit)) {
                count(import, &deposit);
            }
        }
    }
}

static bool look_at_leaf(void *ctx, struct span key, struct span value)
{
    struct import *import = ctx;
    struct deposit deposit;

    (void)key;
    if (import_deposit(import, value, &deposit)) {
        count(import, &deposit);
    }
    return !interrupted();
}

/* Items whose records the node would get. */
static void plan_new(struct import *import)
{
    for (size_t i = 0; i < import->ledger_count && !interrupted(); i++) {
        const struct import_ledger *ledger = &import->ledgers[i];
        struct why why = { "" };

        if (store_each_leaf(import->copy, ledger->number, ledger->known,
                            ledger->size, look_at_leaf, import,
                            &why) != ERR_OK) {
            import_left_out(import, ledger->origin.text, why.text);
        }
    }
}

void import_plan(struct import *import)
{
    plan_listed(import);
    if (import->tool->options.dry_run && !import_stopped(import)) {
        plan_new(import);
    }
}
