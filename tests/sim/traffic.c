/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/digest.h"

#define ROOM_FIRST 1024 /* a power of two */

struct traffic {
    uint64_t moved;
    uint64_t needed;
    uint64_t *keys; /* owned; open addressing, 0: free */
    size_t count;
    size_t room;
};

struct traffic *traffic_new(void)
{
    struct traffic *traffic = calloc(1, sizeof(*traffic));

    CHECK(traffic != NULL);
    traffic->room = ROOM_FIRST;
    traffic->keys = calloc(traffic->room, sizeof(*traffic->keys));
    CHECK(traffic->keys != NULL);
    return traffic;
}

void traffic_free(struct traffic *traffic)
{
    free(traffic->keys);
    free(traffic);
}

static uint64_t key_of(size_t node, uint64_t epoch, const struct block_id *name)
{
    uint64_t numbers[2] = { node, epoch };
    struct digest digest = digest_of_parts(
        (const struct span[]){ span_of(numbers, sizeof(numbers)),
                               span_of(name->bytes, sizeof(name->bytes)) },
        2);
    uint64_t key;

    memcpy(&key, digest.bytes, sizeof(key));
    return key | 1;
}

static size_t place(const struct traffic *traffic, uint64_t key)
{
    size_t at = (key >> 1) & (traffic->room - 1);

    while (traffic->keys[at] != 0 && traffic->keys[at] != key) {
        at = (at + 1) & (traffic->room - 1);
    }
    return at;
}

static void grow(struct traffic *traffic)
{
    struct traffic old = *traffic;

    traffic->room *= 2;
    traffic->keys = calloc(traffic->room, sizeof(*traffic->keys));
    CHECK(traffic->keys != NULL);
    for (size_t i = 0; i < old.room; i++) {
        if (old.keys[i] != 0) {
            traffic->keys[place(traffic, old.keys[i])] = old.keys[i];
        }
    }
    free(old.keys);
}

/* Kind, length of the protobuf part (4), that part, then the raw bytes. */
void traffic_sent(struct traffic *traffic, struct span message)
{
    uint64_t head = 5;

    if (message.size < head) {
        return;
    }
    for (size_t i = 1; i < 5; i++) {
        head += (uint64_t)message.data[i] << (8 * (4 - i));
    }
    traffic->moved += message.size > head ? message.size - head : 0;
}

bool traffic_lacks(const struct traffic *traffic, size_t node, uint64_t epoch,
                   struct disk *disk, const struct block_id *name)
{
    const struct source *source = disk_intake(disk);
    uint64_t key = key_of(node, epoch, name);

    return traffic->keys[place(traffic, key)] == 0 &&
           source->have(source->ctx, name) == ERR_NOT_FOUND;
}

void traffic_came(struct traffic *traffic, size_t node, uint64_t epoch,
                  const struct block_id *name, uint64_t bytes)
{
    uint64_t key = key_of(node, epoch, name);

    if (traffic->count * 2 >= traffic->room) {
        grow(traffic);
    }
    traffic->keys[place(traffic, key)] = key;
    traffic->count++;
    traffic->needed += bytes;
}

uint64_t traffic_moved(const struct traffic *traffic)
{
    return traffic->moved;
}

uint64_t traffic_needed(const struct traffic *traffic)
{
    return traffic->needed;
}
