/* SPDX-License-Identifier: Apache-2.0 */
/* Every word of the pages, in each language. One file a language
 * (strings_en.c, strings_be.c, strings_ru.c) gives all that strings_list.h
 * names: one that is missing, or that nothing names, does not compile. {0} to
 * {3} stand for what is put in. Constant; any thread. */
#ifndef HF_WEB_STRINGS_H
#define HF_WEB_STRINGS_H

#include <stdint.h>

#include "web/strings_list.h"

enum web_lang {
    WEB_EN,
    WEB_BE,
    WEB_RU,
    WEB_LANG_COUNT
};

#define WEB_STRING_NAME(name) STR_##name,
#define WEB_PLURAL_NAME(name) PLURAL_##name,

enum web_string {
    WEB_STRINGS(WEB_STRING_NAME) STR_COUNT
};

enum web_plural {
    WEB_PLURALS(WEB_PLURAL_NAME) PLURAL_COUNT
};

#define PLURAL_FORMS 3

struct strings {
    const char *tag; /* of BCP 47: "en" */
    /* Which of the forms a number takes. */
    unsigned (*form)(uint64_t count);
    const char *texts[STR_COUNT];
    const char *plurals[PLURAL_COUNT][PLURAL_FORMS];
};

const struct strings *strings_of(enum web_lang lang);

extern const struct strings strings_en;
extern const struct strings strings_be;
extern const struct strings strings_ru;

#endif
