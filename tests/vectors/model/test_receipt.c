/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "crypto/secret.h"
#include "model/receipt.h"
#include "model/roster_chain.h"
#include "support/vectors.h"

static struct roster_chain *chain_read(const json_t *file)
{
    struct roster_chain *chain = NULL;
    struct buf notes;
    json_t *one;
    size_t index;

    buf_init(&notes, 1 << 22);
    json_array_foreach(json_object_get(file, "roster_notes"), index, one)
    {
        buf_put_str(&notes, json_string_value(one));
    }
    cr_assert(roster_chain_parse(buf_span(&notes), &chain, NULL) == ERR_OK);
    buf_done(&notes);
    return chain;
}

static void cosigners_expect(const json_t *wanted,
                             const struct receipt_result *result)
{
    json_t *list = json_object_get(wanted, "cosigned");

    cr_assert_eq(result->cosigner_count, json_array_size(list));
    for (size_t index = 0; index < result->cosigner_count; index++) {
        const struct receipt_cosigner *cosigner = &result->cosigners[index];
        json_t *pair = json_array_get(list, index);

        cr_expect_str_eq(cosigner->name,
                         json_string_value(json_array_get(pair, 0)));
        cr_expect_eq(cosigner->time,
                     (uint64_t)json_integer_value(json_array_get(pair, 1)));
    }
}

static void receipt_expect(const json_t *wanted, const struct receipt *receipt,
                           const struct receipt_result *result)
{
    cr_expect_str_eq(receipt->origin.text, vectors_str(wanted, "origin"));
    cr_expect_str_eq(result->checkpoint.origin, receipt->origin.text);
    cr_expect_eq(result->index, vectors_uint(wanted, "index"));
    cr_expect_eq(result->checkpoint.size, vectors_uint(wanted, "size"));
    cosigners_expect(wanted, result);
    cr_expect_eq(result->has_proven_time, vectors_has(wanted, "proven"));
    if (result->has_proven_time) {
        cr_expect_eq(result->proven_time, vectors_uint(wanted, "proven"));
    }
}

/* Are all receipts of the file good? With `one`, they are as it says. */
static bool file_good(const json_t *one, const struct roster_chain *chain)
{
    json_t *list = json_object_get(one, "receipts");
    struct span left = vectors_text(one, "file");
    static struct receipt receipt;
    static struct receipt_result result;
    size_t count = 0;

    do {
        json_t *wanted = json_array_get(list, count);

        if (receipt_parse(&left, &receipt, NULL) != ERR_OK) {
            return false;
        }
        count++;
        if (receipt.is_pending) {
            cr_expect(vectors_has(wanted, "pending"));
            continue;
        }
        if (receipt_verify_chain(&receipt, chain, &result, NULL) != ERR_OK ||
            result.check != RECEIPT_GENUINE) {
            return false;
        }
        if (wanted != NULL) {
            receipt_expect(wanted, &receipt, &result);
        }
    } while (left.size > 0);
    return list == NULL || count == json_array_size(list);
}

/* Every file of receipts is judged as listed. */
Test(receipt_vectors, files)
{
    struct roster_chain *chain;
    json_t *file;
    json_t *one;
    size_t index;

    cr_assert(crypto_init() == ERR_OK);
    file = vectors_load("holdfast/receipts.json");
    chain = chain_read(file);
    json_array_foreach(vectors_cases(file, "receipts"), index, one)
    {
        cr_expect_eq(file_good(one, chain), vectors_expect(one, "ok"), "%s",
                     vectors_name(one));
    }
    roster_chain_free(chain);
    json_decref(file);
}
