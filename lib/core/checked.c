/* SPDX-License-Identifier: Apache-2.0 */
#include "core/checked.h"

#include <string.h>

#include "core/state.h"

bool checked_known_node(const struct node *node, const struct origin *origin)
{
    const struct roster *roster = node->roster;

    if (!origin_in(origin, &node->chain->cid)) {
        return false;
    }
    while (roster != NULL) {
        if (roster_find_node(roster, origin_node(origin)) != NULL) {
            return true;
        }
        roster = roster_chain_before(node->chain, roster);
    }
    return false;
}

static bool opens(const struct note_key *key, const struct origin *origin,
                  struct span bytes, struct checkpoint *ret_checkpoint,
                  struct buf *ret_note)
{
    struct note note;
    struct note_matches matches;
    struct checkpoint checkpoint;

    if (checkpoint_open(bytes, key, 1, &note, &matches, &checkpoint, NULL) !=
            ERR_OK ||
        strcmp(checkpoint.origin, origin->text) != 0 || checkpoint.size == 0) {
        return false;
    }
    if (ret_note != NULL &&
        note_combine(&note, NULL, key, 1, ret_note) != ERR_OK) {
        return false;
    }
    *ret_checkpoint = checkpoint;
    return true;
}

bool checked_checkpoint(const struct node *node, const struct origin *origin,
                        struct span bytes, struct checkpoint *ret_checkpoint,
                        struct buf *ret_note)
{
    const struct roster *roster = node->roster;
    struct public_key last = { { 0 } };
    struct note_key key;

    while (roster != NULL) {
        const struct roster_node *from =
            roster_find_node(roster, origin_node(origin));

        if (from != NULL && !public_key_equal(&from->ledger, &last)) {
            last = from->ledger;
            key_of_ledger(origin, from->ledger.bytes, &key);
            if (opens(&key, origin, bytes, ret_checkpoint, ret_note)) {
                return true;
            }
        }
        roster = roster_chain_before(node->chain, roster);
    }
    return false;
}
