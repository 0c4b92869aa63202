/* SPDX-License-Identifier: Apache-2.0 */
#include "heap.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static bool before(const struct occasion *a, const struct occasion *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct occasion *a, struct occasion *b)
{
    struct occasion kept = *a;

    *a = *b;
    *b = kept;
}

void heap_put(struct heap *heap, const struct occasion *occasion)
{
    size_t at = heap->count;

    if (heap->count == heap->room) {
        heap->room = heap->room == 0 ? 256 : heap->room * 2;
        heap->items = realloc(heap->items, heap->room * sizeof(*heap->items));
        CHECK(heap->items != NULL);
    }
    heap->items[at] = *occasion;
    heap->items[at].order = heap->order++;
    heap->count++;
    while (at > 0 && before(&heap->items[at], &heap->items[(at - 1) / 2])) {
        swap(&heap->items[at], &heap->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

bool heap_take(struct heap *heap, struct occasion *ret)
{
    size_t at = 0;

    if (heap->count == 0) {
        return false;
    }
    *ret = heap->items[0];
    heap->count--;
    heap->items[0] = heap->items[heap->count];
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < heap->count &&
                before(&heap->items[child], &heap->items[least])) {
                least = child;
            }
        }
        if (least == at) {
            return true;
        }
        swap(&heap->items[at], &heap->items[least]);
        at = least;
    }
}

void heap_done(struct heap *heap)
{
    free(heap->items);
    memset(heap, 0, sizeof(*heap));
}
