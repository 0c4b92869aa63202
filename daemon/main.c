/* SPDX-License-Identifier: Apache-2.0 */
/* holdfastd: configuration, key, roster, store, sandbox, then the loop. */
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients_file.h"
#include "config.h"
#include "crypto/secret.h"
#include "driver.h"
#include "input.h"
#include "log.h"
#include "model/clients.h"
#include "model/roster.h"
#include "model/roster_chain.h"
#include "sandbox.h"
#include "store/store.h"

enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_KEY = 9,
    EXIT_AGAIN = 75,
    EXIT_CONFIG = 78
};

#define BULK_BYTES (64 << 20)

static const char help[] =
    "holdfastd --config FILE [--check-config [--print]]\n"
    "\n"
    "Runs a node in the foreground; the service manager keeps it running.\n"
    "\n"
    "  --config FILE    default " CONFIG_PATH_DEFAULT "\n"
    "  --check-config   only check the file: every error with its line\n"
    "  --print          with --check-config: the values that would hold\n"
    "  --version, --help\n"
    "\n"
    "Signals: SIGTERM ends it cleanly, SIGHUP reads configuration, roster\n"
    "file and clients again.\n"
    "Exit codes: 0 ended, 1 failed, 2 wrong usage, 9 key missing or wrong,\n"
    "75 try again (in use, or the store failed), 78 configuration or data\n"
    "directory is not usable as it is.\n";

struct arguments {
    const char *config;
    bool check;
    bool print;
};

/* Gives -1 to go on, or the exit code. */
static int read_arguments(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "check-config", no_argument, NULL, 'k' },
        { "print", no_argument, NULL, 'p' },
        { "version", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    arguments->config = CONFIG_PATH_DEFAULT;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            arguments->config = optarg;
            break;
        case 'k':
            arguments->check = true;
            break;
        case 'p':
            arguments->print = true;
            break;
        case 'v':
            printf("holdfastd %s\n", HF_VERSION);
            return EXIT_OK;
        case 'h':
            fputs(help, stdout);
            return EXIT_OK;
        default:
            fputs(help, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc || (arguments->print && !arguments->check)) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    return -1;
}

/* Large buffers are kept by the allocator instead of being mapped and unmapped
 * one by one: reading blocks is several times as fast. Nothing of a key goes
 * into a core file. */
static void prepare_process(void)
{
    struct rlimit none = { 0, 0 };

    (void)mallopt(M_MMAP_THRESHOLD, BULK_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, BULK_BYTES);
    (void)mallopt(M_TOP_PAD, BULK_BYTES);
    (void)mallopt(M_ARENA_MAX, 1); /* what one thread frees, all can use */
    (void)setrlimit(RLIMIT_CORE, &none); /* the unit sets it too */
    umask(0077);
}

static int load_config(const struct arguments *arguments,
                       struct config *ret_config, struct clients *ret_clients)
{
    struct buf text;
    struct why why = { "" };
    int code = -1;

    buf_init(&text, CONFIG_ERRORS_SIZE_MAX);
    config_init(ret_config);
    if (config_load(arguments->config, ret_config, &text) != ERR_OK) {
        (void)!write(STDERR_FILENO, text.data, text.size);
        code = EXIT_CONFIG;
    } else if (!ret_config->has_node) {
        fprintf(stderr,
                "%s: no section [node]\n  meant: [node] with name, "
                "data and roster\n",
                arguments->config);
        code = EXIT_CONFIG;
    } else if (clients_file_read(ret_config, ret_clients, &why) != ERR_OK) {
        fprintf(stderr, "%s\n", why.text);
        code = EXIT_CONFIG;
    } else if (arguments->check) {
        if (arguments->print) {
            config_print(ret_config, &text);
            (void)!write(STDOUT_FILENO, text.data, text.size);
        } else {
            printf("%s: good\n", arguments->config);
        }
        code = EXIT_OK;
    }
    buf_done(&text);
    return code;
}

static enum err load_roster(const struct config *config,
                            struct roster_chain **ret_chain,
                            struct why *ret_why)
{
    struct buf bytes;

    buf_init(&bytes, ROSTER_FILE_SIZE_MAX);

    enum err err = input_read(config->roster, &bytes, ret_why);

    if (err == ERR_OK) {
        err = roster_chain_parse(buf_span(&bytes), ret_chain, ret_why);
        if (err != ERR_OK) {
            err = why_prefix(ret_why, err, "roster %s", config->roster);
        }
    }
    buf_done(&bytes);
    return err;
}

/* The file names another node than this key: better found now than by peers. */
static enum err check_key(const struct config *config,
                          const struct roster_chain *chain,
                          const struct node_key *key, struct why *ret_why)
{
    const struct roster_node *node =
        roster_find_node(roster_chain_newest(chain), span_str(config->name));

    if (node == NULL) {
        return why_set(ret_why, ERR_NOT_A_MEMBER,
                       "%s is not a node of roster %s", config->name,
                       config->roster);
    }
    if (!public_key_equal(&node->ledger, &key->ledger.public_key) ||
        !x25519_key_equal(&node->session, &key->session.public_key)) {
        return why_set(ret_why, ERR_WRONG_KEY,
                       "the node key is not the one that roster %s names for "
                       "%s",
                       config->roster, config->name);
    }
    return ERR_OK;
}

static int exit_code_of(enum err err)
{
    if (err == ERR_BUSY) {
        return EXIT_AGAIN;
    }
    if (err == ERR_NOT_FOUND || err == ERR_NEWER || err == ERR_NOT_A_MEMBER) {
        return EXIT_CONFIG;
    }
    return err == ERR_WRONG_KEY || err == ERR_PERMISSION ? EXIT_KEY
                                                         : EXIT_FAILED;
}

static int run_store(const struct config *config, const char *config_path,
                     const struct clients *clients, const struct node_key *key,
                     struct roster_chain *chain)
{
    struct store *store = NULL;
    struct store_opened opened;
    struct driver *driver = NULL;
    struct why why = { "" };
    enum err err = store_open(config->data, config->name, config->min_free,
                              &store, &opened, &why);

    if (err != ERR_OK) {
        roster_chain_free(chain);
    } else {
        struct driver_options options = {
            .config = config,
            .config_path = config_path,
            .key = key,
            .clients = clients,
            .chain = chain,
            .store = store,
            .opened = &opened,
        };

        err = driver_new(&options, &driver, &why);
    }
    if (err == ERR_OK && sandbox_is_used()) {
        err = sandbox_enter(&why);
    }
    if (err == ERR_OK) {
        err = driver_listen(driver, &why);
    }

    int code;

    if (err != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "NOT-STARTED", config->name, "%s",
                 why.text[0] != '\0' ? why.text : err_text(err));
        code = exit_code_of(err);
    } else {
        code = driver_run(driver);
    }
    driver_free(driver);
    store_close(store);
    return code;
}

int main(int argc, char **argv)
{
    struct arguments arguments = { 0 };
    struct config config;
    struct clients clients;
    struct node_key key = { 0 };
    struct roster_chain *chain = NULL;
    char key_path[CONFIG_PATH_SIZE];
    struct why why = { "" };

    prepare_process();

    int code = read_arguments(argc, argv, &arguments);

    if (code < 0) {
        code = load_config(&arguments, &config, &clients);
    }
    if (code >= 0) {
        return code;
    }
    log_set_level((enum log_level)config.log_level);

    enum err err = crypto_init();

    config_key_path(&config, key_path);
    if (err == ERR_OK) {
        err = input_read_node_key(key_path, &key, &why);
        code = EXIT_KEY;
    }
    if (err == ERR_OK) {
        err = load_roster(&config, &chain, &why);
        code = EXIT_CONFIG;
    }
    if (err == ERR_OK) {
        err = check_key(&config, chain, &key, &why);
        code = exit_code_of(err);
    }
    if (err != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "NOT-STARTED", config.name, "%s",
                 why.text[0] != '\0' ? why.text : err_text(err));
        roster_chain_free(chain);
    } else {
        code = run_store(&config, arguments.config, &clients, &key, chain);
    }
    node_key_done(&key);
    return code;
}
