/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* One message: the words of the command, each ended by a NUL, and three descriptors (output,
 * errors, working folder). One byte comes back: the exit code. */
enum { WORDS_BYTES_MAX = 64 * 1024, WORDS_MAX = 64, HANDED_OVER = 3 };

struct remote {
    struct db *db;
    char *data;
    int socket;
    int stop_pipe[2];
    pthread_t thread;
};

static bool remote_address(const char *data, struct sockaddr_un *address)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int length = snprintf(address->sun_path, sizeof address->sun_path, "%s/wesh.sock", data);
    return length > 0 && (size_t)length < sizeof address->sun_path;
}

/* Client */

static bool words_send(int fd, int argc, char **argv)
{
    char words[WORDS_BYTES_MAX];
    size_t used = 0;
    for (int i = 0; i < argc; i++) {
        size_t length = strlen(argv[i]) + 1;
        if (used + length > sizeof words)
            return false;
        memcpy(words + used, argv[i], length);
        used += length;
    }
    int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int handed[HANDED_OVER] = { STDOUT_FILENO, STDERR_FILENO, folder };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof handed)];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = { words, used };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof handed);
    memcpy(CMSG_DATA(header), handed, sizeof handed);
    bool sent = folder >= 0 && sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)used;
    if (folder >= 0)
        close(folder);
    return sent;
}

bool remote_run(const char *data, int argc, char **argv, int *ret_exit)
{
    struct sockaddr_un address;
    if (!remote_address(data, &address))
        return false;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return false;
    }
    unsigned char code = EXIT_FAILED;
    fflush(NULL);
    if (!words_send(fd, argc, argv) || recv(fd, &code, 1, 0) != 1) {
        fprintf(stderr, "wesh: the server that holds this data folder did not answer\n");
        code = EXIT_FAILED;
    }
    close(fd);
    *ret_exit = code;
    return true;
}

/* Server */

struct visit { /* one connection */
    char words[WORDS_BYTES_MAX];
    char *argv[WORDS_MAX + 1];
    int argc;
    int handed[HANDED_OVER];
};

static bool visit_receive(int fd, struct visit *v)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof v->handed)];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = { v->words, sizeof v->words };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    struct timeval patience = { .tv_sec = 5 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(sizeof v->handed))
        return false;
    memcpy(v->handed, CMSG_DATA(header), sizeof v->handed);
    if (got <= 0 || v->words[got - 1] != '\0')
        return false;
    for (char *at = v->words; at < v->words + got && v->argc < WORDS_MAX; at += strlen(at) + 1)
        v->argv[v->argc++] = at;
    return v->argc > 0;
}

/* What a command writes goes to a pipe or terminal of the caller's. When nobody reads that, the
 * command waits, until the caller is gone or the server stops: from then on it is dropped, so that
 * the command, and with it the server, comes to an end. */
struct outlet {
    int to;
    int caller; /* the connection */
    int stop;   /* readable when the server stops */
    bool dropping;
};

/* Once poll says that a pipe has room, this much of it goes in without waiting. */
enum { PIECE_BYTES = 4096 };

static bool outlet_wait(struct outlet *o)
{
    for (;;) {
        struct pollfd fds[] = { { .fd = o->to, .events = POLLOUT },
                                { .fd = o->caller, .events = POLLRDHUP },
                                { .fd = o->stop, .events = POLLIN } };
        if (poll(fds, 3, -1) < 0) {
            if (errno == EINTR)
                continue;
            return false;
        }
        if (fds[0].revents != 0)
            return (fds[0].revents & POLLOUT) != 0;
        if (fds[1].revents != 0 || fds[2].revents != 0)
            return false;
    }
}

static ssize_t outlet_write(void *self, const char *bytes, size_t size)
{
    struct outlet *o = self;
    for (size_t at = 0; at < size && !o->dropping;) {
        size_t piece = size - at < PIECE_BYTES ? size - at : PIECE_BYTES;
        ssize_t n = outlet_wait(o) ? write(o->to, bytes + at, piece) : 0;
        if (n > 0)
            at += (size_t)n;
        else if (n == 0 || errno != EINTR)
            o->dropping = true;
    }
    return (ssize_t)size;
}

static FILE *outlet_open(struct outlet *o)
{
    return fopencookie(o, "w", (cookie_io_functions_t){ .write = outlet_write });
}

static int visit_run(struct remote *r, struct visit *v, int caller)
{
    const struct command *command = command_find(v->argv[0]);
    struct outlet outlets[2];
    for (size_t i = 0; i < 2; i++)
        outlets[i] = (struct outlet){ v->handed[i], caller, r->stop_pipe[0], false };
    FILE *out = outlet_open(&outlets[0]), *errors = outlet_open(&outlets[1]);
    int code = EXIT_USAGE;
    if (command != NULL && command->kind == COMMAND_WRITES && out != NULL && errors != NULL) {
        struct command_context c = { .out = out,
                                     .err = errors,
                                     .folder_fd = v->handed[2],
                                     .data = r->data,
                                     .db = r->db,
                                     .in_server = true };
        code = command->run(&c, v->argc - 1, v->argv + 1);
    }
    if (out != NULL)
        fclose(out);
    if (errors != NULL)
        fclose(errors);
    for (size_t i = 0; i < HANDED_OVER; i++)
        close(v->handed[i]);
    return code;
}

static void *remote_loop(void *self)
{
    struct remote *r = self;
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(r->socket, &ready);
        FD_SET(r->stop_pipe[0], &ready);
        int most = r->socket > r->stop_pipe[0] ? r->socket : r->stop_pipe[0];
        if (select(most + 1, &ready, NULL, NULL, NULL) < 0 && errno != EINTR)
            break;
        if (FD_ISSET(r->stop_pipe[0], &ready))
            break;
        int fd = accept4(r->socket, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        struct visit *v = calloc(1, sizeof *v);
        if (v != NULL && visit_receive(fd, v)) {
            unsigned char code = (unsigned char)visit_run(r, v, fd);
            (void)send(fd, &code, 1, MSG_NOSIGNAL);
        }
        free(v);
        close(fd);
    }
    return NULL;
}

err remote_start(struct db *db, const char *data, struct remote **ret)
{
    struct sockaddr_un address;
    struct remote *r = calloc(1, sizeof *r);
    if (r == NULL)
        return ERR_INTERNAL;
    r->db = db;
    r->data = strdup(data);
    r->socket = -1;
    /* The folder is locked, so a socket that stands here is a left-over. */
    if (r->data == NULL || !remote_address(data, &address) ||
        (unlink(address.sun_path) != 0 && errno != ENOENT))
        goto failed;
    r->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (r->socket < 0 || bind(r->socket, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(r->socket, 8) != 0 || pipe2(r->stop_pipe, O_CLOEXEC) != 0)
        goto failed;
    if (pthread_create(&r->thread, NULL, remote_loop, r) != 0)
        goto failed;
    *ret = r;
    return OK;
failed:
    if (r->socket >= 0)
        close(r->socket);
    free(r->data);
    free(r);
    return ERR_DB_OPEN;
}

void remote_stop(struct remote *r)
{
    if (r == NULL)
        return;
    struct sockaddr_un address;
    (void)!write(r->stop_pipe[1], "x", 1);
    pthread_join(r->thread, NULL);
    close(r->stop_pipe[0]);
    close(r->stop_pipe[1]);
    close(r->socket);
    if (remote_address(r->data, &address))
        unlink(address.sun_path);
    free(r->data);
    free(r);
}
