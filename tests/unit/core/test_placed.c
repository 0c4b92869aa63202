/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/state.h"
#include "model/placement.h"
#include "rig.h"

#define ITEMS 40

static struct rig *rig;
static struct deposit deposits[ITEMS];

static void setup(void)
{
    rig = malloc(sizeof(*rig));
    cr_assert_not_null(rig);
}

static void teardown(void)
{
    rig_done(rig);
    free(rig);
}

TestSuite(placed, .init = setup, .fini = teardown);

static struct placement placement(size_t version)
{
    struct roster_chain *chain = members_chain(&rig->members, version);
    struct placement placement;

    placement_init(&placement, roster_chain_newest(chain));
    roster_chain_free(chain);
    return placement;
}

/* Four nodes, two copies of each item; all of them come in at n0. */
static void start(void)
{
    rig_init_copies(rig, 4, 2);
    for (size_t i = 0; i < 4; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 3000);
    for (unsigned i = 0; i < ITEMS; i++) {
        deposits[i] = rig_deposit(rig, 0, i);
    }
    rig_pass(rig, 20000);
}

static bool holds(size_t node, const struct deposit *deposit)
{
    const struct source *source = disk_source(rig->nodes[node].disk);
    struct block_id name;

    memcpy(name.bytes, deposit->payload_root.bytes, 32);
    return source->have(source->ctx, &name) == ERR_OK;
}

/* Does every node hold what is placed on it, and nothing else but what came in
 * there? */
static void expect_in_place(size_t version)
{
    struct placement where = placement(version);
    size_t on[4] = { 0 };

    for (size_t i = 0; i < ITEMS; i++) {
        uint32_t mask = placement_of(&where, &deposits[i].payload_root);

        for (size_t j = 0; j < 4; j++) {
            cr_assert_eq(holds(j, &deposits[i]), j == 0 || (mask >> j & 1) != 0,
                         "item %zu, node %zu", i, j);
            on[j] += holds(j, &deposits[i]);
        }
    }
    for (size_t j = 0; j < 4; j++) {
        cr_assert_gt(on[j], 0);
    }
}

static struct msg_status_reply status(size_t node)
{
    struct msg_status_reply status;

    rig_status(rig, node, &status);
    return status;
}

/* A node fetches what is placed on it and no more, and has caught up then. */
Test(placed, fetches_its_own)
{
    start();
    expect_in_place(1);
    for (size_t i = 1; i < 4; i++) {
        cr_assert_eq(status(i).items, ITEMS);
        cr_assert_lt(status(i).held, ITEMS);
        cr_assert_eq(status(i).held, status(i).placed);
        cr_assert_eq(status(i).wanted_bytes, 0);
    }
    cr_assert_eq(status(0).held, ITEMS);
    cr_assert_eq(status(0).placed, ITEMS);
    cr_assert_geq(rig_count(rig, "n3 says CAUGHT-UP"), 1);
    rig_quiet(rig);
    rig_stop(rig, 3);
    rig_start(rig, 3);
    rig_link_all(rig);
    rig_pass(rig, 5000);
    cr_assert_gt(rig_count(rig, "n3 places"), 0);
    cr_assert_eq(rig_count(rig, "n3 asks n0 GetBlocks"), 0);
    expect_in_place(1);
}

/* Does this node state "all that is placed on me"? */
static bool states_placed(size_t node)
{
    const struct source *source = disk_source(rig->nodes[node].disk);
    struct label label;
    struct buf note;
    bool placed;

    members_label(node, &label);
    buf_init(&note, NOTE_SIZE_MAX);
    cr_assert_eq(
        source->note(source->ctx, NOTE_STATEMENT, label_span(&label), 0, &note),
        ERR_OK);
    buf_put_byte(&note, '\0');
    placed = strstr((const char *)note.data, " placed\n") != NULL;
    buf_done(&note);
    return placed;
}

/* Claims of what is placed are read by whoever knows the places: every item
 * has at least two members, and no peer is behind. */
Test(placed, claims)
{
    struct msg_status_reply seen;
    struct effects effects;

    start();
    rig_pass(rig, 60000);
    cr_assert(states_placed(1) && states_placed(2) && states_placed(3));
    effects_init(&effects);
    node_status(rig->nodes[1].core, rig->now_ms, &effects, &seen);
    cr_assert_eq(seen.copies_count, 5);
    cr_assert_eq(seen.copies[0] + seen.copies[1], 0);
    cr_assert_eq(seen.copies[2] + seen.copies[3], ITEMS);
    cr_assert_gt(seen.copies[3], 0); /* n0 has them besides */
    cr_assert_eq(seen.rule_copies, 2);
    for (size_t i = 0; i < seen.peers_count; i++) {
        cr_assert(seen.peers[i].has_statement);
        cr_assert_eq(seen.peers[i].behind, 0);
        cr_assert_gt(seen.peers[i].items_claimed, 0);
    }
    effects_done(&effects);
}

static void give_roster(size_t version)
{
    struct event event = { .kind = EVENT_ROSTER };
    struct buf file;

    buf_init(&file, 1 << 20);
    members_file(&rig->members, version, &file);
    event.roster.chain = buf_span(&file);
    for (size_t i = 0; i < 4; i++) {
        rig_step(rig, i, &event);
        rig_run(rig);
    }
    buf_done(&file);
}

/* A roster with a wider rule: what belongs here now is fetched, nothing is
 * dropped. */
Test(placed, new_rule)
{
    start();
    rig->members.copies = 3;
    members_change(&rig->members, 4);
    give_roster(2);
    rig_pass(rig, 20000);
    expect_in_place(2);
}

/* A node that leaves gets nothing new, goes on serving, and says for how many
 * items it must stay until the others have them. */
Test(placed, leaving)
{
    struct deposit late;

    start();
    rig->members.roles[0] = "leaving";
    members_change(&rig->members, 4);
    for (size_t i = 1; i < 4; i++) {
        rig_unlink(rig, 0, i);
        rig_unlink(rig, i, 0);
    }
    give_roster(2);
    rig_pass(rig, 70000);
    cr_assert_eq(status(0).role, ROLE_LEAVING);
    cr_assert_gt(status(0).waiting, 0);
    rig_link_all(rig);
    rig_pass(rig, 70000);
    cr_assert_eq(status(0).waiting, 0);
    for (size_t i = 0; i < ITEMS; i++) {
        struct placement where = placement(2);
        uint32_t mask = placement_of(&where, &deposits[i].payload_root);

        cr_assert_eq(mask & 1, 0);
        for (size_t j = 1; j < 4; j++) {
            cr_assert((mask >> j & 1) == 0 || holds(j, &deposits[i]));
        }
    }
    late = rig_deposit(rig, 1, 1000);
    rig_pass(rig, 20000);
    cr_assert_not(holds(0, &late));
}

/* An observer learns of every item and holds none. */
Test(placed, observer)
{
    rig_init_copies(rig, 4, 2);
    rig->members.roles[3] = "observer";
    members_change(&rig->members, 4);
    for (size_t i = 0; i < 4; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    give_roster(2);
    rig_pass(rig, 3000);
    deposits[0] = rig_deposit(rig, 0, 1);
    rig_pass(rig, 80000);
    cr_assert_not(holds(3, &deposits[0]));
    cr_assert_eq(status(3).items, 1);
    cr_assert_eq(status(3).held, 0);
    cr_assert_eq(status(3).placed, 0);
    cr_assert_eq(status(3).role, ROLE_OBSERVER);
    cr_assert_eq(status(3).wanted_bytes, 0);
}
