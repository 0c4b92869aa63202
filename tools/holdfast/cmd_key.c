/* SPDX-License-Identifier: Apache-2.0 */
/* key new, key show: files only, no network. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/secret.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/key_public.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/tool.h"

static const enum key_kind kinds[] = { KEY_MASTER, KEY_GOVERNANCE, KEY_NODE,
                                       KEY_DEPOSITOR };

static bool kind_parse(const char *word, enum key_kind *ret_kind)
{
    for (size_t index = 0; index < sizeof(kinds) / sizeof(kinds[0]); index++) {
        if (strcmp(word, key_kind_name(kinds[index])) == 0) {
            *ret_kind = kinds[index];
            return true;
        }
    }
    return false;
}

static json_t *describe(const char *file, const struct key_public *key)
{
    json_t *data = json_object();

    json_put(data, "kind", json_string(key_kind_name(key->kind)));
    json_put(data, "file", json_text(span_str(file)));
    json_put(data, "public", key_public_json(key));
    return data;
}

/* A clients line: the label is the operator's to choose. */
static void say_client(struct output *output, const struct key_public *key)
{
    output_say(output, "  LABEL deposit %s\n", key->parts[1].text);
}

static void say_public(struct output *output, const struct key_public *key)
{
    for (const char *const *line = key_public_advice(key->kind); *line != NULL;
         line++) {
        output_say(output, "  %s\n", *line);
    }
    if (key->kind == KEY_DEPOSITOR) {
        say_client(output, key);
    } else {
        key_public_say(output, key);
    }
}

/* ---- key new ------------------------------------------------------------- */

/* Draw the seed and write the file; the seed stays for its public part. */
static enum err make(enum key_kind kind, const char *path, bool dry_run,
                     struct key_public *ret_public, struct why *ret_why)
{
    struct secret *seed = secret_new(KEY_SEED_SIZE);
    struct buf comment;
    struct buf text;
    char made[TEXT_SIZE];
    enum err err;

    if (seed == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    buf_init(&comment, 4096);
    buf_init(&text, KEY_FILE_SIZE_MAX);
    randombytes_buf(secret_bytes(seed), KEY_SEED_SIZE);
    err = key_public_of(kind, seed, ret_public);
    if (err == ERR_OK) {
        buf_printf(&comment, "holdfast %s key: %s\nmade: %s\n",
                   key_kind_name(kind), key_public_purpose(kind),
                   text_rfc3339(made, now_s()));
        key_public_comment(ret_public, &comment);
        key_file_format(&text, kind, secret_data(seed), buf_span(&comment));
        err = buf_failed(&comment) ? comment.err : text.err;
    }
    if (err == ERR_OK && !dry_run) {
        err = keyio_write(path, buf_span(&text), ret_why);
    }
    buf_wipe(&text);
    buf_done(&comment);
    secret_free(seed);
    return err;
}

static int exists(struct tool *tool, const char *path)
{
    struct problem problem = {
        .exit_code = EXIT_FAILED,
        .code = "CONFLICT",
        .state = "nothing was changed.",
        .action = "choose another name; a key is never written over a file",
    };
    char *shown = visible_str(path);
    int code =
        output_problem(&tool->output, &problem, "%s is there already", shown);

    free(shown);
    return code;
}

static int run_new(struct tool *tool, const struct arguments *arguments)
{
    const char *path = argument(arguments, "--out");
    struct problem problem = { .exit_code = EXIT_USAGE, .code = "USAGE" };
    struct key_public key;
    struct why why;
    enum key_kind kind;
    enum err err;
    char *shown;

    if (!kind_parse(arguments->words[0], &kind)) {
        problem.action = "master, governance, node or depositor";
        shown = visible_str(arguments->words[0]);
        (void)output_problem(&tool->output, &problem, "no kind of key: \"%s\"",
                             shown);
        free(shown);
        return EXIT_USAGE;
    }
    if (path == NULL) {
        problem.action = "--out FILE";
        return output_problem(&tool->output, &problem,
                              "where shall the key go?");
    }
    if (tool_file_exists(path)) {
        return exists(tool, path);
    }
    why_clear(&why);
    err = make(kind, path, tool->options.dry_run, &key, &why);
    if (err != ERR_OK) {
        return output_err(&tool->output, err, &why, "write the key");
    }
    if (tool->options.dry_run) {
        return output_finish(&tool->output, EXIT_DONE, NULL);
    }
    shown = visible_str(path);
    output_say(&tool->output, "%s key -> %s\n  %s\n", key_kind_name(kind),
               shown, key_public_purpose(kind));
    free(shown);
    say_public(&tool->output, &key);
    return output_finish(&tool->output, EXIT_DONE, describe(path, &key));
}

static const struct flag new_flags[] = {
    { "--out", "FILE", "the new file; never over another one", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text new_exits[] = {
    { EXIT_DONE, "the key is written" },
    { EXIT_FAILED, "not written, or a file of this name is there" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_NOT_FOUND, "the folder is not there" },
    { 0, NULL },
};

const struct command cmd_key_new = {
    .name = "key new",
    .synopsis = "master|governance|node|depositor --out FILE",
    .summary = "make a key file",
    .example = "$ holdfast key new node --out node.key",
    .text = "The file is for its owner alone (mode 0600). What is printed is "
            "public.\nmaster and governance: on a machine without network.",
    .takes = TAKES_DRY_RUN,
    .words_min = 1,
    .words_max = 1,
    .flags = new_flags,
    .exits = new_exits,
    .run = run_new,
};

/* ---- key show ------------------------------------------------------------ */

static int run_show(struct tool *tool, const struct arguments *arguments)
{
    const char *path = arguments->words[0];
    struct problem problem = { .exit_code = EXIT_KEY };
    struct secret *seed;
    struct key_public key;
    enum key_kind kind;
    struct why why;
    enum err err;
    char *shown;

    why_clear(&why);
    err = keyio_read_any(path, &kind, &seed, &why);
    if (err == ERR_OK) {
        err = key_public_of(kind, seed, &key);
        secret_free(seed);
    }
    if (err != ERR_OK) {
        problem.code = code_of_err(err);
        shown = visible_str(why.text[0] == '\0' ? err_text(err) : why.text);
        (void)output_problem(&tool->output, &problem, "cannot read the key: %s",
                             shown);
        free(shown);
        return EXIT_KEY;
    }
    shown = visible_str(path);
    output_say(&tool->output, "%s: %s key\n  %s\n", shown, key_kind_name(kind),
               key_public_purpose(kind));
    free(shown);
    say_public(&tool->output, &key);
    return output_finish(&tool->output, EXIT_DONE, describe(path, &key));
}

static const struct exit_text show_exits[] = {
    { EXIT_DONE, "shown" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_KEY, "not there, not a key file, or others may read it" },
    { 0, NULL },
};

const struct command cmd_key_show = {
    .name = "key show",
    .synopsis = "FILE",
    .summary = "the public part of a key file",
    .example = "$ holdfast key show node.key",
    .text = "Shows what goes into the roster, or into a node's clients file. "
            "Nothing secret is printed.",
    .words_min = 1,
    .words_max = 1,
    .exits = show_exits,
    .run = run_show,
};
