/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ledger_keys.h"

#include <string.h>

#include "base/check.h"
#include "model/key_name.h"
#include "model/roster.h"

static void witness_add(struct ledger_keys *keys, const struct cid *cid,
                        const struct roster_node *node,
                        const struct label *member)
{
    char name[KEY_NAME_SIZE];
    enum err err;

    key_name_format(name, cid->text, node->label.text, KEY_ROLE_WITNESS);
    err = note_key_init(&keys->keys[keys->count], name, NOTE_KEY_COSIGNATURE,
                        node->witness.bytes);
    CHECK(err == ERR_OK); /* labels of a roster make valid names */
    keys->members[keys->count] = *member;
    keys->count++;
}

enum err ledger_keys_of(const struct roster *roster, const struct cid *cid,
                        const struct origin *origin,
                        struct ledger_keys *ret_keys)
{
    const struct roster_node *node =
        roster_find_node(roster, origin_node(origin));

    if (node == NULL || !origin_in(origin, cid)) {
        return ERR_NOT_FOUND;
    }
    memset(ret_keys, 0, sizeof(*ret_keys));
    key_of_ledger(origin, node->ledger.bytes, &ret_keys->keys[0]);
    ret_keys->members[0] = roster->members[node->member].label;
    ret_keys->count = 1;
    for (size_t index = 0; index < roster->node_count; index++) {
        witness_add(ret_keys, cid, &roster->nodes[index],
                    &roster->members[roster->nodes[index].member].label);
    }
    ret_keys->cosigners = roster->cosigners;
    return ERR_OK;
}

/* One cosignature per member: its place in the list, or the list's count. */
static size_t member_find(const struct label *members, size_t count,
                          const struct label *member)
{
    size_t index = 0;

    while (index < count && !label_equal(&members[index], member)) {
        index++;
    }
    return index;
}

static void sort(uint64_t *times, size_t count)
{
    for (size_t index = 1; index < count; index++) {
        uint64_t time = times[index];
        size_t at = index;

        for (; at > 0 && times[at - 1] > time; at--) {
            times[at] = times[at - 1];
        }
        times[at] = time;
    }
}

/* The earliest time of each member other than the owner; how many. */
static size_t collect(const struct ledger_keys *keys,
                      const struct note_matches *matches,
                      uint64_t times[static NODE_COUNT_MAX])
{
    struct label members[NODE_COUNT_MAX];
    size_t count = 0;

    for (size_t index = 0; index < matches->count; index++) {
        const struct note_match *match = &matches->matches[index];
        const struct label *member = &keys->members[match->key];
        size_t at;

        if (match->key == 0 || label_equal(member, &keys->members[0])) {
            continue;
        }
        at = member_find(members, count, member);
        if (at == count) {
            members[count] = *member;
            times[count++] = match->time;
        } else if (match->time < times[at]) {
            times[at] = match->time;
        }
    }
    return count;
}

size_t proven_members(const struct ledger_keys *keys,
                      const struct note_matches *matches)
{
    uint64_t times[NODE_COUNT_MAX];

    return collect(keys, matches, times);
}

bool proven_time(const struct ledger_keys *keys,
                 const struct note_matches *matches, uint64_t *ret_time)
{
    uint64_t times[NODE_COUNT_MAX];
    size_t count = collect(keys, matches, times);

    if (keys->cosigners == 0 || count < keys->cosigners) {
        return false;
    }
    sort(times, count);
    *ret_time = times[keys->cosigners - 1];
    return true;
}
