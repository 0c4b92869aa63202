/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/deposit_say.h"

#include <stdlib.h>
#include <string.h>

#include "model/roster_chain.h"
#include "tools/holdfast/output.h"

void deposit_say_start(struct deposit *deposit)
{
    struct output *output = &deposit->tool->output;
    char size[TEXT_SIZE];
    uint64_t files = deposit->list.count - deposit->list.skipped_count;
    char text[1024] = "";
    json_t *names = json_array();

    for (size_t i = 0; i < deposit->recipients.count; i++) {
        size_t used = strlen(text);

        (void)snprintf(text + used, sizeof(text) - used, "%s%s",
                       i > 0 ? ", " : "", deposit->recipients.names[i]);
        json_array_append_new(names, json_string(deposit->recipients.names[i]));
    }
    output_note(output, "%llu file%s, %s, to %s", (unsigned long long)files,
                plural(files), text_size(size, deposit->list.bytes),
                deposit->node);
    output_note(output, "Sealed here for: %s", text);
    if (deposit->journal.is_resumed) {
        output_note(output, "An earlier run was cut off: going on from there.");
    }

    json_t *line = json_object();

    json_put(line, "type", json_string("start"));
    json_put(line, "schema", json_string("holdfast.deposit/1"));
    json_put(line, "files", json_count(files));
    json_put(line, "bytes", json_count(deposit->list.bytes));
    json_put(line, "recipients", names);
    if (output->json) {
        output_line(output, line);
    } else {
        json_decref(line);
    }
}

/* The member whose node registered it: the first of those that are to hold it.
 * NULL when the roster does not name that node as one that stores. */
static const struct roster_member *first_holder(const struct deposit *deposit)
{
    const struct roster *roster = roster_chain_newest(deposit->chain);
    const struct roster_node *node =
        roster_find_node(roster, span_str(deposit->node));

    return node == NULL || node->role != NODE_STORE
               ? NULL
               : roster_member_of(roster, node);
}

static void say_held(struct deposit *deposit)
{
    const struct roster *roster = roster_chain_newest(deposit->chain);
    size_t stores = roster_count_other_members(roster, NULL, true);
    uint64_t need = roster->copies < stores ? roster->copies : stores;
    const struct roster_member *first = first_holder(deposit);

    if (first != NULL && need > 1) {
        output_say(&deposit->tool->output,
                   "  held by      1 of the %llu members that the rule wants: "
                   "%s\n",
                   (unsigned long long)need, first->label.text);
    }
}

static void say_pending(struct deposit *deposit)
{
    struct output *output = &deposit->tool->output;
    const struct deposit_run_result *result = &deposit->result;

    if (result->pending == 0) {
        return;
    }
    output_say(output,
               "  pending      %llu kept on this node, not yet registered:\n",
               (unsigned long long)result->pending);
    if (result->heard < result->needed) {
        output_say(output,
                   "               %s waits to hear from %llu other members\n"
                   "               since its start (%llu so far)\n",
                   deposit->node, (unsigned long long)result->needed,
                   (unsigned long long)result->heard);
    } else {
        output_say(
            output,
            "               %s registers it by itself when it can;\n"
            "               \"holdfast status\" says what it waits for\n",
            deposit->node);
    }
}

void deposit_say_people(struct deposit *deposit)
{
    struct output *output = &deposit->tool->output;
    const struct deposit_run_result *result = &deposit->result;
    char size[TEXT_SIZE];
    char time[TEXT_SIZE];

    output_say(output, "\nDeposited %llu file%s (%s)",
               (unsigned long long)result->done, plural(result->done),
               text_size(size, result->done_bytes));
    if (deposit->setup.case_name.size > 0) {
        char *name = visible(deposit->setup.case_name);

        output_say(output, ", case %s", name);
        free(name);
    }
    output_say(output, "\n");
    if (result->done_before > 0) {
        output_say(output, "  before       %llu by an earlier run\n",
                   (unsigned long long)result->done_before);
    }
    if (result->registered > 0) {
        output_say(output, "  registered   %llu by %s, %s (its own clock)\n",
                   (unsigned long long)result->registered, deposit->node,
                   text_time(time, now_s()));
        say_held(deposit);
    }
    say_pending(deposit);
    if (result->failed > 0) {
        output_say_color(output, COLOR_BAD, "  NOT DEPOSITED %llu\n",
                         (unsigned long long)result->failed);
    }
    if (deposit->receipts.count > 0) {
        char *path = visible_str(deposit->receipts.path);

        output_say(output,
                   "  receipts     %s%s\n\n"
                   "KEEP YOUR ORIGINALS: nobody has checked the copies yet.\n"
                   "  holdfast receipt %s\n",
                   path,
                   deposit->receipts.with_names ? "" : "   (no names in it)",
                   path);
        free(path);
    }
}

static const char *result_word(int code)
{
    return code == EXIT_DONE     ? "ok"
           : code == EXIT_PARTLY ? "partial"
                                 : "failed";
}

static json_t *held_by_json(const struct deposit *deposit)
{
    const struct roster_member *first = first_holder(deposit);
    json_t *list = json_array();

    if (first != NULL && deposit->result.registered > 0) {
        json_array_append_new(list, json_string(first->label.text));
    }
    return list;
}

void deposit_say_summary(struct deposit *deposit, int exit_code)
{
    struct output *output = &deposit->tool->output;
    const struct deposit_run_result *result = &deposit->result;
    json_t *line = json_object();

    json_put(line, "type", json_string("summary"));
    json_put(line, "result", json_string(result_word(exit_code)));
    json_put(line, "exit_code", json_integer(exit_code));
    json_put(line, "items", json_count(result->done));
    json_put(line, "before", json_count(result->done_before));
    json_put(line, "failed", json_count(result->failed));
    json_put(line, "registered", json_count(result->registered));
    json_put(line, "pending", json_count(result->pending));
    json_put(line, "held_by", held_by_json(deposit));
    json_put(line, "receipts",
             deposit->receipts.count > 0
                 ? json_text(span_str(deposit->receipts.path))
                 : json_null());
    if (output->json) {
        output_line(output, line);
    } else {
        json_decref(line);
    }
}
