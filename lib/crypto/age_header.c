/* SPDX-License-Identifier: Apache-2.0 */
/* Form and MAC of a header. What the stanzas hold is in age_wrap.c. */
#include "crypto/age_header.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hkdf.h"

#define BODY_COLUMNS 64     /* base64 characters of a full line */
#define BODY_LINE_BYTES 48  /* what they decode to */
#define MAC_TEXT_SIZE 43    /* 32 bytes in base64 without padding */
#define STANZA_ROOM_FIRST 8 /* stanzas of the first allocation */

/* What the parser knows on its way through the header. */
struct parser {
    struct span bytes; /* the input, cut to what a header may have */
    size_t offset;     /* of the next line */
    size_t line_number;
    bool cut; /* the input went on beyond the limit */
    size_t stanza_room;
    struct age_header *header;
    struct why *why;
};

static enum err malformed(struct parser *parser, const char *what)
{
    return why_set(parser->why, ERR_MALFORMED, "line %zu of the age header: %s",
                   parser->line_number, what);
}

static enum err take_line(struct parser *parser, struct span *ret_line)
{
    struct span left =
        span_part(parser->bytes, parser->offset, parser->bytes.size);
    const uint8_t *end =
        left.size == 0 ? NULL : memchr(left.data, '\n', left.size);

    parser->line_number++;
    if (end == NULL && parser->cut) {
        return why_set(parser->why, ERR_TOO_BIG,
                       "the age header is larger than %d bytes",
                       AGE_HEADER_SIZE_MAX);
    }
    if (end == NULL) {
        return malformed(parser, "the header ends too early");
    }
    *ret_line = span_part(left, 0, (size_t)(end - left.data));
    parser->offset += ret_line->size + 1;
    return ERR_OK;
}

/* specs age 2: one or more arguments of visible ASCII, one space between. */
static enum err parse_arguments(struct parser *parser, struct span line,
                                struct age_stanza *ret_stanza)
{
    size_t size = 0; /* of the argument that is being read */

    *ret_stanza = (struct age_stanza){ .line = line, .arg_count = 1 };
    for (size_t index = 0; index < line.size; index++) {
        uint8_t byte = line.data[index];

        if (byte == ' ' && size > 0) {
            ret_stanza->arg_count++;
            size = 0;
        } else if (byte < 0x21 || byte > 0x7E) {
            return malformed(parser, "a byte that no stanza argument may have");
        } else if (++size > AGE_FIELD_SIZE_MAX) {
            return why_set(parser->why, ERR_TOO_BIG,
                           "line %zu of the age header: an argument is larger "
                           "than %d bytes",
                           parser->line_number, AGE_FIELD_SIZE_MAX);
        }
        if (ret_stanza->arg_count == 1 && byte != ' ') {
            ret_stanza->type = span_part(line, 0, size);
        }
    }
    if (size == 0) {
        return malformed(parser, "an empty stanza argument");
    }
    return ERR_OK;
}

/* Lines of 64 characters, then one shorter line, which may be empty. Each is
 * decoded by itself, since a full line has no bits left over. */
static enum err parse_body(struct parser *parser, struct age_stanza *stanza)
{
    struct buf *bodies = &parser->header->bodies;
    struct span line;

    stanza->body_offset = bodies->size;
    do {
        enum err rc = take_line(parser, &line);

        if (rc != ERR_OK) {
            return rc;
        }
        if (line.size > BODY_COLUMNS) {
            return malformed(parser, "longer than 64 characters");
        }
        rc = base64_raw_parse(line, bodies);
        if (rc == ERR_MALFORMED) {
            return malformed(parser, "not the base64 of a stanza's body");
        }
        if (rc != ERR_OK || buf_failed(bodies)) {
            return why_set(parser->why, buf_failed(bodies) ? bodies->err : rc,
                           "no room for the age header");
        }
        stanza->body_size = bodies->size - stanza->body_offset;
        if (stanza->body_size > AGE_FIELD_SIZE_MAX) {
            return why_set(parser->why, ERR_TOO_BIG,
                           "line %zu of the age header: a stanza's body is "
                           "larger than %d bytes",
                           parser->line_number, AGE_FIELD_SIZE_MAX);
        }
    } while (line.size == BODY_COLUMNS);
    return ERR_OK;
}

static enum err add_stanza(struct parser *parser,
                           const struct age_stanza *stanza)
{
    struct age_header *header = parser->header;

    if (header->stanza_count == AGE_STANZAS_MAX) {
        return why_set(parser->why, ERR_TOO_BIG,
                       "the age header has more than %d stanzas",
                       AGE_STANZAS_MAX);
    }
    if (header->stanza_count == parser->stanza_room) {
        size_t room = parser->stanza_room == 0 ? STANZA_ROOM_FIRST
                                               : parser->stanza_room * 2;
        struct age_stanza *stanzas =
            realloc(header->stanzas, room * sizeof(*stanzas));

        if (stanzas == NULL) {
            return why_set(parser->why, ERR_NO_MEMORY,
                           "no memory for the age header");
        }
        header->stanzas = stanzas;
        parser->stanza_room = room;
    }
    header->stanzas[header->stanza_count++] = *stanza;
    return ERR_OK;
}

static enum err parse_mac(struct parser *parser, struct span line)
{
    if (!span_starts(line, "--- ") ||
        base64_raw_parse_fixed(span_part(line, 4, line.size),
                               parser->header->mac, AGE_MAC_SIZE) != ERR_OK) {
        return malformed(parser, "the MAC is not three dashes, a space and 43 "
                                 "characters of base64");
    }
    return ERR_OK;
}

/* All stanzas and the MAC line. */
static enum err parse_stanzas(struct parser *parser)
{
    bool scrypt = false;

    for (;;) {
        struct age_stanza stanza;
        struct span line;
        enum err rc = take_line(parser, &line);

        if (rc != ERR_OK) {
            return rc;
        }
        if (span_starts(line, "---")) {
            if (parser->header->stanza_count == 0) {
                return malformed(parser, "no stanza stands before the MAC");
            }
            return parse_mac(parser, line);
        }
        if (!span_starts(line, "-> ")) {
            return malformed(parser, "neither a stanza nor the MAC");
        }
        rc = parse_arguments(parser, span_part(line, 3, line.size), &stanza);
        if (rc == ERR_OK) {
            rc = parse_body(parser, &stanza);
        }
        if (rc == ERR_OK) {
            rc = add_stanza(parser, &stanza);
        }
        if (rc != ERR_OK) {
            return rc;
        }
        /* specs age 5: else a passphrase could be added to a file behind the
         * back of those it was sealed to. */
        scrypt = scrypt || span_is(stanza.type, "scrypt");
        if (scrypt && parser->header->stanza_count > 1) {
            return malformed(parser, "a passphrase stanza must stand alone");
        }
    }
}

static bool looks_armoured(struct span bytes)
{
    size_t index = 0;

    while (index < bytes.size && index < 1024 &&
           memchr(" \t\r\n", bytes.data[index], 4) != NULL) {
        index++;
    }
    return span_starts(span_part(bytes, index, bytes.size),
                       "-----BEGIN AGE ENCRYPTED FILE-----");
}

enum err age_header_parse(struct span bytes, struct age_header *ret_header,
                          struct why *ret_why)
{
    struct age_header header = { 0 };
    struct parser parser = {
        .bytes = span_part(bytes, 0, AGE_HEADER_SIZE_MAX),
        .cut = bytes.size > AGE_HEADER_SIZE_MAX,
        .header = &header,
        .why = ret_why,
    };
    struct span line;
    enum err rc;

    if (looks_armoured(bytes)) {
        return why_set(ret_why, ERR_UNSUPPORTED,
                       "this is an age file in ASCII armour, which is not "
                       "read here; take the armour off with another tool");
    }
    buf_init(&header.bodies, AGE_HEADER_SIZE_MAX);
    rc = take_line(&parser, &line);
    if (rc == ERR_OK && !span_is(line, AGE_VERSION_LINE)) {
        rc = malformed(&parser, "it is not \"" AGE_VERSION_LINE "\"");
    }
    if (rc == ERR_OK) {
        rc = parse_stanzas(&parser);
    }
    if (rc != ERR_OK) {
        age_header_done(&header);
        return rc;
    }
    header.bytes = span_part(bytes, 0, parser.offset);
    *ret_header = header;
    return ERR_OK;
}

void age_header_done(struct age_header *header)
{
    free(header->stanzas);
    header->stanzas = NULL;
    header->stanza_count = 0;
    buf_done(&header->bodies);
}

struct span age_header_body(const struct age_header *header,
                            const struct age_stanza *stanza)
{
    return span_part(buf_span(&header->bodies), stanza->body_offset,
                     stanza->body_size);
}

static void encode_stanza(struct buf *bytes, struct span line, struct span body)
{
    struct span part;
    size_t offset = 0;

    buf_put_str(bytes, "-> ");
    buf_put(bytes, line);
    buf_put_byte(bytes, '\n');
    do {
        part = span_part(body, offset, BODY_LINE_BYTES);
        buf_put_base64_raw(bytes, part);
        buf_put_byte(bytes, '\n');
        offset += part.size;
    } while (part.size == BODY_LINE_BYTES);
}

void age_header_encode(struct buf *bytes, const struct age_header *header)
{
    buf_put_str(bytes, AGE_VERSION_LINE "\n");
    for (size_t index = 0; index < header->stanza_count; index++) {
        const struct age_stanza *stanza = &header->stanzas[index];

        encode_stanza(bytes, stanza->line, age_header_body(header, stanza));
    }
    buf_put_str(bytes, "--- ");
    buf_put_base64_raw(bytes, span_of(header->mac, AGE_MAC_SIZE));
    buf_put_byte(bytes, '\n');
}

void age_mac(const uint8_t file_key[static AGE_FILE_KEY_SIZE],
             struct span covered, uint8_t ret_mac[static AGE_MAC_SIZE])
{
    uint8_t key[HKDF_SIZE];
    struct digest mac;

    hkdf_sha256(span_of(file_key, AGE_FILE_KEY_SIZE), span_of(NULL, 0),
                span_str("header"), key);
    mac = hmac_sha256(span_of(key, sizeof(key)), covered);
    memcpy(ret_mac, mac.bytes, AGE_MAC_SIZE);
    sodium_memzero(key, sizeof(key));
    sodium_memzero(&mac, sizeof(mac));
}

enum err age_header_verify(const struct age_header *header,
                           const uint8_t file_key[static AGE_FILE_KEY_SIZE])
{
    /* All before the space behind the three dashes. */
    struct span covered =
        span_part(header->bytes, 0, header->bytes.size - MAC_TEXT_SIZE - 2);
    uint8_t mac[AGE_MAC_SIZE];
    bool good;

    age_mac(file_key, covered, mac);
    good = sodium_memcmp(mac, header->mac, AGE_MAC_SIZE) == 0;
    /* The right MAC of a forged header must not lie about. */
    sodium_memzero(mac, sizeof(mac));
    return good ? ERR_OK : ERR_WRONG_SIGNATURE;
}
