/* SPDX-License-Identifier: Apache-2.0 */
/* import: what the local node lacks, from a copy of a peer's disk. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/import.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/reach.h"

/* ---- For the parts ------------------------------------------------------- */

void import_stop(struct import *import, enum err err, const char *code,
                 const struct why *why)
{
    if (import->err != ERR_OK) {
        return;
    }
    import->err = err;
    import->why = *why;
    (void)snprintf(import->code, sizeof(import->code), "%s", code);
}

void import_stop_foreign(struct import *import, const char *consortium)
{
    struct why why;
    enum err err = why_set(
        &why, ERR_REFUSED,
        "the copy is of consortium %s, %s is of %s: nothing of one is of use "
        "to the other",
        consortium, import->node.text, import->consortium.text);

    import_stop(import, err, "OTHER-CONSORTIUM", &why);
}

bool import_stopped(const struct import *import)
{
    return import->err != ERR_OK;
}

void import_left_out(struct import *import, const char *what,
                     const char *reason)
{
    struct output *output = &import->tool->output;

    import->left_out++;
    progress_clear(&import->progress);
    if (output->json) {
        json_t *line = json_object();

        json_put(line, "type", json_string("missing"));
        json_put(line, "what", json_text(span_str(what)));
        json_put(line, "reason", json_text(span_str(reason)));
        output_line(output, line);
    } else if (import->left_out <= OUTPUT_ROWS_MAX) {
        char *shown = visible_str(what);
        char *why = visible_str(reason);

        output_warning(output, "left out: %s: %s", shown, why);
        free(shown);
        free(why);
    } else if (import->left_out == OUTPUT_ROWS_MAX + 1) {
        output_warning(output, "more is left out; --json names all of it");
    }
}

bool import_deposit(struct import *import, struct span leaf,
                    struct deposit *ret_deposit)
{
    const struct record *record = import->record;

    if (record_parse(leaf, import->record, NULL) != ERR_OK) {
        return false;
    }
    if (record->kind == RECORD_CARRIED) {
        if (record_parse_carried(import->record, import->inner, NULL) !=
            ERR_OK) {
            return false;
        }
        record = import->inner;
    }
    if (record->kind != RECORD_DEPOSIT) {
        return false;
    }
    *ret_deposit = record->deposit;
    return true;
}

static struct progress_at progress_at(const struct import *import)
{
    return (struct progress_at){
        .files_done =
            import->items_done + import->items_partly + import->items_damaged,
        .bytes_done = import->bytes_passed,
    };
}

void import_progress(struct import *import)
{
    struct progress_at at = progress_at(import);

    progress_update(&import->progress, &at);
}

void import_pause(void)
{
    (void)interrupt_poll(NULL, 0, IMPORT_PAUSE_MS);
}

void import_settle(struct import *import, import_settled_fn done)
{
    struct message request = { .kind = MESSAGE_STATUS };
    uint64_t until_ms = now_ms() + IMPORT_SETTLE_MS;

    while (!import_stopped(import) && !interrupted()) {
        struct message reply;
        char code[LINE_CODE_SIZE] = "";
        struct why why = { "" };
        enum err err = line_ask(import->line, &request, &reply, code, &why);

        if (err != ERR_OK) {
            import_stop(import, err, code, &why);
        } else if (done(import, &reply.status_reply) || now_ms() > until_ms) {
            return;
        } else {
            import_pause();
        }
    }
}

/* ---- Beginning ----------------------------------------------------------- */

static int open_copy(struct import *import)
{
    struct output *output = &import->tool->output;
    struct why why = { "" };
    enum err err =
        store_open_copy(import->dir, &import->copy, &import->copied, &why);

    if (err == ERR_OK) {
        import->source = store_source(import->copy);
        if (import->copied.note.text[0] != '\0') {
            output_warning(output, "%s", import->copied.note.text);
        }
        return EXIT_DONE;
    }

    struct problem problem = {
        .exit_code = exit_of_err(err),
        .code = err == ERR_CORRUPT || err == ERR_IO ? "COPY-DAMAGED"
                                                    : code_of_err(err),
        .state = "nothing was sent, and nothing in the copy was changed.",
    };
    char *shown = visible_str(why.text);

    if (err == ERR_BUSY) {
        problem.action = "stop that daemon, copy its data directory, and give "
                         "the copy";
    } else if (err == ERR_PERMISSION) {
        problem.action = "run it as root: a data directory is its node's alone";
    }

    int code =
        output_problem(output, &problem, "cannot read the copy: %s", shown);

    free(shown);
    return code;
}

/* An item is sent right behind its blocks, and the disk is to be where the node
 * is: over the net the node's peers are the better source. */
static int not_here(struct import *import)
{
    struct problem problem = {
        .exit_code = EXIT_USAGE,
        .code = "USAGE",
        .state = "nothing was sent.",
        .action = "take the disk to the node, and give its configuration or "
                  "--socket PATH",
    };

    return output_problem(&import->tool->output, &problem,
                          "import works beside the node, not over the net");
}

static int ask_node(struct import *import)
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    const struct msg_status_reply *status = &reply.status_reply;
    int code = reach(import->tool, &import->line);

    if (code == EXIT_DONE && !line_is_ordered(import->line)) {
        return not_here(import);
    }
    if (code == EXIT_DONE) {
        code = tool_ask(import->tool, import->line, &request, &reply);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (label_parse(status->node, &import->node) != ERR_OK ||
        cid_parse(status->consortium, &import->consortium) != ERR_OK) {
        struct why why = { "the node's answer makes no sense" };

        return output_err(&import->tool->output, ERR_MALFORMED, &why,
                          "ask the node");
    }
    (void)snprintf(import->tool->output.node, sizeof(import->tool->output.node),
                   "%s", import->node.text);
    import->roster_version = status->roster_version;
    if (status->free_bytes > status->reserve_bytes) {
        import->room = status->free_bytes - status->reserve_bytes;
    }
    return EXIT_DONE;
}

/* ---- Saying -------------------------------------------------------------- */

static void say_start(struct import *import)
{
    struct output *output = &import->tool->output;
    char records[TEXT_SIZE];
    char items[TEXT_SIZE];
    char size[TEXT_SIZE];
    char room[TEXT_SIZE];

    if (output->json) {
        json_t *line = json_object();

        json_put(line, "type", json_string("start"));
        json_put(line, "schema", json_string("holdfast.import/1"));
        json_put(line, "from", json_string(import->copied.node));
        json_put(line, "records", json_count(import->records));
        json_put(line, "items", json_count(import->items));
        json_put(line, "bytes", json_count(import->item_bytes));
        json_put(line, "absent", json_count(import->absent));
        output_line(output, line);
    }
    output_note(output,
                "%s %s %s record%s of this copy; it lacks %s item%s that the "
                "copy has (up to %s).",
                import->node.text,
                import->tool->options.dry_run ? "lacks" : "has taken",
                text_count(records, import->tool->options.dry_run
                                        ? import->records
                                        : import->records_done),
                plural(import->records), text_count(items, import->items),
                plural(import->items), text_size(size, import->item_bytes));
    if (import->item_bytes > import->room) {
        output_warning(output,
                       "%s has room for %s only: it takes what fits; with more "
                       "disk the same command goes on",
                       import->node.text, text_size(room, import->room));
    }
}

static void say_counts(struct import *import)
{
    struct output *output = &import->tool->output;
    char one[TEXT_SIZE];
    char two[TEXT_SIZE];

    output_say(output, "\nImported %s item%s from the copy of %s\n",
               text_count(one, import->items_done), plural(import->items_done),
               import->copied.node);
    output_say(output, "  records      %s\n",
               text_count(one, import->records_done));
    output_say(output, "  blocks       %s (%s); what was there was not sent\n",
               text_count(one, import->blocks_sent),
               text_size(two, import->bytes_sent));
    if (import->absent + import->items_partly > 0) {
        output_say(output,
                   "  incomplete   %s item%s, in the copy too: the other "
                   "members have them\n",
                   text_count(one, import->absent + import->items_partly),
                   plural(import->absent + import->items_partly));
    }
    if (import->items_damaged > 0) {
        output_say_color(output, COLOR_BAD,
                         "  DAMAGED      %s item%s (%s block%s): left out\n",
                         text_count(one, import->items_damaged),
                         plural(import->items_damaged),
                         text_count(two, import->blocks_damaged),
                         plural(import->blocks_damaged));
    }
    if (import->refused > 0) {
        output_say_color(output, COLOR_BAD, "  REFUSED      %s by %s\n",
                         text_count(one, import->refused), import->node.text);
    }
    if (import->holds_no_blocks) {
        output_paragraph(output, 2,
                         "%s holds no blocks, by the roster: only records were "
                         "taken.",
                         import->node.text);
    }
}

/* What the node says of itself now. */
static void say_held(struct import *import, uint64_t *ret_items,
                     uint64_t *ret_held)
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    char code[LINE_CODE_SIZE] = "";
    char held[TEXT_SIZE];
    char items[TEXT_SIZE];

    if (line_ask(import->line, &request, &reply, code, NULL) != ERR_OK) {
        return;
    }
    *ret_items = reply.status_reply.items;
    *ret_held = reply.status_reply.held;
    output_say(&import->tool->output, "%s %s %s of %s item%s.\n",
               import->node.text,
               import->tool->options.dry_run ? "holds" : "now holds",
               text_count(held, *ret_held), text_count(items, *ret_items),
               plural(*ret_items));
}

static void say_summary(struct import *import, int exit_code)
{
    struct output *output = &import->tool->output;
    uint64_t items = 0;
    uint64_t held = 0;
    json_t *line;

    if (!import->tool->options.dry_run) {
        say_counts(import);
    }
    if (exit_code == EXIT_DONE || exit_code == EXIT_PARTLY) {
        say_held(import, &items, &held);
    }
    if (!output->json) {
        return;
    }
    line = json_object();
    json_put(line, "type", json_string("summary"));
    json_put(line, "result",
             json_string(exit_code == EXIT_DONE     ? "ok"
                         : exit_code == EXIT_PARTLY ? "partial"
                                                    : "failed"));
    json_put(line, "exit_code", json_integer(exit_code));
    json_put(line, "records", json_count(import->records_done));
    json_put(line, "items", json_count(import->items_done));
    json_put(line, "blocks", json_count(import->blocks_sent));
    json_put(line, "bytes", json_count(import->bytes_sent));
    json_put(line, "incomplete",
             json_count(import->absent + import->items_partly));
    json_put(line, "damaged_items", json_count(import->items_damaged));
    json_put(line, "damaged_blocks", json_count(import->blocks_damaged));
    json_put(line, "refused", json_count(import->refused));
    json_put(line, "node_items", json_count(items));
    json_put(line, "node_held", json_count(held));
    output_line(output, line);
}

/* ---- The run ------------------------------------------------------------- */

static int problem_of(struct import *import)
{
    if (interrupted() || import->err == ERR_CANCELLED) {
        return interrupt_finish(&import->tool->output);
    }
    if (strcmp(import->code, "OTHER-CONSORTIUM") == 0 ||
        strcmp(import->code, "COPY-DAMAGED") == 0) {
        struct problem problem = { .exit_code = exit_of_err(import->err),
                                   .code = import->code,
                                   .state = "nothing was sent." };
        char *shown = visible_str(import->why.text);
        int code = output_problem(&import->tool->output, &problem,
                                  "cannot import: %s", shown);

        free(shown);
        return code;
    }
    return tool_line_failed(import->tool, import->err, import->code,
                            &import->why);
}

static void take_items(struct import *import)
{
    struct progress_at at;

    progress_start_of(&import->progress, &import->tool->output, "items",
                      import->items, import->item_bytes);
    import_items(import);
    at = progress_at(import);
    progress_end(&import->progress, &at);
    if (import->holds_no_blocks) {
        import->err = ERR_OK; /* the records are all that it wants */
    }
}

/* Rosters, records, items, and then what else was signed. */
static void run(struct import *import)
{
    bool dry_run = import->tool->options.dry_run;

    import_rosters(import);
    if (!import_stopped(import)) {
        import_list_ledgers(import);
    }
    if (!import_stopped(import) && !dry_run) {
        import_records(import);
    }
    if (!import_stopped(import) && !interrupted()) {
        import_plan(import);
    }
    if (import_stopped(import) || interrupted()) {
        return;
    }
    say_start(import);
    if (!dry_run) {
        take_items(import);
    }
    if (!dry_run && !import_stopped(import) && !interrupted()) {
        import_notes(import);
    }
}

static int import_all(struct import *import)
{
    int code = open_copy(import);

    if (code == EXIT_DONE) {
        code = ask_node(import);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    output_note(&import->tool->output, "From a copy of %s into %s.",
                import->copied.node, import->node.text);
    run(import);
    if (import->left_out > 0 || import->copied.note.text[0] != '\0') {
        code = EXIT_PARTLY;
    }
    if (import_stopped(import) || interrupted()) {
        code = problem_of(import);
    }
    say_summary(import, code);
    return code;
}

static int run_import(struct tool *tool, const struct arguments *arguments)
{
    struct import *import = calloc(1, sizeof(*import));
    const char *dir = argument(arguments, "--data-dir");
    int code;

    if (dir == NULL) {
        struct problem problem = { .exit_code = EXIT_USAGE,
                                   .code = "USAGE",
                                   .action = "holdfast import --data-dir DIR" };

        free(import);
        return output_problem(&tool->output, &problem,
                              "which copy? --data-dir is missing");
    }
    if (import != NULL) {
        import->record = malloc(sizeof(*import->record));
        import->inner = malloc(sizeof(*import->inner));
    }
    if (import == NULL || import->record == NULL || import->inner == NULL) {
        code = output_err(&tool->output, ERR_NO_MEMORY, NULL, "import");
    } else {
        import->tool = tool;
        import->dir = dir;
        code = import_all(import);
    }
    if (import != NULL) {
        store_close(import->copy);
        line_free(import->line);
        free(import->ledgers);
        free(import->record);
        free(import->inner);
    }
    free(import);
    return code;
}

static const struct flag import_flags[] = {
    { "--data-dir", "DIR",
      "the copy: the directory with the file "
      "holdfast-store",
      false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text import_exits[] = {
    { EXIT_DONE, "the node has all that the copy has" },
    { EXIT_FAILED, "the copy cannot be read" },
    { EXIT_USAGE, "wrong usage" },
    { EXIT_PARTLY, "something in the copy is damaged, missing or refused" },
    { EXIT_REFUSED, "the copy is of another consortium" },
    { EXIT_NOT_FOUND, "there is no store in DIR" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_AGAIN, "the node is full or busy, or DIR is in use" },
    { EXIT_INTERRUPTED, "interrupted; the same command goes on" },
    { 0, NULL },
};

const struct command cmd_import = {
    .name = "import",
    .synopsis = "--data-dir DIR",
    .summary = "fill this node up from a copy of a peer's disk",
    .example = "$ sudo holdfast import -n --data-dir /mnt/disk/holdfast\n"
               "$ sudo holdfast import --data-dir /mnt/disk/holdfast",
    .text = "A disk in a parcel is faster than the line. Stop the peer's "
            "holdfastd, copy its data directory (cp -a, or rsync -aH; blocks/ "
            "may be left out, it names the same files again), start it, and "
            "send the disk. The copy is read only, may be mounted so, and "
            "gives nothing away that its node did not hold: ciphertext. Every "
            "note, record and block is verified as if it came over the net; "
            "what is damaged is named and left out. This node goes on working "
            "meanwhile, and its peers may bring the same things. The command "
            "remembers nothing: run it again, and it sends what still lacks.",
    .takes = TAKES_CONFIG | TAKES_LOCAL | TAKES_DRY_RUN,
    .words_min = 0,
    .words_max = 0,
    .flags = import_flags,
    .exits = import_exits,
    .run = run_import,
};
