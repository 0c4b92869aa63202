/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.pb-c.h"
#include "wire/encode_parts.h"

Holdfast__StatusProofs *encode_status_proofs(struct encoder *encoder,
                                             const struct status_proofs *from)
{
    Holdfast__StatusProofs *proofs = encode_array(encoder, 1, sizeof(*proofs));

    if (proofs == NULL) {
        return NULL;
    }
    holdfast__status_proofs__init(proofs);
    proofs->seen = from->seen_s;
    proofs->scrubbed = from->scrubbed_s;
    proofs->asked = from->asked;
    proofs->good = from->good;
    proofs->bad = from->bad;
    proofs->silent = from->silent;
    proofs->last_good = from->last_good_s;
    return proofs;
}

static Holdfast__StatusProblem **encode_problems(
    struct encoder *encoder, const struct status_health *from)
{
    size_t count = from->problems_count;
    Holdfast__StatusProblem **list =
        encode_array(encoder, count, sizeof(*list));
    Holdfast__StatusProblem *problems =
        encode_array(encoder, count, sizeof(*problems));

    if (list == NULL || problems == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const struct status_problem *problem = &from->problems[i];

        holdfast__status_problem__init(&problems[i]);
        problems[i].code = encode_span(problem->code);
        problems[i].critical = problem->critical;
        problems[i].count = problem->count;
        problems[i].since = problem->since;
        problems[i].subject = encode_span(problem->subject);
        problems[i].text = encode_span(problem->text);
        problems[i].doing = encode_span(problem->doing);
        problems[i].do_next = encode_span(problem->do_next);
        problems[i].eta = problem->eta;
        list[i] = &problems[i];
    }
    return list;
}

static Holdfast__StatusLoss **encode_losses(struct encoder *encoder,
                                            const struct status_health *from)
{
    size_t count = from->losses_count;
    Holdfast__StatusLoss **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__StatusLoss *losses =
        encode_array(encoder, count, sizeof(*losses));

    if (list == NULL || losses == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__status_loss__init(&losses[i]);
        losses[i].country = encode_span(from->losses[i].country);
        losses[i].none_left = from->losses[i].none_left;
        losses[i].one_left = from->losses[i].one_left;
        losses[i].more_left = from->losses[i].more_left;
        list[i] = &losses[i];
    }
    return list;
}

static Holdfast__StatusDay **encode_days(struct encoder *encoder,
                                         const struct status_health *from)
{
    size_t count = from->days_count;
    Holdfast__StatusDay **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__StatusDay *days = encode_array(encoder, count, sizeof(*days));

    if (list == NULL || days == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__status_day__init(&days[i]);
        days[i].day = from->days[i].day;
        days[i].n_states = HEALTH_STATES;
        days[i].states = encode_numbers(from->days[i].states);
        list[i] = &days[i];
    }
    return list;
}

Holdfast__StatusHealth *encode_status_health(struct encoder *encoder,
                                             const struct status_health *from)
{
    Holdfast__StatusHealth *health = encode_array(encoder, 1, sizeof(*health));

    if (health == NULL) {
        return NULL;
    }
    holdfast__status_health__init(health);
    health->n_states = HEALTH_STATES;
    health->states = encode_numbers(from->states);
    health->view_age = from->view_age;
    health->short_oldest = from->short_oldest;
    health->proof_age = from->proof_age;
    health->n_problems = from->problems_count;
    health->problems = encode_problems(encoder, from);
    health->n_losses = from->losses_count;
    health->losses = encode_losses(encoder, from);
    health->n_days = from->days_count;
    health->days = encode_days(encoder, from);
    health->scrubbed = from->scrubbed_s;
    health->scrub_bad = from->scrub_bad;
    health->repaired = from->repaired;
    health->quarantined = from->quarantined;
    health->scrub_done = from->scrub_done;
    health->scrub_paused = from->scrub_paused;
    return health->problems == NULL || health->losses == NULL ||
                   health->days == NULL
               ? NULL
               : health;
}

static Holdfast__ListReason **encode_reasons(struct encoder *encoder,
                                             const struct list_state *from)
{
    size_t count = from->reasons_count;
    Holdfast__ListReason **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__ListReason *reasons =
        encode_array(encoder, count, sizeof(*reasons));

    if (list == NULL || reasons == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__list_reason__init(&reasons[i]);
        reasons[i].code = from->reasons[i].code;
        reasons[i].node = from->reasons[i].node;
        reasons[i].since = from->reasons[i].since;
        list[i] = &reasons[i];
    }
    return list;
}

Holdfast__ListState *encode_list_state(struct encoder *encoder,
                                       const struct list_state *from)
{
    Holdfast__ListState *state = encode_array(encoder, 1, sizeof(*state));

    if (state == NULL) {
        return NULL;
    }
    holdfast__list_state__init(state);
    state->state = from->state;
    state->since = from->since;
    state->proven = from->proven;
    state->open = from->open;
    state->n_reasons = from->reasons_count;
    state->reasons = encode_reasons(encoder, from);
    return state->reasons == NULL ? NULL : state;
}

ProtobufCBinaryData *encode_labels(struct encoder *encoder,
                                   const struct label *from, size_t count)
{
    ProtobufCBinaryData *labels = encode_array(encoder, count, sizeof(*labels));

    for (size_t i = 0; i < count && labels != NULL; i++) {
        labels[i] = encode_span(label_span(&from[i]));
    }
    return labels;
}
