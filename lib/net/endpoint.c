/* SPDX-License-Identifier: Apache-2.0 */
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nng/nng.h>

#include "base/check.h"
#include "net/door.h"
#include "net/inbox.h"
#include "net/links.h"
#include "net/pipes.h"
#include "net/slot.h"
#include "net/upload.h"

#define WALL_JUMP_MS 1000  /* specs nng 2 */
#define WALL_CHECK_MS 2000 /* at least so often */

struct endpoint {
    struct inbox inbox;
    struct pipes pipes;
    struct upload upload;
    struct door door;
    struct links links;
    int64_t (*wall_ms)(void *ctx);
    void *wall_ctx;
    int64_t wall_offset_ms; /* wall clock - monotonic clock, last seen */
    uint64_t tick_ms;       /* of the last tick */
};

/* ---- clocks -------------------------------------------------------------- */

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    CHECK(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void *ctx)
{
    (void)ctx;
    return clock_ms(CLOCK_REALTIME);
}

/* Both clocks are read here: the owner's now_ms may be some time old. */
static int64_t wall_offset_ms(const struct endpoint *endpoint)
{
    return endpoint->wall_ms(endpoint->wall_ctx) - clock_ms(CLOCK_MONOTONIC);
}

/* ---- life ---------------------------------------------------------------- */

static uint32_t or_default(uint32_t value, uint32_t limit)
{
    return value == 0 ? limit : value;
}

enum err endpoint_new(const struct endpoint_options *options, uint64_t now_ms,
                      struct endpoint **ret_endpoint, struct why *ret_why)
{
    struct endpoint *endpoint = calloc(1, sizeof(*endpoint));
    /* NNG puts the number of the request before each frame, and counts it. */
    size_t receive_size_max = options->receive_size_max == 0
                                  ? MESSAGE_SIZE_MAX + 4
                                  : options->receive_size_max;
    enum err err;

    if (endpoint == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    endpoint->wall_ms =
        options->wall_ms != NULL ? options->wall_ms : system_wall_ms;
    endpoint->wall_ctx = options->wall_ctx;
    endpoint->wall_offset_ms = wall_offset_ms(endpoint);
    endpoint->tick_ms = now_ms;
    err = inbox_init(&endpoint->inbox, options->wake, options->wake_ctx);
    if (err != ERR_OK) {
        free(endpoint);
        return err;
    }
    err = pipes_init(
        &endpoint->pipes, &endpoint->inbox,
        or_default(options->pipes_max, PIPES_MAX),
        or_default(options->pipes_stranger_max, PIPES_STRANGER_MAX),
        or_default(options->pipes_per_address_max, PIPES_PER_ADDRESS_MAX));
    if (err != ERR_OK) {
        inbox_done(&endpoint->inbox);
        free(endpoint);
        return err;
    }
    upload_init(&endpoint->upload, options->upload_max, now_ms);
    links_init(&endpoint->links, &endpoint->inbox, &endpoint->pipes,
               &endpoint->upload, receive_size_max, options->seed);
    err = door_init(&endpoint->door, &endpoint->inbox, &endpoint->pipes,
                    &endpoint->upload, options->context_count, receive_size_max,
                    ret_why);
    if (err != ERR_OK) {
        endpoint_free(endpoint);
        return err;
    }
    *ret_endpoint = endpoint;
    return ERR_OK;
}

void endpoint_free(struct endpoint *endpoint)
{
    if (endpoint == NULL) {
        return;
    }
    pipes_shut(&endpoint->pipes, endpoint->links.count > 0);
    links_done(&endpoint->links);
    door_done(&endpoint->door);
    pipes_done(&endpoint->pipes);
    inbox_done(&endpoint->inbox);
    free(endpoint);
}

void endpoint_set_upload_max(struct endpoint *endpoint, uint64_t bytes_per_s)
{
    budget_init(&endpoint->upload.budget, bytes_per_s, endpoint->tick_ms);
}

/* ---- what happened ------------------------------------------------------- */

/* One change of a pipe at a time; when there is more to say about it, its event
 * goes back into the inbox. */
static bool pipe_event(struct endpoint *endpoint, struct pipe *pipe,
                       uint64_t now_ms, struct item *ret_item)
{
    struct pipe_state state = pipes_state(&endpoint->pipes, pipe);
    bool is_known;

    if (!pipe->is_seen) {
        pipe->is_seen = true;
        pipe->trust_ms = now_ms;
        pipe->activity_ms = now_ms;
    }
    *ret_item = (struct item){ .pipe_id = state.id, .link = state.link };
    if (!state.is_gone) {
        if (state.link == NULL || !state.is_up || pipe->is_reported ||
            !link_went_up(state.link, pipe, now_ms)) {
            return false;
        }
        pipe->is_reported = true;
        ret_item->kind = ITEM_LINK_UP;
        return true;
    }
    if (pipe->is_reported) {
        pipe->is_reported = false;
        pipe->has_spoken = true; /* PIPE_GONE follows */
        link_went_down(state.link, now_ms);
        event_push(&pipe->event);
        ret_item->kind = ITEM_LINK_DOWN;
        return !state.link->is_retired;
    }
    is_known = pipe->has_spoken;
    pipes_free_place(&endpoint->pipes, pipe);
    ret_item->kind = ITEM_PIPE_GONE;
    ret_item->link = NULL;
    return is_known;
}

bool endpoint_take(struct endpoint *endpoint, uint64_t now_ms,
                   struct item *ret_item)
{
    struct event *event;
    bool found = false;

    while (!found && (event = inbox_pop(&endpoint->inbox)) != NULL) {
        struct item item = { .kind = ITEM_FAILED };

        switch (event->kind) {
        case EVENT_CALL:
            found = door_event(&endpoint->door, event->thing, now_ms, &item);
            break;
        case EVENT_SLOT:
            found = slot_event(event->thing, now_ms, &item);
            break;
        case EVENT_PIPE:
            found = pipe_event(endpoint, event->thing, now_ms, &item);
            break;
        }
        if (found) {
            *ret_item = item;
        }
    }
    return found;
}

void endpoint_tick(struct endpoint *endpoint, uint64_t now_ms)
{
    int64_t offset_ms = wall_offset_ms(endpoint);
    int64_t moved_ms = offset_ms - endpoint->wall_offset_ms;

    endpoint->tick_ms = now_ms;
    endpoint->wall_offset_ms = offset_ms;
    if (moved_ms > WALL_JUMP_MS || moved_ms < -WALL_JUMP_MS) {
        door_restart(&endpoint->door, now_ms);
        links_restart(&endpoint->links, now_ms);
    }
    upload_tick(&endpoint->upload, now_ms);
    door_tick(&endpoint->door, now_ms);
    links_tick(&endpoint->links, now_ms);
    pipes_tick(&endpoint->pipes, now_ms);
}

static uint64_t min_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t endpoint_deadline_ms(struct endpoint *endpoint)
{
    uint64_t deadline_ms = endpoint->tick_ms + WALL_CHECK_MS;

    deadline_ms = min_of(deadline_ms, upload_deadline_ms(&endpoint->upload));
    deadline_ms = min_of(deadline_ms, door_deadline_ms(&endpoint->door));
    deadline_ms = min_of(deadline_ms, links_deadline_ms(&endpoint->links));
    return min_of(deadline_ms, pipes_deadline_ms(&endpoint->pipes));
}

bool endpoint_is_stuck(struct endpoint *endpoint, uint64_t now_ms)
{
    return pipes_are_stuck(&endpoint->pipes, now_ms);
}

/* ---- answering ----------------------------------------------------------- */

enum err endpoint_listen(struct endpoint *endpoint, const char *address,
                         struct why *ret_why)
{
    return door_listen(&endpoint->door, address, ret_why);
}

uint16_t endpoint_port(const struct endpoint *endpoint, size_t index)
{
    return index < endpoint->door.listener_count
               ? endpoint->door.listeners[index].port
               : 0;
}

void endpoint_reply(struct endpoint *endpoint, struct call *call,
                    struct packet *packet, uint64_t now_ms)
{
    door_reply(&endpoint->door, call, packet, now_ms);
}

void endpoint_ignore(struct endpoint *endpoint, struct call *call)
{
    door_ignore(&endpoint->door, call);
}

static void set_trust(struct endpoint *endpoint, uint32_t pipe_id,
                      enum pipe_trust trust, uint64_t now_ms)
{
    struct pipe *pipe = pipes_find(&endpoint->pipes, pipe_id);

    /* A renewed session makes a known pipe no stranger again. */
    if (pipe != NULL && pipes_state(&endpoint->pipes, pipe).trust < trust) {
        pipes_trust(&endpoint->pipes, pipe, trust, now_ms);
    }
}

void endpoint_pipe_pending(struct endpoint *endpoint, uint32_t pipe_id,
                           uint64_t now_ms)
{
    set_trust(endpoint, pipe_id, PIPE_PENDING, now_ms);
}

void endpoint_pipe_known(struct endpoint *endpoint, uint32_t pipe_id,
                         uint64_t now_ms)
{
    set_trust(endpoint, pipe_id, PIPE_KNOWN, now_ms);
}

void endpoint_pipe_client(struct endpoint *endpoint, uint32_t pipe_id,
                          uint64_t now_ms)
{
    set_trust(endpoint, pipe_id, PIPE_CLIENT, now_ms);
}

void endpoint_pipe_close(struct endpoint *endpoint, uint32_t pipe_id)
{
    struct pipe *pipe = pipes_find(&endpoint->pipes, pipe_id);

    if (pipe != NULL) {
        pipes_close(&endpoint->pipes, pipe);
    }
}

void endpoint_pipe_address(uint32_t pipe_id,
                           char ret_text[static ADDRESS_SIZE_MAX + 1])
{
    nng_pipe pipe = NNG_PIPE_INITIALIZER;
    nng_sockaddr address;
    char host[INET6_ADDRSTRLEN];

    ret_text[0] = '\0';
    pipe.id = pipe_id;
    if (nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &address) != 0) {
        return;
    }
    if (address.s_family == NNG_AF_INET &&
        inet_ntop(AF_INET, &address.s_in.sa_addr, host, sizeof(host)) != NULL) {
        (void)snprintf(ret_text, ADDRESS_SIZE_MAX + 1, "%s:%u", host,
                       ntohs(address.s_in.sa_port));
    } else if (address.s_family == NNG_AF_INET6 &&
               inet_ntop(AF_INET6, address.s_in6.sa_addr, host, sizeof(host)) !=
                   NULL) {
        (void)snprintf(ret_text, ADDRESS_SIZE_MAX + 1, "[%s]:%u", host,
                       ntohs(address.s_in6.sa_port));
    }
}

void endpoint_counts(struct endpoint *endpoint,
                     struct endpoint_counts *ret_counts)
{
    struct endpoint_counts counts = {
        .calls = door_busy_count(&endpoint->door),
        .held_bytes = endpoint->upload.held_bytes,
    };

    pipes_count(&endpoint->pipes, &counts.pipes, &counts.strangers,
                &counts.refused);
    *ret_counts = counts;
}

/* ---- asking -------------------------------------------------------------- */

enum err link_new(struct endpoint *endpoint, const char *const *addresses,
                  size_t address_count, uint64_t user, uint64_t now_ms,
                  struct link **ret_link, struct why *ret_why)
{
    enum err err = links_add(&endpoint->links, addresses, address_count, user,
                             now_ms, ret_link, ret_why);

    if (err == ERR_OK) {
        /* The first address at once, not at the next tick. */
        links_tick(&endpoint->links, now_ms);
    }
    return err;
}
