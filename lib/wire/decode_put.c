/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.pb-c.h"
#include "wire/decode_parts.h"

bool decode_put_notes(struct decoder *decoder, const void *from,
                      struct msg_put_notes *to)
{
    const Holdfast__PutNotes *put = from;

    to->count = put->n_refs;
    if (put->n_refs == 0 || put->n_refs != put->n_sizes ||
        !decode_refs(decoder, put->refs, put->n_refs, &to->refs) ||
        !decode_sized(decoder, put->sizes, put->n_sizes, &to->notes)) {
        return false;
    }
    for (size_t i = 0; i < to->count; i++) {
        if (to->notes[i].size == 0) {
            return false;
        }
    }
    return true;
}

bool decode_put_blocks(struct decoder *decoder, const void *from,
                       struct msg_put_blocks *to)
{
    const Holdfast__PutBlocks *put = from;

    if (put->names.len != 32 * put->n_sizes ||
        put->n_sizes + put->n_pages == 0) {
        return false;
    }
    to->names = (const struct block_id *)put->names.data;
    to->count = put->n_sizes;
    to->pages_count = put->n_pages;
    return decode_sized(decoder, put->sizes, put->n_sizes, &to->blocks) &&
           decode_pages(decoder, put->pages, put->n_pages, &to->pages) &&
           !decoder->raw.failed;
}

bool decode_put_reply(const void *from, struct msg_put_reply *to)
{
    const Holdfast__PutReply *reply = from;

    to->results = reply->results.data;
    to->count = reply->results.len;
    to->size = reply->size;
    return true; /* a result of a newer release is a refusal */
}
