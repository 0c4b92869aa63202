/* SPDX-License-Identifier: Apache-2.0 */
/* What challenges need from the store; pure but for the source, which may
 * block: for the pool, and for the simulator directly.
 *
 * Answering (prove_slices): one block is read for each question, and not
 * hashed unless it is shown: an HMAC over rotten bytes is a wrong one, and that
 * is what is asked about. Asking (prove_tasks): which slice, and what the right
 * answer is, by our own copy; that block is hashed against its name first, so
 * that rot of ours never convicts a peer. Bounds: CHALLENGES_PER_REQUEST_MAX
 * questions, PROVE_TASKS_MAX tasks, PROVE_READ_MAX bytes of one task. */
#ifndef HF_CORE_PROVE_H
#define HF_CORE_PROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "core/event.h"
#include "model/challenge.h"
#include "model/source.h"
#include "wire/message.h"

/* Append the reply to a CHALLENGE, or with `push` the request PUT_PROOFS, to
 * `to`. ERR_NO_MEMORY, ERR_TOO_BIG. */
MUST_USE enum err prove_slices(const struct source *source,
                               const struct challenge_names *names,
                               const struct msg_challenge *asked, bool push,
                               struct buf *to);

void prove_tasks(const struct source *source, const struct prove_task *tasks,
                 size_t count, struct proved *ret_proved);

#endif
