/* SPDX-License-Identifier: Apache-2.0 */
#include "model/take.h"

#include "base/text.h"

uint64_t take_number(struct fields *fields, const char *what, uint64_t min,
                     uint64_t max)
{
    struct span text = fields_value(fields);
    uint64_t value = 0;

    if (fields->failed) {
        return 0;
    }
    if (decimal_parse(text, &value) != ERR_OK || value < min || value > max) {
        (void)fields_fail(fields, "\"%.*s\" is no %s", SHOWN(text), what);
        return 0;
    }
    return value;
}

uint64_t take_number_line(struct fields *fields, const char *keyword,
                          uint64_t min)
{
    struct span text;
    uint64_t value = 0;

    if (!fields_line(fields, keyword)) {
        return 0;
    }
    text = fields_value(fields);
    take_end(fields);
    if (fields->failed) {
        return 0;
    }
    if (decimal_parse(text, &value) != ERR_OK || value < min) {
        (void)fields_fail(fields, "%s: \"%.*s\" is no whole number%s", keyword,
                          SHOWN(text), min > 0 ? " of at least 1" : "");
        return 0;
    }
    return value;
}

void take_label(struct fields *fields, const char *what,
                struct label *ret_label)
{
    struct span text = fields_value(fields);

    if (!fields->failed && label_parse(text, ret_label) != ERR_OK) {
        (void)fields_fail(fields,
                          "\"%.*s\" is no label of a %s: a-z, 0-9 and -, at "
                          "most %d characters",
                          SHOWN(text), what, LABEL_SIZE_MAX);
    }
}

void take_cid(struct fields *fields, struct cid *ret_cid)
{
    struct span text = fields_value(fields);

    if (!fields->failed && cid_parse(text, ret_cid) != ERR_OK) {
        (void)fields_fail(fields, "\"%.*s\" is no consortium", SHOWN(text));
    }
}

void take_hex(struct fields *fields, void *ret_data, size_t size)
{
    struct span text = fields_value(fields);

    if (!fields->failed && hex_parse(text, ret_data, size) != ERR_OK) {
        (void)fields_fail(fields, "%zu digits 0-9 and a-f are due", size * 2);
    }
}

void take_digest(struct fields *fields, struct digest *ret_digest)
{
    take_hex(fields, ret_digest->bytes, sizeof(ret_digest->bytes));
}

void take_public_key(struct fields *fields, const char *what,
                     struct public_key *ret_key)
{
    struct span text = fields_value(fields);

    if (!fields->failed &&
        (base64_parse_fixed(text, ret_key->bytes, sizeof(ret_key->bytes)) !=
             ERR_OK ||
         !public_key_valid(ret_key))) {
        (void)fields_fail(fields, "the %s key is no Ed25519 key in base64",
                          what);
    }
}

void take_x25519_key(struct fields *fields, const char *what,
                     struct x25519_key *ret_key)
{
    struct span text = fields_value(fields);

    if (!fields->failed &&
        (base64_parse_fixed(text, ret_key->bytes, sizeof(ret_key->bytes)) !=
             ERR_OK ||
         !x25519_key_valid(ret_key))) {
        (void)fields_fail(fields, "the %s key is no X25519 key in base64",
                          what);
    }
}

void take_free_text(struct fields *fields, bool absent_allowed,
                    struct buf *ret_raw)
{
    struct span text = fields_rest(fields);

    if (fields->failed || (absent_allowed && span_is(text, "-"))) {
        return;
    }
    if (free_text_parse(text, ret_raw) != ERR_OK) {
        (void)fields_fail(fields, "this free text has another written form");
    }
}

void take_base64(struct fields *fields, struct buf *ret_bytes)
{
    struct span text = fields_value(fields);

    if (!fields->failed && base64_parse(text, ret_bytes) != ERR_OK) {
        (void)fields_fail(fields, "this is no base64");
    }
}

void take_end(struct fields *fields)
{
    if (!fields_line_end(fields)) {
        return; /* the failure stands in the fields */
    }
}
