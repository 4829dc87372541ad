/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024, POOL_THREADS = 2, POOL_QUEUE = 64, RATE_A_MINUTE = 1200 };

/* One socket a worker: the kernel spreads the connections over them (SO_REUSEPORT). */
static int listen_open(const struct http *h, int port)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM },
                    *found;
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(h->options.address, service, &hints, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int one = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
              setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) == 0 &&
              setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0 &&
              bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    int problem = errno;
    freeaddrinfo(found);
    if (ok)
        return fd;
    if (fd >= 0)
        close(fd);
    errno = problem;
    return -1;
}

/* SO_REUSEPORT would let a second server share the port in silence: see first whether it is free. */
static bool port_is_free(const struct http *h, int port)
{
    if (port == 0)
        return true;
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof address;
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM },
                    *found;
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(h->options.address, service, &hints, &found) != 0)
        return true; /* listen_open tells */
    memcpy(&address, found->ai_addr, found->ai_addrlen);
    size = found->ai_addrlen;
    int one = 1, fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    freeaddrinfo(found);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool is_free = fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0;
    int problem = errno;
    if (fd >= 0)
        close(fd);
    errno = problem;
    return is_free;
}

static int port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    in_port_t port = address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                   : ((struct sockaddr_in *)&address)->sin_port;
    return ntohs(port);
}

static void files_allow(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int worker_count_of(const struct http_options *o)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (o->workers > 0)
        return o->workers < WORKERS_MAX ? o->workers : WORKERS_MAX;
    return processors < 1 ? 1 : processors > WORKERS_DEFAULT ? WORKERS_DEFAULT : (int)processors;
}

static const char *base_url_of(struct http *h)
{
    struct text url = text_of(h->options.base_url);
    if (url.at == NULL) {
        bool v6 = strchr(h->options.address, ':') != NULL;
        url = text_format(h->arena, v6 ? "http://[%s]:%d" : "http://%s:%d", h->options.address,
                          h->port);
    }
    while (url.len > 0 && url.at[url.len - 1] == '/')
        url.len--;
    return text_cstr(h->arena, url);
}

static struct http *http_new(const struct http_options *o)
{
    struct http *h = calloc(1, sizeof *h);
    if (h == NULL)
        abort();
    h->options = *o;
    if (h->options.clock == NULL)
        h->options.clock = &clock_system;
    if (h->options.random == NULL)
        h->options.random = &random_system;
    if (h->options.idle_seconds == 0)
        h->options.idle_seconds = IDLE_SECONDS;
    if (h->options.heartbeat_seconds == 0)
        h->options.heartbeat_seconds = HEARTBEAT_SECONDS;
    h->arena = arena_new(8 * 1024 * 1024);
    h->folder = db_folder(o->db);
    h->folder_fd = open(h->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    h->routes = routes_new(h->arena, o->features);
    h->pool = pool_new(POOL_THREADS, POOL_QUEUE);
    if (o->requests_per_minute >= 0)
        h->limit = limit_new(o->requests_per_minute == 0 ? RATE_A_MINUTE : o->requests_per_minute,
                             h->options.random);
    return h;
}

static err openapi_make(struct http *h)
{
    struct view *view;
    TRY(openapi_view(h->arena, h->options.features, h->base_url, &view));
    return view_json(h->arena, view, 4 * 1024 * 1024, &h->openapi);
}

static err workers_start(struct http *h, const int *sockets, int count)
{
    err e = OK;
    for (int i = 0; i < count; i++) {
        if (e == OK)
            e = worker_start(&h->workers[h->worker_count++], h, sockets[i]);
        else
            close(sockets[i]);
    }
    return e;
}

err http_start(const struct http_options *o, struct http **ret, const char **ret_detail)
{
    int sockets[WORKERS_MAX], count = worker_count_of(o), opened = 0;
    struct http *h = http_new(o);
    err e = OK;
    const char *why = NULL;
    files_allow();
    if (!port_is_free(h, o->port))
        why = errno == EADDRINUSE ? "another program listens there already" : strerror(errno);
    while (why == NULL && opened < count) {
        sockets[opened] = listen_open(h, opened == 0 ? o->port : h->port);
        if (sockets[opened] < 0)
            why = strerror(errno);
        else if (++opened == 1)
            h->port = port_of(sockets[0]);
    }
    h->base_url = base_url_of(h);
    h->is_https = strncmp(h->base_url, "https://", 8) == 0;
    if (why == NULL && h->folder_fd < 0)
        why = "the data folder can't be opened";
    if (why != NULL) {
        for (int i = 0; i < opened; i++)
            close(sockets[i]);
        e = ERR_INTERNAL;
    } else {
        e = openapi_make(h);
        err started = workers_start(h, sockets, count);
        e = e == OK ? started : e;
        why = "the workers can't start";
    }
    if (e != OK) {
        if (ret_detail != NULL)
            *ret_detail = why;
        http_stop(h);
        return e;
    }
    *ret = h;
    return OK;
}

int http_port(const struct http *h)
{
    return h->port;
}

void http_notify(void *http, const uint128 *topics, size_t count)
{
    struct http *h = http;
    for (int i = 0; h != NULL && i < h->worker_count; i++)
        worker_notify(&h->workers[i], topics, count);
}

static err nothing(struct tx *tx, void *work)
{
    (void)tx, (void)work;
    return OK;
}

void http_stop(struct http *h)
{
    if (h == NULL)
        return;
    atomic_store(&h->stopping, true);
    for (int i = 0; i < h->worker_count; i++)
        if (h->workers[i].is_running)
            worker_wake(&h->workers[i]);
    for (int i = 0; i < h->worker_count; i++)
        worker_join(&h->workers[i]);
    pool_free(h->pool);
    /* Once the writer has done this, it has left the http_notify it may have been in. */
    err ignored = db_apply(h->options.db, h->arena, nothing, NULL);
    (void)ignored;
    limit_free(h->limit);
    if (h->folder_fd >= 0)
        close(h->folder_fd);
    arena_free(h->arena);
    free(h);
}
