/* SPDX-License-Identifier: Apache-2.0 */
#include "core/own_rule.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/checked.h"
#include "core/emit.h"
#include "core/hands.h"
#include "core/peer.h"

#define FALSE_CLAIM_MS 600000
#define CLAIM_RETRY_MS 2000
#define CLAIM_TRIES_MAX 3

/* ---- who was heard ---- */

static bool settled(const struct peer *peer)
{
    for (size_t i = 0; i < LEDGERS_PER_NODE_MAX; i++) {
        if (peer->claims[i].state != CLAIM_FREE) {
            return false;
        }
    }
    return true;
}

/* By member: has one of its nodes told, and is all of it settled? */
static void members_heard(const struct node *node,
                          bool heard[static MEMBER_COUNT_MAX],
                          bool silent[static MEMBER_COUNT_MAX])
{
    for (size_t i = 0; i < MEMBER_COUNT_MAX; i++) {
        heard[i] = false;
        silent[i] = true;
    }
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];

        if (!peer->used || peer->member == node->self->member) {
            continue;
        }
        if (peer->told && settled(peer)) {
            heard[peer->member] = true;
        }
        if (peer->heard && node->now_ms - peer->heard_ms < MEMBER_SILENT_MS) {
            silent[peer->member] = false;
        }
    }
}

void own_heard(const struct node *node, uint64_t *ret_heard,
               uint64_t *ret_needed)
{
    bool heard[MEMBER_COUNT_MAX];
    bool silent[MEMBER_COUNT_MAX];
    uint64_t count = 0;
    uint64_t needed;
    uint64_t others;

    *ret_heard = 0;
    *ret_needed = 0;
    if (node->self == NULL) {
        return;
    }
    others = roster_count_other_members(
        node->roster, roster_member_of(node->roster, node->self), false);
    members_heard(node, heard, silent);
    for (size_t i = 0; i < MEMBER_COUNT_MAX; i++) {
        count += heard[i];
    }
    needed = (others + 1) / 2;
    if (others == 2) {
        bool long_enough = node->now_ms - node->started_ms >= MEMBER_SILENT_MS;
        bool other_silent = true;

        /* Three members: both, or one when the other is long silent. */
        for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
            const struct peer *peer = &node->peers[i];

            if (peer->used && peer->member != node->self->member &&
                !heard[peer->member] && !silent[peer->member]) {
                other_silent = false;
            }
        }
        needed = long_enough && other_silent ? 1 : 2;
    }
    *ret_heard = count;
    *ret_needed = needed;
}

bool own_in_touch(const struct node *node)
{
    bool alone = true;

    if (node->self == NULL) {
        return false;
    }
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];

        if (!peer->used) {
            continue;
        }
        if (peer->member != node->self->member) {
            alone = false;
        }
        if (peer->told &&
            ((peer->connected && peer->answered) ||
             (peer->inbound_ms != 0 &&
              node->now_ms - peer->inbound_ms < PIPE_SILENT_MS))) {
            return true;
        }
    }
    return alone;
}

bool own_disputed(const struct node *node)
{
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];

        for (size_t j = 0; j < LEDGERS_PER_NODE_MAX; j++) {
            enum claim_state state = peer->claims[j].state;

            /* Who left cannot hold us up for ever; he does not count as
             * heard. */
            if (peer->connected &&
                (state == CLAIM_ROOT || state == CLAIM_LOADING ||
                 state == CLAIM_ASK || state == CLAIM_ASKED)) {
                return true;
            }
        }
    }
    return false;
}

bool own_soon(const struct node *node)
{
    const struct own *own = &node->own;

    return own->rule_met && own->phase != OWN_STOPPED && !node->broken &&
           own_in_touch(node);
}

bool own_allowed(const struct node *node)
{
    return own_soon(node) && node->own.current != NULL &&
           !node->own.open_wanted && !own_disputed(node);
}

bool own_may_state(const struct node *node)
{
    const struct own *own = &node->own;

    return own->rule_met && !node->broken && own_in_touch(node) &&
           own->current != NULL && !own->open_wanted && !own_disputed(node) &&
           (own->phase == OWN_READY || own->phase == OWN_STOPPED);
}

/* ---- claims ---- */

void own_signed_root(struct node *node, uint64_t size,
                     const struct digest *root)
{
    struct own *own = &node->own;
    struct own_root *at = &own->roots[own->roots_count % OWN_ROOTS_MAX];

    at->size = size;
    at->root = *root;
    own->roots_count++;
}

enum signed_root {
    ROOT_UNKNOWN,
    ROOT_SAME,
    ROOT_OTHER
};

static enum signed_root look_up(const struct own *own, uint64_t size,
                                const struct digest *root)
{
    for (size_t i = 0; i < OWN_ROOTS_MAX && i < own->roots_count; i++) {
        if (own->roots[i].size == size) {
            return digest_equal(&own->roots[i].root, root) ? ROOT_SAME
                                                           : ROOT_OTHER;
        }
    }
    return ROOT_UNKNOWN;
}

static struct claim *claim_add(struct peer *peer, const struct head *head,
                               enum claim_state state)
{
    struct claim *free_one = NULL;

    for (size_t i = 0; i < LEDGERS_PER_NODE_MAX; i++) {
        struct claim *claim = &peer->claims[i];

        if (claim->state == CLAIM_FREE) {
            free_one = free_one == NULL ? claim : free_one;
        } else if (origin_equal(&claim->head.origin, &head->origin)) {
            return claim; /* one at a time; it is asked for the newest */
        }
    }
    if (free_one != NULL) {
        *free_one = (struct claim){ .state = state, .head = *head };
    }
    return free_one;
}

void own_head(struct node *node, uint32_t slot, const struct head *head)
{
    struct peer *peer = &node->peers[slot];
    const struct ledger *current = node->own.current;
    enum signed_root known = look_up(&node->own, head->size, &head->root);

    CHECK(current != NULL);
    if (known == ROOT_SAME || node->now_ms < peer->claims_at_ms) {
        return;
    }
    if (known == ROOT_UNKNOWN && head->size <= current->durable.size) {
        (void)claim_add(peer, head, CLAIM_ROOT);
    } else {
        (void)claim_add(peer, head, CLAIM_ASK);
    }
}

void own_told(struct node *node, uint32_t slot, const struct head *heads,
              size_t count)
{
    struct peer *peer = &node->peers[slot];

    for (size_t i = 0; i < LEDGERS_PER_NODE_MAX; i++) {
        if (peer->claims[i].state == CLAIM_FETCH) {
            peer->claims[i].state = CLAIM_FREE;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!origin_of_node(&heads[i].origin, &node->chain->cid,
                            &node->label) ||
            heads[i].size == 0) {
            continue;
        }
        if (node->own.current == NULL ||
            !origin_equal(&heads[i].origin, &node->own.current->origin)) {
            (void)claim_add(peer, &heads[i], CLAIM_FETCH);
        }
    }
    peer->told = true;
}

void own_vouched(struct node *node, uint32_t voucher, const struct label *label)
{
    uint32_t slot = peer_find(node, label);

    if (slot != SLOT_NONE && slot != voucher && node->peers[voucher].told &&
        settled(&node->peers[voucher])) {
        node->peers[slot].told = true;
    }
}

void own_leave(struct node *node, enum open_reason reason)
{
    struct own *own = &node->own;

    own->open_wanted = true;
    own->open_reason = reason;
    own->signing = false;
    own->current = NULL;
    own->roots_count = 0;
    hands_uncommit(node);
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        for (size_t j = 0; j < LEDGERS_PER_NODE_MAX; j++) {
            struct claim *claim = &node->peers[i].claims[j];

            if (claim->state != CLAIM_FREE && claim->state != CLAIM_FETCH &&
                claim->state != CLAIM_ASKED) {
                claim->state = CLAIM_FREE;
            }
        }
    }
}

/* Our own signature stands under what our store does not have. */
static void found_rolled_back(struct node *node,
                              const struct checkpoint *checkpoint)
{
    struct ledger *ledger = node->own.current;

    if (checkpoint->size > ledger->seen_size) {
        ledger->seen_size = checkpoint->size;
        ledger->seen_root = checkpoint->root;
    }
    emit_alarm(node, ALARM_WARNING, "LEDGER-ROLLED-BACK", NULL,
               "a checkpoint of size %" PRIu64 " of %s is signed with our key "
               "and this store does not know it; opening a new ledger",
               checkpoint->size, ledger->origin.text);
    own_leave(node, OPEN_ROLLED_BACK);
}

void own_claim_answered(struct node *node, const struct ask *ask,
                        const struct msg_get_notes_reply *reply)
{
    struct peer *peer = &node->peers[ask->peer];
    struct claim *claim = &peer->claims[ask->claim];
    struct ledger *current = node->own.current;
    struct checkpoint checkpoint;
    enum signed_root known;

    if (!peer->used || claim->state != CLAIM_ASKED) {
        return;
    }
    claim->state = CLAIM_FREE;
    if (current == NULL ||
        !origin_equal(&claim->head.origin, &current->origin)) {
        return;
    }
    if (reply == NULL && claim->tries < CLAIM_TRIES_MAX) {
        claim->tries++;
        claim->at_ms = node->now_ms + CLAIM_RETRY_MS;
        claim->state = CLAIM_ASK;
        return;
    }
    if (reply == NULL || reply->count != 1 || reply->notes[0].size == 0 ||
        !checked_checkpoint(node, &current->origin, reply->notes[0],
                            &checkpoint, NULL) ||
        checkpoint.size < claim->head.size) {
        peer->claims_at_ms = node->now_ms + FALSE_CLAIM_MS;
        peer_complain(node, peer, COMPLAINT_CLAIM,
                      "it claims a checkpoint of %s that it cannot show; its "
                      "word is ignored for %d s",
                      current->origin.text, FALSE_CLAIM_MS / 1000);
        return;
    }
    known = look_up(&node->own, checkpoint.size, &checkpoint.root);
    if (known == ROOT_SAME) {
        return;
    }
    if (known == ROOT_OTHER || checkpoint.size > current->durable.size ||
        (checkpoint.size == claim->head.size &&
         digest_equal(&checkpoint.root, &claim->head.root))) {
        found_rolled_back(node, &checkpoint);
        return;
    }
    claim->head.size = checkpoint.size;
    claim->head.root = checkpoint.root;
    claim->state = CLAIM_ROOT;
}

bool own_root_loaded(struct node *node, uint64_t token,
                     const struct loaded_item *item)
{
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        for (size_t j = 0; j < LEDGERS_PER_NODE_MAX; j++) {
            struct claim *claim = &node->peers[i].claims[j];

            if (claim->state != CLAIM_LOADING || claim->token != token) {
                continue;
            }
            claim->state = CLAIM_FREE;
            if (item == NULL || item->err != ERR_OK) {
                claim->state = CLAIM_ROOT;
            } else if (!digest_equal(&item->root, &claim->head.root)) {
                claim->state = CLAIM_ASK;
            }
            return true;
        }
    }
    return false;
}

/* ---- other ledgers of ours ---- */

void own_keep_open(struct node *node, struct ledger *ledger, struct span leaf)
{
    const struct record_open *open = &node->record.open;

    if (record_parse(leaf, &node->record, NULL) != ERR_OK ||
        node->record.kind != RECORD_OPEN) {
        return;
    }
    ledger->open_time = node->record.time;
    ledger->open_roster = node->record.roster;
    if (open->earlier_count == 0 || ledger->earlier != NULL) {
        return;
    }
    ledger->earlier = calloc(open->earlier_count, sizeof(struct origin));
    if (ledger->earlier == NULL) {
        node->broken = true;
        return;
    }
    ledger->earlier_count = open->earlier_count;
    for (size_t i = 0; i < open->earlier_count; i++) {
        ledger->earlier[i] = open->earlier[i].origin;
    }
}

void own_saw_open(struct node *node, struct ledger *ledger, struct span leaf)
{
    struct own *own = &node->own;
    bool newer;

    own_keep_open(node, ledger, leaf);
    if (own->current == NULL || own->current == ledger) {
        return;
    }
    newer = ledger->open_time >= own->current->open_time;
    for (size_t i = 0; i < ledger->earlier_count; i++) {
        newer =
            newer || origin_equal(&ledger->earlier[i], &own->current->origin);
    }
    if (!newer || own->phase == OWN_STOPPED) {
        return; /* an old one that those whom we asked did not know */
    }
    own->phase = OWN_STOPPED;
    emit_alarm(node, ALARM_ERROR, "OPENED-ELSEWHERE", NULL,
               "a ledger of this node was opened that this machine did not "
               "open: %s; nothing more is registered here until `holdfast "
               "ledger open`",
               ledger->origin.text);
}

/* ---- the pump ---- */

/* With three members the rule may be met by time alone: when the one that was
 * not heard has been silent for long enough. */
static void due_when_silent(struct node *node)
{
    uint64_t start_ms = node->started_ms + MEMBER_SILENT_MS;

    if (node->now_ms < start_ms) {
        node_due(node, start_ms);
    }
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];

        if (peer->used && peer->heard &&
            node->now_ms < peer->heard_ms + MEMBER_SILENT_MS) {
            node_due(node, peer->heard_ms + MEMBER_SILENT_MS);
        }
    }
}

static void ask_claim(struct node *node, uint32_t slot, uint32_t number)
{
    struct claim *claim = &node->peers[slot].claims[number];
    struct message *message;
    struct note_ref *ref = emit_alloc(node, sizeof(*ref));
    struct ask *ask = ref == NULL ? NULL
                                  : ask_begin(node, slot, ASK_CLAIM,
                                              MESSAGE_GET_NOTES, &message);

    if (ask == NULL) {
        return;
    }
    ref->kind = NOTE_CHECKPOINT;
    ref->name = effects_copy(node->out, origin_span(&claim->head.origin));
    message->get_notes.refs = ref;
    message->get_notes.count = 1;
    ask->claim = number;
    claim->state = CLAIM_ASKED;
}

static void load_root(struct node *node, struct claim *claim)
{
    struct want *want = emit_alloc(node, sizeof(*want));
    struct effect *effect = want == NULL ? NULL : emit(node, EFFECT_LOAD);

    if (effect == NULL) {
        return;
    }
    want->kind = WANT_ROOT;
    want->ledger = node->own.current->number;
    want->index = claim->head.size;
    claim->token = node_token(node);
    claim->state = CLAIM_LOADING;
    effect->load.token = claim->token;
    effect->load.items = want;
    effect->load.count = 1;
}

/* FETCH ends when the leaf is here, or when what the peer sent was false. */
static void look_at_fetch(struct node *node, const struct peer *peer,
                          struct claim *claim)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL &&
            origin_equal(&ledger->origin, &claim->head.origin)) {
            if ((ledger->frontier.size > 0 && ledger->seen_size > 0) ||
                ledger->frozen) {
                claim->state = CLAIM_FREE;
            }
            return;
        }
    }
    if (peer->connected && node->now_ms < peer->newcomer_at_ms) {
        claim->state = CLAIM_FREE;
    }
}

static void claims_pump(struct node *node, uint32_t slot)
{
    struct peer *peer = &node->peers[slot];

    for (uint32_t i = 0; i < LEDGERS_PER_NODE_MAX; i++) {
        struct claim *claim = &peer->claims[i];

        switch (claim->state) {
        case CLAIM_FETCH:
            look_at_fetch(node, peer, claim);
            break;
        case CLAIM_ROOT:
            if (node->own.current == NULL) {
                claim->state = CLAIM_FREE;
            } else {
                load_root(node, claim);
            }
            break;
        case CLAIM_ASK:
            if (node->now_ms < claim->at_ms) {
                node_due(node, claim->at_ms);
            } else if (peer->connected) {
                ask_claim(node, slot, i);
            }
            break;
        case CLAIM_FREE:
        case CLAIM_LOADING:
        case CLAIM_ASKED:
            break;
        }
    }
}

void own_rule_pump(struct node *node)
{
    struct own *own = &node->own;
    uint64_t heard;
    uint64_t needed;

    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (node->peers[i].used) {
            claims_pump(node, i);
        }
    }
    if (own->rule_met || node->self == NULL) {
        return;
    }
    own_heard(node, &heard, &needed);
    if (heard < needed || own_disputed(node)) {
        due_when_silent(node);
        return;
    }
    own->rule_met = true;
    emit_alarm(node, ALARM_INFO, "REGISTERING", NULL,
               "%" PRIu64 " of %" PRIu64 " members said what they hold of "
               "this node's ledgers; deposits are registered from now on",
               heard, needed);
}
