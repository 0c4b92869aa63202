/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of blocks and header objects that crossed lines, and how many had to:
 * those that came right to a node which did not have them, each counted once
 * for one life of that node. Shares nothing with the core. */
#ifndef HF_SIM_TRAFFIC_H
#define HF_SIM_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "disk.h"
#include "model/id.h"

struct traffic;

struct traffic *traffic_new(void);
void traffic_free(struct traffic *traffic);
/* This message, an answer to GET_BLOCKS or a PUT_BLOCKS, goes over a line. */
void traffic_sent(struct traffic *traffic, struct span message);
/* Does the node in this life of it lack this one? */
bool traffic_lacks(const struct traffic *traffic, size_t node, uint64_t epoch,
                   struct disk *disk, const struct block_id *name);
/* What it lacked came, and it took it. */
void traffic_came(struct traffic *traffic, size_t node, uint64_t epoch,
                  const struct block_id *name, uint64_t bytes);
uint64_t traffic_moved(const struct traffic *traffic);
uint64_t traffic_needed(const struct traffic *traffic);

#endif
