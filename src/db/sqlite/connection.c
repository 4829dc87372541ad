/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/sqlite/sqlite.h"

#include <stdlib.h>

enum {
    BUSY_MS = 5000,       /* someone else writes: only a tool that ignores the folder's lock */
    PROGRESS_STEPS = 4000 /* of SQLite's machine between two looks at the clock */
};

static const char *const command_texts[COMMAND_COUNT] = {
    [COMMAND_BEGIN_READ] = "BEGIN",
    [COMMAND_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMAND_COMMIT] = "COMMIT",
    [COMMAND_ROLLBACK] = "ROLLBACK",
    [COMMAND_SAVEPOINT] = "SAVEPOINT job",
    [COMMAND_SAVEPOINT_RELEASE] = "RELEASE job",
    [COMMAND_SAVEPOINT_ROLLBACK] = "ROLLBACK TO job",
};

/* Checkpoints are the writing thread's to time. Nothing is mapped: a mapped file that is cut, or a
 * disk that fails, would end the program by a signal. */
static const char settings_all[] = "PRAGMA mmap_size = 0;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA cell_size_check = ON;";
static const char settings_writer[] = "PRAGMA synchronous = FULL;"
                                      "PRAGMA wal_autocheckpoint = 0;"
                                      "PRAGMA journal_size_limit = 33554432;"
                                      "PRAGMA cache_size = -65536;"
                                      "PRAGMA foreign_keys = ON;";
static const char settings_reader[] = "PRAGMA query_only = ON;"
                                      "PRAGMA cache_size = -8192;";

err sqlite_fault(struct sqlite_connection *c, int code)
{
    err e = ERR_DATABASE;
    int kind = code & 0xff;
    if (kind == SQLITE_FULL)
        e = ERR_DISK_FULL;
    else if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED || kind == SQLITE_INTERRUPT)
        e = ERR_BUSY;
    return db_fault(&c->base, e);
}

static int on_progress(void *self)
{
    return db_is_late(self);
}

static int on_commit(void *self, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    struct sqlite_connection *c = self;
    c->wal_pages = pages;
    return SQLITE_OK;
}

static int wal_choose(sqlite3 *handle)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(handle, "PRAGMA journal_mode = WAL", -1, &s, NULL);
    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(s);
    bool is_wal =
        code == SQLITE_ROW && sqlite3_stricmp((const char *)sqlite3_column_text(s, 0), "wal") == 0;
    int end = sqlite3_finalize(s);
    if (end != SQLITE_OK)
        return end;
    return is_wal ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int set_up(struct sqlite_connection *c, bool writes)
{
    sqlite3_extended_result_codes(c->handle, 1);
    sqlite3_busy_timeout(c->handle, BUSY_MS);
    /* Text in double quotes would be a string here and a column in PostgreSQL. */
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    int code = sqlite3_exec(c->handle, settings_all, NULL, NULL, NULL);
    if (code == SQLITE_OK && writes)
        code = wal_choose(c->handle);
    if (code == SQLITE_OK)
        code =
            sqlite3_exec(c->handle, writes ? settings_writer : settings_reader, NULL, NULL, NULL);
    if (writes)
        sqlite3_wal_hook(c->handle, on_commit, c);
    else
        sqlite3_progress_handler(c->handle, PROGRESS_STEPS, on_progress, c);
    for (int i = 0; code == SQLITE_OK && i < COMMAND_COUNT; i++)
        code = sqlite3_prepare_v3(c->handle, command_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &c->commands[i], NULL);
    return code;
}

err sqlite_connection_open(struct db *db, bool writes, struct sqlite_connection **ret,
                           const char **ret_detail)
{
    const struct sqlite_store *store = db->engine_data;
    struct sqlite_connection *c = db_memory(NULL, 1, sizeof(*c));
    *c = (struct sqlite_connection){
        .base = { .engine = &sqlite_engine, .db = db },
        .rows = db_memory(NULL, db_statement_count, sizeof(*c->rows)),
    };
    for (size_t i = 0; i < db_statement_count; i++)
        c->rows[i] = (struct sqlite_row){ .base = { .engine = &sqlite_engine } };
    int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int code = sqlite3_open_v2(store->path, &c->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = set_up(c, writes);
    if (code != SQLITE_OK) {
        db_detail(ret_detail, "%s: %s", store->path, sqlite3_errmsg(c->handle));
        err e = sqlite_fault(c, code);
        sqlite_connection_close(c);
        return e == ERR_DATABASE ? ERR_DB_OPEN : e;
    }
    *ret = c;
    return OK;
}

void sqlite_connection_close(struct sqlite_connection *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < db_statement_count; i++) {
        sqlite3_finalize(c->rows[i].statement);
        free(c->rows[i].ids);
    }
    for (int i = 0; i < COMMAND_COUNT; i++)
        sqlite3_finalize(c->commands[i]);
    sqlite3_close(c->handle);
    free(c->base.topics.at);
    free(c->rows);
    free(c);
}

int sqlite_command(struct sqlite_connection *c, enum sqlite_command command)
{
    int code = sqlite3_step(c->commands[command]);
    int end = sqlite3_reset(c->commands[command]);
    if (code == SQLITE_DONE)
        return SQLITE_OK;
    return end != SQLITE_OK ? end : code;
}
