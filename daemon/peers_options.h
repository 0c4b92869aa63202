/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts that ask other nodes work with (peers.h, ask.h). All of it is
 * borrowed and outlives them. */
#ifndef HF_DAEMON_PEERS_OPTIONS_H
#define HF_DAEMON_PEERS_OPTIONS_H

#include "model/id.h"
#include "sink.h"

struct endpoint;
struct pool;
struct sessions;
struct writer;

struct peers_options {
    struct endpoint *endpoint; /* all borrowed */
    struct sessions *sessions;
    struct pool *pool;
    struct writer *writer;
    struct sink sink;
    struct label self;
};

#endif
