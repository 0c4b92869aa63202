/* SPDX-License-Identifier: Apache-2.0 */
/* What a browser asks: no target, Host or Accept-Language reads beyond its end;
 * what is taken has a page, a language and a state that there are; a Host that
 * is allowed is one of the names. */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "web/asked.h"
#include "web/states.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    struct web_asked asked;

    if (web_asked_parse(bytes, &asked) == ERR_OK) {
        CHECK(asked.page < WEB_PAGE_COUNT);
        CHECK(asked.lang < WEB_LANG_COUNT);
        CHECK(!asked.has_state || asked.state < ITEM_STATE_COUNT);
        CHECK(span_starts(bytes, web_path(asked.page)));
    }
    CHECK(web_lang_choose(bytes) < WEB_LANG_COUNT);
    if (web_host_allowed(bytes, "health.example archive.example")) {
        bool is_ours = false;
        static const char *const starts[] = { "localhost", "127.", "[::1]",
                                              "health.example",
                                              "archive.example" };

        for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
            is_ours = is_ours || (size >= strlen(starts[i]) &&
                                  strncasecmp((const char *)data, starts[i],
                                              strlen(starts[i])) == 0);
        }
        CHECK(is_ours);
    }
    return 0;
}
