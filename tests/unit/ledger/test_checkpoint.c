/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "crypto/secret.h"
#include "ledger/checkpoint.h"

#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define EMPTY_ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static enum err parse(const char *text)
{
    struct checkpoint checkpoint;

    return checkpoint_parse(span_str(text), &checkpoint, NULL);
}

/* A checkpoint is written as it was read. */
Test(checkpoint, round_trip)
{
    const char *text = "example.org/log\n9223372036854775807\n" ROOT "\n";
    struct checkpoint checkpoint;
    struct buf again;

    cr_assert(checkpoint_parse(span_str(text), &checkpoint, NULL) == ERR_OK);
    cr_expect_str_eq(checkpoint.origin, "example.org/log");
    cr_expect_eq(checkpoint.size, INT64_MAX);
    buf_init(&again, 1024);
    checkpoint_format(&again, &checkpoint);
    cr_expect(span_is(buf_span(&again), text));
    buf_done(&again);
}

/* Anything but origin, size and root is refused. */
Test(checkpoint, malformed)
{
    static const char *const bad[] = {
        "",
        "o\n",
        "o\n1\n",
        "o\n1\n" ROOT,
        "\n1\n" ROOT "\n",
        "o o\n1\n" ROOT "\n",
        "o+o\n1\n" ROOT "\n",
        "o\n01\n" ROOT "\n",
        "o\n1 \n" ROOT "\n",
        "o\n-1\n" ROOT "\n",
        "o\n9223372036854775808\n" ROOT "\n",
        "o\n1\nAAAA\n",
        "o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "o\n0\n" ROOT "\n",
    };

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_expect(parse(bad[index]) == ERR_MALFORMED, "%zu", index);
    }
    cr_expect(parse("o\n0\n" EMPTY_ROOT "\n") == ERR_OK);
    cr_expect(parse("o\n1\n" ROOT "\nmore\n") == ERR_UNSUPPORTED);
    cr_expect(parse("o\n1\n" ROOT "\n\n") == ERR_UNSUPPORTED);
}

struct signer {
    struct sign_key secret;
    struct note_key key;
};

static void signer_init(struct signer *signer, const char *name, uint8_t fill)
{
    uint8_t seed[SIGN_SEED_SIZE];

    memset(seed, fill, sizeof(seed));
    cr_assert(crypto_init() == ERR_OK);
    cr_assert(sign_key_init(&signer->secret, seed) == ERR_OK);
    cr_assert(note_key_init(&signer->key, name, NOTE_KEY_ED25519,
                            signer->secret.public_key.bytes) == ERR_OK);
}

/* Only the key that is named like the origin makes it a checkpoint of it. */
Test(checkpoint, origin_is_key_name)
{
    static struct note note;
    struct note_matches matches;
    struct checkpoint checkpoint;
    struct note_key keys[2];
    struct signer own;
    struct signer other;
    struct buf good;
    struct buf bad;

    signer_init(&own, "o", 1);
    signer_init(&other, "p", 2);
    keys[0] = own.key;
    keys[1] = other.key;
    buf_init(&good, 4096);
    buf_init(&bad, 4096);
    cr_assert(note_sign(&good, span_str("o\n1\n" ROOT "\n"), &own.key,
                        &own.secret) == ERR_OK);
    cr_assert(note_sign(&bad, span_str("o\n1\n" ROOT "\n"), &other.key,
                        &other.secret) == ERR_OK);
    cr_expect(checkpoint_open(buf_span(&good), keys, 2, &note, &matches,
                              &checkpoint, NULL) == ERR_OK);
    cr_expect_eq(checkpoint.size, 1);
    cr_expect(checkpoint_open(buf_span(&bad), keys, 2, &note, &matches,
                              &checkpoint, NULL) == ERR_WRONG_SIGNATURE);
    buf_done(&bad);
    buf_done(&good);
    sign_key_done(&other.secret);
    sign_key_done(&own.secret);
}
