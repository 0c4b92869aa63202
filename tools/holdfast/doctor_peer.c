/* SPDX-License-Identifier: Apache-2.0 */
/* Another node, as seen from here, one step after the other: its line on the
 * roster, its name, TCP, the handshake, its roster. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "model/roster_chain.h"
#include "net/resolve.h"
#include "tools/holdfast/doctor.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/nearest.h"
#include "tools/holdfast/remote.h"
#include "tools/holdfast/tcp.h"
#include "tools/holdfast/tool.h"

#define CONNECT_MS 5000
#define LITERALS_MAX 16
#define NODE_NAME_SIZE (LABEL_SIZE_MAX + 1)

struct visit {
    struct doctor *doctor;
    const struct roster_node *node;
    char address[ADDRESS_SIZE_MAX + 1]; /* of the roster, at hand */
};

/* ---- Its line on the roster ---------------------------------------------- */

static int no_such_node(struct doctor *doctor, const char *label)
{
    struct problem problem = { .exit_code = EXIT_NOT_FOUND,
                               .code = "NOT-FOUND",
                               .action = "holdfast roster show FILE lists "
                                         "them" };
    const struct roster *roster = doctor->roster;
    struct nearest nearest;
    char *shown = visible_str(label);
    int code;

    nearest_init(&nearest, label);
    for (size_t i = 0; i < roster->node_count; i++) {
        nearest_try(&nearest, roster->nodes[i].label.text);
    }
    code = output_problem(&doctor->tool->output, &problem,
                          "roster %llu has no node %s%s%s",
                          (unsigned long long)roster->version, shown,
                          nearest.found == NULL ? "" : "; the nearest is ",
                          nearest.found == NULL ? "" : nearest.found);
    free(shown);
    return code;
}

static void say_line(struct visit *visit)
{
    const struct roster *roster = visit->doctor->roster;
    const struct roster_node *node = visit->node;

    if (node->address_count == 0) {
        doctor_ok(visit->doctor, "roster",
                  "%s of %s in %s only dials out: from here there is nothing "
                  "to look at",
                  node->label.text, roster_member_of(roster, node)->label.text,
                  node->country);
    } else {
        doctor_ok(visit->doctor, "roster",
                  "%s of %s in %s, %zu address%s on roster %llu",
                  node->label.text, roster_member_of(roster, node)->label.text,
                  node->country, node->address_count,
                  node->address_count == 1 ? "" : "es",
                  (unsigned long long)roster->version);
    }
}

/* What our own node has heard of it. */
static void say_heard(struct visit *visit)
{
    const struct msg_status_reply *status = &visit->doctor->status;
    const struct status_peer *peer = NULL;
    char ago[TEXT_SIZE];

    for (size_t i = 0; visit->doctor->has_status && i < status->peers_count;
         i++) {
        if (span_is(status->peers[i].node, visit->node->label.text)) {
            peer = &status->peers[i];
        }
    }
    if (peer == NULL) {
        return; /* our node does not run, or this is it */
    }
    if (peer->heard) {
        doctor_ok(visit->doctor, "heard", "by our node %s ago%s",
                  text_span(ago, peer->silent_s),
                  peer->connected ? ", and its own connection is up" : "");
    } else {
        doctor_say(
            visit->doctor,
            &(struct check){ CHECK_WARNING, "heard", "PEER-SILENT", NULL },
            "our node has not heard of it since its start");
    }
}

/* ---- The handshake, and its roster --------------------------------------- */

static void quiet(void *ctx, const char *sentence)
{
    struct tool *tool = ctx;
    char *shown = visible_str(sentence);

    output_detail(&tool->output, "%s", shown);
    free(shown);
}

/* Which of two versions does it hold: ours, the next? */
static void check_its_roster(struct visit *visit, struct line *line)
{
    struct doctor *doctor = visit->doctor;
    uint64_t version = doctor->roster->version;
    struct note_ref refs[] = { { .kind = NOTE_ROSTER, .number = version },
                               { .kind = NOTE_ROSTER, .number = version + 1 } };
    struct message request = { .kind = MESSAGE_GET_NOTES,
                               .get_notes = { .refs = refs, .count = 2 } };
    const struct msg_get_notes_reply *notes;
    struct message reply;
    char code[LINE_CODE_SIZE];
    struct why why = { "" };
    enum err err = line_ask(line, &request, &reply, code, &why);

    if (err != ERR_OK) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "its roster",
                                    code[0] != '\0' ? code : code_of_err(err),
                                    NULL },
                   "it was asked for its roster: %s", why.text);
        return;
    }
    notes = &reply.get_notes_reply;
    if (notes->count == 2 && notes->notes[1].size > 0) {
        doctor_say(doctor,
                   &(struct check){ CHECK_WARNING, "its roster", "ROSTER-NEW",
                                    "ask it for its roster file, and reload "
                                    "here; a running node takes it by itself" },
                   "it has a newer one than version %llu of our file",
                   (unsigned long long)version);
    } else if (notes->count > 0 && notes->notes[0].size > 0) {
        doctor_ok(doctor, "its roster", "version %llu, as ours",
                  (unsigned long long)version);
    } else {
        doctor_say(doctor,
                   &(struct check){ CHECK_WARNING, "its roster", "ROSTER-NEW",
                                    "it takes ours by itself, when our node "
                                    "runs" },
                   "it does not have our version %llu yet",
                   (unsigned long long)version);
    }
}

static void say_no_handshake(struct visit *visit, const char *address,
                             enum err err, const struct why *why)
{
    struct check check = { CHECK_BAD, "handshake", "PEER-UNREACHABLE",
                           "another program may stand there: phone that "
                           "member" };

    if (err == ERR_NOT_A_MEMBER) {
        check.code = "NOT-A-MEMBER";
        check.action = "its roster may be older than the one that names this "
                       "node's key: phone that member";
    } else if (err == ERR_WRONG_KEY) {
        check.code = "WRONG-KEY";
        check.action = "phone that member: another node answers at its "
                       "address, or it has a new key and we an old roster";
    }
    doctor_say(visit->doctor, &check, "%s: %s", address, why->text);
}

/* Shake hands at this literal address. */
static void check_handshake(struct visit *visit, const char *address)
{
    struct doctor *doctor = visit->doctor;
    struct remote_options options = {
        .address_count = 1,
        .node_key = visit->node->session,
        .consortium = doctor->chain->identity,
        .timeout_ms = doctor->tool->options.timeout_ms,
        .say = quiet,
        .ctx = doctor->tool,
    };
    struct x25519_pair key = { 0 };
    struct line *line = NULL;
    struct why why = { "" };
    enum err err;

    if (!doctor->has_key) {
        doctor_say(doctor,
                   &(struct check){ CHECK_UNKNOWN, "handshake", "KEY-MISSING",
                                    "run it as root" },
                   "the node key cannot be read, so nobody answers");
        return;
    }
    memcpy(options.node, visit->node->label.text, sizeof(options.node));
    snprintf(options.addresses[0], sizeof(options.addresses[0]), "%s", address);
    err = x25519_pair_init(&key, secret_data(doctor->key.session.secret));
    if (err == ERR_OK) {
        err = remote_connect(&options, &key, &line, &why);
    }
    if (err != ERR_OK) {
        say_no_handshake(visit, address, err, &why);
        return;
    }
    doctor_ok(doctor, "handshake", "%s has the key that the roster names",
              visit->node->label.text);
    check_its_roster(visit, line);
    line_free(line);
}

/* ---- Name and TCP -------------------------------------------------------- */

static bool check_tcp(struct visit *visit, const char *address)
{
    struct why why = { "" };
    int fd;
    enum err err = tcp_connect(address, CONNECT_MS, &fd, &why);

    if (err == ERR_OK) {
        close(fd);
        doctor_ok(visit->doctor, "tcp", "%s takes connections", address);
        return true;
    }
    doctor_say(
        visit->doctor,
        &(struct check){ CHECK_BAD, "tcp", "PEER-UNREACHABLE",
                         "its node is down, or a firewall stands between: "
                         "phone that member" },
        "%s: %s", address, why.text);
    return false;
}

/* Every step for one address of the roster. */
static void check_address(struct visit *visit)
{
    struct net_address list[LITERALS_MAX];
    struct why why = { "" };
    size_t count = 0;
    enum err err =
        resolve_address(visit->address, list, LITERALS_MAX, &count, &why);

    if (err != ERR_OK || count == 0) {
        doctor_say(
            visit->doctor,
            &(struct check){ CHECK_BAD, "name", "PEER-NO-ADDRESS", NULL }, "%s",
            why.text);
        return;
    }
    if (strcmp(list[0].text, visit->address) != 0) {
        doctor_ok(visit->doctor, "name", "%s is %s%s", visit->address,
                  list[0].text, count > 1 ? " and more" : "");
    }
    for (size_t i = 0; i < count && !interrupted(); i++) {
        if (check_tcp(visit, list[i].text)) {
            check_handshake(visit, list[i].text);
        }
    }
}

int doctor_check_peer(struct doctor *doctor, const char *label)
{
    struct visit visit = { .doctor = doctor };

    if (doctor->roster == NULL) {
        doctor_check_roster(doctor);
        return EXIT_DONE;
    }
    visit.node = roster_find_node(doctor->roster, span_str(label));
    if (visit.node == NULL) {
        return no_such_node(doctor, label);
    }
    say_line(&visit);
    say_heard(&visit);
    for (size_t i = 0; i < visit.node->address_count && !interrupted(); i++) {
        struct span address = visit.node->addresses[i];

        snprintf(visit.address, sizeof(visit.address), "%.*s",
                 (int)address.size, (const char *)address.data);
        check_address(&visit);
    }
    return interrupted() ? interrupt_finish(&doctor->tool->output) : EXIT_DONE;
}
