/* SPDX-License-Identifier: Apache-2.0 */
/* EFFECT_PUSH: what is brought to a peer is read and encoded on the pool, then
 * sent like any request. As many are under way as the core begins; each ends in
 * one EVENT_ANSWERED or EVENT_UNANSWERED. Loop thread. */
#ifndef HF_DAEMON_BRINGING_H
#define HF_DAEMON_BRINGING_H

struct effect;
struct peers;
struct serving;

void bringing_push(struct serving *serving, struct peers *peers,
                   const struct effect *effect);

#endif
