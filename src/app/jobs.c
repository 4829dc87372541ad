/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "base/log.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { BACKGROUND_MAX = 32, BATCHES_MAX = 1000 };

/* One thread for what the store does by itself, and one for errands. */
struct line {
    struct jobs *jobs;
    pthread_t thread;
    bool is_running;
    struct arena *arena;
    const struct background *at[BACKGROUND_MAX];
    int64_t due_us[BACKGROUND_MAX];
    size_t count;
};
enum { LINE_STORE, LINE_ERRANDS, LINES };
struct jobs {
    struct db *db;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    struct line lines[LINES];
};

static int64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static bool is_stopping(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    bool stopping = j->stopping;
    pthread_mutex_unlock(&j->lock);
    return stopping;
}

static err batch_run(struct line *l, const struct background *b, struct task_run *run)
{
    arena_reset(l->arena);
    if (b->errand != NULL)
        return b->errand(l->jobs->db, l->arena, run);
    return b->run != NULL ? db_apply(l->jobs->db, l->arena, b->run, run)
                          : db_read(l->jobs->db, l->arena, b->tidy, run);
}

/* A job that fails is told and tried again when it is next due: its work is still there. */
static void job_run(struct line *l, const struct background *b)
{
    struct task_run run = { .more = true };
    int64_t passed = 0;
    bool is_ours = false;
    /* Each server tidies its own files; the rest is done by one of them. */
    if (b->tidy == NULL && (db_lease(l->jobs->db, b->name, &is_ours) != OK || !is_ours))
        return;
    for (int batch = 0; run.more && batch < BATCHES_MAX && !is_stopping(l->jobs); batch++) {
        run = (struct task_run){ .passed = passed };
        err e = batch_run(l, b, &run);
        if (e != OK)
            log_line(LOG_WARNING, "job-failed", "job=%s error=%s%s%s%s", b->name, err_info(e)->code,
                     run.detail != NULL ? " detail=\"" : "", run.detail != NULL ? run.detail : "",
                     run.detail != NULL ? "\"" : "");
        if (e != OK && run.is_row) /* what comes after it goes on */
            passed++;
        else if (e != OK && b->errand == NULL)
            return;
    }
}

static void *line_loop(void *self)
{
    struct line *l = self;
    struct jobs *j = l->jobs;
    pthread_mutex_lock(&j->lock);
    while (!j->stopping) {
        int64_t now = monotonic_us(), next = now + 10 * SECOND_US;
        for (size_t i = 0; i < l->count && !j->stopping; i++) {
            if (l->due_us[i] <= now) {
                pthread_mutex_unlock(&j->lock);
                job_run(l, l->at[i]);
                pthread_mutex_lock(&j->lock);
                l->due_us[i] = monotonic_us() + l->at[i]->every_us;
            }
            if (l->due_us[i] < next)
                next = l->due_us[i];
        }
        struct timespec until = { next / SECOND_US, next % SECOND_US * 1000 };
        if (!j->stopping)
            pthread_cond_timedwait(&j->wake, &j->lock, &until);
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

static bool line_start(struct jobs *j, struct line *l)
{
    l->jobs = j;
    l->arena = arena_new(4 << 20);
    l->is_running = pthread_create(&l->thread, NULL, line_loop, l) == 0;
    return l->is_running;
}

err jobs_start(struct db *db, struct jobs **ret)
{
    struct jobs *j = calloc(1, sizeof *j);
    if (j == NULL)
        return ERR_INTERNAL;
    j->db = db;
    for (size_t f = 0; app_features[f] != NULL; f++)
        for (size_t b = 0; b < app_features[f]->background_count; b++) {
            const struct background *job = &app_features[f]->background[b];
            struct line *l = &j->lines[job->errand != NULL ? LINE_ERRANDS : LINE_STORE];
            assert(l->count < BACKGROUND_MAX);
            l->at[l->count++] = job;
        }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    for (size_t i = 0; i < LINES; i++)
        if (!line_start(j, &j->lines[i])) {
            jobs_stop(j);
            return ERR_INTERNAL;
        }
    *ret = j;
    return OK;
}

void jobs_stop(struct jobs *j)
{
    if (j == NULL)
        return;
    pthread_mutex_lock(&j->lock);
    j->stopping = true;
    pthread_cond_broadcast(&j->wake);
    pthread_mutex_unlock(&j->lock);
    for (size_t i = 0; i < LINES; i++) {
        if (j->lines[i].is_running)
            pthread_join(j->lines[i].thread, NULL);
        arena_free(j->lines[i].arena);
    }
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->lock);
    free(j);
}
