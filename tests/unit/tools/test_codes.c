/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "tools/holdfast/codes.h"

/* The list is sorted, without a code twice, and every row says all it has to:
 * a sentence each, that ends. */
Test(codes, are_whole_and_sorted)
{
    const struct code *before = NULL;
    const struct code *code;
    size_t count = 0;

    for (; (code = code_at(count)) != NULL; count++) {
        const char *texts[] = { code->meaning, code->causes, code->doing,
                                code->action };

        cr_assert(before == NULL || strcmp(before->name, code->name) < 0, "%s",
                  code->name);
        for (size_t i = 0; i < 4; i++) {
            size_t size = strlen(texts[i]);

            cr_assert(size > 5 && texts[i][size - 1] == '.', "%s: %s",
                      code->name, texts[i]);
            cr_assert_null(strstr(texts[i], "  "), "%s", texts[i]);
        }
        cr_assert(strlen(code->name) < 32);
        before = code;
    }
    cr_assert_eq(count, codes_node_count + codes_command_count);
}

/* A code is found as it stands in a log, and in small letters. */
Test(codes, are_found_in_any_case)
{
    cr_assert_str_eq(code_find("STORE-FULL")->name, "STORE-FULL");
    cr_assert_eq(code_find("store-full"), code_find("STORE-FULL"));
    cr_assert_null(code_find("STORE"));
    cr_assert_null(code_find(""));
}

/* A slip finds the code that was meant, a part of it too; nonsense nothing. */
Test(codes, nearest_is_what_was_meant)
{
    cr_assert_str_eq(code_nearest("PEER-SILNT")->name, "PEER-SILENT");
    cr_assert_str_eq(code_nearest("store_full")->name, "STORE-FULL");
    cr_assert_str_eq(code_nearest("SILENT")->name, "PEER-SILENT");
    cr_assert_null(code_nearest("XYZZY"));
    cr_assert_null(code_nearest(""));
    cr_assert_null(
        code_nearest("A-WORD-THAT-IS-LONGER-THAN-ANY-CODE-THAT-THERE-IS"));
}
