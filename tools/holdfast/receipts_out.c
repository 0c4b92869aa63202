/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/receipts_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "tools/holdfast/file.h"

#define NAMES_TRIED_MAX 1000
#define PROOF_LINE "c2sp.org/tlog-proof@v1\n"

void receipts_out_init(struct receipts_out *receipts, const char *dir,
                       bool with_names, uint64_t time_s)
{
    memset(receipts, 0, sizeof(*receipts));
    receipts->dir = dir;
    receipts->with_names = with_names;
    receipts->time_s = time_s;
    receipts->fd = -1;
}

enum err receipts_out_check(const struct receipts_out *receipts,
                            struct why *ret_why)
{
    enum err err = tool_folders_make(receipts->dir, 0777, ret_why);

    if (err == ERR_OK && access(receipts->dir, W_OK | X_OK) != 0) {
        err = why_set(ret_why, errno == EACCES ? ERR_PERMISSION : ERR_IO,
                      "the folder of the receipts, %s: %s", receipts->dir,
                      strerror(errno));
    }
    return err;
}

static enum err open_file(struct receipts_out *receipts, struct why *ret_why)
{
    time_t time = (time_t)receipts->time_s;
    struct tm utc;
    char stamp[32];

    if (gmtime_r(&time, &utc) == NULL ||
        strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M", &utc) == 0) {
        return why_set(ret_why, ERR_RANGE, "the clock shows no date");
    }
    for (int i = 1; i <= NAMES_TRIED_MAX; i++) {
        char number[16] = "";

        if (i > 1) {
            (void)snprintf(number, sizeof(number), "-%d", i);
        }

        int size = snprintf(receipts->path, sizeof(receipts->path),
                            "%s/%s%s.txt", receipts->dir, stamp, number);

        if (size < 0 || (size_t)size >= sizeof(receipts->path)) {
            return why_set(ret_why, ERR_TOO_BIG, "%s: too long a name",
                           receipts->dir);
        }
        receipts->fd =
            open(receipts->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (receipts->fd >= 0) {
            return ERR_OK;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return why_set(ret_why, ERR_IO, "receipts %s: %s", receipts->path,
                   strerror(errno));
}

/* x lines stand before the proof, or at the end when there is none. */
static void insert_name(struct span receipt, struct span name, struct buf *to)
{
    const uint8_t *proof =
        memmem(receipt.data, receipt.size, PROOF_LINE, strlen(PROOF_LINE));
    size_t head = proof != NULL ? (size_t)(proof - receipt.data) : receipt.size;

    buf_put(to, span_part(receipt, 0, head));
    buf_put_str(to, "x-name ");
    buf_put_free_text(to, name);
    buf_put_byte(to, '\n');
    buf_put(to, span_part(receipt, head, receipt.size));
}

enum err receipts_out_add(struct receipts_out *receipts, struct span receipt,
                          struct span name, struct why *ret_why)
{
    struct buf text;
    enum err err = ERR_OK;

    if (receipts->fd < 0) {
        err = open_file(receipts, ret_why);
        if (err != ERR_OK) {
            return err;
        }
    }
    buf_init(&text, receipt.size + 4 * name.size + 64);
    if (receipts->with_names) {
        insert_name(receipt, name, &text);
    } else {
        buf_put(&text, receipt);
    }
    if (buf_failed(&text)) {
        err = text.err;
    }
    for (size_t done = 0; err == ERR_OK && done < text.size;) {
        ssize_t size = write(receipts->fd, text.data + done, text.size - done);

        if (size < 0 && errno != EINTR) {
            err = why_set(ret_why, errno == ENOSPC ? ERR_FULL : ERR_IO,
                          "receipts %s: %s", receipts->path, strerror(errno));
        }
        done += size > 0 ? (size_t)size : 0;
    }
    receipts->count += err == ERR_OK;
    buf_done(&text);
    return err;
}

enum err receipts_out_close(struct receipts_out *receipts, struct why *ret_why)
{
    int folder;

    if (receipts->fd < 0) {
        return ERR_OK;
    }

    int rc = fsync(receipts->fd);

    rc = close(receipts->fd) != 0 ? -1 : rc;
    receipts->fd = -1;
    folder = open(receipts->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        rc = fsync(folder) != 0 ? -1 : rc;
        close(folder);
    }
    return rc == 0 ? ERR_OK
                   : why_set(ret_why, ERR_IO, "receipts %s: %s", receipts->path,
                             strerror(errno));
}
