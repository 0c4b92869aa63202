/* SPDX-License-Identifier: Apache-2.0 */
/* Writing below one folder and nowhere else: tools/holdfast/restore_target.h.
 * Each test has a folder of its own, with DIR and a folder outside of it. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "tools/holdfast/restore_target.h"

struct place {
    char root[64];
    char dir[80];
    char outside[80];
    struct target *target;
};

static struct place place;

static void begin(void)
{
    struct why why;

    cr_assert(crypto_init() == ERR_OK);
    (void)snprintf(place.root, sizeof(place.root), "/tmp/hf-unit-XXXXXX");
    cr_assert_not_null(mkdtemp(place.root));
    (void)snprintf(place.dir, sizeof(place.dir), "%s/dir", place.root);
    (void)snprintf(place.outside, sizeof(place.outside), "%s/outside",
                   place.root);
    cr_assert(mkdir(place.dir, 0700) == 0 && mkdir(place.outside, 0700) == 0);
    cr_assert(target_open(place.dir, &place.target, &why) == ERR_OK);
}

static void end(void)
{
    char command[100];

    target_close(place.target);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", place.root);
    cr_assert(system(command) == 0);
}

TestSuite(restore_target, .init = begin, .fini = end);

static void path_of(const char *name, char path[static 256])
{
    (void)snprintf(path, 256, "%s/%s", place.dir, name);
}

static void put(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    path_of(name, path);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void expect_content(const char *name, const char *text)
{
    char path[256];
    char found[64] = "";
    FILE *file;

    path_of(name, path);
    file = fopen(path, "r");
    cr_assert_not_null(file, "%s", name);
    cr_assert(fread(found, 1, sizeof(found) - 1, file) == strlen(text));
    cr_expect_str_eq(found, text);
    fclose(file);
}

static size_t entries(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    cr_assert_not_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count - 2;
}

/* Write text to a path as a restore does, up to its place. */
static enum err write_file(const char *name, const char *text, bool overwrite)
{
    struct target_folder *near = NULL;
    struct target_file file = { .fd = -1 };
    struct why why;
    enum err err = target_begin(place.target, &near, name, &file, &why);

    if (err == ERR_OK) {
        err = target_write(&file, 0, span_str(text), &why);
    }
    if (err == ERR_OK) {
        err = target_sync(&file, NULL, &why);
    }
    if (err == ERR_OK) {
        err = target_place(&file, overwrite, &why);
    }
    target_drop(&file);
    target_folder_done(near);
    return err;
}

/* A file arrives under its path, 0600, in folders of 0700, with its time. */
Test(restore_target, writes_a_file)
{
    const uint64_t modified = 1600000000;
    struct target_folder *near = NULL;
    struct target_file file;
    struct stat status;
    struct why why;
    char path[256];

    cr_assert(target_begin(place.target, &near, "a/b/c", &file, &why) ==
              ERR_OK);
    cr_assert(target_write(&file, 2, span_str("cd"), &why) == ERR_OK);
    cr_assert(target_write(&file, 0, span_str("ab"), &why) == ERR_OK);
    cr_assert(target_sync(&file, &modified, &why) == ERR_OK);
    path_of("a/b/c", path);
    cr_expect(access(path, F_OK) != 0, "not under its name before it is whole");
    cr_assert(target_place(&file, false, &why) == ERR_OK);
    target_drop(&file);
    target_folder_done(near);
    expect_content("a/b/c", "abcd");
    cr_assert(stat(path, &status) == 0);
    cr_expect((status.st_mode & 07777) == 0600);
    cr_expect(status.st_mtim.tv_sec == (time_t)modified);
    path_of("a/b", path);
    cr_assert(stat(path, &status) == 0);
    cr_expect((status.st_mode & 07777) == 0700);
    cr_expect(entries(path) == 1, "no temporary name is left");
    cr_expect(target_finish(place.target, &why) == ERR_OK);
}

/* Nothing is ever written over, unless it was asked for. */
Test(restore_target, overwrites_only_when_told)
{
    put("old", "old");
    cr_expect(write_file("old", "new", false) == ERR_CONFLICT);
    expect_content("old", "old");
    cr_expect(entries(place.dir) == 1, "no temporary name is left");
    cr_expect(write_file("old", "new", true) == ERR_OK);
    expect_content("old", "new");
}

/* No link below the folder is followed, neither for a folder nor for the file
 * itself, also when it leads to a place inside. */
Test(restore_target, follows_no_link)
{
    char path[256];
    char link[256];

    path_of("out", path);
    cr_assert(symlink(place.outside, path) == 0);
    path_of("up", path);
    cr_assert(symlink("..", path) == 0);
    path_of("here", path);
    cr_assert(symlink(".", path) == 0);
    cr_expect(write_file("out/x", "x", true) == ERR_REFUSED);
    cr_expect(write_file("out/y/x", "x", true) == ERR_REFUSED);
    cr_expect(write_file("up/outside/x", "x", true) == ERR_REFUSED);
    cr_expect(write_file("here/x", "x", true) == ERR_REFUSED);
    cr_expect(entries(place.outside) == 0);

    /* A link in the file's own place. */
    (void)snprintf(path, sizeof(path), "%s/target", place.outside);
    path_of("file", link);
    cr_assert(symlink(path, link) == 0);
    cr_expect(write_file("file", "x", false) == ERR_CONFLICT);
    cr_expect(entries(place.outside) == 0);
    /* Told to overwrite, it replaces the link, not what it points to. */
    cr_expect(write_file("file", "x", true) == ERR_OK);
    cr_expect(entries(place.outside) == 0);
    expect_content("file", "x");
}

/* Paths that no metadata may hold are refused here once more. */
Test(restore_target, refuses_bad_paths)
{
    static const char *const bad[] = { "../x",  "a/../../x", "/etc/x", "a//x",
                                       "a/./x", "..",        "a/..",   "a/",
                                       "",      "." };
    char long_part[400];

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_expect(write_file(bad[index], "x", true) != ERR_OK, "%s",
                  bad[index]);
    }
    memset(long_part, 'a', 300);
    long_part[300] = '\0';
    cr_expect(write_file(long_part, "x", true) == ERR_UNSUPPORTED);
    memcpy(long_part + 300, "/x", 3);
    cr_expect(write_file(long_part, "x", true) == ERR_UNSUPPORTED);
    cr_expect(entries(place.root) == 2 && entries(place.outside) == 0);
}

/* A file where a folder must be is an error of this path only. */
Test(restore_target, a_file_is_no_folder)
{
    put("file", "x");
    cr_expect(write_file("file/x", "x", true) == ERR_REFUSED);
    expect_content("file", "x");
}

/* What was begun and not placed leaves nothing behind. */
Test(restore_target, drops_what_is_not_whole)
{
    struct target_folder *near = NULL;
    struct target_file file;
    struct why why;

    cr_assert(target_begin(place.target, &near, "x", &file, &why) == ERR_OK);
    cr_expect(entries(place.dir) == 1);
    target_drop(&file);
    target_drop(&file);
    cr_expect(entries(place.dir) == 0);
    cr_expect(target_is_empty(place.target));
    target_folder_done(near);
}

/* What failed a check says so in its name, and takes nobody's place. */
Test(restore_target, unverified_beside)
{
    put("x.unverified", "older");
    for (int turn = 0; turn < 2; turn++) {
        struct target_folder *near = NULL;
        struct target_file file;
        struct why why;

        cr_assert(target_begin(place.target, &near, "x", &file, &why) ==
                  ERR_OK);
        cr_assert(target_write(&file, 0, span_str("bad"), &why) == ERR_OK);
        cr_assert(target_place_unverified(&file, &why) == ERR_OK);
        target_drop(&file);
        target_folder_done(near);
    }
    expect_content("x.unverified", "older");
    expect_content("x.unverified.2", "bad");
    expect_content("x.unverified.3", "bad");
}

/* The folder at hand is used for its neighbours and for nobody else; when it
 * was removed meanwhile it is made again. */
Test(restore_target, remembers_the_folder)
{
    static const char *const names[] = { "a/1", "a/2", "ab/3", "4", "a/b/5" };
    struct target_folder *near = NULL;
    struct target_file file;
    struct why why;
    char path[256];

    for (size_t index = 0; index < 5; index++) {
        cr_assert(target_begin(place.target, &near, names[index], &file,
                               &why) == ERR_OK);
        cr_assert(target_place(&file, false, &why) == ERR_OK);
        path_of(names[index], path);
        cr_expect(access(path, F_OK) == 0, "%s", names[index]);
    }
    cr_assert(unlink(path) == 0);
    path_of("a/b", path);
    cr_assert(rmdir(path) == 0);
    cr_assert(target_begin(place.target, &near, "a/b/6", &file, &why) ==
              ERR_OK);
    cr_assert(target_place(&file, false, &why) == ERR_OK);
    expect_content("a/b/6", "");
    target_folder_done(near);
}

/* A file counts as there only with the same size and the same bytes. */
Test(restore_target, compares_by_hash)
{
    struct digest digest = digest_of(span_str("same"));
    struct why why;
    char path[256];

    put("f", "same");
    put("g", "Same");
    put("h", "same but longer");
    path_of("link", path);
    cr_assert(symlink("f", path) == 0);
    cr_expect(target_compare(place.target, "f", 4, &digest, &why) == ERR_OK);
    cr_expect(target_compare(place.target, "g", 4, &digest, &why) ==
              ERR_CONFLICT);
    cr_expect(target_compare(place.target, "h", 4, &digest, &why) ==
              ERR_CONFLICT);
    cr_expect(target_compare(place.target, "link", 4, &digest, &why) ==
              ERR_CONFLICT);
    cr_expect(target_compare(place.target, "none", 4, &digest, &why) ==
              ERR_NOT_FOUND);
    cr_expect(target_compare(place.target, "no/ne", 4, &digest, &why) ==
              ERR_NOT_FOUND);
    cr_expect(target_size(place.target, "h") == 15);
    cr_expect(target_size(place.target, "link") == 0);
}

/* A small file at once: again with the same bytes is fine, with others not. */
Test(restore_target, whole_files)
{
    struct why why;

    cr_expect(target_write_whole(place.target, "w", span_str("1"), &why) ==
              ERR_OK);
    cr_expect(target_write_whole(place.target, "w", span_str("1"), &why) ==
              ERR_OK);
    cr_expect(target_write_whole(place.target, "w", span_str("2"), &why) ==
              ERR_CONFLICT);
    expect_content("w", "1");
    cr_expect(entries(place.dir) == 1);
}
