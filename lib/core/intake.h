/* SPDX-License-Identifier: Apache-2.0 */
/* Deposits. deposit_check() is for the pool: is what an item says of itself
 * true, and is all of it here? intake_* are the core's own: the list of
 * deposits in hand. Format: proto/README.md, Deposit. */
#ifndef HF_CORE_INTAKE_H
#define HF_CORE_INTAKE_H

#include <stddef.h>

#include "base/why.h"
#include "core/event.h"
#include "model/source.h"
#include "wire/message.h"

/* Everything that a record will state of it: sizes are possible ones, the
 * header object's bytes have its name, names give the payload root, every
 * block is there. `source->have` must count blocks of groups that are not
 * durable yet. `pages` are names that came beside (may be none); names that are
 * stored already count too. Sets err, and registered + place for an item that
 * is in a ledger already. Whoever brings such an item again may bring what this
 * node lacks of it (a copy of a peer's disk does): completes, with the first of
 * its leaves that `source->held` does not have. */
void deposit_check(const struct source *source, const struct deposit_item *item,
                   const struct deposit_page *pages, size_t pages_count,
                   struct deposit_facts *ret_facts, struct why *ret_why);
/* For RECEIPTS: where an item stands, if it does. */
void deposit_find(const struct source *source, const struct deposit_item *item,
                  struct deposit_facts *ret_facts);

#endif
