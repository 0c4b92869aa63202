/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "model/roster_chain.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/reach.h"
#include "tools/holdfast/restore.h"
#include "tools/holdfast/restore_keys.h"
#include "tools/holdfast/restore_list.h"
#include "tools/holdfast/restore_notes.h"
#include "tools/holdfast/restore_open.h"
#include "tools/holdfast/restore_plan.h"
#include "tools/holdfast/restore_run.h"
#include "tools/holdfast/restore_say.h"
#include "tools/holdfast/restore_target.h"

#define ROSTER_FILE_MAX                                                        \
    (ROSTER_CHAIN_VERSIONS_MAX * (size_t)ROSTER_NOTE_SIZE_MAX)

/* ---- What was asked for -------------------------------------------------- */

static int usage(struct restore *restore, const char *sentence)
{
    struct problem problem = {
        .exit_code = EXIT_USAGE,
        .code = "USAGE",
        .action = "holdfast restore --help",
    };

    return output_problem(&restore->tool->output, &problem, "%s", sentence);
}

static int read_arguments(struct restore *restore)
{
    const struct arguments *arguments = restore->arguments;
    bool all = argument_given(arguments, "--all");
    bool sealed = argument_given(arguments, "--ciphertext");
    bool key = argument_given(arguments, "--key");

    restore->dir = argument(arguments, "--to");
    restore->case_name = argument(arguments, "--case");
    restore->overwrite = argument_given(arguments, "--overwrite");
    if ((arguments->word_count > 0) + (restore->case_name != NULL) + all != 1) {
        return usage(restore, "one of these must be given, and only one: ids "
                              "of items, --case, --all");
    }
    if (restore->dir == NULL) {
        return usage(restore, "--to is missing: the folder to write to");
    }
    if (!key && !sealed) {
        return usage(restore, "--key is missing: without a key only "
                              "--ciphertext can be written");
    }
    if (!key && restore->case_name != NULL) {
        return usage(restore, "--case needs --key: of which case an item is "
                              "stands inside it");
    }
    if (!key && argument_given(arguments, "--passphrase-file")) {
        return usage(restore, "--passphrase-file is for --key, which is not "
                              "given");
    }
    restore->scope = all                          ? RESTORE_ALL
                     : restore->case_name != NULL ? RESTORE_CASE
                                                  : RESTORE_IDS;
    restore->mode = !sealed ? RESTORE_PLAIN
                    : key   ? RESTORE_EXPORT
                            : RESTORE_SEALED;
    return restore_list_check(restore);
}

/* ---- The node and the consortium ----------------------------------------- */

/* The roster tells whose keys an item needs, and whether a pass is good. After
 * a disaster there may be none: then we do without. */
static void read_roster(struct restore *restore)
{
    const struct tool *tool = restore->tool;
    const char *path;
    struct buf bytes;
    struct why why = { "" };
    enum err err;

    if (!tool->has_config) {
        return;
    }
    path = tool->config.has_client ? tool->config.client_roster
                                   : tool->config.roster;
    buf_init(&bytes, ROSTER_FILE_MAX);
    err = tool_file_read(path, ROSTER_FILE_MAX, &bytes, &why);
    if (err == ERR_OK) {
        err = roster_chain_parse(buf_span(&bytes), &restore->chain, &why);
    }
    buf_done(&bytes);
    if (err == ERR_OK) {
        restore->cid = restore->chain->cid;
        restore->has_cid = true;
    } else {
        char *shown = visible_str(why.text);

        output_warning(&restore->tool->output,
                       "the roster cannot be read, and is not needed to open "
                       "items: %s",
                       shown);
        free(shown);
    }
}

static int meet_node(struct restore *restore)
{
    struct reached reached;
    struct label label;
    int code = reach_and_meet(restore->tool, &restore->line, &reached);

    if (code != EXIT_DONE) {
        return code;
    }
    if (label_parse(span_str(reached.node), &label) == ERR_OK) {
        memcpy(restore->node, label.text, sizeof(restore->node));
    } else {
        memcpy(restore->node, "the-node", sizeof("the-node"));
    }
    if (!restore->has_cid && reached.has_cid) {
        restore->cid = reached.cid;
        restore->has_cid = true;
    }
    return EXIT_DONE;
}

/* ---- The folder ---------------------------------------------------------- */

static int open_target(struct restore *restore)
{
    bool dry_run = restore->tool->options.dry_run;
    struct why why = { "" };
    enum err err = ERR_OK;

    if (!dry_run) {
        err = tool_folders_make(restore->dir, 0700, &why);
    }
    if (err == ERR_OK) {
        err = target_open(restore->dir, &restore->target, &why);
    }
    if (err == ERR_NOT_FOUND && dry_run) {
        return EXIT_DONE;
    }
    if (err == ERR_OK && !dry_run && access(restore->dir, W_OK | X_OK) != 0) {
        err = why_set(&why, ERR_PERMISSION, "%s: %s", restore->dir,
                      strerror(errno));
    }
    if (err == ERR_NOT_FOUND) {
        err = ERR_IO; /* no item is meant */
    }
    return err == ERR_OK ? EXIT_DONE
                         : output_err(&restore->tool->output, err, &why,
                                      "write to the folder");
}

/* Of the folder, or of the nearest one above it that is there. */
static uint64_t free_bytes(const struct restore *restore)
{
    char *path = strdup(restore->dir);
    struct statvfs status;
    uint64_t bytes = 0;
    bool known = false;

    while (path != NULL && !known) {
        char *slash = strrchr(path, '/');

        known = statvfs(path, &status) == 0;
        if (known) {
            bytes = (uint64_t)status.f_bavail * status.f_frsize;
        } else if (slash == NULL) {
            known = statvfs(".", &status) == 0;
            bytes = known ? (uint64_t)status.f_bavail * status.f_frsize : 0;
            break;
        } else {
            slash[slash == path ? 1 : 0] = '\0';
            if (slash == path) {
                break;
            }
        }
    }
    free(path);
    return bytes;
}

static int check_space(struct restore *restore)
{
    uint64_t needed = restore_plan_bytes(restore);
    char need[TEXT_SIZE];
    char has[TEXT_SIZE];
    char *shown;
    struct problem problem = {
        .exit_code = EXIT_FAILED,
        .code = "NO-SPACE",
        .state = "nothing was written.",
        .action = "make room there, or give another folder with --to",
    };
    uint64_t room;
    int code;

    if (target_free_bytes(restore->target, &room) != ERR_OK || room >= needed) {
        return EXIT_DONE;
    }
    shown = visible_str(restore->dir);
    code = output_problem(&restore->tool->output, &problem,
                          "cannot restore: %s needed, %s has %s free",
                          text_size(need, needed), shown, text_size(has, room));
    free(shown);
    return code;
}

/* ---- The ends ------------------------------------------------------------ */

static int say_stopped(struct restore *restore)
{
    struct problem problem = {
        .exit_code = EXIT_FAILED,
        .code = "NO-SPACE",
        .state = "what is written is whole; nothing half was left.",
        .action = "make room, then run the same command again to continue",
    };
    char *shown;
    int code;

    if (restore->err == ERR_CANCELLED) {
        return interrupt_finish(&restore->tool->output);
    }
    if (restore->err != ERR_FULL) {
        return tool_line_failed(restore->tool, restore->err, restore->code,
                                &restore->why);
    }
    shown = visible_str(restore->why.text);
    code = output_problem(&restore->tool->output, &problem,
                          "the disk is full: %s", shown);
    free(shown);
    return code;
}

static int exit_code(const struct restore *restore)
{
    const struct restore_counts *counts = &restore->counts;
    bool locked = counts->locked > 0 && restore->scope != RESTORE_CASE;

    if (restore->mode != RESTORE_SEALED && counts->opened == 0 &&
        counts->locked > 0) {
        return EXIT_KEY;
    }
    return counts->missing > 0 || locked ? EXIT_PARTLY : EXIT_DONE;
}

/* What is decided before anything is fetched. */
static void say_decided(struct restore *restore)
{
    bool json = restore->tool->output.json;

    for (size_t i = 0; i < restore->count; i++) {
        const struct restore_item *item = &restore->items[i];
        bool locked = item->state == RESTORE_LOCKED &&
                      restore->scope != RESTORE_CASE &&
                      (json || restore->scope == RESTORE_IDS);

        if (locked || item->state == RESTORE_MISSING ||
            item->state == RESTORE_THERE) {
            restore_say_item(restore, item, 0);
        }
    }
}

static int nothing_there(struct restore *restore)
{
    struct problem problem = {
        .exit_code = EXIT_NOT_FOUND,
        .code = "NOT-FOUND",
        .state = "nothing was written.",
    };
    char *shown;
    int code;

    if (restore->scope != RESTORE_CASE) {
        return output_problem(&restore->tool->output, &problem,
                              "%s knows no items", restore->node);
    }
    shown = visible_str(restore->case_name);
    code = output_problem(&restore->tool->output, &problem,
                          "no item that the key given opens is of the case %s",
                          shown);
    free(shown);
    return code;
}

static int no_key_fits(struct restore *restore)
{
    struct problem problem = {
        .exit_code = EXIT_KEY,
        .code = "WRONG-KEY",
        .state = "nothing was written.",
        .action = "give the key of the member and year that is named above, "
                  "or take them along sealed: --ciphertext",
    };
    char count[TEXT_SIZE];

    say_decided(restore);
    restore_say_summary(restore, EXIT_KEY, "");
    return output_problem(&restore->tool->output, &problem,
                          "the key given opens none of what was asked for "
                          "(%s item%s)",
                          text_count(count, restore->counts.locked),
                          plural(restore->counts.locked));
}

static bool has_work(const struct restore *restore)
{
    return restore->planned + restore->counts.there + restore->counts.missing >
           0;
}

/* ---- The run ------------------------------------------------------------- */

static int write_notes(struct restore *restore,
                       char missing_list[static NOTES_PATH_SIZE])
{
    struct why why = { "" };
    enum err err = ERR_OK;

    if (restore->mode != RESTORE_PLAIN && restore->sums.size > 0) {
        err = buf_failed(&restore->sums) ? restore->sums.err
                                         : sums_write(restore, &why);
    }
    if (err == ERR_OK) {
        err = missing_write(restore, missing_list, &why);
    }
    return err == ERR_OK ? EXIT_DONE
                         : output_err(&restore->tool->output, err, &why,
                                      "write the lists beside the files");
}

static int write_all(struct restore *restore)
{
    char missing_list[NOTES_PATH_SIZE] = "";
    int code = check_space(restore);

    if (code != EXIT_DONE) {
        return code;
    }
    restore_say_start(restore);
    say_decided(restore);
    if (restore->planned > 0) {
        restore_run(restore);
    }
    if (restore->err == ERR_OK) {
        code = write_notes(restore, missing_list);
    } else {
        code = say_stopped(restore);
    }
    if (code == EXIT_DONE) {
        code = exit_code(restore);
    }
    restore_say_summary(restore, code, missing_list);
    return code;
}

static int plan(struct restore *restore)
{
    struct why why = { "" };
    enum err err = ERR_OK;
    int code = restore_list(restore);

    if (code == EXIT_DONE && restore->mode != RESTORE_SEALED) {
        err = restore_open(restore);
        if (err != ERR_OK) {
            return say_stopped(restore);
        }
    }
    if (code == EXIT_DONE) {
        code = open_target(restore);
    }
    if (code == EXIT_DONE) {
        err = restore_plan(restore);
    }
    if (err == ERR_CANCELLED) {
        return interrupt_finish(&restore->tool->output);
    }
    return err == ERR_OK ? code
                         : output_err(&restore->tool->output, err, &why,
                                      "plan the restore");
}

static int run_all(struct restore *restore)
{
    int code = read_arguments(restore);

    if (code == EXIT_DONE) {
        code = tool_config(restore->tool, false);
    }
    if (code == EXIT_DONE) {
        code = restore_keys_read(restore);
    }
    if (code == EXIT_DONE) {
        read_roster(restore);
        code = meet_node(restore);
    }
    if (code == EXIT_DONE) {
        code = plan(restore);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (exit_code(restore) == EXIT_KEY && !has_work(restore)) {
        return no_key_fits(restore);
    }
    if (!has_work(restore) && restore->counts.locked == 0) {
        return nothing_there(restore);
    }
    if (!has_work(restore) && restore->scope == RESTORE_CASE) {
        return nothing_there(restore);
    }
    if (restore->tool->options.dry_run) {
        code = exit_code(restore);
        restore_say_plan(restore, free_bytes(restore));
        restore_say_summary(restore, code, "");
        return restore->tool->output.json
                   ? code
                   : output_finish(&restore->tool->output, (enum exit_code)code,
                                   NULL);
    }
    return write_all(restore);
}

static void restore_free(struct restore *restore)
{
    line_free(restore->line);
    target_close(restore->target);
    roster_chain_free(restore->chain);
    for (size_t i = 0; i < restore->count; i++) {
        free(restore->items[i].path);
        free(restore->items[i].sentence);
        free(restore->items[i].sha512);
    }
    free(restore->items);
    free(restore->origins);
    for (size_t i = 0; i < restore->identity_count; i++) {
        age_identity_done(&restore->identities[i]);
    }
    free(restore->identities);
    for (size_t i = 0; i < restore->file_keys_count; i++) {
        secret_free(restore->file_keys[i]);
    }
    free(restore->file_keys);
    buf_done(&restore->sums);
    free(restore);
}

static int run_restore(struct tool *tool, const struct arguments *arguments)
{
    struct restore *restore = calloc(1, sizeof(*restore));
    struct why why = { "out of memory" };
    int code;

    if (restore == NULL) {
        return output_err(&tool->output, ERR_NO_MEMORY, &why, "begin");
    }
    restore->tool = tool;
    restore->arguments = arguments;
    buf_init(&restore->sums, RESTORE_SUMS_MAX);
    code = run_all(restore);
    restore_free(restore);
    return code;
}

static const struct flag restore_flags[] = {
    { "--to", "DIR", "the folder to write to; made when it is new", false },
    { "--key", "FILE", "an evidence key, one for each year", true },
    { "--passphrase-file", "FILE", "its passphrase, where nobody can be asked",
      false },
    { "--case", "REF", "all items of this case", false },
    { "--all", NULL, "all items that the node knows", false },
    { "--ciphertext", NULL,
      "leave them sealed: files that age opens, and SHA256SUMS", false },
    { "--overwrite", NULL, "replace files that are there", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text restore_exits[] = {
    { EXIT_DONE, "all written and verified, or there already" },
    { EXIT_FAILED, "no room, or the folder cannot be written" },
    { EXIT_USAGE, "wrong usage, or an id that fits more than one item" },
    { EXIT_PARTLY, "some are missing: MISSING.txt says which, and why" },
    { EXIT_REFUSED, "not confirmed, or our key may not read there" },
    { EXIT_NOT_FOUND, "no such item, or none of this case" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "no key given opens any of them, or it cannot be used, or "
                "the node does not know ours" },
    { EXIT_INTERRUPTED, "interrupted; the same command goes on" },
    { 0, NULL },
};

const struct command cmd_restore = {
    .name = "restore",
    .synopsis = "ID...|--case REF|--all --to DIR --key FILE|--ciphertext",
    .summary = "get files back from the node, open and verify them",
    .example = "$ holdfast restore HF-Y1JX --to /home/anna/case --key "
               "fjord-2026.age\n"
               "$ holdfast restore --all --to /mnt/usb --key fjord-2025.age "
               "\\\n      --key fjord-2026.age",
    .text =
        "A file gets its name only when every check was right; one that fails "
        "stays NAME.unverified. What is there already is compared and kept. "
        "With --ciphertext and --key each item becomes ID.age; without a key, "
        "ID.header and ID.payload, and README.txt tells how age opens them.",
    .takes = TAKES_CONFIG | TAKES_SOCKET | TAKES_DRY_RUN | TAKES_YES |
             TAKES_NO_INPUT,
    .words_min = 0,
    .words_max = ARGUMENTS_MAX,
    .flags = restore_flags,
    .exits = restore_exits,
    .run = run_restore,
};
