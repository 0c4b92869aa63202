/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration as text again, and the places that follow from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/config.h"
#include "daemon/config_keys.h"
#include "daemon/config_words.h"

/* The value of a key as it stands in a file; false when it is not set. */
static bool put_value(const struct config *config, const struct key_row *row,
                      struct buf *to)
{
    const uint8_t *field = (const uint8_t *)config + row->offset;
    uint64_t number;

    switch (row->kind) {
    case VALUE_LABEL:
    case VALUE_GROUP:
    case VALUE_PATH:
    case VALUE_ADDRESS:
    case VALUE_WEB:
    case VALUE_NAMES:
    case VALUE_MAIL:
    case VALUE_WEEKLY:
        buf_put_str(to, (const char *)field);
        return field[0] != '\0';
    case VALUE_LEVEL:
        buf_put_str(to, config_log_level_name(config->log_level));
        return true;
    case VALUE_HOURS:
        if (config->office_hours.days != 0) {
            config_hours_format(to, &config->office_hours);
        }
        return config->office_hours.days != 0;
    case VALUE_SIZE:
    case VALUE_RATE:
        memcpy(&number, field, sizeof(number));
        config_size_format(to, number);
        buf_put_str(to, row->kind == VALUE_RATE ? "/s" : "");
        return number != 0;
    case VALUE_TIME:
        memcpy(&number, field, sizeof(number));
        if (number != 0) {
            buf_printf(to, "%02u:%02u", (unsigned)(number - 1) / 60,
                       (unsigned)(number - 1) % 60);
        }
        return number != 0;
    case VALUE_DURATION:
        memcpy(&number, field, sizeof(number));
        config_duration_format(to, number);
        return number != 0;
    }
    return false;
}

/* Sections that stand in no file without being needed. */
static bool section_holds(const struct config *config, const char *section)
{
    if (strcmp(section, "client") == 0) {
        return config->has_client;
    }
    if (strcmp(section, "notify") == 0) {
        return config->has_notify;
    }
    if (strcmp(section, "http") == 0) {
        return config->http_listen[0] != '\0';
    }
    return config->has_node || strcmp(section, "log") == 0 ||
           strcmp(section, "control") == 0;
}

static void print_key(const struct config *config, enum config_key key,
                      struct buf *to)
{
    const struct key_row *row = &config_keys[key];
    char path[CONFIG_PATH_SIZE];
    struct buf value;
    bool set;

    buf_init(&value, 2 * CONFIG_PATH_SIZE);
    set = put_value(config, row, &value);
    if (config->lines[key] != 0) {
        buf_printf(to, "# line %zu\n", config->lines[key]);
    } else {
        buf_put_str(to, "# default\n");
    }
    if (!set && key == CONFIG_NODE_KEY) {
        config_key_path(config, path);
        buf_printf(to, "%s = %s\n", row->name, path);
    } else if (set) {
        buf_printf(to, "%s = ", row->name);
        buf_put(to, buf_span(&value));
        buf_put_byte(to, '\n');
    } else {
        buf_printf(to, "# %s is not set\n", row->name);
    }
    buf_done(&value);
}

void config_print(const struct config *config, struct buf *to)
{
    buf_printf(to, "# effective values of %s\n", config->file);
    for (size_t at = 0; at < config_section_count; at++) {
        const char *section = config_sections[at];

        if (!section_holds(config, section)) {
            continue;
        }
        buf_printf(to, "[%s]\n", section);
        for (size_t index = 0; index < CONFIG_KEY_COUNT; index++) {
            if (strcmp(config_keys[index].section, section) == 0) {
                print_key(config, (enum config_key)index, to);
            }
        }
    }
}

static void write_key(const struct config *config, enum config_key key,
                      const char *example, struct buf *to)
{
    const struct key_row *row = &config_keys[key];
    struct buf value;

    buf_init(&value, 2 * CONFIG_PATH_SIZE);
    if (put_value(config, row, &value)) {
        buf_printf(to, "%s = ", row->name);
        buf_put(to, buf_span(&value));
        buf_put_byte(to, '\n');
    } else if (example != NULL) {
        buf_printf(to, "# %s = %s\n", row->name, example);
    }
    buf_done(&value);
}

static void write_pages(const struct config *config, struct buf *to)
{
    bool has = config->http_listen[0] != '\0';

    buf_printf(to, "\n# Pages and /metrics. Loopback or unix:PATH only.\n%s",
               has ? "[http]\n" : "# [http]\n");
    write_key(config, CONFIG_HTTP_LISTEN, "127.0.0.1:7780", to);
    buf_put_str(to, "# Names that a proxy in front of it passes on:\n");
    write_key(config, CONFIG_HTTP_NAMES, "health.fjord.example", to);
}

static void write_notify(const struct config *config, struct buf *to)
{
    bool has = config->has_notify;

    buf_printf(to,
               "\n# Mail about the state, by \"holdfast notify\" and its "
               "timer.\n%s",
               has ? "[notify]\n" : "# [notify]\n");
    write_key(config, CONFIG_NOTIFY_TO, "admin@fjord.example", to);
    write_key(config, CONFIG_NOTIFY_FROM, "holdfast@fjord.example", to);
    buf_put_str(to, "# Instead of sendmail(8), a program that gets it on "
                    "stdin:\n");
    write_key(config, CONFIG_NOTIFY_COMMAND, "/usr/local/bin/tell-admin", to);
    if (has) {
        write_key(config, CONFIG_NOTIFY_REPEAT, NULL, to);
        write_key(config, CONFIG_NOTIFY_ALL_WELL, NULL, to);
    } else {
        buf_put_str(to, "# repeat = 6 h\n# all_well = Mon 08:00\n");
    }
}

void config_write(const struct config *config, struct buf *to)
{
    buf_printf(to,
               "# %s - settings of THIS node. No secrets in here.\n"
               "# Check: holdfastd --check-config    "
               "Apply: systemctl reload holdfastd\n"
               "# Members, countries, addresses and the rule stand in the "
               "signed roster.\n\n"
               "[node]\n"
               "# As it stands in the roster.\n",
               config->file);
    write_key(config, CONFIG_NODE_NAME, NULL, to);
    buf_put_str(to, "# Made by \"holdfast init\", never by the daemon.\n");
    write_key(config, CONFIG_NODE_DATA, NULL, to);
    buf_put_str(to, "# Default: node.key among the unit's credentials.\n");
    write_key(config, CONFIG_NODE_KEY, CONFIG_KEY_DEFAULT, to);
    write_key(config, CONFIG_NODE_ROSTER, NULL, to);
    buf_put_str(to, "\n[network]\n"
                    "# Without listen this node only dials out.\n");
    write_key(config, CONFIG_NETWORK_LISTEN, "0.0.0.0:7700", to);
    buf_put_str(to, "# What this node may send to others, all together. "
                    "Absent = no limit.\n");
    write_key(config, CONFIG_NETWORK_MAX_UPLOAD, "20 MB/s", to);
    buf_put_str(to, "# Instead of that in office hours, local time; both or "
                    "none.\n");
    write_key(config, CONFIG_NETWORK_OFFICE_HOURS, "Mon-Fri 07:00-18:00", to);
    write_key(config, CONFIG_NETWORK_OFFICE_MAX_UPLOAD, "2 MB/s", to);
    buf_put_str(to, "\n[control]\n");
    write_key(config, CONFIG_CONTROL_SOCKET, NULL, to);
    buf_put_str(to, "# Members of this group may do what root may.\n");
    write_key(config, CONFIG_CONTROL_GROUP, "holdfast", to);
    buf_put_str(to, "\n[storage]\n"
                    "# Below this much free space, deposits and copies are "
                    "refused.\n");
    write_key(config, CONFIG_STORAGE_MIN_FREE, "50 GB", to);
    buf_put_str(to, "\n[scrub]\n"
                    "# Read and check all that is stored at least this "
                    "often.\n");
    write_key(config, CONFIG_SCRUB_PERIOD, NULL, to);
    buf_put_str(to, "# Begin at this local time, for six hours a day; absent "
                    "= all day long.\n");
    write_key(config, CONFIG_SCRUB_START, "02:30", to);
    write_key(config, CONFIG_SCRUB_MAX_READ, NULL, to);
    write_pages(config, to);
    write_notify(config, to);
    buf_put_str(to, "\n[log]\n# error, warning, info or debug\n");
    write_key(config, CONFIG_LOG_LEVEL, NULL, to);
}

uint64_t config_upload_max(const struct config *config, const struct tm *local,
                           bool *ret_office)
{
    unsigned day = (unsigned)(local->tm_wday + 6) % HOURS_DAYS; /* 0: Sunday */
    unsigned minutes = (unsigned)(local->tm_hour * 60 + local->tm_min);

    *ret_office = config_hours_hold(&config->office_hours, day, minutes);
    return *ret_office ? config->office_max_upload : config->max_upload;
}

void config_key_path(const struct config *config,
                     char ret_path[static CONFIG_PATH_SIZE])
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");

    if (config->key[0] != '\0') {
        snprintf(ret_path, CONFIG_PATH_SIZE, "%s", config->key);
    } else if (folder != NULL && folder[0] == '/' &&
               strlen(folder) + sizeof(CONFIG_CREDENTIAL) + 1 <
                   CONFIG_PATH_SIZE) {
        snprintf(ret_path, CONFIG_PATH_SIZE, "%s/%s", folder,
                 CONFIG_CREDENTIAL);
    } else {
        snprintf(ret_path, CONFIG_PATH_SIZE, "%s", CONFIG_KEY_DEFAULT);
    }
}

enum err config_beside(const struct config *config, const char *name,
                       char ret_path[static CONFIG_PATH_SIZE])
{
    const char *slash = strrchr(config->file, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - config->file) + 1;

    if (folder + strlen(name) >= CONFIG_PATH_SIZE) {
        return ERR_TOO_BIG;
    }
    snprintf(ret_path, CONFIG_PATH_SIZE, "%.*s%s", (int)folder, config->file,
             name);
    return ERR_OK;
}
