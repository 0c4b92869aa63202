/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/passphrase.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/output.h"

#define WORTHY_SIZE 12 /* bytes; a new passphrase below that gets a warning */

bool person_there(bool no_input)
{
    return !no_input && isatty(STDIN_FILENO) == 1;
}

/* Up to LF or the end, byte by byte, so that nothing stays in a buffer of
 * stdio. False on Ctrl-C or when there was nothing. */
static bool read_line(uint8_t *to, size_t room, size_t *ret_size)
{
    size_t used = 0;

    for (;;) {
        struct pollfd wait = { .fd = STDIN_FILENO, .events = POLLIN };
        uint8_t byte;
        ssize_t got;

        if (interrupt_poll(&wait, 1, -1) < 0) {
            if (interrupted()) {
                return false;
            }
            continue;
        }
        got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 || (got == 0 && used == 0)) {
            return false;
        }
        if (got == 0 || byte == '\n') {
            *ret_size = used;
            return true;
        }
        if (used < room) {
            to[used++] = byte;
        }
    }
}

bool person_answer(struct output *output, const char *question, char *ret_text,
                   size_t size)
{
    size_t used;

    fputs(question, output->err);
    fflush(output->err);
    if (!read_line((uint8_t *)ret_text, size - 1, &used)) {
        fputc('\n', output->err);
        return false;
    }
    ret_text[used] = '\0';
    return true;
}

/* A line without echo, in guarded memory. */
static enum err ask_secret(struct output *output, const char *question,
                           struct secret **ret_line, struct why *ret_why)
{
    struct secret *room = secret_new(PASSPHRASE_SIZE_MAX);
    struct secret *line = NULL;
    struct termios before;
    struct termios quiet;
    size_t size = 0;
    bool got;

    if (room == NULL || tcgetattr(STDIN_FILENO, &before) != 0) {
        secret_free(room);
        return why_set(ret_why, ERR_IO, "the terminal cannot be asked");
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    /* First no echo, then the question: what is typed at once stays unseen. */
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    fputs(question, output->err);
    fflush(output->err);
    got = read_line(secret_bytes(room), PASSPHRASE_SIZE_MAX, &size);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', output->err);
    if (got && size > 0) {
        line = secret_copy(span_of(secret_data(room), size));
    }
    secret_free(room);
    if (!got) {
        return why_set(ret_why, ERR_CANCELLED, "no passphrase was given");
    }
    if (size == 0) {
        return why_set(ret_why, ERR_MALFORMED, "an empty passphrase");
    }
    if (line == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    *ret_line = line;
    return ERR_OK;
}

static enum err ask(struct output *output, const char *of_what, bool twice,
                    struct secret **ret_passphrase, struct why *ret_why)
{
    struct secret *first;
    struct secret *second;
    char question[300];
    char *shown = visible_str(of_what);
    bool equal;
    enum err err;

    snprintf(question, sizeof(question),
             "%s %.200s: ", twice ? "New passphrase of" : "Passphrase of",
             shown);
    free(shown);
    err = ask_secret(output, question, &first, ret_why);
    if (err != ERR_OK || !twice) {
        if (err == ERR_OK) {
            *ret_passphrase = first;
        }
        return err;
    }
    err = ask_secret(output, "The same again: ", &second, ret_why);
    if (err != ERR_OK) {
        secret_free(first);
        return err;
    }
    equal = secret_size(first) == secret_size(second) &&
            sodium_memcmp(secret_data(first), secret_data(second),
                          secret_size(first)) == 0;
    secret_free(second);
    if (!equal) {
        secret_free(first);
        return why_set(ret_why, ERR_CONFLICT,
                       "the two passphrases are not the same");
    }
    *ret_passphrase = first;
    return ERR_OK;
}

/* The first line of a file. */
static enum err from_file(const char *file, struct secret **ret_passphrase,
                          struct why *ret_why)
{
    struct secret *bytes;
    struct secret *line;
    const uint8_t *end;
    size_t size;
    enum err err;

    err = keyio_read_secret(file, 4 * PASSPHRASE_SIZE_MAX, &bytes, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    end = memchr(secret_data(bytes), '\n', secret_size(bytes));
    size =
        end == NULL ? secret_size(bytes) : (size_t)(end - secret_data(bytes));
    if (size == 0 || size > PASSPHRASE_SIZE_MAX) {
        secret_free(bytes);
        return why_set(ret_why, ERR_MALFORMED,
                       "%s: its first line is no passphrase", file);
    }
    line = secret_copy(span_of(secret_data(bytes), size));
    secret_free(bytes);
    if (line == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    *ret_passphrase = line;
    return ERR_OK;
}

enum err passphrase_read(struct output *output, const char *file,
                         const char *of_what, bool twice, bool no_input,
                         struct secret **ret_passphrase, struct why *ret_why)
{
    enum err err;

    if (file != NULL) {
        err = from_file(file, ret_passphrase, ret_why);
    } else if (person_there(no_input)) {
        err = ask(output, of_what, twice, ret_passphrase, ret_why);
    } else {
        return why_set(ret_why, ERR_REFUSED,
                       "a passphrase is needed and nobody can be asked: give "
                       "--passphrase-file FILE");
    }
    if (err == ERR_OK && twice && secret_size(*ret_passphrase) < WORTHY_SIZE) {
        output_warning(output, "this passphrase is short: six or more random "
                               "words keep it for years");
    }
    return err;
}
