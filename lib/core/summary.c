/* SPDX-License-Identifier: Apache-2.0 */
#include "core/summary.h"

#include "base/bytes.h"
#include "core/ledgers.h"
#include "core/membership.h"
#include "core/statements.h"

static void hash_u64(struct sha256 *sha, uint64_t value)
{
    uint8_t bytes[8];

    bytes_put_u64(bytes, value);
    sha256_update(sha, span_of(bytes, sizeof(bytes)));
}

static void hash_statements(struct sha256 *sha, const struct node *node)
{
    struct statement_ref refs[SYNC_STATEMENTS_MAX];
    size_t count = statements_told(node, refs);

    hash_u64(sha, count);
    for (size_t i = 0; i < count; i++) {
        sha256_update(sha, origin_span(&refs[i].ledger));
        hash_u64(sha, refs[i].number);
    }
}

struct digest summary_digest(struct node *node)
{
    struct head heads[SYNC_HEADS_MAX];
    struct digest others[SYNC_OTHERS_MAX];
    struct sha256 sha;
    size_t count;

    if (node->summary_fresh) {
        return node->summary;
    }
    count = ledger_heads(node, NULL, heads);
    sha256_init(&sha);
    sha256_update(&sha, span_of(node->roster->hash.bytes, DIGEST_SIZE));
    for (size_t i = 0; i < count; i++) {
        sha256_update(&sha, origin_span(&heads[i].origin));
        hash_u64(&sha, heads[i].size);
        sha256_update(&sha, span_of(heads[i].root.bytes, DIGEST_SIZE));
        hash_u64(&sha, heads[i].held);
        hash_u64(&sha, (uint64_t)heads[i].lines << 1 | heads[i].forked);
    }
    hash_statements(&sha, node);
    count = membership_others(node, others);
    sha256_update(&sha, span_of(others, count * sizeof(others[0])));
    sha256_final(&sha, &node->summary);
    node->summary_fresh = true;
    return node->summary;
}
