/* SPDX-License-Identifier: Apache-2.0 */
/* Which path each file gets: tools/holdfast/restore_paths.h. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/restore_paths.h"

static const char *const reserved[] = { "MISSING.txt", NULL };

static struct path_wish wish(const char *name, uint64_t time, uint8_t root)
{
    struct path_wish one = { .name = span_str(name), .time = time };

    memset(one.root.bytes, root, sizeof(one.root.bytes));
    return one;
}

static const char *id_of(const struct path_wish *one,
                         char id[static ITEM_ID_TEXT_SIZE])
{
    path_id(&one->root, id);
    return id;
}

static void done(struct path_wish *wishes, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        free(wishes[index].path);
    }
}

/* Names that are in nobody's way stay as they are, odd bytes too. */
Test(restore_paths, keeps_names)
{
    struct path_wish wishes[] = {
        wish("a/b/c.mp4", 1, 1),
        wish("a/b.c", 2, 2),
        wish("latin-\xe9\xff\n.jpg", 3, 3),
        wish("a.b/c", 4, 4),
    };

    cr_assert(paths_choose(wishes, 4, reserved) == ERR_OK);
    for (size_t index = 0; index < 4; index++) {
        cr_expect(span_is(wishes[index].name, wishes[index].path));
        cr_expect(!wishes[index].renamed);
    }
    done(wishes, 4);
}

/* Of equal names the one registered first keeps it, in whatever order they
 * come; the others have their id before the extension. */
Test(restore_paths, equal_names_get_the_id)
{
    struct path_wish wishes[] = {
        wish("x/film.tar.gz", 30, 1),
        wish("x/film.tar.gz", 10, 2),
        wish("x/film.tar.gz", 20, 3),
    };
    char id[ITEM_ID_TEXT_SIZE];
    char expected[100];

    cr_assert(paths_choose(wishes, 3, reserved) == ERR_OK);
    cr_expect_str_eq(wishes[1].path, "x/film.tar.gz");
    cr_expect(!wishes[1].renamed);
    (void)snprintf(expected, sizeof(expected), "x/film.tar.%s.gz",
                   id_of(&wishes[0], id));
    cr_expect_str_eq(wishes[0].path, expected);
    (void)snprintf(expected, sizeof(expected), "x/film.tar.%s.gz",
                   id_of(&wishes[2], id));
    cr_expect_str_eq(wishes[2].path, expected);
    cr_expect(wishes[0].renamed && wishes[2].renamed);
    done(wishes, 3);
}

/* A file that has the name of another one's folder gets its id, also when other
 * names sort between them. */
Test(restore_paths, a_folder_goes_before_a_file)
{
    struct path_wish wishes[] = {
        wish("x", 1, 1),
        wish("x.txt", 2, 2),
        wish("x-y", 3, 3),
        wish("x/y", 4, 4),
    };
    char id[ITEM_ID_TEXT_SIZE];
    char expected[100];

    cr_assert(paths_choose(wishes, 4, reserved) == ERR_OK);
    (void)snprintf(expected, sizeof(expected), "x.%s", id_of(&wishes[0], id));
    cr_expect_str_eq(wishes[0].path, expected);
    cr_expect_str_eq(wishes[1].path, "x.txt");
    cr_expect_str_eq(wishes[2].path, "x-y");
    cr_expect_str_eq(wishes[3].path, "x/y");
    done(wishes, 4);
}

/* A part of 256 bytes is a name for no disk: the id alone; 255 bytes fit, but
 * not with an id added. */
Test(restore_paths, long_names_get_the_id_alone)
{
    char fits[256];
    char long_one[300];
    struct path_wish wishes[3];
    char id[ITEM_ID_TEXT_SIZE];

    memset(fits, 'f', 255);
    fits[255] = '\0';
    memset(long_one, 'l', 256);
    memcpy(long_one + 256, "/end", 5);
    wishes[0] = wish(fits, 1, 1);
    wishes[1] = wish(fits, 2, 2);
    wishes[2] = wish(long_one, 3, 3);
    cr_assert(paths_choose(wishes, 3, reserved) == ERR_OK);
    cr_expect_str_eq(wishes[0].path, fits);
    cr_expect_str_eq(wishes[1].path, id_of(&wishes[1], id));
    cr_expect_str_eq(wishes[2].path, id_of(&wishes[2], id));
    cr_expect(wishes[2].renamed);
    done(wishes, 3);
}

/* What we write ourselves is nobody's name, nor a folder's. */
Test(restore_paths, reserved_names_are_taken)
{
    struct path_wish wishes[] = {
        wish("MISSING.txt", 1, 1),
        wish("MISSING.txt/inside", 2, 2),
        wish("deep/MISSING.txt", 3, 3),
    };

    cr_assert(paths_choose(wishes, 3, reserved) == ERR_OK);
    cr_expect_str_neq(wishes[0].path, "MISSING.txt");
    cr_expect(strncmp(wishes[1].path, "MISSING.txt/", 12) != 0);
    cr_expect_str_eq(wishes[2].path, "deep/MISSING.txt");
    done(wishes, 3);
}

/* Whoever deposits a file under the name that another one would get in its
 * place does not get two files one path. */
Test(restore_paths, chosen_names_never_meet)
{
    char id[ITEM_ID_TEXT_SIZE];
    char trap[100];
    struct path_wish wishes[4];

    wishes[0] = wish("a.txt", 1, 1);
    wishes[1] = wish("a.txt", 2, 2);
    (void)snprintf(trap, sizeof(trap), "a.%s.txt", id_of(&wishes[1], id));
    wishes[2] = wish(trap, 3, 3);
    wishes[3] = wish(id_of(&wishes[1], id), 4, 4);
    cr_assert(paths_choose(wishes, 4, reserved) == ERR_OK);
    for (size_t a = 0; a < 4; a++) {
        for (size_t b = a + 1; b < 4; b++) {
            cr_expect(wishes[a].path == NULL || wishes[b].path == NULL ||
                          strcmp(wishes[a].path, wishes[b].path) != 0,
                      "%zu and %zu", a, b);
        }
    }
    done(wishes, 4);
}

/* The same items get the same paths in any order. */
Test(restore_paths, order_does_not_matter)
{
    struct path_wish one[] = { wish("n", 5, 1), wish("n", 5, 2),
                               wish("n/m", 4, 3), wish("n", 1, 4) };
    struct path_wish two[] = { one[3], one[2], one[1], one[0] };

    cr_assert(paths_choose(one, 4, reserved) == ERR_OK);
    cr_assert(paths_choose(two, 4, reserved) == ERR_OK);
    for (size_t index = 0; index < 4; index++) {
        cr_expect_str_eq(one[index].path, two[3 - index].path);
    }
    done(one, 4);
    done(two, 4);
}

/* An extension is what follows the last dot; a leading dot begins a name. */
Test(restore_paths, id_before_the_extension)
{
    char *path;

    path = path_with_id(span_str("d.x/plain"), "ID");
    cr_expect_str_eq(path, "d.x/plain.ID");
    free(path);
    path = path_with_id(span_str(".hidden"), "ID");
    cr_expect_str_eq(path, ".hidden.ID");
    free(path);
    path = path_with_id(span_str("a.b.c"), "ID");
    cr_expect_str_eq(path, "a.b.ID.c");
    free(path);
}

/* A check character that is a mark is left out of names; letters stay. */
Test(restore_paths, no_marks_in_names)
{
    size_t cut = 0;

    for (unsigned byte = 0; byte < 256; byte++) {
        struct payload_root root;
        char full[ITEM_ID_TEXT_SIZE];
        char id[ITEM_ID_TEXT_SIZE];

        memset(root.bytes, (int)byte, sizeof(root.bytes));
        root.bytes[9] = (uint8_t)(byte * 7);
        item_id_format(&root, full);
        path_id(&root, id);
        cr_expect(strpbrk(id, "*~$=") == NULL);
        cr_expect(strncmp(full, id, strlen(id)) == 0);
        cut += strlen(id) < strlen(full) ? 1 : 0;
    }
    cr_expect(cut > 0 && cut < 256);
}
