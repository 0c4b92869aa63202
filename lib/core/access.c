/* SPDX-License-Identifier: Apache-2.0 */
#include "core/access.h"

#define BY(caller) (1u << (caller))
#define BY_OPERATOR (BY(CALLER_ADMIN) | BY(CALLER_LOCAL))

/* The callers that may ask this kind; 0: nobody, it is not supported. */
static unsigned callers(enum message_kind kind)
{
    switch (kind) {
    case MESSAGE_SYNC:
        return BY_OPERATOR | BY(CALLER_NODE);
    case MESSAGE_GET_NOTES:
        /* A depositor too: whom to seal to stands in the newest roster, and a
         * receipt is worth what is signed elsewhere. */
        return BY_OPERATOR | BY(CALLER_NODE) | BY(CALLER_RESTORE) |
               BY(CALLER_DEPOSIT);
    case MESSAGE_GET_RECORDS:
    case MESSAGE_GET_NAMES:
    case MESSAGE_GET_BLOCKS:
        return BY_OPERATOR | BY(CALLER_NODE) | BY(CALLER_RESTORE);
    case MESSAGE_DEPOSIT:
    case MESSAGE_STATUS:
    case MESSAGE_RECEIPTS:
        return BY_OPERATOR | BY(CALLER_DEPOSIT);
    case MESSAGE_LIST:
        return BY_OPERATOR | BY(CALLER_RESTORE);
    case MESSAGE_RELOAD:
    case MESSAGE_SCRUB:
    case MESSAGE_EVENTS:
    case MESSAGE_OPEN_LEDGER:
    case MESSAGE_VERIFY:
        return BY_OPERATOR;
    case MESSAGE_PUT_NOTES:
    case MESSAGE_PUT_RECORDS:
        return BY_OPERATOR | BY(CALLER_NODE);
    case MESSAGE_PUT_BLOCKS: /* only nodes are leased anything, */
    case MESSAGE_CHALLENGE:  /* or prove anything, or are asked to */
    case MESSAGE_PUT_PROOFS:
        return BY(CALLER_NODE);
    case MESSAGE_REFUSAL:
        break;
    }
    return 0;
}

bool access_supported(enum message_kind kind)
{
    return callers(kind) != 0;
}

bool access_allowed(enum caller_kind caller, enum message_kind kind)
{
    return (callers(kind) & BY(caller)) != 0;
}
