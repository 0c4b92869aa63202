/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/deposit.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/age_padding.h"
#include "crypto/age_stream.h"
#include "crypto/secret.h"
#include "model/metadata.h"
#include "model/padme.h"

struct sealer {
    struct age_stream stream;
    struct age_padding padding;
    struct deposit_plan plan;
    bool started;
};

enum err deposit_plan(uint64_t size, struct deposit_plan *ret_plan)
{
    struct deposit_plan plan = { .size = size };
    enum err err = payload_sealed_size(size, &plan.sealed_size);

    if (err == ERR_OK) {
        err = payload_padded_size(plan.sealed_size, &plan.padded_size);
    }
    if (err != ERR_OK) {
        return err;
    }
    plan.block_count = payload_block_count(plan.padded_size);
    *ret_plan = plan;
    return ERR_OK;
}

size_t deposit_block_plain_size(const struct deposit_plan *plan, uint64_t index)
{
    uint64_t start = index * BLOCK_PLAIN_SIZE;

    if (start >= plan->size) {
        return 0;
    }
    return plan->size - start < BLOCK_PLAIN_SIZE ? (size_t)(plan->size - start)
                                                 : BLOCK_PLAIN_SIZE;
}

enum err sealer_new(struct sealer **ret_sealer)
{
    static const uint8_t no_key[AGE_FILE_KEY_SIZE];
    static const uint8_t no_nonce[AGE_NONCE_SIZE];
    struct sealer *sealer = calloc(1, sizeof(*sealer));
    enum err err;

    if (sealer == NULL) {
        return ERR_NO_MEMORY;
    }
    err = age_stream_init(&sealer->stream, no_key, no_nonce);
    if (err != ERR_OK) {
        sealer_free(sealer);
        return err;
    }
    *ret_sealer = sealer;
    return ERR_OK;
}

void sealer_free(struct sealer *sealer)
{
    if (sealer == NULL) {
        return;
    }
    age_stream_done(&sealer->stream);
    age_padding_done(&sealer->padding);
    free(sealer);
}

void sealer_start(struct sealer *sealer, const struct deposit_plan *plan,
                  const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                  const uint8_t payload_nonce[static AGE_NONCE_SIZE])
{
    sealer->plan = *plan;
    age_stream_set_key(&sealer->stream, file_key, payload_nonce);
    age_padding_init(&sealer->padding, file_key, payload_nonce);
    sealer->started = true;
}

/* The chunks of block `index`; returns their bytes. The last chunk of the file
 * is flagged; an empty file has one empty chunk. */
static size_t seal_chunks(struct sealer *sealer, uint64_t index,
                          struct span plain, uint8_t *block)
{
    uint64_t chunk_count = age_stream_chunk_count(sealer->plan.size);
    uint64_t chunk = index * BLOCK_SLICES;
    size_t size = 0;

    for (; chunk < chunk_count && chunk < (index + 1) * BLOCK_SLICES; chunk++) {
        struct span part = span_part(plain, 0, CHUNK_SIZE);

        age_stream_seal(&sealer->stream, chunk, chunk + 1 == chunk_count, part,
                        block + size);
        size += part.size + AEAD_TAG_SIZE;
        plain = span_part(plain, part.size, plain.size);
    }
    return size;
}

enum err sealer_block(struct sealer *sealer, uint64_t index, struct span plain,
                      uint8_t *ret_block, size_t *ret_size,
                      struct block_id *ret_name)
{
    const struct deposit_plan *plan = &sealer->plan;
    struct block_id name;
    size_t size;
    size_t used;
    enum err err;

    CHECK(sealer->started);
    if (index >= plan->block_count ||
        plain.size != deposit_block_plain_size(plan, index)) {
        return ERR_RANGE;
    }
    size = payload_block_size(plan->padded_size, index);
    used = seal_chunks(sealer, index, plain, ret_block);
    CHECK(used <= size);
    if (used < size) {
        age_padding_make(&sealer->padding,
                         index * BLOCK_SIZE_MAX + used - plan->sealed_size,
                         ret_block + used, size - used);
    }
    err = block_name(span_of(ret_block, size), &name);
    if (err != ERR_OK) {
        return err;
    }
    *ret_size = size;
    *ret_name = name;
    return ERR_OK;
}

/* ---- The header object --------------------------------------------------- */

static bool recipient_twice(const struct deposit_header *header)
{
    for (size_t a = 0; a < header->recipient_count; a++) {
        for (size_t b = 0; b < a; b++) {
            if (age_recipient_equal(&header->recipients[a],
                                    &header->recipients[b])) {
                return true;
            }
        }
    }
    return false;
}

/* Append the note, padded and sealed. */
static enum err put_metadata(struct sealer *sealer,
                             const struct deposit_header *header,
                             struct buf *object)
{
    struct buf padded;
    struct span left;
    enum err err = ERR_OK;

    buf_init(&padded, HEADER_SIZE_MAX);
    buf_put(&padded, header->note);
    metadata_pad(&padded);
    if (buf_failed(&padded)) {
        err = padded.err;
        buf_wipe(&padded);
        return err;
    }
    left = buf_span(&padded);
    age_stream_set_key(&sealer->stream, header->file_key,
                       header->metadata_nonce);
    for (uint64_t chunk = 0; left.size > 0; chunk++) {
        struct span part = span_part(left, 0, CHUNK_SIZE);
        uint8_t *at = buf_extend(object, part.size + AEAD_TAG_SIZE);

        if (at == NULL) {
            err = object->err;
            break;
        }
        left = span_part(left, part.size, left.size);
        age_stream_seal(&sealer->stream, chunk, left.size == 0, part, at);
    }
    buf_wipe(&padded);
    return err;
}

enum err deposit_header_build(struct sealer *sealer,
                              const struct deposit_header *header,
                              struct buf *ret_object, struct header_id *ret_id)
{
    struct buf object;
    struct header_id id;
    enum err err;

    if (header->recipient_count == 0 || header->note.size == 0 ||
        recipient_twice(header)) {
        return ERR_RANGE;
    }
    sealer->started = false; /* its key is now the metadata's */
    buf_init(&object, HEADER_SIZE_MAX);
    err = age_header_seal(&object, header->file_key, header->recipients,
                          header->ephemerals, header->recipient_count);
    if (err == ERR_OK) {
        buf_put_data(&object, header->payload_nonce, AGE_NONCE_SIZE);
        buf_put_data(&object, header->metadata_nonce, AGE_NONCE_SIZE);
        err = object.err;
    }
    if (err == ERR_OK) {
        err = put_metadata(sealer, header, &object);
    }
    if (err == ERR_OK) {
        err = header_name(buf_span(&object), &id);
    }
    if (err == ERR_OK) {
        buf_put(ret_object, buf_span(&object));
        err = ret_object->err;
    }
    if (err == ERR_OK) {
        *ret_id = id;
    }
    buf_done(&object);
    return err;
}
