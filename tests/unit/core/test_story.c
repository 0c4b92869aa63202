/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "model/batch.h"
#include "model/block.h"
#include "rig.h"

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

TestSuite(story, .init = setup, .fini = teardown);

static void start(size_t members, size_t nodes)
{
    rig_init(rig, members, nodes);
    for (size_t i = 0; i < nodes; i++) {
        rig_start(rig, i);
    }
}

static const char three_nodes[] = "n0 asks n1 Sync first\n"
                                  "n0 asks n2 Sync first\n"
                                  "n1 asks n0 Sync first\n"
                                  "n1 asks n2 Sync first\n"
                                  "n2 asks n0 Sync first\n"
                                  "n2 asks n1 Sync first\n"
                                  "n1 says PEER-UP\n"
                                  "n1 answers Sync\n"
                                  "n2 says PEER-UP\n"
                                  "n2 answers Sync\n"
                                  "n0 says PEER-UP\n"
                                  "n0 answers Sync\n"
                                  "n2 says PEER-UP\n"
                                  "n2 answers Sync\n"
                                  "n2 says REGISTERING\n"
                                  "n2 persists ledger 1 leaf 1 node 1 held 1\n"
                                  "n0 says PEER-UP\n"
                                  "n0 answers Sync\n"
                                  "n0 says REGISTERING\n"
                                  "n0 persists ledger 1 leaf 1 node 1 held 1\n"
                                  "n1 says PEER-UP\n"
                                  "n1 answers Sync\n"
                                  "n1 says REGISTERING\n"
                                  "n1 persists ledger 1 leaf 1 node 1 held 1\n"
                                  "n0 asks n1 Sync wait\n"
                                  "n0 asks n2 Sync wait\n"
                                  "n1 asks n0 Sync wait\n"
                                  "n1 asks n2 Sync wait\n"
                                  "n2 signs 1\n"
                                  "n2 asks n0 Sync wait\n"
                                  "n0 signs 1\n"
                                  "n2 asks n1 Sync wait\n"
                                  "n1 signs 1\n"
                                  "n2 persists note 1\n"
                                  "n0 persists note 1\n"
                                  "n1 persists note 1\n"
                                  "n2 says LEDGER-OPENED\n"
                                  "n2 states 1\n"
                                  "n2 answers Sync with a summary\n"
                                  "n2 answers Sync with a summary\n"
                                  "n0 says LEDGER-OPENED\n"
                                  "n0 states 1\n"
                                  "n0 answers Sync with a summary\n"
                                  "n0 answers Sync with a summary\n"
                                  "n1 says LEDGER-OPENED\n"
                                  "n1 states 1\n"
                                  "n1 answers Sync with a summary\n"
                                  "n1 answers Sync with a summary\n"
                                  "n2 persists note 1\n"
                                  "n0 asks n2 GetRecords of n2 from 0\n"
                                  "n0 asks n2 Sync wait\n"
                                  "n1 asks n2 GetRecords of n2 from 0\n"
                                  "n1 asks n2 Sync wait\n"
                                  "n0 persists note 1\n"
                                  "n1 asks n0 GetRecords of n0 from 0\n"
                                  "n1 asks n0 Sync wait\n"
                                  "n2 asks n0 GetRecords of n0 from 0\n"
                                  "n2 asks n0 Sync wait\n"
                                  "n1 persists note 1\n"
                                  "n0 asks n1 GetRecords of n1 from 0\n"
                                  "n0 asks n1 Sync wait\n"
                                  "n2 asks n1 GetRecords of n1 from 0\n"
                                  "n2 asks n1 Sync wait\n"
                                  "n2 serves\n"
                                  "n2 serves\n"
                                  "n0 serves\n"
                                  "n0 serves\n"
                                  "n1 serves\n"
                                  "n1 serves\n"
                                  "n0 persists ledger 1 leaf 1 node 1 note 1\n"
                                  "n1 persists ledger 1 leaf 1 node 1 note 1\n"
                                  "n2 persists ledger 1 leaf 1 node 1 note 1\n"
                                  "n0 looks at 1\n"
                                  "n0 answers Sync with a summary\n"
                                  "n0 answers Sync with a summary\n"
                                  "n0 persists ledger 1 leaf 1 node 1 note 1\n"
                                  "n1 looks at 1\n"
                                  "n1 answers Sync with a summary\n"
                                  "n1 answers Sync with a summary\n"
                                  "n1 persists ledger 1 leaf 1 node 1 note 1\n"
                                  "n2 looks at 1\n"
                                  "n2 answers Sync with a summary\n"
                                  "n2 answers Sync with a summary\n"
                                  "n2 persists ledger 1 leaf 1 node 1 note 1\n"
                                  "n1 asks n0 GetNotes statement n0\n"
                                  "n1 asks n0 Sync wait\n"
                                  "n2 asks n0 GetNotes statement n0\n"
                                  "n2 asks n0 Sync wait\n"
                                  "n0 looks at 1\n"
                                  "n0 asks n1 GetNotes statement n1\n"
                                  "n0 asks n1 Sync wait\n"
                                  "n2 asks n1 GetNotes statement n1\n"
                                  "n2 asks n1 Sync wait\n"
                                  "n1 looks at 1\n"
                                  "n0 asks n2 GetNotes statement n2\n"
                                  "n0 asks n2 Sync wait\n"
                                  "n1 asks n2 GetNotes statement n2\n"
                                  "n1 asks n2 Sync wait\n"
                                  "n2 looks at 1\n"
                                  "n0 serves\n"
                                  "n0 answers Sync with a summary\n"
                                  "n0 serves\n"
                                  "n0 answers Sync with a summary\n"
                                  "n0 says CAUGHT-UP\n"
                                  "n1 serves\n"
                                  "n1 answers Sync with a summary\n"
                                  "n1 serves\n"
                                  "n1 answers Sync with a summary\n"
                                  "n1 says CAUGHT-UP\n"
                                  "n2 serves\n"
                                  "n2 answers Sync with a summary\n"
                                  "n2 serves\n"
                                  "n2 answers Sync with a summary\n"
                                  "n2 says CAUGHT-UP\n"
                                  "n1 persists held 2 note 1\n"
                                  "n1 asks n0 Sync wait\n"
                                  "n2 persists held 2 note 1\n"
                                  "n2 asks n0 Sync wait\n"
                                  "n0 persists held 2 note 1\n"
                                  "n0 asks n1 Sync wait\n"
                                  "n2 asks n1 Sync wait\n"
                                  "n0 asks n2 Sync wait\n"
                                  "n1 asks n2 Sync wait\n"
                                  "n1 persists note 1\n"
                                  "n2 persists note 1\n"
                                  "n0 persists note 1\n";

/* Three nodes that start for the first time free each other, open their
 * ledgers and learn of each other's. */
Test(story, three_nodes_start)
{
    start(3, 3);
    rig_link_all(rig);
    cr_assert_str_eq(rig_lines(rig), three_nodes);
}

/* A deposit is durable, signed, durable again, and then has a receipt; then
 * the others fetch record, header and block. */
Test(story, deposit_spreads)
{
    start(3, 3);
    rig_link_all(rig);
    rig_pass(rig, 6000);
    rig_quiet(rig);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    cr_assert_str_eq(rig_lines(rig),
                     "n0 persists leaf 1 node 2 item 1 held 1 header 1\n"
                     "n0 signs 2\n"
                     "n0 persists note 1\n"
                     "n0 receipt registered 1\n"
                     "n0 answers Sync with a summary\n"
                     "n0 answers Sync with a summary\n"
                     "n1 asks n0 GetRecords of n0 from 1\n"
                     "n1 asks n0 Sync wait\n"
                     "n2 asks n0 GetRecords of n0 from 1\n"
                     "n2 asks n0 Sync wait\n"
                     "n0 serves\n"
                     "n0 serves\n"
                     "n1 persists leaf 1 node 2 item 1 note 1\n"
                     "n2 persists leaf 1 node 2 item 1 note 1\n"
                     "n1 looks at 1\n"
                     "n1 answers Sync with a summary\n"
                     "n1 answers Sync with a summary\n"
                     "n2 looks at 1\n"
                     "n2 answers Sync with a summary\n"
                     "n2 answers Sync with a summary\n"
                     "n1 asks n0 GetBlocks 2, 1 headers\n"
                     "n0 asks n1 Sync wait\n"
                     "n2 asks n1 Sync wait\n"
                     "n2 asks n0 GetBlocks 2, 1 headers\n"
                     "n0 asks n2 Sync wait\n"
                     "n1 asks n2 Sync wait\n"
                     "n0 serves\n"
                     "n0 serves\n"
                     "n1 persists header 1\n"
                     "n2 persists header 1\n");
}

/* A node that has heard from nobody keeps a deposit and says so; when the
 * others have told what they know, it registers it. */
Test(story, pending_then_registered)
{
    start(3, 3);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_PENDING);
    cr_assert_str_eq(rig_lines(rig), "n0 persists header 1 pending 1\n"
                                     "n0 receipt pending 0 of 2\n");
    rig_link(rig, 0, 1);
    rig_run(rig);
    cr_assert_str_eq(rig_lines(rig), "n0 asks n1 Sync first\n"
                                     "n1 says PEER-UP\n"
                                     "n1 answers Sync\n"
                                     "n0 says PEER-UP\n"
                                     "n0 asks n1 Sync wait\n");
    rig_link(rig, 0, 2);
    rig_run(rig);
    cr_assert_str_eq(rig_lines(rig),
                     "n0 asks n2 Sync first\n"
                     "n2 says PEER-UP\n"
                     "n2 answers Sync\n"
                     "n0 says PEER-UP\n"
                     "n0 says REGISTERING\n"
                     "n0 asks n2 Sync wait\n"
                     "n0 persists ledger 1 leaf 1 node 1 held 1\n"
                     "n0 signs 1\n"
                     "n0 persists leaf 1 node 2 item 1 held 1 gone 1 note 1\n"
                     "n0 says LEDGER-OPENED\n"
                     "n0 signs 2\n"
                     "n0 states 1\n"
                     "n0 persists note 1\n"
                     "n0 persists note 1\n");
}

/* A node that was away learns of all that came meanwhile. */
Test(story, catch_up)
{
    struct msg_status_reply status;

    start(3, 3);
    rig_link_all(rig);
    rig_stop(rig, 2);
    for (unsigned i = 0; i < 40; i++) {
        (void)rig_deposit(rig, 0, i);
    }
    rig_pass(rig, 6000);
    rig_quiet(rig);
    rig_start(rig, 2);
    rig_link(rig, 2, 0);
    rig_link(rig, 2, 1);
    rig_run(rig);
    cr_assert_str_eq(rig_lines(rig),
                     "n2 asks n0 Sync first\n"
                     "n2 asks n1 Sync first\n"
                     "n0 answers Sync with a summary\n"
                     "n1 answers Sync with a summary\n"
                     "n2 says PEER-UP\n"
                     "n2 asks n0 GetRecords of n0 from 1\n"
                     "n2 asks n0 GetNotes checkpoint 0 0\n"
                     "n2 asks n0 Sync wait\n"
                     "n2 says PEER-UP\n"
                     "n2 says REGISTERING\n"
                     "n2 asks n1 GetNotes checkpoint 0 0\n"
                     "n2 asks n1 Sync wait\n"
                     "n0 serves\n"
                     "n0 serves\n"
                     "n1 serves\n"
                     "n2 persists leaf 40 node 78 item 40 note 3\n"
                     "n2 asks n0 GetNotes cosigned 1\n" /* while it was away */
                     "n2 looks at 40\n"
                     "n0 serves\n"
                     "n2 asks n0 GetBlocks 55, 40 headers\n"
                     "n2 asks n1 GetBlocks 16, 0 headers\n"
                     "n2 asks n1 GetBlocks 9, 0 headers\n"
                     "n0 serves\n"
                     "n1 serves\n"
                     "n1 serves\n"
                     "n2 persists header 40\n"
                     "n2 says CAUGHT-UP\n");
    rig_status(rig, 2, &status);
    cr_assert_eq(status.items, 40);
    cr_assert_eq(status.held, 40);
}

/* A roster that one node reads reaches the others by gossip; the node that it
 * drops is hung up on. */
Test(story, roster_change)
{
    struct event event = { .kind = EVENT_ROSTER };
    struct buf file;

    start(3, 3);
    rig_link_all(rig);
    rig_pass(rig, 6000);
    rig_quiet(rig);
    members_change(&rig->members, 2);
    buf_init(&file, 1 << 20);
    members_file(&rig->members, 2, &file);
    event.roster.chain = buf_span(&file);
    rig_step(rig, 0, &event);
    rig_run(rig);
    buf_done(&file);
    cr_assert_str_eq(rig_lines(rig), "n0 persists note 1\n"
                                     "n0 hangs up on n2\n"
                                     "n0 has a new roster\n"
                                     "n0 says ROSTER-NEW\n"
                                     "n0 answers Sync with a summary\n"
                                     "n1 asks n0 GetNotes roster 2\n"
                                     "n1 asks n0 Sync wait\n"
                                     "n0 serves\n"
                                     "n1 persists note 1\n"
                                     "n1 hangs up on n2\n"
                                     "n1 has a new roster\n"
                                     "n1 says ROSTER-NEW\n"
                                     "n1 answers Sync with a summary\n"
                                     "n0 asks n1 Sync wait\n");
}

/* A node reads version 2 of these members from its file. */
static void read_roster(size_t node, const struct members *members)
{
    struct event event = { .kind = EVENT_ROSTER };
    struct buf file;

    buf_init(&file, 1 << 20);
    members_file(members, 2, &file);
    event.roster.chain = buf_span(&file);
    rig_step(rig, node, &event);
    buf_done(&file);
}

/* Two rosters follow version 1, one is read by n0 and one by n1: each stays
 * where it is, all three know both and say so once, and then it is quiet. */
Test(story, roster_fork)
{
    struct members rival;
    struct msg_status_reply status;

    start(3, 3);
    rig_link_all(rig);
    rig_pass(rig, 6000);
    members_init(&rival, 3);
    members_change(&rival, 4);
    members_change(&rig->members, 3);
    rig_quiet(rig);
    read_roster(0, &rig->members);
    read_roster(1, &rival);
    rig_pass(rig, 60000);
    for (size_t i = 0; i < 3; i++) {
        const char *said[] = { "n0 says ROSTER-FORK", "n1 says ROSTER-FORK",
                               "n2 says ROSTER-FORK" };

        cr_assert_eq(rig_count(rig, said[i]), 1, "%s", rig_lines(rig));
        rig_status(rig, i, &status);
        cr_assert_eq(status.roster_version, 2);
    }
    rig_quiet(rig);
    rig_pass(rig, 60000);
    cr_assert_eq(rig_count(rig, "GetNotes"), 0, "%s", rig_lines(rig));
    members_done(&rival);
}

/* Flip a bit in all that n1 serves. */
static void lie(struct rig *of, struct rig_thing *reply)
{
    (void)of;
    if (reply->to == 1 && reply->kind != MESSAGE_SYNC &&
        reply->bytes.size > 600) {
        reply->bytes.data[reply->bytes.size - 1] ^= 1;
    }
}

/* A peer that serves wrong bytes is complained of once, and others serve. */
Test(story, liar)
{
    struct msg_status_reply status;

    start(3, 3);
    rig_link_all(rig);
    rig_unlink(rig, 2, 0);
    rig_unlink(rig, 0, 2);
    rig->meddle = lie;
    for (unsigned i = 0; i < 5; i++) {
        (void)rig_deposit(rig, 0, i);
    }
    rig_pass(rig, 200000);
    cr_assert_eq(rig_count(rig, "n2 says PEER-WRONG-RECORDS"), 1);
    rig_status(rig, 2, &status);
    cr_assert_eq(status.items, 0);
    rig_link(rig, 2, 0);
    rig_link(rig, 0, 2);
    rig_run(rig);
    rig_pass(rig, 200000);
    rig_status(rig, 2, &status);
    cr_assert_eq(status.items, 5);
    cr_assert_eq(status.held, 5);
    cr_assert_eq(rig_count(rig, "FORK"), 0);
}

/* In the quiet state each node asks each peer once in 30 s, and no answer
 * carries a summary. */
Test(story, quiet)
{
    start(3, 3);
    rig_link_all(rig);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 120000);
    rig_quiet(rig);
    rig_pass(rig, 300000);
    cr_assert_eq(rig_count(rig, "asks"), 60);
    cr_assert_eq(rig_count(rig, "answers Sync"), 60);
    cr_assert_eq(rig_count(rig, "summary"), 0);
    cr_assert_eq(rig_count(rig, "persists"), 0);
}

/* Stopping commits what is in hand, answers it, takes nothing new, and is
 * idle then. */
Test(story, stops)
{
    struct event event = { .kind = EVENT_STOPPING };

    start(1, 1);
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    rig_step(rig, 0, &event);
    rig_run(rig);
    cr_assert(node_idle(rig->nodes[0].core));
    rig_quiet(rig);
    (void)rig_deposit(rig, 0, 2);
    cr_assert_eq(rig_count(rig, "refuses BUSY"), 1);
}

/* Many deposits that come while one group is being written are one group. */
Test(story, group_commit)
{
    start(1, 1);
    rig_run(rig);
    rig->hold_disk = true;
    for (unsigned i = 0; i < 30; i++) {
        (void)rig_deposit(rig, 0, i);
    }
    rig->hold_disk = false;
    rig_quiet(rig);
    rig_run(rig);
    rig_pass(rig, RIG_LINGER_MS);
    cr_assert_eq(rig_count(rig, "signs"), 2);
    cr_assert_eq(rig_count(rig, "receipt registered"), 30);
}

/* Below the reserve deposits are refused with a reason, nothing is fetched;
 * with room it goes on by itself. */
Test(story, store_full)
{
    struct event event = { .kind = EVENT_SPACE };
    struct msg_status_reply status;

    start(3, 3);
    rig_link_all(rig);
    event.space.full = true;
    event.space.free_bytes = 10;
    event.space.reserve_bytes = 1000;
    rig_step(rig, 1, &event);
    rig_run(rig);
    (void)rig_deposit(rig, 1, 1);
    cr_assert_eq(rig_count(rig, "n1 refuses STORE-FULL"), 1);
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, 60000);
    rig_status(rig, 1, &status);
    cr_assert_eq(status.items, 1);
    cr_assert_eq(status.held, 0);
    event.space.full = false;
    event.space.free_bytes = 10000;
    rig_step(rig, 1, &event);
    rig_run(rig);
    rig_status(rig, 1, &status);
    cr_assert_eq(status.held, 1);
    cr_assert_eq(rig_count(rig, "n1 says STORE-ROOM"), 1);
}

/* The same deposit twice has one record and two equal receipts; the same
 * payload with another commitment is refused. */
Test(story, duplicate)
{
    struct msg_status_reply status;
    struct deposit_item item = { 0 };
    struct deposit_facts facts = { .err = ERR_CONFLICT };
    struct message message = { .kind = MESSAGE_DEPOSIT };
    struct deposit deposit;
    struct buf first;

    start(1, 1);
    rig_run(rig);
    deposit = rig_deposit(rig, 0, 1);
    buf_init(&first, MESSAGE_SIZE_MAX);
    buf_put(&first, buf_span(&rig->answer));
    (void)rig_deposit(rig, 0, 1);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REGISTERED);
    cr_assert(span_equal(buf_span(&first), buf_span(&rig->answer)));
    buf_done(&first);
    rig_status(rig, 0, &status);
    cr_assert_eq(status.items, 1);
    item.root = deposit.payload_root;
    item.size = deposit.payload_size;
    item.header = deposit.header_id;
    item.header_bytes = span_str("header 1");
    message.deposit.items = &item;
    message.deposit.items_count = 1;
    rig_ask(rig, 0, &message, &facts, 0);
    cr_assert_eq(rig_outcome(rig), DEPOSIT_REFUSED);
}

/* A record came over the net, its item did not: somebody brings the item, as
 * from a copied disk. It is held when it is durable, not before, and no second
 * record is written. */
Test(story, completed_by_hand)
{
    struct event event = { .kind = EVENT_SPACE };
    struct msg_status_reply status;

    start(3, 3);
    rig_link_all(rig);
    event.space.full = true;
    rig_step(rig, 1, &event); /* records are taken, no blocks */
    (void)rig_deposit(rig, 0, 1);
    rig_unlink(rig, 1, 0);
    rig_unlink(rig, 1, 2);
    rig_unlink(rig, 0, 1);
    rig_unlink(rig, 2, 1);
    event.space.full = false;
    rig_step(rig, 1, &event);
    rig_pass(rig, 6000);
    rig_status(rig, 1, &status);
    cr_assert_eq(status.items, 1);
    cr_assert_eq(status.held, 0);
    rig_quiet(rig);

    rig->hold_disk = true;
    (void)rig_deposit(rig, 1, 1);
    cr_assert_eq(rig_outcome(rig),
                 0); /* nothing is said before it is durable */
    rig_status(rig, 1, &status);
    cr_assert_eq(status.held, 0);
    rig->hold_disk = false;
    rig_run(rig);
    rig_status(rig, 1, &status);
    cr_assert_eq(status.items, 1);
    cr_assert_eq(status.held, 1);
    cr_assert_eq(rig_count(rig, "n1 persists header 1\n"), 1);
    cr_assert_eq(rig_count(rig, "n1 receipt registered 1\n"), 1);
    cr_assert_eq(rig_count(rig, "n1 persists held 1\n"), 1);
    cr_assert_eq(rig_count(rig, "persists"), 2);
}

/* Pages of names are answered when they are durable: their item may follow. */
Test(story, pages_are_durable_when_answered)
{
    struct message message = { .kind = MESSAGE_DEPOSIT };
    struct deposit_page pages[2] = { { .page = NAMES_PAGE_ROOTS },
                                     { .page = 0 } };
    struct block_id names[2] = { { { 1 } }, { { 2 } } };
    struct block_id root;
    struct digest digest;

    start(1, 1);
    rig_run(rig);
    names_page_root(names, 2, &digest);
    root = block_id_from_digest(&digest);
    payload_root_of(&root, 1, &pages[0].root);
    pages[0].names = &root;
    pages[0].names_count = 1;
    pages[1].root = pages[0].root;
    pages[1].names = names;
    pages[1].names_count = 2;
    message.deposit.pages = pages;
    message.deposit.pages_count = 2;
    rig_quiet(rig);
    rig->hold_disk = true;
    rig_ask(rig, 0, &message, NULL, 0);
    cr_assert_eq(rig->answer.size, 0);
    rig->hold_disk = false;
    rig_run(rig);
    cr_assert_gt(rig->answer.size, 0);
    cr_assert_str_eq(rig_lines(rig), "n0 persists names 2\n");
}
