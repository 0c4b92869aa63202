/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stddef.h>

#define ERR_NAME(name, text) #name,
#define ERR_TEXT(name, text) text,

static const char *const names[] = { ERR_LIST(ERR_NAME) };
static const char *const texts[] = { ERR_LIST(ERR_TEXT) };

const char *err_name(enum err err)
{
    return (size_t)err < ERR_COUNT ? names[err] : "ERR_?";
}

const char *err_text(enum err err)
{
    return (size_t)err < ERR_COUNT ? texts[err] : "an unknown error";
}
