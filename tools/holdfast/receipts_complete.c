/* SPDX-License-Identifier: Apache-2.0 */
/* Pending receipts, and those without a proven time: what a node has registered
 * meanwhile, and what proves it. */
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/receipts_check.h"
#include "tools/holdfast/tool.h"

#define COMPLETED_SIZE_MAX (1 << 20)

struct completing {
    struct checked_receipts *checks;
    struct tool *tool;
    const struct roster_chain *chain;
    size_t count; /* of one request: */
    size_t items[DEPOSIT_ITEMS_PER_REQUEST_MAX];
    struct receipt receipt; /* too large for a stack */
};

static int problem(struct completing *completing, enum err err,
                   const char *sentence)
{
    struct why why;

    why_clear(&why);
    (void)why_set(&why, err, "%s", sentence);
    return output_err(&completing->tool->output, err, &why,
                      "complete the receipts");
}

/* Stays pending, for this reason. */
static enum err stay(struct checked_receipt *item, const char *reason,
                     struct span more)
{
    struct why why;

    why_clear(&why);
    (void)why_set(&why, ERR_PENDING, "%s%s%.*s", reason,
                  more.size == 0 ? "" : ": ", (int)more.size,
                  more.size == 0 ? "" : (const char *)more.data);
    free(item->sentence);
    item->sentence = strdup(why.text);
    return item->sentence == NULL ? ERR_NO_MEMORY : ERR_OK;
}

static void drop_fresh(struct checked_receipt *fresh)
{
    free(fresh->sentence);
    buf_done(&fresh->completed);
}

/* The new text: the item's x lines stay, before the proof. Then judge what will
 * stand in the file. */
static enum err make_fresh(struct completing *completing,
                           const struct checked_receipt *item,
                           const struct receipt *receipt,
                           struct checked_receipt *fresh, struct why *why)
{
    struct span left;
    enum err err;

    memset(fresh, 0, sizeof(*fresh));
    buf_init(&fresh->completed, COMPLETED_SIZE_MAX);
    buf_put(&fresh->completed,
            span_part(receipt->bytes, 0,
                      receipt->bytes.size - receipt->proof.size));
    buf_put(&fresh->completed, item->x_lines);
    buf_put(&fresh->completed, receipt->proof);
    err = fresh->completed.err;
    left = buf_span(&fresh->completed);
    if (err == ERR_OK) {
        err = receipt_parse(&left, &completing->receipt, why);
    }
    if (err == ERR_OK) {
        err = checked_judge_one(&completing->receipt, completing->chain, fresh,
                                why);
    }
    return err;
}

/* A pending one that is registered now. */
static enum err replace(struct completing *completing,
                        struct checked_receipt *item,
                        const struct receipt *receipt)
{
    struct checked_receipt fresh;
    struct why why = { "" };
    enum err err = make_fresh(completing, item, receipt, &fresh, &why);

    if (err != ERR_OK || fresh.state != CHECKED_GENUINE) {
        const char *text = fresh.sentence == NULL ? why.text : fresh.sentence;
        enum err out = err == ERR_NO_MEMORY
                           ? err
                           : stay(item, "the node's receipt is not genuine",
                                  span_str(text));

        drop_fresh(&fresh);
        return out;
    }
    free(item->sentence);
    fresh.was_pending = true;
    *item = fresh;
    completing->checks->completed++;
    completing->checks->genuine++;
    completing->checks->pending--;
    return ERR_OK;
}

/* One of the same leaf that proves its time takes the place of a genuine one
 * that does not; anything else changes nothing. */
static enum err improve(struct completing *completing,
                        struct checked_receipt *item,
                        const struct deposit_result *result)
{
    struct checked_receipt fresh;
    struct span left = result->text;
    struct why why = { "" };
    enum err err;

    if (result->outcome != DEPOSIT_REGISTERED ||
        receipt_parse(&left, &completing->receipt, &why) != ERR_OK ||
        left.size > 0 || completing->receipt.is_pending) {
        return ERR_OK;
    }
    err = make_fresh(completing, item, &completing->receipt, &fresh, &why);
    if (err != ERR_OK || fresh.state != CHECKED_GENUINE ||
        !fresh.has_proven_time || fresh.index != item->index ||
        !origin_equal(&fresh.origin, &item->origin)) {
        drop_fresh(&fresh);
        return err == ERR_NO_MEMORY ? err : ERR_OK;
    }
    free(item->sentence);
    buf_done(&item->completed);
    fresh.was_unproven = true;
    *item = fresh;
    completing->checks->proven++;
    completing->checks->unproven--;
    return ERR_OK;
}

/* ERR_NO_MEMORY, else it stands in the item. */
static enum err take_result(struct completing *completing,
                            struct checked_receipt *item,
                            const struct deposit_result *result)
{
    struct span left = result->text;
    struct why why = { "" };
    enum err err;

    switch (result->outcome) {
    case DEPOSIT_PENDING:
        return ERR_OK;
    case DEPOSIT_REFUSED:
        return stay(item, "the node says", result->text);
    case DEPOSIT_REGISTERED:
        break;
    }
    err = receipt_parse(&left, &completing->receipt, &why);
    if (err == ERR_NO_MEMORY) {
        return err;
    }
    if (err != ERR_OK || left.size > 0) {
        return stay(item, "the node sent no receipt", span_str(why.text));
    }
    if (completing->receipt.is_pending) {
        return ERR_OK;
    }
    if (!deposit_equal(&completing->receipt.deposit, &item->deposit) ||
        completing->receipt.deposit.header_size != item->deposit.header_size ||
        completing->receipt.deposit.payload_size !=
            item->deposit.payload_size) {
        return stay(item, "the node sent the receipt of another item",
                    span_of(NULL, 0));
    }
    return replace(completing, item, &completing->receipt);
}

static int ask_some(struct completing *completing, struct line *line)
{
    struct deposit_item asked[DEPOSIT_ITEMS_PER_REQUEST_MAX];
    struct message request = { .kind = MESSAGE_RECEIPTS };
    struct message reply;
    struct checked_receipts *checks = completing->checks;
    int code;

    memset(asked, 0, sizeof(asked));
    for (size_t i = 0; i < completing->count; i++) {
        const struct deposit *deposit =
            &checks->items[completing->items[i]].deposit;

        asked[i].root = deposit->payload_root;
        asked[i].size = deposit->payload_size;
        asked[i].header = deposit->header_id;
        asked[i].commitment = deposit->commitment;
    }
    request.receipts.items = asked;
    request.receipts.count = completing->count;
    code = tool_ask(completing->tool, line, &request, &reply);
    if (code != EXIT_DONE) {
        return code;
    }
    if (reply.deposit_reply.results_count != completing->count) {
        return problem(completing, ERR_MALFORMED,
                       "the node's answer does not fit the request");
    }
    checks->heard = reply.deposit_reply.heard;
    checks->needed = reply.deposit_reply.needed;
    for (size_t i = 0; i < completing->count; i++) {
        struct checked_receipt *item = &checks->items[completing->items[i]];
        const struct deposit_result *result = &reply.deposit_reply.results[i];
        enum err err = item->state == CHECKED_PENDING
                           ? take_result(completing, item, result)
                           : improve(completing, item, result);

        if (err != ERR_OK) {
            return problem(completing, ERR_NO_MEMORY, "out of memory");
        }
    }
    return EXIT_DONE;
}

static int ask_all(struct completing *completing, struct line *line)
{
    size_t next = 0;
    int code = EXIT_DONE;

    while (code == EXIT_DONE && next < completing->checks->count) {
        if (interrupted()) {
            return interrupt_finish(&completing->tool->output);
        }
        completing->count = 0;
        while (next < completing->checks->count &&
               completing->count < DEPOSIT_ITEMS_PER_REQUEST_MAX) {
            const struct checked_receipt *item =
                &completing->checks->items[next];

            if (item->state == CHECKED_PENDING || checked_unproven(item)) {
                completing->items[completing->count++] = next;
            }
            next++;
        }
        if (completing->count > 0) {
            code = ask_some(completing, line);
        }
    }
    return code;
}

int checked_complete(struct checked_receipts *checks, struct tool *tool,
                     struct line *line, const struct roster_chain *chain)
{
    struct completing *completing = calloc(1, sizeof(*completing));
    struct why why = { "out of memory" };
    int code;

    if (completing == NULL) {
        return output_err(&tool->output, ERR_NO_MEMORY, &why,
                          "complete the receipts");
    }
    completing->checks = checks;
    completing->tool = tool;
    completing->chain = chain;
    code = ask_all(completing, line);
    free(completing);
    return code;
}
