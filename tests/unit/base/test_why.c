/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/err.h"
#include "base/why.h"

/* The fact first, then places in front of it; the error passes through. */
Test(why, grows_to_the_left)
{
    struct why why;

    why_clear(&why);
    cr_assert_str_eq(why.text, "");
    cr_expect(why_set(&why, ERR_RANGE, "copies is %d", 9) == ERR_RANGE);
    cr_expect(why_prefix(&why, ERR_RANGE, "line %d", 3) == ERR_RANGE);
    cr_expect(why_prefix(&why, ERR_RANGE, "%s", "roster.txt") == ERR_RANGE);
    cr_expect_str_eq(why.text, "roster.txt: line 3: copies is 9");
}

/* Nobody asks: nothing happens. */
Test(why, may_be_null)
{
    why_clear(NULL);
    cr_expect(why_set(NULL, ERR_IO, "x") == ERR_IO);
    cr_expect(why_prefix(NULL, ERR_IO, "x") == ERR_IO);
}

/* What comes from outside can neither end the line nor steer a terminal. */
Test(why, neutralises_controls)
{
    struct why why;

    (void)why_set(&why, ERR_IO, "a%sb", "\n\x1b[31m\x7f");
    cr_expect_str_eq(why.text, "a??[31m?b");
}

/* Too long is cut at the end, and stays a string. */
Test(why, is_bounded)
{
    struct why why;

    (void)why_set(&why, ERR_IO, "%600d", 1);
    cr_expect(strlen(why.text) == WHY_SIZE - 1);
    (void)why_prefix(&why, ERR_IO, "%600d", 2);
    cr_expect(strlen(why.text) == WHY_SIZE - 1);
    (void)why_set(&why, ERR_IO, "short");
    (void)why_prefix(&why, ERR_IO, "%s", why.text);
    cr_expect_str_eq(why.text, "short: short");
    (void)why_set(&why, ERR_IO, "again %s", why.text);
    cr_expect_str_eq(why.text, "again short: short");
}

/* Each error has a name and a text; a number that is none has them too. */
Test(err, has_names)
{
    cr_expect_str_eq(err_name(ERR_OK), "ERR_OK");
    cr_expect_str_eq(err_name(ERR_FORKED), "ERR_FORKED");
    cr_expect_str_eq(err_text(ERR_NOT_FOUND), "not found");
    for (int err = 0; err < ERR_COUNT; err++) {
        cr_expect(strncmp(err_name((enum err)err), "ERR_", 4) == 0);
        cr_expect(strlen(err_text((enum err)err)) > 0);
    }
    cr_expect(err_name(ERR_COUNT) != NULL && err_text(ERR_COUNT) != NULL);
    cr_expect(err_name((enum err) - 1) != NULL);
}
