/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/listing.h"

#include <stdlib.h>
#include <string.h>

#include "model/roster_chain.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/reach.h"
#include "tools/holdfast/roster_known.h"

#define ITEMS_MAX 100000000

/* ---- The way in and out -------------------------------------------------- */

int listing_prefix(struct tool *tool, const char *word,
                   struct item_prefix *ret_prefix)
{
    struct problem problem = {
        .exit_code = EXIT_USAGE,
        .code = "USAGE",
        .state = "nobody was asked.",
        .action = "holdfast list",
    };
    struct why why = { "" };
    char *shown;
    int code;

    if (item_prefix_parse(span_str(word), ret_prefix, &why) == ERR_OK) {
        return EXIT_DONE;
    }
    shown = visible_str(why.text);
    code = output_problem(&tool->output, &problem, "%s", shown);
    free(shown);
    return code;
}

static int failed(struct listing *listing, enum err err, const char *sentence)
{
    struct why why;

    why_clear(&why);
    (void)why_set(&why, err, "%s", sentence);
    return output_err(&listing->tool->output, err, &why, "list the items");
}

/* Who states what, when there is a roster by which it can be verified. */
static int ask_statements(struct listing *listing)
{
    struct tool *tool = listing->tool;
    int code;

    if (!tool->has_config) {
        output_note(&tool->output,
                    "Without a configuration no roster is known: who holds "
                    "what cannot be verified here.");
        return EXIT_DONE;
    }
    code = roster_known_load(tool, NULL, &listing->chain);
    if (code == EXIT_DONE) {
        code = roster_known_ask(tool, listing->line, listing->chain);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    listing->stated = malloc(sizeof(*listing->stated));
    if (listing->stated == NULL) {
        return failed(listing, ERR_NO_MEMORY, "out of memory");
    }
    return stated_ask(tool, listing->line, listing->chain, listing->stated);
}

int listing_open(struct tool *tool, struct listing *ret_listing)
{
    struct reached reached;
    int code;

    memset(ret_listing, 0, sizeof(*ret_listing));
    ret_listing->tool = tool;
    code = reach_and_meet(tool, &ret_listing->line, &reached);
    if (code == EXIT_DONE) {
        memcpy(ret_listing->node, reached.node, sizeof(ret_listing->node));
        code = ask_statements(ret_listing);
    }
    return code;
}

static void facts_free(struct listed_facts *facts)
{
    if (facts != NULL) {
        buf_wipe(&facts->name);
        buf_wipe(&facts->case_name);
        free(facts);
    }
}

static void item_free(struct listed *item)
{
    facts_free(item->facts);
    free(item->state);
}

void listing_done(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        item_free(&listing->items[i]);
    }
    free(listing->items);
    free(listing->origins);
    if (listing->stated != NULL) {
        stated_done(listing->stated);
        free(listing->stated);
    }
    roster_chain_free(listing->chain);
    line_free(listing->line);
    memset(listing, 0, sizeof(*listing));
}

/* ---- From entries to items ----------------------------------------------- */

struct lister {
    struct listing *listing;
    const struct item_prefix *prefix; /* NULL: all */
    struct record record;             /* too large for a stack */
    struct record inner;
};

static bool find_origin(struct listing *listing, const struct origin *origin,
                        uint32_t *ret_index)
{
    struct origin *more;

    for (size_t i = listing->origin_count; i > 0; i--) {
        if (origin_equal(&listing->origins[i - 1], origin)) {
            *ret_index = (uint32_t)(i - 1);
            return true;
        }
    }
    more =
        realloc(listing->origins, (listing->origin_count + 1) * sizeof(*more));
    if (more == NULL) {
        return false;
    }
    more[listing->origin_count] = *origin;
    listing->origins = more;
    *ret_index = (uint32_t)listing->origin_count++;
    return true;
}

static struct listed *item_add(struct listing *listing)
{
    if (listing->count == listing->room) {
        size_t room = listing->room == 0 ? 256 : listing->room * 2;
        struct listed *more =
            room > ITEMS_MAX ? NULL
                             : realloc(listing->items, room * sizeof(*more));

        if (more == NULL) {
            return NULL;
        }
        listing->items = more;
        listing->room = room;
    }
    memset(&listing->items[listing->count], 0, sizeof(*listing->items));
    return &listing->items[listing->count++];
}

static bool fill(struct lister *lister, const struct list_entry *entry,
                 const struct record *deposit)
{
    struct listing *listing = lister->listing;
    const struct record *leaf = &lister->record;
    struct listed *item = item_add(listing);

    if (item == NULL || !find_origin(listing, &leaf->origin, &item->origin) ||
        !listed_take_state(listing, &entry->state, item)) {
        return false;
    }
    item->deposit = deposit->deposit;
    item->time = deposit->time;
    item->index = entry->index;
    item->roster = deposit->roster;
    item->held = entry->held;
    if (listing->stated != NULL) {
        item->holders =
            stated_holders(listing->stated, &leaf->origin, entry->index,
                           &deposit->deposit.payload_root);
    }
    item->is_carried = leaf->kind == RECORD_CARRIED;
    if (item->is_carried) {
        item->from_index = leaf->carried.index;
        return find_origin(listing, &leaf->carried.from, &item->from);
    }
    return true;
}

/* False when memory is out. */
static bool take_entry(struct lister *lister, const struct list_entry *entry)
{
    const struct record *record = &lister->record;
    struct why why = { "" };
    enum err err = record_parse(entry->leaf, &lister->record, &why);
    char *origin;

    if (err == ERR_OK && record->kind == RECORD_CARRIED) {
        err = record_parse_carried(&lister->record, &lister->inner, &why);
        record = &lister->inner;
    }
    if (err == ERR_OK && record->kind == RECORD_DEPOSIT) {
        if (lister->prefix != NULL &&
            !item_prefix_matches(lister->prefix,
                                 &record->deposit.payload_root)) {
            return true; /* not asked for */
        }
        return fill(lister, entry, record);
    }
    origin = visible(entry->origin);
    output_warning(&lister->listing->tool->output,
                   "record %llu of %s cannot be read: %s",
                   (unsigned long long)entry->index, origin,
                   err == ERR_OK ? "it is no deposit" : why.text);
    free(origin);
    return true;
}

/* ---- Asking -------------------------------------------------------------- */

static int take_reply(struct lister *lister, const struct message *reply)
{
    listing_take_names(lister->listing, &reply->list_reply);
    for (size_t i = 0; i < reply->list_reply.count; i++) {
        if (!take_entry(lister, &reply->list_reply.entries[i])) {
            return failed(lister->listing, ERR_NO_MEMORY, "out of memory");
        }
    }
    return EXIT_DONE;
}

/* Does the cursor go on? */
static bool is_behind(const struct msg_list *asked,
                      const struct msg_list_reply *reply)
{
    return reply->ledger > asked->ledger ||
           (reply->ledger == asked->ledger && reply->index > asked->index);
}

static int ask_all(struct lister *lister)
{
    struct listing *listing = lister->listing;
    struct message request = { .kind = MESSAGE_LIST };
    struct message reply;
    bool more = true;
    int code = EXIT_DONE;

    request.list.states = listing->states;
    request.list.count =
        listing->states != 0 ? LIST_DETAILS_MAX : RECORDS_BATCH_COUNT_MAX;
    while (more && code == EXIT_DONE) {
        if (interrupted()) {
            return interrupt_finish(&listing->tool->output);
        }
        code = tool_ask(listing->tool, listing->line, &request, &reply);
        if (code != EXIT_DONE) {
            return code;
        }
        more = reply.list_reply.more;
        if (more && !is_behind(&request.list, &reply.list_reply)) {
            return failed(listing, ERR_MALFORMED,
                          "the node's list does not end");
        }
        request.list.ledger = reply.list_reply.ledger;
        request.list.index = reply.list_reply.index;
        listing->unreadable += reply.list_reply.unreadable;
        code = take_reply(lister, &reply);
    }
    return code;
}

static int ask_prefix(struct lister *lister)
{
    struct listing *listing = lister->listing;
    struct message request = { .kind = MESSAGE_LIST };
    struct message reply;
    int code;

    request.list.count = RECORDS_BATCH_COUNT_MAX;
    request.list.prefix =
        span_of(lister->prefix->bytes, (lister->prefix->bits + 7) / 8);
    request.list.prefix_bits = lister->prefix->bits;
    code = tool_ask(listing->tool, listing->line, &request, &reply);
    if (code != EXIT_DONE) {
        return code;
    }
    listing->cut = reply.list_reply.more;
    return take_reply(lister, &reply);
}

int listing_ask(struct listing *listing, const struct item_prefix *prefix)
{
    struct lister *lister = calloc(1, sizeof(*lister));
    int code;

    if (lister == NULL) {
        return failed(listing, ERR_NO_MEMORY, "out of memory");
    }
    lister->listing = listing;
    lister->prefix = prefix;
    code = prefix == NULL ? ask_all(lister) : ask_prefix(lister);
    free(lister);
    return code;
}

/* ---- Each deposit once, the newest first --------------------------------- */

static int compare_deposits(const struct listed *a, const struct listed *b)
{
    int order = memcmp(a->deposit.payload_root.bytes,
                       b->deposit.payload_root.bytes, 32);

    if (order == 0) {
        order =
            memcmp(a->deposit.header_id.bytes, b->deposit.header_id.bytes, 32);
    }
    if (order == 0) {
        order = digest_compare(&a->deposit.commitment, &b->deposit.commitment);
    }
    return order;
}

/* Equal deposits side by side, the one that is no carried copy first. */
static int compare_records(const void *left, const void *right)
{
    const struct listed *a = left;
    const struct listed *b = right;
    int order = compare_deposits(a, b);

    if (order == 0) {
        order = (int)a->is_carried - (int)b->is_carried;
    }
    if (order == 0) {
        order = (a->time > b->time) - (a->time < b->time);
    }
    if (order == 0) {
        order = (a->origin > b->origin) - (a->origin < b->origin);
    }
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static int compare_times(const void *left, const void *right)
{
    const struct listed *a = left;
    const struct listed *b = right;
    int order = (b->time > a->time) - (b->time < a->time);

    if (order == 0) {
        order = (a->origin > b->origin) - (a->origin < b->origin);
    }
    return order != 0 ? order : (b->index > a->index) - (b->index < a->index);
}

int listing_sort(struct listing *listing)
{
    size_t kept = 0;

    if (listing->count == 0) {
        return EXIT_DONE;
    }
    qsort(listing->items, listing->count, sizeof(*listing->items),
          compare_records);
    for (size_t i = 0; i < listing->count; i++) {
        struct listed *last = &listing->items[kept == 0 ? 0 : kept - 1];

        if (kept > 0 &&
            deposit_equal(&last->deposit, &listing->items[i].deposit)) {
            last->held = last->held || listing->items[i].held;
            last->holders |= listing->items[i].holders;
            item_free(&listing->items[i]);
        } else {
            listing->items[kept++] = listing->items[i];
        }
    }
    listing->count = kept;
    qsort(listing->items, listing->count, sizeof(*listing->items),
          compare_times);
    return EXIT_DONE;
}

void listing_keep(struct listing *listing,
                  bool (*wanted)(const struct listed *item, const void *ctx),
                  const void *ctx)
{
    size_t kept = 0;

    for (size_t i = 0; i < listing->count; i++) {
        if (wanted(&listing->items[i], ctx)) {
            listing->items[kept++] = listing->items[i];
        } else {
            item_free(&listing->items[i]);
        }
    }
    listing->count = kept;
}

/* ---- For people and programs --------------------------------------------- */

const struct origin *listing_origin(const struct listing *listing,
                                    const struct listed *item)
{
    return &listing->origins[item->origin];
}

void listed_copies(const struct listing *listing, const struct listed *item,
                   char text[static TEXT_SIZE])
{
    if (listing->stated == NULL) {
        (void)snprintf(text, TEXT_SIZE, "?");
    } else {
        stated_text(listing->stated, item->holders, text);
    }
}

void listed_node(const struct listing *listing, const struct listed *item,
                 char *text, size_t columns)
{
    struct span node = origin_node(listing_origin(listing, item));

    if (node.size > columns) {
        (void)snprintf(text, columns + 1, "%.*s..", (int)columns - 2,
                       (const char *)node.data);
    } else {
        (void)snprintf(text, columns + 1, "%.*s", (int)node.size,
                       (const char *)node.data);
    }
}

static void facts_json(json_t *object, const struct listed_facts *facts)
{
    struct span name = buf_span(&facts->name);
    json_t *exact = json_stringn((const char *)name.data, name.size);

    json_put(object, "name", json_text(name));
    if (exact == NULL || memchr(name.data, 0, name.size) != NULL) {
        struct buf base64;

        buf_init(&base64, 2 * name.size + 8);
        buf_put_base64(&base64, name);
        json_put(object, "name_b64", json_text(buf_span(&base64)));
        buf_done(&base64);
    }
    json_decref(exact);
    json_put(object, "case",
             facts->case_name.size == 0
                 ? json_null()
                 : json_text(buf_span(&facts->case_name)));
    json_put(object, "bytes", json_count(facts->size));
    json_put(object, "depositor", json_string(facts->depositor));
    json_put(object, "description_checked", json_boolean(facts->checked));
}

static const char *opened_word(enum listed_opened opened)
{
    switch (opened) {
    case LISTED_NOT_ASKED:
        return "not-asked";
    case LISTED_OPENED:
        return "opened";
    case LISTED_OTHER_KEY:
        return "other-key";
    case LISTED_ABSENT:
        return "not-here";
    case LISTED_DAMAGED:
        return "damaged";
    }
    return "damaged";
}

static bool is_beyond(const struct listing *listing, uint32_t origin,
                      uint64_t index)
{
    const struct roster_closed *closed = roster_find_closed(
        roster_chain_newest(listing->chain), &listing->origins[origin]);

    return closed != NULL && index >= closed->size;
}

bool listed_disputed(const struct listing *listing, const struct listed *item)
{
    return listing->chain != NULL &&
           (is_beyond(listing, item->origin, item->index) ||
            (item->is_carried &&
             is_beyond(listing, item->from, item->from_index)));
}

json_t *listed_json(const struct listing *listing, const struct listed *item)
{
    json_t *object = json_object();
    char id[ITEM_ID_TEXT_SIZE];

    item_id_format(&item->deposit.payload_root, id);
    json_put(object, "id", json_string(id));
    json_put(object, "root", json_hex(item->deposit.payload_root.bytes, 32));
    json_put(object, "padded_bytes", json_count(item->deposit.payload_size));
    json_put(object, "claimed_time", json_time(item->time));
    json_put(object, "proven_time", json_null());
    json_put(object, "registered_by",
             json_text(origin_node(listing_origin(listing, item))));
    json_put(object, "ledger",
             json_text(origin_span(listing_origin(listing, item))));
    json_put(object, "leaf", json_count(item->index));
    json_put(object, "here", json_boolean(item->held));
    json_put(object, "disputed", json_boolean(listed_disputed(listing, item)));
    json_put(object, "copies",
             listing->stated == NULL
                 ? json_null()
                 : stated_copies_json(listing->stated, item->holders));
    if (item->state != NULL) {
        listed_put_state(object, listing, item->state);
    }
    if (item->opened != LISTED_NOT_ASKED) {
        json_put(object, "description", json_string(opened_word(item->opened)));
    }
    if (item->facts != NULL) {
        facts_json(object, item->facts);
    }
    return object;
}
