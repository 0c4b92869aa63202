/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "peer.pb-c.h"
#include "wire/decode_parts.h"

void decode_status_proofs(const Holdfast__StatusProofs *from,
                          struct status_proofs *to)
{
    if (from == NULL) {
        return;
    }
    *to = (struct status_proofs){
        .seen_s = from->seen,
        .scrubbed_s = from->scrubbed,
        .asked = from->asked,
        .good = from->good,
        .bad = from->bad,
        .silent = from->silent,
        .last_good_s = from->last_good,
    };
}

static bool decode_states(const uint32_t *from, size_t count,
                          uint32_t to[static HEALTH_STATES])
{
    if (count != HEALTH_STATES) {
        return false;
    }
    memcpy(to, from, HEALTH_STATES * sizeof(*from));
    return true;
}

static bool decode_problems(struct decoder *decoder,
                            const Holdfast__StatusHealth *from,
                            struct status_health *to)
{
    struct status_problem *problems =
        decode_array(decoder, from->n_problems, sizeof(*problems));

    if (problems == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_problems; i++) {
        const Holdfast__StatusProblem *problem = from->problems[i];

        problems[i] = (struct status_problem){
            .code = decode_span(&problem->code),
            .critical = problem->critical,
            .count = problem->count,
            .since = problem->since,
            .subject = decode_span(&problem->subject),
            .text = decode_span(&problem->text),
            .doing = decode_span(&problem->doing),
            .do_next = decode_span(&problem->do_next),
            .eta = problem->eta,
        };
    }
    to->problems = problems;
    to->problems_count = from->n_problems;
    return true;
}

static bool decode_losses(struct decoder *decoder,
                          const Holdfast__StatusHealth *from,
                          struct status_health *to)
{
    struct status_loss *losses =
        decode_array(decoder, from->n_losses, sizeof(*losses));

    if (losses == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_losses; i++) {
        losses[i] = (struct status_loss){
            .country = decode_span(&from->losses[i]->country),
            .none_left = from->losses[i]->none_left,
            .one_left = from->losses[i]->one_left,
            .more_left = from->losses[i]->more_left,
        };
    }
    to->losses = losses;
    to->losses_count = from->n_losses;
    return true;
}

static bool decode_days(struct decoder *decoder,
                        const Holdfast__StatusHealth *from,
                        struct status_health *to)
{
    struct status_day *days =
        decode_array(decoder, from->n_days, sizeof(*days));

    if (days == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_days; i++) {
        days[i].day = from->days[i]->day;
        if (!decode_states(from->days[i]->states, from->days[i]->n_states,
                           days[i].states)) {
            return false;
        }
    }
    to->days = days;
    to->days_count = from->n_days;
    return true;
}

bool decode_status_health(struct decoder *decoder,
                          const Holdfast__StatusHealth *from,
                          struct status_health *to)
{
    if (from == NULL ||
        !decode_states(from->states, from->n_states, to->states)) {
        return false;
    }
    to->view_age = from->view_age;
    to->short_oldest = from->short_oldest;
    to->proof_age = from->proof_age;
    to->scrubbed_s = from->scrubbed;
    to->scrub_bad = from->scrub_bad;
    to->repaired = from->repaired;
    to->quarantined = from->quarantined;
    to->scrub_done = from->scrub_done;
    to->scrub_paused = from->scrub_paused;
    return decode_problems(decoder, from, to) &&
           decode_losses(decoder, from, to) && decode_days(decoder, from, to);
}

bool decode_list_state(struct decoder *decoder, const Holdfast__ListState *from,
                       size_t nodes_count, struct list_state *to)
{
    struct list_reason *reasons;

    if (from == NULL) {
        return true;
    }
    reasons = decode_array(decoder, from->n_reasons, sizeof(*reasons));
    if (reasons == NULL || from->state >= HEALTH_STATES) {
        return false;
    }
    for (size_t i = 0; i < from->n_reasons; i++) {
        const Holdfast__ListReason *reason = from->reasons[i];

        if (reason->code < REASON_BAD || reason->code > REASON_NOT_REREAD ||
            reason->node >= nodes_count) {
            return false;
        }
        reasons[i] = (struct list_reason){
            .code = (enum list_reason_code)reason->code,
            .node = reason->node,
            .since = reason->since,
        };
    }
    *to = (struct list_state){
        .state = from->state,
        .since = from->since,
        .proven = from->proven,
        .open = from->open,
        .reasons = reasons,
        .reasons_count = from->n_reasons,
    };
    return true;
}

bool decode_labels(struct decoder *decoder, const ProtobufCBinaryData *from,
                   size_t count, const struct label **ret_labels)
{
    struct label *labels = decode_array(decoder, count, sizeof(*labels));

    if (labels == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (label_parse(decode_span(&from[i]), &labels[i]) != ERR_OK) {
            return false;
        }
    }
    *ret_labels = labels;
    return true;
}
