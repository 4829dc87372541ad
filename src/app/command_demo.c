/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/demo.h"

#include "gen/app_sql.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The tokens are for one's own machine: the file is readable by its owner alone. */
static err tokens_write(const struct demo *d)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/demo-tokens.json", d->play.folder) >= (int)sizeof path)
        return ERR_BAD_FILE;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_BAD_FILE;
    bool written = write(fd, d->tokens.at, d->tokens.len) == (ssize_t)d->tokens.len;
    written = close(fd) == 0 && written;
    return written ? OK : ERR_DISK_FULL;
}

static err unused_check(struct tx *tx, void *work)
{
    (void)work;
    struct app_municipalities row;
    TRY(sql_app_municipalities(tx, &row));
    return row.count == 0 ? OK : ERR_CONFLICT;
}

static err demo_make(struct demo *d, struct arena *a, struct instant now)
{
    d->clock.us = now.us - 6 * DAY_US;
    TRY(db_apply(d->play.db, a, demo_places_apply, d));
    TRY(db_apply(d->play.db, a, demo_shops_apply, d));
    TRY(db_apply(d->play.db, a, demo_people_apply, d));
    TRY(demo_story(d, now));
    if (d->clock.us < now.us)
        d->clock.us = now.us;
    TRY(db_apply(d->play.db, a, demo_tokens_apply, d));
    return tokens_write(d);
}

static int demo_refuse(struct command_context *c, const char *what)
{
    fprintf(c->err, "wesh: %s holds data already. Choose another one, or remove it first.\n", what);
    return EXIT_FAILED;
}

/* The folder that the demo is made in: DIR.new, which becomes DIR once all is there. */
struct demo_folder {
    char path[PATH_MAX], made[PATH_MAX + 8];
};

static bool folder_name(struct demo_folder *f, const char *data)
{
    if (realpath(data, f->path) == NULL) { /* not there yet */
        int length = snprintf(f->path, sizeof f->path, "%s", data);
        if (length <= 0 || length >= (int)sizeof f->path)
            return false;
        while (length > 1 && f->path[length - 1] == '/')
            f->path[--length] = '\0';
    }
    snprintf(f->made, sizeof f->made, "%s.new", f->path);
    return true;
}

static int entry_remove(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

/* What a demo that was broken off left behind. Nothing else of this name is touched. */
static err left_over_remove(struct demo_folder *f, const char **ret_detail)
{
    char store[sizeof f->made + 16], lock[sizeof f->made + 16];
    struct db *db;
    if (rmdir(f->made) == 0 || errno == ENOENT)
        return OK;
    snprintf(store, sizeof store, "%s/wesh.sqlite", f->made);
    snprintf(lock, sizeof lock, "%s/lock", f->made); /* comes first */
    if (access(store, F_OK) != 0 && access(lock, F_OK) != 0) {
        *ret_detail = "the folder of this name with .new behind it is in the way";
        return ERR_DB_OPEN;
    }
    err e = db_open(&(struct db_options){ .folder = f->made }, &db, ret_detail);
    if (e == ERR_DB_LOCKED)
        return e; /* another demo is at it */
    if (e == OK)
        db_close(db);
    *ret_detail = "what an earlier demo left can't be removed";
    return nftw(f->made, entry_remove, 16, FTW_DEPTH | FTW_PHYS) == 0 ? OK : ERR_DB_OPEN;
}

/* A folder that stands there may be empty, and nothing else. */
static err folder_take(const struct demo_folder *f, const char **ret_detail)
{
    if (rename(f->made, f->path) != 0) {
        *ret_detail = strerror(errno);
        return ERR_DB_OPEN;
    }
    char copy[PATH_MAX];
    memcpy(copy, f->path, sizeof copy);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    return OK;
}

/* OK, ERR_CONFLICT when the store is in use. */
static err demo_fill(struct demo *d, const char *folder, const char **ret_detail)
{
    struct instant now = clock_now(&clock_system);
    struct clock clock = clock_fixed(&d->clock);
    d->clock.us = now.us - 6 * DAY_US;
    TRY(db_open(
        &(struct db_options){
            .folder = folder, .store = d->c->store, .create = true, .clock = &clock },
        &d->play.db, ret_detail));
    struct arena *a = arena_new(16 << 20);
    d->play.arena = arena_new(16 << 20);
    d->play.clock = &d->clock;
    d->play.folder = folder;
    err e = d->c->store != NULL ? db_read(d->play.db, a, unused_check, NULL) : OK;
    if (e == OK)
        e = demo_make(d, a, now);
    db_close(d->play.db);
    arena_free(d->play.arena);
    arena_free(a);
    return e;
}

static bool holds_something(const char *path)
{
    DIR *folder = opendir(path);
    bool found = false;
    for (struct dirent *one; folder != NULL && !found && (one = readdir(folder)) != NULL;)
        found = strcmp(one->d_name, ".") != 0 && strcmp(one->d_name, "..") != 0;
    if (folder != NULL)
        closedir(folder);
    return found;
}

int command_demo(struct command_context *c, int argc, char **argv)
{
    struct demo d = { .c = c, .base_url = option_take(&argc, argv, "--base-url") };
    struct demo_folder f;
    if (d.base_url == NULL)
        d.base_url = "http://127.0.0.1:8080";
    if (!options_done(c, argc, argv, 0, command_find("demo")->usage))
        return EXIT_USAGE;
    if (!folder_name(&f, c->data))
        return command_fail(c, c->data, ERR_DB_OPEN, "this path is too long");
    const char *detail = NULL;
    err e;
    if (c->store != NULL) { /* the folder has only the photos */
        e = demo_fill(&d, c->data, &detail);
        if (e == ERR_CONFLICT)
            return demo_refuse(c, "the store");
    } else {
        if (holds_something(f.path))
            return demo_refuse(c, c->data);
        e = left_over_remove(&f, &detail);
        if (e == OK)
            e = demo_fill(&d, f.made, &detail);
        if (e == OK)
            e = folder_take(&f, &detail);
    }
    if (e != OK)
        return command_fail(c, "demo", e, detail);
    fprintf(c->out, "The demo region is in %s. Next: wesh serve --data %s%s\n", c->data, c->data,
            c->store != NULL ? " --store …" : "");
    return EXIT_OK;
}
