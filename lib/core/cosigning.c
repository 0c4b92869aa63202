/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cosigning.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "core/checked.h"
#include "core/clock.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/ledgers.h"
#include "core/witness.h"
#include "ledger/checkpoint.h"
#include "ledger/cosign.h"

#define QUIET_MS 2000
#define MINUTE_S 60
#define MINUTE_MS 60000
#define SHOW_TRIES 3 /* what a peer does not show then does not count */

/* ---- what is remembered ---- */

static void write_text(struct buf *to, const struct ledger *ledger,
                       uint64_t size, const struct digest *root)
{
    struct checkpoint checkpoint = { .size = size, .root = *root };

    memcpy(checkpoint.origin, ledger->origin.text, sizeof(checkpoint.origin));
    checkpoint_format(to, &checkpoint);
}

/* NOTE_COSIGNED: "time SECONDS", then the checkpoint's text. */
static enum err read_cosigned(struct span text, struct ledger *ledger)
{
    struct ledger_witness *witness = &ledger->witness;
    struct checkpoint checkpoint;
    const uint8_t *end = memchr(text.data, '\n', text.size);
    size_t line = end == NULL ? 0 : (size_t)(end - text.data);

    if (line == 0 || !span_starts(text, "time ") ||
        decimal_parse(span_part(text, 5, line - 5), &witness->cosigned_s) !=
            ERR_OK ||
        checkpoint_parse(span_part(text, line + 1, text.size), &checkpoint,
                         NULL) != ERR_OK ||
        strcmp(checkpoint.origin, ledger->origin.text) != 0) {
        return ERR_CORRUPT;
    }
    witness->cosigned = checkpoint.size;
    witness->cosigned_root = checkpoint.root;
    return ERR_OK;
}

enum err cosigning_load(struct ledger *ledger, const struct source *source)
{
    struct buf text;
    enum err err;

    buf_init(&text, NOTE_SIZE_MAX);
    err = source->note(source->ctx, NOTE_COSIGNED, origin_span(&ledger->origin),
                       0, &text);
    if (err == ERR_OK) {
        err = read_cosigned(buf_span(&text), ledger);
    } else if (err == ERR_NOT_FOUND) {
        err = ERR_OK;
    }
    buf_done(&text);
    return err;
}

static int compare_origins(const void *a, const void *b)
{
    const struct ledger *const *first = a;
    const struct ledger *const *second = b;

    return origin_compare(&(*first)->origin, &(*second)->origin);
}

/* Over all heads that were cosigned last, sorted; zeros when there is none. */
static struct digest digest_cosigned(const struct node *node)
{
    const struct ledger *list[LEDGER_COUNT_MAX];
    struct digest digest = { { 0 } };
    struct sha256 sha;
    size_t count = 0;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL &&
            node->ledgers[i]->witness.cosigned > 0) {
            list[count] = node->ledgers[i];
            count++;
        }
    }
    if (count == 0) {
        return digest;
    }
    qsort(list, count, sizeof(list[0]), compare_origins);
    sha256_init(&sha);
    for (size_t i = 0; i < count; i++) {
        char size[24];

        (void)snprintf(size, sizeof(size), " %" PRIu64 " ",
                       list[i]->witness.cosigned);
        sha256_update(&sha, origin_span(&list[i]->origin));
        sha256_update(&sha, span_str(size));
        sha256_update(
            &sha, span_of(list[i]->witness.cosigned_root.bytes, DIGEST_SIZE));
    }
    sha256_final(&sha, &digest);
    return digest;
}

void cosigning_start(struct node *node)
{
    struct digest stored = digest_cosigned(node);

    node->cosigning.doubtful = !node->own.has_mark || node->own.moved ||
                               node->own.rolled_back ||
                               !digest_equal(&stored, &node->own.mark_cosigned);
}

/* ---- may this ledger be cosigned now? ---- */

/* Have enough members told how far they hold each ledger, and do we hold as
 * much of this one? What a peer claims and cannot show does not count. */
static bool told_enough(const struct node *node, const struct ledger *ledger)
{
    bool told[MEMBER_COUNT_MAX] = { false };
    size_t count = 0;
    size_t others = roster_count_other_members(
        node->roster, roster_member_of(node->roster, node->self), false);

    if (ledger->seen_size > ledger->durable.checkpoint_size) {
        return false;
    }
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];

        if (!peer->used || !peer->told_all) {
            continue;
        }
        if (ledger->peer_size[i] > ledger->durable.checkpoint_size &&
            ledger->failures[i] < SHOW_TRIES) {
            return false;
        }
        if (peer->member != node->self->member && !told[peer->member]) {
            told[peer->member] = true;
            count++;
        }
    }
    return count >= (others + 1) / 2;
}

/* Does the roster that judges this ledger know our witness key as ours? */
static bool may_witness(const struct node *node, const struct ledger *ledger)
{
    struct ledger_keys keys;
    struct note_key ours;
    char name[KEY_NAME_SIZE];

    key_name_format(name, node->chain->cid.text, node->label.text,
                    KEY_ROLE_WITNESS);
    if (note_key_init(&ours, name, NOTE_KEY_COSIGNATURE,
                      node->self->witness.bytes) != ERR_OK ||
        !checked_keys(node, &ledger->origin, buf_span(&ledger->witness.note),
                      &keys, NULL)) {
        return false;
    }
    for (size_t i = 1; i < keys.count; i++) {
        if (strcmp(keys.keys[i].name, ours.name) == 0 &&
            public_key_equal(&keys.keys[i].public_key, &ours.public_key)) {
            return true;
        }
    }
    return false;
}

/* What may be signed now, if anything. */
static const struct ledger_mark *signable(const struct node *node,
                                          const struct ledger *ledger)
{
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_EAGER) != 0) {
        return &ledger->now;
    }
#else
    (void)node;
#endif
    return &ledger->durable;
}

/* Is there anything to cosign, whenever that may be? */
static bool has_news(const struct node *node, const struct ledger *ledger)
{
    const struct ledger_witness *witness = &ledger->witness;
    const struct ledger_mark *at = signable(node, ledger);
    uint64_t size = at->checkpoint_size;

    if (ledger->own || ledger->frozen || size == 0 || witness->ours ||
        ledger->now.checkpoint_size != size) {
        return false;
    }
    if (size == witness->told.size &&
        !digest_equal(&at->checkpoint_root, &witness->told.root)) {
        return false; /* somebody has another root of it with our line */
    }
    /* Never a smaller tree than before, nor another root of that size. */
    return size > witness->cosigned ||
           (size == witness->cosigned &&
            digest_equal(&at->checkpoint_root, &witness->cosigned_root));
}

/* Quiet, or a new minute; not twice in one minute. */
static bool is_time(struct node *node, const struct ledger *ledger)
{
    const struct ledger_witness *witness = &ledger->witness;
    uint64_t minute = node->clock_s / MINUTE_S;
    uint64_t next_ms =
        node->now_ms + (MINUTE_S - node->clock_s % MINUTE_S) * 1000;

#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_EAGER) != 0) {
        return true;
    }
#endif
    if (node->now_ms < witness->not_before_ms) {
        node_due(node, witness->not_before_ms);
        return false;
    }
    if (minute == witness->cosigned_s / MINUTE_S) {
        node_due(node, next_ms);
        return false;
    }
    if (node->now_ms - witness->grown_ms >= QUIET_MS ||
        minute != witness->due_s / MINUTE_S) {
        return true;
    }
    node_due(node, witness->grown_ms + QUIET_MS);
    node_due(node, next_ms);
    return false;
}

static bool wants_cosigning(struct node *node, struct ledger *ledger)
{
    if (!node->own.rule_met || !has_news(node, ledger) ||
        !is_time(node, ledger) ||
        (node->cosigning.doubtful && !told_enough(node, ledger))) {
        return false;
    }
    if (!may_witness(node, ledger)) {
        ledger->witness.not_before_ms = node->now_ms + MINUTE_MS;
        return false;
    }
    return true;
}

/* ---- saving, signing ---- */

static void begin(struct node *node, struct ledger *ledger)
{
    struct cosigning *cosigning = &node->cosigning;
    struct ledger_witness *witness = &ledger->witness;
    struct buf text;

    cosigning->size = signable(node, ledger)->checkpoint_size;
    cosigning->root = signable(node, ledger)->checkpoint_root;
    cosigning->time_s = node->clock_s;
    buf_init(&text, NOTE_SIZE_MAX);
    buf_printf(&text, "time %" PRIu64 "\n", cosigning->time_s);
    write_text(&text, ledger, cosigning->size, &cosigning->root);
    if (buf_failed(&text)) {
        node->broken = true;
    } else {
        commit_note(node, NOTE_COSIGNED, origin_span(&ledger->origin), 0,
                    buf_span(&text));
        witness->cosigned = cosigning->size;
        witness->cosigned_root = cosigning->root;
        witness->cosigned_s = cosigning->time_s;
        witness->due_s = 0;
        cosigning->ledger = ledger->slot;
        cosigning->seq = node->commit.seq;
        cosigning->state = COSIGNING_SAVING;
#ifdef HF_SIM_FAULTS
        if ((node->faults & SIM_FAULT_EAGER) != 0) {
            cosigning->seq = 0;
        }
#endif
    }
    buf_done(&text);
}

static void sign(struct node *node, const struct ledger *ledger)
{
    struct cosigning *cosigning = &node->cosigning;
    struct effect *effect;
    struct buf text;

    cosigning->state = COSIGNING_IDLE;
    if (ledger->frozen) {
        return; /* its fork became known meanwhile */
    }
    buf_init(&text, NOTE_SIZE_MAX);
    write_text(&text, ledger, cosigning->size, &cosigning->root);
    effect = buf_failed(&text) ? NULL : emit(node, EFFECT_SIGN);
    if (effect != NULL) {
        cosigning->state = COSIGNING_SIGNING;
        cosigning->token = node_token(node);
        effect->sign.token = cosigning->token;
        effect->sign.kind = SIGN_COSIGNATURE;
        effect->sign.text = effects_copy(node->out, buf_span(&text));
        effect->sign.origin = ledger->origin;
        effect->sign.size = cosigning->size;
        effect->sign.root = cosigning->root;
        effect->sign.time = cosigning->time_s;
        effect->sign.cosigned = digest_cosigned(node);
    }
    buf_done(&text);
}

/* A whole note with this one line; only its line counts. */
static enum err write_line(const struct node *node, struct span text,
                           const struct signature *signature, struct buf *to)
{
    struct note_key key;
    uint8_t blob[sizeof(key.id) + COSIGN_BLOB_SIZE];
    char name[KEY_NAME_SIZE];
    uint64_t time = node->cosigning.time_s;
    enum err err;

    key_name_format(name, node->chain->cid.text, node->label.text,
                    KEY_ROLE_WITNESS);
    err = note_key_init(&key, name, NOTE_KEY_COSIGNATURE,
                        node->self->witness.bytes);
    if (err != ERR_OK) {
        return err;
    }
    memcpy(blob, key.id, sizeof(key.id));
    bytes_put_u64(blob + sizeof(key.id), time);
    memcpy(blob + sizeof(key.id) + 8, signature->bytes,
           sizeof(signature->bytes));
    err = cosign_verify(text, &key.public_key, blob + sizeof(key.id), &time);
    if (err != ERR_OK) {
        return err;
    }
    buf_printf(to, "\xe2\x80\x94 %s ", key.name);
    buf_put_base64(to, span_of(blob, sizeof(blob)));
    buf_put_str(to, "\n");
    return to->err;
}

void cosigning_signed(struct node *node, const struct event *event)
{
    struct cosigning *cosigning = &node->cosigning;
    struct ledger *ledger = node->ledgers[cosigning->ledger];
    struct buf text;
    struct buf line;
    struct buf note;
    enum err err;

    if (cosigning->state != COSIGNING_SIGNING ||
        event->signed_.token != cosigning->token) {
        return;
    }
    cosigning->state = COSIGNING_IDLE;
    CHECK(ledger != NULL); /* stored ones stay */
    if (node->self == NULL || ledger->frozen) {
        return;
    }
    buf_init(&text, NOTE_SIZE_MAX);
    buf_init(&line, NOTE_SIZE_MAX);
    buf_init(&note, NOTE_SIZE_MAX);
    write_text(&text, ledger, cosigning->size, &cosigning->root);
    err = write_line(node, buf_span(&text), &event->signed_.signature, &line);
    if (err == ERR_WRONG_SIGNATURE) {
        cosigning->stopped = true;
        emit_alarm(node, ALARM_ERROR, "WRONG-NODE-KEY", NULL,
                   "a cosignature does not verify with the witness key that "
                   "the roster gives this node; nothing more is cosigned");
    } else if (err == ERR_OK) {
        buf_put(&note, buf_span(&text));
        buf_put_str(&note, "\n");
        buf_put(&note, buf_span(&line));
        /* When it grew meanwhile, the line is of no use; the next one is. */
        (void)witness_lines(node, ledger, buf_span(&note));
    }
    buf_done(&note);
    buf_done(&line);
    buf_done(&text);
}

void cosigning_pump(struct node *node)
{
    struct cosigning *cosigning = &node->cosigning;

    if (cosigning->state == COSIGNING_SAVING &&
        cosigning->seq <= node->commit.durable_seq) {
        sign(node, node->ledgers[cosigning->ledger]);
    }
    if (cosigning->state != COSIGNING_IDLE || cosigning->stopped ||
        node->stopping || node->self == NULL || clock_wrong(node) ||
        !commit_room(node)) {
        return;
    }
    for (size_t i = 0; i < node->ledgers_end; i++) {
        uint32_t slot = (uint32_t)((cosigning->turn + i) % node->ledgers_end);
        struct ledger *ledger = node->ledgers[slot];

        if (ledger != NULL && wants_cosigning(node, ledger)) {
            cosigning->turn = slot + 1;
            begin(node, ledger);
            return;
        }
    }
}
