/* SPDX-License-Identifier: Apache-2.0 */
/* For each message of proto/peer.proto: its descriptor and its table for
 * prescan(). The two must agree; tests/unit/wire checks each against the
 * other. */
#ifndef HF_WIRE_SCHEMA_H
#define HF_WIRE_SCHEMA_H

#include <stdbool.h>

#include "wire/message.h"
#include "wire/prescan.h"

struct ProtobufCMessageDescriptor;

struct schema {
    enum message_kind kind;
    const struct ProtobufCMessageDescriptor *request; /* NULL: none */
    const struct prescan_table *request_table;
    const struct ProtobufCMessageDescriptor *reply;
    const struct prescan_table *reply_table;
};

/* NULL for a kind that this release does not speak. */
const struct schema *schema_find(unsigned kind);

#endif
