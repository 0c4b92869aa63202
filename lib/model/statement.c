/* SPDX-License-Identifier: Apache-2.0 */
#include "model/statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/text.h"
#include "model/address.h"
#include "model/runs.h"
#include "model/take.h"
#include "model/x_lines.h"

/* "holds ORIGIN 1 ROOT all", with the shortest origin. */
#define HOLDS_LINE_SIZE_MIN (6 + 53 + 1 + 1 + 1 + 64 + 4 + 1)

_Static_assert(LEDGER_COUNT_MAX *HOLDS_LINE_SIZE_MIN > STATEMENT_SIZE_MAX,
               "the bytes of a statement end before its ledgers do");

static const char *const form_names[] = {
    [HOLDS_ALL] = "all",
    [HOLDS_PLACED] = "placed",
    [HOLDS_NONE] = "none",
};

#define FORM_COUNT (sizeof(form_names) / sizeof(form_names[0]))

/* ---- Writing ------------------------------------------------------------- */

static void put_number(struct buf *buf, const char *keyword, uint64_t value)
{
    buf_printf(buf, "%s ", keyword);
    buf_put_decimal(buf, value);
    buf_put_byte(buf, '\n');
}

static void put_runs(struct buf *buf, const char *keyword, struct span runs)
{
    if (runs.size > 0) {
        buf_printf(buf, "%s ", keyword);
        buf_put(buf, runs);
        buf_put_byte(buf, '\n');
    }
}

static void put_holds(struct buf *buf, const struct statement_holds *holds)
{
    buf_printf(buf, "holds %s ", holds->origin.text);
    buf_put_decimal(buf, holds->size);
    buf_put_byte(buf, ' ');
    buf_put_hex(buf, holds->root.bytes, sizeof(holds->root.bytes));
    buf_printf(buf, " %s\n", form_names[holds->form]);
    put_runs(buf, "except", holds->except);
    put_runs(buf, "plus", holds->plus);
}

/* Keyword, space, runs, LF. */
static size_t runs_size(const char *keyword, struct span runs)
{
    return runs.size > 0 ? strlen(keyword) + 1 + runs.size + 1 : 0;
}

size_t statement_holds_size(const struct statement_holds *holds)
{
    size_t digits = 1;

    for (uint64_t rest = holds->size; rest >= 10; rest /= 10) {
        digits++;
    }
    return strlen("holds ") + strlen(holds->origin.text) + 1 + digits + 1 +
           2 * DIGEST_SIZE + 1 + strlen(form_names[holds->form]) + 1 +
           runs_size("except", holds->except) + runs_size("plus", holds->plus);
}

static void put_checked(struct buf *buf,
                        const struct statement_checked *checked)
{
    buf_printf(buf, "checked %s ", checked->node.text);
    buf_put_decimal(buf, checked->asked);
    buf_put_byte(buf, ' ');
    buf_put_decimal(buf, checked->good);
    buf_put_byte(buf, ' ');
    buf_put_decimal(buf, checked->bad);
    buf_put_byte(buf, ' ');
    if (checked->good == 0) {
        buf_put_byte(buf, '-');
    } else {
        buf_put_decimal(buf, checked->time);
    }
    buf_put_byte(buf, '\n');
}

void statement_format(struct buf *buf, const struct statement *statement)
{
    buf_printf(buf, "holdfast statement 1\nnode %s\nledger %s\n",
               statement->node.text, statement->ledger.text);
    put_number(buf, "number", statement->number);
    put_number(buf, "time", statement->time);
    buf_put_str(buf, "roster ");
    buf_put_hex(buf, statement->roster.bytes, sizeof(statement->roster.bytes));
    buf_put_byte(buf, '\n');
    put_number(buf, "reads", statement->reads);
    for (size_t index = 0; index < statement->address_count; index++) {
        buf_put_str(buf, "address ");
        buf_put(buf, statement->addresses[index]);
        buf_put_byte(buf, '\n');
    }
    put_number(buf, "free", statement->free_bytes);
    if (statement->has_scrubbed) {
        put_number(buf, "scrubbed", statement->scrubbed);
    } else {
        buf_put_str(buf, "scrubbed -\n");
    }
    for (size_t index = 0; index < statement->holds_count; index++) {
        put_holds(buf, &statement->holds[index]);
    }
    for (size_t index = 0; index < statement->checked_count; index++) {
        put_checked(buf, &statement->checked[index]);
    }
    buf_put(buf, statement->x_lines);
}

/* ---- Reading ------------------------------------------------------------- */

static void take_ledger(struct fields *fields, struct statement *statement)
{
    if (!fields_line(fields, "ledger")) {
        return;
    }
    if (origin_parse(fields_value(fields), &statement->ledger) != ERR_OK) {
        (void)fields_fail(fields, "this is no origin");
    }
    take_end(fields);
    if (!fields->failed &&
        !span_is(origin_node(&statement->ledger), statement->node.text)) {
        (void)fields_fail(fields, "this is no ledger of node %s",
                          statement->node.text);
    }
}

static void take_addresses(struct fields *fields, struct statement *statement)
{
    while (fields_next_is(fields, "address") &&
           fields_line(fields, "address")) {
        struct span text = fields_value(fields);

        take_end(fields);
        if (fields->failed) {
            return;
        }
        if (statement->address_count == ADDRESS_COUNT_MAX) {
            (void)fields_fail(fields, "more than %d addresses",
                              ADDRESS_COUNT_MAX);
            return;
        }
        if (!address_valid(text)) {
            (void)fields_fail(fields, "\"%.*s\" is no address HOST:PORT",
                              SHOWN(text));
            return;
        }
        statement->addresses[statement->address_count++] = text;
    }
}

static void take_scrubbed(struct fields *fields, struct statement *statement)
{
    struct span text;

    if (!fields_line(fields, "scrubbed")) {
        return;
    }
    text = fields_value(fields);
    statement->has_scrubbed = !span_is(text, "-");
    if (statement->has_scrubbed &&
        decimal_parse(text, &statement->scrubbed) != ERR_OK) {
        (void)fields_fail(fields, "\"%.*s\" is no time", SHOWN(text));
    }
    take_end(fields);
}

static void take_head(struct fields *fields, struct statement *statement)
{
    if (fields_line(fields, "holdfast statement 1") &&
        fields_line_end(fields) && fields_line(fields, "node")) {
        take_label(fields, "node", &statement->node);
        take_end(fields);
    }
    take_ledger(fields, statement);
    statement->number = take_number_line(fields, "number", 0);
    statement->time = take_number_line(fields, "time", 0);
    if (fields_line(fields, "roster")) {
        take_digest(fields, &statement->roster);
        take_end(fields);
    }
    statement->reads = take_number_line(fields, "reads", 1);
    take_addresses(fields, statement);
    statement->free_bytes = take_number_line(fields, "free", 0);
    take_scrubbed(fields, statement);
}

/* An `except` or `plus` line, when it is there. */
static struct span take_runs(struct fields *fields, const char *keyword,
                             const struct statement_holds *holds)
{
    struct span text = { NULL, 0 };

    if (!fields_next_is(fields, keyword) || !fields_line(fields, keyword)) {
        return text;
    }
    text = fields_value(fields);
    take_end(fields);
    if (!fields->failed && runs_check(text, holds->size) != ERR_OK) {
        (void)fields_fail(fields, "these are no ascending runs below %llu",
                          (unsigned long long)holds->size);
    }
    return text;
}

static void take_form(struct fields *fields, struct statement_holds *holds)
{
    struct span word = fields_value(fields);
    size_t form = 0;

    while (form < FORM_COUNT && !span_is(word, form_names[form])) {
        form++;
    }
    if (form == FORM_COUNT) {
        (void)fields_fail(fields, "\"%.*s\" is none of all, placed, none",
                          SHOWN(word));
        return;
    }
    holds->form = (enum holds_form)form;
    take_end(fields);
}

static void take_holds(struct fields *fields, const struct origin *ledger,
                       struct statement_holds *holds, bool is_first)
{
    if (!fields_line(fields, "holds")) {
        return;
    }
    if (origin_parse(fields_value(fields), &holds->origin) != ERR_OK ||
        !span_equal(origin_cid(&holds->origin), origin_cid(ledger))) {
        (void)fields_fail(fields, "no ledger of this consortium");
        return;
    }
    if (!is_first && origin_compare(&holds[-1].origin, &holds->origin) >= 0) {
        (void)fields_fail(fields,
                          "\"holds\" lines are sorted by ledger, each once");
        return;
    }
    holds->size = take_number(fields, "size", 1, INT64_MAX);
    take_digest(fields, &holds->root);
    take_form(fields, holds);
    if (fields->failed) {
        return;
    }
    if (holds->form != HOLDS_NONE) {
        holds->except = take_runs(fields, "except", holds);
    }
    if (holds->form != HOLDS_ALL) {
        holds->plus = take_runs(fields, "plus", holds);
    }
}

static void take_checked(struct fields *fields, const struct label *self,
                         struct statement_checked *checked, bool is_first)
{
    struct span text;

    if (!fields_line(fields, "checked")) {
        return;
    }
    take_label(fields, "node", &checked->node);
    checked->asked = take_number(fields, "number", 0, INT64_MAX);
    checked->good = take_number(fields, "number", 0, INT64_MAX);
    checked->bad = take_number(fields, "number", 0, INT64_MAX);
    text = fields_value(fields);
    take_end(fields);
    if (fields->failed) {
        return;
    }
    if (label_equal(&checked->node, self)) {
        (void)fields_fail(fields, "no node checks itself");
    } else if (!is_first &&
               strcmp(checked[-1].node.text, checked->node.text) >= 0) {
        (void)fields_fail(fields,
                          "\"checked\" lines are sorted by node, each once");
    } else if (checked->good > checked->asked ||
               checked->bad > checked->asked - checked->good) {
        (void)fields_fail(fields, "more answers than questions");
    } else if (span_is(text, "-") != (checked->good == 0) ||
               (checked->good > 0 &&
                decimal_parse(text, &checked->time) != ERR_OK)) {
        (void)fields_fail(fields, "a time is due for the last good answer, "
                                  "\"-\" when there was none");
    }
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

/* Room for every line there can be; one more, so that it is never nothing. */
static enum err make_room(struct statement *statement)
{
    statement->holds = calloc(count_lines(statement->text, "holds ") + 1,
                              sizeof(*statement->holds));
    statement->checked = calloc(count_lines(statement->text, "checked ") + 1,
                                sizeof(*statement->checked));
    return statement->holds == NULL || statement->checked == NULL
               ? ERR_NO_MEMORY
               : ERR_OK;
}

/* One reading, everywhere: what was understood, written again, is the same. */
static enum err compare_again(const struct statement *statement,
                              struct why *why)
{
    struct buf again;
    enum err err = ERR_OK;

    buf_init(&again, statement->text.size);
    statement_format(&again, statement);
    if (again.err == ERR_NO_MEMORY) {
        err = ERR_NO_MEMORY;
    } else if (!span_equal(buf_span(&again), statement->text)) {
        err =
            why_set(why, ERR_MALFORMED, "some value has another written form");
    }
    buf_done(&again);
    return err;
}

static enum err parse_into(struct statement *statement, struct why *why)
{
    struct fields fields;
    enum err err = make_room(statement);

    if (err != ERR_OK) {
        return why_set(why, err, "out of memory");
    }
    fields_init(&fields, statement->text, why);
    take_head(&fields, statement);
    while (fields_next_is(&fields, "holds")) {
        take_holds(&fields, &statement->ledger,
                   &statement->holds[statement->holds_count],
                   statement->holds_count == 0);
        statement->holds_count += fields.failed ? 0 : 1;
    }
    while (fields_next_is(&fields, "checked")) {
        take_checked(&fields, &statement->node,
                     &statement->checked[statement->checked_count],
                     statement->checked_count == 0);
        statement->checked_count += fields.failed ? 0 : 1;
    }
    statement->x_lines = x_lines_take(&fields);
    err = fields_finish(&fields);
    return err == ERR_OK ? compare_again(statement, why) : err;
}

enum err statement_check_version(struct span text, struct why *why)
{
    if (span_starts(text, "holdfast statement 1\n")) {
        return ERR_OK;
    }
    if (span_starts(text, "holdfast statement ")) {
        return why_set(why, ERR_UNREADABLE,
                       "line 1: a version of statements that this release "
                       "does not know");
    }
    return why_set(why, ERR_MALFORMED, "line 1: this is no statement");
}

enum err statement_parse(struct span text, struct statement *ret_statement,
                         struct why *why)
{
    struct statement statement;
    enum err err;

    if (text.size > STATEMENT_SIZE_MAX) {
        return why_set(why, ERR_TOO_BIG, "a statement has at most %d bytes",
                       STATEMENT_SIZE_MAX);
    }
    err = statement_check_version(text, why);
    if (err != ERR_OK) {
        return err;
    }
    memset(&statement, 0, sizeof(statement));
    statement.text = text;
    err = parse_into(&statement, why);
    if (err == ERR_OK) {
        *ret_statement = statement;
    } else {
        statement_done(&statement);
    }
    return err;
}

void statement_done(struct statement *statement)
{
    free(statement->holds);
    free(statement->checked);
    memset(statement, 0, sizeof(*statement));
}

/* ---- Use ----------------------------------------------------------------- */

bool statement_newer(const struct statement *a, const struct statement *b)
{
    return origin_equal(&a->ledger, &b->ledger) && a->number > b->number;
}

const struct statement_holds *statement_find_holds(
    const struct statement *statement, const struct origin *origin)
{
    size_t low = 0;
    size_t high = statement->holds_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct statement_holds *holds = &statement->holds[middle];
        int order = origin_compare(&holds->origin, origin);

        if (order == 0) {
            return holds;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct statement_checked *statement_find_checked(
    const struct statement *statement, struct span node)
{
    for (size_t index = 0; index < statement->checked_count; index++) {
        if (span_is(node, statement->checked[index].node.text)) {
            return &statement->checked[index];
        }
    }
    return NULL;
}

void statement_holds_bits(const struct statement_holds *holds,
                          const uint8_t *placed, uint64_t size, uint8_t *bits)
{
    uint64_t covered = size < holds->size ? size : holds->size;
    size_t bytes = (size_t)BITS_BYTES(size);
    size_t whole = (size_t)(covered / 8);

    memset(bits, 0, bytes);
    if (holds->form == HOLDS_ALL ||
        (holds->form == HOLDS_PLACED && placed == NULL)) {
        memset(bits, 0xff, whole);
    } else if (holds->form == HOLDS_PLACED) {
        memcpy(bits, placed, whole);
    }
    if (holds->form != HOLDS_NONE && covered % 8 != 0) {
        uint8_t last =
            placed == NULL || holds->form == HOLDS_ALL ? 0xff : placed[whole];

        bits[whole] = last & (uint8_t)((1u << (covered % 8)) - 1);
    }
    runs_clear_bits(holds->except, covered, bits);
    runs_set_bits(holds->plus, covered, bits);
}
