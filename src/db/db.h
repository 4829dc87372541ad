/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The store: transactions over named statements.
 *
 * Writing: an `apply` function runs inside a write transaction, together with others in one group
 * commit. It may run more than once: it has no effect outside the database, takes the time, ids and
 * random from its tx, and refuses before its first write. (When one refuses after a write, the
 * group is rolled back and run again with a savepoint each: right, but slow.)
 * Reading: a `read` function sees one snapshot; it is held at most 5 s (ERR_BUSY), unless the store
 * was opened read_only.
 *
 * A fault of the store is always told as one: ERR_DATABASE, ERR_DISK_FULL and ERR_BUSY mean that
 * nothing was changed, ERR_UNKNOWN_OUTCOME that only asking again can tell. It goes before whatever
 * the function itself returned.
 *
 * SQLite engine: one writing connection on one thread (WAL, synchronous=FULL) which also
 * checkpoints between groups; a pool of read-only connections, as many as ever read at once. */
#ifndef WESH_DB_DB_H
#define WESH_DB_DB_H

#include "base/source.h"
#include "base/value.h"

#include <stddef.h>

struct db;
struct db_connection;

struct tx {
    struct db_connection *connection;
    struct db *db;
    struct arena *arena; /* the caller's; rewound before a try is repeated */
    struct instant now;  /* never backwards over transactions; one value within a transaction */
    const struct random_source *random;
    bool writes;
};

uint128 tx_id(struct tx *tx); /* a new UUIDv7 */
/* After the commit, tell listeners that what `topic` names has changed. Dropped on a rollback. */
void tx_notify(struct tx *tx, uint128 topic);

typedef err db_apply_fn(struct tx *tx, void *work);
typedef err db_read_fn(struct tx *tx, void *work);

struct db_statement { /* made by the generator; see tools/sqlgen */
    const char *name;
    const char *sqlite;
    const char *postgresql;
    int parameters;
    int columns;
};
extern const struct db_statement db_statements[]; /* generated: of the whole program */
extern const size_t db_statement_count;

struct db_migration { /* generated from schema/NNNN_*.sql, in order */
    int version;
    const char *name;
    const char *sqlite;
    const char *postgresql;
};
extern const struct db_migration db_migrations[];
extern const size_t db_migration_count;

struct db_options {
    const char *folder; /* data folder, made (0700) when absent and `create` */
    bool create;
    bool read_only; /* no lock, no writer, no migration: for verify and export beside a server */
    const struct clock *clock;          /* NULL: the system's */
    const struct random_source *random; /* NULL: the system's */
    /* On the writer's thread, after a commit. */
    void (*notify)(void *self, const uint128 *topics, size_t count);
    void *notify_self;
    /* The disk failed so that only starting again can tell what was saved. Called on the writer's
     * thread, once, after every `done`. NULL: the program ends a second later with status 70. */
    void (*fatal)(void *self);
    void *fatal_self;
    size_t queue_max; /* waiting applies; beyond it ERR_BUSY. 0: 4096 */
    size_t group_max; /* applies in one commit. 0: 256 */
};
/* Locks the folder (ERR_DB_LOCKED), applies missing migrations, prepares every statement. On an
 * error *ret_detail, when not NULL, gets a line for the operator or NULL; it lasts until this
 * thread opens again. */
MUST err db_open(const struct db_options *o, struct db **ret, const char **ret_detail);
void db_close(struct db *db); /* what is queued is finished first; NULL is fine */
const char *db_folder(const struct db *db);
struct instant db_now(struct db *db);

/* `done` of a group's jobs is called in their order, before `notify`. It may submit again. */
struct db_job { /* owned by the caller until done is called */
    db_apply_fn *apply;
    void *work;
    struct arena *arena;
    /* On the writer's thread, after the commit is durable. */
    void (*done)(struct db_job *job, err result);
    void *owner;
    struct db_job *next;
};
/* On an error (ERR_BUSY, ERR_STOPPING, ERR_DATABASE) `done` is not called. */
MUST err db_submit(struct db *db, struct db_job *job);
MUST err db_apply(struct db *db, struct arena *a, db_apply_fn *apply, void *work); /* waits */
MUST err db_read(struct db *db, struct arena *a, db_read_fn *read, void *work);    /* this thread */

/* Used by generated code only. Parameters are bound and columns read by position from 0. */
struct db_row;
MUST err db_statement_begin(struct tx *tx, int statement, struct db_row **ret_row);
void db_bind_id(struct db_row *r, int at, uint128 v, bool nullable); /* nullable: 0 is NULL */
void db_bind_int(struct db_row *r, int at, int64_t v, bool nullable);
void db_bind_text(struct db_row *r, int at, struct text v, bool nullable);
void db_bind_bytes(struct db_row *r, int at, struct text v, bool nullable);
MUST err db_row_next(struct db_row *r, bool *ret_found);
uint128 db_column_id(struct db_row *r, int at);
int64_t db_column_int(struct db_row *r, int at, int64_t none);
struct text db_column_text(struct db_row *r, int at); /* copied into tx->arena */
struct text db_column_bytes(struct db_row *r, int at);
struct text db_column_text_borrow(struct db_row *r, int at); /* not copied: until the next row */
struct text db_column_bytes_borrow(struct db_row *r, int at);
MUST err db_statement_run(struct db_row *r, int64_t *ret_changed); /* steps to the end, then ends */
void db_statement_end(struct db_row *r);

#endif
