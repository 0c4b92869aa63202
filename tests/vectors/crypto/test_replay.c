/* SPDX-License-Identifier: Apache-2.0 */
/* noise/replay.tsv: counters in the order in which they come. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

#include "crypto/replay.h"
#include "support/vectors.h"

#define LINE_SIZE 200

struct run {
    struct replay replay;
    char group[16];
    size_t count; /* counters tried */
};

static void begin_group(struct run *run, const char *group)
{
    if (strcmp(run->group, group) != 0) {
        replay_init(&run->replay);
        snprintf(run->group, sizeof(run->group), "%s", group);
    }
}

static void try_one(struct run *run, uint64_t counter, bool expected)
{
    bool checked = replay_check(&run->replay, counter);

    cr_assert_eq(checked, expected, "%s: %" PRIu64, run->group, counter);
    cr_assert_eq(replay_mark(&run->replay, counter), expected);
    run->count++;
}

static void try_line(struct run *run, const char *line)
{
    char group[16];
    uint64_t first;
    uint64_t last;
    int expected;

    if (line[0] == '#' || line[0] == '\0') {
        return;
    }
    if (sscanf(line, "%15s %" SCNu64 " %" SCNu64 " %d", group, &first, &last,
               &expected) == 4) {
        begin_group(run, group);
        for (uint64_t at = first;; at += first <= last ? 1 : UINT64_MAX) {
            try_one(run, at, expected == 1);
            if (at == last) {
                return;
            }
        }
    }
    cr_assert_eq(sscanf(line, "%15s %" SCNu64 " %d", group, &first, &expected),
                 3, "%s", line);
    begin_group(run, group);
    try_one(run, first, expected == 1);
}

/* Every counter of the list is taken or refused as it says. */
Test(replay, follows_the_list)
{
    static struct run run;
    struct buf bytes;
    char line[LINE_SIZE];
    size_t size = 0;

    buf_init(&bytes, 65536);
    vectors_read("noise/replay.tsv", &bytes);
    for (size_t at = 0; at < bytes.size; at++) {
        if (bytes.data[at] != '\n') {
            cr_assert(size < LINE_SIZE - 1);
            line[size++] = (char)bytes.data[at];
            continue;
        }
        line[size] = '\0';
        try_line(&run, line);
        size = 0;
    }
    cr_expect_eq(size, 0);
    cr_expect(run.count > 4 * 8128, "only %zu counters", run.count);
    buf_done(&bytes);
}
