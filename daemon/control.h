/* SPDX-License-Identifier: Apache-2.0 */
/* The local socket: a Unix stream socket on the loop, frames as in
 * wire/frame.h, answers in the order of the requests. The kernel says which
 * user calls (access.h); nobody else gets more than a refusal. Loop thread.
 * Bounds: control_options.h. */
#ifndef HF_DAEMON_CONTROL_H
#define HF_DAEMON_CONTROL_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "control_options.h"

struct control;

/* Make the socket, mode 0660. Call it only when the data directory is locked:
 * a socket that lies there is left over, and is replaced; anything else is left
 * alone. ERR_IO, ERR_NOT_FOUND (no such group), ERR_NO_MEMORY. */
MUST_USE enum err control_new(const struct control_options *options,
                              struct control **ret_control,
                              struct why *ret_why);
/* Take no new connections and read no more; what is in hand is answered. */
void control_stop(struct control *control);
/* Hang up on all; run the loop until control_is_gone(), then free. */
void control_close(struct control *control);
bool control_is_gone(const struct control *control);
/* Is every answer written? */
bool control_is_idle(const struct control *control);
void control_free(struct control *control);

#endif
