/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <sys/statvfs.h>

#include "base/limits.h"
#include "store/impl.h"

/* RocksDB dies of a full disk, so it never gets to see one. Measured: eight
 * times its write buffers and two block files are enough. */
#define RESERVE_LEAST (1ULL << 30)
#define RESERVE_WORK (8 * DB_WRITE_BUFFER_SIZE + 2 * GROUP_SIZE_MAX)

uint64_t store_reserve(uint64_t min_free_bytes)
{
    if (min_free_bytes != 0) {
        return min_free_bytes;
    }
    return RESERVE_WORK > RESERVE_LEAST ? RESERVE_WORK : RESERVE_LEAST;
}

enum err store_space(struct store *store, struct store_space *ret_space)
{
    struct statvfs info;

    if (fstatvfs(store->dir_fd, &info) != 0) {
        return ERR_IO;
    }
    ret_space->free_bytes = (uint64_t)info.f_bavail * info.f_frsize;
    ret_space->total_bytes = (uint64_t)info.f_blocks * info.f_frsize;
    ret_space->reserve_bytes = store->reserve;
    return ERR_OK;
}

enum err store_check_free(struct store *store, uint64_t reserve,
                          struct why *ret_why)
{
    struct store_space space;
    enum err err = store_space(store, &space);

    if (err != ERR_OK) {
        return why_set(ret_why, err, "asking for the free space of %s failed",
                       store->dir);
    }
    if (space.free_bytes >= reserve) {
        return ERR_OK;
    }
    return why_set(ret_why, ERR_FULL,
                   "%s: %" PRIu64 " bytes are missing: %" PRIu64
                   " are free, %" PRIu64 " must stay free; what is held is "
                   "still served, and writing goes on when there is room",
                   store->dir, reserve - space.free_bytes, space.free_bytes,
                   reserve);
}
