/* SPDX-License-Identifier: Apache-2.0 */
#include "model/roster_check.h"

#include <string.h>

#define SENTENCE_SIZE_MAX 4096

/* One comparison on its way. */
struct comparison {
    const struct roster *before;
    const struct roster *after;
    struct buf sentence; /* owned; being written */
    roster_change *change;
    void *ctx;
};

static void say(struct comparison *comparison, const char *kind,
                const char *subject)
{
    buf_put_byte(&comparison->sentence, '\0');
    if (!buf_failed(&comparison->sentence)) {
        comparison->change(comparison->ctx, kind, subject,
                           (const char *)comparison->sentence.data);
    }
    buf_clear(&comparison->sentence);
}

static void compare_number(struct comparison *comparison, const char *what,
                           uint64_t before, uint64_t after)
{
    if (before == after) {
        return;
    }
    buf_printf(&comparison->sentence, "%s: %llu (was: %llu)", what,
               (unsigned long long)after, (unsigned long long)before);
    say(comparison, "rule", "");
}

static void compare_head(struct comparison *comparison)
{
    const struct roster *before = comparison->before;
    const struct roster *after = comparison->after;

    compare_number(comparison, "copies", before->copies, after->copies);
    compare_number(comparison, "jurisdictions", before->jurisdictions,
                   after->jurisdictions);
    compare_number(comparison, "cosigners", before->cosigners,
                   after->cosigners);
    compare_number(comparison, "waiting time in seconds", before->wait_seconds,
                   after->wait_seconds);
    compare_number(comparison, "age of a proof in seconds",
                   before->proof_age_seconds, after->proof_age_seconds);
    if (after->has_supersedes) {
        buf_put_str(&comparison->sentence, "takes the place of the roster ");
        buf_put_hex(&comparison->sentence, after->supersedes.bytes,
                    sizeof(after->supersedes.bytes));
        say(comparison, "supersedes", "");
    }
}

static void put_seals(struct buf *to, const struct roster *roster,
                      const struct roster_member *member)
{
    for (size_t index = 0; index < member->seal_count; index++) {
        buf_printf(to, " %s", roster->members[member->seals[index]].label.text);
    }
    if (member->seal_count == 0) {
        buf_put_str(to, " nobody");
    }
}

static bool same_seals(struct comparison *comparison,
                       const struct roster_member *before,
                       const struct roster_member *after)
{
    if (before->seal_count != after->seal_count) {
        return false;
    }
    for (size_t index = 0; index < after->seal_count; index++) {
        if (!label_equal(
                &comparison->before->members[before->seals[index]].label,
                &comparison->after->members[after->seals[index]].label)) {
            return false;
        }
    }
    return true;
}

static void compare_seals(struct comparison *comparison,
                          const struct roster_member *before,
                          const struct roster_member *after)
{
    if (same_seals(comparison, before, after)) {
        return;
    }
    buf_printf(&comparison->sentence, "%s seals to:", after->label.text);
    put_seals(&comparison->sentence, comparison->after, after);
    buf_put_str(&comparison->sentence, " (was:");
    put_seals(&comparison->sentence, comparison->before, before);
    buf_put_str(&comparison->sentence, ")");
    say(comparison, "seal", after->label.text);
}

static void compare_recipients(struct comparison *comparison,
                               const struct roster_member *before,
                               const struct roster_member *after)
{
    const struct roster_recipient *list =
        comparison->after->recipients + after->recipient_first;

    for (size_t index = 0; index < after->recipient_count; index++) {
        const struct roster_recipient *old =
            roster_find_recipient(comparison->before, before, list[index].year);

        if (old != NULL && age_recipient_equal(&old->key, &list[index].key)) {
            continue;
        }
        buf_printf(&comparison->sentence, "%s recipient %s %u ",
                   old == NULL ? "+" : "other", after->label.text,
                   list[index].year);
        buf_put(&comparison->sentence, list[index].text);
        say(comparison, "recipient", after->label.text);
    }
    list = comparison->before->recipients + before->recipient_first;
    for (size_t index = 0; index < before->recipient_count; index++) {
        if (roster_find_recipient(comparison->after, after, list[index].year) ==
            NULL) {
            buf_printf(&comparison->sentence, "- recipient %s %u",
                       after->label.text, list[index].year);
            say(comparison, "recipient", after->label.text);
        }
    }
}

static void compare_quota(struct comparison *comparison,
                          const struct roster_member *before,
                          const struct roster_member *after)
{
    if (before->has_quota == after->has_quota &&
        before->quota_bytes == after->quota_bytes &&
        before->quota_records == after->quota_records) {
        return;
    }
    if (after->has_quota) {
        buf_printf(&comparison->sentence,
                   "%s may deposit %llu bytes and %llu records a day",
                   after->label.text, (unsigned long long)after->quota_bytes,
                   (unsigned long long)after->quota_records);
    } else {
        buf_printf(&comparison->sentence, "%s has no quota any more",
                   after->label.text);
    }
    say(comparison, "quota", after->label.text);
}

/* What a new member brings is compared with this. */
static const struct roster_member nobody = { .seal_count = 0 };

static void compare_members(struct comparison *comparison)
{
    for (size_t index = 0; index < comparison->after->member_count; index++) {
        const struct roster_member *after = &comparison->after->members[index];
        const struct roster_member *before =
            roster_find_member(comparison->before, label_span(&after->label));

        if (before == NULL) {
            buf_printf(&comparison->sentence, "+ member %s", after->label.text);
            say(comparison, "member-added", after->label.text);
            before = &nobody;
        } else if (!public_key_equal(&before->governance, &after->governance)) {
            buf_printf(&comparison->sentence, "%s has another governance key",
                       after->label.text);
            say(comparison, "member-key", after->label.text);
        }
        compare_seals(comparison, before, after);
        compare_recipients(comparison, before, after);
        compare_quota(comparison, before, after);
    }
    for (size_t index = 0; index < comparison->before->member_count; index++) {
        const struct label *label = &comparison->before->members[index].label;

        if (roster_find_member(comparison->after, label_span(label)) == NULL) {
            buf_printf(&comparison->sentence, "- member %s", label->text);
            say(comparison, "member-removed", label->text);
        }
    }
}

static void put_node(struct buf *to, const struct roster *roster,
                     const struct roster_node *node)
{
    buf_printf(to, "node %s of %s (%s, %s, weight %u, %s", node->label.text,
               roster_member_of(roster, node)->label.text, node->country,
               node_role_text(node->role), node->weight,
               node->listens ? "listens" : "dials");
    for (size_t index = 0; index < node->address_count; index++) {
        buf_put_byte(to, ' ');
        buf_put(to, node->addresses[index]);
    }
    buf_put_byte(to, ')');
}

static bool same_node(const struct comparison *comparison,
                      const struct roster_node *before,
                      const struct roster_node *after)
{
    if (!label_equal(&roster_member_of(comparison->before, before)->label,
                     &roster_member_of(comparison->after, after)->label) ||
        before->role != after->role || before->weight != after->weight ||
        before->listens != after->listens ||
        strcmp(before->country, after->country) != 0 ||
        before->address_count != after->address_count) {
        return false;
    }
    for (size_t index = 0; index < after->address_count; index++) {
        if (!span_equal(before->addresses[index], after->addresses[index])) {
            return false;
        }
    }
    return true;
}

static void compare_node(struct comparison *comparison,
                         const struct roster_node *before,
                         const struct roster_node *after)
{
    if (!same_node(comparison, before, after)) {
        put_node(&comparison->sentence, comparison->after, after);
        buf_put_str(&comparison->sentence, ", was: ");
        put_node(&comparison->sentence, comparison->before, before);
        say(comparison, "node-changed", after->label.text);
    }
    if (!public_key_equal(&before->ledger, &after->ledger) ||
        !public_key_equal(&before->witness, &after->witness) ||
        !x25519_key_equal(&before->session, &after->session)) {
        buf_printf(&comparison->sentence, "node %s has another key",
                   after->label.text);
        say(comparison, "node-key", after->label.text);
    }
}

static void compare_nodes(struct comparison *comparison)
{
    for (size_t index = 0; index < comparison->after->node_count; index++) {
        const struct roster_node *after = &comparison->after->nodes[index];
        const struct roster_node *before =
            roster_find_node(comparison->before, label_span(&after->label));

        if (before == NULL) {
            buf_put_str(&comparison->sentence, "+ ");
            put_node(&comparison->sentence, comparison->after, after);
            say(comparison, "node-added", after->label.text);
        } else {
            compare_node(comparison, before, after);
        }
    }
    for (size_t index = 0; index < comparison->before->node_count; index++) {
        const struct label *label = &comparison->before->nodes[index].label;

        if (roster_find_node(comparison->after, label_span(label)) == NULL) {
            buf_printf(&comparison->sentence, "- node %s", label->text);
            say(comparison, "node-removed", label->text);
        }
    }
}

static void put_closed(struct comparison *comparison, const char *sign,
                       const struct roster_closed *closed)
{
    buf_printf(&comparison->sentence, "%s closed %s at %llu leaves, root ",
               sign, closed->origin.text, (unsigned long long)closed->size);
    buf_put_hex(&comparison->sentence, closed->root.bytes,
                sizeof(closed->root.bytes));
    say(comparison, "closed", closed->origin.text);
}

static bool has_closed(const struct roster *roster,
                       const struct roster_closed *closed)
{
    const struct roster_closed *other =
        roster_find_closed(roster, &closed->origin);

    return other != NULL && other->size == closed->size &&
           digest_equal(&other->root, &closed->root);
}

static void compare_closed(struct comparison *comparison)
{
    for (size_t index = 0; index < comparison->after->closed_count; index++) {
        const struct roster_closed *closed = &comparison->after->closed[index];

        if (!has_closed(comparison->before, closed)) {
            put_closed(comparison, "+", closed);
        }
    }
    for (size_t index = 0; index < comparison->before->closed_count; index++) {
        const struct roster_closed *closed = &comparison->before->closed[index];

        if (!has_closed(comparison->after, closed)) {
            put_closed(comparison, "-", closed);
        }
    }
}

void roster_compare(const struct roster *before, const struct roster *after,
                    roster_change *change, void *ctx)
{
    struct comparison comparison = {
        .before = before,
        .after = after,
        .change = change,
        .ctx = ctx,
    };

    buf_init(&comparison.sentence, SENTENCE_SIZE_MAX);
    compare_head(&comparison);
    compare_members(&comparison);
    compare_nodes(&comparison);
    compare_closed(&comparison);
    buf_done(&comparison.sentence);
}
