/* SPDX-License-Identifier: Apache-2.0 */
/* key year: this year's evidence identity from the master. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/age_key.h"
#include "crypto/node_key.h"
#include "crypto/secret.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/passphrase.h"
#include "tools/holdfast/sealed.h"
#include "tools/holdfast/tool.h"

struct year_key {
    unsigned year;
    const char *member; /* NULL: not said */
    const char *out;
    char recipient[AGE_RECIPIENT_TEXT_SIZE + 1];
};

static int wrong(struct tool *tool, const char *action, const char *message)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "USAGE",
                               .action = action };

    return output_problem(&tool->output, &problem, "%s", message);
}

/* Everything that can be known before a secret is read. */
static int take_arguments(struct tool *tool, const struct arguments *arguments,
                          struct year_key *key)
{
    struct span year = span_str(arguments->words[0]);
    uint64_t number;

    key->member = argument(arguments, "--member");
    key->out = argument(arguments, "--out");
    if (year.size != 4 || decimal_parse(year, &number) != ERR_OK) {
        return wrong(tool, "four digits, for example 2026", "no year");
    }
    key->year = (unsigned)number;
    if (argument(arguments, "--master") == NULL || key->out == NULL) {
        return wrong(tool, "--master FILE --out FILE", "two files are needed");
    }
    if (key->member != NULL && !label_valid(span_str(key->member))) {
        return wrong(tool, "a label as in the roster, for example fjord",
                     "--member is no label");
    }
    if (tool_file_exists(key->out)) {
        struct problem problem = { .exit_code = EXIT_FAILED,
                                   .code = "CONFLICT",
                                   .state = "nothing was changed.",
                                   .action = "choose another name" };
        char *shown = visible_str(key->out);

        (void)output_problem(&tool->output, &problem, "%s is there already",
                             shown);
        free(shown);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

/* What stands inside the sealed file: an age identity file. */
static enum err identity_text(struct year_key *key,
                              const struct age_identity *identity,
                              struct buf *text)
{
    char made[TEXT_SIZE];
    struct buf recipient;
    enum err err;

    buf_init(&recipient, AGE_RECIPIENT_TEXT_SIZE + 1);
    age_recipient_format(&recipient, &identity->recipient);
    err = recipient.err;
    if (err == ERR_OK) {
        snprintf(key->recipient, sizeof(key->recipient), "%.*s",
                 (int)recipient.size, (const char *)recipient.data);
        buf_printf(text,
                   "# holdfast: evidence identity%s%s of the year %u\n"
                   "# made: %s\n# public key: %s\n",
                   key->member == NULL ? "" : " of ",
                   key->member == NULL ? "" : key->member, key->year,
                   text_rfc3339(made, now_s()), key->recipient);
        age_identity_format(text, identity);
        buf_put_byte(text, '\n');
        err = text->err;
    }
    buf_done(&recipient);
    return err;
}

/* Seal under a passphrase that is asked for here, and write. */
static enum err seal_and_write(struct tool *tool, const char *passphrase_file,
                               const struct year_key *key, struct span text,
                               struct why *ret_why)
{
    struct secret *passphrase;
    struct buf sealed;
    enum err err;

    err = passphrase_read(&tool->output, passphrase_file, key->out, true,
                          tool->options.no_input, &passphrase, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    buf_init(&sealed, AGE_HEADER_SIZE_MAX);
    output_detail(&tool->output, "sealing; this takes a second or two");
    err = sealed_make(text, passphrase, &sealed, ret_why);
    secret_free(passphrase);
    if (err == ERR_OK && interrupted()) {
        err = why_set(ret_why, ERR_CANCELLED, "interrupted");
    }
    if (err == ERR_OK && !tool->options.dry_run) {
        err = keyio_write(key->out, buf_span(&sealed), ret_why);
    }
    buf_done(&sealed);
    return err;
}

static enum err make(struct tool *tool, const struct arguments *arguments,
                     struct year_key *key, struct why *ret_why)
{
    struct age_identity identity;
    struct secret *master;
    struct buf text;
    enum err err;

    err = keyio_read(argument(arguments, "--master"), KEY_MASTER, &master,
                     ret_why);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND || err == ERR_PERMISSION ||
                       err == ERR_MALFORMED
                   ? ERR_WRONG_KEY
                   : err;
    }
    err = master_identity_init(secret_data(master), key->year, &identity);
    secret_free(master);
    if (err != ERR_OK) {
        return why_set(ret_why, err, "%s", err_text(err));
    }
    buf_init(&text, 4096);
    err = identity_text(key, &identity, &text);
    if (err != ERR_OK) {
        err = why_set(ret_why, err, "%s", err_text(err));
    } else {
        err = seal_and_write(tool, argument(arguments, "--passphrase-file"),
                             key, buf_span(&text), ret_why);
    }
    buf_wipe(&text);
    age_identity_done(&identity);
    return err;
}

static void say(struct tool *tool, const struct year_key *key)
{
    struct output *output = &tool->output;
    char *shown = visible_str(key->out);

    output_say(output,
               "%s\n  opens what is sealed to %s in %u, and nothing "
               "else\n",
               shown, key->member == NULL ? "this member" : key->member,
               key->year);
    output_say(output, "  for the roster:  recipient %s %u\n",
               key->member == NULL ? "LABEL" : key->member, key->year);
    output_say(output, "    %s\n", key->recipient);
    output_say(output, "Carry it to the workstation that reads evidence. Never "
                       "to a node.\n");
    free(shown);
}

static int run_year(struct tool *tool, const struct arguments *arguments)
{
    struct year_key key = { .year = 0 };
    struct why why;
    json_t *data;
    enum err err;
    int code = take_arguments(tool, arguments, &key);

    if (code != EXIT_DONE) {
        return code;
    }
    why_clear(&why);
    err = make(tool, arguments, &key, &why);
    if (err == ERR_CANCELLED && interrupted()) {
        return interrupt_finish(&tool->output);
    }
    if (err == ERR_REFUSED) { /* nobody can be asked for the passphrase */
        return wrong(tool, "--passphrase-file FILE", why.text);
    }
    if (err != ERR_OK) {
        return output_err(&tool->output, err, &why, "make the identity");
    }
    say(tool, &key);
    data = json_object();
    json_put(data, "year", json_integer(key.year));
    json_put(data, "file", json_text(span_str(key.out)));
    if (key.member != NULL) {
        json_put(data, "member", json_string(key.member));
    }
    json_put(data, "recipient", json_string(key.recipient));
    return output_finish(&tool->output, EXIT_DONE, data);
}

static const struct flag flags[] = {
    { "--master", "FILE", "the member's master key", false },
    { "--out", "FILE", "the new file; never over another one", false },
    { "--member", "LABEL", "the member, for the line that is printed", false },
    { "--passphrase-file", "FILE",
      "its first line is the passphrase; - is stdin; else it is asked for",
      false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text exits[] = {
    { EXIT_DONE, "the identity is written" },
    { EXIT_FAILED, "not written, or a file of this name is there" },
    { EXIT_USAGE, "wrong usage, or no way to ask for the passphrase" },
    { EXIT_KEY, "the master is missing, is another kind of key, or others "
                "may read it" },
    { EXIT_INTERRUPTED, "interrupted; nothing was written" },
    { 0, NULL },
};

const struct command cmd_key_year = {
    .name = "key year",
    .synopsis = "YEAR --master FILE --out FILE [flags]",
    .summary = "this year's evidence identity, sealed",
    .example = "$ holdfast key year 2026 --master /mnt/ram/master.key \\\n"
               "      --member fjord --out fjord-2026.age",
    .text = "On a machine without network. The file is an age file sealed with "
            "a passphrase; what it seals is an age identity file, so stock age "
            "opens it and can use it.",
    .takes = TAKES_DRY_RUN | TAKES_NO_INPUT,
    .words_min = 1,
    .words_max = 1,
    .flags = flags,
    .exits = exits,
    .run = run_year,
};
