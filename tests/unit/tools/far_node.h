/* SPDX-License-Identifier: Apache-2.0 */
/* A node for the tests of remote.h, on a thread of its own: it answers each
 * request with a refusal that says how many requests came before, and behaves
 * as badly as the test wants. One connection at a time. Failures of it are
 * failed assertions. */
#ifndef HF_TOOLS_FAR_NODE_H
#define HF_TOOLS_FAR_NODE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/digest.h"
#include "crypto/x25519.h"

struct far_node {
    /* Set before far_node_start(). */
    struct x25519_key client; /* the one key that it knows */
    size_t drops;             /* first connections it hangs up on */
    size_t batch;      /* answer so many at once, the last one first; 0: 1 */
    size_t hang_up_at; /* hang up before this answer, counted from 1; 0: no */
    size_t damage_at;  /* this answer is damaged */
    size_t confuse_at; /* this answer is to nothing that was asked */
    bool speaks_http;

    struct x25519_pair pair;
    struct digest consortium;
    char address[32]; /* 127.0.0.1:PORT */
    atomic_size_t connections;
    atomic_size_t handshakes;
    atomic_size_t requests;

    int listener;
    pthread_t thread;
};

/* Key pair, consortium and listener; drops and the like are 0. */
void far_node_init(struct far_node *node);
void far_node_start(struct far_node *node);
/* Ends the thread, and frees. */
void far_node_done(struct far_node *node);

#endif
