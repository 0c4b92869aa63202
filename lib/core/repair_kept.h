/* SPDX-License-Identifier: Apache-2.0 */
/* What core/repair.h keeps on disk: incidents, the ones that are not repaired
 * yet, and where it is. All by the batch that is being collected. Formats:
 * proto/README.md, Incidents; lib/store/README.md, Families. Loop thread. */
#ifndef HF_CORE_REPAIR_KEPT_H
#define HF_CORE_REPAIR_KEPT_H

#include "core/state.h"
#include "model/incident.h"
#include "model/source.h"

/* For ever; the time is set here. */
void repair_keep_incident(struct node *node, struct incident *incident);
/* Follow it until it is repaired. */
void repair_keep_open(struct node *node, const struct incident *incident,
                      const struct repair_entry *entry);
/* It is done with. */
void repair_keep_closed(struct node *node, size_t index);
/* The incident of an entry; the item only when its ledger is known. */
void repair_describe(const struct node *node, const struct repair_entry *entry,
                     struct incident *ret_incident);
void repair_keep_scrub(struct node *node);
void repair_kept_load(struct node *node, const struct source *source);

#endif
