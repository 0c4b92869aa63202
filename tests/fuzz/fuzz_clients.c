/* SPDX-License-Identifier: Apache-2.0 */
/* Every client that a file gives can be found by its key. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "model/address.h"
#include "model/clients.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    struct clients *clients = malloc(sizeof(*clients));
    struct address address;

    CHECK(clients != NULL && crypto_init() == ERR_OK);
    if (clients_parse(text, clients, NULL) == ERR_OK) {
        for (size_t index = 0; index < clients->count; index++) {
            const struct client *client = &clients->clients[index];

            CHECK(clients_find(clients, &client->key) == client);
            CHECK(label_valid(label_span(&client->label)));
        }
    }
    if (address_parse(text, &address) == ERR_OK) {
        CHECK(address.port > 0 && address.host.size > 0);
    }
    free(clients);
    return 0;
}
