/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/postgresql/pg.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the transaction that migrates, so that of several servers that start at once one does it and
 * the others then see it done. */
static const char begin[] = "BEGIN; SET LOCAL statement_timeout = 0;"
                            "SELECT pg_advisory_xact_lock(1464161096, hashtext(current_schema()))";
static const char version_table[] =
    "CREATE TABLE schema_version (version integer NOT NULL PRIMARY KEY, name text NOT NULL, "
    "applied_at bigint NOT NULL)";

static err refuse(struct pg_connection *c, const char *what, const PGresult *r,
                  const char **ret_detail)
{
    err e;
    pg_trouble_of(r != NULL ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL, &e);
    const char *message = PQerrorMessage(c->link);
    db_detail(ret_detail, "%s: %.*s", what, (int)strcspn(message, "\n"), message);
    return e == ERR_DISK_FULL ? ERR_DISK_FULL : ERR_DB_OPEN;
}

static err run(struct pg_connection *c, const char *what, const char *sql, const char **ret_detail)
{
    PGresult *r = PQexec(c->link, sql);
    ExecStatusType status = PQresultStatus(r);
    err e = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
                ? OK
                : refuse(c, what, r, ret_detail);
    PQclear(r);
    return e;
}

/* The first column of the one row; NULL is told as "". */
static err ask(struct pg_connection *c, const char *sql, char *ret, size_t room,
               const char **ret_detail)
{
    PGresult *r = PQexec(c->link, sql);
    err e = OK;
    if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1)
        snprintf(ret, room, "%s", PQgetvalue(r, 0, 0));
    else
        e = refuse(c, "the schema can't be read", r, ret_detail);
    PQclear(r);
    return e;
}

/* 0: an empty schema. */
static err version_of(struct pg_connection *c, int *ret_version, const char **ret_detail)
{
    char answer[64];
    TRY(ask(c, "SELECT current_schema()", answer, sizeof(answer), ret_detail));
    if (answer[0] == '\0') {
        db_detail(ret_detail, "search_path names no schema that is there");
        return ERR_DB_OPEN;
    }
    TRY(ask(c,
            "SELECT CASE WHEN bool_or(tablename = 'schema_version') THEN 'ours' "
            "WHEN count(*) > 0 THEN 'other' ELSE '' END "
            "FROM pg_tables WHERE schemaname = current_schema()",
            answer, sizeof(answer), ret_detail));
    *ret_version = 0;
    if (strcmp(answer, "other") == 0) {
        db_detail(ret_detail, "the database holds another program's tables");
        return ERR_DB_OPEN;
    }
    if (answer[0] == '\0')
        return OK;
    TRY(ask(c, "SELECT max(version) FROM schema_version", answer, sizeof(answer), ret_detail));
    int64_t version = 0;
    if (text_int(text_of(answer), &version) != OK || version < 0 || version > INT_MAX) {
        db_detail(ret_detail, "the table schema_version names no version");
        return ERR_DB_OPEN;
    }
    *ret_version = (int)version;
    return OK;
}

static err apply(struct pg_connection *c, const struct db_migration *m, const char **ret_detail)
{
    if (m->version == 1)
        TRY(run(c, m->name, version_table, ret_detail));
    TRY(run(c, m->name, m->postgresql, ret_detail));
    char version[16], now[24];
    snprintf(version, sizeof(version), "%d", m->version);
    snprintf(now, sizeof(now), "%" PRId64, db_now(c->base.db).us);
    const char *const values[] = { version, m->name, now };
    PGresult *r =
        PQexecParams(c->link, "INSERT INTO schema_version VALUES ($1::integer, $2, $3::bigint)", 3,
                     NULL, values, NULL, NULL, 0);
    err e = PQresultStatus(r) == PGRES_COMMAND_OK ? OK : refuse(c, m->name, r, ret_detail);
    PQclear(r);
    return e;
}

static err apply_missing(struct pg_connection *c, bool create, const char **ret_detail)
{
    int version = 0;
    TRY(version_of(c, &version, ret_detail));
    if (version == 0 && !create) {
        db_detail(ret_detail, "the database has no WESH data in it");
        return ERR_DB_OPEN;
    }
    TRY(db_schema_judge(c->base.db, version, ret_detail));
    for (size_t i = 0; i < db_migration_count; i++) {
        if (db_migrations[i].version > version)
            TRY(apply(c, &db_migrations[i], ret_detail));
    }
    return OK;
}

/* Below a pipeline nothing can be waited for, and here all is. */
err pg_migrate(struct pg_connection *c, bool create, const char **ret_detail)
{
    if (PQexitPipelineMode(c->link) != 1)
        return refuse(c, "the schema can't be read", NULL, ret_detail);
    err e = c->base.db->read_only ? OK : run(c, "the schema can't be locked", begin, ret_detail);
    if (e == OK)
        e = apply_missing(c, create, ret_detail);
    if (!c->base.db->read_only) {
        if (e == OK)
            e = run(c, "the schema can't be committed", "COMMIT", ret_detail);
        else
            PQclear(PQexec(c->link, "ROLLBACK"));
    }
    if (e == OK && PQenterPipelineMode(c->link) != 1)
        return refuse(c, "the schema can't be read", NULL, ret_detail);
    return e;
}
