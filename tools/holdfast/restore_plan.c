/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_plan.h"

#include <stdlib.h>
#include <string.h>

#include "model/item_id.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/restore_paths.h"
#include "tools/holdfast/restore_target.h"

#define DISK_BLOCK 4096
#define COMPARE_SAY_FROM (1ULL << 30)

/* What we may write beside the files ourselves. */
static const char *const reserved[] = { "MISSING.txt", NULL };

/* ---- Each payload once --------------------------------------------------- */

static int compare_roots(const void *left, const void *right)
{
    const struct restore_item *a = *(struct restore_item *const *)left;
    const struct restore_item *b = *(struct restore_item *const *)right;
    int order = memcmp(a->deposit.payload_root.bytes,
                       b->deposit.payload_root.bytes, 32);

    if (order == 0) {
        order = (a->state != RESTORE_PLANNED) - (b->state != RESTORE_PLANNED);
    }
    if (order == 0) {
        order = (a->time > b->time) - (a->time < b->time);
    }
    return order != 0 ? order : (a > b) - (a < b);
}

static enum err name_by_id(struct restore *restore, struct restore_item *item,
                           size_t number)
{
    const char *ending = restore->mode == RESTORE_EXPORT ? "age" : "payload";
    char id[ITEM_ID_TEXT_SIZE];
    char path[ITEM_ID_TEXT_SIZE + 40];

    item_id_format(&item->deposit.payload_root, id);
    if (number == 0) {
        (void)snprintf(path, sizeof(path), "%s.%s", id, ending);
    } else {
        (void)snprintf(path, sizeof(path), "%s.%zu.%s", id, number + 1, ending);
    }
    free(item->path);
    item->path = strdup(path);
    return item->path == NULL ? ERR_NO_MEMORY : ERR_OK;
}

/* One group of items with the same payload. When a key opens one, the others
 * are of no use; sealed ones are all kept, for nobody here can tell which
 * description is the right one. */
static enum err settle_group(struct restore *restore,
                             struct restore_item **group, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (restore->mode == RESTORE_SEALED) {
            group[i]->state = RESTORE_PLANNED;
            group[i]->size = group[i]->deposit.payload_size;
        } else if (i > 0 && group[0]->state == RESTORE_PLANNED) {
            group[i]->state = RESTORE_PASSED_OVER;
        }
        if (group[i]->state == RESTORE_PLANNED &&
            restore->mode != RESTORE_PLAIN &&
            name_by_id(restore, group[i], i) != ERR_OK) {
            return ERR_NO_MEMORY;
        }
    }
    return ERR_OK;
}

static enum err settle_payloads(struct restore *restore)
{
    struct restore_item **sorted = calloc(restore->count + 1, sizeof(*sorted));
    enum err err = sorted == NULL ? ERR_NO_MEMORY : ERR_OK;
    size_t count;

    for (size_t i = 0; i < restore->count && err == ERR_OK; i++) {
        sorted[i] = &restore->items[i];
    }
    if (err == ERR_OK) {
        qsort(sorted, restore->count, sizeof(*sorted), compare_roots);
    }
    for (size_t i = 0; i < restore->count && err == ERR_OK; i += count) {
        count = 1;
        while (i + count < restore->count &&
               payload_root_equal(&sorted[i]->deposit.payload_root,
                                  &sorted[i + count]->deposit.payload_root)) {
            count++;
        }
        err = settle_group(restore, &sorted[i], count);
    }
    free(sorted);
    return err;
}

/* ---- Paths --------------------------------------------------------------- */

static void take_path(struct restore_item *item, struct path_wish *wish)
{
    item->renamed = wish->renamed;
    if (wish->path == NULL) {
        restore_miss(item, RESTORE_NOT_WRITTEN,
                     "other items have taken every name that it could have");
    } else {
        free(item->path);
        item->path = wish->path;
    }
}

static enum err choose_paths(struct restore *restore)
{
    struct path_wish *wishes = calloc(restore->count + 1, sizeof(*wishes));
    size_t count = 0;
    enum err err;

    if (wishes == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < restore->count; i++) {
        const struct restore_item *item = &restore->items[i];

        if (item->state == RESTORE_PLANNED) {
            wishes[count].name = span_str(item->path);
            wishes[count].time = item->time;
            wishes[count++].root = item->deposit.payload_root;
        }
    }
    err = paths_choose(wishes, count, reserved);
    count = 0;
    for (size_t i = 0; i < restore->count; i++) {
        if (restore->items[i].state != RESTORE_PLANNED) {
            continue;
        }
        if (err == ERR_OK) {
            take_path(&restore->items[i], &wishes[count]);
        } else {
            free(wishes[count].path);
        }
        count++;
    }
    free(wishes);
    return err;
}

/* ---- What is there already ----------------------------------------------- */

static enum err compare_one(struct restore *restore, struct restore_item *item)
{
    struct why why = { "" };
    enum err err = target_compare(restore->target, item->path, item->size,
                                  &item->sha256, &why);

    if (err == ERR_OK) {
        item->state = RESTORE_THERE;
        restore->counts.there++;
    } else if (err == ERR_CONFLICT && !restore->overwrite) {
        restore_miss(item, RESTORE_EXISTS,
                     why.text[0] != '\0' ? why.text : "its place is taken");
    } else if (err == ERR_CANCELLED || err == ERR_NO_MEMORY) {
        return err;
    }
    return ERR_OK; /* what cannot be read now is told when it is written */
}

static enum err compare_all(struct restore *restore)
{
    struct progress_at at = { .name = "comparing what is there already" };
    uint64_t bytes = 0;
    bool shown;
    enum err err = ERR_OK;

    for (size_t i = 0; i < restore->count; i++) {
        const struct restore_item *item = &restore->items[i];

        if (item->state == RESTORE_PLANNED &&
            target_size(restore->target, item->path) == item->size) {
            bytes += item->size;
        }
    }
    shown = bytes >= COMPARE_SAY_FROM;
    if (shown) {
        progress_start(&restore->progress, &restore->tool->output,
                       restore->count, bytes);
    }
    for (size_t i = 0; i < restore->count && err == ERR_OK; i++) {
        struct restore_item *item = &restore->items[i];

        if (interrupted()) {
            err = ERR_CANCELLED;
        } else if (item->state == RESTORE_PLANNED && item->failed == 0) {
            err = compare_one(restore, item);
            at.files_done = i;
            at.bytes_done += item->state == RESTORE_THERE ? item->size : 0;
        }
        if (shown) {
            progress_update(&restore->progress, &at);
        }
    }
    if (shown) {
        progress_clear(&restore->progress);
    }
    return err;
}

/* ---- All of it ----------------------------------------------------------- */

static void count_all(struct restore *restore)
{
    for (size_t i = 0; i < restore->count; i++) {
        const struct restore_item *item = &restore->items[i];

        restore->counts.opened += item->opened ? 1 : 0;
        if (item->state == RESTORE_PLANNED) {
            restore->planned++;
            restore->planned_bytes += item->size;
        } else if (item->state == RESTORE_LOCKED) {
            restore->counts.locked++;
        } else if (item->state == RESTORE_MISSING) {
            restore->counts.missing++;
        }
    }
}

enum err restore_plan(struct restore *restore)
{
    enum err err = settle_payloads(restore);

    if (err == ERR_OK && restore->mode == RESTORE_PLAIN) {
        err = choose_paths(restore);
        if (err == ERR_OK && restore->target != NULL &&
            !target_is_empty(restore->target)) {
            err = compare_all(restore);
        }
    }
    if (err == ERR_OK) {
        count_all(restore);
    }
    return err;
}

uint64_t restore_plan_bytes(const struct restore *restore)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < restore->count; i++) {
        const struct restore_item *item = &restore->items[i];

        if (item->state == RESTORE_PLANNED) {
            bytes += (item->size + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK;
            if (restore->mode == RESTORE_SEALED) {
                bytes += item->deposit.header_size + DISK_BLOCK;
            }
        }
    }
    return bytes;
}
