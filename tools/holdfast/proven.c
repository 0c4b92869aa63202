/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/proven.h"

#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/line.h"

/* The text of the one receipt that was asked for; empty: there is none. */
static struct span ask(struct line *line, const struct deposit *deposit,
                       struct message *reply)
{
    struct deposit_item item;
    struct message request = { .kind = MESSAGE_RECEIPTS };
    char code[LINE_CODE_SIZE];
    struct why why;

    memset(&item, 0, sizeof(item));
    item.root = deposit->payload_root;
    item.size = deposit->payload_size;
    item.header = deposit->header_id;
    item.commitment = deposit->commitment;
    request.receipts.items = &item;
    request.receipts.count = 1;
    why_clear(&why);
    if (line_ask(line, &request, reply, code, &why) != ERR_OK ||
        reply->deposit_reply.results_count != 1 ||
        reply->deposit_reply.results[0].outcome != DEPOSIT_REGISTERED) {
        return span_of(NULL, 0);
    }
    return reply->deposit_reply.results[0].text;
}

bool proven_ask(struct line *line, const struct roster_chain *chain,
                const struct deposit *deposit, struct checked_receipt *ret_item)
{
    struct receipt *receipt = malloc(sizeof(*receipt));
    struct checked_receipt item;
    struct message reply;
    struct span text = ask(line, deposit, &reply);
    struct why why;
    bool good = false;

    memset(&item, 0, sizeof(item));
    why_clear(&why);
    if (receipt != NULL && text.size > 0 &&
        receipt_parse(&text, receipt, &why) == ERR_OK && text.size == 0 &&
        deposit_equal(&receipt->deposit, deposit) &&
        checked_judge_one(receipt, chain, &item, &why) == ERR_OK) {
        good = item.state == CHECKED_GENUINE;
    }
    free(item.sentence);
    item.sentence = NULL;
    free(receipt);
    if (good) {
        *ret_item = item;
    }
    return good;
}
