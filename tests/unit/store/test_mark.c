/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "store/dir.h"
#include "store/mark.h"

static struct place_of_test place;

static void setup(void)
{
    place_make(&place);
}

static void teardown(void)
{
    place_remove(&place);
}

TestSuite(mark, .init = setup, .fini = teardown, .timeout = 120);

static void fill(struct mark *to)
{
    *to = (struct mark){ .generation = 41,
                         .opening = true,
                         .sequence = 5,
                         .records = 6,
                         .manifest_number = 7,
                         .manifest_size = 8 };
    memcpy(to->node, "node-a", 7);
    to->spoken.has_ledger = true;
    memcpy(to->spoken.origin.text, "a/b/c", 6);
    to->spoken.size = 12;
    memset(to->spoken.root.bytes, 0xaa, 32);
    to->spoken.signatures = 13;
    to->spoken.roster_version = 2;
    memset(to->spoken.roster_hash.bytes, 0xbb, 32);
    memset(to->spoken.cosigned.bytes, 0xee, 32);
    to->spoken.statement = 9;
    memset(to->manifest_hash.bytes, 0xcc, 32);
    to->place.has_uuid = true;
    memset(to->place.uuid, 0xdd, 16);
    to->place.inode = 77;
    to->place.has_birth = true;
    to->place.birth_s = 88;
    to->place.birth_ns = 99;
}

/* A slot is 4 KiB, and what is read is what was written. */
Test(mark, round_trip)
{
    struct mark written;
    struct mark read;
    struct buf slot;
    struct buf again;

    fill(&written);
    buf_init(&slot, MARK_SLOT_SIZE);
    buf_init(&again, MARK_SLOT_SIZE);
    mark_format(&written, &slot);
    cr_assert_eq(slot.size, MARK_SLOT_SIZE);
    cr_assert_eq(mark_parse(buf_span(&slot), &read), ERR_OK);
    cr_assert_eq(read.generation, 41);
    cr_assert(read.opening);
    cr_assert_not(read.moved);
    cr_assert_eq(read.spoken.size, 12);
    cr_assert(place_equal(&read.place, &written.place));
    mark_format(&read, &again);
    cr_assert(span_equal(buf_span(&slot), buf_span(&again)));
    buf_done(&slot);
    buf_done(&again);
}

/* Any changed bit makes a slot bad, and so does another length. */
Test(mark, refuses_every_flip)
{
    struct mark written;
    struct mark read;
    struct buf slot;

    fill(&written);
    buf_init(&slot, MARK_SLOT_SIZE);
    mark_format(&written, &slot);
    for (size_t index = 0; index < slot.size; index++) {
        slot.data[index] ^= (uint8_t)(1u << (index % 8));
        cr_assert_eq(mark_parse(buf_span(&slot), &read), ERR_MALFORMED);
        slot.data[index] ^= (uint8_t)(1u << (index % 8));
    }
    cr_assert_eq(mark_parse(span_of(slot.data, slot.size - 1), &read),
                 ERR_MALFORMED);
    buf_done(&slot);
}

/* A slot of a newer release, whole otherwise, is told apart from damage. */
Test(mark, knows_a_newer_one)
{
    struct mark written;
    struct mark read;
    struct buf slot;
    struct digest hash;

    fill(&written);
    buf_init(&slot, MARK_SLOT_SIZE);
    mark_format(&written, &slot);
    slot.data[11] = MARK_VERSION + 1;
    hash = digest_of(span_of(slot.data, MARK_SLOT_SIZE - 32));
    memcpy(slot.data + MARK_SLOT_SIZE - 32, hash.bytes, 32);
    cr_assert_eq(mark_parse(buf_span(&slot), &read), ERR_NEWER);
    buf_done(&slot);
}

/* Writes go to the slots in turn; with one of them damaged the other counts. */
Test(mark, survives_one_bad_slot)
{
    struct mark mark = { .node = "node-a" };
    struct mark read;
    int dir_fd;
    int fd;

    cr_assert_eq(mkdir(place.data, 0700), 0);
    dir_fd = open(place.data, O_RDONLY | O_DIRECTORY);
    cr_assert_eq(mark_create(dir_fd, &fd, NULL), ERR_OK);
    for (int count = 0; count < 4; count++) {
        cr_assert_eq(mark_write(fd, &mark, NULL), ERR_OK);
    }
    close(fd);
    cr_assert_eq(mark_open(dir_fd, &fd, &read, NULL), ERR_OK);
    cr_assert_eq(read.generation, 4);
    close(fd);

    flip(&place, "mark", 100); /* slot 0 holds generation 4 */
    cr_assert_eq(mark_open(dir_fd, &fd, &read, NULL), ERR_OK);
    cr_assert_eq(read.generation, 3);
    close(fd);

    flip(&place, "mark", 4096 + 100);
    cr_assert_eq(mark_open(dir_fd, &fd, &read, NULL), ERR_CORRUPT);
    close(dir_fd);
}

/* The marker has one reading, and says when it is of a newer release. */
Test(mark, marker_parses)
{
    struct marker marker;

    cr_assert_eq(
        marker_parse(span_str("holdfast store 1\nnode a-1\n"), &marker),
        ERR_OK);
    cr_assert_str_eq(marker.node, "a-1");
    cr_assert_not(marker.unfinished);
    cr_assert_eq(marker_parse(span_str("holdfast store 1\nnode a\n"
                                       "unfinished\n"),
                              &marker),
                 ERR_OK);
    cr_assert(marker.unfinished);
    cr_assert_eq(
        marker_parse(span_str("holdfast store 2\nwhatever\n"), &marker),
        ERR_NEWER);
    cr_assert_eq(marker_parse(span_str("holdfast store 1\nnode A\n"), &marker),
                 ERR_MALFORMED);
    cr_assert_eq(marker_parse(span_str("holdfast store 1\nnode a"), &marker),
                 ERR_MALFORMED);
    cr_assert_eq(
        marker_parse(span_str("holdfast store 1\nnode a\nx\n"), &marker),
        ERR_MALFORMED);
    cr_assert_eq(marker_parse(span_str(""), &marker), ERR_MALFORMED);
}

/* A copy of a file does not lie where the file lies. */
Test(mark, place_tells_a_copy)
{
    struct place first;
    struct place second;
    struct place copy;
    int fd;

    run("mkdir '%s' && echo x > '%s/a' && cp -a '%s/a' '%s/b'", place.data,
        place.data, place.data, place.data);
    run("test -f '%s/b'", place.data);
    int dir_fd = open(place.data, O_RDONLY | O_DIRECTORY);
    fd = openat(dir_fd, "a", O_RDONLY);
    cr_assert_eq(place_of(fd, &first), ERR_OK);
    cr_assert_eq(place_of(fd, &second), ERR_OK);
    close(fd);
    fd = openat(dir_fd, "b", O_RDONLY);
    cr_assert_eq(place_of(fd, &copy), ERR_OK);
    close(fd);
    close(dir_fd);
    cr_assert(place_equal(&first, &second));
    cr_assert_not(place_equal(&first, &copy));
}
