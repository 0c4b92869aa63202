/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "crypto/secret.h"
#include "model/roster.h"
#include "model/roster_chain.h"
#include "model/statement.h"
#include "support/vectors.h"

static struct roster_chain *chain_read(const json_t *file, uint64_t version)
{
    struct roster_chain *chain = NULL;
    struct buf notes;
    json_t *one;
    size_t index;

    buf_init(&notes, 1 << 22);
    json_array_foreach(json_object_get(file, "roster_notes"), index, one)
    {
        if (index < version) {
            buf_put_str(&notes, json_string_value(one));
        }
    }
    cr_assert(roster_chain_parse(buf_span(&notes), &chain, NULL) == ERR_OK);
    buf_done(&notes);
    return chain;
}

/* A good one is written again as it was. */
static void again_expect(struct span note, const struct statement *statement)
{
    struct buf again;

    buf_init(&again, STATEMENT_SIZE_MAX);
    statement_put_note(&again, statement);
    cr_expect(span_equal(buf_span(&again), note));
    buf_clear(&again);
    statement_format(&again, statement);
    cr_expect(span_equal(buf_span(&again), statement->text));
    buf_done(&again);
}

/* Every statement is judged as listed. */
Test(statement_vectors, notes)
{
    struct roster_chain *chain;
    json_t *file;
    json_t *one;
    size_t index;

    cr_assert(crypto_init() == ERR_OK);
    file = vectors_load("holdfast/statements.json");
    chain = chain_read(file, vectors_uint(file, "roster_version"));
    json_array_foreach(vectors_cases(file, "statements"), index, one)
    {
        struct span note = vectors_text(one, "note");
        struct why why = { .text = "" };
        struct statement statement;
        bool good =
            statement_open(note, &chain->cid, roster_chain_newest(chain),
                           &statement, &why) == ERR_OK;

        cr_expect_eq(good, vectors_expect(one, "ok"), "%s: %s",
                     vectors_name(one), why.text);
        if (good) {
            again_expect(note, &statement);
            statement_done(&statement);
        } else {
            cr_expect_str_neq(why.text, "", "%s", vectors_name(one));
        }
    }
    roster_chain_free(chain);
    json_decref(file);
}
