/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What generated code calls; the engine of the connection does it. */
#include "db/store.h"

#include <assert.h>
#include <string.h>

err db_statement_begin(struct tx *tx, int statement, struct db_row **ret_row)
{
    assert(statement >= 0 && (size_t)statement < db_statement_count);
    return tx->connection->engine->statement_begin(tx, statement, ret_row);
}

void db_bind_id(struct db_row *r, int at, uint128 v, bool nullable)
{
    r->engine->bind_id(r, at, v, nullable);
}

void db_bind_int(struct db_row *r, int at, int64_t v, bool nullable)
{
    r->engine->bind_int(r, at, v, nullable);
}

void db_bind_text(struct db_row *r, int at, struct text v, bool nullable)
{
    r->engine->bind_text(r, at, v, nullable);
}

void db_bind_bytes(struct db_row *r, int at, struct text v, bool nullable)
{
    r->engine->bind_bytes(r, at, v, nullable);
}

err db_row_next(struct db_row *r, bool *ret_found)
{
    return r->engine->row_next(r, ret_found);
}

uint128 db_column_id(struct db_row *r, int at)
{
    return r->engine->column_id(r, at);
}

int64_t db_column_int(struct db_row *r, int at, int64_t none)
{
    return r->engine->column_int(r, at, none);
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
    return kept(r, r->engine->column_text(r, at));
}

struct text db_column_bytes(struct db_row *r, int at)
{
    return kept(r, r->engine->column_bytes(r, at));
}

struct text db_column_text_borrow(struct db_row *r, int at)
{
    return r->engine->column_text(r, at);
}

struct text db_column_bytes_borrow(struct db_row *r, int at)
{
    return r->engine->column_bytes(r, at);
}

err db_statement_run(struct db_row *r, int64_t *ret_changed)
{
    return r->engine->statement_run(r, ret_changed);
}

void db_statement_end(struct db_row *r)
{
    r->engine->statement_end(r);
}
