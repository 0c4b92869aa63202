/* SPDX-License-Identifier: Apache-2.0 */
/* The five invariants, by code that shares nothing with the core but SHA-256:
 * bytes match their names; a ledger never shrinks, and nobody signs two roots
 * for one size (nor one that his durable leaves do not give), nor cosigns what
 * goes back; a receipt holds;
 * honest ledgers agree in the end; queues are bounded. The first violation is
 * kept in words. */
#ifndef HF_SIM_CHECK_H
#define HF_SIM_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "crypto/digest.h"
#include "disk.h"
#include "members.h"
#include "model/placement.h"
#include "model/record.h"

struct check;

struct check *check_new(void);
void check_free(struct check *check);
/* NULL: none. */
const char *check_violation(const struct check *check);
void check_fail(struct check *check, const char *format, ...) PRINTF_LIKE(2, 3);

/* A sync of this node's disk was acknowledged. */
void check_synced(struct check *check, size_t node, struct disk *disk);
/* The node starts with this disk. */
void check_started(struct check *check, size_t node, struct disk *disk);
/* Its disk was lost, or an older one was put back: begin anew with it. */
void check_replaced(struct check *check, size_t node, struct disk *disk);
/* The node's key signs this. */
void check_signed(struct check *check, size_t node, struct disk *disk,
                  const struct origin *origin, uint64_t size,
                  const struct digest *root);
/* The node's witness key cosigns this: leaves that are durable here, not two
 * roots for one size, and never a smaller size than before (unless its disk was
 * replaced). */
void check_cosigned(struct check *check, size_t node, struct disk *disk,
                    const struct origin *origin, uint64_t size,
                    const struct digest *root);
/* The node told a client that this is registered, or kept (pending). */
void check_promised(struct check *check, size_t node, bool registered,
                    const struct deposit *deposit);
/* All promises of a node. */
void check_promises(struct check *check, size_t node, struct disk *disk);
/* From now on this node's ledgers and receipts are passed over, and deposits
 * that still wait: there is a quota, and it does not keep to it. */
void check_flooder(struct check *check, size_t node);
/* In the end: equal ledgers, and every item with a receipt whole where it is
 * placed and where it was deposited. */
void check_agree(struct check *check, struct disk *const *disks, size_t count,
                 const struct placement *placement);
/* `count` of something whose limit is `max`. */
void check_bound(struct check *check, const char *what, uint64_t count,
                 uint64_t max);

#endif
