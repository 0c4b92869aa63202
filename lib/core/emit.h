/* SPDX-License-Identifier: Apache-2.0 */
/* Making effects: everything that they point to is copied into the list's own
 * memory. When there is no memory for an effect, the node stops changing
 * things (node->broken): it refuses, it does not abort. Loop thread. */
#ifndef HF_CORE_EMIT_H
#define HF_CORE_EMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"
#include "core/effect.h"

struct node;

/* As in core/effect.h, for the step at hand; a failure breaks the node. */
void *emit_alloc(struct node *node, size_t size);
struct effect *emit(struct node *node, enum effect_kind kind);
/* A zeroed message of this kind for EFFECT_ASK or EFFECT_ANSWER, or NULL. */
struct message *emit_message(struct node *node, enum message_kind kind,
                             bool reply);
void emit_answer(struct node *node, uint64_t request,
                 const struct message *message);
/* Answer by a refusal; code and name are static, text is copied. */
void emit_refusal(struct node *node, uint64_t request, enum err code,
                  const char *name, const char *text);
/* subject may be NULL. code is static. */
void emit_alarm(struct node *node, enum alarm_level level, const char *code,
                const char *subject, const char *format, ...) PRINTF_LIKE(5, 6);

#endif
