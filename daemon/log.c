/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"

#define LOG_IDS_MAX 64

struct log_id {
    char text[32];
    time_t minute; /* of the count */
    unsigned count;
    unsigned left_out;
};

static struct {
    enum log_level level;
    bool has_level;
    bool is_journal; /* put priorities in front */
    bool knows_journal;
    struct log_id ids[LOG_IDS_MAX];
    size_t id_count;
} state;

void log_set_level(enum log_level level)
{
    state.level = level;
    state.has_level = true;
}

static time_t minute_now(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec / 60;
}

/* May another line of this id be written? Gives how many were left out. */
static bool allow(const char *id, unsigned *ret_left_out)
{
    struct log_id *entry = NULL;
    time_t minute = minute_now();

    *ret_left_out = 0;
    for (size_t i = 0; i < state.id_count; i++) {
        if (strcmp(state.ids[i].text, id) == 0) {
            entry = &state.ids[i];
        }
    }
    if (entry == NULL) {
        if (state.id_count == LOG_IDS_MAX ||
            strlen(id) >= sizeof(entry->text)) {
            return true;
        }
        entry = &state.ids[state.id_count++];
        strcpy(entry->text, id);
        entry->minute = minute;
    }
    if (entry->minute != minute) {
        *ret_left_out = entry->left_out;
        entry->minute = minute;
        entry->count = 0;
        entry->left_out = 0;
    }
    if (entry->count >= LOG_LINES_PER_MINUTE) {
        entry->left_out++;
        return false;
    }
    entry->count++;
    return true;
}

static const char *prefix(enum log_level level)
{
    if (!state.knows_journal) {
        state.is_journal = getenv("JOURNAL_STREAM") != NULL;
        state.knows_journal = true;
    }
    if (!state.is_journal) {
        return "";
    }
    switch (level) {
    case LOG_LEVEL_ERROR:
        return "<3>";
    case LOG_LEVEL_WARNING:
        return "<4>";
    case LOG_LEVEL_INFO:
        return "<6>";
    case LOG_LEVEL_DEBUG:
        return "<7>";
    }
    return "";
}

void log_line(enum log_level level, const char *id, const char *subject,
              const char *format, ...)
{
    char line[1024];
    size_t size = 0;
    unsigned left_out;
    va_list args;

    if (level > (state.has_level ? state.level : LOG_LEVEL_INFO) ||
        !allow(id, &left_out)) {
        return;
    }

    int written = snprintf(line, sizeof(line) - 1, "%s%s%s%s: ", prefix(level),
                           id, subject[0] != '\0' ? " " : "", subject);

    size = written > 0 ? strnlen(line, sizeof(line) - 1) : 0;
    va_start(args, format);
    (void)vsnprintf(line + size, sizeof(line) - 1 - size, format, args);
    va_end(args);
    size = strnlen(line, sizeof(line) - 1);
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?';
        }
    }
    line[size++] = '\n';
    /* Nowhere to report that the log cannot be written. */
    (void)!write(STDERR_FILENO, line, size);
    if (left_out > 0) {
        (void)dprintf(STDERR_FILENO, "%s%s: %u lines were left out\n",
                      prefix(level), id, left_out);
    }
}
