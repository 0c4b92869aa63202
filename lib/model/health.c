/* SPDX-License-Identifier: Apache-2.0 */
#include "model/health.h"

#include <stddef.h>

#include "base/text.h"

static const char *const words[ITEM_STATE_COUNT] = {
    [ITEM_PROTECTED] = "protected", [ITEM_SPREADING] = "spreading",
    [ITEM_SHORT] = "short",         [ITEM_LAST_COPY] = "last-copy",
    [ITEM_LOST] = "lost",           [ITEM_UNPROVEN] = "unproven",
};

const enum item_state item_states_worst[ITEM_STATE_COUNT] = {
    ITEM_LOST,     ITEM_LAST_COPY, ITEM_SHORT,
    ITEM_UNPROVEN, ITEM_SPREADING, ITEM_PROTECTED,
};

enum item_state item_state_of(const struct item_facts *facts,
                              const struct health_rule *rule)
{
    if (facts->proven >= rule->copies &&
        facts->proven_countries >= rule->countries) {
        return ITEM_PROTECTED;
    }
    if (facts->young && !facts->failed) {
        return ITEM_SPREADING;
    }
    if (facts->any == 0) {
        return ITEM_LOST;
    }
    if (facts->any >= rule->copies && facts->any_countries >= rule->countries) {
        return ITEM_UNPROVEN;
    }
    return facts->any == 1 ? ITEM_LAST_COPY : ITEM_SHORT;
}

/* Those that have at least so many. */
static uint64_t at_least(const struct tally *tally, unsigned n)
{
    return n == 0 ? UINT64_MAX : ~tally_at_most(tally, n - 1);
}

void health_judge(const struct health_word *word, uint64_t items,
                  const struct health_rule *rule,
                  uint64_t ret_states[static ITEM_STATE_COUNT])
{
    const struct {
        enum item_state state;
        uint64_t bits;
    } rules[] = {
        { ITEM_PROTECTED,
          at_least(&word->proven, rule->copies) &
              at_least(&word->proven_countries, rule->countries) },
        { ITEM_SPREADING, word->young & ~word->failed },
        { ITEM_LOST, tally_is(&word->any, 0) },
        { ITEM_UNPROVEN, at_least(&word->any, rule->copies) &
                             at_least(&word->any_countries, rule->countries) },
        { ITEM_LAST_COPY, tally_is(&word->any, 1) },
        { ITEM_SHORT, UINT64_MAX },
    };

    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        ret_states[rules[i].state] = items & rules[i].bits;
        items &= ~rules[i].bits;
    }
}

const char *item_state_word(enum item_state state)
{
    return words[state];
}

enum err item_state_parse(struct span word, enum item_state *ret_state)
{
    for (int state = 0; state < ITEM_STATE_COUNT; state++) {
        if (span_equal(word, span_str(words[state]))) {
            *ret_state = (enum item_state)state;
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}

unsigned item_state_rank(enum item_state state)
{
    unsigned rank = 0;

    while (item_states_worst[rank] != state) {
        rank++;
    }
    return rank;
}

enum item_state health_worst(const uint32_t states[static ITEM_STATE_COUNT])
{
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        if (states[item_states_worst[i]] > 0) {
            return item_states_worst[i];
        }
    }
    return ITEM_PROTECTED;
}

static void put_count(struct buf *sentence, uint32_t count, const char *one,
                      const char *many)
{
    buf_printf(sentence, "%u %s", (unsigned)count, count == 1 ? one : many);
}

void health_headline(const uint32_t states[static ITEM_STATE_COUNT],
                     struct buf *sentence)
{
    enum item_state worst = health_worst(states);
    uint32_t count = states[worst];

    switch (worst) {
    case ITEM_LOST:
        put_count(sentence, count, "item: no good copy can be found",
                  "items: no good copy can be found");
        break;
    case ITEM_LAST_COPY:
        put_count(sentence, count, "item has only one good copy left",
                  "items have only one good copy left");
        break;
    case ITEM_SHORT:
        put_count(sentence, count, "item has too few copies",
                  "items have too few copies");
        break;
    case ITEM_UNPROVEN:
        put_count(sentence, count, "item has copies that nobody has proved",
                  "items have copies that nobody has proved");
        break;
    case ITEM_SPREADING:
        put_count(sentence, count, "item is new and being copied",
                  "items are new and being copied");
        break;
    case ITEM_PROTECTED:
        if (count == 0) {
            buf_put_str(sentence, "no items yet");
        } else if (count == 1) {
            buf_put_str(sentence, "the only item is protected");
        } else {
            buf_printf(sentence, "all %u items are protected", (unsigned)count);
        }
        break;
    }
}

enum health_verdict health_verdict_of(
    const uint32_t states[static ITEM_STATE_COUNT], bool critical)
{
    if (critical || states[ITEM_LOST] > 0 || states[ITEM_LAST_COPY] > 0 ||
        states[ITEM_SHORT] > 0) {
        return HEALTH_BAD;
    }
    return states[ITEM_UNPROVEN] > 0 ? HEALTH_UNKNOWN : HEALTH_GOOD;
}
