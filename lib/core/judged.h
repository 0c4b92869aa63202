/* SPDX-License-Identifier: Apache-2.0 */
/* The state that each item of one ledger was in when it was last looked at, and
 * since when: three bits an item, and four bytes for each of the SINCE_LEAVES
 * leaves around one that is not protected. An item that goes from one of short,
 * last-copy and lost to another keeps its time: it has lacked copies since
 * then. A new look is taken word by word (64 leaves), in order.
 * Without memory for it a time is unknown. Loop thread. */
#ifndef HF_CORE_JUDGED_H
#define HF_CORE_JUDGED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/health_state.h"
#include "model/health.h"

#define SINCE_LEAVES 4096

void judged_done(struct judged *judged);
/* Room for so many leaves; false: no memory, and nothing changed. */
bool judged_room(struct judged *judged, uint64_t leaves);
/* This is how it is now, of the items among 64 leaves. */
void judged_word(struct judged *judged, uint64_t word, uint64_t items,
                 const uint64_t states[static ITEM_STATE_COUNT],
                 uint64_t clock_s);
/* The items of a word that are in this state. */
uint64_t judged_in(const struct judged *judged, uint64_t word,
                   enum item_state state);
enum item_state judged_state(const struct judged *judged, uint64_t index);
/* POSIX seconds; 0: unknown, or it was never anything but protected. */
uint64_t judged_since_s(const struct judged *judged, uint64_t index);
/* The smallest time of these items of a word, or UINT64_MAX. */
uint64_t judged_oldest_s(const struct judged *judged, uint64_t word,
                         uint64_t items);

#endif
