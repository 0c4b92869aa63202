/* SPDX-License-Identifier: Apache-2.0 */
#include "model/address.h"

#include "base/limits.h"
#include "base/text.h"

#define NAME_SIZE_MAX 253
#define NAME_PART_SIZE_MAX 63
#define IPV6_GROUPS 8

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_hex(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
}

/* Cut the part before the next `mark` off the front of rest; the mark goes
 * too. Returns false when there was no mark: the part is then all of it. */
static bool cut(struct span *rest, uint8_t mark, struct span *ret_part)
{
    for (size_t index = 0; index < rest->size; index++) {
        if (rest->data[index] == mark) {
            *ret_part = span_part(*rest, 0, index);
            *rest = span_part(*rest, index + 1, rest->size);
            return true;
        }
    }
    *ret_part = *rest;
    *rest = span_of(NULL, 0);
    return false;
}

static bool ipv4_valid(struct span text)
{
    struct span part;
    size_t part_count = 0;
    bool more;

    do {
        uint64_t value;

        more = cut(&text, '.', &part);
        if (part.size > 3 || decimal_parse(part, &value) != ERR_OK ||
            value > 255) {
            return false;
        }
        part_count++;
    } while (more);
    return part_count == 4;
}

static bool name_part_valid(struct span part)
{
    if (part.size == 0 || part.size > NAME_PART_SIZE_MAX ||
        part.data[0] == '-' || part.data[part.size - 1] == '-') {
        return false;
    }
    for (size_t index = 0; index < part.size; index++) {
        uint8_t byte = part.data[index];

        if (!is_letter(byte) && !is_digit(byte) && byte != '-' && byte != '_') {
            return false;
        }
    }
    return true;
}

static bool all_digits(struct span part)
{
    for (size_t index = 0; index < part.size; index++) {
        if (!is_digit(part.data[index])) {
            return false;
        }
    }
    return true;
}

/* A name of the DNS, or an IPv4 address: a last part of digits only can be
 * nothing else. */
static bool name_valid(struct span text)
{
    struct span rest = text;
    struct span part;
    bool more;

    if (text.size == 0 || text.size > NAME_SIZE_MAX) {
        return false;
    }
    do {
        more = cut(&rest, '.', &part);
        if (!name_part_valid(part)) {
            return false;
        }
    } while (more);
    return !all_digits(part) || ipv4_valid(text);
}

/* Groups between colons; the last may be an IPv4 address, which counts twice.
 * Returns their number, or -1. No text is no group. */
static int ipv6_groups(struct span text, bool ipv4_allowed)
{
    struct span part;
    int group_count = 0;
    bool more;

    if (text.size == 0) {
        return 0;
    }
    do {
        more = cut(&text, ':', &part);
        if (!more && ipv4_allowed && ipv4_valid(part)) {
            return group_count + 2;
        }
        if (part.size == 0 || part.size > 4) {
            return -1;
        }
        for (size_t index = 0; index < part.size; index++) {
            if (!is_hex(part.data[index])) {
                return -1;
            }
        }
        group_count++;
    } while (more);
    return group_count;
}

static bool ipv6_valid(struct span text)
{
    for (size_t index = 0; index + 1 < text.size; index++) {
        if (text.data[index] == ':' && text.data[index + 1] == ':') {
            int before = ipv6_groups(span_part(text, 0, index), false);
            int after =
                ipv6_groups(span_part(text, index + 2, text.size), true);

            return before >= 0 && after >= 0 && before + after < IPV6_GROUPS;
        }
    }
    return ipv6_groups(text, true) == IPV6_GROUPS;
}

static bool port_parse(struct span text, uint16_t *ret_port)
{
    uint64_t value;

    if (text.size > 5 || decimal_parse(text, &value) != ERR_OK || value == 0 ||
        value > UINT16_MAX) {
        return false;
    }
    *ret_port = (uint16_t)value;
    return true;
}

enum err address_parse(struct span text, struct address *ret_address)
{
    struct address address = { .is_ipv6 = false };
    size_t colon = text.size;

    if (text.size > ADDRESS_SIZE_MAX) {
        return ERR_MALFORMED;
    }
    while (colon > 0 && text.data[colon - 1] != ':') {
        colon--;
    }
    if (colon == 0 ||
        !port_parse(span_part(text, colon, text.size), &address.port)) {
        return ERR_MALFORMED;
    }
    address.host = span_part(text, 0, colon - 1);
    if (address.host.size >= 2 && address.host.data[0] == '[' &&
        address.host.data[address.host.size - 1] == ']') {
        address.host = span_part(address.host, 1, address.host.size - 2);
        address.is_ipv6 = true;
    }
    if (!(address.is_ipv6 ? ipv6_valid(address.host)
                          : name_valid(address.host))) {
        return ERR_MALFORMED;
    }
    *ret_address = address;
    return ERR_OK;
}

bool address_valid(struct span text)
{
    struct address address;

    return address_parse(text, &address) == ERR_OK;
}
