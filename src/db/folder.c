/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *db_folder_path(const struct db *db, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", db->folder, name) < 0)
        abort();
    return path;
}

/* A new folder outlives a power cut only once its own folder is on the disk. */
static void parent_sync(const struct db *db)
{
    char *copy = db_folder_path(db, "");
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(copy);
}

static err folder_make(const struct db *db, const char **ret_detail)
{
    if (mkdir(db->folder, 0700) == 0) {
        parent_sync(db);
        return OK;
    }
    if (errno == EEXIST)
        return OK;
    db_detail(ret_detail, "%s can't be made: %s", db->folder, strerror(errno));
    return ERR_DB_OPEN;
}

err db_folder_open(struct db *db, const struct db_options *o, const char **ret_detail)
{
    db->folder = strdup(o->folder);
    if (db->folder == NULL)
        abort();
    if (o->create && !o->read_only)
        TRY(folder_make(db, ret_detail));
    struct stat about;
    if (stat(db->folder, &about) != 0 || !S_ISDIR(about.st_mode)) {
        db_detail(ret_detail, "%s is not a folder", db->folder);
        return ERR_DB_OPEN;
    }
    return OK;
}
