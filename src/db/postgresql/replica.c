/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Reads from a standby. Who has just changed something must see it, so a standby serves a read only
 * when it has replayed all commits of this server, and those of others that it has told us of. */
#include "db/postgresql/pg.h"

#include <inttypes.h>
#include <stdio.h>

enum { RETRY_US = SECOND_US }; /* of a standby that is away */

void pg_replica_heard(struct pg_store *s, uint64_t lsn)
{
    uint64_t latest = atomic_load(&s->commit_lsn);
    while (latest < lsn && !atomic_compare_exchange_weak(&s->commit_lsn, &latest, lsn))
        continue;
}

void pg_replica_commit(struct pg_connection *c)
{
    struct pg_store *s = c->base.db->engine_data;
    PGresult *r = NULL;
    int64_t lsn = 0;
    if (s->replica == NULL)
        return;
    pg_queue(c, "SELECT (pg_current_wal_insert_lsn() - '0/0')::text");
    bool is_told = pg_sync(c, &r) && text_int(text_of(PQgetvalue(r, 0, 0)), &lsn) == OK;
    PQclear(r);
    if (!is_told) {
        /* It is committed all the same. */
        atomic_store(&s->commit_lsn, UINT64_MAX);
        c->base.fault = OK;
        return;
    }
    uint64_t unknown = UINT64_MAX; /* what was not told then was before this */
    atomic_compare_exchange_strong(&s->commit_lsn, &unknown, (uint64_t)lsn);
    pg_replica_heard(s, (uint64_t)lsn);
}

/* Asked before the snapshot is taken, which is then at least as new. */
static bool is_up_to_date(struct pg_connection *c, uint64_t lsn)
{
    char ask[160];
    snprintf(
        ask, sizeof(ask),
        "SELECT (coalesce(pg_last_wal_replay_lsn(), pg_current_wal_lsn()) - '0/0') >= %" PRIu64,
        lsn);
    PGresult *r = NULL;
    pg_queue(c, ask);
    bool is_there = pg_sync(c, &r) && PQntuples(r) == 1 && PQgetlength(r, 0, 0) == 1 &&
                    PQgetvalue(r, 0, 0)[0] != 0;
    PQclear(r);
    return is_there;
}

bool pg_replica_begin(struct pg_connection *c)
{
    struct pg_store *s = c->base.db->engine_data;
    uint64_t lsn = atomic_load(&s->commit_lsn);
    int64_t now = db_monotonic_us();
    if (lsn == UINT64_MAX || (c->link == NULL && now < c->retry_us))
        return false;
    if (pg_ready(c, 0) == OK && is_up_to_date(c, lsn) &&
        pg_queue(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")) {
        c->in_transaction = true;
        return true;
    }
    if (c->link == NULL || c->is_gone)
        c->retry_us = now + RETRY_US;
    return false;
}
