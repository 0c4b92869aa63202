/* SPDX-License-Identifier: Apache-2.0 */
#include "core/prove.h"

#include <stdlib.h>
#include <string.h>

#include "core/leaf.h"
#include "model/batch.h"
#include "model/block.h"
#include "wire/encode.h"

#define PROVE_READ_MAX (64 * BLOCK_SIZE_MAX)

struct prover {
    const struct source *source; /* borrowed */
    struct buf leaf;
    struct buf names;     /* of one page */
    struct buf roots;     /* of all pages, when there are several */
    struct buf block;     /* read last */
    struct record record; /* room for leaf_deposit() */
    struct record inner;
};

static struct prover *prover_new(const struct source *source)
{
    struct prover *prover = calloc(1, sizeof(*prover));

    if (prover != NULL) {
        prover->source = source;
        buf_init(&prover->leaf, LEAF_SIZE_MAX);
        buf_init(&prover->names, NAMES_PER_PAGE * 32);
        buf_init(&prover->roots, NAME_PAGES_MAX * 32);
        buf_init(&prover->block, BLOCK_SIZE_MAX);
    }
    return prover;
}

static void prover_free(struct prover *prover)
{
    buf_done(&prover->leaf);
    buf_done(&prover->names);
    buf_done(&prover->roots);
    buf_done(&prover->block);
    free(prover);
}

/* The payload that this leaf deposits. ERR_NOT_FOUND: none. */
static enum err read_deposit(struct prover *prover, uint32_t ledger,
                             uint64_t index, struct deposit *ret_deposit)
{
    enum err err;

    buf_clear(&prover->leaf);
    err =
        prover->source->leaf(prover->source->ctx, ledger, index, &prover->leaf);
    if (err != ERR_OK) {
        return err;
    }
    return leaf_deposit(buf_span(&prover->leaf), &prover->record,
                        &prover->inner, ret_deposit)
               ? ERR_OK
               : ERR_NOT_FOUND;
}

/* The next leaf, from (ledger, index) on, with this payload. */
static enum err find_item(const struct prover *prover,
                          const struct payload_root *root, uint32_t ledger,
                          uint64_t index, struct source_item *ret_item)
{
    enum err err = prover->source->item(prover->source->ctx, root, ledger,
                                        index, ret_item);

    if (err == ERR_OK && !payload_root_equal(&ret_item->root, root)) {
        return ERR_NOT_FOUND;
    }
    return err;
}

/* A page of names of a payload of several blocks. */
static enum err read_page(struct prover *prover,
                          const struct payload_root *root, uint64_t size,
                          size_t page)
{
    enum err err;

    buf_clear(&prover->names);
    err = prover->source->names(prover->source->ctx, root, (uint32_t)page,
                                &prover->names);
    if (err == ERR_OK &&
        prover->names.size != 32 * payload_page_names(size, page)) {
        return ERR_CORRUPT;
    }
    return err;
}

/* Name and bytes of one block of a payload, into prover->block. */
static enum err read_block(struct prover *prover,
                           const struct payload_root *root, uint64_t size,
                           uint64_t block, struct block_id *ret_name)
{
    size_t page = (size_t)(block / NAMES_PER_PAGE);
    enum err err = ERR_OK;

    if (payload_block_count(size) == 1) {
        buf_clear(&prover->names);
        buf_put_data(&prover->names, root->bytes, 32);
        err = prover->names.err;
    } else {
        err = read_page(prover, root, size, page);
    }
    if (err != ERR_OK) {
        return err;
    }
    memcpy(ret_name->bytes,
           prover->names.data + 32 * (size_t)(block % NAMES_PER_PAGE), 32);
    buf_clear(&prover->block);
    err = prover->source->block(prover->source->ctx, ret_name, &prover->block);
    return err != ERR_OK ? err : prover->block.err;
}

/* ---- answering ---- */

/* The slice and its path, appended to `bytes`: path, then slice. */
static enum err show(struct prover *prover, const struct challenge *question,
                     uint64_t size, struct buf *bytes,
                     struct slice_proof *proof)
{
    struct digest path[MERKLE_PATH_MAX];
    struct span slice;
    size_t count = 0;
    enum err err = ERR_OK;

    buf_clear(&prover->roots);
    if (payload_page_count(size) > 1) {
        err = prover->source->names(prover->source->ctx, &question->root,
                                    NAMES_PAGE_ROOTS, &prover->roots);
    }
    if (err == ERR_OK) {
        err = challenge_path(size, question->slice, buf_span(&prover->block),
                             (const struct block_id *)prover->names.data,
                             prover->names.size / 32,
                             (const struct digest *)prover->roots.data,
                             prover->roots.size / 32, path, &count);
    }
    if (err == ERR_OK) {
        err = challenge_slice(size, question->slice, buf_span(&prover->block),
                              &slice);
    }
    if (err == ERR_OK) {
        buf_put_data(bytes, path, count * sizeof(path[0]));
        buf_put(bytes, slice);
        proof->kind = PROOF_SLICE;
        proof->path_count = count;
        proof->slice.size = slice.size;
        err = bytes->err;
    }
    return err;
}

/* What cannot be read is not held, as far as the asker is concerned. */
static void answer(struct prover *prover, const struct challenge_names *names,
                   const struct challenge *question, struct buf *bytes,
                   struct slice_proof *proof)
{
    struct source_item item;
    struct deposit deposit;
    struct block_id name;
    struct span slice;
    enum err err;

    *proof = (struct slice_proof){ .kind = PROOF_NOT_HELD,
                                   .nonce = question->nonce };
    err = find_item(prover, &question->root, 0, 0, &item);
    if (err == ERR_OK) {
        err = read_deposit(prover, item.ledger, item.index, &deposit);
    }
    if (err == ERR_OK &&
        question->slice >= payload_slice_count(deposit.payload_size)) {
        err = ERR_RANGE;
    }
    if (err == ERR_OK) {
        err = read_block(prover, &question->root, deposit.payload_size,
                         question->slice / BLOCK_SLICES, &name);
    }
    if (err != ERR_OK) {
        return;
    }
    if (question->shows) {
        (void)show(prover, question, deposit.payload_size, bytes, proof);
    } else if (challenge_slice(deposit.payload_size, question->slice,
                               buf_span(&prover->block), &slice) == ERR_OK) {
        proof->kind = PROOF_MAC;
        proof->mac = challenge_answer(names, question, slice);
    }
}

/* Paths and slices lie one after the other in `bytes`, which no longer
 * moves. */
static void point_at(const struct buf *bytes, struct slice_proof *proofs,
                     size_t count)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        struct slice_proof *proof = &proofs[i];

        if (proof->kind == PROOF_SLICE) {
            proof->path = (const struct digest *)(bytes->data + at);
            at += 32 * proof->path_count;
            proof->slice.data = bytes->data + at;
            at += proof->slice.size;
        }
    }
}

enum err prove_slices(const struct source *source,
                      const struct challenge_names *names,
                      const struct msg_challenge *asked, bool push,
                      struct buf *to)
{
    struct slice_proof proofs[CHALLENGES_PER_REQUEST_MAX];
    struct message message = { .kind = push ? MESSAGE_PUT_PROOFS
                                            : MESSAGE_CHALLENGE,
                               .reply = !push };
    struct prover *prover = prover_new(source);
    struct buf bytes;
    enum err err;

    if (prover == NULL) {
        return ERR_NO_MEMORY;
    }
    buf_init(&bytes, CHALLENGES_PER_REQUEST_MAX *
                         (SLICE_SIZE + 32 * (size_t)MERKLE_PATH_MAX));
    for (size_t i = 0; i < asked->count && i < CHALLENGES_PER_REQUEST_MAX;
         i++) {
        answer(prover, names, &asked->questions[i], &bytes, &proofs[i]);
        message.proofs.count++;
    }
    err = bytes.err;
    if (err == ERR_OK) {
        point_at(&bytes, proofs, message.proofs.count);
        message.proofs.proofs = proofs;
        err = message_encode(&message, to);
    }
    buf_done(&bytes);
    prover_free(prover);
    return err;
}

/* ---- asking ---- */

/* By our own copy, when it is as its name says. */
static void expect(struct prover *prover, const struct prove_task *task,
                   struct proved *proved)
{
    struct challenge question = { .root = proved->root,
                                  .slice = proved->slice,
                                  .nonce = task->nonce };
    struct block_id name;
    struct span slice;

    if (read_block(prover, &proved->root, proved->size,
                   proved->slice / BLOCK_SLICES, &name) == ERR_OK &&
        block_verify(buf_span(&prover->block), &name) == ERR_OK &&
        challenge_slice(proved->size, proved->slice, buf_span(&prover->block),
                        &slice) == ERR_OK) {
        proved->has_mac = true;
        proved->mac = challenge_answer(&task->names, &question, slice);
    }
}

static void make_question(struct prover *prover, const struct prove_task *task,
                          struct proved *proved)
{
    struct deposit deposit;
    uint64_t slices;

    proved->err = read_deposit(prover, task->ledger, task->index, &deposit);
    if (proved->err != ERR_OK) {
        return;
    }
    proved->root = deposit.payload_root;
    proved->size = deposit.payload_size;
    slices = payload_slice_count(deposit.payload_size);
    proved->slice = task->pick % slices;
    if (task->held) {
        expect(prover, task, proved);
    }
}

/* Where it stands, and how large it is. */
static void find_places(struct prover *prover, const struct prove_task *task,
                        struct proved *proved)
{
    struct source_item item = { .ledger = 0 };
    struct deposit deposit;

    proved->root = task->root;
    while (proved->places_count < PROVED_PLACES_MAX &&
           find_item(prover, &task->root, item.ledger, item.index, &item) ==
               ERR_OK) {
        proved->places[proved->places_count].ledger = item.ledger;
        proved->places[proved->places_count].index = item.index;
        proved->places_count++;
        item.index++;
    }
    proved->err = ERR_NOT_FOUND;
    if (proved->places_count > 0) {
        proved->err = read_deposit(prover, proved->places[0].ledger,
                                   proved->places[0].index, &deposit);
    }
    if (proved->err == ERR_OK) {
        proved->size = deposit.payload_size;
    }
}

/* Our own copy, from a block on, as far as one task may go. */
static void read_again(struct prover *prover, const struct prove_task *task,
                       struct proved *proved)
{
    uint64_t blocks = payload_block_count(proved->size);
    uint64_t bytes = 0;

    proved->read_to = task->pick;
    while (proved->read_to < blocks && bytes < PROVE_READ_MAX) {
        struct block_id name;
        enum err err = read_block(prover, &proved->root, proved->size,
                                  proved->read_to, &name);

        if (err == ERR_OK) {
            err = block_verify(buf_span(&prover->block), &name);
        }
        if (err == ERR_NOT_FOUND) {
            proved->lacking = true;
        } else if (err != ERR_OK) {
            proved->bad = true;
        } else {
            proved->good++;
        }
        bytes += prover->block.size;
        proved->read_to++;
    }
}

void prove_tasks(const struct source *source, const struct prove_task *tasks,
                 size_t count, struct proved *ret_proved)
{
    struct prover *prover = prover_new(source);

    for (size_t i = 0; i < count; i++) {
        struct proved *proved = &ret_proved[i];

        memset(proved, 0, sizeof(*proved));
        if (prover == NULL) {
            proved->err = ERR_NO_MEMORY;
        } else if (tasks[i].kind == PROVE_QUESTION) {
            make_question(prover, &tasks[i], proved);
        } else {
            find_places(prover, &tasks[i], proved);
            if (proved->err == ERR_OK && tasks[i].held) {
                read_again(prover, &tasks[i], proved);
            }
        }
    }
    if (prover != NULL) {
        prover_free(prover);
    }
}
