/* SPDX-License-Identifier: Apache-2.0 */
#include "core/alarms.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "core/emit.h"
#include "core/state.h"

static struct alarm *find(struct alarms *alarms, const char *code,
                          const char *subject)
{
    for (size_t i = 0; i < alarms->count; i++) {
        struct alarm *alarm = &alarms->items[i];

        if (strcmp(alarm->code, code) == 0 &&
            strcmp(alarm->subject, subject) == 0) {
            return alarm;
        }
    }
    return NULL;
}

static void drop(struct alarms *alarms, struct alarm *alarm)
{
    size_t index = (size_t)(alarm - alarms->items);

    alarms->count--;
    memmove(alarm, alarm + 1, (alarms->count - index) * sizeof(*alarm));
}

/* A place for one more, or NULL. */
static struct alarm *add(struct alarms *alarms, bool critical)
{
    if (alarms->count == STATUS_ALARMS_MAX) {
        struct alarm *lesser = NULL;

        for (size_t i = 0; i < alarms->count; i++) {
            if (!alarms->items[i].critical) {
                lesser = &alarms->items[i];
            }
        }
        if (!critical || lesser == NULL) {
            return NULL;
        }
        drop(alarms, lesser);
    }
    alarms->count++;
    return &alarms->items[alarms->count - 1];
}

void alarm_set(struct node *node, bool critical, const char *code,
               const char *subject, const char *format, ...)
{
    struct alarms *alarms = &node->alarms;
    struct alarm *alarm;
    va_list args;
    bool is_new;

    CHECK(code != NULL);
    if (subject == NULL) {
        subject = "";
    }
    alarm = find(alarms, code, subject);
    is_new = alarm == NULL;
    if (is_new) {
        alarm = add(alarms, critical);
        if (alarm == NULL) {
            return;
        }
        memset(alarm, 0, sizeof(*alarm));
        alarm->code = code;
        (void)snprintf(alarm->subject, sizeof(alarm->subject), "%s", subject);
        alarm->critical = critical;
        alarm->since_ms = node->now_ms;
    }
    va_start(args, format);
    (void)vsnprintf(alarm->text, sizeof(alarm->text), format, args);
    va_end(args);
    if (is_new) {
        emit_alarm(node, critical ? ALARM_ERROR : ALARM_WARNING, code, subject,
                   "%s", alarm->text);
    }
}

void alarm_clear(struct node *node, const char *code, const char *subject)
{
    struct alarm *alarm =
        find(&node->alarms, code, subject == NULL ? "" : subject);

    if (alarm == NULL) {
        return;
    }
    emit_alarm(node, ALARM_INFO, code, alarm->subject,
               "over after %" PRIu64 " s",
               (node->now_ms - alarm->since_ms) / 1000);
    drop(&node->alarms, alarm);
}

void alarms_status(const struct node *node, uint64_t now_ms,
                   struct effects *effects, struct msg_status_reply *ret)
{
    const struct alarms *alarms = &node->alarms;
    struct status_alarm *list =
        effects_alloc(effects, STATUS_ALARMS_MAX * sizeof(*list));

    if (list == NULL) {
        return;
    }
    for (size_t i = 0; i < alarms->count; i++) {
        const struct alarm *alarm = &alarms->items[i];

        list[i].code = effects_copy(effects, span_str(alarm->code));
        list[i].subject = effects_copy(effects, span_str(alarm->subject));
        list[i].text = effects_copy(effects, span_str(alarm->text));
        list[i].since_s =
            now_ms > alarm->since_ms ? (now_ms - alarm->since_ms) / 1000 : 0;
        list[i].critical = alarm->critical;
    }
    ret->alarms = list;
    ret->alarms_count = alarms->count;
}
