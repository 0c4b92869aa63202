/* SPDX-License-Identifier: Apache-2.0 */
#include "net/session_keys.h"

#include <stdlib.h>

enum err session_keys_new(struct noise_handshake *handshake,
                          struct session_keys **ret_keys)
{
    struct session_keys *keys = calloc(1, sizeof(*keys));
    enum err err;

    if (keys == NULL) {
        return ERR_NO_MEMORY;
    }
    err = noise_split(handshake, &keys->noise);
    if (err != ERR_OK) {
        free(keys);
        return err;
    }
    atomic_init(&keys->reference_count, 1);
    *ret_keys = keys;
    return ERR_OK;
}

struct session_keys *session_keys_share(struct session_keys *keys)
{
    atomic_fetch_add_explicit(&keys->reference_count, 1, memory_order_relaxed);
    return keys;
}

void session_keys_release(struct session_keys *keys)
{
    /* Acquire and release: every use of the keys happens before the wiping. */
    if (keys != NULL && atomic_fetch_sub_explicit(&keys->reference_count, 1,
                                                  memory_order_acq_rel) == 1) {
        noise_keys_done(&keys->noise);
        free(keys);
    }
}
