/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <stdlib.h>
#include <time.h>

enum {
    BUSY_MS = 5000,       /* someone else writes: only a tool that ignores the folder's lock */
    PROGRESS_STEPS = 4000 /* of SQLite's machine between two looks at the clock */
};

static const char *const command_texts[DB_COMMAND_COUNT] = {
    [DB_BEGIN_READ] = "BEGIN",
    [DB_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [DB_COMMIT] = "COMMIT",
    [DB_ROLLBACK] = "ROLLBACK",
    [DB_SAVEPOINT] = "SAVEPOINT job",
    [DB_SAVEPOINT_RELEASE] = "RELEASE job",
    [DB_SAVEPOINT_ROLLBACK] = "ROLLBACK TO job",
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

int64_t db_monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

err db_fault(struct db_connection *c, int code)
{
    err e = ERR_DATABASE;
    int kind = code & 0xff;
    if (kind == SQLITE_FULL)
        e = ERR_DISK_FULL;
    else if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED || kind == SQLITE_INTERRUPT)
        e = ERR_BUSY;
    if (c->fault == OK)
        c->fault = e;
    return c->fault;
}

static int on_progress(void *self)
{
    const struct db_connection *c = self;
    return c->deadline_us != 0 && db_monotonic_us() > c->deadline_us;
}

static int on_commit(void *self, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    struct db_connection *c = self;
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

static int set_up(struct db_connection *c, bool writes)
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
    for (int i = 0; code == SQLITE_OK && i < DB_COMMAND_COUNT; i++)
        code = sqlite3_prepare_v3(c->handle, command_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &c->commands[i], NULL);
    return code;
}

err db_connection_open(const char *path, bool writes, struct db_connection **ret,
                       const char **ret_detail)
{
    struct db_connection *c = db_memory(NULL, 1, sizeof(*c));
    *c = (struct db_connection){ .rows = db_memory(NULL, db_statement_count, sizeof(*c->rows)) };
    for (size_t i = 0; i < db_statement_count; i++)
        c->rows[i] = (struct db_row){ 0 };
    int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int code = sqlite3_open_v2(path, &c->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = set_up(c, writes);
    if (code != SQLITE_OK) {
        db_detail(ret_detail, "%s: %s", path, sqlite3_errmsg(c->handle));
        err e = db_fault(c, code);
        db_connection_close(c);
        return e == ERR_DATABASE ? ERR_DB_OPEN : e;
    }
    *ret = c;
    return OK;
}

void db_connection_close(struct db_connection *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < db_statement_count; i++) {
        sqlite3_finalize(c->rows[i].statement);
        free(c->rows[i].ids);
    }
    for (int i = 0; i < DB_COMMAND_COUNT; i++)
        sqlite3_finalize(c->commands[i]);
    sqlite3_close(c->handle);
    free(c->topics.at);
    free(c->rows);
    free(c);
}

int db_command(struct db_connection *c, enum db_command command)
{
    int code = sqlite3_step(c->commands[command]);
    int end = sqlite3_reset(c->commands[command]);
    if (code == SQLITE_DONE)
        return SQLITE_OK;
    return end != SQLITE_OK ? end : code;
}
