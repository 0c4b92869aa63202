/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "crypto/node_key.h"
#include "crypto/secret.h"
#include "model/metadata.h"
#include "model/padme.h"
#include "model/roster_chain.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/deposit_run.h"
#include "tools/holdfast/deposit_say.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/reach.h"
#include "tools/holdfast/recipients.h"
#include "tools/holdfast/roster_known.h"
#include "tools/holdfast/roster_pin.h"
#include "tools/holdfast/stated.h"
#include "tools/holdfast/tool.h"

static int fail(struct deposit *deposit, enum err err, const struct why *why,
                const char *what)
{
    return output_err(&deposit->tool->output, err, why, what);
}

/* Who takes it, and what it knows: before anything is sealed. A dry run asks
 * nobody. */
static int meet_node(struct deposit *deposit)
{
    struct tool *tool = deposit->tool;
    struct reached reached;
    int code;

    if (tool->options.dry_run) {
        const char *node = tool->config.has_client ? tool->config.client_node
                                                   : tool->config.name;

        (void)snprintf(deposit->node, sizeof(deposit->node), "%s",
                       tool->options.via != NULL ? tool->options.via : node);
        return EXIT_DONE;
    }
    code = reach_and_meet(tool, &deposit->line, &reached);
    if (code == EXIT_DONE) {
        memcpy(deposit->node, reached.node, sizeof(deposit->node));
    }
    return code;
}

/* Which member deposits, by the newest roster that is known: that of [client]
 * node, whoever takes it, or of this machine's node. */
static int find_member(struct deposit *deposit)
{
    struct tool *tool = deposit->tool;
    const char *label =
        tool->config.has_client ? tool->config.client_node : tool->config.name;
    const struct roster *roster;
    const struct roster_node *node;
    int code = roster_known_load(tool, NULL, &deposit->chain);

    if (code == EXIT_DONE && deposit->line != NULL) {
        code = roster_known_ask(tool, deposit->line, deposit->chain);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    roster = roster_chain_newest(deposit->chain);
    node = roster_find_node(roster, span_str(label));
    if (node == NULL) {
        struct problem problem = { .exit_code = EXIT_CONFIG, .code = "CONFIG" };

        return output_problem(&tool->output, &problem,
                              "%s is not a node of the roster", label);
    }
    deposit->member = roster_member_of(roster, node);
    return EXIT_DONE;
}

/* A node that was seized must not keep us on old recipients: enough of the
 * other members said lately that this roster is theirs. */
static int demand_statements(struct deposit *deposit)
{
    struct stated *stated;
    struct why why = { "out of memory" };
    int code;

    if (deposit->line == NULL) {
        return EXIT_DONE; /* a dry run */
    }
    if (argument_given(deposit->arguments, "--offline")) {
        output_warning(&deposit->tool->output,
                       "sealing without asking what the other members say: a "
                       "newer roster may name other recipients");
        return EXIT_DONE;
    }
    stated = malloc(sizeof(*stated));
    if (stated == NULL) {
        return fail(deposit, ERR_NO_MEMORY, &why, "read the statements");
    }
    code = stated_ask(deposit->tool, deposit->line, deposit->chain, stated);
    if (code == EXIT_DONE) {
        code = stated_demand(stated, deposit->tool, deposit->chain,
                             span_str(deposit->node));
    }
    stated_done(stated);
    free(stated);
    return code;
}

static int read_key(struct deposit *deposit)
{
    struct tool *tool = deposit->tool;
    const char *path = argument(deposit->arguments, "--key");
    struct secret *seed = NULL;
    struct why why = { "" };

    if (path == NULL && tool->config.has_client) {
        path = tool->config.client_key;
    }
    if (path == NULL) {
        struct problem problem = {
            .exit_code = EXIT_KEY,
            .code = "KEY-MISSING",
            .action = "give --key FILE; a new one: holdfast key new depositor "
                      "--out FILE",
        };

        return output_problem(&tool->output, &problem,
                              "no depositor key: a deposit is signed by the "
                              "person who makes it");
    }

    enum err err = keyio_read(path, KEY_DEPOSITOR, &seed, &why);

    if (err == ERR_OK) {
        err = depositor_key_init(&deposit->key, secret_data(seed));
    }
    secret_free(seed);
    if (err == ERR_NOT_FOUND || err == ERR_PERMISSION) {
        err = ERR_WRONG_KEY; /* missing, or not usable as it is: exit 9 */
    }
    return err == ERR_OK ? EXIT_DONE
                         : fail(deposit, err, &why, "read the depositor key");
}

static int collect_recipients(struct deposit *deposit)
{
    const char *to[RECIPIENTS_MAX];
    size_t count = 0;

    while (count < RECIPIENTS_MAX &&
           argument_at(deposit->arguments, "--to", count) != NULL) {
        to[count] = argument_at(deposit->arguments, "--to", count);
        count++;
    }
    return recipients_collect(
        deposit->tool, roster_chain_newest(deposit->chain), deposit->member,
        year_of(deposit->setup.deposited_s), to, count, &deposit->recipients);
}

static void say_skipped(struct deposit *deposit)
{
    for (size_t i = 0; i < deposit->list.count; i++) {
        const struct file_entry *file = &deposit->list.entries[i];

        if (file->skipped) {
            char *name = visible_str(file->name);

            output_warning(&deposit->tool->output, "left out: %s: %s", name,
                           file->reason);
            free(name);
        }
    }
}

static int list_files(struct deposit *deposit)
{
    struct why why = { "" };

    for (int i = 0; i < deposit->arguments->word_count; i++) {
        enum err err =
            file_list_add(&deposit->list, deposit->arguments->words[i], &why);

        if (err == ERR_CANCELLED) {
            return interrupt_finish(&deposit->tool->output);
        }
        if (err != ERR_OK) {
            return fail(deposit, err, &why, "read what is to be deposited");
        }
    }
    for (size_t i = 0; i < deposit->list.count; i++) {
        struct deposit_plan plan;

        if (!deposit->list.entries[i].skipped &&
            deposit_plan(deposit->list.entries[i].stamp.size, &plan) ==
                ERR_OK) {
            deposit->sealed_bytes += plan.padded_size;
        }
    }
    say_skipped(deposit);
    return EXIT_DONE;
}

static struct span given(const struct arguments *arguments, const char *name)
{
    const char *value = argument(arguments, name);

    return value == NULL ? span_of(NULL, 0) : span_str(value);
}

static void make_setup(struct deposit *deposit)
{
    struct sealing_setup *setup = &deposit->setup;

    setup->cid = deposit->chain->cid;
    setup->member = deposit->member->label;
    setup->depositor = &deposit->key.sign;
    memcpy(setup->recipients, deposit->recipients.keys,
           sizeof(setup->recipients));
    setup->recipient_count = deposit->recipients.count;
    setup->case_name = given(deposit->arguments, "--case");
    setup->source = given(deposit->arguments, "--source");
    setup->note = given(deposit->arguments, "--note");
    setup->with_sha512 = argument_given(deposit->arguments, "--sha512");
}

/* Is there room? Asked before anything is read or sealed. */
static int ask_space(struct deposit *deposit)
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    int code = tool_ask(deposit->tool, deposit->line, &request, &reply);

    if (code != EXIT_DONE) {
        return code;
    }

    const struct msg_status_reply *status = &reply.status_reply;
    uint64_t room = status->free_bytes > status->reserve_bytes
                        ? status->free_bytes - status->reserve_bytes
                        : 0;

    if (deposit->sealed_bytes > room && !deposit->journal.is_resumed) {
        char needed[TEXT_SIZE];
        char has[TEXT_SIZE];
        char keeps[TEXT_SIZE];
        struct problem problem = {
            .exit_code = EXIT_AGAIN,
            .code = "STORE-FULL",
            .state = "nothing was sent.",
            .action = "ask the admin of the node to add space, or deposit "
                      "elsewhere: --via NODE",
        };

        return output_problem(
            &deposit->tool->output, &problem,
            "cannot deposit: %s needed, %s has %s free and keeps %s",
            text_size(needed, deposit->sealed_bytes), deposit->node,
            text_size(has, status->free_bytes),
            text_size(keeps, status->reserve_bytes));
    }
    return EXIT_DONE;
}

/* A run is told from others by what it deposits and as what. */
static struct digest run_name(const struct deposit *deposit)
{
    struct sha256 sha;
    struct digest digest;
    const struct arguments *arguments = deposit->arguments;

    sha256_init(&sha);
    sha256_update(&sha, span_str(deposit->node));
    for (int i = 0; i < arguments->word_count; i++) {
        char *real = realpath(arguments->words[i], NULL);

        sha256_update(&sha, span_str(real != NULL ? real : ""));
        sha256_update(&sha, span_of("", 1));
        free(real);
    }
    for (size_t i = 0; i < arguments->flag_count; i++) {
        if (strcmp(arguments->flags[i].flag->name, "--receipts") != 0) {
            sha256_update(&sha, span_str(arguments->flags[i].flag->name));
            sha256_update(&sha, span_of("", 1));
            sha256_update(&sha, span_str(arguments->flags[i].value != NULL
                                             ? arguments->flags[i].value
                                             : ""));
            sha256_update(&sha, span_of("", 1));
        }
    }
    sha256_final(&sha, &digest);
    return digest;
}

static int open_outputs(struct deposit *deposit)
{
    const char *receipts = argument(deposit->arguments, "--receipts");
    const char *dir = argument(deposit->arguments, "--journal");
    struct digest name = run_name(deposit);
    struct why why = { "" };

    receipts_out_init(&deposit->receipts,
                      receipts != NULL ? receipts : RECEIPTS_DIR_DEFAULT,
                      argument_given(deposit->arguments, "--with-names"),
                      deposit->setup.deposited_s);

    enum err err = receipts_out_check(&deposit->receipts, &why);

    if (err != ERR_OK) {
        return fail(deposit, err, &why, "write the receipts");
    }
    err = deposit_journal_open(&deposit->journal, dir, &name,
                               &deposit->chain->cid, &why);
    if (err != ERR_OK) {
        return fail(deposit, err, &why, "keep a journal");
    }
    if (dir != NULL) {
        output_warning(&deposit->tool->output,
                       "the journal in %s holds the keys of what is being "
                       "sealed until the run is complete",
                       dir);
    } else if (deposit->journal.fd < 0) {
        output_note(&deposit->tool->output,
                    "No $XDG_RUNTIME_DIR: this run keeps no journal; when it "
                    "is cut off, it begins anew.");
    }
    if (deposit->receipts.with_names) {
        output_warning(&deposit->tool->output,
                       "the receipts will name the files: whoever takes this "
                       "machine reads them");
    }
    return EXIT_DONE;
}

/* The run ended early: say why, after what was reached. */
static int say_stopped(struct deposit *deposit)
{
    struct deposit_run_result *result = &deposit->result;
    char done[TEXT_SIZE];

    output_note(&deposit->tool->output, "%s of the files were deposited; %s",
                text_count(done, result->done + result->done_before),
                deposit->journal.fd >= 0
                    ? "the same command goes on from here"
                    : "the same command begins anew with all of them");
    if (result->err == ERR_CANCELLED) {
        return interrupt_finish(&deposit->tool->output);
    }
    return tool_line_failed(deposit->tool, result->err, result->code,
                            &result->why);
}

static int run(struct deposit *deposit)
{
    struct progress_at at = { 0 };
    struct deposit_run_options options = {
        .output = &deposit->tool->output,
        .line = deposit->line,
        .setup = &deposit->setup,
        .list = &deposit->list,
        .journal = &deposit->journal,
        .receipts = &deposit->receipts,
        .progress = &deposit->progress,
    };
    struct deposit_run_result *result = &deposit->result;
    uint64_t files = deposit->list.count - deposit->list.skipped_count;
    struct why why = { "" };
    int code = EXIT_DONE;

    progress_start(&deposit->progress, options.output, files,
                   deposit->list.bytes);
    deposit_run(&options, result);
    at.files_done = result->done + result->done_before;
    at.bytes_done = result->done_bytes;
    progress_end(&deposit->progress, &at);

    enum err err = receipts_out_close(&deposit->receipts, &why);

    if (err != ERR_OK && result->err == ERR_OK) {
        return fail(deposit, err, &why, "write the receipts");
    }
    if (result->done > 0 &&
        recipients_remember(&deposit->chain->cid, deposit->member,
                            &deposit->recipients, &why) != ERR_OK) {
        output_warning(options.output,
                       "whom was sealed to is not remembered: "
                       "%s",
                       why.text);
    }
    if (result->failed > 0 || deposit->list.skipped_count > 0) {
        code =
            result->done + result->done_before > 0 ? EXIT_PARTLY : EXIT_FAILED;
    }
    deposit_say_people(deposit);
    if (result->err != ERR_OK) {
        code = say_stopped(deposit);
    }
    deposit_say_summary(deposit, code);
    return code;
}

static int prepare(struct deposit *deposit)
{
    int code = tool_config(deposit->tool, true);

    if (code == EXIT_DONE) {
        code = read_key(deposit);
    }
    if (code == EXIT_DONE) {
        code = meet_node(deposit);
    }
    if (code == EXIT_DONE) {
        code = find_member(deposit);
    }
    if (code == EXIT_DONE) {
        code = demand_statements(deposit);
    }
    if (code == EXIT_DONE) {
        code = collect_recipients(deposit);
    }
    if (code == EXIT_DONE) {
        code = recipients_confirm(deposit->tool, &deposit->chain->cid,
                                  deposit->member, &deposit->recipients);
    }
    if (code == EXIT_DONE) {
        code = list_files(deposit);
    }
    if (code == EXIT_DONE) {
        make_setup(deposit);
    }
    return code;
}

static int run_deposit(struct tool *tool, const struct arguments *arguments)
{
    struct deposit *deposit = calloc(1, sizeof(*deposit));
    struct why why = { "" };

    if (deposit == NULL) {
        return output_err(&tool->output, ERR_NO_MEMORY, &why, "begin");
    }
    deposit->tool = tool;
    deposit->arguments = arguments;
    deposit->journal.fd = -1;
    deposit->setup.deposited_s = now_s();
    file_list_init(&deposit->list);

    int code = prepare(deposit);

    if (code == EXIT_DONE && tool->options.dry_run) {
        deposit_say_start(deposit);
    } else if (code == EXIT_DONE) {
        code = open_outputs(deposit);
        if (code == EXIT_DONE) {
            code = ask_space(deposit);
        }
        if (code == EXIT_DONE) {
            deposit_say_start(deposit);
            code = run(deposit);
        }
        if (code == EXIT_DONE &&
            roster_pin_write(deposit->chain, &why) != ERR_OK) {
            output_warning(&tool->output, "the roster is not pinned: %s",
                           why.text);
        }
        deposit_journal_close(&deposit->journal,
                              code == EXIT_DONE || code == EXIT_PARTLY);
    }
    line_free(deposit->line);
    file_list_done(&deposit->list);
    depositor_key_done(&deposit->key);
    roster_chain_free(deposit->chain);
    free(deposit);
    return code;
}

static const struct flag deposit_flags[] = {
    { "--key", "FILE", "the depositor key; default: [client] key", false },
    { "--case", "REF", "the case that all of it belongs to", false },
    { "--source", "TEXT", "where it comes from", false },
    { "--note", "TEXT", "anything else to remember", false },
    { "--to", "RECIPIENT", "one more who can open it: age1...", true },
    { "--receipts", "DIR", "where the receipts go; default: receipts", false },
    { "--with-names", NULL, "write file names into the receipts", false },
    { "--sha512", NULL, "record SHA-512 too (slower)", false },
    { "--journal", "DIR", "keep the journal there, not in RAM", false },
    { "--offline", NULL, "seal without fresh statements of other members",
      false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text deposit_exits[] = {
    { EXIT_DONE, "all deposited; some may be pending" },
    { EXIT_FAILED, "nothing deposited, or a file could not be written" },
    { EXIT_PARTLY, "some files were not deposited; the output says which" },
    { EXIT_REFUSED, "no fresh statements of other members, recipients not "
                    "confirmed, none for this year, or our key may not deposit "
                    "there" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "depositor key missing, not usable, or unknown there" },
    { EXIT_AGAIN, "the node has no room, or has too much in hand" },
    { EXIT_INTERRUPTED, "interrupted; the same command goes on" },
    { 0, NULL },
};

const struct command cmd_deposit = {
    .name = "deposit",
    .synopsis = "PATH...",
    .summary = "seal files on this machine and hand them to the node",
    .example = "$ holdfast deposit interview-03.mp4 scans/ --case K-2231 "
               "\\\n      --key anna.key --receipts receipts",
    .text = "Folders are taken whole. Nothing leaves this machine unsealed. "
            "The same command again goes on where it was cut off. Before "
            "anything is sealed, half of the other members must have stated "
            "within 7 days that they know no newer roster than this machine.",
    .takes = TAKES_CONFIG | TAKES_SOCKET | TAKES_DRY_RUN | TAKES_YES |
             TAKES_NO_INPUT,
    .words_min = 1,
    .words_max = ARGUMENTS_MAX,
    .flags = deposit_flags,
    .exits = deposit_exits,
    .run = run_deposit,
};
