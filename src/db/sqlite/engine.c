/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/sqlite/sqlite.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

static struct sqlite_connection *own(struct db_connection *c)
{
    return (struct sqlite_connection *)c;
}

static void set_up(void)
{
    /* Its memory statistics cost a lock that all threads share. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static err open_reading(struct db *db, const char **ret_detail)
{
    struct sqlite_connection *c = NULL;
    TRY(sqlite_connection_open(db, false, &c, ret_detail));
    err e = sqlite_schema_check(c, ret_detail);
    if (e == OK)
        e = sqlite_prepare_all(c, ret_detail);
    if (e == OK)
        db->pool = &c->base;
    else
        sqlite_connection_close(c);
    return e;
}

static err open_writing(struct db *db, const char **ret_detail)
{
    struct sqlite_store *s = db->engine_data;
    TRY(sqlite_connection_open(db, true, &s->writer, ret_detail));
    db->writers[0].connection = &s->writer->base;
    TRY(sqlite_migrate(s->writer, db_now(db), ret_detail));
    TRY(sqlite_prepare_all(s->writer, ret_detail));
    sqlite_checkpoint_start(db);
    return OK;
}

static err engine_open(struct db *db, const struct db_options *o, const char **ret_detail)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up);
    struct sqlite_store *s = db_memory(NULL, 1, sizeof(*s));
    *s = (struct sqlite_store){ .lock = -1 };
    db->engine_data = s;
    TRY(sqlite_file_open(db, o, ret_detail));
    if (!db->read_only)
        return open_writing(db, ret_detail);
    return o->copy ? sqlite_copy_open(db, open_reading, ret_detail) : open_reading(db, ret_detail);
}

static void engine_close(struct db *db)
{
    struct sqlite_store *s = db->engine_data;
    if (s == NULL)
        return;
    if (db->writer_count > 0) {
        if (db->writers[0].is_started && !db->is_failed)
            sqlite_checkpoint_last(db);
        sqlite_connection_close(s->writer);
        db->writers[0].connection = NULL;
    }
    if (s->lock >= 0)
        close(s->lock);
    free(s->path);
    free(s);
}

static err lease(struct db *db, const char *name, bool *ret_mine)
{
    (void)db, (void)name;
    *ret_mine = true; /* nobody else has the folder */
    return OK;
}

static void tell(struct db *db, const struct db_topics *topics, uint64_t tables)
{
    (void)tables; /* there is no other process to tell */
    if (topics->count > 0)
        db_notify(db, topics->at, topics->count);
}

static err connect_one(struct db *db, bool writes, struct db_connection **ret)
{
    struct sqlite_connection *c = NULL;
    TRY(sqlite_connection_open(db, writes, &c, NULL));
    *ret = &c->base;
    return OK;
}

static void disconnect(struct db_connection *c)
{
    sqlite_connection_close(own(c));
}

static err run(struct db_connection *c, enum sqlite_command command)
{
    int code = sqlite_command(own(c), command);
    return code == SQLITE_OK ? OK : sqlite_fault(own(c), code);
}

static bool is_idle(struct db_connection *c)
{
    return sqlite3_get_autocommit(own(c)->handle) != 0;
}

static err begin_write(struct db_connection *c)
{
    return run(c, COMMAND_BEGIN_WRITE);
}

static err begin_read(struct db_connection *c, struct db_connection **ret_used)
{
    c->fault = OK;
    *ret_used = c;
    return run(c, COMMAND_BEGIN_READ);
}

static bool end_read(struct db_connection *c)
{
    if (!is_idle(c))
        sqlite_command(own(c), COMMAND_COMMIT);
    return is_idle(c);
}

static enum db_state state(struct db_connection *c)
{
    return is_idle(c) ? DB_STATE_LOST : DB_STATE_FINE;
}

static int64_t changes(struct db_connection *c)
{
    return sqlite3_total_changes64(own(c)->handle);
}

static err savepoint(struct db_connection *c)
{
    return run(c, COMMAND_SAVEPOINT);
}

static err savepoint_end(struct db_connection *c, bool keep)
{
    if (!keep)
        TRY(run(c, COMMAND_SAVEPOINT_ROLLBACK));
    return run(c, COMMAND_SAVEPOINT_RELEASE);
}

static void settle(struct db_connection *c)
{
    (void)c; /* each statement was done when it was run */
}

static void pause_none(struct db_connection *c, int tries)
{
    (void)c, (void)tries;
}

static void rollback(struct db_connection *c)
{
    if (!is_idle(c))
        sqlite_command(own(c), COMMAND_ROLLBACK);
    assert(is_idle(c));
}

/* A group that fails here has no frame in the WAL that counts as a commit: nothing was changed. Any
 * other error may have come after that frame. */
static bool is_surely_not_committed(int code)
{
    int kind = code & 0xff;
    return kind == SQLITE_FULL || kind == SQLITE_BUSY || kind == SQLITE_LOCKED ||
           kind == SQLITE_CONSTRAINT;
}

static enum db_outcome commit(struct db_connection *c)
{
    int code = sqlite_command(own(c), COMMAND_COMMIT);
    if (code == SQLITE_OK)
        return DB_COMMITTED;
    sqlite_fault(own(c), code);
    if (!is_surely_not_committed(code))
        return DB_UNKNOWN;
    rollback(c);
    return DB_ROLLED_BACK;
}

const struct db_engine sqlite_engine = {
    .unknown_is_fatal = true,
    .tries_max = 2,
    .writers = 1,
    .writers_max = 1,
    .open = engine_open,
    .close = engine_close,
    .copy = sqlite_copy,
    .lease = lease,
    .tell = tell,
    .rest_due = sqlite_checkpoint_idle_due,
    .rest = sqlite_checkpoint_idle,
    .after_group = sqlite_checkpoint_loaded,
    .connect = connect_one,
    .disconnect = disconnect,
    .begin_write = begin_write,
    .begin_read = begin_read,
    .end_read = end_read,
    .state = state,
    .changes = changes,
    .savepoint = savepoint,
    .savepoint_end = savepoint_end,
    .settle = settle,
    .commit = commit,
    .rollback = rollback,
    .pause = pause_none,
    .statement_begin = sqlite_statement_begin,
    .bind_id = sqlite_bind_id,
    .bind_int = sqlite_bind_int,
    .bind_text = sqlite_bind_text,
    .bind_bytes = sqlite_bind_bytes,
    .row_next = sqlite_row_next,
    .column_id = sqlite_column_id,
    .column_int = sqlite_column_int,
    .column_text = sqlite_column_text,
    .column_bytes = sqlite_column_bytes,
    .statement_run = sqlite_statement_run,
    .statement_end = sqlite_statement_end,
};
