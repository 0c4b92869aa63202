/* SPDX-License-Identifier: Apache-2.0 */
#include "driver.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "control.h"
#include "core/node.h"
#include "driver_load.h"
#include "driver_state.h"
#include "inbound.h"
#include "log.h"
#include "model/roster_chain.h"
#include "net/endpoint.h"
#include "net/session.h"
#include "peers.h"
#include "pool/pool.h"
#include "request.h"
#include "scrub.h"
#include "sdnotify.h"
#include "serving.h"
#include "upload_limit.h"
#include "web/server.h"
#include "writer.h"

#define POOL_WORKERS 3
#define POOL_CAPACITY 4096 /* jobs; more than all sources together can give */
#define TICK_MS 1000
#define SPACE_SAY_MS 10000
#define STOP_WAIT_MS 30000
#define NET_LOOK_MS 60000
#define NET_CLOSE_S 10 /* then the process ends without it */

uint64_t driver_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static uint64_t clock_now_s(void)
{
    uv_timeval64_t now;

    CHECK(uv_gettimeofday(&now) == 0);
    return (uint64_t)now.tv_sec;
}

/* ---- the core ---- */

static void step(struct driver *driver, struct event *event)
{
    event->now_ms = driver_now_ms();
    event->clock_s = clock_now_s();
    driver->is_stepping = true;
    node_step(driver->node, event, &driver->effects);
    carry_out(driver, &driver->effects);
    effects_clear(&driver->effects);
    driver->is_stepping = false;
}

static void remember(struct driver *driver, const struct event *event)
{
    /* Nothing may be borrowed: the event outlives the call. */
    CHECK(event->kind == EVENT_UNANSWERED || event->kind == EVENT_HUNG_UP ||
          event->kind == EVENT_CONNECTED || event->kind == EVENT_LOST ||
          event->kind == EVENT_APPENDED || event->kind == EVENT_SPACE);
    if (driver->later_count == driver->later_room) {
        size_t room = driver->later_room == 0 ? 64 : driver->later_room * 2;
        struct event *later =
            realloc(driver->later, room * sizeof(*driver->later));

        if (later == NULL) {
            driver_fatal(driver, ERR_NO_MEMORY, "no memory for an event");
            return;
        }
        driver->later = later;
        driver->later_room = room;
    }
    driver->later[driver->later_count++] = *event;
}

static void arm_deadline(struct driver *driver);

void driver_event(void *ctx, struct event *event)
{
    struct driver *driver = ctx;

    if (driver->has_failed) {
        return;
    }
    if (driver->is_stepping) {
        remember(driver, event);
        return;
    }
    step(driver, event);
    for (size_t i = 0; i < driver->later_count && !driver->has_failed; i++) {
        struct event next = driver->later[i];

        step(driver, &next);
    }
    driver->later_count = 0;
    arm_deadline(driver);
    if (driver->has_reload) {
        driver->has_reload = false;
        carry_reload(driver, driver->reload_request);
    }
}

void driver_fatal(void *ctx, enum err err, const char *text)
{
    struct driver *driver = ctx;

    if (driver->has_failed) {
        return;
    }
    log_line(LOG_LEVEL_ERROR, "STORE-ERROR", "",
             "%s (%s); nothing more is written or signed, the node ends and "
             "the checks at its next start decide",
             text, err_text(err));
    driver->has_failed = true;
    driver->exit_code = 75;
    uv_stop(&driver->loop);
}

/* ---- the loop ---- */

static void drain_endpoint(struct driver *driver)
{
    struct item item;
    uint64_t now_ms = driver_now_ms();

    while (!driver->has_failed &&
           endpoint_take(driver->endpoint, now_ms, &item)) {
        if (item.kind == ITEM_REQUEST) {
            inbound_request(driver->inbound, &item, now_ms);
        } else if (item.kind == ITEM_PIPE_GONE) {
            inbound_pipe_gone(driver->inbound, item.pipe_id);
        } else {
            peers_item(driver->peers, &item, now_ms);
        }
        item_done(&item);
    }
}

static void endpoint_woke(uv_async_t *async)
{
    struct driver *driver = async->data;

    if (driver->is_running) {
        drain_endpoint(driver);
        arm_deadline(driver);
    }
}

static void pool_woke(uv_async_t *async)
{
    struct driver *driver = async->data;

    if (driver->is_running) {
        (void)pool_reap(driver->pool); /* how many does not matter */
        arm_deadline(driver);
    }
}

void driver_wake(void *ctx)
{
    (void)uv_async_send(ctx); /* merges; cannot fail on an open handle */
}

static void deadline_came(uv_timer_t *timer)
{
    struct driver *driver = timer->data;
    struct event event = { .kind = EVENT_TICKED };
    uint64_t now_ms = driver_now_ms();

    endpoint_tick(driver->endpoint, now_ms);
    sessions_tick(driver->sessions, now_ms);
    drain_endpoint(driver);
    if (node_deadline_ms(driver->node) <= now_ms) {
        driver_event(driver, &event);
    }
    arm_deadline(driver);
}

static void arm_deadline(struct driver *driver)
{
    uint64_t now_ms = driver_now_ms();
    uint64_t due_ms = node_deadline_ms(driver->node);
    uint64_t other_ms = endpoint_deadline_ms(driver->endpoint);

    if (other_ms < due_ms) {
        due_ms = other_ms;
    }
    other_ms = sessions_deadline_ms(driver->sessions);
    if (other_ms < due_ms) {
        due_ms = other_ms;
    }

    uint64_t wait_ms = due_ms <= now_ms ? 0 : due_ms - now_ms;

    if (wait_ms > TICK_MS) {
        wait_ms = TICK_MS;
    }
    uv_update_time(&driver->loop);
    CHECK(uv_timer_start(&driver->deadline, deadline_came, wait_ms, 0) == 0);
}

static void look_at_space(struct driver *driver, uint64_t now_ms)
{
    struct store_space space;
    struct event event = { .kind = EVENT_SPACE };

    if (store_space(driver->store, &space) != ERR_OK) {
        return; /* the next write says what is wrong */
    }

    bool full = space.free_bytes < space.reserve_bytes;

    if (driver->knows_space && full == driver->is_full &&
        now_ms - driver->space_said_ms < SPACE_SAY_MS) {
        return;
    }
    driver->knows_space = true;
    driver->is_full = full;
    driver->space_said_ms = now_ms;
    event.space.full = full;
    event.space.free_bytes = space.free_bytes;
    event.space.reserve_bytes = space.reserve_bytes;
    driver_event(driver, &event);
}

/* NNG can lose its only thread that takes closed connections away; then only a
 * new process helps, and the service manager makes one. */
static void look_at_net(struct driver *driver, uint64_t now_ms)
{
    if (now_ms - driver->net_seen_ms < NET_LOOK_MS) {
        return;
    }
    driver->net_seen_ms = now_ms;
    if (endpoint_is_stuck(driver->endpoint, now_ms)) {
        log_line(LOG_LEVEL_ERROR, "NET-STUCK", "",
                 "the network library no longer closes connections; the node "
                 "ends and is started again");
        driver->has_failed = true;
        driver->exit_code = 75;
        uv_stop(&driver->loop);
    }
}

static void second_came(uv_timer_t *timer)
{
    struct driver *driver = timer->data;
    uint64_t now_ms = driver_now_ms();

    peers_tick(driver->peers, now_ms);
    look_at_space(driver, now_ms);
    writer_tick(driver->writer);
    look_at_net(driver, now_ms);
    upload_limit_tick(driver);
    if (driver->server != NULL) {
        server_tick(driver->server);
    }
    if (!driver->is_stopping) {
        scrub_tick(driver->scrub, now_ms, clock_now_s());
    }
    if (driver->watchdog_ms > 0 &&
        now_ms - driver->watchdog_said_ms >= driver->watchdog_ms) {
        driver->watchdog_said_ms = now_ms;
        sdnotify("WATCHDOG=1");
    }
    if (driver->is_stopping &&
        ((node_idle(driver->node) && control_is_idle(driver->control)) ||
         now_ms >= driver->stop_by_ms)) {
        uv_stop(&driver->loop);
    }
}

static void stop(struct driver *driver)
{
    struct event event = { .kind = EVENT_STOPPING };

    if (driver->is_stopping) {
        uv_stop(&driver->loop); /* a second signal does not wait */
        return;
    }
    log_line(LOG_LEVEL_INFO, "STOPPING", "",
             "finishing what is in hand, then ending");
    sdnotify("STOPPING=1");
    driver->is_stopping = true;
    driver->stop_by_ms = driver_now_ms() + STOP_WAIT_MS;
    control_stop(driver->control);
    if (driver->server != NULL) {
        server_stop(driver->server);
    }
    scrub_stop(driver->scrub);
    driver_event(driver, &event);
    CHECK(uv_timer_start(&driver->second, second_came, 0, 20) == 0);
}

/* A line of the log for each line of the text. */
static void say_reloaded(struct span text)
{
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end != NULL ? (size_t)(end - text.data) : text.size;

        log_line(LOG_LEVEL_INFO, "RELOADED", "", "%.*s", (int)size,
                 (const char *)text.data);
        text = span_part(text, end != NULL ? size + 1 : size, text.size);
    }
}

static void signal_came(uv_signal_t *handle, int number)
{
    struct driver *driver = handle->data;
    struct buf text;

    if (!driver->is_running) {
        return;
    }
    if (number != SIGHUP) {
        stop(driver);
        return;
    }
    sdnotify("RELOADING=1");
    buf_init(&text, 16384);
    reload(driver, &text);
    say_reloaded(buf_span(&text));
    buf_done(&text);
    sdnotify("READY=1");
}

/* ---- start and end ---- */

static enum err open_loop(struct driver *driver)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

    if (uv_loop_init(&driver->loop) != 0) {
        return ERR_NO_MEMORY;
    }
    driver->has_loop = true;
    /* A caller that hangs up before its answer must not end the node. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (uv_async_init(&driver->loop, &driver->endpoint_woke, endpoint_woke) !=
            0 ||
        uv_async_init(&driver->loop, &driver->pool_woke, pool_woke) != 0) {
        return ERR_NO_MEMORY;
    }
    CHECK(uv_timer_init(&driver->loop, &driver->deadline) == 0);
    CHECK(uv_timer_init(&driver->loop, &driver->second) == 0);
    driver->endpoint_woke.data = driver;
    driver->pool_woke.data = driver;
    driver->deadline.data = driver;
    driver->second.data = driver;
    for (size_t i = 0; i < 3; i++) {
        if (uv_signal_init(&driver->loop, &driver->signals[i]) != 0 ||
            uv_signal_start(&driver->signals[i], signal_came, numbers[i]) !=
                0) {
            return ERR_NO_MEMORY;
        }
        driver->signals[i].data = driver;
    }
    return ERR_OK;
}

static enum err open_parts(struct driver *driver, const struct store_mark *mark,
                           bool is_damaged, struct why *ret_why)
{
    struct pool_options pool = {
        .worker_count = POOL_WORKERS,
        .capacity = POOL_CAPACITY,
        .wake = driver_wake,
        .wake_ctx = &driver->pool_woke,
    };
    enum err err = pool_new(&pool, &driver->pool);

    if (err == ERR_OK) {
        err = requests_new(&driver->requests);
    }
    if (err == ERR_OK) {
        err = writer_new(driver->store, driver->pool, driver->key, mark,
                         &driver->sink, &driver->writer);
    }
    if (err == ERR_OK) {
        err = serving_new(driver->pool, store_source(driver->store),
                          driver->writer, &driver->sink, &driver->serving);
    }
    if (err == ERR_OK) {
        err = scrub_new(driver->store, driver->pool, driver->node,
                        &driver->config, &driver->sink, is_damaged,
                        &driver->scrub);
    }
    if (err == ERR_OK) {
        err = driver_open_net(driver, ret_why);
    }
    if (err == ERR_OK) {
        err = driver_open_doors(driver, ret_why);
    }
    return err;
}

enum err driver_new(const struct driver_options *options,
                    struct driver **ret_driver, struct why *ret_why)
{
    struct driver *driver = calloc(1, sizeof(*driver));

    if (driver == NULL) {
        roster_chain_free(options->chain);
        return ERR_NO_MEMORY;
    }
    driver->config = *options->config;
    driver->config_path = options->config_path;
    driver->key = options->key;
    driver->store = options->store;
    driver->clients = *options->clients;
    driver->sink = (struct sink){ driver, driver_event, driver_fatal };
    driver->watchdog_ms = sdnotify_watchdog_ms();
    effects_init(&driver->effects);

    enum err err = driver_load(driver, options, ret_why);

    if (err == ERR_OK) {
        err = open_loop(driver);
    }
    if (err == ERR_OK) {
        err = open_parts(driver, &options->opened->mark,
                         options->opened->note.text[0] != '\0', ret_why);
    }
    if (err != ERR_OK) {
        driver_free(driver);
        return err;
    }
    *ret_driver = driver;
    return ERR_OK;
}

int driver_run(struct driver *driver)
{
    struct event event = { .kind = EVENT_TICKED };

    driver->is_running = true;
    CHECK(uv_timer_start(&driver->second, second_came, TICK_MS, TICK_MS) == 0);
    look_at_space(driver, driver_now_ms());
    upload_limit_tick(driver);
    driver_event(driver, &event);
    peers_set_roster(driver->peers,
                     roster_chain_newest(node_roster(driver->node)),
                     driver_now_ms());
    log_line(LOG_LEVEL_INFO, "READY", driver->config.name,
             "listening on %s, control socket %s",
             driver->config.listen[0] != '\0' ? driver->config.listen
                                              : "nothing (dials out only)",
             driver->config.socket);
    if (driver->server != NULL) {
        server_begin(driver->server);
    }
    sdnotify("READY=1\nSTATUS=running");
    arm_deadline(driver);
    uv_run(&driver->loop, UV_RUN_DEFAULT);
    log_line(LOG_LEVEL_INFO, "STOPPED", driver->config.name, "exit code %d",
             driver->exit_code);
    return driver->exit_code;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

/* From here on only the local socket's handles do anything, and they close:
 * nothing may reach the pool any more, or what is freed. */
static void silence(struct driver *driver)
{
    driver->has_failed = true; /* no more events reach the core */
    driver->is_running = false;
    if (driver->scrub != NULL) {
        scrub_stop(driver->scrub);
    }
    if (driver->has_loop) {
        /* Never begun is as good as stopped. */
        (void)uv_timer_stop(&driver->deadline);
        (void)uv_timer_stop(&driver->second);
    }
}

static void close_doors(struct driver *driver)
{
    if (driver->peers != NULL) {
        peers_stop(driver->peers);
    }
    if (driver->control != NULL) {
        control_close(driver->control);
    }
    if (driver->server != NULL) {
        server_close(driver->server);
    }
    if (driver->inbound != NULL) {
        inbound_drop_all(driver->inbound);
    }
    if (driver->pool != NULL) {
        pool_drain(driver->pool);
    }
    while (driver->control != NULL && !control_is_gone(driver->control)) {
        uv_run(&driver->loop, UV_RUN_ONCE);
    }
    while (driver->server != NULL && !server_is_gone(driver->server)) {
        uv_run(&driver->loop, UV_RUN_ONCE);
    }
    server_free(driver->server);
    control_free(driver->control);
    /* All is on disk; closing NNG's sockets can hang, so it has its time. */
    (void)alarm(NET_CLOSE_S);
    endpoint_free(driver->endpoint);
    (void)alarm(0);
    peers_free(driver->peers);
    inbound_free(driver->inbound);
    sessions_free(driver->sessions);
}

void driver_free(struct driver *driver)
{
    if (driver == NULL) {
        return;
    }
    silence(driver);
    close_doors(driver);
    pool_free(driver->pool);
    scrub_free(driver->scrub);
    serving_free(driver->serving);
    writer_free(driver->writer);
    requests_free(driver->requests);
    if (driver->has_loop) {
        uv_walk(&driver->loop, close_handle, NULL);
        uv_run(&driver->loop, UV_RUN_DEFAULT);
        CHECK(uv_loop_close(&driver->loop) == 0);
    }
    node_free(driver->node);
    effects_done(&driver->effects);
    free(driver->later);
    free(driver);
}
