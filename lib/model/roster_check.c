/* SPDX-License-Identifier: Apache-2.0 */
#include "model/roster_check.h"

#include <stdbool.h>
#include <string.h>

#include "crypto/digest.h"
#include "model/placement.h"

/* Items that are tried, to see where the placement sends them. */
#define SAMPLE_COUNT 1000

/* What is made of one roster's nodes. A listener is one that has an address to
 * be found at. */
struct survey {
    size_t store_members; /* members that have a node of role `store` */
    size_t node_members;  /* members that have any node */
    size_t countries;     /* of store nodes */
    size_t listeners;
    size_t store_listeners;
    const struct roster_node *listener; /* the last one */
    bool listeners_of_one_member;
    bool listeners_in_one_country;
    bool nodes_in_one_country;
};

/* Where the sentences go. */
struct voice {
    struct buf sentence; /* owned */
    roster_warn *warn;
    void *ctx;
};

static void say(struct voice *voice)
{
    buf_put_byte(&voice->sentence, '\0');
    if (!buf_failed(&voice->sentence)) {
        voice->warn(voice->ctx, (const char *)voice->sentence.data);
    }
    buf_clear(&voice->sentence);
}

static bool same_country(const struct roster_node *a,
                         const struct roster_node *b)
{
    return strcmp(a->country, b->country) == 0;
}

/* Is this store node the first one of its country? */
static bool new_country(const struct roster *roster, size_t node)
{
    for (size_t index = 0; index < node; index++) {
        const struct roster_node *other = &roster->nodes[index];

        if (other->role == NODE_STORE &&
            same_country(other, &roster->nodes[node])) {
            return false;
        }
    }
    return true;
}

static void look_at_listener(struct survey *survey,
                             const struct roster_node *node)
{
    if (survey->listener != NULL) {
        survey->listeners_of_one_member =
            survey->listeners_of_one_member &&
            survey->listener->member == node->member;
        survey->listeners_in_one_country = survey->listeners_in_one_country &&
                                           same_country(survey->listener, node);
    }
    survey->listeners++;
    survey->store_listeners += node->role == NODE_STORE ? 1 : 0;
    survey->listener = node;
}

static void look_around(const struct roster *roster, struct survey *ret_survey)
{
    struct survey survey = {
        .store_members = roster_count_other_members(roster, NULL, true),
        .node_members = roster_count_other_members(roster, NULL, false),
        .listeners_of_one_member = true,
        .listeners_in_one_country = true,
        .nodes_in_one_country = true,
    };

    for (size_t index = 0; index < roster->node_count; index++) {
        const struct roster_node *node = &roster->nodes[index];

        if (node->role == NODE_STORE && new_country(roster, index)) {
            survey.countries++;
        }
        if (!same_country(node, &roster->nodes[0])) {
            survey.nodes_in_one_country = false;
        }
        if (node->listens && node->address_count > 0) {
            look_at_listener(&survey, node);
        }
    }
    *ret_survey = survey;
}

/* ---- Copies and times ---------------------------------------------------- */

static void warn_of_copies(const struct roster *roster,
                           const struct survey *survey, struct voice *voice)
{
    if (survey->store_members < roster->copies) {
        buf_printf(&voice->sentence,
                   "only %zu of the members have a store node, the rule wants "
                   "copies at %llu: nothing can become protected",
                   survey->store_members, (unsigned long long)roster->copies);
        say(voice);
    } else if (roster->copies == 1) {
        buf_put_str(&voice->sentence,
                    "the rule wants copies at one member: one lost node, and "
                    "what it holds is gone");
        say(voice);
    } else if (survey->store_members == roster->copies) {
        buf_printf(&voice->sentence,
                   "all %zu members with a store node must hold each item: "
                   "while one is away, nothing new becomes protected",
                   survey->store_members);
        say(voice);
    }
}

/* The only member with a store node in this node's country, or NULL. */
static const struct roster_member *alone_in_country(
    const struct roster *roster, const struct roster_node *node)
{
    for (size_t index = 0; index < roster->node_count; index++) {
        const struct roster_node *other = &roster->nodes[index];

        if (other->role == NODE_STORE && same_country(other, node) &&
            other->member != node->member) {
            return NULL;
        }
    }
    return roster_member_of(roster, node);
}

static void warn_of_countries(const struct roster *roster,
                              const struct survey *survey, struct voice *voice)
{
    if (survey->countries < roster->jurisdictions) {
        buf_printf(&voice->sentence,
                   "the store nodes stand in %zu countries, the rule wants "
                   "%llu: nothing can become protected",
                   survey->countries,
                   (unsigned long long)roster->jurisdictions);
        say(voice);
        return;
    }
    if (survey->countries > roster->jurisdictions || survey->countries == 1 ||
        survey->store_members <= roster->copies) {
        return; /* none is needed, or it has been said for every member */
    }
    for (size_t index = 0; index < roster->node_count; index++) {
        const struct roster_node *node = &roster->nodes[index];
        const struct roster_member *member;

        if (node->role != NODE_STORE || !new_country(roster, index)) {
            continue;
        }
        member = alone_in_country(roster, node);
        if (member != NULL) {
            buf_printf(&voice->sentence,
                       "only %s stores in %s, and the rule wants %llu "
                       "countries: while it is away, nothing new becomes "
                       "protected",
                       member->label.text, node->country,
                       (unsigned long long)roster->jurisdictions);
            say(voice);
        }
    }
}

static void warn_of_times(const struct roster *roster,
                          const struct survey *survey, struct voice *voice)
{
    /* The depositor's own node does not count as a cosigner. */
    size_t others = survey->node_members == 0 ? 0 : survey->node_members - 1;

    if (roster->cosigners > others) {
        buf_printf(&voice->sentence,
                   "%llu cosigners are wanted, but only %zu members have a "
                   "node, its own not counted: no time can be proven",
                   (unsigned long long)roster->cosigners, others);
        say(voice);
    } else if (roster->cosigners > 0 && roster->cosigners == others) {
        buf_printf(&voice->sentence,
                   "all %zu other members must cosign: while one is away, no "
                   "time can be proven",
                   others);
        say(voice);
    }
}

/* ---- Keys and listeners -------------------------------------------------- */

static void warn_of_governance(const struct roster *roster, struct voice *voice)
{
    if (roster_quorum_need(roster) == roster->member_count) {
        buf_printf(&voice->sentence,
                   "one lost governance key stops every change of the roster: "
                   "all %zu must sign",
                   roster->member_count);
        say(voice);
    }
}

static void warn_of_addresses(const struct roster *roster, struct voice *voice)
{
    for (size_t index = 0; index < roster->node_count; index++) {
        const struct roster_node *node = &roster->nodes[index];

        if (node->listens && node->address_count == 0) {
            buf_printf(&voice->sentence,
                       "node %s listens but has no address: nobody finds it",
                       node->label.text);
            say(voice);
        }
    }
}

/* Two or more: do they fall together? */
static void warn_of_neighbours(const struct roster *roster,
                               const struct survey *survey, struct voice *voice)
{
    if (survey->listeners_of_one_member && survey->node_members > 1) {
        buf_printf(&voice->sentence,
                   "only nodes of %s listen: when they are down, no other "
                   "node reaches another",
                   roster_member_of(roster, survey->listener)->label.text);
        say(voice);
    } else if (survey->listeners_in_one_country &&
               !survey->nodes_in_one_country) {
        buf_printf(&voice->sentence,
                   "all nodes that listen stand in %s: when it is cut off, no "
                   "other node reaches another",
                   survey->listener->country);
        say(voice);
    }
}

static void warn_of_listeners(const struct roster *roster,
                              const struct survey *survey, struct voice *voice)
{
    if (roster->node_count < 2) {
        return;
    }
    if (survey->listeners == 0) {
        buf_put_str(&voice->sentence,
                    "no node listens at an address: none can reach another");
        say(voice);
    } else if (survey->listeners == 1) {
        buf_printf(&voice->sentence,
                   "only node %s listens: when it is down, no node reaches "
                   "another",
                   survey->listener->label.text);
        say(voice);
    } else {
        warn_of_neighbours(roster, survey, voice);
    }
    if (survey->listeners > 0 && survey->store_listeners == 0) {
        buf_put_str(&voice->sentence,
                    "no store node listens: nodes that only dial can exchange "
                    "blocks with none of those that hold them");
        say(voice);
    }
    warn_of_addresses(roster, voice);
}

/* Does the placement send this item to some node that listens? */
static bool reaches_listener(const struct roster *roster,
                             const struct placement *placement, unsigned number)
{
    const uint8_t name[] = { (uint8_t)(number >> 8), (uint8_t)number };
    struct digest digest = digest_of(span_of(name, sizeof(name)));
    struct payload_root root = payload_root_from_digest(&digest);
    uint8_t nodes[NODE_COUNT_MAX];
    size_t count = placement_list(placement, &root, nodes);
    bool listens = false;

    for (size_t index = 0; index < count; index++) {
        listens = listens || roster->nodes[nodes[index]].listens;
    }
    return listens;
}

/* What is chosen depends on the item, so some are tried. */
static void warn_of_placement(const struct roster *roster,
                              const struct survey *survey, struct voice *voice)
{
    struct placement placement;
    unsigned count = 0;

    placement_init(&placement, roster);
    if (placement.everywhere || survey->store_listeners == 0) {
        return; /* nothing to choose, or said already */
    }
    for (unsigned number = 0; number < SAMPLE_COUNT; number++) {
        count += reaches_listener(roster, &placement, number) ? 0 : 1;
    }
    if (count > 0) {
        buf_printf(&voice->sentence,
                   "of %d items that were tried, %u are placed on nodes of "
                   "which none listens: these cannot fetch from one another",
                   SAMPLE_COUNT, count);
        say(voice);
    }
}

/* ---- Recipients ---------------------------------------------------------- */

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
                               struct voice *voice)
{
    for (size_t index = 0; index < roster->member_count; index++) {
        const struct roster_member *member = &roster->members[index];

        if (roster_find_recipient(roster, member, year) == NULL &&
            anybody_seals_to(roster, index)) {
            buf_printf(&voice->sentence,
                       "%s has no recipient for %llu; nothing can be sealed "
                       "to it",
                       member->label.text, (unsigned long long)year);
            say(voice);
        }
        if (member->seal_count == 1) {
            buf_printf(&voice->sentence,
                       "%s seals to %s alone: one lost key, and nobody opens "
                       "its items",
                       member->label.text,
                       roster->members[member->seals[0]].label.text);
            say(voice);
        }
    }
}

void roster_check_warnings(const struct roster *roster, uint64_t year,
                           roster_warn *warn, void *ctx)
{
    struct voice voice = { .warn = warn, .ctx = ctx };
    struct survey survey;

    look_around(roster, &survey);
    buf_init(&voice.sentence, WHY_SIZE);
    warn_of_copies(roster, &survey, &voice);
    warn_of_countries(roster, &survey, &voice);
    warn_of_times(roster, &survey, &voice);
    warn_of_governance(roster, &voice);
    warn_of_listeners(roster, &survey, &voice);
    warn_of_placement(roster, &survey, &voice);
    warn_of_recipients(roster, year, &voice);
    buf_done(&voice.sentence);
}
