/* SPDX-License-Identifier: Apache-2.0 */
#include "model/statement.h"

#include <string.h>

#include "base/check.h"
#include "base/fields.h"
#include "ledger/note.h"
#include "model/key_name.h"
#include "model/roster.h"
#include "model/take.h"

/* The node that the text names: a hint which key to demand, no more. */
static enum err find_node(struct span text, const struct roster *roster,
                          const struct roster_node **ret_node, struct why *why)
{
    const struct roster_node *node;
    struct fields fields;
    struct label label;
    enum err err = statement_check_version(text, why);

    if (err != ERR_OK) {
        return err;
    }
    fields_init(&fields, text, why);
    if (!fields_line(&fields, "holdfast statement 1") ||
        !fields_line(&fields, "node")) {
        return ERR_MALFORMED;
    }
    take_label(&fields, "node", &label);
    if (fields.failed) {
        return ERR_MALFORMED;
    }
    node = roster_find_node(roster, label_span(&label));
    if (node == NULL) {
        return why_set(why, ERR_NOT_A_MEMBER, "node %s is not on the roster",
                       label.text);
    }
    *ret_node = node;
    return ERR_OK;
}

/* The one line of this key; note_open() has found it. */
static struct span line_of(const struct note *note, const struct note_key *key)
{
    for (size_t index = 0; index < note->line_count; index++) {
        const struct note_line *line = &note->lines[index];

        if (span_is(line->name, key->name) &&
            memcmp(line->key_id, key->id, sizeof(key->id)) == 0) {
            return line->bytes;
        }
    }
    return span_of(NULL, 0);
}

static enum err open_text(struct span text, const struct cid *cid,
                          const struct roster_node *node,
                          struct statement *ret_statement, struct why *why)
{
    struct statement statement;
    enum err err = statement_parse(text, &statement, why);

    if (err != ERR_OK) {
        return err;
    }
    if (!origin_in(&statement.ledger, cid) ||
        !label_equal(&statement.node, &node->label)) {
        statement_done(&statement);
        return why_set(why, ERR_REFUSED,
                       "the statement is of another consortium");
    }
    *ret_statement = statement;
    return ERR_OK;
}

enum err statement_open(struct span bytes, const struct cid *cid,
                        const struct roster *roster,
                        struct statement *ret_statement, struct why *why)
{
    const struct roster_node *node = NULL;
    struct note_key key;
    struct note note;
    enum err err = note_parse(bytes, STATEMENT_SIZE_MAX, &note, why);

    if (err == ERR_OK) {
        err = find_node(note.text, roster, &node, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    roster_node_key(cid, node, &key);
    err = note_open(bytes, STATEMENT_SIZE_MAX, &key, &note, why);
    if (err == ERR_OK) {
        err = open_text(note.text, cid, node, ret_statement, why);
    }
    if (err == ERR_OK) {
        ret_statement->line = line_of(&note, &key);
    }
    return err;
}

void statement_put_note(struct buf *buf, const struct statement *statement)
{
    buf_put(buf, statement->text);
    buf_put_byte(buf, '\n');
    buf_put(buf, statement->line);
}

enum err statement_sign(struct buf *buf, const struct statement *statement,
                        const struct sign_key *secret)
{
    char name[KEY_NAME_SIZE];
    struct note_key key;
    struct buf text;
    struct buf note;
    struct cid cid;
    enum err err;

    origin_cid_copy(&statement->ledger, &cid);
    key_name_format(name, cid.text, statement->node.text, KEY_ROLE_NODE);
    err = note_key_init(&key, name, NOTE_KEY_ED25519, secret->public_key.bytes);
    CHECK(err == ERR_OK); /* a CID and a label make a valid name */
    buf_init(&text, STATEMENT_SIZE_MAX);
    buf_init(&note, STATEMENT_SIZE_MAX);
    statement_format(&text, statement);
    err = text.err;
    if (err == ERR_OK) {
        err = note_sign(&note, buf_span(&text), &key, secret);
    }
    if (err == ERR_OK) {
        buf_put(buf, buf_span(&note));
        err = buf->err;
    }
    buf_done(&note);
    buf_done(&text);
    return err;
}
