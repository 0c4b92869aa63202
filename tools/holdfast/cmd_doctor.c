/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: is this machine fit to be a node, and is the node well? */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/roster_chain.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/codes.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/doctor.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/tool.h"

#define RESULT_COLUMN 6
#define TEXT_COLUMN 24
#define SENTENCE_SIZE 1024

struct result_row {
    const char *shown;
    const char *word; /* for programs */
    enum output_color color;
};

static const struct result_row results[] = {
    [CHECK_OK] = { "ok", "ok", COLOR_GOOD },
    [CHECK_WARNING] = { "warn", "warning", COLOR_WARN },
    [CHECK_BAD] = { "BAD", "bad", COLOR_BAD },
    [CHECK_UNKNOWN] = { "?", "unknown", COLOR_WARN },
    [CHECK_ADVICE] = { "-", "advice", COLOR_DIM },
};

static void say_people(struct output *output, const struct check *check,
                       const char *action, const char *text)
{
    const struct result_row *row = &results[check->result];
    const char *name = check->code == NULL ? check->name : check->code;

    if (output->json) {
        return;
    }
    output_say_color(output, row->color, "%-*s", RESULT_COLUMN, row->shown);
    output_say(output, "%-*s ", TEXT_COLUMN - RESULT_COLUMN - 1, name);
    output_wrap(output->out, TEXT_COLUMN, TEXT_COLUMN, text);
    if (action != NULL) {
        output_say(output, "%*s%-*s ", RESULT_COLUMN, "",
                   TEXT_COLUMN - RESULT_COLUMN - 1, "do:");
        output_wrap(output->out, TEXT_COLUMN, TEXT_COLUMN, action);
    }
}

static void say(struct doctor *doctor, const struct check *check,
                const char *format, va_list args)
{
    const struct code *code =
        check->code == NULL ? NULL : code_find(check->code);
    const char *action = check->action;
    json_t *object = json_object();
    char sentence[SENTENCE_SIZE];
    char *text;
    char *todo;

    vsnprintf(sentence, sizeof(sentence), format, args);
    text = visible_str(sentence);
    if (action == NULL && code != NULL) {
        action = code->action;
    }
    todo = action == NULL ? NULL : visible_str(action);
    doctor->has_bad = doctor->has_bad || check->result == CHECK_BAD;
    doctor->has_unknown = doctor->has_unknown || check->result == CHECK_UNKNOWN;
    say_people(&doctor->tool->output, check, todo, text);
    json_put(object, "name", json_string(check->name));
    json_put(object, "result", json_string(results[check->result].word));
    if (check->code != NULL) {
        json_put(object, "code", json_text(span_str(check->code)));
    }
    json_put(object, "text", json_text(span_str(text)));
    if (todo != NULL) {
        json_put(object, "do", json_text(span_str(todo)));
    }
    json_array_append_new(doctor->checks, object);
    free(text);
    free(todo);
}

void doctor_say(struct doctor *doctor, const struct check *check,
                const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(doctor, check, format, args);
    va_end(args);
}

void doctor_ok(struct doctor *doctor, const char *name, const char *format, ...)
{
    struct check check = { .result = CHECK_OK, .name = name };
    va_list args;

    va_start(args, format);
    say(doctor, &check, format, args);
    va_end(args);
}

static int finish(struct doctor *doctor)
{
    json_t *data = json_object();

    json_object_set(data, "checks", doctor->checks);
    return output_finish(&doctor->tool->output,
                         doctor->has_bad       ? EXIT_BAD
                         : doctor->has_unknown ? EXIT_UNKNOWN
                                               : EXIT_DONE,
                         data);
}

static int check_self(struct doctor *doctor, const char *key_copy)
{
    doctor_check_files(doctor, key_copy);
    doctor_check_disk(doctor);
    doctor_check_node(doctor);
    return finish(doctor);
}

static int no_node(struct tool *tool)
{
    struct problem problem = {
        .exit_code = EXIT_CONFIG,
        .code = "CONFIG",
        .action = "give the --config FILE of a node",
    };

    return output_problem(&tool->output, &problem,
                          "%s is of a workstation: it has no section [node]",
                          tool->config.file);
}

static int not_both(struct tool *tool)
{
    struct problem problem = {
        .exit_code = EXIT_USAGE,
        .code = "USAGE",
        .action = "one after the other",
    };

    return output_problem(&tool->output, &problem,
                          "a copy of the key is of this node, not of another");
}

static int run_doctor(struct tool *tool, const struct arguments *arguments)
{
    struct doctor *doctor;
    int code;

    if (arguments->word_count > 0 && argument_given(arguments, "--key-copy")) {
        return not_both(tool);
    }
    code = tool_config(tool, true);

    if (code == EXIT_DONE && !tool->config.has_node) {
        code = no_node(tool);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    doctor = calloc(1, sizeof(*doctor));
    if (doctor == NULL) {
        return output_err(&tool->output, ERR_NO_MEMORY, NULL, "begin");
    }
    doctor->tool = tool;
    doctor->checks = json_array();
    snprintf(tool->output.node, sizeof(tool->output.node), "%.32s",
             tool->config.name);
    doctor_read_files(doctor);
    doctor_read_node(doctor);
    if (arguments->word_count == 0) {
        code = check_self(doctor, argument(arguments, "--key-copy"));
    } else {
        code = doctor_check_peer(doctor, arguments->words[0]);
        code = code == EXIT_DONE ? finish(doctor) : code;
    }
    json_decref(doctor->checks);
    line_free(doctor->line);
    node_key_done(&doctor->key);
    roster_chain_free(doctor->chain);
    free(doctor);
    return code;
}

static const struct flag doctor_flags[] = {
    { "--key-copy", "FILE",
      "the second copy of the node key: is it one, and of this key?", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text doctor_exits[] = {
    { EXIT_DONE, "all is well; there may be warnings" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_BAD, "something is wrong; each line says what to do" },
    { EXIT_UNKNOWN, "something could not be looked at by this user" },
    { EXIT_NOT_FOUND, "the roster has no node of this name" },
    { EXIT_CONFIG, "no configuration, or one with errors" },
    { 0, NULL },
};

const struct command cmd_doctor = {
    .name = "doctor",
    .synopsis = "[NODE]",
    .summary = "look at everything that a node needs, and say what is wrong",
    .example = "$ sudo holdfast doctor\n"
               "$ sudo holdfast doctor vilna-1\n"
               "$ sudo holdfast doctor --key-copy /mnt/usb/node.key",
    .text = "Without a name: this machine and its node. It works with the node "
            "stopped too, and says what it can.\n"
            "With the name of another node: where it stops, from here: its "
            "line on the roster, its name, TCP, the handshake, its roster.\n"
            "Nothing is changed.",
    .takes = TAKES_CONFIG | TAKES_LOCAL,
    .words_min = 0,
    .words_max = 1,
    .flags = doctor_flags,
    .exits = doctor_exits,
    .run = run_doctor,
};
