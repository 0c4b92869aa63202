/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "net/budget.h"
#include "net/item.h"
#include "net/upload.h"

TestSuite(budget);

/* Without a rate there is always budget. */
Test(budget, no_limit)
{
    struct budget budget;

    budget_init(&budget, 0, 5);
    budget_spend(&budget, SIZE_MAX / 2);
    cr_assert(budget_has(&budget));
    cr_assert_eq(budget_ready_ms(&budget), 5);
}

/* One second of the rate is there at the start, and debt is paid back at the
 * rate. */
Test(budget, debt_is_paid_back)
{
    struct budget budget;

    budget_init(&budget, 1000, 0);
    cr_assert(budget_has(&budget));
    budget_spend(&budget, 3000);
    cr_assert(!budget_has(&budget));
    cr_assert_eq(budget_ready_ms(&budget), 2001);
    budget_fill(&budget, 2000);
    cr_assert(!budget_has(&budget));
    budget_fill(&budget, 2001);
    cr_assert(budget_has(&budget));
    budget_fill(&budget, 1000000000);
    budget_spend(&budget, 1000);
    cr_assert(!budget_has(&budget), "the bucket holds one second");
}

struct sender {
    struct held held;
    unsigned number;
    unsigned *sent;
};

static void note(void *thing)
{
    struct sender *sender = thing;

    *sender->sent = *sender->sent * 10 + sender->number;
}

/* Bulk waits in order for its budget, small frames pass, and one that is
 * dropped from the middle is not sent. */
Test(budget, frames_wait_in_order)
{
    struct upload upload;
    struct sender senders[4];
    unsigned sent = 0;

    upload_init(&upload, 10000, 0);
    for (unsigned number = 0; number < 4; number++) {
        senders[number] = (struct sender){
            { NULL, note, &senders[number], 0, false }, number + 1, &sent
        };
    }
    cr_assert(upload_offer(&upload, &senders[0].held, 100000, 0));
    cr_assert(!upload_offer(&upload, &senders[1].held, BULK_SIZE_MIN, 0));
    cr_assert(!upload_offer(&upload, &senders[2].held, 20000, 0));
    cr_assert(!upload_offer(&upload, &senders[3].held, 20000, 0));
    cr_assert(upload_offer(&upload, &senders[0].held, BULK_SIZE_MIN - 1, 0));
    cr_assert_eq(upload.held_bytes, 40000 + BULK_SIZE_MIN);
    upload_drop(&upload, &senders[2].held);
    upload_drop(&upload, &senders[2].held);
    upload_tick(&upload, 9000);
    cr_assert_eq(sent, 0);
    upload_tick(&upload, upload_deadline_ms(&upload));
    cr_assert_eq(sent, 2);
    upload_tick(&upload, upload_deadline_ms(&upload));
    cr_assert_eq(sent, 24);
    cr_assert_eq(upload.held_bytes, 0);
    cr_assert_eq(upload_deadline_ms(&upload), UINT64_MAX);
}
