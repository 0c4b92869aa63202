/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_notes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "model/item_id.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"

#define MISSING_HEAD "What holdfast restore did not write into this folder, "
#define NOTE_TEXT_MAX (1ULL << 30)
#define NAMES_MAX 100

/* ---- MISSING.txt --------------------------------------------------------- */

/* Which command this is: the line by which a later run knows its own list. */
static void put_asked(const struct restore *restore, struct buf *to)
{
    buf_put_str(to, "Asked for:");
    switch (restore->scope) {
    case RESTORE_ALL:
        buf_put_str(to, " --all");
        break;
    case RESTORE_CASE:
        /* No name of a case in a folder of ciphertext. */
        buf_put_str(to, " --case");
        if (restore->mode == RESTORE_PLAIN) {
            buf_put_str(to, " ");
            buf_put_visible(to, span_str(restore->case_name));
        }
        break;
    case RESTORE_IDS:
        for (int i = 0; i < restore->arguments->word_count; i++) {
            buf_put_str(to, " ");
            buf_put_visible(to, span_str(restore->arguments->words[i]));
        }
        break;
    }
    buf_put_str(to, "\n");
}

static bool is_missing(const struct restore *restore,
                       const struct restore_item *item)
{
    switch (item->state) {
    case RESTORE_LISTED:
    case RESTORE_PLANNED:
    case RESTORE_AT_WORK:
    case RESTORE_MISSING:
        return true;
    case RESTORE_LOCKED:
        /* Nobody knows of which case it is. */
        return restore->scope != RESTORE_CASE;
    case RESTORE_WRITTEN:
    case RESTORE_THERE:
    case RESTORE_PASSED_OVER:
        break;
    }
    return false;
}

static void put_missing(const struct restore *restore,
                        const struct restore_item *item, struct buf *to)
{
    char id[ITEM_ID_TEXT_SIZE];
    struct buf why;

    item_id_format(&item->deposit.payload_root, id);
    buf_printf(to, "\n%s\n", id);
    if (item->path != NULL && restore->mode == RESTORE_PLAIN) {
        buf_put_str(to, "  ");
        buf_put_visible(to, span_str(item->path));
        buf_put_str(to, "\n");
    }
    buf_init(&why, 4096);
    restore_put_why(restore, item, &why);
    buf_put_str(to, "  ");
    buf_put_visible(to, buf_span(&why));
    buf_put_str(to, "\n");
    buf_done(&why);
}

void missing_text(const struct restore *restore, struct buf *to)
{
    char time[TEXT_SIZE];

    buf_put_str(to, MISSING_HEAD "and why.\n");
    put_asked(restore, to);
    buf_printf(to, "Node %s, %s\n", restore->node, text_time(time, now_s()));
    if (restore->scope == RESTORE_CASE && restore->counts.locked > 0) {
        buf_printf(to,
                   "No key given opens %llu more items: of which case they are "
                   "is not known.\n",
                   (unsigned long long)restore->counts.locked);
    }
    for (size_t i = 0; i < restore->count; i++) {
        if (is_missing(restore, &restore->items[i])) {
            put_missing(restore, &restore->items[i], to);
        }
    }
}

/* May we write over it: is it ours? `ret_same`: of the same command. */
static bool is_ours(const struct restore *restore, const char *path,
                    bool *ret_same)
{
    struct buf text;
    struct buf asked;
    struct span rest;
    bool ours = false;

    *ret_same = false;
    buf_init(&text, NOTE_TEXT_MAX);
    buf_init(&asked, 1 << 20);
    put_asked(restore, &asked);
    if (tool_file_read(path, NOTE_TEXT_MAX, &text, NULL) == ERR_OK &&
        span_starts(buf_span(&text), MISSING_HEAD)) {
        const uint8_t *end = memchr(text.data, '\n', text.size);

        ours = true;
        if (end != NULL) {
            rest = span_part(buf_span(&text), (size_t)(end + 1 - text.data),
                             asked.size);
            *ret_same = span_equal(rest, buf_span(&asked));
        }
    }
    buf_done(&text);
    buf_done(&asked);
    return ours;
}

static enum err list_path(const struct restore *restore, const char *name,
                          char ret_path[static NOTES_PATH_SIZE])
{
    size_t size = strlen(restore->dir);
    int put =
        snprintf(ret_path, NOTES_PATH_SIZE, "%s%s%s", restore->dir,
                 size > 0 && restore->dir[size - 1] == '/' ? "" : "/", name);

    return put < 0 || put >= NOTES_PATH_SIZE ? ERR_TOO_BIG : ERR_OK;
}

enum err missing_write(const struct restore *restore,
                       char ret_path[static NOTES_PATH_SIZE],
                       struct why *ret_why)
{
    char name[32] = "MISSING.txt";
    struct buf text;
    bool same = false;
    bool found = false;
    enum err err = list_path(restore, name, ret_path);

    for (unsigned number = 2; err == ERR_OK && number <= NAMES_MAX; number++) {
        if (!tool_file_exists(ret_path) || is_ours(restore, ret_path, &same)) {
            found = true;
            break;
        }
        (void)snprintf(name, sizeof(name), "MISSING-%u.txt", number);
        err = list_path(restore, name, ret_path);
    }
    if (err != ERR_OK || !found) {
        ret_path[0] = '\0';
        return why_set(ret_why, ERR_CONFLICT, "no name is left for the list");
    }
    for (size_t i = 0; i < restore->count; i++) {
        if (is_missing(restore, &restore->items[i])) {
            buf_init(&text, NOTE_TEXT_MAX);
            missing_text(restore, &text);
            err = buf_failed(&text)
                      ? why_set(ret_why, text.err, "%s", err_text(text.err))
                      : tool_file_replace(ret_path, buf_span(&text), 0600,
                                          ret_why);
            buf_done(&text);
            return err;
        }
    }
    if (same) {
        (void)unlink(ret_path); /* it no longer holds */
    }
    ret_path[0] = '\0';
    return ERR_OK;
}

/* ---- SHA256SUMS and README.txt ------------------------------------------- */

static struct span take_line(struct span *text)
{
    const uint8_t *end =
        text->size == 0 ? NULL : memchr(text->data, '\n', text->size);
    size_t size = end == NULL ? text->size : (size_t)(end + 1 - text->data);
    struct span line = span_part(*text, 0, size);

    *text = span_part(*text, size, text->size);
    return line;
}

/* The file of "HEX  FILE\n". */
static struct span sum_file(struct span line)
{
    return span_part(line, 2 * DIGEST_SIZE, line.size);
}

static int compare_files(const void *left, const void *right)
{
    const struct span *a = left;
    const struct span *b = right;
    size_t size = a->size < b->size ? a->size : b->size;
    int order = size == 0 ? 0 : memcmp(a->data, b->data, size);

    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

void sums_merge(struct span old, struct span fresh, struct buf *to)
{
    struct span *files = NULL;
    struct span rest = fresh;
    size_t count = 0;

    while (rest.size > 0) {
        count += take_line(&rest).size > 0 ? 1 : 0;
    }
    files = calloc(count + 1, sizeof(*files));
    if (files == NULL) {
        to->err = ERR_NO_MEMORY;
        return;
    }
    rest = fresh;
    for (size_t i = 0; i < count; i++) {
        files[i] = sum_file(take_line(&rest));
    }
    qsort(files, count, sizeof(*files), compare_files);
    while (old.size > 0) {
        struct span line = take_line(&old);
        struct span file = sum_file(line);

        if (file.size > 0 && bsearch(&file, files, count, sizeof(*files),
                                     compare_files) == NULL) {
            buf_put(to, line);
        }
    }
    buf_put(to, fresh);
    free(files);
}

static const char readme_age[] =
    "Evidence, still sealed. Each ID.age is a file of the format age v1, and\n"
    "opens with the program \"age\" and the right key:\n"
    "\n"
    "  sha256sum -c SHA256SUMS\n"
    "  age -d -i KEY-FILE ID.age > FILE\n";

static const char readme_sealed[] =
    "Evidence, still sealed, as a node holds it: for each item the header\n"
    "object (ID.header) and the padded payload (ID.payload). No key was at\n"
    "hand, and how much of a payload is padding stands only inside. Whoever\n"
    "has the right key opens an item with the program \"age\" and a shell:\n"
    "\n"
    "  sha256sum -c SHA256SUMS\n"
    "\n"
    "  I=HF-...   # the item\n"
    "  K=key.txt  # the key file\n"
    "  N=$(grep -a -n -m 1 '^--- ' \"$I.header\" | cut -d : -f 1)\n"
    "  H=$(head -n $N \"$I.header\" | wc -c)\n"
    "  { head -c $H \"$I.header\"; tail -c +$((H + 17)) \"$I.header\"; } |\n"
    "    age -d -i $K > \"$I.txt\"\n"
    "  L=$(sed -n 's/^payload [0-9a-f]* //p' \"$I.txt\")\n"
    "  { head -c $((H + 16)) \"$I.header\"; head -c $L \"$I.payload\"; } \\\n"
    "    > \"$I.age\"\n"
    "  age -d -i $K \"$I.age\" > \"$I.file\"\n"
    "\n"
    "$I.txt says what it is: name, size, SHA-256, case, depositor. Then\n"
    "sha256sum of $I.file must be what it says.\n";

enum err sums_write(struct restore *restore, struct why *ret_why)
{
    const char *readme =
        restore->mode == RESTORE_EXPORT ? readme_age : readme_sealed;
    char path[NOTES_PATH_SIZE];
    struct buf old;
    struct buf text;
    enum err err = list_path(restore, "SHA256SUMS", path);

    buf_init(&old, RESTORE_SUMS_MAX);
    buf_init(&text, 2 * RESTORE_SUMS_MAX);
    if (err == ERR_OK && tool_file_exists(path)) {
        err = tool_file_read(path, RESTORE_SUMS_MAX, &old, ret_why);
    }
    if (err == ERR_OK) {
        sums_merge(buf_span(&old), buf_span(&restore->sums), &text);
        err = buf_failed(&text)
                  ? why_set(ret_why, text.err, "%s", err_text(text.err))
                  : tool_file_replace(path, buf_span(&text), 0600, ret_why);
    }
    buf_done(&old);
    buf_done(&text);
    if (err == ERR_OK) {
        err = list_path(restore, "README.txt", path);
    }
    if (err == ERR_OK && !tool_file_exists(path)) {
        err = tool_file_create(path, span_str(readme), 0600, ret_why);
    }
    return err;
}
