/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/why.h"
#include "core/copies.h"
#include "core/health.h"
#include "core/ledgers.h"
#include "core/peer.h"
#include "core/proofs.h"
#include "core/statements.h"

#define TEXT_SIZE_MAX WHY_SIZE
/* Fewer than may stand in a message, so that all of it fits. */
#define PROBLEMS_MAX 20
#define NAMES_MAX 3 /* nodes named in one sentence; the others are a number */

struct teller {
    const struct node *node;
    struct effects *effects;
    struct status_problem *problems;
    size_t count;
};

static struct span keep(struct teller *teller, struct buf *text)
{
    struct span span = buf_failed(text)
                           ? span_of(NULL, 0)
                           : effects_copy(teller->effects, buf_span(text));

    buf_done(text);
    return span;
}

static struct status_problem *next_problem(struct teller *teller,
                                           const char *code)
{
    struct status_problem *problem = &teller->problems[teller->count];

    teller->count++;
    problem->code = effects_copy(teller->effects, span_str(code));
    return problem;
}

static uint64_t ago(const struct node *node, uint64_t time_s)
{
    return time_s != 0 && node->clock_s > time_s ? node->clock_s - time_s : 0;
}

/* ---- the nodes that a sentence speaks of ---- */

enum trouble {
    TROUBLE_SILENT,  /* no statement of it that is young enough */
    TROUBLE_BEHIND,  /* items to fetch */
    TROUBLE_DOUBTED, /* answers of it were wrong */
    TROUBLE_REREAD,  /* did not read everything again in time */
    TROUBLE_UNASKED  /* too few right answers yet */
};

static bool is_store(const struct node *node, uint32_t slot)
{
    return node->peers[slot].used && node->peers[slot].role == NODE_STORE;
}

static bool has(const struct node *node, uint32_t slot, enum trouble trouble)
{
    const struct stated *stated = statements_find(node, slot);
    bool fresh = stated != NULL && statements_fresh(node, stated);

    switch (trouble) {
    case TROUBLE_SILENT:
        return !fresh;
    case TROUBLE_BEHIND:
        return fresh && node->health.behind[slot] > 0;
    case TROUBLE_DOUBTED:
        return fresh &&
               (proofs_doubted(node, slot) || proofs_failed(node, slot) > 0);
    case TROUBLE_REREAD:
        return fresh && !copies_reread(node, slot);
    case TROUBLE_UNASKED:
        return fresh && copies_reread(node, slot) && !proofs_enough(node, slot);
    }
    return false;
}

/* "alpin-1, wisla-1 and 3 more"; false: there is none. */
static bool put_nodes(const struct node *node, enum trouble trouble,
                      struct buf *text)
{
    size_t count = 0;

    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (!is_store(node, i) || !has(node, i, trouble)) {
            continue;
        }
        if (count < NAMES_MAX) {
            buf_printf(text, "%s%s", count == 0 ? "" : ", ",
                       node->peers[i].label.text);
        }
        count++;
    }
    if (count > NAMES_MAX) {
        buf_printf(text, " and %zu more", count - NAMES_MAX);
    }
    return count > 0;
}

static void put_clause(const struct node *node, enum trouble trouble,
                       const char *before, const char *after, struct buf *text)
{
    struct buf names;

    buf_init(&names, TEXT_SIZE_MAX);
    if (put_nodes(node, trouble, &names) && !buf_failed(&names)) {
        buf_printf(text, "%s%s%.*s%s", text->size == 0 ? "" : "; ", before,
                   (int)names.size, (const char *)names.data, after);
    }
    buf_done(&names);
}

/* ---- what is short, and what is unproven ---- */

static struct span missing_doing(struct teller *teller)
{
    const struct node *node = teller->node;
    struct buf text;

    buf_init(&text, TEXT_SIZE_MAX);
    if (node->fetch.behind && node->self != NULL &&
        node->self->role == NODE_STORE) {
        buf_put_str(&text, "this node fetches what it lacks");
    }
    put_clause(node, TROUBLE_BEHIND, "", " has more to fetch", &text);
    return keep(teller, &text);
}

static struct span missing_do(struct teller *teller)
{
    const struct node *node = teller->node;
    struct buf text;

    buf_init(&text, TEXT_SIZE_MAX);
    if (node->fetch.full) {
        buf_put_str(&text, "make room on this node's disk");
    }
    put_clause(node, TROUBLE_SILENT, "phone whoever runs ", "", &text);
    put_clause(node, TROUBLE_DOUBTED, "have the disk of ", " looked at", &text);
    return keep(teller, &text);
}

static struct span unproven_doing(struct teller *teller)
{
    const struct node *node = teller->node;
    struct buf text;

    buf_init(&text, TEXT_SIZE_MAX);
    put_clause(node, TROUBLE_UNASKED, "asking ", " for random pieces", &text);
    put_clause(node, TROUBLE_REREAD, "", " reads its disk again", &text);
    return keep(teller, &text);
}

static const struct {
    enum item_state state;
    const char *code;
    bool critical;
    const char *one;
    const char *many;
} states[] = {
    { ITEM_LOST, "LOST", true, "1 item: no member says that it holds a copy",
      "%u items: no member says that it holds a copy" },
    { ITEM_LAST_COPY, "LAST-COPY", true, "1 item: only one member has a copy",
      "%u items: only one member has a copy" },
    { ITEM_SHORT, "SHORT", false, "1 item has fewer copies than the rule wants",
      "%u items have fewer copies than the rule wants" },
    { ITEM_UNPROVEN, "UNPROVEN", false,
      "1 item has copies enough, but too few of them are proven",
      "%u items have copies enough, but too few of them are proven" },
};

static void tell_items(struct teller *teller)
{
    const struct health *health = &teller->node->health;

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        enum item_state state = states[i].state;
        struct status_problem *problem;
        struct buf text;

        if (health->states[state] == 0) {
            continue;
        }
        problem = next_problem(teller, states[i].code);
        problem->critical = states[i].critical;
        problem->count = health->states[state];
        problem->since = ago(teller->node, health->since_s[state]);
        buf_init(&text, TEXT_SIZE_MAX);
        if (problem->count == 1) {
            buf_put_str(&text, states[i].one);
        } else {
            buf_put_decimal(&text, problem->count);
            buf_put_str(&text, states[i].many + 2);
        }
        problem->text = keep(teller, &text);
        problem->doing = state == ITEM_UNPROVEN ? unproven_doing(teller)
                         : state == ITEM_LOST   ? span_of(NULL, 0)
                                                : missing_doing(teller);
        problem->do_next =
            state == ITEM_LOST
                ? effects_copy(teller->effects,
                               span_str("delete and restart nothing; look "
                                        "for disks and backups of all "
                                        "members"))
                : missing_do(teller);
    }
}

/* ---- who is silent ---- */

static void tell_silent(struct teller *teller)
{
    const struct node *node = teller->node;

    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        uint64_t seen_s = peer_seen_s(node, i);
        const struct stated *stated = statements_find(node, i);
        struct status_problem *problem;
        uint64_t age_s = ago(node, seen_s);
        struct buf text;

        if (!node->peers[i].used || node->peers[i].connected ||
            age_s < PEER_SILENT_S || teller->count == PROBLEMS_MAX) {
            continue;
        }
        problem = next_problem(teller, "PEER-SILENT");
        problem->since = age_s;
        problem->subject =
            effects_copy(teller->effects, label_span(&node->peers[i].label));
        buf_init(&text, TEXT_SIZE_MAX);
        buf_printf(&text, "%s was not heard of for %" PRIu64 " h",
                   node->peers[i].label.text, age_s / 3600);
        if (stated != NULL && is_store(node, i)) {
            age_s = statements_age_s(node, stated);
            if (age_s < STATEMENT_AGE_S_MAX) {
                buf_printf(&text, "; its copies count for %" PRIu64 " h more",
                           (STATEMENT_AGE_S_MAX - age_s) / 3600);
            } else {
                buf_put_str(&text, "; its copies are not proven any more");
            }
        }
        problem->text = keep(teller, &text);
        buf_init(&text, TEXT_SIZE_MAX);
        buf_printf(&text, "phone whoever runs it, then: holdfast doctor %s",
                   node->peers[i].label.text);
        problem->do_next = keep(teller, &text);
    }
}

void health_problems(const struct node *node, struct effects *effects,
                     struct msg_status_reply *ret)
{
    struct teller teller = { .node = node, .effects = effects };

    teller.problems =
        effects_alloc(effects, PROBLEMS_MAX * sizeof(*teller.problems));
    if (teller.problems == NULL) {
        return;
    }
    tell_items(&teller);
    tell_silent(&teller);
    ret->health.problems = teller.problems;
    ret->health.problems_count = teller.count;
}
