/* SPDX-License-Identifier: Apache-2.0 */
#include "model/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "model/address.h"
#include "model/take.h"
#include "model/x_lines.h"

#define WEIGHT_MAX 16

/* A roster on its way: what must wait until all members are known. */
struct parser {
    struct fields fields;
    struct roster *roster; /* borrowed */
    struct buf keys;       /* owned; each key that stood already, 32 bytes */
    struct span seal_labels[MEMBER_COUNT_MAX]; /* as written */
    size_t seal_lines[MEMBER_COUNT_MAX];       /* line numbers */
};

#define FAIL(parser, ...) ((void)fields_fail(&(parser)->fields, __VA_ARGS__))

/* ---- Values -------------------------------------------------------------- */

/* No two uses of one key in a roster, of whatever kind (holdfast.md 16). */
static void note_key_once(struct parser *parser, const uint8_t key[static 32])
{
    if (parser->fields.failed) {
        return;
    }
    for (size_t at = 0; at < parser->keys.size; at += 32) {
        if (memcmp(parser->keys.data + at, key, 32) == 0) {
            FAIL(parser, "a key stands here that the roster has already: "
                         "each is used once");
            return;
        }
    }
    buf_put_data(&parser->keys, key, 32);
}

static void take_signing_key(struct parser *parser, const char *what,
                             struct public_key *ret_key)
{
    take_public_key(&parser->fields, what, ret_key);
    note_key_once(parser, ret_key->bytes);
}

/* ---- The head ------------------------------------------------------------ */

static void parse_previous(struct parser *parser)
{
    struct roster *roster = parser->roster;

    while (fields_next_is(&parser->fields, "previous")) {
        struct digest hash;

        if (!fields_line(&parser->fields, "previous")) {
            return;
        }
        take_digest(&parser->fields, &hash);
        if (!fields_line_end(&parser->fields)) {
            return;
        }
        if (roster->previous_count == ROSTER_PREVIOUS_MAX) {
            FAIL(parser, "at most two \"previous\" lines");
            return;
        }
        if (roster->previous_count == 1 &&
            digest_compare(&roster->previous[0], &hash) >= 0) {
            FAIL(parser, "\"previous\" lines are sorted, each once");
            return;
        }
        roster->previous[roster->previous_count++] = hash;
    }
    if ((roster->version == 1) != (roster->previous_count == 0)) {
        FAIL(parser, "version 1 and only version 1 has no \"previous\" line");
    }
}

static void parse_supersedes(struct parser *parser)
{
    struct roster *roster = parser->roster;

    if (!fields_next_is(&parser->fields, "supersedes") ||
        !fields_line(&parser->fields, "supersedes")) {
        return;
    }
    take_digest(&parser->fields, &roster->supersedes);
    if (!fields_line_end(&parser->fields)) {
        return;
    }
    if (roster->version == 1) {
        FAIL(parser, "version 1 supersedes nothing");
        return;
    }
    roster->has_supersedes = true;
}

static void parse_head(struct parser *parser)
{
    struct roster *roster = parser->roster;

    if (fields_line(&parser->fields, "holdfast roster 1") &&
        fields_line_end(&parser->fields) &&
        fields_line(&parser->fields, "consortium")) {
        take_label(&parser->fields, "consortium", &roster->consortium);
        take_end(&parser->fields);
    }
    roster->version = take_number_line(&parser->fields, "version", 1);
    parse_previous(parser);
    parse_supersedes(parser);
    roster->copies = take_number_line(&parser->fields, "copies", 1);
    roster->jurisdictions =
        take_number_line(&parser->fields, "jurisdictions", 1);
    if (roster->jurisdictions > roster->copies) {
        FAIL(parser, "more jurisdictions than copies");
    }
    if (fields_line(&parser->fields, "placement")) {
        struct span name = fields_value(&parser->fields);

        if (fields_line_end(&parser->fields) &&
            !span_is(name, "rendezvous-1")) {
            FAIL(parser, "\"rendezvous-1\" is the only placement");
        }
    }
    roster->cosigners = take_number_line(&parser->fields, "cosigners", 0);
    roster->wait_seconds = take_number_line(&parser->fields, "wait", 1);
    roster->proof_age_seconds =
        take_number_line(&parser->fields, "proof-age", 1);
}

/* ---- Members ------------------------------------------------------------- */

/* Lines after a member line begin with its label again. */
static bool same_member(struct parser *parser,
                        const struct roster_member *member)
{
    struct span text = fields_value(&parser->fields);

    if (parser->fields.failed) {
        return false;
    }
    if (!span_is(text, member->label.text)) {
        FAIL(parser, "this line of \"%.*s\" stands with member \"%s\"",
             SHOWN(text), member->label.text);
        return false;
    }
    return true;
}

static void parse_recipient(struct parser *parser, struct roster_member *member)
{
    struct roster *roster = parser->roster;
    struct roster_recipient *recipient =
        &roster->recipients[roster->recipient_count];
    struct span text;
    uint64_t year;

    if (!fields_line(&parser->fields, "recipient") ||
        !same_member(parser, member)) {
        return;
    }
    year = take_number(&parser->fields, "year of four digits", 1000, 9999);
    text = fields_value(&parser->fields);
    if (!fields_line_end(&parser->fields)) {
        return;
    }
    if (member->recipient_count > 0 && recipient[-1].year >= year) {
        FAIL(parser, "the years of \"%s\" ascend, each once",
             member->label.text);
        return;
    }
    if (age_recipient_parse(text, &recipient->key, NULL) != ERR_OK) {
        FAIL(parser, "this is no age recipient (age1...)");
        return;
    }
    note_key_once(parser, recipient->key.bytes);
    recipient->year = (uint16_t)year;
    recipient->text = text;
    roster->recipient_count++;
    member->recipient_count++;
}

static void parse_quota(struct parser *parser, struct roster_member *member)
{
    if (!fields_line(&parser->fields, "quota") ||
        !same_member(parser, member)) {
        return;
    }
    member->has_quota = true;
    member->quota_bytes =
        take_number(&parser->fields, "number of bytes", 0, INT64_MAX);
    member->quota_records =
        take_number(&parser->fields, "number of records", 0, INT64_MAX);
    take_end(&parser->fields);
}

static void parse_member_lines(struct parser *parser, size_t index)
{
    struct roster_member *member = &parser->roster->members[index];

    if (fields_next_is(&parser->fields, "seal") &&
        fields_line(&parser->fields, "seal") && same_member(parser, member)) {
        parser->seal_lines[index] = parser->fields.line_number;
        parser->seal_labels[index] = fields_rest(&parser->fields);
    }
    member->recipient_first = parser->roster->recipient_count;
    while (fields_next_is(&parser->fields, "recipient")) {
        parse_recipient(parser, member);
    }
    if (fields_next_is(&parser->fields, "quota")) {
        parse_quota(parser, member);
    }
}

static void parse_members(struct parser *parser)
{
    struct roster *roster = parser->roster;

    while (fields_next_is(&parser->fields, "member")) {
        size_t index = roster->member_count;
        struct roster_member *member = &roster->members[index];

        if (!fields_line(&parser->fields, "member")) {
            return;
        }
        if (index == MEMBER_COUNT_MAX) {
            FAIL(parser, "more than %d members", MEMBER_COUNT_MAX);
            return;
        }
        take_label(&parser->fields, "member", &member->label);
        take_signing_key(parser, "governance", &member->governance);
        if (!fields_line_end(&parser->fields)) {
            return;
        }
        if (index > 0 &&
            strcmp(member[-1].label.text, member->label.text) >= 0) {
            FAIL(parser, "member \"%s\" stands twice or not in order",
                 member->label.text);
            return;
        }
        roster->member_count++;
        parse_member_lines(parser, index);
    }
}

/* One label of a seal line: a member, behind the one before. */
static void resolve_seal(struct parser *parser, struct roster_member *member,
                         struct span text)
{
    const struct roster_member *to = roster_find_member(parser->roster, text);
    size_t index;

    if (to == NULL) {
        FAIL(parser, "\"%.*s\" in the seal line is no member", SHOWN(text));
        return;
    }
    index = roster_member_index(parser->roster, to);
    if (member->seal_count > 0 &&
        member->seals[member->seal_count - 1] >= index) {
        FAIL(parser, "the members of a seal line are sorted, each once");
        return;
    }
    member->seals[member->seal_count++] = (uint8_t)index;
}

/* Seal lines may name members that come later: resolved at the end. */
static void resolve_seals(struct parser *parser)
{
    struct roster *roster = parser->roster;
    size_t line_number = parser->fields.line_number;

    for (size_t index = 0; index < roster->member_count; index++) {
        struct span left = parser->seal_labels[index];

        parser->fields.line_number = parser->seal_lines[index];
        while (left.size > 0 && !parser->fields.failed) {
            size_t size = 0;

            while (size < left.size && left.data[size] != ' ') {
                size++;
            }
            resolve_seal(parser, &roster->members[index],
                         span_part(left, 0, size));
            left = span_part(left, size + 1, left.size);
        }
    }
    if (!parser->fields.failed) {
        parser->fields.line_number = line_number;
    }
}

/* ---- Nodes --------------------------------------------------------------- */

static void take_role(struct parser *parser, struct roster_node *node)
{
    struct span text = fields_value(&parser->fields);

    for (int role = NODE_STORE; role <= NODE_LEAVING; role++) {
        if (span_is(text, node_role_text((enum node_role)role))) {
            node->role = (enum node_role)role;
            return;
        }
    }
    FAIL(parser, "\"%.*s\" is none of store, observer, leaving", SHOWN(text));
}

static void take_country(struct parser *parser, struct roster_node *node)
{
    struct span text = fields_value(&parser->fields);

    if (parser->fields.failed) {
        return;
    }
    if (!country_valid(text)) {
        FAIL(parser, "\"%.*s\" is no country of two capital letters",
             SHOWN(text));
        return;
    }
    memcpy(node->country, text.data, 2);
    node->country[2] = '\0';
}

static void take_addresses(struct parser *parser, struct roster_node *node)
{
    while (fields_has_value(&parser->fields)) {
        struct span text = fields_value(&parser->fields);

        if (node->address_count == ADDRESS_COUNT_MAX) {
            FAIL(parser, "more than %d addresses", ADDRESS_COUNT_MAX);
            return;
        }
        if (!address_valid(text)) {
            FAIL(parser, "\"%.*s\" is no address HOST:PORT", SHOWN(text));
            return;
        }
        node->addresses[node->address_count++] = text;
    }
}

static void take_node(struct parser *parser, struct roster_node *node)
{
    const struct roster_member *member;
    struct span text;

    take_label(&parser->fields, "node", &node->label);
    text = fields_value(&parser->fields);
    member = roster_find_member(parser->roster, text);
    if (member == NULL) {
        FAIL(parser, "\"%.*s\" is no member", SHOWN(text));
        return;
    }
    node->member = roster_member_index(parser->roster, member);
    take_role(parser, node);
    take_country(parser, node);
    node->weight = (uint8_t)take_number(&parser->fields, "weight from 1 to 16",
                                        1, WEIGHT_MAX);
    text = fields_value(&parser->fields);
    node->listens = span_is(text, "listen");
    if (!node->listens && !span_is(text, "dial")) {
        FAIL(parser, "\"%.*s\" is neither listen nor dial", SHOWN(text));
        return;
    }
    take_signing_key(parser, "ledger", &node->ledger);
    take_signing_key(parser, "witness", &node->witness);
    take_x25519_key(&parser->fields, "session", &node->session);
    note_key_once(parser, node->session.bytes);
    take_addresses(parser, node);
    take_end(&parser->fields);
}

static void parse_nodes(struct parser *parser)
{
    struct roster *roster = parser->roster;

    while (fields_next_is(&parser->fields, "node")) {
        struct roster_node *node = &roster->nodes[roster->node_count];

        if (!fields_line(&parser->fields, "node")) {
            return;
        }
        if (roster->node_count == NODE_COUNT_MAX) {
            FAIL(parser, "more than %d nodes", NODE_COUNT_MAX);
            return;
        }
        take_node(parser, node);
        if (parser->fields.failed) {
            return;
        }
        if (roster->node_count > 0 &&
            strcmp(node[-1].label.text, node->label.text) >= 0) {
            FAIL(parser, "node \"%s\" stands twice or not in order",
                 node->label.text);
            return;
        }
        roster->node_count++;
    }
}

/* ---- The end ------------------------------------------------------------- */

static bool origin_of_consortium(const struct roster *roster,
                                 const struct origin *origin)
{
    struct span cid = origin_cid(origin);
    size_t size = strlen(roster->consortium.text);

    /* The 16 digits are checked where version 1 is known: the chain. */
    return cid.size == size + 17 && span_starts(cid, roster->consortium.text);
}

static void parse_closed(struct parser *parser)
{
    struct roster *roster = parser->roster;

    while (fields_next_is(&parser->fields, "closed")) {
        struct roster_closed *closed = &roster->closed[roster->closed_count];
        struct span text;

        if (!fields_line(&parser->fields, "closed")) {
            return;
        }
        text = fields_value(&parser->fields);
        if (!parser->fields.failed &&
            (origin_parse(text, &closed->origin) != ERR_OK ||
             !origin_of_consortium(roster, &closed->origin))) {
            FAIL(parser, "no ledger of this consortium");
        }
        closed->size = take_number(&parser->fields, "size", 1, INT64_MAX);
        take_digest(&parser->fields, &closed->root);
        if (!fields_line_end(&parser->fields)) {
            return;
        }
        if (roster->version == 1) {
            FAIL(parser, "version 1 closes no ledger");
            return;
        }
        if (roster->closed_count > 0 &&
            origin_compare(&closed[-1].origin, &closed->origin) >= 0) {
            FAIL(parser, "\"closed\" lines are sorted by ledger, each once");
            return;
        }
        roster->closed_count++;
    }
}

static enum err finish(struct parser *parser)
{
    struct roster *roster = parser->roster;
    struct buf again;
    enum err err = fields_finish(&parser->fields);

    if (err != ERR_OK) {
        return err;
    }
    if (roster->copies > roster->member_count) {
        return why_set(parser->fields.why, ERR_MALFORMED,
                       "more copies than there are members");
    }
    if (roster->cosigners >= roster->member_count) {
        return why_set(parser->fields.why, ERR_MALFORMED,
                       "cosigners: at most all members but one");
    }
    if (buf_failed(&parser->keys)) {
        return parser->keys.err;
    }
    /* One reading, everywhere: what was understood, written again, is the
     * same (holdfast.md 1). */
    buf_init(&again, roster->text.size);
    roster_format(roster, &again);
    if (buf_failed(&again) && again.err != ERR_TOO_BIG) {
        err = again.err;
    } else if (!span_equal(buf_span(&again), buf_span(&roster->text))) {
        err = why_set(parser->fields.why, ERR_MALFORMED,
                      "some value has another written form");
    }
    buf_done(&again);
    return err;
}

static size_t count_lines(struct span text, const char *start)
{
    size_t count = 0;

    for (size_t at = 0; at < text.size; at++) {
        if ((at == 0 || text.data[at - 1] == '\n') &&
            span_starts(span_part(text, at, text.size), start)) {
            count++;
        }
    }
    return count;
}

static struct roster *roster_new(struct span text)
{
    struct roster *roster = calloc(1, sizeof(*roster));

    if (roster == NULL) {
        return NULL;
    }
    buf_init(&roster->text, ROSTER_SIZE_MAX);
    buf_put(&roster->text, text);
    /* One more of each, so that a pointer to the next one is always good. */
    roster->recipients = calloc(count_lines(text, "recipient ") + 1,
                                sizeof(*roster->recipients));
    roster->closed =
        calloc(count_lines(text, "closed ") + 1, sizeof(*roster->closed));
    if (buf_failed(&roster->text) || roster->recipients == NULL ||
        roster->closed == NULL) {
        roster_free(roster);
        return NULL;
    }
    roster->hash = digest_of(text);
    return roster;
}

enum err roster_parse(struct span text, struct roster **ret_roster,
                      struct why *ret_why)
{
    struct parser parser = { .roster = NULL };
    enum err err;

    if (text.size > ROSTER_SIZE_MAX) {
        return why_set(ret_why, ERR_TOO_BIG, "a roster has at most %d bytes",
                       ROSTER_SIZE_MAX);
    }
    if (span_starts(text, "holdfast roster ") &&
        !span_starts(text, "holdfast roster 1\n")) {
        return why_set(ret_why, ERR_UNREADABLE,
                       "line 1: a version of rosters that this release does "
                       "not know");
    }
    parser.roster = roster_new(text);
    if (parser.roster == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    buf_init(&parser.keys, ROSTER_SIZE_MAX);
    fields_init(&parser.fields, buf_span(&parser.roster->text), ret_why);
    parse_head(&parser);
    parse_members(&parser);
    resolve_seals(&parser);
    parse_nodes(&parser);
    parse_closed(&parser);
    parser.roster->extra = x_lines_take(&parser.fields);
    err = finish(&parser);
    buf_done(&parser.keys);
    if (err != ERR_OK) {
        roster_free(parser.roster);
        return err;
    }
    *ret_roster = parser.roster;
    return ERR_OK;
}
