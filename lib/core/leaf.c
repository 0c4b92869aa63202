/* SPDX-License-Identifier: Apache-2.0 */
#include "core/leaf.h"

bool leaf_deposit(struct span leaf, struct record *record, struct record *inner,
                  struct deposit *ret_deposit)
{
    if (record_parse(leaf, record, NULL) != ERR_OK) {
        return false;
    }
    switch (record->kind) {
    case RECORD_DEPOSIT:
        *ret_deposit = record->deposit;
        return true;
    case RECORD_CARRIED:
        if (record_parse_carried(record, inner, NULL) != ERR_OK ||
            inner->kind != RECORD_DEPOSIT) {
            return false;
        }
        *ret_deposit = inner->deposit;
        return true;
    case RECORD_OPEN:
    case RECORD_UNREADABLE:
        break;
    }
    return false;
}
