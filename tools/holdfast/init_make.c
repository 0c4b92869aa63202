/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/init_make.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fts.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/address.h"
#include "model/roster_chain.h"
#include "store/store.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/init_texts.h"

#define DROP_IN_DIR "/etc/systemd/system/holdfastd.service.d"
#define DATA_DEFAULT "/var/lib/holdfast"
#define MARKER_SIZE_MAX 4096
#define CHAIN_SIZE_MAX ((size_t)64 << 20)

/* ---- The configuration --------------------------------------------------- */

void init_listen(const struct roster_node *node,
                 char ret_text[static ADDRESS_SIZE_MAX + 1])
{
    struct address address;

    ret_text[0] = '\0';
    if (!node->listens || node->address_count == 0 ||
        address_parse(node->addresses[0], &address) != ERR_OK) {
        return;
    }
    if (span_starts(address.host, "127.")) {
        snprintf(ret_text, ADDRESS_SIZE_MAX + 1, "%.*s:%u",
                 (int)address.host.size, (const char *)address.host.data,
                 (unsigned)address.port);
    } else {
        /* Behind a router the public address is not one of this machine. */
        snprintf(ret_text, ADDRESS_SIZE_MAX + 1, "%s:%u",
                 address.is_ipv6 ? "[::]" : "0.0.0.0", (unsigned)address.port);
    }
}

enum err init_plan(struct init *init, struct why *ret_why)
{
    struct config *config = &init->config;
    char socket[CONFIG_PATH_SIZE];
    enum err err;

    config_init(config);
    config->has_node = true;
    snprintf(config->file, sizeof(config->file), "%s", init->config_path);
    snprintf(config->name, sizeof(config->name), "%s", init->name);
    snprintf(config->data, sizeof(config->data), "%s", init->data);
    init_listen(init->node, config->listen);
    err = config_beside(config, "roster", config->roster);
    if (init->is_system) {
        /* The key reaches the daemon as a credential of its unit. */
        snprintf(config->group, sizeof(config->group), "%s", INIT_USER);
    } else {
        snprintf(config->key, sizeof(config->key), "%s", init->key_path);
        if (err == ERR_OK) {
            err = config_beside(config, "control.sock", socket);
        }
        if (err == ERR_OK && strlen(socket) >= sizeof(config->socket)) {
            err = ERR_TOO_BIG;
        }
        if (err == ERR_OK) {
            memcpy(config->socket, socket, strlen(socket) + 1);
        }
    }
    return err == ERR_OK ? ERR_OK
                         : why_set(ret_why, err,
                                   "the configuration's folder has too long a "
                                   "name for the socket in it");
}

bool init_config_differs(const struct init *init)
{
    struct config old;
    struct buf errors;
    bool differs;

    if (!tool_file_exists(init->config_path)) {
        return false;
    }
    buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
    differs = config_load(init->config_path, &old, &errors) != ERR_OK ||
              strcmp(old.name, init->name) != 0 ||
              strcmp(old.data, init->data) != 0;
    buf_done(&errors);
    return differs;
}

/* All that leads to the configuration. */
static enum err make_folder(const struct init *init, struct why *ret_why)
{
    char folder[CONFIG_PATH_SIZE];
    char *slash;

    snprintf(folder, sizeof(folder), "%s", init->config_path);
    slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder) {
        return ERR_OK;
    }
    *slash = '\0';
    return tool_folders_make(folder, 0755, ret_why);
}

enum err init_write_config(struct init *init, struct why *ret_why)
{
    struct buf roster;
    struct buf text;
    enum err err = make_folder(init, ret_why);

    buf_init(&roster, CHAIN_SIZE_MAX);
    buf_init(&text, CONFIG_FILE_SIZE_MAX);
    if (err == ERR_OK) {
        roster_chain_format(init->chain, &roster);
        config_write(&init->config, &text);
        err = buf_failed(&roster) ? roster.err : text.err;
    }
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

/* ---- The data directory -------------------------------------------------- */

/* An earlier run got this far: the store is made and is this node's. */
static bool is_made(const struct init *init)
{
    char path[CONFIG_PATH_SIZE + 32];
    char wanted[128];
    struct buf text;
    bool made;

    snprintf(path, sizeof(path), "%s/holdfast-store", init->data);
    snprintf(wanted, sizeof(wanted), "holdfast store 1\nnode %s\n", init->name);
    buf_init(&text, MARKER_SIZE_MAX);
    made = tool_file_read(path, MARKER_SIZE_MAX, &text, NULL) == ERR_OK &&
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
enum err init_write_data(struct init *init, struct why *ret_why)
{
    struct buf readme;
    struct buf roster;
    enum err err = ERR_OK;

    buf_init(&readme, 65536);
    buf_init(&roster, CHAIN_SIZE_MAX);
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

/* ---- The system ---------------------------------------------------------- */

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

/* What the unit cannot know: where the data and the key lie. */
static enum err write_drop_in(const struct init *init, struct why *ret_why)
{
    bool data_moved = strcmp(init->data, DATA_DEFAULT) != 0;
    bool key_moved = strcmp(init->key_path, CONFIG_KEY_DEFAULT) != 0;
    struct buf text;
    enum err err;

    if (!data_moved && !key_moved) {
        return ERR_OK;
    }
    buf_init(&text, 8192);
    buf_put_str(&text, "# Written by holdfast init.\n");
    if (data_moved) {
        buf_printf(&text, "[Unit]\nRequiresMountsFor=%s\n", init->data);
    }
    buf_put_str(&text, "[Service]\n");
    if (data_moved) {
        buf_printf(&text, "ReadWritePaths=%s\n", init->data);
    }
    if (key_moved) {
        buf_printf(&text, "LoadCredential=\nLoadCredential=%s:%s\n",
                   CONFIG_CREDENTIAL, init->key_path);
    }
    err = tool_folders_make(DROP_IN_DIR, 0755, ret_why);
    if (err == ERR_OK) {
        err = tool_file_replace(DROP_IN_DIR "/data.conf", buf_span(&text), 0644,
                                ret_why);
    }
    buf_done(&text);
    return err;
}

enum err init_tell_system(const struct init *init, struct why *ret_why)
{
    const struct passwd *user = getpwnam(INIT_USER);
    enum err err = ERR_OK;

    if (user == NULL) {
        return why_set(ret_why, ERR_NOT_FOUND, "there is no user %s",
                       INIT_USER);
    }
    if (geteuid() == 0) {
        err = give_to(init->data, user, ret_why);
    }
    return err == ERR_OK ? write_drop_in(init, ret_why) : err;
}
