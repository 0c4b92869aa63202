/* SPDX-License-Identifier: Apache-2.0 */
/* Which rosters of a chain are in force (holdfast.md 6). From version 1 on, a
 * step is made to the one successor that nothing stands against:
 *
 *     no successor        stop: the newest one
 *     one                 go on there
 *     B supersedes A      A is out, unless it has a successor of its own
 *     two are left        go on at the one that joins both branches (heals)
 *     otherwise           stop, forked                                       */
#include <string.h>

#include "base/check.h"
#include "model/roster_chain.h"

/* Some entries of the chain, by index. */
struct choice {
    size_t count;
    size_t entries[ROSTER_CHAIN_VERSIONS_MAX];
};

static const struct roster *roster_at(const struct roster_chain *chain,
                                      size_t index)
{
    return chain->entries[index].roster;
}

static bool names_previous(const struct roster *roster,
                           const struct digest *hash)
{
    for (size_t index = 0; index < roster->previous_count; index++) {
        if (digest_equal(&roster->previous[index], hash)) {
            return true;
        }
    }
    return false;
}

static bool same_previous(const struct roster *a, const struct roster *b)
{
    return a->previous_count == b->previous_count &&
           memcmp(a->previous, b->previous,
                  a->previous_count * sizeof(a->previous[0])) == 0;
}

/* Has `roster` a successor that does not name `other` too? */
static bool has_own_successor(const struct roster_chain *chain,
                              const struct roster *roster,
                              const struct roster *other)
{
    for (size_t index = 0; index < chain->count; index++) {
        const struct roster *next = roster_at(chain, index);

        if (names_previous(next, &roster->hash) &&
            !names_previous(next, &other->hash)) {
            return true;
        }
    }
    return false;
}

static bool is_superseded(const struct roster_chain *chain,
                          const struct choice *choice,
                          const struct roster *roster)
{
    for (size_t index = 0; index < choice->count; index++) {
        const struct roster *other = roster_at(chain, choice->entries[index]);

        if (other->has_supersedes &&
            digest_equal(&other->supersedes, &roster->hash) &&
            same_previous(other, roster) &&
            !has_own_successor(chain, roster, other)) {
            return true;
        }
    }
    return false;
}

/* Drop those that another one supersedes. All are judged by the same set. */
static void drop_superseded(const struct roster_chain *chain,
                            struct choice *choice)
{
    struct choice left = { .count = 0 };

    for (size_t index = 0; index < choice->count; index++) {
        size_t entry = choice->entries[index];

        if (!is_superseded(chain, choice, roster_at(chain, entry))) {
            left.entries[left.count++] = entry;
        }
    }
    *choice = left;
}

/* Those that follow it. */
static void find_successors(const struct roster_chain *chain,
                            const struct roster *roster,
                            struct choice *ret_choice)
{
    ret_choice->count = 0;
    for (size_t index = 0; index < chain->count; index++) {
        if (names_previous(roster_at(chain, index), &roster->hash)) {
            ret_choice->entries[ret_choice->count++] = index;
        }
    }
}

/* Which entries are this one, or come after it? A roster arrives after those
 * that it names, so one pass finds all. */
static void mark_branch(const struct roster_chain *chain, size_t from,
                        bool marks[static ROSTER_CHAIN_VERSIONS_MAX])
{
    memset(marks, 0, ROSTER_CHAIN_VERSIONS_MAX * sizeof(marks[0]));
    marks[from] = true;
    for (size_t index = from + 1; index < chain->count; index++) {
        for (size_t before = from; before < index && !marks[index]; before++) {
            marks[index] = marks[before] &&
                           names_previous(roster_at(chain, index),
                                          &roster_at(chain, before)->hash);
        }
    }
}

static bool names_marked(const struct roster_chain *chain,
                         const struct digest *hash,
                         const bool marks[static ROSTER_CHAIN_VERSIONS_MAX])
{
    for (size_t index = 0; index < chain->count; index++) {
        if (marks[index] &&
            digest_equal(&roster_at(chain, index)->hash, hash)) {
            return true;
        }
    }
    return false;
}

/* The rosters that join the branches of a and b, those of the lowest version:
 * each names one of either branch. */
static void find_heals(const struct roster_chain *chain, size_t a, size_t b,
                       struct choice *ret_choice)
{
    bool branch_a[ROSTER_CHAIN_VERSIONS_MAX];
    bool branch_b[ROSTER_CHAIN_VERSIONS_MAX];
    uint64_t version = UINT64_MAX;

    mark_branch(chain, a, branch_a);
    mark_branch(chain, b, branch_b);
    ret_choice->count = 0;
    for (size_t index = 0; index < chain->count; index++) {
        const struct roster *next = roster_at(chain, index);
        const struct digest *names = next->previous;

        if (next->previous_count != 2 || next->version > version ||
            !((names_marked(chain, &names[0], branch_a) &&
               names_marked(chain, &names[1], branch_b)) ||
              (names_marked(chain, &names[1], branch_a) &&
               names_marked(chain, &names[0], branch_b)))) {
            continue;
        }
        if (next->version < version) {
            version = next->version;
            ret_choice->count = 0;
        }
        ret_choice->entries[ret_choice->count++] = index;
    }
}

/* The next one in force after `current`. False at the end; then forked says
 * why. */
static bool step(const struct roster_chain *chain, size_t current,
                 size_t *ret_next, bool *ret_forked)
{
    struct choice choice;

    *ret_forked = false;
    find_successors(chain, roster_at(chain, current), &choice);
    if (choice.count == 0) {
        return false;
    }
    drop_superseded(chain, &choice);
    if (choice.count == 2) {
        struct choice heals;

        find_heals(chain, choice.entries[0], choice.entries[1], &heals);
        if (heals.count > 0) {
            drop_superseded(chain, &heals);
            choice = heals;
        }
    }
    if (choice.count != 1) {
        *ret_forked = true;
        return false;
    }
    *ret_next = choice.entries[0];
    return true;
}

/* The usual case: the newest one gets its first successor. */
static bool just_grew(const struct roster_chain *chain)
{
    const struct roster *last = roster_at(chain, chain->count - 1);

    return !chain->forked && last->previous_count == 1 &&
           digest_equal(&last->previous[0],
                        &roster_at(chain, chain->newest)->hash);
}

void roster_chain_judge(struct roster_chain *chain, bool from_scratch)
{
    bool in_force[ROSTER_CHAIN_VERSIONS_MAX] = { false };
    size_t newest = 0;
    size_t next;
    bool forked;

    CHECK(chain->count <= ROSTER_CHAIN_VERSIONS_MAX);
    if (!from_scratch && just_grew(chain)) {
        chain->newest = chain->count - 1;
        chain->entries[chain->newest].in_force = true;
        return;
    }
    in_force[0] = true;
    while (step(chain, newest, &next, &forked)) {
        newest = next;
        in_force[newest] = true;
    }
    chain->forked = forked;
    if (!from_scratch && roster_at(chain, newest)->version <
                             roster_at(chain, chain->newest)->version) {
        return; /* never back to a lower version */
    }
    chain->newest = newest;
    for (size_t index = 0; index < chain->count; index++) {
        chain->entries[index].in_force = in_force[index];
    }
}
