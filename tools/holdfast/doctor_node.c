/* SPDX-License-Identifier: Apache-2.0 */
/* What the running node says of itself, its port and its clock. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#include "model/roster.h"
#include "net/resolve.h"
#include "tools/holdfast/doctor.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/local.h"
#include "tools/holdfast/tcp.h"
#include "tools/holdfast/tool.h"

#define CLOCK_LIMIT_S 300 /* from there on a node does not cosign */
#define SILENT_S 300
#define PORT_MS 3000 /* to reach a port of this machine */
#define LITERALS_MAX 8

/* ---- Asking -------------------------------------------------------------- */

static const char *socket_path(const struct tool *tool)
{
    return tool->options.socket != NULL ? tool->options.socket
                                        : tool->config.socket;
}

static enum err ask(struct doctor *doctor, char code[static LINE_CODE_SIZE],
                    struct why *ret_why)
{
    const struct tool *tool = doctor->tool;
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    enum err err;

    code[0] = '\0';
    if (doctor->line == NULL) {
        err = local_connect(socket_path(tool), tool->options.timeout_ms,
                            &doctor->line, ret_why);
        if (err != ERR_OK) {
            return err;
        }
    }
    err = line_ask(doctor->line, &request, &reply, code, ret_why);
    if (err == ERR_OK) {
        doctor->status = reply.status_reply;
        doctor->has_status = true;
    } else {
        line_free(doctor->line);
        doctor->line = NULL;
    }
    return err;
}

void doctor_read_node(struct doctor *doctor)
{
    char code[LINE_CODE_SIZE];
    struct why why = { "" };
    enum err err = ask(doctor, code, &why);

    (void)err; /* said by the check, which asks again */
}

/* ---- The node ------------------------------------------------------------ */

static void node_silent(struct doctor *doctor)
{
    struct check check = { CHECK_BAD, "node", NULL,
                           "systemctl start holdfastd; journalctl -u holdfastd "
                           "says why it ended" };
    char code[LINE_CODE_SIZE];
    struct why why = { "" };
    enum err err = ask(doctor, code, &why);

    if (err == ERR_OK) { /* it has just started */
        snprintf(why.text, sizeof(why.text), "it answers only now");
        check.code = "SETTING-UP";
    } else {
        check.code = code[0] != '\0' ? code : code_of_err(err);
    }
    if (err == ERR_PERMISSION) {
        check.result = CHECK_UNKNOWN;
        check.action = "run it as root, or as a member of the group that "
                       "[control] names";
    }
    doctor_say(doctor, &check, "%s", why.text);
}

static void check_running(struct doctor *doctor)
{
    const struct msg_status_reply *status = &doctor->status;
    const char *name = doctor->tool->config.name;
    char up[TEXT_SIZE];

    if (!span_is(status->node, name)) {
        doctor_say(doctor, &(struct check){ CHECK_BAD, "node", "CONFIG", NULL },
                   "behind %s is node %.*s, not %s", socket_path(doctor->tool),
                   (int)status->node.size, (const char *)status->node.data,
                   name);
    } else if (status->phase == OWN_STOPPED) {
        doctor_say(
            doctor,
            &(struct check){ CHECK_BAD, "node", "OPENED-ELSEWHERE", NULL },
            "it registers nothing: another machine opened a ledger of %s",
            name);
    } else if (status->phase != OWN_READY) {
        doctor_say(doctor,
                   &(struct check){ CHECK_WARNING, "node", "SETTING-UP", NULL },
                   "it heard from %llu of %llu members; deposits are kept, not "
                   "registered",
                   (unsigned long long)status->heard,
                   (unsigned long long)status->needed);
    } else {
        doctor_ok(doctor, "node", "%s runs for %s, release %.*s, and registers",
                  name, text_span(up, status->uptime_s),
                  (int)status->release.size,
                  (const char *)status->release.data);
    }
}

/* ---- The port ------------------------------------------------------------ */

/* The address that a connection from this machine goes to. */
static void own_address(const char *listen,
                        char to[static ADDRESS_SIZE_MAX + 1])
{
    const char *port = strrchr(listen, ':');

    if (strncmp(listen, "0.0.0.0:", 8) == 0) {
        snprintf(to, ADDRESS_SIZE_MAX + 1, "127.0.0.1%s", port);
    } else if (strncmp(listen, "[::]:", 5) == 0) {
        snprintf(to, ADDRESS_SIZE_MAX + 1, "[::1]%s", port);
    } else {
        snprintf(to, ADDRESS_SIZE_MAX + 1, "%s", listen);
    }
}

/* Does anybody take connections there? */
static enum err port_answers(const struct doctor *doctor, struct why *ret_why)
{
    char address[ADDRESS_SIZE_MAX + 1];
    struct net_address list[LITERALS_MAX];
    size_t count = 0;
    int fd;
    enum err err;

    own_address(doctor->tool->config.listen, address);
    err = resolve_address(address, list, LITERALS_MAX, &count, ret_why);
    for (size_t i = 0; i < count; i++) {
        err = tcp_connect(list[i].text, PORT_MS, &fd, ret_why);
        if (err == ERR_OK) {
            close(fd);
            return ERR_OK;
        }
    }
    return err;
}

static void check_listening(struct doctor *doctor)
{
    const char *listen = doctor->tool->config.listen;
    struct why why = { "" };
    enum err err = port_answers(doctor, &why);

    if (doctor->has_status && err == ERR_OK) {
        doctor_ok(doctor, "port",
                  "%s answers on this machine; whether others get there, "
                  "another member sees: holdfast doctor %s",
                  listen, doctor->tool->config.name);
    } else if (doctor->has_status) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "port", "PORT-SILENT", NULL },
                   "%s: %s", listen, why.text);
    } else if (err == ERR_OK) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "port", "PORT-TAKEN", NULL },
                   "the node does not answer, and somebody else listens at %s",
                   listen);
    } else {
        doctor_ok(doctor, "port", "nobody else listens at %s", listen);
    }
}

static void check_port(struct doctor *doctor)
{
    const char *listen = doctor->tool->config.listen;
    bool named = doctor->self != NULL && doctor->self->listens;

    if (listen[0] == '\0' && named) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "port", "CONFIG",
                                    "set [network] listen, then restart the "
                                    "node; or a roster where it only dials" },
                   "by the roster others dial this node, and it does not "
                   "listen");
        return;
    }
    if (listen[0] == '\0') {
        doctor_ok(doctor, "port", "none: this node only dials out");
        return;
    }
    check_listening(doctor);
    if (doctor->self != NULL && !named) {
        doctor_say(doctor,
                   &(struct check){ CHECK_WARNING, "port", "CONFIG",
                                    "take [network] listen out, or ask for a "
                                    "roster with its address" },
                   "it listens, and by the roster nobody dials it");
    }
}

/* ---- The clock ----------------------------------------------------------- */

static void check_clock(struct doctor *doctor)
{
    const struct msg_status_reply *status = &doctor->status;
    struct timex system = { 0 };
    bool is_synced;
    char off[TEXT_SIZE];

    if (doctor->has_status && status->clock_known) {
        bool ahead = status->clock_ahead_s > status->clock_behind_s;
        uint64_t seconds =
            ahead ? status->clock_ahead_s : status->clock_behind_s;
        bool bad = seconds > CLOCK_LIMIT_S;

        doctor_say(doctor,
                   &(struct check){ bad ? CHECK_BAD : CHECK_OK, "clock",
                                    bad ? "CLOCK" : NULL, NULL },
                   "%s %s the median of the other members (limit %d min)",
                   text_span(off, seconds), ahead ? "ahead of" : "behind",
                   CLOCK_LIMIT_S / 60);
        return;
    }
    is_synced =
        ntp_adjtime(&system) != TIME_ERROR && (system.status & STA_UNSYNC) == 0;
    if (is_synced) {
        doctor_ok(doctor, "clock",
                  "kept right by the system; not yet compared "
                  "with the other members");
    } else {
        doctor_say(doctor,
                   &(struct check){ CHECK_WARNING, "clock", "CLOCK", NULL },
                   "nothing keeps it right, as far as the system knows; not "
                   "yet compared with the other members");
    }
}

/* ---- Peers --------------------------------------------------------------- */

static bool is_silent(const struct status_peer *peer)
{
    return !peer->heard || peer->silent_s >= SILENT_S;
}

static void say_silent(struct doctor *doctor, const struct status_peer *peer)
{
    struct check check = { CHECK_WARNING, "peer", "PEER-SILENT", NULL };
    char action[80];
    char since[TEXT_SIZE];

    snprintf(action, sizeof(action), "holdfast doctor %.*s",
             (int)peer->node.size, (const char *)peer->node.data);
    check.action = action;
    if (peer->heard) {
        doctor_say(doctor, &check, "%.*s: nothing heard for %s",
                   (int)peer->node.size, (const char *)peer->node.data,
                   text_span(since, peer->silent_s));
    } else {
        doctor_say(doctor, &check, "%.*s: not heard of since the start",
                   (int)peer->node.size, (const char *)peer->node.data);
    }
}

static void check_peers(struct doctor *doctor)
{
    const struct msg_status_reply *status = &doctor->status;
    size_t silent = 0;

    for (size_t i = 0; i < status->peers_count; i++) {
        silent += is_silent(&status->peers[i]);
    }
    if (status->peers_count == 0) {
        doctor_ok(doctor, "peers", "none: this is the only node");
    } else if (silent == status->peers_count) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "peers", "PEER-SILENT",
                                    "look at this machine's own line and "
                                    "firewall first; then ask a member for "
                                    "the newest roster file" },
                   "nobody answers: %zu of %zu are silent", silent,
                   status->peers_count);
    } else {
        doctor_ok(doctor, "peers", "%zu of %zu heard in the last %d min",
                  status->peers_count - silent, status->peers_count,
                  SILENT_S / 60);
    }
    for (size_t i = 0; i < status->peers_count; i++) {
        if (is_silent(&status->peers[i])) {
            say_silent(doctor, &status->peers[i]);
        }
    }
}

/* What the node itself raises, and no other check has said. */
static void say_alarm(struct doctor *doctor, const struct status_alarm *alarm)
{
    struct check check = { alarm->critical ? CHECK_BAD : CHECK_WARNING, "alarm",
                           NULL, NULL };
    char code[LINE_CODE_SIZE];
    char since[TEXT_SIZE];

    for (size_t i = 0; i < json_array_size(doctor->checks); i++) {
        const char *said = json_string_value(
            json_object_get(json_array_get(doctor->checks, i), "code"));

        if (said != NULL && span_is(alarm->code, said)) {
            return;
        }
    }
    snprintf(code, sizeof(code), "%.*s", (int)alarm->code.size,
             (const char *)alarm->code.data);
    check.code = code;
    doctor_say(doctor, &check, "%.*s%s%.*s (since %s)",
               (int)alarm->subject.size, (const char *)alarm->subject.data,
               alarm->subject.size > 0 ? ": " : "", (int)alarm->text.size,
               (const char *)alarm->text.data,
               text_span(since, alarm->since_s));
}

void doctor_check_node(struct doctor *doctor)
{
    if (!doctor->has_status) {
        node_silent(doctor);
    } else {
        check_running(doctor);
    }
    check_port(doctor);
    check_clock(doctor);
    if (doctor->has_status) {
        check_peers(doctor);
        for (size_t i = 0; i < doctor->status.alarms_count; i++) {
            say_alarm(doctor, &doctor->status.alarms[i]);
        }
    }
}
