/* SPDX-License-Identifier: Apache-2.0 */
/* roster sign: one governance key says yes to one text. What a key signed is
 * noted beside it, so that it never says yes to two successors of one roster
 * unknowingly. */
#include <stdlib.h>
#include <string.h>

#include "crypto/secret.h"
#include "crypto/sign.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/roster_given.h"
#include "tools/holdfast/roster_signed.h"
#include "tools/holdfast/tool.h"

struct signing {
    struct tool *tool;
    const char *key_path;
    const char *out;
    struct roster_given given;
    struct sign_key key;
    struct note_key name; /* of the member whose key it is */
};

static int problem(struct tool *tool, enum exit_code exit_code,
                   const char *code, const char *action, const char *message)
{
    struct problem what = { .exit_code = exit_code,
                            .code = code,
                            .state = "nothing was signed.",
                            .action = action };

    return output_problem(&tool->output, &what, "%s", message);
}

static int read_key(struct signing *signing)
{
    struct secret *seed = NULL;
    struct why why = { "" };
    enum err err = keyio_read(signing->key_path, KEY_GOVERNANCE, &seed, &why);

    if (err == ERR_OK) {
        err = sign_key_init(&signing->key, secret_data(seed));
    }
    secret_free(seed);
    if (err != ERR_OK) {
        char *shown =
            visible_str(why.text[0] == '\0' ? err_text(err) : why.text);
        int code =
            problem(signing->tool, EXIT_KEY, code_of_err(err), NULL, shown);

        free(shown);
        return code;
    }
    return EXIT_DONE;
}

/* Whose key is it? Only a member of the roster that judges may sign. */
static int find_member(struct signing *signing)
{
    struct note_key keys[MEMBER_COUNT_MAX];
    const struct roster *judge = signing->given.judge;

    if (judge == NULL) {
        return problem(signing->tool, EXIT_USAGE, "USAGE",
                       "--after OLD: the roster file that it follows",
                       "who may sign it is not known");
    }
    roster_governance_keys(&signing->given.cid, judge, keys);
    for (size_t i = 0; i < judge->member_count; i++) {
        if (public_key_equal(&keys[i].public_key, &signing->key.public_key)) {
            signing->name = keys[i];
            return EXIT_DONE;
        }
    }
    return problem(signing->tool, EXIT_KEY, "WRONG-KEY", NULL,
                   "this key is no governance key of a member that may sign "
                   "this roster");
}

static int check_rules(struct signing *signing)
{
    const struct roster_given *given = &signing->given;
    struct why why = { "" };
    enum err err = ERR_OK;

    if (given->judge != given->roster) {
        err =
            roster_verify_rules(&given->cid, given->judge, given->roster, &why);
    }
    return err == ERR_OK ? EXIT_DONE
                         : output_err(&signing->tool->output, err, &why,
                                      "sign this roster");
}

static int show_and_ask(struct signing *signing)
{
    struct output *output = &signing->tool->output;
    const struct roster *roster = signing->given.roster;
    char *words = roster_words(&roster->hash);

    output_say(output, "%s, roster %llu\n", roster->consortium.text,
               (unsigned long long)roster->version);
    json_decref(roster_say_changes(output, &signing->given));
    roster_say_rule(output, roster);
    roster_say_words(output, words);
    roster_say_warnings(output, roster);
    free(words);
    if (signing->tool->options.dry_run) {
        return EXIT_DONE;
    }
    return tool_confirm_name(signing->tool,
                             "Signing is a vote of this member. Type the "
                             "consortium's name to sign",
                             roster->consortium.text);
}

/* The text, the lines that are there already, and ours. */
static enum err write_note(struct signing *signing, struct why *ret_why)
{
    const struct roster_given *given = &signing->given;
    struct span text = buf_span(&given->roster->text);
    struct note_key keys[MEMBER_COUNT_MAX];
    struct note before;
    struct note mine;
    struct buf own;
    struct buf both;

    buf_init(&own, ROSTER_NOTE_SIZE_MAX);
    buf_init(&both, ROSTER_NOTE_SIZE_MAX);
    roster_governance_keys(&given->cid, given->judge, keys);

    enum err err = note_sign(&own, text, &signing->name, &signing->key);

    if (err == ERR_OK && !given->is_draft) {
        err = note_parse(given->note, ROSTER_NOTE_SIZE_MAX, &before, ret_why);
        if (err == ERR_OK) {
            err = note_parse(buf_span(&own), ROSTER_NOTE_SIZE_MAX, &mine,
                             ret_why);
        }
        if (err == ERR_OK) {
            err = note_combine(&mine, &before, keys, given->judge->member_count,
                               &both);
        }
    } else if (err == ERR_OK) {
        buf_put(&both, buf_span(&own));
        err = both.err;
    }
    if (err == ERR_OK) {
        err = tool_file_create(signing->out, buf_span(&both), 0644, ret_why);
    }
    buf_done(&own);
    buf_done(&both);
    return err;
}

static int sign(struct signing *signing)
{
    struct tool *tool = signing->tool;
    struct why why = { "" };
    int code = read_key(signing);

    if (code == EXIT_DONE) {
        code = find_member(signing);
    }
    if (code == EXIT_DONE) {
        code = check_rules(signing);
    }
    if (code == EXIT_DONE) {
        enum err err =
            roster_signed_check(signing->key_path, signing->given.roster, &why);

        if (err != ERR_OK) {
            code = output_err(&tool->output, err, &why, "sign this roster");
        }
    }
    if (code == EXIT_DONE) {
        code = show_and_ask(signing);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (tool->options.dry_run) {
        return output_finish(&tool->output, EXIT_DONE, NULL);
    }

    /* Noted first: a signature that nobody remembers is worse than none. */
    enum err err =
        roster_signed_note(signing->key_path, signing->given.roster, &why);

    if (err == ERR_OK) {
        err = write_note(signing, &why);
    }
    if (err != ERR_OK) {
        return output_err(&tool->output, err, &why, "write the signature");
    }

    char *shown = visible_str(signing->out);
    json_t *data = json_object();

    output_say(&tool->output, "Signed as %s -> %s\n", signing->name.name,
               shown);
    json_put(data, "file", json_text(span_str(signing->out)));
    json_put(data, "signed_as", json_string(signing->name.name));
    json_put(data, "version", json_count(signing->given.roster->version));
    free(shown);
    return output_finish(&tool->output, EXIT_DONE, data);
}

static int run_sign(struct tool *tool, const struct arguments *arguments)
{
    struct signing signing = { .tool = tool,
                               .key_path = argument(arguments, "--key"),
                               .out = argument(arguments, "--out") };

    if (signing.key_path == NULL || signing.out == NULL) {
        return problem(tool, EXIT_USAGE, "USAGE", "--key FILE --out FILE",
                       "which key signs, and where does the note go?");
    }

    if (tool_file_exists(signing.out)) {
        return problem(tool, EXIT_FAILED, "CONFLICT",
                       "choose another name for the signed note",
                       "the file for --out is there already");
    }

    int code = roster_given_load(tool, arguments->words[0],
                                 argument(arguments, "--after"), EXIT_BAD,
                                 &signing.given);

    if (code != EXIT_DONE) {
        return code;
    }
    code = sign(&signing);
    roster_given_done(&signing.given);
    sign_key_done(&signing.key);
    return code;
}

static const struct flag sign_flags[] = {
    { "--key", "GOVERNANCE", "the governance key file", false },
    { "--out", "FILE", "the signed note", false },
    { "--after", "OLD", "the roster file that it follows", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text sign_exits[] = {
    { EXIT_DONE, "signed" },
    { EXIT_FAILED, "not written, or a file of this name is there" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_BAD, "the roster breaks a rule" },
    { EXIT_REFUSED, "not confirmed, or this key signed another successor" },
    { EXIT_NOT_FOUND, "no such file" },
    { EXIT_KEY, "not a governance key that may sign it" },
    { 0, NULL },
};

const struct command cmd_roster_sign = {
    .name = "roster sign",
    .synopsis = "FILE --key GOVERNANCE --out FILE [--after OLD]",
    .summary = "sign a roster with one member's governance key",
    .example = "$ holdfast roster sign archive-8 --after archive-7.roster \\\n"
               "      --key fjord.gov --out archive-8.fjord",
    .text = "Shows what changes and the eight words before it asks. Offline: "
            "governance keys never lie on a node.",
    .takes = TAKES_DRY_RUN | TAKES_CONFIRM | TAKES_NO_INPUT,
    .words_min = 1,
    .words_max = 1,
    .flags = sign_flags,
    .exits = sign_exits,
    .run = run_sign,
};
