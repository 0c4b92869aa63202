/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/text.h"
#include "crypto/secret.h"
#include "model/roster_chain.h"
#include "support/vectors.h"

#define NOTES_MAX 16

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(roster_vectors, .init = init);

/* The chain of the first `count` common notes, which are good; NULL for 0. */
static struct roster_chain *chain_of(const json_t *file, size_t count)
{
    json_t *notes = json_object_get(file, "roster_notes");
    struct roster_chain *chain = NULL;

    for (size_t index = 0; index < count; index++) {
        const char *text = json_string_value(json_array_get(notes, index));
        bool added = false;

        if (index == 0) {
            cr_assert(roster_chain_new(span_str(text), &chain, NULL) == ERR_OK);
            continue;
        }
        cr_assert(roster_chain_add(chain, span_str(text), &added, NULL) ==
                  ERR_OK);
        cr_assert(added);
    }
    return chain;
}

static bool hash_is(const struct digest *hash, const char *hex)
{
    char text[65];

    hex_format(text, hash->bytes, sizeof(hash->bytes));
    return strcmp(text, hex) == 0;
}

static void judge(const json_t *file, const json_t *one)
{
    struct roster_chain *chain = chain_of(file, vectors_uint(one, "prefix"));
    struct span note = vectors_text(one, "note");
    struct why why = { .text = "" };
    bool added = false;
    enum err err;

    if (chain == NULL) {
        err = roster_chain_new(note, &chain, &why);
        added = true;
    } else {
        err = roster_chain_add(chain, note, &added, &why);
    }
    if (vectors_expect(one, "ok")) {
        cr_assert(err == ERR_OK, "%s: %s", vectors_name(one), why.text);
        cr_assert(added && !chain->forked);
        cr_assert(hash_is(&roster_chain_newest(chain)->hash,
                          vectors_str(one, "hash")));
    } else {
        cr_assert(err != ERR_OK, "%s was accepted", vectors_name(one));
        cr_assert(why.text[0] != '\0', "%s: no sentence", vectors_name(one));
    }
    roster_chain_free(chain);
}

/* Every roster of the vectors is taken or refused behind its prefix. */
Test(roster_vectors, rosters)
{
    json_t *file = vectors_load("holdfast/rosters.json");
    json_t *cases = vectors_cases(file, "rosters");
    json_t *one;
    size_t index;

    json_array_foreach(cases, index, one)
    {
        judge(file, one);
    }
    json_decref(file);
}

/* A set of notes, in any order, has these rosters in force and this alarm. */
Test(roster_vectors, sets)
{
    json_t *file = vectors_load("holdfast/rosters.json");
    json_t *cases = vectors_cases(file, "sets");
    json_t *one;
    size_t index;

    json_array_foreach(cases, index, one)
    {
        json_t *list = json_object_get(one, "notes");
        json_t *wanted = json_object_get(one, "in_force");
        size_t count = json_array_size(list);
        struct span notes[NOTES_MAX];
        struct roster_chain *chain = NULL;
        const struct roster *roster;
        size_t left = json_array_size(wanted);

        cr_assert_leq(count, NOTES_MAX);
        for (size_t at = 0; at < count; at++) {
            /* From the last to the first: the order must not matter. */
            notes[count - 1 - at] =
                span_str(json_string_value(json_array_get(list, at)));
        }
        cr_assert(roster_chain_from_notes(notes, count, &chain, NULL) ==
                  ERR_OK);
        cr_assert_eq(chain->forked, vectors_has(one, "alarm"), "%s",
                     vectors_name(one));
        for (roster = roster_chain_newest(chain); roster != NULL;
             roster = roster_chain_before(chain, roster)) {
            cr_assert_gt(left, 0, "%s", vectors_name(one));
            left--;
            cr_assert(hash_is(&roster->hash,
                              json_string_value(json_array_get(wanted, left))),
                      "%s", vectors_name(one));
        }
        cr_assert_eq(left, 0, "%s", vectors_name(one));
        roster_chain_free(chain);
    }
    json_decref(file);
}

/* The common notes, one after the other, are a roster file, and its writer
 * gives the same file. */
Test(roster_vectors, file)
{
    json_t *file = vectors_load("holdfast/rosters.json");
    json_t *notes = json_object_get(file, "roster_notes");
    struct roster_chain *chain = NULL;
    struct buf text;
    struct buf again;
    json_t *note;
    size_t index;

    buf_init(&text, 1 << 20);
    buf_init(&again, 1 << 20);
    json_array_foreach(notes, index, note)
    {
        buf_put_str(&text, json_string_value(note));
    }
    cr_assert(roster_chain_parse(buf_span(&text), &chain, NULL) == ERR_OK);
    cr_assert_str_eq(chain->cid.text, vectors_str(file, "cid"));
    cr_assert(hash_is(&chain->identity, vectors_str(file, "identity")));
    cr_assert_eq(chain->count, json_array_size(notes));
    roster_chain_format(chain, &again);
    cr_assert(span_equal(buf_span(&text), buf_span(&again)));
    roster_chain_free(chain);
    buf_done(&again);
    buf_done(&text);
    json_decref(file);
}
