/* SPDX-License-Identifier: Apache-2.0 */
#include "model/roster_check.h"

#include <string.h>

/* What is made of one roster's nodes. */
struct survey {
    size_t store_members; /* members that have a node of role `store` */
    size_t node_members;  /* members that have any node */
    size_t countries;     /* of store nodes */
    size_t listeners;
    size_t store_listeners;
    const struct roster_node *listener; /* the last one */
};

static void say(roster_warn *warn, void *ctx, struct buf *sentence)
{
    buf_put_byte(sentence, '\0');
    if (!buf_failed(sentence)) {
        warn(ctx, (const char *)sentence->data);
    }
    buf_clear(sentence);
}

/* Is this store node the first one of its country? */
static bool new_country(const struct roster *roster, size_t node)
{
    for (size_t index = 0; index < node; index++) {
        const struct roster_node *other = &roster->nodes[index];

        if (other->role == NODE_STORE &&
            strcmp(other->country, roster->nodes[node].country) == 0) {
            return false;
        }
    }
    return true;
}

static void look_around(const struct roster *roster, struct survey *ret_survey)
{
    struct survey survey = {
        .store_members = roster_count_other_members(roster, NULL, true),
        .node_members = roster_count_other_members(roster, NULL, false),
    };

    for (size_t index = 0; index < roster->node_count; index++) {
        const struct roster_node *node = &roster->nodes[index];
        bool is_store = node->role == NODE_STORE;

        survey.countries += is_store && new_country(roster, index) ? 1 : 0;
        if (node->listens) {
            survey.listeners++;
            survey.store_listeners += is_store ? 1 : 0;
            survey.listener = node;
        }
    }
    *ret_survey = survey;
}

static void warn_of_copies(const struct roster *roster,
                           const struct survey *survey, struct buf *sentence,
                           roster_warn *warn, void *ctx)
{
    if (survey->store_members < roster->copies) {
        buf_printf(sentence,
                   "only %zu of the members have a store node, the rule wants "
                   "copies at %llu: nothing can become protected",
                   survey->store_members, (unsigned long long)roster->copies);
        say(warn, ctx, sentence);
    }
    if (survey->countries < roster->jurisdictions) {
        buf_printf(sentence,
                   "the store nodes stand in %zu countries, the rule wants "
                   "%llu: nothing can become protected",
                   survey->countries,
                   (unsigned long long)roster->jurisdictions);
        say(warn, ctx, sentence);
    }
    /* The depositor's own node does not count as a cosigner. */
    if (roster->cosigners > 0 && survey->node_members <= roster->cosigners) {
        buf_printf(sentence,
                   "%llu cosigners are wanted, but only %zu members have a "
                   "node, its own not counted: no time can be proven",
                   (unsigned long long)roster->cosigners,
                   survey->node_members == 0 ? 0 : survey->node_members - 1);
        say(warn, ctx, sentence);
    }
}

static void warn_of_losses(const struct roster *roster,
                           const struct survey *survey, struct buf *sentence,
                           roster_warn *warn, void *ctx)
{
    if (roster_quorum_need(roster) == roster->member_count) {
        buf_printf(sentence,
                   "one lost governance key stops every change of the roster: "
                   "all %zu must sign",
                   roster->member_count);
        say(warn, ctx, sentence);
    }
    if (roster->node_count < 2) {
        return;
    }
    if (survey->listeners == 0) {
        buf_put_str(sentence, "no node listens: none can reach another");
        say(warn, ctx, sentence);
    } else if (survey->listeners == 1) {
        buf_printf(sentence,
                   "only node %s listens: when it is down, no node reaches "
                   "another",
                   survey->listener->label.text);
        say(warn, ctx, sentence);
    } else if (survey->store_listeners == 0) {
        buf_put_str(sentence,
                    "no store node listens: nodes that only dial can exchange "
                    "blocks with none of those that hold them");
        say(warn, ctx, sentence);
    }
    for (size_t index = 0; index < roster->node_count; index++) {
        const struct roster_node *node = &roster->nodes[index];

        if (node->listens && node->address_count == 0) {
            buf_printf(sentence,
                       "node %s listens but has no address: nobody finds it",
                       node->label.text);
            say(warn, ctx, sentence);
        }
    }
}

static bool anybody_seals_to(const struct roster *roster, size_t member)
{
    for (size_t index = 0; index < roster->member_count; index++) {
        const struct roster_member *from = &roster->members[index];

        for (size_t at = 0; at < from->seal_count; at++) {
            if (from->seals[at] == member) {
                return true;
            }
        }
    }
    return false;
}

static void warn_of_recipients(const struct roster *roster, uint64_t year,
                               struct buf *sentence, roster_warn *warn,
                               void *ctx)
{
    for (size_t index = 0; index < roster->member_count; index++) {
        const struct roster_member *member = &roster->members[index];

        if (roster_find_recipient(roster, member, year) == NULL &&
            anybody_seals_to(roster, index)) {
            buf_printf(sentence,
                       "%s has no recipient for %llu; nothing can be sealed "
                       "to it",
                       member->label.text, (unsigned long long)year);
            say(warn, ctx, sentence);
        }
        if (member->seal_count == 1) {
            buf_printf(sentence,
                       "%s seals to %s alone: one lost key, and nobody opens "
                       "its items",
                       member->label.text,
                       roster->members[member->seals[0]].label.text);
            say(warn, ctx, sentence);
        }
    }
}

void roster_check_warnings(const struct roster *roster, uint64_t year,
                           roster_warn *warn, void *ctx)
{
    struct survey survey;
    struct buf sentence;

    look_around(roster, &survey);
    buf_init(&sentence, WHY_SIZE);
    warn_of_copies(roster, &survey, &sentence, warn, ctx);
    warn_of_losses(roster, &survey, &sentence, warn, ctx);
    warn_of_recipients(roster, year, &sentence, warn, ctx);
    buf_done(&sentence);
}
