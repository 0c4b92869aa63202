/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's log: lines on stderr, each a stable id, a subject, what happened
 * and what comes next. Under systemd each begins with its priority. Ids and
 * their meaning: the manual. Never a key, a file name, a case or a depositor.
 *
 * The one mutable global of the project stands in log.c: the level. Loop thread
 * only. At most LOG_LINES_PER_MINUTE lines of one id a minute; what is left
 * out is counted in the id's next line. */
#ifndef HF_DAEMON_LOG_H
#define HF_DAEMON_LOG_H

#include "base/compiler.h"

#define LOG_LINES_PER_MINUTE 60

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/* Lines above this level are left out. Info until called. */
void log_set_level(enum log_level level);
/* "ID subject: text". subject may be "". Control bytes become '?'. */
void log_line(enum log_level level, const char *id, const char *subject,
              const char *format, ...) PRINTF_LIKE(4, 5);

#endif
