/* SPDX-License-Identifier: Apache-2.0 */
/* One file from blocks to its name, good and damaged ones:
 * tools/holdfast/restore_file.h. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "crypto/secret.h"
#include "model/item_id.h"
#include "seal/deposit.h"
#include "support/rosters.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/restore_file.h"

#define FILE_SIZE (2 * BLOCK_PLAIN_SIZE + 12345)
#define BLOCKS_MAX 4

/* A sealed file, and the restore that has it as its only item. */
struct fixture {
    char dir[64];
    struct restore restore;
    struct restore_item item;
    struct deposit_plan plan;
    uint8_t *plain;
    uint8_t *blocks[BLOCKS_MAX];
    size_t sizes[BLOCKS_MAX];
    struct block_id names[BLOCKS_MAX];
    struct buf object;
};

static void seal_blocks(struct fixture *fixture, struct sealer *sealer,
                        const uint8_t *file_key)
{
    fixture->plain = malloc(FILE_SIZE);
    cr_assert_not_null(fixture->plain);
    for (size_t at = 0; at < FILE_SIZE; at++) {
        fixture->plain[at] = (uint8_t)(at * 7 + at / 1000);
    }
    sealer_start(sealer, &fixture->plan, file_key, fixture->item.payload_nonce);
    for (size_t index = 0; index < fixture->plan.block_count; index++) {
        size_t size = deposit_block_plain_size(&fixture->plan, index);

        fixture->blocks[index] = malloc(BLOCK_SIZE_MAX);
        cr_assert_not_null(fixture->blocks[index]);
        cr_assert(sealer_block(
                      sealer, index,
                      span_of(fixture->plain + index * BLOCK_PLAIN_SIZE, size),
                      fixture->blocks[index], &fixture->sizes[index],
                      &fixture->names[index]) == ERR_OK);
    }
}

static void build_header(struct fixture *fixture, struct sealer *sealer,
                         const uint8_t *file_key)
{
    struct age_identity identity;
    struct age_ephemeral ephemeral = { .bytes = { 5 } };
    uint8_t secret[32] = { 3 };
    uint8_t nonce[AGE_NONCE_SIZE] = { 4 };
    struct deposit_header header = {
        .file_key = file_key,
        .payload_nonce = fixture->item.payload_nonce,
        .metadata_nonce = nonce,
        .ephemerals = &ephemeral,
        .recipient_count = 1,
        .note = span_str("a note"),
    };

    cr_assert(age_identity_init(&identity, secret) == ERR_OK);
    header.recipients = &identity.recipient;
    buf_init(&fixture->object, HEADER_SIZE_MAX);
    cr_assert(deposit_header_build(sealer, &header, &fixture->object,
                                   &fixture->item.deposit.header_id) == ERR_OK);
    fixture->item.deposit.header_size = fixture->object.size;
    age_identity_done(&identity);
}

static void describe(struct fixture *fixture)
{
    struct restore_item *item = &fixture->item;
    const uint8_t *end =
        memmem(fixture->object.data, fixture->object.size, "\n--- ", 5);

    cr_assert_not_null(end);
    end = (const uint8_t *)memchr(end + 1, '\n', 100) + 1;
    item->head_size = (size_t)(end - fixture->object.data) + AGE_NONCE_SIZE;
    item->plain_size = FILE_SIZE;
    item->sha256 = digest_of(span_of(fixture->plain, FILE_SIZE));
    item->sha512 = malloc(sizeof(*item->sha512));
    *item->sha512 = digest512_of(span_of(fixture->plain, FILE_SIZE));
    item->has_modified = true;
    item->modified = 1700000000;
    payload_root_of(fixture->names, fixture->plan.block_count,
                    &item->deposit.payload_root);
    item->deposit.payload_size = fixture->plan.padded_size;
}

static void choose_path(struct fixture *fixture, enum restore_mode mode)
{
    struct restore_item *item = &fixture->item;
    char id[ITEM_ID_TEXT_SIZE];
    char path[64];

    item_id_format(&item->deposit.payload_root, id);
    (void)snprintf(path, sizeof(path), "%s.%s", id,
                   mode == RESTORE_EXPORT ? "age" : "payload");
    item->path = strdup(mode == RESTORE_PLAIN ? "folder/file" : path);
    item->size = mode == RESTORE_PLAIN ? FILE_SIZE
                 : mode == RESTORE_EXPORT
                     ? item->head_size + fixture->plan.sealed_size
                     : item->deposit.payload_size;
}

static struct fixture *fixture_new(enum restore_mode mode)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct restore *restore = &fixture->restore;
    uint8_t file_key[AGE_FILE_KEY_SIZE] = { 1, 2, 3 };
    struct sealer *sealer;
    struct why why;

    cr_assert(fixture != NULL && crypto_init() == ERR_OK);
    cr_assert(deposit_plan(FILE_SIZE, &fixture->plan) == ERR_OK);
    cr_assert_leq(fixture->plan.block_count, BLOCKS_MAX);
    cr_assert(sealer_new(&sealer) == ERR_OK);
    memset(fixture->item.payload_nonce, 9, AGE_NONCE_SIZE);
    seal_blocks(fixture, sealer, file_key);
    build_header(fixture, sealer, file_key);
    sealer_free(sealer);
    describe(fixture);
    choose_path(fixture, mode);
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/hf-unit-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture->dir));
    cr_assert(target_open(fixture->dir, &restore->target, &why) == ERR_OK);
    restore->mode = mode;
    restore->items = &fixture->item;
    restore->count = 1;
    cr_assert(restore_file_keys_new(restore) == ERR_OK);
    memcpy(restore_file_key(restore, 0), file_key, sizeof(file_key));
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    struct restore *restore = &fixture->restore;
    char command[100];

    target_close(restore->target);
    for (size_t i = 0; i < restore->file_keys_count; i++) {
        secret_free(restore->file_keys[i]);
    }
    free(restore->file_keys);
    for (size_t index = 0; index < BLOCKS_MAX; index++) {
        free(fixture->blocks[index]);
    }
    free(fixture->plain);
    free(fixture->item.path);
    free(fixture->item.sha512);
    buf_done(&fixture->object);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", fixture->dir);
    cr_assert(system(command) == 0);
    free(fixture);
}

/* All of it, as a run does; blocks are written last one first. */
static struct outcome restore_it(struct fixture *fixture)
{
    struct target_folder *near = NULL;
    struct restore_file file;
    struct outcome outcome;
    struct opener *opener;
    struct file_block blocks[BLOCKS_MAX] = { 0 };
    size_t count = fixture->plan.block_count;

    cr_assert(opener_new(&opener) == ERR_OK);
    if (file_open(&file, &near, &fixture->restore, 0,
                  buf_span(&fixture->object), &outcome)) {
        for (size_t index = count; index-- > 0;) {
            blocks[index].index = index;
            blocks[index].name = fixture->names[index];
            blocks[index].bytes =
                span_of(fixture->blocks[index], fixture->sizes[index]);
            blocks[index].plain = malloc(BLOCK_PLAIN_SIZE);
            cr_assert_not_null(blocks[index].plain);
            file_block(&file, opener, &blocks[index]);
            cr_assert(blocks[index].err == ERR_OK);
        }
        for (size_t index = 0; index < count; index++) {
            (void)file_hash(&file, &blocks[index]);
            free(blocks[index].plain);
        }
        file_finish(&file, &outcome);
    }
    file_drop(&file);
    target_folder_done(near);
    opener_free(opener);
    return outcome;
}

static bool is_there(const struct fixture *fixture, const char *path,
                     const char *ending)
{
    char full[256];

    (void)snprintf(full, sizeof(full), "%s/%s%s", fixture->dir, path, ending);
    return access(full, F_OK) == 0;
}

static void read_back(const struct fixture *fixture, const char *path,
                      struct buf *bytes)
{
    char full[256];
    struct why why;

    buf_init(bytes, 8 << 20);
    (void)snprintf(full, sizeof(full), "%s/%s", fixture->dir, path);
    cr_assert(tool_file_read(full, 8 << 20, bytes, &why) == ERR_OK, "%s",
              why.text);
}

/* A good item becomes its file; a second time it is there already. */
Test(restore_file, writes_the_file)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    struct outcome outcome = restore_it(fixture);
    struct buf bytes;

    cr_expect(outcome.state == RESTORE_WRITTEN, "%s", outcome.why.text);
    read_back(fixture, "folder/file", &bytes);
    cr_expect(span_equal(buf_span(&bytes), span_of(fixture->plain, FILE_SIZE)));
    buf_done(&bytes);
    outcome = restore_it(fixture);
    cr_expect(outcome.state == RESTORE_THERE, "%s", outcome.why.text);
    fixture_free(fixture);
}

/* Another file in its place stays; the item is missing. */
Test(restore_file, takes_nobodys_place)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    struct outcome outcome;
    struct buf bytes;
    struct why why;

    cr_assert(target_write_whole(fixture->restore.target, "folder/file",
                                 span_str("mine"), &why) == ERR_OK);
    outcome = restore_it(fixture);
    cr_expect(outcome.state == RESTORE_MISSING);
    cr_expect_str_eq(outcome.reason, RESTORE_EXISTS);
    read_back(fixture, "folder/file", &bytes);
    cr_expect(span_is(buf_span(&bytes), "mine"));
    buf_done(&bytes);
    fixture->restore.overwrite = true;
    outcome = restore_it(fixture);
    cr_expect(outcome.state == RESTORE_WRITTEN);
    fixture_free(fixture);
}

/* What fails a check has no name but NAME.unverified, and the checks that fail
 * are named; as much as opens is kept, in its place. */
Test(restore_file, damaged_block)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    struct outcome outcome;
    struct buf bytes;

    fixture->blocks[1][70000] ^= 1;
    outcome = restore_it(fixture);
    cr_expect(outcome.state == RESTORE_MISSING && outcome.unverified);
    cr_expect_str_eq(outcome.reason, RESTORE_CHECK_FAILED);
    cr_expect_str_eq(outcome.why.text, "chunk, root, sha256, sha512, "
                                       "commitment");
    cr_expect(!is_there(fixture, "folder/file", ""));
    read_back(fixture, "folder/file.unverified", &bytes);
    cr_assert(bytes.size == FILE_SIZE);
    cr_expect(memcmp(bytes.data, fixture->plain, BLOCK_PLAIN_SIZE) == 0);
    cr_expect(memcmp(bytes.data + 2 * BLOCK_PLAIN_SIZE,
                     fixture->plain + 2 * BLOCK_PLAIN_SIZE,
                     FILE_SIZE - 2 * BLOCK_PLAIN_SIZE) == 0);
    buf_done(&bytes);
    fixture_free(fixture);
}

/* Padding is checked although nothing of it is written. */
Test(restore_file, damaged_padding)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    size_t last = fixture->plan.block_count - 1;
    struct outcome outcome;

    fixture->blocks[last][fixture->sizes[last] - 1] ^= 1;
    outcome = restore_it(fixture);
    cr_expect(outcome.unverified);
    cr_expect_str_eq(outcome.why.text, "padding, root");
    fixture_free(fixture);
}

/* A file that is not the described one fails by its hashes alone. */
Test(restore_file, other_hashes)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    struct outcome outcome;

    fixture->item.sha256.bytes[0] ^= 1;
    outcome = restore_it(fixture);
    cr_expect_str_eq(outcome.why.text, "sha256, commitment");
    fixture->item.sha256.bytes[0] ^= 1;
    fixture->item.sha512->bytes[5] ^= 1;
    outcome = restore_it(fixture);
    cr_expect_str_eq(outcome.why.text, "sha512");
    cr_expect(is_there(fixture, "folder/file.unverified.2", ""));
    fixture_free(fixture);
}

/* What the description failed is not forgotten when the file is good. */
Test(restore_file, failed_description)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    struct outcome outcome;

    fixture->item.failed = item_check_bit(ITEM_SIGNATURE);
    outcome = restore_it(fixture);
    cr_expect(outcome.state == RESTORE_MISSING && outcome.unverified);
    cr_expect_str_eq(outcome.why.text, "signature");
    fixture_free(fixture);
}

/* An export is age header, nonce and the first L bytes of the payload. */
Test(restore_file, exports)
{
    struct fixture *fixture = fixture_new(RESTORE_EXPORT);
    struct outcome outcome = restore_it(fixture);
    size_t head = fixture->item.head_size;
    struct digest digest;
    struct buf bytes;

    cr_assert(outcome.state == RESTORE_WRITTEN, "%s", outcome.why.text);
    read_back(fixture, fixture->item.path, &bytes);
    cr_assert(bytes.size == head + fixture->plan.sealed_size);
    cr_expect(memcmp(bytes.data, fixture->object.data, head) == 0);
    cr_expect(memcmp(bytes.data + head, fixture->blocks[0], BLOCK_SIZE_MAX) ==
              0);
    cr_expect(memcmp(bytes.data + head + 2 * BLOCK_SIZE_MAX, fixture->blocks[2],
                     bytes.size - head - 2 * BLOCK_SIZE_MAX) == 0);
    digest = digest_of(buf_span(&bytes));
    cr_expect(digest_equal(&digest, &outcome.sha256));
    buf_done(&bytes);
    fixture_free(fixture);
}

/* Without a key the header object and all of the payload are kept, and checked
 * by the names that were registered. */
Test(restore_file, keeps_sealed)
{
    struct fixture *fixture = fixture_new(RESTORE_SEALED);
    struct outcome outcome = restore_it(fixture);
    char path[64];
    struct buf bytes;

    cr_assert(outcome.state == RESTORE_WRITTEN, "%s", outcome.why.text);
    cr_expect(is_there(fixture, fixture->item.path, ""));
    (void)snprintf(path, sizeof(path), "%.*sheader",
                   (int)(strlen(fixture->item.path) - strlen("payload")),
                   fixture->item.path);
    read_back(fixture, path, &bytes);
    cr_expect(span_equal(buf_span(&bytes), buf_span(&fixture->object)));
    buf_done(&bytes);
    fixture->blocks[0][0] ^= 1;
    outcome = restore_it(fixture);
    cr_expect(outcome.state == RESTORE_MISSING);
    cr_expect_str_eq(outcome.why.text, "root");
    fixture_free(fixture);
}

/* A header object that is missing or another one writes nothing. */
Test(restore_file, wrong_header)
{
    struct fixture *fixture = fixture_new(RESTORE_EXPORT);
    struct outcome outcome;

    fixture->object.data[20] ^= 1;
    outcome = restore_it(fixture);
    cr_expect(outcome.state == RESTORE_MISSING);
    cr_expect_str_eq(outcome.reason, RESTORE_DAMAGED);
    buf_clear(&fixture->object);
    outcome = restore_it(fixture);
    cr_expect_str_eq(outcome.reason, RESTORE_NOT_HELD);
    cr_expect(target_is_empty(fixture->restore.target));
    fixture_free(fixture);
}

/* Where its folder cannot be, a file goes to DIR itself under its id. */
Test(restore_file, goes_by_its_id)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    struct outcome outcome;
    struct why why;

    cr_assert(target_write_whole(fixture->restore.target, "folder",
                                 span_str("a file"), &why) == ERR_OK);
    outcome = restore_it(fixture);
    cr_expect(outcome.state == RESTORE_WRITTEN, "%s", outcome.why.text);
    cr_expect(strncmp(outcome.path, "HF-", 3) == 0);
    cr_expect(is_there(fixture, outcome.path, ""));
    fixture_free(fixture);
}
