/* SPDX-License-Identifier: Apache-2.0 */
#include "core/commit.h"

#include <string.h>

#include "base/check.h"
#include "core/emit.h"
#include "core/state.h"

#define GROUP_SIZE_DEFAULT (64ULL << 20)
#define BATCH_SIZE_MAX (128ULL << 20) /* never reached: see BATCH_SIZE_STOP */
#define BATCH_SIZE_FULL (4ULL << 20)  /* close it */
#define BATCH_SIZE_STOP (16ULL << 20) /* begin nothing more */
#define BATCH_AGE_MS 5000
/* Somebody waits for blocks of the group, but it is so small that they would be
 * written twice (GROUP_YOUNG_SIZE_MAX): more may follow at once. */
#define LINGER_MS 1000
#define GROUP_GOOD (16ULL << 20) /* worth a commit while more is coming */
#define QUIET_MS 10 /* nothing followed for so long: no use in waiting */

void commit_init(struct node *node, uint64_t group_bytes_max)
{
    struct commit *commit = &node->commit;

    batch_init(&commit->batch, BATCH_SIZE_MAX);
    commit->seq = 1;
    commit->group_bytes_max =
        group_bytes_max == 0 ? GROUP_SIZE_DEFAULT : group_bytes_max;
}

void commit_done(struct node *node)
{
    batch_done(&node->commit.batch);
}

static void touch(struct node *node)
{
    struct commit *commit = &node->commit;

    if (!commit->dirty) {
        commit->dirty = true;
        commit->since_ms = node->now_ms;
    }
}

void commit_add(struct node *node, const struct batch_op *op, struct span name,
                struct span value)
{
    batch_add(&node->commit.batch, op, name, value);
    touch(node);
}

void commit_note(struct node *node, uint32_t kind, struct span name,
                 uint64_t number, struct span note)
{
    struct batch_op op = { .kind = BATCH_NOTE, .level = kind, .index = number };

    commit_add(node, &op, name, note);
    commit_urgent(node);
}

/* The bits as they are now; all of them are truth already. */
static void write_chunk(struct node *node, const struct held_chunk *chunk)
{
    const struct ledger *ledger = node->ledgers[chunk->ledger];
    uint8_t bits[HELD_CHUNK_BITS / 8];
    uint64_t offset = chunk->chunk * sizeof(bits);
    struct batch_op op = { .kind = BATCH_HELD, .index = chunk->chunk };

    if (ledger == NULL || !ledger->stored) {
        return;
    }
    memset(bits, 0, sizeof(bits));
    if (offset < ledger->held_room) {
        size_t size = ledger->held_room - offset;

        memcpy(bits, ledger->held + offset,
               size < sizeof(bits) ? size : sizeof(bits));
    }
    op.ledger = ledger->number;
    batch_add(&node->commit.batch, &op, span_of(NULL, 0),
              span_of(bits, sizeof(bits)));
}

void commit_unheld(struct node *node, uint32_t ledger_slot, uint64_t chunk)
{
    struct commit *commit = &node->commit;

    if (commit->chunks_count == HELD_CHUNKS_MAX) {
        /* Before their time; a bit that is set until then is written again. */
        for (size_t i = 0; i < commit->chunks_count; i++) {
            write_chunk(node, &commit->chunks[i]);
        }
        commit->chunks_count = 0;
    }
    commit_held(node, ledger_slot, chunk);
    commit_urgent(node);
}

void commit_held(struct node *node, uint32_t ledger_slot, uint64_t chunk)
{
    struct commit *commit = &node->commit;

    for (size_t i = 0; i < commit->chunks_count; i++) {
        if (commit->chunks[i].ledger == ledger_slot &&
            commit->chunks[i].chunk == chunk) {
            return;
        }
    }
    if (commit->chunks_count == HELD_CHUNKS_MAX) {
        return; /* a bit that is lost costs one look at its item */
    }
    commit->chunks[commit->chunks_count].ledger = ledger_slot;
    commit->chunks[commit->chunks_count].chunk = chunk;
    commit->chunks_count++;
    touch(node);
}

void commit_appended(struct node *node, uint64_t bytes)
{
    if (bytes > 0) {
        node->commit.group_bytes += bytes;
        node->commit.grown_ms = node->now_ms;
        touch(node);
    }
}

void commit_more_coming(struct node *node, bool more_coming)
{
    node->commit.more_coming = more_coming;
}

void commit_urgent(struct node *node)
{
    node->commit.urgent = true;
}

void commit_needs_group(struct node *node)
{
    node->commit.needs_group = true;
}

static unsigned outstanding(const struct commit *commit)
{
    unsigned count = 0;

    for (size_t i = 0; i < PERSISTS_MAX; i++) {
        count += commit->out[i].token != 0;
    }
    return count;
}

bool commit_room(const struct node *node)
{
    return !node->broken && node->commit.batch.bytes.size < BATCH_SIZE_STOP;
}

bool commit_group_full(const struct node *node)
{
    return node->commit.group_bytes >= node->commit.group_bytes_max &&
           outstanding(&node->commit) == PERSISTS_MAX;
}

bool commit_idle(const struct node *node)
{
    return !node->commit.dirty && outstanding(&node->commit) == 0;
}

bool commit_persisted(struct node *node, uint64_t token, uint64_t *ret_seq)
{
    struct commit *commit = &node->commit;

    for (size_t i = 0; i < PERSISTS_MAX; i++) {
        if (token != 0 && commit->out[i].token == token) {
            *ret_seq = commit->out[i].seq;
            commit->out[i].token = 0;
            if (*ret_seq > commit->durable_seq) {
                commit->durable_seq = *ret_seq;
            }
            return true;
        }
    }
    return false;
}

static void write_chunks(struct node *node)
{
    struct commit *commit = &node->commit;

    for (size_t i = 0; i < commit->chunks_count; i++) {
        write_chunk(node, &commit->chunks[i]);
    }
    commit->chunks_count = 0;
}

/* The batch of this number goes without the open group: blocks that arrived for
 * it wait for the next. */
static void postpone(struct node *node, uint64_t seq)
{
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        struct want_slot *want = &node->fetch.wants[i];

        if (want->state == WANT_ARRIVED && want->seq == seq &&
            want->want.kind == WANT_BLOCK) {
            want->seq = seq + 1;
        }
    }
}

/* `keep_group`: the batch alone becomes durable, the open group stays open. */
static void flush(struct node *node, bool keep_group)
{
    struct commit *commit = &node->commit;
    struct effect *effect;
    struct batch *batch;
    size_t slot = 0;

    write_chunks(node);
    if (commit->batch.err != ERR_OK) {
        node->broken = true;
        return;
    }
    batch = emit_alloc(node, sizeof(*batch));
    if (batch == NULL) {
        return;
    }
    effect = emit(node, EFFECT_PERSIST);
    if (effect == NULL) {
        return;
    }
    while (commit->out[slot].token != 0) {
        slot++;
        CHECK(slot < PERSISTS_MAX);
    }
    batch_move(batch, &commit->batch);
    batch_init(&commit->batch, BATCH_SIZE_MAX);
    commit->out[slot].token = node_token(node);
    commit->out[slot].seq = commit->seq;
    effect->persist.token = commit->out[slot].token;
    effect->persist.batch = batch;
    effect->persist.keep_group = keep_group;
    if (keep_group) {
        postpone(node, commit->seq);
        commit->since_ms = node->now_ms;
    } else {
        commit->group_bytes = 0;
        commit->dirty = false;
    }
    commit->seq++;
    commit->urgent = false;
    commit->needs_group = false;
}

/* The group holds so little that its blocks would be written twice, or that it
 * is not worth a commit yet. */
static bool group_small(const struct commit *commit)
{
    return commit->group_bytes > 0 &&
           commit->group_bytes <
               (commit->more_coming ? GROUP_GOOD : GROUP_YOUNG_SIZE_MAX);
}

/* Somebody waits: until when may the group still grow? */
static uint64_t linger_until_ms(const struct commit *commit)
{
    uint64_t quiet_ms = commit->grown_ms + QUIET_MS;
    uint64_t last_ms = commit->since_ms + LINGER_MS;

    return quiet_ms < last_ms && !commit->more_coming ? quiet_ms : last_ms;
}

void commit_pump(struct node *node)
{
    struct commit *commit = &node->commit;
    uint64_t age_ms = node->now_ms - commit->since_ms;
    bool large = commit->group_bytes >= commit->group_bytes_max ||
                 commit->batch.bytes.size >= BATCH_SIZE_FULL;
    bool small = group_small(commit) && !node->stopping;

    if (!commit->dirty || outstanding(commit) == PERSISTS_MAX || node->broken) {
        return;
    }
    if (large) {
        flush(node, false);
        return;
    }
    if (outstanding(commit) > 0) {
        return;
    }
    if (commit->urgent && !commit->needs_group && commit->group_bytes > 0 &&
        !node->stopping) {
        flush(node, true);
    } else if ((commit->urgent &&
                (!small || node->now_ms >= linger_until_ms(commit))) ||
               age_ms >= BATCH_AGE_MS ||
               (node->fetch.blocks_out == 0 && node->fetch.leased == 0 &&
                node->fetch.arrived > 0)) {
        flush(node, false);
    } else {
        node_due(node, commit->urgent ? linger_until_ms(commit)
                                      : commit->since_ms + BATCH_AGE_MS);
    }
}
