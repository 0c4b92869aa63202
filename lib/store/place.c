/* SPDX-License-Identifier: Apache-2.0 */
#include "store/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "store/dir.h"

#define UUID_TEXT_SIZE 36
#define UUID_FOLDER "/dev/disk/by-uuid"
#define MACHINE_FILE "/etc/machine-id"

/* linux/fs.h since 6.9; Debian 12's headers are older than its kernels may
 * be. */
struct kernel_uuid {
    uint8_t size;
    uint8_t bytes[PLACE_UUID_SIZE];
};
#define KERNEL_GET_UUID _IOR(0x15, 0, struct kernel_uuid)

static bool uuid_parse(const char *text, uint8_t uuid[static PLACE_UUID_SIZE])
{
    char digits[2 * PLACE_UUID_SIZE];
    size_t count = 0;

    if (strlen(text) != UUID_TEXT_SIZE) {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '-') {
            continue;
        }
        if (count == sizeof(digits)) {
            return false;
        }
        digits[count] = *at;
        count++;
    }
    return hex_parse(span_of(digits, count), uuid, PLACE_UUID_SIZE) == ERR_OK;
}

struct uuid_search {
    dev_t device;
    struct place *place; /* borrowed */
};

static enum err uuid_entry(void *ctx, int dir_fd, const char *name,
                           struct why *ret_why)
{
    struct uuid_search *search = ctx;
    struct stat info;

    (void)ret_why;
    if (fstatat(dir_fd, name, &info, 0) == 0 && S_ISBLK(info.st_mode) &&
        info.st_rdev == search->device &&
        uuid_parse(name, search->place->uuid)) {
        search->place->has_uuid = true;
    }
    return ERR_OK;
}

/* By the kernel, else by udev's names: the numbers of devices (and f_fsid,
 * which some file systems make from them) change from boot to boot. */
static void find_uuid(int fd, struct place *place)
{
    struct kernel_uuid uuid = { .size = 0 };
    struct stat info;

    if (ioctl(fd, KERNEL_GET_UUID, &uuid) == 0 &&
        uuid.size == PLACE_UUID_SIZE) {
        memcpy(place->uuid, uuid.bytes, sizeof(place->uuid));
        place->has_uuid = true;
        return;
    }
    if (fstat(fd, &info) == 0) {
        struct uuid_search search = { info.st_dev, place };

        if (dir_each(AT_FDCWD, UUID_FOLDER, uuid_entry, &search, NULL) !=
            ERR_OK) {
            return; /* no such folder in a container: f_fsid must do */
        }
    }
}

static void find_machine(struct place *place)
{
    struct buf text;

    buf_init(&text, 4096);
    place->has_machine =
        file_read(AT_FDCWD, MACHINE_FILE, &text) == ERR_OK &&
        hex_parse(span_part(buf_span(&text), 0, 2 * PLACE_MACHINE_SIZE),
                  place->machine, sizeof(place->machine)) == ERR_OK;
    buf_done(&text);
}

enum err place_of(int fd, struct place *ret_place)
{
    struct place place = { .has_uuid = false };
    struct statfs system;
    struct statx info;

    if (fstatfs(fd, &system) != 0 ||
        statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &info) != 0) {
        return ERR_IO;
    }
    _Static_assert(sizeof(system.f_fsid) == sizeof(place.file_system),
                   "f_fsid is 64 bits");
    memcpy(&place.file_system, &system.f_fsid, sizeof(place.file_system));
    place.inode = info.stx_ino;
    if ((info.stx_mask & STATX_BTIME) != 0) {
        place.has_birth = true;
        place.birth_s = (uint64_t)info.stx_btime.tv_sec;
        place.birth_ns = info.stx_btime.tv_nsec;
    }
    find_uuid(fd, &place);
    find_machine(&place);
    *ret_place = place;
    return ERR_OK;
}

static bool system_equal(const struct place *a, const struct place *b)
{
    if (a->has_uuid && b->has_uuid) {
        return memcmp(a->uuid, b->uuid, sizeof(a->uuid)) == 0;
    }
    return a->file_system == b->file_system;
}

static bool birth_equal(const struct place *a, const struct place *b)
{
    return a->has_birth == b->has_birth &&
           (!a->has_birth ||
            (a->birth_s == b->birth_s && a->birth_ns == b->birth_ns));
}

static bool machine_equal(const struct place *a, const struct place *b)
{
    return a->has_machine == b->has_machine &&
           (!a->has_machine ||
            memcmp(a->machine, b->machine, sizeof(a->machine)) == 0);
}

bool place_equal(const struct place *a, const struct place *b)
{
    return system_equal(a, b) && a->inode == b->inode && birth_equal(a, b) &&
           machine_equal(a, b);
}
