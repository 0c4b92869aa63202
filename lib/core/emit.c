/* SPDX-License-Identifier: Apache-2.0 */
#include "core/emit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "core/state.h"

#define ALARM_TEXT_MAX 512

void *emit_alloc(struct node *node, size_t size)
{
    void *memory = effects_alloc(node->out, size);

    if (memory == NULL) {
        node->broken = true;
    }
    return memory;
}

struct effect *emit(struct node *node, enum effect_kind kind)
{
    struct effect *effect = effects_push(node->out, kind);

    if (effect == NULL) {
        node->broken = true;
    }
    return effect;
}

struct message *emit_message(struct node *node, enum message_kind kind,
                             bool reply)
{
    struct message *message = emit_alloc(node, sizeof(*message));

    if (message != NULL) {
        message->kind = kind;
        message->reply = reply;
    }
    return message;
}

void emit_answer(struct node *node, uint64_t request,
                 const struct message *message)
{
    struct effect *effect;

    if (message == NULL) {
        return;
    }
    effect = emit(node, EFFECT_ANSWER);
    if (effect != NULL) {
        effect->answer.request = request;
        effect->answer.message = message;
    }
}

void emit_refusal(struct node *node, uint64_t request, enum err code,
                  const char *name, const char *text)
{
    struct message *message = emit_message(node, MESSAGE_REFUSAL, true);

    if (message == NULL) {
        return;
    }
    message->refusal.code = (uint64_t)code;
    message->refusal.name = span_str(name);
    message->refusal.text = effects_copy(node->out, span_str(text));
    emit_answer(node, request, message);
}

void emit_alarm(struct node *node, enum alarm_level level, const char *code,
                const char *subject, const char *format, ...)
{
    char line[ALARM_TEXT_MAX];
    struct effect *effect;
    char *text;
    char *who;
    va_list args;

    CHECK(code != NULL);
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (subject == NULL) {
        subject = "";
    }
    text = effects_alloc(node->out, strlen(line) + 1);
    who = effects_alloc(node->out, strlen(subject) + 1);
    if (text == NULL || who == NULL) {
        return; /* a line that is not said breaks nothing */
    }
    memcpy(text, line, strlen(line) + 1);
    memcpy(who, subject, strlen(subject) + 1);
    effect = effects_push(node->out, EFFECT_ALARM);
    if (effect != NULL) {
        effect->alarm.level = level;
        effect->alarm.code = code;
        effect->alarm.subject = who;
        effect->alarm.text = text;
    }
}
