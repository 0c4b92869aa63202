/* SPDX-License-Identifier: Apache-2.0 */
#include "net/item.h"

#include <stddef.h>

#include "net/packet.h"

void item_done(struct item *item)
{
    packet_free(item->packet);
    item->packet = NULL;
}
