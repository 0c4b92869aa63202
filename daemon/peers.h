/* SPDX-License-Identifier: Apache-2.0 */
/* Our links to the other nodes on the roster: dialling, handshakes, requests in
 * flight and their answers. For each node that has an address one link; the
 * session on it is what the core calls connected.
 *
 *   DOWN -> SHAKING [ITEM_LINK_UP] -> CONNECTED [welcome: EVENT_CONNECTED]
 *   SHAKING, CONNECTED -> DOWN [ITEM_LINK_DOWN, hang up: EVENT_LOST]
 *   CONNECTED -> CONNECTED [renewal after an hour or 64 GiB]
 *
 * Loop thread; answers are opened, hashed and appended on the pool. Bounds: as
 * many requests in flight as a link has slots; each ends in EVENT_ANSWERED or
 * EVENT_UNANSWERED. */
#ifndef HF_DAEMON_PEERS_H
#define HF_DAEMON_PEERS_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "model/id.h"
#include "peers_options.h"

struct item;
struct peers;
struct roster;

MUST_USE enum err peers_new(const struct peers_options *options,
                            struct peers **ret_peers);
/* Names that wait to be resolved are given up: the resolver can be slow, and
 * the pool is to be drained. */
void peers_stop(struct peers *peers);
/* After the pool was drained and the endpoint freed. */
void peers_free(struct peers *peers);
/* The roster in force changed, or is there for the first time: dial new nodes,
 * hang up on gone ones, take new addresses. */
void peers_set_roster(struct peers *peers, const struct roster *roster,
                      uint64_t now_ms);
/* EFFECT_ASK. */
void peers_ask(struct peers *peers, const struct label *node, uint64_t token,
               const struct message *message, uint64_t now_ms);
/* The same with a request that is encoded already. */
void peers_bring(struct peers *peers, const struct label *node, uint64_t token,
                 enum message_kind kind, struct span bytes, uint64_t now_ms);
/* EFFECT_HANG_UP. */
void peers_hang_up(struct peers *peers, const struct label *node);
/* ITEM_REPLY, ITEM_FAILED, ITEM_LINK_UP, ITEM_LINK_DOWN. May take the
 * packet. */
void peers_item(struct peers *peers, struct item *item, uint64_t now_ms);
/* Renewals, and names to be resolved again; once a second. */
void peers_tick(struct peers *peers, uint64_t now_ms);

#endif
