/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dial.h"

#include <string.h>

#include "base/limits.h"

#define STAGGER_MS 300 /* between the first attempts on two addresses */
#define NNG_NEVER_MS (24 * 3600 * 1000) /* NNG draws a pause up to this */

enum err dial_urls(const char *const *addresses, size_t address_count,
                   struct url ret_urls[static LINK_ADDRESSES_MAX],
                   struct why *ret_why)
{
    if (address_count > LINK_ADDRESSES_MAX) {
        return why_set(ret_why, ERR_FULL, "more than %d addresses",
                       LINK_ADDRESSES_MAX);
    }
    for (size_t index = 0; index < address_count; index++) {
        if (url_dial(addresses[index], &ret_urls[index]) != ERR_OK) {
            return why_set(ret_why, ERR_MALFORMED, "\"%s\" is not HOST:PORT",
                           addresses[index]);
        }
    }
    return ERR_OK;
}

static void dialer_close(struct dialer *dialer)
{
    if (dialer->is_open) {
        (void)nng_dialer_close(dialer->nng); /* it is ours and open */
        dialer->is_open = false;
    }
}

/* Half of the pause to all of it, so that peers that lost each other together
 * do not come back together. */
static uint64_t jittered(struct link *link, uint64_t pause_ms)
{
    return pause_ms / 2 + rng_below(&link->links->rng, pause_ms / 2 + 1);
}

/* Begin an attempt; when this one is given up, the next one begins. */
static void dialer_open(struct link *link, struct dialer *dialer,
                        uint64_t now_ms)
{
    if (dialer->pause_ms == 0) {
        dialer->pause_ms = RECONNECT_MIN_MS;
    }
    dialer->pause_ms *= 2;
    if (dialer->pause_ms > RECONNECT_MAX_MS) {
        dialer->pause_ms = RECONNECT_MAX_MS;
    }
    dialer->start_ms = now_ms + jittered(link, dialer->pause_ms);
    if (nng_dialer_create(&dialer->nng, link->socket, dialer->url.text) != 0) {
        return; /* out of memory: tried again at start_ms */
    }
    if (nng_dialer_set_ms(dialer->nng, NNG_OPT_RECONNMINT, NNG_NEVER_MS) != 0 ||
        nng_dialer_set_ms(dialer->nng, NNG_OPT_RECONNMAXT, NNG_NEVER_MS) != 0 ||
        nng_dialer_start(dialer->nng, NNG_FLAG_NONBLOCK) != 0) {
        (void)nng_dialer_close(dialer->nng); /* it is ours and open */
        return;
    }
    dialer->is_open = true;
}

void dial_end(struct link *link)
{
    link->again_ms = 0;
    for (size_t index = 0; index < link->dialer_count; index++) {
        dialer_close(&link->dialers[index]);
    }
    link->dialer_count = 0;
}

void dial_begin(struct link *link, uint64_t start_ms)
{
    dial_end(link);
    for (size_t index = 0; index < link->wanted_count; index++) {
        link->dialers[index] =
            (struct dialer){ .url = link->wanted[index],
                             .start_ms = start_ms + STAGGER_MS * index };
    }
    link->dialer_count = link->wanted_count;
}

void dial_won(struct link *link)
{
    nng_pipe pipe = NNG_PIPE_INITIALIZER;
    int winner;

    link->again_ms = 0;
    pipe.id = link->pipe_id;
    winner = nng_dialer_id(nng_pipe_dialer(pipe));
    /* Gone already: whose it was cannot be said, and the end follows. */
    if (winner <= 0) {
        return;
    }
    for (size_t index = 0; index < link->dialer_count; index++) {
        struct dialer *dialer = &link->dialers[index];

        if (dialer->is_open && nng_dialer_id(dialer->nng) != winner) {
            dialer_close(dialer);
        }
    }
}

void dial_again(struct link *link, uint64_t now_ms)
{
    link->again_ms = now_ms + jittered(link, RECONNECT_MIN_MS);
}

void dial_tick(struct link *link, uint64_t now_ms)
{
    if (link->is_up || now_ms < link->again_ms) {
        return;
    }
    if (link->is_retired) {
        dial_end(link);
    } else if (link->again_ms > 0) {
        dial_begin(link, now_ms);
    }
    for (size_t index = 0; index < link->dialer_count; index++) {
        struct dialer *dialer = &link->dialers[index];

        if (now_ms >= dialer->start_ms) {
            dialer_close(dialer);
            dialer_open(link, dialer, now_ms);
        }
    }
}

uint64_t dial_deadline_ms(const struct link *link)
{
    uint64_t deadline_ms = UINT64_MAX;

    if (link->is_up) {
        return deadline_ms;
    }
    if (link->again_ms > 0) {
        return link->again_ms;
    }
    for (size_t index = 0; index < link->dialer_count; index++) {
        if (link->dialers[index].start_ms < deadline_ms) {
            deadline_ms = link->dialers[index].start_ms;
        }
    }
    return deadline_ms;
}
