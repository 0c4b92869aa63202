/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/listing.h"

int listing_not_found(const struct listing *listing, const char *word)
{
    struct problem problem = { .exit_code = EXIT_NOT_FOUND,
                               .code = "NOT-FOUND",
                               .action = "holdfast list" };
    char *shown = visible_str(word);
    int code = output_problem(&listing->tool->output, &problem,
                              "%s knows no item %s", listing->node, shown);

    free(shown);
    return code;
}

static bool has_several(const struct listing *listing)
{
    for (size_t i = 1; i < listing->count; i++) {
        if (!payload_root_equal(&listing->items[0].deposit.payload_root,
                                &listing->items[i].deposit.payload_root)) {
            return true;
        }
    }
    return listing->cut;
}

/* One payload, or it is no id. */
static int check_one(const struct listing *listing, const char *word)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "AMBIGUOUS",
                               .action = "give more of the id; holdfast list "
                                         "ID-PREFIX shows them" };
    char *shown;
    int code;

    if (listing->count == 0) {
        return listing_not_found(listing, word);
    }
    if (!has_several(listing)) {
        return EXIT_DONE;
    }
    shown = visible_str(word);
    code = output_problem(&listing->tool->output, &problem,
                          "more than one item begins with %s", shown);
    free(shown);
    return code;
}

int listing_find(struct tool *tool, const char *word,
                 struct listing *ret_listing)
{
    struct item_prefix prefix;
    int code = listing_prefix(tool, word, &prefix);

    if (code != EXIT_DONE) {
        memset(ret_listing, 0, sizeof(*ret_listing));
        return code;
    }
    code = listing_open(tool, ret_listing);
    if (code == EXIT_DONE) {
        code = listing_ask(ret_listing, &prefix);
    }
    return code == EXIT_DONE ? check_one(ret_listing, word) : code;
}
