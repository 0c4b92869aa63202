/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/deposit_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/holdfast/file.h"

#define LINES_SIZE_MAX (64u << 20)

static enum err find_path(struct deposit_journal *journal, const char *dir,
                          const struct digest *name, struct why *ret_why)
{
    char folder[3072];
    char hex[17];
    int size;

    if (dir != NULL) {
        size = snprintf(folder, sizeof(folder), "%s", dir);
    } else {
        size = snprintf(folder, sizeof(folder), "%s/holdfast",
                        getenv("XDG_RUNTIME_DIR"));
    }
    if (size < 0 || (size_t)size >= sizeof(folder)) {
        return why_set(ret_why, ERR_TOO_BIG,
                       "the journal's folder: its name "
                       "is too long");
    }

    enum err err = tool_folders_make(folder, 0700, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    hex_format(hex, name->bytes, 8);
    (void)snprintf(journal->path, sizeof(journal->path), "%s/deposit-%s",
                   folder, hex);
    return ERR_OK;
}

/* Take over what is there; a text that is none of ours, or of another
 * consortium, is begun anew. */
static enum err read_old(struct deposit_journal *journal, const struct cid *cid,
                         struct why *ret_why)
{
    struct buf text;

    buf_init(&text, JOURNAL_SIZE_MAX);

    enum err err =
        tool_file_read(journal->path, JOURNAL_SIZE_MAX, &text, ret_why);

    if (err == ERR_OK && text.size > 0 &&
        journal_parse(buf_span(&text), &journal->old, NULL) == ERR_OK) {
        if (cid_equal(&journal->old.cid, cid)) {
            journal->is_resumed = true;
            journal->next_number = journal->old.count;
        } else {
            journal_done(&journal->old);
            memset(&journal->old, 0, sizeof(journal->old));
        }
    }
    buf_wipe(&text);
    if (err != ERR_OK) {
        return err;
    }
    if (ftruncate(journal->fd,
                  journal->is_resumed ? (off_t)journal->old.size : 0) != 0 ||
        lseek(journal->fd, 0, SEEK_END) < 0) {
        return why_set(ret_why, ERR_IO, "journal %s: %s", journal->path,
                       strerror(errno));
    }
    if (!journal->is_resumed) {
        journal_put_head(&journal->lines, cid);
    }
    return ERR_OK;
}

enum err deposit_journal_open(struct deposit_journal *journal, const char *dir,
                              const struct digest *name, const struct cid *cid,
                              struct why *ret_why)
{
    memset(journal, 0, sizeof(*journal));
    journal->fd = -1;
    buf_init(&journal->lines, LINES_SIZE_MAX);
    if (dir == NULL && getenv("XDG_RUNTIME_DIR") == NULL) {
        return ERR_OK;
    }

    enum err err = find_path(journal, dir, name, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    journal->fd =
        open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (journal->fd < 0) {
        return why_set(ret_why, ERR_IO, "journal %s: %s", journal->path,
                       strerror(errno));
    }
    if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0) {
        close(journal->fd);
        journal->fd = -1;
        return why_set(ret_why, ERR_BUSY,
                       "the same deposit is already running (journal %s)",
                       journal->path);
    }
    return read_old(journal, cid, ret_why);
}

void deposit_journal_close(struct deposit_journal *journal, bool is_complete)
{
    if (journal->fd >= 0) {
        if (is_complete) {
            (void)unlink(journal->path); /* left over, it hurts nobody */
        }
        close(journal->fd);
        journal->fd = -1;
    }
    journal_done(&journal->old);
    buf_wipe(&journal->lines);
}

const struct journal_file *deposit_journal_find(
    const struct deposit_journal *journal, const struct file_entry *file)
{
    return journal->is_resumed
               ? journal_find(&journal->old, span_str(file->path), &file->stamp)
               : NULL;
}

uint64_t deposit_journal_number(struct deposit_journal *journal,
                                const struct journal_file *old,
                                const struct file_entry *file)
{
    if (old != NULL) {
        return (uint64_t)(old - journal->old.files);
    }

    uint64_t number = journal->next_number++;

    journal_put_file(&journal->lines, number, &file->stamp,
                     span_str(file->path));
    return number;
}

enum err deposit_journal_write(struct deposit_journal *journal,
                               struct why *ret_why)
{
    struct buf *lines = &journal->lines;
    size_t done = 0;

    if (journal->fd < 0) {
        buf_clear(lines);
        return ERR_OK;
    }
    if (buf_failed(lines)) {
        return why_set(ret_why, lines->err, "journal: %s",
                       err_text(lines->err));
    }
    while (done < lines->size) {
        ssize_t size =
            write(journal->fd, lines->data + done, lines->size - done);

        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return why_set(ret_why, errno == ENOSPC ? ERR_FULL : ERR_IO,
                           "journal %s: %s", journal->path, strerror(errno));
        }
        done += (size_t)size;
    }
    buf_clear(lines);
    return ERR_OK;
}
