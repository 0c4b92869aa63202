/* SPDX-License-Identifier: Apache-2.0 */
/* Hours of the week, for a limit that holds only then: "Mon-Fri 07:00-18:00",
 * "Sat,Sun 00:00-24:00", "Fri-Sun 22:00-06:00". A time that ends before it
 * begins goes on over midnight, and belongs to the day on which it began. A
 * plain value; local time is given by the caller. Pure. */
#ifndef HF_DAEMON_CONFIG_HOURS_H
#define HF_DAEMON_CONFIG_HOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

#define HOURS_DAYS 7
#define HOURS_MINUTES_A_DAY 1440

struct config_hours {
    uint16_t days;         /* bit 0: Monday; 0: nothing is set */
    uint16_t from_minutes; /* of the day; at most 1439 */
    uint16_t to_minutes;   /* at most 1440, and another than from_minutes */
};

/* ERR_MALFORMED. */
MUST_USE enum err config_hours_parse(struct span text,
                                     struct config_hours *ret_hours);
/* The shortest form; can be parsed again. */
void config_hours_format(struct buf *to, const struct config_hours *hours);
/* Is this one of them? day: 0 is Monday. False when nothing is set. */
bool config_hours_hold(const struct config_hours *hours, unsigned day,
                       unsigned minutes);

#endif
