/* SPDX-License-Identifier: Apache-2.0 */
#include "model/placement.h"

#include <string.h>

#include "base/check.h"
#include "crypto/digest.h"
#include "model/roster.h"

#define LINE_1 "holdfast placement 1\n"

_Static_assert(NODE_COUNT_MAX <= 32, "a mask has room for every node");
_Static_assert(sizeof(LINE_1) - 1 + LABEL_SIZE_MAX + 1 ==
                   PLACEMENT_PREFIX_SIZE_MAX,
               "every prefix fits");

/* A node that an item may go to. */
struct candidate {
    const struct placement_node *node;
    uint64_t score;
    bool taken;
};

/* At most one for each member. */
struct candidates {
    size_t count;
    struct candidate list[NODE_COUNT_MAX]; /* best first */
};

/* ---- From the roster ----------------------------------------------------- */

/* The number of this country: that of the first store node in it. */
static uint8_t country_number(const struct roster *roster, size_t node)
{
    size_t index = 0;

    while (roster->nodes[index].role != NODE_STORE ||
           strcmp(roster->nodes[index].country, roster->nodes[node].country) !=
               0) {
        index++;
    }
    return (uint8_t)index;
}

static void node_init(struct placement_node *node, const struct roster *roster,
                      size_t index)
{
    const struct roster_node *from = &roster->nodes[index];
    size_t size = strlen(from->label.text);

    memcpy(node->prefix, LINE_1, sizeof(LINE_1) - 1);
    memcpy(node->prefix + sizeof(LINE_1) - 1, from->label.text, size);
    node->prefix[sizeof(LINE_1) - 1 + size] = 0;
    node->prefix_size = (uint8_t)(sizeof(LINE_1) - 1 + size + 1);
    node->index = (uint8_t)index;
    node->member = (uint8_t)from->member;
    node->country = country_number(roster, index);
    node->weight = from->weight;
    node->listens = from->listens;
}

void placement_init(struct placement *placement, const struct roster *roster)
{
    size_t members = roster_count_other_members(roster, NULL, true);

    memset(placement, 0, sizeof(*placement));
    /* Both are at most the number of members. */
    placement->copies = (uint8_t)roster->copies;
    placement->jurisdictions = (uint8_t)roster->jurisdictions;
    placement->everywhere = roster->copies >= members;
    for (size_t index = 0; index < roster->node_count; index++) {
        if (roster->nodes[index].role == NODE_STORE) {
            node_init(&placement->nodes[placement->node_count++], roster,
                      index);
            placement->stores |= 1u << index;
        }
    }
}

/* ---- One item ------------------------------------------------------------ */

uint64_t placement_score(const struct placement_node *node,
                         const struct payload_root *root)
{
    uint8_t text[PLACEMENT_PREFIX_SIZE_MAX + 1 + sizeof(root->bytes)];
    size_t size = node->prefix_size;
    uint64_t best = 0;

    memcpy(text, node->prefix, size);
    memcpy(text + size + 1, root->bytes, sizeof(root->bytes));
    for (unsigned ticket = 0; ticket < node->weight; ticket++) {
        struct digest digest;
        uint64_t score = 0;

        text[size] = (uint8_t)ticket;
        digest = digest_of(span_of(text, size + 1 + sizeof(root->bytes)));
        for (size_t byte = 0; byte < 8; byte++) {
            score = score << 8 | digest.bytes[byte];
        }
        best = score > best ? score : best;
    }
    return best;
}

/* Put it in its place: higher scores first, of equal ones the one that came
 * first, which has the lower label. A worse one of its member goes, and beside
 * a better one it is not put in. */
static void candidate_add(struct candidates *candidates,
                          const struct candidate *candidate)
{
    size_t at = 0;
    size_t end;

    while (at < candidates->count &&
           candidates->list[at].score >= candidate->score) {
        if (candidates->list[at].node->member == candidate->node->member) {
            return;
        }
        at++;
    }
    end = at;
    while (end < candidates->count &&
           candidates->list[end].node->member != candidate->node->member) {
        end++;
    }
    if (end == candidates->count) {
        CHECK(candidates->count < NODE_COUNT_MAX);
        candidates->count++;
    }
    memmove(&candidates->list[at + 1], &candidates->list[at],
            (end - at) * sizeof(candidates->list[0]));
    candidates->list[at] = *candidate;
}

/* The nodes taken so far, in their order. */
struct choice {
    size_t count;
    const struct placement_node *nodes[NODE_COUNT_MAX];
};

static uint32_t countries_of(const struct choice *choice)
{
    uint32_t countries = 0;

    for (size_t index = 0; index < choice->count; index++) {
        countries |= 1u << choice->nodes[index]->country;
    }
    return countries;
}

static unsigned count_bits(uint32_t bits)
{
    unsigned count = 0;

    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

/* First those that bring a new country, until there are J; then the best of
 * the others, until there are C. */
static void take(const struct placement *placement,
                 struct candidates *candidates, struct choice *choice)
{
    uint32_t countries = 0;

    for (size_t index = 0;
         index < candidates->count && choice->count < placement->jurisdictions;
         index++) {
        struct candidate *candidate = &candidates->list[index];
        uint32_t country = 1u << candidate->node->country;

        if ((countries & country) == 0) {
            countries |= country;
            candidate->taken = true;
            choice->nodes[choice->count++] = candidate->node;
        }
    }
    for (size_t index = 0;
         index < candidates->count && choice->count < placement->copies;
         index++) {
        struct candidate *candidate = &candidates->list[index];

        if (!candidate->taken) {
            candidate->taken = true;
            choice->nodes[choice->count++] = candidate->node;
        }
    }
}

/* Nodes that only dial cannot fetch from one another: one that listens should
 * be among them. */
static void exchange(const struct candidates *candidates, struct choice *choice)
{
    unsigned countries = count_bits(countries_of(choice));

    for (size_t index = 0; index < choice->count; index++) {
        if (choice->nodes[index]->listens) {
            return;
        }
    }
    for (size_t index = 0; index < candidates->count && choice->count > 0;
         index++) {
        const struct candidate *candidate = &candidates->list[index];
        const struct placement_node *last = choice->nodes[choice->count - 1];

        if (candidate->taken || !candidate->node->listens) {
            continue;
        }
        choice->nodes[choice->count - 1] = candidate->node;
        if (count_bits(countries_of(choice)) >= countries) {
            return;
        }
        choice->nodes[choice->count - 1] = last;
    }
}

static void choose(const struct placement *placement,
                   const struct payload_root *root, struct choice *choice)
{
    struct candidates candidates;

    candidates.count = 0;
    for (size_t index = 0; index < placement->node_count; index++) {
        const struct placement_node *node = &placement->nodes[index];
        struct candidate candidate = {
            .node = node,
            .score = placement_score(node, root),
        };

        candidate_add(&candidates, &candidate);
    }
    choice->count = 0;
    take(placement, &candidates, choice);
    exchange(&candidates, choice);
}

uint32_t placement_of(const struct placement *placement,
                      const struct payload_root *root)
{
    struct choice choice;
    uint32_t mask = 0;

    if (placement->everywhere) {
        return placement->stores;
    }
    choose(placement, root, &choice);
    for (size_t index = 0; index < choice.count; index++) {
        mask |= 1u << choice.nodes[index]->index;
    }
    return mask;
}

size_t placement_list(const struct placement *placement,
                      const struct payload_root *root,
                      uint8_t ret_nodes[static NODE_COUNT_MAX])
{
    struct choice choice;

    if (placement->everywhere) {
        for (size_t index = 0; index < placement->node_count; index++) {
            ret_nodes[index] = placement->nodes[index].index;
        }
        return placement->node_count;
    }
    choose(placement, root, &choice);
    for (size_t index = 0; index < choice.count; index++) {
        ret_nodes[index] = choice.nodes[index]->index;
    }
    return choice.count;
}
