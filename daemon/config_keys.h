/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all keys, for config_parse.c and config_print.c, and for the
 * manual's page of it (tools/pages). Constant. */
#ifndef HF_DAEMON_CONFIG_KEYS_H
#define HF_DAEMON_CONFIG_KEYS_H

#include <stddef.h>

#include "daemon/config.h"

enum value_kind {
    VALUE_LABEL,
    VALUE_GROUP,
    VALUE_PATH,
    VALUE_ADDRESS,
    VALUE_SIZE,
    VALUE_RATE,
    VALUE_HOURS,
    VALUE_LEVEL,
    VALUE_WEB,
    VALUE_NAMES,
    VALUE_MAIL,
    VALUE_DURATION,
    VALUE_WEEKLY,
    VALUE_TIME
};

struct key_row {
    const char *section;
    const char *name;
    enum value_kind kind;
    size_t offset; /* of the field in struct config */
    size_t size;   /* of a text's field, with NUL */
    const char *meant;
    bool required; /* when its section is there */
};

/* By enum config_key. */
extern const struct key_row config_keys[CONFIG_KEY_COUNT];

extern const char *const config_sections[];
extern const size_t config_section_count;

#endif
