/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/access.h"

#include <criterion/criterion.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "model/clients.h"
#include "model/roster_chain.h"
#include "support/rosters.h"

#define OTHER ((uid_t)4000000)

static const struct clients nobody = { .count = 0 };

static struct roster_chain *make_roster(void)
{
    struct roster_chain *chain = NULL;
    struct buf text;
    struct buf note;
    struct cid cid;

    cr_assert_eq(crypto_init(), ERR_OK);
    buf_init(&text, ROSTER_SIZE_MAX);
    buf_init(&note, ROSTER_NOTE_SIZE_MAX);
    rosters_put_head(&text, 1, NULL, NULL, NULL);
    rosters_put_member(&text, "viasna");
    rosters_put_node(&text, "viasna-1", "viasna", "store", "LT", "listen");
    rosters_cid(&text, &cid);
    rosters_sign(&note, &text, &cid, "viasna");
    cr_assert_eq(roster_chain_new(buf_span(&note), &chain, NULL), ERR_OK);
    buf_done(&text);
    buf_done(&note);
    return chain;
}

static void session_key(const char *label, struct x25519_key *ret_key)
{
    struct x25519_pair pair;
    uint8_t seed[32];

    rosters_seed("session", label, seed);
    cr_assert_eq(x25519_pair_init(&pair, seed), ERR_OK);
    *ret_key = pair.public_key;
    x25519_pair_done(&pair);
}

/* A session is who its key is on the roster; a stranger is nobody. */
Test(access, knows_nodes_by_key)
{
    struct roster_chain *chain = make_roster();
    struct caller caller = { .kind = CALLER_LOCAL };
    struct x25519_key key;

    session_key("viasna-1", &key);
    cr_assert(
        access_session(roster_chain_newest(chain), &nobody, &key, &caller));
    cr_assert_eq(caller.kind, CALLER_NODE);
    cr_assert_str_eq(caller.node.text, "viasna-1");
    caller.kind = CALLER_LOCAL;
    session_key("stranger", &key);
    cr_assert(
        !access_session(roster_chain_newest(chain), &nobody, &key, &caller));
    cr_assert_eq(caller.kind, CALLER_LOCAL);
    roster_chain_free(chain);
}

/* A client is what its line says, and gets nothing without one; a node's own
 * key stays a node's, whatever stands in the file. */
Test(access, knows_clients_by_key)
{
    static const struct {
        const char *label;
        enum client_right right;
        enum caller_kind kind;
    } rows[] = {
        { "laptop-1", CLIENT_DEPOSIT, CALLER_DEPOSIT },
        { "rescue-1", CLIENT_RESTORE, CALLER_RESTORE },
        { "office-1", CLIENT_ADMIN, CALLER_ADMIN },
        { "viasna-1", CLIENT_ADMIN, CALLER_NODE },
    };
    struct roster_chain *chain = make_roster();
    const struct roster *roster = roster_chain_newest(chain);
    struct clients clients = { .count = 0 };
    struct x25519_key key;
    struct caller caller;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        session_key(rows[i].label, &clients.clients[i].key);
        clients.clients[i].right = rows[i].right;
        clients.count++;
    }
    for (size_t i = 0; i < clients.count; i++) {
        cr_assert(
            access_session(roster, &clients, &clients.clients[i].key, &caller));
        cr_assert_eq(caller.kind, rows[i].kind, "%s", rows[i].label);
        cr_assert_eq(access_is_client(&caller), rows[i].kind != CALLER_NODE);
    }
    key = clients.clients[0].key;
    cr_assert(!access_session(roster, &nobody, &key, &caller));
    session_key("laptop-2", &key);
    cr_assert(!access_session(roster, &clients, &key, &caller));
    roster_chain_free(chain);
}

/* root and the daemon's own user may call, others not without a group. */
Test(access, own_user)
{
    cr_assert(access_user(0, 0, ""));
    cr_assert(access_user(geteuid(), getegid(), ""));
    cr_assert(!access_user(OTHER, OTHER, ""));
}

/* Who calls with the control group may, who does not may not. */
Test(access, control_group)
{
    const struct group *group = getgrgid(getegid());
    char name[256];

    if (group == NULL || group->gr_gid == OTHER) {
        cr_skip_test("no group of our own");
    }
    strncpy(name, group->gr_name, sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    cr_assert(access_user(OTHER, getegid(), name));
    cr_assert(!access_user(OTHER, OTHER, name));
    cr_assert(!access_user(OTHER, OTHER, "no-such-group-here"));
}

/* Membership counts, also when the caller runs with another group. */
Test(access, members_of_the_group)
{
    const struct group *group;
    const struct passwd *user = NULL;
    char name[256] = "";

    setgrent();
    while (user == NULL && (group = getgrent()) != NULL) {
        if (group->gr_mem[0] != NULL && group->gr_gid != 0) {
            user = getpwnam(group->gr_mem[0]);
            strncpy(name, group->gr_name, sizeof(name) - 1);
        }
    }
    endgrent();
    if (user == NULL || user->pw_uid == 0) {
        cr_skip_test("no group with members on this machine");
    }
    cr_assert(access_user(user->pw_uid, OTHER, name));
}
