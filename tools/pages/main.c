/* SPDX-License-Identifier: Apache-2.0 */
/* holdfast-pages TEMPLATES DATE OUT: writes OUT/man/... and OUT/bash/holdfast.
 * Part of the build; not installed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/holdfast/command.h"
#include "tools/pages/pages.h"

#define PATH_SIZE 1024

struct page {
    const char *from; /* the template */
    const char *name; /* below OUT */
};

static const struct page pages[] = {
    { "holdfast.1.in", "man/man1/holdfast.1" },
    { "holdfastd.8.in", "man/man8/holdfastd.8" },
    { "holdfast.conf.5.in", "man/man5/holdfast.conf.5" },
    { "holdfast-codes.7.in", "man/man7/holdfast-codes.7" },
    { "holdfast.bash.in", "bash/holdfast" },
};
#define PAGES_COUNT (sizeof(pages) / sizeof(pages[0]))

static bool make_folder(const char *out, const char *name)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s", out, name);
    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

static FILE *begin(const char *out, const char *name)
{
    char path[PATH_SIZE];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", out, name);
    file = fopen(path, "we");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    return file;
}

static bool end(FILE *file, bool good)
{
    if (file == NULL) {
        return false;
    }
    if (fclose(file) != 0) {
        fprintf(stderr, "a page cannot be written: %s\n", strerror(errno));
        return false;
    }
    return good;
}

static bool make_page(const char *from, const char *date, const char *out,
                      const struct page *page)
{
    char source[PATH_SIZE];
    FILE *file;
    bool good;

    snprintf(source, sizeof(source), "%s/%s", from, page->from);
    file = begin(out, page->name);
    good = file != NULL && template_fill(source, file, date, HF_VERSION);
    return end(file, good);
}

static bool make_command(const char *date, const char *out,
                         const struct command *command)
{
    char page[PAGE_NAME_SIZE];
    char name[PATH_SIZE];
    FILE *file;

    page_name(command, page);
    snprintf(name, sizeof(name), "man/man1/%s.1", page);
    file = begin(out, name);
    if (file != NULL) {
        fputs(".\\\" SPDX-License-Identifier: Apache-2.0\n"
              ".\\\" Made from the table of commands.\n.TH ",
              file);
        for (const char *at = page; *at != '\0'; at++) {
            fputc(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at, file);
        }
        fprintf(file, " 1 %s \"holdfast %s\" \"User Commands\"\n", date,
                HF_VERSION);
        page_of_command(file, command);
    }
    return end(file, file != NULL);
}

int main(int argc, char **argv)
{
    static const char *const folders[] = { "man",      "man/man1", "man/man5",
                                           "man/man7", "man/man8", "bash" };
    bool good = argc == 4;

    if (!good) {
        fputs("holdfast-pages TEMPLATES DATE OUT\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && good; i++) {
        good = make_folder(argv[3], folders[i]);
    }
    for (size_t i = 0; i < PAGES_COUNT && good; i++) {
        good = make_page(argv[1], argv[2], argv[3], &pages[i]);
    }
    for (size_t i = 0; i < command_count && good; i++) {
        good = make_command(argv[2], argv[3], commands[i]);
    }
    return good ? 0 : 1;
}
