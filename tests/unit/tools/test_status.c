/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/status_head.h"
#include "daemon/status_json.h"
#include "tools/holdfast/status_say.h"
#include "wire/message.h"

#define NOW 1795516800 /* 2026-11-24 12:00 UTC */
#define DAY 86400

static struct msg_status_reply status;
static struct status_peer peers[2];
static struct status_problem problem;
static struct status_alarm alarm_;
static struct output output;
static char *text;
static size_t text_size_;

/* Three nodes, all is well. */
static void fill(void)
{
    peers[0] = (struct status_peer){ .node = span_str("nordlys-1"),
                                     .member = span_str("nordlys"),
                                     .country = span_str("DK"),
                                     .connected = true,
                                     .heard = true,
                                     .silent_s = 12,
                                     .role = ROLE_STORE,
                                     .has_statement = true,
                                     .statement_age_s = 40,
                                     .items_claimed = 12438,
                                     .free_bytes = 2100000000000 };
    peers[0].proofs = (struct status_proofs){ .seen_s = NOW - 12,
                                              .scrubbed_s = NOW - 22 * DAY,
                                              .asked = 412,
                                              .good = 412,
                                              .last_good_s = NOW - 900 };
    peers[1] = (struct status_peer){ .node = span_str("vilna-1"),
                                     .member = span_str("vilna"),
                                     .country = span_str("LT"),
                                     .heard = true,
                                     .silent_s = 60,
                                     .role = ROLE_STORE,
                                     .has_statement = true,
                                     .statement_age_s = 60,
                                     .items_claimed = 12438,
                                     .free_bytes = 310000000000 };
    peers[1].proofs = peers[0].proofs;
    peers[1].proofs.seen_s = NOW - 60;
    status = (struct msg_status_reply){
        .node = span_str("fjord-1"),
        .member = span_str("fjord"),
        .country = span_str("NO"),
        .consortium = span_str("northern-archive"),
        .release = span_str("1"),
        .roster_version = 8,
        .phase = OWN_READY,
        .items = 12438,
        .held = 12438,
        .placed = 12438,
        .free_bytes = 1800000000000,
        .reserve_bytes = 50000000000,
        .peers = peers,
        .peers_count = 2,
        .rule_copies = 3,
        .rule_countries = 2,
        .rule_members = 3,
        .role = ROLE_STORE,
    };
    status.health = (struct status_health){ .states = { 12438, 0, 0, 0, 0, 0 },
                                            .view_age = 240,
                                            .proof_age = 30 * DAY,
                                            .scrubbed_s = NOW - 23 * DAY };
}

static void setup(void)
{
    FILE *out = open_memstream(&text, &text_size_);

    cr_assert_not_null(out);
    output_init(&output, out, out, true);
    fill();
}

static void teardown(void)
{
    fclose(output.out);
    free(text);
    output_done(&output);
}

TestSuite(status, .init = setup, .fini = teardown);

static struct status_headline headline(void)
{
    struct status_headline made;

    status_headline_make(&status, NOW, &made);
    return made;
}

static const char *said(void)
{
    fflush(output.out);
    return text;
}

static void say_all(void)
{
    struct status_headline made = headline();

    status_say(&output, &status, &made, NOW);
}

static void say_wrong(void)
{
    struct status_headline made = headline();

    status_say_wrong(&output, &status, &made, NOW);
}

static void set_states(uint32_t protected_, uint32_t spreading, uint32_t short_,
                       uint32_t last, uint32_t lost, uint32_t unproven)
{
    uint32_t states[] = { protected_, spreading, short_, last, lost, unproven };

    memcpy(status.health.states, states, sizeof(states));
}

/* The headline is the worst that is true; what a person must do comes with exit
 * code 4, what is not known with 5. */
Test(status, the_worst_comes_first)
{
    static const struct {
        uint32_t states[ITEM_STATE_COUNT];
        const char *code;
        enum exit_code exit_code;
    } cases[] = {
        { { 12432, 1, 1, 1, 2, 1 }, "LOST", EXIT_BAD },
        { { 12434, 1, 1, 1, 0, 1 }, "LAST-COPY", EXIT_BAD },
        { { 12435, 1, 1, 0, 0, 1 }, "SHORT", EXIT_BAD },
        { { 12436, 1, 0, 0, 0, 1 }, "UNPROVEN", EXIT_UNKNOWN },
        { { 12437, 1, 0, 0, 0, 0 }, "SPREADING", EXIT_DONE },
        { { 12438, 0, 0, 0, 0, 0 }, "PROTECTED", EXIT_DONE },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memcpy(status.health.states, cases[i].states, sizeof(cases[i].states));
        struct status_headline made = headline();

        cr_expect_str_eq(made.code, cases[i].code);
        cr_expect_eq(status_exit_code(&made), cases[i].exit_code);
    }
}

/* Nothing says that all is protected unless every item is: whatever one number
 * is missing, old, or something else, the word does not stand in the headline,
 * and the one line for monitoring is not OK. */
Test(status, protected_only_when_all_are)
{
    for (int state = 1; state < ITEM_STATE_COUNT; state++) {
        fill();
        status.health.states[0]--;
        status.health.states[state]++;
        cr_expect_str_neq(headline().code, "PROTECTED");
        if (state != ITEM_SPREADING) {
            cr_expect_neq(status_say_check(&output, &status, NOW), CHECK_OK);
        }
    }
    fill();
    status.items++; /* one that no state counts */
    cr_expect_str_eq(headline().code, "UNPROVEN");
    fill();
    status.health.view_age = STATUS_VIEW_S_MAX + 1;
    cr_expect_str_eq(headline().code, "VIEW-OLD");
    cr_expect_eq(headline().verdict, HEALTH_UNKNOWN);
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_UNKNOWN);
    fill();
    status.health = (struct status_health){ .states = { 12438 } };
    cr_expect_str_eq(headline().code, "HERE");
    fill();
    status.items = status.held = status.placed = 0;
    set_states(0, 0, 0, 0, 0, 0);
    cr_expect_str_eq(headline().code, "NO-ITEMS");
}

/* A critical alarm is worse than items that are short, and no excuse for not
 * saying that one is lost. */
Test(status, critical_alarms_have_their_place)
{
    alarm_ = (struct status_alarm){ .code = span_str("FORK"),
                                    .subject = span_str("node=vilna-1"),
                                    .text = span_str("two histories"),
                                    .critical = true };
    status.alarms = &alarm_;
    status.alarms_count = 1;
    cr_expect_str_eq(headline().code, "FORK");
    cr_expect_eq(headline().verdict, HEALTH_BAD);
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_CRITICAL);
    set_states(12437, 0, 1, 0, 0, 0);
    cr_expect_str_eq(headline().code, "FORK");
    set_states(12437, 0, 0, 0, 1, 0);
    cr_expect_str_eq(headline().code, "LOST");
    alarm_.critical = false;
    set_states(12438, 0, 0, 0, 0, 0);
    cr_expect_str_eq(headline().code, "PROTECTED");
}

/* When all is well, -x is one line. */
Test(status, wrong_is_one_line_when_nothing_is)
{
    say_wrong();
    cr_assert_str_eq(
        said(), "OK  all 12438 items are protected: 3 copies in 2 countries, "
                "counted 4 min ago\n");
}

/* What is wrong comes with a count, why, what is being done and what to do. */
Test(status, a_problem_says_what_to_do)
{
    set_states(12408, 21, 7, 2, 0, 0);
    problem = (struct status_problem){
        .code = span_str("LAST-COPY"),
        .critical = true,
        .count = 2,
        .since = 9120,
        .text = span_str("2 items: wisla found its copies bad, alpin has not "
                         "fetched them"),
        .doing = span_str("copying 450 MB from fjord to alpin"),
        .do_next = span_str("phone vilna"),
        .eta = 1500,
    };
    status.health.problems = &problem;
    status.health.problems_count = 1;
    say_wrong();
    cr_assert_str_eq(
        said(),
        "ACTION NEEDED  2 items have only one good copy left, counted 4 min "
        "ago\n"
        "\n"
        "LAST-COPY    2 items: wisla found its copies bad, alpin has not "
        "fetched them\n"
        "             (since 2 h)\n"
        "             doing: copying 450 MB from fjord to alpin, about 25 min\n"
        "             do:    phone vilna\n"
        "             more:  holdfast explain LAST-COPY\n"
        "\n"
        "SHORT        7 items: fewer copies than the rule wants\n"
        "             do:    holdfast list --state short\n"
        "             more:  holdfast explain SHORT\n");
}

static void expect_narrow(const char *lines)
{
    while (*lines != '\0') {
        size_t size = strcspn(lines, "\n");

        cr_expect(size <= OUTPUT_COLUMNS, "%.*s", (int)size, lines);
        lines += size + (lines[size] == '\n');
    }
}

/* The whole screen: six numbers, the rule, and what each node states and
 * proved; no line is wider than 80 columns. */
Test(status, shows_numbers_rule_and_nodes)
{
    set_states(12406, 21, 9, 2, 0, 0);
    peers[1].proofs.seen_s = NOW - 31 * 3600;
    peers[1].proofs.scrubbed_s = NOW - 40 * DAY;
    peers[1].proofs.bad = 1;
    peers[1].proofs.good = 411;
    say_all();
    cr_expect_not_null(
        strstr(said(), "items    12,438  protected 12,406  spreading 21  short "
                       "9\n"
                       "                 last-copy 2  unproven 0  lost 0\n"
                       "rule     3 members in 2 countries; re-read within 30 d "
                       "(roster 8)\n"));
    cr_expect_not_null(strstr(
        said(), "fjord-1     NO  this node     12,438      0 1.8 TB  1 Nov"
                "         -\n"
                "nordlys-1   DK  12 s ago      12,438      0 2.1 TB  2 Nov"
                "         412 of 412\n"
                "vilna-1     LT  31 h ago !    12,438      0 310 GB  15 Oct !"
                "      411 of 412 !\n"));
    expect_narrow(said());
}

/* A node that judges no items is shown as before: who states that he holds
 * what, that nobody has checked, and no word of a state. */
Test(status, of_an_older_node_says_no_state)
{
    uint32_t copies[] = { 0, 0, 8, 12430 };

    memset(&status.health, 0, sizeof(status.health));
    status.copies = copies;
    status.copies_count = 4;
    say_all();
    cr_expect_not_null(
        strstr(said(), "HERE  all 12438 known items are on this node; nobody "
                       "has checked yet\n"));
    cr_expect_not_null(
        strstr(said(), "copies   12,430 held by 3 of 3 members, 8 by 2; by "
                       "their own signed statements;\n"));
    cr_expect_null(strstr(said(), "protected"));
    cr_expect_null(strstr(said(), "unproven"));
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_UNKNOWN);
    expect_narrow(said());
}

/* The line for monitoring programs: word, sentence, numbers, thresholds. */
Test(status, check_is_one_line)
{
    set_states(12406, 21, 9, 2, 0, 0);
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_CRITICAL);
    cr_expect_str_eq(
        said(), "HOLDFAST CRITICAL - 2 items have only one good copy left, 9 "
                "short | protected=12406 spreading=21 short=9;0 last_copy=2;;0 "
                "lost=0;;0 unproven=0;0\n");
}

/* Short, unproven or silent is a warning; no answer is unknown; and nothing
 * that a node says can end the sentence early. */
Test(status, check_has_four_answers)
{
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_OK);
    set_states(12437, 1, 0, 0, 0, 0);
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_OK);
    set_states(12437, 0, 1, 0, 0, 0);
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_WARNING);
    set_states(12437, 0, 0, 0, 0, 1);
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_WARNING);
    set_states(12437, 0, 0, 0, 1, 0);
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_CRITICAL);
    set_states(12438, 0, 0, 0, 0, 0);
    peers[1].proofs.seen_s = NOW - DAY;
    cr_expect_eq(status_say_check(&output, &status, NOW), CHECK_WARNING);
    cr_expect_not_null(strstr(said(), ", 1 node silent | "));
    cr_expect_eq(status_say_no_answer(&output), CHECK_UNKNOWN);
    alarm_ = (struct status_alarm){ .code = span_str("FORK"),
                                    .text = span_str("a | b\n\033[2J"),
                                    .critical = true };
    status.alarms = &alarm_;
    status.alarms_count = 1;
    (void)status_say_check(&output, &status, NOW);
    cr_expect_not_null(strstr(said(), "CRITICAL - a / b"));
    cr_expect_null(strchr(said(), '\033'));
}

static json_int_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* As JSON: the six numbers under their words, problems with what to do, an
 * alarm once, and null where nobody judges. */
Test(status, json_has_the_six_words)
{
    struct status_headline made;
    json_t *data;
    json_t *items;
    json_t *problems;

    set_states(12406, 21, 9, 2, 0, 0);
    problem = (struct status_problem){ .code = span_str("LAST-COPY"),
                                       .critical = true,
                                       .count = 2,
                                       .since = 60,
                                       .do_next = span_str("phone vilna") };
    alarm_ = (struct status_alarm){ .code = span_str("LAST-COPY"),
                                    .critical = true };
    status.health.problems = &problem;
    status.health.problems_count = 1;
    status.alarms = &alarm_;
    status.alarms_count = 1;
    made = headline();
    data = status_json(&status, &made, NOW);
    items = json_object_get(data, "items");
    problems = json_object_get(data, "problems");
    cr_expect_eq(number(items, "protected"), 12406);
    cr_expect_eq(number(items, "last-copy"), 2);
    cr_expect_eq(number(items, "total"), 12438);
    cr_expect_eq(json_array_size(problems), 1);
    cr_expect_str_eq(
        json_string_value(json_object_get(json_array_get(problems, 0), "do")),
        "phone vilna");
    json_decref(data);
    memset(&status.health, 0, sizeof(status.health));
    made = headline();
    data = status_json(&status, &made, NOW);
    cr_expect(json_is_null(
        json_object_get(json_object_get(data, "items"), "protected")));
    json_decref(data);
}
