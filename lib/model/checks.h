/* SPDX-License-Identifier: Apache-2.0 */
/* What came of our challenges to one other node: numbers of each of the last
 * 30 UTC days, and the items of which an answer was wrong. Days ascend, each
 * once; failures are one an item. A node that its own clock puts back in time
 * goes on counting in the newest day. Times are POSIX seconds. No pointer:
 * copied by assignment. Pure functions. Format of the text in which a store
 * keeps it: proto/README.md, Challenges. */
#ifndef HF_MODEL_CHECKS_H
#define HF_MODEL_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "model/id.h"

#define CHECKS_DAYS 30
#define CHECKS_FAILURES_MAX 64
#define CHECKS_SIZE_MAX 32768 /* bytes of the text */

enum check_result {
    CHECK_GOOD,
    CHECK_BAD,
    CHECK_SILENT /* no answer in time, or none that says anything */
};

struct checks_day {
    uint64_t day; /* since 1970, UTC */
    uint64_t asked;
    uint64_t good;
    uint64_t bad;
};

enum failure_state {
    FAILURE_DENIED, /* it says that it does not hold what it claimed */
    FAILURE_WRONG,  /* a wrong answer; its copy does not count */
    FAILURE_REPAIRED
};

struct checks_failure {
    struct origin origin;
    uint64_t index;
    uint64_t slice; /* of the question */
    uint64_t time;  /* of the last failure */
    enum failure_state state;
};

struct checks {
    struct label node;
    bool has_good;
    uint64_t good_time; /* of the last right answer */
    bool has_reported;
    uint64_t reported_time; /* when the failures that others state grew last, */
    uint64_t reported_bad;  /* to so many */
    size_t days_count;
    struct checks_day days[CHECKS_DAYS];
    size_t failures_count;
    struct checks_failure failures[CHECKS_FAILURES_MAX];
};

void checks_init(struct checks *checks, const struct label *node);
void checks_count(struct checks *checks, uint64_t now_s,
                  enum check_result result);
/* The sums over the last `days` UTC days, today included; day means nothing. */
struct checks_day checks_sum(const struct checks *checks, uint64_t now_s,
                             unsigned days);

/* Borrowed, or NULL. */
struct checks_failure *checks_find(struct checks *checks,
                                   const struct origin *origin, uint64_t index);
/* The one of this item, a new one (DENIED) when there is none. NULL: no room
 * beside failures that still count; then there are more than enough. */
struct checks_failure *checks_fail(struct checks *checks,
                                   const struct origin *origin, uint64_t index,
                                   uint64_t slice);
void checks_remove(struct checks *checks, struct checks_failure *failure);
/* Were answers about two items wrong within 7 days of each other, and not all
 * before `scrubbed`? */
bool checks_doubted(const struct checks *checks, bool has_scrubbed,
                    uint64_t scrubbed);

void checks_format(const struct checks *checks, struct buf *to);
/* ERR_MALFORMED, ERR_UNREADABLE (another version), ERR_NO_MEMORY. */
MUST_USE enum err checks_parse(struct span text, struct checks *ret_checks,
                               struct why *ret_why);

#endif
