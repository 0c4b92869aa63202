/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask what (proto/README.md, Requests: one table). Pure. */
#ifndef HF_CORE_ACCESS_H
#define HF_CORE_ACCESS_H

#include <stdbool.h>

#include "core/event.h"
#include "wire/message.h"

/* Does this release answer requests of this kind at all? */
bool access_supported(enum message_kind kind);
bool access_allowed(enum caller_kind caller, enum message_kind kind);

#endif
