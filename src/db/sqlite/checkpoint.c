/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/sqlite/sqlite.h"

enum {
    IDLE_PAGES = 1000,   /* nobody waits: worth a pause */
    LOADED_PAGES = 4000, /* 16 MiB: reads get slower from here */
    STEP_PAGES = 1000,   /* after one that readers held up */
    READERS_WAIT_MS = 20,
    BUSY_MS = 5000
};

void sqlite_checkpoint_start(struct db *db)
{
    struct sqlite_store *s = db->engine_data;
    /* What an earlier run left; when it can't be done now, the rules below get to it. */
    sqlite3_wal_checkpoint_v2(s->writer->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    s->writer->wal_pages = 0;
    s->idle_pages = IDLE_PAGES;
    s->loaded_pages = LOADED_PAGES;
}

/* Once all is in the database, the WAL starts again at its head, and the marks with it. */
static void marks_follow(struct sqlite_store *s)
{
    int pages = s->writer->wal_pages;
    if (pages < s->seen_pages) {
        s->idle_pages = IDLE_PAGES;
        s->loaded_pages = LOADED_PAGES;
    }
    s->seen_pages = pages;
}

bool sqlite_checkpoint_idle_due(const struct db *db)
{
    const struct sqlite_store *s = db->engine_data;
    return s->writer->wal_pages >= s->idle_pages;
}

/* A failed fsync can't be tried again: the system may have dropped what it couldn't write, and the
 * next one would then succeed. The WAL still has it all. */
static err judged(int code)
{
    return (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CORRUPT ? ERR_UNKNOWN_OUTCOME
                                                                            : OK;
}

err sqlite_checkpoint_idle(struct db *db)
{
    struct sqlite_store *s = db->engine_data;
    int code =
        sqlite3_wal_checkpoint_v2(s->writer->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    s->idle_pages = s->writer->wal_pages + STEP_PAGES;
    return judged(code);
}

err sqlite_checkpoint_loaded(struct db *db)
{
    struct sqlite_store *s = db->engine_data;
    struct sqlite_connection *c = s->writer;
    marks_follow(s);
    if (c->wal_pages < s->loaded_pages)
        return OK;
    sqlite3_busy_timeout(c->handle, READERS_WAIT_MS);
    int code = sqlite3_wal_checkpoint_v2(c->handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    sqlite3_busy_timeout(c->handle, BUSY_MS);
    if (code == SQLITE_OK)
        c->wal_pages = 0; /* the marks follow after the next group */
    else
        s->loaded_pages = c->wal_pages + STEP_PAGES;
    return judged(code);
}

void sqlite_checkpoint_last(struct db *db)
{
    struct sqlite_store *s = db->engine_data;
    /* Closing the last connection does it, and takes the WAL away. */
    sqlite3_db_config(s->writer->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}
