/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 64 /* bytes of the first allocation */

/* Doubling keeps the cost of many small appends linear. */
static size_t next_room(const struct buf *buf, size_t need)
{
    size_t room = buf->room > buf->max / 2 ? buf->max : buf->room * 2;

    if (room < ROOM_MIN) {
        room = ROOM_MIN;
    }
    if (room < need) {
        room = need;
    }
    return room > buf->max ? buf->max : room;
}

/* Is there room for size more bytes? Sets the error when there is not. */
static bool reserve(struct buf *buf, size_t size)
{
    size_t room;
    uint8_t *data;

    if (buf->err != ERR_OK) {
        return false;
    }
    if (size > buf->max - buf->size) {
        buf->err = ERR_TOO_BIG;
        return false;
    }
    if (buf->data != NULL && size <= buf->room - buf->size) {
        return true;
    }
    room = next_room(buf, buf->size + size);
    /* Not realloc: buf_wipe promises that no copy of what the buffer held
     * stays behind in memory that was given back. */
    data = malloc(room > 0 ? room : 1);
    if (data == NULL) {
        buf->err = ERR_NO_MEMORY;
        return false;
    }
    if (buf->data != NULL) {
        memcpy(data, buf->data, buf->size);
        sodium_memzero(buf->data, buf->size);
        free(buf->data);
    }
    buf->data = data;
    buf->room = room;
    return true;
}

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){ .max = max, .err = ERR_OK };
}

void buf_done(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->max);
}

void buf_wipe(struct buf *buf)
{
    /* All of the room: buf_clear() may have left old content behind. */
    if (buf->data != NULL) {
        sodium_memzero(buf->data, buf->room);
    }
    buf_done(buf);
}

void buf_clear(struct buf *buf)
{
    buf->size = 0;
    buf->err = ERR_OK;
}

uint8_t *buf_extend(struct buf *buf, size_t size)
{
    uint8_t *at;

    if (!reserve(buf, size)) {
        return NULL;
    }
    at = buf->data + buf->size;
    buf->size += size;
    return at;
}

void buf_put_data(struct buf *buf, const void *data, size_t size)
{
    uint8_t *at;

    if (size == 0) {
        return;
    }
    at = buf_extend(buf, size);
    if (at != NULL) {
        memcpy(at, data, size);
    }
}

void buf_put(struct buf *buf, struct span bytes)
{
    buf_put_data(buf, bytes.data, bytes.size);
}

void buf_put_str(struct buf *buf, const char *text)
{
    buf_put_data(buf, text, strlen(text));
}

void buf_put_byte(struct buf *buf, uint8_t byte)
{
    buf_put_data(buf, &byte, 1);
}

static void put_big_endian(struct buf *buf, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    for (size_t index = size; index > 0; index--) {
        bytes[index - 1] = (uint8_t)value;
        value >>= 8;
    }
    buf_put_data(buf, bytes, size);
}

void buf_put_u16(struct buf *buf, uint16_t value)
{
    put_big_endian(buf, value, sizeof(value));
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
    put_big_endian(buf, value, sizeof(value));
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
    put_big_endian(buf, value, sizeof(value));
}

/* Too long for the stack: once more, into memory of its own. */
PRINTF_LIKE(3, 0)
static void put_long(struct buf *buf, size_t size, const char *format,
                     va_list args)
{
    char *text;

    if (buf->err != ERR_OK) {
        return;
    }
    if (size > buf->max - buf->size) {
        buf->err = ERR_TOO_BIG;
        return;
    }
    text = malloc(size + 1);
    if (text == NULL) {
        buf->err = ERR_NO_MEMORY;
        return;
    }
    (void)vsnprintf(text, size + 1, format, args);
    buf_put_data(buf, text, size);
    free(text);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    char text[512];
    int size;
    va_list args;
    va_list again;

    va_start(args, format);
    va_copy(again, args);
    size = vsnprintf(text, sizeof(text), format, args);
    if (size < 0) {
        /* Only a text of more than INT_MAX bytes gets here. */
        if (buf->err == ERR_OK) {
            buf->err = ERR_TOO_BIG;
        }
    } else if ((size_t)size < sizeof(text)) {
        buf_put_data(buf, text, (size_t)size);
    } else {
        put_long(buf, (size_t)size, format, again);
    }
    va_end(again);
    va_end(args);
}
