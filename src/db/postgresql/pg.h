/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The insides of the PostgreSQL engine.
 *
 * A connection works in libpq's pipeline mode. What is queued has gone, or goes, to the server
 * without an answer being waited for; pg_sync waits for all answers. The first error is kept as the
 * connection's trouble: nothing more is sent until the transaction, or its savepoint, is rolled
 * back. A connection has a link to the server only from its first transaction on, and gets a new
 * one when that is cut. */
#ifndef WESH_DB_POSTGRESQL_PG_H
#define WESH_DB_POSTGRESQL_PG_H

#include "db/store.h"

#include <libpq-fe.h>

enum { PG_PARAMETERS_MAX = 64, PG_NAME_MAX = 24 };

enum pg_trouble {
    PG_FINE,
    PG_REFUSED, /* a statement failed: the server ignores the rest of the transaction */
    PG_AGAIN,   /* a deadlock, or the like: the whole transaction is worth another try */
    PG_GONE     /* the link is cut */
};

struct pg_row {
    struct db_row base;
    int statement;
    char name[PG_NAME_MAX]; /* as prepared on this link; "": not yet */
    bool is_new;            /* prepared since the last sync, so maybe not at all */
    bool is_active, is_sent, is_cursor;
    err bind_error;
    const char **values;
    int *lengths;
    char (*numbers)[16]; /* bound ids and numbers, one place for each parameter */
    PGresult *result;
    int at, count;
};

struct pg_connection {
    struct db_connection base;
    PGconn *link; /* NULL: none yet, or no more */
    bool writes;
    bool is_replica;
    struct pg_connection *replica; /* for reads, when there is one */
    struct pg_row *rows;
    int owed;          /* answers to what was queued */
    bool is_sync_sent; /* and it is to be waited for */
    bool in_transaction;
    bool has_new; /* rows: is_new */
    bool is_gone;
    enum pg_trouble trouble;
    err trouble_err;
    int64_t retry_us; /* of a replica's that is away: when it is next tried */
    unsigned serial;  /* for names of prepared statements */
    int64_t changes;
};

struct pg_store {
    char *place, *replica;         /* connection strings */
    _Atomic int64_t down_since_us; /* by the monotonic clock; 0: the server answers */
    _Atomic uint64_t commit_lsn;   /* a replica must have come this far; UINT64_MAX: not known */
    struct pg_news *news;
    struct pg_lease *lease;
};

extern int pg_version_min; /* of the server; tests ask for more */

/* link.c */
/* statement_s: how long a statement may take; 0: as long as it likes. ERR_BUSY: not now. */
MUST err pg_link_open(const char *place, bool is_replica, int statement_s, PGconn **ret,
                      const char **ret_detail);
void pg_connection_cut(struct pg_connection *c); /* closes the link */
struct pg_connection *pg_connection_new(struct db *db, bool writes);
void pg_connection_free(struct pg_connection *c);
/* Sees to it that there is a link with nothing owed; waits for the server until it has been away
 * for wait_s (ERR_BUSY). */
MUST err pg_ready(struct pg_connection *c, int64_t wait_s);
MUST err pg_first_link(struct pg_connection *c, int64_t wait_s, const char **ret_detail);

/* pipeline.c: false: in trouble */
bool pg_queue(struct pg_connection *c, const char *sql);     /* without parameters */
bool pg_queue_check(struct pg_connection *c, int statement); /* prepares and describes it */
bool pg_queue_row(struct pg_connection *c, struct pg_row *r);
bool pg_sync_send(struct pg_connection *c);
bool pg_sync_take(struct pg_connection *c, PGresult **ret_last);
bool pg_sync(struct pg_connection *c, PGresult **ret_last); /* of the last queued; NULL: dropped */
err pg_trouble_set(struct pg_connection *c, enum pg_trouble trouble, err e);
/* What went wrong, with SQLite's words for it. */
enum pg_trouble pg_trouble_of(const char *sqlstate, err *ret);

/* replica.c */
void pg_replica_commit(struct pg_connection *c); /* notes how far a commit has come */
void pg_replica_heard(struct pg_store *s, uint64_t lsn);
bool pg_replica_begin(struct pg_connection *c); /* false: there is none that is up to date */

/* statement.c */
MUST err pg_prepare_all(struct pg_connection *c, const char **ret_detail);
MUST err pg_statement_begin(struct tx *tx, int statement, struct db_row **ret_row);
void pg_bind_id(struct db_row *r, int at, uint128 v, bool nullable);
void pg_bind_int(struct db_row *r, int at, int64_t v, bool nullable);
void pg_bind_text(struct db_row *r, int at, struct text v, bool nullable);
void pg_bind_bytes(struct db_row *r, int at, struct text v, bool nullable);
MUST err pg_row_next(struct db_row *r, bool *ret_found);
uint128 pg_column_id(struct db_row *r, int at);
int64_t pg_column_int(struct db_row *r, int at, int64_t none);
struct text pg_column_text(struct db_row *r, int at);
struct text pg_column_bytes(struct db_row *r, int at);
MUST err pg_statement_run(struct db_row *r, int64_t *ret_changed);
void pg_statement_end(struct db_row *r);

/* migrate.c */
MUST err pg_migrate(struct pg_connection *c, bool create, const char **ret_detail);

/* news.c: tells the other servers, and hears of their commits */
MUST err pg_news_start(struct db *db, const char **ret_detail);
void pg_news_stop(struct db *db); /* what is to be told is told first, if the server is there */
void pg_news_tell(struct db *db, const struct db_topics *topics, uint64_t tables);

/* lease.c */
MUST err pg_lease(struct db *db, const char *name, bool *ret_mine);
void pg_lease_close(struct db *db);

#endif
