/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static err folder_lock(struct db *db, const char **ret_detail)
{
    struct sqlite_store *store = db->engine_data;
    char *path = db_folder_path(db, "lock");
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int why = errno;
    free(path);
    if (store->lock < 0) {
        db_detail(ret_detail, "%s/lock can't be opened: %s", db->folder, strerror(why));
        return ERR_DB_OPEN;
    }
    if (flock(store->lock, LOCK_EX | LOCK_NB) == 0) {
        /* The number is for people; the lock is what counts. */
        if (ftruncate(store->lock, 0) != 0 || dprintf(store->lock, "%ld\n", (long)getpid()) < 0) {
            db_detail(ret_detail, "%s/lock can't be written: %s", db->folder, strerror(errno));
            return errno == ENOSPC ? ERR_DISK_FULL : ERR_DB_OPEN;
        }
        return OK;
    }
    char number[32] = "";
    ssize_t got = pread(store->lock, number, sizeof(number) - 1, 0);
    number[got > 0 ? got : 0] = '\0';
    number[strcspn(number, "\n")] = '\0';
    db_detail(ret_detail, "process %s uses %s", number[0] != '\0' ? number : "?", db->folder);
    return ERR_DB_LOCKED;
}

/* Nobody else's to read, also where the folder is; SQLite's other files take after this one. */
static err file_make(const struct sqlite_store *store, const char **ret_detail)
{
    int fd = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        db_detail(ret_detail, "%s can't be opened: %s", store->path, strerror(errno));
        return ERR_DB_OPEN;
    }
    close(fd);
    return OK;
}

err sqlite_file_open(struct db *db, const struct db_options *o, const char **ret_detail)
{
    struct sqlite_store *store = db->engine_data;
    store->path = db_folder_path(db, "wesh.sqlite");
    bool may_make = o->create && !o->read_only;
    if (!may_make && access(store->path, F_OK) != 0) {
        db_detail(ret_detail, "%s has no WESH data in it", db->folder);
        return ERR_DB_OPEN;
    }
    if (!o->read_only)
        TRY(folder_lock(db, ret_detail));
    return may_make ? file_make(store, ret_detail) : OK;
}
