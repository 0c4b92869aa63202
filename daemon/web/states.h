/* SPDX-License-Identifier: Apache-2.0 */
/* The six states (model/health.h) as pages show them: shape, name, class of
 * colour (the state's word). Word and shape say it without any colour.
 * Constant; any thread. */
#ifndef HF_WEB_STATES_H
#define HF_WEB_STATES_H

#include <stdbool.h>

#include "model/health.h"
#include "web/strings.h"

struct web_state_row {
    const char *shape; /* what stands inside its <svg viewBox="0 0 16 16"> */
    enum web_string name;
    enum web_string definition;
    bool is_bad; /* needs attention */
};

const struct web_state_row *web_state_row(enum item_state state);

#endif
