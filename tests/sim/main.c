/* SPDX-License-Identifier: Apache-2.0 */
/* sim --seed N --nodes N --dial N --copies N --hours N --seeds COUNT --calm
 * --flood --break NAME --expect-caught --twice --verbose. Prints a line for
 * each seed; 0 when no invariant was violated (or, with --expect-caught, when
 * one was), 1 otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/faults.h"
#include "sim.h"

struct setting {
    struct sim_options options;
    uint64_t seeds;
    bool expect_caught;
    bool twice;
};

static const struct {
    const char *name;
    unsigned faults;
    bool forgetful_disk;
} breaks[] = {
    { "two-roots", SIM_FAULT_TWO_ROOTS, false },
    { "early-receipt", SIM_FAULT_EARLY_RECEIPT, false },
    { "no-verify", SIM_FAULT_NO_VERIFY, false },
    { "give-up", SIM_FAULT_GIVE_UP, false },
    { "flood", SIM_FAULT_FLOOD, false },
    { "boast", SIM_FAULT_BOAST, false },
    { "eager", SIM_FAULT_EAGER, false },
    { "two-leases", SIM_FAULT_TWO_LEASES, false },
    { "no-quota", SIM_FAULT_NO_QUOTA, false },
    { "no-challenge-check", SIM_FAULT_NO_CHALLENGE_CHECK, false },
    { "forget-sync", 0, true },
};

static bool take_break(struct setting *setting, const char *name)
{
    for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
        if (strcmp(breaks[i].name, name) == 0) {
            setting->options.faults |= breaks[i].faults;
            setting->options.forgetful_disk |= breaks[i].forgetful_disk;
            return true;
        }
    }
    (void)fprintf(stderr, "sim: no break \"%s\"\n", name);
    return false;
}

static bool take_number(const char *text, uint64_t max, uint64_t *ret_number)
{
    if (text == NULL || decimal_parse(span_str(text), ret_number) != ERR_OK ||
        *ret_number > max) {
        (void)fprintf(stderr, "sim: a number up to %llu is needed\n",
                      (unsigned long long)max);
        return false;
    }
    return true;
}

static bool take_arguments(int count, char **arguments, struct setting *setting)
{
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        const char *value = i + 1 < count ? arguments[i + 1] : NULL;
        uint64_t number = 0;
        bool good = true;

        if (strcmp(name, "--verbose") == 0) {
            setting->options.verbose = true;
            continue;
        }
        if (strcmp(name, "--expect-caught") == 0) {
            setting->expect_caught = true;
            continue;
        }
        if (strcmp(name, "--calm") == 0) {
            setting->options.calm = true;
            continue;
        }
        if (strcmp(name, "--hollow") == 0) {
            setting->options.hollow = true;
            continue;
        }
        if (strcmp(name, "--flood") == 0) {
            setting->options.flood = true;
            continue;
        }
        if (strcmp(name, "--twice") == 0) {
            setting->twice = true;
            continue;
        }
        i++;
        if (strcmp(name, "--seed") == 0) {
            good = take_number(value, UINT64_MAX, &setting->options.seed);
        } else if (strcmp(name, "--seeds") == 0) {
            good = take_number(value, 1000000, &setting->seeds);
        } else if (strcmp(name, "--nodes") == 0) {
            good = take_number(value, 9, &number) && number >= 1;
            setting->options.nodes = (unsigned)number;
        } else if (strcmp(name, "--dial") == 0) {
            good = take_number(value, 8, &number);
            setting->options.dial = (unsigned)number;
        } else if (strcmp(name, "--copies") == 0) {
            good = take_number(value, 9, &number) && number >= 1;
            setting->options.copies = (unsigned)number;
        } else if (strcmp(name, "--hours") == 0) {
            good = take_number(value, 1000, &number) && number >= 1;
            setting->options.hours = (unsigned)number;
        } else if (strcmp(name, "--break") == 0 && value != NULL) {
            good = take_break(setting, value);
        } else {
            (void)fprintf(stderr, "sim: what is %s?\n", name);
            good = false;
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

static void print(const struct sim_options *options,
                  const struct sim_result *result)
{
    char hash[2 * DIGEST_SIZE + 1];

    hex_format(hash, result->trace.bytes, DIGEST_SIZE);
    (void)printf(
        "seed %llu trace %.16s steps %llu receipts %llu crashes "
        "%llu moved %llu of %llu%s%s\n",
        (unsigned long long)options->seed, hash,
        (unsigned long long)result->steps, (unsigned long long)result->deposits,
        (unsigned long long)result->crashes, (unsigned long long)result->moved,
        (unsigned long long)result->needed, result->broken ? " VIOLATED " : "",
        result->broken ? result->violation : "");
    (void)fflush(stdout);
}

int main(int count, char **arguments)
{
    struct setting setting = { .options = { .seed = 1, .nodes = 3, .hours = 2 },
                               .seeds = 1 };
    bool caught = false;

    if (!take_arguments(count, arguments, &setting)) {
        return 2;
    }
    if (setting.options.dial >= setting.options.nodes) {
        (void)fprintf(stderr, "sim: one node at least must listen\n");
        return 2;
    }
    for (uint64_t i = 0; i < setting.seeds; i++) {
        struct sim_result result;
        struct sim_result again;

        sim_run(&setting.options, &result);
        print(&setting.options, &result);
        caught = caught || result.broken;
        if (setting.twice) {
            sim_run(&setting.options, &again);
            if (!digest_equal(&again.trace, &result.trace)) {
                (void)printf("the same seed gave another trace\n");
                return 1;
            }
        }
        if (caught) {
            break;
        }
        setting.options.seed++;
    }
    return caught == setting.expect_caught ? 0 : 1;
}
