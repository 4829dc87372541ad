/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 1000 };

int64_t loop_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Arenas are kept for the next request: their first block stays mapped. */

struct arena *worker_arena(struct worker *w)
{
    return w->spare_count > 0 ? w->spare[--w->spare_count] : arena_new(REQUEST_BYTES_MAX);
}

void worker_arena_back(struct worker *w, struct arena *a)
{
    if (w->spare_count == sizeof w->spare / sizeof w->spare[0]) {
        arena_free(a);
        return;
    }
    arena_reset(a);
    w->spare[w->spare_count++] = a;
}

/* What other threads put here */

void worker_wake(struct worker *w)
{
    uint64_t one = 1;
    while (write(w->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue; /* EAGAIN: it is awake already */
}

void worker_finished(struct worker *w, struct exchange *x)
{
    pthread_mutex_lock(&w->lock);
    bool was_empty = w->finished == NULL;
    x->next = NULL;
    *w->finished_end = x;
    w->finished_end = &x->next;
    if (was_empty)
        worker_wake(w); /* under the lock: w is there as long as this exchange is not taken */
    pthread_mutex_unlock(&w->lock);
}

void worker_notify(struct worker *w, const uint128 *topics, size_t count)
{
    if (atomic_load(&w->stream_count) == 0)
        return;
    pthread_mutex_lock(&w->lock);
    if (count > TOPICS_MAX - w->topic_count) {
        w->topics_lost = true;
    } else {
        memcpy(w->topics + w->topic_count, topics, count * sizeof *topics);
        w->topic_count += count;
    }
    pthread_mutex_unlock(&w->lock);
    worker_wake(w);
}

static void take_finished(struct worker *w)
{
    uint128 topics[TOPICS_MAX];
    pthread_mutex_lock(&w->lock);
    struct exchange *x = w->finished;
    size_t topic_count = w->topic_count;
    bool lost = w->topics_lost;
    memcpy(topics, w->topics, topic_count * sizeof *topics);
    w->finished = NULL;
    w->finished_end = &w->finished;
    w->topic_count = 0;
    w->topics_lost = false;
    pthread_mutex_unlock(&w->lock);
    while (x != NULL) {
        struct exchange *next = x->next;
        x->step = STEP_DONE;
        w->under_way_count--;
        MHD_resume_connection(x->connection);
        x = next;
    }
    if (topic_count > 0 || lost)
        events_wake(w, topics, topic_count, lost);
}

/* Connections */

static uint128 address_of(const struct sockaddr *address, bool *ret_is_loopback)
{
    uint8_t bytes[16] = { 0 };
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        memcpy(bytes + 12, &v4.sin_addr, 4);
        *ret_is_loopback = bytes[12] == 127;
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        *ret_is_loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
        memcpy(bytes, &v6.sin6_addr, 8); /* a household has a whole /64 */
    }
    return uuid_from_bytes(bytes);
}

static void client_open(struct worker *w, struct MHD_Connection *connection, void **context)
{
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    c->fd = info == NULL ? -1 : info->connect_fd;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info != NULL && info->client_addr != NULL)
        c->address = address_of(info->client_addr, &c->is_loopback);
    c->worker = w;
    c->connection = connection;
    c->since_ms = loop_now_ms();
    c->next = w->clients;
    c->link = &w->clients;
    if (c->next != NULL)
        c->next->link = &c->next;
    w->clients = c;
    *context = c;
}

static void client_close(struct client *c)
{
    if (c->exchange != NULL)
        exchange_free(c->exchange);
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    free(c);
}

static void on_connection(void *worker, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        client_open(worker, connection, context);
    } else if (*context != NULL) {
        client_close(*context);
        *context = NULL;
    }
}

static void *on_target(void *worker, const char *uri, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct client *c = info->socket_context;
    assert(c->exchange == NULL);
    return exchange_new(worker, c, uri);
}

static enum MHD_Result on_request(void *worker, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *count, void **context)
{
    (void)worker, (void)connection, (void)url, (void)version;
    return exchange_step(*context, method, bytes, count);
}

static void on_completed(void *worker, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)worker, (void)connection, (void)code;
    if (*context != NULL)
        exchange_free(*context);
    *context = NULL;
}

/* The address is decoded in target.c, not by the library, which would let %00 and %2f through. */
static size_t on_unescape(void *worker, struct MHD_Connection *connection, char *s)
{
    (void)worker, (void)connection;
    return strlen(s);
}

static void on_log(void *worker, const char *format, va_list arguments)
{
    (void)worker, (void)format, (void)arguments; /* it can hold what clients sent */
}

static struct MHD_Daemon *daemon_start(struct worker *w)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, w,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, w, MHD_OPTION_LISTEN_SOCKET, w->listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)w->http->options.idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADER_BYTES_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, w, MHD_OPTION_NOTIFY_COMPLETED, on_completed, w, MHD_OPTION_URI_LOG_CALLBACK,
        on_target, w, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, w,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}

/* A client that trickles its request is cut off: a byte now and then keeps the library's own
 * timer from running out. */
static bool is_too_slow(const struct client *c, int64_t now_ms)
{
    const struct exchange *x = c->exchange;
    int64_t idle_ms = c->worker->http->options.idle_seconds * INT64_C(1000);
    if (x == NULL)
        return now_ms - c->since_ms > idle_ms + 1000;
    int64_t late_ms = now_ms - x->began_ms - idle_ms;
    switch (x->step) {
    case STEP_HEADERS:
        return late_ms > 0;
    case STEP_BODY:
        return late_ms > 0 && (int64_t)x->body_seen < late_ms * BODY_BYTES_A_SECOND / 1000;
    case STEP_REPLYING:
        return x->stream == NULL && late_ms > ANSWER_SECONDS * 1000;
    case STEP_UNDER_WAY:
    case STEP_DONE:
        break;
    }
    return false;
}

static void tick(struct worker *w, int64_t now_ms)
{
    w->ticked_ms = now_ms;
    for (struct client *c = w->clients; c != NULL; c = c->next)
        if (is_too_slow(c, now_ms))
            shutdown(c->fd, SHUT_RDWR);
    events_tick(w, now_ms);
}

static int wait_ms(struct worker *w, int64_t now_ms)
{
    MHD_UNSIGNED_LONG_LONG of_library;
    int64_t wait = w->clients == NULL && !w->is_stopping ? -1 : w->ticked_ms + TICK_MS - now_ms;
    if (wait < 0 && (w->clients != NULL || w->is_stopping))
        wait = 0;
    if (MHD_get_timeout(w->daemon, &of_library) == MHD_YES &&
        (wait < 0 || (int64_t)of_library < wait))
        wait = (int64_t)of_library;
    return wait > TICK_MS ? TICK_MS : (int)wait;
}

static void stop_begin(struct worker *w, int64_t now_ms)
{
    MHD_run(w->daemon); /* takes in who is knocking */
    MHD_socket fd = MHD_quiesce_daemon(w->daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    w->is_stopping = true;
    w->stop_by_ms = now_ms + STOP_SECONDS * 1000;
}

/* What the writer or the pool has is always waited for: they finish what they have. */
static bool stop_is_done(const struct worker *w, int64_t now_ms)
{
    return w->exchange_count == 0 || (w->under_way_count == 0 && now_ms >= w->stop_by_ms);
}

static void *worker_main(void *self)
{
    struct worker *w = self;
    struct pollfd fds[] = { { .fd = w->epoll_fd, .events = POLLIN },
                            { .fd = w->wake_fd, .events = POLLIN } };
    uint64_t ignored;
    while (!w->is_stopping || !stop_is_done(w, loop_now_ms())) {
        poll(fds, 2, wait_ms(w, loop_now_ms()));
        if (fds[1].revents != 0 && read(w->wake_fd, &ignored, sizeof ignored) > 0)
            take_finished(w);
        int64_t now_ms = loop_now_ms();
        if (now_ms - w->ticked_ms >= TICK_MS)
            tick(w, now_ms);
        if (!w->is_stopping && atomic_load(&w->http->stopping))
            stop_begin(w, now_ms);
        if (w->is_stopping)
            events_stop(w);
        MHD_run(w->daemon);
    }
    return NULL;
}

err worker_start(struct worker *w, struct http *h, int listen_fd)
{
    w->http = h;
    w->listen_fd = listen_fd;
    w->finished_end = &w->finished;
    pthread_mutex_init(&w->lock, NULL);
    w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    w->daemon = daemon_start(w);
    const union MHD_DaemonInfo *info =
        w->daemon == NULL ? NULL : MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || w->wake_fd < 0)
        return ERR_INTERNAL;
    w->epoll_fd = info->epoll_fd;
    sigset_t all, before;
    sigfillset(&all); /* signals are for the main thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    w->is_running = pthread_create(&w->thread, NULL, worker_main, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return w->is_running ? OK : ERR_INTERNAL;
}

void worker_join(struct worker *w)
{
    if (w->http == NULL)
        return;
    if (w->is_running)
        pthread_join(w->thread, NULL);
    if (w->daemon != NULL)
        MHD_stop_daemon(w->daemon);
    else
        close(w->listen_fd);
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    for (size_t i = 0; i < w->spare_count; i++)
        arena_free(w->spare[i]);
    cache_free(w->cache);
    known_free(w->known);
    if (w->deflate_ready)
        deflateEnd(&w->deflate);
    pthread_mutex_lock(&w->lock); /* the writer may still be on its way out of worker_finished */
    pthread_mutex_unlock(&w->lock);
    pthread_mutex_destroy(&w->lock);
}
