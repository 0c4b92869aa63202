/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/input.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/key_file.h"
#include "crypto/node_key.h"
#include "crypto/secret.h"
#include "fixture.h"

static char folder[64];
static char path[128];

static void setup(void)
{
    cr_assert_eq(crypto_init(), ERR_OK);
    strcpy(folder, "/tmp/hf-input-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/file", folder);
}

static void teardown(void)
{
    remove_folder(folder);
}

TestSuite(input, .init = setup, .fini = teardown);

static void put(struct span bytes, mode_t mode)
{
    FILE *file = fopen(path, "w");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, mode), 0);
}

static void put_key(mode_t mode)
{
    uint8_t seed[KEY_SEED_SIZE];
    struct buf text;

    memset(seed, 7, sizeof(seed));
    buf_init(&text, KEY_FILE_SIZE_MAX);
    key_file_format(&text, KEY_NODE, seed, span_str("of a test"));
    put(buf_span(&text), mode);
    buf_done(&text);
}

/* A file is read whole, and its path stands in every error. */
Test(input, reads_files)
{
    struct why why = { "" };
    struct buf bytes;
    char *big = calloc(1, 100000);

    cr_assert_not_null(big);
    put(span_of(big, 100000), 0600);
    buf_init(&bytes, 100000);
    cr_assert_eq(input_read(path, &bytes, &why), ERR_OK);
    cr_assert_eq(bytes.size, 100000);
    buf_done(&bytes);
    buf_init(&bytes, 99999);
    cr_assert_eq(input_read(path, &bytes, &why), ERR_TOO_BIG);
    cr_assert_not_null(strstr(why.text, path));
    buf_done(&bytes);
    buf_init(&bytes, 10);
    cr_assert_eq(input_read("/nonexistent/x", &bytes, &why), ERR_NOT_FOUND);
    cr_assert_not_null(strstr(why.text, "/nonexistent/x"));
    cr_assert_eq(input_read(folder, &bytes, &why), ERR_IO);
    buf_done(&bytes);
    free(big);
}

/* A node key is taken when nobody else can read it. */
Test(input, takes_private_key)
{
    struct node_key key;
    struct why why = { "" };

    put_key(0600);
    cr_assert_eq(input_read_node_key(path, &key, &why), ERR_OK, "%s", why.text);
    node_key_done(&key);
}

/* A key that others may read is refused, with its mode and what to do. */
Test(input, refuses_open_key)
{
    struct node_key key;
    struct why why = { "" };

    put_key(0640);
    cr_assert_eq(input_read_node_key(path, &key, &why), ERR_PERMISSION);
    cr_assert_not_null(strstr(why.text, "0640"));
    cr_assert_not_null(strstr(why.text, "chmod 600"));
}

/* systemd's own folder of credentials is private as a whole. */
Test(input, takes_credentials)
{
    struct node_key key;
    struct why why = { "" };

    put_key(0440);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);

    enum err err = input_read_node_key(path, &key, &why);

    unsetenv("CREDENTIALS_DIRECTORY");
    cr_assert_eq(err, ERR_OK, "%s", why.text);
    node_key_done(&key);
}

/* Garbage, a folder, nothing at all: each is an error with its path. */
Test(input, refuses_what_is_no_key)
{
    struct node_key key;
    struct why why = { "" };

    put(span_str("hello\n"), 0600);
    cr_assert_neq(input_read_node_key(path, &key, &why), ERR_OK);
    cr_assert_not_null(strstr(why.text, path));
    cr_assert_eq(input_read_node_key(folder, &key, &why), ERR_IO);
    cr_assert_eq(input_read_node_key("/nonexistent/x", &key, &why),
                 ERR_NOT_FOUND);
}
