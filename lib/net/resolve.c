/* SPDX-License-Identifier: Apache-2.0 */
#include "net/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/span.h"
#include "model/address.h"

static bool list_has(const struct net_address *list, size_t count,
                     const char *text)
{
    for (size_t index = 0; index < count; index++) {
        if (strcmp(list[index].text, text) == 0) {
            return true;
        }
    }
    return false;
}

/* One answer of the resolver as HOST:PORT; false for what NNG cannot dial. */
static bool format_answer(const struct addrinfo *answer, uint16_t port,
                          struct net_address *ret_address)
{
    char host[INET6_ADDRSTRLEN];

    if (answer->ai_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, answer->ai_addr, sizeof(in));
        if (inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host)) == NULL) {
            return false;
        }
        (void)snprintf(ret_address->text, sizeof(ret_address->text), "%s:%u",
                       host, port);
        return true;
    }
    if (answer->ai_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, answer->ai_addr, sizeof(in6));
        /* Specs nng 8: link-local addresses with a scope are refused. */
        if (in6.sin6_scope_id != 0 ||
            inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host)) == NULL) {
            return false;
        }
        (void)snprintf(ret_address->text, sizeof(ret_address->text), "[%s]:%u",
                       host, port);
        return true;
    }
    return false;
}

enum err resolve_address(const char *address, struct net_address *list,
                         size_t max, size_t *count, struct why *ret_why)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *answers = NULL;
    struct address parsed;
    char host[ADDRESS_SIZE_MAX + 1];
    int result;

    if (address_parse(span_str(address), &parsed) != ERR_OK ||
        parsed.host.size >= sizeof(host)) {
        return why_set(ret_why, ERR_MALFORMED, "\"%s\" is not HOST:PORT",
                       address);
    }
    memcpy(host, parsed.host.data, parsed.host.size);
    host[parsed.host.size] = '\0';
    result = getaddrinfo(host, NULL, &hints, &answers);
    if (result != 0) {
        return why_set(ret_why, ERR_UNREACHABLE, "%s: %s", host,
                       gai_strerror(result));
    }
    for (const struct addrinfo *answer = answers; answer != NULL;
         answer = answer->ai_next) {
        struct net_address text;

        if (*count < max && format_answer(answer, parsed.port, &text) &&
            !list_has(list, *count, text.text)) {
            list[*count] = text;
            (*count)++;
        }
    }
    freeaddrinfo(answers);
    return ERR_OK;
}
