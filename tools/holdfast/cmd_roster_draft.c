/* SPDX-License-Identifier: Apache-2.0 */
/* roster draft: a text for people to edit, and its lines brought into order. */
#include <stdlib.h>
#include <string.h>

#include "model/roster_chain.h"
#include "model/roster_draft.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/tool.h"

#define DRAFT_MODE 0644

static int usage(struct tool *tool, const char *message, const char *action)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "USAGE",
                               .action = action };

    return output_problem(&tool->output, &problem, "%s", message);
}

static int finish(struct tool *tool, const char *path, const char *what)
{
    json_t *data = json_object();
    char *shown = visible_str(path);

    output_say(&tool->output, "%s: %s\n", shown, what);
    output_say(&tool->output,
               "Edit it, then:  holdfast roster draft %s   (sorts its lines)\n"
               "                holdfast roster check %s\n",
               shown, shown);
    free(shown);
    json_put(data, "file", json_text(span_str(path)));
    return output_finish(&tool->output, EXIT_DONE, data);
}

/* The file is there: sort it. */
static int sort_file(struct tool *tool, const char *path)
{
    struct buf draft;
    struct buf sorted;
    struct why why = { "" };
    const char *what = "read the draft";

    buf_init(&draft, ROSTER_SIZE_MAX);
    buf_init(&sorted, ROSTER_SIZE_MAX);

    enum err err = tool_file_read(path, ROSTER_SIZE_MAX, &draft, &why);

    if (err == ERR_OK) {
        what = "sort the draft";
        err = roster_sort(buf_span(&draft), &sorted, &why);
    }
    if (err == ERR_OK && !tool->options.dry_run) {
        what = "write the draft";
        err = tool_file_replace(path, buf_span(&sorted), DRAFT_MODE, &why);
    }
    buf_done(&draft);
    buf_done(&sorted);
    return err == ERR_OK ? finish(tool, path, "lines sorted")
                         : output_err(&tool->output, err, &why, what);
}

static int write_new(struct tool *tool, const char *path,
                     const struct buf *text, const char *what)
{
    struct why why = { "" };
    enum err err = text->err;

    if (err == ERR_OK && !tool->options.dry_run) {
        err = tool_file_create(path, buf_span(text), DRAFT_MODE, &why);
    }
    return err == ERR_OK
               ? finish(tool, path, what)
               : output_err(&tool->output, err, &why, "write the draft");
}

static int run_draft(struct tool *tool, const struct arguments *arguments)
{
    const char *path = arguments->words[0];
    const char *from = argument(arguments, "--from");
    const char *consortium = argument(arguments, "--consortium");
    struct roster_chain *chain = NULL;
    struct buf text;
    int code;

    if (tool_file_exists(path)) {
        return from != NULL || consortium != NULL
                   ? usage(tool, "the draft is there already",
                           "without --from and --consortium its lines are "
                           "sorted; or choose another name")
                   : sort_file(tool, path);
    }
    if ((from == NULL) == (consortium == NULL)) {
        return usage(tool, "a new draft needs a beginning",
                     "--from OLD for the next version, or --consortium LABEL "
                     "for version 1");
    }
    buf_init(&text, ROSTER_SIZE_MAX);
    if (from != NULL) {
        code = tool_roster(tool, from, &chain);
        if (code == EXIT_DONE) {
            roster_draft_successor(roster_chain_newest(chain), &text);
            code = write_new(tool, path, &text, "the next version");
        }
    } else if (!label_valid(span_str(consortium))) {
        code = usage(tool, "this is no label",
                     "lower-case letters, digits and hyphens, at most 32");
    } else {
        roster_draft_first(consortium, &text);
        code = write_new(tool, path, &text, "version 1, without members yet");
    }
    roster_chain_free(chain);
    buf_done(&text);
    return code;
}

static const struct flag draft_flags[] = {
    { "--from", "OLD", "the roster file that it follows", false },
    { "--consortium", "LABEL", "begin version 1 of a new consortium", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text draft_exits[] = {
    { EXIT_DONE, "written" },
    { EXIT_FAILED, "it could not be read, sorted or written" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_NOT_FOUND, "no such roster file" },
    { 0, NULL },
};

const struct command cmd_roster_draft = {
    .name = "roster draft",
    .synopsis = "NEW [--from OLD | --consortium LABEL]",
    .summary = "begin the next roster, or sort the lines of an edited draft",
    .example = "$ holdfast roster draft archive-8 --from archive-7.roster\n"
               "$ editor archive-8 && holdfast roster draft archive-8",
    .text = "A roster is a text; any editor will do. Offline.",
    .takes = TAKES_DRY_RUN,
    .words_min = 1,
    .words_max = 1,
    .flags = draft_flags,
    .exits = draft_exits,
    .run = run_draft,
};
