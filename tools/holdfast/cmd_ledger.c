/* SPDX-License-Identifier: Apache-2.0 */
/* ledger open: leave this node's ledger for ever and open a new one. */
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/reach.h"
#include "tools/holdfast/tool.h"

static void say_what(struct output *output,
                     const struct msg_status_reply *status)
{
    for (size_t i = 0; i < status->ledgers_count; i++) {
        const struct status_ledger *ledger = &status->ledgers[i];

        if (ledger->own && ledger->current) {
            output_note(output, "Leaves %.*s (%llu records) for ever.",
                        (int)ledger->origin.size,
                        (const char *)ledger->origin.data,
                        (unsigned long long)ledger->size);
        }
    }
    output_note(output, "Opens a new one: for a disk that came back from a "
                        "backup or an image.");
}

static int open_ledger(struct tool *tool, struct line *line, const char *name)
{
    struct message request = { .kind = MESSAGE_OPEN_LEDGER };
    struct message reply;
    json_t *data = json_object();
    int code;

    request.open_ledger.confirm = span_str(name);
    code = tool_ask(tool, line, &request, &reply);
    if (code != EXIT_DONE) {
        json_decref(data);
        return code;
    }

    const struct msg_open_ledger_reply *opened = &reply.open_ledger_reply;

    output_say(&tool->output, "left    %s\nopened  %s\n", opened->left.text,
               opened->opened.text);
    json_put(data, "left", json_string(opened->left.text));
    json_put(data, "opened", json_string(opened->opened.text));
    return output_finish(&tool->output, EXIT_DONE, data);
}

static int run_open(struct tool *tool, const struct arguments *arguments)
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    struct line *line = NULL;
    char name[LABEL_SIZE_MAX + 1] = "";
    int code = reach(tool, &line);

    (void)arguments; /* it takes none */
    if (code == EXIT_DONE) {
        code = tool_ask(tool, line, &request, &reply);
    }
    if (code == EXIT_DONE) {
        snprintf(name, sizeof(name), "%.*s", (int)reply.status_reply.node.size,
                 (const char *)reply.status_reply.node.data);
        memcpy(tool->output.node, name, sizeof(name));
        say_what(&tool->output, &reply.status_reply);
    }
    if (code == EXIT_DONE && tool->options.dry_run) {
        line_free(line);
        return output_finish(&tool->output, EXIT_DONE, NULL);
    }
    if (code == EXIT_DONE) {
        code = tool_confirm_name(tool, "Type the node's name to go on", name);
    }
    if (code == EXIT_DONE) {
        code = open_ledger(tool, line, name);
    }
    line_free(line);
    return code;
}

static const struct exit_text open_exits[] = {
    { EXIT_DONE, "opened" },
    { EXIT_USAGE, "wrong usage, or nobody can be asked" },
    { EXIT_REFUSED, "not confirmed, or too few members were heard" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "over the network: the node does not know this key" },
    { 0, NULL },
};

const struct command cmd_ledger_open = {
    .name = "ledger open",
    .synopsis = "",
    .summary = "leave this node's ledger and open a new one",
    .example = "$ sudo holdfast ledger open",
    .text = "A node does this by itself when it notices that its disk came "
            "from a backup; this is for when you know it first.",
    .takes = TAKES_CONFIG | TAKES_SOCKET | TAKES_DRY_RUN | TAKES_CONFIRM |
             TAKES_NO_INPUT,
    .words_min = 0,
    .words_max = 0,
    .flags = NULL,
    .exits = open_exits,
    .run = run_open,
};
