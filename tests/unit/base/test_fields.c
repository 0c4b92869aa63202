/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/fields.h"

/* A text of ours is read line by line, value by value, to its end. */
Test(fields, walks)
{
    struct fields fields;
    struct why why;

    why_clear(&why);
    fields_init(&fields,
                span_str("holdfast roster 1\nseal a b\nname two words \n"
                         "bare\n"),
                &why);
    cr_expect(fields_line(&fields, "holdfast roster 1"));
    cr_expect(fields_line_end(&fields));
    cr_expect(fields_next_is(&fields, "seal"));
    cr_expect(!fields_next_is(&fields, "sea"));
    cr_expect(fields_line(&fields, "seal"));
    cr_expect(fields_has_value(&fields));
    cr_expect(span_is(fields_value(&fields), "a"));
    cr_expect(span_is(fields_value(&fields), "b"));
    cr_expect(!fields_has_value(&fields));
    cr_expect(fields_line_end(&fields));
    cr_expect(fields_line(&fields, "name"));
    cr_expect(span_is(fields_rest(&fields), "two words "));
    cr_expect(!fields_at_end(&fields));
    cr_expect(fields_line(&fields, "bare"));
    cr_expect(fields_line_end(&fields));
    cr_expect(fields_at_end(&fields));
    cr_expect(fields_finish(&fields) == ERR_OK);
    cr_expect_str_eq(why.text, "");
}

/* Reads one line "k" and its values as `count` values, then finishes. */
static enum err read_line(const char *text, int count)
{
    struct fields fields;

    fields_init(&fields, span_str(text), NULL);
    if (fields_line(&fields, "k")) {
        for (int index = 0; index < count; index++) {
            (void)fields_value(&fields);
        }
    }
    return fields_finish(&fields);
}

/* Spaces, line ends and keywords stand exactly where they belong. */
Test(fields, is_strict)
{
    cr_expect(read_line("k\n", 0) == ERR_OK);
    cr_expect(read_line("k a\n", 1) == ERR_OK);
    cr_expect(read_line("k a b\n", 2) == ERR_OK);
    cr_expect(read_line("", 0) == ERR_MALFORMED);
    cr_expect(read_line("k", 0) == ERR_MALFORMED);
    cr_expect(read_line("k a", 1) == ERR_MALFORMED);
    cr_expect(read_line("ka\n", 0) == ERR_MALFORMED);
    cr_expect(read_line("\n", 0) == ERR_MALFORMED);
    cr_expect(read_line(" k\n", 0) == ERR_MALFORMED);
    cr_expect(read_line("k\n\n", 0) == ERR_MALFORMED);
    cr_expect(read_line("k\nk\n", 0) == ERR_MALFORMED);
    cr_expect(read_line("k \n", 0) == ERR_MALFORMED);
    cr_expect(read_line("k \n", 1) == ERR_MALFORMED);
    cr_expect(read_line("k  a\n", 1) == ERR_MALFORMED);
    cr_expect(read_line("k a \n", 1) == ERR_MALFORMED);
    cr_expect(read_line("k a  b\n", 2) == ERR_MALFORMED);
    cr_expect(read_line("k a\n", 2) == ERR_MALFORMED);
    cr_expect(read_line("k a b\n", 1) == ERR_MALFORMED);
}

/* The first failure names its line and stays; later reads give nothing. */
Test(fields, first_failure_stays)
{
    struct fields fields;
    struct why why;

    fields_init(&fields, span_str("a 1\nb\n"), &why);
    cr_expect(fields_line(&fields, "a"));
    cr_expect(span_is(fields_value(&fields), "1"));
    cr_expect(!fields_line(&fields, "c"));
    cr_expect_str_eq(why.text, "line 2: \"c\" is due here, not \"b\"");
    cr_expect(fields_fail(&fields, "other") == ERR_MALFORMED);
    cr_expect_str_eq(why.text, "line 2: \"c\" is due here, not \"b\"");
    cr_expect(!fields_line(&fields, "b"));
    cr_expect(!fields_next_is(&fields, "b"));
    cr_expect(fields_value(&fields).size == 0);
    cr_expect(fields_rest(&fields).size == 0);
    cr_expect(!fields_has_value(&fields));
    cr_expect(!fields_line_end(&fields));
    cr_expect(fields_finish(&fields) == ERR_MALFORMED);
}

/* What the caller finds wrong in a value is said with the line too. */
Test(fields, fails_for_the_caller)
{
    struct fields fields;
    struct why why;

    fields_init(&fields, span_str("copies 9\n"), &why);
    cr_expect(fields_line(&fields, "copies"));
    (void)fields_value(&fields);
    cr_expect(fields_fail(&fields, "%d copies, %d members", 9, 3) ==
              ERR_MALFORMED);
    cr_expect_str_eq(why.text, "line 1: 9 copies, 3 members");
    cr_expect(fields_finish(&fields) == ERR_MALFORMED);
}

/* A line that was entered and not used up is not forgotten by the next. */
Test(fields, demands_the_whole_line)
{
    struct fields fields;

    fields_init(&fields, span_str("a 1 2\nb\n"), NULL);
    cr_expect(fields_line(&fields, "a"));
    (void)fields_value(&fields);
    cr_expect(!fields_line(&fields, "b"));
    cr_expect(fields_finish(&fields) == ERR_MALFORMED);
}
