/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/text.h"
#include "crypto/age_key.h"
#include "crypto/node_key.h"
#include "crypto/secret.h"

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(node_key, .init = ready);

/* A known sub-key of a known seed, and sub-keys differ. */
Test(node_key, derives)
{
    uint8_t seed[KEY_SEED_SIZE];
    uint8_t key[KEY_SEED_SIZE];
    char text[65];

    cr_assert_eq(hex_parse(span_str("5f4ff6676806b4dc1233ab4de1cc3a60"
                                    "f2428908c59c05ee2fd0438d06df3e9b"),
                           seed, sizeof(seed)),
                 ERR_OK);
    key_derive(seed, 2, key);
    hex_format(text, key, sizeof(key));
    cr_expect_str_eq(text, "c9294a5a38a5eb494c345d311442de20"
                           "ef817802acc1b4c70846c28a6fbf2070");
}

/* The keys of a node and of a depositor come from the sub-keys named in the
 * format; a depositor signs with the seed itself. */
Test(node_key, uses_the_right_sub_keys)
{
    static const uint8_t seed[KEY_SEED_SIZE] = { 42 };
    uint8_t sub_key[KEY_SEED_SIZE];
    struct public_key public_key;
    struct x25519_key session;
    struct node_key node;
    struct depositor_key depositor;

    cr_assert_eq(node_key_init(&node, seed), ERR_OK);
    cr_assert_eq(depositor_key_init(&depositor, seed), ERR_OK);
    key_derive(seed, 1, sub_key);
    sign_public_from_seed(sub_key, &public_key);
    cr_expect(public_key_equal(&node.ledger.public_key, &public_key));
    key_derive(seed, 2, sub_key);
    sign_public_from_seed(sub_key, &public_key);
    cr_expect(public_key_equal(&node.witness.public_key, &public_key));
    key_derive(seed, 3, sub_key);
    x25519_public(sub_key, &session);
    cr_expect(x25519_key_equal(&node.session.public_key, &session));
    cr_expect(x25519_key_equal(&depositor.session.public_key, &session));
    cr_expect_arr_eq(secret_data(node.session.secret), sub_key, KEY_SEED_SIZE);
    sign_public_from_seed(seed, &public_key);
    cr_expect(public_key_equal(&depositor.sign.public_key, &public_key));
    node_key_done(&node);
    node_key_done(&node);
    depositor_key_done(&depositor);
    depositor_key_done(&depositor);
}

/* Each year has its own identity; a year has four digits. */
Test(node_key, gives_an_identity_for_a_year)
{
    static const uint8_t master[KEY_SEED_SIZE] = { 9 };
    struct age_identity first;
    struct age_identity second;

    cr_assert_eq(master_identity_init(master, 2025, &first), ERR_OK);
    cr_assert_eq(master_identity_init(master, 2026, &second), ERR_OK);
    cr_expect(!age_recipient_equal(&first.recipient, &second.recipient));
    age_identity_done(&first);
    age_identity_done(&second);
    cr_expect_eq(master_identity_init(master, 999, &first), ERR_RANGE);
    cr_expect_eq(master_identity_init(master, 10000, &first), ERR_RANGE);
}
