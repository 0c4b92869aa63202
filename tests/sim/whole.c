/* SPDX-License-Identifier: Apache-2.0 */
#include "whole.h"

#include <string.h>

#define SLICE 65552

bool whole_on(struct disk *disk, const struct deposit *deposit)
{
    const struct source *source = disk_source(disk);
    struct block_id header = block_id_of_header(&deposit->header_id);
    struct block_id block;
    struct buf names;
    bool good;

    if (source->have(source->ctx, &header) != ERR_OK) {
        return false;
    }
    buf_init(&names, 1 << 20);
    if (deposit->payload_size <= 16 * SLICE) {
        buf_put_data(&names, deposit->payload_root.bytes, 32);
    } else {
        (void)source->names(source->ctx, &deposit->payload_root, 0, &names);
    }
    good = names.size >= 32;
    for (size_t i = 0; good && i < names.size; i += 32) {
        memcpy(block.bytes, names.data + i, 32);
        good = source->have(source->ctx, &block) == ERR_OK;
    }
    buf_done(&names);
    return good;
}
