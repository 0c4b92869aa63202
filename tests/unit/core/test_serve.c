/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/serve.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "model/ledger_keys.h"
#include "model/receipt.h"
#include "rig.h"
#include "wire/arena.h"
#include "wire/decode.h"

static struct rig *rig;
static struct arena arena;
static struct buf bytes;
static struct message reply;
static struct serve_ledger ledger;

/* One node with 30 items. */
static void setup(void)
{
    rig = malloc(sizeof(*rig));
    rig_init(rig, 1, 1);
    rig_start(rig, 0);
    rig_run(rig);
    for (unsigned i = 0; i < 30; i++) {
        (void)rig_deposit(rig, 0, i);
    }
    rig_pass(rig, 6000);
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    buf_init(&bytes, MESSAGE_SIZE_MAX);
    ledger.origin = disk_mark(rig->nodes[0].disk)->origin;
    ledger.number = 0;
    ledger.size = 31;
    ledger.checkpoint_size = 31;
}

static void teardown(void)
{
    arena_done(&arena);
    buf_done(&bytes);
    rig_done(rig);
    free(rig);
}

TestSuite(serve, .init = setup, .fini = teardown);

static const struct source *source(void)
{
    return disk_source(rig->nodes[0].disk);
}

static void ask(const struct message *request, size_t ledgers)
{
    buf_clear(&bytes);
    arena_reset(&arena);
    cr_assert_eq(
        serve_answer(source(), request, &ledger, ledgers, NULL, &bytes),
        ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&bytes), request->kind, &arena,
                                      &reply, NULL),
                 ERR_OK);
}

/* A batch of records proves itself: leaves, path and checkpoint. */
Test(serve, records)
{
    struct message request = { .kind = MESSAGE_GET_RECORDS };
    const struct msg_get_records_reply *batch = &reply.get_records_reply;
    struct frontier frontier;
    struct note note;
    struct checkpoint checkpoint;
    struct digest root;

    request.get_records.origin = ledger.origin;
    request.get_records.count = 12;
    ask(&request, 1);
    cr_assert_eq(batch->leaves_count, 12);
    frontier_init(&frontier);
    for (size_t i = 0; i < 12; i++) {
        struct digest hash;

        record_leaf_hash(batch->leaves[i], &hash);
        frontier_append(&frontier, &hash, NULL);
    }
    frontier_root(&frontier, &root);
    cr_assert_eq(note_parse(batch->checkpoint, NOTE_SIZE_MAX, &note, NULL),
                 ERR_OK);
    cr_assert_eq(checkpoint_parse(note.text, &checkpoint, NULL), ERR_OK);
    cr_assert_eq(checkpoint.size, 31);
    cr_assert_eq(merkle_verify_consistency(12, 31, &root, &checkpoint.root,
                                           batch->path, batch->path_count),
                 ERR_OK);
    request.get_records.from = 31;
    ask(&request, 1);
    cr_assert_eq(batch->leaves_count, 0);
    request.get_records.from = 0;
    ask(&request, 0);
    cr_assert_eq(batch->leaves_count, 0);
}

/* The list goes on where it ended, and finds items by the first bits of their
 * roots. */
Test(serve, list)
{
    struct message request = { .kind = MESSAGE_LIST };
    const struct msg_list_reply *list = &reply.list_reply;
    struct record *record = malloc(sizeof(*record));
    struct payload_root root;
    size_t seen = 0;

    request.list.count = 7;
    do {
        ask(&request, 1);
        for (size_t i = 0; i < list->count; i++) {
            seen++;
            cr_assert_eq(list->entries[i].index, seen);
            cr_assert(list->entries[i].held);
        }
        request.list.ledger = list->ledger;
        request.list.index = list->index;
    } while (list->more);
    cr_assert_eq(seen, 30);
    request.list.ledger = 0;
    request.list.index = 5;
    request.list.count = 1;
    ask(&request, 1);
    cr_assert_eq(record_parse(list->entries[0].leaf, record, NULL), ERR_OK);
    root = record->deposit.payload_root;
    free(record);
    request.list.prefix = span_of(root.bytes, 4);
    request.list.prefix_bits = 30;
    request.list.count = 10;
    ask(&request, 1);
    cr_assert_eq(list->count, 1);
    cr_assert_eq(list->entries[0].index, 5);
    request.list.prefix_bits = 99;
    ask(&request, 1);
    cr_assert_eq(reply.kind, MESSAGE_REFUSAL);
}

/* What is not held is an empty place, not an error. */
Test(serve, lacking)
{
    struct message request = { .kind = MESSAGE_GET_BLOCKS };
    struct block_id unknown[2] = { { { 1 } }, { { 2 } } };
    struct note_ref refs[2] = { { NOTE_CHECKPOINT, span_str(ledger.origin.text),
                                  0 },
                                { NOTE_ROSTER, span_of(NULL, 0), 99 } };

    request.get_blocks.names = unknown;
    request.get_blocks.count = 2;
    ask(&request, 0);
    cr_assert_eq(reply.get_blocks_reply.count, 2);
    cr_assert_eq(reply.get_blocks_reply.blocks[0].size, 0);
    request.kind = MESSAGE_GET_NOTES;
    request.get_notes.refs = refs;
    request.get_notes.count = 2;
    ask(&request, 0);
    cr_assert_gt(reply.get_notes_reply.notes[0].size, 0);
    cr_assert_eq(reply.get_notes_reply.notes[1].size, 0);
    request.kind = MESSAGE_GET_NAMES;
    memset(&request.get_names, 0, sizeof(request.get_names));
    ask(&request, 0);
    cr_assert_not(reply.get_names_reply.found);
}

static struct receipts_asked receipts_asked(void)
{
    return (struct receipts_asked){ .kind = MESSAGE_RECEIPTS,
                                    .ledgers = &ledger,
                                    .ledgers_count = 1,
                                    .roster_hash = { { 3 } },
                                    .heard = 1,
                                    .needed = 2 };
}

static size_t node_reads;
static const struct source *under;

static enum err count_reads(void *ctx, uint32_t number, uint32_t level,
                            uint64_t index, struct digest *ret_hash)
{
    node_reads++;
    return under->node(ctx, number, level, index, ret_hash);
}

/* Every receipt of an answer is genuine, and no node is read twice. */
Test(serve, receipts)
{
    struct receipt_entry entries[30];
    struct receipts_asked asked = receipts_asked();
    struct source counting = *source();
    struct receipt *receipt = malloc(sizeof(*receipt));
    struct roster_chain *chain = members_chain(&rig->members, 1);
    struct ledger_keys *keys = malloc(sizeof(*keys));
    const struct msg_deposit_reply *made = &reply.deposit_reply;

    under = source();
    counting.node = count_reads;
    for (size_t i = 0; i < 30; i++) {
        entries[i] = (struct receipt_entry){ .outcome = DEPOSIT_REGISTERED,
                                             .index = i + 1 };
    }
    entries[29].outcome = DEPOSIT_REFUSED;
    entries[29].refusal = "not found";
    asked.entries = entries;
    asked.entries_count = 30;
    cr_assert_eq(serve_receipts(&counting, &asked, &bytes), ERR_OK);
    cr_assert_leq(node_reads, 62); /* all that a tree of 31 leaves has */
    cr_assert_eq(message_decode_reply(buf_span(&bytes), MESSAGE_RECEIPTS,
                                      &arena, &reply, NULL),
                 ERR_OK);
    cr_assert_eq(made->results_count, 30);
    cr_assert_eq(ledger_keys_of(roster_chain_newest(chain), &rig->members.cid,
                                &ledger.origin, keys),
                 ERR_OK);
    for (size_t i = 0; i < 29; i++) {
        struct span text = made->results[i].text;
        struct proof_result *result = malloc(sizeof(*result));
        struct digest hash;
        struct proof *proof = malloc(sizeof(*proof));

        cr_assert_eq(receipt_parse(&text, receipt, NULL), ERR_OK);
        cr_assert_not(receipt->is_pending);
        cr_assert_eq(proof_parse(receipt->proof, proof, NULL), ERR_OK);
        cr_assert_eq(proof->index, i + 1);
        record_leaf_hash(span_of(receipt->leaf, receipt->leaf_size), &hash);
        cr_assert_eq(
            proof_verify(proof, &hash, keys->keys, keys->count, result, NULL),
            ERR_OK);
        free(result);
        free(proof);
    }
    cr_assert(span_is(made->results[29].text, "not found"));
    cr_assert_eq(made->results[29].outcome, DEPOSIT_REFUSED);
    free(receipt);
    free(keys);
    roster_chain_free(chain);
}

/* A registered deposit that no checkpoint covers yet gets a pending receipt,
 * made from its leaf. */
Test(serve, uncovered)
{
    struct receipt_entry entry = { .outcome = DEPOSIT_PENDING, .index = 4 };
    struct receipt *receipt = malloc(sizeof(*receipt));
    struct receipts_asked asked = receipts_asked();
    struct span text;

    asked.entries = &entry;
    asked.entries_count = 1;
    cr_assert_eq(serve_receipts(source(), &asked, &bytes), ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&bytes), MESSAGE_RECEIPTS,
                                      &arena, &reply, NULL),
                 ERR_OK);
    text = reply.deposit_reply.results[0].text;
    cr_assert_eq(receipt_parse(&text, receipt, NULL), ERR_OK);
    cr_assert(receipt->is_pending);
    cr_assert_eq(receipt->deposit.payload_size, PAYLOAD_SIZE_MIN);
    free(receipt);
}
