/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "model/placement.h"
#include "model/roster.h"
#include "support/vectors.h"

/* Members of a table, in the order in which their labels turn up. */
static size_t member_of(struct roster *roster, const char *label)
{
    size_t index = 0;

    while (index < roster->member_count &&
           strcmp(roster->members[index].label.text, label) != 0) {
        index++;
    }
    if (index == roster->member_count) {
        cr_assert(label_parse(span_str(label), &roster->members[index].label) ==
                  ERR_OK);
        roster->member_count++;
    }
    return index;
}

static void node_read(struct roster *roster, const json_t *fields)
{
    struct roster_node *node = &roster->nodes[roster->node_count++];
    const char *text[6];

    for (size_t index = 0; index < 6; index++) {
        text[index] = json_string_value(json_array_get(fields, index));
    }
    cr_assert(label_parse(span_str(text[0]), &node->label) == ERR_OK);
    node->member = member_of(roster, text[1]);
    node->role = strcmp(text[2], "store") == 0 ? NODE_STORE : NODE_OBSERVER;
    cr_assert_eq(strlen(text[3]), 2);
    memcpy(node->country, text[3], 3);
    node->weight = (uint8_t)json_integer_value(json_array_get(fields, 4));
    node->listens = strcmp(text[5], "listen") == 0;
}

/* A roster as a table and a case say; what placement does not look at is
 * missing. */
static void roster_read(const json_t *file, const json_t *one,
                        struct roster *roster)
{
    json_t *tables = json_object_get(file, "tables");
    json_t *table = json_object_get(tables, vectors_str(one, "table"));
    json_t *fields;
    size_t index;

    memset(roster, 0, sizeof(*roster));
    roster->copies = vectors_uint(one, "copies");
    roster->jurisdictions = vectors_uint(one, "jurisdictions");
    cr_assert_gt(json_array_size(table), 0);
    json_array_foreach(table, index, fields)
    {
        node_read(roster, fields);
    }
}

static void scores_expect(const json_t *one, const struct roster *roster,
                          const struct placement *placement,
                          const struct payload_root *root)
{
    json_t *scores = json_object_get(one, "scores");

    for (size_t index = 0; scores != NULL && index < placement->node_count;
         index++) {
        const struct placement_node *node = &placement->nodes[index];
        char text[17];

        (void)snprintf(text, sizeof(text), "%016llx",
                       (unsigned long long)placement_score(node, root));
        cr_expect_str_eq(
            text, vectors_str(scores, roster->nodes[node->index].label.text));
    }
}

/* Every item goes where it is listed to go, in that order. */
Test(placement_vectors, cases)
{
    static struct roster roster;
    json_t *file = vectors_load("holdfast/placement.json");
    json_t *one;
    size_t number;

    json_array_foreach(vectors_cases(file, "cases"), number, one)
    {
        json_t *wanted = json_object_get(one, "chosen");
        uint8_t nodes[NODE_COUNT_MAX];
        struct placement placement;
        struct payload_root root;
        uint32_t mask = 0;
        size_t count;

        roster_read(file, one, &roster);
        vectors_hex_fixed(one, "root", root.bytes, sizeof(root.bytes));
        placement_init(&placement, &roster);
        scores_expect(one, &roster, &placement, &root);
        count = placement_list(&placement, &root, nodes);
        cr_assert_eq(count, json_array_size(wanted), "%s", vectors_name(one));
        for (size_t index = 0; index < count; index++) {
            cr_expect_str_eq(roster.nodes[nodes[index]].label.text,
                             json_string_value(json_array_get(wanted, index)),
                             "%s", vectors_name(one));
            mask |= 1u << nodes[index];
        }
        cr_expect_eq(placement_of(&placement, &root), mask);
    }
    json_decref(file);
}
