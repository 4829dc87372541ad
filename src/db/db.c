/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/store.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
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

static size_t asked(size_t wanted, size_t usual, size_t most)
{
    if (wanted == 0)
        wanted = usual;
    return wanted < most ? wanted : most;
}

static struct db *db_new(const struct db_options *o)
{
    struct db *db = db_memory(NULL, 1, sizeof(*db));
    *db = (struct db){
        .engine = o->store != NULL ? &pg_engine : &sqlite_engine,
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
    if (!o->read_only)
        db->writer_count = asked(o->writers, db->engine->writers, db->engine->writers_max);
    db->pool_max = asked(o->readers, db->engine->readers, db->engine->readers_max);
    db->writers = db_memory(NULL, db->writer_count, sizeof(*db->writers));
    for (size_t i = 0; i < db->writer_count; i++) {
        db->writers[i] = (struct db_writer){ .db = db };
        pthread_cond_init(&db->writers[i].wake, NULL);
    }
    pthread_mutex_init(&db->mutex, NULL);
    pthread_mutex_init(&db->pool_mutex, NULL);
    pthread_mutex_init(&db->notify_mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&db->pool_returned, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return db;
}

err db_open(const struct db_options *o, struct db **ret, const char **ret_detail)
{
    if (ret_detail != NULL)
        *ret_detail = NULL;
    struct db *db = db_new(o);
    err e = db_folder_open(db, o, ret_detail);
    if (e == OK)
        e = db->engine->open(db, o, ret_detail);
    if (e == OK && (e = db_writers_start(db)) != OK)
        db_detail(ret_detail, "no thread for a writer could be started");
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
    db_writers_stop(db);
    db_pool_close(db);
    db->engine->close(db);
    for (size_t i = 0; i < db->writer_count; i++) {
        db->engine->disconnect(db->writers[i].connection);
        pthread_cond_destroy(&db->writers[i].wake);
    }
    pthread_mutex_destroy(&db->mutex);
    pthread_mutex_destroy(&db->pool_mutex);
    pthread_mutex_destroy(&db->notify_mutex);
    pthread_cond_destroy(&db->pool_returned);
    free(db->writers);
    free(db->folder);
    free(db);
}

int db_schema_known(void)
{
    return db_migration_count > 0 ? db_migrations[db_migration_count - 1].version : 0;
}

err db_schema_judge(const struct db *db, int version, const char **ret_detail)
{
    int known = db_schema_known();
    if (version > known) {
        db_detail(ret_detail, "the data has schema version %d, this program knows up to %d",
                  version, known);
        return ERR_DB_NEWER;
    }
    if (db->read_only && version < known) {
        db_detail(ret_detail, "the data has schema version %d and must be brought to %d first",
                  version, known);
        return ERR_DB_OPEN;
    }
    return OK;
}

err db_copy(struct db *db, const char *path, const char **ret_detail)
{
    if (ret_detail != NULL)
        *ret_detail = NULL;
    return db->engine->copy(db, path, ret_detail);
}

err db_lease(struct db *db, const char *name, bool *ret_mine)
{
    return db->engine->lease(db, name, ret_mine);
}

err db_fault(struct db_connection *c, err e)
{
    if (c->fault == OK)
        c->fault = e;
    return c->fault;
}

bool db_is_late(const struct db_connection *c)
{
    return c->deadline_us != 0 && db_monotonic_us() > c->deadline_us;
}

int64_t db_monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
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

uint64_t tx_reads(const struct tx *tx)
{
    return tx->connection->tables_read;
}

void db_notify(struct db *db, const uint128 *topics, size_t count)
{
    pthread_mutex_lock(&db->notify_mutex);
    if (db->notify != NULL)
        db->notify(db->notify_self, topics, count);
    pthread_mutex_unlock(&db->notify_mutex);
}

void db_notify_stop(struct db *db)
{
    pthread_mutex_lock(&db->notify_mutex);
    db->notify = NULL;
    pthread_mutex_unlock(&db->notify_mutex);
}

void db_versions_raise(struct db *db, uint64_t tables)
{
    for (; tables != 0; tables &= tables - 1)
        atomic_fetch_add(&db->versions[__builtin_ctzll(tables)], 1);
}

void db_versions_get(const struct db *db, struct db_versions *ret)
{
    for (size_t i = 0; i < 64; i++)
        ret->at[i] = atomic_load(&db->versions[i]);
}

bool db_versions_same(const struct db *db, const struct db_versions *then, uint64_t tables)
{
    for (; tables != 0; tables &= tables - 1) {
        int table = __builtin_ctzll(tables);
        if (atomic_load(&db->versions[table]) != then->at[table])
            return false;
    }
    return true;
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
