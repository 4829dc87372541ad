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
 * checkpoints between groups; a pool of read-only connections, as many as ever read at once.
 * PostgreSQL engine: some writing threads with a connection each (READ COMMITTED, rows locked); a
 * pool of reading connections, lent within 2 s (ERR_BUSY). A server that is away is waited for, at
 * most 30 s. After ERR_UNKNOWN_OUTCOME the store goes on. */
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
/* After the commit, before `done`, tell listeners that what `topic` names has changed. Dropped on a
 * rollback. */
void tx_notify(struct tx *tx, uint128 topic);

/* Which tables the transaction has looked at so far, a bit each. */
uint64_t tx_reads(const struct tx *tx);

/* How often each table was changed by commits since the store was opened. What was made from a
 * snapshot is still exact as long as the tables it looked at have the versions they had before the
 * snapshot was taken. A commit raises them before its `done` callbacks. */
struct db_versions {
    uint64_t at[64];
};
void db_versions_get(const struct db *db, struct db_versions *ret);
bool db_versions_same(const struct db *db, const struct db_versions *then, uint64_t tables);

typedef err db_apply_fn(struct tx *tx, void *work);
typedef err db_read_fn(struct tx *tx, void *work);

enum db_statement_kind { DB_ONE, DB_MAYBE, DB_MANY, DB_EACH, DB_RUN, DB_COUNT };
struct db_statement { /* made by the generator; see tools/sqlgen */
    const char *name;
    enum db_statement_kind kind;
    const char *sqlite;
    const char *postgresql;
    const char *lock;  /* what PostgreSQL gets at the end in a transaction that writes, or NULL */
    const char *types; /* of the parameters: u uuid, i int, b bool, t text, y bytes */
    int parameters;
    int columns;
    uint64_t reads, writes; /* tables, a bit each */
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

/* Every table, for what carries a whole store: generated from the schema as all migrations leave
 * it. A table comes after those that it refers to. */
enum db_type { DB_ID, DB_BYTES, DB_INT, DB_TEXT, DB_BOOL, DB_INSTANT };
struct db_column {
    const char *name;
    enum db_type type;
    bool nullable;
};
struct db_table {
    const char *name;
    const struct db_column *columns; /* those of the primary key first, in its order */
    int column_count, key_count;
    int read; /* statement: all columns of the first page_rows rows with a key >= the parameters */
    int page_rows;
    int insert; /* statement: the parameters are all columns */
    bool stays; /* `stays behind` in the schema: not carried along */
};
extern const struct db_table db_tables[];
extern const size_t db_table_count;

struct db_options {
    const char *folder; /* data folder, made (0700) when absent and `create` */
    bool create;
    bool read_only; /* no lock, no writer, no migration: for verify and export beside a server */
    bool copy;      /* with read_only: reads a copy made now, gone when closed, so that a long read
                       holds nothing up. One read at a time. It needs the database's size on disk */
    const struct clock *clock;          /* NULL: the system's */
    const struct random_source *random; /* NULL: the system's */
    /* After a commit, on one of the store's threads: on SQLite the writer's. On PostgreSQL it also
     * tells of the other servers' commits; with count 0 some may have been missed. */
    void (*notify)(void *self, const uint128 *topics, size_t count);
    void *notify_self;
    /* The disk failed so that only starting again can tell what was saved. Called on the writer's
     * thread, once, after every `done`. NULL: the program ends a second later with status 70. */
    void (*fatal)(void *self);
    void *fatal_self;
    size_t queue_max; /* waiting applies; beyond it ERR_BUSY. 0: 4096 */
    size_t group_max; /* applies in one commit. 0: 256 */
    /* NULL: SQLite in the folder. "postgresql://…": that server; the folder is for files alone. */
    const char *store;
    const char *replica; /* PostgreSQL: a standby for reads, used while it is up to date; or NULL */
    size_t writers;      /* PostgreSQL: writing connections. 0: 4 */
    size_t readers;      /* PostgreSQL: reading connections. 0: 8 */
    int64_t store_wait_s; /* PostgreSQL: how long opening waits for the server. 0: 30 */
};
/* SQLite: locks the folder (ERR_DB_LOCKED). Applies missing migrations and prepares every
 * statement. On an error *ret_detail, when not NULL, gets a line for the operator or NULL; it lasts
 * until this thread opens again. */
MUST err db_open(const struct db_options *o, struct db **ret, const char **ret_detail);
void db_notify_stop(struct db *db); /* from here on `notify` neither runs nor is called */
void db_close(struct db *db);       /* what is queued is finished first; NULL is fine */
const char *db_folder(const struct db *db);
/* The data as it is now, in one file that is not there yet (0600) and is removed on an error. */
MUST err db_copy(struct db *db, const char *path, const char **ret_detail);
struct instant db_now(struct db *db);

/* `done` of a group's jobs is called in their order, on SQLite after `notify`. It may submit again. */
struct db_job { /* owned by the caller until done is called */
    db_apply_fn *apply;
    void *work;
    struct arena *arena;
    /* On the writer's thread, after the commit is durable. */
    void (*done)(struct db_job *job, err result);
    void *owner;
    /* Jobs with the same key are committed in their order, by one writer: what is hot, such as a
     * shop, so that they don't wait for each other's locks. 0: none. */
    uint128 group_key;
    struct db_job *next;
};
/* On an error (ERR_BUSY, ERR_STOPPING, ERR_DATABASE) `done` is not called. */
MUST err db_submit(struct db *db, struct db_job *job);
MUST err db_apply(struct db *db, struct arena *a, db_apply_fn *apply, void *work); /* waits */
MUST err db_read(struct db *db, struct arena *a, db_read_fn *read, void *work);    /* this thread */
/* Is the work called `name` this server's to do now? It stays so until the server ends or loses its
 * connection to the store; work that two do at a time must still be right. SQLite: always. */
MUST err db_lease(struct db *db, const char *name, bool *ret_mine);

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
/* Steps to the end, then ends. With NULL it may be done later in the same transaction, which then
 * tells an error where it is first seen, at the latest when it is committed. */
MUST err db_statement_run(struct db_row *r, int64_t *ret_changed);
void db_statement_end(struct db_row *r);

#endif
