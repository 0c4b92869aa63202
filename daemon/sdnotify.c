/* SPDX-License-Identifier: Apache-2.0 */
#include "sdnotify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void sdnotify(const char *format, ...)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char text[512];
    va_list args;

    if (path == NULL || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof(address.sun_path)) {
        return;
    }
    va_start(args, format);

    int size = vsnprintf(text, sizeof(text), format, args);

    va_end(args);
    if (size < 0 || (size_t)size >= sizeof(text)) {
        return;
    }
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* an abstract socket */
    }

    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return;
    }
    /* A manager that does not listen is not our trouble. */
    (void)sendto(
        fd, text, (size_t)size, MSG_NOSIGNAL, (struct sockaddr *)&address,
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
    close(fd);
}

uint64_t sdnotify_watchdog_ms(void)
{
    const char *text = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    char *end;

    if (text == NULL ||
        (pid != NULL && strtoll(pid, &end, 10) != (long long)getpid())) {
        return 0;
    }
    errno = 0;

    unsigned long long usec = strtoull(text, &end, 10);

    if (errno != 0 || *end != '\0') {
        return 0;
    }
    return usec / 2000;
}
