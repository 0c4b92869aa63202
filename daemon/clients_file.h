/* SPDX-License-Identifier: Apache-2.0 */
/* The file `clients` beside the configuration file (model/clients.h). Read at
 * start and at reload. Blocking. */
#ifndef HF_DAEMON_CLIENTS_FILE_H
#define HF_DAEMON_CLIENTS_FILE_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

struct clients;
struct config;

/* No file: no clients. The sentence names the file, and the line. As
 * clients_parse(), and ERR_PERMISSION, ERR_IO, ERR_TOO_BIG. */
MUST_USE enum err clients_file_read(const struct config *config,
                                    struct clients *ret_clients,
                                    struct why *ret_why);

#endif
