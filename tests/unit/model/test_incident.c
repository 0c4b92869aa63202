/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "model/incident.h"

#define HEX "abababababababababababababababababababababababababababababababab"
#define ORIGIN "test-0123456789abcdef/node-a/00112233445566778899aabbccddeeff"
#define HEAD "holdfast incident 1\ntime 7\n"

static enum err parse(const char *text, struct incident *incident)
{
    struct why why;

    return incident_parse(span_str(text), incident, &why);
}

/* Every field comes back, and the text is the same again. */
Test(incident, round_trip)
{
    static const char *const texts[] = {
        HEAD "kind bad\ncause bytes\nblock " HEX "\nitem " HEX " " ORIGIN
             " 12\nitems 3\nremark -\n",
        HEAD "kind repaired\ncause gone\nheader " HEX
             "\nitem -\nitems 0\nremark -\n",
        HEAD "kind back\ncause read\nblock " HEX
             "\nitem -\nitems 0\nremark two words\n",
        HEAD "kind damage\ncause -\nblock -\nitem -\nitems 0\nremark 5 %25\n",
        HEAD "kind paused\ncause -\nblock -\nitem -\nitems 0\nremark %2D\n",
        HEAD "kind resumed\ncause -\nblock -\nitem -\nitems 0\nremark -\n",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct incident incident;
        struct buf again;

        cr_assert_eq(parse(texts[i], &incident), ERR_OK, "%s", texts[i]);
        cr_assert_eq(incident.time, 7);
        cr_assert_eq((size_t)incident.kind, i + 1);
        buf_init(&again, INCIDENT_SIZE_MAX);
        incident_format(&again, &incident);
        cr_assert(span_is(buf_span(&again), texts[i]));
        buf_done(&again);
    }
}

/* The fields are what the words say. */
Test(incident, fields)
{
    struct incident incident;

    cr_assert_eq(parse(HEAD "kind bad\ncause read\nheader " HEX "\nitem " HEX
                            " " ORIGIN " 12\nitems 3\nremark 100%25\n",
                       &incident),
                 ERR_OK);
    cr_assert(incident.has_block && incident.header && incident.has_item);
    cr_assert(incident.has_cause && incident.cause == BAD_READ);
    cr_assert_eq(incident.block.bytes[31], 0xab);
    cr_assert_str_eq(incident.origin.text, ORIGIN);
    cr_assert_eq(incident.index, 12);
    cr_assert_eq(incident.items, 3);
    cr_assert_str_eq(incident.remark, "100%");
}

/* Anything else is refused, and nothing is written. */
Test(incident, refuses)
{
    static const char *const texts[] = {
        "",
        "holdfast incident 1\n",
        "holdfast roster 1\n",
        HEAD "kind worse\ncause -\nblock -\nitem -\nitems 0\nremark -\n",
        HEAD "kind bad\ncause aside\nblock -\nitem -\nitems 0\nremark -\n",
        HEAD "kind bad\ncause -\nblock abab\nitem -\nitems 0\nremark -\n",
        HEAD "kind bad\ncause -\nheader -\nitem -\nitems 0\nremark -\n",
        HEAD "kind bad\ncause -\nblock -\nitem " HEX
             " x 1\nitems 0\nremark -\n",
        HEAD "kind bad\ncause -\nblock -\nitem -\nitems 01\nremark -\n",
        HEAD "kind bad\ncause -\nblock -\nitem -\nitems 0\nremark \n",
        HEAD "kind bad\ncause -\nblock -\nitem -\nitems 0\nremark a%00b\n",
        HEAD "kind bad\ncause -\nblock -\nitem -\nitems 0\nremark -\nmore 1\n",
        HEAD "kind bad\ncause -\nblock - -\nitem -\nitems 0\nremark -\n",
    };
    struct incident incident = { .time = 99 };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cr_assert_eq(parse(texts[i], &incident), ERR_MALFORMED, "%s", texts[i]);
    }
    cr_assert_eq(parse("holdfast incident 2\n", &incident), ERR_UNREADABLE);
    cr_assert_eq(incident.time, 99);
}
