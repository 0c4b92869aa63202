/* SPDX-License-Identifier: Apache-2.0 */
#include "core/copies.h"

#include <stdlib.h>
#include <string.h>

#include "core/ledgers.h"
#include "core/proofs.h"
#include "core/seen.h"
#include "core/statements.h"
#include "core/twins.h"

/* ---- who counts ---- */

bool copies_reread(const struct node *node, uint32_t slot)
{
    const struct stated *stated = statements_find(node, slot);
    uint64_t scrubbed = stated == NULL ? 0 : stated->statement.scrubbed;

    return stated != NULL && stated->statement.has_scrubbed &&
           scrubbed <= node->clock_s + STATEMENT_AHEAD_S_MAX &&
           (scrubbed > node->clock_s ||
            node->clock_s - scrubbed < node->roster->proof_age_seconds);
}

bool copies_vouched(const struct node *node, uint32_t slot)
{
    const struct stated *stated = statements_find(node, slot);

    if (stated == NULL || !copies_reread(node, slot)) {
        return false;
    }
    return slot == STATED_OWN ||
           (statements_fresh(node, stated) && proofs_enough(node, slot) &&
            !proofs_doubted(node, slot));
}

struct health_rule copies_rule(const struct node *node)
{
    return (struct health_rule){
        .copies = (unsigned)node->roster->copies,
        .countries = (unsigned)node->roster->jurisdictions,
    };
}

/* ---- the voices of one ledger ---- */

static int compare_countries(const void *a, const void *b)
{
    const char *const *first = a;
    const char *const *second = b;

    return strcmp(*first, *second);
}

static void list_countries(const struct roster *roster, struct copies *copies)
{
    size_t count = 0;

    for (size_t i = 0; i < roster->node_count; i++) {
        if (roster->nodes[i].role == NODE_STORE) {
            copies->countries[count] = roster->nodes[i].country;
            count++;
        }
    }
    qsort(copies->countries, count, sizeof(copies->countries[0]),
          compare_countries);
    copies->countries_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 ||
            strcmp(copies->countries[i], copies->countries[i - 1]) != 0) {
            copies->countries[copies->countries_count] = copies->countries[i];
            copies->countries_count++;
        }
    }
}

static size_t find_country(const struct copies *copies, const char *country)
{
    size_t i = 0;

    while (i < copies->countries_count &&
           strcmp(copies->countries[i], country) != 0) {
        i++;
    }
    return i;
}

static void add_voice(struct copies *copies, const struct roster_node *from,
                      uint32_t slot, const uint8_t *bits, size_t size)
{
    size_t at = copies->count;

    while (at > 0 && copies->voices[at - 1].member > from->member) {
        copies->voices[at] = copies->voices[at - 1];
        at--;
    }
    copies->voices[at] = (struct copy_voice){
        .slot = slot,
        .member = from->member,
        .country = find_country(copies, from->country),
        .vouched = copies_vouched(copies->node, slot),
        .failing = slot != STATED_OWN && proofs_failed(copies->node, slot) > 0,
        .bits = bits,
        .size = size,
    };
    copies->count++;
}

static void sort_by_country(struct copies *copies)
{
    for (size_t i = 0; i < copies->count; i++) {
        size_t at = i;

        while (at > 0 && copies->voices[copies->by_country[at - 1]].country >
                             copies->voices[i].country) {
            copies->by_country[at] = copies->by_country[at - 1];
            at--;
        }
        copies->by_country[at] = i;
    }
}

void copies_begin(const struct node *node, const struct ledger *ledger,
                  struct copies *ret_copies)
{
    ret_copies->node = node;
    ret_copies->ledger = ledger;
    ret_copies->count = 0;
    list_countries(node->roster, ret_copies);
    if (node->self != NULL && node->self->role == NODE_STORE) {
        add_voice(ret_copies, node->self, STATED_OWN, ledger->held,
                  ledger->held_room);
    }
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct claimed *claimed = &ledger->claimed[i];
        const struct roster_node *from;

        if (claimed->size == 0 || !node->peers[i].used ||
            statements_find(node, i) == NULL ||
            twins_found(node, &node->peers[i].label)) {
            continue;
        }
        from =
            roster_find_node(node->roster, label_span(&node->peers[i].label));
        if (from != NULL && from->role == NODE_STORE) {
            add_voice(ret_copies, from, i, claimed->bits, claimed->room);
        }
    }
    sort_by_country(ret_copies);
    seen_young(node, ledger, &ret_copies->young_from, &ret_copies->young_to);
}

/* ---- 64 items ---- */

void copies_word(const struct copies *copies, uint64_t word,
                 struct copies_word *ret_word)
{
    ret_word->items = ledger_items_word(copies->ledger, word);
    ret_word->young = bits_below(copies->young_to, word) &
                      ~bits_below(copies->young_from, word);
    ret_word->failed = 0;
    for (size_t i = 0; i < copies->count; i++) {
        const struct copy_voice *voice = &copies->voices[i];
        uint64_t failed = 0;

        ret_word->any[i] = bits_word(voice->bits, voice->size, word);
        if (voice->failing) {
            failed = proofs_failed_word(copies->node, copies->ledger,
                                        voice->slot, word);
        }
        ret_word->proven[i] = voice->vouched ? ret_word->any[i] & ~failed : 0;
        ret_word->failed |= failed;
    }
}

/* How many members have each, by bits a voice. */
static void by_members(const struct copies *copies,
                       const uint64_t bits[static STATED_COUNT],
                       struct tally *ret_tally)
{
    memset(ret_tally, 0, sizeof(*ret_tally));
    for (size_t i = 0; i < copies->count;) {
        size_t member = copies->voices[i].member;
        uint64_t these = 0;

        for (; i < copies->count && copies->voices[i].member == member; i++) {
            these |= bits[i];
        }
        tally_add(ret_tally, these);
    }
}

static void by_countries(const struct copies *copies,
                         const uint64_t bits[static STATED_COUNT],
                         struct tally *ret_tally)
{
    memset(ret_tally, 0, sizeof(*ret_tally));
    for (size_t i = 0; i < copies->count;) {
        size_t country = copies->voices[copies->by_country[i]].country;
        uint64_t these = 0;

        for (; i < copies->count &&
               copies->voices[copies->by_country[i]].country == country;
             i++) {
            these |= bits[copies->by_country[i]];
        }
        tally_add(ret_tally, these);
    }
}

void copies_judge(const struct copies *copies, const struct copies_word *word,
                  uint64_t ret_states[static ITEM_STATE_COUNT])
{
    struct health_rule rule = copies_rule(copies->node);
    struct health_word facts = { .young = word->young, .failed = word->failed };

    by_members(copies, word->proven, &facts.proven);
    by_members(copies, word->any, &facts.any);
    by_countries(copies, word->proven, &facts.proven_countries);
    by_countries(copies, word->any, &facts.any_countries);
    health_judge(&facts, word->items, &rule, ret_states);
}

void copies_without(const struct copies *copies, const struct copies_word *word,
                    size_t country, uint64_t *ret_none, uint64_t *ret_one)
{
    uint64_t one = 0; /* at least */
    uint64_t two = 0;

    for (size_t i = 0; i < copies->count;) {
        size_t member = copies->voices[i].member;
        uint64_t these = 0;

        for (; i < copies->count && copies->voices[i].member == member; i++) {
            if (copies->voices[i].country != country) {
                these |= word->any[i];
            }
        }
        two |= one & these;
        one |= these;
    }
    *ret_none = word->items & ~one;
    *ret_one = word->items & one & ~two;
}
