/* SPDX-License-Identifier: Apache-2.0 */
/* seal/deposit.h and seal/open.h together: what one seals the other opens. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "crypto/age_stream.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "crypto/x25519.h"
#include "seal/deposit.h"
#include "seal/open.h"
#include "support/rosters.h"

#define BLOCKS_MAX 8

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(item, .init = init);

/* One sealed file with all that went in. */
struct sealed {
    struct deposit_plan plan;
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    uint8_t payload_nonce[AGE_NONCE_SIZE];
    uint8_t metadata_nonce[AGE_NONCE_SIZE];
    uint8_t *file;
    uint8_t *blocks[BLOCKS_MAX];
    size_t sizes[BLOCKS_MAX];
    struct block_id names[BLOCKS_MAX];
    struct metadata metadata;
    struct buf note;
    struct buf object;
    struct deposit deposit;
    struct age_identity identity;
};

static void seal_blocks(struct sealed *sealed, struct sealer *sealer)
{
    sealer_start(sealer, &sealed->plan, sealed->file_key,
                 sealed->payload_nonce);
    for (size_t index = 0; index < sealed->plan.block_count; index++) {
        sealed->blocks[index] = malloc(BLOCK_SIZE_MAX);
        cr_assert_not_null(sealed->blocks[index]);
        cr_assert(sealer_block(
                      sealer, index,
                      span_of(sealed->file + index * BLOCK_PLAIN_SIZE,
                              deposit_block_plain_size(&sealed->plan, index)),
                      sealed->blocks[index], &sealed->sizes[index],
                      &sealed->names[index]) == ERR_OK);
    }
    payload_root_of(sealed->names, sealed->plan.block_count,
                    &sealed->deposit.payload_root);
    sealed->deposit.payload_size = sealed->plan.padded_size;
}

static void describe(struct sealed *sealed)
{
    struct metadata *metadata = &sealed->metadata;
    struct sign_key signer;
    uint8_t seed[32];

    rosters_seed("depositor", "case-7", seed);
    cr_assert(sign_key_init(&signer, seed) == ERR_OK);
    *metadata = (struct metadata){
        .root = sealed->deposit.payload_root,
        .sealed_size = sealed->plan.sealed_size,
        .size = sealed->plan.size,
        .sha256 = digest_of(span_of(sealed->file, sealed->plan.size)),
        .name = span_str("a/b"),
        .deposited = 1764000000,
        .depositor_key = signer.public_key,
    };
    cr_assert(cid_parse(span_str("test-0123456789abcdef"), &metadata->cid) ==
              ERR_OK);
    cr_assert(label_parse(span_str("alpin"), &metadata->depositor) == ERR_OK);
    buf_init(&sealed->note, NOTE_SIZE_MAX);
    cr_assert(metadata_sign(metadata, &signer, &sealed->note) == ERR_OK);
    metadata_commitment(metadata->salt, &metadata->sha256,
                        buf_span(&sealed->note), &sealed->deposit.commitment);
    sign_key_done(&signer);
}

static void wrap(struct sealed *sealed, struct sealer *sealer)
{
    struct age_ephemeral ephemeral = { .bytes = { 5 } };
    struct deposit_header header = {
        .file_key = sealed->file_key,
        .payload_nonce = sealed->payload_nonce,
        .metadata_nonce = sealed->metadata_nonce,
        .recipients = &sealed->identity.recipient,
        .ephemerals = &ephemeral,
        .recipient_count = 1,
        .note = buf_span(&sealed->note),
    };

    buf_init(&sealed->object, HEADER_SIZE_MAX);
    cr_assert(deposit_header_build(sealer, &header, &sealed->object,
                                   &sealed->deposit.header_id) == ERR_OK);
    sealed->deposit.header_size = sealed->object.size;
}

static struct sealed *seal(size_t size)
{
    struct sealed *sealed = calloc(1, sizeof(*sealed));
    struct sealer *sealer;
    struct rng rng;
    uint8_t secret[32] = { 3 };

    cr_assert(sealed != NULL && sealer_new(&sealer) == ERR_OK);
    cr_assert(deposit_plan(size, &sealed->plan) == ERR_OK);
    cr_assert_leq(sealed->plan.block_count, BLOCKS_MAX);
    cr_assert(age_identity_init(&sealed->identity, secret) == ERR_OK);
    rng_init(&rng, size);
    rng_fill(&rng, sealed->file_key, sizeof(sealed->file_key));
    rng_fill(&rng, sealed->payload_nonce, sizeof(sealed->payload_nonce));
    rng_fill(&rng, sealed->metadata_nonce, sizeof(sealed->metadata_nonce));
    sealed->file = malloc(size + 1);
    cr_assert_not_null(sealed->file);
    rng_fill(&rng, sealed->file, size);
    seal_blocks(sealed, sealer);
    describe(sealed);
    wrap(sealed, sealer);
    sealer_free(sealer);
    return sealed;
}

static void sealed_free(struct sealed *sealed)
{
    for (size_t index = 0; index < BLOCKS_MAX; index++) {
        free(sealed->blocks[index]);
    }
    free(sealed->file);
    buf_done(&sealed->note);
    buf_done(&sealed->object);
    age_identity_done(&sealed->identity);
    free(sealed);
}

static struct item *open_item(const struct sealed *sealed)
{
    struct item *item = NULL;
    struct why why = { .text = "" };

    cr_assert(item_open(buf_span(&sealed->object), &sealed->identity, 1, &item,
                        &why) == ERR_OK,
              "%s", why.text);
    return item;
}

/* Open all blocks; gives the checks that they fail, and the file. */
static item_checks open_blocks(const struct sealed *sealed,
                               const struct item *item, struct buf *plain)
{
    struct opener *opener;
    item_checks failed = 0;
    uint8_t *part = malloc(BLOCK_PLAIN_SIZE);

    cr_assert(part != NULL && opener_new(&opener) == ERR_OK);
    opener_start(opener, item);
    for (size_t index = 0; index < sealed->plan.block_count; index++) {
        size_t size = 0;

        (void)!opener_block(
            opener, index, span_of(sealed->blocks[index], sealed->sizes[index]),
            part, &size, &failed);
        buf_put_data(plain, part, size);
    }
    opener_free(opener);
    free(part);
    return failed;
}

/* Files of all kinds of sizes come back as they were, in blocks whose names
 * give the root. */
Test(item, comes_back)
{
    static const size_t sizes[] = { 0,          1,       65519,   65520,
                                    65521,      65536,   65537,   1048575,
                                    1048576,    1048577, 1060000, 3158073,
                                    4 * 1048576 };

    for (size_t at = 0; at < sizeof(sizes) / sizeof(sizes[0]); at++) {
        struct sealed *sealed = seal(sizes[at]);
        struct item *item = open_item(sealed);
        struct item_facts facts = { .deposit = &sealed->deposit,
                                    .has_payload = true,
                                    .payload_size = sealed->plan.padded_size,
                                    .root = sealed->deposit.payload_root,
                                    .has_sha256 = true };
        struct buf plain;

        buf_init(&plain, 1 << 24);
        facts.blocks_failed = open_blocks(sealed, item, &plain);
        facts.sha256 = digest_of(buf_span(&plain));
        cr_assert_eq(item_judge(item, &facts), 0, "%zu", sizes[at]);
        cr_assert_eq(item_block_count(item), sealed->plan.block_count);
        cr_assert(
            span_equal(buf_span(&plain), span_of(sealed->file, sizes[at])));
        buf_done(&plain);
        item_free(item);
        sealed_free(sealed);
    }
}

/* A block that is only padding is made and checked like the others. */
Test(item, has_blocks_of_padding_only)
{
    /* L just above a step of PADME: P goes into another block. */
    struct deposit_plan plan;
    uint64_t size = 0;

    for (size = 60 << 20;; size += CHUNK_SIZE) {
        cr_assert(deposit_plan(size, &plan) == ERR_OK);
        if (deposit_block_plain_size(&plan, plan.block_count - 1) == 0) {
            break;
        }
    }
    {
        static uint8_t key[AGE_FILE_KEY_SIZE];
        static uint8_t nonce[AGE_NONCE_SIZE];
        struct sealer *sealer;
        uint8_t *block = malloc(BLOCK_SIZE_MAX);
        struct block_id name;
        size_t got;

        cr_assert(block != NULL && sealer_new(&sealer) == ERR_OK);
        sealer_start(sealer, &plan, key, nonce);
        cr_assert(sealer_block(sealer, plan.block_count - 1, span_of(NULL, 0),
                               block, &got, &name) == ERR_OK);
        cr_assert_eq(
            got, payload_block_size(plan.padded_size, plan.block_count - 1));
        cr_assert(sealer_block(sealer, plan.block_count, span_of(NULL, 0),
                               block, &got, &name) == ERR_RANGE);
        cr_assert(sealer_block(sealer, 0, span_of(block, 5), block, &got,
                               &name) == ERR_RANGE);
        sealer_free(sealer);
        free(block);
    }
}

/* Another identity, a changed header and a cut one each have their error. */
Test(item, refuses_bad_headers)
{
    struct sealed *sealed = seal(1000);
    struct age_identity other;
    struct item *item = NULL;
    uint8_t secret[32] = { 16 };
    uint8_t *mac;

    cr_assert(age_identity_init(&other, secret) == ERR_OK);
    cr_assert(item_open(buf_span(&sealed->object), &other, 1, &item, NULL) ==
              ERR_WRONG_KEY);
    cr_assert(item_open(span_part(buf_span(&sealed->object), 0, 100),
                        &sealed->identity, 1, &item, NULL) == ERR_MALFORMED);
    cr_assert(item_open_with_key(buf_span(&sealed->object),
                                 (const uint8_t *)"another file key", &item,
                                 NULL) == ERR_WRONG_SIGNATURE);
    mac = (uint8_t *)strstr((char *)sealed->object.data, "\n--- ");
    cr_assert_not_null(mac);
    mac[6] = mac[6] == 'A' ? 'B' : 'A';
    cr_assert(item_open(buf_span(&sealed->object), &sealed->identity, 1, &item,
                        NULL) == ERR_WRONG_SIGNATURE);
    cr_assert_null(item);
    age_identity_done(&other);
    sealed_free(sealed);
}

/* Damage in a chunk, in the padding and of the length are told apart. */
Test(item, names_what_is_damaged)
{
    struct sealed *sealed = seal(70000);
    struct item *item = open_item(sealed);
    struct buf plain;

    buf_init(&plain, 1 << 24);
    sealed->blocks[0][70000] ^= 1;
    cr_assert_eq(open_blocks(sealed, item, &plain), item_check_bit(ITEM_CHUNK));
    sealed->blocks[0][70000] ^= 1;
    sealed->blocks[0][sealed->sizes[0] - 1] ^= 1;
    cr_assert_eq(open_blocks(sealed, item, &plain),
                 item_check_bit(ITEM_PADDING));
    sealed->sizes[0]--;
    cr_assert_eq(open_blocks(sealed, item, &plain),
                 item_check_bit(ITEM_LENGTH));
    sealed->sizes[0] = 100;
    cr_assert_eq(open_blocks(sealed, item, &plain),
                 item_check_bit(ITEM_LENGTH) | item_check_bit(ITEM_CHUNK));
    buf_done(&plain);
    item_free(item);
    sealed_free(sealed);
}

/* An item of another consortium says so. */
Test(item, names_another_consortium)
{
    struct sealed *sealed = seal(10);
    struct item *item = open_item(sealed);
    struct cid cid;
    struct item_facts facts = { .cid = &cid };
    struct buf text;

    cr_assert(cid_parse(span_str("test-0000000000000000"), &cid) == ERR_OK);
    cr_assert_eq(item_judge(item, &facts), item_check_bit(ITEM_CONSORTIUM));
    cid = sealed->metadata.cid;
    cr_assert_eq(item_judge(item, &facts), 0);
    buf_init(&text, 100);
    item_checks_format(item_check_bit(ITEM_ROOT) | item_check_bit(ITEM_LENGTH),
                       &text);
    cr_assert(span_is(buf_span(&text), "length, root"));
    buf_done(&text);
    item_free(item);
    sealed_free(sealed);
}

/* An export and the sealed metadata are age files: header, nonce, stream. */
Test(item, exports_age_files)
{
    struct sealed *sealed = seal(70000);
    struct item *item = open_item(sealed);
    struct age_stream stream;
    struct buf export;
    uint8_t plain[CHUNK_SIZE];
    size_t head = item->age_header_size + AGE_NONCE_SIZE;

    buf_init(&export, 1 << 24);
    item_export_head(item, &export);
    cr_assert_eq(export.size, head);
    buf_put_data(&export, sealed->blocks[0], item_export_size(item, 0));
    cr_assert_eq(export.size, head + sealed->plan.sealed_size);
    cr_assert_eq(item_export_size(item, 1), 0);
    cr_assert(age_stream_init(&stream, sealed->file_key,
                              export.data + head - AGE_NONCE_SIZE) == ERR_OK);
    cr_assert(age_stream_open(
                  &stream, 1, true,
                  span_part(buf_span(&export), head + SLICE_SIZE, export.size),
                  plain) == ERR_OK);
    buf_clear(&export);
    item_export_metadata(item, &export);
    age_stream_set_key(&stream, sealed->file_key,
                       export.data + head - AGE_NONCE_SIZE);
    cr_assert(age_stream_open(&stream, 0, true,
                              span_part(buf_span(&export), head, export.size),
                              plain) == ERR_OK);
    cr_assert_eq(memcmp(plain, "holdfast item 1\n", 16), 0);
    age_stream_done(&stream);
    buf_done(&export);
    item_free(item);
    sealed_free(sealed);
}

/* A recipient twice, or none, makes no header. */
Test(item, demands_recipients)
{
    struct sealed *sealed = seal(10);
    struct age_recipient twice[2] = { sealed->identity.recipient,
                                      sealed->identity.recipient };
    struct age_ephemeral ephemerals[2] = { { { 1 } }, { { 2 } } };
    struct deposit_header header = {
        .file_key = sealed->file_key,
        .payload_nonce = sealed->payload_nonce,
        .metadata_nonce = sealed->metadata_nonce,
        .recipients = twice,
        .ephemerals = ephemerals,
        .recipient_count = 2,
        .note = buf_span(&sealed->note),
    };
    struct sealer *sealer;
    struct header_id id;
    struct buf object;

    cr_assert(sealer_new(&sealer) == ERR_OK);
    buf_init(&object, HEADER_SIZE_MAX);
    cr_assert(deposit_header_build(sealer, &header, &object, &id) == ERR_RANGE);
    header.recipient_count = 0;
    cr_assert(deposit_header_build(sealer, &header, &object, &id) == ERR_RANGE);
    cr_assert_eq(object.size, 0);
    sealer_free(sealer);
    buf_done(&object);
    sealed_free(sealed);
}
