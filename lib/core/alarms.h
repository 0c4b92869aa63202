/* SPDX-License-Identifier: Apache-2.0 */
/* What is not as it should be, for as long as it lasts: said once when it
 * begins and once when it is over, shown by status in between. A thing is known
 * by its code and subject. Bound: STATUS_ALARMS_MAX at a time; when all places
 * are taken a critical one takes the place of one that is not, and any other is
 * said as soon as there is room, since whoever sets an alarm sets it again at
 * each step while its cause lasts. Loop thread. */
#ifndef HF_CORE_ALARMS_H
#define HF_CORE_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "core/effect.h"
#include "wire/message.h"

struct node;

/* It is so: say it, unless it was said already; the text that status shows is
 * the newest. code is static, subject may be NULL. */
void alarm_set(struct node *node, bool critical, const char *code,
               const char *subject, const char *format, ...) PRINTF_LIKE(5, 6);
/* It is not, or no longer. */
void alarm_clear(struct node *node, const char *code, const char *subject);
/* The alarms of a status reply, in the memory of `effects`. */
void alarms_status(const struct node *node, uint64_t now_ms,
                   struct effects *effects, struct msg_status_reply *ret);

#endif
