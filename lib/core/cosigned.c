/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cosigned.h"

#include "core/checked.h"
#include "core/emit.h"
#include "core/ledgers.h"
#include "core/lines.h"
#include "ledger/checkpoint.h"

static bool has_line(const struct ledger_keys *keys,
                     const struct note_matches *matches,
                     const struct public_key *witness)
{
    for (size_t i = 0; i < matches->count; i++) {
        const struct note_key *key = &keys->keys[matches->matches[i].key];

        if (key->type == NOTE_KEY_COSIGNATURE &&
            public_key_equal(&key->public_key, witness)) {
            return true;
        }
    }
    return false;
}

void cosigned_seen(struct node *node, struct ledger *ledger, struct span bytes)
{
    struct note note;
    struct ledger_keys keys;
    struct note_matches matches;
    struct checkpoint checkpoint;

    if (note_parse(bytes, NOTE_SIZE_MAX, &note, NULL) != ERR_OK ||
        note.line_count < 2 ||
        checkpoint_parse(note.text, &checkpoint, NULL) != ERR_OK ||
        !checked_keys(node, &ledger->origin, bytes, &keys, NULL)) {
        return;
    }
    lines_read(&note, &keys, &matches);
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];
        const struct roster_node *of =
            peer->used
                ? roster_find_node(node->roster, label_span(&peer->label))
                : NULL;
        struct cosigned_head *head = &ledger->witness.by[i];

        if (of != NULL && checkpoint.size > head->size &&
            has_line(&keys, &matches, &of->witness)) {
            head->size = checkpoint.size;
            head->root = checkpoint.root;
        }
    }
}

const struct head *cosigned_by(struct node *node, uint32_t slot,
                               size_t *ret_count)
{
    struct head *heads = emit_alloc(node, SYNC_COSIGNED_MAX * sizeof(*heads));
    size_t count = 0;

    for (unsigned left = 0; left < 2 && heads != NULL; left++) {
        for (size_t i = 0; i < node->ledgers_end; i++) {
            const struct ledger *ledger = node->ledgers[i];

            if (ledger == NULL || ledger->witness.by[slot].size == 0 ||
                ledger_left(node, ledger) != (left == 1) ||
                count == SYNC_COSIGNED_MAX) {
                continue;
            }
            heads[count].origin = ledger->origin;
            heads[count].size = ledger->witness.by[slot].size;
            heads[count].root = ledger->witness.by[slot].root;
            count++;
        }
    }
    *ret_count = count;
    return heads;
}
