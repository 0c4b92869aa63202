/* SPDX-License-Identifier: Apache-2.0 */
/* A growing buffer with a maximum. Errors stick: after the first append that
 * does not fit (or finds no memory) every later append does nothing, and
 * buf_failed() says so; check once, at the end. The owner calls buf_done().
 * What is appended must not lie in the buffer itself: growing moves it, and
 * wipes the place that it leaves. */
#ifndef HF_BASE_BUF_H
#define HF_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

struct buf {
    uint8_t *data; /* owned */
    size_t size;   /* bytes used */
    size_t room;   /* bytes allocated */
    size_t max;    /* bytes; never exceeded */
    enum err err;  /* ERR_OK, ERR_TOO_BIG or ERR_NO_MEMORY */
};

/* An empty buffer that never grows beyond max bytes. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);
/* Free. The buffer may be initialised again. */
void buf_done(struct buf *buf);
/* The same after wiping: for plaintext that is nobody's business. */
void buf_wipe(struct buf *buf);
/* Forget the content and the error, keep the memory. */
void buf_clear(struct buf *buf);
/* Make room for `size` more bytes in one step, and give where they go, or NULL
 * on failure. The bytes count as used at once. */
uint8_t *buf_extend(struct buf *buf, size_t size);
void buf_put(struct buf *buf, struct span bytes);
void buf_put_data(struct buf *buf, const void *data, size_t size);
void buf_put_str(struct buf *buf, const char *text);
void buf_put_byte(struct buf *buf, uint8_t byte);
/* Big-endian. */
void buf_put_u16(struct buf *buf, uint16_t value);
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_u64(struct buf *buf, uint64_t value);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

static inline bool buf_failed(const struct buf *buf)
{
    return buf->err != ERR_OK;
}

static inline struct span buf_span(const struct buf *buf)
{
    return span_of(buf->data, buf->size);
}

#endif
