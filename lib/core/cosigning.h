/* SPDX-License-Identifier: Apache-2.0 */
/* What our witness key signs. A ledger of another node is cosigned when its
 * newest checkpoint is durable here, where only consistent leaves are stored,
 * and has not grown for QUIET_MS, or, while it grows, when a minute of the
 * clock begins: so that witnesses with right clocks meet at the same size. At
 * most once in each minute of the clock and ledger.
 *
 *     NOTE_COSIGNED in a batch -> durable -> mark and signature -> line
 *
 * One is in hand at a time, and the ledgers take turns. Nothing is cosigned
 * while our clock is wrong, nor of a frozen ledger, nor a smaller size than
 * before. When the mark speaks of other heads than the store (a restored
 * backup, a rescue; also when we stopped between the store and the mark), a
 * ledger waits until half of the other members told how far it goes, and we
 * hold that; also when a peer shows that we cosigned more than our store knows
 * (core/cosigned.h). Nothing is cosigned before enough members were heard since
 * the start. Loop thread. */
#ifndef HF_CORE_COSIGNING_H
#define HF_CORE_COSIGNING_H

#include "base/compiler.h"
#include "base/err.h"
#include "core/event.h"
#include "core/state.h"
#include "model/source.h"

/* What we cosigned last of this ledger, from the store. */
MUST_USE enum err cosigning_load(struct ledger *ledger,
                                 const struct source *source);
/* After all ledgers are loaded. */
void cosigning_start(struct node *node);
/* EVENT_SIGNED. */
void cosigning_signed(struct node *node, const struct event *event);
void cosigning_pump(struct node *node);

#endif
