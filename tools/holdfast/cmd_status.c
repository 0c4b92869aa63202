/* SPDX-License-Identifier: Apache-2.0 */
/* status: is the evidence safe, who is there, what is on its way. The figures
 * are the node's word; receipt verifies copies itself. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/status_head.h"
#include "daemon/status_json.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/reach.h"
#include "tools/holdfast/status_say.h"
#include "tools/holdfast/tool.h"

#define WATCH_MS 5000

struct look {
    bool wrong; /* -x */
    bool watch;
    bool check;
};

static int usage(struct tool *tool, const char *sentence)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "USAGE",
                               .action = "holdfast status --help" };

    return output_problem(&tool->output, &problem, "%s", sentence);
}

/* One status, said. */
static int look_once(struct tool *tool, struct line *line,
                     const struct look *look)
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    const struct msg_status_reply *status = &reply.status_reply;
    struct status_headline headline;
    uint64_t now = now_s();
    int code = tool_ask(tool, line, &request, &reply);

    if (code != EXIT_DONE) {
        return look->check ? (int)status_say_no_answer(&tool->output) : code;
    }
    (void)snprintf(tool->output.node, sizeof(tool->output.node), "%.*s",
                   (int)status->node.size, (const char *)status->node.data);
    if (look->check) {
        return (int)status_say_check(&tool->output, status, now);
    }
    status_headline_make(status, now, &headline);
    if (look->wrong) {
        status_say_wrong(&tool->output, status, &headline, now);
    } else {
        status_say(&tool->output, status, &headline, now);
    }
    return output_finish(&tool->output, status_exit_code(&headline),
                         status_json(status, &headline, now));
}

/* Did it give an answer, good or bad? */
static bool is_answer(int code)
{
    return code == EXIT_DONE || code == EXIT_BAD || code == EXIT_UNKNOWN;
}

/* Again and again, until somebody ends it. */
static int look_on(struct tool *tool, struct line *line,
                   const struct look *look)
{
    bool screen = !tool->output.json && isatty(fileno(tool->output.out));
    int code;

    for (;;) {
        char now[TEXT_SIZE];

        if (screen) {
            fputs("\033[H\033[2J", tool->output.out);
        }
        output_say(&tool->output, "%s, every %d s until Ctrl-C\n",
                   text_time(now, now_s()), WATCH_MS / 1000);
        code = look_once(tool, line, look);
        if (!is_answer(code)) {
            return code;
        }
        if (!screen && !tool->output.json) {
            fputc('\n', tool->output.out);
        }
        if (fflush(tool->output.out) != 0) {
            return code; /* nobody reads any more */
        }
        if (!interrupted()) {
            (void)interrupt_poll(NULL, 0, WATCH_MS);
        }
        if (interrupted()) {
            return (int)interrupt_exit_code();
        }
    }
}

static int run_status(struct tool *tool, const struct arguments *arguments)
{
    struct look look = { .wrong = argument_given(arguments, "-x"),
                         .watch = argument_given(arguments, "--watch"),
                         .check = argument_given(arguments, "--check") };
    struct line *line = NULL;
    int code;

    if (look.check && (look.watch || look.wrong || tool->output.json)) {
        return usage(tool, "--check prints one line: not with -x, --watch or "
                           "--json");
    }
    code = reach(tool, &line);
    if (code != EXIT_DONE) {
        return look.check ? (int)status_say_no_answer(&tool->output) : code;
    }
    code =
        look.watch ? look_on(tool, line, &look) : look_once(tool, line, &look);
    line_free(line);
    return code;
}

static const struct flag status_flags[] = {
    { "-x", NULL, "only what is wrong; one line when nothing is", false },
    { "--watch", NULL, "again every 5 seconds, until Ctrl-C", false },
    { "--check", NULL,
      "one line for a monitoring program, with its exit codes 0 to 3", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text status_exits[] = {
    { EXIT_DONE, "the answer needs no action" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_BAD, "items are lost, have one copy left or too few; no room, "
                "another machine uses this node's key, or a critical alarm" },
    { EXIT_UNKNOWN, "it is not known of some items: nobody proved their "
                    "copies, or the figures are old" },
    { EXIT_REFUSED, "this user, or this key, may not ask that" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "over the network: the node does not know this key" },
    { EXIT_INTERRUPTED, "--watch: ended by Ctrl-C" },
    { 0, NULL },
};

const struct command cmd_status = {
    .name = "status",
    .synopsis = "[-x | --check] [--watch]",
    .summary = "is the evidence safe, who is there, what is on its way",
    .example = "$ holdfast status\n"
               "$ holdfast status -x\n"
               "$ holdfast status --check",
    .text = "The first sentence is the worst that is true: lost, last-copy, "
            "short, unproven, spreading, protected. The figures are this "
            "node's own count; \"items\", \"free\" and \"re-read since\" of "
            "another node stand in its newest signed statement, \"pieces\" are "
            "those that this node asked it for, and that it gave. --check: "
            "exit 0 when all is well, 1 when items are short or unproven or a "
            "node is silent, 2 when items are lost or have one copy left or an "
            "alarm is critical, 3 when there is no answer, an old one, or one "
            "of a node that judges no items.",
    .takes = TAKES_CONFIG | TAKES_SOCKET,
    .words_min = 0,
    .words_max = 0,
    .flags = status_flags,
    .exits = status_exits,
    .run = run_status,
};
