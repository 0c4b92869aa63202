/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/roster.h"
#include "tools/holdfast/doctor.h"
#include "tools/holdfast/tool.h"

static struct tool tool;
static struct doctor doctor;
static FILE *nothing;

/* A node that runs, with one peer that was heard of just now. */
static struct status_peer peer;

static void setup(void)
{
    nothing = fopen("/dev/null", "we");
    cr_assert_not_null(nothing);
    output_init(&tool.output, nothing, nothing, true);
    config_init(&tool.config);
    strcpy(tool.config.name, "fjord-1");
    peer = (struct status_peer){ .node = span_str("vilna-1"),
                                 .heard = true,
                                 .silent_s = 3 };
    doctor = (struct doctor){ .tool = &tool,
                              .checks = json_array(),
                              .has_status = true };
    doctor.status = (struct msg_status_reply){
        .node = span_str("fjord-1"),
        .release = span_str("0"),
        .phase = OWN_READY,
        .peers = &peer,
        .peers_count = 1,
        .clock_known = true,
    };
}

static void teardown(void)
{
    json_decref(doctor.checks);
    output_done(&tool.output);
    fclose(nothing);
}

TestSuite(doctor, .init = setup, .fini = teardown);

/* The index-th check of this name, or NULL. */
static json_t *find(const char *name, size_t index)
{
    for (size_t i = 0; i < json_array_size(doctor.checks); i++) {
        json_t *check = json_array_get(doctor.checks, i);
        const char *found = json_string_value(json_object_get(check, "name"));

        if (strcmp(found, name) == 0 && index-- == 0) {
            return check;
        }
    }
    return NULL;
}

static const char *get(const char *name, const char *field)
{
    json_t *check = find(name, 0);
    const char *text = json_string_value(json_object_get(check, field));

    return text == NULL ? "" : text;
}

/* Up to the limit a clock is well, beyond it is not, in both directions. */
Test(doctor, judges_the_clock)
{
    static const struct {
        uint64_t ahead_s;
        uint64_t behind_s;
        const char *result;
        const char *text;
    } cases[] = {
        { 0, 0, "ok", "0 s" },
        { 300, 0, "ok", "5 min ahead of the median" },
        { 301, 0, "bad", "5 min ahead of the median" },
        { 0, 300, "ok", "5 min behind the median" },
        { 0, 7200, "bad", "2 h behind the median" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_array_clear(doctor.checks);
        doctor.has_bad = false;
        doctor.status.clock_ahead_s = cases[i].ahead_s;
        doctor.status.clock_behind_s = cases[i].behind_s;
        doctor_check_node(&doctor);
        cr_assert_str_eq(get("clock", "result"), cases[i].result);
        cr_assert_not_null(strstr(get("clock", "text"), cases[i].text), "%s",
                           get("clock", "text"));
        cr_assert_eq(doctor.has_bad, strcmp(cases[i].result, "bad") == 0);
        cr_assert(!doctor.has_bad ||
                  strcmp(get("clock", "code"), "CLOCK") == 0);
    }
}

/* A clock that was not compared yet is never bad: nobody knows. */
Test(doctor, does_not_judge_an_unknown_clock)
{
    doctor.status.clock_known = false;
    doctor.status.clock_ahead_s = 9999;
    doctor_check_node(&doctor);
    cr_assert(!doctor.has_bad);
    cr_assert_str_neq(get("clock", "result"), "bad");
}

/* What the node raises is said, once, with what the list says to do; critical
 * is bad, the rest a warning. */
Test(doctor, says_what_the_node_raises)
{
    struct status_alarm alarms[] = {
        { .code = span_str("FORK"),
          .subject = span_str("ledger=x"),
          .text = span_str("two histories"),
          .since_s = 7200,
          .critical = true },
        { .code = span_str("PEER-SILENT"),
          .subject = span_str("node=vilna-1"),
          .text = span_str("nothing heard") },
        { .code = span_str("CLOCK"), .text = span_str("7 min ahead") },
    };

    peer.silent_s = 9999; /* the peers' check says PEER-SILENT itself */
    doctor.status.alarms = alarms;
    doctor.status.alarms_count = 3;
    doctor_check_node(&doctor);
    cr_assert_str_eq(get("alarm", "code"), "FORK");
    cr_assert_str_eq(get("alarm", "result"), "bad");
    cr_assert_str_eq(get("alarm", "text"),
                     "ledger=x: two histories (since 2 h)");
    cr_assert_not_null(strstr(get("alarm", "do"), "Phone the member"));
    cr_assert_str_eq(
        json_string_value(json_object_get(find("alarm", 1), "code")), "CLOCK");
    cr_assert_str_eq(
        json_string_value(json_object_get(find("alarm", 1), "result")),
        "warning");
    cr_assert_null(find("alarm", 2));
}

/* One silent peer is a warning, all of them are bad, none at all is well. */
Test(doctor, counts_silent_peers)
{
    struct status_peer peers[2] = { peer, peer };

    doctor.status.peers = peers;
    doctor.status.peers_count = 2;
    peers[1].silent_s = 300;
    doctor_check_node(&doctor);
    cr_assert_str_eq(get("peers", "result"), "ok");
    cr_assert_str_eq(get("peer", "result"), "warning");
    cr_assert_str_eq(get("peer", "do"), "holdfast doctor vilna-1");
    cr_assert(!doctor.has_bad);
    json_array_clear(doctor.checks);
    peers[0].heard = false;
    doctor_check_node(&doctor);
    cr_assert_str_eq(get("peers", "result"), "bad");
    cr_assert(doctor.has_bad);
    json_array_clear(doctor.checks);
    doctor.status.peers_count = 0;
    doctor_check_node(&doctor);
    cr_assert_str_eq(get("peers", "result"), "ok");
}

/* A node that stopped registering, and another node behind the socket, are
 * bad. */
Test(doctor, judges_the_node)
{
    doctor.status.phase = OWN_STOPPED;
    doctor_check_node(&doctor);
    cr_assert_str_eq(get("node", "code"), "OPENED-ELSEWHERE");
    json_array_clear(doctor.checks);
    doctor.status.node = span_str("other-1");
    doctor_check_node(&doctor);
    cr_assert_str_eq(get("node", "code"), "CONFIG");
    cr_assert_str_eq(get("node", "result"), "bad");
}

/* By the roster others dial it, and it does not listen; or the other way. */
Test(doctor, compares_the_port_with_the_roster)
{
    struct roster_node self = { .listens = true };

    doctor.self = &self;
    doctor_check_node(&doctor);
    cr_assert_str_eq(get("port", "code"), "CONFIG");
    cr_assert_str_eq(get("port", "result"), "bad");
    json_array_clear(doctor.checks);
    self.listens = false;
    doctor_check_node(&doctor);
    cr_assert_str_eq(get("port", "result"), "ok");
}

/* Bytes that a node or a file gives reach the screen as text alone. */
Test(doctor, escapes_what_it_shows)
{
    struct status_alarm alarm = { .code = span_str("FORK"),
                                  .text = span_str("a\033[31mb\n") };

    doctor.status.alarms = &alarm;
    doctor.status.alarms_count = 1;
    doctor_check_node(&doctor);
    cr_assert_null(strchr(get("alarm", "text"), '\033'));
    cr_assert_null(strchr(get("alarm", "text"), '\n'));
}
