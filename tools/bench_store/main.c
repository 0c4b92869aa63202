/* SPDX-License-Identifier: Apache-2.0 */
/* bench_store: fills the data directory of a node that never ran with a ledger
 * of synthetic records, for tools/bench only; never installed. The same numbers
 * give the same ledger, so that several nodes can be given one owner's. All
 * items count as held, though they have no blocks; but the last ones (--real)
 * have a payload of one slice and a header object, and a node may be told to
 * lack those (--lacking). */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/rng.h"
#include "crypto/key_file.h"
#include "crypto/node_key.h"
#include "crypto/secret.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "model/block.h"
#include "model/record.h"
#include "model/roster.h"
#include "model/roster_chain.h"
#include "store/store.h"
#include "wire/message.h"

#define BATCH_LEAVES 4096
#define CLOCK_S 1795000000ULL

struct filler {
    const char *data;
    const char *node;
    const char *owner;
    const char *key_path;
    const char *roster_path;
    uint64_t items;
    uint64_t real;
    bool lacking;
    struct roster_chain *chain;
    struct node_key key;
    struct store *store;
    struct origin origin;
    struct frontier frontier;
    struct batch batch;
    struct store_group *group;
    struct buf leaf;
    struct record *record;
    uint8_t *held;
};

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_store: %s: %s\n", what, why);
    exit(1);
}

static void must(enum err err, const char *what, const struct why *why)
{
    if (err != ERR_OK) {
        die(what,
            why != NULL && why->text[0] != '\0' ? why->text : err_text(err));
    }
}

static void read_file(const char *path, struct buf *bytes)
{
    FILE *file = fopen(path, "rb");
    char part[65536];
    size_t size;

    if (file == NULL) {
        die(path, "cannot be opened");
    }
    while ((size = fread(part, 1, sizeof(part), file)) > 0) {
        buf_put_data(bytes, part, size);
    }
    (void)fclose(file);
    must(bytes->err, path, NULL);
}

static void open_all(struct filler *filler)
{
    struct why why = { "" };
    struct store_opened opened;
    struct secret *seed = NULL;
    struct label owner;
    struct lid lid = { { 0xbe, 0x9c } };
    struct buf bytes;

    buf_init(&bytes, 64 << 20);
    read_file(filler->roster_path, &bytes);
    must(roster_chain_parse(buf_span(&bytes), &filler->chain, &why), "roster",
         &why);
    buf_clear(&bytes);
    read_file(filler->key_path, &bytes);
    must(key_file_parse(buf_span(&bytes), KEY_NODE, &seed, &why), "key", &why);
    must(node_key_init(&filler->key, secret_data(seed)), "key", NULL);
    secret_free(seed);
    buf_wipe(&bytes);
    must(label_parse(span_str(filler->owner), &owner), "owner", NULL);
    origin_make(&filler->chain->cid, &owner, &lid, &filler->origin);
    must(store_open(filler->data, filler->node, 1 << 20, &filler->store,
                    &opened, &why),
         "store", &why);
}

/* ---- one leaf ---- */

static void put_node(void *ctx, unsigned level, uint64_t index,
                     const struct digest *hash)
{
    struct batch_op op = { .kind = BATCH_NODE, .level = level, .index = index };

    batch_add(ctx, &op, span_of(NULL, 0), span_of(hash->bytes, 32));
}

static void append(struct filler *filler)
{
    struct merkle_sink sink = { .put = put_node, .ctx = &filler->batch };
    struct batch_op op = { .kind = BATCH_LEAF, .index = filler->frontier.size };
    struct digest hash;

    buf_clear(&filler->leaf);
    record_format(&filler->leaf, filler->record);
    must(filler->leaf.err, "leaf", NULL);
    batch_add(&filler->batch, &op, span_of(NULL, 0), buf_span(&filler->leaf));
    record_leaf_hash(buf_span(&filler->leaf), &hash);
    frontier_append(&filler->frontier, &hash, &sink);
}

/* The bytes of item `number`; what is not real has none of them. */
static void make_real(struct filler *filler, uint64_t number,
                      struct deposit *deposit)
{
    struct batch_op op = { .kind = BATCH_HEADER };
    struct block_id name;
    struct why why = { "" };
    struct rng rng;
    uint8_t *block = malloc(SLICE_SIZE);
    uint8_t header[256];

    if (block == NULL) {
        die("item", "no memory");
    }
    rng_init(&rng, number);
    for (size_t i = 0; i + 8 <= SLICE_SIZE; i += 8) {
        uint64_t word = rng_next(&rng);

        memcpy(block + i, &word, 8);
    }
    memcpy(header, block, sizeof(header));
    must(block_name(span_of(block, SLICE_SIZE), &name), "block", NULL);
    must(header_name(span_of(header, sizeof(header)), &deposit->header_id),
         "header", NULL);
    deposit->header_size = sizeof(header);
    memcpy(deposit->payload_root.bytes, name.bytes, 32);
    if (!filler->lacking) {
        memcpy(op.id, deposit->header_id.bytes, 32);
        batch_add(&filler->batch, &op, span_of(NULL, 0),
                  span_of(header, sizeof(header)));
        must(store_group_add(filler->group, &name, span_of(block, SLICE_SIZE),
                             &why),
             "block", &why);
    }
    free(block);
}

static void add_item(struct filler *filler, uint64_t number)
{
    struct deposit *deposit = &filler->record->deposit;
    struct batch_op op = { .kind = BATCH_ITEM, .index = filler->frontier.size };
    struct digest digest = digest_of(span_of(&number, sizeof(number)));
    uint8_t value[64];
    bool real = number >= filler->items - filler->real;

    filler->record->kind = RECORD_DEPOSIT;
    filler->record->time = CLOCK_S + number / 100;
    deposit->payload_size = SLICE_SIZE;
    deposit->header_size = 4096;
    memcpy(deposit->payload_root.bytes, digest.bytes, 32);
    memcpy(deposit->header_id.bytes, digest.bytes, 32);
    memcpy(deposit->commitment.bytes, digest.bytes, 32);
    if (real) {
        make_real(filler, number, deposit);
    }
    if (!real || !filler->lacking) {
        filler->held[op.index / 8] |= (uint8_t)(1u << op.index % 8);
    }
    memcpy(op.id, deposit->payload_root.bytes, 32);
    memcpy(value, deposit->header_id.bytes, 32);
    memcpy(value + 32, deposit->commitment.bytes, 32);
    batch_add(&filler->batch, &op, span_of(NULL, 0),
              span_of(value, sizeof(value)));
    append(filler);
}

/* ---- all of it ---- */

static void commit(struct filler *filler)
{
    struct why why = { "" };

    must(filler->batch.err, "batch", NULL);
    must(store_commit(filler->store, filler->group, &filler->batch, &why),
         "commit", &why);
    batch_done(&filler->batch);
    batch_init(&filler->batch, 64 << 20);
    filler->group = store_group_new(filler->store);
}

static void put_leaves(struct filler *filler)
{
    struct batch_op op = { .kind = BATCH_LEDGER };

    filler->record->origin = filler->origin;
    filler->record->has_roster = true;
    filler->record->roster = roster_chain_newest(filler->chain)->hash;
    batch_add(&filler->batch, &op, span_of(NULL, 0),
              origin_span(&filler->origin));
    filler->record->kind = RECORD_OPEN;
    filler->record->time = CLOCK_S;
    filler->record->open.reason = OPEN_NEW;
    filler->held[0] |= 1;
    append(filler);
    memset(&filler->record->deposit, 0, sizeof(filler->record->deposit));
    for (uint64_t i = 0; i < filler->items; i++) {
        add_item(filler, i);
        if (i % BATCH_LEAVES == BATCH_LEAVES - 1) {
            commit(filler);
        }
    }
}

static void put_held(struct filler *filler)
{
    struct batch_op op = { .kind = BATCH_HELD };
    size_t size = HELD_CHUNK_BITS / 8;

    for (op.index = 0; op.index * HELD_CHUNK_BITS < filler->frontier.size;
         op.index++) {
        batch_add(&filler->batch, &op, span_of(NULL, 0),
                  span_of(filler->held + op.index * size, size));
    }
}

static void put_checkpoint(struct filler *filler)
{
    struct checkpoint checkpoint = { .size = filler->frontier.size };
    struct batch_op op = { .kind = BATCH_NOTE, .level = NOTE_CHECKPOINT };
    struct note_key key;
    struct buf text;
    struct buf note;

    memcpy(checkpoint.origin, filler->origin.text, sizeof(checkpoint.origin));
    frontier_root(&filler->frontier, &checkpoint.root);
    buf_init(&text, NOTE_SIZE_MAX);
    buf_init(&note, NOTE_SIZE_MAX);
    checkpoint_format(&text, &checkpoint);
    key_of_ledger(&filler->origin, filler->key.ledger.public_key.bytes, &key);
    must(note_sign(&note, buf_span(&text), &key, &filler->key.ledger),
         "checkpoint", NULL);
    batch_add(&filler->batch, &op, origin_span(&filler->origin),
              buf_span(&note));
    buf_done(&text);
    buf_done(&note);
}

static void set_mark(struct filler *filler)
{
    const struct roster *roster = roster_chain_newest(filler->chain);
    struct store_mark mark = { .has_ledger = true,
                               .origin = filler->origin,
                               .size = filler->frontier.size,
                               .roster_version = roster->version,
                               .roster_hash = roster->hash };
    struct why why = { "" };

    frontier_root(&filler->frontier, &mark.root);
    must(store_set_mark(filler->store, &mark, &why), "mark", &why);
}

static void fill(struct filler *filler)
{
    open_all(filler);
    frontier_init(&filler->frontier);
    batch_init(&filler->batch, 64 << 20);
    buf_init(&filler->leaf, LEAF_SIZE_MAX);
    filler->record = calloc(1, sizeof(*filler->record));
    filler->held = calloc(1, filler->items / 8 + HELD_CHUNK_BITS);
    filler->group = store_group_new(filler->store);
    if (filler->record == NULL || filler->held == NULL ||
        filler->group == NULL) {
        die("begin", "no memory");
    }
    put_leaves(filler);
    put_held(filler);
    put_checkpoint(filler);
    commit(filler);
    store_group_free(filler->group);
    if (strcmp(filler->node, filler->owner) == 0) {
        set_mark(filler);
    }
    store_close(filler->store);
    batch_done(&filler->batch);
    buf_done(&filler->leaf);
    free(filler->record);
    free(filler->held);
    node_key_done(&filler->key);
    roster_chain_free(filler->chain);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "data", required_argument, NULL, 'd' },
        { "node", required_argument, NULL, 'n' },
        { "owner", required_argument, NULL, 'o' },
        { "owner-key", required_argument, NULL, 'k' },
        { "roster", required_argument, NULL, 'r' },
        { "items", required_argument, NULL, 'i' },
        { "real", required_argument, NULL, 'R' },
        { "lacking", no_argument, NULL, 'l' },
        { NULL, 0, NULL, 0 }
    };
    struct filler filler = { .items = 0 };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            filler.data = optarg;
            break;
        case 'n':
            filler.node = optarg;
            break;
        case 'o':
            filler.owner = optarg;
            break;
        case 'k':
            filler.key_path = optarg;
            break;
        case 'r':
            filler.roster_path = optarg;
            break;
        case 'i':
            filler.items = strtoull(optarg, NULL, 10);
            break;
        case 'R':
            filler.real = strtoull(optarg, NULL, 10);
            break;
        case 'l':
            filler.lacking = true;
            break;
        default:
            return 2;
        }
    }
    if (filler.data == NULL || filler.node == NULL || filler.owner == NULL ||
        filler.key_path == NULL || filler.roster_path == NULL ||
        filler.items == 0 || filler.real > filler.items) {
        (void)fprintf(stderr, "bench_store: --data --node --owner --owner-key "
                              "--roster --items [--real N] [--lacking]\n");
        return 2;
    }
    must(crypto_init(), "libsodium", NULL);
    fill(&filler);
    return 0;
}
