/* SPDX-License-Identifier: Apache-2.0 */
/* roster check, roster show: what a roster says, and whether it holds. */
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/roster_given.h"
#include "tools/holdfast/tool.h"

/* How a roster stands with its signatures. */
struct standing {
    bool known; /* there is somebody to judge */
    struct roster_quorum quorum;
};

/* Rules between rosters and signatures. EXIT_DONE, or a problem that was said.
 */
static int judge(struct tool *tool, const struct roster_given *given,
                 struct standing *standing)
{
    struct problem problem = { .exit_code = EXIT_BAD };
    struct why why;
    enum err err = ERR_OK;

    memset(standing, 0, sizeof(*standing));
    if (given->judge == NULL) {
        return EXIT_DONE;
    }
    why_clear(&why);
    standing->known = true;
    standing->quorum.member_count = given->judge->member_count;
    standing->quorum.need = given->roster->version == 1
                                ? given->judge->member_count
                                : roster_quorum_need(given->judge);
    if (given->judge != given->roster) {
        err =
            roster_verify_rules(&given->cid, given->judge, given->roster, &why);
    }
    if (err == ERR_OK && !given->is_draft) {
        err = roster_quorum_count(&given->cid, given->judge, given->note,
                                  &standing->quorum, &why);
    }
    if (err == ERR_OK) {
        return EXIT_DONE;
    }
    problem.code = code_of_err(err);
    return output_problem(&tool->output, &problem,
                          "roster %llu does not hold: "
                          "%s",
                          (unsigned long long)given->roster->version,
                          why.text[0] == '\0' ? err_text(err) : why.text);
}

static void say_head(struct output *output, const struct roster_given *given,
                     const struct standing *standing)
{
    const struct roster *roster = given->roster;
    char follows[64] = "";

    if (given->judge != NULL && given->judge != roster) {
        snprintf(follows, sizeof(follows), ", follows %llu",
                 (unsigned long long)given->judge->version);
    }
    if (standing->known) {
        output_paragraph(
            output, 4,
            "%s, roster %llu%s: signed by %zu of %s%zu member%s "
            "(%zu needed)",
            roster->consortium.text, (unsigned long long)roster->version,
            follows, standing->quorum.have_count,
            roster->version == 1 ? "its " : "those ",
            standing->quorum.member_count,
            plural(standing->quorum.member_count), standing->quorum.need);
    } else {
        output_paragraph(output, 4,
                         "%s, roster %llu: who may sign it is not known "
                         "without the roster before it (--after OLD)",
                         roster->consortium.text,
                         (unsigned long long)roster->version);
    }
}

static json_t *signatures_json(const struct roster_given *given,
                               const struct standing *standing)
{
    json_t *object = json_object();
    json_t *have = json_array();

    for (size_t index = 0; index < standing->quorum.member_count; index++) {
        if (standing->quorum.have[index]) {
            json_array_append_new(
                have, json_string(given->judge->members[index].label.text));
        }
    }
    json_put(object, "have", have);
    json_put(object, "need", json_count(standing->quorum.need));
    return object;
}

static json_t *head_json(const struct roster_given *given, const char *words)
{
    json_t *data = json_object();

    if (given->has_cid) {
        json_put(data, "consortium", json_string(given->cid.text));
    }
    json_put(data, "version", json_count(given->roster->version));
    json_put(data, "hash", json_hex(given->roster->hash.bytes, DIGEST_SIZE));
    json_put(data, "words", roster_words_json(words));
    return data;
}

/* ---- roster check -------------------------------------------------------- */

static int finish_check(struct tool *tool, const struct roster_given *given,
                        const struct standing *standing)
{
    struct output *output = &tool->output;
    char *words = roster_words(&given->roster->hash);
    enum exit_code code = EXIT_DONE;
    json_t *data;

    say_head(output, given, standing);
    data = head_json(given, words);
    if (standing->known) {
        json_put(data, "signatures", signatures_json(given, standing));
    }
    json_put(data, "changes", roster_say_changes(output, given));
    roster_say_rule(output, given->roster);
    roster_say_words(output, words);
    roster_say_warnings(output, given->roster);
    free(words);
    if (!standing->known) {
        code = EXIT_UNKNOWN;
    } else if (standing->quorum.have_count < standing->quorum.need) {
        code = EXIT_AGAIN;
    }
    return output_finish(output, code, data);
}

static int run_check(struct tool *tool, const struct arguments *arguments)
{
    struct roster_given given;
    struct standing standing;
    int code;

    code = roster_given_load(tool, arguments->words[0],
                             argument(arguments, "--after"), EXIT_BAD, &given);
    if (code != EXIT_DONE) {
        return code;
    }
    code = judge(tool, &given, &standing);
    if (code == EXIT_DONE) {
        code = finish_check(tool, &given, &standing);
    }
    roster_given_done(&given);
    return code;
}

static const struct flag check_flags[] = {
    { "--after", "OLD", "the roster file that it follows", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text check_exits[] = {
    { EXIT_DONE, "well-formed, and signed by enough members" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_BAD, "it breaks a rule, or a signature is wrong" },
    { EXIT_UNKNOWN, "well-formed; who must sign is not known without --after" },
    { EXIT_NOT_FOUND, "no such file" },
    { EXIT_AGAIN, "well-formed; not yet signed by enough members" },
    { 0, NULL },
};

const struct command cmd_roster_check = {
    .name = "roster check",
    .synopsis = "FILE [--after OLD]",
    .summary = "is a roster well-formed, signed, and wise",
    .example = "$ holdfast roster check archive-8.roster --after "
               "archive-7.roster",
    .text = "FILE is a draft, a note with some signatures, or a whole roster "
            "file. Warnings say what is allowed and will hurt. Compare the "
            "eight words by phone.",
    .words_min = 1,
    .words_max = 1,
    .flags = check_flags,
    .exits = check_exits,
    .run = run_check,
};

/* ---- roster show --------------------------------------------------------- */

static void say_member(struct output *output, const struct roster *roster,
                       const struct roster_member *member)
{
    struct buf seals;
    struct buf years;

    buf_init(&seals, 4096);
    buf_init(&years, 4096);
    for (size_t index = 0; index < member->seal_count; index++) {
        buf_printf(&seals, " %s",
                   roster->members[member->seals[index]].label.text);
    }
    for (size_t index = 0; index < member->recipient_count; index++) {
        buf_printf(
            &years, " %u",
            (unsigned)roster->recipients[member->recipient_first + index].year);
    }
    buf_put_byte(&seals, 0);
    buf_put_byte(&years, 0);
    output_paragraph(
        output, 11, "  member %s: seals to%s; recipients of%s",
        member->label.text,
        member->seal_count == 0 ? " nobody" : (const char *)seals.data,
        member->recipient_count == 0 ? " no year" : (const char *)years.data);
    buf_done(&years);
    buf_done(&seals);
}

static void say_node(struct output *output, const struct roster *roster,
                     const struct roster_node *node)
{
    output_paragraph(
        output, 11, "  node   %s of %s, %s, %s, %s%s", node->label.text,
        roster_member_of(roster, node)->label.text, node->country,
        node_role_text(node->role), node->listens ? "listens" : "only dials",
        node->address_count == 0 ? ", no address" : "");
    for (size_t index = 0; index < node->address_count; index++) {
        output_say(output, "           %.*s\n",
                   (int)node->addresses[index].size,
                   (const char *)node->addresses[index].data);
    }
}

static json_t *members_json(const struct roster *roster)
{
    json_t *list = json_array();

    for (size_t index = 0; index < roster->member_count; index++) {
        const struct roster_member *member = &roster->members[index];
        json_t *object = json_object();
        json_t *seals = json_array();
        json_t *recipients = json_object();
        char year[8];

        for (size_t at = 0; at < member->seal_count; at++) {
            json_array_append_new(
                seals,
                json_string(roster->members[member->seals[at]].label.text));
        }
        for (size_t at = 0; at < member->recipient_count; at++) {
            const struct roster_recipient *recipient =
                &roster->recipients[member->recipient_first + at];

            snprintf(year, sizeof(year), "%u", (unsigned)recipient->year);
            json_put(recipients, year, json_text(recipient->text));
        }
        json_put(object, "member", json_string(member->label.text));
        json_put(object, "seals_to", seals);
        json_put(object, "recipients", recipients);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *nodes_json(const struct roster *roster)
{
    json_t *list = json_array();

    for (size_t index = 0; index < roster->node_count; index++) {
        const struct roster_node *node = &roster->nodes[index];
        json_t *object = json_object();
        json_t *addresses = json_array();

        for (size_t at = 0; at < node->address_count; at++) {
            json_array_append_new(addresses, json_text(node->addresses[at]));
        }
        json_put(object, "node", json_string(node->label.text));
        json_put(object, "member",
                 json_string(roster_member_of(roster, node)->label.text));
        json_put(object, "country", json_string(node->country));
        json_put(object, "role", json_string(node_role_text(node->role)));
        json_put(object, "listens", json_boolean(node->listens));
        json_put(object, "addresses", addresses);
        json_array_append_new(list, object);
    }
    return list;
}

static int finish_show(struct tool *tool, const struct roster_given *given,
                       const struct standing *standing)
{
    struct output *output = &tool->output;
    const struct roster *roster = given->roster;
    char *words = roster_words(&roster->hash);
    json_t *data = head_json(given, words);

    say_head(output, given, standing);
    for (size_t index = 0; index < roster->member_count; index++) {
        say_member(output, roster, &roster->members[index]);
    }
    for (size_t index = 0; index < roster->node_count; index++) {
        say_node(output, roster, &roster->nodes[index]);
    }
    roster_say_rule(output, roster);
    roster_say_words(output, words);
    if (standing->known) {
        json_put(data, "signatures", signatures_json(given, standing));
    }
    json_put(data, "members", members_json(roster));
    json_put(data, "nodes", nodes_json(roster));
    free(words);
    return output_finish(output, EXIT_DONE, data);
}

static int run_show(struct tool *tool, const struct arguments *arguments)
{
    struct roster_given given;
    struct standing standing;
    int code;

    code = roster_given_load(tool, arguments->words[0], NULL, EXIT_BAD, &given);
    if (code != EXIT_DONE) {
        return code;
    }
    code = judge(tool, &given, &standing);
    if (code == EXIT_DONE) {
        code = finish_show(tool, &given, &standing);
    }
    roster_given_done(&given);
    return code;
}

static const struct exit_text show_exits[] = {
    { EXIT_DONE, "shown" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_BAD, "it breaks a rule, or a signature is wrong" },
    { EXIT_NOT_FOUND, "no such file" },
    { 0, NULL },
};

const struct command cmd_roster_show = {
    .name = "roster show",
    .synopsis = "FILE",
    .summary = "members, nodes, rule and the eight words",
    .example = "$ holdfast roster show archive-8.roster",
    .text = "Shows the last roster of the file. Whether it counts: roster "
            "check.",
    .words_min = 1,
    .words_max = 1,
    .exits = show_exits,
    .run = run_show,
};
