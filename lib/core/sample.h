/* SPDX-License-Identifier: Apache-2.0 */
/* Chance for challenges: from a seed that nobody else has, so that no peer can
 * tell what it will be asked, and when. Loop thread. */
#ifndef HF_CORE_SAMPLE_H
#define HF_CORE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/state.h"
#include "crypto/digest.h"

void sample_init(struct node *node);
/* 32 bytes that nobody can tell before. */
struct digest sample_draw(struct node *node);
/* A number below 2^63. */
uint64_t sample_number(struct node *node);
/* Any item that this peer claims, each as likely as the others. False: none. */
bool sample_item(struct node *node, uint32_t slot, uint32_t *ret_ledger,
                 uint64_t *ret_index);

#endif
