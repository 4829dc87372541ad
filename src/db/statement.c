/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <assert.h>
#include <string.h>

static err prepare(struct db_connection *c, int statement)
{
    const struct db_statement *s = &db_statements[statement];
    struct db_row *r = &c->rows[statement];
    int code = sqlite3_prepare_v3(c->handle, s->sqlite, -1, SQLITE_PREPARE_PERSISTENT,
                                  &r->statement, NULL);
    if (code != SQLITE_OK)
        return db_fault(c, code);
    assert(sqlite3_bind_parameter_count(r->statement) == s->parameters);
    r->ids = db_memory(NULL, (size_t)s->parameters, sizeof(*r->ids));
    return OK;
}

err db_connection_prepare_all(struct db_connection *c, const char **ret_detail)
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

err db_statement_begin(struct tx *tx, int statement, struct db_row **ret_row)
{
    assert(statement >= 0 && (size_t)statement < db_statement_count);
    struct db_connection *c = tx->connection;
    struct db_row *r = &c->rows[statement];
    if (c->deadline_us != 0 && db_monotonic_us() > c->deadline_us)
        return db_fault(c, SQLITE_INTERRUPT);
    if (r->statement == NULL)
        TRY(prepare(c, statement));
    if (!tx->writes && !sqlite3_stmt_readonly(r->statement))
        return ERR_INTERNAL;
    assert(!r->is_active); /* a statement can't run inside itself */
    r->is_active = true;
    r->tx = tx;
    r->bind_error = SQLITE_OK;
    *ret_row = r;
    return OK;
}

static void note(struct db_row *r, int code)
{
    if (code != SQLITE_OK && r->bind_error == SQLITE_OK)
        r->bind_error = code;
}

/* What is bound outlives the statement's run, so nothing is copied. */

void db_bind_id(struct db_row *r, int at, uint128 v, bool nullable)
{
    if (nullable && v == 0) {
        note(r, sqlite3_bind_null(r->statement, at + 1));
        return;
    }
    uuid_to_bytes(v, r->ids[at]);
    note(r, sqlite3_bind_blob(r->statement, at + 1, r->ids[at], sizeof(r->ids[at]), SQLITE_STATIC));
}

void db_bind_int(struct db_row *r, int at, int64_t v, bool nullable)
{
    if (nullable && v == INT_NONE)
        note(r, sqlite3_bind_null(r->statement, at + 1));
    else
        note(r, sqlite3_bind_int64(r->statement, at + 1, v));
}

void db_bind_text(struct db_row *r, int at, struct text v, bool nullable)
{
    if (nullable && v.at == NULL)
        note(r, sqlite3_bind_null(r->statement, at + 1));
    else
        note(r, sqlite3_bind_text64(r->statement, at + 1, v.at != NULL ? v.at : "", v.len,
                                    SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_bytes(struct db_row *r, int at, struct text v, bool nullable)
{
    if (nullable && v.at == NULL)
        note(r, sqlite3_bind_null(r->statement, at + 1));
    else
        note(r, sqlite3_bind_blob64(r->statement, at + 1, v.at != NULL ? v.at : "", v.len,
                                    SQLITE_STATIC));
}

err db_row_next(struct db_row *r, bool *ret_found)
{
    struct db_connection *c = r->tx->connection;
    if (r->bind_error != SQLITE_OK)
        return db_fault(c, r->bind_error);
    int code = sqlite3_step(r->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return db_fault(c, code);
    *ret_found = code == SQLITE_ROW;
    return OK;
}

uint128 db_column_id(struct db_row *r, int at)
{
    if (sqlite3_column_type(r->statement, at) == SQLITE_NULL)
        return 0;
    const uint8_t *bytes = sqlite3_column_blob(r->statement, at);
    if (bytes == NULL || sqlite3_column_bytes(r->statement, at) != 16) {
        db_fault(r->tx->connection, SQLITE_CORRUPT);
        return 0;
    }
    return uuid_from_bytes(bytes);
}

int64_t db_column_int(struct db_row *r, int at, int64_t none)
{
    if (sqlite3_column_type(r->statement, at) == SQLITE_NULL)
        return none;
    return sqlite3_column_int64(r->statement, at);
}

struct text db_column_text_borrow(struct db_row *r, int at)
{
    if (sqlite3_column_type(r->statement, at) == SQLITE_NULL)
        return TEXT_NONE;
    const char *chars = (const char *)sqlite3_column_text(r->statement, at);
    if (chars == NULL) {
        db_fault(r->tx->connection, SQLITE_NOMEM);
        return TEXT_NONE;
    }
    return (struct text){ chars, (size_t)sqlite3_column_bytes(r->statement, at) };
}

struct text db_column_bytes_borrow(struct db_row *r, int at)
{
    if (sqlite3_column_type(r->statement, at) == SQLITE_NULL)
        return TEXT_NONE;
    const char *bytes = sqlite3_column_blob(r->statement, at);
    size_t count = (size_t)sqlite3_column_bytes(r->statement, at);
    /* SQLite gives an empty blob as NULL, which here would mean that there is none. */
    return (struct text){ bytes != NULL ? bytes : "", bytes != NULL ? count : 0 };
}

static struct text kept(struct db_row *r, struct text t)
{
    if (t.at == NULL)
        return TEXT_NONE;
    if (t.len == 0)
        return TEXT("");
    char *copy = arena_alloc(r->tx->arena, t.len);
    memcpy(copy, t.at, t.len);
    return (struct text){ copy, t.len };
}

struct text db_column_text(struct db_row *r, int at)
{
    return kept(r, db_column_text_borrow(r, at));
}

struct text db_column_bytes(struct db_row *r, int at)
{
    return kept(r, db_column_bytes_borrow(r, at));
}

err db_statement_run(struct db_row *r, int64_t *ret_changed)
{
    bool found = true;
    err e = OK;
    while (e == OK && found)
        e = db_row_next(r, &found);
    if (e == OK)
        *ret_changed = sqlite3_changes64(r->tx->connection->handle);
    db_statement_end(r);
    return e;
}

void db_statement_end(struct db_row *r)
{
    assert(r->is_active);
    sqlite3_reset(r->statement);
    r->is_active = false;
    r->tx = NULL;
}
