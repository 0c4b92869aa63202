/* SPDX-License-Identifier: Apache-2.0 */
/* init: a node's data directory and configuration, from its key and a roster.
 * Each step can be repeated, so a run that was cut off is simply run again. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "model/roster_chain.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/init_make.h"
#include "tools/holdfast/key_public.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/roster_given.h"
#include "tools/holdfast/roster_pin.h"
#include "tools/holdfast/tool.h"

static int fail(struct init *init, enum err err, const struct why *why,
                const char *what)
{
    return output_err(&init->tool->output, err, why, what);
}

static int refuse(struct init *init, enum exit_code code, const char *name,
                  const char *action, const char *message)
{
    struct problem problem = { .exit_code = code,
                               .code = name,
                               .state = "nothing was made.",
                               .action = action };

    return output_problem(&init->tool->output, &problem, "%s", message);
}

/* ---- What was given ----------------------------------------------------- */

static int absolute(struct init *init, const char *path,
                    char to[static CONFIG_PATH_SIZE], const char *what)
{
    char cwd[CONFIG_PATH_SIZE] = "";
    int size;

    if (path[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL) {
        struct why why = { "" };

        (void)why_set(&why, ERR_IO, "this folder: %s", strerror(errno));
        return fail(init, ERR_IO, &why, what);
    }
    size = snprintf(to, CONFIG_PATH_SIZE, "%s%s%s", cwd,
                    cwd[0] != '\0' ? "/" : "", path);
    if (size < 0 || size >= CONFIG_PATH_SIZE) {
        return refuse(init, EXIT_USAGE, "USAGE", NULL, "the path is too long");
    }
    return EXIT_DONE;
}

static int read_roster(struct init *init, const char *path)
{
    struct roster_pin pin = { 0 };
    struct why why = { "" };
    int code = tool_roster(init->tool, path, &init->chain);

    if (code != EXIT_DONE) {
        return code;
    }

    enum err err = roster_pin_join(init->chain, &pin, &why);

    roster_pin_done(&pin);
    if (err != ERR_OK) {
        return fail(init, err, &why, "trust this roster");
    }
    init->roster = roster_chain_newest(init->chain);
    init->node = roster_find_node(init->roster, span_str(init->name));
    return EXIT_DONE;
}

/* Not on the roster: say what whoever drafts it needs. */
static int not_on_roster(struct init *init, const struct secret *seed)
{
    struct key_public public;

    if (key_public_of(KEY_NODE, seed, &public) == ERR_OK) {
        output_say(&init->tool->output, "Send this to whoever drafts the next "
                                        "roster:\n");
        key_public_say(&init->tool->output, &public);
    }
    return refuse(init, EXIT_REFUSED, "NOT-ON-ROSTER",
                  "wait for a roster that names this node, then run it again",
                  "the roster has no node of this name");
}

static int read_key(struct init *init)
{
    struct secret *seed = NULL;
    struct why why = { "" };
    enum err err = keyio_read(init->key_path, KEY_NODE, &seed, &why);
    int code = EXIT_DONE;

    if (err == ERR_OK) {
        err = node_key_init(&init->key, secret_data(seed));
    }
    if (err != ERR_OK) {
        char *shown = visible_str(why.text);

        code = refuse(init, EXIT_KEY, code_of_err(err), NULL, shown);
        free(shown);
    } else if (init->node == NULL) {
        code = not_on_roster(init, seed);
    } else if (!public_key_equal(&init->node->ledger,
                                 &init->key.ledger.public_key) ||
               !public_key_equal(&init->node->witness,
                                 &init->key.witness.public_key) ||
               !x25519_key_equal(&init->node->session,
                                 &init->key.session.public_key)) {
        code = refuse(init, EXIT_KEY, "WRONG-KEY",
                      "give the key whose public part the roster names",
                      "this key is not the one that the roster names for this "
                      "node");
    }
    secret_free(seed);
    return code;
}

/* ---- The phone call ----------------------------------------------------- */

static int compare_words(struct init *init)
{
    char *words = roster_words(&init->roster->hash);

    output_say(&init->tool->output,
               "%s, roster %llu. Phone another member on a number you already "
               "had\nand compare these words:\n    %s\n",
               init->roster->consortium.text,
               (unsigned long long)init->roster->version, words);
    free(words);
    return init->tool->options.dry_run
               ? EXIT_DONE
               : tool_confirm(init->tool, "The same on both sides?");
}

/* ---- The command -------------------------------------------------------- */

/* "when 1 of 2 other members answered" (holdfast.md 5). */
static void say_ledger(struct init *init)
{
    const struct roster_member *member =
        roster_member_of(init->roster, init->node);
    size_t others = roster_count_other_members(init->roster, member, false);

    if (others == 0) {
        output_say(&init->tool->output,
                   "  ledger   new; opens at the first start\n");
    } else {
        output_say(&init->tool->output,
                   "  ledger   new; opens at the first start, when %zu of %zu "
                   "other\n           member%s answered\n",
                   others == 2 ? 2 : (others + 1) / 2, others, plural(others));
    }
}

static void say_made(struct init *init)
{
    struct output *output = &init->tool->output;
    char *data = visible_str(init->data);
    char *config = visible_str(init->config_path);
    char space[TEXT_SIZE] = "";
    struct statvfs disk;

    if (statvfs(init->data, &disk) == 0) {
        text_size(space, (uint64_t)disk.f_bavail * disk.f_frsize);
    }
    output_say(
        output, "\n%s of member %s, in %s%s%.*s\n", init->name,
        roster_member_of(init->roster, init->node)->label.text,
        init->node->country,
        init->node->address_count > 0 ? ", reached at " : "",
        init->node->address_count > 0 ? (int)init->node->addresses[0].size : 0,
        init->node->address_count > 0
            ? (const char *)init->node->addresses[0].data
            : "");
    output_say(output, "  key      matches the roster\n");
    if (init->tool->options.dry_run) {
        output_say(output, "  data     %s\n", data);
    } else {
        output_row(output, 11, "  data", "%s made%s; %s free", data,
                   init->is_system ? " for user " INIT_USER : "", space);
    }
    output_say(output, "  config   %s\n", config);
    say_ledger(init);
    if (init->is_system) {
        const char *port = strrchr(init->config.listen, ':');

        output_say(output,
                   "Next:  %s%s%ssudo systemctl enable --now "
                   "holdfastd\n",
                   port == NULL ? "" : "open TCP port ",
                   port == NULL ? "" : port + 1,
                   port == NULL ? "" : ", then  ");
    } else {
        output_say(output, "Next:  holdfastd --config %s\n", config);
    }
    free(data);
    free(config);
}

static int finish(struct init *init)
{
    json_t *object = json_object();

    say_made(init);
    json_put(object, "node", json_string(init->name));
    json_put(
        object, "member",
        json_string(roster_member_of(init->roster, init->node)->label.text));
    json_put(object, "country", json_string(init->node->country));
    json_put(object, "roster", json_count(init->roster->version));
    json_put(object, "words_confirmed",
             json_boolean(!init->tool->options.dry_run));
    json_put(object, "data", json_text(span_str(init->data)));
    json_put(object, "config", json_text(span_str(init->config_path)));
    return output_finish(&init->tool->output, EXIT_DONE, object);
}

/* What would stop it, before anybody is asked to phone. */
static int check(struct init *init)
{
    struct why why = { "" };
    enum err err = init_plan(init, &why);

    if (err != ERR_OK) {
        return fail(init, err, &why, "plan the configuration");
    }
    if (init_config_differs(init)) {
        return refuse(init, EXIT_CONFIG, "CONFLICT",
                      "move it away, or give another --config FILE",
                      "the configuration file is there already and is "
                      "another one");
    }
    if (init->is_system && getpwnam(INIT_USER) == NULL) {
        return refuse(init, EXIT_CONFIG, "CONFIG",
                      "systemd-sysusers, or --config FILE for a node of your "
                      "own user",
                      "there is no user " INIT_USER);
    }
    return EXIT_DONE;
}

static int make(struct init *init)
{
    struct why why = { "" };
    enum err err;

    if (init->tool->options.dry_run) {
        return finish(init);
    }
    err = init_write_data(init, &why);
    if (err != ERR_OK) {
        return fail(init, err, &why, "make the data directory");
    }
    err = init_write_config(init, &why);
    if (err == ERR_OK && init->is_system) {
        err = init_tell_system(init, &why);
    }
    if (err != ERR_OK) {
        return fail(init, err, &why, "write the configuration");
    }
    if (roster_pin_write(init->chain, &why) != ERR_OK) {
        output_warning(&init->tool->output, "the roster is not pinned: %s",
                       why.text);
    }
    return finish(init);
}

static int run_all(struct init *init, const struct arguments *arguments)
{
    int code = absolute(init, argument(arguments, "--data"), init->data,
                        "find the data directory");

    if (code == EXIT_DONE) {
        code = absolute(init, argument(arguments, "--key"), init->key_path,
                        "find the key");
    }
    if (code == EXIT_DONE) {
        code = read_roster(init, argument(arguments, "--roster"));
    }
    if (code == EXIT_DONE) {
        code = read_key(init);
    }
    if (code == EXIT_DONE) {
        code = check(init);
    }
    if (code == EXIT_DONE) {
        code = compare_words(init);
    }
    return code == EXIT_DONE ? make(init) : code;
}

static int run_init(struct tool *tool, const struct arguments *arguments)
{
    static const char *const needed[] = { "--node", "--data", "--key",
                                          "--roster" };
    struct init *init = calloc(1, sizeof(*init));
    char config[CONFIG_PATH_SIZE];
    int code = EXIT_DONE;

    if (init == NULL) {
        struct why why = { "" };

        return output_err(&tool->output, ERR_NO_MEMORY, &why, "begin");
    }
    init->tool = tool;
    for (size_t i = 0; i < 4 && code == EXIT_DONE; i++) {
        if (argument(arguments, needed[i]) == NULL) {
            code = refuse(init, EXIT_USAGE, "USAGE",
                          "--node NAME --data DIR --key FILE --roster FILE",
                          "something is not given");
        }
    }
    if (code == EXIT_DONE) {
        init->name = argument(arguments, "--node");
        code = absolute(init,
                        tool->options.config == NULL ? CONFIG_PATH_DEFAULT
                                                     : tool->options.config,
                        config, "find the configuration");
        init->config_path = config;
        init->is_system = strncmp(config, INIT_SYSTEM_FOLDER,
                                  sizeof(INIT_SYSTEM_FOLDER) - 1) == 0;
    }
    if (code == EXIT_DONE) {
        code = run_all(init, arguments);
    }
    node_key_done(&init->key);
    roster_chain_free(init->chain);
    free(init);
    return code;
}

static const struct flag init_flags[] = {
    { "--node", "NAME", "this node's name on the roster", false },
    { "--data", "DIR", "an empty directory for its data", false },
    { "--key", "FILE", "the node key", false },
    { "--roster", "FILE", "the consortium's roster file", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text init_exits[] = {
    { EXIT_DONE, "made; safe to repeat" },
    { EXIT_FAILED, "something could not be written, or is not empty" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_REFUSED, "words not confirmed, or not on the roster" },
    { EXIT_NOT_FOUND, "no such file" },
    { EXIT_KEY, "the key is not this node's, or others may read it" },
    { EXIT_CONFIG, "another configuration is there" },
    { 0, NULL },
};

const struct command cmd_init = {
    .name = "init",
    .synopsis = "--node NAME --data DIR --key FILE --roster FILE",
    .summary = "make a node's data directory and configuration",
    .example = "$ sudo holdfast init --node fjord-1 --data /srv/holdfast \\\n"
               "      --key /etc/holdfast/credentials/node.key \\\n"
               "      --roster archive-8.roster",
    .text = "Also for a node that lost its disk: its key and a roster are "
            "enough, all else flows back from the other members.",
    .takes = TAKES_CONFIG | TAKES_DRY_RUN | TAKES_YES | TAKES_NO_INPUT,
    .words_min = 0,
    .words_max = 0,
    .flags = init_flags,
    .exits = init_exits,
    .run = run_init,
};
