/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "power.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAIN, WAL, FILES, SECTOR = 512 };
static const char *const file_names[FILES] = { "wesh.sqlite", "wesh.sqlite-wal" };

struct write { /* not synced yet; a truncation writes nothing: bytes_new is NULL */
    int file;
    sqlite3_int64 at, size_before;
    size_t count, count_old;
    unsigned char *bytes_old, *bytes_new;
};

static struct {
    pthread_mutex_t lock;
    char folder[4096];
    enum power_fault fault;
    int64_t left, calls;
    bool struck;
    struct write *writes;
    size_t count, room;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

static sqlite3_vfs *system_vfs;
static const sqlite3_io_methods *real[FILES];
static sqlite3_io_methods methods[FILES];

static void *memory(void *old, size_t count)
{
    void *at = realloc(old, count > 0 ? count : 1);
    if (at == NULL)
        abort();
    return at;
}

/* SQLITE_OK, or what this write or sync comes to. */
static int strike(bool is_write)
{
    disk.calls++;
    if (disk.fault == POWER_FINE || (disk.fault == POWER_FULL && !is_write))
        return SQLITE_OK;
    if (!disk.struck && --disk.left > 0)
        return SQLITE_OK;
    disk.struck = true;
    if (disk.fault == POWER_FULL)
        return SQLITE_FULL;
    return is_write ? SQLITE_IOERR_WRITE : SQLITE_IOERR_FSYNC;
}

static bool is_off(void)
{
    pthread_mutex_lock(&disk.lock);
    bool off = disk.fault == POWER_CUT && disk.struck;
    pthread_mutex_unlock(&disk.lock);
    return off;
}

static int note(int f, sqlite3_file *file, sqlite3_int64 at, const void *bytes, size_t count)
{
    struct write w = { .file = f, .at = at, .count = count };
    int code = real[f]->xFileSize(file, &w.size_before);
    if (code != SQLITE_OK)
        return code;
    size_t reach = bytes != NULL ? count : (size_t)(w.size_before > at ? w.size_before - at : 0);
    if (w.size_before > at) {
        size_t there = (size_t)(w.size_before - at);
        w.count_old = reach < there ? reach : there;
    }
    w.bytes_old = memory(NULL, w.count_old);
    if (w.count_old > 0)
        code = real[f]->xRead(file, w.bytes_old, (int)w.count_old, at);
    if (bytes != NULL) {
        w.bytes_new = memory(NULL, count);
        memcpy(w.bytes_new, bytes, count);
    }
    if (disk.count == disk.room) {
        disk.room = disk.room == 0 ? 256 : 2 * disk.room;
        disk.writes = memory(disk.writes, disk.room * sizeof *disk.writes);
    }
    disk.writes[disk.count++] = w;
    return code;
}

static void forget(int f)
{
    size_t kept = 0;
    for (size_t i = 0; i < disk.count; i++) {
        if (disk.writes[i].file != f) {
            disk.writes[kept++] = disk.writes[i];
            continue;
        }
        free(disk.writes[i].bytes_old);
        free(disk.writes[i].bytes_new);
    }
    disk.count = kept;
}

static int on_write(int f, sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
    pthread_mutex_lock(&disk.lock);
    int code = strike(true);
    if (code == SQLITE_OK)
        code = note(f, file, at, bytes, (size_t)count);
    if (code == SQLITE_OK)
        code = real[f]->xWrite(file, bytes, count, at);
    pthread_mutex_unlock(&disk.lock);
    return code;
}

static int on_truncate(int f, sqlite3_file *file, sqlite3_int64 size)
{
    pthread_mutex_lock(&disk.lock);
    int code = strike(true);
    if (code == SQLITE_OK)
        code = note(f, file, size, NULL, 0);
    if (code == SQLITE_OK)
        code = real[f]->xTruncate(file, size);
    pthread_mutex_unlock(&disk.lock);
    return code;
}

static int on_sync(int f)
{
    pthread_mutex_lock(&disk.lock);
    int code = strike(false);
    if (code == SQLITE_OK)
        forget(f); /* the system need not sync: this disk is the one that counts */
    pthread_mutex_unlock(&disk.lock);
    return code;
}

static int on_read(int f, sqlite3_file *file, void *bytes, int count, sqlite3_int64 at)
{
    return is_off() ? SQLITE_IOERR_READ : real[f]->xRead(file, bytes, count, at);
}

#define METHODS(name, f)                                                                           \
    static int name##_write(sqlite3_file *file, const void *b, int n, sqlite3_int64 at)            \
    {                                                                                              \
        return on_write(f, file, b, n, at);                                                        \
    }                                                                                              \
    static int name##_truncate(sqlite3_file *file, sqlite3_int64 size)                             \
    {                                                                                              \
        return on_truncate(f, file, size);                                                         \
    }                                                                                              \
    static int name##_sync(sqlite3_file *file, int flags)                                          \
    {                                                                                              \
        (void)file, (void)flags;                                                                   \
        return on_sync(f);                                                                         \
    }                                                                                              \
    static int name##_read(sqlite3_file *file, void *b, int n, sqlite3_int64 at)                   \
    {                                                                                              \
        return on_read(f, file, b, n, at);                                                         \
    }
METHODS(main, MAIN)
METHODS(wal, WAL)

static int on_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
                   int *ret_flags)
{
    (void)self;
    if (is_off())
        return SQLITE_CANTOPEN;
    int code = system_vfs->xOpen(system_vfs, name, file, flags, ret_flags);
    int f = (flags & SQLITE_OPEN_WAL) != 0 ? WAL : MAIN;
    if (code != SQLITE_OK || (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB)) == 0)
        return code;
    pthread_mutex_lock(&disk.lock);
    if (real[f] == NULL) {
        real[f] = file->pMethods;
        methods[f] = *real[f];
        methods[f].xWrite = f == WAL ? wal_write : main_write;
        methods[f].xTruncate = f == WAL ? wal_truncate : main_truncate;
        methods[f].xSync = f == WAL ? wal_sync : main_sync;
        methods[f].xRead = f == WAL ? wal_read : main_read;
        methods[f].xFetch = NULL;
        methods[f].iVersion = 2;
    }
    file->pMethods = &methods[f];
    pthread_mutex_unlock(&disk.lock);
    return code;
}

static int on_delete(sqlite3_vfs *self, const char *name, int sync)
{
    (void)self;
    if (is_off())
        return SQLITE_IOERR_DELETE;
    int code = system_vfs->xDelete(system_vfs, name, sync);
    size_t length = strlen(name);
    if (code == SQLITE_OK && length > 4 && strcmp(name + length - 4, "-wal") == 0) {
        pthread_mutex_lock(&disk.lock);
        forget(WAL);
        pthread_mutex_unlock(&disk.lock);
    }
    return code;
}

void power_install(void)
{
    static sqlite3_vfs vfs;
    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs;
    vfs.zName = "power";
    vfs.pNext = NULL;
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    sqlite3_vfs_register(&vfs, 1);
}

static void forget_all(void)
{
    forget(MAIN);
    forget(WAL);
}

void power_watch(const char *folder)
{
    snprintf(disk.folder, sizeof disk.folder, "%s", folder);
    forget_all();
}

void power_arm(enum power_fault fault, int64_t n)
{
    pthread_mutex_lock(&disk.lock);
    disk.fault = fault;
    disk.left = n;
    disk.calls = 0;
    disk.struck = false;
    pthread_mutex_unlock(&disk.lock);
}

bool power_struck(void)
{
    pthread_mutex_lock(&disk.lock);
    bool struck = disk.struck;
    pthread_mutex_unlock(&disk.lock);
    return struck;
}

int64_t power_calls(void)
{
    pthread_mutex_lock(&disk.lock);
    int64_t calls = disk.calls;
    pthread_mutex_unlock(&disk.lock);
    return calls;
}

static void put(int fd, const unsigned char *bytes, size_t count, int64_t at)
{
    if (count > 0 && pwrite(fd, bytes, count, at) != (ssize_t)count)
        abort();
}

static void undo(int fd, const struct write *w)
{
    put(fd, w->bytes_old, w->count_old, w->at);
    if (ftruncate(fd, w->size_before) != 0)
        abort();
}

static bool chance_of(struct random_source chance, unsigned parts)
{
    uint32_t number;
    chance.fill(chance.self, &number, sizeof number);
    return number % parts == 0;
}

/* The write reached the disk, or only some of its sectors did. */
static void redo(int fd, const struct write *w, struct random_source chance)
{
    if (w->bytes_new == NULL) {
        if (ftruncate(fd, w->at) != 0)
            abort();
        return;
    }
    bool torn = chance_of(chance, 4);
    for (size_t at = 0; at < w->count; at += SECTOR) {
        size_t count = w->count - at < SECTOR ? w->count - at : SECTOR;
        if (!torn || chance_of(chance, 2))
            put(fd, w->bytes_new + at, count, w->at + (int64_t)at);
    }
}

void power_back(enum power_loss loss, struct random_source chance)
{
    int fds[FILES];
    char path[4200];
    for (int f = 0; f < FILES; f++) {
        snprintf(path, sizeof path, "%s/%s", disk.folder, file_names[f]);
        fds[f] = open(path, O_RDWR | O_CLOEXEC);
    }
    for (size_t i = disk.count; loss != POWER_KEEP_ALL && i-- > 0;)
        if (fds[disk.writes[i].file] >= 0)
            undo(fds[disk.writes[i].file], &disk.writes[i]);
    for (size_t i = 0; loss == POWER_LOSE_SOME && i < disk.count; i++)
        if (fds[disk.writes[i].file] >= 0 && chance_of(chance, 2))
            redo(fds[disk.writes[i].file], &disk.writes[i], chance);
    for (int f = 0; f < FILES; f++)
        if (fds[f] >= 0)
            close(fds[f]);
    snprintf(path, sizeof path, "%s/wesh.sqlite-shm", disk.folder);
    unlink(path); /* shared memory does not outlive the machine */
    forget_all();
    power_arm(POWER_FINE, 0);
}
