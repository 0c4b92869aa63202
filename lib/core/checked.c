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

/* The newest roster whose key for this ledger's node opens the note. */
static const struct roster *fitting(const struct node *node,
                                    const struct origin *origin,
                                    struct span bytes,
                                    struct checkpoint *ret_checkpoint,
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
                return roster;
            }
        }
        roster = roster_chain_before(node->chain, roster);
    }
    return NULL;
}

bool checked_checkpoint(const struct node *node, const struct origin *origin,
                        struct span bytes, struct checkpoint *ret_checkpoint,
                        struct buf *ret_note)
{
    return fitting(node, origin, bytes, ret_checkpoint, ret_note) != NULL;
}

bool checked_keys(const struct node *node, const struct origin *origin,
                  struct span bytes, struct ledger_keys *ret_keys,
                  const struct roster **ret_roster)
{
    struct checkpoint checkpoint;
    const struct roster *roster =
        fitting(node, origin, bytes, &checkpoint, NULL);

    if (roster == NULL ||
        ledger_keys_of(roster, &node->chain->cid, origin, ret_keys) != ERR_OK) {
        return false;
    }
    if (ret_roster != NULL) {
        *ret_roster = roster;
    }
    return true;
}

size_t checked_rosters(const struct node *node, const struct origin *origin,
                       struct serve_roster *rosters)
{
    size_t count = 0;

    for (const struct roster *roster = node->roster;
         roster != NULL && count < SERVE_ROSTERS_MAX;
         roster = roster_chain_before(node->chain, roster)) {
        struct serve_roster *at = &rosters[count];

        if (ledger_keys_of(roster, &node->chain->cid, origin, &at->keys) !=
                ERR_OK ||
            (count > 0 && memcmp(&rosters[count - 1].keys, &at->keys,
                                 sizeof(at->keys)) == 0)) {
            continue;
        }
        at->hash = roster->hash;
        count++;
    }
    return count;
}
