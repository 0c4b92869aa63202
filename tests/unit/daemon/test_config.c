/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"

#define CONF HF_SOURCE_DIR "/tests/conf/"

static const char *const node_text =
    "[node]\nname = fjord-1\ndata = /srv/holdfast\nroster = /etc/hf/roster\n"
    "[network]\nlisten = 0.0.0.0:7700\nmax_upload = 20 MB/s\n"
    "office_hours = Mon-Fri 07:00-18:00\noffice_max_upload = 2 MB/s\n"
    "[storage]\nmin_free = 50 GB\n"
    "[http]\nlisten = [::1]:7780\nnames = a.example b.example\n"
    "[notify]\nto = a@fjord.example\nfrom = b@fjord.example\n"
    "command = /usr/bin/tell\nrepeat = 90 min\nall_well = Sun 20:15\n";

static enum err parse(const char *text, struct config *config, char *errors)
{
    struct buf buf;
    enum err err;

    buf_init(&buf, CONFIG_ERRORS_SIZE_MAX);
    err = config_parse(span_str(text), "a.conf", config, &buf);
    buf_put_byte(&buf, 0);
    cr_assert(!buf_failed(&buf));
    snprintf(errors, 4096, "%s", (const char *)buf.data);
    buf_done(&buf);
    return err;
}

/* Values, units and defaults arrive, and each key knows its line. */
Test(config, reads_a_node)
{
    struct config config;
    char errors[4096];

    cr_assert_eq(parse(node_text, &config, errors), ERR_OK, "%s", errors);
    cr_assert(config.has_node && !config.has_client);
    cr_assert_str_eq(config.file, "a.conf");
    cr_assert_str_eq(config.name, "fjord-1");
    cr_assert_str_eq(config.data, "/srv/holdfast");
    cr_assert_str_eq(config.roster, "/etc/hf/roster");
    cr_assert_str_eq(config.listen, "0.0.0.0:7700");
    cr_assert_eq(config.max_upload, 20000000);
    cr_assert_eq(config.office_hours.days, 0x1f);
    cr_assert_eq(config.office_max_upload, 2000000);
    cr_assert_eq(config.min_free, 50000000000);
    cr_assert_str_eq(config.socket, CONFIG_SOCKET_DEFAULT);
    cr_assert_str_eq(config.group, "");
    cr_assert_eq(config.scrub_period, CONFIG_SCRUB_PERIOD_MS);
    cr_assert_eq(config.scrub_start, 0);
    cr_assert_eq(config.scrub_max_read, CONFIG_SCRUB_MAX_READ_RATE);
    cr_assert_eq(config.log_level, CONFIG_LOG_INFO);
    cr_assert_eq(config.lines[CONFIG_NODE_NAME], 2);
    cr_assert_eq(config.lines[CONFIG_STORAGE_MIN_FREE], 11);
    cr_assert_eq(config.lines[CONFIG_LOG_LEVEL], 0);
}

/* Values longer than the 200 bytes of libinih's lines, and values with ; in
 * them, arrive whole. */
Test(config, takes_long_values)
{
    struct config config;
    char text[2048];
    char path[900];
    char errors[4096];

    memset(path, 'a', sizeof(path));
    memcpy(path, "/srv/x;y/", 9);
    path[sizeof(path) - 1] = '\0';
    snprintf(text, sizeof(text),
             "[node]\nname = fjord-1\ndata = %s\nroster = /r\n", path);
    cr_assert_eq(parse(text, &config, errors), ERR_OK, "%s", errors);
    cr_assert_str_eq(config.data, path);
}

/* On failure nothing is filled in. */
Test(config, leaves_the_result_alone)
{
    struct config config;
    char errors[4096];

    memset(&config, 'x', sizeof(config));
    cr_assert_eq(parse("[node]\n", &config, errors), ERR_MALFORMED);
    cr_assert_eq(config.name[0], 'x');
}

/* Every "# expect: " line of a bad example, in any order, and no error more. */
static void check_bad(const char *name)
{
    char path[512];
    static char text[65536];
    struct config config;
    struct buf errors;
    FILE *file;
    size_t size;
    size_t expected = 0;
    size_t reported = 0;

    snprintf(path, sizeof(path), CONF "%s", name);
    file = fopen(path, "r");
    cr_assert_not_null(file);
    size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
    cr_assert_eq(config_parse(span_of(text, size), name, &config, &errors),
                 ERR_MALFORMED, "%s was accepted", name);
    buf_put_byte(&errors, 0);
    for (char *line = strtok(text, "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        if (strncmp(line, "# expect: ", 10) == 0) {
            cr_assert_not_null(strstr((char *)errors.data, line + 10),
                               "%s: \"%s\" is missing in\n%s", name, line + 10,
                               (char *)errors.data);
            expected += strncmp(line + 10, "  meant", 7) != 0;
        }
    }
    for (char *at = (char *)errors.data; (at = strstr(at, "found ")) != NULL;
         at++) {
        reported++;
    }
    cr_assert_eq(expected, reported, "%s: %zu errors for %zu\n%s", name,
                 reported, expected, (char *)errors.data);
    buf_done(&errors);
}

/* Each example is read as its name says: good.* without an error, bad.* with
 * exactly the errors that it lists itself, all in one run. */
Test(config, judges_the_examples)
{
    DIR *dir = opendir(CONF);
    struct dirent *entry;
    size_t count = 0;

    cr_assert_not_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        char path[512];
        struct config config;
        struct buf errors;

        if (strncmp(entry->d_name, "bad.", 4) == 0) {
            check_bad(entry->d_name);
            count++;
        } else if (strncmp(entry->d_name, "good.", 5) == 0) {
            snprintf(path, sizeof(path), CONF "%s", entry->d_name);
            buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
            cr_assert_eq(config_load(path, &config, &errors), ERR_OK, "%s %.*s",
                         path, (int)errors.size, (char *)errors.data);
            buf_done(&errors);
            count++;
        }
    }
    closedir(dir);
    cr_assert_geq(count, 10);
}

/* The example that is installed is a good one. */
Test(config, accepts_the_installed_example)
{
    struct config config;
    struct buf errors;

    buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
    cr_assert_eq(
        config_load(HF_SOURCE_DIR "/configs/holdfast.conf", &config, &errors),
        ERR_OK, "%.*s", (int)errors.size, (char *)errors.data);
    buf_done(&errors);
}

/* A file that is not there and a folder in its place are said so. */
Test(config, names_a_missing_file)
{
    struct config config;
    struct buf errors;

    buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
    cr_assert_eq(config_load("/nowhere/a.conf", &config, &errors),
                 ERR_NOT_FOUND);
    cr_assert_eq(config_load("/", &config, &errors), ERR_IO);
    buf_put_byte(&errors, 0);
    cr_assert_not_null(strstr((char *)errors.data, "/nowhere/a.conf: No such"));
    buf_done(&errors);
}

/* What is printed, and what init writes, reads as the same settings. */
Test(config, writes_what_it_reads)
{
    struct config config;
    struct config again;
    struct buf text;
    struct buf errors;

    for (int round = 0; round < 2; round++) {
        char first[4096];

        cr_assert_eq(parse(node_text, &config, first), ERR_OK);
        buf_init(&text, 65536);
        buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
        (round == 0 ? config_print : config_write)(&config, &text);
        cr_assert_eq(config_parse(buf_span(&text), "a.conf", &again, &errors),
                     ERR_OK, "%.*s\n%.*s", (int)errors.size,
                     (char *)errors.data, (int)text.size, (char *)text.data);
        memset(config.lines, 0, sizeof(config.lines));
        memset(again.lines, 0, sizeof(again.lines));
        memset(config.key, 0, sizeof(config.key));
        memset(again.key, 0, sizeof(again.key));
        cr_assert_eq(memcmp(&config, &again, sizeof(config)), 0);
        buf_done(&text);
        buf_done(&errors);
    }
}

/* The key comes from the file, else from the unit's credentials, else from its
 * usual place. */
Test(config, finds_the_key)
{
    struct config config;
    char path[CONFIG_PATH_SIZE];

    config_init(&config);
    unsetenv("CREDENTIALS_DIRECTORY");
    config_key_path(&config, path);
    cr_assert_str_eq(path, CONFIG_KEY_DEFAULT);
    setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
    config_key_path(&config, path);
    cr_assert_str_eq(path, "/run/credentials/x/node.key");
    snprintf(config.key, sizeof(config.key), "/srv/key");
    config_key_path(&config, path);
    cr_assert_str_eq(path, "/srv/key");
    snprintf(config.file, sizeof(config.file), "/etc/hf/a.conf");
    cr_assert_eq(config_beside(&config, "clients", path), ERR_OK);
    cr_assert_str_eq(path, "/etc/hf/clients");
}

struct amount {
    const char *text;
    enum err size;
    enum err rate;
    enum err duration;
    uint64_t value;
};

/* Sizes, rates and durations have a unit each, and only theirs. */
Test(config, demands_units)
{
    static const struct amount cases[] = {
        { "50 GB", ERR_OK, ERR_MALFORMED, ERR_MALFORMED, 50000000000 },
        { "50GB", ERR_OK, ERR_MALFORMED, ERR_MALFORMED, 50000000000 },
        { "1 B", ERR_OK, ERR_MALFORMED, ERR_MALFORMED, 1 },
        { "3 kB/s", ERR_MALFORMED, ERR_OK, ERR_MALFORMED, 3000 },
        { "30 s", ERR_MALFORMED, ERR_MALFORMED, ERR_OK, 30000 },
        { "30s", ERR_MALFORMED, ERR_MALFORMED, ERR_OK, 30000 },
        { "2 min", ERR_MALFORMED, ERR_MALFORMED, ERR_OK, 120000 },
        { "30 d", ERR_MALFORMED, ERR_MALFORMED, ERR_OK, 2592000000 },
        { "0 TB", ERR_RANGE, ERR_MALFORMED, ERR_MALFORMED, 0 },
        { "9300000 TB", ERR_RANGE, ERR_MALFORMED, ERR_MALFORMED, 0 },
        { "50", ERR_MALFORMED, ERR_MALFORMED, ERR_MALFORMED, 0 },
        { "050 GB", ERR_MALFORMED, ERR_MALFORMED, ERR_MALFORMED, 0 },
        { "5  GB", ERR_MALFORMED, ERR_MALFORMED, ERR_MALFORMED, 0 },
        { "-5 GB", ERR_MALFORMED, ERR_MALFORMED, ERR_MALFORMED, 0 },
        { "5 GB ", ERR_MALFORMED, ERR_MALFORMED, ERR_MALFORMED, 0 },
        { "/s", ERR_MALFORMED, ERR_MALFORMED, ERR_MALFORMED, 0 },
        { "", ERR_MALFORMED, ERR_MALFORMED, ERR_MALFORMED, 0 },
    };

    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        struct span text = span_str(cases[index].text);
        uint64_t value = 0;

        cr_expect_eq(config_size_parse(text, &value), cases[index].size, "%s",
                     cases[index].text);
        cr_expect_eq(config_rate_parse(text, &value), cases[index].rate, "%s",
                     cases[index].text);
        cr_expect_eq(config_duration_parse(text, &value), cases[index].duration,
                     "%s", cases[index].text);
        cr_expect_eq(value, cases[index].value, "%s", cases[index].text);
    }
}
