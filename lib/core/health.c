/* SPDX-License-Identifier: Apache-2.0 */
#include "core/health.h"

#include <string.h>

#include "core/copies.h"
#include "core/days.h"
#include "core/holdings.h"
#include "core/judged.h"
#include "core/ledgers.h"

#define LOOK_AGE_MS 2000
#define LOOK_PERIOD_MS 60000

/* What 64 items come to, kept for the next word: where everybody holds the
 * same, which is most often, nothing is counted twice. */
struct sums {
    bool known;
    struct copies_word word;
    uint64_t states[ITEM_STATE_COUNT];
    unsigned none[NODE_COUNT_MAX];
    unsigned one[NODE_COUNT_MAX];
};

static bool same_word(const struct copies *copies, const struct copies_word *a,
                      const struct copies_word *b)
{
    size_t size = copies->count * sizeof(a->any[0]);

    return a->items == b->items && a->young == b->young &&
           a->failed == b->failed && memcmp(a->any, b->any, size) == 0 &&
           memcmp(a->proven, b->proven, size) == 0;
}

static void sum(const struct copies *copies, uint64_t word, struct sums *sums)
{
    struct copies_word now;

    copies_word(copies, word, &now);
    if (sums->known && same_word(copies, &now, &sums->word)) {
        return;
    }
    sums->known = true;
    sums->word = now;
    copies_judge(copies, &now, sums->states);
    for (size_t i = 0; i < copies->countries_count; i++) {
        uint64_t none;
        uint64_t one;

        copies_without(copies, &now, i, &none, &one);
        sums->none[i] = word_count(none);
        sums->one[i] = word_count(one);
    }
}

static void add_sums(struct health *health, const struct copies *copies,
                     const struct sums *sums)
{
    unsigned items = word_count(sums->word.items);

    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        health->states[i] += word_count(sums->states[i]);
    }
    for (size_t i = 0; i < copies->countries_count; i++) {
        health->losses[i].none_left += sums->none[i];
        health->losses[i].one_left += sums->one[i];
        health->losses[i].more_left += items - sums->none[i] - sums->one[i];
    }
}

/* Since when the oldest is in each state. */
static void add_oldest(struct health *health, const struct judged *judged,
                       uint64_t word,
                       const uint64_t states[static ITEM_STATE_COUNT])
{
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        uint64_t since_s;

        if (i == ITEM_PROTECTED || states[i] == 0) {
            continue;
        }
        since_s = judged_oldest_s(judged, word, states[i]);
        if (since_s != UINT64_MAX &&
            (health->since_s[i] == 0 || since_s < health->since_s[i])) {
            health->since_s[i] = since_s;
        }
    }
}

static void look_at(struct node *node, struct ledger *ledger)
{
    uint64_t words = ledger_words(ledger);
    struct sums sums = { .known = false };
    struct copies copies;
    bool keeps;

    keeps = judged_room(&ledger->judged, ledger->durable.size);
    copies_begin(node, ledger, &copies);
    for (uint64_t word = 0; word < words; word++) {
        sum(&copies, word, &sums);
        add_sums(&node->health, &copies, &sums);
        if (keeps) {
            judged_word(&ledger->judged, word, sums.word.items, sums.states,
                        node->clock_s);
            add_oldest(&node->health, &ledger->judged, word, sums.states);
        }
    }
}

static void begin(struct node *node)
{
    static const struct ledger none;
    struct health *health = &node->health;
    struct copies copies;

    copies_begin(node, &none, &copies);
    memset(health, 0, sizeof(*health));
    health->losses_count = copies.countries_count;
    for (size_t i = 0; i < copies.countries_count; i++) {
        memcpy(health->losses[i].country, copies.countries[i],
               sizeof(health->losses[i].country));
    }
}

/* Items that the last look did not see? What nobody has judged would stand
 * there as not known. */
static bool has_grown(const struct node *node)
{
    uint64_t judged = 0;

    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        judged += node->health.states[i];
    }
    return judged != ledgers_items(node);
}

/* What is placed on each peer and not claimed by it. */
static void look_behind(struct node *node)
{
    struct health *health = &node->health;
    uint64_t items;

    if (!node->placed.placement.everywhere) {
        holdings_behind(node, health->behind);
        return;
    }
    items = ledgers_items(node);
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (node->peers[i].used && node->peers[i].role == NODE_STORE) {
            uint64_t claimed = holdings_claimed(node, i);

            health->behind[i] = items > claimed ? items - claimed : 0;
        }
    }
}

static void look(struct node *node)
{
    struct health *health = &node->health;

    begin(node);
    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL && node->ledgers[i]->durable.size > 0) {
            look_at(node, node->ledgers[i]);
        }
    }
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        if ((i == ITEM_SHORT || i == ITEM_LAST_COPY || i == ITEM_LOST) &&
            health->since_s[i] != 0 &&
            (health->oldest_s == 0 || health->since_s[i] < health->oldest_s)) {
            health->oldest_s = health->since_s[i];
        }
    }
    look_behind(node);
    health->looked = true;
    health->looked_ms = node->now_ms;
    days_count(node);
}

void health_look(struct node *node)
{
    if (!node->health.looked || has_grown(node) ||
        node->now_ms - node->health.looked_ms >= LOOK_AGE_MS) {
        look(node);
    }
}

void health_pump(struct node *node)
{
    if (!node->health.looked ||
        node->now_ms - node->health.looked_ms >= LOOK_PERIOD_MS) {
        look(node);
    }
    node_due(node, node->health.looked_ms + LOOK_PERIOD_MS);
}

/* ---- for a status ---- */

static void fill_losses(const struct health *health, struct effects *effects,
                        struct status_health *ret)
{
    struct status_loss *losses =
        effects_alloc(effects, NODE_COUNT_MAX * sizeof(*losses));

    for (size_t i = 0; losses != NULL && i < health->losses_count; i++) {
        const struct country_loss *loss = &health->losses[i];

        losses[i].country = effects_copy(effects, span_str(loss->country));
        losses[i].none_left = loss->none_left;
        losses[i].one_left = loss->one_left;
        losses[i].more_left = loss->more_left;
    }
    ret->losses = losses;
    ret->losses_count = losses == NULL ? 0 : health->losses_count;
}

void health_status(const struct node *node, struct effects *effects,
                   struct msg_status_reply *ret)
{
    const struct health *health = &node->health;

    memcpy(ret->health.states, health->states, sizeof(ret->health.states));
    ret->health.view_age = (node->now_ms - health->looked_ms) / 1000;
    if (health->oldest_s != 0) {
        ret->health.short_oldest = node->clock_s > health->oldest_s
                                       ? node->clock_s - health->oldest_s
                                       : 1;
    }
    ret->health.proof_age = node->roster->proof_age_seconds;
    fill_losses(health, effects, &ret->health);
    days_status(node, effects, &ret->health);
    health_problems(node, effects, ret);
}
