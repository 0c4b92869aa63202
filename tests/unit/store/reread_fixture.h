/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of reading again share: a pass over a store, whose findings
 * are set aside as the core does it. */
#ifndef HF_STORE_REREAD_FIXTURE_H
#define HF_STORE_REREAD_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/bad_block.h"
#include "store/reread.h"
#include "store/store.h"

#define BLOCKS 5
#define PIECE (64 << 20)

/* What a whole pass found. */
struct pass {
    struct bad_block bad[64];
    size_t bad_count;
    struct bad_user users[64];
    size_t users_count;
    size_t aside; /* what is in quarantine is told in each pass */
    size_t left;
    size_t lost_row_max;
    size_t steps;
    uint64_t bytes;
    bool has_note;
};

void set_aside(struct store *store, const struct reread_found *found);
/* To the end. */
void go_on(struct store *store, struct store_reread *reread, uint64_t piece,
           struct pass *pass);
struct pass pass_over(struct store *store);
/* A block of BLOCK_SIZE_MAX. */
bool is_held(struct store *store, uint64_t seed);
/* Was it found bad? */
bool names(const struct pass *pass, uint64_t seed, size_t size);

#endif
