/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/sqlite/sqlite.h"

#include <assert.h>

static struct sqlite_row *row_of(struct db_row *r)
{
    return (struct sqlite_row *)r;
}

static struct sqlite_connection *connection_of(const struct db_row *r)
{
    return (struct sqlite_connection *)r->tx->connection;
}

static err prepare(struct sqlite_connection *c, int statement)
{
    const struct db_statement *s = &db_statements[statement];
    struct sqlite_row *r = &c->rows[statement];
    int code = sqlite3_prepare_v3(c->handle, s->sqlite, -1, SQLITE_PREPARE_PERSISTENT,
                                  &r->statement, NULL);
    if (code != SQLITE_OK)
        return sqlite_fault(c, code);
    assert(sqlite3_bind_parameter_count(r->statement) == s->parameters);
    r->ids = db_memory(NULL, (size_t)s->parameters, sizeof(*r->ids));
    return OK;
}

err sqlite_prepare_all(struct sqlite_connection *c, const char **ret_detail)
{
    for (size_t i = 0; i < db_statement_count; i++) {
        const struct db_statement *s = &db_statements[i];
        if (prepare(c, (int)i) != OK) {
            db_detail(ret_detail, "statement %s: %s", s->name, sqlite3_errmsg(c->handle));
            return ERR_DB_OPEN;
        }
        int columns = sqlite3_column_count(c->rows[i].statement);
        if (columns != s->columns) {
            db_detail(ret_detail, "statement %s: %d columns, not %d", s->name, columns, s->columns);
            return ERR_DB_OPEN;
        }
    }
    return OK;
}

err sqlite_statement_begin(struct tx *tx, int statement, struct db_row **ret_row)
{
    struct sqlite_connection *c = (struct sqlite_connection *)tx->connection;
    struct sqlite_row *r = &c->rows[statement];
    if (db_is_late(&c->base))
        return sqlite_fault(c, SQLITE_INTERRUPT);
    if (r->statement == NULL)
        TRY(prepare(c, statement));
    if (!tx->writes && !sqlite3_stmt_readonly(r->statement))
        return ERR_INTERNAL;
    c->base.tables_read |= db_statements[statement].reads;
    c->base.tables_written |= db_statements[statement].writes;
    assert(!r->is_active); /* a statement can't run inside itself */
    r->is_active = true;
    r->base.tx = tx;
    r->bind_error = SQLITE_OK;
    *ret_row = &r->base;
    return OK;
}

static void note(struct sqlite_row *r, int code)
{
    if (code != SQLITE_OK && r->bind_error == SQLITE_OK)
        r->bind_error = code;
}

/* What is bound outlives the statement's run, so nothing is copied. */

void sqlite_bind_id(struct db_row *row, int at, uint128 v, bool nullable)
{
    struct sqlite_row *r = row_of(row);
    if (nullable && v == 0) {
        note(r, sqlite3_bind_null(r->statement, at + 1));
        return;
    }
    uuid_to_bytes(v, r->ids[at]);
    note(r, sqlite3_bind_blob(r->statement, at + 1, r->ids[at], sizeof(r->ids[at]), SQLITE_STATIC));
}

void sqlite_bind_int(struct db_row *row, int at, int64_t v, bool nullable)
{
    struct sqlite_row *r = row_of(row);
    if (nullable && v == INT_NONE)
        note(r, sqlite3_bind_null(r->statement, at + 1));
    else
        note(r, sqlite3_bind_int64(r->statement, at + 1, v));
}

void sqlite_bind_text(struct db_row *row, int at, struct text v, bool nullable)
{
    struct sqlite_row *r = row_of(row);
    if (nullable && v.at == NULL)
        note(r, sqlite3_bind_null(r->statement, at + 1));
    else
        note(r, sqlite3_bind_text64(r->statement, at + 1, v.at != NULL ? v.at : "", v.len,
                                    SQLITE_STATIC, SQLITE_UTF8));
}

void sqlite_bind_bytes(struct db_row *row, int at, struct text v, bool nullable)
{
    struct sqlite_row *r = row_of(row);
    if (nullable && v.at == NULL)
        note(r, sqlite3_bind_null(r->statement, at + 1));
    else
        note(r, sqlite3_bind_blob64(r->statement, at + 1, v.at != NULL ? v.at : "", v.len,
                                    SQLITE_STATIC));
}

err sqlite_row_next(struct db_row *row, bool *ret_found)
{
    struct sqlite_row *r = row_of(row);
    if (r->bind_error != SQLITE_OK)
        return sqlite_fault(connection_of(row), r->bind_error);
    int code = sqlite3_step(r->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return sqlite_fault(connection_of(row), code);
    *ret_found = code == SQLITE_ROW;
    return OK;
}

uint128 sqlite_column_id(struct db_row *row, int at)
{
    sqlite3_stmt *s = row_of(row)->statement;
    if (sqlite3_column_type(s, at) == SQLITE_NULL)
        return 0;
    const uint8_t *bytes = sqlite3_column_blob(s, at);
    if (bytes == NULL || sqlite3_column_bytes(s, at) != 16) {
        sqlite_fault(connection_of(row), SQLITE_CORRUPT);
        return 0;
    }
    return uuid_from_bytes(bytes);
}

int64_t sqlite_column_int(struct db_row *row, int at, int64_t none)
{
    sqlite3_stmt *s = row_of(row)->statement;
    if (sqlite3_column_type(s, at) == SQLITE_NULL)
        return none;
    return sqlite3_column_int64(s, at);
}

struct text sqlite_column_text(struct db_row *row, int at)
{
    sqlite3_stmt *s = row_of(row)->statement;
    if (sqlite3_column_type(s, at) == SQLITE_NULL)
        return TEXT_NONE;
    const char *chars = (const char *)sqlite3_column_text(s, at);
    if (chars == NULL) {
        sqlite_fault(connection_of(row), SQLITE_NOMEM);
        return TEXT_NONE;
    }
    return (struct text){ chars, (size_t)sqlite3_column_bytes(s, at) };
}

struct text sqlite_column_bytes(struct db_row *row, int at)
{
    sqlite3_stmt *s = row_of(row)->statement;
    if (sqlite3_column_type(s, at) == SQLITE_NULL)
        return TEXT_NONE;
    const char *bytes = sqlite3_column_blob(s, at);
    size_t count = (size_t)sqlite3_column_bytes(s, at);
    /* SQLite gives an empty blob as NULL, which here would mean that there is none. */
    return (struct text){ bytes != NULL ? bytes : "", bytes != NULL ? count : 0 };
}

err sqlite_statement_run(struct db_row *row, int64_t *ret_changed)
{
    bool found = true;
    err e = OK;
    while (e == OK && found)
        e = sqlite_row_next(row, &found);
    if (e == OK && ret_changed != NULL)
        *ret_changed = sqlite3_changes64(connection_of(row)->handle);
    sqlite_statement_end(row);
    return e;
}

void sqlite_statement_end(struct db_row *row)
{
    struct sqlite_row *r = row_of(row);
    assert(r->is_active);
    sqlite3_reset(r->statement);
    r->is_active = false;
    row->tx = NULL;
}
