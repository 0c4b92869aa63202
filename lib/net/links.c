/* SPDX-License-Identifier: Apache-2.0 */
#include "net/links.h"

#include <stdlib.h>
#include <string.h>

#include <nng/protocol/reqrep0/req.h>

#include "base/check.h"
#include "base/limits.h"
#include "net/dial.h"
#include "net/packet.h"
#include "net/slot.h"

void links_init(struct links *links, struct inbox *inbox, struct pipes *pipes,
                struct upload *upload, size_t receive_size_max, uint64_t seed)
{
    memset(links, 0, sizeof(*links));
    links->inbox = inbox;
    links->pipes = pipes;
    links->upload = upload;
    links->receive_size_max = receive_size_max;
    rng_init(&links->rng, seed);
}

static void link_done(struct link *link)
{
    if (link->is_open) {
        (void)nng_close(link->socket); /* every operation ends */
    }
    for (size_t index = 0; index < link->slot_count; index++) {
        slot_done(&link->slots[index]);
    }
    free(link);
}

void links_done(struct links *links)
{
    for (size_t index = 0; index < links->count; index++) {
        link_done(links->list[index]);
    }
    links->count = 0;
}

static enum err link_open(struct links *links, struct link **ret_link,
                          struct why *ret_why)
{
    struct link *link = calloc(1, sizeof(*link));
    enum err err = ERR_OK;
    int result;

    if (link == NULL) {
        return ERR_NO_MEMORY;
    }
    link->links = links;
    link->watch = (struct pipe_watch){ .pipes = links->pipes, .link = link };
    result = nng_req0_open(&link->socket);
    link->is_open = result == 0;
    if (result == 0) {
        result = nng_socket_set_size(link->socket, NNG_OPT_RECVMAXSZ,
                                     links->receive_size_max);
    }
    /* Specs nng 6: the same bytes again would be a replay. */
    if (result == 0) {
        result = nng_socket_set_ms(link->socket, NNG_OPT_REQ_RESENDTIME,
                                   NNG_DURATION_INFINITE);
    }
    if (result == 0) {
        result = pipes_watch(link->socket, &link->watch);
    }
    if (result != 0) {
        err = why_set(ret_why, ERR_IO, "cannot open a socket: %s",
                      nng_strerror(result));
    }
    while (err == ERR_OK && link->slot_count < LINK_SLOTS) {
        err = slot_init(&link->slots[link->slot_count], link);
        link->slot_count += err == ERR_OK ? 1 : 0;
    }
    if (err != ERR_OK) {
        link_done(link);
        return err;
    }
    *ret_link = link;
    return ERR_OK;
}

/* A retired link whose past is over, or NULL. */
static struct link *find_reusable(struct links *links)
{
    for (size_t index = 0; index < links->count; index++) {
        struct link *link = links->list[index];
        bool busy = !link->is_retired || link->is_up || link->dialer_count > 0;

        for (size_t slot = 0; slot < link->slot_count && !busy; slot++) {
            busy = link->slots[slot].state != SLOT_IDLE;
        }
        if (!busy && !pipes_of_link(links->pipes, link)) {
            return link;
        }
    }
    return NULL;
}

enum err links_add(struct links *links, const char *const *addresses,
                   size_t address_count, uint64_t user, uint64_t now_ms,
                   struct link **ret_link, struct why *ret_why)
{
    struct link *link = find_reusable(links);
    struct url urls[LINK_ADDRESSES_MAX];
    enum err err = dial_urls(addresses, address_count, urls, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    if (link == NULL) {
        if (links->count == LINK_COUNT_MAX) {
            return why_set(ret_why, ERR_FULL, "more than %d links",
                           LINK_COUNT_MAX);
        }
        err = link_open(links, &link, ret_why);
        if (err != ERR_OK) {
            return err;
        }
        links->list[links->count++] = link;
    }
    link->is_retired = false;
    link->user = user;
    link->timeout_count = 0;
    memcpy(link->wanted, urls, sizeof(urls[0]) * address_count);
    link->wanted_count = address_count;
    dial_begin(link, now_ms);
    pipes_count_link(links->pipes, 1);
    *ret_link = link;
    return ERR_OK;
}

static void close_pipe(struct link *link)
{
    struct pipe *pipe = pipes_find(link->links->pipes, link->pipe_id);

    if (link->is_up && pipe != NULL) {
        pipes_close(link->links->pipes, pipe);
    }
}

static void fail_all(struct link *link, enum err err)
{
    for (size_t index = 0; index < link->slot_count; index++) {
        slot_fail(&link->slots[index], err);
    }
}

void link_free(struct link *link)
{
    if (link == NULL || link->is_retired) {
        return;
    }
    link->is_retired = true;
    fail_all(link, ERR_CANCELLED);
    if (link->is_up) {
        close_pipe(link); /* its end ends the dialers, too */
    } else {
        dial_end(link);
    }
    pipes_count_link(link->links->pipes, -1);
}

uint64_t link_user(const struct link *link)
{
    return link->user;
}

bool link_is_up(const struct link *link, uint32_t *ret_pipe_id)
{
    if (link->is_up) {
        *ret_pipe_id = link->pipe_id;
    }
    return link->is_up;
}

enum err link_set_addresses(struct link *link, const char *const *addresses,
                            size_t address_count, uint64_t now_ms)
{
    struct url urls[LINK_ADDRESSES_MAX];
    enum err err = dial_urls(addresses, address_count, urls, NULL);
    bool same = err == ERR_OK && address_count == link->wanted_count;

    if (err != ERR_OK) {
        return err;
    }
    for (size_t index = 0; index < address_count && same; index++) {
        same = strcmp(urls[index].text, link->wanted[index].text) == 0;
    }
    if (same) {
        return ERR_OK;
    }
    memcpy(link->wanted, urls, sizeof(urls[0]) * address_count);
    link->wanted_count = address_count;
    if (!link->is_up) {
        dial_begin(link, now_ms);
    }
    return ERR_OK;
}

enum err link_send(struct link *link, uint32_t pipe_id, uint64_t token,
                   struct packet *packet, uint32_t timeout_ms, uint64_t now_ms)
{
    if (!link->is_up || link->pipe_id != pipe_id || link->is_retired) {
        packet_free(packet);
        return ERR_UNREACHABLE;
    }
    for (size_t index = 0; index < link->slot_count; index++) {
        struct slot *slot = &link->slots[index];

        if (slot->state == SLOT_IDLE) {
            slot->token = token;
            slot->pipe_id = pipe_id;
            slot->timeout_ms = timeout_ms;
            slot->deadline_ms = now_ms + timeout_ms;
            slot_send(slot, packet, now_ms);
            return ERR_OK;
        }
    }
    packet_free(packet);
    return ERR_BUSY;
}

/* ---- events -------------------------------------------------------------- */

bool link_went_up(struct link *link, struct pipe *pipe, uint64_t now_ms)
{
    struct pipe_state state = pipes_state(link->links->pipes, pipe);

    if (link->is_retired) {
        pipes_close(link->links->pipes, pipe);
        return false;
    }
    link->is_up = true;
    link->pipe_id = state.id;
    link->activity_ms = now_ms;
    link->timeout_count = 0;
    dial_won(link);
    return true;
}

void link_went_down(struct link *link, uint64_t now_ms)
{
    link->is_up = false;
    fail_all(link, ERR_UNREACHABLE);
    dial_again(link, now_ms);
}

/* ---- time ---------------------------------------------------------------- */

static bool has_time_out(const struct slot *slot)
{
    return slot->state != SLOT_IDLE && slot->state != SLOT_FAILED &&
           !slot->is_given_up;
}

/* Specs nng 7. While a block may still be on its way, its own time-out is the
 * one that counts: nothing is seen of it until it is there. */
static uint64_t silent_ms(const struct link *link)
{
    uint64_t end_ms = link->activity_ms + PIPE_SILENT_MS;

    for (size_t index = 0; index < link->slot_count; index++) {
        const struct slot *slot = &link->slots[index];

        if (has_time_out(slot) && slot->timeout_ms >= TIMEOUT_BLOCK_MS &&
            slot->deadline_ms > end_ms) {
            end_ms = slot->deadline_ms;
        }
    }
    return link->is_up ? end_ms : UINT64_MAX;
}

static void link_tick(struct link *link, uint64_t now_ms)
{
    for (size_t index = 0; index < link->slot_count; index++) {
        struct slot *slot = &link->slots[index];

        if (has_time_out(slot) && now_ms >= slot->deadline_ms) {
            slot_fail(slot, ERR_TIMEOUT);
            link->timeout_count++;
        }
    }
    dial_tick(link, now_ms);
    if (link->is_retired) {
        return;
    }
    if (link->timeout_count >= TIMEOUTS_IN_A_ROW_MAX ||
        now_ms >= silent_ms(link)) {
        link->timeout_count = 0;
        /* Once is enough, also when the end of the pipe takes a while. */
        link->activity_ms = now_ms;
        close_pipe(link);
    }
}

void links_tick(struct links *links, uint64_t now_ms)
{
    for (size_t index = 0; index < links->count; index++) {
        link_tick(links->list[index], now_ms);
    }
}

static uint64_t link_deadline_ms(const struct link *link)
{
    uint64_t deadline_ms = UINT64_MAX;

    for (size_t index = 0; index < link->slot_count; index++) {
        const struct slot *slot = &link->slots[index];

        if (has_time_out(slot) && slot->deadline_ms < deadline_ms) {
            deadline_ms = slot->deadline_ms;
        }
    }
    if (!link->is_retired && silent_ms(link) < deadline_ms) {
        deadline_ms = silent_ms(link);
    }
    return dial_deadline_ms(link) < deadline_ms ? dial_deadline_ms(link)
                                                : deadline_ms;
}

uint64_t links_deadline_ms(const struct links *links)
{
    uint64_t deadline_ms = UINT64_MAX;

    for (size_t index = 0; index < links->count; index++) {
        uint64_t link_ms = link_deadline_ms(links->list[index]);

        if (link_ms < deadline_ms) {
            deadline_ms = link_ms;
        }
    }
    return deadline_ms;
}

void links_restart(struct links *links, uint64_t now_ms)
{
    for (size_t index = 0; index < links->count; index++) {
        struct link *link = links->list[index];

        fail_all(link, ERR_CANCELLED);
        if (link->is_up) {
            close_pipe(link); /* its end renews the dialers */
        } else if (!link->is_retired) {
            dial_begin(link, now_ms);
        }
    }
}
