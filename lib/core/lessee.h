/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that dial us and that we cannot dial: they bring what we lease to them
 * (core/lease.h). Such a peer tells no heads, so any of them may have what a
 * known record names. Loop thread. */
#ifndef HF_CORE_LESSEE_H
#define HF_CORE_LESSEE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/state.h"

/* Does this peer dial us, bring what is leased, and can we not dial it? */
bool lessee_can(const struct node *node, uint32_t slot);
/* Is there any such peer? */
bool lessee_anybody(const struct node *node);
/* This peer is gone from the roster: its leases end. */
void lessee_forget(struct node *node, uint32_t slot);
/* May this want be leased to this one, now or as soon as it asks? */
bool lessee_may(const struct node *node, uint32_t slot,
                const struct want_slot *want);

#endif
