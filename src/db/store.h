/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The insides of the store that both engines share; only src/db includes this. */
#ifndef WESH_DB_STORE_H
#define WESH_DB_STORE_H

#include "db/db.h"

#include <pthread.h>
#include <stdatomic.h>

struct db_topics {
    uint128 *at;
    size_t count, room;
};

/* An engine's own structs begin with these two. */
struct db_connection {
    const struct db_engine *engine;
    struct db *db;
    err fault;           /* the store's own, in the job or read under way; the first one counts */
    int64_t deadline_us; /* of the read under way, by the monotonic clock; 0: none */
    struct db_topics topics;
    uint64_t tables_read, tables_written; /* in the transaction under way, a bit each */
    struct db_connection *next;
};
struct db_row { /* a statement of one connection */
    const struct db_engine *engine;
    struct tx *tx;
};

enum db_outcome {
    DB_COMMITTED,
    DB_ROLLED_BACK,       /* nothing was changed, and trying again is no use */
    DB_WROTE_THEN_FAILED, /* a job did: all must be rolled back */
    DB_LOST,              /* the engine itself ended the transaction: worth another try */
    DB_UNKNOWN
};

enum db_state { /* of a transaction under way */
                DB_STATE_FINE,
                DB_STATE_BROKEN, /* goes on only from a savepoint */
                DB_STATE_LOST
};

struct db_engine {
    bool unknown_is_fatal; /* only starting again can tell what was saved */
    int tries_max;         /* of a group whose transaction is lost */
    bool tries_singly;     /* and after that, of each of its jobs */
    size_t writers, readers, writers_max, readers_max; /* by default and at most; readers 0: any */

    /* Makes db->engine_data and the first connection: the first writer's, or with read_only one
     * for the pool. */
    err (*open)(struct db *db, const struct db_options *o, const char **ret_detail);
    void (*close)(struct db *db); /* of what open made, also when that failed half-way */
    err (*lease)(struct db *db, const char *name, bool *ret_mine);
    err (*copy)(struct db *db, const char *path, const char **ret_detail);
    /* After a commit: what was to be told (sorted, each once), and which tables were changed. */
    void (*tell)(struct db *db, const struct db_topics *topics, uint64_t tables);
    /* On the writing thread: what to do while nothing waits, and between groups. An error is fatal.
     * NULL: nothing. */
    bool (*rest_due)(const struct db *db);
    err (*rest)(struct db *db);
    err (*after_group)(struct db *db);

    err (*connect)(struct db *db, bool writes, struct db_connection **ret);
    void (*disconnect)(struct db_connection *c); /* NULL is fine */
    err (*begin_write)(struct db_connection *c);
    err (*begin_read)(struct db_connection *c, struct db_connection **ret_used);
    bool (*end_read)(struct db_connection *c); /* false: the connection is of no more use */
    enum db_state (*state)(struct db_connection *c);
    int64_t (*changes)(struct db_connection *c); /* made so far: only to be compared */
    err (*savepoint)(struct db_connection *c);
    err (*savepoint_end)(struct db_connection *c, bool keep);
    void (*settle)(struct db_connection *c); /* a fault of what was done so far is seen now */
    enum db_outcome (*commit)(struct db_connection *c); /* sets the fault when not committed */
    void (*rollback)(struct db_connection *c);
    void (*pause)(struct db_connection *c, int tries); /* before the next try */

    err (*statement_begin)(struct tx *tx, int statement, struct db_row **ret_row);
    void (*bind_id)(struct db_row *r, int at, uint128 v, bool nullable);
    void (*bind_int)(struct db_row *r, int at, int64_t v, bool nullable);
    void (*bind_text)(struct db_row *r, int at, struct text v, bool nullable);
    void (*bind_bytes)(struct db_row *r, int at, struct text v, bool nullable);
    err (*row_next)(struct db_row *r, bool *ret_found);
    uint128 (*column_id)(struct db_row *r, int at);
    int64_t (*column_int)(struct db_row *r, int at, int64_t none);
    struct text (*column_text)(struct db_row *r, int at); /* borrowed */
    struct text (*column_bytes)(struct db_row *r, int at);
    err (*statement_run)(struct db_row *r, int64_t *ret_changed);
    void (*statement_end)(struct db_row *r);
};
extern const struct db_engine sqlite_engine, pg_engine;

struct db_queue {
    struct db_job *first, *last;
    size_t count;
};

struct db_writer { /* one thread with a connection */
    struct db *db;
    struct db_connection *connection; /* the thread's, once that runs */
    struct db_group *group;           /* same */
    struct db_queue queue;            /* jobs whose key is this writer's */
    pthread_cond_t wake;
    pthread_t thread;
    bool is_started, is_idle;
};

struct db {
    const struct db_engine *engine;
    void *engine_data;
    char *folder;
    bool read_only;
    const struct clock *clock;
    const struct random_source *random;
    _Atomic int64_t now_us; /* the latest time handed out */
    void (*notify)(void *self, const uint128 *topics, size_t count);
    void *notify_self;
    pthread_mutex_t notify_mutex; /* held while that runs */
    void (*fatal)(void *self);
    void *fatal_self;
    _Atomic uint64_t versions[64]; /* of the tables */
    size_t queue_max, group_max;

    pthread_mutex_t mutex;  /* of the queues and what follows */
    struct db_queue shared; /* jobs for whichever writer is free */
    size_t waiting;         /* in all queues */
    struct db_writer *writers;
    size_t writer_count;
    size_t writers_free; /* that have no group */
    size_t writers_idle; /* of those, that nobody has woken yet */
    bool is_stopping, is_failed;

    pthread_mutex_t pool_mutex;
    pthread_cond_t pool_returned;
    struct db_connection *pool;
    size_t pool_lent, pool_max; /* 0: no ceiling */
    bool pool_closed;
};

/* Gives the operator a line; NULL is fine. */
void db_detail(const char **ret_detail, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void *db_memory(void *old, size_t count, size_t size); /* realloc; never fails, ends the program */
int64_t db_monotonic_us(void);

/* Keeps it as the connection's fault, unless that has one; gives the one that is kept. */
err db_fault(struct db_connection *c, err e);
bool db_is_late(const struct db_connection *c); /* the read under way takes too long */

void db_notify(struct db *db, const uint128 *topics, size_t count);
void db_versions_raise(struct db *db, uint64_t tables);

/* Makes the folder when it may, and sees that it is there. */
MUST err db_folder_open(struct db *db, const struct db_options *o, const char **ret_detail);
char *db_folder_path(const struct db *db, const char *name); /* free() it */

/* What both engines say of a store's version. 0: an empty one. */
int db_schema_known(void);
MUST err db_schema_judge(const struct db *db, int version, const char **ret_detail);

struct db_group *db_group_new(size_t jobs_max);
void db_group_free(struct db_group *g);
void db_group_clear(struct db_group *g);
void db_group_add(struct db_group *g, struct db_job *job);
/* Runs and answers all of it. An error is fatal: the outcome is unknown. */
MUST err db_group_run(struct db_writer *w);

MUST err db_writers_start(struct db *db);
void db_writers_stop(struct db *db); /* what is queued is finished first */

void db_pool_close(struct db *db); /* waits for reads under way */

#endif
