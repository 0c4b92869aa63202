/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/receipts_held.h"

#include <stdlib.h>

#include "tools/holdfast/roster_known.h"

int receipts_held_ask(struct receipts_held *held, struct tool *tool,
                      struct line *line, struct roster_chain *chain,
                      struct checked_receipts *checks)
{
    int code = roster_known_ask(tool, line, chain);

    if (code == EXIT_DONE) {
        held->asked = true;
        code = stated_ask(tool, line, chain, &held->stated);
    }
    for (size_t i = 0; code == EXIT_DONE && i < checks->count; i++) {
        struct checked_receipt *item = &checks->items[i];

        if (item->state == CHECKED_GENUINE) {
            item->holders = stated_registered(
                &held->stated, &item->origin, item->index,
                &item->deposit.payload_root, item->claimed_time);
            held->short_count +=
                stated_count(&held->stated, item->holders) < held->stated.need;
        }
    }
    return code;
}

void receipts_held_done(struct receipts_held *held)
{
    if (held->asked) {
        stated_done(&held->stated);
    }
    held->asked = false;
}

/* ---- For people ---------------------------------------------------------- */

static const struct checked_receipt *first_genuine(
    const struct checked_receipts *checks)
{
    for (size_t i = 0; i < checks->count; i++) {
        if (checks->items[i].state == CHECKED_GENUINE) {
            return &checks->items[i];
        }
    }
    return NULL;
}

/* Does every genuine one have the same holders? */
static bool same_holders(const struct checked_receipts *checks,
                         const struct checked_receipt *first)
{
    for (size_t i = 0; i < checks->count; i++) {
        if (checks->items[i].state == CHECKED_GENUINE &&
            checks->items[i].holders != first->holders) {
            return false;
        }
    }
    return true;
}

/* "12 held by 3 of 3 members, 2 by 1" */
static void count_holders(const struct receipts_held *held,
                          const struct checked_receipts *checks,
                          struct buf *text)
{
    uint64_t counts[MEMBER_COUNT_MAX + 1] = { 0 };
    uint64_t need = held->stated.need;
    char number[TEXT_SIZE];

    for (size_t i = 0; i < checks->count; i++) {
        const struct checked_receipt *item = &checks->items[i];
        size_t count = stated_count(&held->stated, item->holders);

        if (item->state == CHECKED_GENUINE) {
            counts[count < need ? count : need]++;
        }
    }
    buf_printf(text, "%s held by %llu of %llu members",
               text_count(number, counts[need]), (unsigned long long)need,
               (unsigned long long)need);
    for (uint64_t i = need; i-- > 0;) {
        if (counts[i] > 0) {
            buf_printf(text, ", %s by %llu", text_count(number, counts[i]),
                       (unsigned long long)i);
        }
    }
}

void receipts_held_say(const struct receipts_held *held,
                       const struct checked_receipts *checks,
                       struct output *output)
{
    const struct checked_receipt *first = first_genuine(checks);
    struct buf text;

    if (!held->asked || first == NULL) {
        output_say(output,
                   "  now          nobody has checked the copies yet\n");
        return;
    }
    buf_init(&text, 4096);
    if (same_holders(checks, first)) {
        char count[TEXT_SIZE];
        char *names = stated_names(&held->stated, first->holders);

        stated_text(&held->stated, first->holders, count);
        buf_printf(&text, "%sheld by %s members%s%s",
                   checks->genuine > 1 ? "all " : "", count,
                   names[0] == '\0' ? "" : ": ", names);
        free(names);
    } else {
        count_holders(held, checks, &text);
    }
    buf_put_byte(&text, '\0');
    output_row(output, 15, "  now",
               "%s; by their own signed statements; nobody has checked",
               buf_failed(&text) ? "?" : (const char *)text.data);
    buf_done(&text);
    stated_warn(&held->stated, output);
}
