/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/sealing.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "model/metadata.h"

void sealing_draw(struct sealing_secrets *secrets)
{
    randombytes_buf(secrets, sizeof(*secrets));
}

static void describe(const struct sealing_setup *setup,
                     const struct file_entry *file,
                     const struct deposit_plan *plan,
                     const struct sealing_secrets *secrets,
                     struct metadata *ret_metadata)
{
    *ret_metadata = (struct metadata){
        .cid = setup->cid,
        .sealed_size = plan->sealed_size,
        .size = plan->size,
        .name = span_str(file->name),
        .has_modified = file->stamp.mtime_ns > 0,
        .modified = file->stamp.mtime_ns / 1000000000u,
        .deposited = setup->deposited_s,
        .case_name = setup->case_name,
        .source = setup->source,
        .note = setup->note,
        .depositor = setup->member,
        .depositor_key = setup->depositor->public_key,
    };
    memcpy(ret_metadata->salt, secrets->salt, sizeof(ret_metadata->salt));
}

enum err sealing_finish(const struct sealing_setup *setup,
                        const struct file_entry *file,
                        const struct deposit_plan *plan,
                        const struct sealing_secrets *secrets,
                        const struct digest *sha256,
                        const struct digest512 *sha512,
                        const struct payload_root *root, struct sealer *sealer,
                        struct sealed_item *ret_item, struct why *ret_why)
{
    struct age_ephemeral ephemerals[RECIPIENTS_MAX];
    uint8_t metadata_nonce[AGE_NONCE_SIZE];
    struct metadata metadata;
    struct buf note;

    describe(setup, file, plan, secrets, &metadata);
    metadata.root = *root;
    metadata.sha256 = *sha256;
    if (sha512 != NULL) {
        metadata.has_sha512 = true;
        metadata.sha512 = *sha512;
    }
    buf_init(&note, NOTE_SIZE_MAX);
    randombytes_buf(ephemerals, setup->recipient_count * sizeof(ephemerals[0]));
    randombytes_buf(metadata_nonce, sizeof(metadata_nonce));

    enum err err = metadata_sign(&metadata, setup->depositor, &note);

    if (err != ERR_OK) {
        why_set(ret_why, err, "its description cannot be written: %s",
                err_text(err));
    } else {
        struct deposit_header header = {
            .file_key = secrets->file_key,
            .payload_nonce = secrets->payload_nonce,
            .metadata_nonce = metadata_nonce,
            .recipients = setup->recipients,
            .ephemerals = ephemerals,
            .recipient_count = setup->recipient_count,
            .note = buf_span(&note),
        };

        metadata_commitment(secrets->salt, sha256, buf_span(&note),
                            &ret_item->commitment);
        err = deposit_header_build(sealer, &header, &ret_item->header,
                                   &ret_item->header_id);
        if (err != ERR_OK) {
            why_set(ret_why, err, "it cannot be sealed: %s", err_text(err));
        }
    }
    ret_item->root = *root;
    ret_item->size = plan->padded_size;
    sodium_memzero(ephemerals, sizeof(ephemerals));
    buf_wipe(&note);
    return err;
}

enum err sealing_open(const char *path, int *ret_fd,
                      struct journal_stamp *ret_stamp, struct why *ret_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;

    if (fd < 0) {
        return why_set(ret_why,
                       errno == ENOENT   ? ERR_NOT_FOUND
                       : errno == EACCES ? ERR_PERMISSION
                                         : ERR_IO,
                       "%s", strerror(errno));
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return why_set(ret_why, ERR_IO, "it is no longer a file");
    }
    file_stamp(&status, ret_stamp);
    *ret_fd = fd;
    return ERR_OK;
}

enum err sealing_read(int fd, uint64_t offset, uint8_t *bytes, size_t size,
                      struct why *ret_why)
{
    while (size > 0) {
        ssize_t got = pread(fd, bytes, size, (off_t)offset);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return why_set(ret_why, ERR_IO, "%s", strerror(errno));
        }
        if (got == 0) {
            return why_set(ret_why, ERR_CONFLICT, "it became shorter");
        }
        bytes += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return ERR_OK;
}

static enum err seal_plain(const struct sealing_setup *setup,
                           struct sealer *sealer, const uint8_t *plain,
                           const struct deposit_plan *plan,
                           struct small_item *small)
{
    struct payload_root root;
    struct digest512 sha512;
    uint8_t *to = small->blocks;

    small->sha256 = digest_of(span_of(plain, (size_t)plan->size));
    if (setup->with_sha512) {
        sha512 = digest512_of(span_of(plain, (size_t)plan->size));
    }
    CHECK(plan->block_count <= SMALL_BLOCKS_MAX);
    small->block_count = (size_t)plan->block_count;
    sealer_start(sealer, plan, small->secrets.file_key,
                 small->secrets.payload_nonce);
    for (size_t i = 0; i < small->block_count; i++) {
        enum err err = sealer_block(
            sealer, i,
            span_part(span_of(plain, (size_t)plan->size), i * BLOCK_PLAIN_SIZE,
                      deposit_block_plain_size(plan, i)),
            to, &small->block_sizes[i], &small->names[i]);

        if (err != ERR_OK) {
            return why_set(&small->why, err, "%s", err_text(err));
        }
        to += small->block_sizes[i];
    }
    payload_root_of(small->names, small->block_count, &root);
    return sealing_finish(setup, small->file, plan, &small->secrets,
                          &small->sha256, setup->with_sha512 ? &sha512 : NULL,
                          &root, sealer, &small->item, &small->why);
}

/* ERR_CONFLICT: it changed under our hands. */
static enum err attempt(const struct sealing_setup *setup,
                        struct sealer *sealer, uint8_t *plain,
                        struct small_item *small)
{
    struct journal_stamp after;
    struct deposit_plan plan;
    struct stat status;
    int fd;
    enum err err =
        sealing_open(small->file->path, &fd, &small->file->stamp, &small->why);

    if (err != ERR_OK) {
        return err;
    }
    if (small->file->stamp.size > SMALL_PLAIN_MAX) {
        close(fd);
        return why_set(&small->why, ERR_CONFLICT, "it is growing");
    }
    sealing_draw(&small->secrets);
    buf_clear(&small->item.header);
    err = sealing_read(fd, 0, plain, (size_t)small->file->stamp.size,
                       &small->why);
    if (err == ERR_OK) {
        err = deposit_plan(small->file->stamp.size, &plan);
    }
    if (err == ERR_OK) {
        err = seal_plain(setup, sealer, plain, &plan, small);
    }
    if (err == ERR_OK && fstat(fd, &status) == 0) {
        file_stamp(&status, &after);
        if (!file_stamp_equal(&after, &small->file->stamp)) {
            err = why_set(&small->why, ERR_CONFLICT,
                          "it changed while it was read");
        }
    }
    close(fd);
    return err;
}

/* What an attempt read, and not the whole room: it is 1 MiB, most files are
 * far smaller. */
static void wipe_plain(uint8_t *plain, uint64_t size)
{
    sodium_memzero(plain, size < SMALL_PLAIN_MAX ? (size_t)size + 1
                                                 : SMALL_PLAIN_MAX + 1);
}

void sealing_small(const struct sealing_setup *setup, struct sealer *sealer,
                   uint8_t *plain, struct small_item *small)
{
    for (int i = 0; i < SEALING_ATTEMPTS_MAX; i++) {
        small->err = attempt(setup, sealer, plain, small);
        wipe_plain(plain, small->file->stamp.size);
        if (small->err != ERR_CONFLICT) {
            break;
        }
    }
}
