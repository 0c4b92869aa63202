/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/text.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "model/padme.h"
#include "seal/deposit.h"
#include "seal/open.h"
#include "support/vectors.h"

#define BLOCKS_MAX 8
#define RECIPIENTS_MAX 4

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(item_vectors, .init = init);

static bool hex_is(const void *data, size_t size, const char *hex)
{
    struct buf text;
    bool same;

    buf_init(&text, 4096);
    buf_put_hex(&text, data, size);
    same = span_is(buf_span(&text), hex);
    buf_done(&text);
    return same;
}

/* ---- Writing ------------------------------------------------------------- */

/* One item on its way, from the randomness of its case. */
struct made {
    struct deposit_plan plan;
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    uint8_t payload_nonce[AGE_NONCE_SIZE];
    uint8_t metadata_nonce[AGE_NONCE_SIZE];
    uint8_t *file;
    uint8_t *payload;
    struct block_id names[BLOCKS_MAX];
    struct payload_root root;
};

static void make_payload(const json_t *one, struct sealer *sealer,
                         struct made *made)
{
    size_t size = vectors_uint(one, "size");

    cr_assert(deposit_plan(size, &made->plan) == ERR_OK);
    cr_assert_leq(made->plan.block_count, BLOCKS_MAX);
    vectors_hex_fixed(one, "file_key", made->file_key, AGE_FILE_KEY_SIZE);
    vectors_hex_fixed(one, "payload_nonce", made->payload_nonce,
                      AGE_NONCE_SIZE);
    vectors_hex_fixed(one, "metadata_nonce", made->metadata_nonce,
                      AGE_NONCE_SIZE);
    made->file = malloc(size + 1);
    made->payload = malloc(made->plan.block_count * BLOCK_SIZE_MAX);
    cr_assert(made->file != NULL && made->payload != NULL);
    prg(vectors_str(one, "file_prg"), made->file, size);
    sealer_start(sealer, &made->plan, made->file_key, made->payload_nonce);
    /* From the last block to the first: each is independent. */
    for (size_t index = made->plan.block_count; index-- > 0;) {
        size_t got;

        cr_assert(
            sealer_block(sealer, index,
                         span_of(made->file + index * BLOCK_PLAIN_SIZE,
                                 deposit_block_plain_size(&made->plan, index)),
                         made->payload + index * BLOCK_SIZE_MAX, &got,
                         &made->names[index]) == ERR_OK);
        cr_assert_eq(got, payload_block_size(made->plan.padded_size, index));
    }
    payload_root_of(made->names, made->plan.block_count, &made->root);
}

static void made_done(struct made *made)
{
    free(made->file);
    free(made->payload);
}

static void check_payload(const json_t *one, const struct made *made)
{
    json_t *names = json_object_get(one, "block_names");
    struct digest digest =
        digest_of(span_of(made->payload, made->plan.padded_size));

    cr_assert_eq(made->plan.sealed_size, vectors_uint(one, "L"));
    cr_assert_eq(made->plan.padded_size, vectors_uint(one, "P"));
    cr_assert(hex_is(digest.bytes, 32, vectors_str(one, "payload_sha256")),
              "%s", vectors_name(one));
    cr_assert(hex_is(made->root.bytes, 32, vectors_str(one, "root")));
    cr_assert_eq(json_array_size(names), made->plan.block_count);
    for (size_t index = 0; index < made->plan.block_count; index++) {
        cr_assert(hex_is(made->names[index].bytes, 32,
                         json_string_value(json_array_get(names, index))));
    }
}

/* The metadata of the case, with its own facts in place of those written. */
static void make_note(const json_t *one, const struct made *made,
                      struct buf *note)
{
    uint8_t seed[32];
    struct sign_key signer;
    struct metadata metadata;
    struct buf text;

    cr_assert(metadata_parse(vectors_text(one, "metadata_text"), &metadata,
                             NULL) == ERR_OK);
    cr_assert_str_eq(metadata.depositor.text,
                     vectors_str(one, "depositor_member"));
    metadata.root = made->root;
    metadata.sealed_size = made->plan.sealed_size;
    metadata.size = made->plan.size;
    metadata.sha256 = digest_of(span_of(made->file, made->plan.size));
    vectors_hex_fixed(one, "salt", metadata.salt, sizeof(metadata.salt));
    buf_init(&text, NOTE_SIZE_MAX);
    cr_assert(metadata_format(&metadata, &text) == ERR_OK);
    cr_assert(span_equal(buf_span(&text), vectors_text(one, "metadata_text")));
    buf_done(&text);
    vectors_hex_fixed(one, "depositor_seed", seed, sizeof(seed));
    cr_assert(sign_key_init(&signer, seed) == ERR_OK);
    cr_assert(metadata_sign(&metadata, &signer, note) == ERR_OK);
    cr_assert(span_equal(buf_span(note), vectors_text(one, "metadata_note")));
    cr_assert_eq(metadata_padded_size(note->size),
                 vectors_uint(one, "metadata_padded_size"));
    sign_key_done(&signer);
    metadata_done(&metadata);
}

static void check_header(const json_t *one, struct sealer *sealer,
                         const struct made *made, const struct buf *note)
{
    json_t *recipients = json_object_get(one, "recipients");
    json_t *secrets = json_object_get(one, "ephemeral_secrets");
    struct age_recipient keys[RECIPIENTS_MAX];
    struct age_ephemeral ephemerals[RECIPIENTS_MAX];
    struct deposit_header header = {
        .file_key = made->file_key,
        .payload_nonce = made->payload_nonce,
        .metadata_nonce = made->metadata_nonce,
        .recipients = keys,
        .ephemerals = ephemerals,
        .recipient_count = json_array_size(recipients),
        .note = buf_span(note),
    };
    struct buf object;
    struct buf wanted;
    struct header_id id;

    cr_assert_leq(header.recipient_count, RECIPIENTS_MAX);
    for (size_t index = 0; index < header.recipient_count; index++) {
        cr_assert(age_recipient_parse(span_str(json_string_value(
                                          json_array_get(recipients, index))),
                                      &keys[index], NULL) == ERR_OK);
        cr_assert(hex_parse(span_str(json_string_value(
                                json_array_get(secrets, index))),
                            ephemerals[index].bytes, 32) == ERR_OK);
    }
    buf_init(&object, HEADER_SIZE_MAX);
    buf_init(&wanted, HEADER_SIZE_MAX);
    cr_assert(deposit_header_build(sealer, &header, &object, &id) == ERR_OK);
    vectors_base64(one, "header", &wanted);
    cr_assert(span_equal(buf_span(&object), buf_span(&wanted)), "%s",
              vectors_name(one));
    cr_assert(hex_is(id.bytes, 32, vectors_str(one, "header_id")));
    buf_done(&wanted);
    buf_done(&object);
}

/* With the given randomness the writer makes exactly the given item: payload,
 * names, note, header and commitment. */
Test(item_vectors, written)
{
    json_t *file = vectors_load("holdfast/items.json");
    json_t *cases = vectors_cases(file, "items");
    struct sealer *sealer;
    json_t *one;
    size_t index;

    cr_assert(sealer_new(&sealer) == ERR_OK);
    json_array_foreach(cases, index, one)
    {
        struct made made;
        struct buf note;
        uint8_t salt[METADATA_SALT_SIZE];
        struct digest sha256;
        struct digest commitment;

        if (!vectors_expect(one, "ok")) {
            continue;
        }
        make_payload(one, sealer, &made);
        check_payload(one, &made);
        buf_init(&note, NOTE_SIZE_MAX);
        make_note(one, &made, &note);
        check_header(one, sealer, &made, &note);
        vectors_hex_fixed(one, "salt", salt, sizeof(salt));
        sha256 = digest_of(span_of(made.file, made.plan.size));
        metadata_commitment(salt, &sha256, buf_span(&note), &commitment);
        cr_assert(hex_is(commitment.bytes, 32, vectors_str(one, "commitment")));
        buf_done(&note);
        made_done(&made);
    }
    sealer_free(sealer);
    json_decref(file);
}

/* ---- Reading ------------------------------------------------------------- */

/* What the reader of one item finds. */
struct reading {
    struct item *item;
    struct buf plain;
    struct buf export;
    item_checks blocks_failed;
    struct payload_root root;
};

static void read_blocks(struct reading *reading, struct span payload)
{
    struct opener *opener;
    struct block_id names[BLOCKS_MAX];
    uint8_t *plain = malloc(BLOCK_PLAIN_SIZE);
    size_t count = payload_block_count(payload.size);

    cr_assert(plain != NULL && opener_new(&opener) == ERR_OK);
    opener_start(opener, reading->item);
    item_export_head(reading->item, &reading->export);
    for (size_t index = 0; index < count; index++) {
        struct span block =
            span_part(payload, index * BLOCK_SIZE_MAX, BLOCK_SIZE_MAX);
        size_t size;

        cr_assert(block_name(block, &names[index]) == ERR_OK);
        cr_assert(opener_block(opener, index, block, plain, &size,
                               &reading->blocks_failed) == ERR_OK);
        buf_put_data(&reading->plain, plain, size);
        buf_put(&reading->export,
                span_part(block, 0, item_export_size(reading->item, index)));
    }
    payload_root_of(names, count, &reading->root);
    opener_free(opener);
    free(plain);
}

/* All checks of one case, with its own record. */
static item_checks read_item(const json_t *one, const char *identity_text,
                             struct span payload, struct reading *ret_reading)
{
    struct reading reading = { .item = NULL };
    struct age_identity identity;
    struct record record;
    struct cid cid;
    struct buf object;
    struct item_facts facts = { .cid = &cid };

    buf_init(&object, HEADER_SIZE_MAX);
    buf_init(&reading.plain, 1 << 24);
    buf_init(&reading.export, 1 << 24);
    vectors_base64(one, "header", &object);
    cr_assert(age_identity_parse(span_str(identity_text), &identity, NULL) ==
              ERR_OK);
    cr_assert(record_parse(vectors_text(one, "record"), &record, NULL) ==
              ERR_OK);
    origin_cid_copy(&record.origin, &cid);
    cr_assert(item_open(buf_span(&object), &identity, 1, &reading.item, NULL) ==
              ERR_OK);
    facts.deposit = &record.deposit;
    facts.payload_size = payload.size;
    if (reading.item->has_metadata) {
        read_blocks(&reading, payload);
        facts.has_payload = true;
        facts.root = reading.root;
        facts.blocks_failed = reading.blocks_failed;
        facts.has_sha256 = true;
        facts.sha256 = digest_of(buf_span(&reading.plain));
        facts.has_sha512 = true;
        facts.sha512 = digest512_of(buf_span(&reading.plain));
    }
    age_identity_done(&identity);
    buf_done(&object);
    *ret_reading = reading;
    return item_judge(reading.item, &facts);
}

static void reading_done(struct reading *reading)
{
    item_free(reading->item);
    buf_done(&reading->plain);
    buf_done(&reading->export);
}

static const json_t *case_named(const json_t *cases, const char *name)
{
    const json_t *one;
    size_t index;

    json_array_foreach(cases, index, one)
    {
        if (strcmp(vectors_name(one), name) == 0) {
            return one;
        }
    }
    cr_assert_fail("no case %s", name);
    return NULL;
}

/* Every good item opens, without a failed check, to its file and its export. */
Test(item_vectors, opened)
{
    json_t *file = vectors_load("holdfast/items.json");
    json_t *cases = vectors_cases(file, "items");
    struct sealer *sealer;
    json_t *one;
    size_t index;

    cr_assert(sealer_new(&sealer) == ERR_OK);
    json_array_foreach(cases, index, one)
    {
        struct made made;
        struct reading reading;
        struct digest digest;

        if (!vectors_expect(one, "ok")) {
            continue;
        }
        make_payload(one, sealer, &made);
        cr_assert_eq(read_item(one, vectors_str(file, "identity_opens"),
                               span_of(made.payload, made.plan.padded_size),
                               &reading),
                     0, "%s", vectors_name(one));
        cr_assert(span_equal(buf_span(&reading.plain),
                             span_of(made.file, made.plan.size)));
        digest = digest_of(buf_span(&reading.export));
        cr_assert(hex_is(digest.bytes, 32, vectors_str(one, "export_sha256")));
        cr_assert(
            hex_is(reading.item->id.bytes, 32, vectors_str(one, "header_id")));
        cr_assert_eq(reading.item->age_header_size,
                     vectors_uint(one, "age_header_size"));
        reading_done(&reading);
        made_done(&made);
    }
    sealer_free(sealer);
    json_decref(file);
}

static struct span edited(const json_t *one, struct made *made)
{
    size_t size = made->plan.padded_size;
    const json_t *edit = json_object_get(one, "payload_edit");

    if (edit != NULL && vectors_has(edit, "cut_to")) {
        size = vectors_uint(edit, "cut_to");
    } else if (edit != NULL) {
        made->payload[vectors_uint(edit, "offset")] ^=
            (uint8_t)vectors_uint(edit, "xor");
    }
    return span_of(made->payload, size);
}

/* In a bad item exactly the checks that fail are named. */
Test(item_vectors, failed_checks_are_named)
{
    json_t *file = vectors_load("holdfast/items.json");
    json_t *cases = vectors_cases(file, "items");
    struct sealer *sealer;
    json_t *one;
    size_t index;

    cr_assert(sealer_new(&sealer) == ERR_OK);
    json_array_foreach(cases, index, one)
    {
        json_t *wanted = json_object_get(one, "all_failed");
        struct made made;
        struct reading reading;
        item_checks failed;
        item_checks expected = 0;
        struct buf text;

        if (!vectors_expect(one, "bad")) {
            continue;
        }
        for (size_t at = 0; at < json_array_size(wanted); at++) {
            const char *word = json_string_value(json_array_get(wanted, at));
            unsigned check = 0;

            while (check < ITEM_CHECK_COUNT &&
                   strcmp(word, item_check_name(check)) != 0) {
                check++;
            }
            cr_assert_lt(check, ITEM_CHECK_COUNT, "no check %s", word);
            expected |= item_check_bit(check);
        }
        make_payload(case_named(cases, vectors_str(one, "payload_of")), sealer,
                     &made);
        failed = read_item(one, vectors_str(file, "identity_opens"),
                           edited(one, &made), &reading);
        buf_init(&text, 4096);
        item_checks_format(failed, &text);
        buf_put_byte(&text, 0);
        cr_assert_eq(failed, expected, "%s: %s", vectors_name(one), text.data);
        buf_done(&text);
        reading_done(&reading);
        made_done(&made);
    }
    sealer_free(sealer);
    json_decref(file);
}
