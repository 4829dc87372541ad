/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What the store's tests share: a folder to play in, a counter in `setting`, and a gate that holds
 * the writer so that what is submitted meanwhile becomes one group. */
#ifndef WESH_DB_TESTING_H
#define WESH_DB_TESTING_H

#include "db/testing_store.h"

#include "db/db.h"
#include "gen/db_sql.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline char *testing_folder(void)
{
    static char path[64];
    strcpy(path, "/tmp/wesh-db-test-XXXXXX");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline void testing_folder_remove(const char *folder)
{
    static const char *const names[] = { "wesh.sqlite", "wesh.sqlite-wal", "wesh.sqlite-shm",
                                         "lock" };
    char path[128];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        remove(path);
    }
    remove(folder);
    testing_store_remove(folder);
}

/* With one writer unless it says otherwise: a gate is to hold all. */
static inline struct db *testing_open(const struct db_options *asked)
{
    struct db_options o = *asked;
    o.store = testing_store(o.folder);
    if (o.writers == 0)
        o.writers = 1;
    struct db *db = NULL;
    const char *detail = NULL;
    err e = db_open(&o, &db, &detail);
    if (e != OK)
        print_error("%s: %s\n", err_info(e)->name, detail != NULL ? detail : "");
    assert_int_equal(e, OK);
    return db;
}

enum { TESTING_SCRATCH = 1000 }; /* bytes that each run takes from its arena */

/* An apply: adds to a counter and then ends as it is told. */
struct addition {
    const char *counter;
    int64_t by;
    err end;       /* after the writes */
    err refusal;   /* before them */
    uint128 topic; /* 0: none */
    int runs;
    struct instant now;
};

/* Several may count at once. */
static inline err testing_counter(struct tx *tx, const char *name, int64_t *ret_value)
{
    struct setting_get row;
    bool found = false;
    TRY(sql_setting_lock(tx, text_of(name), &row, &found));
    *ret_value = 0;
    return found ? text_int(row.value, ret_value) : OK;
}

static inline err testing_add(struct tx *tx, void *work)
{
    struct addition *w = work;
    w->runs++;
    w->now = tx->now;
    arena_alloc(tx->arena, TESTING_SCRATCH);
    if (w->refusal != OK)
        return w->refusal;
    int64_t value = 0;
    TRY(testing_counter(tx, w->counter, &value));
    TRY(sql_setting_put(tx, text_of(w->counter),
                        text_format(tx->arena, "%lld", (long long)(value + w->by))));
    if (w->topic != 0)
        tx_notify(tx, w->topic);
    return w->end;
}

struct counter_read {
    const char *counter;
    int64_t value;
};

static inline err testing_counter_read(struct tx *tx, void *work)
{
    struct counter_read *w = work;
    return testing_counter(tx, w->counter, &w->value);
}

static inline int64_t testing_value(struct db *db, const char *counter)
{
    struct arena *a = arena_new(1 << 20);
    struct counter_read w = { .counter = counter };
    assert_int_equal(db_read(db, a, testing_counter_read, &w), OK);
    arena_free(a);
    return w.value;
}

/* A job with its result. */
struct testing_job {
    struct db_job job;
    struct addition add;
    err result;
    int done;
    sem_t *count; /* posted when done; NULL: no one waits */
};

static inline void testing_done(struct db_job *job, err result)
{
    struct testing_job *t = job->owner;
    t->result = result;
    t->done++;
    if (t->count != NULL)
        sem_post(t->count);
}

static inline void testing_job_set(struct testing_job *t, sem_t *count, struct addition add)
{
    *t = (struct testing_job){ .add = add, .count = count };
    t->job = (struct db_job){ .apply = testing_add,
                              .work = &t->add,
                              .arena = arena_new(1 << 20),
                              .done = testing_done,
                              .owner = t };
}

static inline void testing_jobs_free(struct testing_job *t, size_t count)
{
    for (size_t i = 0; i < count; i++)
        arena_free(t[i].job.arena);
}

struct testing_gate {
    struct testing_job job;
    sem_t entered, open;
};

static inline err testing_gate_apply(struct tx *tx, void *work)
{
    (void)tx;
    struct testing_gate *g = work;
    sem_post(&g->entered);
    while (sem_wait(&g->open) != 0)
        continue;
    return OK;
}

/* The writer stands in the gate when this returns. */
static inline void testing_gate_shut(struct testing_gate *g, struct db *db)
{
    testing_job_set(&g->job, NULL, (struct addition){ 0 });
    g->job.job.apply = testing_gate_apply;
    g->job.job.work = g;
    sem_init(&g->entered, 0, 0);
    sem_init(&g->open, 0, 0);
    assert_int_equal(db_submit(db, &g->job.job), OK);
    while (sem_wait(&g->entered) != 0)
        continue;
}

static inline void testing_wait(sem_t *count, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        while (sem_wait(count) != 0)
            continue;
    }
}

#endif
