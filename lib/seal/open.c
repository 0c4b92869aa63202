/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/open.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/age_header.h"
#include "crypto/age_padding.h"
#include "crypto/age_stream.h"
#include "crypto/secret.h"
#include "model/padme.h"

/* Behind the age header. */
#define NONCES_SIZE (2 * AGE_NONCE_SIZE)

/* ---- The header object --------------------------------------------------- */

void item_free(struct item *item)
{
    if (item == NULL) {
        return;
    }
    metadata_done(&item->metadata);
    buf_wipe(&item->padded);
    buf_done(&item->object);
    secret_free(item->file_key);
    free(item);
}

/* The first thing that went wrong is the one that is told. */
static void fail(struct item *item, enum item_check check,
                 const struct why *why)
{
    if (item->failed == 0) {
        item->why = *why;
    }
    item->failed |= item_check_bit(check);
}

/* Decrypt the metadata's chunks into item->padded. */
static enum err open_chunks(struct item *item, struct span sealed,
                            const uint8_t *nonce)
{
    struct age_stream stream;
    enum err err = age_stream_init(&stream, secret_data(item->file_key), nonce);

    if (err != ERR_OK) {
        return err;
    }
    if (sealed.size == 0) {
        err = ERR_CORRUPT;
    }
    for (uint64_t chunk = 0; err == ERR_OK && sealed.size > 0; chunk++) {
        struct span part = span_part(sealed, 0, SLICE_SIZE);
        uint8_t *at;

        sealed = span_part(sealed, part.size, sealed.size);
        if (part.size < AEAD_TAG_SIZE) {
            err = ERR_CORRUPT;
            break;
        }
        at = buf_extend(&item->padded, part.size - AEAD_TAG_SIZE);
        err = at == NULL
                  ? item->padded.err
                  : age_stream_open(&stream, chunk, sealed.size == 0, part, at);
    }
    age_stream_done(&stream);
    return err;
}

/* From the decrypted note to the fields. What fails is named in the item. */
static enum err read_metadata(struct item *item)
{
    struct why why = { .text = "" };
    struct span text;
    enum err err = metadata_unpad(buf_span(&item->padded), &item->note);

    if (err != ERR_OK || metadata_note_text(item->note, &text) != ERR_OK) {
        (void)why_set(&why, ERR_MALFORMED,
                      "the sealed description is no padded note");
        fail(item, ITEM_HEADER, &why);
        return ERR_OK;
    }
    err = metadata_parse(text, &item->metadata, &why);
    if (err == ERR_NO_MEMORY) {
        return err;
    }
    if (err != ERR_OK) {
        fail(item, ITEM_METADATA, &why);
        return ERR_OK;
    }
    item->has_metadata = true;
    err = metadata_verify(&item->metadata, item->note, &why);
    if (err != ERR_OK && err != ERR_NO_MEMORY) {
        fail(item, ITEM_SIGNATURE, &why);
        err = ERR_OK;
    }
    return err;
}

/* All that needs only the file key. */
static enum err open_rest(struct item *item)
{
    struct span rest = span_part(buf_span(&item->object), item->age_header_size,
                                 item->object.size);
    const uint8_t *metadata_nonce = rest.data + AGE_NONCE_SIZE;
    struct why why = { .text = "" };
    enum err err;

    memcpy(item->payload_nonce, rest.data, AGE_NONCE_SIZE);
    err = header_name(buf_span(&item->object), &item->id);
    if (err != ERR_OK) {
        return err;
    }
    err = open_chunks(item, span_part(rest, NONCES_SIZE, rest.size),
                      metadata_nonce);
    if (err == ERR_CORRUPT) {
        (void)why_set(&why, err, "the sealed description is damaged");
        fail(item, ITEM_HEADER, &why);
        return ERR_OK;
    }
    return err == ERR_OK ? read_metadata(item) : err;
}

/* An item with the object's bytes in it. */
static enum err item_new(struct span object, size_t age_header_size,
                         const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                         struct item **ret_item)
{
    struct item *item = calloc(1, sizeof(*item));

    if (item == NULL) {
        return ERR_NO_MEMORY;
    }
    buf_init(&item->object, HEADER_SIZE_MAX);
    buf_init(&item->padded, HEADER_SIZE_MAX);
    buf_put(&item->object, object);
    item->age_header_size = age_header_size;
    item->file_key = secret_copy(span_of(file_key, AGE_FILE_KEY_SIZE));
    if (item->file_key == NULL || buf_failed(&item->object)) {
        item_free(item);
        return ERR_NO_MEMORY;
    }
    *ret_item = item;
    return ERR_OK;
}

/* Parse the age header, and demand that something follows it. */
static enum err parse_object(struct span object, struct age_header *ret_header,
                             struct why *ret_why)
{
    enum err err;

    if (object.size > HEADER_SIZE_MAX) {
        return why_set(ret_why, ERR_TOO_BIG,
                       "a header object has at most %d bytes", HEADER_SIZE_MAX);
    }
    err = age_header_parse(object, ret_header, ret_why);
    if (err == ERR_OK && object.size - ret_header->bytes.size < NONCES_SIZE) {
        age_header_done(ret_header);
        err = why_set(ret_why, ERR_MALFORMED, "the header object is cut off");
    }
    return err;
}

static enum err open_parsed(struct span object, const struct age_header *header,
                            const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                            struct item **ret_item, struct why *ret_why)
{
    struct item *item = NULL;
    enum err err = age_header_verify(header, file_key);

    if (err != ERR_OK) {
        return why_set(ret_why, err,
                       "the header was changed: its MAC is wrong");
    }
    err = item_new(object, header->bytes.size, file_key, &item);
    if (err == ERR_OK) {
        err = open_rest(item);
    }
    if (err != ERR_OK) {
        item_free(item);
        return why_set(ret_why, err, "%s", err_text(err));
    }
    *ret_item = item;
    return ERR_OK;
}

enum err item_open(struct span object, const struct age_identity *identities,
                   size_t identity_count, struct item **ret_item,
                   struct why *ret_why)
{
    struct age_header header;
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    enum err err = parse_object(object, &header, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    err = age_header_unwrap(&header, identities, identity_count, file_key,
                            ret_why);
    if (err == ERR_OK) {
        err = open_parsed(object, &header, file_key, ret_item, ret_why);
    }
    secret_wipe(file_key, sizeof(file_key));
    age_header_done(&header);
    return err;
}

enum err item_open_with_key(struct span object,
                            const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                            struct item **ret_item, struct why *ret_why)
{
    struct age_header header;
    enum err err = parse_object(object, &header, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    err = open_parsed(object, &header, file_key, ret_item, ret_why);
    age_header_done(&header);
    return err;
}

/* ---- Sizes and exports --------------------------------------------------- */

uint64_t item_padded_size(const struct item *item)
{
    uint64_t padded;

    CHECK(item->has_metadata);
    /* metadata_parse() took no L that has no P. */
    CHECK(payload_padded_size(item->metadata.sealed_size, &padded) == ERR_OK);
    return padded;
}

uint64_t item_block_count(const struct item *item)
{
    return payload_block_count(item_padded_size(item));
}

void item_export_head(const struct item *item, struct buf *to)
{
    buf_put(to, span_part(buf_span(&item->object), 0,
                          item->age_header_size + AGE_NONCE_SIZE));
}

void item_export_metadata(const struct item *item, struct buf *to)
{
    struct span object = buf_span(&item->object);

    buf_put(to, span_part(object, 0, item->age_header_size));
    buf_put(to, span_part(object, item->age_header_size + AGE_NONCE_SIZE,
                          object.size));
}

size_t item_export_size(const struct item *item, uint64_t index)
{
    uint64_t start = index * BLOCK_SIZE_MAX;
    uint64_t size = item->metadata.sealed_size;

    CHECK(item->has_metadata);
    if (start >= size) {
        return 0;
    }
    return size - start < BLOCK_SIZE_MAX ? (size_t)(size - start)
                                         : BLOCK_SIZE_MAX;
}

/* ---- Blocks -------------------------------------------------------------- */

struct opener {
    struct age_stream stream;
    struct age_padding padding;
    uint64_t sealed_size;
    uint64_t padded_size;
    uint64_t chunk_count;
    bool started;
};

enum err opener_new(struct opener **ret_opener)
{
    static const uint8_t no_key[AGE_FILE_KEY_SIZE];
    static const uint8_t no_nonce[AGE_NONCE_SIZE];
    struct opener *opener = calloc(1, sizeof(*opener));
    enum err err;

    if (opener == NULL) {
        return ERR_NO_MEMORY;
    }
    err = age_stream_init(&opener->stream, no_key, no_nonce);
    if (err != ERR_OK) {
        free(opener);
        return err;
    }
    *ret_opener = opener;
    return ERR_OK;
}

void opener_free(struct opener *opener)
{
    if (opener == NULL) {
        return;
    }
    age_stream_done(&opener->stream);
    age_padding_done(&opener->padding);
    free(opener);
}

void opener_start_kept(struct opener *opener,
                       const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                       const uint8_t payload_nonce[static AGE_NONCE_SIZE],
                       uint64_t size)
{
    /* metadata_parse() took no size that has no L and no P. */
    CHECK(payload_sealed_size(size, &opener->sealed_size) == ERR_OK);
    CHECK(payload_padded_size(opener->sealed_size, &opener->padded_size) ==
          ERR_OK);
    age_stream_set_key(&opener->stream, file_key, payload_nonce);
    age_padding_init(&opener->padding, file_key, payload_nonce);
    opener->chunk_count = age_stream_chunk_count(size);
    opener->started = true;
}

void opener_start(struct opener *opener, const struct item *item)
{
    CHECK(item->has_metadata);
    opener_start_kept(opener, secret_data(item->file_key), item->payload_nonce,
                      item->metadata.size);
}

/* The chunks at the beginning of a block. */
static enum err open_block_chunks(struct opener *opener, uint64_t index,
                                  struct span sealed, uint8_t *ret_plain,
                                  size_t *ret_size)
{
    uint64_t chunk = index * BLOCK_SLICES;
    size_t size = 0;

    while (sealed.size > 0) {
        struct span part = span_part(sealed, 0, SLICE_SIZE);
        enum err err = age_stream_open(&opener->stream, chunk,
                                       chunk + 1 == opener->chunk_count, part,
                                       ret_plain + size);

        if (err != ERR_OK) {
            return err;
        }
        size += part.size - AEAD_TAG_SIZE;
        sealed = span_part(sealed, part.size, sealed.size);
        chunk++;
    }
    *ret_size = size;
    return ERR_OK;
}

/* Is this the padding from `offset` on? */
static bool padding_good(const struct opener *opener, uint64_t offset,
                         struct span bytes)
{
    uint8_t expected[4096];

    while (bytes.size > 0) {
        struct span part = span_part(bytes, 0, sizeof(expected));

        age_padding_make(&opener->padding, offset, expected, part.size);
        if (memcmp(part.data, expected, part.size) != 0) {
            return false;
        }
        offset += part.size;
        bytes = span_part(bytes, part.size, bytes.size);
    }
    return true;
}

enum err opener_block(struct opener *opener, uint64_t index, struct span block,
                      uint8_t *ret_plain, size_t *ret_size,
                      item_checks *io_failed)
{
    uint64_t start = index * BLOCK_SIZE_MAX;
    size_t sealed_size = 0;
    size_t size = 0;
    size_t block_size;
    enum err err;

    CHECK(opener->started);
    if (index >= payload_block_count(opener->padded_size)) {
        return ERR_RANGE;
    }
    block_size = payload_block_size(opener->padded_size, index);
    if (start < opener->sealed_size) {
        sealed_size = opener->sealed_size - start < BLOCK_SIZE_MAX
                          ? (size_t)(opener->sealed_size - start)
                          : BLOCK_SIZE_MAX;
    }
    if (block.size != block_size) {
        *io_failed |= item_check_bit(ITEM_LENGTH);
    }
    if (block.size < sealed_size) {
        *io_failed |= item_check_bit(ITEM_CHUNK);
        return ERR_CORRUPT;
    }
    err = open_block_chunks(opener, index, span_part(block, 0, sealed_size),
                            ret_plain, &size);
    if (err != ERR_OK) {
        *io_failed |= item_check_bit(ITEM_CHUNK);
        return err;
    }
    if (!padding_good(
            opener, start + sealed_size - opener->sealed_size,
            span_part(block, sealed_size, block_size - sealed_size))) {
        *io_failed |= item_check_bit(ITEM_PADDING);
    }
    *ret_size = size;
    return ERR_OK;
}
