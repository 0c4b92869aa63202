/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/serving.h"

#include <criterion/criterion.h>
#include <string.h>

#include "crypto/node_key.h"
#include "daemon/writer.h"
#include "fixture.h"
#include "wire/decode.h"

#define PAYLOAD_SIZE PAYLOAD_SIZE_MIN /* one block */
#define ENDLESS (1ULL << 60)

static struct place place;
static struct node_key key;
static struct writer *writer;
static struct serving *serving;

static void begin(uint64_t min_free)
{
    static const uint8_t seed[32] = { 5 };
    static const struct store_mark mark = { .has_ledger = false };

    place_make(&place, min_free);
    cr_assert_eq(node_key_init(&key, seed), ERR_OK);
    cr_assert_eq(
        writer_new(place.store, place.pool, &key, &mark, &place.sink, &writer),
        ERR_OK);
    cr_assert_eq(serving_new(place.pool, store_source(place.store), writer,
                             &place.sink, &serving),
                 ERR_OK);
}

static void setup(void)
{
    begin(1 << 20);
}

static void setup_full(void)
{
    begin(ENDLESS);
}

static void teardown(void)
{
    place_settle(&place);
    serving_free(serving);
    writer_free(writer);
    node_key_done(&key);
    place_remove(&place);
}

TestSuite(serving, .init = setup, .fini = teardown);

/* A DEPOSIT with one block, or with one item, or with both. */
struct deposit_of_test {
    struct carrier carrier;
    struct request *request;
    struct block block;
    struct span bytes;
    struct deposit_item item;
    uint8_t header[100];
};

static void deposit_make(struct deposit_of_test *deposit, uint8_t seed)
{
    deposit->request = place_request(&place, &deposit->carrier);
    deposit->request->message.kind = MESSAGE_DEPOSIT;
    block_make(&deposit->block, seed, PAYLOAD_SIZE);
    deposit->bytes = span_of(deposit->block.bytes, deposit->block.size);
    memset(deposit->header, seed, sizeof(deposit->header));
    deposit->item = (struct deposit_item){
        .size = PAYLOAD_SIZE,
        .header_bytes = span_of(deposit->header, sizeof(deposit->header)),
    };
    payload_root_of(&deposit->block.name, 1, &deposit->item.root);
    cr_assert_eq(header_name(deposit->item.header_bytes, &deposit->item.header),
                 ERR_OK);
}

static void put_block(struct deposit_of_test *deposit)
{
    struct msg_deposit *message = &deposit->request->message.deposit;

    message->names = &deposit->block.name;
    message->blocks = &deposit->bytes;
    message->blocks_count = 1;
}

static void put_item(struct deposit_of_test *deposit)
{
    deposit->request->message.deposit.items = &deposit->item;
    deposit->request->message.deposit.items_count = 1;
}

static void deposit_done(struct deposit_of_test *deposit)
{
    /* The first of a table; gone when it was answered. */
    struct request *request = request_find(place.requests, 1);

    if (request != NULL) {
        request_drop(request);
    }
    buf_done(&deposit->carrier.answer);
    block_done(&deposit->block);
}

/* A block and its item: verified, appended, checked, told. Its bytes are let go
 * of while it waits for its answer. */
Test(serving, takes_deposit)
{
    struct deposit_of_test deposit;

    deposit_make(&deposit, 1);
    put_block(&deposit);
    put_item(&deposit);
    serving_deposit(serving, deposit.request);
    cr_assert(deposit.request->is_busy);
    place_settle(&place);
    cr_assert_eq(place.told_count, 1);
    cr_assert_eq(place.told[0].kind, EVENT_ASKED);
    cr_assert_eq(place.told[0].request, deposit.request->id);
    cr_assert_eq(place.told[0].bytes, PAYLOAD_SIZE);
    cr_assert_eq(place.told[0].facts[0].err, ERR_OK);
    cr_assert(!place.told[0].facts[0].registered);
    cr_assert(!deposit.request->is_busy);
    cr_assert(deposit.carrier.is_shed);
    cr_assert(!deposit.carrier.is_dropped);
    deposit_done(&deposit);
}

/* An item whose blocks are not here is told as it is. */
Test(serving, finds_blocks_lacking)
{
    struct deposit_of_test deposit;

    deposit_make(&deposit, 1);
    put_item(&deposit);
    serving_deposit(serving, deposit.request);
    place_settle(&place);
    cr_assert_eq(place.told_count, 1);
    cr_assert_eq(place.told[0].facts[0].err, ERR_NOT_FOUND);
    deposit_done(&deposit);
}

/* A block that does not have its name: refused here, nothing is used. */
Test(serving, refuses_damaged_block)
{
    struct deposit_of_test deposit;
    const struct source *source = writer_source(writer);

    deposit_make(&deposit, 1);
    put_block(&deposit);
    put_item(&deposit);
    deposit.block.bytes[1000] ^= 1;
    serving_deposit(serving, deposit.request);
    place_settle(&place);
    cr_assert_eq(place.told_count, 0);
    cr_assert(carrier_refused(&deposit.carrier, ERR_WRONG_HASH));
    cr_assert(deposit.carrier.is_dropped);
    cr_assert_eq(source->have(source->ctx, &deposit.block.name), ERR_NOT_FOUND);
    deposit_done(&deposit);
}

/* Items find the blocks of the requests before theirs, however long those took
 * to hash: each large one is followed by a small one. */
Test(serving, keeps_order)
{
    struct carrier carriers[10];
    struct deposit_of_test deposit;
    struct block fillers[10];
    struct span bytes[10];

    deposit_make(&deposit, 99);
    for (size_t i = 0; i < 10; i++) {
        struct request *request = place_request(&place, &carriers[i]);

        block_make(&fillers[i], (uint8_t)i,
                   i % 2 == 0 ? BLOCK_SIZE_MAX : PAYLOAD_SIZE);
        bytes[i] = span_of(fillers[i].bytes, fillers[i].size);
        request->message.kind = MESSAGE_DEPOSIT;
        request->message.deposit.names = &fillers[i].name;
        request->message.deposit.blocks = &bytes[i];
        request->message.deposit.blocks_count = 1;
        serving_deposit(serving, request);
    }
    put_item(&deposit);
    deposit.request->message.deposit.names = &deposit.block.name;
    deposit.request->message.deposit.blocks = &deposit.bytes;
    deposit.request->message.deposit.blocks_count = 1;
    serving_deposit(serving, deposit.request);
    place_settle(&place);
    cr_assert_eq(place.told_count, 11);
    for (size_t i = 0; i < 10; i++) {
        cr_assert_eq(place.told[i].bytes, fillers[i].size);
        cr_assert_eq(place.told[i].request, i + 2);
        request_drop(request_find(place.requests, place.told[i].request));
        block_done(&fillers[i]);
    }
    cr_assert_eq(place.told[10].request, deposit.request->id);
    cr_assert_eq(place.told[10].facts[0].err, ERR_OK);
    deposit_done(&deposit);
}

/* Its caller hung up meanwhile: the core hears of the bytes, nobody of the
 * request. */
Test(serving, caller_hangs_up)
{
    struct deposit_of_test deposit;

    deposit_make(&deposit, 1);
    put_block(&deposit);
    serving_deposit(serving, deposit.request);
    request_hang_up(deposit.request);
    cr_assert(!deposit.carrier.is_dropped);
    place_settle(&place);
    cr_assert(deposit.carrier.is_dropped);
    cr_assert(!deposit.carrier.is_sent);
    cr_assert_eq(place.told_count, 1);
    cr_assert_eq(place.told[0].kind, EVENT_APPENDED);
    cr_assert_eq(place.told[0].bytes, PAYLOAD_SIZE);
    deposit_done(&deposit);
}

/* Which of these do you lack: those that are neither durable nor appended. */
Test(serving, answers_offer)
{
    struct deposit_of_test deposit;
    struct block_id offer[2] = { { { 9 } } };

    deposit_make(&deposit, 1);
    put_block(&deposit);
    offer[1] = deposit.block.name;
    deposit.request->message.deposit.offer = offer;
    deposit.request->message.deposit.offer_count = 2;
    serving_deposit(serving, deposit.request);
    place_settle(&place);
    cr_assert_eq(deposit.request->lacks_count, 2);
    cr_assert_eq(deposit.request->lacks[0], 1);
    cr_assert_eq(deposit.request->lacks[1], 0);
    deposit_done(&deposit);
}

/* A full disk is said, and is not the end. */
Test(serving_full, refuses_deposit, .init = setup_full, .fini = teardown)
{
    struct deposit_of_test deposit;

    deposit_make(&deposit, 1);
    put_block(&deposit);
    put_item(&deposit);
    serving_deposit(serving, deposit.request);
    place_settle(&place);
    cr_assert_eq(place.told_count, 0);
    cr_assert_eq(place.fatal, ERR_OK);
    cr_assert(carrier_refused(&deposit.carrier, ERR_FULL));
    deposit_done(&deposit);
}

/* Where an item stands is looked up before the core hears of the question. */
Test(serving, finds_receipts)
{
    struct deposit_of_test deposit;

    deposit_make(&deposit, 1);
    deposit.request->message.kind = MESSAGE_RECEIPTS;
    deposit.request->message.receipts.items = &deposit.item;
    deposit.request->message.receipts.count = 1;
    serving_find(serving, deposit.request);
    place_settle(&place);
    cr_assert_eq(place.told_count, 1);
    cr_assert_eq(place.told[0].kind, EVENT_ASKED);
    cr_assert(!place.told[0].facts[0].registered);
    deposit_done(&deposit);
}

/* ---- answers ---- */

static void commit(void)
{
    struct batch batch;

    batch_init(&batch, 10);
    writer_commit(writer, 1, &batch, false);
    place_settle(&place);
    cr_assert_eq(place.told[place.told_count - 1].kind, EVENT_PERSISTED);
}

/* What is durable is read on the pool and sent; what is not here is empty. */
Test(serving, reads_blocks)
{
    struct effect effect = { .kind = EFFECT_SERVE };
    struct block_id names[2] = { { { 9 } } };
    struct deposit_of_test deposit;
    struct carrier carrier;
    struct request *request;
    struct arena arena;
    struct message reply;

    deposit_make(&deposit, 1);
    put_block(&deposit);
    serving_deposit(serving, deposit.request);
    place_settle(&place);
    deposit_done(&deposit);
    commit();

    names[1] = deposit.block.name;
    request = place_request(&place, &carrier);
    request->message.kind = MESSAGE_GET_BLOCKS;
    request->message.get_blocks.names = names;
    request->message.get_blocks.count = 2;
    serving_answer(serving, request, &effect);
    place_settle(&place);
    cr_assert(carrier.is_sent);
    cr_assert(carrier.is_dropped);
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&carrier.answer),
                                      MESSAGE_GET_BLOCKS, &arena, &reply, NULL),
                 ERR_OK);
    cr_assert_eq(reply.get_blocks_reply.count, 2);
    cr_assert_eq(reply.get_blocks_reply.blocks[0].size, 0);
    cr_assert_eq(block_verify(reply.get_blocks_reply.blocks[1], &names[1]),
                 ERR_OK);
    arena_done(&arena);
    buf_done(&carrier.answer);
}

/* Nobody there to answer to: nothing is read, and the request is gone. */
Test(serving, answers_nobody)
{
    struct effect effect = { .kind = EFFECT_SERVE };
    struct block_id name = { { 9 } };
    struct carrier carrier;
    struct request *request = place_request(&place, &carrier);

    carrier.begin = ERR_CLOSED;
    request->message.kind = MESSAGE_GET_BLOCKS;
    request->message.get_blocks.names = &name;
    request->message.get_blocks.count = 1;
    serving_answer(serving, request, &effect);
    cr_assert(carrier.is_dropped);
    cr_assert_eq(pool_job_count(place.pool), 0);
}
