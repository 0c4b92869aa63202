/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <nng/nng.h>

#include "base/span.h"
#include "model/address.h"

static enum err format(const char *scheme, const struct address *address,
                       uint16_t port, struct url *ret_url)
{
    const char *open = address->is_ipv6 ? "[" : "";
    const char *close = address->is_ipv6 ? "]" : "";
    struct url url;
    int size = snprintf(url.text, sizeof(url.text), "%s://%s%.*s%s:%u", scheme,
                        open, (int)address->host.size,
                        (const char *)address->host.data, close, port);

    if (size < 0 || (size_t)size >= sizeof(url.text)) {
        return ERR_MALFORMED;
    }
    *ret_url = url;
    return ERR_OK;
}

enum err url_dial(const char *address, struct url *ret_url)
{
    struct address parsed;

    if (address_parse(span_str(address), &parsed) != ERR_OK) {
        return ERR_MALFORMED;
    }
    return format("tcp", &parsed, parsed.port, ret_url);
}

enum err url_listen(const char *address, struct url *ret_url)
{
    char text[ADDRESS_SIZE_MAX + 1];
    size_t size = strlen(address);
    bool any_port;
    struct address parsed;

    if (size < 2 || size >= sizeof(text)) {
        return ERR_MALFORMED;
    }
    memcpy(text, address, size + 1);
    /* An address of the roster has no port 0; a listener may. */
    any_port = strcmp(text + size - 2, ":0") == 0;
    if (any_port) {
        text[size - 1] = '1';
    }
    if (address_parse(span_str(text), &parsed) != ERR_OK) {
        return ERR_MALFORMED;
    }
    return format(parsed.is_ipv6 ? "tcp6" : "tcp", &parsed,
                  any_port ? 0 : parsed.port, ret_url);
}

void url_set_port(struct url *url, uint16_t port)
{
    char *colon = strrchr(url->text, ':');

    if (colon != NULL) {
        size_t room = sizeof(url->text) - (size_t)(colon - url->text);

        (void)snprintf(colon, room, ":%u", port); /* five digits fit */
    }
}

enum err err_of_nng(int result)
{
    switch (result) {
    case 0:
        return ERR_OK;
    case NNG_ETIMEDOUT:
        return ERR_TIMEOUT;
    case NNG_ECANCELED:
        return ERR_CANCELLED;
    case NNG_ECLOSED:
        return ERR_CLOSED;
    case NNG_ENOMEM:
        return ERR_NO_MEMORY;
    case NNG_EMSGSIZE:
        return ERR_TOO_BIG;
    default:
        return ERR_UNREACHABLE;
    }
}
