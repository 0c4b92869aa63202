/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "whole.h"
#include "wire/message.h"

#define SLICE 65552
#define SHADOWS_MAX 64
#define SIGNED_MAX 8192
#define PROMISES_MAX 4096

/* What a node's disk held of one ledger. */
struct shadow {
    uint32_t ledger; /* number */
    struct digest *leaves;
    size_t count;
    size_t room;
};

struct signature_made {
    struct origin origin;
    uint64_t size;
    struct digest root;
};

struct watched {
    struct shadow shadows[SHADOWS_MAX];
    size_t count;
    struct signature_made cosigned[SHADOWS_MAX]; /* of each ledger the last */
    size_t cosigned_count;
};

struct promise {
    size_t node;
    bool registered;
    struct deposit deposit;
};

struct check {
    char violation[256];
    struct watched nodes[MEMBERS_MAX];
    struct signature_made *made;
    size_t made_count;
    struct promise *promises;
    size_t promises_count;
    size_t flooder; /* SIZE_MAX: none */
};

struct check *check_new(void)
{
    struct check *check = calloc(1, sizeof(*check));

    CHECK(check != NULL);
    check->flooder = SIZE_MAX;
    check->made = calloc(SIGNED_MAX, sizeof(*check->made));
    check->promises = calloc(PROMISES_MAX, sizeof(*check->promises));
    CHECK(check->made != NULL && check->promises != NULL);
    return check;
}

static void forget(struct watched *watched)
{
    for (size_t i = 0; i < watched->count; i++) {
        free(watched->shadows[i].leaves);
    }
    memset(watched, 0, sizeof(*watched));
}

void check_free(struct check *check)
{
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        forget(&check->nodes[i]);
    }
    free(check->made);
    free(check->promises);
    free(check);
}

const char *check_violation(const struct check *check)
{
    return check->violation[0] == '\0' ? NULL : check->violation;
}

void check_fail(struct check *check, const char *format, ...)
{
    va_list args;

    if (check->violation[0] != '\0') {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(check->violation, sizeof(check->violation), format, args);
    va_end(args);
}

/* ---- trees, by recursion ---- */

static struct digest leaf_hash(struct span bytes)
{
    const struct span parts[] = { span_of("\0", 1), bytes };

    return digest_of_parts(parts, 2);
}

static struct digest tree(const struct digest *leaves, size_t count)
{
    size_t half = 1;
    struct digest sides[2];

    if (count == 1) {
        return leaves[0];
    }
    while (half * 2 < count) {
        half *= 2;
    }
    sides[0] = tree(leaves, half);
    sides[1] = tree(leaves + half, count - half);
    return digest_of_parts(
        (const struct span[]){ span_of("\1", 1), span_of(sides, 64) }, 2);
}

static struct digest name_of(struct span bytes)
{
    struct digest slices[16];
    size_t count = 0;

    while (bytes.size > 0 && count < 16) {
        size_t size = bytes.size < SLICE ? bytes.size : SLICE;

        slices[count] = leaf_hash(span_of(bytes.data, size));
        count++;
        bytes.data += size;
        bytes.size -= size;
    }
    return tree(slices, count);
}

/* ---- a disk became fuller ---- */

struct walk {
    struct check *check;
    size_t node;
};

static struct shadow *shadow_of(struct watched *watched, uint32_t ledger)
{
    for (size_t i = 0; i < watched->count; i++) {
        if (watched->shadows[i].ledger == ledger) {
            return &watched->shadows[i];
        }
    }
    CHECK(watched->count < SHADOWS_MAX);
    watched->shadows[watched->count].ledger = ledger;
    watched->count++;
    return &watched->shadows[watched->count - 1];
}

static void see_leaf(struct walk *walk, const struct batch_op *op,
                     struct span value)
{
    struct shadow *shadow =
        shadow_of(&walk->check->nodes[walk->node], op->ledger);
    struct digest hash = leaf_hash(value);

    if (op->index > shadow->count ||
        (op->index < shadow->count &&
         !digest_equal(&shadow->leaves[op->index], &hash))) {
        check_fail(walk->check,
                   "ledger: n%zu wrote leaf %" PRIu64
                   " of ledger %u over another or beyond its end",
                   walk->node, op->index, op->ledger);
        return;
    }
    if (op->index < shadow->count) {
        return;
    }
    if (shadow->count == shadow->room) {
        shadow->room = shadow->room == 0 ? 64 : shadow->room * 2;
        shadow->leaves = realloc(shadow->leaves, shadow->room * sizeof(hash));
        CHECK(shadow->leaves != NULL);
    }
    shadow->leaves[shadow->count] = hash;
    shadow->count++;
}

static void see(void *ctx, const struct batch_op *op, struct span name,
                struct span value)
{
    struct walk *walk = ctx;
    struct digest hash;

    (void)name;
    if (op->kind == BATCH_LEAF) {
        see_leaf(walk, op, value);
    } else if (op->kind == BATCH_HEADER) { /* and blocks */
        hash = name_of(value);
        if (memcmp(hash.bytes, op->id, 32) != 0) {
            check_fail(walk->check,
                       "names: n%zu stored bytes under a wrong name",
                       walk->node);
        }
    }
}

void check_synced(struct check *check, size_t node, struct disk *disk)
{
    struct walk walk = { check, node };

    disk_each_synced(disk, see, &walk);
}

void check_started(struct check *check, size_t node, struct disk *disk)
{
    struct watched *watched = &check->nodes[node];

    for (size_t i = 0; i < watched->count; i++) {
        uint64_t size = disk_size(disk, watched->shadows[i].ledger);

        if (size < watched->shadows[i].count) {
            check_fail(check,
                       "ledger: n%zu had %zu leaves of ledger %u, and has "
                       "%" PRIu64,
                       node, watched->shadows[i].count,
                       watched->shadows[i].ledger, size);
        }
    }
    check_promises(check, node, disk);
}

void check_replaced(struct check *check, size_t node, struct disk *disk)
{
    struct walk walk = { check, node };
    size_t kept = 0;

    forget(&check->nodes[node]);
    disk_each(disk, BATCH_LEAF, see, &walk);
    for (size_t i = 0; i < check->promises_count; i++) {
        if (check->promises[i].node != node) {
            check->promises[kept] = check->promises[i];
            kept++;
        }
    }
    check->promises_count = kept;
}

/* ---- signatures ---- */

struct find_ledger {
    const struct origin *origin;
    bool found;
    uint32_t number;
};

static void find_origin(void *ctx, const struct batch_op *op, struct span name,
                        struct span value)
{
    struct find_ledger *find = ctx;

    (void)name;
    if (span_is(value, find->origin->text)) {
        find->found = true;
        find->number = op->ledger;
    }
}

static void check_root(struct check *check, size_t node, struct disk *disk,
                       const struct signature_made *made)
{
    struct find_ledger find = { .origin = &made->origin };
    const struct shadow *shadow;
    struct digest root;

    disk_each(disk, BATCH_LEDGER, find_origin, &find);
    if (!find.found) {
        check_fail(check, "ledger: n%zu signs for a ledger that is not durable",
                   node);
        return;
    }
    shadow = shadow_of(&check->nodes[node], find.number);
    if (made->size > shadow->count) {
        check_fail(check,
                   "ledger: n%zu signs %" PRIu64 " leaves, durable are %zu",
                   node, made->size, shadow->count);
        return;
    }
    root = tree(shadow->leaves, made->size);
    if (!digest_equal(&root, &made->root)) {
        check_fail(check,
                   "ledger: n%zu signs a root that its leaves do not "
                   "give",
                   node);
    }
}

void check_signed(struct check *check, size_t node, struct disk *disk,
                  const struct origin *origin, uint64_t size,
                  const struct digest *root)
{
    struct signature_made *made = &check->made[check->made_count];

    for (size_t i = 0; i < check->made_count; i++) {
        if (check->made[i].size == size &&
            origin_equal(&check->made[i].origin, origin) &&
            !digest_equal(&check->made[i].root, root)) {
            check_fail(check,
                       "ledger: n%zu signs a second root for size %" PRIu64
                       " of %s",
                       node, size, origin->text);
        }
    }
    CHECK(check->made_count < SIGNED_MAX);
    made->origin = *origin;
    made->size = size;
    made->root = *root;
    check->made_count++;
    check_root(check, node, disk, made);
}

void check_cosigned(struct check *check, size_t node, struct disk *disk,
                    const struct origin *origin, uint64_t size,
                    const struct digest *root)
{
    struct watched *watched = &check->nodes[node];
    struct signature_made *last = watched->cosigned;

    while (last < watched->cosigned + watched->cosigned_count &&
           !origin_equal(&last->origin, origin)) {
        last++;
    }
    if (last == watched->cosigned + watched->cosigned_count) {
        CHECK(watched->cosigned_count < SHADOWS_MAX);
        watched->cosigned_count++;
    } else if (size < last->size ||
               (size == last->size && !digest_equal(root, &last->root))) {
        check_fail(check,
                   "witness: n%zu cosigned %" PRIu64 " of %s, and now %" PRIu64,
                   node, last->size, origin->text, size);
    }
    last->origin = *origin;
    last->size = size;
    last->root = *root;
    check_root(check, node, disk, last);
}

/* ---- receipts ---- */

void check_promised(struct check *check, size_t node, bool registered,
                    const struct deposit *deposit)
{
    struct promise *promise = &check->promises[check->promises_count];

    CHECK(check->promises_count < PROMISES_MAX);
    promise->node = node;
    promise->registered = registered;
    promise->deposit = *deposit;
    check->promises_count++;
}

/* How many leaves of this ledger the checkpoint on the disk covers: the second
 * line of its note. */
static uint64_t covered(struct disk *disk, const struct origin *origin)
{
    const struct source *source = disk_source(disk);
    struct buf note;
    uint64_t size = 0;
    size_t at = 0;

    buf_init(&note, 65536);
    if (source->note(source->ctx, NOTE_CHECKPOINT, origin_span(origin), 0,
                     &note) == ERR_OK) {
        while (note.data[at] != '\n') {
            at++;
        }
        for (at++; note.data[at] != '\n'; at++) {
            size = size * 10 + (uint64_t)(note.data[at] - '0');
        }
    }
    buf_done(&note);
    return size;
}

struct find_number {
    uint32_t number;
    struct origin origin;
};

static void find_by_number(void *ctx, const struct batch_op *op,
                           struct span name, struct span value)
{
    struct find_number *find = ctx;

    (void)name;
    if (op->ledger == find->number) {
        CHECK(origin_parse(value, &find->origin) == ERR_OK);
    }
}

/* Is it in a ledger on this disk (and covered by a checkpoint)? */
static bool item_on(struct disk *disk, const struct deposit *deposit,
                    bool must_be_covered)
{
    const struct source *source = disk_source(disk);
    struct source_item item = { .index = 0 };
    uint32_t ledger = 0;
    uint64_t index = 0;

    while (source->item(source->ctx, &deposit->payload_root, ledger, index,
                        &item) == ERR_OK &&
           payload_root_equal(&item.root, &deposit->payload_root)) {
        struct find_number find = { .number = item.ledger };

        disk_each(disk, BATCH_LEDGER, find_by_number, &find);
        if (must_be_covered ? covered(disk, &find.origin) > item.index
                            : disk_size(disk, item.ledger) > item.index) {
            return true;
        }
        ledger = item.ledger;
        index = item.index + 1;
    }
    return false;
}

struct find_pending {
    const struct deposit *deposit;
    bool found;
};

static void see_pending(void *ctx, const struct batch_op *op, struct span name,
                        struct span value)
{
    struct find_pending *find = ctx;

    (void)name;
    (void)value;
    if (memcmp(op->id, find->deposit->header_id.bytes, 32) == 0) {
        find->found = true;
    }
}

static void check_promise(struct check *check, const struct promise *promise,
                          struct disk *disk)
{
    struct find_pending find = { .deposit = &promise->deposit };
    bool there = item_on(disk, &promise->deposit, promise->registered);

    if (!there && !promise->registered) {
        disk_each(disk, BATCH_PENDING, see_pending, &find);
        there = find.found;
    }
    if (!there || !whole_on(disk, &promise->deposit)) {
        check_fail(check, "receipt: n%zu gave a %s receipt and has not %s",
                   promise->node,
                   promise->registered ? "registered" : "pending",
                   there ? "all bytes" : "the record");
    }
}

void check_promises(struct check *check, size_t node, struct disk *disk)
{
    for (size_t i = 0; i < check->promises_count; i++) {
        if (check->promises[i].node == node) {
            check_promise(check, &check->promises[i], disk);
        }
    }
}

/* ---- the end ---- */

/* Signature lines of the newest checkpoint, beside its owner's. */
static size_t witnesses(struct disk *disk, const struct origin *origin)
{
    const struct source *source = disk_source(disk);
    struct buf note;
    size_t count = 0;

    buf_init(&note, 65536);
    (void)source->note(source->ctx, NOTE_CHECKPOINT, origin_span(origin), 0,
                       &note);
    for (size_t i = 0; i + 3 < note.size; i++) {
        count += memcmp(note.data + i, "\n\xe2\x80\x94", 4) == 0;
    }
    buf_done(&note);
    return count > 0 ? count - 1 : 0;
}

void check_flooder(struct check *check, size_t node)
{
    check->flooder = node;
}

struct agree {
    struct check *check;
    size_t first;
    size_t second;
    struct disk *mine;   /* of the first */
    struct disk *theirs; /* of the second */
    size_t cosigners;    /* K */
};

/* What the checkpoints cover must be the same; leaves that were never signed
 * stay where they are. */
static void compare_ledger(void *ctx, const struct batch_op *op,
                           struct span name, struct span value)
{
    struct agree *agree = ctx;
    struct origin origin;
    struct find_ledger find = { .origin = &origin };
    const struct shadow *mine;
    const struct shadow *theirs;
    uint64_t size;

    (void)name;
    CHECK(origin_parse(value, &origin) == ERR_OK);
    if ((size_t)(origin_node(&origin).data[1] - '0') == agree->check->flooder) {
        return;
    }
    size = covered(agree->mine, &origin);
    if (size != covered(agree->theirs, &origin)) {
        check_fail(agree->check,
                   "agree: n%zu has %" PRIu64 " signed leaves of %s, n%zu "
                   "%" PRIu64,
                   agree->first, size, origin.text, agree->second,
                   covered(agree->theirs, &origin));
        return;
    }
    if (size == 0) {
        return;
    }
    if (witnesses(agree->mine, &origin) < agree->cosigners) {
        check_fail(agree->check, "agree: n%zu has %zu witnesses of %s",
                   agree->first, witnesses(agree->mine, &origin), origin.text);
    }
    disk_each(agree->theirs, BATCH_LEDGER, find_origin, &find);
    mine = shadow_of(&agree->check->nodes[agree->first], op->ledger);
    theirs = shadow_of(&agree->check->nodes[agree->second], find.number);
    if (mine->count < size || theirs->count < size ||
        memcmp(mine->leaves, theirs->leaves, size * sizeof(*mine->leaves)) !=
            0) {
        check_fail(agree->check, "agree: n%zu and n%zu differ in %s",
                   agree->first, agree->second, origin.text);
    }
}

void check_agree(struct check *check, struct disk *const *disks, size_t count,
                 const struct placement *placement)
{
    for (size_t i = 0; i < count; i++) {
        check_promises(check, i, disks[i]);
        for (size_t j = 0; j < count; j++) {
            struct agree agree = { check, i, j, disks[i], disks[j], count / 2 };

            if (i != j) {
                disk_each(disks[i], BATCH_LEDGER, compare_ledger, &agree);
            }
        }
    }
    for (size_t i = 0; i < check->promises_count; i++) {
        const struct promise *promise = &check->promises[i];
        uint32_t nodes =
            placement_of(placement, &promise->deposit.payload_root);

        if (check->flooder != SIZE_MAX &&
            (promise->node == check->flooder || !promise->registered)) {
            continue;
        }
        nodes |= 1u << promise->node;
        for (size_t j = 0; j < count; j++) {
            if (!item_on(disks[j], &promise->deposit, true) ||
                ((nodes >> j & 1) != 0 &&
                 !whole_on(disks[j], &promise->deposit))) {
                check_fail(check,
                           "agree: an item with a receipt of n%zu is not "
                           "whole at n%zu",
                           promise->node, j);
            }
        }
    }
}

void check_bound(struct check *check, const char *what, uint64_t count,
                 uint64_t max)
{
    if (count > max) {
        check_fail(check, "bound: %s: %" PRIu64 ", at most %" PRIu64, what,
                   count, max);
    }
}
