/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever deposits: makes items of one or two blocks, hands them to a node, and
 * believes what the answer says. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/intake.h"
#include "model/block.h"
#include "model/padme.h"
#include "model/receipt.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "world.h"

#define LARGE_ONE_IN 20
#define LARGE_SIZE 1100000

struct made {
    struct deposit_item item;
    struct buf header;
    struct block_id names[2];
    size_t blocks;
};

/* Blocks go straight into the open group, as the driver puts them there. */
static uint64_t make_payload(struct world *world, struct disk *disk,
                             struct made *made)
{
    uint64_t size = PAYLOAD_SIZE_MIN;
    uint8_t *bytes;

    if (world_chance(world, LARGE_ONE_IN)) {
        CHECK(padme(LARGE_SIZE, &size) == ERR_OK);
    }
    bytes = calloc(1, size);
    CHECK(bytes != NULL);
    made->blocks = payload_block_count(size);
    CHECK(made->blocks <= 2);
    for (size_t i = 0; i < made->blocks; i++) {
        struct span block =
            span_of(bytes + i * BLOCK_SIZE_MAX, payload_block_size(size, i));

        rng_fill(&world->rng, bytes + i * BLOCK_SIZE_MAX, 16);
        CHECK(block_name(block, &made->names[i]) == ERR_OK);
        disk_group_add(disk, &made->names[i], block);
    }
    payload_root_of(made->names, made->blocks, &made->item.root);
    made->item.size = size;
    free(bytes);
    return size;
}

static uint64_t make_item(struct world *world, struct disk *disk,
                          struct made *made)
{
    size_t size = world_between(world, 200, 900);
    uint8_t header[900];
    uint64_t bytes;

    memset(made, 0, sizeof(*made));
    bytes = make_payload(world, disk, made);
    rng_fill(&world->rng, header, size);
    buf_init(&made->header, sizeof(header));
    buf_put_data(&made->header, header, size);
    made->item.header_bytes = buf_span(&made->header);
    CHECK(header_name(made->item.header_bytes, &made->item.header) == ERR_OK);
    rng_fill(&world->rng, made->item.commitment.bytes, 32);
    if (made->blocks > 1) {
        made->item.names = made->names;
        made->item.names_count = made->blocks;
    }
    return bytes;
}

static void remember(struct request *request, const struct deposit_item *item)
{
    struct deposit *deposit = &request->items[request->items_count];

    deposit->header_id = item->header;
    deposit->header_size = item->header_bytes.size;
    deposit->payload_root = item->root;
    deposit->payload_size = item->size;
    deposit->commitment = item->commitment;
    request->items_count++;
}

void client_deposit(struct world *world, size_t number)
{
    struct sim_node *node = &world->nodes[number];
    struct request *request = net_request(world);
    struct made made[CLIENT_ITEMS_MAX];
    struct deposit_item items[CLIENT_ITEMS_MAX];
    struct deposit_facts facts[CLIENT_ITEMS_MAX];
    struct message message = { .kind = MESSAGE_DEPOSIT };
    struct event event = { .kind = EVENT_ASKED };
    size_t count = world_between(world, 1, CLIENT_ITEMS_MAX);

    if (request == NULL) {
        return;
    }
    request->from = CLIENT;
    request->to = number;
    request->kind = MESSAGE_DEPOSIT;
    for (size_t i = 0; i < count; i++) {
        event.asked.appended_bytes += make_item(world, node->disk, &made[i]);
        items[i] = made[i].item;
        items[i].names = made[i].names; /* `made` does not move any more */
        deposit_check(disk_intake(node->disk), &items[i], NULL, 0, &facts[i],
                      NULL);
        CHECK(facts[i].err == ERR_OK);
        remember(request, &items[i]);
    }
    message.deposit.items = items;
    message.deposit.items_count = count;
    event.asked.request = request->number;
    event.asked.caller.kind = CALLER_LOCAL;
    event.asked.message = &message;
    event.asked.facts = facts;
    driver_step(world, number, &event);
    for (size_t i = 0; i < count; i++) {
        buf_done(&made[i].header);
    }
}

/* Is it a receipt of this deposit? */
static bool names_deposit(struct span text, const struct deposit *deposit,
                          bool pending)
{
    struct receipt *receipt = malloc(sizeof(*receipt));
    struct why why;
    bool good;

    CHECK(receipt != NULL);
    good = receipt_parse(&text, receipt, &why) == ERR_OK &&
           receipt->is_pending == pending &&
           deposit_equal(&receipt->deposit, deposit) &&
           receipt->deposit.payload_size == deposit->payload_size;
    free(receipt);
    return good;
}

void client_answered(struct world *world, struct request *request)
{
    struct message message;
    struct why why;

    arena_reset(&world->other_arena);
    CHECK(message_decode_reply(buf_span(&request->bytes), MESSAGE_DEPOSIT,
                               &world->other_arena, &message, &why) == ERR_OK);
    for (size_t i = 0;
         message.kind == MESSAGE_DEPOSIT &&
         i < message.deposit_reply.results_count && i < request->items_count;
         i++) {
        const struct deposit_result *result = &message.deposit_reply.results[i];
        bool pending = result->outcome == DEPOSIT_PENDING;

        if (result->outcome == DEPOSIT_REFUSED) {
            continue;
        }
        if (!names_deposit(result->text, &request->items[i], pending)) {
            check_fail(world->check,
                       "receipt: n%zu gave one of something "
                       "else",
                       request->to);
        }
        world->result->deposits++;
        check_promised(world->check, request->to, !pending, &request->items[i]);
    }
}
