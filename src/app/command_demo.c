/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/demo.h"

#include "gen/app_sql.h"

#include <fcntl.h>
#include <unistd.h>

/* The tokens are for one's own machine: the file is readable by its owner alone. */
static err tokens_write(const struct demo *d)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/demo-tokens.json", d->c->data) >= (int)sizeof path)
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

int command_demo(struct command_context *c, int argc, char **argv)
{
    struct demo d = { .c = c, .base_url = option_take(&argc, argv, "--base-url") };
    if (d.base_url == NULL)
        d.base_url = "http://127.0.0.1:8080";
    if (!options_done(c, argc, argv, 0, command_find("demo")->usage))
        return EXIT_USAGE;
    char path[4096];
    snprintf(path, sizeof path, "%s/wesh.sqlite", c->data);
    if (c->store == NULL && access(path, F_OK) == 0)
        return demo_refuse(c, c->data);
    struct instant now = clock_now(&clock_system);
    struct clock clock = clock_fixed(&d.clock);
    const char *detail = NULL;
    struct arena *a = arena_new(16 << 20);
    d.clock.us = now.us - 6 * DAY_US;
    err e = db_open(
        &(struct db_options){
            .folder = c->data, .store = c->store, .create = true, .clock = &clock },
        &d.play.db, &detail);
    if (e == OK) {
        if (c->store != NULL && db_read(d.play.db, a, unused_check, NULL) == ERR_CONFLICT) {
            db_close(d.play.db);
            arena_free(a);
            return demo_refuse(c, "the store");
        }
        d.play.arena = arena_new(16 << 20);
        d.play.clock = &d.clock;
        d.play.folder = c->data;
        e = demo_make(&d, a, now);
        db_close(d.play.db);
        arena_free(d.play.arena);
    }
    arena_free(a);
    if (e != OK)
        return command_fail(c, "demo", e, detail);
    fprintf(c->out, "The demo region is in %s. Next: wesh serve --data %s%s\n", c->data, c->data,
            c->store != NULL ? " --store …" : "");
    return EXIT_OK;
}
