/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/status_say.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/status_head.h"
#include "daemon/status_json.h"
#include "daemon/status_judged.h"
#include "wire/message.h"

#define PROBLEM_COLUMNS 13
#define ROW_COLUMNS 9
#define DAY_S 86400

enum exit_code status_exit_code(const struct status_headline *headline)
{
    switch (headline->verdict) {
    case HEALTH_GOOD:
        return EXIT_DONE;
    case HEALTH_BAD:
        return EXIT_BAD;
    case HEALTH_UNKNOWN:
        return EXIT_UNKNOWN;
    }
    return EXIT_UNKNOWN;
}

/* ---- The headline -------------------------------------------------------- */

static const char *first_word(const struct status_headline *headline)
{
    switch (headline->verdict) {
    case HEALTH_BAD:
        return "ACTION NEEDED";
    case HEALTH_UNKNOWN:
        return "NOT KNOWN";
    case HEALTH_GOOD:
        break;
    }
    return strcmp(headline->code, "PROTECTED") == 0 ||
                   strcmp(headline->code, "NO-ITEMS") == 0
               ? "OK"
               : headline->code;
}

static enum output_color color_of(const struct status_headline *headline)
{
    switch (headline->verdict) {
    case HEALTH_BAD:
        return COLOR_BAD;
    case HEALTH_UNKNOWN:
        return COLOR_WARN;
    case HEALTH_GOOD:
        break;
    }
    return strcmp(first_word(headline), "OK") == 0 ||
                   strcmp(headline->code, "HERE") == 0
               ? COLOR_GOOD
               : COLOR_WARN;
}

/* The sentence, and behind it how fresh it is. */
static void say_headline(struct output *output,
                         const struct msg_status_reply *status,
                         const struct status_headline *headline)
{
    const char *word = first_word(headline);
    char age[TEXT_SIZE];
    char text[sizeof(headline->text) + TEXT_SIZE + 32];

    if (status_judges(status)) {
        (void)snprintf(text, sizeof(text), "%s, counted %s ago", headline->text,
                       text_span(age, status->health.view_age));
    } else {
        (void)snprintf(text, sizeof(text), "%s", headline->text);
    }
    output_say_color(output, color_of(headline), "%s", word);
    output_say(output, "  ");
    if (!output->json) {
        output_wrap(output->out, strlen(word) + 2, strlen(word) + 2, text);
    }
}

/* ---- What stands in rows ------------------------------------------------- */

static void say_items(struct output *output,
                      const struct msg_status_reply *status)
{
    static const enum item_state order[] = {
        ITEM_PROTECTED, ITEM_SPREADING, ITEM_SHORT,
        ITEM_LAST_COPY, ITEM_UNPROVEN,  ITEM_LOST,
    };
    uint32_t states[ITEM_STATE_COUNT];
    char number[TEXT_SIZE];
    char total[TEXT_SIZE];
    char text[512] = "";
    size_t used = 0;

    if (!status_judges(status)) {
        return;
    }
    status_states(status, states);
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s",
                                 i == 0   ? ""
                                 : i == 3 ? "\n"
                                          : "  ",
                                 item_state_word(order[i]),
                                 text_count(number, states[order[i]]));
    }
    text_count(total, status->items);
    output_say(output, "%-*s%s  %.*s\n", ROW_COLUMNS, "items", total,
               (int)strcspn(text, "\n"), text);
    output_say(output, "%*s%s\n", (int)(ROW_COLUMNS + strlen(total) + 2), "",
               strchr(text, '\n') + 1);
}

/* "12,400 held by 3 of 3 members, 30 by 2, 8 by 1" */
static void say_copies(struct output *output,
                       const struct msg_status_reply *status)
{
    uint64_t need = status_need(status);
    uint64_t enough = 0;
    char number[TEXT_SIZE];
    char text[1024];
    size_t used;

    if (status_judges(status)) {
        return;
    }
    for (size_t i = (size_t)need; i < status->copies_count; i++) {
        enough += status->copies[i];
    }
    used =
        (size_t)snprintf(text, sizeof(text), "%s held by %llu of %llu members",
                         text_count(number, enough), (unsigned long long)need,
                         (unsigned long long)need);
    for (size_t i = (size_t)need; i-- > 0;) {
        if (i < status->copies_count && status->copies[i] > 0 &&
            used < sizeof(text) - 64) {
            used += (size_t)snprintf(text + used, sizeof(text) - used,
                                     ", %s by %zu",
                                     text_count(number, status->copies[i]), i);
        }
    }
    output_row(output, ROW_COLUMNS, "copies",
               "%s; by their own signed statements; nobody has checked", text);
}

static void say_rule(struct output *output,
                     const struct msg_status_reply *status)
{
    char days[TEXT_SIZE];
    char reread[TEXT_SIZE + 32] = "";

    if (status_judges(status)) {
        (void)snprintf(reread, sizeof(reread), "; re-read within %s",
                       text_span(days, status->health.proof_age));
    }
    output_row(output, ROW_COLUMNS, "rule",
               "%llu member%s in %llu countr%s%s (roster %llu)",
               (unsigned long long)status->rule_copies,
               plural(status->rule_copies),
               (unsigned long long)status->rule_countries,
               status->rule_countries == 1 ? "y" : "ies", reread,
               (unsigned long long)status->roster_version);
}

static void say_here(struct output *output,
                     const struct msg_status_reply *status)
{
    char held[TEXT_SIZE];
    char items[TEXT_SIZE];
    char pending[TEXT_SIZE];
    char wanted[TEXT_SIZE];
    char free_text[TEXT_SIZE];
    char reserve[TEXT_SIZE];

    output_row(output, ROW_COLUMNS, "here", "%s items whole of %s known%s%s%s",
               text_count(held, status->held), text_count(items, status->items),
               status->pending > 0 ? ", pending " : "",
               status->pending > 0 ? text_count(pending, status->pending) : "",
               status->wanted_bytes > 0 ? "; more on their way" : "");
    if (status->wanted_bytes > 0) {
        output_say(output, "to fetch about %s\n",
                   text_size(wanted, status->wanted_bytes));
    }
    output_say(output, "space    %s free, %s must stay free\n",
               text_size(free_text, status->free_bytes),
               text_size(reserve, status->reserve_bytes));
}

/* Re-reading, when it found something, or stands still. */
static void say_scrub(struct output *output, const struct status_health *health)
{
    char bad[TEXT_SIZE];
    char repaired[TEXT_SIZE];
    char aside[TEXT_SIZE];

    if (health->scrub_bad + health->quarantined == 0 && !health->scrub_paused) {
        return;
    }
    output_row(output, ROW_COLUMNS, "re-read",
               "%s bad block%s found here, %s replaced, %s set aside now%s",
               text_count(bad, health->scrub_bad), plural(health->scrub_bad),
               text_count(repaired, health->repaired),
               text_count(aside, health->quarantined),
               health->scrub_paused ? "; PAUSED" : "");
}

/* ---- Problems ------------------------------------------------------------ */

static void say_more(struct output *output, const char *label,
                     struct span sentence)
{
    char *text = visible(sentence);

    if (sentence.size > 0) {
        output_row(output, PROBLEM_COLUMNS + 7, label, "%s", text);
    }
    free(text);
}

static void say_problem(struct output *output,
                        const struct status_problem *problem)
{
    char *code = visible(problem->code);
    char *subject = visible(problem->subject);
    char *text = visible(problem->text);
    char since[TEXT_SIZE];

    output_say(output, "\n");
    output_row(output, PROBLEM_COLUMNS, code, "%s%s%s (since %s)", subject,
               subject[0] == '\0' ? "" : ": ", text,
               text_span(since, problem->since));
    if (problem->eta > 0) {
        char eta[TEXT_SIZE];
        char *doing = visible(problem->doing);

        output_row(output, PROBLEM_COLUMNS + 7,
                   "             doing:", "%s%sabout %s", doing,
                   doing[0] == '\0' ? "" : ", ", text_span(eta, problem->eta));
        free(doing);
    } else {
        say_more(output, "             doing:", problem->doing);
    }
    say_more(output, "             do:", problem->do_next);
    output_row(output, PROBLEM_COLUMNS + 7,
               "             more:", "holdfast explain %s", code);
    free(code);
    free(subject);
    free(text);
}

static bool has_problem(const struct msg_status_reply *status, const char *code)
{
    for (size_t i = 0; i < status->health.problems_count; i++) {
        if (span_is(status->health.problems[i].code, code)) {
            return true;
        }
    }
    return false;
}

/* States that are bad and that no problem speaks of. */
static void say_states(struct output *output,
                       const struct msg_status_reply *status)
{
    static const struct {
        enum item_state state;
        const char *sentence;
    } bad[] = {
        { ITEM_LOST, "no good copy can be found" },
        { ITEM_LAST_COPY, "only one member has a copy" },
        { ITEM_SHORT, "fewer copies than the rule wants" },
        { ITEM_UNPROVEN, "copies that are claimed and not proven" },
    };
    uint32_t states[ITEM_STATE_COUNT];

    if (!status_judges(status)) {
        return;
    }
    status_states(status, states);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *code = status_state_code(bad[i].state);
        uint32_t count = states[bad[i].state];
        char number[TEXT_SIZE];

        if (count == 0 || has_problem(status, code)) {
            continue;
        }
        output_say(output, "\n");
        output_row(output, PROBLEM_COLUMNS, code, "%s item%s: %s",
                   text_count(number, count), plural(count), bad[i].sentence);
        output_row(output, PROBLEM_COLUMNS + 7,
                   "             do:", "holdfast list --state %s",
                   item_state_word(bad[i].state));
        output_row(output, PROBLEM_COLUMNS + 7,
                   "             more:", "holdfast explain %s", code);
    }
}

static void say_problems(struct output *output,
                         const struct msg_status_reply *status)
{
    for (size_t i = 0; i < status->health.problems_count; i++) {
        say_problem(output, &status->health.problems[i]);
    }
    say_states(output, status);
    for (size_t i = 0; i < status->alarms_count; i++) {
        if (status_alarm_is_new(status, &status->alarms[i])) {
            struct status_problem problem =
                status_alarm_problem(&status->alarms[i]);

            say_problem(output, &problem);
        }
    }
}

static void say_nobody(struct output *output,
                       const struct msg_status_reply *status, uint64_t now_s)
{
    if (status->peers_count > 0 &&
        status_silent_count(status, now_s) == status->peers_count) {
        output_say(output, "\nNobody answers. Removed from the roster? Ask a "
                           "member for the newest\nroster file.\n");
    }
}

/* ---- Both screens -------------------------------------------------------- */

void status_say(struct output *output, const struct msg_status_reply *status,
                const struct status_headline *headline, uint64_t now_s)
{
    if (output->json) {
        return;
    }
    say_headline(output, status, headline);
    output_say(output, "\n");
    say_items(output, status);
    say_copies(output, status);
    say_rule(output, status);
    say_here(output, status);
    say_scrub(output, &status->health);
    output_say(output, "\n");
    status_say_nodes(output, status, now_s);
    say_problems(output, status);
    say_nobody(output, status, now_s);
}

void status_say_wrong(struct output *output,
                      const struct msg_status_reply *status,
                      const struct status_headline *headline, uint64_t now_s)
{
    if (output->json) {
        return;
    }
    say_headline(output, status, headline);
    say_problems(output, status);
    for (size_t i = 0; i < status->peers_count; i++) {
        const struct status_peer *peer = &status->peers[i];
        char *node = visible(peer->node);

        if (status_is_silent(status, peer, now_s) &&
            !has_problem(status, "PEER-SILENT")) {
            output_say(output, "\n");
            output_row(output, PROBLEM_COLUMNS, "PEER-SILENT",
                       "%s has not been heard of", node);
            output_row(output, PROBLEM_COLUMNS + 7, "             do:",
                       "phone that member, then: holdfast doctor %s", node);
        }
        free(node);
    }
    say_nobody(output, status, now_s);
}
