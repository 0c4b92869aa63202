/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/intake.h"
#include "model/block.h"
#include "rig.h"
#include "sim/brought.h"
#include "wire/arena.h"
#include "wire/decode.h"
#include "wire/encode.h"

/* The request waits for its answer, and the core hears of it. */
static void ask(struct rig *rig, size_t node, struct event *event)
{
    struct rig_thing *parked = &rig->parked[rig->parked_count];

    memset(parked, 0, sizeof(*parked));
    buf_init(&parked->bytes, MESSAGE_SIZE_MAX);
    parked->from = RIG_CLIENT;
    parked->to = node;
    parked->kind = event->asked.message->kind;
    rig->request++;
    parked->request = rig->request;
    cr_assert_eq(message_encode(event->asked.message, &parked->bytes), ERR_OK);
    rig->parked_count++;
    buf_clear(&rig->answer);
    event->asked.request = rig->request;
    rig_step(rig, node, event);
    rig_run(rig);
    rig_pass(rig, RIG_LINGER_MS);
}

void rig_ask(struct rig *rig, size_t node, const struct message *message,
             const struct deposit_facts *facts, uint64_t appended)
{
    struct event event = { .kind = EVENT_ASKED };

    event.asked.caller.kind = CALLER_LOCAL;
    event.asked.message = message;
    event.asked.facts = facts;
    event.asked.appended_bytes = appended;
    ask(rig, node, &event);
}

void rig_ask_as(struct rig *rig, size_t from, size_t to,
                const struct message *message)
{
    struct event event = { .kind = EVENT_ASKED };
    enum block_fate fates[BLOCKS_PER_REQUEST_MAX];

    event.asked.caller.kind = CALLER_NODE;
    members_label(from, &event.asked.caller.node);
    event.asked.message = message;
    if (message->kind == MESSAGE_PUT_BLOCKS) {
        brought_take(rig->nodes[to].core, rig->nodes[to].disk, &event, fates);
    }
    ask(rig, to, &event);
}

struct deposit rig_deposit(struct rig *rig, size_t node, unsigned number)
{
    struct disk *disk = rig->nodes[node].disk;
    struct deposit_item item = { .size = PAYLOAD_SIZE_MIN };
    struct deposit_facts facts;
    struct message message = { .kind = MESSAGE_DEPOSIT };
    struct deposit deposit;
    struct block_id name;
    uint8_t *payload = calloc(1, PAYLOAD_SIZE_MIN);
    char header[32];

    memcpy(payload, &number, sizeof(number));
    (void)snprintf(header, sizeof(header), "header %u", number);
    cr_assert_eq(block_name(span_of(payload, PAYLOAD_SIZE_MIN), &name), ERR_OK);
    disk_group_add(disk, &name, span_of(payload, PAYLOAD_SIZE_MIN));
    memcpy(item.root.bytes, name.bytes, 32);
    item.header_bytes = span_str(header);
    cr_assert_eq(header_name(item.header_bytes, &item.header), ERR_OK);
    memset(item.commitment.bytes, (int)number, 32);
    deposit_check(disk_intake(disk), &item, NULL, 0, &facts, NULL);
    message.deposit.items = &item;
    message.deposit.items_count = 1;
    rig_ask(rig, node, &message, &facts, PAYLOAD_SIZE_MIN);
    free(payload);
    deposit = (struct deposit){ item.header, item.header_bytes.size, item.root,
                                item.size, item.commitment };
    return deposit;
}

enum deposit_outcome rig_outcome(struct rig *rig)
{
    struct arena arena;
    struct message message;
    enum deposit_outcome outcome = 0;

    if (rig->answer.size == 0) {
        return 0;
    }
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(message_decode_reply(buf_span(&rig->answer), MESSAGE_DEPOSIT,
                                      &arena, &message, NULL),
                 ERR_OK);
    if (message.kind == MESSAGE_DEPOSIT) {
        outcome = message.deposit_reply.results[0].outcome;
    }
    arena_done(&arena);
    return outcome;
}
