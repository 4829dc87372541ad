/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *joined(const char *folder, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        abort();
    return path;
}

/* A new folder outlives a power cut only once its own folder is on the disk. */
static void parent_sync(const char *folder)
{
    char *copy = joined(folder, "");
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(copy);
}

static err folder_make(const char *folder, const char **ret_detail)
{
    if (mkdir(folder, 0700) == 0) {
        parent_sync(folder);
        return OK;
    }
    if (errno == EEXIST)
        return OK;
    db_detail(ret_detail, "%s can't be made: %s", folder, strerror(errno));
    return ERR_DB_OPEN;
}

static err folder_lock(struct db *db, const char **ret_detail)
{
    char *path = joined(db->folder, "lock");
    db->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int why = errno;
    free(path);
    if (db->lock < 0) {
        db_detail(ret_detail, "%s/lock can't be opened: %s", db->folder, strerror(why));
        return ERR_DB_OPEN;
    }
    if (flock(db->lock, LOCK_EX | LOCK_NB) == 0) {
        /* The number is for people; the lock is what counts. */
        if (ftruncate(db->lock, 0) != 0 || dprintf(db->lock, "%ld\n", (long)getpid()) < 0) {
            db_detail(ret_detail, "%s/lock can't be written: %s", db->folder, strerror(errno));
            return errno == ENOSPC ? ERR_DISK_FULL : ERR_DB_OPEN;
        }
        return OK;
    }
    char number[32] = "";
    ssize_t got = pread(db->lock, number, sizeof(number) - 1, 0);
    number[got > 0 ? got : 0] = '\0';
    number[strcspn(number, "\n")] = '\0';
    db_detail(ret_detail, "process %s uses %s", number[0] != '\0' ? number : "?", db->folder);
    return ERR_DB_LOCKED;
}

/* Nobody else's to read, also where the folder is; SQLite's other files take after this one. */
static err file_make(const struct db *db, const char **ret_detail)
{
    int fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        db_detail(ret_detail, "%s can't be opened: %s", db->path, strerror(errno));
        return ERR_DB_OPEN;
    }
    close(fd);
    return OK;
}

err db_folder_open(struct db *db, const struct db_options *o, const char **ret_detail)
{
    db->folder = strdup(o->folder);
    if (db->folder == NULL)
        abort();
    db->path = joined(db->folder, "wesh.sqlite");
    if (o->create && !o->read_only)
        TRY(folder_make(db->folder, ret_detail));
    struct stat about;
    if (stat(db->folder, &about) != 0 || !S_ISDIR(about.st_mode)) {
        db_detail(ret_detail, "%s is not a folder", db->folder);
        return ERR_DB_OPEN;
    }
    bool may_make = o->create && !o->read_only;
    if (!may_make && access(db->path, F_OK) != 0) {
        db_detail(ret_detail, "%s has no WESH data in it", db->folder);
        return ERR_DB_OPEN;
    }
    if (!o->read_only)
        TRY(folder_lock(db, ret_detail));
    return may_make ? file_make(db, ret_detail) : OK;
}

void db_folder_close(struct db *db)
{
    if (db->lock >= 0)
        close(db->lock);
    db->lock = -1;
}
