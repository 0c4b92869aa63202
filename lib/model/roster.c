/* SPDX-License-Identifier: Apache-2.0 */
#include "model/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void roster_free(struct roster *roster)
{
    if (roster == NULL) {
        return;
    }
    buf_done(&roster->text);
    free(roster->recipients);
    free(roster->closed);
    free(roster);
}

const struct roster_node *roster_find_node(const struct roster *roster,
                                           struct span label)
{
    for (size_t index = 0; index < roster->node_count; index++) {
        if (span_is(label, roster->nodes[index].label.text)) {
            return &roster->nodes[index];
        }
    }
    return NULL;
}

const struct roster_member *roster_find_member(const struct roster *roster,
                                               struct span label)
{
    for (size_t index = 0; index < roster->member_count; index++) {
        if (span_is(label, roster->members[index].label.text)) {
            return &roster->members[index];
        }
    }
    return NULL;
}

const struct roster_node *roster_find_session(const struct roster *roster,
                                              const struct x25519_key *session)
{
    for (size_t index = 0; index < roster->node_count; index++) {
        if (x25519_key_equal(session, &roster->nodes[index].session)) {
            return &roster->nodes[index];
        }
    }
    return NULL;
}

const struct roster_recipient *roster_find_recipient(
    const struct roster *roster, const struct roster_member *member,
    uint64_t year)
{
    for (size_t index = 0; index < member->recipient_count; index++) {
        const struct roster_recipient *recipient =
            &roster->recipients[member->recipient_first + index];

        if (recipient->year == year) {
            return recipient;
        }
    }
    return NULL;
}

const struct roster_closed *roster_find_closed(const struct roster *roster,
                                               const struct origin *origin)
{
    for (size_t index = 0; index < roster->closed_count; index++) {
        if (origin_equal(origin, &roster->closed[index].origin)) {
            return &roster->closed[index];
        }
    }
    return NULL;
}

size_t roster_node_index(const struct roster *roster,
                         const struct roster_node *node)
{
    CHECK(node >= roster->nodes && node < roster->nodes + roster->node_count);
    return (size_t)(node - roster->nodes);
}

size_t roster_member_index(const struct roster *roster,
                           const struct roster_member *member)
{
    CHECK(member >= roster->members &&
          member < roster->members + roster->member_count);
    return (size_t)(member - roster->members);
}

const struct roster_member *roster_member_of(const struct roster *roster,
                                             const struct roster_node *node)
{
    return &roster->members[node->member];
}

size_t roster_count_other_members(const struct roster *roster,
                                  const struct roster_member *self,
                                  bool store_only)
{
    bool seen[MEMBER_COUNT_MAX] = { false };
    size_t count = 0;

    for (size_t index = 0; index < roster->node_count; index++) {
        const struct roster_node *node = &roster->nodes[index];

        if (&roster->members[node->member] == self || seen[node->member] ||
            (store_only && node->role != NODE_STORE)) {
            continue;
        }
        seen[node->member] = true;
        count++;
    }
    return count;
}

size_t roster_quorum_need(const struct roster *roster)
{
    return roster->member_count / 2 + 1;
}

/* Names that were made from valid parts are names of a key. */
static void key_make(const struct cid *cid, const struct label *label,
                     enum key_role role, enum note_key_type type,
                     const struct public_key *key, struct note_key *ret_key)
{
    char name[KEY_NAME_SIZE];

    key_name_format(name, cid->text, label->text, role);
    CHECK(note_key_init(ret_key, name, type, key->bytes) == ERR_OK);
}

void roster_governance_key(const struct cid *cid,
                           const struct roster_member *member,
                           struct note_key *ret_key)
{
    key_make(cid, &member->label, KEY_ROLE_GOVERNANCE, NOTE_KEY_ED25519,
             &member->governance, ret_key);
}

void roster_node_key(const struct cid *cid, const struct roster_node *node,
                     struct note_key *ret_key)
{
    key_make(cid, &node->label, KEY_ROLE_NODE, NOTE_KEY_ED25519, &node->ledger,
             ret_key);
}

void roster_witness_key(const struct cid *cid, const struct roster_node *node,
                        struct note_key *ret_key)
{
    key_make(cid, &node->label, KEY_ROLE_WITNESS, NOTE_KEY_COSIGNATURE,
             &node->witness, ret_key);
}

const char *node_role_text(enum node_role role)
{
    switch (role) {
    case NODE_STORE:
        return "store";
    case NODE_OBSERVER:
        return "observer";
    case NODE_LEAVING:
        return "leaving";
    }
    return "";
}
