/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/recipients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/holdfast/file.h"

#define REMEMBERED_SIZE_MAX 65536

uint16_t year_of(uint64_t posix_s)
{
    time_t time = (time_t)posix_s;
    struct tm utc;

    return gmtime_r(&time, &utc) == NULL ? 1970
                                         : (uint16_t)(utc.tm_year + 1900);
}

static int refuse(struct tool *tool, const char *sentence)
{
    struct problem problem = {
        .exit_code = EXIT_REFUSED,
        .code = "NO-RECIPIENT",
        .state = "nothing was sealed or sent.",
        .action = "a new roster version that settles it; until then keep the "
                  "originals safe",
    };

    return output_problem(&tool->output, &problem, "%s", sentence);
}

static int add(struct tool *tool, struct recipients *recipients,
               const struct age_recipient *key, const char *name)
{
    for (size_t i = 0; i < recipients->count; i++) {
        if (age_recipient_equal(&recipients->keys[i], key)) {
            return EXIT_DONE; /* each once */
        }
    }
    if (recipients->count == RECIPIENTS_MAX) {
        return refuse(tool, "more recipients than an item may have");
    }
    recipients->keys[recipients->count] = *key;
    (void)snprintf(recipients->names[recipients->count],
                   sizeof(recipients->names[0]), "%s", name);
    recipients->count++;
    return EXIT_DONE;
}

static int add_given(struct tool *tool, const char *text,
                     struct recipients *recipients)
{
    struct age_recipient key;
    struct why why = { "" };
    enum err err = age_recipient_parse(span_str(text), &key, &why);

    if (err != ERR_OK) {
        struct problem problem = { .exit_code = EXIT_USAGE,
                                   .code = "USAGE",
                                   .action = "give an age recipient: age1..." };
        char *shown = visible_str(text);
        int code = output_problem(&tool->output, &problem, "--to %s: %s", shown,
                                  why.text);

        free(shown);
        return code;
    }
    return add(tool, recipients, &key, "--to");
}

int recipients_collect(struct tool *tool, const struct roster *roster,
                       const struct roster_member *member, uint16_t year,
                       const char *const *to, size_t to_count,
                       struct recipients *ret_recipients)
{
    char name[160];

    memset(ret_recipients, 0, sizeof(*ret_recipients));
    if (member->seal_count == 0) {
        (void)snprintf(name, sizeof(name),
                       "%s has no seal line in the roster: it deposits nothing",
                       member->label.text);
        return refuse(tool, name);
    }
    for (size_t i = 0; i < member->seal_count; i++) {
        const struct roster_member *reader = &roster->members[member->seals[i]];
        const struct roster_recipient *recipient =
            roster_find_recipient(roster, reader, year);

        if (recipient == NULL) {
            (void)snprintf(name, sizeof(name),
                           "%s has no recipient for %u in the roster; nothing "
                           "can be sealed to it",
                           reader->label.text, (unsigned)year);
            return refuse(tool, name);
        }
        (void)snprintf(name, sizeof(name), "%s %u", reader->label.text,
                       (unsigned)year);

        int code = add(tool, ret_recipients, &recipient->key, name);

        if (code != EXIT_DONE) {
            return code;
        }
    }
    for (size_t i = 0; i < to_count; i++) {
        int code = add_given(tool, to[i], ret_recipients);

        if (code != EXIT_DONE) {
            return code;
        }
    }
    return EXIT_DONE;
}

static enum err remembered_path(const struct cid *cid,
                                const struct roster_member *member,
                                char path[static 4096], struct why *ret_why)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int size;

    if (state != NULL && state[0] == '/') {
        size = snprintf(path, 4096, "%s/holdfast/%s.%s.recipients", state,
                        cid->text, member->label.text);
    } else if (home != NULL && home[0] == '/') {
        size = snprintf(path, 4096, "%s/.local/state/holdfast/%s.%s.recipients",
                        home, cid->text, member->label.text);
    } else {
        return why_set(ret_why, ERR_NOT_FOUND,
                       "neither $XDG_STATE_HOME nor $HOME is set");
    }
    return size < 0 || size >= 4096
               ? why_set(ret_why, ERR_TOO_BIG, "too long a path")
               : ERR_OK;
}

/* Lines "age1... NAME". */
static void format(const struct recipients *recipients, struct buf *to)
{
    for (size_t i = 0; i < recipients->count; i++) {
        age_recipient_format(to, &recipients->keys[i]);
        buf_printf(to, " %s\n", recipients->names[i]);
    }
}

static bool has_line(struct span text, struct span line)
{
    return line.size <= text.size &&
           memmem(text.data, text.size, line.data, line.size) != NULL;
}

/* Lines of a that b lacks, each behind `mark`. */
static void say_missing(struct tool *tool, char mark, struct span a,
                        struct span b)
{
    while (a.size > 0) {
        const uint8_t *end = memchr(a.data, '\n', a.size);
        size_t size = end == NULL ? a.size : (size_t)(end - a.data) + 1;
        struct span line = span_part(a, 0, size);
        const uint8_t *space = memchr(line.data, ' ', line.size);

        if (!has_line(b, line) && space != NULL) {
            struct span name =
                span_part(line, (size_t)(space - line.data) + 1, line.size);
            char *shown = visible(span_part(name, 0, name.size - 1));

            output_warning(
                &tool->output, "%s %s  %.*s",
                mark == '+' ? "from now on also for" : "no longer for", shown,
                (int)(space - line.data), (const char *)line.data);
            free(shown);
        }
        a = span_part(a, size, a.size);
    }
}

int recipients_confirm(struct tool *tool, const struct cid *cid,
                       const struct roster_member *member,
                       const struct recipients *recipients)
{
    char path[4096];
    struct buf before;
    struct buf now;
    int code = EXIT_DONE;

    if (remembered_path(cid, member, path, NULL) != ERR_OK) {
        return EXIT_DONE;
    }
    buf_init(&before, REMEMBERED_SIZE_MAX);
    buf_init(&now, REMEMBERED_SIZE_MAX);
    format(recipients, &now);
    if (tool_file_read(path, REMEMBERED_SIZE_MAX, &before, NULL) == ERR_OK &&
        !span_equal(buf_span(&before), buf_span(&now))) {
        output_note(&tool->output,
                    "Whom %s seals to has changed since your last deposit:",
                    member->label.text);
        say_missing(tool, '+', buf_span(&now), buf_span(&before));
        say_missing(tool, '-', buf_span(&before), buf_span(&now));
        code = tool_confirm(tool, "Seal to the new ones from now on?");
    }
    buf_done(&before);
    buf_done(&now);
    return code;
}

enum err recipients_remember(const struct cid *cid,
                             const struct roster_member *member,
                             const struct recipients *recipients,
                             struct why *ret_why)
{
    char path[4096];
    struct buf text;
    enum err err = remembered_path(cid, member, path, ret_why);

    if (err != ERR_OK) {
        return err;
    }

    char *slash = strrchr(path, '/');

    *slash = '\0';
    err = tool_folders_make(path, 0700, ret_why);
    *slash = '/';
    buf_init(&text, REMEMBERED_SIZE_MAX);
    format(recipients, &text);
    if (err == ERR_OK) {
        err = tool_file_replace(path, buf_span(&text), 0600, ret_why);
    }
    buf_done(&text);
    return err;
}
