/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions between nodes of the rig, and nodes that stop. */
#include <string.h>

#include "rig.h"

/* One request from one to the other leaves the list; false: there is none. */
static bool take_out(struct rig_thing *list, size_t *count, size_t from,
                     size_t to, struct rig_thing *ret_out)
{
    for (size_t i = 0; i < *count; i++) {
        if (list[i].what == RIG_REQUEST && list[i].from == from &&
            list[i].to == to) {
            *ret_out = list[i];
            *count -= 1;
            memmove(&list[i], &list[i + 1], (*count - i) * sizeof(list[i]));
            return true;
        }
    }
    return false;
}

/* What the node asked for, and what clients wait for, is gone with it. */
static void forget(struct rig_thing *list, size_t *count, size_t number)
{
    size_t kept = 0;

    for (size_t i = 0; i < *count; i++) {
        if (list[i].from == number ||
            (list[i].from == RIG_CLIENT && list[i].to == number)) {
            buf_done(&list[i].bytes);
        } else {
            list[kept++] = list[i];
        }
    }
    *count = kept;
}

void rig_stop(struct rig *rig, size_t number)
{
    node_free(rig->nodes[number].core);
    rig->nodes[number].core = NULL;
    disk_crash(rig->nodes[number].disk);
    forget(rig->parked, &rig->parked_count, number);
    forget(rig->queue, &rig->queued, number);
    for (size_t i = 0; i < rig->count; i++) {
        if (i != number && rig->nodes[i].core != NULL) {
            rig_unlink(rig, i, number);
        }
    }
}

void rig_link(struct rig *rig, size_t from, size_t to)
{
    struct event event = { .kind = EVENT_CONNECTED };

    members_label(to, &event.link.node);
    rig_step(rig, from, &event);
}

void rig_unlink(struct rig *rig, size_t from, size_t to)
{
    struct event event = { .kind = EVENT_LOST };
    struct rig_thing lost;

    members_label(to, &event.link.node);
    rig_step(rig, from, &event);
    while (take_out(rig->parked, &rig->parked_count, from, to, &lost) ||
           take_out(rig->queue, &rig->queued, from, to, &lost)) {
        rig_unanswered(rig, &lost);
    }
}

void rig_link_all(struct rig *rig)
{
    for (size_t i = 0; i < rig->count; i++) {
        for (size_t j = 0; j < rig->count; j++) {
            if (i != j && rig->nodes[i].core != NULL &&
                rig->nodes[j].core != NULL) {
                rig_link(rig, i, j);
            }
        }
    }
    rig_run(rig);
}
