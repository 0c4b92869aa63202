/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/ledgers.h"
#include "core/state.h"
#include "model/incident.h"
#include "model/statement.h"
#include "rig.h"
#include "sim/rot.h"
#include "wire/arena.h"
#include "wire/decode.h"

static struct rig *rig;
static struct rot_found found;

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

TestSuite(repair, .init = setup, .fini = teardown);

/* Three nodes that hold the same items. */
static void start(unsigned items)
{
    rig_init(rig, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 3000);
    for (unsigned i = 0; i < items; i++) {
        (void)rig_deposit(rig, 0, 1 + i);
    }
    rig_pass(rig, 200000);
    rig_quiet(rig);
}

static uint64_t held(size_t node)
{
    struct msg_status_reply status;

    rig_status(rig, node, &status);
    return status.held;
}

static struct block_id rot(size_t node, bool header, size_t nth)
{
    struct block_id name;

    cr_assert(rot_name(rig->nodes[node].disk, header, nth, &name));
    disk_rot(rig->nodes[node].disk, &name);
    return name;
}

/* A pass in one event. */
static void reread(size_t node, uint64_t lost_row, uint64_t blocks)
{
    struct event event = { .kind = EVENT_REREAD };

    rot_reread(rig->nodes[node].disk, &found);
    event.reread.began = rig_clock_s(rig, node);
    event.reread.ended = true;
    event.reread.bad = found.bad;
    event.reread.bad_count = found.bad_count;
    event.reread.users = found.users;
    event.reread.users_count = found.users_count;
    event.reread.lost_row = lost_row;
    event.reread.blocks = blocks;
    rig_step(rig, node, &event);
}

static size_t incidents(size_t node, enum incident_kind kind)
{
    const struct source *source = disk_source(rig->nodes[node].disk);
    struct incident incident;
    struct buf text;
    size_t count = 0;

    for (uint64_t number = 0;; number++) {
        buf_init(&text, INCIDENT_SIZE_MAX);
        if (source->note(source->ctx, NOTE_INCIDENT, span_of(NULL, 0), number,
                         &text) != ERR_OK) {
            break;
        }
        cr_assert_eq(incident_parse(buf_span(&text), &incident, NULL), ERR_OK);
        count += incident.kind == kind;
        buf_done(&text);
    }
    buf_done(&text);
    return count;
}

/* What the newest statement on this disk says. */
static uint64_t stated_scrubbed(size_t node)
{
    const struct source *source = disk_source(rig->nodes[node].disk);
    struct roster_chain *chain = members_chain(&rig->members, 1);
    struct statement statement;
    struct label label;
    struct buf note;
    uint64_t scrubbed;

    members_label(node, &label);
    buf_init(&note, STATEMENT_SIZE_MAX);
    cr_assert_eq(
        source->note(source->ctx, NOTE_STATEMENT, label_span(&label), 0, &note),
        ERR_OK);
    cr_assert_eq(statement_open(buf_span(&note), &chain->cid,
                                roster_chain_newest(chain), &statement, NULL),
                 ERR_OK);
    scrubbed = statement.has_scrubbed ? statement.scrubbed : 0;
    statement_done(&statement);
    buf_done(&note);
    roster_chain_free(chain);
    return scrubbed;
}

/* A bad block is not held from the same step on, comes back from a peer, and
 * both are kept as incidents. */
Test(repair, a_bad_block_comes_back)
{
    struct block_id name;

    start(4);
    cr_assert_eq(held(1), 4);
    name = rot(1, false, 2);
    rig->hold_disk = true;
    reread(1, 0, 4);
    cr_assert_eq(found.bad_count, 1);
    cr_assert_eq(held(1), 3);
    cr_assert_eq(rig_count(rig, "says BAD-BLOCK"), 1);
    rig->hold_disk = false;
    rig_run(rig);
    rig_pass(rig, 5000);
    cr_assert_eq(held(1), 4);
    cr_assert(rot_is_good(rig->nodes[1].disk, &name));
    cr_assert_eq(rig_count(rig, "says REPAIRED"), 1);
    cr_assert_eq(incidents(1, INCIDENT_BAD), 1);
    cr_assert_eq(incidents(1, INCIDENT_REPAIRED), 1);
    cr_assert_eq(rig->nodes[1].core->repair.count, 0);
}

/* A header object goes the same way. */
Test(repair, a_bad_header_comes_back)
{
    struct block_id name;

    start(3);
    name = rot(2, true, 1);
    reread(2, 0, 3);
    cr_assert_eq(held(2), 2);
    rig_run(rig);
    rig_pass(rig, 5000);
    cr_assert_eq(held(2), 3);
    cr_assert(rot_is_good(rig->nodes[2].disk, &name));
    cr_assert_eq(incidents(2, INCIDENT_REPAIRED), 1);
}

/* Killed right after it was found: nothing was said, and it is found again.
 * Killed once it is durable: it is not held after the start either, and the
 * repair is told then. */
Test(repair, survives_a_kill)
{
    struct block_id name;

    start(3);
    name = rot(1, false, 0);
    rig->hold_disk = true;
    reread(1, 0, 3);
    rig_stop(rig, 1);
    rig->hold_disk = false;
    rig_run(rig); /* what was under way ends nowhere */
    rig_start(rig, 1);
    cr_assert_eq(held(1), 3);
    rig->drop[0] = true; /* nobody brings it yet */
    rig->drop[2] = true;
    reread(1, 0, 3);
    rig_run(rig);
    cr_assert_eq(held(1), 2);
    rig_stop(rig, 1);
    rig_start(rig, 1);
    cr_assert_eq(held(1), 2);
    cr_assert_eq(rig->nodes[1].core->repair.count, 1);
    rig->drop[0] = false;
    rig->drop[2] = false;
    rig_link_all(rig);
    rig_pass(rig, 90000);
    cr_assert_eq(held(1), 3);
    cr_assert(rot_is_good(rig->nodes[1].disk, &name));
    cr_assert_eq(incidents(1, INCIDENT_BAD), 1);
    cr_assert_eq(incidents(1, INCIDENT_REPAIRED), 1);
}

/* What is found stays lacking while it is not durable: the disk would still say
 * that it is there. */
Test(repair, looks_nothing_up_before_it_is_durable)
{
    start(3);
    (void)rot(1, false, 0);
    rig->hold_disk = true;
    reread(1, 0, 3);
    rig_quiet(rig);
    rig_pass(rig, 90000);
    cr_assert_eq(rig_count(rig, "looks"), 0, "%s", rig_lines(rig));
    cr_assert_eq(held(1), 2);
    rig->hold_disk = false;
    rig_run(rig);
    rig_pass(rig, 5000);
    cr_assert_eq(held(1), 3);
}

/* The statement names the beginning of the last whole pass, and no sooner than
 * that is durable. */
Test(repair, states_when_all_was_read)
{
    uint64_t began;

    start(2);
    cr_assert_eq(stated_scrubbed(1), 0);
    began = rig_clock_s(rig, 1);
    reread(1, 0, 2);
    rig_pass(rig, 130000);
    cr_assert_eq(stated_scrubbed(1), began);
    rig_stop(rig, 1);
    rig_start(rig, 1);
    cr_assert_eq(rig->nodes[1].core->repair.scrubbed, began);
}

/* Files that are gone one after the other are no rot: a pause, and nothing is
 * fetched until the operator says so. What was found is not counted. */
Test(repair, pauses_when_a_disk_is_lost)
{
    struct message order = { .kind = MESSAGE_SCRUB };
    struct node_scrub scrub;

    start(4);
    for (size_t i = 0; i < 4; i++) {
        (void)rot(1, false, i);
    }
    reread(1, 3, 4);
    rig_run(rig);
    rig_pass(rig, 200000);
    cr_assert_eq(held(1), 0);
    cr_assert_eq(rig_count(rig, "says MASS-LOSS"), 1);
    cr_assert_eq(rig_count(rig, "GetBlocks"), 0);
    node_scrub(rig->nodes[1].core, &scrub);
    cr_assert(scrub.paused);
    /* Also after a restart. */
    rig_stop(rig, 1);
    rig_start(rig, 1);
    rig_link_all(rig);
    rig_pass(rig, 90000);
    cr_assert_eq(held(1), 0);
    node_scrub(rig->nodes[1].core, &scrub);
    cr_assert(scrub.paused);
    /* An order alone is not enough. */
    rig_ask(rig, 1, &order, NULL, 0);
    node_scrub(rig->nodes[1].core, &scrub);
    cr_assert(scrub.paused && !scrub.ordered);
    order.scrub.go_on = true;
    rig_ask(rig, 1, &order, NULL, 0);
    node_scrub(rig->nodes[1].core, &scrub);
    cr_assert(!scrub.paused && scrub.ordered);
    rig_pass(rig, 90000);
    cr_assert_eq(held(1), 4);
    cr_assert_eq(incidents(1, INCIDENT_PAUSED), 1);
    cr_assert_eq(incidents(1, INCIDENT_RESUMED), 1);
    cr_assert_eq(incidents(1, INCIDENT_REPAIRED), 4);
}

/* A large share at once is as good a reason; a few of many are none. */
Test(repair, counts_shares)
{
    struct bad_block bad[100] = { { .cause = BAD_BYTES } };
    struct event event = { .kind = EVENT_REREAD };
    struct node_scrub scrub;

    start(1);
    for (size_t i = 0; i < 100; i++) {
        bad[i].cause = BAD_BYTES;
        bad[i].name.bytes[0] = (uint8_t)i;
        bad[i].file = 1;
    }
    event.reread.began = 1;
    event.reread.bad = bad;
    event.reread.bad_count = 100;
    event.reread.blocks = 100 * 20;
    rig_step(rig, 1, &event);
    node_scrub(rig->nodes[1].core, &scrub);
    cr_assert_not(scrub.paused);
    event.reread.bad_count = 1;
    rig_step(rig, 1, &event);
    node_scrub(rig->nodes[1].core, &scrub);
    cr_assert(scrub.paused);
}

/* The order waits for a pass that begins after it, and its end is durable. */
Test(repair, answers_the_order)
{
    struct message order = { .kind = MESSAGE_SCRUB, .scrub = { false, true } };
    struct arena arena;
    struct message reply;
    struct why why;

    start(2);
    (void)rot(1, false, 1);
    rig_ask(rig, 1, &order, NULL, 0);
    cr_assert_eq(rig->answer.size, 0);
    rig->hold_disk = true;
    reread(1, 0, 2);
    cr_assert_eq(rig->answer.size, 0);
    rig->hold_disk = false;
    rig_run(rig);
    cr_assert_gt(rig->answer.size, 0);
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer), MESSAGE_SCRUB,
                                      &arena, &reply, &why),
                 ERR_OK);
    cr_assert(reply.scrub_reply.ended);
    cr_assert_eq(reply.scrub_reply.bad, 1);
    arena_done(&arena);
}

/* Events are given from any number on, with how many there are. */
Test(repair, tells_its_incidents)
{
    struct message ask = { .kind = MESSAGE_EVENTS };
    struct incident incident;
    struct arena arena;
    struct message reply;
    struct why why;

    start(3);
    (void)rot(1, false, 0);
    (void)rot(1, false, 2);
    reread(1, 0, 3);
    rig_run(rig);
    rig_pass(rig, 5000);
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    for (ask.events.from = 0; ask.events.from < 6; ask.events.from++) {
        arena_reset(&arena);
        rig_ask(rig, 1, &ask, NULL, 0);
        cr_assert_eq(message_decode_reply(buf_span(&rig->answer),
                                          MESSAGE_EVENTS, &arena, &reply, &why),
                     ERR_OK);
        cr_assert_eq(reply.events_reply.count, 4);
        cr_assert_eq(reply.events_reply.texts_count,
                     ask.events.from < 4 ? 4 - ask.events.from : 0);
        if (ask.events.from == 0) {
            cr_assert_eq(
                incident_parse(reply.events_reply.texts[0], &incident, NULL),
                ERR_OK);
            cr_assert_eq(incident.kind, INCIDENT_BAD);
            cr_assert(incident.has_item);
        }
    }
    arena_done(&arena);
}

/* A peer that is gone is no reason to copy anything: places follow from the
 * roster alone. */
Test(repair, an_outage_starts_no_copying)
{
    rig_init_copies(rig, 4, 2);
    for (size_t i = 0; i < 4; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 3000);
    for (unsigned i = 0; i < 8; i++) {
        (void)rig_deposit(rig, 0, 1 + i);
    }
    rig_pass(rig, 200000);
    rig_quiet(rig);
    for (size_t i = 0; i < 3; i++) {
        rig_unlink(rig, i, 3);
        rig_unlink(rig, 3, i);
    }
    rig_stop(rig, 3);
    rig_pass(rig, 3 * 3600 * 1000);
    cr_assert_eq(rig_count(rig, "GetBlocks"), 0);
    cr_assert_eq(rig_count(rig, " blocks"), 0);
}
