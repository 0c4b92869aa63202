/* SPDX-License-Identifier: Apache-2.0 */
#include "access.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/clients.h"
#include "model/roster.h"

#define GROUPS_MAX 256

static enum caller_kind kind_of(enum client_right right)
{
    switch (right) {
    case CLIENT_DEPOSIT:
        return CALLER_DEPOSIT;
    case CLIENT_RESTORE:
        return CALLER_RESTORE;
    case CLIENT_ADMIN:
        break;
    }
    return CALLER_ADMIN;
}

bool access_session(const struct roster *roster, const struct clients *clients,
                    const struct x25519_key *key, struct caller *ret_caller)
{
    const struct roster_node *node = roster_find_session(roster, key);
    const struct client *client;

    if (node != NULL) {
        *ret_caller = (struct caller){ .kind = CALLER_NODE };
        ret_caller->node = node->label;
        return true;
    }
    client = clients_find(clients, key);
    if (client == NULL) {
        return false;
    }
    *ret_caller = (struct caller){ .kind = kind_of(client->right) };
    return true;
}

bool access_is_client(const struct caller *caller)
{
    switch (caller->kind) {
    case CALLER_DEPOSIT:
    case CALLER_RESTORE:
    case CALLER_ADMIN:
        return true;
    case CALLER_NODE:
    case CALLER_LOCAL:
        break;
    }
    return false;
}

bool access_user(uid_t uid, gid_t gid, const char *group)
{
    if (uid == 0 || uid == geteuid()) {
        return true;
    }
    if (group[0] == '\0') {
        return false;
    }

    const struct group *wanted = getgrnam(group);

    if (wanted == NULL) {
        return false;
    }

    gid_t wanted_gid = wanted->gr_gid;

    if (gid == wanted_gid) {
        return true;
    }

    const struct passwd *user = getpwuid(uid);
    gid_t groups[GROUPS_MAX];
    int count = GROUPS_MAX;

    if (user == NULL ||
        getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (groups[i] == wanted_gid) {
            return true;
        }
    }
    return false;
}
