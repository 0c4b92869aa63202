/* SPDX-License-Identifier: Apache-2.0 */
#include "model/claims.h"

#include <stdlib.h>

#include "base/check.h"
#include "model/roster.h"

/* ---- Taking apart -------------------------------------------------------- */

static size_t runs_count(struct span text)
{
    size_t count = text.size > 0 ? 1 : 0;

    for (size_t i = 0; i < text.size; i++) {
        count += text.data[i] == ',';
    }
    return count;
}

static size_t count_all(const struct statement *statement)
{
    size_t count = 0;

    for (size_t i = 0; i < statement->holds_count; i++) {
        count += runs_count(statement->holds[i].except) +
                 runs_count(statement->holds[i].plus);
    }
    return count;
}

/* Behind those that are there; where they begin, and how many they are. */
static const struct run *take_runs(struct claims *claims, size_t *count,
                                   struct span text, size_t *ret_count)
{
    struct run *first = claims->runs + *count;
    struct runs runs;

    *ret_count = 0;
    runs_init(&runs, text, UINT64_MAX);
    while (runs_next(&runs, &first[*ret_count])) {
        (*ret_count)++;
    }
    CHECK(!runs.failed); /* the statement was parsed */
    *count += *ret_count;
    return first;
}

static bool take_placement(const struct statement *statement,
                           const struct roster *roster, struct claims *claims)
{
    const struct roster_node *node =
        roster == NULL ? NULL
                       : roster_find_node(roster, label_span(&statement->node));
    bool needed = false;

    for (size_t i = 0; i < statement->holds_count; i++) {
        needed = needed || statement->holds[i].form == HOLDS_PLACED;
    }
    if (node == NULL || !needed) {
        return true;
    }
    claims->placement = malloc(sizeof(*claims->placement));
    if (claims->placement == NULL) {
        return false;
    }
    placement_init(claims->placement, roster);
    claims->node = 1u << roster_node_index(roster, node);
    return true;
}

enum err claims_init(const struct statement *statement,
                     const struct roster *roster, struct claims *ret_claims)
{
    struct claims claims = { .line_count = statement->holds_count };
    size_t count = 0;

    claims.lines = calloc(claims.line_count + 1, sizeof(*claims.lines));
    /* One more: reading stops behind the last. */
    claims.runs = calloc(count_all(statement) + 1, sizeof(*claims.runs));
    if (claims.lines == NULL || claims.runs == NULL ||
        !take_placement(statement, roster, &claims)) {
        claims_done(&claims);
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < claims.line_count; i++) {
        struct claims_line *line = &claims.lines[i];

        line->holds = &statement->holds[i];
        line->except = take_runs(&claims, &count, line->holds->except,
                                 &line->except_count);
        line->plus =
            take_runs(&claims, &count, line->holds->plus, &line->plus_count);
    }
    *ret_claims = claims;
    return ERR_OK;
}

void claims_done(struct claims *claims)
{
    free(claims->lines);
    free(claims->runs);
    free(claims->placement);
    *claims = (struct claims){ .lines = NULL };
}

/* ---- Asking -------------------------------------------------------------- */

static const struct claims_line *find_line(const struct claims *claims,
                                           const struct origin *origin)
{
    size_t low = 0;
    size_t high = claims->line_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order =
            origin_compare(&claims->lines[middle].holds->origin, origin);

        if (order == 0) {
            return &claims->lines[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static bool in_runs(const struct run *runs, size_t count, uint64_t index)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (index < runs[middle].first) {
            high = middle;
        } else if (index > runs[middle].last) {
            low = middle + 1;
        } else {
            return true;
        }
    }
    return false;
}

static bool is_placed(const struct claims *claims,
                      const struct statement *statement,
                      struct claims_item *item)
{
    if (claims->placement == NULL) {
        return false;
    }
    if (!item->has_mask ||
        !digest_equal(&item->mask_roster, &statement->roster)) {
        item->mask = placement_of(claims->placement, item->root);
        item->mask_roster = statement->roster;
        item->has_mask = true;
    }
    return (item->mask & claims->node) != 0;
}

bool claims_cover(const struct claims *claims, const struct origin *origin,
                  uint64_t index)
{
    const struct claims_line *line = find_line(claims, origin);

    return line != NULL && index < line->holds->size;
}

bool claims_has(const struct claims *claims, const struct statement *statement,
                struct claims_item *item)
{
    const struct claims_line *line = find_line(claims, item->origin);
    bool held = false;

    if (line == NULL || item->index >= line->holds->size) {
        return false;
    }
    if (in_runs(line->plus, line->plus_count, item->index)) {
        return true;
    }
    switch (line->holds->form) {
    case HOLDS_ALL:
        held = true;
        break;
    case HOLDS_PLACED:
        held = is_placed(claims, statement, item);
        break;
    case HOLDS_NONE:
        break;
    }
    return held && !in_runs(line->except, line->except_count, item->index);
}
