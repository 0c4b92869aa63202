/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: of a node ([node] and more), of a laptop ([client]),
 * or of both. INI as systemd units look; comments are whole lines that begin
 * with '#'. Strict: what this release does not know or would not use is an
 * error, and all errors are found in one run. Nothing secret stands in it.
 * A plain value without pointers, filled once and then only read. Sizes in
 * bytes, rates in bytes a second; units are powers of 1000.
 *
 * Linked by holdfastd and by holdfast (init writes what the daemon reads). */
#ifndef HF_DAEMON_CONFIG_H
#define HF_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/text.h"
#include "daemon/config_hours.h"

struct tm;

#define CONFIG_FILE_SIZE_MAX 65536
#define CONFIG_LINE_SIZE_MAX 1200 /* bytes, without LF */
#define CONFIG_PATH_SIZE 1024     /* with NUL */
#define CONFIG_SOCKET_SIZE 108    /* what a Unix socket's name can be */
#define CONFIG_ERRORS_SIZE_MAX 262144

#define CONFIG_NAMES_SIZE 512
#define CONFIG_MAIL_SIZE 256
#define CONFIG_WEEKLY_SIZE 16
#define CONFIG_REPEAT_DEFAULT_MS 21600000 /* 6 h */
#define CONFIG_ALL_WELL_DEFAULT "Mon 08:00"

#define CONFIG_PATH_DEFAULT "/etc/holdfast/holdfast.conf"
#define CONFIG_SOCKET_DEFAULT "/run/holdfast/control.sock"
#define CONFIG_KEY_DEFAULT "/etc/holdfast/credentials/node.key"
#define CONFIG_SCRUB_PERIOD_MS (30ULL * 86400000)
#define CONFIG_SCRUB_MAX_READ_RATE 50000000ULL
#define CONFIG_CREDENTIAL "node.key" /* in $CREDENTIALS_DIRECTORY */

/* Every key of this release; the index of config.lines[]. */
enum config_key {
    CONFIG_NODE_NAME,
    CONFIG_NODE_DATA,
    CONFIG_NODE_KEY,
    CONFIG_NODE_ROSTER,
    CONFIG_NETWORK_LISTEN,
    CONFIG_NETWORK_MAX_UPLOAD,
    CONFIG_NETWORK_OFFICE_HOURS,
    CONFIG_NETWORK_OFFICE_MAX_UPLOAD,
    CONFIG_CONTROL_SOCKET,
    CONFIG_CONTROL_GROUP,
    CONFIG_STORAGE_MIN_FREE,
    CONFIG_HTTP_LISTEN,
    CONFIG_HTTP_NAMES,
    CONFIG_NOTIFY_TO,
    CONFIG_NOTIFY_FROM,
    CONFIG_NOTIFY_COMMAND,
    CONFIG_NOTIFY_REPEAT,
    CONFIG_NOTIFY_ALL_WELL,
    CONFIG_SCRUB_PERIOD,
    CONFIG_SCRUB_START,
    CONFIG_SCRUB_MAX_READ,
    CONFIG_LOG_LEVEL,
    CONFIG_CLIENT_NODE,
    CONFIG_CLIENT_KEY,
    CONFIG_CLIENT_ROSTER,
    CONFIG_KEY_COUNT
};

enum config_log_level {
    CONFIG_LOG_ERROR,
    CONFIG_LOG_WARNING,
    CONFIG_LOG_INFO,
    CONFIG_LOG_DEBUG
};

/* Texts are NUL-terminated; an empty one is not set. */
struct config {
    char file[CONFIG_PATH_SIZE]; /* where it was read from */
    /* The line of each key in that file; 0: not there, the default holds. */
    size_t lines[CONFIG_KEY_COUNT];

    bool has_node;                 /* there is a section [node]: then name, */
    char name[LABEL_SIZE_MAX + 1]; /* data and roster are set */
    char data[CONFIG_PATH_SIZE];   /* absolute, like every path here */
    char key[CONFIG_PATH_SIZE];    /* may be empty: config_key_path() */
    char roster[CONFIG_PATH_SIZE];
    char listen[ADDRESS_SIZE_MAX + 1]; /* HOST:PORT; empty: dial out only */
    uint64_t max_upload;               /* bytes a second; 0: no limit */
    struct config_hours office_hours;  /* then the other limit holds */
    uint64_t office_max_upload;        /* set when office_hours is */
    char socket[CONFIG_SOCKET_SIZE];   /* never empty */
    char group[LABEL_SIZE_MAX + 1];    /* empty: nobody but root and itself */
    uint64_t min_free;                 /* bytes; 0: the store's default */
    uint64_t scrub_period;   /* ms; all is read again so often; never 0 */
    uint64_t scrub_start;    /* minutes after local midnight, and 1; 0: not set,
                               it is read all day long */
    uint64_t scrub_max_read; /* bytes a second; never 0 */
    enum config_log_level log_level;

    char http_listen[CONFIG_SOCKET_SIZE + 5]; /* empty: no pages */
    char http_names[CONFIG_NAMES_SIZE];       /* beside the loopback's own */

    bool has_notify; /* there is a section [notify] */
    char notify_to[CONFIG_MAIL_SIZE];
    char notify_from[CONFIG_MAIL_SIZE];
    char notify_command[CONFIG_PATH_SIZE]; /* empty: sendmail(8) */
    uint64_t notify_repeat_ms;
    char notify_all_well[CONFIG_WEEKLY_SIZE];

    bool has_client; /* there is a section [client]: then all three are set */
    char client_node[LABEL_SIZE_MAX + 1];
    char client_key[CONFIG_PATH_SIZE];
    char client_roster[CONFIG_PATH_SIZE];
};

/* What holds without any file. */
void config_init(struct config *config);
/* ERR_MALFORMED when anything is wrong: then `errors` has all of it, two lines
 * each, "FILE:LINE: [section] key: found X" and "  meant: Y", and ret_config is
 * untouched. ERR_NO_MEMORY. `file` is only named. */
MUST_USE enum err config_parse(struct span text, const char *file,
                               struct config *ret_config, struct buf *errors);
/* The same from a file. Also ERR_NOT_FOUND, ERR_PERMISSION, ERR_TOO_BIG and
 * ERR_IO, with a sentence in `errors`. Blocking. */
MUST_USE enum err config_load(const char *path, struct config *ret_config,
                              struct buf *errors);
/* The effective values, each under a comment that says where it is from. What
 * is printed can be read again. */
void config_print(const struct config *config, struct buf *to);
/* A new file of a node with comments, as `init` writes it: name, data, roster,
 * and of the others what is set and no default. */
void config_write(const struct config *config, struct buf *to);

/* Where the node key lies: the file's `key`, else node.key among the
 * credentials of the unit ($CREDENTIALS_DIRECTORY), else CONFIG_KEY_DEFAULT. */
void config_key_path(const struct config *config,
                     char ret_path[static CONFIG_PATH_SIZE]);
/* The file NAME beside the configuration file: clients, roster. ERR_TOO_BIG. */
MUST_USE enum err config_beside(const struct config *config, const char *name,
                                char ret_path[static CONFIG_PATH_SIZE]);
/* The upload limit at this local time: bytes a second, 0: none. Are these
 * office hours? */
uint64_t config_upload_max(const struct config *config, const struct tm *local,
                           bool *ret_office);
/* "error", "warning", "info", "debug". */
const char *config_log_level_name(enum config_log_level level);

/* "50 GB", also without the space; B, kB, MB, GB, TB. ERR_MALFORMED (no number
 * or no unit), ERR_RANGE (0, or 2^63 and more). */
MUST_USE enum err config_size_parse(struct span text, uint64_t *ret_bytes);
/* "20 MB/s": the same with "/s". */
MUST_USE enum err config_rate_parse(struct span text, uint64_t *ret_rate);
/* "30 s", "500 ms", "10 min", "6 h", "30 d"; in milliseconds. */
MUST_USE enum err config_duration_parse(struct span text, uint64_t *ret_ms);
/* "02:30": minutes after midnight, and 1. ERR_MALFORMED. */
MUST_USE enum err config_time_parse(struct span text, uint64_t *ret_time);
/* The shortest exact form of a size: "50 GB". */
void config_size_format(struct buf *to, uint64_t bytes);

#endif
