/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/holdfast/line_parts.h"
#include "wire/encode.h"
#include "wire/frame.h"

struct local {
    struct line line;
    struct local_reader reader;
    size_t next; /* the place whose reply comes next */
};

static struct local *local_of(struct line *line)
{
    return (struct local *)line;
}

static enum err local_pack(struct line *line, size_t place,
                           const struct message *request, struct why *ret_why)
{
    struct buf *out = &line->stream.out;
    size_t frame = local_frame_begin(out);
    enum err err = message_encode(request, out);

    (void)place; /* replies come in order */
    if (err == ERR_OK) {
        err = local_frame_end(out, frame);
    }
    return err == ERR_OK
               ? ERR_OK
               : why_set(ret_why, err, "this request cannot be sent: %s",
                         err_text(err));
}

static void local_free(struct line *line)
{
    struct local *local = local_of(line);

    local_reader_done(&local->reader);
    line_done(line);
    free(local);
}

static const struct line_ops local_ops = {
    .pack = local_pack,
    .free = local_free,
};

static uint8_t *local_room(void *ctx, size_t *ret_size)
{
    struct local *local = ctx;

    return local_reader_room(&local->reader, ret_size);
}

static enum err local_filled(void *ctx, size_t size, struct why *ret_why)
{
    struct local *local = ctx;
    struct span message;
    struct buf frame;
    size_t place = local->next;

    if (local_reader_filled(&local->reader, size) != ERR_OK) {
        return why_set(ret_why, ERR_MALFORMED,
                       "the node sent no frame of ours");
    }
    if (!local_reader_frame(&local->reader, &message)) {
        return ERR_OK;
    }
    local_reader_take(&local->reader, &frame);
    local->next = (place + 1) % LINE_IN_FLIGHT_MAX;
    return line_arrived(&local->line, place, &frame, message, ret_why);
}

static enum err dial(const char *path, int *ret_fd, struct why *ret_why)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        return why_set(ret_why, ERR_TOO_BIG,
                       "%s: too long for the name of a socket", path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return why_set(ret_why, ERR_IO, "socket: %s", strerror(errno));
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        enum err err = errno == EACCES || errno == EPERM ? ERR_PERMISSION
                                                         : ERR_UNREACHABLE;

        err = why_set(ret_why, err, "%s: %s", path, strerror(errno));
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return ERR_OK;
}

enum err local_connect(const char *path, uint64_t timeout_ms,
                       struct line **ret_line, struct why *ret_why)
{
    struct local *local = calloc(1, sizeof(*local));
    struct stream_owner owner = { local_room, local_filled, local };
    int fd = -1;
    enum err err;

    if (local == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    local_reader_init(&local->reader);
    err = line_init(&local->line, &local_ops, &owner, LINE_IN_FLIGHT_MAX, true,
                    LOCAL_HEAD_SIZE + MESSAGE_SIZE_MAX, timeout_ms);
    if (err != ERR_OK) {
        err = why_set(ret_why, err, "out of memory");
    } else {
        err = dial(path, &fd, ret_why);
    }
    if (err != ERR_OK) {
        local_free(&local->line);
        return err;
    }
    stream_open(&local->line.stream, fd);
    *ret_line = &local->line;
    return ERR_OK;
}
