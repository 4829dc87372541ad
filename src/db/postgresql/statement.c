/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/postgresql/pg.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_NUMERIC = 1700,
    BYTES_MAX = 256 << 20, /* of one parameter */
    OWED_MAX = 256,        /* then a fault is looked for */
    CURSOR_ROWS = 500      /* fetched at once */
};

static struct pg_row *own(struct db_row *r)
{
    return (struct pg_row *)r;
}

static struct pg_connection *connection_of(const struct db_row *r)
{
    return (struct pg_connection *)r->tx->connection;
}

err pg_prepare_all(struct pg_connection *c, const char **ret_detail)
{
    for (size_t i = 0; i < db_statement_count; i++) {
        const struct db_statement *s = &db_statements[i];
        PGresult *described = NULL;
        pg_queue_check(c, (int)i);
        if (!pg_sync(c, &described)) {
            db_detail(ret_detail, "statement %s: PostgreSQL refuses it", s->name);
            return ERR_DB_OPEN;
        }
        int columns = PQnfields(described);
        PQclear(described);
        if (columns != s->columns) {
            db_detail(ret_detail, "statement %s: %d columns, not %d", s->name, columns, s->columns);
            return ERR_DB_OPEN;
        }
    }
    return OK;
}

err pg_statement_begin(struct tx *tx, int statement, struct db_row **ret_row)
{
    struct pg_connection *c = (struct pg_connection *)tx->connection;
    const struct db_statement *s = &db_statements[statement];
    struct pg_row *r = &c->rows[statement];
    if (c->trouble != PG_FINE)
        return db_fault(&c->base, c->trouble_err);
    if (db_is_late(&c->base))
        return db_fault(&c->base, ERR_BUSY);
    if (!tx->writes && (s->kind == DB_RUN || s->kind == DB_COUNT))
        return ERR_INTERNAL;
    c->base.tables_read |= s->reads;
    c->base.tables_written |= s->writes;
    assert(!r->is_active); /* a statement can't run inside itself */
    r->is_active = true;
    r->is_sent = false;
    r->bind_error = OK;
    r->base.tx = tx;
    *ret_row = &r->base;
    return OK;
}

static void number_put(uint64_t v, int bytes, char *out)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (char)(v >> (8 * (bytes - 1 - i)) & 0xff);
}

static uint64_t number_get(const char *bytes, int count)
{
    uint64_t v = 0;
    for (int i = 0; i < count; i++)
        v = v << 8 | (uint8_t)bytes[i];
    return v;
}

void pg_bind_id(struct db_row *row, int at, uint128 v, bool nullable)
{
    struct pg_row *r = own(row);
    r->values[at] = nullable && v == 0 ? NULL : r->numbers[at];
    r->lengths[at] = 16;
    uint8_t bytes[16];
    uuid_to_bytes(v, bytes);
    memcpy(r->numbers[at], bytes, sizeof(bytes));
}

void pg_bind_int(struct db_row *row, int at, int64_t v, bool nullable)
{
    struct pg_row *r = own(row);
    bool is_bool = db_statements[r->statement].types[at] == 'b';
    r->values[at] = nullable && v == INT_NONE ? NULL : r->numbers[at];
    r->lengths[at] = is_bool ? 1 : 8;
    number_put((uint64_t)v, r->lengths[at], r->numbers[at]);
}

static void bind_chars(struct pg_row *r, int at, struct text v, bool nullable)
{
    r->values[at] = v.at != NULL ? v.at : nullable ? NULL : "";
    r->lengths[at] = (int)v.len;
    if (v.len > BYTES_MAX) {
        r->values[at] = NULL;
        r->bind_error = ERR_DATABASE;
    }
}

void pg_bind_text(struct db_row *row, int at, struct text v, bool nullable)
{
    struct pg_row *r = own(row);
    bind_chars(r, at, v, nullable);
    /* The one character that PostgreSQL's texts can't hold; inputs don't let it in either. */
    if (r->values[at] != NULL && v.len > 0 && memchr(v.at, '\0', v.len) != NULL)
        r->bind_error = ERR_DATABASE;
}

void pg_bind_bytes(struct db_row *row, int at, struct text v, bool nullable)
{
    bind_chars(own(row), at, v, nullable);
}

static err fault_of(struct pg_connection *c)
{
    return db_fault(&c->base, c->trouble != PG_FINE ? c->trouble_err : ERR_DATABASE);
}

static err rows_take(struct pg_connection *c, struct pg_row *r)
{
    PQclear(r->result);
    r->result = NULL;
    if (!pg_sync(c, &r->result))
        return fault_of(c);
    r->at = -1;
    r->count = PQntuples(r->result);
    return OK;
}

static err cursor_fetch(struct pg_connection *c, struct pg_row *r)
{
    char text[64];
    snprintf(text, sizeof(text), "FETCH %d FROM wesh_%d", CURSOR_ROWS, r->statement);
    pg_queue(c, text);
    return rows_take(c, r);
}

err pg_row_next(struct db_row *row, bool *ret_found)
{
    struct pg_row *r = own(row);
    struct pg_connection *c = connection_of(row);
    if (r->bind_error != OK)
        return db_fault(&c->base, r->bind_error);
    if (!r->is_sent) {
        r->is_sent = true;
        pg_queue_row(c, r);
        TRY(r->is_cursor ? cursor_fetch(c, r) : rows_take(c, r));
    }
    r->at++;
    if (r->at == r->count && r->is_cursor && r->count == CURSOR_ROWS) {
        if (db_is_late(&c->base))
            return db_fault(&c->base, ERR_BUSY);
        TRY(cursor_fetch(c, r));
        r->at++;
    }
    *ret_found = r->at < r->count;
    return OK;
}

/* NULL: none. */
static const char *value_of(struct pg_row *r, int at, int *ret_length)
{
    if (PQgetisnull(r->result, r->at, at))
        return NULL;
    *ret_length = PQgetlength(r->result, r->at, at);
    return PQgetvalue(r->result, r->at, at);
}

uint128 pg_column_id(struct db_row *row, int at)
{
    int length = 0;
    const char *value = value_of(own(row), at, &length);
    if (value == NULL)
        return 0;
    if (length != 16) {
        db_fault(row->tx->connection, ERR_DATABASE);
        return 0;
    }
    return uuid_from_bytes((const uint8_t *)value);
}

/* A sum of bigints: digits to the base of 10,000, most significant first, then as many zeros as
 * `weight` says (PostgreSQL, numeric_send). */
static bool numeric_get(const char *value, int length, int64_t *ret)
{
    if (length < 8)
        return false;
    int digits = (int)number_get(value, 2);
    int weight = (int16_t)number_get(value + 2, 2);
    int sign = (int)number_get(value + 4, 2);
    int64_t v = 0;
    if (length < 8 + 2 * digits || digits > weight + 1 || (sign != 0 && sign != 0x4000))
        return false;
    for (int i = 0; i <= weight; i++) {
        int64_t digit = i < digits ? (int64_t)number_get(value + 8 + 2 * i, 2) : 0;
        if (__builtin_mul_overflow(v, 10000, &v) ||
            __builtin_add_overflow(v, sign == 0 ? digit : -digit, &v))
            return false;
    }
    *ret = v;
    return true;
}

int64_t pg_column_int(struct db_row *row, int at, int64_t none)
{
    struct pg_row *r = own(row);
    int length = 0;
    const char *value = value_of(r, at, &length);
    if (value == NULL)
        return none;
    Oid type = PQftype(r->result, at);
    int64_t number = 0;
    if (type == OID_INT8 && length == 8)
        return (int64_t)number_get(value, 8);
    if (type == OID_INT4 && length == 4)
        return (int32_t)number_get(value, 4);
    if (type == OID_INT2 && length == 2)
        return (int16_t)number_get(value, 2);
    if (type == OID_BOOL && length == 1)
        return value[0] != 0;
    if (type == OID_NUMERIC && numeric_get(value, length, &number))
        return number;
    db_fault(row->tx->connection, ERR_DATABASE);
    return 0;
}

struct text pg_column_bytes(struct db_row *row, int at)
{
    int length = 0;
    const char *value = value_of(own(row), at, &length);
    return value != NULL ? (struct text){ value, (size_t)length } : TEXT_NONE;
}

struct text pg_column_text(struct db_row *row, int at)
{
    return pg_column_bytes(row, at);
}

static err run(struct pg_connection *c, struct pg_row *r, int64_t *ret_changed)
{
    if (r->bind_error != OK)
        return db_fault(&c->base, r->bind_error);
    if (!pg_queue_row(c, r))
        return fault_of(c);
    if (ret_changed == NULL) {
        c->changes++;
        return c->owed < OWED_MAX || pg_sync(c, NULL) ? OK : fault_of(c);
    }
    PGresult *result = NULL;
    if (!pg_sync(c, &result))
        return fault_of(c);
    int64_t changed = 0;
    if (text_int(text_of(PQcmdTuples(result)), &changed) != OK)
        changed = 0;
    PQclear(result);
    c->changes += changed;
    *ret_changed = changed;
    return OK;
}

err pg_statement_run(struct db_row *row, int64_t *ret_changed)
{
    err e = run(connection_of(row), own(row), ret_changed);
    pg_statement_end(row);
    return e;
}

void pg_statement_end(struct db_row *row)
{
    struct pg_row *r = own(row);
    struct pg_connection *c = connection_of(row);
    assert(r->is_active);
    PQclear(r->result);
    r->result = NULL;
    if (r->is_cursor && r->is_sent) {
        char text[32];
        snprintf(text, sizeof(text), "CLOSE wesh_%d", r->statement);
        pg_queue(c, text);
    }
    r->is_active = false;
    row->tx = NULL;
}
