/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/postgresql/pg.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RETRY_MS_MIN = 20,
    RETRY_MS_MAX = 1000,
    REFUSED_WAIT_S = 3, /* the server is there but doesn't take us: hardly ever does that pass */
    DETAIL_MAX = 400,
    WRITE_S = 10, /* of one statement, waiting for locks included */
    READ_S = 5
};

int pg_version_min = 150000;

/* A server that is away is noticed within 20 s, also when its machine says nothing any more. The
 * settings before "dbname" are ours where the connection string doesn't say otherwise. */
static PGconn *connect_once(const char *place, bool is_replica)
{
    const char *const names[] = { "fallback_application_name", "connect_timeout",
                                  "keepalives_idle",           "keepalives_interval",
                                  "keepalives_count",          "tcp_user_timeout",
                                  "target_session_attrs",      "dbname",
                                  "client_encoding",           NULL };
    const char *const values[] = {
        "wesh", "5", "10", "5", "2", "20000", is_replica ? "any" : "read-write", place, "UTF8", NULL
    };
    return PQconnectdbParams(names, values, 1);
}

static void notice_drop(void *self, const char *message)
{
    (void)self, (void)message;
}

/* Its message is one or more lines; the operator gets one. */
static void detail_of(const PGconn *link, const char **ret_detail)
{
    char line[DETAIL_MAX];
    snprintf(line, sizeof(line), "%s", PQerrorMessage(link));
    size_t length = strlen(line);
    while (length > 0 && line[length - 1] == '\n')
        line[--length] = '\0';
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\n' || line[i] == '\t')
            line[i] = ' ';
    }
    db_detail(ret_detail, "PostgreSQL: %s", line);
}

static err judge(PGconn *link, int statement_s, const char **ret_detail)
{
    int version = PQserverVersion(link);
    if (version < pg_version_min) {
        db_detail(ret_detail, "PostgreSQL %d is too old: %d or newer is needed", version / 10000,
                  pg_version_min / 10000);
        return ERR_DB_OPEN;
    }
    const char *encoding = PQparameterStatus(link, "server_encoding");
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        db_detail(ret_detail, "the database is in %s: it must be in UTF8",
                  encoding != NULL ? encoding : "an unknown encoding");
        return ERR_DB_OPEN;
    }
    /* A commit that isn't on the disk yet would be told as done. */
    static const char settings[] = "SET statement_timeout = '%ds';"
                                   "SET idle_in_transaction_session_timeout = '60s';"
                                   "SET jit = off;"
                                   "SELECT set_config('synchronous_commit', 'on', false) "
                                   "WHERE current_setting('synchronous_commit') = 'off'";
    char text[sizeof(settings) + 16];
    snprintf(text, sizeof(text), settings, statement_s);
    PGresult *r = PQexec(link, text);
    bool is_set = PQresultStatus(r) == PGRES_TUPLES_OK;
    PQclear(r);
    if (is_set)
        return OK;
    detail_of(link, ret_detail);
    return ERR_BUSY;
}

err pg_link_open(const char *place, bool is_replica, int statement_s, PGconn **ret,
                 const char **ret_detail)
{
    PGconn *link = connect_once(place, is_replica);
    if (link == NULL)
        abort();
    PQsetNoticeProcessor(link, notice_drop, NULL);
    err e = OK;
    if (PQstatus(link) != CONNECTION_OK) {
        detail_of(link, ret_detail);
        e = ERR_BUSY;
    } else {
        e = judge(link, statement_s, ret_detail);
    }
    if (e != OK) {
        PQfinish(link);
        return e;
    }
    *ret = link;
    return OK;
}

struct pg_connection *pg_connection_new(struct db *db, bool writes)
{
    struct pg_connection *c = db_memory(NULL, 1, sizeof(*c));
    *c = (struct pg_connection){
        .base = { .engine = &pg_engine, .db = db },
        .writes = writes,
        .rows = db_memory(NULL, db_statement_count, sizeof(*c->rows)),
    };
    for (size_t i = 0; i < db_statement_count; i++) {
        size_t parameters = (size_t)db_statements[i].parameters;
        c->rows[i] = (struct pg_row){
            .base = { .engine = &pg_engine },
            .statement = (int)i,
            .is_cursor = db_statements[i].kind == DB_EACH,
            .values = db_memory(NULL, parameters, sizeof(char *)),
            .lengths = db_memory(NULL, parameters, sizeof(int)),
            .numbers = db_memory(NULL, parameters, 16),
        };
    }
    return c;
}

void pg_connection_cut(struct pg_connection *c)
{
    PQfinish(c->link);
    c->link = NULL;
    c->owed = 0;
    c->is_sync_sent = false;
    c->in_transaction = false;
    c->is_gone = false;
    c->trouble = PG_FINE;
    for (size_t i = 0; i < db_statement_count; i++) {
        c->rows[i].name[0] = '\0';
        c->rows[i].is_new = false;
    }
}

void pg_connection_free(struct pg_connection *c)
{
    if (c == NULL)
        return;
    pg_connection_free(c->replica);
    pg_connection_cut(c);
    for (size_t i = 0; i < db_statement_count; i++) {
        free(c->rows[i].values);
        free(c->rows[i].lengths);
        free(c->rows[i].numbers);
    }
    free(c->rows);
    free(c->base.topics.at);
    free(c);
}

static void sleep_ms(int64_t ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

static const char *place_of(const struct pg_connection *c)
{
    const struct pg_store *s = c->base.db->engine_data;
    return c->is_replica ? s->replica : s->place;
}

static err link_up(struct pg_connection *c, const char **ret_detail)
{
    struct pg_store *s = c->base.db->engine_data;
    int statement_s = c->writes ? WRITE_S : c->base.db->read_only ? 0 : READ_S;
    TRY(pg_link_open(place_of(c), c->is_replica, statement_s, &c->link, ret_detail));
    if (PQenterPipelineMode(c->link) != 1)
        abort();
    atomic_store(&s->down_since_us, 0);
    return OK;
}

/* All connections share the time since when the server is away: once that is long, nobody waits. */
static err link_wait(struct pg_connection *c, int64_t wait_s)
{
    struct pg_store *s = c->base.db->engine_data;
    for (int64_t pause_ms = RETRY_MS_MIN;; pause_ms *= 2) {
        if (link_up(c, NULL) == OK)
            return OK;
        if (c->is_replica)
            return ERR_BUSY;
        int64_t none = 0, now = db_monotonic_us();
        atomic_compare_exchange_strong(&s->down_since_us, &none, now);
        int64_t since = none != 0 ? none : now;
        if (now - since >= wait_s * SECOND_US)
            return ERR_BUSY;
        sleep_ms(pause_ms < RETRY_MS_MAX ? pause_ms : RETRY_MS_MAX);
    }
}

/* An idle link that can be read from is one that was cut, or has a word to say. */
static bool is_alive(PGconn *link)
{
    struct pollfd p = { .fd = PQsocket(link), .events = POLLIN };
    while (poll(&p, 1, 0) > 0) {
        if (PQconsumeInput(link) != 1)
            return false;
    }
    return PQstatus(link) == CONNECTION_OK;
}

err pg_ready(struct pg_connection *c, int64_t wait_s)
{
    if (c->link != NULL && c->is_sync_sent)
        pg_sync_take(c, NULL);
    if (c->link != NULL && (c->trouble != PG_FINE || c->is_gone || !is_alive(c->link)))
        pg_connection_cut(c);
    c->base.fault = OK; /* of what went before */
    return c->link != NULL ? OK : link_wait(c, wait_s);
}

err pg_first_link(struct pg_connection *c, int64_t wait_s, const char **ret_detail)
{
    char *why = NULL;
    const char *place = place_of(c);
    PQconninfoOption *parsed = PQconninfoParse(place, &why);
    if (parsed == NULL) {
        /* What is quoted may hold the password. */
        db_detail(ret_detail, "the connection string can't be read: %.*s…",
                  why != NULL ? (int)strcspn(why, "\"\n") : 0, why != NULL ? why : "");
        PQfreemem(why);
        return ERR_DB_OPEN;
    }
    PQconninfoFree(parsed);
    int64_t began = db_monotonic_us();
    for (int64_t pause_ms = RETRY_MS_MIN;; pause_ms *= 2) {
        err e = link_up(c, ret_detail);
        if (e != ERR_BUSY)
            return e;
        if (PQping(place) == PQPING_OK && wait_s > REFUSED_WAIT_S)
            wait_s = REFUSED_WAIT_S;
        if (db_monotonic_us() - began >= wait_s * SECOND_US)
            return ERR_DB_OPEN;
        sleep_ms(pause_ms < RETRY_MS_MAX ? pause_ms : RETRY_MS_MAX);
    }
}
