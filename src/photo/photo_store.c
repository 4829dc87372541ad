/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "photo/photo_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "photo/photo.h"

/* Putting a name in place and sweeping it away exclude each other. One process has the folder. */
static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;

static const char new_prefix[] = ".new-";

static err err_of_errno(void)
{
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_DISK_FULL : ERR_PHOTO_FAILED;
}

const char *photo_path(struct arena *a, const char *folder, struct sha256 of)
{
    struct text name = hex(a, (struct text){ (const char *)of.at, sizeof of.at });
    const char *slash = *folder ? "/" : "";
    return text_cstr(a, text_format(a, "%s%sphotos/%.2s/%.2s/%.*s.jpg", folder, slash, name.at,
                                    name.at + 2, TEXT_ARGS(name)));
}

err photo_store_write(int fd, struct text bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.at, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_of_errno();
        bytes.at += n;
        bytes.len -= (size_t)n;
    }
    return OK;
}

static err folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ERR_PHOTO_FAILED;
    err e = fsync(fd) == 0 ? OK : err_of_errno();
    close(fd);
    return e;
}

/* Makes the folders of `path` below `folder`. Each is on the disk before the next, also when
 * another thread made it a moment ago. `path` is put back as it was. */
static err folders_make(const char *folder, char *path)
{
    char *parent_end = path + strlen(folder);
    for (char *end; (end = strchr(parent_end + 1, '/')) != NULL; parent_end = end) {
        *end = 0;
        err e = mkdir(path, 0700) == 0 || errno == EEXIST ? OK : err_of_errno();
        *end = '/';
        TRY(e);
        *parent_end = 0;
        e = folder_sync(path);
        *parent_end = '/';
        TRY(e);
    }
    return OK;
}

/* True when the file is there whole; it counts as new from now on. */
static bool name_touch(const char *path, size_t size)
{
    struct stat s;
    pthread_mutex_lock(&names_lock);
    bool there = stat(path, &s) == 0 && S_ISREG(s.st_mode) && (size_t)s.st_size == size &&
                 utimensat(AT_FDCWD, path, NULL, 0) == 0;
    pthread_mutex_unlock(&names_lock);
    return there;
}

static err file_write(char *new_path, const char *path, struct text bytes)
{
    int fd = mkostemp(new_path, O_CLOEXEC);
    if (fd < 0)
        return err_of_errno();
    err e = photo_store_write(fd, bytes);
    if (e == OK && fsync(fd) != 0)
        e = err_of_errno();
    if (close(fd) != 0 && e == OK)
        e = err_of_errno();
    if (e == OK) {
        pthread_mutex_lock(&names_lock);
        if (rename(new_path, path) != 0)
            e = err_of_errno();
        pthread_mutex_unlock(&names_lock);
    }
    if (e != OK)
        unlink(new_path);
    return e;
}

err photo_store_put(struct arena *a, const char *folder, struct sha256 of, struct text bytes)
{
    char *path = text_cstr(a, text_of(photo_path(a, folder, of)));
    TRY(folders_make(folder, path));
    struct text parent = { path, (size_t)(strrchr(path, '/') - path) };
    if (!name_touch(path, bytes.len)) {
        struct text new_path = text_format(a, "%.*s/%sXXXXXX", TEXT_ARGS(parent), new_prefix);
        TRY(file_write(text_cstr(a, new_path), path, bytes));
    }
    return folder_sync(text_cstr(a, parent));
}

err photo_remove(struct arena *a, const char *folder, struct sha256 of)
{
    return unlink(photo_path(a, folder, of)) == 0 || errno == ENOENT ? OK : ERR_PHOTO_FAILED;
}

struct sweep {
    struct arena *arena;
    time_t before;
    err (*keep)(void *self, struct sha256 of, bool *ret_keep);
    void *self;
};

static err sweep_file(const struct sweep *s, int folder, const char *name)
{
    bool keep = false;
    struct text stem = text_of(name), bytes;
    if (!text_starts(stem, new_prefix)) { /* else left by a crash while writing */
        if (!text_ends(stem, ".jpg"))
            return OK;
        stem.len -= strlen(".jpg");
        struct sha256 of;
        if (hex_parse(s->arena, stem, &bytes) != OK || bytes.len != sizeof of.at)
            return OK;
        memcpy(of.at, bytes.at, sizeof of.at);
        TRY(s->keep(s->self, of, &keep));
    }
    if (keep)
        return OK;
    struct stat now;
    pthread_mutex_lock(&names_lock);
    if (fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(now.st_mode) &&
        now.st_mtime < s->before)
        unlinkat(folder, name, 0);
    pthread_mutex_unlock(&names_lock);
    return OK;
}

static err sweep_folder(const struct sweep *s, const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return errno == ENOENT ? OK : ERR_PHOTO_FAILED;
    err e = OK;
    struct dirent *entry;
    while (e == OK && (entry = readdir(d)) != NULL) {
        struct arena_mark mark = arena_mark(s->arena);
        struct stat found;
        if (fstatat(dirfd(d), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(found.st_mode) && found.st_mtime < s->before)
            e = sweep_file(s, dirfd(d), entry->d_name);
        arena_rewind(s->arena, mark);
    }
    closedir(d);
    return e;
}

err photo_sweep(struct arena *a, const char *folder, uint8_t part, int64_t age_s,
                err (*keep)(void *self, struct sha256 of, bool *ret_keep), void *self)
{
    struct sweep s = { a, time(NULL) - (time_t)age_s, keep, self };
    const char *path = text_cstr(a, text_format(a, "%s/photos/%02x", folder, part));
    if (access(path, F_OK) != 0)
        return OK;
    for (int i = 0; i < 256; i++) {
        struct arena_mark mark = arena_mark(a);
        err e = sweep_folder(&s, text_cstr(a, text_format(a, "%s/%02x", path, i)));
        arena_rewind(a, mark);
        TRY(e);
    }
    return OK;
}
