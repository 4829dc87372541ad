/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The insides of the store; only src/db includes this. */
#ifndef WESH_DB_STORE_H
#define WESH_DB_STORE_H

#include "db/db.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

struct db_row { /* a prepared statement of one connection */
    sqlite3_stmt *statement;
    struct tx *tx;
    uint8_t (*ids)[16]; /* bound ids, one place for each parameter */
    int bind_error;
    bool is_active;
};

struct db_topics {
    uint128 *at;
    size_t count, room;
};

enum db_command { /* the transaction's own statements */
                  DB_BEGIN_READ,
                  DB_BEGIN_WRITE,
                  DB_COMMIT,
                  DB_ROLLBACK,
                  DB_SAVEPOINT,
                  DB_SAVEPOINT_RELEASE,
                  DB_SAVEPOINT_ROLLBACK,
                  DB_COMMAND_COUNT
};

struct db_connection {
    sqlite3 *handle;
    sqlite3_stmt *commands[DB_COMMAND_COUNT];
    struct db_row *rows; /* by statement; prepared when first used */
    err fault;           /* the store's own, in the job or read under way; the first one counts */
    int64_t deadline_us; /* of the read under way, by the monotonic clock; 0: none */
    struct db_topics topics;
    int wal_pages; /* after the last commit */
    struct db_connection *next;
};

struct db {
    char *folder;
    char *path;
    int lock; /* -1: read-only */
    bool read_only;
    const struct clock *clock;
    const struct random_source *random;
    _Atomic int64_t now_us; /* the latest time handed out */
    void (*notify)(void *self, const uint128 *topics, size_t count);
    void *notify_self;
    void (*fatal)(void *self);
    void *fatal_self;
    size_t queue_max, group_max;

    struct db_connection *writer; /* the writing thread's, once that runs */
    struct db_group *group;       /* same */
    int checkpoint_seen_pages;    /* same: of the WAL, when last looked at */
    int checkpoint_loaded_pages;  /* same: when the next checkpoint is due under load, */
    int checkpoint_idle_pages;    /* and when nothing waits */
    pthread_t thread;
    bool thread_started;

    pthread_mutex_t mutex; /* of the queue */
    pthread_cond_t wake;
    struct db_job *first, *last;
    size_t waiting;
    bool is_stopping, is_failed;

    pthread_mutex_t pool_mutex;
    pthread_cond_t pool_returned;
    struct db_connection *pool;
    size_t pool_lent;
    bool pool_closed;
};

/* Gives the operator a line; NULL is fine. */
void db_detail(const char **ret_detail, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void *db_memory(void *old, size_t count, size_t size); /* realloc; never fails, ends the program */

MUST err db_folder_open(struct db *db, const struct db_options *o, const char **ret_detail);
void db_folder_close(struct db *db);

/* SQLite's code as ours; also kept as the connection's fault, unless that has one. */
err db_fault(struct db_connection *c, int code);
MUST err db_connection_open(const char *path, bool writes, struct db_connection **ret,
                            const char **ret_detail);
void db_connection_close(struct db_connection *c);
MUST err db_connection_prepare_all(struct db_connection *c, const char **ret_detail);
int db_command(struct db_connection *c, enum db_command command); /* SQLITE_OK or its code */
int64_t db_monotonic_us(void);

MUST err db_migrate(struct db_connection *c, struct instant now, const char **ret_detail);
MUST err db_schema_check(struct db_connection *c, const char **ret_detail); /* right as it is? */

void db_checkpoint_start(struct db *db);
bool db_checkpoint_idle_due(const struct db *db);
MUST err db_checkpoint_idle(struct db *db);   /* an error is fatal */
MUST err db_checkpoint_loaded(struct db *db); /* if due; an error is fatal */
void db_checkpoint_last(struct db *db);

struct db_group *db_group_new(size_t jobs_max);
void db_group_free(struct db_group *g);
void db_group_clear(struct db_group *g);
void db_group_add(struct db_group *g, struct db_job *job);
/* Runs and answers all of it. An error is fatal: the outcome is unknown. */
MUST err db_group_run(struct db *db, struct db_group *g);

MUST err db_writer_start(struct db *db);
void db_writer_stop(struct db *db); /* what is queued is finished first */

void db_pool_close(struct db *db); /* waits for reads under way */

#endif
