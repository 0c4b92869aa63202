/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's doors: the network, in and out, the local socket, and the
 * pages. */
#include <sodium.h>
#include <string.h>

#include "base/limits.h"
#include "control.h"
#include "core/node.h"
#include "crypto/node_key.h"
#include "driver.h"
#include "driver_state.h"
#include "inbound.h"
#include "model/roster_chain.h"
#include "net/endpoint.h"
#include "net/session.h"
#include "peers.h"
#include "web/server.h"

/* Specs nng 5, and what all clients together may have in hand. */
#define NET_CONTEXTS                                                           \
    (3 * NODE_COUNT_MAX + 16 +                                                 \
     CLIENTS_CONNECTED_MAX * (CLIENT_REQUESTS_MAX + 1))

enum err driver_open_net(struct driver *driver, struct why *ret_why)
{
    const struct roster_chain *chain = node_roster(driver->node);
    struct endpoint_options options = {
        .wake = driver_wake,
        .wake_ctx = &driver->endpoint_woke,
        .context_count = NET_CONTEXTS,
    };

    randombytes_buf(&options.seed, sizeof(options.seed));

    enum err err =
        endpoint_new(&options, driver_now_ms(), &driver->endpoint, ret_why);

    if (err == ERR_OK) {
        err = sessions_new(&driver->key->session, &chain->identity,
                           &driver->sessions);
    }
    return err;
}

enum err driver_listen(struct driver *driver, struct why *ret_why)
{
    if (driver->config.listen[0] == '\0') {
        return ERR_OK;
    }

    enum err err =
        endpoint_listen(driver->endpoint, driver->config.listen, ret_why);

    if (err != ERR_OK) {
        err = why_prefix(ret_why, err, "[network] listen = %s",
                         driver->config.listen);
    }
    return err;
}

static const struct roster *roster_now(void *ctx)
{
    struct driver *driver = ctx;

    return roster_chain_newest(node_roster(driver->node));
}

static const struct clients *clients_now(void *ctx)
{
    const struct driver *driver = ctx;

    return &driver->clients;
}

static enum err open_pages(struct driver *driver, struct why *ret_why)
{
    struct server_options pages = {
        .loop = &driver->loop,
        .listen = driver->config.http_listen,
        .names = driver->config.http_names,
        .group = driver->config.group,
        .hatch = { driver->requests, carry_asked, carry_hung_up, driver },
    };

    if (driver->config.http_listen[0] == '\0') {
        return ERR_OK;
    }
    return server_new(&pages, &driver->server, ret_why);
}

enum err driver_open_doors(struct driver *driver, struct why *ret_why)
{
    struct inbound_options inbound = {
        .endpoint = driver->endpoint,
        .sessions = driver->sessions,
        .requests = driver->requests,
        .pool = driver->pool,
        .roster = roster_now,
        .clients = clients_now,
        .asked = carry_asked,
        .hung_up = carry_hung_up,
        .ctx = driver,
    };
    struct peers_options peers = {
        .endpoint = driver->endpoint,
        .sessions = driver->sessions,
        .pool = driver->pool,
        .writer = driver->writer,
        .sink = driver->sink,
    };
    struct control_options control = {
        .loop = &driver->loop,
        .path = driver->config.socket,
        .group = driver->config.group,
        .requests = driver->requests,
        .asked = carry_asked,
        .hung_up = carry_hung_up,
        .ctx = driver,
    };

    strcpy(peers.self.text, driver->config.name);

    enum err err = inbound_new(&inbound, &driver->inbound);

    if (err == ERR_OK) {
        err = peers_new(&peers, &driver->peers);
    }
    if (err == ERR_OK) {
        err = control_new(&control, &driver->control, ret_why);
    }
    if (err == ERR_OK) {
        err = open_pages(driver, ret_why);
    }
    return err;
}
