/* SPDX-License-Identifier: Apache-2.0 */
/* The run of a restore: asks the node for what is planned, up to
 * RESTORE_IN_FLIGHT requests at once, and writes it. Each block is checked by
 * its name, opened and written on the pool; each file is hashed in its order
 * and gets its name only after every check. Small items go many to a request.
 * One thread beside the pool's. */
#ifndef HF_TOOLS_RESTORE_RUN_H
#define HF_TOOLS_RESTORE_RUN_H

#include "tools/holdfast/restore.h"

/* All that can be said stands in the items, in restore->counts and
 * restore->err. No temporary file is left behind. */
void restore_run(struct restore *restore);

#endif
