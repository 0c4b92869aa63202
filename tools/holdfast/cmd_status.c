/* SPDX-License-Identifier: Apache-2.0 */
/* status: who is there, who has heard what, what is still on its way. No word
 * of an item's state: nobody has checked yet. The figures are the node's; list,
 * show and receipt verify who holds what themselves. */
#include <stdlib.h>
#include <string.h>

#include "daemon/status_json.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/codes.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/reach.h"
#include "tools/holdfast/tool.h"

#define SILENT_S 300 /* a peer not heard of for so long is shown as silent */

struct headline {
    char code[64];
    char text[256];
    enum output_color color;
    enum exit_code exit_code;
};

static uint64_t silent_count(const struct msg_status_reply *status)
{
    uint64_t count = 0;

    for (size_t i = 0; i < status->peers_count; i++) {
        count +=
            !status->peers[i].heard || status->peers[i].silent_s >= SILENT_S;
    }
    return count;
}

/* The first alarm that is critical, or NULL. */
static const struct status_alarm *critical(
    const struct msg_status_reply *status)
{
    for (size_t i = 0; i < status->alarms_count; i++) {
        if (status->alarms[i].critical) {
            return &status->alarms[i];
        }
    }
    return NULL;
}

static void critical_headline(const struct status_alarm *alarm,
                              struct headline *ret)
{
    const struct code *code;

    *ret = (struct headline){ "", "", COLOR_BAD, EXIT_BAD };
    (void)snprintf(ret->code, sizeof(ret->code), "%.*s", (int)alarm->code.size,
                   (const char *)alarm->code.data);
    code = code_find(ret->code);
    (void)snprintf(ret->text, sizeof(ret->text), "ACTION NEEDED  %s",
                   code == NULL ? "see below" : code->meaning);
}

/* The worst that is true. */
static void make_headline(const struct msg_status_reply *status,
                          struct headline *ret)
{
    uint64_t silent = silent_count(status);
    char count[TEXT_SIZE];

    *ret = (struct headline){ .code = "HERE",
                              .color = COLOR_GOOD,
                              .exit_code = EXIT_DONE };
    if (status->phase == OWN_STOPPED) {
        *ret = (struct headline){ "OPENED-ELSEWHERE", "", COLOR_BAD, EXIT_BAD };
        snprintf(ret->text, sizeof(ret->text),
                 "STOPPED  another machine opened a ledger of this node");
    } else if (critical(status) != NULL) {
        critical_headline(critical(status), ret);
    } else if (status->full) {
        *ret = (struct headline){ "STORE-FULL", "", COLOR_BAD, EXIT_BAD };
        snprintf(ret->text, sizeof(ret->text),
                 "FULL  no deposits and no copying until there is room");
    } else if (status->phase != OWN_READY) {
        *ret = (struct headline){ "SETTING-UP", "", COLOR_WARN, EXIT_DONE };
        snprintf(ret->text, sizeof(ret->text),
                 "WAITING  heard from %llu of %llu members; deposits are kept, "
                 "not registered",
                 (unsigned long long)status->heard,
                 (unsigned long long)status->needed);
    } else if (status->held < status->placed) {
        *ret = (struct headline){ "COPYING", "", COLOR_WARN, EXIT_DONE };
        snprintf(ret->text, sizeof(ret->text),
                 "COPYING  %s items are still on their way to this node",
                 text_count(count, status->placed - status->held));
    } else if (silent > 0) {
        *ret = (struct headline){ "PEER-SILENT", "", COLOR_WARN, EXIT_DONE };
        snprintf(ret->text, sizeof(ret->text),
                 "SILENT  %llu node%s not heard of", (unsigned long long)silent,
                 plural(silent));
    } else {
        snprintf(ret->text, sizeof(ret->text),
                 "HERE  all %s %s items are on this node; nobody has checked "
                 "yet",
                 text_count(count, status->placed),
                 status->placed < status->items ? "of its" : "known");
    }
}

/* ---- For people ---------------------------------------------------------- */

/* "12,400 held by 3 of 3 members, 30 by 2, 8 by 1" */
static void say_copies(struct output *output,
                       const struct msg_status_reply *status)
{
    uint64_t enough = 0;
    char number[TEXT_SIZE];
    char text[1024];
    size_t used;

    for (size_t i = (size_t)status_need(status); i < status->copies_count;
         i++) {
        enough += status->copies[i];
    }
    used = (size_t)snprintf(
        text, sizeof(text), "%s held by %llu of %llu members",
        text_count(number, enough), (unsigned long long)status_need(status),
        (unsigned long long)status_need(status));
    for (size_t i = (size_t)status_need(status); i-- > 0;) {
        if (i < status->copies_count && status->copies[i] > 0 &&
            used < sizeof(text) - 64) {
            used += (size_t)snprintf(text + used, sizeof(text) - used,
                                     ", %s by %zu",
                                     text_count(number, status->copies[i]), i);
        }
    }
    output_row(output, 9, "copies",
               "%s; by their own signed statements; nobody has checked", text);
    output_say(
        output, "rule     %llu member%s in %llu countr%s (roster %llu)\n",
        (unsigned long long)status->rule_copies, plural(status->rule_copies),
        (unsigned long long)status->rule_countries,
        status->rule_countries == 1 ? "y" : "ies",
        (unsigned long long)status->roster_version);
}

/* Whose word does not count, and who leaves. */
static void say_odd(struct output *output, const char *node, bool is_leaving,
                    bool is_old, uint64_t waiting)
{
    char number[TEXT_SIZE];

    if (is_leaving && waiting > 0) {
        output_row(output, 9, "LEAVING",
                   "%s: %s items wait for other members; it must stay on", node,
                   text_count(number, waiting));
    } else if (is_leaving && !is_old) {
        output_row(output, 9, "LEAVING",
                   "%s: enough other members hold all that it does; it may go",
                   node);
    } else if (is_old) {
        output_row(output, 9, "STALE",
                   "%s counts as no copy: no statement of it that is younger "
                   "than two days",
                   node);
    }
}

static void say_all_odd(struct output *output,
                        const struct msg_status_reply *status)
{
    char *own = visible(status->node);

    say_odd(output, own, status->role == ROLE_LEAVING, false, status->waiting);
    free(own);
    for (size_t i = 0; i < status->peers_count; i++) {
        const struct status_peer *peer = &status->peers[i];
        char *node = visible(peer->node);

        if (peer->role != ROLE_OBSERVER) {
            say_odd(output, node, peer->role == ROLE_LEAVING,
                    status_is_stale(peer), peer->waiting);
        }
        free(node);
    }
}

struct row {
    struct span node;
    struct span country;
    const char *heard;
    const char *items;
    const char *behind;
    const char *space;
    const char *stated;
};

static void say_row(struct output *output, const struct row *row)
{
    char *name = visible(row->node);
    char *where = visible(row->country);

    output_say(output, "%-16s %-2s  %-10s %10s %8s %8s  %s\n", name, where,
               row->heard, row->items, row->behind, row->space, row->stated);
    free(name);
    free(where);
}

static void say_peer(struct output *output, const struct status_peer *peer)
{
    char heard[TEXT_SIZE] = "never";
    char items[TEXT_SIZE] = "?";
    char behind[TEXT_SIZE] = "?";
    char space[TEXT_SIZE] = "?";
    char stated[TEXT_SIZE] = "never";
    char when[TEXT_SIZE];
    struct row row = { peer->node, peer->country, heard, items,
                       behind,     space,         stated };

    if (peer->heard) {
        snprintf(heard, sizeof(heard), "%s ago",
                 text_span(when, peer->silent_s));
        text_count(behind, peer->behind);
    }
    if (peer->has_statement) {
        text_count(items, peer->items_claimed);
        text_size(space, peer->free_bytes);
        if (peer->statement_age_s == UINT64_MAX) {
            snprintf(stated, sizeof(stated), "not now");
        } else {
            snprintf(stated, sizeof(stated), "%s ago",
                     text_span(when, peer->statement_age_s));
        }
    }
    say_row(output, &row);
}

static void say_nodes(struct output *output,
                      const struct msg_status_reply *status)
{
    static const struct row head = { { (const uint8_t *)"node", 4 },
                                     { (const uint8_t *)"", 0 },
                                     "heard",
                                     "items",
                                     "behind",
                                     "free",
                                     "stated" };
    char held[TEXT_SIZE];
    char behind[TEXT_SIZE];
    char space[TEXT_SIZE];
    struct row own = { status->node, status->country, "this node", held,
                       behind,       space,           "" };

    text_count(held, status->held);
    text_count(behind, status->placed > status->held
                           ? status->placed - status->held
                           : 0);
    text_size(space, status->free_bytes);
    say_row(output, &head);
    say_row(output, &own);
    for (size_t i = 0; i < status->peers_count; i++) {
        say_peer(output, &status->peers[i]);
    }
}

static void say_people(struct output *output,
                       const struct msg_status_reply *status,
                       const struct headline *headline)
{
    char items[TEXT_SIZE];
    char held[TEXT_SIZE];
    char pending[TEXT_SIZE];
    char wanted[TEXT_SIZE];
    char free_text[TEXT_SIZE];
    char reserve[TEXT_SIZE];

    output_say_color(output, headline->color, "%s\n\n", headline->text);
    output_say(output, "items    %s known, %s here whole, %s pending\n",
               text_count(items, status->items), text_count(held, status->held),
               text_count(pending, status->pending));
    if (status->wanted_bytes > 0) {
        output_say(output, "to fetch about %s\n",
                   text_size(wanted, status->wanted_bytes));
    }
    output_say(output, "space    %s free, %s must stay free\n",
               text_size(free_text, status->free_bytes),
               text_size(reserve, status->reserve_bytes));
    say_copies(output, status);
    output_say(output, "\n");
    say_nodes(output, status);
    say_all_odd(output, status);
    if (status->peers_count > 0 &&
        silent_count(status) == status->peers_count) {
        output_say(output, "\nNobody answers. Removed from the roster? Ask a "
                           "member for the newest\nroster file.\n");
    }
}

/* What is not as it should be, as long as it lasts. */
static void say_alarms(struct output *output,
                       const struct msg_status_reply *status)
{
    for (size_t i = 0; i < status->alarms_count; i++) {
        const struct status_alarm *alarm = &status->alarms[i];
        char *code = visible(alarm->code);
        char *subject = visible(alarm->subject);
        char *text = visible(alarm->text);
        char since[TEXT_SIZE];

        output_say(output, "\n");
        output_row(output, 13, code, "%s%s%s (since %s)", subject,
                   subject[0] == '\0' ? "" : ": ", text,
                   text_span(since, alarm->since_s));
        output_row(output, 13, "", "more:  holdfast explain %s", code);
        free(code);
        free(subject);
        free(text);
    }
}

static int run_status(struct tool *tool, const struct arguments *arguments)
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    struct headline headline;
    struct line *line = NULL;
    int code = reach(tool, &line);

    (void)arguments; /* it takes none */
    if (code == EXIT_DONE) {
        code = tool_ask(tool, line, &request, &reply);
    }
    if (code == EXIT_DONE) {
        const struct msg_status_reply *status = &reply.status_reply;

        snprintf(tool->output.node, sizeof(tool->output.node), "%.*s",
                 (int)status->node.size, (const char *)status->node.data);
        make_headline(status, &headline);
        say_people(&tool->output, status, &headline);
        say_alarms(&tool->output, status);

        struct status_headline shown = { headline.code, headline.text };

        code = output_finish(&tool->output, headline.exit_code,
                             status_json(status, &shown, now_s()));
    }
    line_free(line);
    return code;
}

static const struct exit_text status_exits[] = {
    { EXIT_DONE, "the answer needs no action" },
    { EXIT_BAD, "no room, another machine uses this node's key, or a critical "
                "alarm" },
    { EXIT_REFUSED, "this user, or this key, may not ask that" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "over the network: the node does not know this key" },
    { 0, NULL },
};

const struct command cmd_status = {
    .name = "status",
    .synopsis = "",
    .summary = "who is there, who has heard what, what is on its way",
    .example = "$ holdfast status",
    .text = "Copies are counted by what the members state, signed; nobody has "
            "checked them. \"items\", \"free\" and \"stated\" stand in each "
            "node's newest statement. list and show verify the statements on "
            "this machine.",
    .takes = TAKES_CONFIG | TAKES_SOCKET,
    .words_min = 0,
    .words_max = 0,
    .flags = NULL,
    .exits = status_exits,
    .run = run_status,
};
