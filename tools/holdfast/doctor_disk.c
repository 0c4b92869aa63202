/* SPDX-License-Identifier: Apache-2.0 */
/* Where the data lies: whose it is, who may look at it, how much room is left,
 * and whether what is written there stays. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/dir.h"
#include "tools/holdfast/doctor.h"
#include "tools/holdfast/tool.h"

#define OTHERS 077 /* any right of group and others */
#define CIFS_MAGIC 0xff534d42
#define SMB2_MAGIC 0xfe534d42

/* What file systems are no place for a store. */
struct unfit {
    unsigned long magic;
    const char *what;
};

static const struct unfit unfits[] = {
    { TMPFS_MAGIC, "in memory: at the next start of the machine it is gone" },
    { RAMFS_MAGIC, "in memory: at the next start of the machine it is gone" },
    { NFS_SUPER_MAGIC, "on another machine's disk (NFS): what is written may "
                       "not be there after a power cut" },
    { CIFS_MAGIC, "on another machine's disk (SMB): what is written may not "
                  "be there after a power cut" },
    { SMB2_MAGIC, "on another machine's disk (SMB): what is written may not "
                  "be there after a power cut" },
    { OVERLAYFS_SUPER_MAGIC, "inside a container's own layers: with the "
                             "container it is gone" },
};

/* ---- Whose it is --------------------------------------------------------- */

static void data_unreadable(struct doctor *doctor, const char *name, int number)
{
    struct check check = { CHECK_BAD, name, "NOT-FOUND",
                           "mount its disk; or make a new one: holdfast init" };

    if (number == EACCES) {
        check.result = CHECK_UNKNOWN;
        check.code = "PERMISSION";
        check.action = "run it as root";
    }
    doctor_say(doctor, &check, "%s: %s", doctor->tool->config.data,
               strerror(number));
}

static void check_marker(struct doctor *doctor, int fd)
{
    const struct config *config = &doctor->tool->config;
    struct check check = { CHECK_BAD, "data", NULL, NULL };
    struct marker marker;
    struct why why = { "" };
    enum err err = marker_read(fd, &marker, &why);

    if (err != ERR_OK) {
        check.code = code_of_err(err);
        check.action = err == ERR_NOT_FOUND
                           ? "mount its disk; or make a new one: holdfast init"
                           : NULL;
        doctor_say(doctor, &check, "%s: %s", config->data,
                   why.text[0] == '\0' ? "no data directory of a node"
                                       : why.text);
    } else if (strcmp(marker.node, config->name) != 0) {
        check.code = "CONFLICT";
        doctor_say(doctor, &check, "%s is the data of node %s", config->data,
                   marker.node);
    } else if (marker.unfinished) {
        check.code = "CONFLICT";
        check.action = "run the same holdfast init again";
        doctor_say(doctor, &check, "%s was not made to the end", config->data);
    } else {
        doctor_ok(doctor, "data", "%s is %s's; only its owner reads it",
                  config->data, marker.node);
    }
}

static void check_data(struct doctor *doctor)
{
    const struct config *config = &doctor->tool->config;
    int fd = open(config->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0) {
        data_unreadable(doctor, "data", errno);
    } else if ((status.st_mode & OTHERS) != 0) {
        char action[CONFIG_PATH_SIZE + 16];

        snprintf(action, sizeof(action), "chmod 700 %s", config->data);
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "data", "PERMISSION", action },
                   "%s: others than its owner have rights on it (mode %03o)",
                   config->data, (unsigned)status.st_mode & 0777);
    } else {
        check_marker(doctor, fd);
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* ---- Room ---------------------------------------------------------------- */

static void check_space(struct doctor *doctor)
{
    uint64_t reserve = doctor->tool->config.min_free; /* 0: the store's own */
    struct check check = { CHECK_OK, "space", NULL, NULL };
    struct statvfs disk;
    uint64_t room;
    char free_text[TEXT_SIZE];
    char kept[TEXT_SIZE];

    if (doctor->has_status) {
        room = doctor->status.free_bytes;
        reserve = doctor->status.reserve_bytes;
    } else if (statvfs(doctor->tool->config.data, &disk) == 0) {
        room = (uint64_t)disk.f_bavail * disk.f_frsize;
    } else {
        data_unreadable(doctor, "space", errno);
        return;
    }
    text_size(free_text, room);
    if (reserve == 0) {
        doctor_ok(doctor, "space", "%s free", free_text);
        return;
    }
    text_size(kept, reserve);
    if (room < reserve) {
        check = (struct check){ CHECK_BAD, "space", "STORE-FULL", NULL };
    } else if (room < 2 * reserve) {
        check = (struct check){ CHECK_WARNING, "space", "STORE-FULL",
                                "add space before it is needed" };
    }
    doctor_say(doctor, &check, "%s free, %s kept", free_text, kept);
}

/* ---- The file system ----------------------------------------------------- */

static const char *unfit_what(unsigned long magic)
{
    for (size_t i = 0; i < sizeof(unfits) / sizeof(unfits[0]); i++) {
        if (unfits[i].magic == magic) {
            return unfits[i].what;
        }
    }
    return NULL;
}

static void check_file_system(struct doctor *doctor)
{
    const char *data = doctor->tool->config.data;
    struct statvfs disk;
    struct statfs system;
    const char *what;

    if (statvfs(data, &disk) != 0 || statfs(data, &system) != 0) {
        data_unreadable(doctor, "disk", errno);
        return;
    }
    what = unfit_what((unsigned long)system.f_type & 0xffffffff);
    if ((disk.f_flag & ST_RDONLY) != 0) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "disk", "STORE-ERROR",
                                    "dmesg and smartctl -a say why; a disk "
                                    "that fails is replaced" },
                   "%s lies on a file system that cannot be written to", data);
    } else if (what != NULL) {
        doctor_say(doctor,
                   &(struct check){ CHECK_WARNING, "disk", "DISK-UNFIT", NULL },
                   "%s lies %s", data, what);
    } else if (disk.f_files > 0 && disk.f_favail == 0) {
        doctor_say(doctor,
                   &(struct check){ CHECK_BAD, "disk", "STORE-FULL", NULL },
                   "%s: no file can be made, the file system has no inodes "
                   "left",
                   data);
    } else {
        doctor_ok(doctor, "disk", "%s can be written to, and keeps it", data);
    }
}

void doctor_check_disk(struct doctor *doctor)
{
    check_data(doctor);
    check_space(doctor);
    check_file_system(doctor);
}
