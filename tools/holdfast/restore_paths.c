/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_paths.h"

#include <stdlib.h>
#include <string.h>

#define TURNS_MAX 3

/* ---- One path ------------------------------------------------------------ */

static struct span last_part(struct span name)
{
    size_t start = name.size;

    while (start > 0 && name.data[start - 1] != '/') {
        start--;
    }
    return span_part(name, start, name.size);
}

static bool parts_fit(struct span name)
{
    size_t size = 0;

    for (size_t index = 0; index < name.size; index++) {
        size = name.data[index] == '/' ? 0 : size + 1;
        if (size > PATH_PART_MAX) {
            return false;
        }
    }
    return true;
}

static char *copy(struct span text)
{
    char *to = malloc(text.size + 1);

    if (to != NULL) {
        if (text.size > 0) {
            memcpy(to, text.data, text.size);
        }
        to[text.size] = '\0';
    }
    return to;
}

void path_id(const struct payload_root *root,
             char ret_id[static ITEM_ID_TEXT_SIZE])
{
    char *check = ret_id + ITEM_ID_TEXT_SIZE - 2;

    item_id_format(root, ret_id);
    if (!(*check >= '0' && *check <= '9') &&
        !(*check >= 'A' && *check <= 'Z')) {
        check[-1] = '\0'; /* its hyphen goes with it */
    }
}

char *path_with_id(struct span name, const char *id)
{
    struct span last = last_part(name);
    size_t id_size = strlen(id);
    size_t dot = last.size; /* of the extension, or the end */
    size_t head;
    char *to;

    if (!parts_fit(name) || last.size + 1 + id_size > PATH_PART_MAX) {
        return strdup(id);
    }
    for (size_t index = last.size; index > 1; index--) {
        if (last.data[index - 1] == '.') {
            dot = index - 1;
            break;
        }
    }
    head = name.size - last.size + dot;
    to = malloc(name.size + 1 + id_size + 1);
    if (to == NULL) {
        return NULL;
    }
    memcpy(to, name.data, head);
    to[head] = '.';
    memcpy(to + head + 1, id, id_size);
    memcpy(to + head + 1 + id_size, name.data + head, name.size - head);
    to[name.size + 1 + id_size] = '\0';
    return to;
}

/* ---- All of them --------------------------------------------------------- */

/* The order of paths in which all that lies in a folder follows its name: as
 * bytes, with / before every other. */
static int compare_paths(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }

    int left = *a == '/' ? 1 : (unsigned char)*a * 2;
    int right = *b == '/' ? 1 : (unsigned char)*b * 2;

    return left - right;
}

static int compare_wishes(const void *left, const void *right)
{
    const struct path_wish *a = *(struct path_wish *const *)left;
    const struct path_wish *b = *(struct path_wish *const *)right;
    int order = compare_paths(a->path, b->path);

    /* Who has its own name keeps it. */
    if (order == 0) {
        order = (int)a->renamed - (int)b->renamed;
    }
    if (order == 0) {
        order = (a->time > b->time) - (a->time < b->time);
    }
    if (order == 0) {
        order = memcmp(a->root.bytes, b->root.bytes, sizeof(a->root.bytes));
    }
    return order != 0 ? order : (a > b) - (a < b);
}

static bool is_folder_of(const char *folder, const char *path)
{
    size_t size = strlen(folder);

    return strncmp(folder, path, size) == 0 && path[size] == '/';
}

static bool is_reserved(const char *path, const char *const *reserved)
{
    for (; *reserved != NULL; reserved++) {
        if (strcmp(path, *reserved) == 0 || is_folder_of(*reserved, path)) {
            return true;
        }
    }
    return false;
}

static enum err begin(struct path_wish *wish)
{
    char id[ITEM_ID_TEXT_SIZE];

    path_id(&wish->root, id);
    wish->renamed = !parts_fit(wish->name);
    wish->path = wish->renamed ? strdup(id) : copy(wish->name);
    return wish->path == NULL ? ERR_NO_MEMORY : ERR_OK;
}

/* The place is taken: the next thing to try, or none. */
static enum err move(struct path_wish *wish, unsigned turn)
{
    char id[ITEM_ID_TEXT_SIZE];

    path_id(&wish->root, id);
    free(wish->path);
    wish->path = NULL;
    wish->renamed = true;
    if (turn + 1 == TURNS_MAX) {
        return ERR_OK; /* somebody chose names to be in the way */
    }
    wish->path = turn == 0 ? path_with_id(wish->name, id) : strdup(id);
    return wish->path == NULL ? ERR_NO_MEMORY : ERR_OK;
}

/* One look at all paths: whose place is taken moves. */
static enum err settle(struct path_wish **sorted, size_t count,
                       const char *const *reserved, unsigned turn,
                       size_t *ret_moved)
{
    size_t moved = 0;
    size_t next;

    for (size_t index = 0; index < count; index = next) {
        const char *path = sorted[index]->path;
        bool taken = is_reserved(path, reserved);

        next = index + 1;
        while (next < count && strcmp(sorted[next]->path, path) == 0) {
            next++;
        }
        taken =
            taken || (next < count && is_folder_of(path, sorted[next]->path));
        /* Backwards: path is that of the first one. */
        for (size_t at = next; at > index + (taken ? 0 : 1); at--) {
            enum err err = move(sorted[at - 1], turn);

            if (err != ERR_OK) {
                return err;
            }
            moved++;
        }
    }
    *ret_moved = moved;
    return ERR_OK;
}

enum err paths_choose(struct path_wish *wishes, size_t count,
                      const char *const *reserved)
{
    struct path_wish **sorted = calloc(count + 1, sizeof(*sorted));
    enum err err = sorted == NULL ? ERR_NO_MEMORY : ERR_OK;
    size_t moved = 1;

    for (size_t index = 0; index < count && err == ERR_OK; index++) {
        err = begin(&wishes[index]);
    }
    for (unsigned turn = 0; turn < TURNS_MAX && moved > 0 && err == ERR_OK;
         turn++) {
        size_t with_path = 0;

        for (size_t index = 0; index < count; index++) {
            if (wishes[index].path != NULL) {
                sorted[with_path++] = &wishes[index];
            }
        }
        qsort(sorted, with_path, sizeof(*sorted), compare_wishes);
        err = settle(sorted, with_path, reserved, turn, &moved);
    }
    free(sorted);
    return err;
}
