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
    size_t topics;   /* of what is committed already; the connection has them */
    uint64_t tables; /* changed by it */
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

struct part { /* of a group: one transaction */
    struct db_group *group;
    size_t from, end;
};

static void result_of_all(struct part p, err e)
{
    for (size_t i = p.from; i < p.end; i++)
        p.group->results[i] = e;
}

static enum db_outcome lost(struct db_connection *c, struct part p)
{
    result_of_all(p, c->fault != OK ? c->fault : ERR_DATABASE);
    c->engine->rollback(c);
    return DB_LOST;
}

/* With a savepoint all faults of the job are to be its own, so none may come later. */
static err job_run(struct db_connection *c, const struct db_job *job, bool with_savepoint)
{
    struct tx tx = { .connection = c,
                     .db = c->db,
                     .arena = job->arena,
                     .now = db_now(c->db),
                     .random = c->db->random,
                     .writes = true };
    size_t topics = c->topics.count;
    c->fault = OK;
    err e = job->apply(&tx, job->work);
    if (with_savepoint)
        c->engine->settle(c);
    if (c->fault != OK)
        e = c->fault;
    if (e != OK)
        c->topics.count = topics;
    return e;
}

static enum db_outcome commit(struct db_connection *c, struct part p)
{
    c->fault = OK;
    enum db_outcome o = c->engine->commit(c);
    if (o == DB_UNKNOWN) {
        result_of_all(p, ERR_UNKNOWN_OUTCOME);
        p.group->tables |= c->tables_written;
    } else if (o != DB_COMMITTED) {
        result_of_all(p, c->fault != OK ? c->fault : ERR_DATABASE);
    }
    return o;
}

static enum db_outcome attempt(struct db_connection *c, struct part p, bool with_savepoints)
{
    const struct db_engine *engine = c->engine;
    c->topics.count = p.group->topics;
    c->tables_written = 0;
    c->fault = OK;
    err e = engine->begin_write(c);
    if (e != OK) {
        result_of_all(p, e);
        return DB_ROLLED_BACK;
    }
    for (size_t i = p.from; i < p.end; i++) {
        int64_t changes = engine->changes(c);
        if (with_savepoints && engine->savepoint(c) != OK)
            return lost(c, p);
        e = job_run(c, p.group->jobs[i], with_savepoints);
        p.group->results[i] = e;
        enum db_state state = engine->state(c);
        if (state == DB_STATE_LOST)
            return lost(c, p);
        if (with_savepoints && engine->savepoint_end(c, e == OK) != OK)
            return lost(c, p);
        if (!with_savepoints && e != OK &&
            (state == DB_STATE_BROKEN || engine->changes(c) != changes)) {
            engine->rollback(c);
            return DB_WROTE_THEN_FAILED;
        }
    }
    return commit(c, p);
}

static void arenas_mark(struct db_group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->jobs[i]->arena != NULL)
            g->marks[i] = arena_mark(g->jobs[i]->arena);
    }
}

static void arenas_rewind(struct part p)
{
    for (size_t i = p.from; i < p.end; i++) {
        if (p.group->jobs[i]->arena != NULL)
            arena_rewind(p.group->jobs[i]->arena, p.group->marks[i]);
    }
}

static enum db_outcome part_run(struct db_connection *c, struct part p)
{
    bool with_savepoints = false;
    int lost_times = 0;
    for (;;) {
        enum db_outcome o = attempt(c, p, with_savepoints);
        if (o == DB_WROTE_THEN_FAILED && !with_savepoints)
            with_savepoints = true;
        else if (o == DB_LOST && ++lost_times < c->engine->tries_max)
            c->engine->pause(c, lost_times);
        else if (o == DB_COMMITTED)
            break;
        else
            return o;
        arenas_rewind(p);
    }
    p.group->topics = c->topics.count;
    p.group->tables |= c->tables_written;
    return DB_COMMITTED;
}

static int topic_order(const void *a, const void *b)
{
    const uint128 *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void tell(struct db_connection *c, size_t count, uint64_t tables)
{
    struct db_topics *t = &c->topics;
    t->count = count > 0 ? 1 : 0;
    if (count > 0)
        qsort(t->at, count, sizeof(*t->at), topic_order);
    for (size_t i = 1; i < count; i++) {
        if (t->at[i] != t->at[t->count - 1])
            t->at[t->count++] = t->at[i];
    }
    if (tables == 0 && count == 0)
        return;
    db_versions_raise(c->db, tables);
    c->engine->tell(c->db, t, tables);
}

err db_group_run(struct db_writer *w)
{
    struct db_connection *c = w->connection;
    struct db_group *g = w->group;
    struct part all = { g, 0, g->count };
    arenas_mark(g);
    g->topics = 0;
    g->tables = 0;
    enum db_outcome o = part_run(c, all);
    if (o == DB_LOST && c->engine->tries_singly && g->count > 1) {
        arenas_rewind(all);
        for (size_t i = 0; i < g->count; i++)
            o = part_run(c, (struct part){ g, i, i + 1 });
    }
    /* Who is told that it is done must not be shown what was there before. */
    tell(c, g->topics, g->tables);
    for (size_t i = 0; i < g->count; i++)
        g->jobs[i]->done(g->jobs[i], g->results[i]);
    return o == DB_UNKNOWN && c->engine->unknown_is_fatal ? ERR_UNKNOWN_OUTCOME : OK;
}
