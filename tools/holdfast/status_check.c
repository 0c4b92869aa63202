/* SPDX-License-Identifier: Apache-2.0 */
/* The one line that monitoring programs read (status_say.h): a word, a
 * sentence, and behind the bar the numbers with the thresholds at which they
 * warn (;N) or are critical (;;N). */
#include <stdlib.h>

#include "daemon/status_head.h"
#include "tools/holdfast/status_say.h"
#include "wire/message.h"

static const char *code_word(enum check_code code)
{
    switch (code) {
    case CHECK_OK:
        return "HOLDFAST OK";
    case CHECK_WARNING:
        return "HOLDFAST WARNING";
    case CHECK_CRITICAL:
        return "HOLDFAST CRITICAL";
    case CHECK_UNKNOWN:
        return "HOLDFAST UNKNOWN";
    }
    return "HOLDFAST UNKNOWN";
}

/* What was bad an hour ago is bad until somebody says otherwise; what was good
 * then is not known. */
static enum check_code judge(const struct msg_status_reply *status,
                             const struct status_headline *headline,
                             const uint32_t *states, uint64_t silent)
{
    struct span code;

    if (states[ITEM_LOST] + states[ITEM_LAST_COPY] > 0 ||
        status_critical(status, &code) || status->full ||
        status->phase == OWN_STOPPED) {
        return CHECK_CRITICAL;
    }
    if (!status_judges(status) || status_is_past(status)) {
        return CHECK_UNKNOWN;
    }
    return states[ITEM_SHORT] + states[ITEM_UNPROVEN] > 0 || silent > 0 ||
                   headline->verdict != HEALTH_GOOD
               ? CHECK_WARNING
               : CHECK_OK;
}

/* ", 9 short, 2 nodes silent": what the sentence does not say. */
static void put_rest(struct buf *line, const uint32_t *states, const char *said,
                     uint64_t silent)
{
    static const enum item_state order[] = { ITEM_LAST_COPY, ITEM_SHORT,
                                             ITEM_UNPROVEN };
    char number[TEXT_SIZE];

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (states[order[i]] > 0 &&
            !span_is(span_str(said), status_state_code(order[i]))) {
            buf_printf(line, ", %s %s", text_count(number, states[order[i]]),
                       item_state_word(order[i]));
        }
    }
    if (silent > 0 && !span_is(span_str(said), "PEER-SILENT")) {
        buf_printf(line, ", %s node%s silent", text_count(number, silent),
                   plural(silent));
    }
}

enum check_code status_say_check(struct output *output,
                                 const struct msg_status_reply *status,
                                 uint64_t now_s)
{
    uint32_t states[ITEM_STATE_COUNT] = { 0 };
    struct status_headline headline;
    bool judges = status_judges(status);
    uint64_t silent = status_silent_count(status, now_s);
    enum check_code code;
    struct buf line;
    char *shown;

    status_headline_make(status, now_s, &headline);
    if (judges) {
        status_states(status, states);
    }
    code = judge(status, &headline, states, silent);
    buf_init(&line, 4096);
    if (!judges && code == CHECK_UNKNOWN) {
        buf_put_str(&line, "this node does not judge items: it runs an older "
                           "release");
    } else {
        buf_put_str(&line, headline.text);
    }
    put_rest(&line, states, headline.code, silent);
    shown = visible(buf_span(&line));
    for (char *at = shown; *at != '\0'; at++) {
        *at = *at == '|' ? '/' : *at; /* the bar ends the sentence */
    }
    output_say(output, "%s - %s", code_word(code), shown);
    if (judges) {
        output_say(output,
                   " | protected=%lu spreading=%lu short=%lu;0 "
                   "last_copy=%lu;;0 lost=%lu;;0 unproven=%lu;0",
                   (unsigned long)states[ITEM_PROTECTED],
                   (unsigned long)states[ITEM_SPREADING],
                   (unsigned long)states[ITEM_SHORT],
                   (unsigned long)states[ITEM_LAST_COPY],
                   (unsigned long)states[ITEM_LOST],
                   (unsigned long)states[ITEM_UNPROVEN]);
    }
    output_say(output, "\n");
    free(shown);
    buf_done(&line);
    return code;
}

enum check_code status_say_no_answer(struct output *output)
{
    output_say(output, "HOLDFAST UNKNOWN - the node gave no answer\n");
    return CHECK_UNKNOWN;
}
