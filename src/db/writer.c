/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <assert.h>
#include <semaphore.h>
#include <signal.h>

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
    if (e == OK) {
        if (db->first == NULL) {
            db->first = job;
            pthread_cond_signal(&db->wake);
        } else {
            db->last->next = job;
        }
        db->last = job;
        db->waiting++;
    }
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

err db_apply(struct db *db, struct arena *a, db_apply_fn *apply, void *work)
{
    assert(!db->thread_started || !pthread_equal(pthread_self(), db->thread));
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

/* Into the group goes what waits, at most group_max; the mutex is held. */
static void group_fill(struct db *db)
{
    db_group_clear(db->group);
    for (size_t i = 0; i < db->group_max && db->first != NULL; i++) {
        struct db_job *job = db->first;
        db->first = job->next;
        db->waiting--;
        db_group_add(db->group, job);
    }
}

/* False when the store stops and nothing waits any more. */
static bool group_take(struct db *db, err *ret_fatal)
{
    pthread_mutex_lock(&db->mutex);
    while (db->first == NULL && !db->is_stopping && *ret_fatal == OK) {
        if (db_checkpoint_idle_due(db)) {
            pthread_mutex_unlock(&db->mutex);
            *ret_fatal = db_checkpoint_idle(db);
            pthread_mutex_lock(&db->mutex);
        } else {
            pthread_cond_wait(&db->wake, &db->mutex);
        }
    }
    bool is_there = *ret_fatal == OK && db->first != NULL;
    if (is_there)
        group_fill(db);
    pthread_mutex_unlock(&db->mutex);
    return is_there;
}

/* What waits was never begun, so it can be refused for certain. */
static void fail(struct db *db)
{
    pthread_mutex_lock(&db->mutex);
    db->is_failed = true;
    struct db_job *job = db->first;
    db->first = NULL;
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
    struct db *db = self;
    err fatal = OK;
    while (fatal == OK && group_take(db, &fatal)) {
        fatal = db_group_run(db, db->group);
        if (fatal == OK)
            fatal = db_checkpoint_loaded(db);
    }
    if (fatal != OK)
        fail(db);
    return NULL;
}

err db_writer_start(struct db *db)
{
    db->group = db_group_new(db->group_max);
    /* Signals are for the program's main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* Under the mutex, so that the writer's first `done` sees which thread it is on. */
    pthread_mutex_lock(&db->mutex);
    db->thread_started = pthread_create(&db->thread, NULL, writer_main, db) == 0;
    pthread_mutex_unlock(&db->mutex);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return db->thread_started ? OK : ERR_DB_OPEN;
}

void db_writer_stop(struct db *db)
{
    if (db->thread_started) {
        pthread_mutex_lock(&db->mutex);
        db->is_stopping = true;
        pthread_cond_signal(&db->wake);
        pthread_mutex_unlock(&db->mutex);
        pthread_join(db->thread, NULL);
    }
    db_group_free(db->group);
    db->group = NULL;
}
