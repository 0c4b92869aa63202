/* SPDX-License-Identifier: Apache-2.0 */
/* show: all that this node can say of one item. */
#include <stdlib.h>
#include <string.h>

#include "model/roster_chain.h"
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/listing.h"
#include "tools/holdfast/proven.h"

#define SHORT_HEX 8

static const struct roster *roster_of(const struct roster_chain *chain,
                                      const struct listed *item)
{
    return chain == NULL ? NULL : roster_chain_find(chain, &item->roster);
}

/* ---- For people ---------------------------------------------------------- */

static void say_record(struct output *output, const struct listing *listing,
                       const struct listed *item,
                       const struct roster_chain *chain)
{
    const struct origin *origin = listing_origin(listing, item);
    const struct roster *roster = roster_of(chain, item);
    struct span node = origin_node(origin);
    char leaf[TEXT_SIZE];
    char time[TEXT_SIZE];
    char known[TEXT_SIZE];

    if (roster != NULL) {
        (void)snprintf(known, sizeof(known), "%llu",
                       (unsigned long long)roster->version);
    } else {
        char hex[2 * DIGEST_SIZE + 1];

        hex_format(hex, item->roster.bytes, DIGEST_SIZE);
        (void)snprintf(known, sizeof(known), "%.*s...", SHORT_HEX, hex);
    }
    output_row(output, 11, "record",
               "%.*s, ledger %.*s..., leaf %s, "
               "roster %s",
               (int)node.size, (const char *)node.data, SHORT_HEX,
               (const char *)origin_lid(origin).data,
               text_count(leaf, item->index), known);
    if (item->is_carried) {
        const struct origin *from = &listing->origins[item->from];

        node = origin_node(from);
        output_row(output, 11, "carried", "from %.*s, ledger %.*s..., leaf %s",
                   (int)node.size, (const char *)node.data, SHORT_HEX,
                   (const char *)origin_lid(from).data,
                   text_count(leaf, item->from_index));
    }
    output_say(output, "claimed    %s   the node's own clock\n",
               text_time(time, item->time));
    if (listed_disputed(listing, item)) {
        output_row(output, 11, "disputed",
                   "the members closed this ledger before this record: it may "
                   "have been written by somebody else who has the node's key");
    }
}

static void say_proven(struct output *output,
                       const struct checked_receipt *receipt)
{
    char time[TEXT_SIZE];

    if (receipt == NULL || !receipt->has_proven_time) {
        output_say(output, "proven     time not yet proven\n");
        return;
    }
    output_say(output,
               "proven     %s   %zu other member%s cosigned, %llu "
               "needed\n",
               text_time(time, receipt->proven_time), receipt->member_count,
               plural(receipt->member_count),
               (unsigned long long)receipt->needed);
}

/* "stated 40 s ago that it holds it" */
static void say_node(struct output *output, const struct stated *stated,
                     size_t index, uint32_t holders)
{
    const struct roster_node *node = &stated->roster->nodes[index];
    const struct stated_node *said = &stated->nodes[index];
    uint64_t now = now_s();
    char age[TEXT_SIZE];
    char text[128];

    if (said->state == STATED_NONE) {
        (void)snprintf(text, sizeof(text), "no statement of it is known here");
    } else if (said->state == STATED_BAD) {
        (void)snprintf(text, sizeof(text), "its statement is not genuine");
    } else if (said->state == STATED_AHEAD) {
        (void)snprintf(text, sizeof(text),
                       "its statement is dated in the future: not counted");
    } else {
        text_span(age,
                  said->statement.time < now ? now - said->statement.time : 0);
        if (said->state == STATED_OLD) {
            (void)snprintf(text, sizeof(text),
                           "its statement is %s old: not counted", age);
        } else {
            (void)snprintf(text, sizeof(text), "%s it, stated %s ago%s",
                           (holders >> index & 1) != 0 ? "holds" : "lacks", age,
                           node->role == NODE_LEAVING ? "; leaving: not counted"
                                                      : "");
        }
    }
    output_say(output, "  %-16s %s  %s\n", node->label.text, node->country,
               text);
}

static void say_copies(struct output *output, const struct listing *listing,
                       uint32_t holders, bool held)
{
    const struct stated *stated = listing->stated;
    char count[TEXT_SIZE];

    if (stated == NULL) {
        output_row(output, 11, "copies", "%s%s; nobody has checked",
                   held ? "all of it is on " : "on its way to ", listing->node);
        return;
    }
    stated_text(stated, holders, count);
    output_row(output, 11, "copies",
               "held by %s members, by their own signed statements; nobody has "
               "checked",
               count);
    for (size_t i = 0; i < stated->roster->node_count; i++) {
        if (stated->roster->nodes[i].role != NODE_OBSERVER) {
            say_node(output, stated, i, holders);
        }
    }
}

static void say_people(struct output *output, const struct listing *listing,
                       const struct checked_receipt *receipt, uint32_t holders,
                       bool held)
{
    const struct listed *first = &listing->items[0];
    char id[ITEM_ID_TEXT_SIZE];
    char size[TEXT_SIZE];

    item_id_format(&first->deposit.payload_root, id);
    output_say(output, "%s   %s (padded)   ", id,
               text_size(size, first->deposit.payload_size));
    output_say_color(output, held ? COLOR_GOOD : COLOR_WARN, "%s\n",
                     held ? "here" : "not here");
    for (size_t i = 0; i < listing->count; i++) {
        say_record(output, listing, &listing->items[i], listing->chain);
    }
    say_proven(output, receipt);
    say_copies(output, listing, holders, held);
}

/* ---- For programs -------------------------------------------------------- */

static json_t *show_json(const struct listing *listing,
                         const struct listed *item,
                         const struct roster_chain *chain,
                         const struct checked_receipt *receipt)
{
    const struct roster *roster = roster_of(chain, item);
    json_t *object = listed_json(listing, item);
    json_t *known = json_object();

    if (receipt != NULL && receipt->has_proven_time) {
        json_put(object, "proven_time", json_time(receipt->proven_time));
    }
    json_put(known, "version",
             roster == NULL ? json_null() : json_count(roster->version));
    json_put(known, "hash", json_hex(item->roster.bytes, DIGEST_SIZE));
    json_put(object, "roster", known);
    json_put(object, "header", json_hex(item->deposit.header_id.bytes, 32));
    json_put(object, "header_bytes", json_count(item->deposit.header_size));
    json_put(object, "commitment",
             json_hex(item->deposit.commitment.bytes, DIGEST_SIZE));
    if (item->is_carried) {
        json_t *from = json_object();

        json_put(from, "ledger",
                 json_text(origin_span(&listing->origins[item->from])));
        json_put(from, "leaf", json_count(item->from_index));
        json_put(object, "carried_from", from);
    }
    return object;
}

/* ---- The command --------------------------------------------------------- */

static int finish(struct tool *tool, const struct listing *listing)
{
    json_t *data = json_object();
    json_t *items = json_array();
    struct checked_receipt answer;
    const struct checked_receipt *receipt = NULL;
    uint32_t holders = 0;
    bool held = false;

    if (listing->chain != NULL &&
        proven_ask(listing->line, listing->chain, &listing->items[0].deposit,
                   &answer)) {
        receipt = &answer;
    }

    for (size_t i = 0; i < listing->count; i++) {
        held = held || listing->items[i].held;
        holders |= listing->items[i].holders;
        json_array_append_new(items, show_json(listing, &listing->items[i],
                                               listing->chain, receipt));
    }
    say_people(&tool->output, listing, receipt, holders, held);
    json_put(data, "items", items);
    json_put(data, "total", json_count(listing->count));
    json_put(data, "shown", json_count(listing->count));
    json_put(data, "statements",
             listing->stated == NULL ? json_null()
                                     : stated_json(listing->stated));
    return output_finish(&tool->output, EXIT_DONE, data);
}

static int run_show(struct tool *tool, const struct arguments *arguments)
{
    struct listing listing;
    int code = listing_find(tool, arguments->words[0], &listing);

    if (code == EXIT_DONE) {
        code = finish(tool, &listing);
    }
    listing_done(&listing);
    return code;
}

static const struct exit_text show_exits[] = {
    { EXIT_DONE, "shown" },
    { EXIT_USAGE, "wrong usage, a mistyped id, or more than one begins so" },
    { EXIT_REFUSED, "this user, or this key, may not ask that" },
    { EXIT_NOT_FOUND, "this node knows no such item" },
    { EXIT_UNREACHABLE, "the node does not answer" },
    { EXIT_KEY, "over the network: the node does not know this key" },
    { 0, NULL },
};

const struct command cmd_show = {
    .name = "show",
    .synopsis = "ID",
    .summary = "one item: its record, and who says that he holds it",
    .example = "$ holdfast show HF-Y1JX-4WHR",
    .text = "ID may be shortened to 6 or more characters. The claimed time is "
            "that of the registering node's clock.",
    .takes = TAKES_CONFIG | TAKES_SOCKET,
    .words_min = 1,
    .words_max = 1,
    .exits = show_exits,
    .run = run_show,
};
