/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_file.h"

#include <stdio.h>
#include <string.h>

#include "model/block.h"
#include "seal/deposit.h"
#include "tools/holdfast/restore_paths.h"

void outcome_miss(struct outcome *outcome, const char *reason,
                  const char *sentence)
{
    outcome->state = RESTORE_MISSING;
    outcome->reason = reason;
    (void)why_set(&outcome->why, ERR_OK, "%s", sentence);
}

void outcome_write_failed(struct outcome *outcome, enum err err,
                          const struct why *why)
{
    outcome_miss(outcome, RESTORE_NOT_WRITTEN, why->text);
    if (err == ERR_FULL || err == ERR_IO || err == ERR_NO_MEMORY ||
        err == ERR_CANCELLED) {
        outcome->stop = err;
    }
}

/* ---- Opening ------------------------------------------------------------- */

bool file_needs_header(const struct restore *restore)
{
    return restore->mode != RESTORE_PLAIN;
}

/* EXPORT: the age header and the payload's nonce; SEALED: all of it. */
static bool take_header(struct restore_file *file, struct span object,
                        struct outcome *outcome)
{
    const struct restore_item *item = file->item;
    struct block_id name = block_id_of_header(&item->deposit.header_id);

    if (object.size == 0) {
        outcome_miss(outcome, RESTORE_NOT_HELD,
                     "the node does not have its description");
        return false;
    }
    if (block_verify(object, &name) != ERR_OK) {
        outcome_miss(outcome, RESTORE_DAMAGED,
                     "the node sent another description than the registered "
                     "one");
        return false;
    }
    buf_put(&file->head,
            span_part(object, 0,
                      file->restore->mode == RESTORE_SEALED ? object.size
                                                            : item->head_size));
    if (buf_failed(&file->head)) {
        outcome_miss(outcome, RESTORE_STOPPED, "out of memory");
        outcome->stop = ERR_NO_MEMORY;
        return false;
    }
    return true;
}

/* Where else it can go when its path cannot be: its id, in DIR itself. */
static void choose_instead(struct restore_file *file)
{
    char id[ITEM_ID_TEXT_SIZE];
    const char *ending = "";

    path_id(&file->item->deposit.payload_root, id);
    if (file->restore->mode != RESTORE_PLAIN) {
        ending = file->item->path + ITEM_ID_TEXT_SIZE - 1;
    }
    (void)snprintf(file->instead, sizeof(file->instead), "%s%.36s", id, ending);
    file->path = file->instead;
}

static bool begin_target(struct restore_file *file, struct target_folder **near,
                         struct outcome *outcome)
{
    struct target *target = file->restore->target;
    struct why why = { "" };
    enum err err = target_begin(target, near, file->path, &file->target, &why);

    if (err == ERR_UNSUPPORTED || err == ERR_REFUSED || err == ERR_CONFLICT) {
        choose_instead(file);
        memcpy(outcome->path, file->instead, sizeof(outcome->path));
        err = target_begin(target, near, file->path, &file->target, &why);
    }
    if (err == ERR_OK && file->restore->mode == RESTORE_EXPORT) {
        err = target_write(&file->target, 0, buf_span(&file->head), &why);
    }
    if (err != ERR_OK) {
        outcome_write_failed(outcome, err, &why);
    }
    return err == ERR_OK;
}

bool file_open(struct restore_file *file, struct target_folder **near,
               const struct restore *restore, uint32_t index,
               struct span object, struct outcome *ret_outcome)
{
    memset(file, 0, sizeof(*file));
    memset(ret_outcome, 0, sizeof(*ret_outcome));
    file->restore = restore;
    file->item = &restore->items[index];
    file->path = file->item->path;
    file->target.fd = -1;
    buf_init(&file->head, HEADER_SIZE_MAX);
    sha256_init(&file->plain_sha);
    sha256_init(&file->out_sha);
    sha512_init(&file->sha512);
    if ((file_needs_header(restore) &&
         !take_header(file, object, ret_outcome)) ||
        !begin_target(file, near, ret_outcome)) {
        return false;
    }
    if (restore->mode == RESTORE_EXPORT) {
        sha256_update(&file->out_sha, buf_span(&file->head));
    }
    return true;
}

/* ---- Blocks -------------------------------------------------------------- */

/* What of a block is written, in the modes that write no plaintext. */
static struct span sealed_part(const struct restore_file *file,
                               const struct file_block *block)
{
    uint64_t start = block->index * BLOCK_SIZE_MAX;
    uint64_t sealed;

    if (file->restore->mode == RESTORE_SEALED) {
        return block->bytes;
    }
    sealed = file->item->size - file->head.size; /* L */
    return span_part(block->bytes, 0,
                     start >= sealed ? 0
                     : sealed - start < BLOCK_SIZE_MAX
                         ? (size_t)(sealed - start)
                         : BLOCK_SIZE_MAX);
}

void file_block(const struct restore_file *file, struct opener *opener,
                struct file_block *block)
{
    struct span out;
    uint64_t offset;

    block->plain_size = 0;
    block->failed = 0;
    block->name_failed = block_verify(block->bytes, &block->name) != ERR_OK;
    if (file->restore->mode != RESTORE_SEALED) {
        opener_start_kept(
            opener,
            restore_file_key(file->restore,
                             (size_t)(file->item - file->restore->items)),
            file->item->payload_nonce, file->item->plain_size);
        if (opener_block(opener, block->index, block->bytes, block->plain,
                         &block->plain_size, &block->failed) != ERR_OK) {
            block->failed |= item_check_bit(ITEM_CHUNK);
            block->plain_size = 0;
        }
    }
    if (file->restore->mode == RESTORE_PLAIN) {
        out = span_of(block->plain, block->plain_size);
        offset = block->index * BLOCK_PLAIN_SIZE;
    } else {
        out = sealed_part(file, block);
        offset = block->index * BLOCK_SIZE_MAX;
        if (file->restore->mode == RESTORE_EXPORT) {
            offset += file->head.size;
        }
    }
    block->err = target_write(&file->target, offset, out, &block->why);
    if (block->err == ERR_OK) {
        target_push(&file->target, offset, out.size);
    }
}

size_t file_hash(struct restore_file *file, const struct file_block *block)
{
    struct span plain = span_of(block->plain, block->plain_size);
    struct span sealed;

    file->payload_size += block->bytes.size;
    file->failed |= block->failed;
    file->root_failed = file->root_failed || block->name_failed;
    if (file->restore->mode != RESTORE_SEALED) {
        sha256_update(&file->plain_sha, plain);
        if (file->item->sha512 != NULL) {
            sha512_update(&file->sha512, plain);
        }
    }
    if (file->restore->mode == RESTORE_PLAIN) {
        return plain.size;
    }
    sealed = sealed_part(file, block);
    sha256_update(&file->out_sha, sealed);
    return sealed.size +
           (file->restore->mode == RESTORE_EXPORT && block->index == 0
                ? file->head.size
                : 0);
}

/* ---- The end ------------------------------------------------------------- */

static item_checks bit_if(bool failed, enum item_check check)
{
    return failed ? item_check_bit(check) : 0;
}

/* The hashes of what came out. The description was checked, with the
 * commitment, for the hash that stands in it: another hash fits neither. */
static item_checks judge_hashes(struct restore_file *file,
                                struct outcome *outcome)
{
    const struct restore_item *item = file->item;
    struct digest512 sha512;
    item_checks failed = 0;

    sha256_final(&file->plain_sha, &outcome->sha256);
    if (!digest_equal(&outcome->sha256, &item->sha256)) {
        failed |= item_check_bit(ITEM_SHA256) | item_check_bit(ITEM_COMMITMENT);
    }
    if (item->sha512 != NULL) {
        sha512_final(&file->sha512, &sha512);
        failed |= bit_if(memcmp(sha512.bytes, item->sha512->bytes,
                                sizeof(sha512.bytes)) != 0,
                         ITEM_SHA512);
    }
    return failed;
}

static item_checks judge(struct restore_file *file, struct outcome *outcome)
{
    item_checks failed = file->item->failed | file->failed;

    failed |= bit_if(file->root_failed, ITEM_ROOT);
    failed |= bit_if(file->payload_size != file->item->deposit.payload_size,
                     ITEM_LENGTH);
    if (file->restore->mode != RESTORE_SEALED) {
        failed |= judge_hashes(file, outcome);
    }
    if (file->restore->mode != RESTORE_PLAIN) {
        sha256_final(&file->out_sha, &outcome->sha256);
    }
    return failed;
}

/* Keep what came, under a name that says what it is. */
static void place_unverified(struct restore_file *file, item_checks failed,
                             struct outcome *outcome)
{
    struct why why = { "" };
    struct buf text;
    enum err err = target_resize(&file->target, file->item->size, &why);

    if (err == ERR_OK) {
        err = target_sync(&file->target, NULL, &why);
    }
    if (err == ERR_OK) {
        err = target_place_unverified(&file->target, &why);
    }
    if (err != ERR_OK) {
        outcome_write_failed(outcome, err, &why);
        return;
    }
    buf_init(&text, WHY_SIZE);
    item_checks_format(failed, &text);
    buf_put_byte(&text, 0);
    outcome_miss(outcome, RESTORE_CHECK_FAILED,
                 buf_failed(&text) ? "many" : (const char *)text.data);
    outcome->unverified = true;
    buf_done(&text);
}

/* SEALED: the header object lies beside the payload. */
static enum err place_header(struct restore_file *file, struct outcome *outcome,
                             struct why *why)
{
    char path[64];
    size_t size = strlen(file->path) - strlen("payload");

    (void)snprintf(path, sizeof(path), "%.*sheader", (int)size, file->path);
    outcome->header_sha256 = digest_of(buf_span(&file->head));
    return target_write_whole(file->restore->target, path,
                              buf_span(&file->head), why);
}

static void place(struct restore_file *file, struct outcome *outcome)
{
    const struct restore_item *item = file->item;
    bool plain = file->restore->mode == RESTORE_PLAIN;
    struct why why = { "" };
    enum err err =
        target_sync(&file->target,
                    plain && item->has_modified ? &item->modified : NULL, &why);

    if (err == ERR_OK && file->restore->mode == RESTORE_SEALED) {
        err = place_header(file, outcome, &why);
        if (err == ERR_CONFLICT) {
            outcome_miss(outcome, RESTORE_EXISTS,
                         "another header object of that name is there");
            return;
        }
    }
    if (err == ERR_OK) {
        err = target_place(&file->target, file->restore->overwrite, &why);
    }
    outcome->state = RESTORE_WRITTEN;
    if (err == ERR_CONFLICT) {
        err = target_compare(file->restore->target, file->path, item->size,
                             &outcome->sha256, &why);
        outcome->state = RESTORE_THERE;
    }
    if (err == ERR_CONFLICT) {
        outcome_miss(outcome, RESTORE_EXISTS, why.text);
    } else if (err != ERR_OK) {
        outcome_write_failed(outcome, err, &why);
    }
}

void file_finish(struct restore_file *file, struct outcome *ret_outcome)
{
    item_checks failed = judge(file, ret_outcome);

    if (failed != 0) {
        place_unverified(file, failed, ret_outcome);
    } else {
        place(file, ret_outcome);
    }
}

void file_drop(struct restore_file *file)
{
    if (file->restore == NULL) {
        return;
    }
    target_drop(&file->target);
    buf_done(&file->head);
    file->restore = NULL;
}
