/* SPDX-License-Identifier: Apache-2.0 */
#include "model/clients.h"

#include <stdlib.h>

#include "base/fields.h"
#include "model/take.h"

const char *client_right_text(enum client_right right)
{
    switch (right) {
    case CLIENT_DEPOSIT:
        return "deposit";
    case CLIENT_RESTORE:
        return "restore";
    case CLIENT_ADMIN:
        return "admin";
    }
    return "";
}

const struct client *clients_find(const struct clients *clients,
                                  const struct x25519_key *key)
{
    for (size_t index = 0; index < clients->count; index++) {
        if (x25519_key_equal(key, &clients->clients[index].key)) {
            return &clients->clients[index];
        }
    }
    return NULL;
}

static void take_right(struct fields *fields, enum client_right *ret_right)
{
    struct span text = fields_value(fields);

    if (fields->failed) {
        return;
    }
    for (int right = CLIENT_DEPOSIT; right <= CLIENT_ADMIN; right++) {
        if (span_is(text, client_right_text((enum client_right)right))) {
            *ret_right = (enum client_right)right;
            return;
        }
    }
    (void)fields_fail(fields, "\"%.*s\" is none of deposit, restore, admin",
                      SHOWN(text));
}

/* `line` is one line without its LF; its number stands in the fields. */
static void take_client(struct fields *fields, struct span line,
                        struct clients *clients)
{
    struct client client;
    struct span label = line;

    for (size_t index = 0; index < line.size; index++) {
        if (line.data[index] == ' ') {
            label.size = index;
            break;
        }
    }
    if (label_parse(label, &client.label) != ERR_OK) {
        (void)fields_fail(fields, "\"%.*s\" is no label: a-z, 0-9 and -",
                          SHOWN(label));
        return;
    }
    fields->line = span_part(line, label.size, line.size);
    take_right(fields, &client.right);
    take_x25519_key(fields, "session", &client.key);
    take_end(fields);
    if (fields->failed) {
        return;
    }
    if (clients_find(clients, &client.key) != NULL) {
        (void)fields_fail(fields, "this key stands in an earlier line");
        return;
    }
    if (clients->count == CLIENT_COUNT_MAX) {
        (void)fields_fail(fields, "more than %d clients", CLIENT_COUNT_MAX);
        return;
    }
    clients->clients[clients->count++] = client;
}

enum err clients_parse(struct span text, struct clients *ret_clients,
                       struct why *ret_why)
{
    struct clients *clients = calloc(1, sizeof(*clients));
    struct fields fields;

    if (clients == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    fields_init(&fields, span_of(NULL, 0), ret_why);
    while (text.size > 0 && !fields.failed) {
        struct span line = text;

        for (size_t index = 0; index < text.size; index++) {
            if (text.data[index] == '\n') {
                line.size = index;
                break;
            }
        }
        text = span_part(text, line.size + 1, text.size);
        fields.line_number++;
        if (line.size > 0 && line.data[0] != '#') {
            take_client(&fields, line, clients);
        }
    }
    if (!fields.failed) {
        *ret_clients = *clients;
    }
    free(clients);
    return fields.failed ? ERR_MALFORMED : ERR_OK;
}
