/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "photo/photo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "photo/photo_store.h"

enum {
    LARGE_BYTES_MAX = 4 << 20,
    THUMBNAIL_BYTES_MAX = 512 << 10,
    FD_LARGE = 3, /* as wesh-photo knows them */
    FD_THUMBNAIL = 4,
    FD_OWN_MIN = 16 /* ours stay clear of those numbers */
};

struct exchange { /* memory files shared with wesh-photo */
    int upload, large, thumbnail;
};

static const char *program_path(struct arena *a)
{
    const char *named = getenv("WESH_PHOTO");
    if (named && *named)
        return named;
    char own[4096];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own);
    if (n > 0 && (size_t)n < sizeof own) {
        while (n > 0 && own[n - 1] != '/')
            n--;
        struct text beside = text_format(a, "%.*swesh-photo", (int)n, own);
        const char *path = text_cstr(a, beside);
        if (access(path, X_OK) == 0)
            return path;
    }
    return WESH_LIBEXECDIR "/wesh-photo";
}

static int memory_file(const char *name)
{
    int low = memfd_create(name, MFD_CLOEXEC);
    if (low < 0)
        return -1;
    int fd = fcntl(low, F_DUPFD_CLOEXEC, FD_OWN_MIN);
    close(low);
    return fd;
}

static void exchange_close(struct exchange *x)
{
    int fds[] = { x->upload, x->large, x->thumbnail };
    for (size_t i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static err exchange_open(struct exchange *x, struct text upload)
{
    x->upload = memory_file("upload");
    x->large = memory_file("large");
    x->thumbnail = memory_file("thumbnail");
    if (x->upload < 0 || x->large < 0 || x->thumbnail < 0)
        return ERR_PHOTO_FAILED;
    return photo_store_write(x->upload, upload);
}

static err program_start(const char *program, const struct exchange *x, pid_t *ret_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&files) != 0)
        return ERR_PHOTO_FAILED;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return ERR_PHOTO_FAILED;
    }
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    char *arguments[] = { (char[]){ "wesh-photo" }, NULL };
    char *environment[] = { NULL };
    pid_t pid = -1;
    bool started = posix_spawn_file_actions_adddup2(&files, x->upload, 0) == 0 &&
                   posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0) == 0 &&
                   posix_spawn_file_actions_adddup2(&files, 1, 2) == 0 &&
                   posix_spawn_file_actions_adddup2(&files, x->large, FD_LARGE) == 0 &&
                   posix_spawn_file_actions_adddup2(&files, x->thumbnail, FD_THUMBNAIL) == 0 &&
                   posix_spawn_file_actions_addclosefrom_np(&files, FD_THUMBNAIL + 1) == 0 &&
                   posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
                   posix_spawnattr_setsigdefault(&attributes, &all) == 0 &&
                   posix_spawnattr_setflags(&attributes,
                                            POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0 &&
                   posix_spawn(&pid, program, &files, &attributes, arguments, environment) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (!started)
        return ERR_PHOTO_FAILED;
    *ret_pid = pid;
    return OK;
}

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* False when the time ran out. */
static bool wait_until_ended(pid_t pid)
{
    int fd = pidfd_open(pid, 0);
    if (fd < 0)
        return false;
    int64_t end = monotonic_ms() + PHOTO_TIME_MS_MAX;
    int ready = 0;
    for (int64_t left = PHOTO_TIME_MS_MAX; left > 0 && ready != 1; left = end - monotonic_ms()) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ready = poll(&p, 1, (int)left);
        if (ready < 0 && errno != EINTR)
            break;
    }
    close(fd);
    return ready == 1;
}

static err program_finish(pid_t pid)
{
    if (!wait_until_ended(pid))
        kill(pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return ERR_PHOTO_FAILED;
    if (!WIFEXITED(status))
        return ERR_PHOTO_FAILED;
    switch (WEXITSTATUS(status)) { /* as in wesh_photo.c */
    case 0:
        return OK;
    case 3:
        return ERR_PHOTO_KIND;
    case 4:
        return ERR_PHOTO_TOO_BIG;
    case 5:
        return ERR_PHOTO_BROKEN;
    default:
        return ERR_PHOTO_FAILED;
    }
}

/* The program may have been taken over by what it decoded, so what it made is not believed: a
 * JPEG of the size agreed on, whose header holds only what decoding needs. Application segments
 * (EXIF, XMP, ICC) and comments are refused. ITU-T T.81, B.1.1.3. */
static bool jpeg_is_plain(struct text jpeg, int side_max, int *ret_width, int *ret_height)
{
    const uint8_t *b = (const uint8_t *)jpeg.at;
    size_t n = jpeg.len;
    if (n < 4 || b[0] != 0xFF || b[1] != 0xD8 || b[n - 2] != 0xFF || b[n - 1] != 0xD9)
        return false;
    int width = 0, height = 0;
    for (size_t at = 2; at + 9 < n;) {
        size_t length = ((size_t)b[at + 2] << 8) | b[at + 3];
        if (b[at] != 0xFF || length < 2)
            return false;
        switch (b[at + 1]) {
        case 0xC0: /* start of frame: baseline, progressive */
        case 0xC2:
            height = (b[at + 5] << 8) | b[at + 6];
            width = (b[at + 7] << 8) | b[at + 8];
            break;
        case 0xE0: /* JFIF */
        case 0xDB: /* tables */
        case 0xC4:
        case 0xDD:
            break;
        case 0xDA: /* start of scan */
            if (width < 1 || height < 1 || width > side_max || height > side_max)
                return false;
            *ret_width = width;
            *ret_height = height;
            return true;
        default:
            return false;
        }
        at += 2 + length;
    }
    return false;
}

static err result_store(struct arena *a, const char *folder, int fd, size_t bytes_max, int side_max,
                        struct sha256 *ret_of, int *ret_width, int *ret_height)
{
    off_t size = lseek(fd, 0, SEEK_END);
    if (size < 1 || (size_t)size > bytes_max)
        return ERR_PHOTO_FAILED;
    void *map = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return ERR_PHOTO_FAILED;
    struct text jpeg = { map, (size_t)size };
    int width, height;
    err e = ERR_PHOTO_FAILED;
    if (jpeg_is_plain(jpeg, side_max, &width, &height)) {
        struct sha256 of = sha256_of(jpeg);
        e = photo_store_put(a, folder, of, jpeg);
        if (e == OK) {
            *ret_of = of;
            *ret_width = width;
            *ret_height = height;
        }
    }
    munmap(map, (size_t)size);
    return e;
}

static err exchange_run(struct arena *a, const char *folder, struct exchange *x, struct text upload,
                        struct photo *ret)
{
    pid_t pid;
    TRY(exchange_open(x, upload));
    TRY(program_start(program_path(a), x, &pid));
    TRY(program_finish(pid));
    struct photo photo;
    int width, height;
    TRY(result_store(a, folder, x->thumbnail, THUMBNAIL_BYTES_MAX, PHOTO_THUMBNAIL_SIDE_MAX,
                     &photo.thumbnail, &width, &height));
    TRY(result_store(a, folder, x->large, LARGE_BYTES_MAX, PHOTO_SIDE_MAX, &photo.large,
                     &photo.width, &photo.height));
    *ret = photo;
    return OK;
}

err photo_convert(struct arena *a, const char *folder, struct text bytes, struct photo *ret)
{
    if (bytes.len == 0)
        return ERR_PHOTO_KIND;
    if (bytes.len > PHOTO_UPLOAD_BYTES_MAX)
        return ERR_TOO_LARGE;
    struct exchange x = { -1, -1, -1 };
    err e = exchange_run(a, folder, &x, bytes, ret);
    exchange_close(&x);
    return e;
}
