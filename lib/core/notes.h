/* SPDX-License-Identifier: Apache-2.0 */
/* Signed texts that spread: what a peer's summary tells of and we lack is asked
 * for by GET_NOTES; what a peer lacks and cannot fetch is brought by PUT_NOTES.
 * Each text is judged by the file of its kind; here is only who has what.
 *
 * A text that was exchanged with a peer, or refused by either side, is not
 * asked for or offered again before it changes, or that peer starts anew:
 * NOTES_DONE_MAX are remembered a peer. One request each way is in flight a
 * peer. Loop thread. */
#ifndef HF_CORE_NOTES_H
#define HF_CORE_NOTES_H

#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

/* Keep what this summary tells of. */
void notes_told(struct node *node, uint32_t slot,
                const struct msg_sync_reply *reply);
/* Its summary was equal to ours: it has what we have. */
void notes_equal(struct node *node, uint32_t slot);
/* ASK_NOTES, ASK_PUT_NOTES; NULL: no answer, or a refusal. */
void notes_answered(struct node *node, const struct ask *ask,
                    const struct msg_get_notes_reply *reply);
void notes_put_answered(struct node *node, const struct ask *ask,
                        const struct msg_put_reply *reply);
/* PUT_NOTES, answered at once. */
void notes_brought(struct node *node, const struct event *event);
void notes_pump(struct node *node);

#endif
