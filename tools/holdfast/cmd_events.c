/* SPDX-License-Identifier: Apache-2.0 */
/* events: what a node found wrong on its disk, and what became of it. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/incident.h"
#include "model/item_id.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/output.h"
#include "tools/holdfast/reach.h"
#include "tools/holdfast/tool.h"

#define LIMIT_DEFAULT 50

static const struct flag events_flags[] = {
    { "--limit", "N", "the newest N only, default 50; 0: all of them", false },
    { NULL, NULL, NULL, false },
};

static const char *const words[] = {
    [INCIDENT_BAD] = "set aside",    [INCIDENT_REPAIRED] = "repaired",
    [INCIDENT_BACK] = "reads again", [INCIDENT_DAMAGE] = "damaged",
    [INCIDENT_PAUSED] = "paused",    [INCIDENT_RESUMED] = "resumed",
};

static const char *cause_words(const struct incident *incident)
{
    if (!incident->has_cause) {
        return "";
    }
    switch (incident->cause) {
    case BAD_BYTES:
        return "its bytes had changed";
    case BAD_READ:
        return "the disk gave an error";
    case BAD_GONE:
        return "it was gone";
    case BAD_ASIDE:
    case BAD_BACK:
        break;
    }
    return "";
}

static void say(struct output *output, const struct incident *incident)
{
    char when[TEXT_SIZE];
    char item[ITEM_ID_TEXT_SIZE] = "-";
    char digits[2 * sizeof(incident->block.bytes) + 1] = "-";
    char *remark = visible_str(incident->remark);

    if (incident->has_item) {
        item_id_format(&incident->root, item);
    }
    if (incident->has_block) {
        hex_format(digits, incident->block.bytes,
                   sizeof(incident->block.bytes));
    }
    output_say(output, "%s  %-11s  %s %.8s  %s  %s%s\n",
               text_time(when, incident->time), words[incident->kind],
               incident->header ? "header" : "block ", digits, item,
               cause_words(incident), remark != NULL ? remark : "");
    free(remark);
}

static json_t *item_json(const struct incident *incident)
{
    char id[ITEM_ID_TEXT_SIZE];
    char root[2 * sizeof(incident->root.bytes) + 1];
    json_t *item = json_object();

    item_id_format(&incident->root, id);
    hex_format(root, incident->root.bytes, sizeof(incident->root.bytes));
    json_put(item, "id", json_string(id));
    json_put(item, "root", json_string(root));
    json_put(item, "ledger", json_string(incident->origin.text));
    json_put(item, "leaf", json_integer((json_int_t)incident->index));
    return item;
}

static json_t *to_json(uint64_t number, const struct incident *incident)
{
    char digits[2 * sizeof(incident->block.bytes) + 1];
    json_t *event = json_object();

    json_put(event, "number", json_integer((json_int_t)number));
    json_put(event, "time", json_time(incident->time));
    json_put(event, "kind", json_string(incident_kind_text(incident->kind)));
    json_put(event, "cause",
             incident->has_cause
                 ? json_string(incident_cause_text(incident->cause))
                 : json_null());
    hex_format(digits, incident->block.bytes, sizeof(incident->block.bytes));
    json_put(event, "block",
             incident->has_block ? json_string(digits) : json_null());
    json_put(event, "header", json_boolean(incident->header));
    json_put(event, "items", json_integer((json_int_t)incident->items));
    json_put(event, "item",
             incident->has_item ? item_json(incident) : json_null());
    json_put(event, "remark",
             incident->remark[0] != '\0' ? json_string(incident->remark)
                                         : json_null());
    return event;
}

struct reading {
    struct tool *tool;
    struct line *line;
    json_t *events; /* owned */
    uint64_t from;
    uint64_t count;
};

static int take(struct reading *reading, const struct msg_events_reply *reply)
{
    for (size_t i = 0; i < reply->texts_count; i++) {
        struct incident incident;
        struct why why;
        enum err err = incident_parse(reply->texts[i], &incident, &why);

        if (err != ERR_OK) {
            return output_err(&reading->tool->output, err, &why,
                              "reading the events");
        }
        say(&reading->tool->output, &incident);
        json_array_append_new(reading->events,
                              to_json(reading->from + i, &incident));
    }
    reading->from += reply->texts_count;
    reading->count = reply->count;
    return EXIT_DONE;
}

static int ask(struct reading *reading, struct message *reply)
{
    struct message request = { .kind = MESSAGE_EVENTS,
                               .events = { reading->from } };

    return tool_ask(reading->tool, reading->line, &request, reply);
}

static int read_all(struct reading *reading, uint64_t limit)
{
    struct message reply;
    int code;

    reading->from = INT64_MAX; /* how many are there? */
    code = ask(reading, &reply);
    if (code != EXIT_DONE) {
        return code;
    }
    reading->count = reply.events_reply.count;
    reading->from =
        limit > 0 && reading->count > limit ? reading->count - limit : 0;
    while (code == EXIT_DONE && reading->from < reading->count) {
        uint64_t before = reading->from;

        code = ask(reading, &reply);
        if (code == EXIT_DONE) {
            code = take(reading, &reply.events_reply);
        }
        if (code == EXIT_DONE && reading->from == before) {
            break; /* it gives none, whatever it says */
        }
    }
    return code;
}

static int run_events(struct tool *tool, const struct arguments *arguments)
{
    const char *text = argument(arguments, "--limit");
    struct reading reading = { .tool = tool };
    uint64_t limit = LIMIT_DEFAULT;
    json_t *data = json_object();
    int code;

    if (text != NULL && decimal_parse(span_str(text), &limit) != ERR_OK) {
        json_decref(data);
        return output_problem(
            &tool->output,
            &(struct problem){ .exit_code = EXIT_USAGE, .code = "USAGE" },
            "--limit wants a number, not \"%s\"", text);
    }
    code = reach(tool, &reading.line);
    if (code != EXIT_DONE) {
        json_decref(data);
        return code;
    }
    reading.events = json_array();
    code = read_all(&reading, limit);
    line_free(reading.line);
    if (code != EXIT_DONE) {
        json_decref(reading.events);
        json_decref(data);
        return code;
    }
    if (reading.count == 0) {
        output_say(&tool->output, "Nothing was ever found wrong.\n");
    }
    json_put(data, "total", json_integer((json_int_t)reading.count));
    json_put(data, "events", reading.events);
    return output_finish(&tool->output, EXIT_DONE, data);
}

static const struct exit_text events_exits[] = {
    { EXIT_DONE, "shown, or there are none" },
    { EXIT_FAILED, "an event cannot be read" },
    { EXIT_USAGE, "wrong usage, or nobody can be asked" },
    { EXIT_REFUSED, "this key may not see them" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "over the network: the node does not know this key" },
    { 0, NULL },
};

const struct command cmd_events = {
    .name = "events",
    .synopsis = "[--limit N]",
    .summary = "what was found damaged on a node's disk, and repaired",
    .example = "$ holdfast events --limit 10",
    .text =
        "Kept for ever, with time, item and cause. \"set aside\": the block "
        "is not counted, not served and not claimed any more, and is "
        "fetched from other members; \"repaired\": a good one is on the "
        "disk.",
    .takes = TAKES_CONFIG | TAKES_SOCKET,
    .words_min = 0,
    .words_max = 0,
    .flags = events_flags,
    .exits = events_exits,
    .run = run_events,
};
