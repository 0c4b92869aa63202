/* SPDX-License-Identifier: Apache-2.0 */
/* The age test kit: each file decrypted with its keys, the class of the result
 * and the released plaintext compared. Armoured files and hybrid identities
 * must be refused as not offered. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/age_header.h"
#include "crypto/age_stream.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "support/vectors.h"

#define FOLDER "age/testkit"
#define FILE_MAX (64 << 20)
#define KEYS_MAX 4
#define VALUE_SIZE 256

/* One file of the kit. */
struct kit {
    const char *name; /* borrowed */
    char expect[VALUE_SIZE];
    char payload[VALUE_SIZE];  /* hash of the released plaintext, or "" */
    char file_key[VALUE_SIZE]; /* hex */
    char identities[KEYS_MAX][VALUE_SIZE];
    size_t identity_count;
    char passphrases[KEYS_MAX][VALUE_SIZE];
    size_t passphrase_count;
    bool armoured;
    bool compressed;
    bool hybrid;    /* one of the identities is */
    struct buf age; /* the age file */
};

/* What came of decrypting it. */
struct result {
    const char *class;
    struct digest released;
};

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(age, .init = ready, .timeout = 240);

static void inflate_age(struct kit *kit, struct span packed)
{
    z_stream stream = { .next_in = (Bytef *)packed.data,
                        .avail_in = (uInt)packed.size };
    uint8_t piece[65536];
    int rc = inflateInit(&stream);

    cr_assert_eq(rc, Z_OK);
    while (rc == Z_OK) {
        stream.next_out = piece;
        stream.avail_out = sizeof(piece);
        rc = inflate(&stream, Z_NO_FLUSH);
        buf_put_data(&kit->age, piece, sizeof(piece) - stream.avail_out);
    }
    cr_assert_eq(rc, Z_STREAM_END, "%s", kit->name);
    inflateEnd(&stream);
}

static void copy_value(char *to, struct span value)
{
    cr_assert(value.size < VALUE_SIZE);
    memcpy(to, value.data, value.size);
    to[value.size] = '\0';
}

static void kit_line(struct kit *kit, struct span line)
{
    const uint8_t *colon = memchr(line.data, ':', line.size);
    struct span key;
    struct span value;

    cr_assert(colon != NULL && colon[1] == ' ', "%s", kit->name);
    key = span_part(line, 0, (size_t)(colon - line.data));
    value = span_part(line, key.size + 2, line.size);
    if (span_is(key, "expect")) {
        copy_value(kit->expect, value);
    } else if (span_is(key, "payload")) {
        copy_value(kit->payload, value);
    } else if (span_is(key, "file key")) {
        copy_value(kit->file_key, value);
    } else if (span_is(key, "identity")) {
        cr_assert(kit->identity_count < KEYS_MAX);
        copy_value(kit->identities[kit->identity_count++], value);
        kit->hybrid |= span_starts(value, "AGE-SECRET-KEY-PQ-");
    } else if (span_is(key, "passphrase")) {
        cr_assert(kit->passphrase_count < KEYS_MAX);
        copy_value(kit->passphrases[kit->passphrase_count++], value);
    } else if (span_is(key, "armored")) {
        kit->armoured = true;
    } else if (span_is(key, "compressed")) {
        cr_assert(span_is(value, "zlib"));
        kit->compressed = true;
    } else {
        cr_assert(span_is(key, "comment"), "%s: a new field", kit->name);
    }
}

static void kit_init(struct kit *kit, const char *name)
{
    struct buf file;
    struct span left;
    char path[VALUE_SIZE];

    *kit = (struct kit){ .name = name };
    snprintf(path, sizeof(path), FOLDER "/%s", name);
    buf_init(&file, FILE_MAX);
    buf_init(&kit->age, FILE_MAX);
    vectors_read(path, &file);
    left = buf_span(&file);
    for (;;) {
        const uint8_t *end = memchr(left.data, '\n', left.size);
        struct span line;

        cr_assert_not_null(end);
        line = span_part(left, 0, (size_t)(end - left.data));
        left = span_part(left, line.size + 1, left.size);
        if (line.size == 0) {
            break;
        }
        kit_line(kit, line);
    }
    if (kit->compressed) {
        inflate_age(kit, left);
    } else {
        buf_put(&kit->age, left);
    }
    cr_assert(!buf_failed(&kit->age));
    buf_done(&file);
}

static enum err unwrap(const struct kit *kit, const struct age_header *header,
                       uint8_t *ret_file_key)
{
    enum err rc = ERR_WRONG_KEY;

    for (size_t index = 0; index < kit->identity_count && rc == ERR_WRONG_KEY;
         index++) {
        struct age_identity identity;

        cr_assert_eq(age_identity_parse(span_str(kit->identities[index]),
                                        &identity, NULL),
                     ERR_OK);
        rc = age_header_unwrap(header, &identity, 1, ret_file_key, NULL);
        age_identity_done(&identity);
    }
    for (size_t index = 0; index < kit->passphrase_count && rc == ERR_WRONG_KEY;
         index++) {
        rc = age_header_unwrap_passphrase(
            header, span_str(kit->passphrases[index]), AGE_SCRYPT_LOG_N_MAX,
            ret_file_key, NULL);
    }
    return rc;
}

/* Read the chunks; on success seal the plaintext again: the same bytes. */
static enum err read_payload(const struct kit *kit, struct span left,
                             const uint8_t *file_key, struct sha256 *released)
{
    static uint8_t plain[CHUNK_SIZE];
    static uint8_t again[SLICE_SIZE];
    struct age_stream stream;
    struct age_reader reader;
    enum err rc = ERR_OK;

    cr_assert_eq(age_stream_init(&stream, file_key, left.data), ERR_OK);
    left = span_part(left, AGE_NONCE_SIZE, left.size);
    age_reader_init(&reader, &stream);
    while (left.size > 0 && rc == ERR_OK) {
        struct span slice = span_part(left, 0, SLICE_SIZE);
        size_t size;

        rc = age_reader_next(&reader, slice, plain, &size);
        if (rc == ERR_OK) {
            sha256_update(released, span_of(plain, size));
            age_stream_seal(&stream, reader.index - 1, reader.ended,
                            span_of(plain, size), again);
            cr_expect(span_equal(span_of(again, slice.size), slice),
                      "%s: sealed again differs", kit->name);
        }
        left = span_part(left, slice.size, left.size);
    }
    if (rc == ERR_OK) {
        rc = age_reader_finish(&reader);
    }
    age_stream_done(&stream);
    return rc;
}

static void expect_file_key(const struct kit *kit, const uint8_t *found)
{
    char text[2 * AGE_FILE_KEY_SIZE + 1];

    hex_format(text, found, AGE_FILE_KEY_SIZE);
    cr_expect_str_eq(text, kit->file_key, "%s", kit->name);
}

static const char *decrypt_parsed(const struct kit *kit,
                                  const struct age_header *header,
                                  struct sha256 *released)
{
    struct span left =
        span_part(buf_span(&kit->age), header->bytes.size, kit->age.size);
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    enum err rc = unwrap(kit, header, file_key);

    if (rc == ERR_WRONG_KEY) {
        return "no match";
    }
    if (rc != ERR_OK) {
        return "header failure";
    }
    expect_file_key(kit, file_key);
    if (age_header_verify(header, file_key) != ERR_OK) {
        return "HMAC failure";
    }
    if (left.size < AGE_NONCE_SIZE) {
        return "header failure";
    }
    return read_payload(kit, left, file_key, released) == ERR_OK
               ? "success"
               : "payload failure";
}

static struct result decrypt(const struct kit *kit)
{
    struct result result = { .class = "header failure" };
    struct age_header header;
    struct sha256 released;
    struct why why;

    sha256_init(&released);
    if (age_header_parse(buf_span(&kit->age), &header, &why) == ERR_OK) {
        struct buf again;

        buf_init(&again, AGE_HEADER_SIZE_MAX);
        age_header_encode(&again, &header);
        cr_expect(span_equal(buf_span(&again), header.bytes),
                  "%s: written again differs", kit->name);
        buf_done(&again);
        result.class = decrypt_parsed(kit, &header, &released);
        age_header_done(&header);
    } else {
        cr_expect(why.text[0] != '\0', "%s: no sentence", kit->name);
    }
    sha256_final(&released, &result.released);
    return result;
}

/* An armoured file is refused as such when it begins as one, else as no age
 * file at all. */
static void refuse_armour(const struct kit *kit)
{
    static const char begin[] = "-----BEGIN AGE ENCRYPTED FILE-----";
    struct span bytes = buf_span(&kit->age);
    struct age_header header;
    enum err rc = age_header_parse(bytes, &header, NULL);
    bool begins;

    while (bytes.size > 0 && strchr(" \t\r\n", bytes.data[0]) != NULL) {
        bytes = span_part(bytes, 1, bytes.size);
    }
    begins = span_starts(bytes, begin);
    cr_expect_eq(rc, begins ? ERR_UNSUPPORTED : ERR_MALFORMED, "%s", kit->name);
}

/* Neither the identity nor a file that only it opens is offered. */
static void refuse_hybrid(const struct kit *kit)
{
    static const uint8_t stranger[AGE_KEY_SIZE] = { 0, 7 };
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    struct age_identity identity;
    struct age_header header;
    struct why why;
    bool refused = false;

    for (size_t index = 0; index < kit->identity_count; index++) {
        enum err rc = age_identity_parse(span_str(kit->identities[index]),
                                         &identity, &why);

        if (rc == ERR_OK) {
            age_identity_done(&identity);
        } else {
            cr_expect_eq(rc, ERR_UNSUPPORTED, "%s", kit->name);
            cr_expect(why.text[0] != '\0');
            refused = true;
        }
    }
    cr_expect(refused, "%s", kit->name);
    /* A header that is no header at all is refused as that. */
    if (age_header_parse(buf_span(&kit->age), &header, NULL) != ERR_OK) {
        cr_expect_str_eq(kit->expect, "header failure", "%s", kit->name);
        return;
    }
    cr_assert_eq(age_identity_init(&identity, stranger), ERR_OK);
    if (strcmp(kit->name, "hybrid_x25519_arg") == 0) {
        cr_expect_eq(age_header_unwrap(&header, &identity, 1, file_key, NULL),
                     ERR_MALFORMED);
    } else {
        cr_expect_eq(age_header_unwrap(&header, &identity, 1, file_key, &why),
                     ERR_UNSUPPORTED, "%s", kit->name);
    }
    age_identity_done(&identity);
    age_header_done(&header);
}

static void run_kit(const struct kit *kit)
{
    static const char no_plaintext[] = "";
    struct result result;
    char text[2 * DIGEST_SIZE + 1];
    struct digest none = digest_of(span_str(no_plaintext));

    if (kit->armoured) {
        refuse_armour(kit);
        return;
    }
    if (kit->hybrid) {
        refuse_hybrid(kit);
        return;
    }
    result = decrypt(kit);
    cr_expect_str_eq(result.class, kit->expect, "%s", kit->name);
    hex_format(text, result.released.bytes, DIGEST_SIZE);
    if (kit->payload[0] != '\0') {
        cr_expect_str_eq(text, kit->payload, "%s", kit->name);
    } else {
        cr_expect(digest_equal(&result.released, &none), "%s", kit->name);
    }
}

/* Every file of the kit, classical ones decrypted, others refused. */
Test(age, passes_the_test_kit)
{
    struct vector_names names;
    size_t decrypted = 0;

    vectors_list(FOLDER, &names);
    for (size_t index = 0; index < names.count; index++) {
        struct kit kit;

        kit_init(&kit, names.names[index]);
        run_kit(&kit);
        decrypted += !kit.armoured && !kit.hybrid;
        buf_done(&kit.age);
    }
    cr_expect(decrypted >= 50, "only %zu files", decrypted);
    vectors_names_done(&names);
}
