/* SPDX-License-Identifier: Apache-2.0 */
#include "model/pass.h"

#include "base/fields.h"
#include "base/limits.h"
#include "ledger/note.h"
#include "model/roster_chain.h"
#include "model/take.h"
#include "model/x_lines.h"

void pass_format(const struct pass *pass, struct buf *to)
{
    buf_printf(to, "holdfast pass 1\nconsortium %s\nmember %s\ndepositor ",
               pass->cid.text, pass->member.text);
    buf_put_base64(to, span_of(pass->depositor_key.bytes,
                               sizeof(pass->depositor_key.bytes)));
    buf_put_str(to, "\nfrom ");
    buf_put_decimal(to, pass->from);
    buf_put_str(to, "\nuntil ");
    buf_put_decimal(to, pass->until);
    buf_put_byte(to, '\n');
}

static enum err compare_again(const struct pass *pass, struct span x_lines,
                              struct span text, struct why *ret_why)
{
    struct buf again;
    enum err err = ERR_OK;

    buf_init(&again, text.size);
    pass_format(pass, &again);
    buf_put(&again, x_lines);
    if (again.err == ERR_NO_MEMORY) {
        err = ERR_NO_MEMORY;
    } else if (!span_equal(buf_span(&again), text)) {
        err = why_set(ret_why, ERR_MALFORMED,
                      "some value has another written form");
    }
    buf_done(&again);
    return err;
}

enum err pass_parse(struct span text, struct pass *ret_pass,
                    struct why *ret_why)
{
    struct fields fields;
    struct pass pass;
    struct span x_lines;
    enum err err;

    if (span_starts(text, "holdfast pass ") &&
        !span_starts(text, "holdfast pass 1\n")) {
        return why_set(ret_why, ERR_UNREADABLE,
                       "line 1: a version of passes that this release does "
                       "not know");
    }
    fields_init(&fields, text, ret_why);
    if (fields_line(&fields, "holdfast pass 1") && fields_line_end(&fields) &&
        fields_line(&fields, "consortium")) {
        take_cid(&fields, &pass.cid);
        take_end(&fields);
    }
    if (fields_line(&fields, "member")) {
        take_label(&fields, "member", &pass.member);
        take_end(&fields);
    }
    if (fields_line(&fields, "depositor")) {
        take_public_key(&fields, "depositor", &pass.depositor_key);
        take_end(&fields);
    }
    pass.from = take_number_line(&fields, "from", 0);
    pass.until = take_number_line(&fields, "until", 0);
    x_lines = x_lines_take(&fields);
    err = fields_finish(&fields);
    if (err == ERR_OK) {
        err = compare_again(&pass, x_lines, text, ret_why);
    }
    if (err == ERR_OK) {
        *ret_pass = pass;
    }
    return err;
}

enum err pass_parse_note(struct span note, struct pass *ret_pass,
                         struct why *ret_why)
{
    struct note parsed;
    enum err err = note_parse(note, NOTE_SIZE_MAX, &parsed, ret_why);

    return err == ERR_OK ? pass_parse(parsed.text, ret_pass, ret_why) : err;
}

/* Some node of this member in this roster signed it? */
static bool signed_under(const struct cid *cid, const struct roster *roster,
                         struct span note, const struct label *member)
{
    for (size_t index = 0; index < roster->node_count; index++) {
        const struct roster_node *node = &roster->nodes[index];
        struct note_key key;
        struct note parsed;

        if (!label_equal(&roster_member_of(roster, node)->label, member)) {
            continue;
        }
        roster_node_key(cid, node, &key);
        if (note_open(note, NOTE_SIZE_MAX, &key, &parsed, NULL) == ERR_OK) {
            return true;
        }
    }
    return false;
}

enum err pass_verify(const struct roster_chain *chain, struct span note,
                     const struct label *member,
                     const struct public_key *depositor_key, uint64_t time,
                     struct why *ret_why)
{
    const struct roster *roster = roster_chain_newest(chain);
    struct pass pass;
    enum err err;

    while (roster != NULL && !signed_under(&chain->cid, roster, note, member)) {
        roster = roster_chain_before(chain, roster);
    }
    if (roster == NULL) {
        return why_set(ret_why, ERR_WRONG_SIGNATURE,
                       "no node of %s signed the pass", member->text);
    }
    err = pass_parse_note(note, &pass, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    if (!cid_equal(&pass.cid, &chain->cid) ||
        !label_equal(&pass.member, member) ||
        !public_key_equal(&pass.depositor_key, depositor_key)) {
        return why_set(ret_why, ERR_REFUSED, "the pass is for somebody else");
    }
    if (time < pass.from || time > pass.until) {
        return why_set(ret_why, ERR_REFUSED,
                       "the pass was not valid at the time of the deposit");
    }
    return ERR_OK;
}
