/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sample.h"

#include "base/bytes.h"
#include "base/span.h"
#include "core/holdings.h"

void sample_init(struct node *node)
{
    struct span parts[] = {
        span_str("holdfast challenges"),
        span_of(node->ledger_id_seed, sizeof(node->ledger_id_seed)),
    };

    node->proofs.seed = digest_of_parts(parts, 2);
}

struct digest sample_draw(struct node *node)
{
    uint8_t number[8];
    struct span parts[] = {
        span_of(node->proofs.seed.bytes, DIGEST_SIZE),
        span_of(number, sizeof(number)),
    };

    node->proofs.drawn++;
    bytes_put_u64(number, node->proofs.drawn);
    return digest_of_parts(parts, 2);
}

uint64_t sample_number(struct node *node)
{
    struct digest drawn = sample_draw(node);
    uint64_t number = 0;

    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | drawn.bytes[i];
    }
    return number >> 1; /* the decimals of a store end there */
}

static uint64_t claimed_word(const struct ledger *ledger, uint32_t slot,
                             uint64_t word)
{
    uint64_t bits =
        bits_word(ledger->claimed[slot].bits, ledger->claimed[slot].room, word);

    return word == 0 ? bits & ~1ULL : bits; /* leaf 0 is no item */
}

static uint64_t count_claimed(const struct ledger *ledger, uint32_t slot)
{
    uint64_t count = 0;

    for (uint64_t i = 0; i * 64 < ledger->claimed[slot].size; i++) {
        count += (uint64_t)__builtin_popcountll(claimed_word(ledger, slot, i));
    }
    return count;
}

/* The claimed leaf number `nth` of this ledger, from 0. */
static uint64_t nth_claimed(const struct ledger *ledger, uint32_t slot,
                            uint64_t nth)
{
    for (uint64_t i = 0; i * 64 < ledger->claimed[slot].size; i++) {
        uint64_t bits = claimed_word(ledger, slot, i);
        uint64_t count = (uint64_t)__builtin_popcountll(bits);

        if (nth >= count) {
            nth -= count;
            continue;
        }
        while (nth > 0) {
            bits &= bits - 1;
            nth--;
        }
        return 64 * i + (uint64_t)__builtin_ctzll(bits);
    }
    return 0;
}

bool sample_item(struct node *node, uint32_t slot, uint32_t *ret_ledger,
                 uint64_t *ret_index)
{
    uint64_t total = 0;
    uint64_t nth;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL) {
            total += count_claimed(node->ledgers[i], slot);
        }
    }
    if (total == 0) {
        return false;
    }
    nth = sample_number(node) % total;
    for (uint32_t i = 0; i < node->ledgers_end; i++) {
        uint64_t count = node->ledgers[i] == NULL
                             ? 0
                             : count_claimed(node->ledgers[i], slot);

        if (nth < count) {
            *ret_ledger = i;
            *ret_index = nth_claimed(node->ledgers[i], slot, nth);
            return true;
        }
        nth -= count;
    }
    return false;
}
