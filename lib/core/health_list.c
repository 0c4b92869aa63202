/* SPDX-License-Identifier: Apache-2.0 */
#include "core/health_list.h"

#include <string.h>

#include "core/copies.h"
#include "core/emit.h"
#include "core/health.h"
#include "core/judged.h"
#include "core/ledgers.h"
#include "core/peer.h"
#include "core/picked.h"
#include "core/placed.h"
#include "core/proofs.h"
#include "core/statements.h"

/* ---- what is known of one item ---- */

/* The 64 items around one, judged once. */
struct around {
    const struct node *node;
    const struct ledger *ledger;
    uint64_t word;
    struct copies copies;
    struct copies_word bits;
};

static bool is_placed(const struct node *node, const struct ledger *ledger,
                      uint64_t index, size_t on)
{
    const struct placement *placement = &node->placed.placement;

    if (placement->everywhere) {
        return (placement->stores >> on & 1) != 0;
    }
    return index < placed_known(node, ledger) &&
           (placed_mask(node, ledger, index) >> on & 1) != 0;
}

static uint64_t age_s(const struct node *node, uint64_t time_s)
{
    return time_s != 0 && node->clock_s > time_s ? node->clock_s - time_s : 0;
}

/* Why this node of the roster has no proven copy; false: there is no why. */
static bool reason_of(const struct around *around, uint64_t index, size_t on,
                      struct list_reason *ret)
{
    const struct node *node = around->node;
    const struct roster_node *from = &node->roster->nodes[on];
    uint32_t slot =
        from == node->self ? STATED_OWN : peer_find(node, &from->label);
    const struct stated *stated = statements_find(node, slot);
    bool claimed = false;
    bool proven = false;

    for (size_t i = 0; i < around->copies.count; i++) {
        if (around->copies.voices[i].slot == slot) {
            claimed = (around->bits.any[i] >> (index % 64) & 1) != 0;
            proven = (around->bits.proven[i] >> (index % 64) & 1) != 0;
        }
    }
    ret->node = (uint32_t)on;
    ret->since = 0;
    if (proven || (!claimed && !is_placed(node, around->ledger, index, on))) {
        return false;
    }
    if (slot < STATED_OWN &&
        (proofs_failed_word(node, around->ledger, slot, index / 64) >>
             (index % 64) &
         1) != 0) {
        ret->code = REASON_BAD;
    } else if (slot != STATED_OWN &&
               (stated == NULL || !statements_fresh(node, stated))) {
        ret->code = REASON_SILENT;
        ret->since =
            slot < STATED_OWN ? age_s(node, peer_seen_s(node, slot)) : 0;
    } else if (!claimed) {
        ret->code = REASON_TO_FETCH;
    } else if (!copies_reread(node, slot)) {
        ret->code = REASON_NOT_REREAD;
        ret->since = stated == NULL || !stated->statement.has_scrubbed
                         ? 0
                         : age_s(node, stated->statement.scrubbed);
    } else {
        ret->code = REASON_UNPROVEN;
    }
    return true;
}

/* The worst first, as many as there is room for. */
static void fill_reasons(const struct around *around, struct picked_item *item)
{
    const struct roster *roster = around->node->roster;

    for (int code = REASON_BAD; code <= REASON_NOT_REREAD; code++) {
        for (size_t i = 0; i < roster->node_count &&
                           item->state.reasons_count < LIST_REASONS_MAX;
             i++) {
            struct list_reason reason;

            if (roster->nodes[i].role == NODE_STORE &&
                reason_of(around, item->index, i, &reason) &&
                reason.code == (enum list_reason_code)code) {
                item->reasons[item->state.reasons_count] = reason;
                item->state.reasons_count++;
            }
        }
    }
}

static void look_around(struct around *around, const struct node *node,
                        const struct ledger *ledger, uint64_t word)
{
    if (around->ledger != ledger) {
        copies_begin(node, ledger, &around->copies);
    }
    if (around->ledger != ledger || around->word != word) {
        copies_word(&around->copies, word, &around->bits);
    }
    around->node = node;
    around->ledger = ledger;
    around->word = word;
}

static void pick(struct around *around, const struct node *node,
                 const struct ledger *ledger, uint64_t index,
                 struct picked *picked)
{
    struct picked_item *item = &picked->items[picked->count];
    uint64_t bit = (uint64_t)1 << (index % 64);

    look_around(around, node, ledger, index / 64);
    item->ledger = ledger->number;
    item->origin = ledger->origin;
    item->index = index;
    item->held = ledger_held(ledger, index);
    item->state.state = judged_state(&ledger->judged, index);
    item->state.since = age_s(node, judged_since_s(&ledger->judged, index));
    for (size_t i = 0; i < around->copies.count; i++) {
        uint32_t member = 1u << around->copies.voices[i].member;

        item->state.proven |= (around->bits.proven[i] & bit) != 0 ? member : 0;
        item->state.open |= (around->bits.any[i] & bit) != 0 ? member : 0;
    }
    item->state.open &= ~item->state.proven;
    if (item->state.state != ITEM_PROTECTED) {
        fill_reasons(around, item);
    }
    picked->count++;
}

/* ---- by cursor ---- */

static uint64_t wanted_word(const struct ledger *ledger, uint64_t word,
                            uint32_t states)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < ITEM_STATE_COUNT; i++) {
        if ((states >> i & 1) != 0) {
            bits |= judged_in(&ledger->judged, word, (enum item_state)i);
        }
    }
    return bits;
}

/* From this leaf on; false: there is no more room. */
static bool pick_ledger(const struct node *node, const struct ledger *ledger,
                        uint64_t index, const struct msg_list *asked,
                        struct around *around, struct picked *picked)
{
    while (index < ledger->durable.checkpoint_size) {
        uint64_t bits =
            wanted_word(ledger, index / 64, asked->states) >> (index % 64);

        if (bits == 0) {
            index = (index / 64 + 1) * 64;
            continue;
        }
        while ((bits & 1) == 0) {
            bits >>= 1;
            index++;
        }
        if (index >= ledger->durable.checkpoint_size) {
            break;
        }
        if (picked->count == asked->count ||
            picked->count == LIST_DETAILS_MAX) {
            picked->more = true;
            picked->ledger = ledger->number;
            picked->index = index;
            return false;
        }
        pick(around, node, ledger, index, picked);
        index++;
    }
    return true;
}

static const struct ledger *ledger_from(const struct node *node,
                                        uint64_t number)
{
    const struct ledger *best = NULL;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->durable.size > 0 &&
            ledger->number >= number &&
            (best == NULL || ledger->number < best->number)) {
            best = ledger;
        }
    }
    return best;
}

static struct picked *begin(struct node *node)
{
    const struct roster *roster = node->roster;
    struct picked *picked = emit_alloc(node, sizeof(*picked));

    if (picked == NULL) {
        return NULL;
    }
    health_look(node);
    picked->members_count = roster->member_count;
    for (size_t i = 0; i < roster->member_count; i++) {
        picked->members[i] = roster->members[i].label;
    }
    picked->nodes_count = roster->node_count;
    for (size_t i = 0; i < roster->node_count; i++) {
        picked->nodes[i] = roster->nodes[i].label;
    }
    return picked;
}

static void serve(struct node *node, uint64_t request,
                  const struct picked *picked)
{
    struct effect *effect = emit(node, EFFECT_SERVE);

    if (effect != NULL) {
        effect->serve.request = request;
        effect->serve.picked = picked;
    }
}

static void list_all(struct node *node, uint64_t request,
                     const struct msg_list *asked)
{
    struct picked *picked = begin(node);
    struct around around = { .ledger = NULL };
    const struct ledger *ledger = ledger_from(node, asked->ledger);

    if (picked == NULL) {
        return;
    }
    while (ledger != NULL &&
           pick_ledger(node, ledger,
                       ledger->number == asked->ledger ? asked->index : 0,
                       asked, &around, picked)) {
        ledger = ledger_from(node, (uint64_t)ledger->number + 1);
    }
    serve(node, request, picked);
}

/* ---- by the first bits of the root ---- */

static bool load_next(struct node *node, struct find *find)
{
    struct want *want = emit_alloc(node, sizeof(*want));
    struct effect *effect = want == NULL ? NULL : emit(node, EFFECT_LOAD);

    if (effect == NULL) {
        return false;
    }
    *want = find->next;
    find->token = node_token(node);
    effect->load.token = find->token;
    effect->load.items = want;
    effect->load.count = 1;
    return true;
}

static void find_done(struct node *node, struct find *find, bool more)
{
    struct picked *picked = begin(node);
    struct around around = { .ledger = NULL };

    find->token = 0;
    if (picked == NULL) {
        return;
    }
    for (size_t i = 0; i < find->count; i++) {
        const struct ledger *ledger =
            ledger_by_number(node, find->found[i].ledger);

        if (ledger != NULL &&
            find->found[i].index < ledger->durable.checkpoint_size &&
            (find->states >>
                 judged_state(&ledger->judged, find->found[i].index) &
             1) != 0) {
            pick(&around, node, ledger, find->found[i].index, picked);
        }
    }
    picked->more = more;
    serve(node, find->request, picked);
}

static void list_prefix(struct node *node, uint64_t request,
                        const struct msg_list *asked)
{
    struct find *find = NULL;

    if (asked->prefix.size > DIGEST_SIZE || asked->prefix_bits == 0 ||
        asked->prefix_bits > 8 * asked->prefix.size) {
        emit_refusal(node, request, ERR_RANGE, err_name(ERR_RANGE),
                     "no possible prefix");
        return;
    }
    for (size_t i = 0; i < FINDS_MAX; i++) {
        if (node->finds[i].token == 0) {
            find = &node->finds[i];
        }
    }
    if (find == NULL) {
        emit_refusal(node, request, ERR_BUSY, "BUSY",
                     "too many items are being looked up; try again");
        return;
    }
    memset(find, 0, sizeof(*find));
    find->request = request;
    find->states = asked->states;
    find->max =
        asked->count < FIND_ITEMS_MAX ? (size_t)asked->count : FIND_ITEMS_MAX;
    find->next.kind = WANT_ITEM;
    find->next.size = asked->prefix_bits;
    memcpy(find->next.name.bytes, asked->prefix.data, asked->prefix.size);
    if (asked->prefix_bits % 8 != 0) {
        find->next.name.bytes[asked->prefix_bits / 8] &=
            (uint8_t)(0xff << (8 - asked->prefix_bits % 8));
    }
    (void)load_next(node, find); /* without memory nobody is answered */
}

bool health_list_loaded(struct node *node, const struct event *event)
{
    const struct loaded_item *item = event->loaded.items;
    struct find *find = NULL;

    for (size_t i = 0; i < FINDS_MAX; i++) {
        if (node->finds[i].token != 0 &&
            node->finds[i].token == event->loaded.token) {
            find = &node->finds[i];
        }
    }
    if (find == NULL) {
        return false;
    }
    if (event->loaded.items_count != 1 || item->err != ERR_OK) {
        find_done(node, find, false);
    } else if (find->count == find->max) {
        find_done(node, find, true);
    } else {
        find->found[find->count].ledger = item->ledger;
        find->found[find->count].index = item->index;
        find->count++;
        memcpy(find->next.name.bytes, item->root.bytes, DIGEST_SIZE);
        find->next.ledger = item->ledger;
        find->next.index = item->index + 1;
        (void)load_next(node, find);
    }
    return true;
}

void health_list_asked(struct node *node, const struct event *event)
{
    const struct msg_list *asked = &event->asked.message->list;

    if (asked->prefix.size > 0) {
        list_prefix(node, event->asked.request, asked);
    } else {
        list_all(node, event->asked.request, asked);
    }
}
