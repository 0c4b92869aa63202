/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_list.h"

#include <stdlib.h>
#include <string.h>

#include "model/item_id.h"
#include "tools/holdfast/command.h"

#define ITEMS_MAX 100000000

/* ---- From entries to items ----------------------------------------------- */

struct lister {
    struct restore *restore;
    struct record record; /* too large for a stack */
    struct record inner;
};

static bool find_origin(struct restore *restore, const struct origin *origin,
                        uint32_t *ret_index)
{
    struct origin *more;

    for (size_t index = restore->origin_count; index > 0; index--) {
        if (origin_equal(&restore->origins[index - 1], origin)) {
            *ret_index = (uint32_t)(index - 1);
            return true;
        }
    }
    more =
        realloc(restore->origins, (restore->origin_count + 1) * sizeof(*more));
    if (more == NULL) {
        return false;
    }
    more[restore->origin_count] = *origin;
    restore->origins = more;
    *ret_index = (uint32_t)restore->origin_count++;
    return true;
}

static struct restore_item *item_add(struct restore *restore)
{
    if (restore->count == restore->room) {
        size_t room = restore->room == 0 ? 256 : restore->room * 2;
        struct restore_item *more =
            room > ITEMS_MAX ? NULL
                             : realloc(restore->items, room * sizeof(*more));

        if (more == NULL) {
            return NULL;
        }
        restore->items = more;
        restore->room = room;
    }
    memset(&restore->items[restore->count], 0, sizeof(*restore->items));
    return &restore->items[restore->count++];
}

/* What the node lists is a deposit or a carried one; what is none of them, or
 * breaks a rule, is told and left out. */
static enum err take_entry(struct lister *lister,
                           const struct list_entry *entry)
{
    struct restore *restore = lister->restore;
    const struct record *record = &lister->record;
    struct restore_item *item;
    struct why why = { "" };
    enum err err = record_parse(entry->leaf, &lister->record, &why);

    if (err == ERR_OK && record->kind == RECORD_CARRIED) {
        err = record_parse_carried(record, &lister->inner, &why);
        record = &lister->inner;
    }
    if (err != ERR_OK || record->kind != RECORD_DEPOSIT) {
        char *origin = visible(entry->origin);

        output_warning(&restore->tool->output,
                       "record %llu of %s cannot be read: %s",
                       (unsigned long long)entry->index, origin, why.text);
        free(origin);
        return ERR_OK;
    }
    item = item_add(restore);
    if (item == NULL || !find_origin(restore, &record->origin, &item->origin)) {
        return ERR_NO_MEMORY;
    }
    item->deposit = record->deposit;
    item->time = record->time;
    item->held = entry->held;
    return ERR_OK;
}

static bool take_reply(struct lister *lister,
                       const struct msg_list_reply *reply)
{
    for (size_t i = 0; i < reply->count; i++) {
        if (take_entry(lister, &reply->entries[i]) != ERR_OK) {
            struct why why = { "out of memory" };

            restore_stop(lister->restore, ERR_NO_MEMORY, "", &why);
            return false;
        }
    }
    return true;
}

/* ---- Each deposit once --------------------------------------------------- */

static int compare_deposits(const void *left, const void *right)
{
    const struct restore_item *a = *(struct restore_item *const *)left;
    const struct restore_item *b = *(struct restore_item *const *)right;
    int order = memcmp(a->deposit.payload_root.bytes,
                       b->deposit.payload_root.bytes, 32);

    if (order == 0) {
        order =
            memcmp(a->deposit.header_id.bytes, b->deposit.header_id.bytes, 32);
    }
    if (order == 0) {
        order = digest_compare(&a->deposit.commitment, &b->deposit.commitment);
    }
    return order != 0 ? order : (a > b) - (a < b);
}

/* A record that was carried over, or registered twice, is one deposit: the
 * first one stays, and is held when any is. */
static enum err drop_doubles(struct restore *restore)
{
    struct restore_item **sorted = calloc(restore->count + 1, sizeof(*sorted));
    struct restore_item *first = NULL;
    size_t kept = 0;

    if (sorted == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < restore->count; i++) {
        sorted[i] = &restore->items[i];
    }
    qsort(sorted, restore->count, sizeof(*sorted), compare_deposits);
    for (size_t i = 0; i < restore->count; i++) {
        if (first != NULL &&
            deposit_equal(&first->deposit, &sorted[i]->deposit)) {
            first->held = first->held || sorted[i]->held;
            sorted[i]->state = RESTORE_PASSED_OVER;
        } else {
            first = sorted[i];
        }
    }
    free(sorted);
    for (size_t i = 0; i < restore->count; i++) {
        if (restore->items[i].state == RESTORE_LISTED) {
            restore->items[kept++] = restore->items[i];
        }
    }
    restore->count = kept;
    return ERR_OK;
}

/* ---- Asking -------------------------------------------------------------- */

/* Does the cursor go on? */
static bool is_behind(const struct message *request,
                      const struct message *reply)
{
    return reply->list_reply.ledger > request->list.ledger ||
           (reply->list_reply.ledger == request->list.ledger &&
            reply->list_reply.index > request->list.index);
}

static bool list_all(struct lister *lister)
{
    struct restore *restore = lister->restore;
    struct message request = { .kind = MESSAGE_LIST };
    struct message reply;

    request.list.count = RECORDS_BATCH_COUNT_MAX;
    do {
        if (!restore_send(restore, &request) ||
            !restore_receive(restore, &reply) ||
            !take_reply(lister, &reply.list_reply)) {
            return false;
        }
        if (reply.list_reply.more && !is_behind(&request, &reply)) {
            struct why why = { "the node's list does not end" };

            restore_stop(restore, ERR_MALFORMED, "", &why);
            return false;
        }
        request.list.ledger = reply.list_reply.ledger;
        request.list.index = reply.list_reply.index;
    } while (reply.list_reply.more);
    return true;
}

static int usage(struct restore *restore, const char *code, const char *action,
                 const char *sentence)
{
    struct problem problem = {
        .exit_code = EXIT_USAGE,
        .code = code,
        .state = "nothing was written.",
        .action = action,
    };

    return output_problem(&restore->tool->output, &problem, "%s", sentence);
}

/* What an id found, from `first` on: one payload, or it is no id. */
static int check_found(struct restore *restore, const char *word, size_t first)
{
    char *shown = visible_str(word);
    char sentence[256];
    int code = EXIT_DONE;

    if (first == restore->count) {
        struct problem problem = {
            .exit_code = EXIT_NOT_FOUND,
            .code = "NOT-FOUND",
            .state = "nothing was written.",
            .action = "holdfast list",
        };

        code = output_problem(&restore->tool->output, &problem,
                              "%s knows no item %s", restore->node, shown);
    }
    for (size_t i = first + 1; i < restore->count && code == EXIT_DONE; i++) {
        if (!payload_root_equal(&restore->items[first].deposit.payload_root,
                                &restore->items[i].deposit.payload_root)) {
            (void)snprintf(sentence, sizeof(sentence),
                           "more than one item begins with %.64s", shown);
            code = usage(restore, "AMBIGUOUS", "give more of the id", sentence);
        }
    }
    free(shown);
    return code;
}

static int list_one(struct lister *lister, const char *word)
{
    struct restore *restore = lister->restore;
    struct message request = { .kind = MESSAGE_LIST };
    struct message reply;
    struct item_prefix prefix;
    struct why why = { "" };
    size_t first = restore->count;

    if (item_prefix_parse(span_str(word), &prefix, &why) != ERR_OK) {
        return usage(restore, "USAGE", "holdfast list", why.text);
    }
    request.list.count = RECORDS_BATCH_COUNT_MAX;
    request.list.prefix = span_of(prefix.bytes, (prefix.bits + 7) / 8);
    request.list.prefix_bits = prefix.bits;
    if (!restore_send(restore, &request) || !restore_receive(restore, &reply) ||
        !take_reply(lister, &reply.list_reply)) {
        return tool_line_failed(restore->tool, restore->err, restore->code,
                                &restore->why);
    }
    return check_found(restore, word, first);
}

int restore_list_check(struct restore *restore)
{
    for (int i = 0; i < restore->arguments->word_count; i++) {
        struct item_prefix prefix;
        struct why why = { "" };

        if (item_prefix_parse(span_str(restore->arguments->words[i]), &prefix,
                              &why) != ERR_OK) {
            char *shown = visible_str(why.text);
            int code = usage(restore, "USAGE", "holdfast list", shown);

            free(shown);
            return code;
        }
    }
    return EXIT_DONE;
}

int restore_list(struct restore *restore)
{
    struct lister *lister = calloc(1, sizeof(*lister));
    struct why why = { "out of memory" };
    int code = EXIT_DONE;

    if (lister == NULL) {
        return output_err(&restore->tool->output, ERR_NO_MEMORY, &why,
                          "list the items");
    }
    lister->restore = restore;
    if (restore->scope != RESTORE_IDS && !list_all(lister)) {
        code = tool_line_failed(restore->tool, restore->err, restore->code,
                                &restore->why);
    }
    for (int i = 0; restore->scope == RESTORE_IDS && code == EXIT_DONE &&
                    i < restore->arguments->word_count;
         i++) {
        code = list_one(lister, restore->arguments->words[i]);
    }
    free(lister);
    if (code == EXIT_DONE && drop_doubles(restore) != ERR_OK) {
        code = output_err(&restore->tool->output, ERR_NO_MEMORY, &why,
                          "list the items");
    }
    return code;
}
