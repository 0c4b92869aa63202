/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/key_public.h"

#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/age_key.h"
#include "crypto/node_key.h"
#include "crypto/secret.h"

unsigned year_now(void)
{
    time_t now = (time_t)now_s();
    struct tm parts;

    return gmtime_r(&now, &parts) == NULL ? 1970
                                          : (unsigned)parts.tm_year + 1900;
}

static void add(struct key_public *key, const char *name, struct span text)
{
    CHECK(key->count < KEY_PUBLIC_MAX &&
          text.size < sizeof(key->parts[0].text));
    key->parts[key->count].name = name;
    memcpy(key->parts[key->count].text, text.data, text.size);
    key->parts[key->count].text[text.size] = '\0';
    key->count++;
}

static void add_base64(struct key_public *key, const char *name,
                       const uint8_t bytes[static 32])
{
    struct buf text;

    buf_init(&text, 64);
    buf_put_base64(&text, span_of(bytes, 32));
    CHECK(!buf_failed(&text));
    add(key, name, buf_span(&text));
    buf_done(&text);
}

static enum err of_node(const uint8_t *seed, struct key_public *key)
{
    struct node_key node;
    enum err err = node_key_init(&node, seed);

    if (err == ERR_OK) {
        add_base64(key, "ledger", node.ledger.public_key.bytes);
        add_base64(key, "witness", node.witness.public_key.bytes);
        add_base64(key, "session", node.session.public_key.bytes);
        node_key_done(&node);
    }
    return err;
}

static enum err of_depositor(const uint8_t *seed, struct key_public *key)
{
    struct depositor_key depositor;
    enum err err = depositor_key_init(&depositor, seed);

    if (err == ERR_OK) {
        add_base64(key, "depositor", depositor.sign.public_key.bytes);
        add_base64(key, "session", depositor.session.public_key.bytes);
        depositor_key_done(&depositor);
    }
    return err;
}

static enum err of_governance(const uint8_t *seed, struct key_public *key)
{
    struct public_key public_key;

    sign_public_from_seed(seed, &public_key);
    add_base64(key, "governance", public_key.bytes);
    return ERR_OK;
}

static enum err of_master(const uint8_t *seed, struct key_public *key)
{
    struct age_identity identity;
    struct buf text;
    enum err err;

    key->year = year_now();
    err = master_identity_init(seed, key->year, &identity);
    if (err != ERR_OK) {
        return err;
    }
    buf_init(&text, AGE_RECIPIENT_TEXT_SIZE + 1);
    age_recipient_format(&text, &identity.recipient);
    err = text.err;
    if (err == ERR_OK) {
        add(key, "recipient", buf_span(&text));
    }
    buf_done(&text);
    age_identity_done(&identity);
    return err;
}

enum err key_public_of(enum key_kind kind, const struct secret *seed,
                       struct key_public *ret_public)
{
    const uint8_t *bytes = secret_data(seed);
    struct key_public key;
    enum err err = ERR_OK;

    memset(&key, 0, sizeof(key));
    key.kind = kind;
    switch (kind) {
    case KEY_NODE:
        err = of_node(bytes, &key);
        break;
    case KEY_DEPOSITOR:
        err = of_depositor(bytes, &key);
        break;
    case KEY_GOVERNANCE:
        err = of_governance(bytes, &key);
        break;
    case KEY_MASTER:
        err = of_master(bytes, &key);
        break;
    }
    if (err == ERR_OK) {
        *ret_public = key;
    }
    return err;
}

void key_public_say(struct output *output, const struct key_public *key)
{
    for (size_t index = 0; index < key->count; index++) {
        output_say(output, "  %-11s%s\n", key->parts[index].name,
                   key->parts[index].text);
    }
    if (key->kind == KEY_MASTER) {
        output_say(output, "  (of the year %u)\n", key->year);
    }
}

void key_public_comment(const struct key_public *key, struct buf *to)
{
    if (key->kind == KEY_MASTER) {
        return; /* what is public of it changes with the year */
    }
    for (size_t index = 0; index < key->count; index++) {
        buf_printf(to, "%s: %s\n", key->parts[index].name,
                   key->parts[index].text);
    }
}

json_t *key_public_json(const struct key_public *key)
{
    json_t *object = json_object();

    for (size_t index = 0; index < key->count; index++) {
        json_put(object, key->parts[index].name,
                 json_string(key->parts[index].text));
    }
    if (key->kind == KEY_MASTER) {
        json_put(object, "year", json_integer(key->year));
    }
    return object;
}

const char *key_public_purpose(enum key_kind kind)
{
    switch (kind) {
    case KEY_NODE:
        return "proves which server this is; opens no evidence.";
    case KEY_GOVERNANCE:
        return "one vote on the roster; opens no evidence.";
    case KEY_DEPOSITOR:
        return "signs what its owner hands over; opens no evidence.";
    case KEY_MASTER:
        return "opens ALL evidence sealed to this member.";
    }
    return "";
}

const char *const *key_public_advice(enum key_kind kind)
{
    static const char *const node[] = {
        "Keep a second copy elsewhere. For the roster:", NULL
    };
    static const char *const governance[] = {
        "Only on a machine without network; next: on paper. For the roster:",
        NULL
    };
    static const char *const depositor[] = {
        "It stays on the case worker's machine. For the node's clients file:",
        NULL
    };
    static const char *const master[] = {
        "Only on a machine without network; next: on paper, then delete it.",
        "Each year: holdfast key year. Of this year, for the roster:", NULL
    };

    switch (kind) {
    case KEY_NODE:
        return node;
    case KEY_GOVERNANCE:
        return governance;
    case KEY_DEPOSITOR:
        return depositor;
    case KEY_MASTER:
        break;
    }
    return master;
}
