/* SPDX-License-Identifier: Apache-2.0 */
#include "core/recall.h"

#include "core/ledgers.h"
#include "core/records.h"

/* The peer has it, so it has so many leaves. */
static struct ledger *known(struct node *node, uint32_t slot,
                            const struct head *head)
{
    if (ledger_find(node, &head->origin) == NULL) {
        records_offered(node, slot, head);
    }
    return ledger_find(node, &head->origin);
}

void recall_told(struct node *node, uint32_t slot, const struct head *heads,
                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ledger *ledger = known(node, slot, &heads[i]);
        struct ledger_witness *witness;

        if (ledger == NULL || ledger->own) {
            continue;
        }
        witness = &ledger->witness;
        if (heads[i].size > witness->cosigned ||
            (heads[i].size == witness->cosigned &&
             !digest_equal(&heads[i].root, &witness->cosigned_root))) {
            node->cosigning.doubtful = true;
        }
        if (ledger->durable.checkpoint_size > 0 &&
            heads[i].size > ledger->durable.checkpoint_size) {
            ledger->checkpoint_wanted[slot] = true; /* its owner's signature */
        }
        if (heads[i].size > witness->told.size) {
            witness->told.size = heads[i].size;
            witness->told.root = heads[i].root;
        }
    }
}
