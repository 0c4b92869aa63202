/* SPDX-License-Identifier: Apache-2.0 */
/* A PUT_BLOCKS on its way in: the core is asked which of its blocks are leased
 * to this caller, those are verified on any worker and appended in LANE_APPEND,
 * then the core is told. Of the others not one byte is kept. Loop thread. */
#ifndef HF_DAEMON_BROUGHT_H
#define HF_DAEMON_BROUGHT_H

struct node;
struct request;
struct serving;

void brought_take(struct serving *serving, struct node *node,
                  struct request *request);

#endif
