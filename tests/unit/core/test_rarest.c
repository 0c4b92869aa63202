/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/holdings.h"
#include "core/ledgers.h"
#include "core/rarest.h"
#include "core/state.h"
#include "rig.h"
#include "wire/arena.h"
#include "wire/decode.h"

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

TestSuite(rarest, .init = setup, .fini = teardown);

/* The first block that n3 asks anybody for. */
static struct block_id first;
static bool asked;

static void see(struct rig *of, struct rig_thing *request)
{
    struct arena arena;
    struct message message;

    (void)of;
    if (request->from != 3 || request->kind != MESSAGE_GET_BLOCKS) {
        return;
    }
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(message_decode_request(buf_span(&request->bytes), &arena,
                                        &message, NULL),
                 ERR_OK);
    for (size_t i = 0; i < message.get_blocks.count && !asked; i++) {
        if (!request->headers[i]) {
            first = message.get_blocks.names[i];
            asked = true;
        }
    }
    arena_done(&arena);
}

static void set_full(bool full)
{
    struct event event = { .kind = EVENT_SPACE };

    event.space.full = full;
    rig_step(rig, 3, &event);
    rig_run(rig);
}

/* A node that finds room again fetches first what only one member holds, though
 * it stands behind what all others hold. */
Test(rarest, first)
{
    struct deposit rare;

    rig_init(rig, 4, 4);
    for (size_t i = 0; i < 4; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    set_full(true);
    rig_pass(rig, 60000);
    for (unsigned i = 0; i < 20; i++) {
        (void)rig_deposit(rig, 0, i);
    }
    rig_pass(rig, 70000); /* the others state them */
    rig_stop(rig, 1);
    rig_stop(rig, 2);
    rare = rig_deposit(rig, 0, 99);
    rig_pass(rig, 5000);
    rig->meddle_request = see;
    asked = false;
    set_full(false);
    rig_pass(rig, 1000);
    cr_assert(asked);
    cr_assert_eq(memcmp(first.bytes, rare.payload_root.bytes, 32), 0);
}

/* ---- the walk itself ---- */

#define LEAVES 200

static void claim(struct node *node, struct ledger *ledger, uint32_t slot,
                  uint64_t from, uint64_t to)
{
    struct claimed *claimed = &ledger->claimed[slot];
    struct stated *stated = &node->statements.of[slot];

    stated->used = true;
    stated->statement.time = node->clock_s;
    stated->seen_ms = node->now_ms;
    claimed->room = (LEAVES + 63) / 64 * 8;
    claimed->size = LEAVES;
    claimed->bits = calloc(1, claimed->room);
    for (uint64_t i = from; i < to; i++) {
        claimed->bits[i / 8] |= (uint8_t)(1u << (i % 8));
    }
}

/* Each lacking leaf once: those with no or one holder, those with two, the
 * rest; what is held and what is out of reach is left out. */
Test(rarest, three_passes)
{
    struct ledger *ledger;
    struct rarest rarest;
    struct node *node;
    uint64_t order[LEAVES];
    size_t count = 0;
    uint64_t index;

    rig_init(rig, 4, 1);
    rig_start(rig, 0);
    node = rig->nodes[0].core;
    ledger = ledger_add(node,
                        &(struct origin){ "sim-0011223344556677/n1/"
                                          "00112233445566778899aabbccddeeff" });
    cr_assert(ledger_held_room(ledger, LEAVES));
    ledger->held[0] = 0x03; /* 0 and 1 */
    ledger->durable.size = LEAVES;
    claim(node, ledger, 0, 0, LEAVES);
    claim(node, ledger, 1, 50, LEAVES);
    claim(node, ledger, 2, 70, 130);
    rarest_begin(node, ledger, 190, &rarest);
    while (rarest_next(node, &rarest, &index)) {
        cr_assert_lt(count, LEAVES);
        order[count] = index;
        count++;
        ledger->held[index / 8] |= (uint8_t)(1u << (index % 8));
    }
    cr_assert_eq(count, 188);
    for (size_t i = 0; i < count; i++) {
        uint64_t want = i < 48    ? 2 + i           /* one holder */
                        : i < 68  ? 50 + i - 48     /* two */
                        : i < 128 ? 130 + i - 68    /* two */
                                  : 70 + (i - 128); /* three */

        cr_assert_eq(order[i], want, "%zu: %zu", i, (size_t)order[i]);
    }
    rarest_begin(node, ledger, LEAVES, &rarest);
    for (uint64_t i = 190; i < LEAVES; i++) {
        cr_assert(rarest_next(node, &rarest, &index));
        cr_assert_eq(index, i); /* came later: as they come */
        ledger->held[index / 8] |= (uint8_t)(1u << (index % 8));
    }
    cr_assert_not(rarest_next(node, &rarest, &index));
    memset(node->statements.of, 0, sizeof(node->statements.of));
}
