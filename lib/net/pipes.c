/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pipes.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "net/hang_up.h"
#include "net/item.h"

/* A newcomer may find its address, the strangers and the whole table full. */
#define VICTIMS_MAX 3
/* From hanging up to telling NNG: more than enough for every callback that is
 * under way. */
#define TELL_MS 300
/* At the end: how often to look, how long it must have been quiet when there
 * are links, and when to give up waiting. */
#define SHUT_STEP_MS 5
#define SHUT_QUIET_MS 100
#define SHUT_MS 2000
#define STUCK_MS 20000

static void lock(struct pipes *pipes)
{
    nng_mtx_lock(pipes->mutex);
}

static void unlock(struct pipes *pipes)
{
    nng_mtx_unlock(pipes->mutex);
}

/* ---- admission, on NNG's threads ----------------------------------------- */

/* IPv4 callers of a dual-stack socket show as mapped: both forms become the
 * same one. Unknown kinds share one address. */
static void read_address(nng_pipe nng, uint8_t ret_address[PIPE_ADDRESS_SIZE])
{
    static const uint8_t mapped[12] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255
    };
    nng_sockaddr address;

    memset(ret_address, 0, PIPE_ADDRESS_SIZE);
    if (nng_pipe_get_addr(nng, NNG_OPT_REMADDR, &address) != 0) {
        return;
    }
    if (address.s_family == NNG_AF_INET) {
        memcpy(ret_address, mapped, sizeof(mapped));
        memcpy(ret_address + sizeof(mapped), &address.s_in.sa_addr, 4);
    } else if (address.s_family == NNG_AF_INET6) {
        memcpy(ret_address, address.s_in6.sa_addr, PIPE_ADDRESS_SIZE);
        if (memcmp(ret_address, mapped, sizeof(mapped)) != 0) {
            memset(ret_address + 8, 0, PIPE_ADDRESS_SIZE - 8); /* its /64 */
        }
    }
}

/* Does it count: incoming, and there to stay? */
static bool counts(const struct pipe *pipe)
{
    return pipe->in_use && pipe->link == NULL && !pipe->is_gone &&
           !pipe->is_closing;
}

struct tally {
    uint32_t all;
    uint32_t strangers;
    uint32_t same;            /* of this address, and no client's */
    struct pipe *oldest;      /* stranger, or NULL */
    struct pipe *oldest_same; /* stranger of this address, or NULL */
};

static struct tally take_tally(struct pipes *pipes, const uint8_t *address)
{
    struct tally tally = { 0 };

    for (size_t index = 0; index < pipes->place_count; index++) {
        struct pipe *pipe = &pipes->places[index];
        bool same;

        if (!counts(pipe)) {
            continue;
        }
        same = memcmp(pipe->address, address, PIPE_ADDRESS_SIZE) == 0;
        tally.all++;
        tally.same += same && pipe->trust != PIPE_CLIENT ? 1 : 0;
        if (pipe->trust >= PIPE_CLIENT) {
            continue;
        }
        tally.strangers++;
        if (tally.oldest == NULL || pipe->order < tally.oldest->order) {
            tally.oldest = pipe;
        }
        if (same && (tally.oldest_same == NULL ||
                     pipe->order < tally.oldest_same->order)) {
            tally.oldest_same = pipe;
        }
    }
    return tally;
}

/* Specs nng 4: evict the oldest, never refuse the newest; except when there is
 * nobody but known ones to evict. Returns whether there is room now; victims
 * are closed by the caller, without the lock. */
static bool make_room(struct pipes *pipes, const uint8_t *address,
                      nng_pipe victims[VICTIMS_MAX], size_t *victim_count)
{
    for (;;) {
        struct tally tally = take_tally(pipes, address);
        struct pipe *victim = tally.oldest;

        if (tally.same >= pipes->address_max) {
            victim = tally.oldest_same;
        } else if (tally.strangers < pipes->stranger_max &&
                   tally.all + pipes->link_count < pipes->max) {
            return true;
        }
        if (victim == NULL || *victim_count == VICTIMS_MAX) {
            return false;
        }
        victim->is_closing = true;
        event_push(&victim->event); /* the owner sees to the rest */
        victims[(*victim_count)++] = victim->nng;
        pipes->refused++;
    }
}

static struct pipe *place_take(struct pipes *pipes, nng_pipe nng,
                               struct link *link)
{
    for (size_t index = 0; index < pipes->place_count; index++) {
        struct pipe *pipe = &pipes->places[index];

        if (!pipe->in_use) {
            memset(pipe, 0, sizeof(*pipe));
            event_init(&pipe->event, EVENT_PIPE, pipe, pipes->inbox);
            pipe->in_use = true;
            pipe->nng = nng;
            pipe->link = link;
            pipe->trust = PIPE_STRANGER;
            pipe->order = pipes->order_next++;
            return pipe;
        }
    }
    return NULL;
}

static struct pipe *find_locked(struct pipes *pipes, int id)
{
    for (size_t index = 0; index < pipes->place_count; index++) {
        struct pipe *pipe = &pipes->places[index];

        if (pipe->in_use && nng_pipe_id(pipe->nng) == id) {
            return pipe;
        }
    }
    return NULL;
}

/* A link has one pipe: a second one would take requests that were sealed for
 * the first one's session. */
static bool link_has_pipe(struct pipes *pipes, const struct link *link)
{
    for (size_t index = 0; index < pipes->place_count; index++) {
        const struct pipe *pipe = &pipes->places[index];

        if (pipe->in_use && pipe->link == link && !pipe->is_gone) {
            return true;
        }
    }
    return false;
}

static void admit(struct pipes *pipes, nng_pipe nng, struct link *link)
{
    nng_pipe victims[VICTIMS_MAX];
    size_t victim_count = 0;
    uint8_t address[PIPE_ADDRESS_SIZE];
    struct pipe *pipe = NULL;
    bool room;

    read_address(nng, address);
    lock(pipes);
    if (pipes->is_closed) {
        pipes->order_next++; /* pipes_shut() waits until nobody comes */
        room = false;
    } else if (link != NULL) {
        room = !link_has_pipe(pipes, link);
    } else {
        room = make_room(pipes, address, victims, &victim_count);
    }
    if (room) {
        pipe = place_take(pipes, nng, link);
    }
    if (pipe != NULL) {
        memcpy(pipe->address, address, sizeof(address));
    } else if (link == NULL) {
        pipes->refused++;
    }
    if (pipe != NULL && link == NULL) {
        event_push(&pipe->event);
    }
    unlock(pipes);
    for (size_t index = 0; index < victim_count; index++) {
        hang_up(victims[index]);
    }
    if (pipe == NULL) {
        (void)nng_pipe_close(nng); /* refused; nothing moves on it yet */
    }
}

static void mark(struct pipes *pipes, nng_pipe nng, nng_pipe_ev what)
{
    struct pipe *pipe;

    lock(pipes);
    pipe = find_locked(pipes, nng_pipe_id(nng));
    if (pipe != NULL && what == NNG_PIPE_EV_ADD_POST) {
        pipe->is_up = true;
    } else if (pipe != NULL) {
        pipe->is_gone = true;
    }
    /* Under the lock: the owner must not free the place in between. Refused
     * pipes have none. */
    if (pipe != NULL) {
        event_push(&pipe->event);
    }
    unlock(pipes);
}

static void on_pipe(nng_pipe nng, nng_pipe_ev what, void *arg)
{
    const struct pipe_watch *watch = arg;

    if (what == NNG_PIPE_EV_ADD_PRE) {
        admit(watch->pipes, nng, watch->link);
    } else {
        mark(watch->pipes, nng, what);
    }
}

/* ---- the owner's side ---------------------------------------------------- */

enum err pipes_init(struct pipes *pipes, struct inbox *inbox, uint32_t max,
                    uint32_t stranger_max, uint32_t address_max)
{
    memset(pipes, 0, sizeof(*pipes));
    pipes->inbox = inbox;
    pipes->max = max;
    pipes->stranger_max = stranger_max;
    pipes->address_max = address_max;
    pipes->place_count = max + LINK_COUNT_MAX + PIPES_GONE_MAX;
    pipes->places = calloc(pipes->place_count, sizeof(*pipes->places));
    if (pipes->places == NULL) {
        return ERR_NO_MEMORY;
    }
    if (nng_mtx_alloc(&pipes->mutex) != 0) {
        free(pipes->places);
        return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

void pipes_done(struct pipes *pipes)
{
    nng_mtx_free(pipes->mutex);
    free(pipes->places);
    pipes->places = NULL;
}

void pipes_close(struct pipes *pipes, struct pipe *pipe)
{
    nng_pipe nng;

    lock(pipes);
    pipe->is_closing = true;
    nng = pipe->nng;
    unlock(pipes);
    hang_up(nng);
}

/* Hang up on all, or on all incoming ones. */
static void close_all(struct pipes *pipes, bool incoming_only)
{
    for (size_t index = 0; index < pipes->place_count; index++) {
        struct pipe *pipe = &pipes->places[index];
        bool there;

        lock(pipes);
        there = pipe->in_use && !pipe->is_gone && !pipe->is_closing &&
                (pipe->link == NULL || !incoming_only);
        unlock(pipes);
        if (there) {
            pipes_close(pipes, pipe);
        }
    }
}

void pipes_close_incoming(struct pipes *pipes)
{
    close_all(pipes, true);
}

/* Is anybody still there? Also counts the newcomers so far. */
static bool any_there(struct pipes *pipes, uint64_t *ret_order)
{
    bool found = false;

    lock(pipes);
    for (size_t index = 0; index < pipes->place_count && !found; index++) {
        found = pipes->places[index].in_use && !pipes->places[index].is_gone;
    }
    *ret_order = pipes->order_next;
    unlock(pipes);
    return found;
}

void pipes_shut(struct pipes *pipes, bool has_links)
{
    int quiet_ms = has_links ? SHUT_QUIET_MS : 0;
    uint64_t order_before = 0;
    int since_ms = 0;

    lock(pipes);
    pipes->is_closed = true;
    unlock(pipes);
    close_all(pipes, false);
    /* nanosleep, because NNG's condition variables wait by the wall clock. */
    for (int ms = 0; ms < SHUT_MS; ms += SHUT_STEP_MS) {
        uint64_t order;

        if (any_there(pipes, &order) || order != order_before) {
            order_before = order;
            since_ms = ms;
        } else if (ms - since_ms >= quiet_ms) {
            break;
        }
        nng_msleep(SHUT_STEP_MS);
    }
}

int pipes_watch(nng_socket socket, struct pipe_watch *watch)
{
    static const nng_pipe_ev events[] = { NNG_PIPE_EV_ADD_PRE,
                                          NNG_PIPE_EV_ADD_POST,
                                          NNG_PIPE_EV_REM_POST };

    for (size_t index = 0; index < 3; index++) {
        int result = nng_pipe_notify(socket, events[index], on_pipe, watch);

        if (result != 0) {
            return result;
        }
    }
    return 0;
}

void pipes_count_link(struct pipes *pipes, int change)
{
    lock(pipes);
    pipes->link_count = (uint32_t)((int)pipes->link_count + change);
    unlock(pipes);
}

struct pipe *pipes_find(struct pipes *pipes, uint32_t pipe_id)
{
    struct pipe *pipe;

    lock(pipes);
    pipe = find_locked(pipes, (int)pipe_id);
    unlock(pipes);
    return pipe;
}

struct pipe_state pipes_state(struct pipes *pipes, const struct pipe *pipe)
{
    struct pipe_state state;

    lock(pipes);
    state = (struct pipe_state){ .link = pipe->link,
                                 .id = (uint32_t)nng_pipe_id(pipe->nng),
                                 .is_up = pipe->is_up,
                                 .is_gone = pipe->is_gone,
                                 .is_closing = pipe->is_closing,
                                 .trust = pipe->trust };
    unlock(pipes);
    return state;
}

void pipes_trust(struct pipes *pipes, struct pipe *pipe, enum pipe_trust trust,
                 uint64_t now_ms)
{
    lock(pipes);
    pipe->trust = trust;
    unlock(pipes);
    pipe->trust_ms = now_ms;
    pipe->activity_ms = now_ms;
}

void pipes_free_place(struct pipes *pipes, struct pipe *pipe)
{
    lock(pipes);
    CHECK(pipe->is_gone);
    pipe->in_use = false;
    unlock(pipes);
}

bool pipes_of_link(struct pipes *pipes, const struct link *link)
{
    bool found = false;

    lock(pipes);
    for (size_t index = 0; index < pipes->place_count && !found; index++) {
        found =
            pipes->places[index].in_use && pipes->places[index].link == link;
    }
    unlock(pipes);
    return found;
}

void pipes_count(struct pipes *pipes, uint32_t *ret_open,
                 uint32_t *ret_strangers, uint64_t *ret_refused)
{
    uint32_t open = 0;
    uint32_t strangers = 0;

    lock(pipes);
    for (size_t index = 0; index < pipes->place_count; index++) {
        const struct pipe *pipe = &pipes->places[index];

        open += pipe->in_use && !pipe->is_gone ? 1 : 0;
        strangers += counts(pipe) && pipe->trust < PIPE_CLIENT ? 1 : 0;
    }
    *ret_refused = pipes->refused;
    unlock(pipes);
    *ret_open = open;
    *ret_strangers = strangers;
}

/* When this incoming pipe is over, if nothing else happens. */
static uint64_t end_ms(const struct pipe *pipe)
{
    if (!pipe->is_seen || !counts(pipe)) {
        return UINT64_MAX;
    }
    if (pipe->trust < PIPE_CLIENT) {
        return pipe->trust_ms + TIMEOUT_HANDSHAKE_MS;
    }
    /* An answer under way has its own time-out, and is no silence. */
    if (pipe->call_count > 0) {
        return UINT64_MAX;
    }
    return pipe->activity_ms + PIPE_SILENT_MS;
}

/* A pipe that hung up and is not gone: NNG was not looking at it. Now nothing
 * can be under way on it, and it may be told. */
static void tell(struct pipes *pipes, struct pipe *pipe, uint64_t now_ms)
{
    struct pipe_state state = pipes_state(pipes, pipe);
    nng_pipe nng = NNG_PIPE_INITIALIZER;

    if (!state.is_closing || state.is_gone || pipe->is_told) {
        return;
    }
    if (pipe->closing_ms == 0) {
        pipe->closing_ms = now_ms;
    } else if (now_ms >= pipe->closing_ms + TELL_MS) {
        pipe->is_told = true;
        nng.id = state.id;
        (void)nng_pipe_close(nng); /* or it went by itself */
    }
}

void pipes_tick(struct pipes *pipes, uint64_t now_ms)
{
    for (size_t index = 0; index < pipes->place_count; index++) {
        struct pipe *pipe = &pipes->places[index];
        bool is_used;
        bool is_over;

        lock(pipes);
        is_used = pipe->in_use;
        is_over = is_used && now_ms >= end_ms(pipe);
        unlock(pipes);
        if (is_over) {
            pipes_close(pipes, pipe);
        }
        if (is_used) {
            tell(pipes, pipe, now_ms);
        }
    }
}

bool pipes_are_stuck(struct pipes *pipes, uint64_t now_ms)
{
    bool stuck = false;

    lock(pipes);
    for (size_t index = 0; index < pipes->place_count && !stuck; index++) {
        const struct pipe *pipe = &pipes->places[index];

        stuck = pipe->in_use && !pipe->is_gone && pipe->is_told &&
                now_ms >= pipe->closing_ms + STUCK_MS;
    }
    unlock(pipes);
    return stuck;
}

/* When pipes_tick() has something to do with this one. */
static uint64_t due_ms(const struct pipe *pipe)
{
    if (pipe->in_use && pipe->is_closing && !pipe->is_gone && !pipe->is_told) {
        return pipe->closing_ms == 0 ? 0 : pipe->closing_ms + TELL_MS;
    }
    return end_ms(pipe);
}

uint64_t pipes_deadline_ms(struct pipes *pipes)
{
    uint64_t deadline_ms = UINT64_MAX;

    lock(pipes);
    for (size_t index = 0; index < pipes->place_count; index++) {
        uint64_t due = due_ms(&pipes->places[index]);

        if (due < deadline_ms) {
            deadline_ms = due;
        }
    }
    unlock(pipes);
    return deadline_ms;
}
