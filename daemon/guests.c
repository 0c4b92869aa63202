/* SPDX-License-Identifier: Apache-2.0 */
#include "guests.h"

#include "base/check.h"

static struct guest *find(struct guests *guests, uint32_t pipe_id)
{
    for (size_t i = 0; i < CLIENTS_CONNECTED_MAX; i++) {
        struct guest *guest = &guests->places[i];

        if (guest->in_use && guest->pipe_id == pipe_id) {
            return guest;
        }
    }
    return NULL;
}

/* A free place, or NULL. */
static struct guest *find_free(struct guests *guests)
{
    for (size_t i = 0; i < CLIENTS_CONNECTED_MAX; i++) {
        if (!guests->places[i].in_use) {
            return &guests->places[i];
        }
    }
    return NULL;
}

static size_t count_of(const struct guests *guests,
                       const struct x25519_key *key)
{
    size_t count = 0;

    for (size_t i = 0; i < CLIENTS_CONNECTED_MAX; i++) {
        const struct guest *guest = &guests->places[i];

        count += guest->in_use && x25519_key_equal(&guest->key, key) ? 1 : 0;
    }
    return count;
}

/* Of all, or of those with this key, the one that was silent for longest; NULL
 * when none may be sent away. */
static struct guest *find_idle(struct guests *guests,
                               const struct x25519_key *key, uint64_t now_ms)
{
    struct guest *found = NULL;

    for (size_t i = 0; i < CLIENTS_CONNECTED_MAX; i++) {
        struct guest *guest = &guests->places[i];

        if (!guest->in_use || guest->in_hand > 0 ||
            now_ms - guest->asked_ms < GUEST_IDLE_MS ||
            (key != NULL && !x25519_key_equal(&guest->key, key))) {
            continue;
        }
        if (found == NULL || guest->asked_ms < found->asked_ms) {
            found = guest;
        }
    }
    return found;
}

enum err guests_enter(struct guests *guests, uint32_t pipe_id,
                      const struct x25519_key *key, uint64_t now_ms,
                      bool *ret_is_new, bool *ret_has_evicted,
                      uint32_t *ret_evicted)
{
    struct guest *guest = find(guests, pipe_id);
    bool is_crowd = count_of(guests, key) >= CLIENT_CONNECTIONS_MAX;
    bool is_new = guest == NULL;
    bool has_evicted = false;

    if (is_new && !is_crowd) {
        guest = find_free(guests);
    }
    if (guest == NULL) {
        guest = find_idle(guests, is_crowd ? key : NULL, now_ms);
        if (guest == NULL) {
            return ERR_BUSY;
        }
        has_evicted = true;
        *ret_evicted = guest->pipe_id;
    }
    if (is_new) {
        *guest = (struct guest){ .in_use = true, .pipe_id = pipe_id };
    }
    guest->key = *key; /* the pipe may have got another session */
    guest->asked_ms = now_ms;
    *ret_is_new = is_new;
    *ret_has_evicted = has_evicted;
    return ERR_OK;
}

void guests_count(struct guests *guests, uint32_t pipe_id, int change)
{
    struct guest *guest = find(guests, pipe_id);

    if (guest != NULL) {
        CHECK(change > 0 || guest->in_hand > 0);
        guest->in_hand = (size_t)((long)guest->in_hand + change);
    }
}

void guests_leave(struct guests *guests, uint32_t pipe_id)
{
    struct guest *guest = find(guests, pipe_id);

    if (guest != NULL) {
        *guest = (struct guest){ .in_use = false };
    }
}
