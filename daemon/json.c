/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"

#define TIME_S_MAX 253402300799ULL /* the end of the year 9999 */

const char *text_rfc3339(char text[static TEXT_SIZE], uint64_t posix_s)
{
    time_t time = (time_t)posix_s;
    struct tm parts;

    if (posix_s > TIME_S_MAX || gmtime_r(&time, &parts) == NULL) {
        snprintf(text, TEXT_SIZE, "9999-12-31T23:59:59Z");
        return text;
    }
    strftime(text, TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

static json_t *visible_text(struct span text)
{
    struct buf shown;
    json_t *value;

    buf_init(&shown, text.size * 4 + 1);
    buf_put_visible(&shown, text);
    CHECK(!buf_failed(&shown));
    value = json_stringn((const char *)shown.data, shown.size);
    buf_done(&shown);
    return value;
}

json_t *json_text(struct span text)
{
    json_t *value;

    if (text.size == 0) {
        value = json_string("");
    } else if (memchr(text.data, 0, text.size) != NULL) {
        value = visible_text(text);
    } else {
        value = json_stringn((const char *)text.data, text.size);
        if (value == NULL) {
            value = visible_text(text);
        }
    }
    CHECK(value != NULL);
    return value;
}

json_t *json_hex(const void *bytes, size_t size)
{
    struct buf text;
    json_t *value;

    buf_init(&text, 2 * size + 1);
    buf_put_hex(&text, bytes, size);
    CHECK(!buf_failed(&text));
    value = json_text(buf_span(&text));
    buf_done(&text);
    return value;
}

json_t *json_time(uint64_t posix_s)
{
    char text[TEXT_SIZE];

    return json_string(text_rfc3339(text, posix_s));
}

json_t *json_count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

void json_put(json_t *object, const char *key, json_t *value)
{
    CHECK(object != NULL && value != NULL);
    CHECK(json_object_set_new(object, key, value) == 0);
}
