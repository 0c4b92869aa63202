/* SPDX-License-Identifier: Apache-2.0 */
#include "model/item_id.h"

#include <string.h>

#include "base/text.h"

#define ID_BITS 80
#define CHAR_BITS 5
#define CHECK_MODULUS 37

/* The first 32 are digits; the last five only check characters. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";

/* The first 80 bits as a number, mod 37. */
static unsigned check_value(const uint8_t *bytes)
{
    unsigned rest = 0;

    for (size_t index = 0; index < ID_BITS / 8; index++) {
        rest = (rest << 8 | bytes[index]) % CHECK_MODULUS;
    }
    return rest;
}

/* Five bits at a time; `index` counts characters. */
static unsigned char_value(const uint8_t *bytes, size_t index)
{
    size_t bit = index * CHAR_BITS;
    unsigned two = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];

    return two >> (16 - CHAR_BITS - bit % 8) & 31;
}

void item_id_format(const struct payload_root *root,
                    char ret_text[static ITEM_ID_TEXT_SIZE])
{
    char *at = ret_text;

    *at++ = 'H';
    *at++ = 'F';
    for (size_t index = 0; index < ITEM_ID_CHARS; index++) {
        if (index % 4 == 0) {
            *at++ = '-';
        }
        *at++ = alphabet[char_value(root->bytes, index)];
    }
    *at++ = '-';
    *at++ = alphabet[check_value(root->bytes)];
    *at = '\0';
}

/* The value of a character as typed, below `limit` (32, or 37 for a check
 * character), or -1. */
static int char_parse(char typed, unsigned limit)
{
    char upper = typed;
    const char *at;

    if (typed >= 'a' && typed <= 'z') {
        upper = (char)(typed - 'a' + 'A');
    }
    if (upper == 'I' || upper == 'L') {
        upper = '1';
    }
    if (upper == 'O') {
        upper = '0';
    }
    at = upper == '\0' ? NULL : strchr(alphabet, upper);
    if (at == NULL || (unsigned)(at - alphabet) >= limit) {
        return -1;
    }
    return (int)(at - alphabet);
}

static void char_put(uint8_t *bytes, size_t index, unsigned value)
{
    size_t bit = index * CHAR_BITS;
    unsigned two = value << (16 - CHAR_BITS - bit % 8);

    bytes[bit / 8] |= (uint8_t)(two >> 8);
    bytes[bit / 8 + 1] |= (uint8_t)two;
}

/* All but the hyphens; longer than any id stays longer than any id. */
static size_t compact(struct span text,
                      char compacted[static ITEM_ID_CHARS + 5])
{
    size_t count = 0;

    for (size_t index = 0; index < text.size; index++) {
        if (text.data[index] != '-' && count < ITEM_ID_CHARS + 5) {
            compacted[count++] = (char)text.data[index];
        }
    }
    return count;
}

enum err item_prefix_parse(struct span text, struct item_prefix *ret_prefix,
                           struct why *why)
{
    struct item_prefix prefix = { .bits = 0 };
    char typed[ITEM_ID_CHARS + 5];
    size_t count;
    size_t start = 0;

    if (hex_parse(text, prefix.bytes, sizeof(prefix.bytes)) == ERR_OK) {
        prefix.bits = 8 * sizeof(prefix.bytes);
        *ret_prefix = prefix;
        return ERR_OK;
    }
    count = compact(text, typed);
    if (count >= 2 && (typed[0] == 'H' || typed[0] == 'h') &&
        (typed[1] == 'F' || typed[1] == 'f')) {
        start = 2;
    }
    count -= start;
    if (count < ITEM_PREFIX_CHARS_MIN || count > ITEM_ID_CHARS + 1) {
        return why_set(why, ERR_MALFORMED,
                       "an item id has 6 to 17 characters after HF, this one "
                       "%s",
                       count < ITEM_PREFIX_CHARS_MIN ? "fewer" : "more");
    }
    for (size_t index = 0; index < count && index < ITEM_ID_CHARS; index++) {
        int value = char_parse(typed[start + index], 32);

        if (value < 0) {
            return why_set(why, ERR_MALFORMED,
                           "character %zu after HF occurs in no item id",
                           index + 1);
        }
        char_put(prefix.bytes, index, (unsigned)value);
        prefix.bits += CHAR_BITS;
    }
    if (count > ITEM_ID_CHARS &&
        char_parse(typed[start + ITEM_ID_CHARS], CHECK_MODULUS) !=
            (int)check_value(prefix.bytes)) {
        return why_set(why, ERR_MALFORMED,
                       "the check character at the end does not fit: some "
                       "character of the item id is mistyped");
    }
    *ret_prefix = prefix;
    return ERR_OK;
}

bool item_prefix_matches(const struct item_prefix *prefix,
                         const struct payload_root *root)
{
    size_t whole = prefix->bits / 8;
    unsigned rest = prefix->bits % 8;

    if (memcmp(prefix->bytes, root->bytes, whole) != 0) {
        return false;
    }
    return rest == 0 ||
           (prefix->bytes[whole] ^ root->bytes[whole]) >> (8 - rest) == 0;
}
