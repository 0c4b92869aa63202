/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken as a roster is written again as it was; drafts and files of
 * anything do no harm. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "model/roster_chain.h"
#include "model/roster_check.h"
#include "model/roster_draft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *ctx, const char *sentence)
{
    CHECK(ctx == NULL && sentence[0] != '\0');
}

static void read_it(struct span text)
{
    struct roster *roster = NULL;
    struct roster *next = NULL;
    struct buf again;

    if (roster_parse(text, &roster, NULL) != ERR_OK) {
        return;
    }
    buf_init(&again, ROSTER_SIZE_MAX);
    roster_format(roster, &again);
    CHECK(span_equal(buf_span(&again), text));
    roster_check_warnings(roster, 2026, ignore, NULL);
    buf_clear(&again);
    if (roster->version < INT64_MAX) {
        roster_draft_successor(roster, &again);
        CHECK(buf_failed(&again) ||
              roster_parse(buf_span(&again), &next, NULL) == ERR_OK);
    }
    roster_free(next);
    roster_free(roster);
    buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    struct roster_chain *chain = NULL;
    struct buf sorted;

    CHECK(crypto_init() == ERR_OK);
    read_it(text);
    buf_init(&sorted, ROSTER_SIZE_MAX);
    if (roster_sort(text, &sorted, NULL) == ERR_OK) {
        read_it(buf_span(&sorted));
    }
    buf_done(&sorted);
    if (roster_chain_parse(text, &chain, NULL) == ERR_OK) {
        roster_chain_free(chain);
    }
    return 0;
}
