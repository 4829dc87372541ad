/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

enum { READ_MAX_S = 5 };

/* The one used last is lent first: its pages and statements are the warmest. */
static err pool_take(struct db *db, struct db_connection **ret)
{
    pthread_mutex_lock(&db->pool_mutex);
    if (db->pool_closed) {
        pthread_mutex_unlock(&db->pool_mutex);
        return ERR_STOPPING;
    }
    struct db_connection *c = db->pool;
    if (c != NULL)
        db->pool = c->next;
    db->pool_lent++;
    pthread_mutex_unlock(&db->pool_mutex);
    err e = c != NULL ? OK : db_connection_open(db->path, false, &c, NULL);
    if (e == OK) {
        *ret = c;
        return OK;
    }
    pthread_mutex_lock(&db->pool_mutex);
    db->pool_lent--;
    pthread_cond_signal(&db->pool_returned);
    pthread_mutex_unlock(&db->pool_mutex);
    return e == ERR_BUSY ? ERR_BUSY : ERR_DATABASE;
}

static void pool_give(struct db *db, struct db_connection *c)
{
    bool is_usable = sqlite3_get_autocommit(c->handle);
    if (!is_usable)
        db_connection_close(c);
    pthread_mutex_lock(&db->pool_mutex);
    if (is_usable) {
        c->next = db->pool;
        db->pool = c;
    }
    db->pool_lent--;
    pthread_cond_signal(&db->pool_returned);
    pthread_mutex_unlock(&db->pool_mutex);
}

static err snapshot_read(struct db *db, struct db_connection *c, struct arena *a, db_read_fn *read,
                         void *work)
{
    c->fault = OK;
    int code = db_command(c, DB_BEGIN_READ);
    if (code != SQLITE_OK)
        return db_fault(c, code);
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
    if (c->fault != OK)
        e = c->fault;
    if (!sqlite3_get_autocommit(c->handle))
        db_command(c, DB_COMMIT);
    return e;
}

err db_read(struct db *db, struct arena *a, db_read_fn *read, void *work)
{
    struct db_connection *c = NULL;
    TRY(pool_take(db, &c));
    err e = snapshot_read(db, c, a, read, work);
    pool_give(db, c);
    return e;
}

void db_pool_close(struct db *db)
{
    pthread_mutex_lock(&db->pool_mutex);
    db->pool_closed = true;
    while (db->pool_lent > 0)
        pthread_cond_wait(&db->pool_returned, &db->pool_mutex);
    struct db_connection *c = db->pool;
    db->pool = NULL;
    pthread_mutex_unlock(&db->pool_mutex);
    while (c != NULL) {
        struct db_connection *next = c->next;
        db_connection_close(c);
        c = next;
    }
}
