/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asking: a session's key against the roster in force and this node's
 * clients, a user of this machine against the control group (proto/README.md,
 * One door). What each may ask is the core's to decide. Loop thread. */
#ifndef HF_DAEMON_ACCESS_H
#define HF_DAEMON_ACCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/event.h"
#include "crypto/x25519.h"

struct clients;
struct roster;

/* A node on this roster, else one of the clients (a node's own key gives it no
 * other rights); or false: a stranger, who gets no answer. */
bool access_session(const struct roster *roster, const struct clients *clients,
                    const struct x25519_key *key, struct caller *ret_caller);
/* Is it one of the clients? */
bool access_is_client(const struct caller *caller);
/* root, the daemon's own user, and members of `group` (name; "" = none). */
bool access_user(uid_t uid, gid_t gid, const char *group);

#endif
