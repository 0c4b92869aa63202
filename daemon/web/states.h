/* SPDX-License-Identifier: Apache-2.0 */
/* The six states as pages show them: word, shape, class of colour, in the order
 * of a status and worst first. Word and shape say it without any colour.
 * Constant; any thread. */
#ifndef HF_WEB_STATES_H
#define HF_WEB_STATES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "web/strings.h"

#define WEB_STATE_COUNT 6

/* The order of a status (wire/message.h). */
enum web_state {
    WEB_PROTECTED,
    WEB_SPREADING,
    WEB_SHORT,
    WEB_LAST,
    WEB_LOST,
    WEB_UNPROVEN
};

struct web_state_row {
    const char *word;  /* "last-copy": in addresses, metrics and classes */
    const char *shape; /* what stands inside its <svg viewBox="0 0 16 16"> */
    enum web_string name;
    enum web_string definition;
    bool is_bad; /* needs attention */
};

const struct web_state_row *web_state_row(size_t state);
/* By its word; false when there is none. */
bool web_state_find(struct span word, size_t *ret_state);
/* Worst first: lost, last-copy, short, unproven, spreading, protected. */
extern const enum web_state web_states_worst[WEB_STATE_COUNT];

#endif
