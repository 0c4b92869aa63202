/* SPDX-License-Identifier: Apache-2.0 */
#include "members.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "crypto/x25519.h"
#include "ledger/note.h"
#include "model/key_name.h"

static void seed_of(const char *kind, size_t number, uint8_t seed[static 32])
{
    char text[64];
    struct digest digest;

    (void)snprintf(text, sizeof(text), "sim %s %zu", kind, number);
    digest = digest_of(span_str(text));
    memcpy(seed, digest.bytes, 32);
}

static void put_key(struct buf *to, const char *kind, size_t number)
{
    uint8_t seed[32];
    struct public_key key;
    struct x25519_key session;

    seed_of(kind, number, seed);
    buf_put_byte(to, ' ');
    if (strcmp(kind, "session") == 0) {
        x25519_public(seed, &session);
        buf_put_base64(to, span_of(session.bytes, 32));
        return;
    }
    sign_public_from_seed(seed, &key);
    buf_put_base64(to, span_of(key.bytes, 32));
}

static void write_text(const struct members *members, size_t version,
                       size_t count, struct buf *to)
{
    static const char *const countries[] = { "DK", "LT", "GB", "DE", "FR" };

    buf_printf(to, "holdfast roster 1\nconsortium sim\nversion %zu\n", version);
    if (version > 1) {
        struct note note;
        struct digest hash;

        CHECK(note_parse(buf_span(&members->notes[version - 2]),
                         ROSTER_NOTE_SIZE_MAX, &note, NULL) == ERR_OK);
        hash = digest_of(note.text);
        buf_put_str(to, "previous ");
        buf_put_hex(to, hash.bytes, 32);
        buf_put_str(to, "\n");
    }
    buf_printf(to,
               "copies %zu\njurisdictions 1\nplacement rendezvous-1\n"
               "cosigners %zu\nwait 1209600\nproof-age 2592000\n",
               members->copies == 0 ? count : members->copies, count / 2);
    for (size_t i = 0; i < count; i++) {
        buf_printf(to, "member m%zu", i);
        put_key(to, "governance", i);
        buf_put_str(to, "\n");
        if (members->has_quota) {
            buf_printf(to, "quota m%zu %" PRIu64 " %" PRIu64 "\n", i,
                       members->quota_bytes, members->quota_records);
        }
    }
    for (size_t i = 0; i < count; i++) {
        buf_printf(to, "node n%zu m%zu %s %s 1 %s", i, i,
                   members->roles[i] == NULL ? "store" : members->roles[i],
                   countries[i % 5],
                   i < members->listeners ? "listen" : "dial");
        put_key(to, "ledger", i);
        put_key(to, "witness", i);
        put_key(to, "session", i);
        if (i < members->listeners) {
            buf_printf(to, " n%zu.example:7423", i);
        }
        buf_put_str(to, "\n");
    }
}

/* Signed by all members of the smaller set; that is enough for us. */
static void add_version(struct members *members, size_t count, size_t signers)
{
    size_t version = members->versions + 1;
    struct buf text;
    struct buf *note = &members->notes[version - 1];

    CHECK(version <= 8 && count <= MEMBERS_MAX);
    buf_init(&text, ROSTER_SIZE_MAX);
    buf_init(note, ROSTER_NOTE_SIZE_MAX);
    write_text(members, version, count, &text);
    if (version == 1) {
        struct label label;
        struct digest identity = digest_of(buf_span(&text));

        CHECK(label_parse(span_str("sim"), &label) == ERR_OK);
        cid_make(&label, &identity, &members->cid);
    }
    buf_put(note, buf_span(&text));
    buf_put_str(note, "\n");
    for (size_t i = 0; i < signers; i++) {
        char name[NOTE_NAME_SIZE_MAX + 1];
        uint8_t seed[32];
        struct sign_key secret;
        struct note_key key;

        (void)snprintf(name, sizeof(name), "%s/m%zu/governance",
                       members->cid.text, i);
        seed_of("governance", i, seed);
        CHECK(sign_key_init(&secret, seed) == ERR_OK);
        CHECK(note_key_init(&key, name, NOTE_KEY_ED25519,
                            secret.public_key.bytes) == ERR_OK);
        CHECK(note_sign_line(note, buf_span(&text), &key, &secret) == ERR_OK);
        sign_key_done(&secret);
    }
    buf_done(&text);
    members->versions = version;
    members->count = count;
}

void members_init(struct members *members, size_t count)
{
    members_init_with(members, count, count, 0);
}

void members_init_dialling(struct members *members, size_t count,
                           size_t listeners)
{
    members_init_with(members, count, listeners, 0);
}

void members_init_copies(struct members *members, size_t count, size_t copies)
{
    members_init_with(members, count, count, copies);
}

void members_init_with(struct members *members, size_t count, size_t listeners,
                       size_t copies)
{
    memset(members, 0, sizeof(*members));
    members->listeners = listeners == count ? SIZE_MAX : listeners;
    members->copies = copies;
    add_version(members, count, count);
}

void members_init_quota(struct members *members, size_t count, uint64_t bytes,
                        uint64_t records)
{
    memset(members, 0, sizeof(*members));
    members->listeners = SIZE_MAX;
    members->has_quota = true;
    members->quota_bytes = bytes;
    members->quota_records = records;
    add_version(members, count, count);
}

void members_change(struct members *members, size_t count)
{
    add_version(members, count,
                count < members->count ? count : members->count);
}

void members_done(struct members *members)
{
    for (size_t i = 0; i < members->versions; i++) {
        buf_done(&members->notes[i]);
    }
}

struct roster_chain *members_chain(const struct members *members,
                                   size_t versions)
{
    struct roster_chain *chain;
    struct why why = { "" };

    if (roster_chain_new(buf_span(&members->notes[0]), &chain, &why) !=
        ERR_OK) {
        (void)fprintf(stderr, "roster: %s\n", why.text);
        CHECK(chain == NULL);
    }
    for (size_t i = 1; i < versions; i++) {
        bool added;
        enum err err =
            roster_chain_add(chain, buf_span(&members->notes[i]), &added, &why);

        if (err != ERR_OK) {
            (void)fprintf(stderr, "roster %zu: %s\n", i + 1, why.text);
        }
        CHECK(err == ERR_OK);
    }
    return chain;
}

void members_file(const struct members *members, size_t versions,
                  struct buf *to)
{
    for (size_t i = 0; i < versions; i++) {
        buf_put(to, buf_span(&members->notes[i]));
    }
}

void members_label(size_t node, struct label *ret_label)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "n%zu", node);
    CHECK(label_parse(span_str(text), ret_label) == ERR_OK);
}

void members_sign(size_t node, enum sign_kind kind, uint64_t time,
                  struct span text, struct signature *ret_signature)
{
    uint8_t seed[32];
    struct buf said;

    if (kind != SIGN_COSIGNATURE) {
        seed_of("ledger", node, seed);
        sign_from_seed(seed, text, ret_signature);
        return;
    }
    seed_of("witness", node, seed);
    buf_init(&said, NOTE_SIZE_MAX);
    buf_printf(&said, "cosignature/v1\ntime %" PRIu64 "\n", time);
    buf_put(&said, text);
    CHECK(!buf_failed(&said));
    sign_from_seed(seed, buf_span(&said), ret_signature);
    buf_done(&said);
}
