/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>

#include "rig.h"

#define HOUR_MS 3600000ULL
#define ITEM_SIZE (PAYLOAD_SIZE_MIN + 8) /* of rig_deposit(), "header N" */

static struct rig *rig;

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

TestSuite(quota, .init = setup, .fini = teardown);

/* All nodes run under version 2, which gives each member this quota. */
static void give_quota(uint64_t bytes, uint64_t records)
{
    rig->members.has_quota = true;
    rig->members.quota_bytes = bytes;
    rig->members.quota_records = records;
    members_change(&rig->members, rig->members.count);
    for (size_t i = 0; i < rig->count; i++) {
        rig->nodes[i].file = 2;
    }
}

static void start_all(void)
{
    for (size_t i = 0; i < rig->count; i++) {
        if (rig->nodes[i].core == NULL) {
            rig_start(rig, i);
        }
    }
}

static void stop_all(void)
{
    for (size_t i = 0; i < rig->count; i++) {
        if (rig->nodes[i].core != NULL) {
            rig_stop(rig, i);
        }
    }
}

/* Leaves of the first ledger of n0 that this node holds durably. */
static uint64_t leaves(size_t node)
{
    struct msg_status_reply status;
    struct effects effects;
    uint64_t size = 0;

    effects_init(&effects);
    node_status(rig->nodes[node].core, rig->now_ms, &effects, &status);
    for (size_t i = 0; i < status.ledgers_count; i++) {
        struct origin origin;

        cr_assert_eq(origin_parse(status.ledgers[i].origin, &origin), ERR_OK);
        if (span_is(origin_node(&origin), "n0")) {
            size = status.ledgers[i].size;
        }
    }
    effects_done(&effects);
    return size;
}

static void expect_held(size_t node, uint64_t items)
{
    struct msg_status_reply status;

    rig_status(rig, node, &status);
    cr_assert_eq(status.held, items, "n%zu holds %" PRIu64, node, status.held);
}

static bool alarmed(size_t node, const char *subject)
{
    struct msg_status_reply status;
    struct effects effects;
    bool found = false;

    effects_init(&effects);
    node_status(rig->nodes[node].core, rig->now_ms, &effects, &status);
    for (size_t i = 0; i < status.alarms_count; i++) {
        found = found ||
                (span_equal(status.alarms[i].code, span_str("OVER-QUOTA")) &&
                 span_equal(status.alarms[i].subject, span_str(subject)) &&
                 !status.alarms[i].critical);
    }
    effects_done(&effects);
    return found;
}

/* n0 deposits alone while no quota holds; then all nodes run under one. */
static void flood(size_t nodes, unsigned items, uint64_t bytes,
                  uint64_t records)
{
    rig_init(rig, nodes, nodes);
    rig_start(rig, 0);
    rig_start(rig, 1);
    rig_link_all(rig);
    rig_pass(rig, nodes > 2 ? HOUR_MS + 1000 : 1000);
    rig_unlink(rig, 1, 0);
    for (unsigned i = 0; i < items; i++) {
        (void)rig_deposit(rig, 0, i);
        cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    }
    stop_all();
    give_quota(bytes, records);
}

/* A deposit over the quota is kept and told as pending; it is registered when
 * the day is over, in the order in which it came, also after a restart. */
Test(quota, deposits_wait)
{
    rig_init(rig, 1, 1);
    give_quota(100 * ITEM_SIZE, 2);
    rig_start(rig, 0);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    rig_pass(rig, HOUR_MS);
    (void)rig_deposit(rig, 0, 2);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    cr_assert_not(alarmed(0, "member=m0"));
    (void)rig_deposit(rig, 0, 3);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_PENDING);
    cr_assert(alarmed(0, "member=m0"));
    cr_assert_eq(rig_count(rig, "says OVER-QUOTA"), 1);
    rig_stop(rig, 0);
    rig_pass(rig, HOUR_MS);
    rig_start(rig, 0);
    rig_run(rig);
    rig_pass(rig, 21 * HOUR_MS);
    cr_assert_eq(leaves(0), 3);
    rig_pass(rig, 2 * HOUR_MS);
    cr_assert_eq(leaves(0), 4);
    cr_assert_not(alarmed(0, "member=m0"));
    (void)rig_deposit(rig, 0, 4);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    (void)rig_deposit(rig, 0, 5);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_PENDING);
}

/* Bytes are counted as the padded payload and the header object: so many fit,
 * and not one byte more. */
Test(quota, bytes_exactly)
{
    rig_init(rig, 1, 1);
    give_quota(2 * ITEM_SIZE, 100);
    rig_start(rig, 0);
    (void)rig_deposit(rig, 0, 1);
    (void)rig_deposit(rig, 0, 2);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    rig_stop(rig, 0);
    rig_done(rig);
    rig_init(rig, 1, 1);
    give_quota(2 * ITEM_SIZE - 1, 100);
    rig_start(rig, 0);
    (void)rig_deposit(rig, 0, 1);
    (void)rig_deposit(rig, 0, 2);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_PENDING);
}

/* An item larger than the quota is taken when nothing else was counted, and
 * uses up as many days as it needs. */
Test(quota, larger_than_a_day)
{
    rig_init(rig, 1, 1);
    give_quota(ITEM_SIZE / 2, 100);
    rig_start(rig, 0);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    (void)rig_deposit(rig, 0, 2);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_PENDING);
    rig_pass(rig, 47 * HOUR_MS);
    cr_assert_eq(leaves(0), 2);
    rig_pass(rig, 2 * HOUR_MS);
    cr_assert_eq(leaves(0), 3);
}

/* While a deposit waits for the quota, a node that is to stop stops. */
Test(quota, stops)
{
    struct event event = { .kind = EVENT_STOPPING };

    rig_init(rig, 1, 1);
    give_quota(100 * ITEM_SIZE, 1);
    rig_start(rig, 0);
    (void)rig_deposit(rig, 0, 1);
    (void)rig_deposit(rig, 0, 2);
    rig_step(rig, 0, &event);
    rig_run(rig);
    rig_pass(rig, 1000);
    cr_assert(node_idle(rig->nodes[0].core));
}

/* Of a flood a day's quota is taken each day, neither leaves nor blocks of the
 * rest; a restart makes no room. */
Test(quota, flood_waits)
{
    flood(2, 7, 100 * ITEM_SIZE, 3);
    start_all();
    rig_link_all(rig);
    rig_pass(rig, HOUR_MS);
    cr_assert_eq(leaves(1), 4);
    expect_held(1, 3);
    cr_assert(alarmed(1, "member=m0"));
    for (unsigned i = 0; i < 3; i++) {
        rig_stop(rig, 1);
        rig_start(rig, 1);
        rig_link(rig, 1, 0);
        rig_run(rig);
        rig_pass(rig, HOUR_MS);
        cr_assert_eq(leaves(1), 4);
    }
    rig_pass(rig, 20 * HOUR_MS);
    cr_assert_eq(leaves(1), 7);
    expect_held(1, 6);
    rig_pass(rig, 24 * HOUR_MS);
    cr_assert_eq(leaves(1), 8);
    expect_held(1, 7);
    cr_assert_not(alarmed(1, "member=m0"));
    cr_assert_eq(rig_count(rig, "refused"), 0);
}

/* The same by bytes. */
Test(quota, flood_of_bytes)
{
    flood(2, 5, 2 * ITEM_SIZE + ITEM_SIZE / 2, 100);
    start_all();
    rig_link_all(rig);
    rig_pass(rig, HOUR_MS);
    expect_held(1, 2);
    rig_pass(rig, 24 * HOUR_MS);
    expect_held(1, 4);
    rig_pass(rig, 24 * HOUR_MS);
    expect_held(1, 5);
}

/* A clock that jumped back does not lengthen a day beyond its end, and one that
 * jumped ahead while the node was down ends it. */
Test(quota, clock_jumps)
{
    flood(2, 5, 100 * ITEM_SIZE, 2);
    start_all();
    rig_link_all(rig);
    rig_pass(rig, HOUR_MS);
    expect_held(1, 2);
    rig_stop(rig, 1);
    rig->nodes[1].ahead_s = -1000000;
    rig_start(rig, 1);
    rig_link(rig, 1, 0);
    rig_run(rig);
    rig_pass(rig, 24 * HOUR_MS);
    expect_held(1, 4);
    rig_stop(rig, 1);
    rig->nodes[1].ahead_s = 1000000;
    rig_start(rig, 1);
    rig_link(rig, 1, 0);
    rig_run(rig);
    rig_pass(rig, HOUR_MS);
    expect_held(1, 5);
}

/* What half of the other members hold is taken at once: a node that lost its
 * disk does not wait for days. */
Test(quota, rescued_at_once)
{
    flood(3, 9, 100 * ITEM_SIZE, 2);
    start_all();
    rig_link(rig, 1, 0);
    rig_run(rig);
    rig_pass(rig, 4 * 24 * HOUR_MS + HOUR_MS);
    expect_held(1, 9);
    rig_link(rig, 2, 1);
    rig_run(rig);
    rig_pass(rig, HOUR_MS);
    cr_assert_eq(leaves(2), 10);
    expect_held(2, 9);
    cr_assert_not(alarmed(2, "member=m0"));
}

/* What a node that can only dial brings is bounded the same. */
Test(quota, brought)
{
    rig_init_dialling(rig, 2, 1);
    start_all();
    rig_link(rig, 1, 0);
    rig_run(rig);
    rig_pass(rig, 1000);
    rig->drop[0] = true;
    for (unsigned i = 0; i < 5; i++) {
        (void)rig_deposit(rig, 1, i);
        cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    }
    rig->drop[0] = false;
    stop_all();
    give_quota(100 * ITEM_SIZE, 2);
    start_all();
    rig_link(rig, 1, 0);
    rig_run(rig);
    rig_pass(rig, HOUR_MS);
    cr_assert(alarmed(0, "member=m1"));
    expect_held(0, 2);
    rig_pass(rig, 24 * HOUR_MS);
    expect_held(0, 4);
    rig_pass(rig, 24 * HOUR_MS);
    expect_held(0, 5);
    cr_assert_not(alarmed(0, "member=m1"));
}

/* Without a quota on the roster nothing waits. */
Test(quota, none)
{
    flood(2, 7, 100 * ITEM_SIZE, 1);
    rig->members.has_quota = false;
    members_change(&rig->members, 2);
    rig->nodes[0].file = 3;
    rig->nodes[1].file = 3;
    start_all();
    rig_link_all(rig);
    rig_pass(rig, HOUR_MS);
    expect_held(1, 7);
}
