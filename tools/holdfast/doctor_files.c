/* SPDX-License-Identifier: Apache-2.0 */
/* What lies on this machine: configuration, node key, roster, clients. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/secret.h"
#include "model/clients.h"
#include "model/roster_chain.h"
#include "tools/holdfast/doctor.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/key_public.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/tool.h"

#define ROSTER_FILE_SIZE_MAX                                                   \
    (ROSTER_CHAIN_VERSIONS_MAX * (size_t)ROSTER_NOTE_SIZE_MAX)
#define CLIENTS_FILE_SIZE_MAX 65536
#define OTHERS 077        /* any right of group and others */
#define OTHERS_WRITE 022  /* what changes a file */
#define CLIENTS "clients" /* beside the configuration */

/* ---- Reading ------------------------------------------------------------- */

static enum err read_key(const char *path, struct node_key *ret_key,
                         struct why *ret_why)
{
    struct secret *seed = NULL;
    enum err err = keyio_read(path, KEY_NODE, &seed, ret_why);

    if (err == ERR_OK) {
        err = node_key_init(ret_key, secret_data(seed));
    }
    secret_free(seed);
    return err;
}

static enum err read_roster(const struct doctor *doctor,
                            struct roster_chain **ret_chain,
                            struct why *ret_why)
{
    struct buf bytes;
    enum err err;

    buf_init(&bytes, ROSTER_FILE_SIZE_MAX);
    err = tool_file_read(doctor->tool->config.roster, ROSTER_FILE_SIZE_MAX,
                         &bytes, ret_why);
    if (err == ERR_OK) {
        err = roster_chain_parse(buf_span(&bytes), ret_chain, ret_why);
    }
    buf_done(&bytes);
    return err;
}

void doctor_read_files(struct doctor *doctor)
{
    const struct config *config = &doctor->tool->config;
    struct why why = { "" };

    config_key_path(config, doctor->key_path);
    /* What is wrong is said by the checks, which try again. */
    doctor->has_key = read_key(doctor->key_path, &doctor->key, &why) == ERR_OK;
    if (read_roster(doctor, &doctor->chain, &why) == ERR_OK) {
        doctor->roster = roster_chain_newest(doctor->chain);
        doctor->self = roster_find_node(doctor->roster, span_str(config->name));
    }
}

/* ---- Configuration ------------------------------------------------------- */

/* A file that only root and its owner may change: whoever changes it changes
 * what the node does. */
static void check_writers(struct doctor *doctor, const char *name,
                          const char *path, const char *good)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        doctor_say(doctor,
                   &(struct check){ CHECK_UNKNOWN, name, "PERMISSION",
                                    "run it as root" },
                   "%s: %s", path, strerror(errno));
    } else if ((status.st_mode & OTHERS_WRITE) != 0) {
        char action[CONFIG_PATH_SIZE + 16];

        snprintf(action, sizeof(action), "chmod go-w %s", path);
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, name, "PERMISSION", action },
                   "%s: others than its owner may change it (mode %03o)", path,
                   (unsigned)status.st_mode & 0777);
    } else {
        doctor_ok(doctor, name, "%s%s", path, good);
    }
}

static void check_clients(struct doctor *doctor)
{
    char path[CONFIG_PATH_SIZE];
    struct clients *clients;
    struct why why = { "" };
    struct buf bytes;
    enum err err;

    if (config_beside(&doctor->tool->config, CLIENTS, path) != ERR_OK ||
        !tool_file_exists(path)) {
        return; /* there need not be one */
    }
    clients = calloc(1, sizeof(*clients));
    buf_init(&bytes, CLIENTS_FILE_SIZE_MAX);
    err = clients == NULL
              ? ERR_NO_MEMORY
              : tool_file_read(path, CLIENTS_FILE_SIZE_MAX, &bytes, &why);
    if (err == ERR_OK) {
        err = clients_parse(buf_span(&bytes), clients, &why);
    }
    if (err == ERR_PERMISSION) {
        doctor_say(doctor,
                   &(struct check){ CHECK_UNKNOWN, "clients", "PERMISSION",
                                    "run it as root" },
                   "%s", why.text);
    } else if (err != ERR_OK) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "clients", "CONFIG",
                                    "correct it, then reload the node" },
                   "%s: %s", path, why.text);
    } else {
        char good[64];

        snprintf(good, sizeof(good), "; %zu client%s", clients->count,
                 plural(clients->count));
        check_writers(doctor, "clients", path, good);
    }
    buf_done(&bytes);
    free(clients);
}

/* ---- The key ------------------------------------------------------------- */

static const char *user_name(uid_t uid, char room[static TEXT_SIZE])
{
    const struct passwd *user = getpwuid(uid);

    if (user != NULL) {
        snprintf(room, TEXT_SIZE, "%.30s", user->pw_name);
    } else {
        snprintf(room, TEXT_SIZE, "user %lu", (unsigned long)uid);
    }
    return room;
}

static bool key_matches(const struct doctor *doctor, const struct node_key *key)
{
    const struct roster_node *node = doctor->self;

    return public_key_equal(&node->ledger, &key->ledger.public_key) &&
           public_key_equal(&node->witness, &key->witness.public_key) &&
           x25519_key_equal(&node->session, &key->session.public_key);
}

static void key_unread(struct doctor *doctor, const struct stat *status)
{
    struct check check = { CHECK_BAD, "key", "KEY-UNUSABLE", NULL };
    char action[CONFIG_PATH_SIZE + 64];
    struct node_key key;
    struct why why = { "" };
    enum err err = read_key(doctor->key_path, &key, &why);

    if (err == ERR_OK) { /* since just now */
        node_key_done(&key);
        snprintf(why.text, sizeof(why.text), "%s was changed just now",
                 doctor->key_path);
    }
    if ((status->st_mode & OTHERS) != 0) {
        snprintf(action, sizeof(action),
                 "chmod 600 %s; if somebody may have read it: a new key on the "
                 "next roster",
                 doctor->key_path);
        check.action = action;
    } else if (err == ERR_PERMISSION) {
        check.result = CHECK_UNKNOWN;
        check.code = "PERMISSION";
        check.action = "run it as root";
    }
    doctor_say(doctor, &check, "%s", why.text);
}

static void check_key(struct doctor *doctor)
{
    struct stat status;
    char user[TEXT_SIZE];

    if (stat(doctor->key_path, &status) != 0) {
        bool hidden = errno == EACCES;

        doctor_say(doctor,
                   &(struct check){ hidden ? CHECK_UNKNOWN : CHECK_BAD, "key",
                                    hidden ? "PERMISSION" : "KEY-MISSING",
                                    hidden
                                        ? "run it as root"
                                        : "bring its second copy there, mode "
                                          "0600" },
                   "%s: %s", doctor->key_path, strerror(errno));
    } else if (!doctor->has_key) {
        key_unread(doctor, &status);
    } else if (doctor->self == NULL) {
        doctor_ok(doctor, "key", "only %s reads it",
                  user_name(status.st_uid, user));
    } else if (!key_matches(doctor, &doctor->key)) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "key", "WRONG-KEY",
                                    "bring the key whose public part the "
                                    "roster names, or a roster with this one" },
                   "%s is not the key that roster %llu names for %s",
                   doctor->key_path,
                   (unsigned long long)doctor->roster->version,
                   doctor->tool->config.name);
    } else {
        doctor_ok(doctor, "key", "only %s reads it; matches roster %llu",
                  user_name(status.st_uid, user),
                  (unsigned long long)doctor->roster->version);
    }
}

static void check_key_copy(struct doctor *doctor, const char *path)
{
    struct check check = { CHECK_BAD, "key copy", "WRONG-KEY",
                           "copy the node key again, and look at it again" };
    struct node_key copy;
    struct why why = { "" };
    enum err err;

    if (path == NULL) {
        check = (struct check){ CHECK_ADVICE, "key copy", NULL,
                                "holdfast doctor --key-copy FILE" };
        doctor_say(doctor, &check,
                   "no program sees from here whether a second copy lies "
                   "elsewhere; with the medium in hand it is compared");
        return;
    }
    err = read_key(path, &copy, &why);
    if (err != ERR_OK) {
        check.code = "KEY-UNUSABLE";
        doctor_say(doctor, &check, "%s", why.text);
        return;
    }
    if (!doctor->has_key) {
        check.result = CHECK_UNKNOWN;
        check.code = "KEY-MISSING";
        doctor_say(doctor, &check,
                   "%s is a node key; the one here cannot be read", path);
    } else if (!public_key_equal(&copy.ledger.public_key,
                                 &doctor->key.ledger.public_key)) {
        doctor_say(doctor, &check, "%s is another node key", path);
    } else {
        doctor_ok(doctor, "key copy", "%s is the same key; keep it elsewhere",
                  path);
    }
    node_key_done(&copy);
}

/* ---- The roster ---------------------------------------------------------- */

static void roster_unread(struct doctor *doctor)
{
    struct check check = { CHECK_BAD, "roster", NULL,
                           "ask another member for the newest roster file" };
    struct roster_chain *chain = NULL;
    struct why why = { "" };
    enum err err = read_roster(doctor, &chain, &why);

    roster_chain_free(chain);
    check.code = code_of_err(err);
    if (err == ERR_PERMISSION) {
        check.result = CHECK_UNKNOWN;
        check.action = "run it as root";
    }
    doctor_say(doctor, &check, "%s%s%s",
               err == ERR_OK ? "" : doctor->tool->config.roster,
               err == ERR_OK ? "" : ": ", why.text);
}

/* Nothing can be deposited without this year's recipient. */
static void check_recipients(struct doctor *doctor)
{
    const struct roster_member *member =
        roster_member_of(doctor->roster, doctor->self);
    unsigned year = year_now();

    for (size_t i = 0; i < member->seal_count; i++) {
        const struct roster_member *reader =
            &doctor->roster->members[member->seals[i]];

        if (roster_find_recipient(doctor->roster, reader, year) == NULL) {
            doctor_say(doctor,
                       &(struct check){ CHECK_WARNING, "recipients",
                                        "NO-RECIPIENT", NULL },
                       "%s has no recipient for %u on roster %llu: nothing can "
                       "be sealed to it",
                       reader->label.text, year,
                       (unsigned long long)doctor->roster->version);
        }
    }
}

void doctor_check_roster(struct doctor *doctor)
{
    const struct config *config = &doctor->tool->config;

    if (doctor->roster == NULL) {
        roster_unread(doctor);
        return;
    }
    if (doctor->self == NULL) {
        doctor_say(
            doctor,
            &(struct check){ CHECK_BAD, "roster", "NOT-ON-ROSTER", NULL },
            "roster %llu in %s has no node %s",
            (unsigned long long)doctor->roster->version, config->roster,
            config->name);
        return;
    }
    if (doctor->chain->forked) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "roster", "ROSTER-FORK", NULL },
                   "two rosters follow version %llu in %s",
                   (unsigned long long)doctor->roster->version, config->roster);
    } else if (doctor->has_status &&
               doctor->status.roster_version < doctor->roster->version) {
        doctor_say(doctor,
                   &(struct check){ CHECK_WARNING, "roster", "ROSTER-NEW",
                                    "systemctl reload holdfastd" },
                   "the file has version %llu, the node goes by %llu",
                   (unsigned long long)doctor->roster->version,
                   (unsigned long long)doctor->status.roster_version);
    } else if (doctor->has_status) {
        doctor_ok(doctor, "roster", "version %llu of %s in force; %s is on it",
                  (unsigned long long)doctor->status.roster_version,
                  doctor->roster->consortium.text, config->name);
    } else {
        doctor_ok(doctor, "roster", "version %llu of %s; %s is on it",
                  (unsigned long long)doctor->roster->version,
                  doctor->roster->consortium.text, config->name);
    }
    check_recipients(doctor);
}

void doctor_check_files(struct doctor *doctor, const char *key_copy)
{
    check_writers(doctor, "config", doctor->tool->config.file, "");
    check_clients(doctor);
    check_key(doctor);
    check_key_copy(doctor, key_copy);
    doctor_check_roster(doctor);
}
