/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_say.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/item_id.h"
#include "tools/holdfast/recipients.h"
#include "tools/holdfast/restore_plan.h"

#define LINE_SIZE 1024
#define EXPECTED_RATE 300000000 /* bytes a second; an ordinary SSD */

/* ---- Pieces -------------------------------------------------------------- */

/* "DIR/PATH", and the same in base64 when it is not UTF-8. */
static void put_path(json_t *line, const struct restore *restore,
                     const struct restore_item *item)
{
    struct buf path;
    struct buf text;
    size_t size = strlen(restore->dir);
    bool slash = size > 0 && restore->dir[size - 1] == '/';
    bool good = true;

    buf_init(&path, size + strlen(item->path) + 16);
    buf_printf(&path, "%s%s%s%s", restore->dir, slash ? "" : "/", item->path,
               item->unverified ? ".unverified" : "");
    for (size_t at = 0; at < path.size && good;) {
        size_t step =
            utf8_length(span_part(buf_span(&path), at, path.size - at));

        good = step > 0;
        at += step;
    }
    json_put(line, "path", json_text(buf_span(&path)));
    if (!good) {
        buf_init(&text, path.size * 2 + 8);
        buf_put_base64(&text, buf_span(&path));
        json_put(line, "path_b64", json_text(buf_span(&text)));
        buf_done(&text);
    }
    buf_done(&path);
}

static void put_id(json_t *line, const struct restore_item *item)
{
    char id[ITEM_ID_TEXT_SIZE];

    item_id_format(&item->deposit.payload_root, id);
    json_put(line, "id", json_string(id));
    json_put(line, "root", json_hex(item->deposit.payload_root.bytes, 32));
}

static char *why_text(const struct restore *restore,
                      const struct restore_item *item)
{
    struct buf text;
    char *shown;

    buf_init(&text, 2 * LINE_SIZE);
    restore_put_why(restore, item, &text);
    shown = visible(buf_span(&text));
    buf_done(&text);
    return shown;
}

static size_t columns(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return count;
}

/* ---- The beginning ------------------------------------------------------- */

void restore_say_start(struct restore *restore)
{
    struct output *output = &restore->tool->output;
    char count[TEXT_SIZE];
    char size[TEXT_SIZE];
    char *dir = visible_str(restore->dir);
    json_t *line = json_object();

    output_note(output, "%s file%s, %s, from %s to %s",
                text_count(count, restore->planned), plural(restore->planned),
                text_size(size, restore->planned_bytes), restore->node, dir);
    json_put(line, "type", json_string("start"));
    json_put(line, "schema", json_string("holdfast.restore/1"));
    json_put(line, "from", json_string(restore->node));
    json_put(line, "to", json_text(span_str(restore->dir)));
    json_put(line, "items", json_count(restore->planned));
    json_put(line, "bytes", json_count(restore->planned_bytes));
    json_put(line, "already_there", json_count(restore->counts.there));
    json_put(line, "not_for_this_key", json_count(restore->counts.locked));
    output_line(output, line);
    free(dir);
}

/* ---- One item ------------------------------------------------------------ */

static void missing_line(struct restore *restore,
                         const struct restore_item *item, const char *why)
{
    json_t *line = json_object();
    struct buf needs;

    json_put(line, "type", json_string("missing"));
    put_id(line, item);
    json_put(line, "reason",
             json_string(item->state == RESTORE_LOCKED    ? RESTORE_NO_KEY
                         : item->state != RESTORE_MISSING ? RESTORE_STOPPED
                                                          : item->reason));
    json_put(line, "message", json_string(why));
    if (item->state == RESTORE_LOCKED) {
        buf_init(&needs, LINE_SIZE);
        restore_needs(restore, item, &needs);
        json_put(line, "needs", json_text(buf_span(&needs)));
        buf_done(&needs);
    }
    if (item->path != NULL) {
        put_path(line, restore, item);
    }
    output_line(&restore->tool->output, line);
}

static void missing_people(struct restore *restore,
                           const struct restore_item *item, const char *why)
{
    char id[ITEM_ID_TEXT_SIZE];
    char *path = visible_str(item->path == NULL ? "" : item->path);

    item_id_format(&item->deposit.payload_root, id);
    output_say_color(&restore->tool->output, COLOR_BAD, "MISSING");
    output_say(&restore->tool->output, " %s%s%s\n  %s\n", id,
               path[0] == '\0' ? "" : "  ", path, why);
    free(path);
}

static const char *checks_text(const struct restore *restore)
{
    return restore->mode == RESTORE_SEALED
               ? "header and payload root, as registered"
               : "header, payload root, SHA-256, commitment, depositor's "
                 "signature";
}

static void written_people(struct restore *restore,
                           const struct restore_item *item, uint64_t seconds)
{
    struct output *output = &restore->tool->output;
    char size[TEXT_SIZE];
    char time[TEXT_SIZE];
    char span[TEXT_SIZE];
    char end[TEXT_SIZE + 16];
    char *path = visible_str(item->path);
    char *head = NULL;
    size_t used;
    size_t pad;

    if (item->state == RESTORE_THERE) {
        (void)snprintf(end, sizeof(end), "there already");
    } else if (seconds > 0) {
        (void)snprintf(end, sizeof(end), "done, %s", text_span(span, seconds));
    } else {
        (void)snprintf(end, sizeof(end), "done");
    }
    if (asprintf(&head, "%s  %s  from %s", path, text_size(size, item->size),
                 restore->node) < 0) {
        head = NULL;
    }
    if (head != NULL) {
        used = columns(head) + strlen(end);
        pad = used + 2 < OUTPUT_COLUMNS ? OUTPUT_COLUMNS - 1 - used : 2;
        output_say(output, "%s%*s%s\n", head, (int)pad, "", end);
    }
    output_say(output, "  right: %s\n", checks_text(restore));
    if (restore->mode != RESTORE_SEALED) {
        output_say(output, "  deposited %s (the depositor's clock)\n",
                   text_time(time, item->deposited));
    }
    output_say(output,
               "  registered %s (the node's clock); time not yet "
               "proven\n",
               text_time(time, item->time));
    if (item->renamed) {
        output_say(output, "  not under its deposited name: that place is "
                           "taken, or cannot be\n");
    }
    free(head);
    free(path);
}

static void written_line(struct restore *restore,
                         const struct restore_item *item)
{
    json_t *line = json_object();

    json_put(line, "type", json_string("item"));
    put_id(line, item);
    put_path(line, restore, item);
    json_put(line, "size", json_count(item->size));
    json_put(line, "from", json_string(restore->node));
    json_put(line, "verified", json_true());
    json_put(line, "already_there", json_boolean(item->state == RESTORE_THERE));
    json_put(line, "renamed", json_boolean(item->renamed));
    if (restore->mode != RESTORE_SEALED) {
        json_put(line, "deposited", json_time(item->deposited));
    }
    json_put(line, "registered", json_time(item->time));
    output_line(&restore->tool->output, line);
}

void restore_say_item(struct restore *restore, const struct restore_item *item,
                      uint64_t seconds)
{
    struct output *output = &restore->tool->output;
    bool good = item->state == RESTORE_WRITTEN || item->state == RESTORE_THERE;
    char *why = good ? NULL : why_text(restore, item);

    if (output->json && good) {
        written_line(restore, item);
    } else if (output->json) {
        missing_line(restore, item, why);
    } else if (restore->said < RESTORE_DETAIL_MAX &&
               (!good || restore->planned <= RESTORE_DETAIL_MAX)) {
        progress_clear(&restore->progress);
        restore->said++;
        if (good) {
            written_people(restore, item, seconds);
        } else {
            missing_people(restore, item, why);
        }
    }
    free(why);
}

/* ---- Whose key would open the others ------------------------------------- */

struct need {
    uint32_t origin;
    uint16_t year;
    uint64_t count;
    const struct restore_item *item;
};

static struct need *collect_needs(const struct restore *restore,
                                  size_t *ret_count)
{
    struct need *needs = NULL;
    size_t count = 0;

    for (size_t i = 0; i < restore->count; i++) {
        const struct restore_item *item = &restore->items[i];
        uint16_t year = year_of(item->time);
        size_t at = 0;

        if (item->state != RESTORE_LOCKED) {
            continue;
        }
        while (at < count &&
               (needs[at].origin != item->origin || needs[at].year != year)) {
            at++;
        }
        if (at == count) {
            struct need *more = realloc(needs, (count + 1) * sizeof(*more));

            if (more == NULL) {
                break;
            }
            needs = more;
            needs[count++] = (struct need){ item->origin, year, 0, item };
        }
        needs[at].count++;
    }
    *ret_count = count;
    return needs;
}

static void say_locked(struct restore *restore)
{
    struct output *output = &restore->tool->output;
    size_t count;
    struct need *needs = collect_needs(restore, &count);
    char number[TEXT_SIZE];

    for (size_t i = 0; i < count && i < OUTPUT_ROWS_MAX; i++) {
        struct buf text;
        char *shown;

        buf_init(&text, LINE_SIZE);
        restore_needs(restore, needs[i].item, &text);
        shown = visible(buf_span(&text));
        output_say(output, "  not for this key %s: needs %s\n",
                   text_count(number, needs[i].count), shown);
        free(shown);
        buf_done(&text);
    }
    free(needs);
}

static json_t *locked_json(const struct restore *restore)
{
    json_t *list = json_array();
    size_t count;
    struct need *needs = collect_needs(restore, &count);

    for (size_t i = 0; i < count; i++) {
        json_t *row = json_object();
        struct buf text;

        buf_init(&text, LINE_SIZE);
        restore_needs(restore, needs[i].item, &text);
        json_put(row, "needs", json_text(buf_span(&text)));
        json_put(row, "items", json_count(needs[i].count));
        json_array_append_new(list, row);
        buf_done(&text);
    }
    free(needs);
    return list;
}

/* ---- A dry run ----------------------------------------------------------- */

void restore_say_plan(struct restore *restore, uint64_t free_bytes)
{
    struct output *output = &restore->tool->output;
    char count[TEXT_SIZE];
    char size[TEXT_SIZE];
    char room[TEXT_SIZE];
    char time[TEXT_SIZE];
    char *dir = visible_str(restore->dir);
    uint64_t absent = 0;

    for (size_t i = 0; i < restore->count; i++) {
        absent += restore->items[i].state == RESTORE_PLANNED &&
                          !restore->items[i].held
                      ? 1
                      : 0;
    }
    output_say(output, "%s file%s, %s, to %s (%s free)\n",
               text_count(count, restore->planned), plural(restore->planned),
               text_size(size, restore->planned_bytes), dir,
               text_size(room, free_bytes));
    output_say(output, "  from %s%*s %s, about %s\n", restore->node,
               restore->node[0] == '\0' ? 0 : 1, "",
               text_count(count, restore->planned - absent),
               text_span(time, restore->planned_bytes / EXPECTED_RATE + 1));
    if (restore->counts.there > 0) {
        output_say(output, "  there already    %s\n",
                   text_count(count, restore->counts.there));
    }
    if (restore->mode != RESTORE_SEALED) {
        output_say(output, "  opens with the key given %s\n",
                   text_count(count, restore->counts.opened));
    }
    say_locked(restore);
    if (absent + restore->counts.missing > 0) {
        output_say(output, "  missing on %s %s\n", restore->node,
                   text_count(count, absent + restore->counts.missing));
    }
    free(dir);
}

/* ---- The end ------------------------------------------------------------- */

static const char *result_word(int exit_code)
{
    switch (exit_code) {
    case EXIT_DONE:
        return "ok";
    case EXIT_PARTLY:
        return "partial";
    default:
        return "failed";
    }
}

static void summary_line(struct restore *restore, int exit_code,
                         const char *missing_list)
{
    const struct restore_counts *counts = &restore->counts;
    json_t *line = json_object();

    json_put(line, "type", json_string("summary"));
    json_put(line, "result", json_string(result_word(exit_code)));
    json_put(line, "exit_code", json_integer(exit_code));
    if (restore->tool->options.dry_run) {
        json_put(line, "dry_run", json_true());
        json_put(line, "planned", json_count(restore->planned));
        json_put(line, "planned_bytes", json_count(restore->planned_bytes));
    }
    json_put(line, "restored", json_count(counts->written));
    json_put(line, "bytes", json_count(counts->written_bytes));
    json_put(line, "already_there", json_count(counts->there));
    json_put(line, "missing", json_count(counts->missing));
    json_put(line, "not_for_this_key", json_count(counts->locked));
    json_put(line, "needs", locked_json(restore));
    json_put(line, "missing_list",
             missing_list[0] == '\0' ? json_null()
                                     : json_text(span_str(missing_list)));
    output_line(&restore->tool->output, line);
}

void restore_say_summary(struct restore *restore, int exit_code,
                         const char *missing_list)
{
    struct output *output = &restore->tool->output;
    const struct restore_counts *counts = &restore->counts;
    char count[TEXT_SIZE];
    char size[TEXT_SIZE];
    char *dir = visible_str(restore->dir);
    char *list = visible_str(missing_list);

    if (output->json) {
        summary_line(restore, exit_code, missing_list);
    } else if (!restore->tool->options.dry_run) {
        output_say(output, "Wrote %s file%s (%s) to %s\n",
                   text_count(count, counts->written), plural(counts->written),
                   text_size(size, counts->written_bytes), dir);
        if (counts->there > 0) {
            output_say(output, "  there already    %s\n",
                       text_count(count, counts->there));
        }
        say_locked(restore);
        if (counts->missing > 0) {
            output_say_color(output, COLOR_BAD, "  MISSING          %s\n",
                             text_count(count, counts->missing));
        }
        if (list[0] != '\0') {
            output_say(output, "  which, and why   %s\n", list);
        }
    }
    free(dir);
    free(list);
}
