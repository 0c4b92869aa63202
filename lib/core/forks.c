/* SPDX-License-Identifier: Apache-2.0 */
#include "core/forks.h"

#include <stdio.h>

#include "core/alarms.h"
#include "core/ledgers.h"
#include "core/prefix.h"
#include "ledger/checkpoint.h"
#include "model/fork.h"

/* size = 2^k: k. */
static unsigned peak_of(uint64_t size)
{
    unsigned level = 0;

    while (size >> level > 1) {
        level++;
    }
    return level;
}

static void set_frozen(struct ledger *ledger, const struct fork *fork)
{
    ledger->frozen = true;
    ledger->frozen_from = fork->earlier.checkpoint.size;
    ledger->frozen_size = fork->later.checkpoint.size;
    ledger->frozen_root = fork->later.checkpoint.root;
    ledger->frozen_at = fork->root;
}

/* The proof has been verified. */
static void freeze(struct node *node, struct ledger *ledger, struct span proof,
                   const struct fork *fork)
{
    set_frozen(ledger, fork);
    ledger_forked(node, ledger, proof);
}

enum note_fate forks_take(struct node *node, uint32_t slot, struct span proof)
{
    struct fork fork;
    struct ledger *ledger;

    (void)slot; /* whoever hands it over is not judged by it */
    if (fork_verify_chain(proof, node->chain, &fork, NULL) != ERR_OK) {
        return NOTE_REFUSED;
    }
    ledger = ledger_find(node, &fork.origin);
    if (ledger == NULL || ledger->now.forked) {
        return NOTE_KNOWN; /* asked for again when the ledger is known */
    }
    freeze(node, ledger, proof, &fork);
    return NOTE_TAKEN;
}

/* The key that both notes are signed with: each roster's, the newest first. */
static enum err make(const struct node *node, const struct ledger *ledger,
                     struct span earlier, struct span later,
                     const struct digest *root, const struct digest *path,
                     size_t path_count, struct buf *proof)
{
    const struct roster *roster = node->roster;
    enum err err = ERR_WRONG_SIGNATURE;

    for (; roster != NULL && err != ERR_OK;
         roster = roster_chain_before(node->chain, roster)) {
        const struct roster_node *owner =
            roster_find_node(roster, label_span(&ledger->owner));

        if (owner == NULL) {
            continue;
        }
        buf_clear(proof);
        err = fork_make(proof, earlier, later, &ledger->origin, &owner->ledger,
                        root, path, path_count, NULL);
    }
    return err;
}

void forks_found(struct node *node, struct ledger *ledger, struct span earlier,
                 struct span later, const struct digest *root,
                 const struct digest *path, size_t path_count)
{
    struct fork fork;
    struct buf proof;

    if (ledger->now.forked) {
        return;
    }
    buf_init(&proof, NOTE_SIZE_MAX);
    if (make(node, ledger, earlier, later, root, path, path_count, &proof) ==
            ERR_OK &&
        fork_parse(buf_span(&proof), &fork, NULL) == ERR_OK) {
        freeze(node, ledger, buf_span(&proof), &fork);
    } else {
        ledger->frozen = true; /* a proof from elsewhere may follow */
    }
    buf_done(&proof);
}

bool forks_below(const struct ledger *ledger, uint64_t size,
                 const struct digest *root)
{
    const struct ledger_mark *ours = &ledger->durable;

    return prefix_blind(size, ours->size) &&
           ours->checkpoint_size == ours->size &&
           ledger->frontier.size == ours->size && !ledger->frozen &&
           !digest_equal(root, &ledger->frontier.peaks[peak_of(size)]);
}

bool forks_look_below(struct node *node, struct ledger *ledger,
                      const struct checkpoint *checkpoint, struct span note)
{
    if (!forks_below(ledger, checkpoint->size, &checkpoint->root)) {
        return false;
    }
    /* The path from all leaves but the last one is that one's hash. */
    forks_found(node, ledger, note, buf_span(&ledger->witness.note),
                &ledger->frontier.peaks[peak_of(checkpoint->size)],
                &ledger->frontier.peaks[0], 1);
    return true;
}

enum err forks_load(struct node *node, struct ledger *ledger,
                    const struct source *source)
{
    struct fork fork;
    struct buf proof;
    enum err err;

    buf_init(&proof, NOTE_SIZE_MAX);
    err = source->note(source->ctx, NOTE_FORK, origin_span(&ledger->origin), 0,
                       &proof);
    if (err == ERR_OK && fork_verify_chain(buf_span(&proof), node->chain, &fork,
                                           NULL) == ERR_OK) {
        set_frozen(ledger, &fork);
        ledger->has_fork = true;
        ledger->durable.forked = true;
    }
    buf_done(&proof);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void forks_pump(struct node *node)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];
        char subject[sizeof(ledger->origin.text) + 8];

        if (ledger == NULL || !ledger->frozen) {
            continue;
        }
        (void)snprintf(subject, sizeof(subject), "ledger=%s",
                       ledger->origin.text);
        if (roster_find_closed(node->roster, &ledger->origin) != NULL) {
            alarm_clear(node, "FORK", subject);
            continue;
        }
        alarm_set(node, true, "FORK", subject,
                  "its owner signed two histories; it is taken no further, "
                  "what is held stays; a roster that closes it ends this");
    }
}
