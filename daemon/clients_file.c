/* SPDX-License-Identifier: Apache-2.0 */
#include "clients_file.h"

#include "config.h"
#include "input.h"
#include "model/clients.h"

#define FILE_NAME "clients"
/* Of CLIENT_COUNT_MAX lines each has room for a long comment. */
#define FILE_SIZE_MAX 262144

enum err clients_file_read(const struct config *config,
                           struct clients *ret_clients, struct why *ret_why)
{
    char path[CONFIG_PATH_SIZE];
    struct buf text;
    enum err err = config_beside(config, FILE_NAME, path);

    if (err != ERR_OK) {
        return why_set(ret_why, err,
                       "the path of the file clients is too "
                       "long");
    }
    buf_init(&text, FILE_SIZE_MAX);
    err = input_read(path, &text, ret_why);
    if (err == ERR_NOT_FOUND) {
        *ret_clients = (struct clients){ .count = 0 };
        err = ERR_OK;
    } else if (err == ERR_OK) {
        err = clients_parse(buf_span(&text), ret_clients, ret_why);
        if (err != ERR_OK) {
            err = why_prefix(ret_why, err, "%s", path);
        }
    }
    buf_done(&text);
    return err;
}
