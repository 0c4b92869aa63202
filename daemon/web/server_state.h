/* SPDX-License-Identifier: Apache-2.0 */
/* What server.c, seats.c and asking.c share. Private to them; loop thread.
 *
 * A request:  NEW -> WAITING [asking_begin: a status or a list is asked for,
 * the connection is suspended] -> READY [asking_work] -> answered [server.c];
 * NEW -> answered, when what it needs is there. */
#ifndef HF_WEB_SERVER_STATE_H
#define HF_WEB_SERVER_STATE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "web/asked.h"
#include "web/hatch.h"
#include "web/server_options.h"

/* One connection. */
struct seat {
    bool in_use;
    int fd;                /* owned by libmicrohttpd */
    uint64_t since_ms;     /* accepted, or its last request was answered */
    struct asking *asking; /* borrowed; its request in hand, or NULL */
};

/* One request. */
struct asking {
    struct server *server;
    struct MHD_Connection *connection; /* borrowed */
    struct seat *seat;                 /* borrowed */
    size_t target_size;
    bool is_begun;
    bool is_waiting;
    bool list_is_asked;
    bool list_has_failed;
    uint64_t serial; /* never used twice */
    uint64_t since_ms;
    struct web_asked asked;
    struct picture *list; /* owned */
    struct asking *next;  /* of those that wait */
    char target[WEB_TARGET_SIZE_MAX + 1];
};

struct server {
    struct server_options options;
    char names[512];
    struct MHD_Daemon *http; /* owned; NULL: closed */
    int listen_fd;           /* -1: closed */
    uv_poll_t listening;
    uv_poll_t epoll;
    uv_timer_t timer; /* libmicrohttpd has something to do by then */
    size_t handles;   /* that are not closed yet */
    bool is_stopping;
    bool is_closing;
    struct seat seats[SERVER_CONNECTIONS_MAX];

    struct hatch hatch;
    struct picture *status; /* owned; the newest, or NULL */
    uint64_t status_ms;     /* when it came */
    bool status_is_asked;
    size_t lists_asked;
    uint64_t serial;
    struct asking *waiting; /* borrowed: list of those that wait */
};

uint64_t server_now_ms(void);
/* Run libmicrohttpd as soon as the loop turns. */
void server_kick(struct server *server);

/* seats.c: take what calls, and give each connection its place. */
void seats_accept(uv_poll_t *listening, int status, int events);
struct seat *seat_of(struct server *server, struct MHD_Connection *connection);
void seats_notify(void *ctx, struct MHD_Connection *connection,
                  void **socket_context,
                  enum MHD_ConnectionNotificationCode code);
void seats_tick(struct server *server, uint64_t now_ms);

/* asking.c: false: it waits, and its connection is suspended. */
bool asking_begin(struct asking *asking);
/* Let go on what has what it waits for, or has waited for too long. */
void asking_work(struct server *server);
bool asking_has_status(const struct asking *asking);
void asking_free(struct asking *asking);

#endif
