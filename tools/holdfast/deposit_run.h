/* SPDX-License-Identifier: Apache-2.0 */
/* The run of a deposit: seals on the pool, sends, takes the receipts. Small
 * files go many to a request, whole; a large one block by block, read once:
 * what is hashed is what is sealed. The node answers in order, so at most
 * DEPOSIT_IN_FLIGHT requests are on their way. One thread beside the pool's. */
#ifndef HF_TOOLS_DEPOSIT_RUN_H
#define HF_TOOLS_DEPOSIT_RUN_H

#include "tools/holdfast/deposit_types.h"

/* Everything that can be said stands in the result. */
void deposit_run(const struct deposit_run_options *options,
                 struct deposit_run_result *ret_result);

#endif
