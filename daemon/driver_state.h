/* SPDX-License-Identifier: Apache-2.0 */
/* What driver.c, carry.c and reload.c share. Private to them; loop thread. */
#ifndef HF_DAEMON_DRIVER_STATE_H
#define HF_DAEMON_DRIVER_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "config.h"
#include "core/effect.h"
#include "core/event.h"
#include "model/clients.h"
#include "sink.h"

struct control;
struct endpoint;
struct inbound;
struct node;
struct peers;
struct pool;
struct request;
struct requests;
struct server;
struct scrub;
struct serving;
struct sessions;
struct writer;

struct node_key;
struct store;

struct driver {
    struct config config; /* the effective one */
    const char *config_path;
    const struct node_key *key;
    struct clients clients; /* as the file was read last */
    struct store *store;
    struct node *node;
    struct pool *pool;
    struct endpoint *endpoint;
    struct sessions *sessions;
    struct requests *requests;
    struct writer *writer;
    struct serving *serving;
    struct inbound *inbound;
    struct peers *peers;
    struct control *control;
    struct server *server; /* NULL: no pages */
    struct scrub *scrub;
    struct sink sink;

    uv_loop_t loop;
    bool has_loop;
    uv_async_t endpoint_woke;
    uv_async_t pool_woke;
    uv_timer_t deadline;
    uv_timer_t second;
    uv_signal_t signals[3];

    struct effects effects;
    bool is_stepping;
    /* Events that arose while the core was stepping or effects were carried
     * out; none of these kinds borrows anything. Grows; one for each effect
     * and request at most. */
    struct event *later; /* owned */
    size_t later_count;
    size_t later_room;

    bool has_upload_max; /* upload_limit.h has set it */
    bool is_office;      /* and office hours were the reason */
    uint64_t upload_max; /* the limit in force; 0: none */

    bool is_stopping;
    bool has_failed;
    bool is_full;
    bool is_running; /* else the loop only opens or closes handles, and what
                        else comes is not looked at */
    bool has_reload; /* a request asked for it, in this step */
    uint64_t reload_request; /* its number */
    bool knows_space;
    uint64_t space_said_ms;
    uint64_t net_seen_ms;
    uint64_t stop_by_ms; /* stop waiting for what is in hand */
    uint64_t watchdog_ms;
    uint64_t watchdog_said_ms;
    int exit_code;
};

uint64_t driver_now_ms(void);
/* Step the core and carry out what it wants, then what arose meanwhile. */
void driver_event(void *ctx, struct event *event);
void driver_fatal(void *ctx, enum err err, const char *text);

/* An uv_async_t: from any thread. */
void driver_wake(void *ctx);

/* driver_doors.c: the endpoint with its sessions and listeners, then what talks
 * through it, and the local socket. What was made is the driver's to free, also
 * after a failure. */
enum err driver_open_net(struct driver *driver, struct why *ret_why);
enum err driver_open_doors(struct driver *driver, struct why *ret_why);

/* carry.c */
void carry_out(struct driver *driver, const struct effects *effects);
/* Read all again, and answer the request that asked for it. */
void carry_reload(struct driver *driver, uint64_t request);
/* A request arrived: to the pool first, or straight to the core. */
void carry_asked(void *ctx, struct request *request);
void carry_hung_up(void *ctx, struct request *request);

/* reload.c: read configuration and roster file again. Appends what was taken,
 * line by line. Not while the core steps. */
void reload(struct driver *driver, struct buf *text);

#endif
