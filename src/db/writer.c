/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <assert.h>
#include <semaphore.h>
#include <signal.h>

static void push(struct db_queue *q, struct db_job *job)
{
    if (q->first == NULL)
        q->first = job;
    else
        q->last->next = job;
    q->last = job;
    q->count++;
}

static struct db_job *pop(struct db_queue *q)
{
    struct db_job *job = q->first;
    q->first = job->next;
    q->count--;
    return job;
}

/* The writer no longer counts as idle from here on, so that the next job wakes another one. */
static void wake(struct db_writer *w)
{
    if (!w->is_idle)
        return;
    w->is_idle = false;
    w->db->writers_idle--;
    pthread_cond_signal(&w->wake);
}

static void enqueue(struct db *db, struct db_job *job)
{
    db->waiting++;
    if (job->group_key != 0 && db->writer_count > 1) {
        uint64_t mixed = ((uint64_t)job->group_key ^ (uint64_t)(job->group_key >> 64)) *
                         UINT64_C(0x9e3779b97f4a7c15);
        struct db_writer *w = &db->writers[(mixed >> 32) % db->writer_count];
        push(&w->queue, job);
        wake(w);
        return;
    }
    push(&db->shared, job);
    for (size_t i = 0; i < db->writer_count && db->writers_idle > 0; i++) {
        if (db->writers[i].is_idle) {
            wake(&db->writers[i]);
            break;
        }
    }
}

err db_submit(struct db *db, struct db_job *job)
{
    assert(!db->read_only);
    job->next = NULL;
    err e = OK;
    pthread_mutex_lock(&db->mutex);
    if (db->is_failed)
        e = ERR_DATABASE;
    else if (db->is_stopping)
        e = ERR_STOPPING;
    else if (db->waiting >= db->queue_max)
        e = ERR_BUSY;
    else
        enqueue(db, job);
    pthread_mutex_unlock(&db->mutex);
    return e;
}

struct caller { /* of db_apply, until its job is done */
    sem_t done;
    err result;
};

static void caller_wake(struct db_job *job, err result)
{
    struct caller *caller = job->owner;
    caller->result = result;
    sem_post(&caller->done);
}

static bool is_on_writer(const struct db *db)
{
    for (size_t i = 0; i < db->writer_count; i++) {
        if (pthread_equal(pthread_self(), db->writers[i].thread))
            return true;
    }
    return false;
}

err db_apply(struct db *db, struct arena *a, db_apply_fn *apply, void *work)
{
    assert(!is_on_writer(db)); /* it would wait for itself */
    struct caller caller = { .result = OK };
    struct db_job job = {
        .apply = apply, .work = work, .arena = a, .done = caller_wake, .owner = &caller
    };
    sem_init(&caller.done, 0, 0);
    err e = db_submit(db, &job);
    if (e == OK) {
        while (sem_wait(&caller.done) != 0)
            continue; /* a signal came in between */
        e = caller.result;
    }
    sem_destroy(&caller.done);
    return e;
}

/* Into the group goes what waits: of this writer's own keys, and a fair part of what any may take,
 * so that the others that are free have as much. The mutex is held. */
static void group_fill(struct db_writer *w)
{
    struct db *db = w->db;
    size_t room = db->group_max;
    size_t part = (db->shared.count + db->writers_free - 1) / db->writers_free;
    db_group_clear(w->group);
    for (; room > 0 && w->queue.count > 0; room--, db->waiting--)
        db_group_add(w->group, pop(&w->queue));
    for (; room > 0 && part > 0; room--, part--, db->waiting--)
        db_group_add(w->group, pop(&db->shared));
}

static void wait_idle(struct db_writer *w)
{
    w->is_idle = true;
    w->db->writers_idle++;
    pthread_cond_wait(&w->wake, &w->db->mutex);
    if (w->is_idle)
        w->db->writers_idle--;
    w->is_idle = false;
}

/* False when the store stops and nothing waits for this writer any more. */
static bool group_take(struct db_writer *w, err *ret_fatal)
{
    struct db *db = w->db;
    pthread_mutex_lock(&db->mutex);
    db->writers_free++;
    while (w->queue.count == 0 && db->shared.count == 0 && !db->is_stopping && *ret_fatal == OK) {
        if (db->engine->rest_due != NULL && db->engine->rest_due(db)) {
            pthread_mutex_unlock(&db->mutex);
            *ret_fatal = db->engine->rest(db);
            pthread_mutex_lock(&db->mutex);
        } else {
            wait_idle(w);
        }
    }
    bool is_there = *ret_fatal == OK && (w->queue.count > 0 || db->shared.count > 0);
    if (is_there)
        group_fill(w);
    db->writers_free--;
    pthread_mutex_unlock(&db->mutex);
    return is_there;
}

/* What waits was never begun, so it can be refused for certain. Engines with more than one writer
 * don't fail like this. */
static void fail(struct db *db)
{
    pthread_mutex_lock(&db->mutex);
    db->is_failed = true;
    struct db_job *job = db->shared.first;
    db->shared = (struct db_queue){ 0 };
    db->waiting = 0;
    pthread_mutex_unlock(&db->mutex);
    while (job != NULL) {
        struct db_job *next = job->next;
        job->done(job, ERR_DATABASE);
        job = next;
    }
    db->fatal(db->fatal_self);
}

static void *writer_main(void *self)
{
    struct db_writer *w = self;
    const struct db_engine *engine = w->db->engine;
    err fatal = OK;
    while (fatal == OK && group_take(w, &fatal)) {
        fatal = db_group_run(w);
        if (fatal == OK && engine->after_group != NULL)
            fatal = engine->after_group(w->db);
    }
    if (fatal != OK)
        fail(w->db);
    return NULL;
}

static err writer_start(struct db_writer *w)
{
    if (w->connection == NULL)
        TRY(w->db->engine->connect(w->db, true, &w->connection));
    w->group = db_group_new(w->db->group_max);
    w->is_started = pthread_create(&w->thread, NULL, writer_main, w) == 0;
    return w->is_started ? OK : ERR_DB_OPEN;
}

err db_writers_start(struct db *db)
{
    /* Signals are for the program's main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* Under the mutex, so that the writers' first `done` sees which threads they are. */
    pthread_mutex_lock(&db->mutex);
    err e = OK;
    for (size_t i = 0; i < db->writer_count && e == OK; i++)
        e = writer_start(&db->writers[i]);
    pthread_mutex_unlock(&db->mutex);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}

void db_writers_stop(struct db *db)
{
    pthread_mutex_lock(&db->mutex);
    db->is_stopping = true;
    for (size_t i = 0; i < db->writer_count; i++)
        pthread_cond_signal(&db->writers[i].wake);
    pthread_mutex_unlock(&db->mutex);
    for (size_t i = 0; i < db->writer_count; i++) {
        struct db_writer *w = &db->writers[i];
        if (w->is_started)
            pthread_join(w->thread, NULL);
        db_group_free(w->group);
        w->group = NULL;
    }
}
