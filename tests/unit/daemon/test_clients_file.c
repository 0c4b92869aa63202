/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/clients_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config.h"
#include "model/clients.h"

#define KEY "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICA="

struct place {
    char folder[32];
    char path[64];
    struct config config;
};

static void place_begin(struct place *place, const char *text)
{
    FILE *file;

    memset(place, 0, sizeof(*place));
    strcpy(place->folder, "/tmp/hf-clients-XXXXXX");
    cr_assert_not_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/clients", place->folder);
    snprintf(place->config.file, sizeof(place->config.file), "%s/holdfast.conf",
             place->folder);
    if (text != NULL) {
        file = fopen(place->path, "w");
        cr_assert_not_null(file);
        cr_assert_geq(fputs(text, file), 0);
        cr_assert_eq(fclose(file), 0);
    }
}

static void place_end(struct place *place)
{
    (void)remove(place->path);
    cr_assert_eq(rmdir(place->folder), 0);
}

/* The file lies beside the configuration; without one there are no clients. */
Test(clients_file, lies_beside_the_configuration)
{
    struct clients clients = { .count = 7 };
    struct why why = { "" };
    struct place place;

    place_begin(&place, NULL);
    cr_assert_eq(clients_file_read(&place.config, &clients, &why), ERR_OK);
    cr_assert_eq(clients.count, 0);
    place_end(&place);
    place_begin(&place, "# of the office\nlaptop-1 deposit " KEY "\n");
    cr_assert_eq(clients_file_read(&place.config, &clients, &why), ERR_OK, "%s",
                 why.text);
    cr_assert_eq(clients.count, 1);
    cr_assert_str_eq(clients.clients[0].label.text, "laptop-1");
    place_end(&place);
}

/* What is wrong with it is told with file and line, and nothing is taken. */
Test(clients_file, names_file_and_line)
{
    struct clients clients = { .count = 7 };
    struct why why = { "" };
    struct place place;
    char start[80];

    place_begin(&place, "laptop-1 deposit " KEY "\nlaptop-2 read " KEY "\n");
    cr_assert_eq(clients_file_read(&place.config, &clients, &why),
                 ERR_MALFORMED);
    snprintf(start, sizeof(start), "%s: line 2: ", place.path);
    cr_assert_eq(strncmp(why.text, start, strlen(start)), 0, "%s", why.text);
    cr_assert_eq(clients.count, 7);
    place_end(&place);
    place_begin(&place, NULL);
    cr_assert_eq(mkdir(place.path, 0700), 0);
    cr_assert_neq(clients_file_read(&place.config, &clients, &why), ERR_OK);
    cr_assert_not_null(strstr(why.text, place.path), "%s", why.text);
    place_end(&place);
}
