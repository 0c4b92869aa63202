/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/sealed.h"

#include <sodium.h>
#include <string.h>

#include "crypto/age_header.h"
#include "crypto/age_stream.h"
#include "crypto/secret.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/passphrase.h"

#define SEALED_SIZE_MAX 524288 /* fits in guarded memory */

/* ---- Sealed with a passphrase -------------------------------------------- */

/* One file key seals header and stream. */
static enum err seal_with(struct span plain, const struct secret *passphrase,
                          const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                          struct buf *sealed)
{
    struct age_stream stream;
    uint8_t salt[AGE_SALT_SIZE];
    uint8_t nonce[AGE_NONCE_SIZE];
    uint8_t *to;
    enum err err;

    randombytes_buf(salt, sizeof(salt));
    randombytes_buf(nonce, sizeof(nonce));
    err = age_header_seal_passphrase(sealed, file_key, secret_span(passphrase),
                                     salt, AGE_SCRYPT_LOG_N_WRITE);
    if (err != ERR_OK) {
        return err;
    }
    buf_put_data(sealed, nonce, sizeof(nonce));
    to = buf_extend(sealed, plain.size + AEAD_TAG_SIZE);
    if (to == NULL) {
        return sealed->err;
    }
    err = age_stream_init(&stream, file_key, nonce);
    if (err == ERR_OK) {
        age_stream_seal(&stream, 0, true, plain, to);
        age_stream_done(&stream);
    }
    return err;
}

enum err sealed_make(struct span plain, const struct secret *passphrase,
                     struct buf *sealed, struct why *ret_why)
{
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    enum err err;

    if (plain.size == 0 || plain.size > CHUNK_SIZE) {
        return why_set(ret_why, ERR_TOO_BIG, "more than one chunk to seal");
    }
    randombytes_buf(file_key, sizeof(file_key));
    err = seal_with(plain, passphrase, file_key, sealed);
    secret_wipe(file_key, sizeof(file_key));
    return err == ERR_OK ? ERR_OK : why_set(ret_why, err, "%s", err_text(err));
}

/* The chunks behind the nonce. */
static enum err open_stream(struct span body,
                            const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                            struct secret **ret_plain)
{
    struct age_stream stream;
    struct age_reader reader;
    struct secret *room;
    struct secret *chunk;
    size_t used = 0;
    enum err err;

    if (body.size < AGE_NONCE_SIZE) {
        return ERR_CORRUPT;
    }
    err = age_stream_init(&stream, file_key, body.data);
    if (err != ERR_OK) {
        return err;
    }
    body = span_part(body, AGE_NONCE_SIZE, body.size);
    room = secret_new(body.size + 1);
    chunk = secret_new(CHUNK_SIZE);
    err = room == NULL || chunk == NULL ? ERR_NO_MEMORY : ERR_OK;
    age_reader_init(&reader, &stream);
    while (err == ERR_OK && body.size > 0) {
        size_t size;

        err = age_reader_next(&reader, span_part(body, 0, SLICE_SIZE),
                              secret_bytes(chunk), &size);
        if (err == ERR_OK) {
            memcpy(secret_bytes(room) + used, secret_data(chunk), size);
            used += size;
            body = span_part(body, SLICE_SIZE, body.size);
        }
    }
    err = err == ERR_OK ? age_reader_finish(&reader) : err;
    if (err == ERR_OK && used > 0) {
        *ret_plain = secret_copy(span_of(secret_data(room), used));
        err = *ret_plain == NULL ? ERR_NO_MEMORY : ERR_OK;
    } else if (err == ERR_OK) {
        err = ERR_CORRUPT;
    }
    secret_free(chunk);
    secret_free(room);
    age_stream_done(&stream);
    return err;
}

enum err sealed_open(struct span sealed, const struct secret *passphrase,
                     struct secret **ret_plain, struct why *ret_why)
{
    struct age_header header;
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    struct secret *plain;
    enum err err;

    err = age_header_parse(sealed, &header, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    err = age_header_unwrap_passphrase(&header, secret_span(passphrase),
                                       AGE_SCRYPT_LOG_N_MAX, file_key, ret_why);
    if (err == ERR_OK) {
        err = age_header_verify(&header, file_key);
        if (err == ERR_OK) {
            err = open_stream(span_part(sealed, header.bytes.size, sealed.size),
                              file_key, &plain);
        }
        if (err != ERR_OK) {
            err = why_set(ret_why, err, "%s", err_text(err));
        }
    }
    secret_wipe(file_key, sizeof(file_key));
    age_header_done(&header);
    if (err == ERR_OK) {
        *ret_plain = plain;
    }
    return err;
}

/* ---- Evidence identities ------------------------------------------------- */

enum err sealed_identities(struct output *output, const char *path,
                           const char *passphrase_file, bool no_input,
                           struct age_identities *ret_identities,
                           struct why *ret_why)
{
    struct secret *bytes = NULL;
    struct secret *passphrase = NULL;
    struct secret *plain = NULL;
    enum err err;

    err = keyio_read_secret(path, SEALED_SIZE_MAX, &bytes, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    if (!span_starts(secret_span(bytes), "age-encryption.org/")) {
        err = age_identities_parse(secret_span(bytes), ret_identities, ret_why);
        goto out;
    }
    err = passphrase_read(output, passphrase_file, path, false, no_input,
                          &passphrase, ret_why);
    if (err != ERR_OK) {
        secret_free(bytes);
        return err;
    }
    err = sealed_open(secret_span(bytes), passphrase, &plain, ret_why);
    if (err == ERR_WRONG_KEY) {
        err = why_set(ret_why, err, "the passphrase does not open it");
    }
    if (err == ERR_OK) {
        err = age_identities_parse(secret_span(plain), ret_identities, ret_why);
    }
out:
    secret_free(plain);
    secret_free(passphrase);
    secret_free(bytes);
    return err == ERR_OK ? ERR_OK : why_prefix(ret_why, err, "%s", path);
}
