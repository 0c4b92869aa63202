/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/config_words.h"

#include <stddef.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/config_hours.h"
#include "model/address.h"

#define UNIX_START "unix:"
#define NAMES_MAX 8
#define NAME_SIZE_MAX 253

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_small(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || is_digit(byte);
}

/* 127.x.y.z, each number without leading zeros. */
static bool loopback_valid(struct span host)
{
    unsigned parts = 0;
    size_t at = 0;

    while (at < host.size) {
        size_t from = at;
        unsigned number = 0;

        while (at < host.size && is_digit(host.data[at]) && at - from < 3) {
            number = number * 10 + (unsigned)(host.data[at++] - '0');
        }
        if (at == from || number > 255 || (parts == 0 && number != 127) ||
            (host.data[from] == '0' && at - from > 1)) {
            return false;
        }
        parts++;
        if (at < host.size && (host.data[at++] != '.' || at == host.size)) {
            return false;
        }
    }
    return parts == 4;
}

static bool web_valid(struct span text)
{
    struct address address;

    if (span_starts(text, UNIX_START)) {
        text = span_part(text, sizeof(UNIX_START) - 1, text.size);
        return text.size > 1 && text.size < CONFIG_SOCKET_SIZE &&
               text.data[0] == '/';
    }
    if (address_parse(text, &address) != ERR_OK) {
        return false;
    }
    return address.is_ipv6 ? span_is(address.host, "::1")
                           : loopback_valid(address.host);
}

/* Parts with dots between them; each begins and ends with a letter or digit. */
static bool name_valid(struct span name)
{
    uint8_t before = '.';

    for (size_t at = 0; at < name.size; at++) {
        uint8_t byte = name.data[at];

        if ((byte == '.' && !is_small(before)) ||
            (byte == '-' && before == '.') ||
            (!is_small(byte) && byte != '.' && byte != '-')) {
            return false;
        }
        before = byte;
    }
    return name.size <= NAME_SIZE_MAX && is_small(before);
}

static bool names_valid(struct span text)
{
    size_t count = 0;

    while (text.size > 0) {
        const uint8_t *space = memchr(text.data, ' ', text.size);
        size_t size = space == NULL ? text.size : (size_t)(space - text.data);

        if (!name_valid(span_of(text.data, size)) || ++count > NAMES_MAX ||
            (space != NULL && size + 1 == text.size)) {
            return false;
        }
        text = span_part(text, size + 1, text.size);
    }
    return count > 0;
}

static bool mail_valid(struct span text)
{
    static const char marks[] = ".!#$%&'*+/=?^_{|}~-";
    const uint8_t *sign =
        text.size == 0 ? NULL : memchr(text.data, '@', text.size);
    size_t size = sign == NULL ? 0 : (size_t)(sign - text.data);

    if (size == 0 || size > 64 || text.data[0] == '-') {
        return false;
    }
    for (size_t at = 0; at < size; at++) {
        uint8_t byte = text.data[at];
        bool is_capital = byte >= 'A' && byte <= 'Z';

        if (!is_small(byte) && !is_capital &&
            (byte == 0 || strchr(marks, byte) == NULL)) {
            return false;
        }
    }
    return name_valid(span_part(text, size + 1, text.size));
}

enum err config_weekly_parse(struct span text, struct config_weekly *ret_weekly)
{
    static const char *const names[HOURS_DAYS] = { "Mon", "Tue", "Wed", "Thu",
                                                   "Fri", "Sat", "Sun" };
    const uint8_t *digits = text.data;

    if (text.size != 9 || digits[3] != ' ' || !is_digit(digits[4]) ||
        !is_digit(digits[5]) || digits[6] != ':' || !is_digit(digits[7]) ||
        !is_digit(digits[8])) {
        return ERR_MALFORMED;
    }

    unsigned hour = (unsigned)(digits[4] - '0') * 10 + digits[5] - '0';
    unsigned minute = (unsigned)(digits[7] - '0') * 10 + digits[8] - '0';

    for (unsigned day = 0; day < HOURS_DAYS; day++) {
        if (span_starts(text, names[day]) && hour < 24 && minute < 60) {
            ret_weekly->day = day;
            ret_weekly->minutes = hour * 60 + minute;
            return ERR_OK;
        }
    }
    return ERR_MALFORMED;
}

static bool group_valid(struct span text)
{
    for (size_t index = 0; index < text.size; index++) {
        uint8_t byte = text.data[index];
        bool letter = (byte >= 'a' && byte <= 'z') || byte == '_';

        if (!letter && !((is_digit(byte) || byte == '-') && index > 0)) {
            return false;
        }
    }
    return text.size > 0;
}

bool config_text_valid(enum value_kind kind, struct span value)
{
    struct config_weekly weekly;

    switch (kind) {
    case VALUE_LABEL:
        return label_valid(value);
    case VALUE_GROUP:
        return group_valid(value);
    case VALUE_PATH:
        return value.size > 0 && value.data[0] == '/';
    case VALUE_ADDRESS:
        return address_valid(value);
    case VALUE_WEB:
        return web_valid(value);
    case VALUE_NAMES:
        return names_valid(value);
    case VALUE_MAIL:
        return mail_valid(value);
    case VALUE_WEEKLY:
        return config_weekly_parse(value, &weekly) == ERR_OK;
    case VALUE_SIZE:
    case VALUE_RATE:
    case VALUE_DURATION:
    case VALUE_TIME:
    case VALUE_HOURS:
    case VALUE_LEVEL:
        break;
    }
    return false;
}

void config_duration_format(struct buf *to, uint64_t ms)
{
    static const struct {
        const char *name;
        uint64_t ms;
    } units[] = { { "d", 86400000 },
                  { "h", 3600000 },
                  { "min", 60000 },
                  { "s", 1000 },
                  { "ms", 1 } };

    for (size_t at = 0; at < sizeof(units) / sizeof(units[0]); at++) {
        if (ms % units[at].ms == 0) {
            buf_put_decimal(to, ms / units[at].ms);
            buf_printf(to, " %s", units[at].name);
            return;
        }
    }
}
