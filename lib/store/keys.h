/* SPDX-License-Identifier: Apache-2.0 */
/* The keys and the small values of the database, byte for byte; the table
 * stands in lib/store/README.md. Integers are big-endian, so that the order of
 * the bytes is the order of the numbers. Pure functions. */
#ifndef HF_STORE_KEYS_H
#define HF_STORE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/digest.h"
#include "model/id.h"

#define KEY_NAME_PART_MAX 255 /* bytes of a note's or a meta entry's name */
#define KEY_SIZE_MAX 272

struct key {
    size_t size;
    uint8_t bytes[KEY_SIZE_MAX];
};

/* In `meta`: names of ours begin with a zero byte; the core's never do. */
#define META_FORMAT "\0format" /* decimal text of the format version */
#define META_NODE "\0node"     /* label */
#define META_COUNTS "\0counts" /* struct counts */
#define META_FILE "\0file"     /* and the file number: struct file_entry */
#define META_KEY(name) span_of(name, sizeof(name) - 1)

/* Where a block lies, and how it is: the value in `have`. */
enum block_state {
    BLOCK_GOOD = 1,
    BLOCK_QUARANTINE = 2, /* its bytes are not its name's: not there */
};

struct block_place {
    enum block_state state;
    uint64_t file;     /* block file number, from 1; 0: in `young` */
    uint32_t position; /* in the file, from 0; 0 in `young` */
    uint64_t read_at;  /* POSIX seconds of the last re-read; 0: never */
};

#define BLOCK_PLACE_SIZE 21

/* Kept in the batch that changes them, so that nothing has to be counted. */
struct counts {
    uint64_t records;     /* leaves of all ledgers */
    uint64_t young_bytes; /* block bytes in `young` */
};

#define COUNTS_SIZE 16

/* A block file that a batch made known. One that is not entered is the rest of
 * a crash. */
struct file_entry {
    uint32_t blocks;
    uint64_t bytes;
    bool has_frame;      /* older releases did not take it down */
    struct digest frame; /* hash of all in the file that is no block: sst.h */
};

#define FILE_ENTRY_SIZE_MAX 44

void key_ledger(struct key *key, uint32_t ledger);
void key_leaf(struct key *key, uint32_t ledger, uint64_t index);
/* level <= 255 */
void key_node(struct key *key, uint32_t ledger, uint32_t level, uint64_t index);
void key_item(struct key *key, const uint8_t root[static 32], uint32_t ledger,
              uint64_t index);
void key_held(struct key *key, uint32_t ledger, uint64_t chunk);
void key_names(struct key *key, const uint8_t root[static 32], uint32_t page);
/* name.size <= KEY_NAME_PART_MAX */
void key_note(struct key *key, uint32_t kind, struct span name,
              uint64_t number);
void key_id(struct key *key, const uint8_t id[static 32]);
void key_place(struct key *key, uint64_t file, uint32_t position);
void key_block_file(struct key *key, uint64_t file);

static inline struct span key_span(const struct key *key)
{
    return span_of(key->bytes, key->size);
}

/* The number in a key of key_block_file(); false when it is none. */
MUST_USE bool key_block_file_parse(struct span key, uint64_t *ret_file);

void block_place_encode(const struct block_place *place,
                        uint8_t bytes[static BLOCK_PLACE_SIZE]);
/* ERR_CORRUPT is the only error of these. */
MUST_USE enum err block_place_decode(struct span bytes,
                                     struct block_place *ret_place);
void counts_encode(const struct counts *counts,
                   uint8_t bytes[static COUNTS_SIZE]);
MUST_USE enum err counts_decode(struct span bytes, struct counts *ret_counts);
/* Gives the size. */
size_t file_entry_encode(const struct file_entry *entry,
                         uint8_t bytes[static FILE_ENTRY_SIZE_MAX]);
MUST_USE enum err file_entry_decode(struct span bytes,
                                    struct file_entry *ret_entry);

#endif
