/* SPDX-License-Identifier: Apache-2.0 */
/* Values with units. */
#include "daemon/config.h"

#define VALUE_MAX (1ULL << 63)

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit sizes[] = {
    { "TB", 1000000000000ULL }, { "GB", 1000000000ULL }, { "MB", 1000000ULL },
    { "kB", 1000ULL },          { "B", 1ULL },
};
#define SIZES_COUNT (sizeof(sizes) / sizeof(sizes[0]))

static const struct unit durations[] = {
    { "ms", 1ULL },      { "s", 1000ULL },     { "min", 60000ULL },
    { "h", 3600000ULL }, { "d", 86400000ULL },
};
#define DURATIONS_COUNT (sizeof(durations) / sizeof(durations[0]))

/* Digits, perhaps one space, a unit of the table. */
static enum err value_parse(struct span text, const struct unit *units,
                            size_t unit_count, uint64_t *ret_value)
{
    struct span rest;
    uint64_t number;
    size_t digits = 0;

    while (digits < text.size && text.data[digits] >= '0' &&
           text.data[digits] <= '9') {
        digits++;
    }
    if (decimal_parse(span_part(text, 0, digits), &number) != ERR_OK) {
        return ERR_MALFORMED;
    }
    rest = span_part(text, digits, text.size);
    if (span_starts(rest, " ")) {
        rest = span_part(rest, 1, rest.size);
    }
    for (size_t index = 0; index < unit_count; index++) {
        if (span_is(rest, units[index].name)) {
            if (number == 0 || number > (VALUE_MAX - 1) / units[index].factor) {
                return ERR_RANGE;
            }
            *ret_value = number * units[index].factor;
            return ERR_OK;
        }
    }
    return ERR_MALFORMED;
}

enum err config_size_parse(struct span text, uint64_t *ret_bytes)
{
    return value_parse(text, sizes, SIZES_COUNT, ret_bytes);
}

enum err config_rate_parse(struct span text, uint64_t *ret_rate)
{
    size_t tail = 2;

    if (text.size < tail ||
        !span_is(span_part(text, text.size - tail, tail), "/s")) {
        return ERR_MALFORMED;
    }
    text.size -= tail;
    return value_parse(text, sizes, SIZES_COUNT, ret_rate);
}

enum err config_duration_parse(struct span text, uint64_t *ret_ms)
{
    return value_parse(text, durations, DURATIONS_COUNT, ret_ms);
}

enum err config_time_parse(struct span text, uint64_t *ret_time)
{
    uint64_t number[2] = { 0, 0 };

    if (text.size != 5 || text.data[2] != ':') {
        return ERR_MALFORMED;
    }
    for (size_t at = 0; at < text.size; at++) {
        uint8_t byte = text.data[at];

        if (at == 2) {
            continue;
        }
        if (byte < '0' || byte > '9') {
            return ERR_MALFORMED;
        }
        number[at / 3] = number[at / 3] * 10 + (uint64_t)(byte - '0');
    }
    if (number[0] > 23 || number[1] > 59) {
        return ERR_MALFORMED;
    }
    *ret_time = number[0] * 60 + number[1] + 1;
    return ERR_OK;
}

void config_size_format(struct buf *to, uint64_t bytes)
{
    for (size_t index = 0; index < SIZES_COUNT; index++) {
        if (bytes % sizes[index].factor == 0 && bytes != 0) {
            buf_put_decimal(to, bytes / sizes[index].factor);
            buf_put_byte(to, ' ');
            buf_put_str(to, sizes[index].name);
            return;
        }
    }
    buf_put_str(to, "0 B");
}
