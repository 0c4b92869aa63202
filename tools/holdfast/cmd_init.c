/* SPDX-License-Identifier: Apache-2.0 */
/* init: a node's data directory and configuration, from its key and a roster.
 * Each step can be repeated, so a run that was cut off is simply run again. */
#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fts.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/node_key.h"
#include "crypto/secret.h"
#include "daemon/config.h"
#include "model/address.h"
#include "model/roster_chain.h"
#include "store/store.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/init_texts.h"
#include "tools/holdfast/key_public.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/roster_given.h"
#include "tools/holdfast/roster_pin.h"
#include "tools/holdfast/tool.h"

#define DROP_IN_DIR "/etc/systemd/system/holdfastd.service.d"
#define DATA_DEFAULT "/var/lib/holdfast"
#define DAEMON_USER "holdfast"
#define MARKER_SIZE_MAX 4096

struct init {
    struct tool *tool;
    const char *name;
    const char *config_path;
    bool is_system; /* /etc/holdfast: unit and user too */
    char data[CONFIG_PATH_SIZE];
    char key_path[CONFIG_PATH_SIZE];
    struct roster_chain *chain; /* owned */
    const struct roster *roster;
    const struct roster_node *node;
    struct node_key key;
    struct config config;
};

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

/* ---- what was given ---- */

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
        code = fail(init, err, &why, "read the node key");
    } else if (init->node == NULL) {
        code = not_on_roster(init, seed);
    } else if (!public_key_equal(&init->node->ledger,
                                 &init->key.ledger.public_key) ||
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

/* ---- the phone call ---- */

static int compare_words(struct init *init)
{
    char *words = roster_words(&init->roster->hash);

    output_say(&init->tool->output,
               "%s, roster %llu. Phone another member on a number you already "
               "had\nand compare these words:\n    %s\n",
               init->roster->consortium.text,
               (unsigned long long)init->roster->version, words);
    free(words);
    return tool_confirm(init->tool, "The same on both sides?");
}

/* ---- the configuration ---- */

/* The port of the node's first address; a loopback or IPv6 host as it is. */
static void listen_on(const struct roster_node *node,
                      char to[static ADDRESS_SIZE_MAX + 1])
{
    struct address address;

    to[0] = '\0';
    if (!node->listens || node->address_count == 0 ||
        address_parse(node->addresses[0], &address) != ERR_OK) {
        return;
    }
    if (span_starts(address.host, "127.")) {
        snprintf(to, ADDRESS_SIZE_MAX + 1, "%.*s:%u", (int)address.host.size,
                 (const char *)address.host.data, (unsigned)address.port);
    } else {
        snprintf(to, ADDRESS_SIZE_MAX + 1, "%s:%u",
                 address.is_ipv6 ? "[::]" : "0.0.0.0", (unsigned)address.port);
    }
}

static int plan_config(struct init *init)
{
    struct config *config = &init->config;
    struct why why = { "" };
    char socket[CONFIG_PATH_SIZE];

    config_init(config);
    config->has_node = true;
    snprintf(config->file, sizeof(config->file), "%s", init->config_path);
    snprintf(config->name, sizeof(config->name), "%s", init->name);
    snprintf(config->data, sizeof(config->data), "%s", init->data);
    snprintf(config->key, sizeof(config->key), "%s", init->key_path);
    listen_on(init->node, config->listen);

    enum err err = config_beside(config, "roster", config->roster);

    if (err == ERR_OK && !init->is_system) {
        err = config_beside(config, "control.sock", socket);
        if (err == ERR_OK && strlen(socket) >= sizeof(config->socket)) {
            err = ERR_TOO_BIG;
        }
        if (err == ERR_OK) {
            memcpy(config->socket, socket, strlen(socket) + 1);
        }
    }
    if (err == ERR_TOO_BIG) {
        (void)why_set(&why, err,
                      "the configuration's folder has too long a "
                      "name for the socket in it");
    }
    return err == ERR_OK ? EXIT_DONE
                         : fail(init, err, &why, "plan the configuration");
}

/* There already: it must be this node's. */
static int check_config(struct init *init, bool *ret_is_there)
{
    struct config old;
    struct buf errors;
    int code = EXIT_DONE;

    *ret_is_there = tool_file_exists(init->config_path);
    if (!*ret_is_there) {
        return EXIT_DONE;
    }
    buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
    config_init(&old);
    if (config_load(init->config_path, &old, &errors) != ERR_OK ||
        strcmp(old.name, init->name) != 0 ||
        strcmp(old.data, init->data) != 0) {
        code = refuse(init, EXIT_CONFIG, "CONFLICT",
                      "move it away, or give another --config FILE",
                      "the configuration file is there already and is "
                      "another one");
    }
    buf_done(&errors);
    return code;
}

static enum err write_config(struct init *init, struct why *ret_why)
{
    struct buf roster;
    struct buf text;
    char folder[CONFIG_PATH_SIZE];
    char *slash;

    snprintf(folder, sizeof(folder), "%s", init->config_path);
    slash = strrchr(folder, '/');
    if (slash != NULL && slash != folder) {
        *slash = '\0';

        enum err made = tool_folders_make(folder, 0755, ret_why);

        if (made != ERR_OK) {
            return made;
        }
    }
    buf_init(&roster, (size_t)64 << 20);
    buf_init(&text, CONFIG_FILE_SIZE_MAX);
    roster_chain_format(init->chain, &roster);
    config_write(&init->config, &text);

    enum err err = roster.err != ERR_OK ? roster.err : text.err;

    if (err == ERR_OK) {
        err = tool_file_replace(init->config.roster, buf_span(&roster), 0644,
                                ret_why);
    }
    if (err == ERR_OK && !tool_file_exists(init->config_path)) {
        err =
            tool_file_create(init->config_path, buf_span(&text), 0644, ret_why);
    }
    buf_done(&roster);
    buf_done(&text);
    return err;
}

/* ---- the data directory ---- */

/* An earlier run got this far: the store is made and is this node's. */
static bool is_made(const struct init *init)
{
    char path[CONFIG_PATH_SIZE + 32];
    char wanted[128];
    struct buf text;

    snprintf(path, sizeof(path), "%s/holdfast-store", init->data);
    snprintf(wanted, sizeof(wanted), "holdfast store 1\nnode %s\n", init->name);
    buf_init(&text, MARKER_SIZE_MAX);

    bool made = tool_file_read(path, MARKER_SIZE_MAX, &text, NULL) == ERR_OK &&
                span_is(buf_span(&text), wanted);

    buf_done(&text);
    return made;
}

static enum err put_beside(const struct init *init, const char *name,
                           struct span bytes, struct why *ret_why)
{
    char path[CONFIG_PATH_SIZE + 32];

    snprintf(path, sizeof(path), "%s/%s", init->data, name);
    return tool_file_replace(path, bytes, 0600, ret_why);
}

/* So that one disk and the paper are enough: what this is, who the members
 * are, how the bytes are to be read. */
static enum err write_data(struct init *init, struct why *ret_why)
{
    struct buf readme;
    struct buf roster;
    enum err err = ERR_OK;

    buf_init(&readme, 65536);
    buf_init(&roster, (size_t)64 << 20);
    init_readme(init->roster, init->node, &readme);
    roster_chain_format(init->chain, &roster);
    if (!is_made(init)) {
        err = store_create(init->data, init->name, buf_span(&readme), ret_why);
    }
    if (err == ERR_OK) {
        err = put_beside(init, "roster", buf_span(&roster), ret_why);
    }
    if (err == ERR_OK) {
        err = put_beside(init, "FORMATS.md", init_formats(), ret_why);
    }
    buf_done(&readme);
    buf_done(&roster);
    return err;
}

/* ---- the system ---- */

/* The directory and all in it, no links followed. */
static enum err give_to(const char *dir, const struct passwd *user,
                        struct why *ret_why)
{
    char *const roots[] = { (char *)(uintptr_t)dir, NULL };
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    enum err err = ERR_OK;

    if (tree == NULL) {
        return why_set(ret_why, ERR_IO, "%s: %s", dir, strerror(errno));
    }
    for (FTSENT *entry = fts_read(tree); entry != NULL && err == ERR_OK;
         entry = fts_read(tree)) {
        if (lchown(entry->fts_path, user->pw_uid, user->pw_gid) != 0) {
            err = why_set(ret_why, ERR_IO, "%s: %s", entry->fts_path,
                          strerror(errno));
        }
    }
    fts_close(tree);
    return err;
}

/* The unit runs as its own user and may write to /var/lib/holdfast only. */
static enum err tell_system(const struct init *init, struct why *ret_why)
{
    const struct passwd *user = getpwnam(DAEMON_USER);
    struct buf text;
    enum err err = ERR_OK;

    if (geteuid() == 0 && user != NULL) {
        err = give_to(init->data, user, ret_why);
    }
    if (err != ERR_OK || strcmp(init->data, DATA_DEFAULT) == 0) {
        return err;
    }
    buf_init(&text, 8192);
    buf_printf(&text,
               "# Written by holdfast init: the data lies elsewhere.\n"
               "[Unit]\nRequiresMountsFor=%s\n"
               "[Service]\nReadWritePaths=%s\n",
               init->data, init->data);
    err = tool_folders_make(DROP_IN_DIR, 0755, ret_why);
    if (err == ERR_OK) {
        err = tool_file_replace(DROP_IN_DIR "/data.conf", buf_span(&text), 0644,
                                ret_why);
    }
    buf_done(&text);
    return err;
}

/* ---- the command ---- */

static int finish(struct init *init)
{
    struct output *output = &init->tool->output;
    const struct roster_member *member =
        roster_member_of(init->roster, init->node);
    char *data = visible_str(init->data);
    char *config = visible_str(init->config_path);
    json_t *object = json_object();
    size_t others = roster_count_other_members(init->roster, member, false);

    output_say(output, "\n%s of member %s, in %s\n", init->name,
               member->label.text, init->node->country);
    output_say(output, "  key      matches the roster\n");
    output_say(output, "  data     %s\n", data);
    output_say(output, "  config   %s\n", config);
    output_say(output,
               "  ledger   new; opens at the first start, when %zu of %zu "
               "other\n           members answered\n",
               others == 2 ? 2 : (others + 1) / 2, others);
    if (init->is_system) {
        output_say(output, "Next:  %ssudo systemctl enable --now holdfastd\n",
                   init->config.listen[0] != '\0' ? "open the port, then  "
                                                  : "");
    } else {
        output_say(output, "Next:  holdfastd --config %s\n", config);
    }
    free(data);
    free(config);
    json_put(object, "node", json_string(init->name));
    json_put(object, "member", json_string(member->label.text));
    json_put(object, "country", json_string(init->node->country));
    json_put(object, "roster", json_count(init->roster->version));
    json_put(object, "words_confirmed", json_true());
    json_put(object, "data", json_text(span_str(init->data)));
    json_put(object, "config", json_text(span_str(init->config_path)));
    return output_finish(output, EXIT_DONE, object);
}

static int make(struct init *init)
{
    struct why why = { "" };
    bool has_config;
    int code = check_config(init, &has_config);

    if (code != EXIT_DONE || init->tool->options.dry_run) {
        return code;
    }

    enum err err = write_data(init, &why);

    if (err != ERR_OK) {
        return fail(init, err, &why, "make the data directory");
    }
    err = write_config(init, &why);
    if (err == ERR_OK && init->is_system) {
        err = tell_system(init, &why);
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
        code = plan_config(init);
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
        init->is_system = tool->options.config == NULL;
        code = absolute(
            init, init->is_system ? CONFIG_PATH_DEFAULT : tool->options.config,
            config, "find the configuration");
        init->config_path = config;
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
