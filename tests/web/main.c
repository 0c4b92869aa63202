/* SPDX-License-Identifier: Apache-2.0 */
/* web_render SITUATION TARGET [ACCEPT-LANGUAGE]: the answer that the daemon
 * would give to GET TARGET in a situation (situations.h), by the daemon's own
 * code: a line with the status code, the headers, an empty line, the body. */
#include <stdio.h>
#include <string.h>

#include "web/site.h"
#include "web/situations.h"

static void show(struct site_answer *answer)
{
    printf("%u\nContent-Type: %s\n", answer->code, answer->type);
    for (size_t i = 0; i < site_headers_count; i++) {
        printf("%s: %s\n", site_headers[i].name, site_headers[i].value);
    }
    if (answer->lang != NULL) {
        printf("Content-Language: %s\n", answer->lang);
    }
    printf("\n");
    fwrite(answer->body.data, 1, answer->body.size, stdout);
    buf_done(&answer->body);
}

int main(int argc, char **argv)
{
    struct web_view view = { .now_s = SITUATION_NOW_S };
    struct situation situation;
    struct site_answer answer;
    enum err err;

    if (argc < 3 || argc > 4 || !situation_make(argv[1], &situation)) {
        fprintf(stderr, "usage: web_render SITUATION TARGET [LANGUAGES]\n");
        return 2;
    }
    view.status = &situation.status;
    view.list = &situation.list;
    view.age_s = situation.age_s;
    err = web_asked_parse(span_str(argv[2]), &view.asked);
    if (err == ERR_OK && !view.asked.has_lang && argc == 4) {
        view.asked.lang = web_lang_choose(span_str(argv[3]));
    }
    if (err == ERR_OK) {
        site_answer(&view, &answer);
    } else {
        site_refuse(site_code(err), WEB_EN, &answer);
    }
    if (buf_failed(&answer.body)) {
        return 1;
    }
    show(&answer);
    return 0;
}
