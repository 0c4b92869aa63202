/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/proof.h"

#include <string.h>

#include "base/fields.h"
#include "base/text.h"
#include "ledger/merkle.h"

static enum err extra_parse(struct fields *fields, struct proof *proof)
{
    struct buf decoded;
    enum err err;

    proof->has_extra = fields_next_is(fields, "extra");
    if (!proof->has_extra) {
        return ERR_OK;
    }
    if (!fields_line(fields, "extra")) {
        return ERR_MALFORMED;
    }
    proof->extra = fields_value(fields);
    if (!fields_line_end(fields)) {
        return ERR_MALFORMED;
    }
    buf_init(&decoded, PROOF_SIZE_MAX);
    err = base64_parse(proof->extra, &decoded);
    buf_done(&decoded);
    return err == ERR_MALFORMED ? fields_fail(fields, "\"extra\" is not base64")
                                : err;
}

/* Path lines up to the empty line, which is taken too; the rest is the note.
 * They are no keyword lines, so the lines are cut here. */
static enum err path_parse(struct span left, struct proof *proof,
                           struct why *why)
{
    proof->path_count = 0;
    for (;;) {
        const uint8_t *end = NULL;
        struct span line;

        if (left.size > 0) {
            end = memchr(left.data, '\n', left.size);
        }
        if (end == NULL) {
            return why_set(why, ERR_MALFORMED,
                           "the proof has no empty line before its note");
        }
        line = span_of(left.data, (size_t)(end - left.data));
        left = span_part(left, line.size + 1, left.size);
        if (line.size == 0) {
            break;
        }
        if (proof->path_count == TREE_PATH_MAX) {
            return why_set(why, ERR_MALFORMED,
                           "the proof has more than %d hashes", TREE_PATH_MAX);
        }
        if (base64_parse_fixed(line, proof->path[proof->path_count].bytes,
                               DIGEST_SIZE) != ERR_OK) {
            return why_set(why, ERR_MALFORMED,
                           "hash %zu of the proof is not 32 bytes in base64",
                           proof->path_count + 1);
        }
        proof->path_count++;
    }
    proof->note = left;
    return ERR_OK;
}

enum err proof_parse(struct span bytes, struct proof *ret_proof,
                     struct why *why)
{
    struct proof proof;
    struct note note;
    struct fields fields;
    enum err err;

    if (bytes.size > PROOF_SIZE_MAX) {
        return why_set(why, ERR_TOO_BIG,
                       "the proof has %zu bytes, more than %d", bytes.size,
                       PROOF_SIZE_MAX);
    }
    memset(&proof, 0, sizeof(proof));
    fields_init(&fields, bytes, why);
    if (!fields_line(&fields, PROOF_LINE_1) || !fields_line_end(&fields)) {
        return ERR_MALFORMED;
    }
    err = extra_parse(&fields, &proof);
    if (err != ERR_OK) {
        return err;
    }
    if (!fields_line(&fields, "index")) {
        return ERR_MALFORMED;
    }
    if (decimal_parse(fields_value(&fields), &proof.index) != ERR_OK) {
        return fields_fail(&fields, "the index is no number below 2^63");
    }
    if (!fields_line_end(&fields)) {
        return ERR_MALFORMED;
    }
    err = path_parse(fields.left, &proof, why);
    if (err == ERR_OK) {
        err = note_parse(proof.note, NOTE_SIZE_MAX, &note, why);
    }
    if (err == ERR_OK) {
        *ret_proof = proof;
    }
    return err;
}

void proof_format(struct buf *buf, const struct proof *proof)
{
    buf_put_str(buf, PROOF_LINE_1 "\n");
    if (proof->has_extra) {
        buf_put_str(buf, "extra ");
        buf_put(buf, proof->extra);
        buf_put_str(buf, "\n");
    }
    buf_put_str(buf, "index ");
    buf_put_decimal(buf, proof->index);
    buf_put_str(buf, "\n");
    for (size_t index = 0; index < proof->path_count; index++) {
        buf_put_base64(buf, span_of(proof->path[index].bytes, DIGEST_SIZE));
        buf_put_str(buf, "\n");
    }
    buf_put_str(buf, "\n");
    buf_put(buf, proof->note);
}

enum err proof_verify(const struct proof *proof, const struct digest *leaf_hash,
                      const struct note_key *keys, size_t key_count,
                      struct proof_result *ret_result, struct why *why)
{
    struct proof_result result;
    enum err err = checkpoint_open(proof->note, keys, key_count, &result.note,
                                   &result.matches, &result.checkpoint, why);

    if (err != ERR_OK) {
        return err;
    }
    err = merkle_verify_inclusion(leaf_hash, proof->index,
                                  result.checkpoint.size, proof->path,
                                  proof->path_count, &result.checkpoint.root);
    if (err != ERR_OK) {
        return why_set(why, ERR_WRONG_HASH,
                       "the path does not lead from leaf %llu to the root of "
                       "size %llu",
                       (unsigned long long)proof->index,
                       (unsigned long long)result.checkpoint.size);
    }
    *ret_result = result;
    return ERR_OK;
}
