/* SPDX-License-Identifier: Apache-2.0 */
/* The other nodes of the roster, and our requests to them. A slot belongs to a
 * peer until a roster drops it. A request counts against the peer's limit
 * (base/limits.h, In flight) from ask_begin() to ask_end(). Loop thread. */
#ifndef HF_CORE_PEER_H
#define HF_CORE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "core/state.h"
#include "model/id.h"

/* Make the table fit node->roster; hang up on those that it dropped. */
void peers_sync_roster(struct node *node);
/* The slot, or SLOT_NONE. */
uint32_t peer_find(const struct node *node, const struct label *label);

/* A request of ours, or NULL when the table or this peer's share is full. The
 * message is the caller's to fill; it stands in node->out. */
struct ask *ask_begin(struct node *node, uint32_t peer,
                      enum ask_purpose purpose, enum message_kind kind,
                      struct message **ret_message);
/* The same for an EFFECT_PUSH; ret_what says what to read here. */
struct ask *push_begin(struct node *node, uint32_t peer,
                       enum ask_purpose purpose, enum message_kind kind,
                       struct message **ret_what, struct effect **ret_effect);
/* How many GET_BLOCKS one peer may have in flight. */
unsigned peer_blocks_max(const struct node *node);
/* The kind of its answer. */
enum message_kind ask_kind(enum ask_purpose purpose);
/* Find, copy and free the entry of an answered token. */
MUST_USE bool ask_end(struct node *node, uint64_t token, struct ask *ret_ask);

/* Anything came from this peer. */
void peer_heard(struct node *node, struct peer *peer);
#define PEER_SILENT_S 86400 /* longer without a word: somebody should phone */
/* POSIX seconds of the last session with it or statement of it; 0: never. */
uint64_t peer_seen_s(const struct node *node, uint32_t slot);
/* Say this of it, at most once in ALARM_PERIOD_MS. */
void peer_complain(struct node *node, struct peer *peer, enum complaint what,
                   const char *format, ...) PRINTF_LIKE(4, 5);
/* "node=LABEL" */
#define SUBJECT_SIZE 160
void peer_subject(const struct peer *peer, char text[static SUBJECT_SIZE]);

/* PEER-SILENT, and the deadline of the next one. */
void peer_pump(struct node *node);
/* A back-off that doubles from min to max. */
uint64_t backoff_next(uint64_t backoff_ms, uint64_t min_ms, uint64_t max_ms);
/* A time in the future, with jitter of up to a quarter. */
uint64_t backoff_at(struct node *node, uint64_t backoff_ms);

#endif
