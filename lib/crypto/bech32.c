/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/bech32.h"

#include <stdbool.h>
#include <string.h>

#include "base/check.h"

#define CHECKSUM_SIZE 6 /* symbols */

static const char symbols_lower[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
static const char symbols_upper[] = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";

static const char *symbols_of(enum bech32_case letters)
{
    return letters == BECH32_UPPER ? symbols_upper : symbols_lower;
}

static uint32_t checksum_step(uint32_t state, uint8_t value)
{
    static const uint32_t constants[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa,
                                           0x3d4233dd, 0x2a1462b3 };
    uint32_t top = state >> 25;

    state = ((state & 0x1ffffff) << 5) ^ value;
    for (size_t index = 0; index < 5; index++) {
        if (((top >> index) & 1) != 0) {
            state ^= constants[index];
        }
    }
    return state;
}

static uint8_t lower_of(uint8_t letter)
{
    return letter >= 'A' && letter <= 'Z' ? (uint8_t)(letter + 32) : letter;
}

static uint8_t upper_of(uint8_t letter)
{
    return letter >= 'a' && letter <= 'z' ? (uint8_t)(letter - 32) : letter;
}

/* The checksum's state after the prefix, always of its lower-case form. */
static uint32_t checksum_begin(struct span prefix)
{
    uint32_t state = 1;

    for (size_t index = 0; index < prefix.size; index++) {
        state = checksum_step(state, lower_of(prefix.data[index]) >> 5);
    }
    state = checksum_step(state, 0);
    for (size_t index = 0; index < prefix.size; index++) {
        state = checksum_step(state, lower_of(prefix.data[index]) & 31);
    }
    return state;
}

static void put_symbol(struct buf *text, const char *symbols, uint32_t value)
{
    buf_put_byte(text, (uint8_t)symbols[value & 31]);
}

void bech32_encode(struct buf *text, const char *prefix,
                   enum bech32_case letters, struct span bytes)
{
    const char *symbols = symbols_of(letters);
    struct span hrp = span_str(prefix);
    uint32_t state = checksum_begin(hrp);
    uint32_t bits = 0;
    unsigned bit_count = 0;

    for (size_t index = 0; index < hrp.size; index++) {
        buf_put_byte(text, letters == BECH32_UPPER ? upper_of(hrp.data[index])
                                                   : hrp.data[index]);
    }
    buf_put_byte(text, '1');
    for (size_t index = 0; index < bytes.size; index++) {
        bits = (bits & 31) << 8 | bytes.data[index];
        bit_count += 8;
        while (bit_count >= 5) {
            bit_count -= 5;
            state = checksum_step(state, (bits >> bit_count) & 31);
            put_symbol(text, symbols, bits >> bit_count);
        }
    }
    if (bit_count > 0) {
        bits <<= 5 - bit_count;
        state = checksum_step(state, bits & 31);
        put_symbol(text, symbols, bits);
    }
    for (size_t index = 0; index < CHECKSUM_SIZE; index++) {
        state = checksum_step(state, 0);
    }
    state ^= 1;
    for (unsigned index = 0; index < CHECKSUM_SIZE; index++) {
        put_symbol(text, symbols, state >> (5 * (CHECKSUM_SIZE - 1 - index)));
    }
}

/* Value of a symbol, or 32. The whole table is looked through each time, so
 * that the time taken says nothing about the symbol. */
static uint8_t symbol_value(const char *symbols, uint8_t symbol)
{
    uint8_t value = 32;

    for (uint8_t index = 0; index < 32; index++) {
        uint8_t differs = (uint8_t)symbols[index] ^ symbol;
        uint8_t same = (uint8_t)(((uint32_t)differs - 1) >> 24);

        value = (uint8_t)((value & ~same) | (index & same));
    }
    return value;
}

/* Every character printable and none of the other case; the last "1". */
static enum err find_separator(struct span text, enum bech32_case letters,
                               size_t *ret_separator)
{
    size_t separator = 0;
    bool found = false;

    for (size_t index = 0; index < text.size; index++) {
        uint8_t byte = text.data[index];
        uint8_t folded =
            letters == BECH32_UPPER ? upper_of(byte) : lower_of(byte);

        if (byte < 33 || byte > 126 || byte != folded) {
            return ERR_MALFORMED;
        }
        if (byte == '1') {
            separator = index;
            found = true;
        }
    }
    if (!found || separator == 0 || text.size - separator - 1 < CHECKSUM_SIZE) {
        return ERR_MALFORMED;
    }
    *ret_separator = separator;
    return ERR_OK;
}

static bool checksum_good(struct span prefix, struct span data,
                          const char *symbols)
{
    uint32_t state = checksum_begin(prefix);

    for (size_t index = 0; index < data.size; index++) {
        uint8_t value = symbol_value(symbols, data.data[index]);

        if (value > 31) {
            return false;
        }
        state = checksum_step(state, value);
    }
    return state == 1;
}

/* Are the bits that fill up the last symbol fewer than five, and zero? */
static bool padding_good(struct span data, const char *symbols)
{
    unsigned left = (unsigned)(data.size * 5 % 8);

    if (data.size == 0) {
        return true;
    }
    return left < 5 && (symbol_value(symbols, data.data[data.size - 1]) &
                        ((1U << left) - 1)) == 0;
}

enum err bech32_decode(struct span text, enum bech32_case letters, size_t room,
                       struct span *ret_prefix, uint8_t *ret_data,
                       size_t *ret_size)
{
    const char *symbols = symbols_of(letters);
    size_t separator;
    enum err rc = find_separator(text, letters, &separator);
    struct span prefix;
    struct span data;
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t size = 0;

    if (rc != ERR_OK) {
        return rc;
    }
    prefix = span_part(text, 0, separator);
    data = span_part(text, separator + 1, text.size);
    if (!checksum_good(prefix, data, symbols)) {
        return ERR_MALFORMED;
    }
    data.size -= CHECKSUM_SIZE;
    if (!padding_good(data, symbols)) {
        return ERR_MALFORMED;
    }
    if (data.size * 5 / 8 > room) {
        return ERR_TOO_BIG;
    }
    for (size_t index = 0; index < data.size; index++) {
        bits = (bits & 0xff) << 5 | symbol_value(symbols, data.data[index]);
        bit_count += 5;
        if (bit_count >= 8) {
            bit_count -= 8;
            ret_data[size++] = (uint8_t)(bits >> bit_count);
        }
    }
    CHECK(size == data.size * 5 / 8);
    *ret_prefix = prefix;
    *ret_size = size;
    return ERR_OK;
}

enum err bech32_decode_fixed(struct span text, enum bech32_case letters,
                             const char *prefix, uint8_t *ret_data, size_t size)
{
    size_t prefix_size = strlen(prefix);
    struct span found;
    size_t found_size;
    enum err rc;

    /* Form and size first, so that nothing is written in vain. */
    if (text.size != prefix_size + 1 + (size * 8 + 4) / 5 + CHECKSUM_SIZE ||
        text.data[prefix_size] != '1') {
        return ERR_MALFORMED;
    }
    for (size_t index = 0; index < prefix_size; index++) {
        if (lower_of(text.data[index]) != (uint8_t)prefix[index]) {
            return ERR_MALFORMED;
        }
    }
    rc = bech32_decode(text, letters, size, &found, ret_data, &found_size);
    if (rc != ERR_OK) {
        return rc;
    }
    CHECK(found.size == prefix_size);
    CHECK(found_size == size);
    return ERR_OK;
}
