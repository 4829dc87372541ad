/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { BACKGROUND_MAX = 32 };

struct jobs {
    struct db *db;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    struct arena *arena;
    const struct background *at[BACKGROUND_MAX];
    int64_t due_us[BACKGROUND_MAX];
    size_t count;
};

static int64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* A job that fails is told and tried again when it is next due: its work is still there. */
static void job_run(struct jobs *j, const struct background *b)
{
    struct task_run run = { .more = true };
    bool is_ours = false;
    /* Each server tidies its own files; the rest is done by one of them. */
    if (b->run != NULL && (db_lease(j->db, b->name, &is_ours) != OK || !is_ours))
        return;
    for (int batch = 0; run.more && batch < 1000; batch++) {
        run.more = false;
        arena_reset(j->arena);
        err e = b->run != NULL ? db_apply(j->db, j->arena, b->run, &run)
                               : db_read(j->db, j->arena, b->tidy, &run);
        if (e != OK) {
            log_line(LOG_WARNING, "job-failed", "job=%s error=%s", b->name, err_info(e)->code);
            return;
        }
    }
}

static void *jobs_loop(void *self)
{
    struct jobs *j = self;
    pthread_mutex_lock(&j->lock);
    while (!j->stopping) {
        int64_t now = monotonic_us(), next = now + 10 * SECOND_US;
        for (size_t i = 0; i < j->count && !j->stopping; i++) {
            if (j->due_us[i] <= now) {
                pthread_mutex_unlock(&j->lock);
                job_run(j, j->at[i]);
                pthread_mutex_lock(&j->lock);
                j->due_us[i] = monotonic_us() + j->at[i]->every_us;
            }
            if (j->due_us[i] < next)
                next = j->due_us[i];
        }
        struct timespec until = { next / SECOND_US, next % SECOND_US * 1000 };
        if (!j->stopping)
            pthread_cond_timedwait(&j->wake, &j->lock, &until);
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

err jobs_start(struct db *db, struct jobs **ret)
{
    struct jobs *j = calloc(1, sizeof *j);
    if (j == NULL)
        return ERR_INTERNAL;
    j->db = db;
    j->arena = arena_new(4 << 20);
    for (size_t f = 0; app_features[f] != NULL; f++)
        for (size_t b = 0; b < app_features[f]->background_count && j->count < BACKGROUND_MAX; b++)
            j->at[j->count++] = &app_features[f]->background[b];
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&j->thread, NULL, jobs_loop, j) != 0) {
        arena_free(j->arena);
        free(j);
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
    pthread_cond_signal(&j->wake);
    pthread_mutex_unlock(&j->lock);
    pthread_join(j->thread, NULL);
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->lock);
    arena_free(j->arena);
    free(j);
}
