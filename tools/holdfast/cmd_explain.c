/* SPDX-License-Identifier: Apache-2.0 */
/* explain: what a code means, by the list that is compiled in. Asks nobody. */
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/cmd.h"
#include "tools/holdfast/codes.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/tool.h"

#define CODE_COLUMN 22

static json_t *code_json(const struct code *code)
{
    json_t *object = json_object();

    json_put(object, "code", json_string(code->name));
    json_put(object, "severity", json_string(code_kind_word(code->kind)));
    json_put(object, "meaning", json_string(code->meaning));
    json_put(object, "causes", json_string(code->causes));
    json_put(object, "doing", json_string(code->doing));
    json_put(object, "do", json_string(code->action));
    return object;
}

static enum output_color color_of(enum code_kind kind)
{
    switch (kind) {
    case CODE_CRITICAL:
        return COLOR_BAD;
    case CODE_WARNING:
        return COLOR_WARN;
    case CODE_NOTICE:
    case CODE_ANSWER:
        break;
    }
    return COLOR_DIM;
}

static void say_one(struct output *output, const struct code *code)
{
    output_say(output, "%s  ", code->name);
    output_say_color(output, color_of(code->kind), "%s",
                     code_kind_word(code->kind));
    output_say(output, "\n");
    output_row(output, 9, "means", "%s", code->meaning);
    output_row(output, 9, "causes", "%s", code->causes);
    output_row(output, 9, "doing", "%s", code->doing);
    output_row(output, 9, "do", "%s", code->action);
}

static int explain_all(struct tool *tool)
{
    json_t *list = json_array();
    json_t *data = json_object();
    const struct code *code;

    for (size_t index = 0; (code = code_at(index)) != NULL; index++) {
        output_row(&tool->output, CODE_COLUMN, code->name, "%s", code->meaning);
        json_array_append_new(list, code_json(code));
    }
    json_put(data, "codes", list);
    return output_finish(&tool->output, EXIT_DONE, data);
}

static int not_found(struct tool *tool, const char *word)
{
    const struct code *nearest = code_nearest(word);
    char *shown = visible_str(word);
    char action[64] = "holdfast explain";
    struct problem problem = {
        .exit_code = EXIT_NOT_FOUND,
        .code = "NOT-FOUND",
        .action = action,
    };
    int code;

    if (nearest != NULL) {
        snprintf(action, sizeof(action), "holdfast explain %s", nearest->name);
    }
    code = output_problem(&tool->output, &problem, "there is no code %.80s%s%s",
                          shown, nearest == NULL ? "" : "; the nearest is ",
                          nearest == NULL ? "" : nearest->name);
    free(shown);
    return code;
}

static int run_explain(struct tool *tool, const struct arguments *arguments)
{
    const struct code *code;
    json_t *data;

    if (arguments->word_count == 0) {
        return explain_all(tool);
    }
    code = code_find(arguments->words[0]);
    if (code == NULL) {
        return not_found(tool, arguments->words[0]);
    }
    say_one(&tool->output, code);
    data = json_object();
    json_put(data, "codes", json_pack("[o]", code_json(code)));
    return output_finish(&tool->output, EXIT_DONE, data);
}

static const struct exit_text explain_exits[] = {
    { EXIT_DONE, "explained" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_NOT_FOUND, "there is no such code" },
    { 0, NULL },
};

const struct command cmd_explain = {
    .name = "explain",
    .synopsis = "[CODE]",
    .summary = "what a code of the log, a screen or an error means",
    .example = "$ holdfast explain STORE-FULL",
    .text = "Without a code it lists all of them. The list is compiled in: no "
            "node is asked, and none has to run.",
    .takes = 0,
    .words_min = 0,
    .words_max = 1,
    .flags = NULL,
    .exits = explain_exits,
    .run = run_explain,
};
