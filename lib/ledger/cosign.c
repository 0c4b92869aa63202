/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/cosign.h"

#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"

#define TIME_MAX INT64_MAX
#define MESSAGE_HEAD_MAX 64 /* bytes of the two lines before the text */

static enum err message_make(struct buf *message, uint64_t time,
                             struct span text)
{
    buf_init(message, text.size + MESSAGE_HEAD_MAX);
    buf_printf(message, "cosignature/v1\ntime %llu\n",
               (unsigned long long)time);
    buf_put(message, text);
    return message->err;
}

enum err cosign_verify(struct span text, const struct public_key *public_key,
                       const uint8_t blob[static COSIGN_BLOB_SIZE],
                       uint64_t *ret_time)
{
    struct signature signature;
    struct buf message;
    uint64_t time = 0;
    enum err err;

    for (size_t index = 0; index < 8; index++) {
        time = time << 8 | blob[index];
    }
    if (time < 1 || time > TIME_MAX) {
        return ERR_WRONG_SIGNATURE;
    }
    memcpy(signature.bytes, blob + 8, sizeof(signature.bytes));
    err = message_make(&message, time, text);
    if (err == ERR_OK) {
        err = sign_verify(public_key, buf_span(&message), &signature);
    }
    buf_done(&message);
    if (err == ERR_OK) {
        *ret_time = time;
    }
    return err;
}

enum err cosign_make(struct span text, uint64_t time,
                     const struct sign_key *secret,
                     uint8_t ret_blob[static COSIGN_BLOB_SIZE])
{
    struct signature signature;
    struct buf message;
    enum err err;

    if (time < 1 || time > TIME_MAX) {
        return ERR_RANGE;
    }
    err = message_make(&message, time, text);
    if (err == ERR_OK) {
        sign_key_sign(secret, buf_span(&message), &signature);
        bytes_put_u64(ret_blob, time);
        memcpy(ret_blob + 8, signature.bytes, sizeof(signature.bytes));
    }
    buf_done(&message);
    return err;
}
