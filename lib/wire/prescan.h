/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the bytes of a protobuf before anybody unpacks them. A wrong wire
 * type, a field that is too long, too often or (unless repeated) twice, an
 * integer that is too large for its field or not written in its shortest form:
 * ERR_MALFORMED. A field that the table does not know is of a newer release and
 * is read over, up to PRESCAN_UNKNOWN_MAX of them in all; a group is
 * not. So the unpacked size is bounded by the table, not by whoever wrote the
 * bytes (1 MiB of empty sub-messages would unpack to 75). Tables:
 * wire/schema.h. Pure. */
#ifndef HF_WIRE_PRESCAN_H
#define HF_WIRE_PRESCAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

#define PRESCAN_FIELDS_MAX 32  /* in one table */
#define PRESCAN_DEPTH_MAX 3    /* tables below the first */
#define PRESCAN_UNKNOWN_MAX 32 /* in one message, sub-messages included */

enum prescan_type {
    PRESCAN_U64,
    PRESCAN_U32,
    PRESCAN_BOOL,
    PRESCAN_BYTES,
    PRESCAN_SIZES, /* packed numbers of 4 bytes */
    PRESCAN_SUB
};

struct prescan_field {
    uint32_t number;
    enum prescan_type type;
    size_t size_max;                 /* PRESCAN_BYTES, PRESCAN_SIZES: bytes */
    size_t count_max;                /* 1 unless repeated */
    const struct prescan_table *sub; /* PRESCAN_SUB; never recursive */
};

struct prescan_table {
    const struct prescan_field *fields;
    size_t count; /* <= PRESCAN_FIELDS_MAX */
};

MUST_USE enum err prescan(struct span bytes, const struct prescan_table *table);

#endif
