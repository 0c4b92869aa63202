/* SPDX-License-Identifier: Apache-2.0 */
#include "core/proofs.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/commit.h"
#include "core/holdings.h"
#include "core/ledgers.h"
#include "core/peer.h"
#include "core/statements.h"

#define DAYS_COUNTED 7
#define DAY_S 86400
#define KEEP_MS 60000
/* What it said of itself must first stand in its next statement. */
#define DENIED_AGAIN_MS 300000
#define WRONG_AGAIN_MS 600000
#define AGAIN_MAX_MS 21600000

/* The record of a peer, which begins when it comes into use. NULL: none. */
static struct proof_peer *record_of(struct node *node, uint32_t slot)
{
    struct proof_peer *peer;

    if (slot >= NODE_COUNT_MAX || !node->peers[slot].used) {
        return NULL;
    }
    peer = &node->proofs.peers[slot];
    if (!peer->used ||
        !label_equal(&peer->checks.node, &node->peers[slot].label)) {
        memset(peer, 0, sizeof(*peer));
        peer->used = true;
        checks_init(&peer->checks, &node->peers[slot].label);
    }
    return peer;
}

static const struct checks *checks_of(const struct node *node, uint32_t slot)
{
    const struct proof_peer *peer;

    if (slot >= NODE_COUNT_MAX || !node->peers[slot].used) {
        return NULL;
    }
    peer = &node->proofs.peers[slot];
    return peer->used &&
                   label_equal(&peer->checks.node, &node->peers[slot].label)
               ? &peer->checks
               : NULL;
}

/* ---- what others state ---- */

/* How many other members' reports count like one of ours. */
static unsigned reports_needed(const struct node *node)
{
    return node->roster->member_count <= 3 ? 1 : 2;
}

/* What this peer's fresh statement says of the one in `slot`. Nobody is
 * believed about himself. */
static const struct statement_checked *report(const struct node *node,
                                              uint32_t by, uint32_t slot)
{
    const struct stated *stated = statements_find(node, by);

    if (stated == NULL || by == slot || !node->peers[by].used ||
        node->peers[by].member == node->peers[slot].member ||
        (node->self != NULL && node->peers[by].member == node->self->member) ||
        !statements_fresh(node, stated)) {
        return NULL;
    }
    return statement_find_checked(&stated->statement,
                                  label_span(&node->peers[slot].label));
}

static bool is_good_report(const struct node *node,
                           const struct statement_checked *checked)
{
    return checked->good >= PROOFS_ENOUGH &&
           checked->time + DAYS_COUNTED * DAY_S >= node->clock_s;
}

struct reports {
    unsigned good; /* members */
    unsigned bad;  /* members */
    uint64_t failures;
};

static void count_reports(const struct node *node, uint32_t slot,
                          struct reports *ret)
{
    bool good[MEMBER_COUNT_MAX] = { false };
    bool bad[MEMBER_COUNT_MAX] = { false };

    memset(ret, 0, sizeof(*ret));
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct statement_checked *checked = report(node, i, slot);

        if (checked == NULL) {
            continue;
        }
        if (is_good_report(node, checked) && !good[node->peers[i].member]) {
            good[node->peers[i].member] = true;
            ret->good++;
        }
        if (checked->bad > 0 && !bad[node->peers[i].member]) {
            bad[node->peers[i].member] = true;
            ret->bad++;
        }
        ret->failures += checked->bad;
    }
}

/* ---- what is said of a peer ---- */

bool proofs_enough(const struct node *node, uint32_t slot)
{
    const struct checks *checks = checks_of(node, slot);
    struct reports reports;

    if (slot >= NODE_COUNT_MAX || !node->peers[slot].used) {
        return false;
    }
    if (checks != NULL &&
        checks_sum(checks, node->clock_s, DAYS_COUNTED).good >= PROOFS_ENOUGH) {
        return true;
    }
    count_reports(node, slot, &reports);
    return reports.good >= reports_needed(node);
}

bool proofs_doubted(const struct node *node, uint32_t slot)
{
    const struct checks *checks = checks_of(node, slot);
    const struct stated *stated = statements_find(node, slot);
    bool has = stated != NULL && stated->statement.has_scrubbed;
    uint64_t scrubbed = has ? stated->statement.scrubbed : 0;
    struct reports reports;

    if (checks == NULL) {
        return false;
    }
    if (checks_doubted(checks, has, scrubbed)) {
        return true;
    }
    count_reports(node, slot, &reports);
    return reports.bad >= reports_needed(node) &&
           (!checks->has_reported || !has || scrubbed < checks->reported_time);
}

uint64_t proofs_failed_word(const struct node *node,
                            const struct ledger *ledger, uint32_t slot,
                            uint64_t word)
{
    const struct checks *checks = checks_of(node, slot);
    uint64_t bits = 0;

    for (size_t i = 0; checks != NULL && i < checks->failures_count; i++) {
        const struct checks_failure *failure = &checks->failures[i];

        if (failure->state == FAILURE_WRONG && failure->index / 64 == word &&
            origin_equal(&failure->origin, &ledger->origin)) {
            bits |= 1ULL << (failure->index % 64);
        }
    }
    return bits;
}

unsigned proofs_failed(const struct node *node, uint32_t slot)
{
    const struct checks *checks = checks_of(node, slot);
    unsigned count = 0;

    for (size_t i = 0; checks != NULL && i < checks->failures_count; i++) {
        count += checks->failures[i].state == FAILURE_WRONG;
    }
    return count;
}

unsigned proofs_reported(const struct node *node, uint32_t slot)
{
    struct reports reports = { 0 };

    if (slot < NODE_COUNT_MAX && node->peers[slot].used) {
        count_reports(node, slot, &reports);
    }
    return reports.bad;
}

void proofs_numbers(const struct node *node, uint32_t slot,
                    struct proof_numbers *ret_numbers)
{
    const struct checks *checks = checks_of(node, slot);
    struct proof_numbers numbers = { 0 };

    if (checks != NULL) {
        struct checks_day sum = checks_sum(checks, node->clock_s, CHECKS_DAYS);

        numbers.asked = sum.asked;
        numbers.good = sum.good;
        numbers.bad = sum.bad;
        numbers.silent = sum.asked - sum.good - sum.bad;
        numbers.has_good = checks->has_good;
        numbers.good_time = checks->good_time;
    }
    *ret_numbers = numbers;
}

static int compare_checked(const void *a, const void *b)
{
    const struct statement_checked *first = a;
    const struct statement_checked *second = b;

    return strcmp(first->node.text, second->node.text);
}

size_t proofs_checked(const struct node *node,
                      struct statement_checked *ret_checked)
{
    size_t count = 0;

    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct proof_numbers numbers;

        proofs_numbers(node, i, &numbers);
        if (numbers.asked > 0) {
            ret_checked[count] =
                (struct statement_checked){ .node = node->peers[i].label,
                                            .asked = numbers.asked,
                                            .good = numbers.good,
                                            .bad = numbers.bad,
                                            .time = numbers.good_time };
            count++;
        }
    }
    qsort(ret_checked, count, sizeof(ret_checked[0]), compare_checked);
    return count;
}

/* ---- results ---- */

static size_t place_of(const struct proof_peer *peer,
                       const struct checks_failure *failure)
{
    size_t at = (size_t)(failure - peer->checks.failures);

    CHECK(at < CHECKS_FAILURES_MAX);
    return at;
}

static void remove_failure(struct proof_peer *peer,
                           struct checks_failure *failure)
{
    size_t at = place_of(peer, failure);
    size_t rest = CHECKS_FAILURES_MAX - at - 1;

    checks_remove(&peer->checks, failure);
    memmove(&peer->again_ms[at], &peer->again_ms[at + 1],
            rest * sizeof(peer->again_ms[0]));
    memmove(&peer->wait_ms[at], &peer->wait_ms[at + 1],
            rest * sizeof(peer->wait_ms[0]));
}

/* One that no longer decides anything makes room. */
static struct checks_failure *begin_failure(struct proof_peer *peer,
                                            const struct ledger *ledger,
                                            uint64_t index, uint64_t slice)
{
    struct checks *checks = &peer->checks;
    struct checks_failure *known = checks_find(checks, &ledger->origin, index);

    for (size_t i = 0; known == NULL && i < checks->failures_count &&
                       checks->failures_count == CHECKS_FAILURES_MAX;
         i++) {
        if (checks->failures[i].state != FAILURE_WRONG) {
            remove_failure(peer, &checks->failures[i]);
        }
    }
    return checks_fail(checks, &ledger->origin, index, slice);
}

static void failed(struct node *node, struct proof_peer *peer,
                   const struct ledger *ledger, uint64_t index, uint64_t slice)
{
    struct checks_failure *failure = begin_failure(peer, ledger, index, slice);
    size_t at;

    if (failure == NULL) {
        return;
    }
    at = place_of(peer, failure);
    peer->wait_ms[at] =
        failure->state == FAILURE_WRONG
            ? backoff_next(peer->wait_ms[at], WRONG_AGAIN_MS, AGAIN_MAX_MS)
            : WRONG_AGAIN_MS;
    peer->again_ms[at] = node->now_ms + peer->wait_ms[at];
    failure->state = FAILURE_WRONG;
    failure->slice = slice;
    failure->time = node->clock_s;
    peer->urgent = true;
}

/* The very slice that failed is right now. */
static void proved(struct proof_peer *peer, const struct ledger *ledger,
                   uint64_t index, uint64_t slice)
{
    struct checks_failure *failure =
        checks_find(&peer->checks, &ledger->origin, index);

    if (failure == NULL || failure->slice != slice) {
        return;
    }
    if (failure->state == FAILURE_DENIED) {
        remove_failure(peer, failure);
    } else {
        failure->state = FAILURE_REPAIRED;
    }
    peer->urgent = true;
}

void proofs_result(struct node *node, uint32_t slot,
                   const struct ledger *ledger, uint64_t index, uint64_t slice,
                   enum check_result result)
{
    struct proof_peer *peer = record_of(node, slot);

    if (peer == NULL) {
        return;
    }
    checks_count(&peer->checks, node->clock_s, result);
    peer->changed = true;
    if (result == CHECK_BAD) {
        failed(node, peer, ledger, index, slice);
    } else if (result == CHECK_GOOD) {
        proved(peer, ledger, index, slice);
    }
}

void proofs_denied(struct node *node, uint32_t slot, struct ledger *ledger,
                   uint64_t index, uint64_t slice)
{
    struct proof_peer *peer = record_of(node, slot);
    struct checks_failure *failure;
    size_t at;

    if (peer == NULL) {
        return;
    }
    failure = checks_find(&peer->checks, &ledger->origin, index);
    if (failure != NULL && failure->state != FAILURE_REPAIRED &&
        node->now_ms >= peer->again_ms[place_of(peer, failure)]) {
        proofs_result(node, slot, ledger, index, slice, CHECK_BAD);
        return;
    }
    proofs_result(node, slot, ledger, index, slice, CHECK_SILENT);
    holdings_withdraw(ledger, slot, index);
    if (failure != NULL) {
        return;
    }
    failure = begin_failure(peer, ledger, index, slice);
    if (failure != NULL) {
        at = place_of(peer, failure);
        failure->time = node->clock_s;
        peer->wait_ms[at] = DENIED_AGAIN_MS;
        peer->again_ms[at] = node->now_ms + DENIED_AGAIN_MS;
        peer->urgent = true;
    }
}

bool proofs_again(struct node *node, uint32_t slot, uint32_t *ret_ledger,
                  uint64_t *ret_index, uint64_t *ret_slice)
{
    struct proof_peer *peer = record_of(node, slot);

    for (size_t i = 0; peer != NULL && i < peer->checks.failures_count; i++) {
        const struct checks_failure *failure = &peer->checks.failures[i];
        const struct ledger *ledger;

        if (failure->state == FAILURE_REPAIRED) {
            continue;
        }
        if (node->now_ms < peer->again_ms[i]) {
            node_due(node, peer->again_ms[i]);
            continue;
        }
        ledger = ledger_find(node, &failure->origin);
        if (ledger != NULL && holdings_claims(ledger, slot, failure->index)) {
            *ret_ledger = ledger->slot;
            *ret_index = failure->index;
            *ret_slice = failure->slice;
            return true;
        }
    }
    return false;
}

/* ---- keeping ---- */

static void load_one(struct node *node, const struct source *source,
                     struct proof_peer *peer)
{
    struct checks checks;
    struct buf text;

    buf_init(&text, CHECKS_SIZE_MAX);
    if (source->note(source->ctx, NOTE_CHECKS, label_span(&peer->checks.node),
                     0, &text) == ERR_OK &&
        checks_parse(buf_span(&text), &checks, NULL) == ERR_OK &&
        label_equal(&checks.node, &peer->checks.node)) {
        peer->checks = checks;
    }
    buf_done(&text);
    for (size_t i = 0; i < peer->checks.failures_count; i++) {
        peer->wait_ms[i] = WRONG_AGAIN_MS;
        peer->again_ms[i] = node->now_ms + DENIED_AGAIN_MS;
    }
}

void proofs_load(struct node *node, const struct source *source)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct proof_peer *peer = record_of(node, i);

        if (peer != NULL) {
            load_one(node, source, peer);
        }
    }
}

static void keep(struct node *node, struct proof_peer *peer)
{
    struct buf text;

    buf_init(&text, CHECKS_SIZE_MAX);
    checks_format(&peer->checks, &text);
    if (buf_failed(&text)) {
        node->broken = true;
    } else {
        commit_note(node, NOTE_CHECKS, label_span(&peer->checks.node), 0,
                    buf_span(&text));
    }
    buf_done(&text);
    peer->changed = false;
    peer->urgent = false;
    peer->kept_ms = node->now_ms;
}

/* More failures are stated than before. */
static void look_at_reports(struct node *node, uint32_t slot,
                            struct proof_peer *peer)
{
    struct checks *checks = &peer->checks;
    struct reports reports;

    count_reports(node, slot, &reports);
    if (reports.bad >= reports_needed(node) &&
        (!checks->has_reported || reports.failures > checks->reported_bad)) {
        checks->has_reported = true;
        checks->reported_time = node->clock_s;
        checks->reported_bad = reports.failures;
        peer->urgent = true;
    }
}

/* What a later scrub has seen to, and what is older than any statement tells,
 * is forgotten. */
static void forget_old(struct node *node, uint32_t slot,
                       struct proof_peer *peer)
{
    const struct stated *stated = statements_find(node, slot);
    struct checks *checks = &peer->checks;

    for (size_t i = checks->failures_count; i-- > 0;) {
        struct checks_failure *failure = &checks->failures[i];
        bool old = failure->time + CHECKS_DAYS * DAY_S < node->clock_s;
        bool scrubbed = stated != NULL && stated->statement.has_scrubbed &&
                        stated->statement.scrubbed >= failure->time;

        if (failure->state == FAILURE_REPAIRED && (old || scrubbed)) {
            remove_failure(peer, failure);
            peer->changed = true;
        }
    }
}

void proofs_pump(struct node *node)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct proof_peer *peer = record_of(node, i);

        if (peer == NULL || node->broken) {
            continue;
        }
        if (node->statements.changed) {
            look_at_reports(node, i, peer);
        }
        forget_old(node, i, peer);
        if (!commit_room(node) || node->stopping) {
            continue;
        }
        if (peer->urgent ||
            (peer->changed && node->now_ms - peer->kept_ms >= KEEP_MS)) {
            keep(node, peer);
        } else if (peer->changed) {
            node_due(node, peer->kept_ms + KEEP_MS);
        }
    }
}
