/* SPDX-License-Identifier: Apache-2.0 */
#include "core/statements.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/commit.h"
#include "core/ledgers.h"
#include "core/peer.h"
#include "core/twins.h"

#define QUICK_MAX 4

/* ---- the table ---- */

static void forget(struct node *node, struct stated *stated)
{
    if (!stated->used) {
        return;
    }
    statement_done(&stated->statement);
    buf_done(&stated->note);
    memset(stated, 0, sizeof(*stated));
    node->statements.changed = true;
}

void statements_done(struct node *node)
{
    for (size_t i = 0; i < STATED_COUNT; i++) {
        forget(node, &node->statements.of[i]);
    }
}

static struct stated *find(struct node *node, const struct label *label)
{
    uint32_t slot =
        label_equal(label, &node->label) ? STATED_OWN : peer_find(node, label);

    return slot < STATED_COUNT ? &node->statements.of[slot] : NULL;
}

const struct stated *statements_find(const struct node *node, uint32_t slot)
{
    return slot < STATED_COUNT && node->statements.of[slot].used
               ? &node->statements.of[slot]
               : NULL;
}

/* Does the roster that it names place items as ours does? */
static bool placed_alike(const struct node *node,
                         const struct statement *statement)
{
    const struct roster_chain *chain = node->chain;

    if (digest_equal(&statement->roster, &node->roster->hash)) {
        return true;
    }
    for (size_t i = chain->count; i-- > 0;) {
        struct placement theirs;
        struct placement ours;

        if (digest_equal(&chain->entries[i].roster->hash, &statement->roster)) {
            placement_init(&theirs, chain->entries[i].roster);
            placement_init(&ours, node->roster);
            return memcmp(&theirs, &ours, sizeof(ours)) == 0;
        }
    }
    return false;
}

/* Verify a note and put it into its place, which may hold an older one. */
static enum err open_into(struct node *node, struct span bytes,
                          struct stated *stated, struct why *why)
{
    struct statement statement;
    struct buf note;
    enum err err;

    buf_init(&note, STATEMENT_SIZE_MAX);
    err =
        statement_open(bytes, &node->chain->cid, node->roster, &statement, why);
    if (err != ERR_OK) {
        return err;
    }
    statement_put_note(&note, &statement);
    statement_done(&statement);
    err = note.err;
    if (err == ERR_OK) {
        /* The same again, so that it borrows from what is kept. */
        err = statement_open(buf_span(&note), &node->chain->cid, node->roster,
                             &statement, why);
    }
    if (err != ERR_OK) {
        buf_done(&note);
        return err;
    }
    statement_done(&stated->statement);
    buf_done(&stated->note);
    stated->statement = statement;
    stated->note = note;
    stated->node = statement.node;
    stated->seen_ms = node->now_ms;
    stated->placed_alike = placed_alike(node, &statement);
    stated->counted = false;
    stated->used = true;
    node->statements.changed = true;
    return ERR_OK;
}

static void tell(struct stated *stated)
{
    stated->told = true;
    stated->ref.node = stated->node;
    stated->ref.ledger = stated->statement.ledger;
    stated->ref.number = stated->statement.number;
}

/* ---- which one is newer ---- */

/* The ledger, when its first leaf is here. */
static const struct ledger *known_ledger(const struct node *node,
                                         const struct origin *origin)
{
    const struct ledger *ledger = ledger_find(node, origin);

    return ledger != NULL && ledger->frontier.size > 0 ? ledger : NULL;
}

/* Is (ledger, number) newer than what we have of this node? */
static bool newer(const struct node *node, const struct stated *stated,
                  const struct origin *origin, uint64_t number)
{
    const struct ledger *ledger = known_ledger(node, origin);
    const struct ledger *had;

    if (ledger == NULL || ledger_left(node, ledger)) {
        return false;
    }
    if (!stated->used) {
        return true;
    }
    if (origin_equal(&stated->statement.ledger, origin)) {
        return number > stated->statement.number;
    }
    had = known_ledger(node, &stated->statement.ledger);
    return had == NULL || ledger_later(node, ledger, had);
}

static unsigned allowance(const struct node *node, const struct stated *stated)
{
    uint64_t more = (node->now_ms - stated->quick_ms) / STATEMENT_PERIOD_MS;

    if (!stated->used || more >= QUICK_MAX - stated->quick) {
        return QUICK_MAX;
    }
    return stated->quick + (unsigned)more;
}

static void spend(struct node *node, struct stated *stated, unsigned allowed)
{
    CHECK(allowed > 0);
    if (allowed == QUICK_MAX) {
        stated->quick_ms = node->now_ms;
    } else {
        stated->quick_ms +=
            (uint64_t)(allowed - stated->quick) * STATEMENT_PERIOD_MS;
    }
    stated->quick = allowed - 1;
}

/* ---- taking ---- */

/* One of ours, that a peer kept: the numbers go on after it. */
static enum note_fate take_number(struct node *node, struct span note)
{
    struct statement statement;

    if (statement_open(note, &node->chain->cid, node->roster, &statement,
                       NULL) != ERR_OK) {
        return NOTE_REFUSED;
    }
    if (statement.number > node->stating.number) {
        node->stating.number = statement.number;
    }
    statement_done(&statement);
    return NOTE_KNOWN;
}

enum note_fate statements_take(struct node *node, uint32_t slot,
                               struct span note)
{
    struct statement statement;
    struct stated *stated;
    unsigned allowed;
    bool known;
    bool good;

    (void)slot; /* it makes no difference who brings it */
    if (node->broken || statement_open(note, &node->chain->cid, node->roster,
                                       &statement, NULL) != ERR_OK) {
        return NOTE_REFUSED;
    }
    twins_stated(node, &statement.ledger, statement.number, statement.time);
    stated = find(node, &statement.node);
    good = stated != NULL &&
           newer(node, stated, &statement.ledger, statement.number);
    known = stated != NULL && stated->used && !good;
    statement_done(&statement);
    if (stated == &node->statements.of[STATED_OWN]) {
        return take_number(node, note);
    }
    if (!good) {
        return known ? NOTE_KNOWN : NOTE_REFUSED;
    }
    allowed = allowance(node, stated);
    if (allowed == 0 || open_into(node, note, stated, NULL) != ERR_OK) {
        return NOTE_REFUSED;
    }
    spend(node, stated, allowed);
    stated->seq = node->commit.seq;
    commit_note(node, NOTE_STATEMENT, label_span(&stated->node), 0,
                buf_span(&stated->note));
    return NOTE_TAKEN;
}

void statements_take_own(struct node *node, struct buf *note,
                         struct statement *statement)
{
    struct stated *own = &node->statements.of[STATED_OWN];

    twins_stated(node, &statement->ledger, statement->number, statement->time);
    statement_done(&own->statement);
    buf_done(&own->note);
    own->statement = *statement;
    own->note = *note;
    buf_init(note, STATEMENT_SIZE_MAX);
    memset(statement, 0, sizeof(*statement));
    own->used = true;
    own->node = node->label;
    own->seen_ms = node->now_ms;
    own->seq = node->commit.seq;
    commit_note(node, NOTE_STATEMENT, label_span(&node->label), 0,
                buf_span(&own->note));
}

void statements_persisted(struct node *node)
{
    for (size_t i = 0; i < STATED_COUNT; i++) {
        struct stated *stated = &node->statements.of[i];

        if (stated->used && stated->seq <= node->commit.durable_seq &&
            (!stated->told || stated->ref.number != stated->statement.number ||
             !origin_equal(&stated->ref.ledger, &stated->statement.ledger))) {
            tell(stated);
            news_changed(node, false);
        }
    }
}

/* ---- telling ---- */

static int compare_refs(const void *a, const void *b)
{
    const struct statement_ref *first = a;
    const struct statement_ref *second = b;

    return strcmp(first->node.text, second->node.text);
}

size_t statements_told(const struct node *node,
                       struct statement_ref refs[static SYNC_STATEMENTS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < STATED_COUNT && count < SYNC_STATEMENTS_MAX; i++) {
        if (node->statements.of[i].used && node->statements.of[i].told) {
            refs[count] = node->statements.of[i].ref;
            count++;
        }
    }
    qsort(refs, count, sizeof(refs[0]), compare_refs);
    return count;
}

bool statements_lacks(const struct node *node, const struct statement_ref *told)
{
    const struct stated *stated;
    const struct ledger *ledger;
    uint32_t slot;

    if (label_equal(&told->node, &node->label)) {
        return told->number > node->stating.number &&
               known_ledger(node, &told->ledger) != NULL;
    }
    slot = peer_find(node, &told->node);
    if (slot >= STATED_OWN ||
        !span_is(origin_node(&told->ledger), told->node.text)) {
        return false;
    }
    stated = &node->statements.of[slot];
    ledger = known_ledger(node, &told->ledger);
    return (newer(node, stated, &told->ledger, told->number) ||
            (ledger != NULL && twins_curious(node, ledger, told->number))) &&
           allowance(node, stated) > 0;
}

/* ---- starting, and new rosters ---- */

static void load_one(struct node *node, const struct source *source,
                     const struct label *label)
{
    struct stated *stated = find(node, label);
    struct buf note;

    if (stated == NULL) {
        return;
    }
    buf_init(&note, STATEMENT_SIZE_MAX);
    /* One that cannot be read is asked for again. */
    if (source->note(source->ctx, NOTE_STATEMENT, label_span(label), 0,
                     &note) == ERR_OK &&
        open_into(node, buf_span(&note), stated, NULL) == ERR_OK) {
        stated->quick = QUICK_MAX;
        stated->quick_ms = node->now_ms;
        tell(stated);
    }
    buf_done(&note);
}

void statements_load(struct node *node, const struct source *source)
{
    const struct stated *own = &node->statements.of[STATED_OWN];

    for (size_t i = 0; i < node->roster->node_count; i++) {
        load_one(node, source, &node->roster->nodes[i].label);
    }
    node->statements.roster = node->roster;
    node->stating.number = node->own.mark_statement;
    if (own->used && own->statement.number > node->stating.number) {
        node->stating.number = own->statement.number;
    }
}

/* Does it still stand in its place, under the key that it was signed with? */
static bool fits(struct node *node, struct stated *stated)
{
    struct statement statement;

    if (find(node, &stated->node) != stated ||
        statement_open(buf_span(&stated->note), &node->chain->cid, node->roster,
                       &statement, NULL) != ERR_OK) {
        return false;
    }
    stated->placed_alike = placed_alike(node, &statement);
    stated->counted = false;
    statement_done(&statement);
    return true;
}

/* One more may be taken of it now: look again who has a newer one. */
static void look_again(struct node *node, struct stated *stated)
{
    if (allowance(node, stated) == 0) {
        stated->spent = true;
        node_due(node, stated->quick_ms + STATEMENT_PERIOD_MS);
    } else if (stated->spent) {
        stated->spent = false;
        for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
            node->peers[i].notes_look = true;
        }
    }
}

void statements_pump(struct node *node)
{
    bool dropped = false;

    for (size_t i = 0; i < STATED_COUNT; i++) {
        struct stated *stated = &node->statements.of[i];

        if (stated->used) {
            look_again(node, stated);
        }
        if (stated->used && node->statements.roster != node->roster &&
            !fits(node, stated)) {
            forget(node, stated);
            dropped = true;
        }
    }
    if (node->statements.roster != node->roster) {
        node->statements.roster = node->roster;
        node->statements.changed = true;
    }
    if (dropped) {
        news_changed(node, true);
    }
}

/* ---- how fresh ---- */

uint64_t statements_age_s(const struct node *node, const struct stated *stated)
{
    uint64_t time = stated->statement.time;
    uint64_t by_clock = node->clock_s > time ? node->clock_s - time : 0;
    uint64_t by_sight = (node->now_ms - stated->seen_ms) / 1000;

    return by_clock > by_sight ? by_clock : by_sight;
}

bool statements_fresh(const struct node *node, const struct stated *stated)
{
    const struct ledger *ledger;

    if (stated->statement.time > node->clock_s &&
        stated->statement.time - node->clock_s > STATEMENT_AHEAD_S_MAX) {
        return false;
    }
    ledger = ledger_find(node, &stated->statement.ledger);
    return !twins_found(node, &stated->node) &&
           statements_age_s(node, stated) < STATEMENT_AGE_S_MAX &&
           (ledger == NULL || !ledger_left(node, ledger));
}
