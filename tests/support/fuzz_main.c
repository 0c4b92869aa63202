/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one fuzz target without libFuzzer, so that every test run feeds each
 * parser: all files of a corpus, then inputs bred from them and from nothing.
 * Same seed, same inputs; the seed is printed.
 *
 *   fuzz_NAME [--seed N] [--runs N] [CORPUS...] */
#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/rng.h"

#define INPUT_SIZE_MAX 65536
#define SEED_COUNT_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

struct input {
    uint8_t *data; /* owned */
    size_t size;
};

struct corpus {
    struct input inputs[SEED_COUNT_MAX];
    size_t count;
};

static void corpus_add_file(struct corpus *corpus, const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL || corpus->count == SEED_COUNT_MAX) {
        fprintf(stderr, "%s: cannot be read, or too many inputs\n", path);
        exit(1);
    }
    struct input *input = &corpus->inputs[corpus->count++];
    input->data = malloc(INPUT_SIZE_MAX);
    if (input->data == NULL) {
        abort();
    }
    input->size = fread(input->data, 1, INPUT_SIZE_MAX, file);
    fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void corpus_add(struct corpus *corpus, const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        corpus_add_file(corpus, path);
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, by_name);
    for (int index = 0; index < count; index++) {
        if (entries[index]->d_name[0] != '.') {
            char child[4096];
            snprintf(child, sizeof(child), "%s/%s", path,
                     entries[index]->d_name);
            corpus_add(corpus, child);
        }
        free(entries[index]);
    }
    if (count >= 0) {
        free(entries);
    }
}

/* One change that parsers tend to stumble over. */
static size_t mutate_once(struct rng *rng, uint8_t *data, size_t size)
{
    static const uint8_t bytes[] = "\n \0\xff-0:=/,\x80\x7f";

    if (size == 0) {
        data[0] = (uint8_t)rng_next(rng);
        return 1;
    }
    size_t at = rng_below(rng, size);
    size_t length = 1 + rng_below(rng, size - at < 64 ? size - at : 64);
    switch (rng_below(rng, 6)) {
    case 0: /* flip a bit */
        data[at] ^= (uint8_t)(1U << rng_below(rng, 8));
        return size;
    case 1: /* a byte with a meaning */
        data[at] = bytes[rng_below(rng, sizeof(bytes) - 1)];
        return size;
    case 2: /* cut the end off */
        return at;
    case 3: /* take a piece out */
        memmove(data + at, data + at + length, size - at - length);
        return size - length;
    case 4: /* say a piece twice */
        if (size + length > INPUT_SIZE_MAX) {
            return size;
        }
        memmove(data + at + length, data + at, size - at);
        return size + length;
    default: /* noise */
        rng_fill(rng, data + at, length);
        return size;
    }
}

/* The target sees a block of exactly its size, so that AddressSanitizer sees
 * the first byte read beyond it. */
static void feed(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void breed(const struct corpus *corpus, struct rng *rng)
{
    static uint8_t data[INPUT_SIZE_MAX];
    size_t size = 0;

    if (corpus->count > 0 && rng_below(rng, 16) != 0) {
        const struct input *parent =
            &corpus->inputs[rng_below(rng, corpus->count)];
        memcpy(data, parent->data, parent->size);
        size = parent->size;
    } else {
        size = rng_below(rng, 512);
        rng_fill(rng, data, size);
    }
    for (uint64_t left = 1 + rng_below(rng, 4); left > 0; left--) {
        size = mutate_once(rng, data, size);
    }
    feed(data, size);
}

int main(int argc, char **argv)
{
    static struct corpus corpus;
    uint64_t seed = 20261124;
    uint64_t runs = 5000;

    if (LLVMFuzzerInitialize != NULL) {
        LLVMFuzzerInitialize(&argc, &argv);
    }
    for (int index = 1; index < argc; index++) {
        if (strcmp(argv[index], "--seed") == 0 && index + 1 < argc) {
            seed = strtoull(argv[++index], NULL, 10);
        } else if (strcmp(argv[index], "--runs") == 0 && index + 1 < argc) {
            runs = strtoull(argv[++index], NULL, 10);
        } else {
            corpus_add(&corpus, argv[index]);
        }
    }
    printf("seed %" PRIu64 ", %zu files, %" PRIu64 " more inputs\n", seed,
           corpus.count, runs);
    fflush(stdout);
    feed((const uint8_t *)"", 0);
    for (size_t index = 0; index < corpus.count; index++) {
        feed(corpus.inputs[index].data, corpus.inputs[index].size);
    }
    struct rng rng;
    rng_init(&rng, seed);
    for (uint64_t index = 0; index < runs; index++) {
        breed(&corpus, &rng);
    }
    for (size_t index = 0; index < corpus.count; index++) {
        free(corpus.inputs[index].data);
    }
    return 0;
}
