/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status_judged.h"

#include <stdbool.h>

#include "daemon/json.h"
#include "daemon/status_head.h"
#include "wire/message.h"

#define DAY_S 86400

uint64_t status_ago(uint64_t now_s, uint64_t seconds)
{
    return seconds < now_s ? now_s - seconds : 0;
}

static json_t *time_or_null(uint64_t posix_s)
{
    return posix_s > 0 ? json_time(posix_s) : json_null();
}

static void put_states(json_t *object,
                       const uint32_t states[static ITEM_STATE_COUNT])
{
    for (int state = 0; state < ITEM_STATE_COUNT; state++) {
        json_put(object, item_state_word((enum item_state)state),
                 json_count(states[state]));
    }
}

void status_judged_items(json_t *items, const struct msg_status_reply *status)
{
    uint32_t states[ITEM_STATE_COUNT];

    if (status_judges(status)) {
        status_states(status, states);
        put_states(items, states);
        return;
    }
    for (int state = 0; state < ITEM_STATE_COUNT; state++) {
        json_put(items, item_state_word((enum item_state)state), json_null());
    }
}

void status_judged_peer(json_t *node, const struct msg_status_reply *status,
                        const struct status_peer *peer, uint64_t now_s)
{
    const struct status_proofs *proofs = &peer->proofs;
    json_t *challenges = json_object();

    json_put(node, "items",
             peer->has_statement ? json_count(peer->items_claimed)
                                 : json_null());
    json_put(node, "seen", time_or_null(proofs->seen_s));
    json_put(node, "silent",
             json_boolean(status_is_silent(status, peer, now_s)));
    json_put(node, "scrubbed", time_or_null(proofs->scrubbed_s));
    json_put(challenges, "asked", json_count(proofs->asked));
    json_put(challenges, "good", json_count(proofs->good));
    json_put(challenges, "bad", json_count(proofs->bad));
    json_put(challenges, "silent", json_count(proofs->silent));
    json_put(challenges, "last_good", time_or_null(proofs->last_good_s));
    json_put(node, "challenges", challenges);
}

/* ---- Problems ------------------------------------------------------------ */

static json_t *problem_json(const struct status_problem *problem,
                            uint64_t now_s)
{
    json_t *object = json_object();

    json_put(object, "code", json_text(problem->code));
    json_put(object, "severity",
             json_string(problem->critical ? "critical" : "warning"));
    json_put(object, "count", json_count(problem->count));
    json_put(object, "subject", json_text(problem->subject));
    json_put(object, "text", json_text(problem->text));
    json_put(object, "since", json_time(status_ago(now_s, problem->since)));
    json_put(object, "doing",
             problem->doing.size > 0 ? json_text(problem->doing) : json_null());
    json_put(object, "do",
             problem->do_next.size > 0 ? json_text(problem->do_next)
                                       : json_null());
    json_put(object, "eta_seconds",
             problem->eta > 0 ? json_count(problem->eta) : json_null());
    return object;
}

bool status_alarm_is_new(const struct msg_status_reply *status,
                         const struct status_alarm *alarm)
{
    for (size_t i = 0; i < status->health.problems_count; i++) {
        const struct status_problem *problem = &status->health.problems[i];

        if (span_equal(problem->code, alarm->code) &&
            span_equal(problem->subject, alarm->subject)) {
            return false;
        }
    }
    return true;
}

struct status_problem status_alarm_problem(const struct status_alarm *alarm)
{
    return (struct status_problem){ .code = alarm->code,
                                    .critical = alarm->critical,
                                    .since = alarm->since_s,
                                    .subject = alarm->subject,
                                    .text = alarm->text };
}

static json_t *problems_json(const struct msg_status_reply *status,
                             uint64_t now_s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < status->health.problems_count; i++) {
        json_array_append_new(list,
                              problem_json(&status->health.problems[i], now_s));
    }
    for (size_t i = 0; i < status->alarms_count; i++) {
        if (status_alarm_is_new(status, &status->alarms[i])) {
            struct status_problem problem =
                status_alarm_problem(&status->alarms[i]);

            json_array_append_new(list, problem_json(&problem, now_s));
        }
    }
    return list;
}

/* ---- The rest ------------------------------------------------------------ */

static json_t *losses_json(const struct msg_status_reply *status)
{
    json_t *list = json_array();

    for (size_t i = 0; i < status->health.losses_count; i++) {
        const struct status_loss *loss = &status->health.losses[i];
        json_t *object = json_object();

        json_put(object, "country", json_text(loss->country));
        json_put(object, "none_left", json_count(loss->none_left));
        json_put(object, "one_left", json_count(loss->one_left));
        json_put(object, "more_left", json_count(loss->more_left));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *days_json(const struct msg_status_reply *status)
{
    json_t *list = json_array();

    for (size_t i = 0; i < status->health.days_count; i++) {
        const struct status_day *day = &status->health.days[i];
        json_t *object = json_object();
        char text[TEXT_SIZE];
        uint64_t last = UINT64_MAX / DAY_S;

        text_rfc3339(text, (day->day < last ? day->day : last) * DAY_S);
        text[10] = '\0'; /* the date alone */
        json_put(object, "day", json_string(text));
        put_states(object, day->states);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *scrub_json(const struct status_health *health)
{
    json_t *object = json_object();

    json_put(object, "since", time_or_null(health->scrubbed_s));
    json_put(object, "permille", json_count(health->scrub_done));
    json_put(object, "paused", json_boolean(health->scrub_paused));
    json_put(object, "bad_blocks", json_count(health->scrub_bad));
    json_put(object, "repaired", json_count(health->repaired));
    json_put(object, "quarantined", json_count(health->quarantined));
    return object;
}

void status_judged_data(json_t *data, const struct msg_status_reply *status,
                        uint64_t now_s)
{
    const struct status_health *health = &status->health;
    bool judges = status_judges(status);

    json_put(data, "counted",
             judges ? json_time(status_ago(now_s, health->view_age))
                    : json_null());
    json_put(data, "short_oldest_seconds",
             judges ? json_count(health->short_oldest) : json_null());
    json_put(data, "problems", problems_json(status, now_s));
    json_put(data, "losses", losses_json(status));
    json_put(data, "days", days_json(status));
    json_put(data, "scrub", scrub_json(health));
}
