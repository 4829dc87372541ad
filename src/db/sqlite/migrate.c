/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/sqlite/sqlite.h"

static const char version_table[] = "CREATE TABLE schema_version ("
                                    "version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
                                    "applied_at INTEGER NOT NULL) STRICT";

/* The first column of the first row; none when there is no row. */
static int number_of(sqlite3 *handle, const char *sql, int none, int *ret_number)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(handle, sql, -1, &s, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        *ret_number = sqlite3_column_int(s, 0);
    else if (code == SQLITE_DONE)
        *ret_number = none;
    int end = sqlite3_finalize(s);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : end;
}

static err broken(struct sqlite_connection *c, const char *what, const char **ret_detail)
{
    int code = sqlite3_extended_errcode(c->handle);
    db_detail(ret_detail, "%s: %s", what, sqlite3_errmsg(c->handle));
    sqlite3_exec(c->handle, "ROLLBACK", NULL, NULL, NULL);
    return (code & 0xff) == SQLITE_FULL ? ERR_DISK_FULL : ERR_DB_OPEN;
}

/* 0: an empty file. */
static err version_of(struct sqlite_connection *c, int *ret_version, const char **ret_detail)
{
    int tables = 0, ours = 0, version = 0;
    int code = number_of(c->handle, "SELECT count(*) FROM sqlite_schema", 0, &tables);
    if (code == SQLITE_OK)
        code = number_of(
            c->handle,
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'", 0,
            &ours);
    if (code == SQLITE_OK && ours != 0)
        code = number_of(c->handle, "SELECT max(version) FROM schema_version", 0, &version);
    if (code != SQLITE_OK)
        return broken(c, "the schema can't be read", ret_detail);
    if (ours == 0 && tables != 0) {
        db_detail(ret_detail, "wesh.sqlite is another program's database");
        return ERR_DB_OPEN;
    }
    TRY(db_schema_judge(c->base.db, version, ret_detail));
    *ret_version = version;
    return OK;
}

static int note_version(sqlite3 *handle, const struct db_migration *m, struct instant now)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(
        handle, "INSERT INTO schema_version (version, name, applied_at) VALUES (?1, ?2, ?3)", -1,
        &s, NULL);
    if (code != SQLITE_OK)
        return code;
    sqlite3_bind_int(s, 1, m->version);
    sqlite3_bind_text(s, 2, m->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, now.us);
    sqlite3_step(s);
    return sqlite3_finalize(s);
}

static err apply(struct sqlite_connection *c, const struct db_migration *m, struct instant now,
                 const char **ret_detail)
{
    int strays = 0;
    int code = sqlite3_exec(c->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code == SQLITE_OK && m->version == 1)
        code = sqlite3_exec(c->handle, version_table, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(c->handle, m->sqlite, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = note_version(c->handle, m, now);
    if (code == SQLITE_OK)
        code = number_of(c->handle, "SELECT 1 FROM pragma_foreign_key_check", 0, &strays);
    if (code == SQLITE_OK && strays != 0) {
        db_detail(ret_detail, "migration %s would leave rows that point nowhere", m->name);
        sqlite3_exec(c->handle, "ROLLBACK", NULL, NULL, NULL);
        return ERR_DB_OPEN;
    }
    if (code == SQLITE_OK)
        code = sqlite3_exec(c->handle, "COMMIT", NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : broken(c, m->name, ret_detail);
}

err sqlite_migrate(struct sqlite_connection *c, struct instant now, const char **ret_detail)
{
    int version = 0;
    TRY(version_of(c, &version, ret_detail));
    if (sqlite3_exec(c->handle, "PRAGMA foreign_keys = OFF", NULL, NULL, NULL) != SQLITE_OK)
        return broken(c, "foreign_keys", ret_detail);
    for (size_t i = 0; i < db_migration_count; i++) {
        if (db_migrations[i].version > version)
            TRY(apply(c, &db_migrations[i], now, ret_detail));
    }
    if (sqlite3_exec(c->handle, "PRAGMA foreign_keys = ON", NULL, NULL, NULL) != SQLITE_OK)
        return broken(c, "foreign_keys", ret_detail);
    return OK;
}

err sqlite_schema_check(struct sqlite_connection *c, const char **ret_detail)
{
    int version = 0;
    return version_of(c, &version, ret_detail);
}
