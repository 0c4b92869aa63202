/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "crypto/digest.h"
#include "model/placement.h"
#include "model/roster.h"

#define ITEMS 3000

static struct roster roster;
static struct placement placement;

/* A node of this one-letter member, which is also its label's first letter;
 * they come in the order of their labels. */
static void add(const char *label, const char *country, uint8_t weight,
                const char *mode)
{
    struct roster_node *node = &roster.nodes[roster.node_count++];

    cr_assert(label_parse(span_str(label), &node->label) == ERR_OK);
    node->member = (size_t)(label[0] - 'a');
    if (node->member >= roster.member_count) {
        roster.member_count = node->member + 1;
    }
    memcpy(node->country, country, 3);
    node->weight = weight;
    node->listens = strcmp(mode, "listen") == 0;
    node->role = NODE_STORE;
}

static void start(uint64_t copies, uint64_t jurisdictions)
{
    memset(&roster, 0, sizeof(roster));
    roster.copies = copies;
    roster.jurisdictions = jurisdictions;
}

static struct payload_root item(uint32_t number)
{
    struct digest digest = digest_of(span_of(&number, sizeof(number)));

    return payload_root_from_digest(&digest);
}

static bool in(uint32_t mask, size_t node)
{
    return (mask >> node & 1) != 0;
}

static size_t countries(uint32_t mask)
{
    const char *seen[NODE_COUNT_MAX];
    size_t count = 0;

    for (size_t node = 0; node < roster.node_count; node++) {
        size_t at = 0;

        if (!in(mask, node)) {
            continue;
        }
        while (at < count &&
               strcmp(seen[at], roster.nodes[node].country) != 0) {
            at++;
        }
        if (at == count) {
            seen[count++] = roster.nodes[node].country;
        }
    }
    return count;
}

static size_t members(uint32_t mask)
{
    uint32_t seen = 0;
    size_t count = 0;

    for (size_t node = 0; node < roster.node_count; node++) {
        if (in(mask, node) && (seen >> roster.nodes[node].member & 1) == 0) {
            seen |= 1u << roster.nodes[node].member;
            count++;
        }
    }
    return count;
}

static size_t nodes(uint32_t mask)
{
    size_t count = 0;

    for (size_t node = 0; node < roster.node_count; node++) {
        count += in(mask, node) ? 1 : 0;
    }
    return count;
}

/* Each item has C members in J countries, one node of each. */
Test(placement, meets_the_rule)
{
    start(3, 2);
    add("a1", "DK", 1, "listen");
    add("a2", "LT", 4, "dial");
    add("b1", "DK", 16, "listen");
    add("c1", "DK", 16, "listen");
    add("d1", "DK", 16, "listen");
    add("e1", "PL", 1, "listen");
    placement_init(&placement, &roster);
    cr_assert_not(placement.everywhere);
    for (uint32_t number = 0; number < ITEMS; number++) {
        struct payload_root root = item(number);
        uint32_t mask = placement_of(&placement, &root);

        cr_assert_eq(nodes(mask), 3);
        cr_assert_eq(members(mask), 3);
        cr_assert_geq(countries(mask), 2);
    }
}

/* Nodes that are leaving or only observe get nothing. */
Test(placement, only_on_store_nodes)
{
    start(2, 1);
    add("a1", "DK", 1, "listen");
    add("b1", "DK", 1, "listen");
    add("c1", "DK", 16, "listen");
    add("d1", "DK", 16, "listen");
    add("e1", "DK", 1, "listen");
    roster.nodes[2].role = NODE_LEAVING;
    roster.nodes[3].role = NODE_OBSERVER;
    placement_init(&placement, &roster);
    cr_assert_eq(placement.stores, 0x13);
    for (uint32_t number = 0; number < ITEMS; number++) {
        struct payload_root root = item(number);
        uint32_t mask = placement_of(&placement, &root);

        cr_assert_eq(mask & ~0x13u, 0);
        cr_assert_eq(nodes(mask), 2);
    }
}

/* With as many copies as there are members with a store node, all of them hold
 * all, a member's second node too. */
Test(placement, everywhere_when_the_rule_wants_all)
{
    struct payload_root root = item(1);
    uint8_t list[NODE_COUNT_MAX];

    start(3, 1);
    add("a1", "DK", 1, "dial");
    add("a2", "DK", 1, "dial");
    add("b1", "DK", 1, "dial");
    add("c1", "DK", 1, "dial");
    roster.nodes[3].role = NODE_OBSERVER;
    placement_init(&placement, &roster);
    cr_assert(placement.everywhere);
    cr_assert_eq(placement_of(&placement, &root), 7);
    cr_assert_eq(placement_list(&placement, &root, list), 3);
    cr_assert(list[0] == 0 && list[1] == 1 && list[2] == 2);
    /* Nobody to hold anything. */
    start(1, 1);
    placement_init(&placement, &roster);
    cr_assert_eq(placement_of(&placement, &root), 0);
}

/* With too few countries the rest of the rule is kept. */
Test(placement, goes_on_without_enough_countries)
{
    start(2, 2);
    add("a1", "DK", 1, "dial");
    add("b1", "DK", 1, "dial");
    add("c1", "DK", 1, "dial");
    placement_init(&placement, &roster);
    for (uint32_t number = 0; number < ITEMS; number++) {
        struct payload_root root = item(number);

        cr_assert_eq(nodes(placement_of(&placement, &root)), 2);
    }
}

/* One of the chosen listens, unless that would cost a country. */
Test(placement, wants_a_listener)
{
    size_t without = 0;

    start(2, 2);
    add("a1", "DK", 16, "dial");
    add("b1", "LT", 16, "dial");
    add("c1", "DK", 1, "listen");
    placement_init(&placement, &roster);
    for (uint32_t number = 0; number < ITEMS; number++) {
        struct payload_root root = item(number);
        uint32_t mask = placement_of(&placement, &root);
        uint8_t list[NODE_COUNT_MAX];

        cr_assert_eq(placement_list(&placement, &root, list), 2);
        cr_assert_eq(countries(mask), 2);
        if (!in(mask, 2)) {
            /* Taken last, b1 in LT cannot go for c1 in DK. */
            cr_assert_eq(list[1], 1);
            without++;
        }
    }
    cr_assert_gt(without, ITEMS / 4);
    cr_assert_lt(without, ITEMS * 3 / 4);
}

/* A node of weight 16 gets about as much more as its weight says, and one more
 * node moves only what goes to it. */
Test(placement, follows_weights_and_moves_little)
{
    static uint32_t before[ITEMS];
    size_t heavy = 0;
    size_t moved = 0;

    start(1, 1);
    add("a1", "DK", 1, "listen");
    add("b1", "DK", 3, "listen");
    placement_init(&placement, &roster);
    for (uint32_t number = 0; number < ITEMS; number++) {
        struct payload_root root = item(number);

        before[number] = placement_of(&placement, &root);
        heavy += in(before[number], 1) ? 1 : 0;
    }
    cr_assert_gt(heavy, ITEMS * 7 / 10);
    cr_assert_lt(heavy, ITEMS * 8 / 10);
    add("c1", "DK", 4, "listen");
    placement_init(&placement, &roster);
    for (uint32_t number = 0; number < ITEMS; number++) {
        struct payload_root root = item(number);
        uint32_t mask = placement_of(&placement, &root);

        cr_assert(mask == before[number] || mask == 4);
        moved += mask == 4 ? 1 : 0;
    }
    cr_assert_gt(moved, ITEMS * 4 / 10);
    cr_assert_lt(moved, ITEMS * 6 / 10);
}

/* The most nodes there can be, each of the greatest weight and longest label.
 */
Test(placement, has_room_for_all)
{
    char label[] = "a0123456789012345678901234567890";

    start(25, 25);
    for (int index = 0; index < 29; index++) {
        label[0] = (char)('a' + index % 26);
        label[31] = (char)('0' + index / 26);
        add(label, (const char[]){ 'A', (char)('A' + index % 26), '\0' }, 16,
            "listen");
    }
    add("z9", "ZZ", 16, "listen");
    placement_init(&placement, &roster);
    for (uint32_t number = 0; number < 50; number++) {
        struct payload_root root = item(number);
        uint32_t mask = placement_of(&placement, &root);

        cr_assert_eq(members(mask), 25);
        cr_assert_eq(nodes(mask), 25);
    }
}
