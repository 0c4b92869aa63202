/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "clients_file.h"
#include "core/node.h"
#include "driver_state.h"
#include "inbound.h"
#include "input.h"
#include "log.h"
#include "model/roster.h"
#include "model/roster_chain.h"
#include "upload_limit.h"

/* What can't change under a running node. */
static void say_fixed(const struct config *old, const struct config *new,
                      struct buf *text)
{
    struct {
        const char *name;
        bool changed;
    } fixed[] = {
        { "[node] name", strcmp(old->name, new->name) != 0 },
        { "[node] data", strcmp(old->data, new->data) != 0 },
        { "[node] key", strcmp(old->key, new->key) != 0 },
        { "[network] listen", strcmp(old->listen, new->listen) != 0 },
        { "[control] socket", strcmp(old->socket, new->socket) != 0 },
        { "[control] group", strcmp(old->group, new->group) != 0 },
        { "[http] listen", strcmp(old->http_listen, new->http_listen) != 0 },
        { "[http] names", strcmp(old->http_names, new->http_names) != 0 },
        { "[storage] min_free", old->min_free != new->min_free },
    };

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (fixed[i].changed) {
            buf_printf(text, "%s changed: needs a restart\n", fixed[i].name);
        }
    }
}

static void take_config(struct driver *driver, const struct config *new,
                        struct buf *text)
{
    struct config *config = &driver->config;

    say_fixed(config, new, text);
    if (new->max_upload != config->max_upload) {
        config->max_upload = new->max_upload;
        buf_put_str(text, "[network] max_upload taken\n");
    }
    if (memcmp(&new->office_hours, &config->office_hours,
               sizeof(config->office_hours)) != 0 ||
        new->office_max_upload != config->office_max_upload) {
        config->office_hours = new->office_hours;
        config->office_max_upload = new->office_max_upload;
        driver->has_upload_max = false; /* it is said again */
        buf_put_str(text, "[network] office hours taken\n");
    }
    upload_limit_tick(driver);
    if (new->scrub_period != config->scrub_period ||
        new->scrub_start != config->scrub_start ||
        new->scrub_max_read != config->scrub_max_read) {
        config->scrub_period = new->scrub_period;
        config->scrub_start = new->scrub_start;
        config->scrub_max_read = new->scrub_max_read;
        buf_put_str(text, "[scrub] taken\n");
    }
    if (new->log_level != config->log_level) {
        config->log_level = new->log_level;
        log_set_level((enum log_level) new->log_level);
        buf_put_str(text, "[log] level taken\n");
    }
    memcpy(config->roster, new->roster, sizeof(config->roster));
}

/* The core says in the log what it thinks of the file. */
static void take_roster(struct driver *driver, struct buf *text)
{
    struct event event = { .kind = EVENT_ROSTER };
    const struct roster_chain *chain;
    struct why why = { "" };
    struct buf bytes;

    buf_init(&bytes, ROSTER_FILE_SIZE_MAX);
    if (input_read(driver->config.roster, &bytes, &why) != ERR_OK) {
        buf_printf(text, "roster not read: %s\n", why.text);
    } else {
        event.roster.chain = buf_span(&bytes);
        driver_event(driver, &event);
        chain = node_roster(driver->node);
        buf_printf(text,
                   "roster file %s read; version %" PRIu64 " is in force\n",
                   driver->config.roster, roster_chain_newest(chain)->version);
    }
    buf_done(&bytes);
}

/* Whoever is on no line any more is hung up on before this returns. */
static void take_clients(struct driver *driver, struct buf *text)
{
    struct why why = { "" };
    enum err err = clients_file_read(&driver->config, &driver->clients, &why);

    if (err != ERR_OK) {
        buf_printf(text, "clients not taken, the old ones hold: %s\n",
                   why.text[0] != '\0' ? why.text : err_text(err));
        return;
    }
    inbound_recheck(driver->inbound);
    buf_printf(text, "clients read: %zu\n", driver->clients.count);
}

void reload(struct driver *driver, struct buf *text)
{
    struct config new;
    struct buf errors;

    buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
    config_init(&new);
    if (config_load(driver->config_path, &new, &errors) != ERR_OK) {
        buf_put_str(text, "configuration not taken, the old one holds:\n");
        buf_put(text, span_part(buf_span(&errors), 0, 8192));
    } else if (!new.has_node) {
        buf_put_str(text, "configuration not taken, the old one holds: it has "
                          "no section [node]\n");
    } else {
        take_config(driver, &new, text);
    }
    take_roster(driver, text);
    take_clients(driver, text);
    buf_done(&errors);
}
