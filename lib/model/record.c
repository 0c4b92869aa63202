/* SPDX-License-Identifier: Apache-2.0 */
#include "model/record.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ledger/merkle.h"
#include "model/padme.h"
#include "model/x_lines.h"

/* "earlier ORIGIN SIZE ROOT", with the shortest origin. */
#define EARLIER_LINE_SIZE_MIN (8 + 53 + 1 + 1 + 1 + 64 + 1)

_Static_assert(RECORD_EARLIER_MAX *EARLIER_LINE_SIZE_MIN > LEAF_SIZE_MAX,
               "the bytes of a leaf end before its earlier lines do");

static const char *const reason_names[] = {
    [OPEN_NEW] = "new",
    [OPEN_RESCUED] = "rescued",
    [OPEN_ROLLED_BACK] = "rolled-back",
    [OPEN_MOVED] = "moved",
};

#define REASON_COUNT (sizeof(reason_names) / sizeof(reason_names[0]))

/* Lines 1 and 2, which every version and kind has. */
struct head {
    uint64_t version;
    struct span kind;
    struct origin origin;
};

static bool head_parse(struct fields *fields, struct head *head)
{
    struct span word;

    if (!fields_line(fields, "holdfast")) {
        return false;
    }
    word = fields_value(fields);
    if (!span_is(word, "record")) {
        (void)fields_fail(fields, "this text is no record");
        return false;
    }
    if (decimal_parse(fields_value(fields), &head->version) != ERR_OK ||
        head->version == 0) {
        (void)fields_fail(fields, "the record has no version");
        return false;
    }
    head->kind = fields_value(fields);
    if (!label_valid(head->kind)) {
        (void)fields_fail(fields, "the record has no kind");
        return false;
    }
    if (!fields_line_end(fields) || !fields_line(fields, "origin")) {
        return false;
    }
    if (origin_parse(fields_value(fields), &head->origin) != ERR_OK) {
        (void)fields_fail(fields, "this is no origin");
        return false;
    }
    return fields_line_end(fields);
}

static bool hash_value(struct fields *fields, struct digest *digest)
{
    if (hex_parse(fields_value(fields), digest->bytes, DIGEST_SIZE) != ERR_OK) {
        (void)fields_fail(fields, "this is no hash: 64 lower-case hex digits");
        return false;
    }
    return true;
}

static bool decimal_value(struct fields *fields, uint64_t *value)
{
    if (decimal_parse(fields_value(fields), value) != ERR_OK) {
        (void)fields_fail(fields, "this is no number below 2^63");
        return false;
    }
    return true;
}

/* A line with one hash. */
static bool hash_line(struct fields *fields, const char *keyword,
                      struct digest *digest)
{
    return fields_line(fields, keyword) && hash_value(fields, digest) &&
           fields_line_end(fields);
}

bool deposit_parse(struct fields *fields, struct deposit *deposit)
{
    struct digest digest;

    if (!fields_line(fields, "header") || !hash_value(fields, &digest) ||
        !decimal_value(fields, &deposit->header_size) ||
        !fields_line_end(fields)) {
        return false;
    }
    deposit->header_id = header_id_from_digest(&digest);
    if (deposit->header_size < 1 || deposit->header_size > HEADER_SIZE_MAX) {
        (void)fields_fail(fields, "a header has 1 to %d bytes",
                          HEADER_SIZE_MAX);
        return false;
    }
    if (!fields_line(fields, "payload") || !hash_value(fields, &digest) ||
        !decimal_value(fields, &deposit->payload_size) ||
        !fields_line_end(fields)) {
        return false;
    }
    deposit->payload_root = payload_root_from_digest(&digest);
    if (!payload_size_possible(deposit->payload_size) ||
        deposit->payload_size > PAYLOAD_SIZE_MAX) {
        (void)fields_fail(fields, "no payload has this size");
        return false;
    }
    return hash_line(fields, "commitment", &deposit->commitment);
}

/* The reason and the earlier lines. */
static bool reason_parse(struct fields *fields, struct record_open *open)
{
    struct span word;
    size_t reason = 0;

    if (!fields_line(fields, "reason")) {
        return false;
    }
    word = fields_value(fields);
    while (reason < REASON_COUNT && !span_is(word, reason_names[reason])) {
        reason++;
    }
    if (reason == REASON_COUNT) {
        (void)fields_fail(fields, "this is no reason to open a ledger");
        return false;
    }
    open->reason = (enum open_reason)reason;
    return fields_line_end(fields);
}

static bool earlier_parse(struct fields *fields, const struct origin *self,
                          struct record_open *open)
{
    struct ledger_head *head = &open->earlier[open->earlier_count];

    if (open->earlier_count == RECORD_EARLIER_MAX) {
        (void)fields_fail(fields, "too many earlier ledgers");
        return false;
    }
    if (!fields_line(fields, "earlier")) {
        return false;
    }
    if (origin_parse(fields_value(fields), &head->origin) != ERR_OK) {
        (void)fields_fail(fields, "this is no origin");
        return false;
    }
    if (!decimal_value(fields, &head->size) ||
        !hash_value(fields, &head->root) || !fields_line_end(fields)) {
        return false;
    }
    if (head->size == 0) {
        (void)fields_fail(fields, "an earlier ledger is not empty");
        return false;
    }
    if (!span_equal(origin_cid(&head->origin), origin_cid(self)) ||
        !span_equal(origin_node(&head->origin), origin_node(self)) ||
        origin_equal(&head->origin, self)) {
        (void)fields_fail(fields, "this is no earlier ledger of this node");
        return false;
    }
    if (open->earlier_count > 0 &&
        origin_compare(&head[-1].origin, &head->origin) >= 0) {
        (void)fields_fail(fields, "the earlier ledgers are not sorted");
        return false;
    }
    open->earlier_count++;
    return true;
}

static bool open_parse(struct fields *fields, const struct origin *self,
                       struct record_open *open)
{
    open->earlier_count = 0;
    if (!reason_parse(fields, open)) {
        return false;
    }
    while (fields_next_is(fields, "earlier")) {
        if (!earlier_parse(fields, self, open)) {
            return false;
        }
    }
    if ((open->reason == OPEN_NEW) != (open->earlier_count == 0)) {
        (void)fields_fail(fields, "the reason does not fit the number of "
                                  "earlier ledgers");
        return false;
    }
    return true;
}

static bool carried_parse(struct fields *fields, const struct origin *self,
                          struct record_carried *carried)
{
    struct buf leaf;
    enum err err;

    if (!fields_line(fields, "from")) {
        return false;
    }
    if (origin_parse(fields_value(fields), &carried->from) != ERR_OK) {
        (void)fields_fail(fields, "this is no origin");
        return false;
    }
    if (!decimal_value(fields, &carried->index) || !fields_line_end(fields)) {
        return false;
    }
    if (origin_equal(&carried->from, self) ||
        !span_equal(origin_cid(&carried->from), origin_cid(self))) {
        (void)fields_fail(fields, "nothing can be carried from this ledger");
        return false;
    }
    if (!fields_line(fields, "leaf")) {
        return false;
    }
    buf_init(&leaf, sizeof(carried->leaf));
    err = base64_parse(fields_value(fields), &leaf);
    if (err == ERR_OK && !fields->failed) {
        memcpy(carried->leaf, leaf.data, leaf.size);
        carried->leaf_size = leaf.size;
    }
    buf_done(&leaf);
    if (err != ERR_OK) {
        (void)fields_fail(fields, "the leaf is not base64, or too large");
        return false;
    }
    return fields_line_end(fields);
}

/* Of the kinds whose leaves may have 16 KiB; they are never carried. */
static bool kind_is_large(struct span kind)
{
    return span_is(kind, "open") || span_is(kind, "carried");
}

static bool text_is_same(const struct record *record)
{
    struct buf text;
    bool same;

    buf_init(&text, LEAF_SIZE_MAX);
    record_format(&text, record);
    same = !buf_failed(&text) && span_equal(buf_span(&text), record->bytes);
    buf_done(&text);
    return same;
}

/* The x lines and the end; then the record must be what we would write. */
static enum err record_finish(struct fields *fields, struct record *record)
{
    enum err err;

    record->x_lines = x_lines_take(fields);
    err = fields_finish(fields);
    if (err == ERR_OK && !text_is_same(record)) {
        err = why_set(fields->why, ERR_MALFORMED,
                      "the record can be written in another way");
    }
    return err;
}

static enum err deposit_record_parse(struct fields *fields,
                                     struct record *record)
{
    record->kind = RECORD_DEPOSIT;
    record->has_roster = true;
    if (!fields_line(fields, "time") || !decimal_value(fields, &record->time) ||
        !fields_line_end(fields) ||
        !hash_line(fields, "roster", &record->roster) ||
        !deposit_parse(fields, &record->deposit)) {
        return ERR_MALFORMED;
    }
    return record_finish(fields, record);
}

static enum err open_record_parse(struct fields *fields, struct record *record)
{
    record->kind = RECORD_OPEN;
    record->has_roster = true;
    if (!fields_line(fields, "time") || !decimal_value(fields, &record->time) ||
        !fields_line_end(fields) ||
        !hash_line(fields, "roster", &record->roster) ||
        !open_parse(fields, &record->origin, &record->open)) {
        return ERR_MALFORMED;
    }
    return record_finish(fields, record);
}

/* A leaf that may be carried: a deposit or an unreadable one. */
static enum err small_parse(struct fields *fields, const struct head *head,
                            struct record *record)
{
    if (record->bytes.size > LEAF_DEPOSIT_SIZE_MAX) {
        return why_set(fields->why, ERR_TOO_BIG,
                       "a leaf of this kind has at most %d bytes",
                       LEAF_DEPOSIT_SIZE_MAX);
    }
    if (head->version == 1 && span_is(head->kind, "deposit")) {
        return deposit_record_parse(fields, record);
    }
    record->kind = RECORD_UNREADABLE;
    return ERR_OK;
}

static void record_begin(struct record *record, struct span bytes)
{
    record->bytes = bytes;
    record->time = 0;
    record->has_roster = false;
    memset(&record->roster, 0, sizeof(record->roster));
    record->x_lines = span_of(NULL, 0);
}

/* The leaf inside of a carried record. */
static enum err inner_parse(const struct record_carried *carried,
                            struct record *record, struct why *why)
{
    struct fields fields;
    struct head head;

    record_begin(record, span_of(carried->leaf, carried->leaf_size));
    fields_init(&fields, record->bytes, why);
    if (!head_parse(&fields, &head)) {
        return ERR_MALFORMED;
    }
    record->origin = head.origin;
    if (kind_is_large(head.kind)) {
        return fields_fail(&fields, "a leaf of this kind is not carried");
    }
    if (!origin_equal(&head.origin, &carried->from)) {
        return fields_fail(&fields, "the leaf is of another ledger than "
                                    "\"from\" says");
    }
    return small_parse(&fields, &head, record);
}

static enum err carried_record_parse(struct fields *fields,
                                     struct record *record)
{
    struct record inner;
    enum err err;

    record->kind = RECORD_CARRIED;
    if (!fields_line(fields, "time") || !decimal_value(fields, &record->time) ||
        !fields_line_end(fields) ||
        !carried_parse(fields, &record->origin, &record->carried)) {
        return ERR_MALFORMED;
    }
    err = inner_parse(&record->carried, &inner, fields->why);
    if (err != ERR_OK) {
        return why_prefix(fields->why, err, "the carried leaf");
    }
    return record_finish(fields, record);
}

/* Copy what is set, which is much less than the largest record. */
static void record_give(const struct record *record, struct record *ret_record)
{
    size_t size = offsetof(struct record, deposit);

    switch (record->kind) {
    case RECORD_DEPOSIT:
        size += sizeof(record->deposit);
        break;
    case RECORD_OPEN:
        size += sizeof(record->open);
        break;
    case RECORD_CARRIED:
        size += sizeof(record->carried);
        break;
    case RECORD_UNREADABLE:
        break;
    }
    memcpy((void *)ret_record, record, size);
}

enum err record_parse(struct span bytes, struct record *ret_record,
                      struct why *why)
{
    struct record record;
    struct fields fields;
    struct head head;
    enum err err;

    if (bytes.size > LEAF_SIZE_MAX) {
        return why_set(why, ERR_TOO_BIG, "a leaf has at most %d bytes",
                       LEAF_SIZE_MAX);
    }
    record_begin(&record, bytes);
    fields_init(&fields, bytes, why);
    if (!head_parse(&fields, &head)) {
        return ERR_MALFORMED;
    }
    record.origin = head.origin;
    if (!kind_is_large(head.kind)) {
        err = small_parse(&fields, &head, &record);
    } else if (head.version != 1) {
        record.kind = RECORD_UNREADABLE;
        err = ERR_OK;
    } else if (span_is(head.kind, "open")) {
        err = open_record_parse(&fields, &record);
    } else {
        err = carried_record_parse(&fields, &record);
    }
    if (err == ERR_OK) {
        record_give(&record, ret_record);
    }
    return err;
}

enum err record_parse_carried(const struct record *carried,
                              struct record *ret_record, struct why *why)
{
    struct record record;
    enum err err;

    CHECK(carried->kind == RECORD_CARRIED);
    err = inner_parse(&carried->carried, &record, why);
    if (err == ERR_OK) {
        record_give(&record, ret_record);
    }
    return err;
}

static void hash_put(struct buf *buf, const char *keyword, const uint8_t *hash)
{
    buf_put_str(buf, keyword);
    buf_put_str(buf, " ");
    buf_put_hex(buf, hash, DIGEST_SIZE);
}

static void decimal_put(struct buf *buf, const char *before, uint64_t value)
{
    buf_put_str(buf, before);
    buf_put_decimal(buf, value);
    buf_put_str(buf, "\n");
}

void deposit_format(struct buf *buf, const struct deposit *deposit)
{
    hash_put(buf, "header", deposit->header_id.bytes);
    decimal_put(buf, " ", deposit->header_size);
    hash_put(buf, "payload", deposit->payload_root.bytes);
    decimal_put(buf, " ", deposit->payload_size);
    hash_put(buf, "commitment", deposit->commitment.bytes);
    buf_put_str(buf, "\n");
}

bool deposit_equal(const struct deposit *a, const struct deposit *b)
{
    return payload_root_equal(&a->payload_root, &b->payload_root) &&
           header_id_equal(&a->header_id, &b->header_id) &&
           digest_equal(&a->commitment, &b->commitment);
}

static void open_format(struct buf *buf, const struct record_open *open)
{
    buf_printf(buf, "reason %s\n", reason_names[open->reason]);
    for (size_t index = 0; index < open->earlier_count; index++) {
        const struct ledger_head *head = &open->earlier[index];

        buf_printf(buf, "earlier %s ", head->origin.text);
        buf_put_decimal(buf, head->size);
        buf_put_str(buf, " ");
        buf_put_hex(buf, head->root.bytes, DIGEST_SIZE);
        buf_put_str(buf, "\n");
    }
}

static void carried_format(struct buf *buf,
                           const struct record_carried *carried)
{
    buf_printf(buf, "from %s ", carried->from.text);
    decimal_put(buf, "", carried->index);
    buf_put_str(buf, "leaf ");
    buf_put_base64(buf, span_of(carried->leaf, carried->leaf_size));
    buf_put_str(buf, "\n");
}

static const char *kind_name(enum record_kind kind)
{
    switch (kind) {
    case RECORD_DEPOSIT:
        return "deposit";
    case RECORD_OPEN:
        return "open";
    case RECORD_CARRIED:
        return "carried";
    case RECORD_UNREADABLE:
        break;
    }
    CHECK(!"an unreadable record is never written anew");
    return "";
}

void record_format(struct buf *buf, const struct record *record)
{
    buf_printf(buf, "holdfast record 1 %s\norigin %s\n",
               kind_name(record->kind), record->origin.text);
    decimal_put(buf, "time ", record->time);
    if (record->kind != RECORD_CARRIED) {
        hash_put(buf, "roster", record->roster.bytes);
        buf_put_str(buf, "\n");
    }
    switch (record->kind) {
    case RECORD_DEPOSIT:
        deposit_format(buf, &record->deposit);
        break;
    case RECORD_OPEN:
        open_format(buf, &record->open);
        break;
    case RECORD_CARRIED:
        carried_format(buf, &record->carried);
        break;
    case RECORD_UNREADABLE:
        break;
    }
    buf_put(buf, record->x_lines);
}

const char *open_reason_name(enum open_reason reason)
{
    return reason_names[reason];
}

void record_leaf_hash(struct span bytes, struct digest *ret_hash)
{
    merkle_leaf(bytes, ret_hash);
}
