/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <errno.h>
#include <time.h>

enum { READ_MAX_S = 5, LEND_MAX_S = 2 };

/* Until one is free or may be made; the mutex is held. */
static err pool_wait(struct db *db)
{
    int64_t until_us = db_monotonic_us() + LEND_MAX_S * SECOND_US;
    struct timespec until = { until_us / SECOND_US, until_us % SECOND_US * 1000 };
    int code = 0;
    while (!db->pool_closed && db->pool == NULL && db->pool_max != 0 &&
           db->pool_lent >= db->pool_max) {
        if (code == ETIMEDOUT)
            return ERR_BUSY;
        code = pthread_cond_timedwait(&db->pool_returned, &db->pool_mutex, &until);
    }
    return db->pool_closed ? ERR_STOPPING : OK;
}

static void pool_returned(struct db *db)
{
    db->pool_lent--;
    if (db->pool_closed)
        pthread_cond_broadcast(&db->pool_returned);
    else
        pthread_cond_signal(&db->pool_returned);
}

/* The one used last is lent first: its pages and statements are the warmest. */
static err pool_take(struct db *db, struct db_connection **ret)
{
    struct db_connection *c = NULL;
    pthread_mutex_lock(&db->pool_mutex);
    err e = pool_wait(db);
    if (e == OK) {
        c = db->pool;
        if (c != NULL)
            db->pool = c->next;
        db->pool_lent++;
    }
    pthread_mutex_unlock(&db->pool_mutex);
    if (e != OK)
        return e;
    if (c == NULL)
        e = db->engine->connect(db, false, &c);
    if (e == OK) {
        *ret = c;
        return OK;
    }
    pthread_mutex_lock(&db->pool_mutex);
    pool_returned(db);
    pthread_mutex_unlock(&db->pool_mutex);
    return e == ERR_BUSY ? ERR_BUSY : ERR_DATABASE;
}

static void pool_give(struct db *db, struct db_connection *c, bool is_usable)
{
    if (!is_usable)
        db->engine->disconnect(c);
    pthread_mutex_lock(&db->pool_mutex);
    if (is_usable) {
        c->next = db->pool;
        db->pool = c;
    }
    pool_returned(db);
    pthread_mutex_unlock(&db->pool_mutex);
}

static err snapshot_read(struct db *db, struct db_connection *c, struct arena *a, db_read_fn *read,
                         void *work)
{
    TRY(db->engine->begin_read(c, &c));
    c->tables_read = 0;
    if (!db->read_only)
        c->deadline_us = db_monotonic_us() + READ_MAX_S * SECOND_US;
    struct tx tx = { .connection = c,
                     .db = db,
                     .arena = a,
                     .now = db_now(db),
                     .random = db->random,
                     .writes = false };
    err e = read(&tx, work);
    c->deadline_us = 0;
    return c->fault != OK ? c->fault : e;
}

err db_read(struct db *db, struct arena *a, db_read_fn *read, void *work)
{
    struct db_connection *c = NULL;
    TRY(pool_take(db, &c));
    err e = snapshot_read(db, c, a, read, work);
    pool_give(db, c, db->engine->end_read(c));
    return e;
}

void db_pool_close(struct db *db)
{
    pthread_mutex_lock(&db->pool_mutex);
    db->pool_closed = true;
    pthread_cond_broadcast(&db->pool_returned);
    while (db->pool_lent > 0)
        pthread_cond_wait(&db->pool_returned, &db->pool_mutex);
    struct db_connection *c = db->pool;
    db->pool = NULL;
    pthread_mutex_unlock(&db->pool_mutex);
    while (c != NULL) {
        struct db_connection *next = c->next;
        db->engine->disconnect(c);
        c = next;
    }
}
