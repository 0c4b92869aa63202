/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/checkpoint.h"

#include <string.h>

#include "base/text.h"
#include "ledger/merkle.h"

/* Take the next line, without its LF, from a text. */
static bool line_take(struct span *left, struct span *ret_line)
{
    const uint8_t *end = NULL;

    if (left->size > 0) {
        end = memchr(left->data, '\n', left->size);
    }
    if (end == NULL) {
        return false;
    }
    *ret_line = span_of(left->data, (size_t)(end - left->data));
    *left = span_part(*left, ret_line->size + 1, left->size);
    return true;
}

/* A key name of ours: no space, no '+', no control byte, and short. */
static bool origin_valid(struct span origin)
{
    if (origin.size == 0 || origin.size > NOTE_NAME_SIZE_MAX) {
        return false;
    }
    for (size_t index = 0; index < origin.size; index++) {
        uint8_t byte = origin.data[index];

        if (byte <= 0x20 || byte == '+' || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

enum err checkpoint_parse(struct span text, struct checkpoint *ret_checkpoint,
                          struct why *why)
{
    struct checkpoint checkpoint;
    struct span left = text;
    struct span line;

    memset(&checkpoint, 0, sizeof(checkpoint));
    if (!line_take(&left, &line) || !origin_valid(line)) {
        return why_set(why, ERR_MALFORMED,
                       "line 1 of the checkpoint is no origin");
    }
    memcpy(checkpoint.origin, line.data, line.size);
    if (!line_take(&left, &line) ||
        decimal_parse(line, &checkpoint.size) != ERR_OK) {
        return why_set(why, ERR_MALFORMED,
                       "line 2 of the checkpoint is no size");
    }
    if (!line_take(&left, &line) ||
        base64_parse_fixed(line, checkpoint.root.bytes, DIGEST_SIZE) !=
            ERR_OK) {
        return why_set(why, ERR_MALFORMED,
                       "line 3 of the checkpoint is no root");
    }
    if (left.size > 0) {
        return why_set(why, ERR_UNSUPPORTED,
                       "the checkpoint has extension lines");
    }
    if (checkpoint.size == 0) {
        struct digest empty;

        merkle_empty(&empty);
        if (!digest_equal(&checkpoint.root, &empty)) {
            return why_set(why, ERR_MALFORMED,
                           "size 0 does not have this root");
        }
    }
    *ret_checkpoint = checkpoint;
    return ERR_OK;
}

void checkpoint_format(struct buf *buf, const struct checkpoint *checkpoint)
{
    buf_put_str(buf, checkpoint->origin);
    buf_put_str(buf, "\n");
    buf_put_decimal(buf, checkpoint->size);
    buf_put_str(buf, "\n");
    buf_put_base64(buf, span_of(checkpoint->root.bytes, DIGEST_SIZE));
    buf_put_str(buf, "\n");
}

/* Is there a line of the ledger itself? */
static bool signed_by_origin(const struct note_matches *matches,
                             const struct note_key *keys, const char *origin)
{
    for (size_t index = 0; index < matches->count; index++) {
        const struct note_key *key = &keys[matches->matches[index].key];

        if (key->type == NOTE_KEY_ED25519 && strcmp(key->name, origin) == 0) {
            return true;
        }
    }
    return false;
}

enum err checkpoint_open(struct span bytes, const struct note_key *keys,
                         size_t key_count, struct note *ret_note,
                         struct note_matches *ret_matches,
                         struct checkpoint *ret_checkpoint, struct why *why)
{
    struct checkpoint checkpoint;
    struct note_matches matches;
    struct note note;
    enum err err = note_parse(bytes, NOTE_SIZE_MAX, &note, why);

    if (err == ERR_OK) {
        err = note_verify(&note, keys, key_count, &matches, why);
    }
    if (err == ERR_OK) {
        err = checkpoint_parse(note.text, &checkpoint, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (!signed_by_origin(&matches, keys, checkpoint.origin)) {
        return why_set(why, ERR_WRONG_SIGNATURE,
                       "the checkpoint has no signature of %s",
                       checkpoint.origin);
    }
    *ret_note = note;
    *ret_matches = matches;
    *ret_checkpoint = checkpoint;
    return ERR_OK;
}
