/* SPDX-License-Identifier: Apache-2.0 */
#include "core/seen.h"

#include <string.h>

#include "base/buf.h"
#include "base/reader.h"
#include "base/text.h"
#include "core/commit.h"
#include "model/health.h"

#define STEP_S 1800 /* between two marks */
#define MARK_SIZE 16

/* Line 3 of every record that we know; false for others. */
static bool leaf_time(struct span leaf, uint64_t *ret_time_s)
{
    static const char before[] = "\ntime ";
    const uint8_t *at = leaf.data;
    const uint8_t *end = leaf.data + leaf.size;
    const uint8_t *line_end;

    for (unsigned lines = 0; lines < 2; lines++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (at == NULL) {
            return false;
        }
        at += lines == 0;
    }
    if ((size_t)(end - at) < sizeof(before) ||
        memcmp(at, before, sizeof(before) - 1) != 0) {
        return false;
    }
    at += sizeof(before) - 1;
    line_end = memchr(at, '\n', (size_t)(end - at));
    return line_end != NULL &&
           decimal_parse(span_of(at, (size_t)(line_end - at)), ret_time_s) ==
               ERR_OK;
}

static void drop_first(struct seen *seen)
{
    seen->count--;
    memmove(seen->marks, seen->marks + 1, seen->count * sizeof(seen->marks[0]));
}

/* A time that is `SPREADING_S` ago or more. */
static bool is_old(const struct node *node, const struct seen_mark *mark)
{
    return mark->time_s > node->clock_s ||
           node->clock_s - mark->time_s >= SPREADING_S ||
           node->now_ms - mark->since_ms >= 1000ULL * SPREADING_S;
}

void seen_leaf(const struct node *node, struct ledger *ledger, uint64_t index,
               struct span leaf)
{
    struct seen *seen = &ledger->seen;
    uint64_t time_s;

    if (!leaf_time(leaf, &time_s) || time_s > node->clock_s) {
        time_s = node->clock_s;
    }
    if (seen->count > 0 &&
        time_s < seen->marks[seen->count - 1].time_s + STEP_S) {
        return;
    }
    while (seen->count == SEEN_MARKS_MAX ||
           (seen->count > 1 && is_old(node, &seen->marks[1]))) {
        drop_first(seen);
    }
    if (seen->count == 1 && is_old(node, &seen->marks[0])) {
        seen->count = 0; /* what comes before the first mark is old */
    }
    seen->marks[seen->count] =
        (struct seen_mark){ index, time_s, node->now_ms };
    seen->count++;
    seen->unsaved = true;
}

void seen_save(struct node *node, struct ledger *ledger)
{
    struct seen *seen = &ledger->seen;
    struct buf bytes;

    if (!seen->unsaved) {
        return;
    }
    seen->unsaved = false;
    buf_init(&bytes, SEEN_MARKS_MAX * MARK_SIZE);
    for (size_t i = 0; i < seen->count; i++) {
        buf_put_u64(&bytes, seen->marks[i].from);
        buf_put_u64(&bytes, seen->marks[i].time_s);
    }
    if (buf_failed(&bytes)) {
        node->broken = true;
    } else {
        commit_note(node, NOTE_SEEN, origin_span(&ledger->origin), 0,
                    buf_span(&bytes));
    }
    buf_done(&bytes);
}

void seen_load(const struct node *node, struct ledger *ledger,
               const struct source *source)
{
    struct seen *seen = &ledger->seen;
    struct reader reader;
    struct buf bytes;

    buf_init(&bytes, SEEN_MARKS_MAX * MARK_SIZE);
    if (source->note(source->ctx, NOTE_SEEN, origin_span(&ledger->origin), 0,
                     &bytes) == ERR_OK) {
        reader_init(&reader, buf_span(&bytes));
        while (reader.left.size >= MARK_SIZE) {
            struct seen_mark *mark = &seen->marks[seen->count];

            mark->from = reader_u64(&reader);
            mark->time_s = reader_u64(&reader);
            mark->since_ms = node->now_ms;
            seen->count++;
        }
    }
    buf_done(&bytes);
}

void seen_young(const struct node *node, const struct ledger *ledger,
                uint64_t *ret_from, uint64_t *ret_to)
{
    const struct seen *seen = &ledger->seen;
    size_t first = 0;
    size_t end;

    while (first < seen->count && is_old(node, &seen->marks[first])) {
        first++;
    }
    end = first;
    while (end < seen->count && !is_old(node, &seen->marks[end])) {
        end++;
    }
    *ret_from =
        first < seen->count ? seen->marks[first].from : ledger->frontier.size;
    *ret_to = end < seen->count ? seen->marks[end].from : ledger->frontier.size;
}

uint64_t seen_time_s(const struct ledger *ledger, uint64_t index)
{
    const struct seen *seen = &ledger->seen;

    for (size_t i = seen->count; i > 0; i--) {
        if (index >= seen->marks[i - 1].from) {
            return seen->marks[i - 1].time_s;
        }
    }
    return 0;
}
