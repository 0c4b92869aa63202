/* SPDX-License-Identifier: Apache-2.0 */
/* receipt: is it genuine, is it registered by now, and who says that he holds
 * it. Nobody has checked the copies yet. */
#include <stdlib.h>
#include <string.h>

#include "model/item_id.h"
#include "model/roster_chain.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/reach.h"
#include "tools/holdfast/receipts_check.h"
#include "tools/holdfast/receipts_held.h"
#include "tools/holdfast/roster_known.h"
#include "tools/holdfast/tool.h"

struct receipt_run {
    struct tool *tool;
    const char *path;
    bool offline;
    struct roster_chain *chain; /* owned */
    struct checked_receipts checks;
    struct receipts_held held;
};

/* ---- For people ---------------------------------------------------------- */

/* The first genuine one, or NULL. */
static const struct checked_receipt *first_genuine(
    const struct checked_receipts *checks)
{
    for (size_t i = 0; i < checks->count; i++) {
        if (checks->items[i].state == CHECKED_GENUINE) {
            return &checks->items[i];
        }
    }
    return NULL;
}

static void say_genuine(struct output *output,
                        const struct checked_receipts *checks)
{
    const struct checked_receipt *first = first_genuine(checks);
    char number[TEXT_SIZE];
    bool same = true;

    if (first == NULL) {
        return;
    }
    for (size_t i = 0; i < checks->count; i++) {
        same = same && (checks->items[i].state != CHECKED_GENUINE ||
                        label_equal(&checks->items[i].node, &first->node));
    }
    text_count(number, checks->genuine);
    if (same) {
        output_row(output, 15, "  genuine", "%s: in %s's ledger, signed",
                   number, first->node.text);
    } else {
        output_say(output,
                   "  genuine      %s: in the ledgers of several nodes, "
                   "signed\n",
                   number);
    }
}

/* All the genuine ones together: the latest time, the fewest cosigners. */
struct proven {
    uint64_t count;
    uint64_t latest;
    size_t members;
    uint64_t needed;
};

static struct proven sum_up(const struct checked_receipts *checks)
{
    struct proven sum = { .members = SIZE_MAX };

    for (size_t i = 0; i < checks->count; i++) {
        const struct checked_receipt *item = &checks->items[i];

        if (item->state != CHECKED_GENUINE || !item->has_proven_time) {
            continue;
        }
        sum.count++;
        if (item->proven_time > sum.latest) {
            sum.latest = item->proven_time;
        }
        if (item->member_count < sum.members) {
            sum.members = item->member_count;
        }
        if (item->needed > sum.needed) {
            sum.needed = item->needed;
        }
    }
    return sum;
}

static void say_proven(struct output *output,
                       const struct checked_receipts *checks)
{
    struct proven sum = sum_up(checks);
    char time[TEXT_SIZE];
    char number[TEXT_SIZE];

    if (checks->genuine == 0) {
        return;
    }
    if (sum.count == 0) {
        output_say(output, "  proven time  not yet proven\n");
        return;
    }
    text_time(time, sum.latest);
    if (sum.count == checks->genuine) {
        output_row(output, 15, "  proven time",
                   "%s%s; %zu other member%s cosigned, %llu needed",
                   checks->genuine > 1 ? "at the latest " : "", time,
                   sum.members, plural(sum.members),
                   (unsigned long long)sum.needed);
        return;
    }
    output_row(output, 15, "  proven time",
               "%s at the latest %s; %zu other member%s cosigned, %llu needed; "
               "%llu not yet proven",
               text_count(number, sum.count), time, sum.members,
               plural(sum.members), (unsigned long long)sum.needed,
               (unsigned long long)(checks->genuine - sum.count));
}

static void say_pending(struct output *output,
                        const struct checked_receipts *checks)
{
    const char *sentence = NULL;
    uint64_t more = 0;
    char number[TEXT_SIZE];

    if (checks->completed > 0) {
        output_say(output, "  completed    %s that were pending, in the file\n",
                   text_count(number, checks->completed));
    }
    if (checks->proven > 0) {
        output_say(output,
                   "  proof added  %s now have a proven time, in the "
                   "file\n",
                   text_count(number, checks->proven));
    }
    if (checks->pending == 0) {
        return;
    }
    output_say_color(output, COLOR_WARN,
                     "  pending      %s not yet registered\n",
                     text_count(number, checks->pending));
    if (checks->heard < checks->needed) {
        output_row(output, 15, "",
                   "the node waits to hear from %llu "
                   "other members since its start (%llu so far)",
                   (unsigned long long)checks->needed,
                   (unsigned long long)checks->heard);
    }
    for (size_t i = 0; i < checks->count; i++) {
        const struct checked_receipt *item = &checks->items[i];

        if (item->state == CHECKED_PENDING && item->sentence != NULL) {
            more += sentence != NULL;
            sentence = sentence == NULL ? item->sentence : sentence;
        }
    }
    if (sentence != NULL) {
        char *shown = visible_str(sentence);

        output_row(output, 15, "", "%s", shown);
        free(shown);
    }
    if (more > 0) {
        output_say(output, "               and so, or alike, for %llu more\n",
                   (unsigned long long)more);
    }
}

static const char *check_word(const struct checked_receipt *item)
{
    switch (item->state) {
    case CHECKED_GENUINE:
    case CHECKED_WRONG:
        return receipt_check_name(item->check);
    case CHECKED_PENDING:
        return "pending";
    case CHECKED_MALFORMED:
        return "malformed";
    }
    return "malformed";
}

static bool is_wrong(const struct checked_receipt *item)
{
    return item->state == CHECKED_WRONG || item->state == CHECKED_MALFORMED;
}

static void say_wrong(struct output *output,
                      const struct checked_receipts *checks)
{
    uint64_t said = 0;
    char number[TEXT_SIZE];

    if (checks->wrong == 0) {
        return;
    }
    output_say_color(output, COLOR_BAD, "  NOT GENUINE  %s\n",
                     text_count(number, checks->wrong));
    for (size_t i = 0; i < checks->count && said < OUTPUT_ROWS_MAX; i++) {
        const struct checked_receipt *item = &checks->items[i];
        char id[ITEM_ID_TEXT_SIZE] = "";
        char *shown;

        if (!is_wrong(item)) {
            continue;
        }
        if (item->state == CHECKED_WRONG) {
            item_id_format(&item->deposit.payload_root, id);
        }
        shown = visible_str(item->sentence);
        output_paragraph(output, 6, "    receipt %zu%s%s: %s: %s", i + 1,
                         id[0] == '\0' ? "" : ", ", id, check_word(item),
                         shown);
        free(shown);
        said++;
    }
    if (said < checks->wrong) {
        output_say(output, "    ... %s more (all: --json)\n",
                   text_count(number, checks->wrong - said));
    }
}

static bool roster_is_missing(const struct checked_receipts *checks)
{
    for (size_t i = 0; i < checks->count; i++) {
        if (checks->items[i].state == CHECKED_WRONG &&
            checks->items[i].check == RECEIPT_UNKNOWN_ROSTER) {
            return true;
        }
    }
    return false;
}

static void say_people(const struct receipt_run *run)
{
    struct output *output = &run->tool->output;
    const struct checked_receipts *checks = &run->checks;
    char number[TEXT_SIZE];

    output_say(output, "%s receipt%s, checked against roster %llu\n",
               text_count(number, checks->count), plural(checks->count),
               (unsigned long long)roster_chain_newest(run->chain)->version);
    say_genuine(output, checks);
    say_proven(output, checks);
    say_pending(output, checks);
    say_wrong(output, checks);
    if (roster_is_missing(checks)) {
        output_say(output, "  Is there a newer roster? Then give it with "
                           "--roster FILE.\n");
    }
    if (!run->offline) {
        receipts_held_say(&run->held, checks, output);
        output_say(output, "KEEP YOUR ORIGINALS.\n");
    }
}

/* ---- For programs -------------------------------------------------------- */

static json_t *item_json(const struct receipt_run *run,
                         const struct checked_receipt *item)
{
    json_t *object = json_object();
    bool genuine = item->state == CHECKED_GENUINE;
    char id[ITEM_ID_TEXT_SIZE];

    if (item->state == CHECKED_MALFORMED) {
        json_put(object, "id", json_null());
        json_put(object, "root", json_null());
    } else {
        item_id_format(&item->deposit.payload_root, id);
        json_put(object, "id", json_string(id));
        json_put(object, "root",
                 json_hex(item->deposit.payload_root.bytes, 32));
    }
    json_put(object, "claimed_time",
             genuine ? json_time(item->claimed_time) : json_null());
    json_put(object, "proven_time",
             genuine && item->has_proven_time ? json_time(item->proven_time)
                                              : json_null());
    json_put(object, "registered", json_boolean(genuine));
    json_put(object, "check", json_string(check_word(item)));
    if (genuine) {
        json_put(object, "registered_by", json_string(item->node.text));
        json_put(object, "ledger", json_string(item->origin.text));
        json_put(object, "leaf", json_count(item->index));
        json_put(object, "cosigners", json_count(item->cosigner_count));
        json_put(object, "other_members", json_count(item->member_count));
        json_put(object, "needed", json_count(item->needed));
        json_put(object, "completed", json_boolean(item->was_pending));
        json_put(object, "copies",
                 run->held.asked
                     ? stated_copies_json(&run->held.stated, item->holders)
                     : json_null());
    }
    if (item->sentence != NULL) {
        json_put(object, "message", json_text(span_str(item->sentence)));
    }
    return object;
}

static json_t *run_json(const struct receipt_run *run)
{
    const struct checked_receipts *checks = &run->checks;
    json_t *data = json_object();
    json_t *items = json_array();

    json_put(data, "roster",
             json_count(roster_chain_newest(run->chain)->version));
    json_put(data, "receipts", json_count(checks->count));
    json_put(data, "genuine", json_count(checks->genuine));
    json_put(data, "pending", json_count(checks->pending));
    json_put(data, "not_genuine", json_count(checks->wrong));
    json_put(data, "completed", json_count(checks->completed));
    json_put(data, "copies_checked", json_false());
    json_put(data, "short",
             run->held.asked ? json_count(run->held.short_count) : json_null());
    json_put(data, "statements",
             run->held.asked ? stated_json(&run->held.stated) : json_null());
    for (size_t i = 0; run->tool->output.json && i < checks->count; i++) {
        json_array_append_new(items, item_json(run, &checks->items[i]));
    }
    json_put(data, "items", items);
    return data;
}

/* ---- The command --------------------------------------------------------- */

static int load_file(struct receipt_run *run)
{
    struct problem problem = {
        .exit_code = EXIT_USAGE,
        .code = "USAGE",
        .action = "give a file, or --offline",
    };
    struct why why;
    enum err err;

    if (strcmp(run->path, "-") == 0 && !run->offline) {
        return output_problem(&run->tool->output, &problem,
                              "receipts from stdin cannot be completed in "
                              "place");
    }
    why_clear(&why);
    buf_init(&run->checks.file, RECEIPTS_SIZE_MAX);
    err = tool_file_read(run->path, RECEIPTS_SIZE_MAX, &run->checks.file, &why);
    if (err != ERR_OK) {
        return output_err(&run->tool->output, err, &why, "read the receipts");
    }
    err = checked_judge(&run->checks, run->chain, &why);
    return err == ERR_OK ? EXIT_DONE
                         : output_err(&run->tool->output, err, &why,
                                      "check the receipts");
}

static int write_file(struct receipt_run *run)
{
    struct buf text;
    struct why why;
    enum err err;

    why_clear(&why);
    buf_init(&text, 2 * RECEIPTS_SIZE_MAX);
    err = checked_format(&run->checks, &text);
    if (err == ERR_OK) {
        err = tool_file_replace(run->path, buf_span(&text), 0644, &why);
    }
    buf_done(&text);
    return err == ERR_OK ? EXIT_DONE
                         : output_err(&run->tool->output, err, &why,
                                      "write the completed receipts");
}

/* Ask for those that are pending, or not proven. What was completed is written
 * also when a later question fails. */
static int complete(struct receipt_run *run, struct line *line)
{
    int code = checked_complete(&run->checks, run->tool, line, run->chain);
    int written = EXIT_DONE;

    if (run->checks.completed + run->checks.proven > 0) {
        written = write_file(run);
    }
    return code != EXIT_DONE ? code : written;
}

static int ask_node(struct receipt_run *run)
{
    struct line *line;
    int code = reach(run->tool, &line);

    if (code != EXIT_DONE) {
        output_note(&run->tool->output,
                    "without a node: --offline says what the file proves");
        return code;
    }
    if (run->checks.pending + run->checks.unproven > 0) {
        code = complete(run, line);
    }
    if (code == EXIT_DONE && run->checks.genuine > 0) {
        code = receipts_held_ask(&run->held, run->tool, line, run->chain,
                                 &run->checks);
    }
    line_free(line);
    return code;
}

static enum exit_code exit_code(const struct receipt_run *run)
{
    if (run->checks.wrong > 0) {
        return EXIT_KEY;
    }
    if (run->checks.pending > 0 || run->held.short_count > 0) {
        return EXIT_AGAIN;
    }
    return run->offline ? EXIT_DONE : EXIT_UNKNOWN;
}

static int run_receipt(struct tool *tool, const struct arguments *arguments)
{
    struct receipt_run *run = calloc(1, sizeof(*run));
    struct why why = { "out of memory" };
    int code;

    if (run == NULL) {
        return output_err(&tool->output, ERR_NO_MEMORY, &why,
                          "check the receipts");
    }
    run->tool = tool;
    run->path = arguments->words[0];
    run->offline = argument_given(arguments, "--offline");
    code =
        roster_known_load(tool, argument(arguments, "--roster"), &run->chain);
    if (code == EXIT_DONE) {
        code = load_file(run);
    }
    /* A file with a receipt that is not genuine stays as it is. */
    if (code == EXIT_DONE && !run->offline && run->checks.wrong == 0 &&
        run->checks.count > 0) {
        code = ask_node(run);
    }
    if (code == EXIT_DONE) {
        say_people(run);
        code = output_finish(&tool->output, exit_code(run), run_json(run));
    }
    checked_done(&run->checks);
    receipts_held_done(&run->held);
    roster_chain_free(run->chain);
    free(run);
    return code;
}

static const struct flag receipt_flags[] = {
    { "--offline", NULL, "ask nobody, change nothing", false },
    { "--roster", "FILE", "the roster file; default: the configuration's",
      false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text receipt_exits[] = {
    { EXIT_DONE, "--offline: all are genuine" },
    { EXIT_FAILED, "the roster or the file could not be read or written" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_UNKNOWN, "all are genuine, and enough members state that they hold "
                    "them; nobody has checked the copies yet" },
    { EXIT_NOT_FOUND, "no such file" },
    { EXIT_UNREACHABLE, "the node does not answer: --offline asks nobody" },
    { EXIT_KEY, "one is not genuine: the output says which, and why; or the "
                "node does not know our key" },
    { EXIT_AGAIN, "some are pending, or fewer members hold them than the rule "
                  "wants: run it again later" },
    { EXIT_CONFIG, "no roster: give --roster FILE or --config FILE" },
    { 0, NULL },
};

const struct command cmd_receipt = {
    .name = "receipt",
    .synopsis = "FILE [flags]",
    .summary = "are these receipts genuine, and who holds the items by now",
    .example = "$ holdfast receipt receipts/20261124-0958.txt\n"
               "$ holdfast receipt receipts/20261124-0958.txt --offline "
               "\\\n      --roster archive-8.roster",
    .text = "All is verified on this machine, against the roster. What is "
            "pending, or has no proven time, is asked for and written into "
            "the file; so is what nodes state that they hold, but not kept.",
    .takes = TAKES_CONFIG | TAKES_SOCKET,
    .words_min = 1,
    .words_max = 1,
    .flags = receipt_flags,
    .exits = receipt_exits,
    .run = run_receipt,
};
