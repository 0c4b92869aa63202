/* SPDX-License-Identifier: Apache-2.0 */
/* What "holdfast notify" knows of a node, and when that is a message. The text
 * has counts, nodes' names and reasons, and no id, file, case or depositor.
 * Plain values; times are POSIX seconds. One thread. */
#ifndef HF_TOOLS_NOTIFY_H
#define HF_TOOLS_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "daemon/config.h"
#include "daemon/config_words.h"

struct msg_status_reply;

#define NOTIFY_LINE_SIZE 256
#define NOTIFY_MESSAGE_SIZE_MAX 16384

enum notify_level {
    NOTIFY_GOOD,
    NOTIFY_WARNING, /* not known, or too few copies */
    NOTIFY_CRITICAL
};

/* The state of now, or what was said last. */
struct notify_state {
    enum notify_level level;
    char headline[NOTIFY_LINE_SIZE]; /* one line */
    char why[NOTIFY_LINE_SIZE];
    char doing[NOTIFY_LINE_SIZE];
    char action[NOTIFY_LINE_SIZE];
};

struct notify_memory {
    bool is_there; /* else nothing was ever said */
    enum notify_level level;
    char headline[NOTIFY_LINE_SIZE];
    uint64_t sent_s;     /* of the last message */
    uint64_t all_well_s; /* of the last weekly one */
};

enum notify_reason {
    NOTIFY_NOTHING,
    NOTIFY_CHANGE,
    NOTIFY_SOLVED,
    NOTIFY_REPEAT,
    NOTIFY_ALL_WELL,
    NOTIFY_TEST
};

void notify_state_of(const struct msg_status_reply *status,
                     struct notify_state *ret_state);
/* No answer: `why` says how. */
void notify_state_silent(const char *why, struct notify_state *ret_state);
/* `week_s`: when the last weekly time was, at or before now. */
enum notify_reason notify_reason_of(const struct notify_state *state,
                                    const struct notify_memory *memory,
                                    uint64_t repeat_s, uint64_t week_s,
                                    uint64_t now_s);
/* The newest time of this weekly appointment that is not after now, local
 * time. */
uint64_t notify_week(const struct config_weekly *weekly, uint64_t now_s);
/* Headers and text, lines end with LF. */
void notify_message(const struct config *config, const char *name,
                    const struct notify_state *state, enum notify_reason reason,
                    struct buf *to);
/* The memory as a text, and back; what cannot be read is not there. */
void notify_memory_format(const struct notify_memory *memory, struct buf *to);
void notify_memory_parse(struct span text, struct notify_memory *ret_memory);

#endif
