/* SPDX-License-Identifier: Apache-2.0 */
#include "core/kept.h"

#include "core/checked.h"
#include "core/cosigned.h"
#include "core/lines.h"
#include "ledger/checkpoint.h"

#define HOUR_S 3600

/* The first kept one of at least this size, or 0. */
static enum err kept_from(const struct ledger *ledger,
                          const struct source *source, uint64_t size,
                          struct buf *bytes, uint64_t *ret_size)
{
    struct checkpoint checkpoint;
    struct note note;
    enum err err;

    buf_clear(bytes);
    err = source->note(source->ctx, NOTE_COSIGNATURE,
                       origin_span(&ledger->origin), size, bytes);
    if (err == ERR_NOT_FOUND) {
        *ret_size = 0;
        return ERR_OK;
    }
    if (err == ERR_OK) {
        err = note_parse(buf_span(bytes), NOTE_SIZE_MAX, &note, NULL);
    }
    if (err == ERR_OK) {
        err = checkpoint_parse(note.text, &checkpoint, NULL);
    }
    if (err == ERR_OK) {
        *ret_size = checkpoint.size;
    }
    return err == ERR_MALFORMED ? ERR_CORRUPT : err;
}

/* The largest one up to `limit`, or 0. */
static enum err kept_last(const struct ledger *ledger,
                          const struct source *source, uint64_t limit,
                          struct buf *bytes, uint64_t *ret_size)
{
    uint64_t low = 0;
    uint64_t high = limit;

    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        uint64_t size;
        enum err err = kept_from(ledger, source, middle, bytes, &size);

        if (err != ERR_OK) {
            return err;
        }
        if (size >= middle && size <= limit) {
            low = size;
        } else {
            high = middle - 1;
        }
    }
    *ret_size = low;
    return ERR_OK;
}

/* The hour of its proven time; false when no roster proves one any more. */
static bool hour_of(const struct node *node, const struct ledger *ledger,
                    struct span bytes, uint64_t *ret_hour)
{
    struct ledger_keys keys;
    struct note_matches matches;
    struct note note;
    uint64_t time_s;

    if (!checked_keys(node, &ledger->origin, bytes, &keys, NULL) ||
        note_parse(bytes, NOTE_SIZE_MAX, &note, NULL) != ERR_OK) {
        return false;
    }
    lines_read(&note, &keys, &matches);
    if (!proven_time(&keys, &matches, &time_s)) {
        return false;
    }
    *ret_hour = time_s / HOUR_S;
    return true;
}

static enum err hours(struct node *node, struct ledger *ledger,
                      const struct source *source, struct buf *bytes)
{
    struct ledger_witness *witness = &ledger->witness;
    uint64_t before;
    uint64_t hour;
    uint64_t size;
    enum err err = kept_from(ledger, source, witness->kept_size, bytes, &size);

    if (err != ERR_OK) {
        return err;
    }
    cosigned_seen(node, ledger, buf_span(bytes));
    witness->kept_first = true; /* in doubt it stays */
    if (!hour_of(node, ledger, buf_span(bytes), &witness->kept_hour)) {
        return ERR_OK;
    }
    err = kept_last(ledger, source, witness->kept_size - 1, bytes, &before);
    if (err == ERR_OK && before != 0) {
        err = kept_from(ledger, source, before, bytes, &size);
        if (err == ERR_OK && hour_of(node, ledger, buf_span(bytes), &hour)) {
            witness->kept_first = hour != witness->kept_hour;
        }
    }
    return err;
}

/* How long ago, by its own time, the first leaf was written that no witnessed
 * checkpoint covers. */
static enum err age_of(struct node *node, const struct ledger *ledger,
                       const struct source *source, struct buf *bytes,
                       uint64_t *ret_age_s)
{
    enum err err;

    buf_clear(bytes);
    err = source->leaf(source->ctx, ledger->number, ledger->witness.kept_size,
                       bytes);
    *ret_age_s = 0;
    if (err == ERR_OK &&
        record_parse(buf_span(bytes), &node->record, NULL) == ERR_OK &&
        node->record.kind != RECORD_UNREADABLE &&
        node->record.time < node->clock_s) {
        *ret_age_s = node->clock_s - node->record.time;
    }
    return err;
}

enum err kept_load(struct node *node, struct ledger *ledger,
                   const struct source *source, uint64_t *ret_age_s)
{
    struct ledger_witness *witness = &ledger->witness;
    uint64_t size = ledger->durable.checkpoint_size;
    struct buf bytes;
    enum err err;

    buf_init(&bytes, NOTE_SIZE_MAX);
    err = kept_last(ledger, source, size, &bytes, &witness->kept_size);
    if (err == ERR_OK && witness->kept_size > 0) {
        err = hours(node, ledger, source, &bytes);
    }
    *ret_age_s = 0;
    if (err == ERR_OK && witness->kept_size < size) {
        err = age_of(node, ledger, source, &bytes, ret_age_s);
    }
    buf_done(&bytes);
    return err;
}
