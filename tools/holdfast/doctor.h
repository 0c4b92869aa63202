/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: looks at one thing after the other and says of each whether it is as
 * it should be. It changes nothing, and a thing that cannot be looked at is
 * unknown, not good. The parts: doctor_files.c (what lies on this machine),
 * doctor_disk.c (where the data lies), doctor_node.c (what the running node
 * says), doctor_peer.c (another node). One thread; blocking. */
#ifndef HF_TOOLS_DOCTOR_H
#define HF_TOOLS_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "crypto/node_key.h"
#include "daemon/config.h"
#include "tools/holdfast/output.h"
#include "wire/message.h"

struct line;
struct roster;
struct roster_chain;
struct roster_node;
struct tool;

enum check_result {
    CHECK_OK,
    CHECK_WARNING, /* gets worse when nobody acts; exit 0 all the same */
    CHECK_BAD,     /* exit 4 */
    CHECK_UNKNOWN, /* could not be looked at; exit 5 */
    CHECK_ADVICE,  /* nobody can look at it from here; exit 0 */
};

struct check {
    enum check_result result;
    const char *name;   /* "clock"; stable */
    const char *code;   /* of codes.h; NULL for what is well */
    const char *action; /* what to do; NULL: as the code says */
};

struct doctor {
    struct tool *tool;
    json_t *checks; /* owned */
    bool has_bad;
    bool has_unknown;

    char key_path[CONFIG_PATH_SIZE];
    bool has_key;
    struct node_key key;
    struct roster_chain *chain;     /* owned; NULL: it cannot be read */
    const struct roster *roster;    /* the newest of the file, or NULL */
    const struct roster_node *self; /* this node on it, or NULL */

    struct line *line; /* owned; NULL: the node does not answer */
    /* What the node said of itself; borrowed from the line, which is asked
     * nothing more. */
    bool has_status;
    struct msg_status_reply status;
};

/* One finding: a line for people, an object for programs. */
void doctor_say(struct doctor *doctor, const struct check *check,
                const char *format, ...) PRINTF_LIKE(3, 4);
/* The same for what is well. */
void doctor_ok(struct doctor *doctor, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Read what the other checks need: roster, key, status. Says nothing. */
void doctor_read_files(struct doctor *doctor);
void doctor_read_node(struct doctor *doctor);

/* Part of doctor_check_files(). */
void doctor_check_roster(struct doctor *doctor);
void doctor_check_files(struct doctor *doctor, const char *key_copy);
void doctor_check_disk(struct doctor *doctor);
void doctor_check_node(struct doctor *doctor);
/* Another node, by its label. EXIT_DONE, or the exit code of a problem that was
 * said: there is no such node. */
int doctor_check_peer(struct doctor *doctor, const char *label);

#endif
