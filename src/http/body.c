/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MEMORY_MAX = 64 * 1024, MEMORY_FIRST = 4 * 1024 };

void body_begin(struct body *b, struct arena *a, const char *folder, size_t max)
{
    *b = (struct body){ .arena = a, .folder = folder, .max = max, .fd = -1 };
}

static err write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t n = write(fd, bytes, count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_INTERNAL;
        bytes += n;
        count -= (size_t)n;
    }
    return OK;
}

/* A file that is gone as soon as it is closed, whatever happens. */
static err spool_open(struct body *b)
{
    int fd = open(b->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        char *name = text_cstr(b->arena, text_format(b->arena, "%s/upload-XXXXXX", b->folder));
        fd = mkostemp(name, O_CLOEXEC);
        if (fd >= 0)
            unlink(name);
    }
    if (fd < 0)
        return errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_INTERNAL;
    b->fd = fd;
    return b->len == 0 ? OK : write_all(fd, b->at, b->len);
}

static void memory_add(struct body *b, const char *bytes, size_t count)
{
    if (b->len + count > b->cap) {
        size_t cap = b->cap == 0 ? MEMORY_FIRST : b->cap;
        while (cap < b->len + count)
            cap *= 2;
        char *at = arena_alloc(b->arena, cap);
        if (b->len > 0)
            memcpy(at, b->at, b->len);
        b->at = at;
        b->cap = cap;
    }
    memcpy(b->at + b->len, bytes, count);
}

err body_add(struct body *b, const char *bytes, size_t count)
{
    if (count > b->max - b->len)
        return ERR_TOO_LARGE;
    if (b->fd < 0 && b->len + count > MEMORY_MAX)
        TRY(spool_open(b));
    if (b->fd >= 0)
        TRY(write_all(b->fd, bytes, count));
    else
        memory_add(b, bytes, count);
    b->len += count;
    return OK;
}

err body_done(struct body *b, struct text *ret)
{
    if (b->fd >= 0) {
        void *map = mmap(NULL, b->len, PROT_READ, MAP_PRIVATE, b->fd, 0);
        if (map == MAP_FAILED)
            return ERR_INTERNAL;
        b->map = map;
        *ret = (struct text){ map, b->len };
        return OK;
    }
    *ret = (struct text){ b->at == NULL ? "" : b->at, b->len };
    return OK;
}

void body_free(struct body *b)
{
    if (b->arena == NULL)
        return;
    if (b->map != NULL)
        munmap(b->map, b->len);
    if (b->fd >= 0)
        close(b->fd);
    *b = (struct body){ .fd = -1 };
}
