/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/holdfast/interrupt.h"

#define DEPTH_MAX 128 /* folders below an argument */

void file_list_init(struct file_list *list)
{
    *list = (struct file_list){ 0 };
}

void file_list_done(struct file_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].path);
        free(list->entries[i].name);
        free(list->entries[i].reason);
    }
    free(list->entries);
    *list = (struct file_list){ 0 };
}

static uint64_t nanoseconds(const struct timespec *time)
{
    return time->tv_sec < 0
               ? 0
               : (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

void file_stamp(const struct stat *status, struct journal_stamp *ret_stamp)
{
    ret_stamp->size = (uint64_t)status->st_size;
    ret_stamp->mtime_ns = nanoseconds(&status->st_mtim);
    ret_stamp->ctime_ns = nanoseconds(&status->st_ctim);
}

bool file_stamp_equal(const struct journal_stamp *a,
                      const struct journal_stamp *b)
{
    return a->size == b->size && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns;
}

static enum err add(struct file_list *list, const char *path, const char *name,
                    const struct stat *status, const char *reason)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 256 : list->room * 2;
        struct file_entry *entries =
            realloc(list->entries, room * sizeof(*entries));

        if (entries == NULL) {
            return ERR_NO_MEMORY;
        }
        list->entries = entries;
        list->room = room;
    }

    struct file_entry *entry = &list->entries[list->count];

    *entry = (struct file_entry){ .path = strdup(path),
                                  .name = strdup(name),
                                  .skipped = reason != NULL };
    entry->reason = reason != NULL ? strdup(reason) : NULL;
    list->count++;
    if (entry->path == NULL || entry->name == NULL ||
        (reason != NULL && entry->reason == NULL)) {
        return ERR_NO_MEMORY;
    }
    if (status != NULL) {
        file_stamp(status, &entry->stamp);
    }
    if (reason != NULL) {
        list->skipped_count++;
    } else {
        list->bytes += entry->stamp.size;
    }
    return ERR_OK;
}

static enum err walk(struct file_list *list, const char *path, const char *name,
                     unsigned depth);

/* One entry of a folder, or an argument; `status` is of the thing itself. */
static enum err take(struct file_list *list, const char *path, const char *name,
                     const struct stat *status, unsigned depth)
{
    if (S_ISDIR(status->st_mode)) {
        if (depth == DEPTH_MAX) {
            return add(list, path, name, NULL, "too many folders deep");
        }
        return walk(list, path, name, depth + 1);
    }
    if (S_ISLNK(status->st_mode)) {
        return add(list, path, name, NULL, "a symbolic link: not followed");
    }
    if (!S_ISREG(status->st_mode)) {
        return add(list, path, name, NULL, "not a file");
    }
    return add(list, path, name, status, NULL);
}

static char *join(const char *a, const char *b)
{
    char *text = NULL;

    if (a[0] == '\0') {
        return strdup(b);
    }
    return asprintf(&text, "%s%s%s", a, a[strlen(a) - 1] == '/' ? "" : "/", b) <
                   0
               ? NULL
               : text;
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum err walk_entry(struct file_list *list, const char *path,
                           const char *name, const char *entry, unsigned depth)
{
    char *below = join(path, entry);
    char *called = join(name, entry);
    struct stat status;
    enum err err;

    if (below == NULL || called == NULL) {
        err = ERR_NO_MEMORY;
    } else if (lstat(below, &status) != 0) {
        err = add(list, below, called, NULL, strerror(errno));
    } else {
        err = take(list, below, called, &status, depth);
    }
    free(below);
    free(called);
    return err;
}

static enum err walk(struct file_list *list, const char *path, const char *name,
                     unsigned depth)
{
    struct dirent **names;
    int count = scandir(path, &names, not_dots, by_bytes);
    enum err err = ERR_OK;

    if (count < 0) {
        return add(list, path, name, NULL, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (err == ERR_OK) {
            err = interrupted()
                      ? ERR_CANCELLED
                      : walk_entry(list, path, name, names[i]->d_name, depth);
        }
        free(names[i]);
    }
    free(names);
    return err;
}

enum err file_list_add(struct file_list *list, const char *argument,
                       struct why *ret_why)
{
    struct stat status;
    char *real = realpath(argument, NULL);

    if (real == NULL || stat(real, &status) != 0) {
        enum err err = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND
                       : errno == EACCES                   ? ERR_PERMISSION
                                                           : ERR_IO;

        free(real);
        return why_set(ret_why, err, "%s: %s", argument, strerror(errno));
    }

    /* "." and "/" give their content without a folder's name in front. */
    const char *last = strrchr(real, '/') + 1;
    bool bare = last[0] == '\0' || strcmp(argument, ".") == 0 ||
                strcmp(argument, "./") == 0;
    enum err err = take(list, real, bare ? "" : last, &status, 0);

    free(real);
    return err;
}
