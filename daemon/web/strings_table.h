/* SPDX-License-Identifier: Apache-2.0 */
/* How a file of a language makes its table: TEXT(NAME, "...") and
 * PLURAL(NAME, "one", "few", "many") for each name of strings_list.h, then
 * STRINGS_TABLE(language, "tag", form). A name without a text is not declared,
 * and a text without a name is not used: both end the build. Only for those
 * files. */
#ifndef HF_WEB_STRINGS_TABLE_H
#define HF_WEB_STRINGS_TABLE_H

#include "web/strings.h"

#define TEXT(name, text) static const char text_##name[] = text
#define PLURAL(name, one, few, many)                                           \
    static const char one_##name[] = one;                                      \
    static const char few_##name[] = few;                                      \
    static const char many_##name[] = many

#define TEXT_ENTRY(name) [STR_##name] = text_##name,
#define PLURAL_ENTRY(name)                                                     \
    [PLURAL_##name] = { one_##name, few_##name, many_##name },

#define STRINGS_TABLE(language, bcp_47, which)                                 \
    const struct strings strings_##language = {                                \
        .tag = bcp_47,                                                         \
        .form = which,                                                         \
        .texts = { WEB_STRINGS(TEXT_ENTRY) },                                  \
        .plurals = { WEB_PLURALS(PLURAL_ENTRY) },                              \
    }

#endif
