/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/sqlite/sqlite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A copy lives in a folder of its own below the data folder, locked by the process that reads it.
 * Its file is removed as soon as it is open; what a killed process left is removed by the next. */
static const char prefix[] = ".copy-";
enum { LEFT_AGE_S = 60 }; /* younger ones may not be locked yet */

static char *joined(const char *folder, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        abort();
    return path;
}

static int vacuum_into(sqlite3 *handle, const char *path)
{
    /* The copy is written for this reading, or synced by who keeps it: a slow disk is not waited
     * for while the snapshot is held. */
    int code =
        sqlite3_exec(handle, "PRAGMA mmap_size = 0; PRAGMA synchronous = OFF;", NULL, NULL, NULL);
    sqlite3_stmt *s = NULL;
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(handle, "VACUUM INTO ?1", -1, &s, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    int end = sqlite3_finalize(s);
    return code == SQLITE_DONE ? SQLITE_OK : end != SQLITE_OK ? end : code;
}

err sqlite_copy(struct db *db, const char *path, const char **ret_detail)
{
    const struct sqlite_store *store = db->engine_data;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        db_detail(ret_detail, "%s can't be made: %s", path, strerror(errno));
        return errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_DB_OPEN;
    }
    close(fd);
    sqlite3 *handle = NULL;
    int code =
        sqlite3_open_v2(store->path, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = vacuum_into(handle, path);
    err e = OK;
    if (code != SQLITE_OK) {
        e = (code & 0xff) == SQLITE_FULL ? ERR_DISK_FULL : ERR_DB_OPEN;
        db_detail(ret_detail, "%s can't be copied to %s: %s", store->path, path,
                  sqlite3_errmsg(handle));
        unlink(path);
    }
    sqlite3_close(handle);
    return e;
}

static void place_remove(const char *place)
{
    static const char *const names[] = { "wesh.sqlite", "wesh.sqlite-journal" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = joined(place, names[i]);
        unlink(path);
        free(path);
    }
    rmdir(place);
}

static int place_lock(const char *place)
{
    int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void left_remove(const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;) {
        struct stat about;
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        char *place = joined(folder, entry->d_name);
        if (stat(place, &about) == 0 && about.st_mtime < time(NULL) - LEFT_AGE_S) {
            int lock = place_lock(place);
            if (lock >= 0) {
                place_remove(place);
                close(lock);
            }
        }
        free(place);
    }
    if (d != NULL)
        closedir(d);
}

err sqlite_copy_open(struct db *db, err (*open_it)(struct db *db, const char **ret_detail),
                     const char **ret_detail)
{
    struct sqlite_store *store = db->engine_data;
    left_remove(db->folder);
    char *place = joined(db->folder, ".copy-XXXXXX");
    if (mkdtemp(place) == NULL) {
        int why = errno;
        db_detail(ret_detail, "no copy can be made in %s: %s", db->folder, strerror(why));
        free(place);
        return why == ENOSPC || why == EDQUOT ? ERR_DISK_FULL : ERR_DB_OPEN;
    }
    int lock = place_lock(place);
    char *path = joined(place, "wesh.sqlite");
    err e = sqlite_copy(db, path, ret_detail);
    if (e == OK) {
        free(store->path);
        store->path = path;
        path = NULL;
        e = open_it(db, ret_detail);
    }
    /* It stays readable by the connection that has it open. */
    place_remove(place);
    if (lock >= 0)
        close(lock);
    free(path);
    free(place);
    return e;
}
