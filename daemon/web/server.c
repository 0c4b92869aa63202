/* SPDX-License-Identifier: Apache-2.0 */
#include "web/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "model/address.h"
#include "socket_file.h"
#include "web/server_state.h"
#include "web/site.h"
#include "wire/message.h"

#define BACKLOG 128
#define UNIX_START "unix:"
#define RUN_MS_MAX 1000

uint64_t server_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* ---- Requests ------------------------------------------------------------ */

/* The first thing that libmicrohttpd says of a request: its target as it
 * came. */
static void *request_came(void *ctx, const char *target,
                          struct MHD_Connection *connection)
{
    struct server *server = ctx;
    struct asking *asking = calloc(1, sizeof(*asking));
    size_t size = strlen(target);

    if (asking == NULL) {
        return NULL;
    }
    asking->server = server;
    asking->connection = connection;
    asking->serial = ++server->serial;
    asking->target_size = size;
    if (size <= WEB_TARGET_SIZE_MAX) {
        memcpy(asking->target, target, size);
    }
    asking->seat = seat_of(server, connection);
    if (asking->seat != NULL) {
        asking->seat->asking = asking;
    }
    return asking;
}

static void request_over(void *ctx, struct MHD_Connection *connection,
                         void **request, enum MHD_RequestTerminationCode why)
{
    (void)ctx;
    (void)connection;
    (void)why; /* answered, or the connection ended */
    if (*request != NULL) {
        asking_free(*request);
        *request = NULL;
    }
}

static enum MHD_Result answer(struct MHD_Connection *connection,
                              struct site_answer *answer)
{
    struct MHD_Response *response;
    enum MHD_Result result = MHD_NO;

    if (buf_failed(&answer->body)) {
        buf_done(&answer->body);
        return MHD_NO; /* hang up */
    }
    response = MHD_create_response_from_buffer(
        answer->body.size, answer->body.data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        buf_done(&answer->body);
        return MHD_NO;
    }
    /* An answer without one of its headers is none. */
    bool whole = MHD_add_response_header(response, "Content-Type",
                                         answer->type) == MHD_YES;

    for (size_t i = 0; i < site_headers_count; i++) {
        whole =
            whole && MHD_add_response_header(response, site_headers[i].name,
                                             site_headers[i].value) == MHD_YES;
    }
    if (answer->lang != NULL) {
        whole = whole && MHD_add_response_header(response, "Content-Language",
                                                 answer->lang) == MHD_YES;
    }
    if (answer->code == 405) {
        whole = whole && MHD_add_response_header(response, "Allow",
                                                 "GET, HEAD") == MHD_YES;
    }
    if (answer->code == 503) {
        whole = whole && MHD_add_response_header(response, "Retry-After",
                                                 "10") == MHD_YES;
    }
    if (whole) {
        result = MHD_queue_response(connection, answer->code, response);
    }
    MHD_destroy_response(response);
    return result;
}

static struct span header(struct MHD_Connection *connection, const char *name)
{
    const char *value =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

    return value == NULL ? span_of(NULL, 0) : span_str(value);
}

static enum MHD_Result refuse(struct asking *asking, unsigned code)
{
    struct site_answer refusal;
    enum web_lang lang =
        asking->asked.has_lang
            ? asking->asked.lang
            : web_lang_choose(header(asking->connection, "Accept-Language"));

    site_refuse(code, lang, &refusal);
    return answer(asking->connection, &refusal);
}

static enum MHD_Result answer_ready(struct asking *asking)
{
    const struct server *server = asking->server;
    enum site_need need = site_need(asking->asked.page);
    struct web_view view = { .asked = asking->asked };
    struct site_answer page;
    uv_timeval64_t now;

    if (need != SITE_NEEDS_NOTHING) {
        if (!asking_has_status(asking) ||
            (need == SITE_NEEDS_LIST && asking->list == NULL)) {
            return refuse(asking, 503);
        }
        view.status = &server->status->reply.status_reply;
        view.age_s = view.status->health.view_age +
                     (server_now_ms() - server->status_ms) / 1000;
    }
    if (asking->list != NULL) {
        view.list = &asking->list->reply.list_reply;
    }
    CHECK(uv_gettimeofday(&now) == 0);
    view.now_s = (uint64_t)now.tv_sec;
    site_answer(&view, &page);
    return answer(asking->connection, &page);
}

/* 0, or why not. */
static unsigned look_at(struct asking *asking, const char *method)
{
    struct MHD_Connection *connection = asking->connection;
    struct span target = span_of(asking->target, asking->target_size);
    enum err err;

    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
        strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return 405;
    }
    if (!web_host_allowed(header(connection, "Host"), asking->server->names)) {
        return 421;
    }
    err = web_asked_parse(target, &asking->asked);
    if (err != ERR_OK) {
        return site_code(err);
    }
    if (!asking->asked.has_lang) {
        asking->asked.lang =
            web_lang_choose(header(connection, "Accept-Language"));
    }
    return 0;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection,
                              const char *url, const char *method,
                              const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    struct asking *asking = *request;

    (void)ctx;
    (void)connection;
    (void)url; /* unescaped already; ours is as it came */
    (void)version;
    (void)upload;
    (void)upload_size; /* never read: a request with a body is refused */
    if (asking == NULL) {
        return MHD_NO; /* no memory */
    }
    if (asking->is_begun) {
        return answer_ready(asking);
    }
    asking->is_begun = true;
    asking->since_ms = server_now_ms();

    unsigned code = look_at(asking, method);

    if (code != 0) {
        return refuse(asking, code);
    }
    return asking_begin(asking) ? answer_ready(asking) : MHD_YES;
}

/* ---- The loop ------------------------------------------------------------ */

static void timer_came(uv_timer_t *timer);

/* libmicrohttpd looks at all that can be read or written, then says when it
 * wants to look again. */
static void run(struct server *server)
{
    MHD_UNSIGNED_LONG_LONG left_ms = RUN_MS_MAX;

    if (server->http == NULL) {
        return;
    }
    asking_work(server);
    (void)MHD_run(server->http); /* fails only for other ways to run it */
    if (MHD_get_timeout(server->http, &left_ms) != MHD_YES ||
        left_ms > RUN_MS_MAX) {
        left_ms = RUN_MS_MAX;
    }
    CHECK(uv_timer_start(&server->timer, timer_came, left_ms, 0) == 0);
}

static void timer_came(uv_timer_t *timer)
{
    run(timer->data);
}

static void epoll_came(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

void server_kick(struct server *server)
{
    if (server->http != NULL && !server->is_closing) {
        CHECK(uv_timer_start(&server->timer, timer_came, 0, 0) == 0);
    }
}

void server_tick(struct server *server)
{
    seats_tick(server, server_now_ms());
    server_kick(server);
}

/* ---- Start and end ------------------------------------------------------- */

static int open_unix(const struct server_options *options, const char *path,
                     struct why *ret_why)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || strlen(path) >= sizeof(address.sun_path)) {
        return fd;
    }
    memcpy(address.sun_path, path, strlen(path));
    socket_file_remove(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        int error = errno;

        (void)close(fd);
        errno = error;
        return -1;
    }
    if (socket_file_share(path, options->group, "the pages' socket", ret_why) !=
        ERR_OK) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int open_tcp(const struct address *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET,
                              .sin_port = htons(address->port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
                               .sin6_port = htons(address->port),
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    const struct sockaddr *to =
        address->is_ipv6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t size = address->is_ipv6 ? sizeof(v6) : sizeof(v4);
    char host[32];
    int yes = 1;
    int fd;

    snprintf(host, sizeof(host), "%.*s", (int)address->host.size,
             (const char *)address->host.data);
    if (!address->is_ipv6 && inet_pton(AF_INET, host, &v4.sin_addr) != 1) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
         bind(fd, to, size) != 0)) {
        int error = errno;

        (void)close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static enum err open_listener(struct server *server, struct why *ret_why)
{
    const char *listen_on = server->options.listen;
    struct address address;

    why_clear(ret_why);
    if (strncmp(listen_on, UNIX_START, strlen(UNIX_START)) == 0) {
        server->listen_fd = open_unix(&server->options,
                                      listen_on + strlen(UNIX_START), ret_why);
    } else if (address_parse(span_str(listen_on), &address) == ERR_OK) {
        server->listen_fd = open_tcp(&address);
    }
    if (server->listen_fd < 0 || listen(server->listen_fd, BACKLOG) != 0) {
        if (ret_why != NULL && ret_why->text[0] != '\0') {
            return ERR_IO;
        }
        return why_set(ret_why, ERR_IO, "[http] listen = %s: %s", listen_on,
                       strerror(errno));
    }
    return ERR_OK;
}

static struct MHD_Daemon *start_http(struct server *server)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0,
        NULL, NULL, handle, server, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)SERVER_CONNECTIONS_MAX + 8, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(SERVER_IDLE_MS / 1000), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)SERVER_HEAD_SIZE_MAX, MHD_OPTION_URI_LOG_CALLBACK, request_came,
        server, MHD_OPTION_NOTIFY_COMPLETED, request_over, server,
        MHD_OPTION_NOTIFY_CONNECTION, seats_notify, server,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static enum err open_handles(struct server *server)
{
    const union MHD_DaemonInfo *info;

    server->http = start_http(server);
    if (server->http == NULL) {
        return ERR_NO_MEMORY;
    }
    info = MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
    CHECK(uv_timer_init(server->options.loop, &server->timer) == 0);
    server->timer.data = server;
    server->handles = 1;
    if (info == NULL || uv_poll_init(server->options.loop, &server->epoll,
                                     info->epoll_fd) != 0) {
        return ERR_NO_MEMORY;
    }
    server->epoll.data = server;
    server->handles = 2;
    if (uv_poll_init(server->options.loop, &server->listening,
                     server->listen_fd) != 0) {
        return ERR_NO_MEMORY;
    }
    server->listening.data = server;
    server->handles = 3;
    return ERR_OK;
}

enum err server_new(const struct server_options *options,
                    struct server **ret_server, struct why *ret_why)
{
    struct server *server = calloc(1, sizeof(*server));
    enum err err;

    if (server == NULL) {
        return ERR_NO_MEMORY;
    }
    server->options = *options;
    server->listen_fd = -1;
    snprintf(server->names, sizeof(server->names), "%s", options->names);
    hatch_init(&server->hatch, &options->hatch);
    err = open_listener(server, ret_why);
    if (err == ERR_OK) {
        err = open_handles(server);
    }
    if (err != ERR_OK) {
        server_close(server);
        while (!server_is_gone(server)) {
            uv_run(options->loop, UV_RUN_ONCE);
        }
        server_free(server);
        return err;
    }
    *ret_server = server;
    return ERR_OK;
}

void server_begin(struct server *server)
{
    CHECK(uv_poll_start(&server->epoll, UV_READABLE, epoll_came) == 0);
    CHECK(uv_poll_start(&server->listening, UV_READABLE, seats_accept) == 0);
    server_kick(server);
}

void server_stop(struct server *server)
{
    if (!server->is_stopping) {
        server->is_stopping = true;
        (void)uv_poll_stop(&server->listening);
    }
}

static void handle_closed(uv_handle_t *handle)
{
    struct server *server = handle->data;

    server->handles--;
}

void server_close(struct server *server)
{
    size_t handles = server->handles;

    if (server->is_closing) {
        return;
    }
    server->is_stopping = true;
    server->is_closing = true;
    if (handles > 2) {
        uv_close((uv_handle_t *)&server->listening, handle_closed);
    }
    if (handles > 1) {
        uv_close((uv_handle_t *)&server->epoll, handle_closed);
    }
    if (handles > 0) {
        uv_close((uv_handle_t *)&server->timer, handle_closed);
    }
    if (server->http != NULL) {
        asking_work(server); /* none may be suspended */
        MHD_stop_daemon(server->http);
        server->http = NULL;
    }
    hatch_close(&server->hatch);
    if (server->listen_fd >= 0) {
        (void)close(server->listen_fd);
        server->listen_fd = -1;
    }
}

bool server_is_gone(const struct server *server)
{
    return server->is_closing && server->handles == 0;
}

void server_free(struct server *server)
{
    if (server != NULL) {
        CHECK(server_is_gone(server));
        picture_free(server->status);
        free(server);
    }
}
