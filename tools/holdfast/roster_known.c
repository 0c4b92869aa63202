/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/roster_known.h"

#include <stdlib.h>

#include "model/roster_chain.h"
#include "model/roster_check.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/roster_pin.h"
#include "tools/holdfast/tool.h"

#define ROSTERS_PER_ASK 16

int roster_known_load(struct tool *tool, const char *file,
                      struct roster_chain **ret_chain)
{
    struct roster_chain *chain;
    struct roster_pin pin = { 0 };
    struct why why;
    enum err err;
    int code = tool_roster(tool, file, &chain);

    if (code != EXIT_DONE) {
        return code;
    }
    why_clear(&why);
    err = roster_pin_join(chain, &pin, &why);
    roster_pin_done(&pin);
    if (err == ERR_NOT_FOUND || err == ERR_TOO_BIG) { /* no home, no pin */
        output_detail(&tool->output, "%s", why.text);
        err = ERR_OK;
    }
    if (err != ERR_OK) {
        roster_chain_free(chain);
        return output_err(&tool->output, err, &why, "trust this roster");
    }
    *ret_chain = chain;
    return EXIT_DONE;
}

/* ---- What a node adds ---------------------------------------------------- */

struct asking {
    struct tool *tool;
    struct line *line;
    struct roster_chain *chain;
    bool more;
};

static void say_not_taken(struct asking *asking, const char *sentence)
{
    char *shown = visible_str(sentence);

    output_warning(&asking->tool->output,
                   "a roster from the node is not taken: %s", shown);
    free(shown);
}

/* Notes of the next versions, as far as the node has them. */
static void take_notes(struct asking *asking,
                       const struct msg_get_notes_reply *reply)
{
    for (size_t i = 0; i < reply->count; i++) {
        struct why why = { "" };
        bool added;

        if (reply->notes[i].size == 0) {
            asking->more = i > 0; /* there may have been no room for it */
            return;
        }
        if (roster_chain_add(asking->chain, reply->notes[i], &added, &why) !=
            ERR_OK) {
            say_not_taken(asking, why.text);
            asking->more = false;
            return;
        }
        asking->more = added && !asking->chain->forked;
    }
}

static int ask_next(struct asking *asking, uint64_t from)
{
    struct note_ref refs[ROSTERS_PER_ASK] = { 0 };
    struct message request = { .kind = MESSAGE_GET_NOTES };
    struct message reply;
    char code[LINE_CODE_SIZE];
    struct why why = { "" };
    enum err err;

    for (size_t i = 0; i < ROSTERS_PER_ASK; i++) {
        refs[i].kind = NOTE_ROSTER;
        refs[i].number = from + i;
    }
    request.get_notes.refs = refs;
    request.get_notes.count = ROSTERS_PER_ASK;
    asking->more = false;
    err = line_ask(asking->line, &request, &reply, code, &why);
    if (err != ERR_OK) {
        return tool_line_failed(asking->tool, err, code, &why);
    }
    take_notes(asking, &reply.get_notes_reply);
    return EXIT_DONE;
}

static void say_change(void *ctx, const char *kind, const char *subject,
                       const char *sentence)
{
    struct tool *tool = ctx;
    char *shown = visible_str(sentence);

    (void)kind;
    (void)subject; /* it stands in the sentence */
    output_note(&tool->output, "  %s", shown);
    free(shown);
}

static void show_newer(struct asking *asking, const struct roster *before)
{
    struct output *output = &asking->tool->output;
    const struct roster *newest = roster_chain_newest(asking->chain);

    output_note(output,
                "A newer roster, signed as it must be: %llu, in the place of "
                "%llu",
                (unsigned long long)newest->version,
                (unsigned long long)before->version);
    roster_compare(before, newest, say_change, asking->tool);
}

/* From now on no older one counts. */
static void pin(struct asking *asking)
{
    struct why why = { "" };

    if (roster_pin_write(asking->chain, &why) != ERR_OK) {
        output_warning(&asking->tool->output, "the roster is not pinned: %s",
                       why.text);
    }
}

int roster_known_ask(struct tool *tool, struct line *line,
                     struct roster_chain *chain)
{
    struct asking asking = {
        .tool = tool, .line = line, .chain = chain, .more = true
    };
    const struct roster *before = roster_chain_newest(chain);
    int code = EXIT_DONE;

    while (code == EXIT_DONE && asking.more) {
        code = ask_next(&asking, roster_chain_newest(chain)->version + 1);
    }
    if (code == EXIT_DONE && chain->forked) {
        struct problem problem = {
            .exit_code = EXIT_REFUSED,
            .code = "ROSTER-FORK",
            .action = "phone the other members: one of two rosters has to be "
                      "superseded",
        };

        return output_problem(&tool->output, &problem,
                              "two rosters stand against each other after "
                              "version %llu",
                              (unsigned long long)before->version);
    }
    if (code == EXIT_DONE && roster_chain_newest(chain) != before) {
        show_newer(&asking, before);
    }
    if (code == EXIT_DONE) {
        pin(&asking);
    }
    return code;
}
