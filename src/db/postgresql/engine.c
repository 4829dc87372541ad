/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/postgresql/pg.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WAIT_S = 30,     /* at start, and for a write: a failover takes about that long */
    READ_WAIT_S = 2, /* for a read: who waits for it holds a worker */
    PAUSE_MS = 5,    /* about, after the first deadlock; doubled each time */
    TRIES = 6,
    WRITERS = 4,
    READERS = 8,
    CONNECTIONS_MAX = 64
};

static struct pg_connection *own(struct db_connection *c)
{
    return (struct pg_connection *)c;
}

static char *copied(const char *text)
{
    char *copy = text != NULL ? strdup(text) : NULL;
    if (text != NULL && copy == NULL)
        abort();
    return copy;
}

static err engine_open(struct db *db, const struct db_options *o, const char **ret_detail)
{
    struct pg_store *s = db_memory(NULL, 1, sizeof(*s));
    *s = (struct pg_store){ .place = copied(o->store), .replica = copied(o->replica) };
    db->engine_data = s;
    struct pg_connection *c = pg_connection_new(db, !db->read_only);
    if (db->read_only)
        db->pool = &c->base;
    else
        db->writers[0].connection = &c->base;
    TRY(pg_first_link(c, o->store_wait_s != 0 ? o->store_wait_s : WAIT_S, ret_detail));
    TRY(pg_migrate(c, o->create, ret_detail));
    TRY(pg_prepare_all(c, ret_detail));
    return db->read_only ? OK : pg_news_start(db, ret_detail);
}

static void engine_close(struct db *db)
{
    struct pg_store *s = db->engine_data;
    if (s == NULL)
        return;
    pg_news_stop(db);
    pg_lease_close(db);
    free(s->place);
    free(s->replica);
    free(s);
    db->engine_data = NULL;
}

static err copy(struct db *db, const char *path, const char **ret_detail)
{
    (void)db, (void)path;
    db_detail(ret_detail, "a copy of a PostgreSQL database is made with pg_dump");
    return ERR_DB_OPEN;
}

static err connect_one(struct db *db, bool writes, struct db_connection **ret)
{
    const struct pg_store *s = db->engine_data;
    struct pg_connection *c = pg_connection_new(db, writes);
    if (!writes && s->replica != NULL) {
        c->replica = pg_connection_new(db, false);
        c->replica->is_replica = true;
    }
    *ret = &c->base;
    return OK;
}

static void disconnect(struct db_connection *c)
{
    pg_connection_free(own(c));
}

static err begin(struct pg_connection *c, const char *sql, int64_t wait_s)
{
    if (pg_ready(c, wait_s) != OK)
        return db_fault(&c->base, ERR_BUSY);
    c->in_transaction = true;
    return pg_queue(c, sql) ? OK : db_fault(&c->base, ERR_BUSY);
}

static err begin_write(struct db_connection *c)
{
    return begin(own(c), "BEGIN ISOLATION LEVEL READ COMMITTED", WAIT_S);
}

static err begin_read(struct db_connection *c, struct db_connection **ret_used)
{
    if (own(c)->replica != NULL && pg_replica_begin(own(c)->replica)) {
        *ret_used = &own(c)->replica->base;
        return OK;
    }
    *ret_used = c;
    return begin(own(c), "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", READ_WAIT_S);
}

/* The server's answer is waited for only when the connection is next used. */
static bool end_read(struct db_connection *base)
{
    struct pg_connection *c = own(base);
    if (c->replica != NULL)
        end_read(&c->replica->base);
    if (c->link == NULL || !c->in_transaction)
        return true;
    c->in_transaction = false;
    if (c->is_gone) {
        pg_connection_cut(c);
        return true;
    }
    c->trouble = PG_FINE;
    pg_queue(c, "COMMIT");
    pg_sync_send(c);
    return true;
}

static enum db_state state(struct db_connection *base)
{
    const struct pg_connection *c = own(base);
    if (c->is_gone || c->trouble == PG_AGAIN)
        return DB_STATE_LOST;
    return c->trouble == PG_FINE ? DB_STATE_FINE : DB_STATE_BROKEN;
}

static int64_t changes(struct db_connection *c)
{
    return own(c)->changes;
}

static err result_of(struct pg_connection *c, bool ok)
{
    return ok ? OK : db_fault(&c->base, c->trouble_err);
}

static err savepoint(struct db_connection *c)
{
    return result_of(own(c), pg_queue(own(c), "SAVEPOINT job"));
}

static err savepoint_end(struct db_connection *base, bool keep)
{
    struct pg_connection *c = own(base);
    if (keep)
        return result_of(c, pg_queue(c, "RELEASE job"));
    c->trouble = PG_FINE;
    pg_queue(c, "ROLLBACK TO job");
    pg_queue(c, "RELEASE job");
    return result_of(c, pg_sync(c, NULL));
}

static void settle(struct db_connection *base)
{
    struct pg_connection *c = own(base);
    if (c->owed > 0 && c->trouble == PG_FINE)
        pg_sync(c, NULL);
}

static void rollback(struct db_connection *base)
{
    struct pg_connection *c = own(base);
    if (c->link == NULL)
        return;
    if (c->owed > 0 && !c->is_gone)
        pg_sync(c, NULL);
    c->trouble = PG_FINE;
    if (c->is_gone || !pg_queue(c, "ROLLBACK") || !pg_sync(c, NULL))
        pg_connection_cut(c);
    c->in_transaction = false;
}

/* The answer to COMMIT says how it ended. No answer, and nobody knows: an error before it would
 * have come first. */
static enum db_outcome commit(struct db_connection *base)
{
    struct pg_connection *c = own(base);
    PGresult *r = NULL;
    if (!pg_queue(c, "COMMIT")) {
        bool is_refused = c->trouble == PG_REFUSED;
        rollback(base);
        return is_refused ? DB_WROTE_THEN_FAILED : DB_LOST;
    }
    if (pg_sync(c, &r)) {
        bool is_done = strcmp(PQcmdStatus(r), "COMMIT") == 0;
        PQclear(r);
        c->in_transaction = false;
        if (!is_done)
            db_fault(base, ERR_DATABASE);
        else
            pg_replica_commit(c);
        return is_done ? DB_COMMITTED : DB_ROLLED_BACK;
    }
    enum pg_trouble trouble = c->trouble;
    rollback(base);
    if (trouble == PG_GONE)
        return DB_UNKNOWN;
    return trouble == PG_AGAIN ? DB_LOST : DB_WROTE_THEN_FAILED;
}

/* So that those who met don't meet again. */
static void pause_before(struct db_connection *c, int tries)
{
    uint32_t chance;
    c->db->random->fill(c->db->random->self, &chance, sizeof(chance));
    int64_t us = (int64_t)(chance % (PAUSE_MS * 1000)) << (tries < 5 ? tries : 5);
    struct timespec t = { us / SECOND_US, us % SECOND_US * 1000 };
    nanosleep(&t, NULL);
}

const struct db_engine pg_engine = {
    .tries_max = TRIES,
    .tries_singly = true,
    .writers = WRITERS,
    .readers = READERS,
    .writers_max = CONNECTIONS_MAX,
    .readers_max = CONNECTIONS_MAX,
    .open = engine_open,
    .close = engine_close,
    .copy = copy,
    .lease = pg_lease,
    .tell = pg_news_tell,
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
    .pause = pause_before,
    .statement_begin = pg_statement_begin,
    .bind_id = pg_bind_id,
    .bind_int = pg_bind_int,
    .bind_text = pg_bind_text,
    .bind_bytes = pg_bind_bytes,
    .row_next = pg_row_next,
    .column_id = pg_column_id,
    .column_int = pg_column_int,
    .column_text = pg_column_text,
    .column_bytes = pg_column_bytes,
    .statement_run = pg_statement_run,
    .statement_end = pg_statement_end,
};
