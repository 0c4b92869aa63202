/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/config_keys.h"

#define TEXT(field)                                                            \
    offsetof(struct config, field), sizeof(((struct config *)0)->field)
#define NUMBER(field) offsetof(struct config, field), 0

const struct key_row config_keys[CONFIG_KEY_COUNT] = {
    [CONFIG_NODE_NAME] = { "node", "name", VALUE_LABEL, TEXT(name),
                           "this node's label in the roster, for example "
                           "fjord-1",
                           true },
    [CONFIG_NODE_DATA] = { "node", "data", VALUE_PATH, TEXT(data),
                           "the data directory, for example /var/lib/holdfast",
                           true },
    [CONFIG_NODE_KEY] = { "node", "key", VALUE_PATH, TEXT(key),
                          "the file of the node key, an absolute path", false },
    [CONFIG_NODE_ROSTER] = { "node", "roster", VALUE_PATH, TEXT(roster),
                             "the roster file, for example "
                             "/etc/holdfast/roster",
                             true },
    [CONFIG_NETWORK_LISTEN] = { "network", "listen", VALUE_ADDRESS,
                                TEXT(listen),
                                "ADDRESS:PORT, for example 0.0.0.0:7700",
                                false },
    [CONFIG_NETWORK_MAX_UPLOAD] = { "network", "max_upload", VALUE_RATE,
                                    NUMBER(max_upload),
                                    "a rate, for example 20 MB/s (no limit: "
                                    "leave the line out)",
                                    false },
    [CONFIG_NETWORK_OFFICE_HOURS] = { "network", "office_hours", VALUE_HOURS,
                                      NUMBER(office_hours),
                                      "days and a time, for example Mon-Fri "
                                      "07:00-18:00, with office_max_upload",
                                      false },
    [CONFIG_NETWORK_OFFICE_MAX_UPLOAD] = { "network", "office_max_upload",
                                           VALUE_RATE,
                                           NUMBER(office_max_upload),
                                           "a rate, for example 2 MB/s, with "
                                           "office_hours",
                                           false },
    [CONFIG_CONTROL_SOCKET] = { "control", "socket", VALUE_PATH, TEXT(socket),
                                "an absolute path of at most 107 bytes, for "
                                "example " CONFIG_SOCKET_DEFAULT,
                                false },
    [CONFIG_CONTROL_GROUP] = { "control", "group", VALUE_GROUP, TEXT(group),
                               "the name of a group, for example holdfast",
                               false },
    [CONFIG_STORAGE_MIN_FREE] = { "storage", "min_free", VALUE_SIZE,
                                  NUMBER(min_free), "a size, for example 50 GB",
                                  false },
    [CONFIG_HTTP_LISTEN] = { "http", "listen", VALUE_WEB, TEXT(http_listen),
                             "127.0.0.1:PORT, [::1]:PORT or unix:PATH; for "
                             "example 127.0.0.1:7780",
                             true },
    [CONFIG_HTTP_NAMES] = { "http", "names", VALUE_NAMES, TEXT(http_names),
                            "host names that a proxy passes on, for example "
                            "health.fjord.example",
                            false },
    [CONFIG_NOTIFY_TO] = { "notify", "to", VALUE_MAIL, TEXT(notify_to),
                           "one mail address, for example admin@fjord.example",
                           true },
    [CONFIG_NOTIFY_FROM] = { "notify", "from", VALUE_MAIL, TEXT(notify_from),
                             "one mail address, for example "
                             "holdfast@fjord.example",
                             true },
    [CONFIG_NOTIFY_COMMAND] = { "notify", "command", VALUE_PATH,
                                TEXT(notify_command),
                                "the absolute path of one program that gets "
                                "the message on stdin",
                                false },
    [CONFIG_NOTIFY_REPEAT] = { "notify", "repeat", VALUE_DURATION,
                               NUMBER(notify_repeat_ms),
                               "a time, for example 6 h", false },
    [CONFIG_NOTIFY_ALL_WELL] = { "notify", "all_well", VALUE_WEEKLY,
                                 TEXT(notify_all_well),
                                 "a day and a time, for example Mon 08:00",
                                 false },
    [CONFIG_SCRUB_PERIOD] = { "scrub", "period", VALUE_DURATION,
                              NUMBER(scrub_period), "a time, for example 30 d",
                              false },
    [CONFIG_SCRUB_START] = { "scrub", "start", VALUE_TIME, NUMBER(scrub_start),
                             "a time of day, for example 02:30", false },
    [CONFIG_SCRUB_MAX_READ] = { "scrub", "max_read", VALUE_RATE,
                                NUMBER(scrub_max_read),
                                "a rate, for example 50 MB/s", false },
    [CONFIG_LOG_LEVEL] = { "log", "level", VALUE_LEVEL, NUMBER(log_level),
                           "error, warning, info or debug", false },
    [CONFIG_CLIENT_NODE] = { "client", "node", VALUE_LABEL, TEXT(client_node),
                             "the label of the node to hand over to, for "
                             "example fjord-1",
                             true },
    [CONFIG_CLIENT_KEY] = { "client", "key", VALUE_PATH, TEXT(client_key),
                            "the file of the depositor key, an absolute path",
                            true },
    [CONFIG_CLIENT_ROSTER] = { "client", "roster", VALUE_PATH,
                               TEXT(client_roster),
                               "the roster file, an absolute path", true },
};

const char *const config_sections[] = { "node",    "network", "control",
                                        "storage", "scrub",   "http",
                                        "notify",  "log",     "client" };
const size_t config_section_count =
    sizeof(config_sections) / sizeof(config_sections[0]);
