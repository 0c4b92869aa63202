/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of values that are texts, and times. Pure functions on borrowed
 * spans. */
#ifndef HF_DAEMON_CONFIG_WORDS_H
#define HF_DAEMON_CONFIG_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "daemon/config_keys.h"

/* Has a value of this kind, which is kept as a text, its form? Of VALUE_WEB:
 * "127.0.0.1:7780" (any 127.x.y.z), "[::1]:7780", or "unix:/an/absolute/path"
 * that fits into a socket's name; nothing that another machine can reach. Of
 * VALUE_NAMES: one to eight host names, single spaces between them, small
 * letters. Of VALUE_MAIL: nothing that a mail program could take for a flag or
 * a second line. */
bool config_text_valid(enum value_kind kind, struct span value);

/* "Mon 08:00": once a week. */
struct config_weekly {
    unsigned day;     /* 0: Monday */
    unsigned minutes; /* of the day; at most 1439 */
};

/* ERR_MALFORMED. */
MUST_USE enum err config_weekly_parse(struct span text,
                                      struct config_weekly *ret_weekly);
/* The shortest exact form of milliseconds: "6 h". */
void config_duration_format(struct buf *to, uint64_t ms);

#endif
