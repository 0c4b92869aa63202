/* SPDX-License-Identifier: Apache-2.0 */
/* What `init` makes, once everything was looked at and confirmed: the data
 * directory, the configuration with its copy of the roster, and for a node in
 * /etc/holdfast the drop-in of its unit. Each step may be repeated after a
 * crash. Blocking. */
#ifndef HF_TOOLS_INIT_MAKE_H
#define HF_TOOLS_INIT_MAKE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "crypto/node_key.h"
#include "daemon/config.h"

struct roster;
struct roster_chain;
struct roster_node;
struct tool;

#define INIT_SYSTEM_FOLDER "/etc/holdfast/"
#define INIT_USER "holdfast" /* the daemon's, for INIT_SYSTEM_FOLDER */

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

/* The port of the node's first address; a loopback host as it is. */
void init_listen(const struct roster_node *node,
                 char ret_text[static ADDRESS_SIZE_MAX + 1]);
/* Fill init->config. ERR_TOO_BIG when a path in it has no room. */
MUST_USE enum err init_plan(struct init *init, struct why *ret_why);
/* Is there a configuration already, and is it another one? */
bool init_config_differs(const struct init *init);
MUST_USE enum err init_write_config(struct init *init, struct why *ret_why);
/* ERR_CONFLICT when the directory holds anything but this node's own. */
MUST_USE enum err init_write_data(struct init *init, struct why *ret_why);
/* Only for a system's own node: the directory's owner, the unit's drop-in. */
MUST_USE enum err init_tell_system(const struct init *init,
                                   struct why *ret_why);

#endif
