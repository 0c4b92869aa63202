/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "web/server_state.h"
#include "web/site.h"
#include "web/states.h"

void asking_free(struct asking *asking)
{
    struct server *server = asking->server;

    for (struct asking **at = &server->waiting; *at != NULL;
         at = &(*at)->next) {
        if (*at == asking) {
            *at = asking->next;
            break;
        }
    }
    if (asking->seat != NULL) {
        asking->seat->asking = NULL;
        asking->seat->since_ms = server_now_ms();
    }
    picture_free(asking->list);
    free(asking);
}

static bool is_fresh(const struct server *server)
{
    return server->status != NULL &&
           server_now_ms() - server->status_ms < SERVER_FRESH_MS;
}

bool asking_has_status(const struct asking *asking)
{
    return asking->server->status != NULL &&
           asking->server->status_ms + SERVER_FRESH_MS > asking->since_ms;
}

/* May be called inside a step of the core: nothing is asked here. */
static void status_told(void *ctx, struct picture *picture)
{
    struct server *server = ctx;

    server->status_is_asked = false;
    if (picture != NULL) {
        picture_free(server->status);
        server->status = picture;
        server->status_ms = server_now_ms();
    }
    server_kick(server);
}

static void ask_status(struct server *server)
{
    struct message message = { .kind = MESSAGE_STATUS };

    if (server->status_is_asked) {
        return;
    }
    server->status_is_asked = true;
    if (hatch_ask(&server->hatch, &message, status_told, server) != ERR_OK) {
        server->status_is_asked = false; /* those that wait ask again */
    }
}

/* A list belongs to the server while it is on its way: who asked for it may be
 * gone when it comes. */
struct list_order {
    struct server *server;
    uint64_t serial;
};

static void list_told(void *ctx, struct picture *picture)
{
    struct list_order *order = ctx;
    struct asking *asking = order->server->waiting;

    order->server->lists_asked--;
    while (asking != NULL && asking->serial != order->serial) {
        asking = asking->next;
    }
    if (asking == NULL || asking->list != NULL) {
        picture_free(picture);
    } else {
        asking->list = picture;
        asking->list_has_failed = picture == NULL;
    }
    server_kick(order->server);
    free(order);
}

/* Without a state: all that need attention. */
static uint32_t wanted_states(const struct asking *asking)
{
    uint32_t mask = 0;

    if (asking->asked.has_state) {
        return 1U << asking->asked.state;
    }
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        if (web_state_row(i)->is_bad) {
            mask |= 1U << i;
        }
    }
    return mask;
}

static void ask_list(struct asking *asking)
{
    struct server *server = asking->server;
    struct list_order *order = malloc(sizeof(*order));
    struct message message = { .kind = MESSAGE_LIST };

    asking->list_is_asked = true;
    message.list.ledger = asking->asked.ledger;
    message.list.index = asking->asked.index;
    message.list.count = SITE_ITEMS_MAX;
    message.list.states = wanted_states(asking);
    if (order == NULL || server->lists_asked == SERVER_LISTS_MAX) {
        free(order);
        asking->list_has_failed = true;
        return;
    }
    *order = (struct list_order){ server, asking->serial };
    server->lists_asked++;
    if (hatch_ask(&server->hatch, &message, list_told, order) != ERR_OK) {
        server->lists_asked--;
        asking->list_has_failed = true;
        free(order);
    }
}

/* Ask for what is lacking. True: nothing is, or it will not come. */
static bool is_ready(struct asking *asking)
{
    struct server *server = asking->server;
    enum site_need need = site_need(asking->asked.page);

    if (need == SITE_NEEDS_NOTHING ||
        server_now_ms() - asking->since_ms >= SERVER_WAIT_MS) {
        return true;
    }
    if (!asking_has_status(asking)) {
        if (!is_fresh(server)) {
            ask_status(server);
        }
        if (!asking_has_status(asking)) {
            return false;
        }
    }
    if (need != SITE_NEEDS_LIST) {
        return true;
    }
    if (!asking->list_is_asked) {
        ask_list(asking);
    }
    return asking->list != NULL || asking->list_has_failed;
}

bool asking_begin(struct asking *asking)
{
    struct server *server = asking->server;

    /* Before anything is asked: an answer looks for it among those. */
    asking->next = server->waiting;
    server->waiting = asking;
    if (is_ready(asking)) {
        server->waiting = asking->next;
        asking->next = NULL;
        return true;
    }
    asking->is_waiting = true;
    MHD_suspend_connection(asking->connection);
    return false;
}

void asking_work(struct server *server)
{
    struct asking **at = &server->waiting;

    while (*at != NULL) {
        struct asking *asking = *at;

        if (asking->is_waiting && (server->is_closing || is_ready(asking))) {
            *at = asking->next;
            asking->next = NULL;
            asking->is_waiting = false;
            MHD_resume_connection(asking->connection);
        } else {
            at = &asking->next;
        }
    }
}
