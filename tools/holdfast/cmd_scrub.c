/* SPDX-License-Identifier: Apache-2.0 */
/* scrub: read all that a node stores again, now. */
#include <stdlib.h>

#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/output.h"
#include "tools/holdfast/reach.h"
#include "tools/holdfast/tool.h"

static const struct flag scrub_flags[] = {
    { "--wait", NULL, "until all was read, however long that takes", false },
    { "--go-on", NULL, "end a pause first (MASS-LOSS): fetch what was lost",
      false },
    { NULL, NULL, NULL, false },
};

static void say_ended(struct output *output,
                      const struct msg_scrub_reply *reply)
{
    char text[TEXT_SIZE];

    if (reply->bad == 0) {
        output_say_color(output, COLOR_GOOD,
                         "All that is stored was read again: it is right.\n");
        return;
    }
    output_say_color(output, COLOR_BAD,
                     "All that is stored was read again: %s bad.\n",
                     text_count(text, reply->bad));
    output_say(output,
               "Set aside, and fetched from other members. Which: holdfast "
               "events\n");
}

static int finish(struct output *output, const struct msg_scrub_reply *reply)
{
    json_t *data = json_object();
    bool is_bad = reply->paused || (reply->ended && reply->bad > 0);

    if (reply->paused) {
        output_say_color(output, COLOR_BAD,
                         "Paused: too much is bad or gone at once.\n");
        output_say(output, "do:     holdfast explain MASS-LOSS\n");
    } else if (reply->ended) {
        say_ended(output, reply);
    } else {
        output_say(output, "Begun. Follow it: holdfast status, holdfast "
                           "events\n");
    }
    json_put(data, "ended", json_boolean(reply->ended));
    json_put(data, "paused", json_boolean(reply->paused));
    json_put(data, "bad", json_integer((json_int_t)reply->bad));
    json_put(data, "repaired", json_integer((json_int_t)reply->repaired));
    json_put(data, "quarantined", json_integer((json_int_t)reply->quarantined));
    return output_finish(output, is_bad ? EXIT_BAD : EXIT_DONE, data);
}

static int run_scrub(struct tool *tool, const struct arguments *arguments)
{
    struct message request = { .kind = MESSAGE_SCRUB };
    struct message reply;
    struct line *line = NULL;
    int code;

    request.scrub.wait = argument_given(arguments, "--wait");
    request.scrub.go_on = argument_given(arguments, "--go-on");
    if (request.scrub.wait) {
        tool->options.timeout_ms = INT32_MAX; /* a disk takes its time */
    }
    code = reach(tool, &line);
    if (code == EXIT_DONE) {
        code = tool_ask(tool, line, &request, &reply);
    }
    if (code == EXIT_DONE) {
        code = finish(&tool->output, &reply.scrub_reply);
    }
    line_free(line);
    return code;
}

static const struct exit_text scrub_exits[] = {
    { EXIT_DONE, "begun; with --wait: all was read, and nothing is bad" },
    { EXIT_USAGE, "wrong usage, or nobody can be asked" },
    { EXIT_BAD, "something is bad, or the node has paused" },
    { EXIT_REFUSED, "this key may not order that" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "over the network: the node does not know this key" },
    { EXIT_AGAIN, "too many wait for this already" },
    { 0, NULL },
};

const struct command cmd_scrub = {
    .name = "scrub",
    .synopsis = "[--wait] [--go-on]",
    .summary = "read all that a node stores again, now",
    .example = "$ sudo holdfast scrub --wait",
    .text = "A node does this by itself, twice in a [scrub] period. An order "
            "reads at [scrub] max_read, whatever the time of day. What is bad "
            "is set aside and comes back from other members without further "
            "orders; after a pause only with --go-on.",
    .takes = TAKES_CONFIG | TAKES_SOCKET,
    .words_min = 0,
    .words_max = 0,
    .flags = scrub_flags,
    .exits = scrub_exits,
    .run = run_scrub,
};
