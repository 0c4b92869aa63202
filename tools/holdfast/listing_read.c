/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions: header objects, many to a request, opened with a reader's
 * keys. */
#include <stdlib.h>
#include <string.h>

#include "model/block.h"
#include "seal/open.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/listing.h"

static bool copy_text(struct buf *to, struct span text)
{
    buf_init(to, text.size + 1);
    buf_put(to, text);
    return !buf_failed(to);
}

/* False when memory is out. */
static bool take_facts(struct listed *item, const struct item *opened)
{
    struct item_facts known = { .deposit = &item->deposit };
    struct listed_facts *facts = calloc(1, sizeof(*facts));
    bool name_fits;

    if (facts == NULL) {
        return false;
    }
    name_fits = copy_text(&facts->name, opened->metadata.name);
    if (!copy_text(&facts->case_name, opened->metadata.case_name) ||
        !name_fits) {
        buf_wipe(&facts->name);
        buf_wipe(&facts->case_name);
        free(facts);
        return false;
    }
    memcpy(facts->depositor, opened->metadata.depositor.text,
           sizeof(facts->depositor));
    facts->size = opened->metadata.size;
    facts->checked = item_judge(opened, &known) == 0;
    item->facts = facts;
    item->opened = LISTED_OPENED;
    return true;
}

/* ERR_NO_MEMORY, else it stands in item->opened. */
static enum err open_one(struct listed *item, struct span object,
                         const struct age_identities *identities)
{
    struct block_id name = block_id_of_header(&item->deposit.header_id);
    struct item *opened = NULL;
    struct why why = { "" };
    bool fits = true;
    enum err err;

    if (object.size == 0) {
        item->opened = LISTED_ABSENT;
        return ERR_OK;
    }
    item->opened = LISTED_DAMAGED;
    if (block_verify(object, &name) != ERR_OK) {
        return ERR_OK;
    }
    err =
        item_open(object, identities->items, identities->count, &opened, &why);
    if (err == ERR_WRONG_KEY || err == ERR_UNSUPPORTED) {
        item->opened = LISTED_OTHER_KEY;
    } else if (err == ERR_OK && opened->has_metadata) {
        fits = take_facts(item, opened);
    }
    item_free(opened);
    return fits && err != ERR_NO_MEMORY ? ERR_OK : ERR_NO_MEMORY;
}

/* How many headers, from `first` on, fit in one reply. */
static size_t ask_count(const struct listing *listing, size_t first, size_t end)
{
    uint64_t size = 0;
    size_t count = 0;

    while (first + count < end && count < BLOCKS_PER_REQUEST_MAX) {
        size += listing->items[first + count].deposit.header_size;
        if (count > 0 && size > BLOCK_SIZE_MAX) {
            break;
        }
        count++;
    }
    return count;
}

static int say(struct listing *listing, enum err err, const char *sentence)
{
    struct why why;

    why_clear(&why);
    (void)why_set(&why, err, "%s", sentence);
    return output_err(&listing->tool->output, err, &why,
                      "read the descriptions");
}

/* Ask for `count` from `first` on and open what comes. */
static int read_some(struct listing *listing, size_t first, size_t count,
                     const struct age_identities *identities)
{
    struct block_id names[BLOCKS_PER_REQUEST_MAX];
    struct message request = { .kind = MESSAGE_GET_BLOCKS };
    struct message reply;
    int code;

    for (size_t i = 0; i < count; i++) {
        names[i] =
            block_id_of_header(&listing->items[first + i].deposit.header_id);
    }
    request.get_blocks.names = names;
    request.get_blocks.count = count;
    code = tool_ask(listing->tool, listing->line, &request, &reply);
    if (code != EXIT_DONE) {
        return code;
    }
    if (reply.get_blocks_reply.count != count) {
        return say(listing, ERR_MALFORMED,
                   "the node's answer does not fit the request");
    }
    for (size_t i = 0; i < count; i++) {
        if (open_one(&listing->items[first + i],
                     reply.get_blocks_reply.blocks[i], identities) != ERR_OK) {
            return say(listing, ERR_NO_MEMORY, "out of memory");
        }
    }
    return EXIT_DONE;
}

int listing_read(struct listing *listing, size_t count,
                 const struct age_identities *identities)
{
    size_t first = 0;
    int code = EXIT_DONE;

    while (first < count && code == EXIT_DONE) {
        size_t some = ask_count(listing, first, count);

        if (interrupted()) {
            return interrupt_finish(&listing->tool->output);
        }
        code = read_some(listing, first, some, identities);
        first += some;
    }
    /* Perhaps there was no room in a reply for it: once more, alone. */
    for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
        if (listing->items[i].opened == LISTED_ABSENT) {
            if (interrupted()) {
                return interrupt_finish(&listing->tool->output);
            }
            code = read_some(listing, i, 1, identities);
        }
    }
    return code;
}
