/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sp.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"

static enum err feed(struct sp_reader *reader, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    while (size > 0) {
        size_t room;
        uint8_t *to = sp_reader_room(reader, &room);
        enum err err;

        cr_assert_not_null(to);
        cr_assert_gt(room, 0);
        room = room < size ? room : size;
        memcpy(to, from, room);
        from += room;
        size -= room;
        err = sp_reader_filled(reader, room);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

#define GREETING "\0SP\0\0\x31\0\0"

/* The greeting and a request are the bytes that NNG's REQ sends. */
Test(sp, writes_what_nng_writes)
{
    struct buf bytes;
    size_t place;

    buf_init(&bytes, 64);
    sp_greeting_put(&bytes);
    cr_assert_eq(bytes.size, 8);
    cr_assert_arr_eq(bytes.data, "\0SP\0\0\x30\0\0", 8);
    place = sp_message_begin(&bytes);
    buf_put_str(&bytes, "frame");
    cr_assert_eq(sp_message_end(&bytes, place, SP_NUMBER_BIT | 0x0102), ERR_OK);
    cr_assert_eq(bytes.size, 8 + 12 + 5);
    cr_assert_arr_eq(bytes.data + 8,
                     "\0\0\0\0\0\0\0\x09\x80\0\x01\x02"
                     "frame",
                     17);
    buf_done(&bytes);
}

/* A message larger than any frame is not begun. */
Test(sp, refuses_to_write_too_much)
{
    struct buf bytes;
    size_t place;

    buf_init(&bytes, SP_HEAD_SIZE + MESSAGE_SIZE_MAX + 1);
    place = sp_message_begin(&bytes);
    cr_assert_not_null(buf_extend(&bytes, MESSAGE_SIZE_MAX));
    cr_assert_eq(sp_message_end(&bytes, place, SP_NUMBER_BIT), ERR_OK);
    buf_put_byte(&bytes, 0);
    cr_assert_eq(sp_message_end(&bytes, place, SP_NUMBER_BIT), ERR_TOO_BIG);
    buf_put_byte(&bytes, 0);
    cr_assert_eq(sp_message_end(&bytes, place, SP_NUMBER_BIT), ERR_TOO_BIG);
    buf_done(&bytes);
}

/* Messages come out whole, one after the other, whatever the pieces. */
Test(sp, reads_messages_from_pieces)
{
    static const char stream[] = GREETING "\0\0\0\0\0\0\0\x09\x80\0\0\x07"
                                          "first"
                                          "\0\0\0\0\0\0\0\x05\xff\xff\xff\xff"
                                          "2";
    size_t size = sizeof(stream) - 1;

    for (size_t piece = 1; piece <= 12; piece++) {
        struct sp_reader reader;
        uint32_t number = 0;
        struct buf message;
        size_t seen = 0;
        size_t room;

        sp_reader_init(&reader);
        for (size_t at = 0; at < size;) {
            cr_assert_not_null(sp_reader_room(&reader, &room));
            room = room < piece ? room : piece;
            room = room < size - at ? room : size - at;
            cr_assert_eq(feed(&reader, stream + at, room), ERR_OK);
            at += room;
            if (!sp_reader_has_message(&reader, &number)) {
                continue;
            }
            seen++;
            sp_reader_take(&reader, &message);
            cr_assert_eq(number, seen == 1 ? 0x80000007U : UINT32_MAX);
            cr_assert_eq(message.size, SP_HEAD_SIZE + (seen == 1 ? 5 : 1));
            cr_assert_arr_eq(message.data + SP_HEAD_SIZE,
                             seen == 1 ? "first" : "2",
                             message.size - SP_HEAD_SIZE);
            buf_done(&message);
        }
        cr_assert_eq(seen, 2);
        sp_reader_done(&reader);
    }
}

/* Another protocol, lengths that cannot be, and a message that is still on its
 * way through others end the connection. */
Test(sp, refuses_what_is_no_answer)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum err err;
    } rows[] = {
        { "HTTP/1.1", 8, ERR_MALFORMED },
        { "\0SP\0\0\x30\0\0", 8, ERR_MALFORMED }, /* an asker, like us */
        { GREETING "\0\0\0\0\0\0\0\0", 16, ERR_MALFORMED },
        { GREETING "\0\0\0\0\0\0\0\4", 16, ERR_MALFORMED },
        { GREETING "\0\0\0\0\0\x14\0\4", 16, ERR_OK },
        { GREETING "\0\0\0\0\0\x14\0\5", 16, ERR_TOO_BIG },
        { GREETING "\xff\xff\xff\xff\xff\xff\xff\xff", 16, ERR_TOO_BIG },
        { GREETING "\0\0\0\0\0\0\0\x09\x7f", 17, ERR_MALFORMED },
    };

    cr_assert_eq(MESSAGE_SIZE_MAX, 0x140000);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sp_reader reader;

        sp_reader_init(&reader);
        cr_assert_eq(feed(&reader, rows[i].bytes, rows[i].size), rows[i].err,
                     "row %zu", i);
        sp_reader_done(&reader);
    }
}
