/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "model/health.h"
#include "wire/message.h"

#define MEMORY_HEAD "holdfast notify 1\n"

/* One line, whatever it comes from: no header can be made of it. */
static void set_line(char line[static NOTIFY_LINE_SIZE], struct span text)
{
    size_t size =
        text.size < NOTIFY_LINE_SIZE - 1 ? text.size : NOTIFY_LINE_SIZE - 1;

    for (size_t i = 0; i < size; i++) {
        uint8_t byte = text.data[i];

        line[i] = byte < 0x20 || byte > 0x7e ? '?' : (char)byte;
    }
    line[size] = '\0';
}

/* An item that no state counts is not proved. */
static void states_of(const struct msg_status_reply *status,
                      uint32_t states[static ITEM_STATE_COUNT])
{
    uint64_t sum = 0;

    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        states[i] = status->health.states[i];
        sum += states[i];
    }
    if (status->items > sum) {
        states[ITEM_UNPROVEN] += (uint32_t)(status->items - sum);
    }
}

static const struct status_problem *worst(const struct msg_status_reply *status)
{
    const struct status_problem *first = NULL;

    for (size_t i = 0; i < status->health.problems_count; i++) {
        const struct status_problem *problem = &status->health.problems[i];

        if (first == NULL || (problem->critical && !first->critical)) {
            first = problem;
        }
    }
    return first;
}

static const struct status_alarm *critical(
    const struct msg_status_reply *status)
{
    for (size_t i = 0; i < status->alarms_count; i++) {
        if (status->alarms[i].critical) {
            return &status->alarms[i];
        }
    }
    return NULL;
}

void notify_state_of(const struct msg_status_reply *status,
                     struct notify_state *ret_state)
{
    uint32_t states[ITEM_STATE_COUNT];
    const struct status_problem *problem = worst(status);
    const struct status_alarm *alarm = critical(status);
    struct buf line;

    *ret_state = (struct notify_state){ .level = NOTIFY_GOOD };
    states_of(status, states);
    buf_init(&line, NOTIFY_LINE_SIZE);
    health_headline(states, &line);
    switch (health_verdict_of(states, alarm != NULL)) {
    case HEALTH_GOOD:
        break;
    case HEALTH_BAD:
        ret_state->level = health_worst(states) == ITEM_SHORT && alarm == NULL
                               ? NOTIFY_WARNING
                               : NOTIFY_CRITICAL;
        break;
    case HEALTH_UNKNOWN:
        ret_state->level = NOTIFY_WARNING;
        break;
    }
    if (alarm != NULL && health_verdict_of(states, false) != HEALTH_BAD) {
        buf_clear(&line);
        buf_put_str(&line, "alarm ");
        buf_put(&line, alarm->code);
        set_line(ret_state->why, alarm->text);
    }
    set_line(ret_state->headline, buf_span(&line));
    buf_done(&line);
    if (problem != NULL) {
        set_line(ret_state->why, problem->text);
        set_line(ret_state->doing, problem->doing);
        set_line(ret_state->action, problem->do_next);
    }
}

void notify_state_silent(const char *why, struct notify_state *ret_state)
{
    *ret_state = (struct notify_state){ .level = NOTIFY_CRITICAL };
    set_line(ret_state->headline, span_str("the node does not answer"));
    set_line(ret_state->why, span_str(why));
    set_line(ret_state->action,
             span_str("look at it: systemctl status holdfastd"));
}

enum notify_reason notify_reason_of(const struct notify_state *state,
                                    const struct notify_memory *memory,
                                    uint64_t repeat_s, uint64_t week_s,
                                    uint64_t now_s)
{
    bool good = state->level == NOTIFY_GOOD;

    if (!memory->is_there) {
        return good ? NOTIFY_ALL_WELL : NOTIFY_CHANGE;
    }
    if (good && memory->level != NOTIFY_GOOD) {
        return NOTIFY_SOLVED;
    }
    if (!good && (state->level != memory->level ||
                  strcmp(state->headline, memory->headline) != 0)) {
        return NOTIFY_CHANGE;
    }
    /* A clock that was set back does not keep it quiet. */
    if (state->level == NOTIFY_CRITICAL &&
        (now_s < memory->sent_s || now_s - memory->sent_s >= repeat_s)) {
        return NOTIFY_REPEAT;
    }
    if (good && (memory->all_well_s < week_s || memory->all_well_s > now_s)) {
        return NOTIFY_ALL_WELL;
    }
    return NOTIFY_NOTHING;
}

uint64_t notify_week(const struct config_weekly *weekly, uint64_t now_s)
{
    time_t now = (time_t)now_s;
    struct tm parts;

    if (localtime_r(&now, &parts) == NULL) {
        return 0;
    }

    int today = (parts.tm_wday + 6) % 7; /* 0: Monday */
    int back = (today - (int)weekly->day + 7) % 7;

    parts.tm_mday -= back;
    parts.tm_hour = (int)(weekly->minutes / 60);
    parts.tm_min = (int)(weekly->minutes % 60);
    parts.tm_sec = 0;
    parts.tm_isdst = -1;

    time_t when = mktime(&parts);

    if (when > now) {
        parts.tm_mday -= 7;
        parts.tm_isdst = -1;
        when = mktime(&parts);
    }
    return when < 0 ? 0 : (uint64_t)when;
}

static const char *word_of(const struct notify_state *state,
                           enum notify_reason reason)
{
    switch (reason) {
    case NOTIFY_NOTHING:
    case NOTIFY_CHANGE:
    case NOTIFY_REPEAT:
        break;
    case NOTIFY_SOLVED:
        return "solved: ";
    case NOTIFY_ALL_WELL:
        return "all is well: ";
    case NOTIFY_TEST:
        return "test: ";
    }
    return state->level == NOTIFY_CRITICAL ? "ACTION: " : "look: ";
}

static void put_line(struct buf *to, const char *name, const char *text)
{
    if (text[0] != '\0') {
        buf_printf(to, "%s %s\n", name, text);
    }
}

void notify_message(const struct config *config, const char *name,
                    const struct notify_state *state, enum notify_reason reason,
                    struct buf *to)
{
    buf_printf(to,
               "To: %s\nFrom: %s\nSubject: [%s] %s%s\n"
               "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
               "Content-Type: text/plain; charset=us-ascii\n\n",
               config->notify_to, config->notify_from, name,
               word_of(state, reason), state->headline);
    put_line(to, "State:  ", state->headline);
    put_line(to, "Why:    ", state->why);
    put_line(to, "Doing:  ", state->doing);
    put_line(to, "You:    ",
             state->action[0] != '\0'      ? state->action
             : state->level == NOTIFY_GOOD ? "nothing"
                                           : "holdfast status");
    if (state->level != NOTIFY_GOOD) {
        buf_put_str(to, "\nWhen \"solved\" comes, stop.\n");
    }
    buf_printf(to,
               "\nSent by holdfast notify for %s. When no \"all is well\" "
               "comes for more than\na week, the way here is broken.\n",
               name);
}

void notify_memory_format(const struct notify_memory *memory, struct buf *to)
{
    buf_printf(to, MEMORY_HEAD "%d %" PRIu64 " %" PRIu64 "\n%s\n",
               (int)memory->level, memory->sent_s, memory->all_well_s,
               memory->headline);
}

void notify_memory_parse(struct span text, struct notify_memory *ret_memory)
{
    char copy[NOTIFY_LINE_SIZE * 2];
    struct notify_memory memory = { .is_there = true };
    unsigned level;
    int read = 0;

    *ret_memory = (struct notify_memory){ 0 };
    if (!span_starts(text, MEMORY_HEAD) || text.size >= sizeof(copy)) {
        return;
    }
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (sscanf(copy + strlen(MEMORY_HEAD), "%1u %20" SCNu64 " %20" SCNu64 "%n",
               &level, &memory.sent_s, &memory.all_well_s, &read) != 3 ||
        level > NOTIFY_CRITICAL) {
        return;
    }

    const char *line = copy + strlen(MEMORY_HEAD) + read;

    if (line[0] != '\n' || strlen(line + 1) == 0) {
        return;
    }
    set_line(memory.headline, span_of(line + 1, strcspn(line + 1, "\n")));
    memory.level = (enum notify_level)level;
    *ret_memory = memory;
}
