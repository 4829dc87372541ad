/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/postgresql/pg.h"

#include "base/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* pg_type.dat: these never change. */
enum { OID_BOOL = 16, OID_BYTES = 17, OID_INT = 20, OID_TEXT = 25, OID_UUID = 2950 };

#define EIGHT 1, 1, 1, 1, 1, 1, 1, 1
static const int binary[PG_PARAMETERS_MAX] = { EIGHT, EIGHT, EIGHT, EIGHT,
                                               EIGHT, EIGHT, EIGHT, EIGHT };

enum pg_trouble pg_trouble_of(const char *sqlstate, err *ret)
{
    static const struct {
        const char *start; /* of the code: PostgreSQL, appendix A */
        enum pg_trouble trouble;
        err e;
    } known[] = {
        { "40", PG_AGAIN, ERR_BUSY },      /* deadlock, serialization */
        { "55P03", PG_AGAIN, ERR_BUSY },   /* lock not available */
        { "57014", PG_REFUSED, ERR_BUSY }, /* statement timeout */
        { "53100", PG_REFUSED, ERR_DISK_FULL },
        { "57", PG_GONE, ERR_BUSY },    /* the server stops */
        { "08", PG_GONE, ERR_BUSY },    /* connection */
        { "25006", PG_GONE, ERR_BUSY }, /* read-only: it is a standby now */
        { "25P03", PG_GONE, ERR_BUSY }, /* idle for too long */
        { "0A000", PG_GONE, ERR_BUSY }, /* a prepared statement's tables were changed */
        { "26000", PG_GONE, ERR_BUSY }, /* a prepared statement is no more */
        { "53", PG_REFUSED, ERR_BUSY }, /* memory, connections */
    };
    if (sqlstate == NULL) {
        *ret = ERR_BUSY;
        return PG_GONE;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strncmp(sqlstate, known[i].start, strlen(known[i].start)) == 0) {
            *ret = known[i].e;
            return known[i].trouble;
        }
    }
    *ret = ERR_DATABASE;
    return PG_REFUSED;
}

err pg_trouble_set(struct pg_connection *c, enum pg_trouble trouble, err e)
{
    c->is_gone |= trouble == PG_GONE;
    if (c->trouble == PG_FINE) {
        c->trouble = trouble;
        c->trouble_err = e;
    }
    return db_fault(&c->base, c->trouble_err);
}

static bool sent(struct pg_connection *c, int ok)
{
    if (ok == 1)
        c->owed++;
    else
        pg_trouble_set(c, PG_GONE, ERR_BUSY);
    return ok == 1;
}

bool pg_queue(struct pg_connection *c, const char *sql)
{
    if (c->trouble != PG_FINE)
        return false;
    return sent(c, PQsendQueryParams(c->link, sql, 0, NULL, NULL, NULL, NULL, 1));
}

static Oid oid_of(char letter)
{
    switch (letter) {
    case 'u':
        return OID_UUID;
    case 'b':
        return OID_BOOL;
    case 't':
        return OID_TEXT;
    case 'y':
        return OID_BYTES;
    default:
        return OID_INT;
    }
}

static void types_of(const struct db_statement *s, Oid types[PG_PARAMETERS_MAX])
{
    assert(s->parameters <= PG_PARAMETERS_MAX);
    for (int i = 0; i < s->parameters; i++)
        types[i] = oid_of(s->types[i]);
}

/* Rows that are streamed come through a cursor, so that other statements may run meanwhile. */
static char *text_made(const struct pg_connection *c, const struct pg_row *r)
{
    const struct db_statement *s = &db_statements[r->statement];
    char *text = NULL;
    const char *lock = c->writes && s->lock != NULL ? s->lock : "";
    int length = r->is_cursor ? asprintf(&text, "DECLARE wesh_%d NO SCROLL CURSOR FOR %s%s",
                                         r->statement, s->postgresql, lock)
                              : asprintf(&text, "%s%s", s->postgresql, lock);
    if (length < 0)
        abort();
    return text;
}

static bool prepare(struct pg_connection *c, struct pg_row *r)
{
    const struct db_statement *s = &db_statements[r->statement];
    Oid types[PG_PARAMETERS_MAX];
    types_of(s, types);
    char *text = text_made(c, r);
    snprintf(r->name, sizeof(r->name), "s%d_%u", r->statement, c->serial++);
    bool is_sent = sent(c, PQsendPrepare(c->link, r->name, text, s->parameters, types));
    r->is_new = true;
    c->has_new = true;
    free(text);
    return is_sent;
}

bool pg_queue_check(struct pg_connection *c, int statement)
{
    const struct db_statement *s = &db_statements[statement];
    Oid types[PG_PARAMETERS_MAX];
    types_of(s, types);
    const char *lock = s->lock != NULL ? s->lock : "";
    char *text = NULL;
    if (asprintf(&text, "%s%s", s->postgresql, lock) < 0)
        abort();
    bool is_sent = sent(c, PQsendPrepare(c->link, "", text, s->parameters, types)) &&
                   sent(c, PQsendDescribePrepared(c->link, ""));
    free(text);
    return is_sent;
}

bool pg_queue_row(struct pg_connection *c, struct pg_row *r)
{
    if (c->trouble != PG_FINE)
        return false;
    if (r->name[0] == '\0' && !prepare(c, r))
        return false;
    return sent(c, PQsendQueryPrepared(c->link, r->name, db_statements[r->statement].parameters,
                                       r->values, r->lengths, binary, 1));
}

bool pg_sync_send(struct pg_connection *c)
{
    if (c->is_gone)
        return false;
    c->is_sync_sent = true;
    if (PQpipelineSync(c->link) == 1)
        return true;
    pg_trouble_set(c, PG_GONE, ERR_BUSY);
    return false;
}

static void judge(struct pg_connection *c, const PGresult *r)
{
    switch (PQresultStatus(r)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_PIPELINE_ABORTED: /* told by the one before it */
        return;
    case PGRES_EMPTY_QUERY:
    case PGRES_COPY_OUT:
    case PGRES_COPY_IN:
    case PGRES_COPY_BOTH:
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR:
    case PGRES_FATAL_ERROR:
    case PGRES_SINGLE_TUPLE:
    case PGRES_PIPELINE_SYNC:
    default:
        break;
    }
    err e;
    enum pg_trouble trouble = pg_trouble_of(PQresultErrorField(r, PG_DIAG_SQLSTATE), &e);
    pg_trouble_set(c, trouble, e);
    if (e == ERR_DATABASE) /* a fault of ours, so worth a line */
        log_line(LOG_ERROR, "postgresql", "%s", PQresultErrorMessage(r));
}

/* One answer; NULL: the link is cut. */
static PGresult *take(struct pg_connection *c)
{
    PGresult *r = PQgetResult(c->link);
    if (r == NULL || PQstatus(c->link) != CONNECTION_OK) {
        if (r != NULL)
            judge(c, r);
        PQclear(r);
        pg_trouble_set(c, PG_GONE, ERR_BUSY);
        return NULL;
    }
    if (PQresultStatus(r) == PGRES_PIPELINE_SYNC)
        return r;
    judge(c, r);
    for (PGresult *more; (more = PQgetResult(c->link)) != NULL;)
        PQclear(more);
    return r;
}

/* After an error nobody knows which of the new ones the server has. */
static void new_ones_settle(struct pg_connection *c, bool all_well)
{
    for (size_t i = 0; i < db_statement_count; i++) {
        struct pg_row *r = &c->rows[i];
        if (r->is_new && !all_well)
            r->name[0] = '\0';
        r->is_new = false;
    }
    c->has_new = false;
}

bool pg_sync_take(struct pg_connection *c, PGresult **ret_last)
{
    PGresult *last = NULL;
    for (; c->owed > 0 && !c->is_gone; c->owed--) {
        PQclear(last);
        last = take(c);
    }
    if (!c->is_gone && c->is_sync_sent) {
        PGresult *end = take(c);
        assert(end == NULL || PQresultStatus(end) == PGRES_PIPELINE_SYNC);
        PQclear(end);
    }
    c->owed = 0;
    c->is_sync_sent = false;
    if (c->has_new)
        new_ones_settle(c, c->trouble == PG_FINE);
    if (c->trouble == PG_FINE && ret_last != NULL)
        *ret_last = last;
    else
        PQclear(last);
    return c->trouble == PG_FINE;
}

bool pg_sync(struct pg_connection *c, PGresult **ret_last)
{
    if (c->trouble != PG_FINE && c->owed == 0)
        return false;
    pg_sync_send(c);
    return pg_sync_take(c, ret_last);
}
