/* SPDX-License-Identifier: Apache-2.0 */
#include "model/statement_fit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "model/key_name.h"
#include "model/runs.h"

/* "except " or "plus " and LF around the runs. */
#define EXCEPT_SIZE 8
#define PLUS_SIZE 6
/* Empty line, dash, spaces, base64 and LF of a signature line: all of it but
 * the name. */
#define SIGNATURE_SIZE (1 + 4 + 1 + 92 + 1)

/* One way to write the lines of one ledger. */
struct attempt {
    enum holds_form form;
    struct buf text; /* owned; the runs of except, then those of plus */
    size_t except_size;
    size_t size;      /* bytes of all lines */
    bool possible;    /* it fits, and claims nothing that is not held */
    bool exact;       /* it claims all that this degree of coarseness has */
    uint64_t claimed; /* only set by keep_best() */
};

/* What one ledger gets. */
struct plan {
    size_t need;          /* bytes for the exact set; SIZE_MAX: too many */
    enum holds_form form; /* the one that needs them; when written, its own */
    bool written;
    size_t offset; /* of its runs in the buffer */
    size_t except_size;
    size_t plus_size;
};

struct fit {
    const struct statement_held *ledgers; /* borrowed */
    size_t count;
    struct plan *plans; /* owned; one for each ledger */
    size_t *order;      /* owned; plans by need */
    uint8_t *bits;      /* owned; room for the largest ledger */
    struct buf *runs;   /* borrowed */
    size_t left;        /* bytes that are still free */
    struct attempt now;
    struct attempt best;
    uint64_t unclaimed;
};

/* ---- One line ------------------------------------------------------------ */

/* The lines of a ledger; the runs of except and then of plus stand at `text`,
 * which may be NULL when there are none. */
static struct statement_holds holds_of(const struct statement_held *ledger,
                                       enum holds_form form,
                                       const uint8_t *text, size_t except_size,
                                       size_t plus_size)
{
    struct statement_holds holds = {
        .origin = ledger->origin,
        .size = ledger->size,
        .root = ledger->root,
        .form = form,
    };

    if (except_size > 0) {
        holds.except = span_of(text, except_size);
    }
    if (plus_size > 0) {
        holds.plus = span_of(text + except_size, plus_size);
    }
    return holds;
}

/* Write the runs of this form in at most `budget` bytes, lines included. Each
 * degree of coarseness `grain` has shorter texts than the one before; 0 is the
 * exact set. */
static void attempt_write(struct attempt *attempt,
                          const struct statement_held *ledger,
                          enum holds_form form, uint64_t grain, size_t budget)
{
    const struct runs_of except = {
        .set = form == HOLDS_PLACED ? ledger->placed : NULL,
        .cleared = ledger->held,
        .size = ledger->size,
        .over = RUNS_OVER_UNSET,
        .gap = grain,
    };
    const struct runs_of plus = {
        .set = ledger->held,
        .cleared = form == HOLDS_PLACED ? ledger->placed : NULL,
        .size = ledger->size,
        .over = RUNS_OVER_CLEARED,
        .length_min = grain,
    };
    struct statement_holds head = holds_of(ledger, form, NULL, 0, 0);
    size_t size = statement_holds_size(&head);

    buf_clear(&attempt->text);
    attempt->form = form;
    attempt->except_size = 0;
    attempt->possible = size <= budget;
    attempt->exact = attempt->possible;
    if (attempt->possible && form != HOLDS_NONE) {
        size_t room = budget - size;

        attempt->possible =
            runs_format_bits(&attempt->text, &except,
                             room > EXCEPT_SIZE ? room - EXCEPT_SIZE : 0);
        attempt->exact = attempt->possible;
        attempt->except_size = attempt->text.size;
        size += attempt->text.size > 0 ? attempt->text.size + EXCEPT_SIZE : 0;
    }
    if (attempt->possible && form != HOLDS_ALL) {
        size_t room = budget - size;
        size_t before = attempt->text.size;

        attempt->exact = runs_format_bits(
            &attempt->text, &plus, room > PLUS_SIZE ? room - PLUS_SIZE : 0);
        size += attempt->text.size > before
                    ? attempt->text.size - before + PLUS_SIZE
                    : 0;
    }
    attempt->size = size;
}

/* What the attempt claims, to fit->bits. */
static void claim(const struct fit *fit, const struct attempt *attempt,
                  const struct statement_held *ledger)
{
    struct statement_holds holds = holds_of(
        ledger, attempt->form, attempt->text.data, attempt->except_size,
        attempt->text.size - attempt->except_size);

    statement_holds_bits(&holds, ledger->placed, ledger->size, fit->bits);
}

/* The one promise, looked at from the other side: nothing is claimed that is
 * not held. */
static void check_claim(const struct fit *fit, const struct attempt *attempt,
                        const struct statement_held *ledger)
{
    claim(fit, attempt, ledger);
    for (uint64_t at = 0; at < BITS_BYTES(ledger->size); at++) {
        CHECK((fit->bits[at] & ~ledger->held[at]) == 0);
    }
}

static void keep_best(struct fit *fit, const struct statement_held *ledger)
{
    struct attempt worse;

    if (!fit->now.possible) {
        return;
    }
    claim(fit, &fit->now, ledger);
    fit->now.claimed = bits_count(fit->bits, ledger->size);
    if (fit->best.possible && (fit->best.claimed > fit->now.claimed ||
                               (fit->best.claimed == fit->now.claimed &&
                                fit->best.size <= fit->now.size))) {
        return;
    }
    worse = fit->best;
    fit->best = fit->now;
    fit->now = worse;
}

/* Has the ledger this form? Without `placed` it would be `all` once more. */
static bool form_exists(const struct statement_held *ledger,
                        enum holds_form form)
{
    return form != HOLDS_PLACED || ledger->placed != NULL;
}

/* As much as can be claimed in `budget` bytes: coarser and coarser, until
 * nothing is cut off any more. */
static void find_best(struct fit *fit, const struct statement_held *ledger,
                      size_t budget)
{
    bool exact = false;

    fit->best.possible = false;
    for (uint64_t grain = 0; !exact; grain = grain == 0 ? 1 : grain * 2) {
        exact = true;
        for (int form = HOLDS_ALL; form <= HOLDS_NONE; form++) {
            if (form_exists(ledger, (enum holds_form)form)) {
                attempt_write(&fit->now, ledger, (enum holds_form)form, grain,
                              budget);
                exact = exact && fit->now.exact;
                keep_best(fit, ledger);
            }
        }
        exact = exact || grain > ledger->size;
    }
}

/* ---- All of them --------------------------------------------------------- */

/* Which form is the shortest for the exact set? */
static void plan_need(struct fit *fit, const struct statement_held *ledger,
                      struct plan *plan)
{
    plan->need = SIZE_MAX;
    for (int form = HOLDS_ALL; form <= HOLDS_NONE; form++) {
        if (!form_exists(ledger, (enum holds_form)form)) {
            continue;
        }
        attempt_write(&fit->now, ledger, (enum holds_form)form, 0, fit->left);
        if (fit->now.exact && fit->now.size < plan->need) {
            plan->need = fit->now.size;
            plan->form = (enum holds_form)form;
        }
    }
}

/* Insertion sort by need; of equal ones the first ledger first. */
static void order_plans(struct fit *fit)
{
    for (size_t index = 0; index < fit->count; index++) {
        size_t at = index;

        while (at > 0 &&
               fit->plans[fit->order[at - 1]].need > fit->plans[index].need) {
            fit->order[at] = fit->order[at - 1];
            at--;
        }
        fit->order[at] = index;
    }
}

static void plan_write(struct fit *fit, const struct statement_held *ledger,
                       struct plan *plan, size_t share)
{
    struct attempt *attempt = &fit->best;

    if (plan->need <= share) {
        attempt_write(attempt, ledger, plan->form, 0, share);
        CHECK(attempt->exact && attempt->size == plan->need);
    } else {
        find_best(fit, ledger, share);
        fit->unclaimed += bits_count(ledger->held, ledger->size);
        if (!attempt->possible) {
            return;
        }
        fit->unclaimed -= attempt->claimed;
    }
    check_claim(fit, attempt, ledger);
    plan->written = true;
    plan->form = attempt->form;
    plan->offset = fit->runs->size;
    plan->except_size = attempt->except_size;
    plan->plus_size = attempt->text.size - attempt->except_size;
    buf_put(fit->runs, buf_span(&attempt->text));
    fit->left -= attempt->size;
}

/* The buffer does not move any more: the lines get their runs. */
static void statement_fill(const struct fit *fit, struct statement *statement,
                           struct statement_holds *holds)
{
    size_t count = 0;

    for (size_t index = 0; index < fit->count; index++) {
        const struct plan *plan = &fit->plans[index];
        const uint8_t *text = fit->runs->data;

        if (plan->written) {
            holds[count++] = holds_of(&fit->ledgers[index], plan->form,
                                      text == NULL ? NULL : text + plan->offset,
                                      plan->except_size, plan->plus_size);
        }
    }
    statement->holds = holds;
    statement->holds_count = count;
}

/* What the rest of the statement and its signature leave. */
static enum err measure_rest(const struct statement *statement,
                             size_t *ret_left)
{
    struct statement rest = *statement;
    struct buf text;
    size_t size = SIGNATURE_SIZE + origin_cid(&statement->ledger).size + 1 +
                  strlen(statement->node.text) + strlen("/node");
    enum err err;

    rest.holds_count = 0;
    buf_init(&text, STATEMENT_SIZE_MAX);
    statement_format(&text, &rest);
    size += text.size;
    err = text.err;
    buf_done(&text);
    if (err == ERR_OK && size > STATEMENT_SIZE_MAX) {
        err = ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        *ret_left = STATEMENT_SIZE_MAX - size;
    }
    return err;
}

/* All the memory that there will be. */
static enum err make_room(struct fit *fit)
{
    uint64_t largest = 0;

    for (size_t index = 0; index < fit->count; index++) {
        if (fit->ledgers[index].size > largest) {
            largest = fit->ledgers[index].size;
        }
    }
    fit->plans = calloc(fit->count + 1, sizeof(*fit->plans));
    fit->order = calloc(fit->count + 1, sizeof(*fit->order));
    fit->bits = calloc((size_t)BITS_BYTES(largest) + 1, 1);
    if (fit->plans == NULL || fit->order == NULL || fit->bits == NULL ||
        buf_extend(&fit->now.text, STATEMENT_SIZE_MAX) == NULL ||
        buf_extend(&fit->best.text, STATEMENT_SIZE_MAX) == NULL) {
        return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

static void fit_all(struct fit *fit)
{
    for (size_t index = 0; index < fit->count; index++) {
        plan_need(fit, &fit->ledgers[index], &fit->plans[index]);
    }
    order_plans(fit);
    for (size_t index = 0; index < fit->count; index++) {
        size_t at = fit->order[index];

        plan_write(fit, &fit->ledgers[at], &fit->plans[at],
                   fit->left / (fit->count - index));
    }
}

enum err statement_fit_holds(struct statement *statement,
                             const struct statement_held *ledgers, size_t count,
                             struct statement_holds *holds, struct buf *runs,
                             uint64_t *ret_unclaimed)
{
    struct fit fit = { .ledgers = ledgers, .count = count, .runs = runs };
    enum err err = measure_rest(statement, &fit.left);

    if (err != ERR_OK) {
        return err;
    }
    buf_init(&fit.now.text, STATEMENT_SIZE_MAX);
    buf_init(&fit.best.text, STATEMENT_SIZE_MAX);
    err = make_room(&fit);
    if (err == ERR_OK) {
        fit_all(&fit);
        err = runs->err;
    }
    if (err == ERR_OK) {
        statement_fill(&fit, statement, holds);
        *ret_unclaimed = fit.unclaimed;
    }
    buf_done(&fit.now.text);
    buf_done(&fit.best.text);
    free(fit.plans);
    free(fit.order);
    free(fit.bits);
    return err;
}
