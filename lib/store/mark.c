/* SPDX-License-Identifier: Apache-2.0 */
#include "store/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/reader.h"
#include "model/id.h"
#include "store/dir.h"

static const char MARK_MAGIC[8] = { 'h', 'f', ' ', 'm', 'a', 'r', 'k', '\n' };

#define HAS_LEDGER 1u
#define IS_OPENING 2u
#define IS_MOVED 4u
#define HAS_UUID 8u
#define HAS_BIRTH 16u
#define HAS_MACHINE 32u
#define FLAGS_ALL 63u

#define BODY_SIZE (MARK_SLOT_SIZE - DIGEST_SIZE)

static uint32_t flags_of(const struct mark *mark)
{
    return (mark->spoken.has_ledger ? HAS_LEDGER : 0) |
           (mark->opening ? IS_OPENING : 0) | (mark->moved ? IS_MOVED : 0) |
           (mark->place.has_uuid ? HAS_UUID : 0) |
           (mark->place.has_birth ? HAS_BIRTH : 0) |
           (mark->place.has_machine ? HAS_MACHINE : 0);
}

void mark_format(const struct mark *mark, struct buf *slot)
{
    const struct place *place = &mark->place;
    const struct store_mark *spoken = &mark->spoken;
    size_t start = slot->size;
    struct digest hash;
    uint8_t *rest;

    buf_put_data(slot, MARK_MAGIC, sizeof(MARK_MAGIC));
    buf_put_u32(slot, MARK_VERSION);
    buf_put_u32(slot, flags_of(mark));
    buf_put_u64(slot, mark->generation);
    buf_put_data(slot, mark->node, sizeof(mark->node));
    buf_put_data(slot, place->uuid, sizeof(place->uuid));
    buf_put_u64(slot, place->file_system);
    buf_put_u64(slot, place->inode);
    buf_put_u64(slot, place->birth_s);
    buf_put_u32(slot, place->birth_ns);
    buf_put_data(slot, place->machine, sizeof(place->machine));
    buf_put_data(slot, spoken->origin.text, sizeof(spoken->origin.text));
    buf_put_u64(slot, spoken->size);
    buf_put_data(slot, spoken->root.bytes, DIGEST_SIZE);
    buf_put_u64(slot, spoken->signatures);
    buf_put_u64(slot, spoken->roster_version);
    buf_put_data(slot, spoken->roster_hash.bytes, DIGEST_SIZE);
    buf_put_data(slot, spoken->cosigned.bytes, DIGEST_SIZE);
    buf_put_u64(slot, spoken->statement);
    buf_put_u64(slot, mark->sequence);
    buf_put_u64(slot, mark->records);
    buf_put_u64(slot, mark->manifest_number);
    buf_put_u64(slot, mark->manifest_size);
    buf_put_data(slot, mark->manifest_hash.bytes, DIGEST_SIZE);
    if (buf_failed(slot)) {
        return;
    }
    CHECK(slot->size - start <= BODY_SIZE);
    rest = buf_extend(slot, BODY_SIZE - (slot->size - start));
    if (rest == NULL) {
        return;
    }
    memset(rest, 0, (size_t)(slot->data + slot->size - rest));
    hash = digest_of(span_of(slot->data + start, BODY_SIZE));
    buf_put_data(slot, hash.bytes, DIGEST_SIZE);
}

/* A NUL-terminated text in a field of fixed size, zeros behind it. */
static bool text_whole(const char *text, size_t room)
{
    size_t size = strnlen(text, room);

    for (size_t index = size; index < room; index++) {
        if (text[index] != '\0') {
            return false;
        }
    }
    return size < room;
}

static void read_place(struct reader *reader, uint32_t flags,
                       struct place *place)
{
    place->has_uuid = (flags & HAS_UUID) != 0;
    place->has_birth = (flags & HAS_BIRTH) != 0;
    place->has_machine = (flags & HAS_MACHINE) != 0;
    reader_copy(reader, place->uuid, sizeof(place->uuid));
    place->file_system = reader_u64(reader);
    place->inode = reader_u64(reader);
    place->birth_s = reader_u64(reader);
    place->birth_ns = reader_u32(reader);
    reader_copy(reader, place->machine, sizeof(place->machine));
}

static void read_spoken(struct reader *reader, uint32_t flags,
                        struct store_mark *spoken)
{
    spoken->has_ledger = (flags & HAS_LEDGER) != 0;
    reader_copy(reader, spoken->origin.text, sizeof(spoken->origin.text));
    spoken->size = reader_u64(reader);
    reader_copy(reader, spoken->root.bytes, DIGEST_SIZE);
    spoken->signatures = reader_u64(reader);
    spoken->roster_version = reader_u64(reader);
    reader_copy(reader, spoken->roster_hash.bytes, DIGEST_SIZE);
    reader_copy(reader, spoken->cosigned.bytes, DIGEST_SIZE);
    spoken->statement = reader_u64(reader);
}

/* All but the hash, which was checked. */
static enum err parse_body(struct span body, struct mark *ret_mark)
{
    struct mark mark = { .generation = 0 };
    struct reader reader;
    uint32_t version;
    uint32_t flags;

    reader_init(&reader, body);
    if (!span_equal(reader_take(&reader, sizeof(MARK_MAGIC)),
                    span_of(MARK_MAGIC, sizeof(MARK_MAGIC)))) {
        return ERR_MALFORMED;
    }
    version = reader_u32(&reader);
    if (version != MARK_VERSION) {
        return version > MARK_VERSION ? ERR_NEWER : ERR_MALFORMED;
    }
    flags = reader_u32(&reader);
    mark.opening = (flags & IS_OPENING) != 0;
    mark.moved = (flags & IS_MOVED) != 0;
    mark.generation = reader_u64(&reader);
    reader_copy(&reader, mark.node, sizeof(mark.node));
    read_place(&reader, flags, &mark.place);
    read_spoken(&reader, flags, &mark.spoken);
    mark.sequence = reader_u64(&reader);
    mark.records = reader_u64(&reader);
    mark.manifest_number = reader_u64(&reader);
    mark.manifest_size = reader_u64(&reader);
    reader_copy(&reader, mark.manifest_hash.bytes, DIGEST_SIZE);
    if (reader.failed || (flags & ~FLAGS_ALL) != 0 ||
        !text_whole(mark.node, sizeof(mark.node)) ||
        !text_whole(mark.spoken.origin.text, sizeof(mark.spoken.origin.text))) {
        return ERR_MALFORMED;
    }
    for (size_t index = 0; index < reader.left.size; index++) {
        if (reader.left.data[index] != 0) {
            return ERR_MALFORMED;
        }
    }
    *ret_mark = mark;
    return ERR_OK;
}

enum err mark_parse(struct span slot, struct mark *ret_mark)
{
    struct span body = span_part(slot, 0, BODY_SIZE);
    struct digest hash;

    if (slot.size != MARK_SLOT_SIZE) {
        return ERR_MALFORMED;
    }
    hash = digest_of(body);
    if (!span_equal(span_part(slot, BODY_SIZE, DIGEST_SIZE),
                    span_of(hash.bytes, DIGEST_SIZE))) {
        return ERR_MALFORMED;
    }
    return parse_body(body, ret_mark);
}

/* Read both slots; the newest good one counts. */
static enum err choose(struct span file, struct mark *ret_mark)
{
    bool found = false;
    enum err err = ERR_CORRUPT;

    for (size_t slot = 0; slot < MARK_SLOTS; slot++) {
        struct mark mark;
        enum err parsed = mark_parse(
            span_part(file, slot * MARK_SLOT_SIZE, MARK_SLOT_SIZE), &mark);

        if (parsed == ERR_NEWER) {
            return ERR_NEWER;
        }
        if (parsed == ERR_OK &&
            (!found || mark.generation > ret_mark->generation)) {
            *ret_mark = mark;
            found = true;
            err = ERR_OK;
        }
    }
    return err;
}

enum err mark_read(int dir_fd, struct mark *ret_mark, struct why *ret_why)
{
    struct mark mark;
    struct buf file;
    enum err err;

    buf_init(&file, MARK_FILE_SIZE);
    err = file_read(dir_fd, DIR_MARK, &file);
    if (err == ERR_OK || err == ERR_TOO_BIG) {
        err = choose(buf_span(&file), &mark);
    }
    buf_done(&file);
    if (err != ERR_OK) {
        return why_set(ret_why, err, "the file " DIR_MARK ": %s",
                       err == ERR_CORRUPT ? "both slots are damaged"
                                          : err_text(err));
    }
    *ret_mark = mark;
    return ERR_OK;
}

enum err mark_open(int dir_fd, int *ret_fd, struct mark *ret_mark,
                   struct why *ret_why)
{
    struct mark mark;
    enum err err = mark_read(dir_fd, &mark, ret_why);
    int fd;

    if (err != ERR_OK) {
        return err;
    }
    fd = openat(dir_fd, DIR_MARK, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return why_set(ret_why, err_of_errno(errno), "opening " DIR_MARK ": %s",
                       strerror(errno));
    }
    *ret_fd = fd;
    *ret_mark = mark;
    return ERR_OK;
}

enum err mark_create(int dir_fd, int *ret_fd, struct why *ret_why)
{
    static const uint8_t zeros[MARK_FILE_SIZE];
    enum err err;
    int fd;

    (void)unlinkat(dir_fd, DIR_MARK, 0); /* of an unfinished creation */
    fd = openat(dir_fd, DIR_MARK, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return why_set(ret_why, err_of_errno(errno), "making " DIR_MARK ": %s",
                       strerror(errno));
    }
    err = file_put(fd, span_of(zeros, sizeof(zeros)), 0);
    if (err == ERR_OK && fsync(fd) != 0) {
        err = err_of_errno(errno);
    }
    if (err != ERR_OK) {
        (void)close(fd);
        return why_set(ret_why, err, "writing " DIR_MARK ": %s",
                       strerror(errno));
    }
    *ret_fd = fd;
    return ERR_OK;
}

enum err mark_write(int fd, struct mark *mark, struct why *ret_why)
{
    struct mark next = *mark;
    struct buf slot;
    enum err err;

    next.generation++;
    buf_init(&slot, MARK_SLOT_SIZE);
    mark_format(&next, &slot);
    err = slot.err;
    if (err == ERR_OK) {
        err = file_put(fd, buf_span(&slot),
                       next.generation % MARK_SLOTS * MARK_SLOT_SIZE);
    }
    if (err == ERR_OK && fdatasync(fd) != 0) {
        err = err_of_errno(errno);
    }
    buf_done(&slot);
    if (err != ERR_OK) {
        return why_set(ret_why, err, "writing the mark: %s", err_text(err));
    }
    mark->generation = next.generation;
    return ERR_OK;
}
