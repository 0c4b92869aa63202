/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "crypto/secret.h"
#include "model/metadata.h"
#include "model/pass.h"
#include "model/roster_chain.h"
#include "support/rosters.h"

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(metadata, .init = init);

static struct sign_key depositor(void)
{
    struct sign_key signer;
    uint8_t seed[32];

    rosters_seed("depositor", "case-7", seed);
    cr_assert(sign_key_init(&signer, seed) == ERR_OK);
    return signer;
}

/* A good one; all spans are literals. */
static struct metadata sample(const struct sign_key *signer)
{
    struct metadata metadata = {
        .size = 5,
        .sealed_size = 21,
        .sha256 = digest_of(span_str("hello")),
        .name = span_str("a/\xff b\n%.mp4"),
        .has_modified = true,
        .modified = 1700000000,
        .deposited = 1764000000,
        .case_name = span_str("-"),
        .salt = { 7 },
        .depositor_key = signer->public_key,
    };

    cr_assert(cid_parse(span_str("test-0123456789abcdef"), &metadata.cid) ==
              ERR_OK);
    cr_assert(label_parse(span_str("alpin"), &metadata.depositor) == ERR_OK);
    return metadata;
}

/* What is written is read again as it was, raw bytes and absent values too. */
Test(metadata, round_trip)
{
    struct sign_key signer = depositor();
    struct metadata metadata = sample(&signer);
    struct metadata again;
    struct buf text;
    struct why why = { .text = "" };

    metadata.x_lines = span_str("x-camera two\n");
    buf_init(&text, NOTE_SIZE_MAX);
    cr_assert(metadata_format(&metadata, &text) == ERR_OK);
    cr_assert(metadata_parse(buf_span(&text), &again, &why) == ERR_OK, "%s",
              why.text);
    cr_assert(span_equal(again.name, metadata.name));
    cr_assert(span_is(again.case_name, "-"));
    cr_assert_eq(again.type.size, 0);
    cr_assert_eq(again.pass.size, 0);
    cr_assert(!again.has_sha512 && again.has_modified);
    cr_assert(span_is(again.x_lines, "x-camera two\n"));
    metadata_done(&again);
    buf_done(&text);
    sign_key_done(&signer);
}

/* A name is a relative path that leads nowhere else. */
Test(metadata, knows_good_names)
{
    cr_assert(metadata_name_valid(span_str("a")));
    cr_assert(metadata_name_valid(span_str("a/.../b..")));
    cr_assert(!metadata_name_valid(span_str("")));
    cr_assert(!metadata_name_valid(span_str("/a")));
    cr_assert(!metadata_name_valid(span_str("a/")));
    cr_assert(!metadata_name_valid(span_str("a//b")));
    cr_assert(!metadata_name_valid(span_str("a/../b")));
    cr_assert(!metadata_name_valid(span_str("./a")));
    cr_assert(!metadata_name_valid(span_str("..")));
    cr_assert(!metadata_name_valid(span_of("a\0b", 3)));
}

/* Values that have no written form are not written. */
Test(metadata, refuses_to_write_nonsense)
{
    struct sign_key signer = depositor();
    struct metadata metadata = sample(&signer);
    struct buf text;

    buf_init(&text, NOTE_SIZE_MAX);
    metadata.name = span_str("../etc/passwd");
    cr_assert(metadata_format(&metadata, &text) == ERR_RANGE);
    metadata = sample(&signer);
    metadata.sealed_size = 22;
    cr_assert(metadata_format(&metadata, &text) == ERR_RANGE);
    metadata = sample(&signer);
    metadata.pass = span_str("no note");
    cr_assert(metadata_format(&metadata, &text) == ERR_RANGE);
    buf_done(&text);
    sign_key_done(&signer);
}

/* Only the depositor's own key signs, and a changed text does not verify. */
Test(metadata, signs_and_verifies)
{
    struct sign_key signer = depositor();
    struct metadata metadata = sample(&signer);
    struct buf note;

    buf_init(&note, NOTE_SIZE_MAX);
    cr_assert(metadata_sign(&metadata, &signer, &note) == ERR_OK);
    cr_assert(metadata_verify(&metadata, buf_span(&note), NULL) == ERR_OK);
    note.data[note.size / 2] ^= 1;
    cr_assert(metadata_verify(&metadata, buf_span(&note), NULL) != ERR_OK);
    metadata.depositor_key.bytes[0] ^= 1;
    cr_assert(metadata_sign(&metadata, &signer, &note) == ERR_WRONG_KEY);
    buf_done(&note);
    sign_key_done(&signer);
}

/* Padding goes to 1,024 bytes and more, and comes off only as it went on. */
Test(metadata, pads)
{
    struct buf note;
    struct span bare;

    buf_init(&note, NOTE_SIZE_MAX);
    buf_put_str(&note, "text\n\nline\n");
    metadata_pad(&note);
    cr_assert_eq(note.size, 1024);
    cr_assert(metadata_unpad(buf_span(&note), &bare) == ERR_OK);
    cr_assert(span_is(bare, "text\n\nline\n"));
    cr_assert(metadata_unpad(span_part(buf_span(&note), 0, 1023), &bare) ==
              ERR_MALFORMED);
    buf_put_byte(&note, '\n');
    cr_assert(metadata_unpad(buf_span(&note), &bare) == ERR_MALFORMED);
    cr_assert(metadata_unpad(span_str(""), &bare) == ERR_MALFORMED);
    cr_assert_eq(metadata_padded_size(1024), 1024);
    cr_assert_eq(metadata_padded_size(1025), 1088);
    buf_done(&note);
}

/* A chain of one roster with one node, and that node's ledger key. */
static struct roster_chain *make_chain(struct sign_key *ret_node)
{
    struct roster_chain *chain = NULL;
    struct buf text;
    struct buf note;
    struct cid cid;
    uint8_t seed[32];

    buf_init(&text, ROSTER_SIZE_MAX);
    buf_init(&note, ROSTER_NOTE_SIZE_MAX);
    rosters_put_head(&text, 1, NULL, NULL, NULL);
    rosters_put_member(&text, "alpin");
    rosters_put_node(&text, "alpin-1", "alpin", "store", "CH", "listen");
    rosters_cid(&text, &cid);
    rosters_sign(&note, &text, &cid, "alpin");
    cr_assert(roster_chain_new(buf_span(&note), &chain, NULL) == ERR_OK);
    rosters_seed("ledger", "alpin-1", seed);
    cr_assert(sign_key_init(ret_node, seed) == ERR_OK);
    buf_done(&note);
    buf_done(&text);
    return chain;
}

/* A pass holds for its member, its key and its time, when a node of the member
 * signed it. */
Test(metadata, judges_a_pass)
{
    struct sign_key signer = depositor();
    struct sign_key node;
    struct roster_chain *chain = make_chain(&node);
    struct pass pass = {
        .cid = chain->cid,
        .depositor_key = signer.public_key,
        .from = 100,
        .until = 200,
    };
    struct label other;
    struct note_key key;
    struct buf text;
    struct buf note;

    cr_assert(label_parse(span_str("alpin"), &pass.member) == ERR_OK);
    cr_assert(label_parse(span_str("fjord"), &other) == ERR_OK);
    buf_init(&text, NOTE_SIZE_MAX);
    buf_init(&note, NOTE_SIZE_MAX);
    pass_format(&pass, &text);
    roster_node_key(&chain->cid, &roster_chain_newest(chain)->nodes[0], &key);
    cr_assert(note_sign(&note, buf_span(&text), &key, &node) == ERR_OK);
    cr_assert(pass_verify(chain, buf_span(&note), &pass.member,
                          &pass.depositor_key, 200, NULL) == ERR_OK);
    cr_assert(pass_verify(chain, buf_span(&note), &pass.member,
                          &pass.depositor_key, 201, NULL) == ERR_REFUSED);
    cr_assert(pass_verify(chain, buf_span(&note), &pass.member,
                          &node.public_key, 150, NULL) == ERR_REFUSED);
    cr_assert(pass_verify(chain, buf_span(&note), &other, &pass.depositor_key,
                          150, NULL) == ERR_WRONG_SIGNATURE);
    buf_done(&note);
    buf_done(&text);
    roster_chain_free(chain);
    sign_key_done(&node);
    sign_key_done(&signer);
}
