/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/roster_given.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/words.h"
#include "ledger/note.h"
#include "model/roster_check.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/key_public.h"
#include "tools/holdfast/tool.h"

#define GIVEN_SIZE_MAX                                                         \
    (ROSTER_CHAIN_VERSIONS_MAX * (size_t)ROSTER_NOTE_SIZE_MAX)

/* ---- Taking it apart ----------------------------------------------------- */

/* Text and signatures of a note stand on both sides of an empty line; a text of
 * ours has none. */
static bool has_empty_line(struct span text)
{
    for (size_t at = 0; at + 1 < text.size; at++) {
        if (text.data[at] == '\n' && text.data[at + 1] == '\n') {
            return true;
        }
    }
    return false;
}

/* The last note; those before it make the chain when none was given. */
static enum err take_notes(struct roster_given *given, struct why *ret_why)
{
    struct span left = buf_span(&given->bytes);
    struct span before = { left.data, 0 };
    struct span note = roster_file_next_note(&left);

    while (left.size > 0) {
        before.size = (size_t)(left.data - before.data);
        note = roster_file_next_note(&left);
    }
    given->note = note;
    if (given->chain != NULL || before.size == 0) {
        return ERR_OK;
    }
    return roster_chain_parse(before, &given->chain, ret_why);
}

static enum err take_roster(struct roster_given *given, struct why *ret_why)
{
    struct span text = given->note;
    struct note note;
    enum err err = ERR_OK;

    if (!given->is_draft) {
        err = note_parse(given->note, ROSTER_NOTE_SIZE_MAX, &note, ret_why);
        text = err == ERR_OK ? note.text : text;
    }
    return err == ERR_OK ? roster_parse(text, &given->roster, ret_why) : err;
}

/* Who judges it, and in which consortium it stands. */
static void place(struct roster_given *given)
{
    const struct roster *roster = given->roster;

    if (roster->version == 1) {
        given->judge = roster;
        roster_cid(roster, &given->cid);
        given->has_cid = true;
        return;
    }
    if (given->chain == NULL) {
        return;
    }
    given->cid = given->chain->cid;
    given->has_cid = true;
    for (size_t index = 0; index < roster->previous_count; index++) {
        const struct roster *before =
            roster_chain_find(given->chain, &roster->previous[index]);

        if (before != NULL && given->judge == NULL) {
            given->judge = before;
        }
    }
}

static int bad_roster(struct tool *tool, const char *path, enum exit_code bad,
                      enum err err, const struct why *why)
{
    struct problem problem = { .exit_code = bad, .code = code_of_err(err) };
    char *shown = visible_str(why->text[0] == '\0' ? err_text(err) : why->text);
    char *name = visible_str(path);
    int code;

    if (err == ERR_MALFORMED) {
        problem.action = "correct it; holdfast roster draft FILE sorts lines";
    }
    code = output_problem(&tool->output, &problem, "%s: %s", name, shown);
    free(name);
    free(shown);
    return code;
}

int roster_given_load(struct tool *tool, const char *path, const char *after,
                      enum exit_code bad, struct roster_given *ret_given)
{
    struct roster_given given;
    struct why why;
    enum err err;
    int code = EXIT_DONE;

    memset(&given, 0, sizeof(given));
    buf_init(&given.bytes, GIVEN_SIZE_MAX);
    why_clear(&why);
    if (after != NULL) {
        code = tool_roster(tool, after, &given.chain);
    }
    if (code == EXIT_DONE) {
        err = tool_file_read(path, GIVEN_SIZE_MAX, &given.bytes, &why);
        if (err != ERR_OK) {
            code = output_err(&tool->output, err, &why, "read the roster");
        }
    }
    if (code != EXIT_DONE) {
        roster_given_done(&given);
        return code;
    }
    given.is_draft = !has_empty_line(buf_span(&given.bytes));
    given.note = buf_span(&given.bytes);
    err = given.is_draft ? ERR_OK : take_notes(&given, &why);
    if (err == ERR_OK) {
        err = take_roster(&given, &why);
    }
    if (err != ERR_OK) {
        roster_given_done(&given);
        return bad_roster(tool, path, bad, err, &why);
    }
    place(&given);
    *ret_given = given;
    return EXIT_DONE;
}

void roster_given_done(struct roster_given *given)
{
    roster_free(given->roster);
    roster_chain_free(given->chain);
    buf_done(&given->bytes);
}

/* ---- Saying it ----------------------------------------------------------- */

char *roster_words(const struct digest *hash)
{
    struct buf text;
    char *words;

    buf_init(&text, 8 * (WORD_SIZE_MAX + 1) + 1);
    CHECK(words8_from_hash(hash, &text) == ERR_OK);
    buf_put_byte(&text, 0);
    CHECK(!buf_failed(&text));
    words = strdup((const char *)text.data);
    CHECK(words != NULL);
    buf_done(&text);
    return words;
}

void roster_say_words(struct output *output, const char *words)
{
    output_paragraph(output, 9, "  words  %s", words);
}

json_t *roster_words_json(const char *words)
{
    json_t *list = json_array();

    while (*words != '\0') {
        size_t size = strcspn(words, " ");

        json_array_append_new(list, json_stringn(words, size));
        words += size + (words[size] == ' ');
    }
    return list;
}

void roster_say_rule(struct output *output, const struct roster *roster)
{
    char age[TEXT_SIZE];

    output_say(output,
               "  rule   %llu member%s in %llu countr%s; re-read within %s\n",
               (unsigned long long)roster->copies, plural(roster->copies),
               (unsigned long long)roster->jurisdictions,
               roster->jurisdictions == 1 ? "y" : "ies",
               text_span(age, roster->proof_age_seconds));
}

struct changes {
    struct output *output;
    json_t *list;
};

static void change(void *ctx, const char *kind, const char *subject,
                   const char *sentence)
{
    struct changes *changes = ctx;
    char *shown = visible_str(sentence);
    json_t *object = json_object();
    bool marked = shown[0] == '+' || shown[0] == '-';

    output_paragraph(changes->output, 6, "  %s%s", marked ? "" : "* ", shown);
    json_put(object, "kind", json_string(kind));
    if (subject[0] != '\0') {
        json_put(object, "subject", json_text(span_str(subject)));
    }
    json_put(object, "text", json_text(span_str(sentence)));
    json_array_append_new(changes->list, object);
    free(shown);
}

json_t *roster_say_changes(struct output *output,
                           const struct roster_given *given)
{
    struct changes changes = { .output = output, .list = json_array() };

    if (given->judge != NULL && given->judge != given->roster) {
        roster_compare(given->judge, given->roster, change, &changes);
    }
    return changes.list;
}

static void warn(void *ctx, const char *sentence)
{
    char *shown = visible_str(sentence);

    output_warning(ctx, "%s", shown);
    free(shown);
}

void roster_say_warnings(struct output *output, const struct roster *roster)
{
    fflush(output->out);
    roster_check_warnings(roster, year_now(), warn, output);
}
