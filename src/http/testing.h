/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A server with a small feature of its own and a client that says exactly what a test wants said. */
#ifndef WESH_HTTP_TESTING_H
#define WESH_HTTP_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "http/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct reply {
    int status;
    char *head; /* status line and headers */
    char *body;
    size_t body_len;
};

struct testing {
    char folder[64];
    struct db *db;
    struct page_set *pages;
    struct http *http;
    _Atomic(struct http *) notify_to;
    int port;
    char cookie[64], token[64], other_token[64], expired[64], nobody[64]; /* secrets */
    uint128 ann, bob;
};
extern struct testing testing;

void testing_start(const struct http_options *changes);
void testing_stop(void);
void testing_folder_make(void);
void testing_folder_remove(void);

static inline int64_t testing_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void testing_sleep(int ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL);
}

static inline int client_connect(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((in_port_t)testing.port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline bool client_send(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t n = send(fd, bytes, count, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        count -= (size_t)n;
    }
    return true;
}

/* Up to max bytes, until `until` stands in them, the other side closes, or ms are over. */
static inline size_t client_read(int fd, char *out, size_t max, const char *until, int ms)
{
    size_t len = 0;
    int64_t end = testing_ms() + ms;
    out[0] = '\0';
    while (len + 1 < max && (until == NULL || strstr(out, until) == NULL)) {
        int64_t left = end - testing_ms();
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            break;
        ssize_t n = recv(fd, out + len, max - len - 1, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
        out[len] = '\0';
    }
    return len;
}

/* True when the other side closes within ms; what it still sends is thrown away. */
static inline bool client_is_closed(int fd, int ms)
{
    char trash[4096];
    int64_t end = testing_ms() + ms;
    while (testing_ms() < end) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, (int)(end - testing_ms())) <= 0)
            return false;
        if (recv(fd, trash, sizeof trash, 0) <= 0)
            return true;
    }
    return false;
}

/* A whole answer with Content-Length; free it with reply_free. */
static inline struct reply client_reply(int fd, bool is_head)
{
    enum { MAX = 4 * 1024 * 1024 };
    char *out = malloc(MAX);
    size_t len = 0, wanted = 0;
    char *end = NULL;
    out[0] = '\0';
    int64_t until = testing_ms() + 15000;
    while (end == NULL || len < wanted) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int64_t left = until - testing_ms();
        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            break;
        ssize_t n = recv(fd, out + len, MAX - len - 1, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
        out[len] = '\0';
        if (end == NULL && (end = strstr(out, "\r\n\r\n")) != NULL) {
            const char *length = strcasestr(out, "\r\ncontent-length:");
            size_t body = length == NULL || length > end ? 0 : strtoul(length + 17, NULL, 10);
            wanted = (size_t)(end + 4 - out) + (is_head ? 0 : body);
        }
    }
    struct reply r = { .head = out };
    if (len > 12 && end != NULL) {
        r.status = atoi(out + 9);
        end[2] = '\0';
        r.body = end + 4;
        r.body_len = len - (size_t)(end + 4 - out);
    } else {
        r.body = out + len;
    }
    return r;
}

static inline void reply_free(struct reply *r)
{
    free(r->head);
    r->head = NULL;
}

/* One request on a connection of its own. `headers` are whole lines. */
static inline struct reply ask(const char *method, const char *target, const char *headers,
                               const char *body)
{
    int fd = client_connect();
    char head[16384];
    size_t body_len = body == NULL ? 0 : strlen(body);
    int len = body == NULL ? snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: t\r\n%s\r\n",
                                      method, target, headers)
                           : snprintf(head, sizeof head,
                                      "%s %s HTTP/1.1\r\nHost: t\r\nContent-Length: %zu\r\n%s\r\n",
                                      method, target, body_len, headers);
    assert_true(len > 0 && (size_t)len < sizeof head);
    client_send(fd, head, (size_t)len);
    if (body != NULL)
        client_send(fd, body, body_len);
    struct reply r = client_reply(fd, strcmp(method, "HEAD") == 0);
    close(fd);
    return r;
}

static inline const char *header_of(const struct reply *r, const char *name)
{
    static char value[1024];
    char wanted[128];
    snprintf(wanted, sizeof wanted, "\r\n%s: ", name);
    const char *at = strcasestr(r->head, wanted);
    if (at == NULL)
        return NULL;
    at += strlen(wanted);
    snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
    return value;
}

#endif
