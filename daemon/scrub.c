/* SPDX-License-Identifier: Apache-2.0 */
#include "scrub.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "core/node.h"
#include "log.h"
#include "pool/pool.h"
#include "store/reread.h"

#define STEP_SIZE (8ULL << 20) /* bytes of one job */
#define RATE_MIN 1000000ULL    /* bytes a second */
#define WINDOW_MINUTES 360
#define DAY_MINUTES 1440

struct scrub {
    struct store *store;         /* borrowed */
    struct pool *pool;           /* borrowed */
    const struct node *node;     /* borrowed */
    const struct config *config; /* borrowed */
    struct sink sink;
    struct store_reread *reread; /* owned */
    struct pool_job job;
    bool is_stopped;
    bool is_busy;      /* the job is with the pool */
    bool for_doubts;   /* it looks at doubts, not at the pass */
    bool begins;       /* it begins the pass, or goes on with an old one */
    bool is_under_way; /* a pass is, since this start */
    bool is_hurried;   /* an order: the window does not count */
    bool wants_hurry;
    bool writes;    /* its next step writes */
    uint64_t began; /* POSIX seconds */
    uint64_t total; /* bytes of block files */
    int64_t budget; /* bytes that may be read now */
    uint64_t tick_ms;
    uint8_t at[REREAD_AT_SIZE];
    size_t at_size; /* to begin from */
    struct reread_found found;
    enum err err;
    struct why why;
};

enum err scrub_new(struct store *store, struct pool *pool,
                   const struct node *node, const struct config *config,
                   const struct sink *sink, bool hurry,
                   struct scrub **ret_scrub)
{
    struct scrub *scrub = calloc(1, sizeof(*scrub));

    if (scrub == NULL) {
        return ERR_NO_MEMORY;
    }
    scrub->reread = store_reread_new(store);
    if (scrub->reread == NULL) {
        free(scrub);
        return ERR_NO_MEMORY;
    }
    scrub->store = store;
    scrub->pool = pool;
    scrub->node = node;
    scrub->config = config;
    scrub->sink = *sink;
    scrub->wants_hurry = hurry;
    *ret_scrub = scrub;
    return ERR_OK;
}

void scrub_free(struct scrub *scrub)
{
    if (scrub != NULL) {
        store_reread_free(scrub->reread);
        free(scrub);
    }
}

void scrub_stop(struct scrub *scrub)
{
    scrub->is_stopped = true;
}

/* ---- when, and how fast ---- */

uint64_t scrub_rate(const struct config *config, uint64_t total)
{
    uint64_t seconds = config->scrub_period / 1000 / 5 * 2;
    uint64_t rate;

    if (config->scrub_start != 0) {
        seconds = seconds / DAY_MINUTES * WINDOW_MINUTES;
    }
    rate = total / (seconds > 0 ? seconds : 1) + 1;
    if (rate < RATE_MIN) {
        rate = RATE_MIN;
    }
    return rate < config->scrub_max_read ? rate : config->scrub_max_read;
}

bool scrub_open(const struct config *config, unsigned minute)
{
    unsigned start;

    if (config->scrub_start == 0) {
        return true;
    }
    start = (unsigned)config->scrub_start - 1;
    return (minute + DAY_MINUTES - start) % DAY_MINUTES < WINDOW_MINUTES;
}

uint64_t scrub_due_s(const struct config *config, uint64_t scrubbed)
{
    return scrubbed == 0 ? 0 : scrubbed + config->scrub_period / 2000;
}

static bool is_open_now(const struct scrub *scrub)
{
    time_t now = time(NULL);
    struct tm local;

    if (scrub->is_hurried || scrub->wants_hurry) {
        return true;
    }
    tzset();
    if (localtime_r(&now, &local) == NULL) {
        return true;
    }
    return scrub_open(scrub->config,
                      (unsigned)(local.tm_hour * 60 + local.tm_min));
}

/* ---- one job ---- */

static void work(void *ctx)
{
    struct scrub *scrub = ctx;

    scrub->why.text[0] = '\0';
    scrub->err = ERR_OK;
    if (scrub->for_doubts) {
        scrub->err =
            store_reread_doubts(scrub->reread, &scrub->found, &scrub->why);
        return;
    }
    if (scrub->begins) {
        scrub->err = store_reread_begin(
            scrub->reread, span_of(scrub->at, scrub->at_size), &scrub->why);
    }
    if (scrub->err == ERR_OK) {
        scrub->err = store_reread_step(scrub->reread, STEP_SIZE, &scrub->found,
                                       &scrub->why);
    }
}

static void tell(struct scrub *scrub)
{
    const struct reread_found *found = &scrub->found;
    struct event event = { .kind = EVENT_REREAD };
    uint8_t at[REREAD_AT_SIZE];

    if (!scrub->for_doubts) {
        store_reread_at(scrub->reread, at);
        event.reread.at = span_of(at, sizeof(at));
        event.reread.began = scrub->began;
        event.reread.ended = found->ended;
        event.reread.permille = found->done_permille;
        event.reread.lost_row = found->lost_row;
    }
    event.reread.bad = found->bad;
    event.reread.bad_count = found->bad_count;
    event.reread.users = found->users;
    event.reread.users_count = found->users_count;
    event.reread.blocks = found->blocks;
    event.reread.note = found->note.text[0] != '\0' ? found->note.text : NULL;
    scrub->sink.event(scrub->sink.ctx, &event);
}

static void go_on(struct scrub *scrub);

static void done(void *ctx)
{
    struct scrub *scrub = ctx;

    scrub->is_busy = false;
    if (scrub->err == ERR_FULL) {
        log_line(LOG_LEVEL_WARNING, "SCRUB-FULL", "",
                 "a damaged file keeps its good blocks until there is room to "
                 "write them anew: %s",
                 scrub->why.text);
    } else if (scrub->err != ERR_OK) {
        scrub->sink.fatal(scrub->sink.ctx, scrub->err, scrub->why.text);
        return;
    }
    if (!scrub->for_doubts) {
        scrub->begins = false;
        scrub->total = scrub->found.total;
        scrub->writes = scrub->found.writes;
        scrub->budget -= (int64_t)scrub->found.bytes;
        if (scrub->found.ended) {
            scrub->is_under_way = false;
            scrub->is_hurried = false;
        }
    }
    tell(scrub);
    go_on(scrub);
}

static void submit(struct scrub *scrub, bool for_doubts)
{
    scrub->for_doubts = for_doubts;
    scrub->job = (struct pool_job){ .work = work,
                                    .done = done,
                                    .ctx = scrub,
                                    .lane = !for_doubts && scrub->writes
                                                ? LANE_COMMIT
                                                : POOL_NO_LANE };
    /* A full pool: with the next tick. */
    scrub->is_busy = pool_submit(scrub->pool, &scrub->job) == ERR_OK;
}

/* The next step, as long as it may be. */
static void go_on(struct scrub *scrub)
{
    struct node_scrub wanted;

    node_scrub(scrub->node, &wanted);
    if (scrub->is_stopped || scrub->is_busy || wanted.paused) {
        return;
    }
    if (store_doubted(scrub->store)) {
        submit(scrub, true);
    } else if (scrub->is_under_way && !wanted.ordered && scrub->budget > 0) {
        submit(scrub, false);
    }
}

/* ---- beginning ---- */

static void begin(struct scrub *scrub, const struct node_scrub *wanted,
                  uint64_t clock_s)
{
    bool anew = wanted->ordered || scrub->wants_hurry || wanted->began == 0;

    scrub->is_under_way = true;
    scrub->begins = true;
    scrub->writes = false;
    scrub->is_hurried = wanted->ordered || scrub->wants_hurry;
    scrub->wants_hurry = false;
    scrub->at_size = 0;
    scrub->began = clock_s > 0 ? clock_s : 1;
    if (anew && scrub->began == wanted->began) {
        scrub->began++; /* another one in the same second */
    }
    if (!anew) {
        scrub->began = wanted->began;
        scrub->is_hurried = wanted->hurried;
        scrub->at_size =
            wanted->at.size <= sizeof(scrub->at) ? wanted->at.size : 0;
        if (scrub->at_size > 0) {
            memcpy(scrub->at, wanted->at.data, scrub->at_size);
        }
    }
    log_line(LOG_LEVEL_INFO, anew ? "SCRUB-BEGAN" : "SCRUB-RESUMED", "",
             anew ? "reading all that is stored again"
                  : "reading goes on where it was");
}

static bool is_due(const struct scrub *scrub, const struct node_scrub *wanted,
                   uint64_t clock_s)
{
    if (wanted->ordered || scrub->wants_hurry) {
        return true;
    }
    return !scrub->is_under_way && is_open_now(scrub) &&
           (wanted->began != 0 ||
            clock_s >= scrub_due_s(scrub->config, wanted->scrubbed));
}

void scrub_tick(struct scrub *scrub, uint64_t now_ms, uint64_t clock_s)
{
    uint64_t passed_ms = now_ms - scrub->tick_ms;
    struct node_scrub wanted;
    uint64_t rate = scrub->is_hurried ? scrub->config->scrub_max_read
                                      : scrub_rate(scrub->config, scrub->total);

    node_scrub(scrub->node, &wanted);
    scrub->tick_ms = now_ms;
    if (passed_ms > 1000) {
        passed_ms = 1000;
    }
    if (scrub->budget < 0 || scrub->budget < (int64_t)rate) {
        scrub->budget += (int64_t)(rate * passed_ms / 1000);
    }
    if (scrub->is_busy || wanted.paused) {
        return;
    }
    if (is_due(scrub, &wanted, clock_s)) {
        begin(scrub, &wanted, clock_s);
        if (scrub->budget <= 0) {
            scrub->budget = 1;
        }
        submit(scrub, false); /* so that the core sees that it begins */
        return;
    }
    if (scrub->is_under_way && !is_open_now(scrub)) {
        scrub->budget = 0;
    }
    go_on(scrub);
}
