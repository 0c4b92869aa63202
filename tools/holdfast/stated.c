/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/stated.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "model/roster_chain.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/tool.h"

#define NAMES_SIZE (MEMBER_COUNT_MAX * (LABEL_SIZE_MAX + 1) + 1)

/* ---- Asking and verifying ------------------------------------------------ */

static enum stated_state how_old(const struct statement *statement)
{
    uint64_t now = now_s();

    if (statement->time > now + STATEMENT_AHEAD_S_MAX) {
        return STATED_AHEAD;
    }
    return statement->time < now && now - statement->time >= STATEMENT_AGE_S_MAX
               ? STATED_OLD
               : STATED_FRESH;
}

static const struct roster *roster_of(const struct roster_chain *chain,
                                      const struct statement *statement)
{
    return roster_chain_find(chain, &statement->roster);
}

/* False when memory is out. */
static bool take(const struct roster_chain *chain, const struct label *label,
                 struct span bytes, struct stated_node *node)
{
    struct why why = { "" };
    enum err err;

    buf_put(&node->note, bytes);
    if (buf_failed(&node->note)) {
        return node->note.err != ERR_NO_MEMORY;
    }
    node->state = STATED_BAD;
    err = statement_open(buf_span(&node->note), &chain->cid,
                         roster_chain_newest(chain), &node->statement, &why);
    if (err != ERR_OK) {
        return err != ERR_NO_MEMORY;
    }
    if (!label_equal(&node->statement.node, label)) {
        statement_done(&node->statement); /* another node's */
        return true;
    }
    node->state = how_old(&node->statement);
    return node->state != STATED_FRESH ||
           claims_init(&node->statement, roster_of(chain, &node->statement),
                       &node->claims) == ERR_OK;
}

static int out_of_memory(struct tool *tool)
{
    struct why why = { "out of memory" };

    return output_err(&tool->output, ERR_NO_MEMORY, &why,
                      "read the statements");
}

int stated_ask(struct tool *tool, struct line *line,
               const struct roster_chain *chain, struct stated *ret_stated)
{
    const struct roster *roster = roster_chain_newest(chain);
    struct note_ref refs[NODE_COUNT_MAX] = { 0 };
    struct message request = { .kind = MESSAGE_GET_NOTES };
    size_t stores = roster_count_other_members(roster, NULL, true);
    struct message reply;
    int code;

    memset(ret_stated, 0, sizeof(*ret_stated));
    ret_stated->roster = roster;
    ret_stated->need = roster->copies < stores ? roster->copies : stores;
    for (size_t i = 0; i < roster->node_count; i++) {
        buf_init(&ret_stated->nodes[i].note, STATEMENT_SIZE_MAX);
        refs[i].kind = NOTE_STATEMENT;
        refs[i].name = label_span(&roster->nodes[i].label);
    }
    request.get_notes.refs = refs;
    request.get_notes.count = roster->node_count;
    code = tool_ask(tool, line, &request, &reply);
    for (size_t i = 0; code == EXIT_DONE && i < roster->node_count &&
                       i < reply.get_notes_reply.count;
         i++) {
        struct span note = reply.get_notes_reply.notes[i];

        if (note.size > 0 && !take(chain, &roster->nodes[i].label, note,
                                   &ret_stated->nodes[i])) {
            code = out_of_memory(tool);
        }
    }
    return code;
}

void stated_done(struct stated *stated)
{
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct stated_node *node = &stated->nodes[i];

        if (node->state == STATED_FRESH) {
            claims_done(&node->claims);
        }
        if (node->state >= STATED_OLD) {
            statement_done(&node->statement);
        }
        buf_done(&node->note);
    }
    memset(stated, 0, sizeof(*stated));
}

/* ---- Counting ------------------------------------------------------------ */

uint32_t stated_holders(const struct stated *stated,
                        const struct origin *origin, uint64_t index,
                        const struct payload_root *root)
{
    struct claims_item item = { .origin = origin,
                                .index = index,
                                .root = root };
    uint32_t holders = 0;

    for (size_t i = 0; i < stated->roster->node_count; i++) {
        const struct stated_node *node = &stated->nodes[i];

        if (node->state == STATED_FRESH &&
            claims_has(&node->claims, &node->statement, &item)) {
            holders |= 1u << i;
        }
    }
    return holders;
}

uint32_t stated_registered(const struct stated *stated,
                           const struct origin *origin, uint64_t index,
                           const struct payload_root *root, uint64_t time)
{
    uint32_t holders = stated_holders(stated, origin, index, root);
    const struct roster_node *node =
        roster_find_node(stated->roster, origin_node(origin));
    const struct stated_node *said;
    uint64_t now = now_s();
    size_t at;

    if (node == NULL || time > now + STATEMENT_AHEAD_S_MAX ||
        (time < now && now - time >= STATEMENT_AGE_S_MAX)) {
        return holders;
    }
    at = roster_node_index(stated->roster, node);
    said = &stated->nodes[at];
    if (said->state != STATED_FRESH ||
        !claims_cover(&said->claims, origin, index)) {
        holders |= 1u << at;
    }
    return holders;
}

size_t stated_members(const struct stated *stated, uint32_t holders,
                      size_t members[static MEMBER_COUNT_MAX])
{
    bool seen[MEMBER_COUNT_MAX] = { false };
    size_t count = 0;

    for (size_t i = 0; i < stated->roster->node_count; i++) {
        const struct roster_node *node = &stated->roster->nodes[i];

        if ((holders >> i & 1) != 0 && node->role == NODE_STORE) {
            seen[node->member] = true;
        }
    }
    for (size_t i = 0; i < stated->roster->member_count; i++) {
        if (seen[i]) {
            members[count++] = i;
        }
    }
    return count;
}

size_t stated_count(const struct stated *stated, uint32_t holders)
{
    size_t members[MEMBER_COUNT_MAX];

    return stated_members(stated, holders, members);
}

/* ---- For people and programs --------------------------------------------- */

void stated_text(const struct stated *stated, uint32_t holders,
                 char text[static TEXT_SIZE])
{
    (void)snprintf(text, TEXT_SIZE, "%zu of %llu",
                   stated_count(stated, holders),
                   (unsigned long long)stated->need);
}

char *stated_names(const struct stated *stated, uint32_t holders)
{
    size_t members[MEMBER_COUNT_MAX];
    size_t count = stated_members(stated, holders, members);
    char *text = calloc(1, NAMES_SIZE);

    CHECK(text != NULL);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            strcat(text, " ");
        }
        strcat(text, stated->roster->members[members[i]].label.text);
    }
    return text;
}

json_t *stated_copies_json(const struct stated *stated, uint32_t holders)
{
    size_t members[MEMBER_COUNT_MAX];
    size_t count = stated_members(stated, holders, members);
    json_t *object = json_object();
    json_t *open = json_array();

    for (size_t i = 0; i < count; i++) {
        json_array_append_new(
            open, json_string(stated->roster->members[members[i]].label.text));
    }
    json_put(object, "proven", json_array());
    json_put(object, "open", open);
    json_put(object, "need", json_count(stated->need));
    return object;
}

static const char *state_word(enum stated_state state)
{
    switch (state) {
    case STATED_NONE:
        return "none";
    case STATED_BAD:
        return "not-genuine";
    case STATED_OLD:
        return "old";
    case STATED_AHEAD:
        return "in-the-future";
    case STATED_FRESH:
        return "fresh";
    }
    return "none";
}

json_t *stated_json(const struct stated *stated)
{
    json_t *list = json_array();

    for (size_t i = 0; i < stated->roster->node_count; i++) {
        const struct roster_node *node = &stated->roster->nodes[i];
        const struct stated_node *said = &stated->nodes[i];
        bool known = said->state >= STATED_OLD;
        json_t *object = json_object();

        json_put(object, "node", json_string(node->label.text));
        json_put(
            object, "member",
            json_string(roster_member_of(stated->roster, node)->label.text));
        json_put(object, "state", json_string(state_word(said->state)));
        json_put(object, "time",
                 known ? json_time(said->statement.time) : json_null());
        json_array_append_new(list, object);
    }
    return list;
}

static const char *state_sentence(enum stated_state state)
{
    switch (state) {
    case STATED_NONE:
        return "no statement of it is known here";
    case STATED_BAD:
        return "what was given as its statement is not genuine";
    case STATED_OLD:
        return "its newest statement is older than two days";
    case STATED_AHEAD:
        return "its newest statement is dated in the future";
    case STATED_FRESH:
        break;
    }
    return "";
}

void stated_warn(const struct stated *stated, struct output *output)
{
    for (size_t i = 0; i < stated->roster->node_count; i++) {
        const struct roster_node *node = &stated->roster->nodes[i];

        if (stated->nodes[i].state != STATED_FRESH &&
            node->role == NODE_STORE) {
            output_warning(output, "%s counts as no copy: %s", node->label.text,
                           state_sentence(stated->nodes[i].state));
        }
    }
}

/* ---- Before sealing ------------------------------------------------------ */

/* Stated within a week? */
static bool is_recent(const struct stated_node *node)
{
    uint64_t now = now_s();

    return node->state >= STATED_OLD && node->state != STATED_AHEAD &&
           (node->statement.time >= now ||
            now - node->statement.time <= STATEMENT_SEAL_S_MAX);
}

/* Members but `own` that stated a roster that is known here: at that time they
 * knew of none that we do not know. *ret_newer gets a node that stated another
 * one, which is newer. */
static size_t vouching(const struct stated *stated,
                       const struct roster_chain *chain,
                       const struct roster_member *own,
                       const struct roster_node **ret_newer)
{
    const struct roster *roster = stated->roster;
    bool seen[MEMBER_COUNT_MAX] = { false };
    size_t count = 0;

    for (size_t i = 0; i < roster->node_count; i++) {
        const struct roster_node *node = &roster->nodes[i];
        const struct stated_node *said = &stated->nodes[i];

        if (roster_member_of(roster, node) == own || !is_recent(said)) {
            continue;
        }
        if (roster_of(chain, &said->statement) == NULL) {
            *ret_newer = node;
        } else if (!seen[node->member]) {
            seen[node->member] = true;
            count++;
        }
    }
    return count;
}

int stated_demand(const struct stated *stated, struct tool *tool,
                  const struct roster_chain *chain, struct span node)
{
    const struct roster *roster = stated->roster;
    const struct roster_node *asked = roster_find_node(roster, node);
    const struct roster_member *own =
        asked == NULL ? NULL : roster_member_of(roster, asked);
    const struct roster_node *newer = NULL;
    size_t needed = (roster_count_other_members(roster, own, false) + 1) / 2;
    size_t count = vouching(stated, chain, own, &newer);
    struct problem problem = {
        .exit_code = EXIT_REFUSED,
        .code = "NO-STATEMENTS",
        .state = "nothing was sealed.",
        .action = "holdfast status shows who is silent; --offline seals all "
                  "the same",
    };

    if (newer != NULL) {
        problem.action = "ask a member for the newest roster file, and compare "
                         "its words by phone";
        return output_problem(&tool->output, &problem,
                              "%s goes by a roster that is not known here: "
                              "whom to seal to may have changed",
                              newer->label.text);
    }
    if (count >= needed) {
        return EXIT_DONE;
    }
    return output_problem(&tool->output, &problem,
                          "within the last 7 days %zu of the other members "
                          "said that they know no roster after %llu; %zu must, "
                          "so that nobody can keep us on old recipients",
                          count, (unsigned long long)roster->version, needed);
}
