/* SPDX-License-Identifier: Apache-2.0 */
#include "web/strings.h"

const struct strings *strings_of(enum web_lang lang)
{
    switch (lang) {
    case WEB_EN:
    case WEB_LANG_COUNT:
        break;
    case WEB_BE:
        return &strings_be;
    case WEB_RU:
        return &strings_ru;
    }
    return &strings_en;
}
