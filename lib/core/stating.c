/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stating.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/ledgers.h"
#include "core/own_rule.h"
#include "core/placed.h"
#include "core/proofs.h"
#include "core/statements.h"
#include "core/twins.h"
#include "model/runs.h"
#include "model/statement_fit.h"

#define HOUR_MS 3600000
#define DAY_S 86400
#define NODES_PER_HOUR 10 /* quiet statements heard in an hour */
#define SETTLE_MS 2000    /* more may change at once */
#define READS 1           /* version of our texts */

void stating_init(struct node *node)
{
    buf_init(&node->stating.text, STATEMENT_SIZE_MAX);
}

void stating_done(struct node *node)
{
    buf_done(&node->stating.text);
}

/* ---- when ---- */

static uint64_t items_held(const struct node *node)
{
    uint64_t count = 0;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL) {
            count += ledger_items_held(node->ledgers[i]);
        }
    }
    return count;
}

static void look_for_changes(struct node *node)
{
    struct stating *stating = &node->stating;

    if (!stating->begun || stating->changed ||
        (stating->held == items_held(node) &&
         stating->roster == node->roster->version &&
         origin_equal(&stating->ledger, &node->own.current->origin))) {
        return;
    }
    stating->changed = true;
    stating->changed_ms = node->now_ms;
}

static uint64_t quiet_ms(const struct node *node)
{
    size_t hours =
        (node->roster->node_count + NODES_PER_HOUR - 1) / NODES_PER_HOUR;

    return hours * HOUR_MS;
}

/* The last one before this start may be less than a minute old. */
static uint64_t first_ms(const struct node *node)
{
    const struct stated *own = statements_find(node, STATED_OWN);
    uint64_t age_s;

    if (own == NULL || own->statement.time > node->clock_s) {
        return node->now_ms;
    }
    age_s = node->clock_s - own->statement.time;
    return age_s < STATEMENT_PERIOD_MS / 1000
               ? node->now_ms + STATEMENT_PERIOD_MS - age_s * 1000
               : node->now_ms;
}

/* Our ledger was left elsewhere: the statement that shows everybody that we are
 * there as well is due once it is late enough to do so (core/twins.h). */
static uint64_t unmask_ms(const struct node *node)
{
    const struct stated *own = statements_find(node, STATED_OWN);
    uint64_t left_s;

    if (node->own.phase != OWN_STOPPED ||
        !twins_left_at(node, node->own.current, &left_s)) {
        return UINT64_MAX;
    }
    left_s += LEFT_S + 1;
    if (own != NULL && own->statement.time >= left_s &&
        origin_equal(&own->statement.ledger, &node->own.current->origin)) {
        return UINT64_MAX; /* it was there */
    }
    if (left_s > node->clock_s + DAY_S) {
        return UINT64_MAX; /* it says that it was opened in another time */
    }
    return left_s > node->clock_s
               ? node->now_ms + (left_s - node->clock_s) * 1000
               : node->now_ms;
}

static uint64_t due_ms(const struct node *node)
{
    const struct stating *stating = &node->stating;
    uint64_t period = stating->begun_ms + STATEMENT_PERIOD_MS;
    uint64_t settled = stating->changed_ms + SETTLE_MS;
    uint64_t quiet = stating->begun_ms + quiet_ms(node);
    uint64_t unmask = unmask_ms(node);

    if (!stating->begun) {
        return first_ms(node);
    }
    if (stating->changed) {
        return period > settled ? period : settled;
    }
    if (unmask < quiet) {
        return period > unmask ? period : unmask;
    }
    return quiet;
}

static bool may_state(const struct node *node)
{
    const struct stated *own = statements_find(node, STATED_OWN);

    return !node->stating.stopped && !node->stating.signing &&
           node->stating.number < INT64_MAX && !node->stopping &&
           own_may_state(node) &&
           node->own.current->durable.checkpoint_size > 0 &&
           commit_room(node) &&
           (own == NULL || own->seq <= node->commit.durable_seq);
}

/* ---- what ---- */

/* The ledgers of which we hold an item, and what of them. */
struct account {
    struct statement_held held[LEDGER_COUNT_MAX];
    struct statement_holds holds[LEDGER_COUNT_MAX];
    uint8_t *placed[LEDGER_COUNT_MAX]; /* owned */
    size_t count;
    struct statement_checked checked[NODE_COUNT_MAX];
    struct buf runs; /* owned */
};

/* Which leaves below the checkpoint are placed here. NULL: all, or it is not
 * known, or there is no memory: the line is longer then. */
static uint8_t *placed_bits(const struct node *node,
                            const struct ledger *ledger)
{
    uint64_t size = ledger->durable.checkpoint_size;
    uint8_t *bits;

    if (node->placed.placement.everywhere ||
        placed_known(node, ledger) < size) {
        return NULL;
    }
    bits = calloc(1, BITS_BYTES(size));
    for (uint64_t i = 0; bits != NULL && i < size; i++) {
        if (placed_here(node, ledger, i)) {
            bits[i / 8] |= (uint8_t)(1u << (i % 8));
        }
    }
    return bits;
}

static int compare_held(const void *a, const void *b)
{
    const struct statement_held *first = a;
    const struct statement_held *second = b;

    return origin_compare(&first->origin, &second->origin);
}

static void gather(const struct node *node, struct account *account)
{
    account->count = 0;
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];
        struct statement_held *held = &account->held[account->count];

        if (ledger == NULL || ledger->durable.checkpoint_size == 0 ||
            ledger_items_held(ledger) == 0 ||
            node->self->role == NODE_OBSERVER) {
            continue;
        }
        account->placed[account->count] = placed_bits(node, ledger);
        held->origin = ledger->origin;
        held->size = ledger->durable.checkpoint_size;
        held->root = ledger->durable.checkpoint_root;
        held->held = ledger->held;
        held->placed = account->placed[account->count];
        account->count++;
    }
    qsort(account->held, account->count, sizeof(account->held[0]),
          compare_held);
}

static enum err format(struct node *node, struct account *account)
{
    struct stating *stating = &node->stating;
    struct statement statement = {
        .node = node->label,
        .ledger = node->own.current->origin,
        .number = stating->number + 1,
        .time = node->clock_s,
        .roster = node->roster->hash,
        .reads = READS,
        .address_count = node->self->address_count,
        .free_bytes = node->fetch.free_bytes,
        .has_scrubbed = node->repair.scrubbed > 0,
        .scrubbed = node->repair.scrubbed,
    };
    uint64_t unclaimed = 0;
    enum err err;

    memcpy(statement.addresses, node->self->addresses,
           sizeof(statement.addresses));
    statement.checked = account->checked;
    statement.checked_count = proofs_checked(node, account->checked);
    err = statement_fit_holds(&statement, account->held, account->count,
                              account->holds, &account->runs, &unclaimed);
    if (err != ERR_OK) {
        return err;
    }
#ifdef HF_SIM_FAULTS
    for (size_t i = 0;
         (node->faults & SIM_FAULT_BOAST) != 0 && i < statement.holds_count;
         i++) {
        account->holds[i].form = HOLDS_ALL;
        account->holds[i].except = span_of(NULL, 0);
        account->holds[i].plus = span_of(NULL, 0);
    }
#endif
    stating->incomplete = unclaimed > 0;
    buf_clear(&stating->text);
    statement_format(&stating->text, &statement);
    return stating->text.err;
}

static void sign(struct node *node)
{
    struct stating *stating = &node->stating;
    struct effect *effect = emit(node, EFFECT_SIGN);

    if (effect == NULL) {
        return;
    }
    stating->number++;
    stating->signing = true;
    stating->token = node_token(node);
    stating->begun = true;
    stating->begun_ms = node->now_ms;
    stating->changed = false;
    stating->held = items_held(node);
    stating->ledger = node->own.current->origin;
    stating->roster = node->roster->version;
    effect->sign.token = stating->token;
    effect->sign.kind = SIGN_STATEMENT;
    effect->sign.number = stating->number;
    effect->sign.text = effects_copy(node->out, buf_span(&stating->text));
}

void stating_pump(struct node *node)
{
    struct account *account;
    uint64_t due;

    if (!may_state(node)) {
        return;
    }
    look_for_changes(node);
    due = due_ms(node);
    if (node->now_ms < due) {
        node_due(node, due);
        return;
    }
    account = calloc(1, sizeof(*account));
    if (account == NULL) {
        node->broken = true;
        return;
    }
    buf_init(&account->runs, STATEMENT_SIZE_MAX);
    gather(node, account);
    if (format(node, account) == ERR_OK) {
        sign(node);
    } else {
        node->broken = true; /* no memory: the rest always fits */
    }
    for (size_t i = 0; i < account->count; i++) {
        free(account->placed[i]);
    }
    buf_done(&account->runs);
    free(account);
}

/* ---- signed ---- */

/* The note: text, empty line, em dash, name, key id and signature. */
static void write_note(const struct node *node,
                       const struct signature *signature, struct buf *note)
{
    struct note_key key;
    uint8_t blob[4 + sizeof(signature->bytes)];

    roster_node_key(&node->chain->cid, node->self, &key);
    memcpy(blob, key.id, sizeof(key.id));
    memcpy(blob + 4, signature->bytes, sizeof(signature->bytes));
    buf_put(note, buf_span(&node->stating.text));
    buf_printf(note, "\n\xe2\x80\x94 %s ", key.name);
    buf_put_base64(note, span_of(blob, sizeof(blob)));
    buf_put_str(note, "\n");
}

bool stating_signed(struct node *node, const struct event *event)
{
    struct stating *stating = &node->stating;
    struct statement statement;
    struct buf note;

    if (!stating->signing || event->signed_.token != stating->token) {
        return false;
    }
    stating->signing = false;
    if (node->self == NULL) {
        return true;
    }
    buf_init(&note, STATEMENT_SIZE_MAX);
    write_note(node, &event->signed_.signature, &note);
    if (buf_failed(&note)) {
        node->broken = true;
    } else if (statement_open(buf_span(&note), &node->chain->cid, node->roster,
                              &statement, NULL) == ERR_OK) {
        statements_take_own(node, &note, &statement);
    } else if (stating->roster == node->roster->version) {
        stating->stopped = true;
        emit_alarm(node, ALARM_ERROR, "WRONG-NODE-KEY", NULL,
                   "a signature does not verify with the ledger key that the "
                   "roster gives this node; nothing more is stated");
    }
    buf_done(&note);
    return true;
}

bool stating_idle(const struct node *node)
{
    return !node->stating.signing;
}
