/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/log.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int before;
static int file;
static char text[1 << 17];

/* What is written to stderr from here on. */
static void begin(void)
{
    char path[] = "/tmp/hf-log-XXXXXX";

    unsetenv("JOURNAL_STREAM");
    file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(unlink(path), 0);
    before = dup(STDERR_FILENO);
    cr_assert_geq(before, 0);
    cr_assert_geq(dup2(file, STDERR_FILENO), 0);
    log_set_level(LOG_LEVEL_INFO);
}

/* stderr is itself again; gives what came. */
static const char *end(void)
{
    cr_assert_geq(dup2(before, STDERR_FILENO), 0);
    close(before);

    ssize_t size = pread(file, text, sizeof(text) - 1, 0);

    cr_assert_geq(size, 0);
    text[size] = '\0';
    close(file);
    return text;
}

static size_t count_lines(const char *lines)
{
    size_t count = 0;

    for (const char *at = lines; *at != '\0'; at++) {
        count += *at == '\n';
    }
    return count;
}

/* Id, subject, colon, text: one line each. */
Test(log, writes_lines)
{
    begin();
    log_line(LOG_LEVEL_INFO, "LINES-A", "hrw-lab", "no answer for %d s", 300);
    log_line(LOG_LEVEL_ERROR, "LINES-B", "", "and no subject");
    cr_assert_str_eq(end(), "LINES-A hrw-lab: no answer for 300 s\n"
                            "LINES-B: and no subject\n");
}

/* What is less urgent than the level is left out. */
Test(log, obeys_level)
{
    begin();
    log_line(LOG_LEVEL_DEBUG, "LEVEL-A", "", "details");
    log_set_level(LOG_LEVEL_ERROR);
    log_line(LOG_LEVEL_WARNING, "LEVEL-B", "", "careful");
    log_line(LOG_LEVEL_ERROR, "LEVEL-C", "", "broken");
    cr_assert_str_eq(end(), "LEVEL-C: broken\n");
}

/* Nobody writes a second line, or to the terminal, by way of a text. */
Test(log, has_no_control_bytes)
{
    begin();
    log_line(LOG_LEVEL_INFO, "CONTROL", "", "%s", "a\nFORGED: \x1b[2J\x7f");
    cr_assert_str_eq(end(), "CONTROL: a?FORGED: ?[2J?\n");
}

/* A long text is cut, and the line still ends. */
Test(log, cuts_long_lines)
{
    static char long_text[5000];
    size_t size;

    memset(long_text, 'x', sizeof(long_text) - 1);
    begin();
    log_line(LOG_LEVEL_INFO, "LONG", "", "%s", long_text);
    log_line(LOG_LEVEL_INFO, "LONG-SUBJECT", long_text, "unseen");
    cr_assert_eq(count_lines(end()), 2);
    size = (size_t)(strchr(text, '\n') - text);
    cr_assert_geq(size, 1000);
    cr_assert_leq(size, 1023);
}

/* One id does not flood the log, and does not silence the others. */
Test(log, limits_each_id)
{
    begin();
    for (int i = 0; i < 10 * LOG_LINES_PER_MINUTE; i++) {
        log_line(LOG_LEVEL_INFO, "FLOOD", "", "%d", i);
    }
    log_line(LOG_LEVEL_INFO, "CALM", "", "heard");
    end();
    cr_assert_not_null(strstr(text, "CALM: heard\n"));
    /* A minute may end in the middle of it: then twice as many, and a line
     * that says how many were left out. */
    cr_assert_geq(count_lines(text), LOG_LINES_PER_MINUTE + 1);
    cr_assert_leq(count_lines(text), 2 * LOG_LINES_PER_MINUTE + 2);
}
