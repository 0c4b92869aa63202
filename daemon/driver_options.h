/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver is made from. Plain values; nothing is done with them here. */
#ifndef HF_DAEMON_DRIVER_OPTIONS_H
#define HF_DAEMON_DRIVER_OPTIONS_H

#include "config.h"
#include "crypto/node_key.h"
#include "store/store.h"

struct clients;
struct roster_chain;

struct driver_options {
    const struct config *config;       /* borrowed */
    const char *config_path;           /* borrowed; read again at reload */
    const struct node_key *key;        /* borrowed */
    const struct clients *clients;     /* borrowed; copied */
    struct roster_chain *chain;        /* taken, also on failure */
    struct store *store;               /* borrowed; open */
    const struct store_opened *opened; /* borrowed */
};

#endif
