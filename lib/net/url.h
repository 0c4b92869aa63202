/* SPDX-License-Identifier: Apache-2.0 */
/* HOST:PORT as NNG wants it, and NNG's errors as ours. Inside of net. */
#ifndef HF_NET_URL_H
#define HF_NET_URL_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"

#define URL_SIZE_MAX (ADDRESS_SIZE_MAX + 16)

struct url {
    char text[URL_SIZE_MAX]; /* NUL-terminated */
};

/* For dialling. ERR_MALFORMED. */
MUST_USE enum err url_dial(const char *address, struct url *ret_url);
/* For listening: port 0 is fine, and IPv6 is asked for by name, because only
 * then [::] takes both families (specs nng 8). ERR_MALFORMED. */
MUST_USE enum err url_listen(const char *address, struct url *ret_url);
/* The same URL with another port. */
void url_set_port(struct url *url, uint16_t port);
/* ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED, ERR_NO_MEMORY, ERR_TOO_BIG or, for
 * everything else, ERR_UNREACHABLE. ERR_OK for 0. */
enum err err_of_nng(int result);

#endif
