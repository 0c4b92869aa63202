/* SPDX-License-Identifier: Apache-2.0 */
#include "core/days.h"

#include <string.h>

#include "base/buf.h"
#include "base/reader.h"
#include "core/clock.h"
#include "core/commit.h"

#define DAY_S 86400
#define SAVE_PERIOD_MS 3600000
#define DAY_SIZE (4 * ITEM_STATE_COUNT)

static struct span no_name(void)
{
    return span_of(NULL, 0);
}

static void load_day(struct node *node, const struct source *source,
                     uint64_t day)
{
    struct days *days = &node->days;
    struct status_day *to = &days->of[days->count];
    struct reader reader;
    struct buf bytes;

    buf_init(&bytes, DAY_SIZE);
    if (source->note(source->ctx, NOTE_DAY, no_name(), day, &bytes) == ERR_OK &&
        bytes.size == DAY_SIZE) {
        reader_init(&reader, buf_span(&bytes));
        to->day = day;
        for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
            to->states[i] = reader_u32(&reader);
        }
        days->count++;
    }
    buf_done(&bytes);
}

void days_load(struct node *node, const struct source *source)
{
    uint64_t today = node->clock_s / DAY_S;
    uint64_t day = today < STATUS_DAYS_MAX ? 0 : today - STATUS_DAYS_MAX + 1;

    for (; day <= today; day++) {
        load_day(node, source, day);
    }
}

static void save(struct node *node, const struct status_day *day)
{
    struct buf bytes;

    buf_init(&bytes, DAY_SIZE);
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        buf_put_u32(&bytes, day->states[i]);
    }
    if (buf_failed(&bytes)) {
        node->broken = true;
    } else {
        commit_note(node, NOTE_DAY, no_name(), day->day, buf_span(&bytes));
    }
    buf_done(&bytes);
    node->days.saved_ms = node->now_ms;
    node->days.unsaved = false;
}

static void forget_first(struct node *node)
{
    struct days *days = &node->days;
    struct batch_op op = { .kind = BATCH_NOTE_GONE,
                           .level = NOTE_DAY,
                           .index = days->of[0].day };

    commit_add(node, &op, no_name(), no_name());
    days->count--;
    memmove(days->of, days->of + 1, days->count * sizeof(days->of[0]));
}

void days_count(struct node *node)
{
    struct days *days = &node->days;
    struct status_day now = { .day = node->clock_s / DAY_S };
    struct status_day *last =
        days->count == 0 ? NULL : &days->of[days->count - 1];

    if (clock_wrong(node) || node->broken || node->stopping ||
        (last != NULL && last->day > now.day)) {
        return;
    }
    memcpy(now.states, node->health.states, sizeof(now.states));
    if (last == NULL || last->day < now.day) {
        if (last != NULL && days->unsaved) {
            save(node, last);
        }
        if (days->count == STATUS_DAYS_MAX) {
            forget_first(node);
        }
        days->of[days->count] = now;
        days->count++;
        save(node, &now);
        return;
    }
    days->unsaved = days->unsaved || memcmp(last, &now, sizeof(now)) != 0;
    *last = now;
    if (days->unsaved && node->now_ms - days->saved_ms >= SAVE_PERIOD_MS) {
        save(node, last);
    }
}

void days_status(const struct node *node, struct effects *effects,
                 struct status_health *ret)
{
    const struct days *days = &node->days;
    struct span kept = effects_copy(
        effects, span_of(days->of, days->count * sizeof(days->of[0])));

    ret->days = (const struct status_day *)(const void *)kept.data;
    ret->days_count = kept.data == NULL ? 0 : days->count;
}
