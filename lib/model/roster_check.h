/* SPDX-License-Identifier: Apache-2.0 */
/* What is allowed by every rule and will hurt all the same: sentences for the
 * people who are about to sign. Pure functions. */
#ifndef HF_MODEL_ROSTER_CHECK_H
#define HF_MODEL_ROSTER_CHECK_H

#include <stdint.h>

#include "model/roster.h"

/* Called once per warning with a full sentence, without a final dot. */
typedef void roster_warn(void *ctx, const char *sentence);

/* `year` is the UTC year of the caller's clock. */
void roster_check_warnings(const struct roster *roster, uint64_t year,
                           roster_warn *warn, void *ctx);

/* What changes from one roster to the next, one sentence each, for people
 * before they sign: "+ member alpin", "fjord seals to: fjord nordlys (was:
 * fjord)". `kind` is a stable word for JSON: member-added, member-removed,
 * member-key, seal, recipient, quota, node-added, node-removed, node-changed,
 * node-key, rule, closed, supersedes. `subject` is a label, or "". */
typedef void roster_change(void *ctx, const char *kind, const char *subject,
                           const char *sentence);
void roster_compare(const struct roster *before, const struct roster *after,
                    roster_change *change, void *ctx);

#endif
