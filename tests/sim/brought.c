/* SPDX-License-Identifier: Apache-2.0 */
#include "brought.h"

#include "core/node.h"
#include "core/serve.h"
#include "model/block.h"

void brought_take(struct node *core, struct disk *disk, struct event *event,
                  enum block_fate *fates)
{
    const struct msg_put_blocks *put = &event->asked.message->put_blocks;

    for (size_t i = 0; i < put->count; i++) {
        enum expected expected;

        if (put->blocks[i].size == 0) {
            fates[i] = BLOCK_MISSING;
            continue;
        }
        expected = node_expects(core, &event->asked.caller, &put->names[i]);
        if (expected == EXPECTED_NOTHING) {
            fates[i] = BLOCK_UNASKED;
        } else if (block_verify(put->blocks[i], &put->names[i]) != ERR_OK) {
            fates[i] = BLOCK_WRONG;
        } else {
            fates[i] = BLOCK_APPENDED;
            if (expected == EXPECTED_BLOCK) {
                disk_group_add(disk, &put->names[i], put->blocks[i]);
                event->asked.appended_bytes += put->blocks[i].size;
            }
        }
    }
    event->asked.fates = fates;
}

bool brought_make(struct disk *disk, const struct effect *effect,
                  struct buf *to)
{
    return serve_push(disk_source(disk), effect->push.what,
                      effect->push.ledgers, effect->push.ledgers_count,
                      &effect->push.names, to) == ERR_OK;
}
