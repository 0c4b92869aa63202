/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/roster_signed.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/fields.h"
#include "base/text.h"
#include "model/roster.h"
#include "tools/holdfast/file.h"

#define SIGNED_SIZE_MAX 1048576
#define SIGNED_PATH_SIZE 4096

static enum err read_signed(const char *key_path,
                            char path[static SIGNED_PATH_SIZE],
                            struct buf *text, struct why *ret_why)
{
    int size = snprintf(path, SIGNED_PATH_SIZE, "%s.signed", key_path);

    if (size < 0 || size >= SIGNED_PATH_SIZE) {
        return why_set(ret_why, ERR_TOO_BIG, "%s: too long a name", key_path);
    }

    enum err err = tool_file_read(path, SIGNED_SIZE_MAX, text, ret_why);

    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void previous_of(const struct roster *roster, struct buf *to)
{
    if (roster->previous_count == 0) {
        buf_put_str(to, "-");
    }
    for (size_t i = 0; i < roster->previous_count; i++) {
        buf_put_str(to, i == 0 ? "" : ",");
        buf_put_hex(to, roster->previous[i].bytes, DIGEST_SIZE);
    }
}

/* One line: the same previous, another text, and not superseded? */
static enum err check_line(struct fields *fields, const struct roster *roster,
                           struct span previous, struct why *ret_why)
{
    struct digest hash;
    uint64_t version;
    struct span number = fields_value(fields);
    struct span before = fields_value(fields);
    struct span text = fields_value(fields);

    if (!fields_line_end(fields) || decimal_parse(number, &version) != ERR_OK ||
        hex_parse(text, hash.bytes, sizeof(hash.bytes)) != ERR_OK) {
        return fields_fail(fields, "not as it was written");
    }
    /* Two first versions are two consortia, not two successors. */
    if (version != roster->version || version == 1 ||
        !span_equal(before, previous) || digest_equal(&hash, &roster->hash)) {
        return ERR_OK;
    }
    if (roster->has_supersedes && digest_equal(&roster->supersedes, &hash)) {
        return ERR_OK;
    }
    return why_set(ret_why, ERR_REFUSED,
                   "this key signed another version %llu already (%.16s...); "
                   "two successors would split the consortium. If that one is "
                   "void, name it in a `supersedes` line",
                   (unsigned long long)version, (const char *)text.data);
}

enum err roster_signed_check(const char *key_path, const struct roster *roster,
                             struct why *ret_why)
{
    char path[SIGNED_PATH_SIZE];
    struct fields fields;
    struct buf text;
    struct buf previous;

    buf_init(&text, SIGNED_SIZE_MAX);
    buf_init(&previous, 128);
    previous_of(roster, &previous);

    enum err err = read_signed(key_path, path, &text, ret_why);

    fields_init(&fields, buf_span(&text), ret_why);
    while (err == ERR_OK && !fields_at_end(&fields)) {
        if (!fields_line(&fields, "signed")) {
            err = ERR_MALFORMED;
        } else {
            err = check_line(&fields, roster, buf_span(&previous), ret_why);
        }
    }
    if (err == ERR_MALFORMED) {
        err = why_prefix(ret_why, err, "%s", path);
    }
    buf_done(&text);
    buf_done(&previous);
    return err;
}

enum err roster_signed_note(const char *key_path, const struct roster *roster,
                            struct why *ret_why)
{
    char path[SIGNED_PATH_SIZE];
    struct buf text;

    buf_init(&text, SIGNED_SIZE_MAX);

    enum err err = read_signed(key_path, path, &text, ret_why);

    buf_printf(&text, "signed %llu ", (unsigned long long)roster->version);
    previous_of(roster, &text);
    buf_put_byte(&text, ' ');
    buf_put_hex(&text, roster->hash.bytes, DIGEST_SIZE);
    buf_put_byte(&text, '\n');
    if (err == ERR_OK && buf_failed(&text)) {
        err = text.err;
    }
    if (err == ERR_OK) {
        err = tool_file_replace(path, buf_span(&text), 0600, ret_why);
    }
    buf_done(&text);
    return err;
}
