/* SPDX-License-Identifier: Apache-2.0 */
/* libinih knows sections and keys, but no line numbers in its callback, lines
 * of 200 bytes at most, and comments behind values. So our own reader walks the
 * text: it judges the form of each line, keeps the value at hand, and gives
 * libinih a short stand-in; whatever is wrong it reports and passes over. */
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config_keys.h"
#include "daemon/config_words.h"

#define WORD_MAX 40    /* characters of a section or a key that we pass on */
#define NO_SECTION "!" /* stands for one that was refused */
#define NEAREST_MAX 3  /* letters that may be wrong */
#define FOUND_SIZE 120

struct parser {
    const char *file;   /* borrowed */
    struct span left;   /* lines not yet read */
    size_t line_number; /* of the current line, from 1 */
    struct span value;  /* of the current line */
    struct config *config;
    size_t sections[16]; /* line of each section; 0: not there */
    struct buf *errors;
    size_t error_count;
};

/* ---- Errors -------------------------------------------------------------- */

/* `where` is "[section] key" or "[section]" or "". */
static void report(struct parser *parser, size_t line, const char *where,
                   const char *found, const char *meant)
{
    parser->error_count++;
    buf_put_visible(parser->errors, span_str(parser->file));
    if (line != 0) {
        buf_printf(parser->errors, ":%zu", line);
    }
    buf_printf(parser->errors, ": %s%sfound %s\n  meant: %s\n", where,
               where[0] == '\0' ? "" : ": ", found, meant);
}

static void report_key(struct parser *parser, const struct key_row *row,
                       const char *found)
{
    char where[64];

    snprintf(where, sizeof(where), "[%s] %s", row->section, row->name);
    report(parser, parser->line_number, where, found, row->meant);
}

/* "WORDS \"text\"", cut when too long. */
static void found_format(char found[static FOUND_SIZE], const char *words,
                         struct span text)
{
    struct buf shown;

    buf_init(&shown, 4 * CONFIG_LINE_SIZE_MAX + 1);
    buf_put_visible(&shown, span_part(text, 0, 60));
    buf_put_byte(&shown, 0);
    snprintf(found, FOUND_SIZE, "%s\"%.80s%s\"", words,
             buf_failed(&shown) ? "?" : (const char *)shown.data,
             text.size > 60 ? "..." : "");
    buf_done(&shown);
}

/* ---- The nearest known word ---------------------------------------------- */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* How many letters must be changed, added or left out. */
static size_t distance(struct span a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t b_size = strlen(b);

    if (a.size > WORD_MAX || b_size > WORD_MAX) {
        return WORD_MAX;
    }
    for (size_t at = 0; at <= b_size; at++) {
        row[at] = at;
    }
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t above = row[j];

            row[j] = least(row[j] + 1, row[j - 1] + 1,
                           diagonal + (a.data[i - 1] != (uint8_t)b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_size];
}

static void report_section(struct parser *parser, struct span name)
{
    char found[FOUND_SIZE];
    char meant[FOUND_SIZE] = "";
    size_t best = NEAREST_MAX + 1;

    found_format(found, "unknown section ", name);
    for (size_t index = 0; index < config_section_count; index++) {
        size_t far = distance(name, config_sections[index]);

        if (far < best && far < name.size) {
            best = far;
            snprintf(meant, sizeof(meant), "[%s]", config_sections[index]);
        }
    }
    if (meant[0] == '\0') {
        for (size_t index = 0; index < config_section_count; index++) {
            size_t used = strlen(meant);

            snprintf(meant + used, sizeof(meant) - used, "%s[%s]",
                     index == 0 ? "one of " : " ", config_sections[index]);
        }
    }
    report(parser, parser->line_number, "", found, meant);
}

static void report_unknown_key(struct parser *parser, const char *section,
                               struct span name)
{
    char where[WORD_MAX + 3];
    char found[FOUND_SIZE];
    char meant[FOUND_SIZE] = "";
    size_t best = NEAREST_MAX + 1;

    snprintf(where, sizeof(where), "[%s]", section);
    found_format(found, "unknown key ", name);
    for (size_t index = 0; index < CONFIG_KEY_COUNT; index++) {
        const struct key_row *row = &config_keys[index];
        size_t far = distance(name, row->name);

        if (strcmp(row->section, section) == 0 && far < best &&
            far < name.size) {
            best = far;
            snprintf(meant, sizeof(meant), "%s", row->name);
        }
    }
    for (size_t index = 0, many = 0; index < CONFIG_KEY_COUNT; index++) {
        size_t used = strlen(meant);

        if (best <= NEAREST_MAX) {
            break;
        }
        if (strcmp(config_keys[index].section, section) == 0) {
            snprintf(meant + used, sizeof(meant) - used, "%s%s",
                     many++ == 0 ? "one of: " : ", ", config_keys[index].name);
        }
    }
    report(parser, parser->line_number, where, found, meant);
}

/* ---- Values -------------------------------------------------------------- */

static const char *const levels[] = { "error", "warning", "info", "debug" };

const char *config_log_level_name(enum config_log_level level)
{
    return levels[level];
}

static bool level_parse(struct span value, enum config_log_level *ret_level)
{
    for (size_t index = 0; index < sizeof(levels) / sizeof(levels[0]);
         index++) {
        if (span_is(value, levels[index])) {
            *ret_level = (enum config_log_level)index;
            return true;
        }
    }
    return false;
}

/* Sizes, rates and times. */
static void take_amount(struct parser *parser, const struct key_row *row,
                        uint64_t *field)
{
    struct span value = parser->value;
    char found[FOUND_SIZE];
    bool digits = true;
    enum err err;

    if (row->kind == VALUE_DURATION) {
        err = config_duration_parse(value, field);
    } else {
        err = row->kind == VALUE_SIZE ? config_size_parse(value, field)
                                      : config_rate_parse(value, field);
    }
    if (err == ERR_OK) {
        return;
    }
    for (size_t index = 0; index < value.size; index++) {
        digits = digits && value.data[index] >= '0' && value.data[index] <= '9';
    }
    found_format(found, "", value);
    if (err == ERR_RANGE) {
        strcat(found, ", out of range");
    } else if (digits) {
        strcat(found, ", no unit");
    }
    report_key(parser, row, found);
}

static void take_value(struct parser *parser, const struct key_row *row)
{
    uint8_t *field = (uint8_t *)parser->config + row->offset;
    struct span value = parser->value;
    char found[FOUND_SIZE];

    if (value.size == 0) {
        report_key(parser, row, "nothing");
        return;
    }
    found_format(found, "", value);
    switch (row->kind) {
    case VALUE_SIZE:
    case VALUE_RATE:
    case VALUE_DURATION:
        take_amount(parser, row, (uint64_t *)(void *)field);
        return;
    case VALUE_TIME:
        if (config_time_parse(value, (uint64_t *)(void *)field) != ERR_OK) {
            report_key(parser, row, found);
        }
        return;
    case VALUE_HOURS:
        if (config_hours_parse(value, &parser->config->office_hours) !=
            ERR_OK) {
            report_key(parser, row, found);
        }
        return;
    case VALUE_LEVEL:
        if (!level_parse(value, &parser->config->log_level)) {
            report_key(parser, row, found);
        }
        return;
    case VALUE_LABEL:
    case VALUE_GROUP:
    case VALUE_PATH:
    case VALUE_ADDRESS:
    case VALUE_WEB:
    case VALUE_NAMES:
    case VALUE_MAIL:
    case VALUE_WEEKLY:
        break;
    }
    if (!config_text_valid(row->kind, value) || value.size >= row->size) {
        if (value.size >= row->size) {
            snprintf(found, sizeof(found), "%zu bytes", value.size);
        }
        report_key(parser, row, found);
        return;
    }
    memcpy(field, value.data, value.size);
    field[value.size] = '\0';
}

/* ---- What libinih calls -------------------------------------------------- */

static int take_key(void *user, const char *section, const char *name,
                    const char *value)
{
    struct parser *parser = user;
    char found[FOUND_SIZE];

    (void)value; /* the stand-in; the real one is parser->value */
    if (strcmp(section, NO_SECTION) == 0) {
        return 1;
    }
    if (section[0] == '\0') {
        found_format(found, "", span_str(name));
        strcat(found, " before any section");
        report(parser, parser->line_number, "", found,
               "a section first, for example [node]");
        return 1;
    }
    for (size_t index = 0; index < CONFIG_KEY_COUNT; index++) {
        const struct key_row *row = &config_keys[index];

        if (strcmp(row->section, section) != 0 ||
            strcmp(row->name, name) != 0) {
            continue;
        }
        if (parser->config->lines[index] != 0) {
            snprintf(found, sizeof(found), "it again, first in line %zu",
                     parser->config->lines[index]);
            report_key(parser, row, found);
            return 1;
        }
        parser->config->lines[index] = parser->line_number;
        take_value(parser, row);
        return 1;
    }
    report_unknown_key(parser, section, span_str(name));
    return 1;
}

static bool word_valid(struct span word)
{
    for (size_t index = 0; index < word.size; index++) {
        uint8_t byte = word.data[index];

        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') &&
            byte != '_' && byte != '-') {
            return false;
        }
    }
    return word.size > 0 && word.size <= WORD_MAX;
}

/* Bytes that no line may have: control bytes but TAB, and no UTF-8. */
static bool line_readable(struct span line)
{
    while (line.size > 0) {
        size_t size = utf8_length(line);

        if (size == 0 || (line.data[0] < 0x20 && line.data[0] != '\t') ||
            line.data[0] == 0x7f) {
            return false;
        }
        line = span_part(line, size, line.size);
    }
    return true;
}

/* A line with a section's name: what libinih gets to see. */
static void read_section(struct parser *parser, struct span line, char *to,
                         int room)
{
    struct span name;

    snprintf(to, (size_t)room, "[%s]\n", NO_SECTION);
    if (line.data[line.size - 1] != ']') {
        report(parser, parser->line_number, "", "a section without \"]\"",
               "[node], for example; comments stand on lines of their own");
        return;
    }
    name = span_part(line, 1, line.size - 2);
    for (size_t index = 0; index < config_section_count; index++) {
        if (span_is(name, config_sections[index])) {
            if (parser->sections[index] == 0) {
                parser->sections[index] = parser->line_number;
            }
            snprintf(to, (size_t)room, "[%s]\n", config_sections[index]);
            return;
        }
    }
    report_section(parser, name);
}

static bool has_comment(struct span value)
{
    for (size_t index = 0; index + 1 < value.size; index++) {
        if ((value.data[index] == ' ' || value.data[index] == '\t') &&
            (value.data[index + 1] == '#' || value.data[index + 1] == ';')) {
            return true;
        }
    }
    return false;
}

static void read_key(struct parser *parser, struct span line, char *to,
                     int room)
{
    const uint8_t *equals = memchr(line.data, '=', line.size);
    struct span key;
    char found[FOUND_SIZE];

    if (equals == NULL) {
        found_format(found, "", line);
        report(parser, parser->line_number, "", found, "key = value");
        return;
    }
    key = span_trim(span_of(line.data, (size_t)(equals - line.data)));
    parser->value =
        span_trim(span_part(line, (size_t)(equals - line.data) + 1, line.size));
    if (!word_valid(key)) {
        found_format(found, "unknown key ", key);
        report(parser, parser->line_number, "", found,
               "small letters and _, for example max_upload");
    } else if (has_comment(parser->value)) {
        found_format(found, "a comment behind a value: ", parser->value);
        report(parser, parser->line_number, "", found,
               "comments on lines of their own");
    } else {
        snprintf(to, (size_t)room, "%.*s=value\n", (int)key.size,
                 (const char *)key.data);
    }
}

/* The next line, for libinih; NULL at the end. */
static char *read_line(char *to, int room, void *stream)
{
    struct parser *parser = stream;
    const uint8_t *end;
    struct span line;

    if (parser->left.size == 0) {
        return NULL;
    }
    end = memchr(parser->left.data, '\n', parser->left.size);
    line = end == NULL
               ? parser->left
               : span_of(parser->left.data, (size_t)(end - parser->left.data));
    parser->left = span_part(parser->left, line.size + 1, parser->left.size);
    parser->line_number++;
    snprintf(to, (size_t)room, "\n");
    if (line.size > CONFIG_LINE_SIZE_MAX) {
        report(parser, parser->line_number, "", "a line of too many bytes",
               "at most 1200");
        return to;
    }
    if (!line_readable(line)) {
        report(parser, parser->line_number, "",
               "a control byte, or bytes that are no UTF-8",
               "plain text with LF at the end of each line");
        return to;
    }
    line = span_trim(line);
    if (line.size == 0 || line.data[0] == '#') {
        return to;
    }
    if (line.data[0] == ';') {
        report(parser, parser->line_number, "", "a line that begins with ;",
               "# for comments");
    } else if (line.data[0] == '[') {
        read_section(parser, line, to, room);
    } else {
        read_key(parser, line, to, room);
    }
    return to;
}

/* ---- The file ------------------------------------------------------------ */

void config_init(struct config *config)
{
    memset(config, 0, sizeof(*config));
    snprintf(config->socket, sizeof(config->socket), "%s",
             CONFIG_SOCKET_DEFAULT);
    config->log_level = CONFIG_LOG_INFO;
    config->scrub_period = CONFIG_SCRUB_PERIOD_MS;
    config->scrub_max_read = CONFIG_SCRUB_MAX_READ_RATE;
    config->notify_repeat_ms = CONFIG_REPEAT_DEFAULT_MS;
    snprintf(config->notify_all_well, sizeof(config->notify_all_well), "%s",
             CONFIG_ALL_WELL_DEFAULT);
}

static size_t section_line(const struct parser *parser, const char *name)
{
    for (size_t index = 0; index < config_section_count; index++) {
        if (strcmp(config_sections[index], name) == 0) {
            return parser->sections[index];
        }
    }
    return 0;
}

/* One of the two office keys alone means nothing. */
static void report_office(struct parser *parser)
{
    const size_t *lines = parser->config->lines;
    size_t hours = lines[CONFIG_NETWORK_OFFICE_HOURS];
    size_t rate = lines[CONFIG_NETWORK_OFFICE_MAX_UPLOAD];

    if ((hours == 0) != (rate == 0)) {
        parser->line_number = hours + rate;
        report_key(parser,
                   &config_keys[hours == 0 ? CONFIG_NETWORK_OFFICE_HOURS
                                           : CONFIG_NETWORK_OFFICE_MAX_UPLOAD],
                   "nothing");
    }
}

/* What must be there and is not. */
static void report_missing(struct parser *parser)
{
    size_t network = section_line(parser, "network");

    parser->config->has_node = section_line(parser, "node") != 0;
    parser->config->has_client = section_line(parser, "client") != 0;
    parser->config->has_notify = section_line(parser, "notify") != 0;
    for (size_t index = 0; index < CONFIG_KEY_COUNT; index++) {
        const struct key_row *row = &config_keys[index];
        size_t line = section_line(parser, row->section);

        if (row->required && line != 0 && parser->config->lines[index] == 0) {
            parser->line_number = line;
            report_key(parser, row, "nothing");
        }
    }
    report_office(parser);
    if (!parser->config->has_node && !parser->config->has_client &&
        parser->error_count == 0) {
        report(parser, 0, "", "neither [node] nor [client]",
               "[node] on a server, [client] on a laptop");
    }
    if (!parser->config->has_node && parser->config->has_client) {
        network = network == 0 ? section_line(parser, "storage") : network;
        network = network == 0 ? section_line(parser, "http") : network;
        if (network != 0) {
            report(parser, network, "", "a section of nodes without [node]",
                   "on a laptop only [client], and [control] for a socket");
        }
    }
}

enum err config_parse(struct span text, const char *file,
                      struct config *ret_config, struct buf *errors)
{
    struct config *config = malloc(sizeof(*config));
    struct parser parser = {
        .file = file,
        .left = text,
        .config = config,
        .errors = errors,
    };
    int first_bad;

    if (config == NULL) {
        return ERR_NO_MEMORY;
    }
    config_init(config);
    snprintf(config->file, sizeof(config->file), "%s", file);
    first_bad = ini_parse_stream(read_line, &parser, take_key, &parser);
    if (first_bad != 0 && parser.error_count == 0) {
        report(&parser, first_bad > 0 ? (size_t)first_bad : 0, "",
               "a line that cannot be read", "[section] or key = value");
    }
    report_missing(&parser);
    if (parser.error_count == 0) {
        *ret_config = *config;
    }
    free(config);
    return parser.error_count == 0 ? ERR_OK : ERR_MALFORMED;
}
