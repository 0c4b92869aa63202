/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "crypto/secret.h"
#include "ledger/merkle.h"
#include "model/receipt.h"

#define CID "east-0011223344556677"
#define LID_A "000102030405060708090a0b0c0d0e0f"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ORIGIN CID "/alpha/" LID_A
#define LEAF                                                                   \
    "holdfast record 1 deposit\norigin " ORIGIN "\ntime 77\nroster " HASH      \
    "\nheader " HASH " 1338\npayload " HASH " 65552\ncommitment " HASH "\n"
#define PENDING                                                                \
    "holdfast receipt 1\npending\nheader " HASH " 1338\npayload " HASH         \
    " 65552\ncommitment " HASH "\n"

static struct sign_key secrets[2]; /* the ledger's, a witness's */
static struct ledger_keys keys;
static struct receipt receipt;
static struct receipt_result result;
static struct buf file; /* one registered receipt */

static void keys_make(void)
{
    struct origin origin;

    for (size_t index = 0; index < 2; index++) {
        uint8_t seed[SIGN_SEED_SIZE];

        memset(seed, (int)index + 1, sizeof(seed));
        cr_assert(sign_key_init(&secrets[index], seed) == ERR_OK);
    }
    memset(&keys, 0, sizeof(keys));
    cr_assert(origin_parse(span_str(ORIGIN), &origin) == ERR_OK);
    key_of_ledger(&origin, secrets[0].public_key.bytes, &keys.keys[0]);
    cr_assert(note_key_init(&keys.keys[1], CID "/beta/witness",
                            NOTE_KEY_COSIGNATURE,
                            secrets[1].public_key.bytes) == ERR_OK);
    cr_assert(label_parse(span_str("a"), &keys.members[0]) == ERR_OK);
    cr_assert(label_parse(span_str("b"), &keys.members[1]) == ERR_OK);
    keys.count = 2;
    keys.cosigners = 1;
}

/* The receipt of leaf 0 in a ledger of two leaves. */
static void file_make(const char *origin)
{
    struct checkpoint checkpoint = { .size = 2 };
    struct digest hashes[2] = { { { 0 } } };
    struct digest roster = { { 1 } };
    static struct proof proof;
    struct note_key key = keys.keys[0];
    struct buf text;
    struct buf note;

    strcpy(checkpoint.origin, origin);
    cr_assert(note_key_init(&key, origin, NOTE_KEY_ED25519,
                            secrets[0].public_key.bytes) == ERR_OK);
    record_leaf_hash(span_str(LEAF), &hashes[0]);
    merkle_root_of(hashes, 2, &checkpoint.root);
    buf_init(&text, 4096);
    buf_init(&note, 4096);
    checkpoint_format(&text, &checkpoint);
    cr_assert(note_sign(&note, buf_span(&text), &key, &secrets[0]) == ERR_OK);
    cr_assert(note_cosign_line(&note, buf_span(&text), &keys.keys[1], 99,
                               &secrets[1]) == ERR_OK);
    proof = (struct proof){ .path_count = 1, .note = buf_span(&note) };
    proof.path[0] = hashes[1];
    buf_init(&file, 1 << 16);
    cr_assert(receipt_format(&file, &roster, span_str(LEAF), &proof) == ERR_OK);
    buf_done(&note);
    buf_done(&text);
}

static void setup(void)
{
    cr_assert(crypto_init() == ERR_OK);
    keys_make();
    file_make(ORIGIN);
}

static void teardown(void)
{
    buf_done(&file);
    sign_key_done(&secrets[1]);
    sign_key_done(&secrets[0]);
}

TestSuite(receipt, .init = setup, .fini = teardown);

static enum err parse_all(struct span bytes)
{
    struct span left = bytes;
    enum err err = receipt_parse(&left, &receipt, NULL);

    cr_expect(err != ERR_OK || left.size == 0);
    return err;
}

/* A registered receipt is read and verified, with its times. */
Test(receipt, registered)
{
    cr_assert(parse_all(buf_span(&file)) == ERR_OK);
    cr_expect_not(receipt.is_pending);
    cr_expect_eq(receipt.claimed_time, 77);
    cr_expect_eq(receipt.deposit.header_size, 1338);
    cr_assert(receipt_verify(&receipt, &keys, &result, NULL) == ERR_OK);
    cr_expect_eq(result.check, RECEIPT_GENUINE);
    cr_expect_eq(result.cosigner_count, 1);
    cr_expect_str_eq(result.cosigners[0].member.text, "b");
    cr_expect(result.has_proven_time);
    cr_expect_eq(result.proven_time, 99);
}

/* Another ledger key, another ledger or another tree: each is named. */
Test(receipt, checks_are_named)
{
    struct why why;

    cr_assert(parse_all(buf_span(&file)) == ERR_OK);
    receipt.leaf[10] ^= 1;
    cr_assert(receipt_verify(&receipt, &keys, &result, &why) == ERR_OK);
    cr_expect_eq(result.check, RECEIPT_WRONG_PATH);
    cr_expect_str_eq(receipt_check_name(result.check), "wrong-path");
    receipt.leaf[10] ^= 1;
    keys.keys[0].id[0] ^= 1;
    cr_assert(receipt_verify(&receipt, &keys, &result, &why) == ERR_OK);
    cr_expect_eq(result.check, RECEIPT_WRONG_SIGNATURE);
    keys.keys[0].id[0] ^= 1;
    buf_done(&file);
    file_make(CID "/gamma/" LID_A);
    cr_assert(parse_all(buf_span(&file)) == ERR_OK);
    cr_assert(receipt_verify(&receipt, &keys, &result, &why) == ERR_OK);
    cr_expect_eq(result.check, RECEIPT_WRONG_ORIGIN);
}

/* A pending receipt is written as it was read, and is not verified. */
Test(receipt, pending)
{
    struct buf again;

    cr_assert(parse_all(span_str(PENDING)) == ERR_OK);
    cr_expect(receipt.is_pending);
    cr_expect_eq(receipt.deposit.payload_size, 65552);
    buf_init(&again, 4096);
    receipt_format_pending(&again, &receipt.deposit);
    cr_expect(span_is(buf_span(&again), PENDING));
    buf_done(&again);
    cr_expect(receipt_verify(&receipt, &keys, &result, NULL) == ERR_MALFORMED);
}

/* Receipts of a file are taken one after the other. */
Test(receipt, several)
{
    struct buf both;
    struct span left;

    buf_init(&both, 1 << 18);
    buf_put_str(&both, PENDING);
    buf_put(&both, buf_span(&file));
    buf_put_str(&both, PENDING "x-a b\n");
    left = buf_span(&both);
    cr_assert(receipt_parse(&left, &receipt, NULL) == ERR_OK);
    cr_expect(receipt.is_pending);
    cr_assert(receipt_parse(&left, &receipt, NULL) == ERR_OK);
    cr_expect_not(receipt.is_pending);
    cr_expect(span_equal(receipt.bytes, buf_span(&file)));
    cr_assert(receipt_parse(&left, &receipt, NULL) == ERR_OK);
    cr_expect(span_is(receipt.x_lines, "x-a b\n"));
    cr_expect_eq(left.size, 0);
    buf_done(&both);
}

/* A receipt cut off anywhere, or with more behind it, is none. */
Test(receipt, cut_off)
{
    struct span bytes = buf_span(&file);

    for (size_t size = 0; size < bytes.size; size++) {
        uint8_t *copy = malloc(size + 1);
        enum err err;

        cr_assert_not_null(copy);
        memcpy(copy, bytes.data, size);
        err = parse_all(span_of(copy, size));
        /* After the ledger's own line it is a receipt without a witness. */
        cr_expect(err != ERR_OK || copy[size - 1] == '\n', "%zu", size);
        if (err == ERR_OK) {
            cr_expect(receipt_verify(&receipt, &keys, &result, NULL) == ERR_OK);
            cr_expect_not(result.has_proven_time);
        }
        free(copy);
    }
    buf_put_str(&file, "\n");
    cr_expect(parse_all(buf_span(&file)) == ERR_MALFORMED);
}

/* The record of a receipt is a deposit, and its form is exact. */
Test(receipt, malformed)
{
    static const char *const bad[] = {
        "",
        "holdfast receipt 1\n",
        "holdfast receipt 2\npending\n",
        "holdfast receipt 1\npending\n",
        PENDING "\n",
        PENDING "more\n",
        "holdfast receipt 1\nroster " HASH "\n",
        "holdfast receipt 1\nroster " HASH "\nrecord AAAA\n",
    };

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_expect(parse_all(span_str(bad[index])) == ERR_MALFORMED, "%zu",
                  index);
    }
}
