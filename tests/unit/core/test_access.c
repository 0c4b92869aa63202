/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/access.h"
#include "rig.h"

/* The table of proto/README.md, row by row. */
Test(access, table)
{
    static const struct {
        enum message_kind kind;
        const char *callers; /* Node, Deposit, Restore, Admin, Local */
    } rows[] = {
        { MESSAGE_SYNC, "N--AL" },        { MESSAGE_GET_NOTES, "NDRAL" },
        { MESSAGE_GET_RECORDS, "N-RAL" }, { MESSAGE_GET_NAMES, "N-RAL" },
        { MESSAGE_GET_BLOCKS, "N-RAL" },  { MESSAGE_DEPOSIT, "-D-AL" },
        { MESSAGE_LIST, "--RAL" },        { MESSAGE_STATUS, "-D-AL" },
        { MESSAGE_RELOAD, "---AL" },      { MESSAGE_OPEN_LEDGER, "---AL" },
        { MESSAGE_RECEIPTS, "-D-AL" },    { MESSAGE_PUT_NOTES, "N--AL" },
        { MESSAGE_PUT_RECORDS, "N--AL" }, { MESSAGE_PUT_BLOCKS, "N----" },
        { MESSAGE_CHALLENGE, "N----" },   { MESSAGE_PUT_PROOFS, "N----" },
        { MESSAGE_VERIFY, "---AL" },      { MESSAGE_SCRUB, "---AL" },
        { MESSAGE_EVENTS, "---AL" },      { MESSAGE_REFUSAL, "-----" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool any = false;

        for (int caller = CALLER_NODE; caller <= CALLER_LOCAL; caller++) {
            bool may = rows[i].callers[caller] != '-';

            cr_assert_eq(access_allowed((enum caller_kind)caller, rows[i].kind),
                         may, "kind %d, caller %d", rows[i].kind, caller);
            any = any || may;
        }
        cr_assert_eq(access_supported(rows[i].kind), any);
    }
}

/* A stranger to the roster, a caller who may not, and a kind of a later
 * release each get a refusal. */
Test(access, refusals)
{
    struct rig *rig = malloc(sizeof(*rig));
    struct message message = { .kind = MESSAGE_REFUSAL };
    struct event event = { .kind = EVENT_ASKED };

    rig_init(rig, 1, 1);
    rig_start(rig, 0);
    rig_run(rig);
    rig_quiet(rig);
    event.asked.message = &message;
    event.asked.caller.kind = CALLER_LOCAL;
    rig_step(rig, 0, &event);
    cr_assert_eq(rig_count(rig, "refuses NOT-SUPPORTED"), 1);
    message.kind = MESSAGE_DEPOSIT;
    event.asked.caller.kind = CALLER_RESTORE;
    rig_step(rig, 0, &event);
    cr_assert_eq(rig_count(rig, "refuses NOT-ALLOWED"), 1);
    message.kind = MESSAGE_SYNC;
    event.asked.caller.kind = CALLER_NODE;
    members_label(3, &event.asked.caller.node);
    rig_step(rig, 0, &event);
    cr_assert_eq(rig_count(rig, "refuses NOT-ON-ROSTER"), 1);
    rig_done(rig);
    free(rig);
}
