/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A lease is an advisory lock of a connection that does nothing else: PostgreSQL gives it back when
 * that is cut, so also when this server dies. */
#include "db/postgresql/pg.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 64, STATEMENT_S = 5 };

struct pg_lease {
    pthread_mutex_t mutex;
    PGconn *link;
    char *names[NAMES_MAX]; /* that we hold */
    size_t count;
};

static struct pg_lease *lease_of(struct db *db)
{
    static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
    struct pg_store *s = db->engine_data;
    pthread_mutex_lock(&making);
    if (s->lease == NULL) {
        s->lease = db_memory(NULL, 1, sizeof(*s->lease));
        *s->lease = (struct pg_lease){ 0 };
        pthread_mutex_init(&s->lease->mutex, NULL);
    }
    pthread_mutex_unlock(&making);
    return s->lease;
}

static void drop(struct pg_lease *l)
{
    PQfinish(l->link);
    l->link = NULL;
    while (l->count > 0)
        free(l->names[--l->count]);
}

static bool is_held(const struct pg_lease *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->names[i], name) == 0)
            return true;
    }
    return false;
}

/* One row with a bool; anything else means that the link is of no more use. */
static bool ask(struct pg_lease *l, const char *sql, const char *name, bool *ret_yes)
{
    const char *const values[] = { name };
    PGresult *r = PQexecParams(l->link, sql, 1, NULL, values, NULL, NULL, 0);
    bool is_answered = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1;
    if (is_answered)
        *ret_yes = PQgetvalue(r, 0, 0)[0] == 't';
    PQclear(r);
    return is_answered;
}

static err lease_ask(struct db *db, struct pg_lease *l, const char *name, bool *ret_mine)
{
    /* As long as the link answers, what it holds is held. */
    static const char still[] = "SELECT $1::text IS NOT NULL";
    static const char try_it[] = "SELECT pg_try_advisory_lock(1464161096, "
                                 "hashtext(current_schema() || ' job ' || $1))";
    const struct pg_store *s = db->engine_data;
    if (l->link != NULL && is_held(l, name) && ask(l, still, name, ret_mine))
        return OK;
    if (l->link != NULL && (PQstatus(l->link) != CONNECTION_OK || is_held(l, name)))
        drop(l);
    if (l->link == NULL)
        TRY(pg_link_open(s->place, false, STATEMENT_S, &l->link, NULL));
    if (!ask(l, try_it, name, ret_mine)) {
        drop(l);
        return ERR_BUSY;
    }
    if (*ret_mine && l->count < NAMES_MAX) {
        char *kept = strdup(name);
        if (kept == NULL)
            abort();
        l->names[l->count++] = kept;
    }
    return OK;
}

err pg_lease(struct db *db, const char *name, bool *ret_mine)
{
    struct pg_lease *l = lease_of(db);
    bool mine = false;
    pthread_mutex_lock(&l->mutex);
    err e = lease_ask(db, l, name, &mine);
    pthread_mutex_unlock(&l->mutex);
    if (e == OK)
        *ret_mine = mine;
    return e;
}

void pg_lease_close(struct db *db)
{
    struct pg_store *s = db->engine_data;
    if (s->lease == NULL)
        return;
    if (s->lease->link != NULL) /* at once, not when the server sees that we are gone */
        PQclear(PQexec(s->lease->link, "SELECT pg_advisory_unlock_all()"));
    drop(s->lease);
    pthread_mutex_destroy(&s->lease->mutex);
    free(s->lease);
    s->lease = NULL;
}
