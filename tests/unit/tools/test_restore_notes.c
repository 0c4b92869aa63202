/* SPDX-License-Identifier: Apache-2.0 */
/* The texts that a restore leaves beside the files:
 * tools/holdfast/restore_notes.h. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/item_id.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/restore_notes.h"

#define ITEM_COUNT 5

struct fixture {
    struct tool tool;
    struct arguments arguments;
    struct restore restore;
    struct restore_item items[ITEM_COUNT];
    struct origin origin;
    char dir[64];
};

/* Five items: written, missing with a name, missing without one, locked, and
 * one that a check stopped. */
static struct fixture *fixture_new(enum restore_mode mode)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct restore *restore = &fixture->restore;

    cr_assert_not_null(fixture);
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/hf-unit-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture->dir));
    cr_assert(origin_parse(span_str("test-0123456789abcdef/alpin-1/"
                                    "000102030405060708090a0b0c0d0e0f"),
                           &fixture->origin) == ERR_OK);
    restore->tool = &fixture->tool;
    restore->arguments = &fixture->arguments;
    restore->mode = mode;
    restore->scope = RESTORE_ALL;
    restore->dir = fixture->dir;
    restore->items = fixture->items;
    restore->count = ITEM_COUNT;
    restore->origins = &fixture->origin;
    restore->origin_count = 1;
    memcpy(restore->node, "alpin-1", 8);
    for (size_t i = 0; i < ITEM_COUNT; i++) {
        fixture->items[i].time = 1764000000;
        memset(fixture->items[i].deposit.payload_root.bytes, (int)i + 1, 32);
    }
    fixture->items[0].state = RESTORE_WRITTEN;
    fixture->items[0].path = strdup("fine.txt");
    restore_miss(&fixture->items[1], RESTORE_NOT_HELD,
                 "the node does not have all of it");
    fixture->items[1].path = strdup("Kurgan/int\x1b[31m.mp4");
    restore_miss(&fixture->items[2], RESTORE_NOT_HELD, NULL);
    fixture->items[3].state = RESTORE_LOCKED;
    restore_miss(&fixture->items[4], RESTORE_CHECK_FAILED, "sha256");
    fixture->items[4].path = strdup("bad.txt");
    fixture->items[4].unverified = true;
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    char command[100];

    for (size_t i = 0; i < ITEM_COUNT; i++) {
        free(fixture->items[i].path);
        free(fixture->items[i].sentence);
    }
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", fixture->dir);
    cr_assert(system(command) == 0);
    free(fixture);
}

static char *text_of(const struct fixture *fixture)
{
    struct buf text;
    char *copy;

    buf_init(&text, 1 << 20);
    missing_text(&fixture->restore, &text);
    cr_assert(!buf_failed(&text));
    copy = strndup((const char *)text.data, text.size);
    buf_done(&text);
    return copy;
}

static void expect_id(const struct fixture *fixture, const char *text,
                      size_t index, bool there)
{
    char id[ITEM_ID_TEXT_SIZE];

    item_id_format(&fixture->items[index].deposit.payload_root, id);
    cr_expect((strstr(text, id) != NULL) == there, "item %zu in\n%s", index,
              text);
}

/* Whatever is not there is listed by id, with the reason, and with its name
 * when a key opened it; what is there is not. */
Test(restore_notes, lists_what_is_missing)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    char *text = text_of(fixture);

    for (size_t i = 0; i < ITEM_COUNT; i++) {
        expect_id(fixture, text, i, i > 0);
    }
    cr_expect_not_null(strstr(text, "Asked for: --all\n"));
    cr_expect_not_null(strstr(text, "the node does not have all of it"));
    cr_expect_not_null(strstr(text, "Kurgan/int\\x1b[31m.mp4"));
    cr_expect_not_null(strstr(text, "no key given opens it"));
    cr_expect_not_null(strstr(text, "2025, from alpin-1"));
    cr_expect_not_null(strstr(text, "a check failed: sha256"));
    cr_expect_not_null(strstr(text, ".unverified"));
    cr_expect_null(strstr(text, "\x1b"));
    free(text);
    fixture_free(fixture);
}

/* A folder of ciphertext tells no names. */
Test(restore_notes, no_names_beside_ciphertext)
{
    struct fixture *fixture = fixture_new(RESTORE_EXPORT);
    char *text = text_of(fixture);

    expect_id(fixture, text, 1, true);
    cr_expect_null(strstr(text, "Kurgan"));
    cr_expect_null(strstr(text, "bad.txt"));
    fixture->restore.scope = RESTORE_CASE;
    fixture->restore.case_name = "K-secret";
    free(text);
    text = text_of(fixture);
    cr_expect_null(strstr(text, "K-secret"));
    free(text);
    fixture_free(fixture);
}

/* Of an item that no key opens nobody knows whether it is of the case: it is
 * counted, not listed. */
Test(restore_notes, locked_items_are_of_no_case)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    char *text;

    fixture->restore.scope = RESTORE_CASE;
    fixture->restore.case_name = "K-1";
    fixture->restore.counts.locked = 1;
    text = text_of(fixture);
    expect_id(fixture, text, 3, false);
    cr_expect_not_null(strstr(text, "opens 1 more item"));
    free(text);
    fixture_free(fixture);
}

/* The list is written, renewed by the same command, and removed when nothing
 * is missing any more; the list of another command stays. */
Test(restore_notes, renews_its_own_list)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    char path[NOTES_PATH_SIZE];
    char again[NOTES_PATH_SIZE];
    struct why why;

    cr_assert(missing_write(&fixture->restore, path, &why) == ERR_OK);
    cr_expect(strcmp(strrchr(path, '/'), "/MISSING.txt") == 0);
    cr_expect(access(path, F_OK) == 0);
    cr_assert(missing_write(&fixture->restore, again, &why) == ERR_OK);
    cr_expect_str_eq(path, again);
    for (size_t i = 0; i < ITEM_COUNT; i++) {
        fixture->items[i].state = RESTORE_THERE;
    }
    fixture->restore.scope = RESTORE_CASE;
    fixture->restore.case_name = "K-1";
    cr_assert(missing_write(&fixture->restore, again, &why) == ERR_OK);
    cr_expect_str_eq(again, "");
    cr_expect(access(path, F_OK) == 0, "of another command");
    fixture->restore.scope = RESTORE_ALL;
    cr_assert(missing_write(&fixture->restore, again, &why) == ERR_OK);
    cr_expect_str_eq(again, "");
    cr_expect(access(path, F_OK) != 0);
    fixture_free(fixture);
}

/* A MISSING.txt of somebody else is not touched. */
Test(restore_notes, leaves_other_lists_alone)
{
    struct fixture *fixture = fixture_new(RESTORE_PLAIN);
    char other[100];
    char path[NOTES_PATH_SIZE];
    struct buf bytes;
    struct why why;

    (void)snprintf(other, sizeof(other), "%s/MISSING.txt", fixture->dir);
    cr_assert(tool_file_create(other, span_str("persons"), 0600, &why) ==
              ERR_OK);
    cr_assert(missing_write(&fixture->restore, path, &why) == ERR_OK);
    cr_expect(strcmp(strrchr(path, '/'), "/MISSING-2.txt") == 0);
    cr_expect(access(path, F_OK) == 0);
    buf_init(&bytes, 100);
    cr_assert(tool_file_read(other, 100, &bytes, &why) == ERR_OK);
    cr_expect(span_is(buf_span(&bytes), "persons"));
    buf_done(&bytes);
    fixture_free(fixture);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

/* Lines of files from earlier runs stay, those of this run are new. */
Test(restore_notes, merges_sums)
{
    struct buf text;

    buf_init(&text, 4096);
    sums_merge(span_str(HASH "  a.age\n" HASH "  b.age\nnonsense\n"),
               span_str(OTHER "  b.age\n" OTHER "  c.age\n"), &text);
    cr_assert(!buf_failed(&text));
    cr_expect(span_is(buf_span(&text),
                      HASH "  a.age\n" OTHER "  b.age\n" OTHER "  c.age\n"));
    buf_clear(&text);
    sums_merge(span_str(""), span_str(HASH "  a.age\n"), &text);
    cr_expect(span_is(buf_span(&text), HASH "  a.age\n"));
    buf_done(&text);
}
