/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/request.h"

#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"

static struct place place;

static void setup(void)
{
    memset(&place, 0, sizeof(place));
    cr_assert_eq(requests_new(&place.requests), ERR_OK);
}

static void teardown(void)
{
    requests_free(place.requests);
}

TestSuite(request, .init = setup, .fini = teardown);

/* A refusal reaches the asker, and the request is gone. */
Test(request, is_refused)
{
    struct carrier carrier;
    struct request *request = place_request(&place, &carrier);
    uint64_t id = request->id;

    cr_assert_eq(request_find(place.requests, id), request);
    request_refuse(request, ERR_BUSY, "BUSY", "too much in hand");
    cr_assert(carrier_refused(&carrier, ERR_BUSY));
    cr_assert(carrier.is_dropped);
    cr_assert_null(request_find(place.requests, id));
    cr_assert_eq(requests_count(place.requests), 0);
    buf_done(&carrier.answer);
}

/* Whoever asks what only a later release knows hears which one this is. */
Test(request, is_of_a_later_release)
{
    struct carrier carrier;
    struct request *request = place_request(&place, &carrier);

    request_refuse_bytes(request, ERR_UNSUPPORTED, "kind 99");
    cr_assert(carrier_refused(&carrier, ERR_UNSUPPORTED));
    cr_assert_not_null(memmem(carrier.answer.data, carrier.answer.size,
                              "not supported by release ", 25));
    buf_done(&carrier.answer);
    request = place_request(&place, &carrier);
    request_refuse_bytes(request, ERR_MALFORMED, "cut off");
    cr_assert(carrier_refused(&carrier, ERR_MALFORMED));
    buf_done(&carrier.answer);
}

/* Nobody to answer any more: nothing is sent, the request is gone. */
Test(request, cannot_begin)
{
    struct carrier carrier;
    struct request *request = place_request(&place, &carrier);

    carrier.begin = ERR_CLOSED;
    request_refuse(request, ERR_BUSY, "BUSY", "too much in hand");
    cr_assert(!carrier.is_sent);
    cr_assert_eq(carrier.answer.size, 0);
    cr_assert(carrier.is_dropped);
}

/* An asker that hangs up while a job looks at the request: it is freed when the
 * job is done, and not answered. */
Test(request, hangs_up_while_busy)
{
    struct carrier carrier;
    struct request *request = place_request(&place, &carrier);

    request->is_busy = true;
    request_hang_up(request);
    cr_assert(!carrier.is_dropped);
    request->is_busy = false;
    request_send(request, ERR_OK);
    cr_assert(!carrier.is_sent);
    cr_assert(carrier.is_dropped);
}

/* And at once when no job has it. */
Test(request, hangs_up)
{
    struct carrier carrier;

    request_hang_up(place_request(&place, &carrier));
    cr_assert(!carrier.is_sent);
    cr_assert(carrier.is_dropped);
}

/* Its bytes can go before its answer; its kind stays. */
Test(request, is_shed)
{
    struct carrier carrier;
    struct request *request = place_request(&place, &carrier);

    request->message.kind = MESSAGE_DEPOSIT;
    request->message.deposit.items_count = 3;
    request_shed(request);
    cr_assert(carrier.is_shed);
    cr_assert_null(request->arena.data);
    cr_assert_eq(request->message.kind, MESSAGE_DEPOSIT);
    cr_assert_eq(request->message.deposit.items_count, 0);
    request_refuse(request, ERR_FULL, "STORE-FULL", "no room");
    cr_assert(carrier_refused(&carrier, ERR_FULL));
    buf_done(&carrier.answer);
}

/* A full table says so, and a number is never used twice. */
Test(request, table_is_bounded)
{
    static struct carrier carriers[REQUESTS_MAX];
    struct carrier more = { 0 };
    struct request *request;
    uint64_t last = 0;

    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        request = place_request(&place, &carriers[i]);
        cr_assert_gt(request->id, last);
        last = request->id;
    }
    cr_assert_eq(request_new(place.requests, request->ops, &more, &request),
                 ERR_BUSY);
    request_drop(requests_at(place.requests, 7));
    request = place_request(&place, &more);
    cr_assert_gt(request->id, last);
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        request_drop(requests_at(place.requests, i));
    }
}
