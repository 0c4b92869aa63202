/* SPDX-License-Identifier: Apache-2.0 */
/* roster combine: one note from the members' signed copies of one text, and
 * with --after the whole roster file. */
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/roster_given.h"
#include "tools/holdfast/tool.h"

struct combining {
    struct tool *tool;
    const struct arguments *arguments;
    const char *out;
    struct roster_given first; /* owned; sets text and judge */
    struct buf note;           /* owned; what was combined so far */
    struct roster_quorum quorum;
};

static int usage(struct tool *tool, const char *message, const char *action)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "USAGE",
                               .action = action };

    return output_problem(&tool->output, &problem, "%s", message);
}

static enum err add_note(struct combining *combining, struct span bytes,
                         struct why *ret_why)
{
    struct note_key keys[MEMBER_COUNT_MAX];
    const struct roster *judge = combining->first.judge;
    struct note so_far;
    struct note more;
    struct buf both;
    enum err err = note_parse(bytes, ROSTER_NOTE_SIZE_MAX, &more, ret_why);

    roster_governance_keys(&combining->first.cid, judge, keys);
    buf_init(&both, ROSTER_NOTE_SIZE_MAX);
    if (err == ERR_OK && combining->note.size > 0) {
        err = note_parse(buf_span(&combining->note), ROSTER_NOTE_SIZE_MAX,
                         &so_far, ret_why);
        if (err == ERR_OK) {
            err =
                note_combine(&so_far, &more, keys, judge->member_count, &both);
        }
    } else if (err == ERR_OK) {
        err = note_combine(&more, NULL, keys, judge->member_count, &both);
    }
    if (err == ERR_CONFLICT) {
        (void)why_set(ret_why, err, "it signs another text than the first");
    }
    if (err == ERR_WRONG_SIGNATURE) {
        (void)why_set(ret_why, err,
                      "no line of a member that may sign this roster");
    }
    if (err == ERR_OK) {
        buf_done(&combining->note);
        combining->note = both;
    } else {
        buf_done(&both);
    }
    return err;
}

static int add_file(struct combining *combining, const char *path)
{
    struct buf bytes;
    struct why why = { "" };

    buf_init(&bytes, ROSTER_NOTE_SIZE_MAX);

    enum err err = tool_file_read(path, ROSTER_NOTE_SIZE_MAX, &bytes, &why);

    if (err == ERR_OK) {
        err = add_note(combining, buf_span(&bytes), &why);
        if (err != ERR_OK) {
            err = why_prefix(&why, err, "%s", path);
        }
    }
    buf_done(&bytes);
    return err == ERR_OK ? EXIT_DONE
                         : output_err(&combining->tool->output, err, &why,
                                      "combine the signatures");
}

/* The file that nodes and people use: all versions from 1 on. */
static enum err write_file(struct combining *combining, struct why *ret_why)
{
    struct roster_chain *chain = combining->first.chain;
    struct buf file;
    bool added;
    enum err err = ERR_OK;

    buf_init(&file, (size_t)64 << 20);
    if (combining->quorum.have_count < combining->quorum.need ||
        chain == NULL) {
        buf_put(&file, buf_span(&combining->note));
    } else {
        err = roster_chain_add(chain, buf_span(&combining->note), &added,
                               ret_why);
        if (err == ERR_OK) {
            roster_chain_format(chain, &file);
        }
    }
    if (err == ERR_OK && buf_failed(&file)) {
        err = file.err;
    }
    if (err == ERR_OK && !combining->tool->options.dry_run) {
        err = tool_file_replace(combining->out, buf_span(&file), 0644, ret_why);
    }
    buf_done(&file);
    return err;
}

static int finish(struct combining *combining)
{
    struct output *output = &combining->tool->output;
    const struct roster_quorum *quorum = &combining->quorum;
    char *words = roster_words(&combining->first.roster->hash);
    char *shown = visible_str(combining->out);
    bool enough = quorum->have_count >= quorum->need;
    json_t *data = json_object();

    output_say(output,
               "%s: roster %llu, signed by %zu of %zu members "
               "(%zu needed)\n",
               shown, (unsigned long long)combining->first.roster->version,
               quorum->have_count, quorum->member_count, quorum->need);
    roster_say_words(output, words);
    json_put(data, "file", json_text(span_str(combining->out)));
    json_put(data, "version", json_count(combining->first.roster->version));
    json_put(data, "have", json_count(quorum->have_count));
    json_put(data, "need", json_count(quorum->need));
    json_put(data, "words", roster_words_json(words));
    free(words);
    free(shown);
    return output_finish(output, enough ? EXIT_DONE : EXIT_AGAIN, data);
}

static int combine(struct combining *combining)
{
    struct why why = { "" };
    int code = EXIT_DONE;

    if (combining->first.judge == NULL) {
        return usage(combining->tool, "who may sign it is not known",
                     "--after OLD: the roster file that it follows");
    }
    for (int i = 0; i < combining->arguments->word_count && code == EXIT_DONE;
         i++) {
        code = add_file(combining, combining->arguments->words[i]);
    }
    if (code != EXIT_DONE) {
        return code;
    }

    enum err err = roster_quorum_count(
        &combining->first.cid, combining->first.judge,
        buf_span(&combining->note), &combining->quorum, &why);

    if (err == ERR_OK) {
        err = write_file(combining, &why);
    }
    return err == ERR_OK ? finish(combining)
                         : output_err(&combining->tool->output, err, &why,
                                      "combine the signatures");
}

static int run_combine(struct tool *tool, const struct arguments *arguments)
{
    struct combining combining = { .tool = tool,
                                   .arguments = arguments,
                                   .out = argument(arguments, "--out") };

    if (combining.out == NULL) {
        return usage(tool, "where shall the roster go?", "--out FILE");
    }

    int code = roster_given_load(tool, arguments->words[0],
                                 argument(arguments, "--after"), EXIT_BAD,
                                 &combining.first);

    if (code != EXIT_DONE) {
        return code;
    }
    buf_init(&combining.note, ROSTER_NOTE_SIZE_MAX);
    code = combine(&combining);
    buf_done(&combining.note);
    roster_given_done(&combining.first);
    return code;
}

static const struct flag combine_flags[] = {
    { "--out", "FILE", "the roster file", false },
    { "--after", "OLD", "the roster file that it follows", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text combine_exits[] = {
    { EXIT_DONE, "written, and signed by enough members" },
    { EXIT_FAILED, "the files do not fit together" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_NOT_FOUND, "no such file" },
    { EXIT_AGAIN, "written; signatures are still missing" },
    { 0, NULL },
};

const struct command cmd_roster_combine = {
    .name = "roster combine",
    .synopsis = "FILE... --out FILE [--after OLD]",
    .summary = "put the members' signatures together",
    .example = "$ holdfast roster combine archive-8.fjord archive-8.vilna \\\n"
               "      --after archive-7.roster --out archive-8.roster",
    .text = "With --after the result holds all versions from 1 on, as nodes "
            "read it. Lines that fail are left out. Offline.",
    .takes = TAKES_DRY_RUN,
    .words_min = 1,
    .words_max = 64,
    .flags = combine_flags,
    .exits = combine_exits,
    .run = run_combine,
};
