/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUEUE_MAX = 4096, GROUP_MAX = 256, EXIT_STORE_FAILED = 70 };

void db_detail(const char **ret_detail, const char *format, ...)
{
    if (ret_detail == NULL)
        return;
    static _Thread_local char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    *ret_detail = line;
}

void *db_memory(void *old, size_t count, size_t size)
{
    void *at = reallocarray(old, count == 0 ? 1 : count, size);
    if (at == NULL)
        abort();
    return at;
}

static void exit_to_recover(void *self)
{
    (void)self;
    sleep(1); /* the answers that were just given reach their callers */
    _exit(EXIT_STORE_FAILED);
}

static void sqlite_set_up(void)
{
    /* Its memory statistics cost a lock that all threads share. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static struct db *db_new(const struct db_options *o)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, sqlite_set_up);

    struct db *db = db_memory(NULL, 1, sizeof(*db));
    *db = (struct db){
        .lock = -1,
        .read_only = o->read_only,
        .clock = o->clock != NULL ? o->clock : &clock_system,
        .random = o->random != NULL ? o->random : &random_system,
        .notify = o->notify,
        .notify_self = o->notify_self,
        .fatal = o->fatal != NULL ? o->fatal : exit_to_recover,
        .fatal_self = o->fatal_self,
        .queue_max = o->queue_max != 0 ? o->queue_max : QUEUE_MAX,
        .group_max = o->group_max != 0 ? o->group_max : GROUP_MAX,
    };
    pthread_mutex_init(&db->mutex, NULL);
    pthread_cond_init(&db->wake, NULL);
    pthread_mutex_init(&db->pool_mutex, NULL);
    pthread_cond_init(&db->pool_returned, NULL);
    return db;
}

static err open_reading(struct db *db, const char **ret_detail)
{
    struct db_connection *c = NULL;
    TRY(db_connection_open(db->path, false, &c, ret_detail));
    err e = db_schema_check(c, ret_detail);
    if (e == OK)
        e = db_connection_prepare_all(c, ret_detail);
    if (e == OK)
        db->pool = c;
    else
        db_connection_close(c);
    return e;
}

static err open_writing(struct db *db, const char **ret_detail)
{
    TRY(db_connection_open(db->path, true, &db->writer, ret_detail));
    TRY(db_migrate(db->writer, db_now(db), ret_detail));
    TRY(db_connection_prepare_all(db->writer, ret_detail));
    db_checkpoint_start(db);
    err e = db_writer_start(db);
    if (e != OK)
        db_detail(ret_detail, "no thread for the writer could be started");
    return e;
}

err db_open(const struct db_options *o, struct db **ret, const char **ret_detail)
{
    if (ret_detail != NULL)
        *ret_detail = NULL;
    struct db *db = db_new(o);
    err e = db_folder_open(db, o, ret_detail);
    if (e == OK)
        e = db->read_only ? open_reading(db, ret_detail) : open_writing(db, ret_detail);
    if (e != OK) {
        db_close(db);
        return e;
    }
    *ret = db;
    return OK;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db_writer_stop(db);
    db_pool_close(db);
    if (db->thread_started && !db->is_failed)
        db_checkpoint_last(db);
    db_connection_close(db->writer);
    db_folder_close(db);
    pthread_mutex_destroy(&db->mutex);
    pthread_cond_destroy(&db->wake);
    pthread_mutex_destroy(&db->pool_mutex);
    pthread_cond_destroy(&db->pool_returned);
    free(db->path);
    free(db->folder);
    free(db);
}

const char *db_folder(const struct db *db)
{
    return db->folder;
}

struct instant db_now(struct db *db)
{
    int64_t now = clock_now(db->clock).us;
    int64_t latest = atomic_load(&db->now_us);
    while (latest < now) {
        if (atomic_compare_exchange_weak(&db->now_us, &latest, now))
            return (struct instant){ now };
    }
    return (struct instant){ latest };
}

uint128 tx_id(struct tx *tx)
{
    return uuid7_make(tx->now, tx->random);
}

void tx_notify(struct tx *tx, uint128 topic)
{
    assert(tx->writes);
    struct db_topics *t = &tx->connection->topics;
    if (t->count == t->room) {
        t->room = t->room == 0 ? 64 : 2 * t->room;
        t->at = db_memory(t->at, t->room, sizeof(*t->at));
    }
    t->at[t->count++] = topic;
}
