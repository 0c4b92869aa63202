/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/tool.h"

#include <stdlib.h>
#include <string.h>

#include "model/roster_chain.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/passphrase.h"

#define ROSTER_FILE_SIZE_MAX                                                   \
    (ROSTER_CHAIN_VERSIONS_MAX * (size_t)ROSTER_NOTE_SIZE_MAX)

/* ---- Configuration ------------------------------------------------------- */

/* The first of the usual places that is there, or NULL. */
static const char *usual_place(char room[static CONFIG_PATH_SIZE])
{
    const char *config_home = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (tool_file_exists(CONFIG_PATH_DEFAULT)) {
        return CONFIG_PATH_DEFAULT;
    }
    if (config_home != NULL && config_home[0] == '/') {
        snprintf(room, CONFIG_PATH_SIZE, "%s/holdfast/holdfast.conf",
                 config_home);
    } else if (home != NULL && home[0] == '/') {
        snprintf(room, CONFIG_PATH_SIZE, "%s/.config/holdfast/holdfast.conf",
                 home);
    } else {
        return NULL;
    }
    return tool_file_exists(room) ? room : NULL;
}

/* The list of errors is made for lines of its own: no wrapping. */
static int config_failed(struct tool *tool, enum err err, const char *path,
                         const struct buf *errors)
{
    struct problem problem = { .exit_code = EXIT_CONFIG, .code = "CONFIG" };
    char *shown = visible_str(path);
    int code;

    if (tool->output.json) {
        problem.detail = json_object();
        json_put(problem.detail, "errors", json_text(buf_span(errors)));
    } else if (err == ERR_MALFORMED) {
        fwrite(errors->data, 1, errors->size, tool->output.err);
    }
    if (err == ERR_MALFORMED) {
        problem.action = "correct the lines named above";
        code = output_problem(&tool->output, &problem, "%s has errors", shown);
    } else {
        code = output_problem(&tool->output, &problem, "%.*s",
                              errors->size == 0 ? 0 : (int)errors->size - 1,
                              (const char *)errors->data);
    }
    free(shown);
    return code;
}

int tool_config(struct tool *tool, bool needed)
{
    char room[CONFIG_PATH_SIZE];
    const char *path = tool->options.config;
    struct buf errors;
    int code = EXIT_DONE;
    enum err err;

    if (tool->has_config) {
        return EXIT_DONE;
    }
    if (path == NULL) {
        path = usual_place(room);
    }
    if (path == NULL && needed) {
        struct problem problem = {
            .exit_code = EXIT_CONFIG,
            .code = "CONFIG",
            .action = "give --config FILE",
        };

        return output_problem(&tool->output, &problem,
                              "no configuration: neither %s nor "
                              "~/.config/holdfast/holdfast.conf",
                              CONFIG_PATH_DEFAULT);
    }
    if (path == NULL) {
        return EXIT_DONE;
    }
    buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
    err = config_load(path, &tool->config, &errors);
    if (err == ERR_OK) {
        tool->has_config = true;
    } else if (err == ERR_PERMISSION && !needed &&
               tool->options.config == NULL) {
        output_detail(&tool->output, "%s is not for us to read", path);
    } else {
        code = config_failed(tool, err, path, &errors);
    }
    buf_done(&errors);
    return code;
}

/* ---- Asking -------------------------------------------------------------- */

void tool_far_problem(enum err err, struct problem *problem)
{
    if (err == ERR_NOT_A_MEMBER) {
        problem->exit_code = EXIT_KEY;
        problem->code = "CLIENT-UNKNOWN";
        problem->action = "holdfast key show KEY prints the line for the "
                          "node's clients file; then it has to be reloaded";
    } else if (err == ERR_WRONG_KEY) {
        problem->exit_code = EXIT_KEY;
        problem->code = "WRONG-KEY";
        problem->action = "phone the node's admin; a node with a new key "
                          "stands in a newer roster";
    } else if (err == ERR_PERMISSION) {
        problem->exit_code = EXIT_REFUSED;
        problem->action = "this key's line in the node's clients file gives it "
                          "another right";
    } else if (problem->exit_code == EXIT_UNREACHABLE) {
        problem->action = "run the same command again, or ask another node: "
                          "--via NODE";
    }
}

static void advise_near(struct problem *problem, enum err err)
{
    if (err == ERR_PERMISSION) {
        problem->exit_code = EXIT_REFUSED;
        problem->action = "run it as root, or as a member of the group that "
                          "[control] names";
    } else if (problem->exit_code == EXIT_UNREACHABLE) {
        problem->action = "systemctl status holdfastd, or give --socket PATH";
    }
}

int tool_line_failed(struct tool *tool, enum err err, const char *code,
                     const struct why *why)
{
    struct problem problem = {
        .exit_code = exit_of_err(err),
        .code = code[0] != '\0' ? code : code_of_err(err),
    };
    char *shown = visible_str(why->text[0] != '\0' ? why->text : err_text(err));
    int exit_code;

    if (err == ERR_CANCELLED) {
        free(shown);
        return interrupt_finish(&tool->output);
    }
    if (tool->far.is_far) {
        tool_far_problem(err, &problem);
    } else {
        advise_near(&problem, err);
    }
    if (problem.exit_code == EXIT_UNREACHABLE || err == ERR_NOT_A_MEMBER) {
        exit_code = output_problem(
            &tool->output, &problem, "cannot reach %s: %s",
            tool->far.is_far ? tool->far.peer : "the node", shown);
    } else {
        exit_code = output_problem(&tool->output, &problem, "%s", shown);
    }
    free(shown);
    return exit_code;
}

int tool_ask(struct tool *tool, struct line *line,
             const struct message *request, struct message *ret_reply)
{
    char name[LINE_CODE_SIZE];
    struct why why;
    enum err err;

    why_clear(&why);
    err = line_ask(line, request, ret_reply, name, &why);
    return err == ERR_OK ? EXIT_DONE : tool_line_failed(tool, err, name, &why);
}

/* ---- Rosters ------------------------------------------------------------- */

int tool_roster(struct tool *tool, const char *file,
                struct roster_chain **ret_chain)
{
    struct buf bytes;
    struct why why;
    enum err err;
    int code;

    if (file == NULL) {
        code = tool_config(tool, true);
        if (code != EXIT_DONE) {
            return code;
        }
        file = tool->config.has_client ? tool->config.client_roster
                                       : tool->config.roster;
    }
    why_clear(&why);
    buf_init(&bytes, ROSTER_FILE_SIZE_MAX);
    err = tool_file_read(file, ROSTER_FILE_SIZE_MAX, &bytes, &why);
    if (err == ERR_OK) {
        err = roster_chain_parse(buf_span(&bytes), ret_chain, &why);
        if (err != ERR_OK) {
            err = why_prefix(&why, err, "%s", file);
        }
    }
    buf_done(&bytes);
    return err == ERR_OK
               ? EXIT_DONE
               : output_err(&tool->output, err, &why, "read the roster");
}

/* ---- Danger -------------------------------------------------------------- */

static int nobody_there(struct tool *tool, const char *flag)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "NO-ANSWER",
                               .state = "nothing was changed.",
                               .action = flag };

    return output_problem(&tool->output, &problem,
                          "an answer is needed, and nobody can be asked");
}

static int said_no(struct tool *tool)
{
    struct problem problem = { .exit_code = EXIT_REFUSED,
                               .code = "NOT-CONFIRMED",
                               .state = "nothing was changed." };

    if (interrupted()) {
        return interrupt_finish(&tool->output);
    }
    return output_problem(&tool->output, &problem, "not confirmed");
}

int tool_confirm(struct tool *tool, const char *question)
{
    char prompt[512];
    char answer[16];

    if (tool->options.yes) {
        return EXIT_DONE;
    }
    if (!person_there(tool->options.no_input)) {
        return nobody_there(tool, "look at it, then give --yes");
    }
    snprintf(prompt, sizeof(prompt), "%s [y/N] ", question);
    fflush(tool->output.out);
    if (person_answer(&tool->output, prompt, answer, sizeof(answer)) &&
        (strcmp(answer, "y") == 0 || strcmp(answer, "Y") == 0 ||
         strcmp(answer, "yes") == 0)) {
        return EXIT_DONE;
    }
    return said_no(tool);
}

int tool_confirm_name(struct tool *tool, const char *question, const char *name)
{
    char flag[160];
    char prompt[512];
    char answer[128];

    snprintf(flag, sizeof(flag), "look at it, then give --confirm=%s", name);
    if (tool->options.confirm != NULL) {
        snprintf(answer, sizeof(answer), "%s", tool->options.confirm);
    } else if (person_there(tool->options.no_input)) {
        snprintf(prompt, sizeof(prompt), "%s: ", question);
        fflush(tool->output.out);
        if (!person_answer(&tool->output, prompt, answer, sizeof(answer))) {
            return said_no(tool);
        }
    } else {
        return nobody_there(tool, flag);
    }
    return strcmp(answer, name) == 0 ? EXIT_DONE : said_no(tool);
}
