/* SPDX-License-Identifier: Apache-2.0 */
/* list: the items that this node knows of. */
#include <stdlib.h>
#include <string.h>

#include "model/health.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/listing.h"
#include "tools/holdfast/sealed.h"

#define NODE_COLUMNS 12
#define PROVEN_COLUMN 43 /* of a list by state */
#define WHY_COLUMN 58
#define NAME_COLUMNS 48
#define CASE_COLUMNS 20

struct wish {
    const char *case_name; /* NULL: all */
    bool all;              /* -a */
    bool by_state;         /* --attention or --state: the node's word */
    uint32_t states;       /* bit i: enum item_state */
    size_t limit;          /* rows for people */
    bool has_prefix;
    struct item_prefix prefix;
    struct age_identities identities; /* none without --key */
    uint64_t unread; /* with --case: descriptions that nobody could open */
};

/* ---- For people ---------------------------------------------------------- */

/* Safe to show and at most `columns` wide: the end of it, behind "..", as
 * names differ there. The caller calls free(). */
static char *fit(struct span raw, size_t columns)
{
    char *text = visible(raw);
    size_t width = 0;
    size_t skip;
    char *from = text;

    for (const char *at = text; *at != '\0'; at++) {
        width += ((unsigned char)*at & 0xc0) != 0x80;
    }
    if (width <= columns) {
        return text;
    }
    for (skip = width - (columns - 2); skip > 0; skip--) {
        do {
            from++;
        } while (((unsigned char)*from & 0xc0) == 0x80);
    }
    /* What is left out has at least two bytes. */
    memmove(text + 2, from, strlen(from) + 1);
    memcpy(text, "..", 2);
    return text;
}

static void say_facts(struct output *output, const struct listed *item)
{
    char *name;
    char *case_name;

    switch (item->opened) {
    case LISTED_NOT_ASKED:
        return;
    case LISTED_OTHER_KEY:
        output_say(output, "  (not sealed to this key)\n");
        return;
    case LISTED_ABSENT:
        output_say(output, "  (its description is still on its way)\n");
        return;
    case LISTED_DAMAGED:
        output_say(output, "  (its description is damaged)\n");
        return;
    case LISTED_OPENED:
        break;
    }
    name = fit(buf_span(&item->facts->name), NAME_COLUMNS);
    case_name = fit(buf_span(&item->facts->case_name), CASE_COLUMNS);
    output_say(output, "  %s%s%s\n", name,
               case_name[0] == '\0' ? "" : "   case ", case_name);
    if (!item->facts->checked) {
        output_say_color(output, COLOR_BAD,
                         "  (a check of its description failed)\n");
    }
    free(case_name);
    free(name);
}

static void say_item(struct output *output, const struct listing *listing,
                     const struct listed *item)
{
    char id[ITEM_ID_TEXT_SIZE];
    char size[TEXT_SIZE];
    char time[TEXT_SIZE];
    char copies[TEXT_SIZE];
    char node[NODE_COLUMNS + 1];

    item_id_format(&item->deposit.payload_root, id);
    text_rfc3339(time, item->time);
    time[10] = ' '; /* 2026-11-24 09:58 */
    time[16] = '\0';
    listed_node(listing, item, node, NODE_COLUMNS);
    listed_copies(listing, item, copies);
    output_say(output, "%-24s  %6s  %s  %-8s  %-4s  %s\n", id,
               text_size(size, item->deposit.payload_size), time, copies,
               item->held ? "yes" : "no", node);
    if (listed_disputed(listing, item)) {
        output_say_color(output, COLOR_WARN,
                         "  (disputed: its ledger was closed before it)\n");
    }
    say_facts(output, item);
}

/* One row of a list by state. */
static void say_judged(struct output *output, const struct listing *listing,
                       const struct listed *item)
{
    char id[ITEM_ID_TEXT_SIZE];
    char size[TEXT_SIZE];
    char *proven = listed_members(listing, item->state->proven);
    char *why = listed_why(listing, item);

    item_id_format(&item->deposit.payload_root, id);
    output_say(output, "%-24s %6s  %-9s ", id,
               text_size(size, item->deposit.payload_size),
               item_state_word((enum item_state)item->state->state));
    output_say(output, "%-*s%s", WHY_COLUMN - PROVEN_COLUMN,
               proven[0] == '\0' ? "none" : proven,
               strlen(proven) < WHY_COLUMN - PROVEN_COLUMN ? "" : "\n");
    if (!output->json) { /* what is too long for its column has a line */
        bool fits = strlen(proven) < WHY_COLUMN - PROVEN_COLUMN;

        output_wrap(output->out, fits ? WHY_COLUMN : 0, WHY_COLUMN, why);
    }
    free(proven);
    free(why);
    say_facts(output, item);
}

static void say_by_state(struct output *output, const struct listing *listing,
                         const struct wish *wish)
{
    size_t shown = listing->count < wish->limit ? listing->count : wish->limit;
    char more[TEXT_SIZE];

    if (listing->count == 0) {
        output_say(output, "no items in such a state\n");
        return;
    }
    output_say(output, "%-24s %6s  %-9s %-13s  %s\n", "id", "padded", "state",
               "proven copies", "why");
    for (size_t i = 0; i < shown; i++) {
        say_judged(output, listing, &listing->items[i]);
    }
    if (shown < listing->count) {
        output_say(output, "   ... %s more (-a for all)\n",
                   text_count(more, listing->count - shown));
    }
    output_paragraph(output, 0,
                     "States and proven copies: as %s counts them. \"holdfast "
                     "receipt\" verifies on this machine.",
                     listing->node);
}

static void say_people(struct output *output, const struct listing *listing,
                       const struct wish *wish)
{
    size_t shown = listing->count < wish->limit ? listing->count : wish->limit;
    char total[TEXT_SIZE];
    char more[TEXT_SIZE];

    if (wish->by_state) {
        say_by_state(output, listing, wish);
        return;
    }
    if (listing->count == 0) {
        output_say(output, "no items%s\n",
                   wish->case_name != NULL ? " of this case" : "");
    } else {
        output_say(output, "%-24s  %6s  %-16s  %-8s  %-4s  %s\n", "id",
                   "padded", "claimed, UTC", "held by", "here", "record of");
    }
    for (size_t i = 0; i < shown; i++) {
        say_item(output, listing, &listing->items[i]);
    }
    if (shown < listing->count) {
        output_say(output, "   ... %s more (-a for all)\n",
                   text_count(more, listing->count - shown));
    }
    if (listing->count > 0) {
        output_paragraph(output, 0,
                         "%s item%s. Held by: members that are to hold it, by "
                         "their own signed statements; nobody has checked. "
                         "Here: on %s.",
                         text_count(total, listing->count),
                         plural(listing->count), listing->node);
    }
    if (listing->unreadable > 0) {
        output_paragraph(output, 0,
                         "%s record%s not readable by this release: of a kind "
                         "that it does not know. Kept, passed on and cosigned "
                         "like all others.",
                         text_count(total, listing->unreadable),
                         plural(listing->unreadable));
    }
    if (listing->count > 0 && listing->stated != NULL) {
        stated_warn(listing->stated, output);
    }
}

/* ---- The command --------------------------------------------------------- */

static bool of_case(const struct listed *item, const void *ctx)
{
    return item->facts != NULL &&
           span_is(buf_span(&item->facts->case_name), ctx);
}

/* Names and cases, of those that will be shown; with --case of all. */
static int read_facts(struct tool *tool, struct listing *listing,
                      struct wish *wish)
{
    size_t count = listing->count;
    int code;

    if (wish->case_name == NULL && !tool->output.json && count > wish->limit) {
        count = wish->limit;
    }
    code = listing_read(listing, count, &wish->identities);
    if (code != EXIT_DONE || wish->case_name == NULL) {
        return code;
    }
    for (size_t i = 0; i < listing->count; i++) {
        wish->unread += listing->items[i].facts == NULL;
    }
    listing_keep(listing, of_case, wish->case_name);
    if (wish->unread > 0) {
        output_warning(&tool->output,
                       "%llu more item%s could not be looked into: sealed to "
                       "other keys, on the way, or damaged",
                       (unsigned long long)wish->unread, plural(wish->unread));
    }
    return EXIT_DONE;
}

static int finish(struct tool *tool, const struct listing *listing,
                  const struct wish *wish)
{
    json_t *data = json_object();
    json_t *items = json_array();

    say_people(&tool->output, listing, wish);
    for (size_t i = 0; tool->output.json && i < listing->count; i++) {
        json_array_append_new(items, listed_json(listing, &listing->items[i]));
    }
    json_put(data, "items", items);
    json_put(data, "total", json_count(listing->count));
    json_put(data, "shown", json_count(listing->count));
    json_put(data, "not_readable", json_count(listing->unreadable));
    json_put(data, "statements",
             listing->stated == NULL ? json_null()
                                     : stated_json(listing->stated));
    if (wish->case_name != NULL) {
        json_put(data, "not_opened", json_count(wish->unread));
    }
    return output_finish(&tool->output, EXIT_DONE, data);
}

/* An older node takes no notice of what states were asked for. */
static int check_judged(struct tool *tool, const struct listing *listing)
{
    struct problem problem = { .exit_code = EXIT_FAILED,
                               .code = "UNSUPPORTED",
                               .action = "ask a newer node with --via" };

    return listing->member_count > 0
               ? EXIT_DONE
               : output_problem(&tool->output, &problem,
                                "%s runs an older release, which judges no "
                                "items",
                                listing->node);
}

/* The worst first, then those that are in it for the longest time. */
static int compare_badness(const void *left, const void *right)
{
    const struct listed *a = left;
    const struct listed *b = right;
    int order = (int)item_state_rank(a->state->state) -
                (int)item_state_rank(b->state->state);

    return order != 0 ? order
                      : (a->state->since < b->state->since) -
                            (a->state->since > b->state->since);
}

static int ask(struct tool *tool, const struct arguments *arguments,
               struct wish *wish)
{
    struct listing listing;
    int code = listing_open(tool, &listing);

    if (code == EXIT_DONE) {
        listing.states = wish->states;
        code = listing_ask(&listing, wish->has_prefix ? &wish->prefix : NULL);
    }
    if (code == EXIT_DONE) {
        code = wish->by_state ? check_judged(tool, &listing) : EXIT_DONE;
    }
    if (code == EXIT_DONE) {
        code = listing_sort(&listing);
    }
    if (code == EXIT_DONE && wish->by_state) {
        qsort(listing.items, listing.count, sizeof(*listing.items),
              compare_badness);
    }
    if (code == EXIT_DONE && wish->has_prefix && listing.count == 0) {
        code = listing_not_found(&listing, arguments->words[0]);
    } else if (code == EXIT_DONE) {
        if (listing.cut) {
            output_warning(&tool->output,
                           "more items begin so than are shown: give more of "
                           "the id");
        }
        if (wish->identities.count > 0) {
            code = read_facts(tool, &listing, wish);
        }
        if (code == EXIT_DONE) {
            code = finish(tool, &listing, wish);
        }
    }
    listing_done(&listing);
    return code;
}

static int usage(struct tool *tool, const char *sentence, const char *action)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "USAGE",
                               .action = action };

    return output_problem(&tool->output, &problem, "%s", sentence);
}

static int read_key(struct tool *tool, const struct arguments *arguments,
                    struct wish *wish)
{
    struct problem problem = { .exit_code = EXIT_KEY, .code = "WRONG-KEY" };
    struct why why;
    char *shown;
    enum err err;
    int code;

    why_clear(&why);
    err = sealed_identities(&tool->output, argument(arguments, "--key"),
                            argument(arguments, "--passphrase-file"),
                            tool->options.no_input, &wish->identities, &why);
    if (err == ERR_OK) {
        return EXIT_DONE;
    }
    if (err == ERR_REFUSED) { /* nobody can be asked for the passphrase */
        return usage(tool, why.text, "--passphrase-file FILE");
    }
    if (err == ERR_CANCELLED || err == ERR_NO_MEMORY) {
        return output_err(&tool->output, err, &why, "open the key");
    }
    shown = visible_str(why.text[0] == '\0' ? err_text(err) : why.text);
    code = output_problem(&tool->output, &problem, "cannot open the key: %s",
                          shown);
    free(shown);
    return code;
}

/* --attention, --state and -a. */
static int read_states(struct tool *tool, const struct arguments *arguments,
                       struct wish *wish)
{
    const char *word;

    if (argument_given(arguments, "--attention")) {
        wish->states = 1u << ITEM_SHORT | 1u << ITEM_LAST_COPY |
                       1u << ITEM_LOST | 1u << ITEM_UNPROVEN;
    }
    for (size_t i = 0; (word = argument_at(arguments, "--state", i)) != NULL;
         i++) {
        enum item_state state;

        if (item_state_parse(span_str(word), &state) != ERR_OK) {
            return usage(tool, "no such state",
                         "protected, spreading, short, last-copy, lost or "
                         "unproven");
        }
        wish->states |= 1u << state;
    }
    wish->by_state = wish->states != 0;
    if (wish->by_state && arguments->word_count > 0) {
        return usage(tool,
                     "an item has one state: it is shown without "
                     "--state or --attention",
                     "holdfast show ID");
    }
    wish->limit = wish->all ? SIZE_MAX : OUTPUT_ROWS_MAX;
    return EXIT_DONE;
}

static int run_list(struct tool *tool, const struct arguments *arguments)
{
    struct wish wish = { .case_name = argument(arguments, "--case"),
                         .all = argument_given(arguments, "-a") };
    bool has_key = argument_given(arguments, "--key");
    int code = read_states(tool, arguments, &wish);

    if (code != EXIT_DONE) {
        return code;
    }
    if (!has_key && wish.case_name != NULL) {
        return usage(tool, "the node knows no cases: only a key opens them",
                     "give --key FILE as well");
    }
    if (!has_key && argument_given(arguments, "--passphrase-file")) {
        return usage(tool, "a passphrase without --key opens nothing",
                     "give --key FILE as well");
    }
    if (arguments->word_count > 0) {
        wish.has_prefix = true;
        code = listing_prefix(tool, arguments->words[0], &wish.prefix);
    }
    if (code == EXIT_DONE && has_key) {
        code = read_key(tool, arguments, &wish);
    }
    if (code == EXIT_DONE) {
        code = ask(tool, arguments, &wish);
    }
    age_identities_done(&wish.identities);
    return code;
}

static const struct flag list_flags[] = {
    { "--key", "FILE", "an evidence identity: shows names and cases", false },
    { "--passphrase-file", "FILE",
      "its first line opens the key; - is stdin; else it is asked for", false },
    { "--case", "REF", "only this case; needs --key", false },
    { "--attention", NULL, "only what is short, last-copy, lost or unproven",
      false },
    { "--state", "STATE", "only items in this state", true },
    { "-a", NULL, "all rows, not only the first 20", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text list_exits[] = {
    { EXIT_DONE, "listed, also when there is nothing to list" },
    { EXIT_FAILED, "the list could not be read" },
    { EXIT_USAGE, "wrong usage, or a mistyped id" },
    { EXIT_REFUSED, "this user, or this key, may not ask that; or two rosters "
                    "stand against each other" },
    { EXIT_NOT_FOUND, "no item begins with ID-PREFIX" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "the key is missing, its passphrase is another, or the node "
                "does not know ours" },
    { EXIT_INTERRUPTED, "interrupted" },
    { 0, NULL },
};

const struct command cmd_list = {
    .name = "list",
    .synopsis = "[ID-PREFIX] [flags]",
    .summary = "the items that this node knows of",
    .example = "$ holdfast list -a\n"
               "$ holdfast list --attention\n"
               "$ holdfast list --key fjord-2026.age --case K-2231",
    .text = "The newest first. A node knows ids, padded sizes and times; it "
            "knows no name and no case. With --key this command opens them; "
            "the node never gets the key. \"held by 2 of 3\": of three members "
            "that the rule wants, two say in signed statements that they hold "
            "it; the signatures are verified here, the copies by nobody. "
            "\"here\": this node holds it whole. With --attention or --state: "
            "the worst first, who proved a copy, and the first reason why "
            "there are no more; that is what this node counts.",
    .takes = TAKES_CONFIG | TAKES_SOCKET | TAKES_NO_INPUT,
    .words_min = 0,
    .words_max = 1,
    .flags = list_flags,
    .exits = list_exits,
    .run = run_list,
};
