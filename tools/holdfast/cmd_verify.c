/* SPDX-License-Identifier: Apache-2.0 */
/* verify: fresh proof of items from everybody who claims them. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "model/block.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/listing.h"
#include "tools/holdfast/progress.h"

#define PIECES 20    /* of each holder, of one item */
#define PIECES_ALL 2 /* of each holder, with --all */

/* What came of one item. */
struct verified {
    struct payload_root root;
    bool found;
    uint64_t size;
    size_t count;
    struct verified_holder {
        char node[LABEL_SIZE_MAX + 1];
        char country[3];
        bool own;
        enum verify_result result;
        uint64_t asked;
        uint64_t good;
        uint64_t last_good;
    } holders[NODE_COUNT_MAX];
};

struct verifying {
    struct tool *tool;
    struct progress *progress; /* NULL: none is shown */
    uint64_t items_done;
    uint64_t bytes_done;
    uint64_t good; /* items */
    uint64_t bad;
    uint64_t unknown;
    json_t *items; /* owned; NULL with --all */
};

/* ---- Asking -------------------------------------------------------------- */

static void copy_text(char *to, size_t room, struct span from)
{
    size_t size = from.size < room ? from.size : room - 1;

    if (size > 0) {
        memcpy(to, from.data, size);
    }
    to[size] = '\0';
}

static void take_first(const struct msg_verify_reply *reply,
                       struct verified *to)
{
    to->found = reply->found;
    to->size = reply->size;
    for (size_t i = 0; i < reply->holders_count && i < NODE_COUNT_MAX; i++) {
        const struct verify_holder *from = &reply->holders[i];
        struct verified_holder *holder = &to->holders[to->count++];

        copy_text(holder->node, sizeof(holder->node), from->node);
        copy_text(holder->country, sizeof(holder->country), from->country);
        holder->own = from->own;
        holder->result = from->result;
        holder->asked = from->asked;
        holder->good = from->good;
        holder->last_good = from->last_good_s;
    }
}

/* A further part of the node's own copy. */
static void take_more(const struct msg_verify_reply *reply, struct verified *to)
{
    for (size_t i = 0; i < reply->holders_count && to->count > 0; i++) {
        const struct verify_holder *from = &reply->holders[i];
        struct verified_holder *own = &to->holders[0];

        if (from->own && own->own) {
            own->asked += from->asked;
            own->good += from->good;
            if (own->result != VERIFY_BAD && from->result != VERIFY_GOOD) {
                own->result = from->result;
            }
        }
    }
}

static void show_progress(struct verifying *all, uint64_t bytes)
{
    struct progress_at at = { .files_done = all->items_done,
                              .bytes_done = all->bytes_done + bytes };

    if (all->progress != NULL) {
        progress_update(all->progress, &at);
    }
}

/* All that this node and its peers say of it. */
static int ask(struct verifying *all, struct line *line, uint64_t pieces,
               struct verified *to)
{
    struct message request = { .kind = MESSAGE_VERIFY };
    struct message reply;
    uint64_t blocks = 1;
    bool first = true;

    request.verify.root = to->root;
    request.verify.pieces = pieces;
    while (first || request.verify.read_from < blocks) {
        int code = tool_ask(all->tool, line, &request, &reply);

        if (code != EXIT_DONE) {
            return code;
        }
        if (first) {
            take_first(&reply.verify_reply, to);
            blocks = reply.verify_reply.blocks;
        } else {
            take_more(&reply.verify_reply, to);
        }
        if (!to->found ||
            reply.verify_reply.read_to <= request.verify.read_from) {
            break;
        }
        first = false;
        request.verify.pieces = 0;
        request.verify.read_from = reply.verify_reply.read_to;
        show_progress(all, request.verify.read_from * BLOCK_SIZE_MAX);
        if (interrupted()) {
            return interrupt_exit_code();
        }
    }
    return EXIT_DONE;
}

/* ---- Saying -------------------------------------------------------------- */

static const char *word_of(enum verify_result result)
{
    return result == VERIFY_GOOD        ? "good"
           : result == VERIFY_BAD       ? "bad copy"
           : result == VERIFY_NO_ANSWER ? "no answer"
                                        : "not there";
}

static const char *key_of(enum verify_result result)
{
    return result == VERIFY_GOOD        ? "good"
           : result == VERIFY_BAD       ? "bad"
           : result == VERIFY_NO_ANSWER ? "no-answer"
                                        : "not-held";
}

static void say_last(const struct verified_holder *holder, char text[128])
{
    char age[TEXT_SIZE];
    uint64_t now = now_s();

    if (holder->last_good == 0) {
        (void)snprintf(text, 128, "no right answer in 30 days");
        return;
    }
    text_span(age, holder->last_good < now ? now - holder->last_good : 0);
    (void)snprintf(text, 128, "last right answer %s ago", age);
}

static void say_own(const struct verified *item,
                    const struct verified_holder *holder, char text[128])
{
    char size[TEXT_SIZE];
    char bad[TEXT_SIZE];

    if (holder->result == VERIFY_GOOD) {
        (void)snprintf(text, 128, "re-read whole here, %s",
                       text_size(size, item->size));
        return;
    }
    (void)snprintf(text, 128, "%s blocks are not as they must be",
                   text_count(bad, holder->asked - holder->good));
}

static void say_holder(struct output *output, const struct verified *item,
                       const struct verified_holder *holder)
{
    char text[128];

    if (holder->own) {
        say_own(item, holder, text);
    } else if (holder->result == VERIFY_GOOD) {
        (void)snprintf(text, sizeof(text), "%u of %u random pieces right",
                       (unsigned)holder->good, (unsigned)holder->asked);
    } else if (holder->result == VERIFY_BAD) {
        (void)snprintf(text, sizeof(text),
                       "a wrong proof of a piece: not counted");
    } else if (holder->result == VERIFY_NOT_HELD) {
        (void)snprintf(text, sizeof(text), "says that it does not have it");
    } else {
        say_last(holder, text);
    }
    output_say(output, "  %-16s %s  ", holder->node, holder->country);
    output_say_color(output,
                     holder->result == VERIFY_GOOD        ? COLOR_GOOD
                     : holder->result == VERIFY_NO_ANSWER ? COLOR_WARN
                                                          : COLOR_BAD,
                     "%-9s", word_of(holder->result));
    output_say(output, "  %s\n", text);
}

static json_t *item_json(const struct verified *item)
{
    json_t *object = json_object();
    json_t *holders = json_array();
    char id[ITEM_ID_TEXT_SIZE];

    item_id_format(&item->root, id);
    json_put(object, "id", json_string(id));
    json_put(object, "root", json_hex(item->root.bytes, 32));
    json_put(object, "padded_bytes", json_count(item->size));
    for (size_t i = 0; i < item->count; i++) {
        const struct verified_holder *from = &item->holders[i];
        json_t *holder = json_object();

        json_put(holder, "node", json_string(from->node));
        json_put(holder, "country", json_string(from->country));
        json_put(holder, "result", json_string(key_of(from->result)));
        json_put(holder, "method",
                 json_string(from->own ? "read" : "challenge"));
        json_put(holder, "asked", json_count(from->asked));
        json_put(holder, "good", json_count(from->good));
        json_put(holder, "last_good",
                 from->last_good == 0 ? json_null()
                                      : json_time(from->last_good));
        json_array_append_new(holders, holder);
    }
    json_put(object, "holders", holders);
    return object;
}

/* The worst that is true of it. */
static enum exit_code judge(const struct verified *item)
{
    enum exit_code code = item->count == 0 ? EXIT_UNKNOWN : EXIT_DONE;

    for (size_t i = 0; i < item->count; i++) {
        enum verify_result result = item->holders[i].result;

        if (result == VERIFY_BAD || result == VERIFY_NOT_HELD) {
            return EXIT_BAD;
        }
        if (result == VERIFY_NO_ANSWER) {
            code = EXIT_UNKNOWN;
        }
    }
    return code;
}

static void count_item(struct verifying *all, const struct verified *item)
{
    enum exit_code code = judge(item);

    all->items_done++;
    all->bytes_done += item->size;
    all->good += code == EXIT_DONE;
    all->bad += code == EXIT_BAD;
    all->unknown += code == EXIT_UNKNOWN;
}

static void say_item(struct output *output, const struct verified *item)
{
    char id[ITEM_ID_TEXT_SIZE];
    char size[TEXT_SIZE];
    size_t good = 0;

    item_id_format(&item->root, id);
    output_say(output, "%s   %s (padded)\n", id, text_size(size, item->size));
    for (size_t i = 0; i < item->count; i++) {
        say_holder(output, item, &item->holders[i]);
        good += item->holders[i].result == VERIFY_GOOD;
    }
    output_say(output, "%zu of %zu who claim it proved it now\n", good,
               item->count);
}

/* ---- The command --------------------------------------------------------- */

static enum exit_code worst(const struct verifying *all)
{
    return all->bad > 0       ? EXIT_BAD
           : all->unknown > 0 ? EXIT_UNKNOWN
                              : EXIT_DONE;
}

static int verify_word(struct verifying *all, const char *word)
{
    struct tool *tool = all->tool;
    struct verified item = { .found = false };
    struct listing listing;
    int code = listing_find(tool, word, &listing);

    if (code == EXIT_DONE) {
        item.root = listing.items[0].deposit.payload_root;
        output_note(&tool->output,
                    "asking whoever claims it for %d random pieces ...",
                    PIECES);
        code = ask(all, listing.line, PIECES, &item);
    }
    if (code == EXIT_DONE && !item.found) {
        code = listing_not_found(&listing, word);
    }
    if (code == EXIT_DONE) {
        count_item(all, &item);
        say_item(&tool->output, &item);
        json_array_append_new(all->items, item_json(&item));
    }
    listing_done(&listing);
    return code;
}

static int verify_words(struct tool *tool, const struct arguments *arguments)
{
    struct verifying all = { .tool = tool, .items = json_array() };
    json_t *data = json_object();
    int code = EXIT_DONE;

    for (int i = 0; code == EXIT_DONE && i < arguments->word_count; i++) {
        code = verify_word(&all, arguments->words[i]);
    }
    json_put(data, "items", all.items);
    if (code != EXIT_DONE) {
        json_decref(data);
        return code;
    }
    return output_finish(&tool->output, worst(&all), data);
}

static void say_line(struct tool *tool, const struct verified *item)
{
    json_t *line;

    if (judge(item) != EXIT_DONE) {
        say_item(&tool->output, item);
    }
    if (tool->output.json) {
        line = item_json(item);
        json_put(line, "type", json_string("item"));
        output_line(&tool->output, line);
    }
}

static int end_all(struct verifying *all, int code)
{
    struct output *output = &all->tool->output;
    enum exit_code end = code == EXIT_DONE ? worst(all) : (enum exit_code)code;
    char done[TEXT_SIZE];
    char bad[TEXT_SIZE];
    char unknown[TEXT_SIZE];
    json_t *line = json_object();

    output_say(output,
               "%s items asked for: %s with a bad copy, %s with no answer\n",
               text_count(done, all->items_done), text_count(bad, all->bad),
               text_count(unknown, all->unknown));
    json_put(line, "type", json_string("summary"));
    json_put(line, "result",
             json_string(code != EXIT_DONE     ? "partial"
                         : end == EXIT_BAD     ? "bad"
                         : end == EXIT_UNKNOWN ? "unknown"
                                               : "ok"));
    json_put(line, "exit_code", json_integer(end));
    json_put(line, "items", json_count(all->items_done));
    json_put(line, "good", json_count(all->good));
    json_put(line, "bad", json_count(all->bad));
    json_put(line, "unknown", json_count(all->unknown));
    output_line(output, line);
    return end;
}

static int verify_each(struct verifying *all, struct listing *listing)
{
    struct progress_at at = { .files_done = 0 };
    struct progress progress;
    uint64_t bytes = 0;
    int code = EXIT_DONE;

    for (size_t i = 0; i < listing->count; i++) {
        bytes += listing->items[i].deposit.payload_size;
    }
    progress_start_of(&progress, &all->tool->output, "items", listing->count,
                      bytes);
    all->progress = &progress;
    for (size_t i = 0; code == EXIT_DONE && i < listing->count; i++) {
        struct verified item = { .root =
                                     listing->items[i].deposit.payload_root };

        code = ask(all, listing->line, PIECES_ALL, &item);
        if (code == EXIT_DONE) {
            count_item(all, &item);
            progress_clear(&progress);
            say_line(all->tool, &item);
        }
        show_progress(all, 0);
    }
    at.files_done = all->items_done;
    at.bytes_done = all->bytes_done;
    progress_end(&progress, &at);
    return end_all(all, code);
}

static int verify_all(struct tool *tool)
{
    struct verifying all = { .tool = tool };
    struct listing listing;
    int code = listing_open(tool, &listing);

    if (code == EXIT_DONE) {
        code = listing_ask(&listing, NULL);
    }
    if (code == EXIT_DONE) {
        code = listing_sort(&listing);
    }
    if (code == EXIT_DONE) {
        code = verify_each(&all, &listing);
    }
    listing_done(&listing);
    return code;
}

static int run_verify(struct tool *tool, const struct arguments *arguments)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "USAGE",
                               .action = "holdfast verify --help" };
    bool is_all = argument_given(arguments, "--all");

    if (is_all == (arguments->word_count > 0)) {
        return output_problem(&tool->output, &problem,
                              "give one or more ids, or --all");
    }
    return is_all ? verify_all(tool) : verify_words(tool, arguments);
}

static const struct flag verify_flags[] = {
    { "--all", NULL, "every item that this node knows of, one after the other",
      false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text verify_exits[] = {
    { EXIT_DONE, "all who claim it proved it" },
    { EXIT_USAGE, "wrong usage, a mistyped id, or more than one begins so" },
    { EXIT_BAD, "somebody gave a wrong proof, or does not have it" },
    { EXIT_UNKNOWN, "somebody did not answer, or nobody claims it" },
    { EXIT_REFUSED, "this user, or this key, may not ask that" },
    { EXIT_NOT_FOUND, "this node knows no such item" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "over the network: the node does not know this key" },
    { EXIT_AGAIN, "the node verifies other items just now" },
    { EXIT_INTERRUPTED, "interrupted" },
    { 0, NULL },
};

const struct command cmd_verify = {
    .name = "verify",
    .synopsis = "ID... | --all",
    .summary = "fresh proof of items from everybody who claims them",
    .example = "$ holdfast verify HF-Y1JX-4WHR",
    .text = "The node asks each other node that claims the item for random "
            "pieces of it, 20 of one item, 2 of each with --all, and reads its "
            "own copy again, whole. Who does not answer within 10 s is silent, "
            "which is no failure. A proof says that whoever answered for that "
            "node could read those pieces at this moment; it proves no "
            "separate disk. What comes of it counts like what the node asks "
            "by itself each hour.",
    .takes = TAKES_CONFIG | TAKES_SOCKET,
    .words_min = 0,
    .words_max = 64,
    .flags = verify_flags,
    .exits = verify_exits,
    .run = run_verify,
};
