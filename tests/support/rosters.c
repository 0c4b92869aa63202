/* SPDX-License-Identifier: Apache-2.0 */
#include "rosters.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "crypto/age_key.h"
#include "crypto/x25519.h"
#include "ledger/note.h"
#include "model/key_name.h"

void rosters_seed(const char *kind, const char *label,
                  uint8_t ret_seed[static 32])
{
    const struct span parts[] = { span_str("test "), span_str(kind),
                                  span_str(" "), span_str(label) };
    struct digest digest = digest_of_parts(parts, 4);

    memcpy(ret_seed, digest.bytes, 32);
}

static void put_hash(struct buf *text, const char *keyword,
                     const struct digest *hash)
{
    if (hash != NULL) {
        buf_printf(text, "%s ", keyword);
        buf_put_hex(text, hash->bytes, sizeof(hash->bytes));
        buf_put_byte(text, '\n');
    }
}

void rosters_put_head(struct buf *text, uint64_t version,
                      const struct digest *previous,
                      const struct digest *second_previous,
                      const struct digest *supersedes)
{
    buf_printf(text, "holdfast roster 1\nconsortium test\nversion %llu\n",
               (unsigned long long)version);
    if (second_previous != NULL &&
        digest_compare(previous, second_previous) > 0) {
        put_hash(text, "previous", second_previous);
        put_hash(text, "previous", previous);
    } else {
        put_hash(text, "previous", previous);
        put_hash(text, "previous", second_previous);
    }
    put_hash(text, "supersedes", supersedes);
    buf_put_str(text, "copies 1\njurisdictions 1\nplacement rendezvous-1\n"
                      "cosigners 0\nwait 1209600\nproof-age 2592000\n");
}

static void put_signing_key(struct buf *text, const char *kind,
                            const char *label)
{
    uint8_t seed[32];
    struct public_key key;

    rosters_seed(kind, label, seed);
    sign_public_from_seed(seed, &key);
    buf_put_byte(text, ' ');
    buf_put_base64(text, span_of(key.bytes, sizeof(key.bytes)));
}

static void put_recipient(struct buf *text, const char *label, int year)
{
    char kind[16];
    uint8_t seed[32];
    struct x25519_key key;
    struct age_recipient recipient;

    (void)snprintf(kind, sizeof(kind), "year %d", year);
    rosters_seed(kind, label, seed);
    x25519_public(seed, &key);
    memcpy(recipient.bytes, key.bytes, sizeof(recipient.bytes));
    buf_printf(text, "recipient %s %d ", label, year);
    age_recipient_format(text, &recipient);
    buf_put_byte(text, '\n');
}

void rosters_put_member(struct buf *text, const char *label)
{
    rosters_put_sealing_member(text, label, label);
}

void rosters_put_sealing_member(struct buf *text, const char *label,
                                const char *seals)
{
    buf_printf(text, "member %s", label);
    put_signing_key(text, "governance", label);
    buf_printf(text, "\nseal %s %s\n", label, seals);
    put_recipient(text, label, 2025);
    put_recipient(text, label, 2026);
}

void rosters_put_node(struct buf *text, const char *label, const char *member,
                      const char *role, const char *country, const char *mode)
{
    uint8_t seed[32];
    struct x25519_key key;

    buf_printf(text, "node %s %s %s %s 1 %s", label, member, role, country,
               mode);
    put_signing_key(text, "ledger", label);
    put_signing_key(text, "witness", label);
    rosters_seed("session", label, seed);
    x25519_public(seed, &key);
    buf_put_byte(text, ' ');
    buf_put_base64(text, span_of(key.bytes, sizeof(key.bytes)));
    buf_printf(text, " %s.example.org:7711\n", label);
}

void rosters_cid(const struct buf *first, struct cid *ret_cid)
{
    struct label label;
    struct digest identity = digest_of(buf_span(first));

    cr_assert(label_parse(span_str("test"), &label) == ERR_OK);
    cid_make(&label, &identity, ret_cid);
}

static void put_line(struct buf *note, const struct buf *text,
                     const struct cid *cid, const char *member)
{
    char name[KEY_NAME_SIZE];
    uint8_t seed[32];
    struct sign_key signer;
    struct note_key key;

    rosters_seed("governance", member, seed);
    cr_assert(sign_key_init(&signer, seed) == ERR_OK);
    key_name_format(name, cid->text, member, KEY_ROLE_GOVERNANCE);
    cr_assert(note_key_init(&key, name, NOTE_KEY_ED25519,
                            signer.public_key.bytes) == ERR_OK);
    cr_assert(note_sign_line(note, buf_span(text), &key, &signer) == ERR_OK);
    sign_key_done(&signer);
}

void rosters_sign(struct buf *note, const struct buf *text,
                  const struct cid *cid, const char *members)
{
    char member[LABEL_SIZE_MAX + 1];
    int size;

    buf_put(note, buf_span(text));
    buf_put_byte(note, '\n');
    while (sscanf(members, " %32s%n", member, &size) == 1) {
        put_line(note, text, cid, member);
        members += size;
    }
}
