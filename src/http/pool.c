/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

enum { THREADS_MAX = 8, PERSON_WAITING_MAX = 2 };

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct exchange *first, **end;
    size_t count, max;
    bool is_stopping;
    pthread_t threads[THREADS_MAX];
    int thread_count;
};

static void *pool_main(void *self)
{
    struct pool *p = self;
    pthread_mutex_lock(&p->lock);
    while (true) {
        while (p->first == NULL && !p->is_stopping)
            pthread_cond_wait(&p->filled, &p->lock);
        struct exchange *x = p->first;
        if (x == NULL)
            break;
        p->first = x->next;
        if (p->first == NULL)
            p->end = &p->first;
        p->count--;
        pthread_mutex_unlock(&p->lock);
        write_prepare(x);
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct pool *pool_new(int threads, size_t queue_max)
{
    assert(threads > 0 && threads <= THREADS_MAX);
    struct pool *p = calloc(1, sizeof *p);
    if (p == NULL)
        abort();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->filled, NULL);
    p->end = &p->first;
    p->max = queue_max;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (p->thread_count < threads &&
           pthread_create(&p->threads[p->thread_count], NULL, pool_main, p) == 0)
        p->thread_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (p->thread_count == 0)
        abort();
    return p;
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->is_stopping = true;
    pthread_cond_broadcast(&p->filled);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->thread_count; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->filled);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* One person can't take all the places. */
static bool has_too_many(const struct pool *p, uint128 person)
{
    size_t count = 0;
    for (const struct exchange *x = p->first; x != NULL && person != 0; x = x->next)
        count += x->session.actor.person.v == person;
    return count >= PERSON_WAITING_MAX;
}

err pool_submit(struct pool *p, struct exchange *x)
{
    err e = OK;
    pthread_mutex_lock(&p->lock);
    if (p->count >= p->max || p->is_stopping)
        e = ERR_BUSY;
    else if (has_too_many(p, x->session.actor.person.v))
        e = ERR_RATE;
    if (e == OK) {
        x->next = NULL;
        *p->end = x;
        p->end = &x->next;
        p->count++;
        pthread_cond_signal(&p->filled);
    }
    pthread_mutex_unlock(&p->lock);
    return e;
}
