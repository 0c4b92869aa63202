/* SPDX-License-Identifier: Apache-2.0 */
#include "model/id.h"

#include <string.h>

#include "base/check.h"

#define CID_HEX_SIZE 16
#define LID_TEXT_SIZE (2 * LID_SIZE)

_Static_assert(CID_SIZE - 1 + 1 + LABEL_SIZE_MAX + 1 + LID_TEXT_SIZE <
                   ORIGIN_TEXT_SIZE,
               "every origin fits");
_Static_assert(ORIGIN_TEXT_SIZE - 1 <= NOTE_NAME_SIZE_MAX,
               "an origin is the name of a key");

struct block_id block_id_from_digest(const struct digest *digest)
{
    struct block_id id;

    memcpy(id.bytes, digest->bytes, sizeof(id.bytes));
    return id;
}

struct payload_root payload_root_from_digest(const struct digest *digest)
{
    struct payload_root root;

    memcpy(root.bytes, digest->bytes, sizeof(root.bytes));
    return root;
}

struct header_id header_id_from_digest(const struct digest *digest)
{
    struct header_id id;

    memcpy(id.bytes, digest->bytes, sizeof(id.bytes));
    return id;
}

struct digest block_id_digest(const struct block_id *id)
{
    struct digest digest;

    memcpy(digest.bytes, id->bytes, sizeof(digest.bytes));
    return digest;
}

struct digest payload_root_digest(const struct payload_root *root)
{
    struct digest digest;

    memcpy(digest.bytes, root->bytes, sizeof(digest.bytes));
    return digest;
}

struct digest header_id_digest(const struct header_id *id)
{
    struct digest digest;

    memcpy(digest.bytes, id->bytes, sizeof(digest.bytes));
    return digest;
}

struct block_id block_id_of_header(const struct header_id *id)
{
    struct digest digest = header_id_digest(id);

    return block_id_from_digest(&digest);
}

enum err block_id_parse(struct span text, struct block_id *ret_id)
{
    return hex_parse(text, ret_id->bytes, sizeof(ret_id->bytes));
}

enum err payload_root_parse(struct span text, struct payload_root *ret_root)
{
    return hex_parse(text, ret_root->bytes, sizeof(ret_root->bytes));
}

enum err header_id_parse(struct span text, struct header_id *ret_id)
{
    return hex_parse(text, ret_id->bytes, sizeof(ret_id->bytes));
}

/* Fill a text field of `room` bytes; the rest of it becomes 0. The text may be
 * that of the field itself. */
static void text_fill(char *field, size_t room, struct span text)
{
    CHECK(text.size < room);
    memmove(field, text.data, text.size);
    memset(field + text.size, 0, room - text.size);
}

enum err label_parse(struct span text, struct label *ret_label)
{
    if (!label_valid(text)) {
        return ERR_MALFORMED;
    }
    text_fill(ret_label->text, sizeof(ret_label->text), text);
    return ERR_OK;
}

void cid_make(const struct label *consortium, const struct digest *identity,
              struct cid *ret_cid)
{
    size_t size = strlen(consortium->text);
    struct cid cid = { { 0 } };

    memcpy(cid.text, consortium->text, size);
    cid.text[size] = '-';
    hex_format(cid.text + size + 1, identity->bytes, CID_HEX_SIZE / 2);
    *ret_cid = cid;
}

/* LABEL-16hex? */
static bool cid_valid(struct span text)
{
    uint8_t digits[CID_HEX_SIZE / 2];
    size_t label_size;

    if (text.size < 1 + 1 + CID_HEX_SIZE) {
        return false;
    }
    label_size = text.size - 1 - CID_HEX_SIZE;
    return label_valid(span_part(text, 0, label_size)) &&
           text.data[label_size] == '-' &&
           hex_parse(span_part(text, label_size + 1, CID_HEX_SIZE), digits,
                     sizeof(digits)) == ERR_OK;
}

enum err cid_parse(struct span text, struct cid *ret_cid)
{
    if (!cid_valid(text)) {
        return ERR_MALFORMED;
    }
    text_fill(ret_cid->text, sizeof(ret_cid->text), text);
    return ERR_OK;
}

void origin_make(const struct cid *cid, const struct label *node,
                 const struct lid *lid, struct origin *ret_origin)
{
    char text[ORIGIN_TEXT_SIZE] = { 0 };
    size_t cid_size = strlen(cid->text);
    size_t node_size = strlen(node->text);
    char *at = text;

    memcpy(at, cid->text, cid_size);
    at += cid_size;
    *at++ = '/';
    memcpy(at, node->text, node_size);
    at += node_size;
    *at++ = '/';
    hex_format(at, lid->bytes, sizeof(lid->bytes));
    memcpy(ret_origin->text, text, sizeof(text));
}

/* The part up to the next '/', or all when there is none. */
static struct span part_take(struct span *left)
{
    const uint8_t *slash = NULL;
    struct span part = *left;

    if (left->size > 0) {
        slash = memchr(left->data, '/', left->size);
    }
    if (slash != NULL) {
        part.size = (size_t)(slash - left->data);
        *left = span_part(*left, part.size + 1, left->size);
    } else {
        *left = span_of(NULL, 0);
    }
    return part;
}

enum err origin_parse(struct span text, struct origin *ret_origin)
{
    struct span left = text;
    struct span cid = part_take(&left);
    struct span node = part_take(&left);
    struct lid lid;

    if (!cid_valid(cid) || !label_valid(node) ||
        hex_parse(left, lid.bytes, sizeof(lid.bytes)) != ERR_OK) {
        return ERR_MALFORMED;
    }
    text_fill(ret_origin->text, sizeof(ret_origin->text), text);
    return ERR_OK;
}

struct span origin_cid(const struct origin *origin)
{
    struct span left = origin_span(origin);

    return part_take(&left);
}

struct span origin_node(const struct origin *origin)
{
    struct span left = origin_span(origin);

    (void)part_take(&left);
    return part_take(&left);
}

struct span origin_lid(const struct origin *origin)
{
    struct span left = origin_span(origin);

    (void)part_take(&left);
    (void)part_take(&left);
    return left;
}

void origin_cid_copy(const struct origin *origin, struct cid *ret_cid)
{
    text_fill(ret_cid->text, sizeof(ret_cid->text), origin_cid(origin));
}

void origin_node_copy(const struct origin *origin, struct label *ret_node)
{
    text_fill(ret_node->text, sizeof(ret_node->text), origin_node(origin));
}

bool origin_in(const struct origin *origin, const struct cid *cid)
{
    return span_is(origin_cid(origin), cid->text);
}

bool origin_of_node(const struct origin *origin, const struct cid *cid,
                    const struct label *node)
{
    return origin_in(origin, cid) && span_is(origin_node(origin), node->text);
}

void key_of_ledger(const struct origin *origin,
                   const uint8_t public_key[static 32],
                   struct note_key *ret_key)
{
    struct note_key key;
    enum err err =
        note_key_init(&key, origin->text, NOTE_KEY_ED25519, public_key);

    CHECK(err == ERR_OK); /* every origin is a valid name */
    *ret_key = key;
}
