/* SPDX-License-Identifier: Apache-2.0 */
/* Messages at and beyond their bounds, and numbers outside their range. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "model/batch.h"
#include "sample.h"
#include "wire/decode.h"
#include "wire/encode.h"

static struct arena arena;
static struct buf bytes;

static void begin(void)
{
    cr_assert(arena_init(&arena, ARENA_SIZE_MAX) == ERR_OK);
    buf_init(&bytes, 2 * MESSAGE_SIZE_MAX);
}

static void end(void)
{
    arena_done(&arena);
    buf_done(&bytes);
}

TestSuite(message_bounds, .init = begin, .fini = end);

static enum err decode(bool reply, struct message *ret_message)
{
    return reply ? message_decode_reply(buf_span(&bytes),
                                        (enum message_kind)bytes.data[0],
                                        &arena, ret_message, NULL)
                 : message_decode_request(buf_span(&bytes), &arena, ret_message,
                                          NULL);
}

/* Written, read, the same. */
static void expect_good(const struct message *message)
{
    struct message read;

    buf_clear(&bytes);
    arena_reset(&arena);
    cr_assert(message_encode(message, &bytes) == ERR_OK, "kind %d",
              (int)message->kind);
    cr_assert(decode(message->reply, &read) == ERR_OK, "kind %d",
              (int)message->kind);
    cr_expect(sample_equal(message, &read), "kind %d", (int)message->kind);
}

/* Written, but its reader refuses it. */
static void expect_bad(const struct message *message)
{
    struct message read;

    buf_clear(&bytes);
    arena_reset(&arena);
    cr_assert(message_encode(message, &bytes) == ERR_OK, "kind %d",
              (int)message->kind);
    cr_expect(decode(message->reply, &read) == ERR_MALFORMED, "kind %d",
              (int)message->kind);
}

static void fill_origin(size_t number, struct origin *ret_origin)
{
    snprintf(ret_origin->text, sizeof(ret_origin->text),
             "consortium-0123456789abcdef/a-node-%04zu/%032zx", number % 30,
             number);
}

/* The longest lists still fit into a decoder's arena. */
Test(message_bounds, longest_sync)
{
    static struct head heads[SYNC_HEADS_MAX];
    static struct statement_ref statements[SYNC_STATEMENTS_MAX];
    static struct digest others[SYNC_OTHERS_MAX];
    static struct lease leases[SYNC_LEASES_MAX];
    static struct label vouched[NODE_COUNT_MAX];
    static struct challenge challenges[CHALLENGES_PER_REQUEST_MAX];
    struct message reply = {
        .kind = MESSAGE_SYNC,
        .reply = true,
        .sync_reply = { .yours = heads,
                        .yours_count = 16,
                        .cosigned = heads,
                        .cosigned_count = SYNC_COSIGNED_MAX,
                        .has_summary = true,
                        .heads = heads,
                        .heads_count = SYNC_HEADS_MAX,
                        .statements = statements,
                        .statements_count = SYNC_STATEMENTS_MAX,
                        .others = others,
                        .others_count = SYNC_OTHERS_MAX,
                        .leases = leases,
                        .leases_count = SYNC_LEASES_MAX,
                        .vouched = vouched,
                        .vouched_count = NODE_COUNT_MAX,
                        .challenges = challenges,
                        .challenges_count = CHALLENGES_PER_REQUEST_MAX }
    };
    struct message sync = { .kind = MESSAGE_SYNC,
                            .sync = { .yours = heads,
                                      .yours_count = SYNC_HEADS_MAX,
                                      .cosigned = heads,
                                      .cosigned_count = SYNC_COSIGNED_MAX } };

    for (size_t i = 0; i < SYNC_HEADS_MAX; i++) {
        fill_origin(i, &heads[i].origin);
        heads[i].size = (1ULL << 62) + i;
        heads[i].held = 1ULL << 62;
        heads[i].lines = UINT32_MAX;
        heads[i].forked = true;
    }
    for (size_t i = 0; i < SYNC_STATEMENTS_MAX; i++) {
        strcpy(statements[i].node.text, "a-node-with-a-long-label-of-32-c");
        fill_origin(i, &statements[i].ledger);
        statements[i].number = UINT64_MAX;
        vouched[i] = statements[i].node;
    }
    for (size_t i = 0; i < SYNC_LEASES_MAX; i++) {
        leases[i].kind = LEASE_NAMES;
        leases[i].page = NAME_PAGES_MAX - 1;
        leases[i].size = BLOCK_SIZE_MAX;
    }
    expect_good(&reply);
    expect_good(&sync);
}

/* Eight slices with the longest paths fit into one message. */
Test(message_bounds, longest_proofs)
{
    static uint8_t slice[SLICE_SIZE];
    static struct digest path[MERKLE_PATH_MAX];
    static struct slice_proof proofs[CHALLENGES_PER_REQUEST_MAX];
    struct message reply = { .kind = MESSAGE_CHALLENGE,
                             .reply = true,
                             .proofs = { proofs, CHALLENGES_PER_REQUEST_MAX } };

    for (size_t i = 0; i < CHALLENGES_PER_REQUEST_MAX; i++) {
        proofs[i] =
            (struct slice_proof){ .kind = PROOF_SLICE,
                                  .path = path,
                                  .path_count = MERKLE_PATH_MAX,
                                  .slice = span_of(slice, sizeof(slice)) };
    }
    expect_good(&reply);
    proofs[0].slice.size = 0;
    expect_bad(&reply);
}

/* A question about no possible slice, more pieces than may be asked of one
 * holder, and an empty list of questions or proofs are refused. */
Test(message_bounds, proofs)
{
    struct challenge question = { .slice = PAYLOAD_SIZE_MAX / SLICE_SIZE + 1 };
    struct message challenge = { .kind = MESSAGE_CHALLENGE,
                                 .challenge = { &question, 1 } };
    struct message proofs = { .kind = MESSAGE_PUT_PROOFS };
    struct message verify = { .kind = MESSAGE_VERIFY,
                              .verify = { .pieces = VERIFY_PIECES_MAX + 1 } };
    struct slice_proof proof = { .kind = (enum proof_kind)4 };

    expect_bad(&challenge);
    question.slice--;
    expect_good(&challenge);
    challenge.challenge.count = 0;
    expect_bad(&challenge);
    expect_bad(&proofs);
    proofs.proofs = (struct msg_proofs){ &proof, 1 };
    expect_bad(&proofs);
    expect_bad(&verify);
}

/* The same for what clients send. */
Test(message_bounds, longest_deposit)
{
    static struct block_id names[DEPOSIT_OFFER_MAX];
    static struct span blocks[BLOCKS_PER_REQUEST_MAX];
    static struct deposit_item items[DEPOSIT_ITEMS_PER_REQUEST_MAX];
    static struct deposit_page pages[NAME_PAGES_PER_REQUEST_MAX];
    static struct deposit_result results[DEPOSIT_ITEMS_PER_REQUEST_MAX];
    static uint8_t lacks[DEPOSIT_OFFER_MAX];
    struct message deposit = {
        .kind = MESSAGE_DEPOSIT,
        .deposit = { names, DEPOSIT_OFFER_MAX, names, blocks,
                     BLOCKS_PER_REQUEST_MAX, pages, NAME_PAGES_PER_REQUEST_MAX,
                     items, DEPOSIT_ITEMS_PER_REQUEST_MAX }
    };
    struct message reply = { .kind = MESSAGE_DEPOSIT,
                             .reply = true,
                             .deposit_reply = { lacks, DEPOSIT_OFFER_MAX,
                                                results,
                                                DEPOSIT_ITEMS_PER_REQUEST_MAX,
                                                UINT64_MAX, UINT64_MAX } };

    for (size_t i = 0; i < DEPOSIT_ITEMS_PER_REQUEST_MAX; i++) {
        items[i].size = UINT64_MAX;
        results[i].outcome = DEPOSIT_PENDING;
    }
    for (size_t i = 0; i < NAME_PAGES_PER_REQUEST_MAX; i++) {
        pages[i].names = names;
        pages[i].names_count = 1;
    }
    expect_good(&deposit);
    expect_good(&reply);
}

/* And for what they are told. */
Test(message_bounds, longest_list_and_status)
{
    static struct origin origins[LIST_ORIGINS_MAX];
    static struct list_entry entries[RECORDS_BATCH_COUNT_MAX];
    static struct status_peer peers[NODE_COUNT_MAX];
    static struct status_ledger ledgers[STATUS_LEDGERS_MAX];
    static struct status_alarm alarms[STATUS_ALARMS_MAX];
    static uint32_t copies[MEMBER_COUNT_MAX + 1];
    static char text[WHY_SIZE];
    struct message list = {
        .kind = MESSAGE_LIST,
        .reply = true,
        .list_reply = { .entries = entries, .count = RECORDS_BATCH_COUNT_MAX }
    };
    struct message status = { .kind = MESSAGE_STATUS,
                              .reply = true,
                              .status_reply = {
                                  .phase = OWN_WAITING,
                                  .role = ROLE_STORE,
                                  .peers = peers,
                                  .peers_count = NODE_COUNT_MAX,
                                  .ledgers = ledgers,
                                  .ledgers_count = STATUS_LEDGERS_MAX,
                                  .alarms = alarms,
                                  .alarms_count = STATUS_ALARMS_MAX,
                                  .copies = copies,
                                  .copies_count = MEMBER_COUNT_MAX + 1 } };

    for (size_t i = 0; i < LIST_ORIGINS_MAX; i++) {
        fill_origin(i, &origins[i]);
        ledgers[i].origin = origin_span(&origins[i]);
        ledgers[i].size = UINT64_MAX;
    }
    for (size_t i = 0; i < RECORDS_BATCH_COUNT_MAX; i++) {
        entries[i].origin = origin_span(&origins[i % LIST_ORIGINS_MAX]);
        entries[i].index = UINT64_MAX;
    }
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        peers[i].node = span_str("a-node-with-a-long-label-of-32-c");
        peers[i].silent_s = UINT64_MAX;
        peers[i].role = ROLE_LEAVING;
    }
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < STATUS_ALARMS_MAX; i++) {
        alarms[i].code = span_str("ROSTER-FORK");
        alarms[i].subject = origin_span(&origins[i]);
        alarms[i].text = span_of(text, sizeof(text));
        alarms[i].since_s = UINT64_MAX;
    }
    expect_good(&list);
    expect_good(&status);
}

/* A page of names and a batch of leaves at their bounds. */
Test(message_bounds, longest_names_and_records)
{
    static struct block_id names[NAMES_PER_PAGE];
    static struct digest roots[NAME_PAGES_MAX];
    static struct span leaves[RECORDS_BATCH_COUNT_MAX];
    static struct digest path[TREE_PATH_MAX + 1];
    static uint8_t leaf[1048];
    struct message reply = { .kind = MESSAGE_GET_NAMES,
                             .reply = true,
                             .get_names_reply = { { { 1 } },
                                                  511,
                                                  true,
                                                  roots,
                                                  NAME_PAGES_MAX,
                                                  names,
                                                  NAMES_PER_PAGE } };
    struct message records = { .kind = MESSAGE_GET_RECORDS, .reply = true };

    expect_good(&reply);
    for (size_t i = 0; i < RECORDS_BATCH_COUNT_MAX; i++) {
        leaves[i] = span_of(leaf, sizeof(leaf));
    }
    records.get_records_reply = (struct msg_get_records_reply){
        .path = path,
        .path_count = TREE_PATH_MAX + 1,
        .leaves = leaves,
        .leaves_count = RECORDS_BATCH_COUNT_MAX,
    };
    fill_origin(3, &records.get_records_reply.origin);
    expect_good(&records);
}

/* Numbers outside their range. */
Test(message_bounds, refuses_heads)
{
    struct head head = { .size = 1, .held = 1 };
    struct message sync = { .kind = MESSAGE_SYNC,
                            .sync = { .yours = &head, .yours_count = 1 } };

    fill_origin(1, &head.origin);
    expect_good(&sync);
    head.held = 2;
    expect_bad(&sync);
    head = (struct head){ .origin = head.origin };
    expect_bad(&sync);
    head.size = 1ULL << 63;
    expect_bad(&sync);
    head = (struct head){ .origin = { "not/an/origin" }, .size = 1 };
    expect_bad(&sync);
}

Test(message_bounds, refuses_numbers)
{
    struct note_ref ref = { .kind = 6 };
    struct message notes = { .kind = MESSAGE_GET_NOTES,
                             .get_notes = { &ref, 1 } };
    struct message names = { .kind = MESSAGE_GET_NAMES,
                             .get_names = { .page = NAME_PAGES_MAX } };
    struct message blocks = { .kind = MESSAGE_GET_BLOCKS };
    struct message list = { .kind = MESSAGE_LIST,
                            .list = { .count = RECORDS_BATCH_COUNT_MAX + 1 } };
    struct message status = { .kind = MESSAGE_STATUS, .reply = true };
    struct message opened = { .kind = MESSAGE_OPEN_LEDGER, .reply = true };
    struct message records = { .kind = MESSAGE_GET_RECORDS };

    expect_bad(&notes);
    expect_bad(&names);
    expect_bad(&blocks);
    expect_bad(&list);
    list.list = (struct msg_list){ .count = 1, .prefix_bits = 1 };
    expect_bad(&list);
    list.list.count = 0;
    expect_bad(&list);
    expect_bad(&status);
    status.status_reply.phase = OWN_STOPPED + 1;
    expect_bad(&status);
    expect_bad(&opened);
    fill_origin(1, &records.get_records.origin);
    expect_bad(&records);
    records.get_records.count = RECORDS_BATCH_COUNT_MAX + 1;
    expect_bad(&records);
}

/* Pages of names: their number, how many names, and the page of roots. */
Test(message_bounds, deposit_pages)
{
    static struct block_id names[NAMES_PER_PAGE + 1];
    struct deposit_page page = { .names = names, .names_count = 1 };
    struct message deposit = {
        .kind = MESSAGE_DEPOSIT, .deposit = { .pages = &page, .pages_count = 1 }
    };

    expect_good(&deposit);
    page.names_count = NAMES_PER_PAGE;
    expect_good(&deposit);
    page.names_count = NAMES_PER_PAGE + 1;
    expect_bad(&deposit);
    page.names_count = 0;
    expect_bad(&deposit);
    page = (struct deposit_page){ .page = NAME_PAGES_MAX,
                                  .names = names,
                                  .names_count = 1 };
    expect_bad(&deposit);
    page.page = NAMES_PAGE_ROOTS;
    expect_bad(&deposit);
    page.names_count = 2;
    expect_good(&deposit);
    page.names_count = NAME_PAGES_MAX + 1;
    expect_bad(&deposit);
}

/* An item of a question for receipts carries neither header nor names. */
Test(message_bounds, receipts_carry_no_bytes)
{
    struct deposit_result result = { .outcome = 4 };
    struct message reply = { .kind = MESSAGE_RECEIPTS,
                             .reply = true,
                             .deposit_reply = { .results = &result,
                                                .results_count = 1 } };
    struct block_id name = { { 0 } };
    struct deposit_item item = { .names = &name, .names_count = 1 };
    struct message deposit = {
        .kind = MESSAGE_DEPOSIT, .deposit = { .items = &item, .items_count = 1 }
    };
    struct message read;

    expect_bad(&reply);
    result.outcome = 0;
    expect_bad(&reply);
    expect_good(&deposit);

    /* The same item as a question: field 5 of a deposit is field 1 there. */
    cr_assert(bytes.data[5] == (5 << 3 | 2));
    bytes.data[5] = 1 << 3 | 2;
    bytes.data[0] = MESSAGE_RECEIPTS;
    cr_expect(decode(false, &read) == ERR_MALFORMED);
}

static void put_protobuf(enum message_kind kind, const char *pattern,
                         size_t pattern_size, size_t count)
{
    buf_clear(&bytes);
    buf_put_byte(&bytes, (uint8_t)kind);
    buf_put_u32(&bytes, (uint32_t)(pattern_size * count));
    for (size_t i = 0; i < count; i++) {
        buf_put_data(&bytes, pattern, pattern_size);
    }
}

/* Thousands of empty sub-messages are refused before anything is unpacked. */
Test(message_bounds, bombs)
{
    static const struct {
        enum message_kind kind;
        bool reply;
        const char *empty; /* field, size 0 */
        size_t most;
    } bombs[] = {
        { MESSAGE_SYNC, false, "\x42", SYNC_HEADS_MAX },
        { MESSAGE_SYNC, true, "\x52", SYNC_HEADS_MAX },
        { MESSAGE_SYNC, true, "\x5a", SYNC_STATEMENTS_MAX },
        { MESSAGE_SYNC, true, "\x6a", SYNC_LEASES_MAX },
        { MESSAGE_GET_NOTES, false, "\x0a", NOTES_PER_REQUEST_MAX },
        { MESSAGE_PUT_NOTES, false, "\x0a", NOTES_PER_REQUEST_MAX },
        { MESSAGE_PUT_BLOCKS, false, "\x1a", NAME_PAGES_PER_REQUEST_MAX },
        { MESSAGE_DEPOSIT, false, "\x2a", DEPOSIT_ITEMS_PER_REQUEST_MAX },
        { MESSAGE_DEPOSIT, true, "\x12", DEPOSIT_ITEMS_PER_REQUEST_MAX },
        { MESSAGE_RECEIPTS, false, "\x0a", DEPOSIT_ITEMS_PER_REQUEST_MAX },
        { MESSAGE_LIST, true, "\x0a", LIST_ORIGINS_MAX },
        { MESSAGE_LIST, true, "\x12", RECORDS_BATCH_COUNT_MAX },
    };
    struct message read;

    for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
        char pattern[2] = { bombs[i].empty[0], 0 };

        put_protobuf(bombs[i].kind, pattern, 2, PROTOBUF_SIZE_MAX / 2);
        arena_reset(&arena);
        cr_expect(decode(bombs[i].reply, &read) == ERR_MALFORMED);
        cr_expect(arena.used == 0, "bomb %zu was unpacked", i);
        put_protobuf(bombs[i].kind, pattern, 2, bombs[i].most + 1);
        cr_expect(decode(bombs[i].reply, &read) == ERR_MALFORMED);
        cr_expect(arena.used == 0, "bomb %zu was unpacked", i);
        /* As many as are allowed: no lack of memory, whatever they say. */
        put_protobuf(bombs[i].kind, pattern, 2, bombs[i].most);
        cr_expect(decode(bombs[i].reply, &read) != ERR_NO_MEMORY);
    }
}

/* The protobuf part has a bound of its own, whatever stands in it. */
Test(message_bounds, protobuf_too_big)
{
    struct message read;

    put_protobuf(MESSAGE_GET_NOTES, "\x0a\x00", 2, PROTOBUF_SIZE_MAX / 2 + 1);
    cr_expect(decode(false, &read) == ERR_MALFORMED);
    cr_expect(arena.used == 0);
}

/* A small arena ends in an error, at whatever place it is full. */
Test(message_bounds, small_arena)
{
    for (size_t i = 0; i < sample_count(); i++) {
        const struct message *message = &sample_at(i)->message;
        enum err err = ERR_NO_MEMORY;
        struct message read;

        buf_clear(&bytes);
        cr_assert(message_encode(message, &bytes) == ERR_OK);
        for (size_t size = 0; err == ERR_NO_MEMORY; size += 16) {
            struct arena small;

            cr_assert(arena_init(&small, size) == ERR_OK);
            err = message->reply
                      ? message_decode_reply(buf_span(&bytes), message->kind,
                                             &small, &read, NULL)
                      : message_decode_request(buf_span(&bytes), &small, &read,
                                               NULL);
            cr_expect(err == ERR_OK || err == ERR_NO_MEMORY);
            arena_done(&small);
        }
        cr_expect(err == ERR_OK, "%s", sample_at(i)->name);
    }
}

/* A summary's fields come with a summary only. */
Test(message_bounds, summary_only_when_it_is_said)
{
    struct message read;

    put_protobuf(MESSAGE_SYNC, "\x40\x05", 2, 1);
    cr_expect(decode(true, &read) == ERR_MALFORMED);
    put_protobuf(MESSAGE_SYNC, "\x52\x00", 2, 1);
    cr_expect(decode(true, &read) == ERR_MALFORMED);
    put_protobuf(MESSAGE_SYNC, "\x38\x01", 2, 1);
    cr_expect(decode(true, &read) == ERR_MALFORMED, "and need a hash");
}
