/* SPDX-License-Identifier: Apache-2.0 */
#include "model/incident.h"

#include <string.h>

#include "base/fields.h"
#include "base/text.h"
#include "model/take.h"

static const char *const kinds[] = {
    [INCIDENT_BAD] = "bad",       [INCIDENT_REPAIRED] = "repaired",
    [INCIDENT_BACK] = "back",     [INCIDENT_DAMAGE] = "damage",
    [INCIDENT_PAUSED] = "paused", [INCIDENT_RESUMED] = "resumed",
};

static const char *const causes[] = {
    [BAD_BYTES] = "bytes",
    [BAD_READ] = "read",
    [BAD_GONE] = "gone",
};

const char *incident_kind_text(enum incident_kind kind)
{
    return kinds[kind];
}

const char *incident_cause_text(enum bad_cause cause)
{
    return cause >= BAD_BYTES && cause <= BAD_GONE ? causes[cause] : "-";
}

/* ---- writing ---- */

static void format_block(struct buf *buf, const struct incident *incident)
{
    if (!incident->has_block) {
        buf_put_str(buf, "block -\n");
        return;
    }
    buf_put_str(buf, incident->header ? "header " : "block ");
    buf_put_hex(buf, incident->block.bytes, sizeof(incident->block.bytes));
    buf_put_str(buf, "\n");
}

static void format_item(struct buf *buf, const struct incident *incident)
{
    if (!incident->has_item) {
        buf_put_str(buf, "item -\n");
        return;
    }
    buf_put_str(buf, "item ");
    buf_put_hex(buf, incident->root.bytes, sizeof(incident->root.bytes));
    buf_printf(buf, " %s ", incident->origin.text);
    buf_put_decimal(buf, incident->index);
    buf_put_str(buf, "\n");
}

void incident_format(struct buf *buf, const struct incident *incident)
{
    buf_put_str(buf, "holdfast incident 1\ntime ");
    buf_put_decimal(buf, incident->time);
    buf_printf(buf, "\nkind %s\ncause %s\n", incident_kind_text(incident->kind),
               incident->has_cause ? incident_cause_text(incident->cause)
                                   : "-");
    format_block(buf, incident);
    format_item(buf, incident);
    buf_put_str(buf, "items ");
    buf_put_decimal(buf, incident->items);
    buf_put_str(buf, "\nremark ");
    if (incident->remark[0] == '\0') {
        buf_put_str(buf, "-");
    } else {
        buf_put_free_text(buf, span_str(incident->remark));
    }
    buf_put_str(buf, "\n");
}

/* ---- reading ---- */

/* The place of this word in a list that begins at 1. */
static unsigned word_of(struct fields *fields, const char *const *words,
                        unsigned count)
{
    struct span value = fields_value(fields);

    for (unsigned at = 1; at < count && !fields->failed; at++) {
        if (span_is(value, words[at])) {
            return at;
        }
    }
    (void)fields_fail(fields, "unknown word \"%.*s\"", SHOWN(value));
    return 0;
}

static void take_kind(struct fields *fields, struct incident *incident)
{
    if (fields_line(fields, "kind")) {
        incident->kind = (enum incident_kind)word_of(
            fields, kinds, sizeof(kinds) / sizeof(kinds[0]));
    }
    if (!fields_line(fields, "cause")) {
        return;
    }
    incident->has_cause = !span_is(fields->line, " -");
    if (incident->has_cause) {
        incident->cause = (enum bad_cause)word_of(
            fields, causes, sizeof(causes) / sizeof(causes[0]));
    } else {
        (void)fields_value(fields);
    }
}

static void take_block(struct fields *fields, struct incident *incident)
{
    incident->header = fields_next_is(fields, "header");
    if (!fields_line(fields, incident->header ? "header" : "block")) {
        return;
    }
    incident->has_block = incident->header || !span_is(fields->line, " -");
    if (incident->has_block) {
        take_hex(fields, incident->block.bytes, sizeof(incident->block.bytes));
    } else {
        (void)fields_value(fields);
    }
}

static void take_item(struct fields *fields, struct incident *incident)
{
    struct span origin;

    if (!fields_line(fields, "item")) {
        return;
    }
    incident->has_item = !span_is(fields->line, " -");
    if (!incident->has_item) {
        (void)fields_value(fields);
        return;
    }
    take_hex(fields, incident->root.bytes, sizeof(incident->root.bytes));
    origin = fields_value(fields);
    if (!fields->failed && origin_parse(origin, &incident->origin) != ERR_OK) {
        (void)fields_fail(fields, "\"%.*s\" is no ledger", SHOWN(origin));
    }
    incident->index = take_number(fields, "index of a leaf", 0, INT64_MAX);
}

static void take_remark(struct fields *fields, struct incident *incident)
{
    struct buf raw;

    if (!fields_line(fields, "remark")) {
        return;
    }
    buf_init(&raw, INCIDENT_REMARK_SIZE - 1);
    take_free_text(fields, true, &raw);
    if (!fields->failed &&
        (buf_failed(&raw) ||
         (raw.size > 0 && memchr(raw.data, 0, raw.size) != NULL))) {
        (void)fields_fail(fields, "a remark that cannot be read");
    } else if (raw.size > 0) {
        memcpy(incident->remark, raw.data, raw.size);
    }
    buf_done(&raw);
}

/* What was understood, written again, is the input. */
static enum err check_form(struct span text, const struct incident *incident,
                           struct why *why)
{
    struct buf again;
    enum err err;

    buf_init(&again, INCIDENT_SIZE_MAX);
    incident_format(&again, incident);
    err = again.err;
    if (err == ERR_OK && !span_equal(buf_span(&again), text)) {
        err = why_set(why, ERR_MALFORMED, "not in its one written form");
    }
    buf_done(&again);
    return err;
}

enum err incident_parse(struct span text, struct incident *ret_incident,
                        struct why *why)
{
    struct incident incident;
    struct fields fields;
    enum err err;

    memset(&incident, 0, sizeof(incident));
    fields_init(&fields, text, why);
    if (fields_line(&fields, "holdfast")) {
        struct span kind = fields_value(&fields);
        struct span version = fields_value(&fields);

        if (!fields.failed && span_is(kind, "incident") &&
            !span_is(version, "1")) {
            return why_set(why, ERR_UNREADABLE,
                           "an incident of another version");
        }
        if (!fields.failed && !span_is(kind, "incident")) {
            (void)fields_fail(&fields, "not an incident");
        }
    }
    incident.time = take_number_line(&fields, "time", 0);
    take_kind(&fields, &incident);
    take_block(&fields, &incident);
    take_item(&fields, &incident);
    incident.items = take_number_line(&fields, "items", 0);
    take_remark(&fields, &incident);
    err = fields_finish(&fields);
    if (err == ERR_OK) {
        err = check_form(text, &incident, why);
    }
    if (err == ERR_OK) {
        *ret_incident = incident;
    }
    return err;
}
