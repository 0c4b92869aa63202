/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/age_key.h"
#include "crypto/secret.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/output.h"
#include "tools/holdfast/passphrase.h"
#include "tools/holdfast/sealed.h"

static char folder[64];

static void set_up(void)
{
    cr_assert_eq(crypto_init(), ERR_OK);
    snprintf(folder, sizeof(folder), "/tmp/hf-keyio-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void tear_down(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(keyio, .init = set_up, .fini = tear_down);

static const char *path_of(char path[static 128], const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
    return path;
}

static const char *file_with(char path[static 128], const char *name,
                             const char *text, mode_t mode)
{
    int fd = open(path_of(path, name), O_WRONLY | O_CREAT | O_EXCL, 0600);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    cr_assert_eq(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

static void write_key(char path[static 128], enum key_kind kind)
{
    uint8_t seed[KEY_SEED_SIZE];
    struct buf text;
    struct why why;

    memset(seed, 7, sizeof(seed));
    buf_init(&text, KEY_FILE_SIZE_MAX);
    key_file_format(&text, kind, seed, span_str("a comment"));
    cr_assert_eq(keyio_write(path_of(path, "key"), buf_span(&text), &why),
                 ERR_OK, "%s", why.text);
    buf_done(&text);
}

/* What was written is for its owner alone and is read again. */
Test(keyio, writes_and_reads_a_key)
{
    struct secret *seed;
    struct stat status;
    enum key_kind kind;
    struct why why;
    char path[128];

    umask(0);
    write_key(path, KEY_GOVERNANCE);
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
    cr_assert_eq(keyio_read(path, KEY_GOVERNANCE, &seed, &why), ERR_OK);
    cr_assert_eq(secret_size(seed), KEY_SEED_SIZE);
    cr_assert_eq(secret_data(seed)[31], 7);
    secret_free(seed);
    cr_assert_eq(keyio_read_any(path, &kind, &seed, &why), ERR_OK);
    cr_assert_eq(kind, KEY_GOVERNANCE);
    secret_free(seed);
    cr_assert_eq(keyio_read(path, KEY_NODE, &seed, &why), ERR_WRONG_KEY);
    cr_assert_not_null(strstr(why.text, path));
}

/* A key is never written over anything, not even through a link. */
Test(keyio, never_overwrites)
{
    char path[128];
    char link[128];
    struct why why;

    write_key(path, KEY_NODE);
    cr_assert_eq(keyio_write(path, span_str("x"), &why), ERR_CONFLICT);
    cr_assert_eq(symlink("/nowhere", path_of(link, "link")), 0);
    cr_assert_eq(keyio_write(link, span_str("x"), &why), ERR_CONFLICT);
    cr_assert_eq(keyio_write(path_of(link, "no/where"), span_str("x"), &why),
                 ERR_NOT_FOUND);
}

/* Any right of group or others on a key is an error that says chmod. */
Test(keyio, refuses_what_others_may_read)
{
    static const mode_t modes[] = { 0640, 0604, 0660, 0601, 0620 };
    char path[128];
    struct secret *seed;
    struct why why;

    write_key(path, KEY_NODE);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        cr_assert_eq(chmod(path, modes[i]), 0);
        cr_assert_eq(keyio_read(path, KEY_NODE, &seed, &why), ERR_PERMISSION);
        cr_assert_not_null(strstr(why.text, "chmod 600"));
    }
    cr_assert_eq(chmod(path, 0400), 0);
    cr_assert_eq(keyio_read(path, KEY_NODE, &seed, &why), ERR_OK);
    secret_free(seed);
}

/* Inside the unit's credentials systemd's modes count, but not beside them. */
Test(keyio, trusts_credentials)
{
    char path[128];
    char around[200];
    struct secret *seed;
    struct why why;

    write_key(path, KEY_NODE);
    cr_assert_eq(chmod(path, 0440), 0);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    cr_assert_eq(keyio_read(path, KEY_NODE, &seed, &why), ERR_OK);
    secret_free(seed);
    snprintf(around, sizeof(around), "%s/../%s", folder, path + 5);
    cr_assert_eq(keyio_read(around, KEY_NODE, &seed, &why), ERR_PERMISSION);
    setenv("CREDENTIALS_DIRECTORY", "/tmp/hf-key", 1);
    cr_assert_eq(keyio_read(path, KEY_NODE, &seed, &why), ERR_PERMISSION);
}

/* Empty, huge, absent, a folder, no key: each has its own sentence. */
Test(keyio, names_what_is_wrong)
{
    char path[128];
    char *huge = calloc(1, KEY_FILE_SIZE_MAX + 2);
    struct secret *seed;
    struct why why;

    cr_assert_not_null(huge);
    memset(huge, '#', KEY_FILE_SIZE_MAX + 1);
    cr_assert_eq(keyio_read(path_of(path, "none"), KEY_NODE, &seed, &why),
                 ERR_NOT_FOUND);
    file_with(path, "empty", "", 0600);
    cr_assert_eq(keyio_read(path, KEY_NODE, &seed, &why), ERR_MALFORMED);
    cr_assert_not_null(strstr(why.text, "empty"));
    file_with(path, "huge", huge, 0600);
    cr_assert_eq(keyio_read(path, KEY_NODE, &seed, &why), ERR_TOO_BIG);
    file_with(path, "words", "not a key\n", 0600);
    cr_assert_eq(keyio_read(path, KEY_NODE, &seed, &why), ERR_MALFORMED);
    cr_assert_eq(keyio_read(folder, KEY_NODE, &seed, &why), ERR_IO);
    free(huge);
}

static enum err ask(const char *file, bool twice, struct secret **ret,
                    struct why *why)
{
    struct output output;
    FILE *nowhere = fopen("/dev/null", "w");
    enum err err;

    cr_assert_not_null(nowhere);
    output_init(&output, nowhere, nowhere, true);
    err = passphrase_read(&output, file, "x.age", twice, true, ret, why);
    output_done(&output);
    fclose(nowhere);
    return err;
}

/* The passphrase is the first line of its file, exactly; without a file and a
 * terminal the sentence names the flag. */
Test(keyio, reads_a_passphrase)
{
    char path[128];
    struct secret *passphrase;
    struct why why;

    file_with(path, "pp", " six random words \nsecond line\n", 0600);
    cr_assert_eq(ask(path, true, &passphrase, &why), ERR_OK);
    cr_assert(span_is(secret_span(passphrase), " six random words "));
    secret_free(passphrase);
    file_with(path, "none", "\nx\n", 0600);
    cr_assert_eq(ask(path, false, &passphrase, &why), ERR_MALFORMED);
    file_with(path, "open", "six random words\n", 0644);
    cr_assert_eq(ask(path, false, &passphrase, &why), ERR_PERMISSION);
    cr_assert_eq(ask(NULL, false, &passphrase, &why), ERR_REFUSED);
    cr_assert_not_null(strstr(why.text, "--passphrase-file"));
}

/* A sealed file opens with its passphrase, and with no other. */
Test(keyio, seals_and_opens)
{
    struct secret *good = secret_copy(span_str("good"));
    struct secret *bad = secret_copy(span_str("bad"));
    struct secret *plain = NULL;
    struct buf sealed;
    struct why why;

    buf_init(&sealed, 65536);
    cr_assert_eq(sealed_make(span_str("inside"), good, &sealed, &why), ERR_OK);
    cr_assert_eq(sealed_open(buf_span(&sealed), bad, &plain, &why),
                 ERR_WRONG_KEY);
    cr_assert_eq(sealed_open(buf_span(&sealed), good, &plain, &why), ERR_OK);
    cr_assert(span_is(secret_span(plain), "inside"));
    secret_free(plain);
    sealed.data[sealed.size - 1] ^= 1;
    cr_assert_eq(sealed_open(buf_span(&sealed), good, &plain, &why),
                 ERR_CORRUPT);
    sealed.size -= 30;
    cr_assert_neq(sealed_open(buf_span(&sealed), good, &plain, &why), ERR_OK);
    buf_done(&sealed);
    secret_free(good);
    secret_free(bad);
}

/* Identities come from a plain file too, and a wrong one is named. */
Test(keyio, reads_identities)
{
    uint8_t scalar[AGE_KEY_SIZE];
    struct age_identity identity;
    struct age_identities identities;
    struct buf text;
    char path[128];
    struct why why;

    memset(scalar, 9, sizeof(scalar));
    cr_assert_eq(age_identity_init(&identity, scalar), ERR_OK);
    buf_init(&text, 4096);
    buf_put_str(&text, "# mine\n");
    age_identity_format(&text, &identity);
    buf_put_str(&text, "\n");
    buf_put_byte(&text, 0);
    file_with(path, "id", (const char *)text.data, 0600);
    cr_assert_eq(sealed_identities(NULL, path, NULL, true, &identities, &why),
                 ERR_OK, "%s", why.text);
    cr_assert_eq(identities.count, 1);
    age_identities_done(&identities);
    age_identity_done(&identity);
    buf_done(&text);
    file_with(path, "bad", "nothing\n", 0600);
    cr_assert_eq(sealed_identities(NULL, path, NULL, true, &identities, &why),
                 ERR_MALFORMED);
    cr_assert_not_null(strstr(why.text, path));
}
