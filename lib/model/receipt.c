/* SPDX-License-Identifier: Apache-2.0 */
#include "model/receipt.h"

#include <string.h>

#include "base/fields.h"
#include "base/text.h"
#include "model/roster_chain.h"
#include "model/x_lines.h"

#define RECEIPT_LINE_1 "holdfast receipt 1\n"
/* Everything before the proof: the record in base64, and x lines. */
#define RECEIPT_HEAD_SIZE_MAX (2 * LEAF_SIZE_MAX + 16384)
#define RECEIPT_SIZE_MAX (RECEIPT_HEAD_SIZE_MAX + PROOF_SIZE_MAX)

/* This receipt: up to the next line that begins one. */
static struct span receipt_cut(struct span file)
{
    size_t size = strlen(RECEIPT_LINE_1);
    const uint8_t *end = NULL;

    for (size_t at = 1; at + size <= file.size; at++) {
        end = memchr(file.data + at, 'h', file.size - size - at + 1);
        if (end == NULL) {
            break;
        }
        at = (size_t)(end - file.data);
        if (file.data[at - 1] == '\n' &&
            memcmp(end, RECEIPT_LINE_1, size) == 0) {
            return span_part(file, 0, at);
        }
    }
    return file;
}

static void head_format(struct buf *buf, const struct digest *roster,
                        struct span leaf)
{
    buf_put_str(buf, RECEIPT_LINE_1 "roster ");
    buf_put_hex(buf, roster->bytes, DIGEST_SIZE);
    buf_put_str(buf, "\nrecord ");
    buf_put_base64(buf, leaf);
    buf_put_str(buf, "\n");
}

enum err receipt_format(struct buf *buf, const struct digest *roster,
                        struct span leaf, const struct proof *proof)
{
    head_format(buf, roster, leaf);
    proof_format(buf, proof);
    return buf->err;
}

void receipt_format_pending(struct buf *buf, const struct deposit *deposit)
{
    buf_put_str(buf, RECEIPT_LINE_1 "pending\n");
    deposit_format(buf, deposit);
}

/* Is this what we would write? The proof has one form only, by its parser. */
static bool text_is_same(const struct receipt *receipt)
{
    struct buf text;
    bool same;

    buf_init(&text, RECEIPT_SIZE_MAX);
    if (receipt->is_pending) {
        receipt_format_pending(&text, &receipt->deposit);
    } else {
        head_format(&text, &receipt->roster,
                    span_of(receipt->leaf, receipt->leaf_size));
    }
    buf_put(&text, receipt->x_lines);
    buf_put(&text, receipt->proof);
    same = !buf_failed(&text) && span_equal(buf_span(&text), receipt->bytes);
    buf_done(&text);
    return same;
}

static enum err pending_parse(struct fields *fields, struct receipt *receipt)
{
    receipt->is_pending = true;
    if (!fields_line(fields, "pending") || !fields_line_end(fields) ||
        !deposit_parse(fields, &receipt->deposit)) {
        return ERR_MALFORMED;
    }
    receipt->x_lines = x_lines_take(fields);
    return fields_finish(fields);
}

/* The leaf, which must be a deposit or carry one. */
static enum err leaf_parse(struct receipt *receipt, struct why *why)
{
    struct span leaf = span_of(receipt->leaf, receipt->leaf_size);
    struct record record;
    struct record inner;
    const struct record *deposit = &record;
    enum err err = record_parse(leaf, &record, why);

    if (err == ERR_OK && record.kind == RECORD_CARRIED) {
        err = record_parse_carried(&record, &inner, why);
        deposit = &inner;
    }
    if (err != ERR_OK) {
        return why_prefix(why, err, "the receipt's record");
    }
    if (deposit->kind != RECORD_DEPOSIT) {
        return why_set(why, ERR_MALFORMED,
                       "the receipt's record is no deposit");
    }
    receipt->deposit = deposit->deposit;
    receipt->claimed_time = deposit->time;
    receipt->origin = record.origin;
    return ERR_OK;
}

static enum err record_line_parse(struct fields *fields,
                                  struct receipt *receipt)
{
    struct buf leaf;
    enum err err;

    if (!fields_line(fields, "record")) {
        return ERR_MALFORMED;
    }
    buf_init(&leaf, sizeof(receipt->leaf));
    err = base64_parse(fields_value(fields), &leaf);
    if (err == ERR_OK && leaf.size > 0) {
        memcpy(receipt->leaf, leaf.data, leaf.size);
        receipt->leaf_size = leaf.size;
    }
    buf_done(&leaf);
    if (err != ERR_OK) {
        return fields_fail(fields, "the record is not base64, or too large");
    }
    if (!fields_line_end(fields)) {
        return ERR_MALFORMED;
    }
    return leaf_parse(receipt, fields->why);
}

/* The proof, and that its note holds a checkpoint. */
static enum err proof_check(struct span bytes, struct why *why)
{
    struct checkpoint checkpoint;
    struct proof proof;
    struct note note;
    enum err err = proof_parse(bytes, &proof, why);

    if (err == ERR_OK) {
        err = note_parse(proof.note, NOTE_SIZE_MAX, &note, why);
    }
    if (err == ERR_OK) {
        err = checkpoint_parse(note.text, &checkpoint, why);
    }
    return err == ERR_OK ? err : why_prefix(why, err, "the receipt's proof");
}

static enum err registered_parse(struct fields *fields, struct receipt *receipt)
{
    enum err err;

    receipt->is_pending = false;
    if (!fields_line(fields, "roster")) {
        return ERR_MALFORMED;
    }
    if (hex_parse(fields_value(fields), receipt->roster.bytes, DIGEST_SIZE) !=
        ERR_OK) {
        return fields_fail(fields, "this is no hash of a roster");
    }
    if (!fields_line_end(fields)) {
        return ERR_MALFORMED;
    }
    err = record_line_parse(fields, receipt);
    if (err != ERR_OK) {
        return err;
    }
    receipt->x_lines = x_lines_take(fields);
    if (fields->failed) {
        return ERR_MALFORMED;
    }
    receipt->proof = fields->left;
    return proof_check(receipt->proof, fields->why);
}

enum err receipt_parse(struct span *left, struct receipt *ret_receipt,
                       struct why *why)
{
    struct span bytes = receipt_cut(*left);
    struct receipt receipt;
    struct fields fields;
    enum err err;

    if (bytes.size > RECEIPT_SIZE_MAX) {
        return why_set(why, ERR_TOO_BIG, "a receipt has at most %d bytes",
                       RECEIPT_SIZE_MAX);
    }
    memset(&receipt, 0, sizeof(receipt));
    receipt.bytes = bytes;
    fields_init(&fields, bytes, why);
    if (!span_starts(bytes, RECEIPT_LINE_1)) {
        fields.line_number = 1;
        return fields_fail(&fields, "this is no receipt that this release can "
                                    "read");
    }
    fields.left = span_part(bytes, strlen(RECEIPT_LINE_1), bytes.size);
    fields.line_number = 1;
    err = fields_next_is(&fields, "pending")
              ? pending_parse(&fields, &receipt)
              : registered_parse(&fields, &receipt);
    if (err == ERR_OK && !text_is_same(&receipt)) {
        err = why_set(why, ERR_MALFORMED,
                      "the receipt can be written in another way");
    }
    if (err == ERR_OK) {
        *ret_receipt = receipt;
        *left = span_part(*left, bytes.size, left->size);
    }
    return err;
}

/* Who signed, from the matches of a verified proof. */
static void cosigners_take(const struct ledger_keys *keys,
                           const struct note_matches *matches,
                           struct receipt_result *result)
{
    for (size_t index = 0; index < matches->count; index++) {
        const struct note_match *match = &matches->matches[index];
        struct receipt_cosigner *cosigner;

        if (match->key == 0) {
            continue; /* the ledger itself */
        }
        cosigner = &result->cosigners[result->cosigner_count++];
        cosigner->member = keys->members[match->key];
        memcpy(cosigner->name, keys->keys[match->key].name,
               sizeof(cosigner->name));
        cosigner->time = match->time;
    }
}

/* Is the checkpoint one of the ledger that the record names? Asked first, so
 * that a receipt of two ledgers is not called a bad signature. */
static enum err origin_check(const struct receipt *receipt,
                             const struct proof *proof, bool *ret_same,
                             struct why *why)
{
    struct checkpoint checkpoint;
    struct note note;
    enum err err = note_parse(proof->note, NOTE_SIZE_MAX, &note, why);

    if (err == ERR_OK) {
        err = checkpoint_parse(note.text, &checkpoint, why);
    }
    if (err == ERR_OK) {
        *ret_same = strcmp(checkpoint.origin, receipt->origin.text) == 0;
    }
    return err;
}

static enum err proof_judge(const struct receipt *receipt,
                            const struct proof *proof,
                            const struct ledger_keys *keys,
                            struct receipt_result *result, struct why *why)
{
    struct proof_result proved;
    struct digest leaf_hash;
    enum err err;

    record_leaf_hash(span_of(receipt->leaf, receipt->leaf_size), &leaf_hash);
    err =
        proof_verify(proof, &leaf_hash, keys->keys, keys->count, &proved, why);
    if (err == ERR_WRONG_SIGNATURE) {
        result->check = RECEIPT_WRONG_SIGNATURE;
        return ERR_OK;
    }
    if (err == ERR_WRONG_HASH) {
        result->check = RECEIPT_WRONG_PATH;
        return ERR_OK;
    }
    if (err != ERR_OK) {
        return err;
    }
    result->check = RECEIPT_GENUINE;
    result->checkpoint = proved.checkpoint;
    result->index = proof->index;
    cosigners_take(keys, &proved.matches, result);
    result->member_count = proven_members(keys, &proved.matches);
    result->needed = keys->cosigners;
    result->has_proven_time =
        proven_time(keys, &proved.matches, &result->proven_time);
    return ERR_OK;
}

enum err receipt_verify(const struct receipt *receipt,
                        const struct ledger_keys *keys,
                        struct receipt_result *ret_result, struct why *why)
{
    struct receipt_result result = { .check = RECEIPT_WRONG_ORIGIN };
    struct proof proof;
    bool same;
    enum err err = proof_parse(receipt->proof, &proof, why);

    if (err == ERR_OK) {
        err = origin_check(receipt, &proof, &same, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (same) {
        err = proof_judge(receipt, &proof, keys, &result, why);
    } else {
        (void)why_set(why, ERR_REFUSED,
                      "the checkpoint is of another ledger than the record");
    }
    if (err == ERR_OK) {
        *ret_result = result;
    }
    return err;
}

enum err receipt_verify_chain(const struct receipt *receipt,
                              const struct roster_chain *chain,
                              struct receipt_result *ret_result,
                              struct why *why)
{
    const struct roster *roster = roster_chain_find(chain, &receipt->roster);
    struct ledger_keys keys;

    if (roster == NULL) {
        *ret_result = (struct receipt_result){
            .check = RECEIPT_UNKNOWN_ROSTER,
        };
        (void)why_set(why, ERR_NOT_FOUND,
                      "the receipt names a roster that is not known here");
        return ERR_OK;
    }
    if (ledger_keys_of(roster, &chain->cid, &receipt->origin, &keys) !=
        ERR_OK) {
        *ret_result = (struct receipt_result){ .check = RECEIPT_UNKNOWN_NODE };
        (void)why_set(why, ERR_NOT_FOUND,
                      "the receipt's roster has no node of ledger %s",
                      receipt->origin.text);
        return ERR_OK;
    }
    return receipt_verify(receipt, &keys, ret_result, why);
}

const char *receipt_check_name(enum receipt_check check)
{
    switch (check) {
    case RECEIPT_GENUINE:
        return "genuine";
    case RECEIPT_UNKNOWN_ROSTER:
        return "unknown-roster";
    case RECEIPT_UNKNOWN_NODE:
        return "unknown-node";
    case RECEIPT_WRONG_ORIGIN:
        return "wrong-origin";
    case RECEIPT_WRONG_SIGNATURE:
        return "wrong-signature";
    case RECEIPT_WRONG_PATH:
        return "wrong-path";
    }
    return "unknown";
}
