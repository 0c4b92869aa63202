/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/guests.h"

#include <criterion/criterion.h>
#include <string.h>

struct entry {
    enum err err;
    bool is_new;
    bool has_evicted;
    uint32_t evicted;
};

static struct guests guests;

/* All tests may run in one process. */
static void setup(void)
{
    memset(&guests, 0, sizeof(guests));
}

TestSuite(guests, .init = setup);

static struct entry enter(uint32_t pipe_id, uint8_t key, uint64_t now_ms)
{
    struct x25519_key bytes = { { key } };
    struct entry entry = { 0 };

    entry.err = guests_enter(&guests, pipe_id, &bytes, now_ms, &entry.is_new,
                             &entry.has_evicted, &entry.evicted);
    return entry;
}

/* Take all places, each with a key of its own; pipe and key are 1, 2, 3... and
 * so are the times. */
static void fill(void)
{
    for (uint32_t i = 1; i <= CLIENTS_CONNECTED_MAX; i++) {
        struct entry entry = enter(i, (uint8_t)i, i);

        cr_assert_eq(entry.err, ERR_OK);
        cr_assert(entry.is_new && !entry.has_evicted);
    }
}

/* A guest that asks again is no new one. */
Test(guests, asks_again)
{
    cr_assert(enter(7, 1, 0).is_new);
    cr_assert(!enter(7, 1, 1).is_new);
    guests_leave(&guests, 7);
    cr_assert(enter(7, 1, 2).is_new);
}

/* When all places are taken, whoever was silent for longest makes room, but
 * nobody who asked just now. */
Test(guests, the_silent_one_makes_room)
{
    struct entry entry;

    fill();
    cr_assert_eq(enter(100, 100, GUEST_IDLE_MS).err, ERR_BUSY);
    cr_assert_eq(enter(1, 1, GUEST_IDLE_MS).err, ERR_OK);
    entry = enter(100, 100, GUEST_IDLE_MS + 2);
    cr_assert_eq(entry.err, ERR_OK);
    cr_assert(entry.is_new && entry.has_evicted);
    cr_assert_eq(entry.evicted, 2);
    cr_assert_eq(enter(101, 101, GUEST_IDLE_MS + 2).err, ERR_BUSY);
    guests_leave(&guests, 9);
    entry = enter(101, 101, GUEST_IDLE_MS + 2);
    cr_assert_eq(entry.err, ERR_OK);
    cr_assert(!entry.has_evicted);
}

/* Whoever waits for an answer is not sent away, however long it takes. */
Test(guests, who_waits_stays)
{
    fill();
    for (uint32_t i = 1; i <= CLIENTS_CONNECTED_MAX; i++) {
        guests_count(&guests, i, 1);
    }
    guests_count(&guests, 5, 1);
    cr_assert_eq(enter(100, 100, 1000000).err, ERR_BUSY);
    guests_count(&guests, 5, -1);
    cr_assert_eq(enter(100, 100, 1000000).err, ERR_BUSY);
    guests_count(&guests, 5, -1);
    cr_assert_eq(enter(100, 100, 1000000).evicted, 5);
    guests_count(&guests, 5, -1); /* its answer went nowhere */
}

/* One key has its share and no more; its own oldest connection makes room, and
 * nobody else's does. */
Test(guests, one_key_has_its_share)
{
    struct entry entry;

    cr_assert_eq(enter(50, 2, 0).err, ERR_OK);
    for (uint32_t i = 1; i <= CLIENT_CONNECTIONS_MAX; i++) {
        cr_assert_eq(enter(i, 1, i).err, ERR_OK);
    }
    cr_assert_eq(enter(100, 1, 100).err, ERR_BUSY);
    entry = enter(100, 1, GUEST_IDLE_MS + 1);
    cr_assert_eq(entry.err, ERR_OK);
    cr_assert_eq(entry.evicted, 1);
    cr_assert_eq(enter(51, 3, 100).err, ERR_OK);
}
