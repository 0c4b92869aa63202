/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind core/serve.h share. */
#ifndef HF_CORE_SERVE_PARTS_H
#define HF_CORE_SERVE_PARTS_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "core/effect.h"
#include "ledger/checkpoint.h"
#include "model/source.h"
#include "wire/message.h"

MUST_USE enum err serve_refusal(struct buf *to, enum err code,
                                const char *text);
/* The newest checkpoint note of a ledger, appended to `note`. What it covers is
 * durable, also when it is newer than the table that we were given. */
MUST_USE enum err serve_checkpoint(const struct source *source,
                                   const struct origin *origin,
                                   struct buf *note,
                                   struct checkpoint *ret_checkpoint);
MUST_USE enum err serve_list(const struct source *source,
                             const struct msg_list *asked,
                             const struct serve_ledger *ledgers,
                             size_t ledgers_count, struct buf *to);
MUST_USE enum err serve_events(const struct source *source,
                               const struct msg_events *asked, struct buf *to);

#endif
