/* SPDX-License-Identifier: Apache-2.0 */
#include "model/roster.h"

static void put_hash(struct buf *to, const char *keyword,
                     const struct digest *hash)
{
    buf_printf(to, "%s ", keyword);
    buf_put_hex(to, hash->bytes, sizeof(hash->bytes));
    buf_put_byte(to, '\n');
}

static void put_number(struct buf *to, const char *keyword, uint64_t value)
{
    buf_printf(to, "%s ", keyword);
    buf_put_decimal(to, value);
    buf_put_byte(to, '\n');
}

static void put_key(struct buf *to, const uint8_t key[static 32])
{
    buf_put_byte(to, ' ');
    buf_put_base64(to, span_of(key, 32));
}

static void put_head(struct buf *to, const struct roster *roster)
{
    buf_printf(to, "holdfast roster 1\nconsortium %s\n",
               roster->consortium.text);
    put_number(to, "version", roster->version);
    for (size_t index = 0; index < roster->previous_count; index++) {
        put_hash(to, "previous", &roster->previous[index]);
    }
    if (roster->has_supersedes) {
        put_hash(to, "supersedes", &roster->supersedes);
    }
    put_number(to, "copies", roster->copies);
    put_number(to, "jurisdictions", roster->jurisdictions);
    buf_put_str(to, "placement rendezvous-1\n");
    put_number(to, "cosigners", roster->cosigners);
    put_number(to, "wait", roster->wait_seconds);
    put_number(to, "proof-age", roster->proof_age_seconds);
}

static void put_member(struct buf *to, const struct roster *roster,
                       const struct roster_member *member)
{
    const char *label = member->label.text;

    buf_printf(to, "member %s", label);
    put_key(to, member->governance.bytes);
    buf_put_byte(to, '\n');
    if (member->seal_count > 0) {
        buf_printf(to, "seal %s", label);
        for (size_t index = 0; index < member->seal_count; index++) {
            buf_printf(to, " %s",
                       roster->members[member->seals[index]].label.text);
        }
        buf_put_byte(to, '\n');
    }
    for (size_t index = 0; index < member->recipient_count; index++) {
        const struct roster_recipient *recipient =
            &roster->recipients[member->recipient_first + index];

        buf_printf(to, "recipient %s %u ", label, recipient->year);
        age_recipient_format(to, &recipient->key);
        buf_put_byte(to, '\n');
    }
    if (member->has_quota) {
        buf_printf(to, "quota %s ", label);
        buf_put_decimal(to, member->quota_bytes);
        put_number(to, "", member->quota_records);
    }
}

static void put_node(struct buf *to, const struct roster *roster,
                     const struct roster_node *node)
{
    buf_printf(to, "node %s %s %s %s %u %s", node->label.text,
               roster->members[node->member].label.text,
               node_role_text(node->role), node->country, node->weight,
               node->listens ? "listen" : "dial");
    put_key(to, node->ledger.bytes);
    put_key(to, node->witness.bytes);
    put_key(to, node->session.bytes);
    for (size_t index = 0; index < node->address_count; index++) {
        buf_put_byte(to, ' ');
        buf_put(to, node->addresses[index]);
    }
    buf_put_byte(to, '\n');
}

void roster_format(const struct roster *roster, struct buf *to)
{
    put_head(to, roster);
    for (size_t index = 0; index < roster->member_count; index++) {
        put_member(to, roster, &roster->members[index]);
    }
    for (size_t index = 0; index < roster->node_count; index++) {
        put_node(to, roster, &roster->nodes[index]);
    }
    for (size_t index = 0; index < roster->closed_count; index++) {
        const struct roster_closed *closed = &roster->closed[index];

        buf_printf(to, "closed %s ", closed->origin.text);
        buf_put_decimal(to, closed->size);
        buf_put_byte(to, ' ');
        buf_put_hex(to, closed->root.bytes, sizeof(closed->root.bytes));
        buf_put_byte(to, '\n');
    }
    buf_put(to, roster->extra);
}
