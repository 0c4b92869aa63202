/* SPDX-License-Identifier: Apache-2.0 */
/* What the pool does for a request: answers that are read from the store, and
 * looking at what a deposit brought before the core hears of it. Loop thread;
 * the work itself runs on the pool. A request is busy while a job has it; its
 * bytes are sealed for the network on the pool too. */
#ifndef HF_DAEMON_SERVING_H
#define HF_DAEMON_SERVING_H

#include "base/compiler.h"
#include "base/err.h"
#include "core/effect.h"
#include "request.h"
#include "sink.h"

struct pool;
struct source;
struct writer;
struct serving;

/* `source` reads what is durable. All borrowed until serving_free(). */
MUST_USE enum err serving_new(struct pool *pool, const struct source *source,
                              struct writer *writer, const struct sink *sink,
                              struct serving **ret_serving);
void serving_free(struct serving *serving);

/* EFFECT_SERVE: serve_answer(), then the answer goes out. */
void serving_answer(struct serving *serving, struct request *request,
                    const struct effect *effect);
/* EFFECT_RECEIPTS: serve_receipts(), then the answer goes out. */
void serving_receipts(struct serving *serving, struct request *request,
                      const struct effect *effect);
/* EFFECT_LOAD: fetch_load(), then EVENT_LOADED. */
void serving_load(struct serving *serving, const struct effect *effect);

/* A DEPOSIT came: verify its blocks, append them, check its items, then
 * EVENT_ASKED. Bad blocks or no space: the request is refused here, and nothing
 * of it is used. */
void serving_deposit(struct serving *serving, struct request *request);
/* A RECEIPTS came: find its items, then EVENT_ASKED. */
void serving_find(struct serving *serving, struct request *request);

#endif
