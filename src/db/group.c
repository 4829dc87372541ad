/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <assert.h>
#include <stdlib.h>

struct db_group {
    size_t count, room;
    struct db_job **jobs;
    struct arena_mark *marks; /* of each job's arena, before its first try */
    err *results;
};

enum outcome {
    COMMITTED,
    WROTE_THEN_FAILED, /* one job did: all is rolled back */
    LOST,              /* SQLite itself ended the transaction */
    ROLLED_BACK,       /* nothing was changed, and trying again is no use */
    UNKNOWN
};

struct db_group *db_group_new(size_t jobs_max)
{
    struct db_group *g = db_memory(NULL, 1, sizeof(*g));
    *g = (struct db_group){
        .room = jobs_max,
        .jobs = db_memory(NULL, jobs_max, sizeof(struct db_job *)),
        .marks = db_memory(NULL, jobs_max, sizeof(*g->marks)),
        .results = db_memory(NULL, jobs_max, sizeof(*g->results)),
    };
    return g;
}

void db_group_free(struct db_group *g)
{
    if (g == NULL)
        return;
    free(g->jobs);
    free(g->marks);
    free(g->results);
    free(g);
}

void db_group_clear(struct db_group *g)
{
    g->count = 0;
}

void db_group_add(struct db_group *g, struct db_job *job)
{
    assert(g->count < g->room);
    g->jobs[g->count++] = job;
}

static void result_of_all(struct db_group *g, err e)
{
    for (size_t i = 0; i < g->count; i++)
        g->results[i] = e;
}

static void rollback(struct db_connection *c)
{
    if (!sqlite3_get_autocommit(c->handle))
        db_command(c, DB_ROLLBACK);
    assert(sqlite3_get_autocommit(c->handle));
}

static enum outcome lost(struct db_connection *c, struct db_group *g)
{
    result_of_all(g, c->fault != OK ? c->fault : ERR_DATABASE);
    rollback(c);
    return LOST;
}

static err job_run(struct db *db, const struct db_job *job)
{
    struct db_connection *c = db->writer;
    struct tx tx = { .connection = c,
                     .db = db,
                     .arena = job->arena,
                     .now = db_now(db),
                     .random = db->random,
                     .writes = true };
    size_t topics = c->topics.count;
    c->fault = OK;
    err e = job->apply(&tx, job->work);
    if (c->fault != OK)
        e = c->fault;
    if (e != OK)
        c->topics.count = topics;
    return e;
}

/* A group that fails here has no frame in the WAL that counts as a commit: nothing was changed. Any
 * other error may have come after that frame. */
static bool is_surely_not_committed(int code)
{
    int kind = code & 0xff;
    return kind == SQLITE_FULL || kind == SQLITE_BUSY || kind == SQLITE_LOCKED ||
           kind == SQLITE_CONSTRAINT;
}

static enum outcome commit(struct db_connection *c, struct db_group *g)
{
    c->fault = OK;
    int code = db_command(c, DB_COMMIT);
    if (code == SQLITE_OK)
        return COMMITTED;
    if (!is_surely_not_committed(code)) {
        result_of_all(g, ERR_UNKNOWN_OUTCOME);
        return UNKNOWN;
    }
    result_of_all(g, db_fault(c, code));
    rollback(c);
    return ROLLED_BACK;
}

static int savepoint_end(struct db_connection *c, err result)
{
    int code = result == OK ? SQLITE_OK : db_command(c, DB_SAVEPOINT_ROLLBACK);
    return code == SQLITE_OK ? db_command(c, DB_SAVEPOINT_RELEASE) : code;
}

static enum outcome attempt(struct db *db, struct db_group *g, bool with_savepoints)
{
    struct db_connection *c = db->writer;
    c->topics.count = 0;
    c->fault = OK;
    int code = db_command(c, DB_BEGIN_WRITE);
    if (code != SQLITE_OK) {
        result_of_all(g, db_fault(c, code));
        return ROLLED_BACK;
    }
    for (size_t i = 0; i < g->count; i++) {
        int64_t changes = sqlite3_total_changes64(c->handle);
        if (with_savepoints && (code = db_command(c, DB_SAVEPOINT)) != SQLITE_OK) {
            db_fault(c, code);
            return lost(c, g);
        }
        err e = job_run(db, g->jobs[i]);
        g->results[i] = e;
        if (sqlite3_get_autocommit(c->handle))
            return lost(c, g);
        if (with_savepoints && (code = savepoint_end(c, e)) != SQLITE_OK) {
            db_fault(c, code);
            return lost(c, g);
        }
        if (!with_savepoints && e != OK && sqlite3_total_changes64(c->handle) != changes) {
            rollback(c);
            return WROTE_THEN_FAILED;
        }
    }
    return commit(c, g);
}

static void arenas_mark(struct db_group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->jobs[i]->arena != NULL)
            g->marks[i] = arena_mark(g->jobs[i]->arena);
    }
}

static void arenas_rewind(struct db_group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->jobs[i]->arena != NULL)
            arena_rewind(g->jobs[i]->arena, g->marks[i]);
    }
}

static int topic_order(const void *a, const void *b)
{
    const uint128 *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void topics_tell(struct db *db)
{
    struct db_topics *t = &db->writer->topics;
    if (db->notify == NULL || t->count == 0)
        return;
    qsort(t->at, t->count, sizeof(*t->at), topic_order);
    size_t kept = 1;
    for (size_t i = 1; i < t->count; i++) {
        if (t->at[i] != t->at[kept - 1])
            t->at[kept++] = t->at[i];
    }
    db->notify(db->notify_self, t->at, kept);
}

err db_group_run(struct db *db, struct db_group *g)
{
    bool with_savepoints = false, was_lost = false;
    arenas_mark(g);
    enum outcome o;
    for (;;) {
        o = attempt(db, g, with_savepoints);
        if (o == WROTE_THEN_FAILED)
            with_savepoints = true;
        else if (o == LOST && !was_lost)
            was_lost = true;
        else
            break;
        arenas_rewind(g);
    }
    for (size_t i = 0; i < g->count; i++)
        g->jobs[i]->done(g->jobs[i], g->results[i]);
    if (o == COMMITTED)
        topics_tell(db);
    return o == UNKNOWN ? ERR_UNKNOWN_OUTCOME : OK;
}
