/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool in_range(unsigned value, unsigned first, unsigned last)
{
    return value >= first && value <= last;
}

static bool is_digit(uint8_t byte)
{
    return in_range(byte, '0', '9');
}

/* The value of a hex digit whose letters begin with ten ('a' or 'A'), or -1. */
static int hex_value(uint8_t digit, char ten)
{
    if (is_digit(digit)) {
        return digit - '0';
    }
    if (in_range(digit, (unsigned)ten, (unsigned)ten + 5)) {
        return digit - ten + 10;
    }
    return -1;
}

static void put_hex_digits(char *text, const uint8_t *bytes, size_t size)
{
    for (size_t index = 0; index < size; index++) {
        text[2 * index] = hex_lower[bytes[index] >> 4];
        text[2 * index + 1] = hex_lower[bytes[index] & 15];
    }
}

void hex_format(char *text, const void *data, size_t size)
{
    put_hex_digits(text, data, size);
    text[2 * size] = '\0';
}

void buf_put_hex(struct buf *buf, const void *data, size_t size)
{
    uint8_t *at = buf_extend(buf, 2 * size);

    if (at != NULL) {
        put_hex_digits((char *)at, data, size);
    }
}

enum err hex_parse(struct span text, void *ret_data, size_t size)
{
    uint8_t *bytes = ret_data;

    if (text.size % 2 != 0 || text.size / 2 != size) {
        return ERR_MALFORMED;
    }
    for (size_t index = 0; index < text.size; index++) {
        if (hex_value(text.data[index], 'a') < 0) {
            return ERR_MALFORMED;
        }
    }
    for (size_t index = 0; index < size; index++) {
        int high = hex_value(text.data[2 * index], 'a');
        int low = hex_value(text.data[2 * index + 1], 'a');

        bytes[index] = (uint8_t)(high << 4 | low);
    }
    return ERR_OK;
}

/* Three bytes become four digits; what is left at the end becomes two or
 * three, and '=' up to four where padding is wanted. */
static void put_base64(struct buf *buf, struct span bytes, bool padded)
{
    size_t groups = bytes.size / 3;
    size_t rest = bytes.size % 3;
    size_t tail = rest == 0 ? 0 : padded ? 4 : rest + 1;
    const uint8_t *from = bytes.data;
    uint32_t bits = 0;
    uint8_t *at = buf_extend(buf, groups * 4 + tail);

    if (at == NULL) {
        return;
    }
    for (; groups > 0; groups--) {
        bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        for (int shift = 18; shift >= 0; shift -= 6) {
            *at++ = (uint8_t)base64_digits[bits >> shift & 63];
        }
        from += 3;
    }
    if (rest == 0) {
        return;
    }
    bits = (uint32_t)from[0] << 16;
    if (rest == 2) {
        bits |= (uint32_t)from[1] << 8;
    }
    for (size_t index = 0; index < tail; index++) {
        *at++ = index > rest
                    ? '='
                    : (uint8_t)base64_digits[bits >> (18 - 6 * index) & 63];
    }
}

void buf_put_base64(struct buf *buf, struct span bytes)
{
    put_base64(buf, bytes, true);
}

void buf_put_base64_raw(struct buf *buf, struct span bytes)
{
    put_base64(buf, bytes, false);
}

static int base64_value(uint8_t digit)
{
    if (in_range(digit, 'A', 'Z')) {
        return digit - 'A';
    }
    if (in_range(digit, 'a', 'z')) {
        return digit - 'a' + 26;
    }
    if (is_digit(digit)) {
        return digit - '0' + 52;
    }
    if (digit == '+') {
        return 62;
    }
    return digit == '/' ? 63 : -1;
}

/* Is this the one base64 of some bytes? Gives the digits without padding. */
static bool base64_check(struct span text, bool padded, struct span *ret_digits)
{
    /* By digits beyond a multiple of four: bits that must be zero. */
    static const int unused[4] = { 0, 0, 15, 3 };
    struct span digits = text;

    if (padded) {
        if (text.size % 4 != 0) {
            return false;
        }
        for (int count = 0; count < 2 && digits.size > 0; count++) {
            digits.size -= digits.data[digits.size - 1] == '=';
        }
    }
    if (digits.size % 4 == 1) {
        return false;
    }
    for (size_t index = 0; index < digits.size; index++) {
        if (base64_value(digits.data[index]) < 0) {
            return false;
        }
    }
    if (digits.size > 0 && (base64_value(digits.data[digits.size - 1]) &
                            unused[digits.size % 4]) != 0) {
        return false;
    }
    *ret_digits = digits;
    return true;
}

static size_t base64_decoded_size(struct span digits)
{
    return digits.size / 4 * 3 + digits.size % 4 * 3 / 4;
}

static void base64_decode(struct span digits, uint8_t *to)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;

    for (size_t index = 0; index < digits.size; index++) {
        bits = bits << 6 | (uint32_t)base64_value(digits.data[index]);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            *to++ = (uint8_t)(bits >> bit_count);
        }
    }
}

static enum err base64_append(struct span text, bool padded,
                              struct buf *ret_bytes)
{
    struct span digits;
    uint8_t *at;

    if (!base64_check(text, padded, &digits)) {
        return ERR_MALFORMED;
    }
    at = buf_extend(ret_bytes, base64_decoded_size(digits));
    if (at == NULL) {
        return ret_bytes->err;
    }
    base64_decode(digits, at);
    return ERR_OK;
}

enum err base64_parse(struct span text, struct buf *ret_bytes)
{
    return base64_append(text, true, ret_bytes);
}

enum err base64_raw_parse(struct span text, struct buf *ret_bytes)
{
    return base64_append(text, false, ret_bytes);
}

static enum err base64_fixed(struct span text, bool padded, void *ret_data,
                             size_t size)
{
    struct span digits;

    if (!base64_check(text, padded, &digits) ||
        base64_decoded_size(digits) != size) {
        return ERR_MALFORMED;
    }
    base64_decode(digits, ret_data);
    return ERR_OK;
}

enum err base64_parse_fixed(struct span text, void *ret_data, size_t size)
{
    return base64_fixed(text, true, ret_data, size);
}

enum err base64_raw_parse_fixed(struct span text, void *ret_data, size_t size)
{
    return base64_fixed(text, false, ret_data, size);
}

enum err decimal_parse(struct span text, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text.size == 0 || (text.size > 1 && text.data[0] == '0')) {
        return ERR_MALFORMED;
    }
    for (size_t index = 0; index < text.size; index++) {
        if (!is_digit(text.data[index])) {
            return ERR_MALFORMED;
        }
        if (value > INT64_MAX / 10) {
            return ERR_RANGE;
        }
        /* At most 2^63 + 1: no overflow. */
        value = value * 10 + (uint64_t)(text.data[index] - '0');
        if (value > INT64_MAX) {
            return ERR_RANGE;
        }
    }
    *ret_value = value;
    return ERR_OK;
}

void buf_put_decimal(struct buf *buf, uint64_t value)
{
    uint8_t text[20];
    size_t start = sizeof(text);

    do {
        text[--start] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buf_put_data(buf, text + start, sizeof(text) - start);
}

bool label_valid(struct span text)
{
    if (text.size < 1 || text.size > LABEL_SIZE_MAX || text.data[0] == '-') {
        return false;
    }
    for (size_t index = 0; index < text.size; index++) {
        uint8_t byte = text.data[index];

        if (!in_range(byte, 'a', 'z') && !is_digit(byte) && byte != '-') {
            return false;
        }
    }
    return true;
}

bool country_valid(struct span text)
{
    return text.size == 2 && in_range(text.data[0], 'A', 'Z') &&
           in_range(text.data[1], 'A', 'Z');
}

/* How long a sequence with this first byte is, and what its second byte may be
 * (RFC 3629, section 4); false for a byte that begins none. */
static bool utf8_first(uint8_t first, size_t *ret_length, unsigned *ret_low,
                       unsigned *ret_high)
{
    /* Narrower for 0xE0 and 0xF0 (overlong), 0xED (surrogates) and 0xF4
     * (beyond U+10FFFF). */
    *ret_low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *ret_high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (in_range(first, 0xc2, 0xdf)) {
        *ret_length = 2;
    } else if (in_range(first, 0xe0, 0xef)) {
        *ret_length = 3;
    } else if (in_range(first, 0xf0, 0xf4)) {
        *ret_length = 4;
    } else {
        return false;
    }
    return true;
}

size_t utf8_length(struct span text)
{
    size_t length;
    unsigned low;
    unsigned high;

    if (text.size == 0) {
        return 0;
    }
    if (text.data[0] < 0x80) {
        return 1;
    }
    if (!utf8_first(text.data[0], &length, &low, &high) || text.size < length ||
        !in_range(text.data[1], low, high)) {
        return 0;
    }
    for (size_t index = 2; index < length; index++) {
        if (!in_range(text.data[index], 0x80, 0xbf)) {
            return 0;
        }
    }
    return length;
}

static bool is_control(uint8_t byte)
{
    return byte < 0x20 || byte == 0x7f;
}

static void put_escape(struct buf *buf, uint8_t byte)
{
    uint8_t text[3] = { '%', (uint8_t)hex_upper[byte >> 4],
                        (uint8_t)hex_upper[byte & 15] };

    buf_put_data(buf, text, sizeof(text));
}

void buf_put_free_text(struct buf *buf, struct span raw)
{
    if (span_is(raw, "-")) {
        put_escape(buf, '-');
        return;
    }
    while (raw.size > 0) {
        size_t length = utf8_length(raw);

        if (length == 0 || is_control(raw.data[0]) || raw.data[0] == '%') {
            length = 1;
            put_escape(buf, raw.data[0]);
        } else {
            buf_put(buf, span_part(raw, 0, length));
        }
        raw = span_part(raw, length, raw.size);
    }
}

/* Undo every escape, and nothing else. False when one has no two digits. */
static bool put_unescaped(struct buf *raw, struct span text)
{
    size_t index = 0;

    while (index < text.size) {
        int high;
        int low;

        if (text.data[index] != '%') {
            buf_put_byte(raw, text.data[index]);
            index++;
            continue;
        }
        if (text.size - index < 3) {
            return false;
        }
        high = hex_value(text.data[index + 1], 'A');
        low = hex_value(text.data[index + 2], 'A');
        if (high < 0 || low < 0) {
            return false;
        }
        buf_put_byte(raw, (uint8_t)(high << 4 | low));
        index += 3;
    }
    return true;
}

enum err free_text_parse(struct span text, struct buf *ret_raw)
{
    size_t size_before = ret_raw->size;
    struct buf again;
    enum err err = ERR_MALFORMED;

    if (text.size == 0) {
        return ERR_MALFORMED;
    }
    buf_init(&again, text.size);
    if (!put_unescaped(ret_raw, text)) {
        goto out;
    }
    if (buf_failed(ret_raw)) {
        err = ret_raw->err;
        goto out;
    }
    /* One reading: what the writer makes of it is the text itself. */
    buf_put_free_text(&again,
                      span_part(buf_span(ret_raw), size_before, ret_raw->size));
    if (again.err == ERR_NO_MEMORY) {
        err = ERR_NO_MEMORY;
    } else if (!buf_failed(&again) && span_equal(buf_span(&again), text)) {
        err = ERR_OK;
    }
out:
    if (err != ERR_OK) {
        ret_raw->size = size_before;
    }
    buf_done(&again);
    return err;
}

/* C1 controls and bidirectional controls: U+061C, U+200E, U+200F, U+202A to
 * U+202E, U+2066 to U+2069. `text` is one well-formed sequence. */
static bool is_deceptive(struct span text)
{
    const uint8_t *bytes = text.data;

    if (text.size == 2) {
        return (bytes[0] == 0xc2 && bytes[1] < 0xa0) ||
               (bytes[0] == 0xd8 && bytes[1] == 0x9c);
    }
    if (text.size != 3 || bytes[0] != 0xe2) {
        return false;
    }
    if (bytes[1] == 0x80) {
        return in_range(bytes[2], 0x8e, 0x8f) || in_range(bytes[2], 0xaa, 0xae);
    }
    return bytes[1] == 0x81 && in_range(bytes[2], 0xa6, 0xa9);
}

void buf_put_visible(struct buf *buf, struct span raw)
{
    while (raw.size > 0) {
        size_t length = utf8_length(raw);
        struct span one = span_part(raw, 0, length > 0 ? length : 1);

        if (length == 0 || is_control(one.data[0]) || is_deceptive(one)) {
            for (size_t index = 0; index < one.size; index++) {
                buf_put_str(buf, "\\x");
                buf_put_hex(buf, one.data + index, 1);
            }
        } else {
            buf_put(buf, one);
        }
        raw = span_part(raw, one.size, raw.size);
    }
}
