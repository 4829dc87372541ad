/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* One thread with one connection says on the channel "wesh" what this server's commits changed, and
 * hears what all servers' did: its own come back to it the same way.
 *
 * A payload is words with commas between: ORIGIN,t TABLES,TOPIC,TOPIC…,l LSN (without the blanks) in
 * hexadecimal digits. The tables' versions of this server were raised before; of others' commits
 * they are raised here. A replica must have come as far as LSN before reads are from it. */
#include "db/postgresql/pg.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    PAYLOAD_MAX = 7900, /* PostgreSQL takes less than 8000 bytes; the LSN comes to it */
    TOPIC_CHARS = 33,   /* with its comma */
    PENDING_MAX = 100000,
    HEARD_MAX = PAYLOAD_MAX / TOPIC_CHARS,
    STATEMENT_S = 5,
    RETRY_MS = 500,
    IDLE_MS = 30000 /* then the link is tried, so that a dead one is noticed */
};

struct pg_news {
    struct db *db;
    PGconn *link; /* the thread's, as is all down to the mutex */
    bool was_cut;
    pthread_t thread;
    int wake; /* eventfd */
    char origin[17];

    pthread_mutex_t mutex;
    struct db_topics pending;
    uint64_t pending_tables;
    bool is_stopping, is_overfull;
};

static void poke(struct pg_news *n)
{
    const uint64_t one = 1;
    ssize_t ignored = write(n->wake, &one, sizeof(one));
    (void)ignored; /* a full counter wakes as well */
}

void pg_news_tell(struct db *db, const struct db_topics *topics, uint64_t tables)
{
    const struct pg_store *s = db->engine_data;
    struct pg_news *n = s->news;
    pthread_mutex_lock(&n->mutex);
    struct db_topics *p = &n->pending;
    for (size_t i = 0; i < topics->count && p->count < PENDING_MAX; i++) {
        if (p->count == p->room) {
            p->room = p->room == 0 ? 64 : 2 * p->room;
            p->at = db_memory(p->at, p->room, sizeof(*p->at));
        }
        p->at[p->count++] = topics->at[i];
    }
    n->is_overfull |= p->count == PENDING_MAX;
    n->pending_tables |= tables;
    pthread_mutex_unlock(&n->mutex);
    poke(n);
}

static void missed(struct pg_news *n)
{
    db_versions_raise(n->db, UINT64_MAX);
    db_notify(n->db, NULL, 0);
}

static bool hex_get(const char **at, uint128 *ret)
{
    uint128 v = 0;
    const char *start = *at;
    for (; **at != '\0' && **at != ','; (*at)++) {
        char c = **at;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0 || *at - start >= 32)
            return false;
        v = 16 * v + (unsigned)digit;
    }
    *ret = v;
    return *at > start;
}

/* Whoever may use the database may say anything here, so it is read with care. */
static void hear(struct pg_news *n, const char *payload)
{
    uint128 origin = 0, tables = 0, lsn = 0, topics[HEARD_MAX];
    size_t count = 0;
    bool is_own = strncmp(payload, n->origin, strlen(n->origin)) == 0;
    const char *at = payload;
    if (!hex_get(&at, &origin) || strncmp(at, ",t", 2) != 0)
        return;
    at += 2;
    if (!hex_get(&at, &tables))
        return;
    while (*at == ',' && count < HEARD_MAX) {
        at++;
        bool is_lsn = *at == 'l';
        at += is_lsn ? 1 : 0;
        if (!hex_get(&at, is_lsn ? &lsn : &topics[count]))
            return;
        count += is_lsn ? 0 : 1;
    }
    pg_replica_heard(n->db->engine_data, (uint64_t)lsn);
    if (!is_own)
        db_versions_raise(n->db, (uint64_t)tables);
    if (count > 0)
        db_notify(n->db, topics, count);
}

static bool hear_all(struct pg_news *n)
{
    if (PQconsumeInput(n->link) != 1)
        return false;
    for (PGnotify *heard; (heard = PQnotifies(n->link)) != NULL;) {
        hear(n, heard->extra);
        PQfreemem(heard);
        if (PQconsumeInput(n->link) != 1)
            return false;
    }
    return true;
}

static bool say(struct pg_news *n, const char *sql, const char *payload)
{
    const char *const values[] = { payload };
    PGresult *r = PQexecParams(n->link, sql, payload != NULL ? 1 : 0, NULL, values, NULL, NULL, 0);
    bool is_done = PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    return is_done;
}

static const char said[] = "SELECT pg_notify('wesh', $1 || ',l' || "
                           "to_hex((pg_current_wal_insert_lsn() - '0/0')::bigint))";

static bool say_topics(struct pg_news *n, const struct db_topics *topics, uint64_t tables)
{
    size_t i = 0;
    do {
        char payload[PAYLOAD_MAX + TOPIC_CHARS];
        int length = snprintf(payload, sizeof(payload), "%s,t%" PRIx64, n->origin, tables);
        for (; i < topics->count && length + TOPIC_CHARS < PAYLOAD_MAX; i++)
            length += snprintf(payload + length, sizeof(payload) - (size_t)length,
                               ",%016" PRIx64 "%016" PRIx64, (uint64_t)(topics->at[i] >> 64),
                               (uint64_t)topics->at[i]);
        if (!say(n, said, payload))
            return false;
    } while (i < topics->count);
    return true;
}

/* What can't be said is kept for the next link. */
static bool say_pending(struct pg_news *n)
{
    pthread_mutex_lock(&n->mutex);
    struct db_topics topics = n->pending;
    uint64_t tables = n->is_overfull ? UINT64_MAX : n->pending_tables;
    n->pending = (struct db_topics){ 0 };
    n->pending_tables = 0;
    n->is_overfull = false;
    pthread_mutex_unlock(&n->mutex);
    bool is_said = (topics.count == 0 && tables == 0) || say_topics(n, &topics, tables);
    if (!is_said)
        pg_news_tell(n->db, &topics, tables);
    free(topics.at);
    return is_said;
}

static bool link_up(struct pg_news *n, const char **ret_detail)
{
    const struct pg_store *s = n->db->engine_data;
    if (pg_link_open(s->place, false, STATEMENT_S, &n->link, ret_detail) != OK)
        return false;
    if (say(n, "LISTEN wesh", NULL)) {
        if (n->was_cut)
            missed(n);
        n->was_cut = false;
        return true;
    }
    PQfinish(n->link);
    n->link = NULL;
    return false;
}

static void link_down(struct pg_news *n)
{
    PQfinish(n->link);
    n->link = NULL;
    n->was_cut = true;
}

static void rest(struct pg_news *n)
{
    struct pollfd waits[2] = { { .fd = n->wake, .events = POLLIN },
                               { .fd = n->link != NULL ? PQsocket(n->link) : -1,
                                 .events = POLLIN } };
    uint64_t count;
    int ready = poll(waits, 2, n->link != NULL ? IDLE_MS : RETRY_MS);
    if ((waits[0].revents & POLLIN) != 0 && read(n->wake, &count, sizeof(count)) < 0)
        return;
    if (ready == 0 && n->link != NULL && !say(n, "SELECT 1", NULL))
        link_down(n);
}

static void *news_main(void *self)
{
    struct pg_news *n = self;
    for (;;) {
        pthread_mutex_lock(&n->mutex);
        bool is_stopping = n->is_stopping;
        pthread_mutex_unlock(&n->mutex);
        if (n->link == NULL && !link_up(n, NULL)) {
            if (is_stopping)
                break;
            rest(n);
            continue;
        }
        if (!say_pending(n) || !hear_all(n)) {
            link_down(n);
            continue;
        }
        if (is_stopping)
            break;
        rest(n);
    }
    PQfinish(n->link);
    n->link = NULL;
    return NULL;
}

static void news_free(struct pg_news *n)
{
    PQfinish(n->link);
    if (n->wake >= 0)
        close(n->wake);
    pthread_mutex_destroy(&n->mutex);
    free(n->pending.at);
    free(n);
}

err pg_news_start(struct db *db, const char **ret_detail)
{
    struct pg_store *s = db->engine_data;
    struct pg_news *n = db_memory(NULL, 1, sizeof(*n));
    *n = (struct pg_news){ .db = db, .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    pthread_mutex_init(&n->mutex, NULL);
    uint64_t origin = 0;
    random_system.fill(random_system.self, &origin, sizeof(origin));
    snprintf(n->origin, sizeof(n->origin), "%016" PRIx64, origin);
    /* From before the first read on, so that nothing is missed. */
    bool is_up = n->wake >= 0 && link_up(n, ret_detail);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (is_up && pthread_create(&n->thread, NULL, news_main, n) != 0)
        is_up = false;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!is_up) {
        news_free(n);
        return ERR_DB_OPEN;
    }
    s->news = n;
    return OK;
}

void pg_news_stop(struct db *db)
{
    struct pg_store *s = db->engine_data;
    struct pg_news *n = s->news;
    if (n == NULL)
        return;
    pthread_mutex_lock(&n->mutex);
    n->is_stopping = true;
    pthread_mutex_unlock(&n->mutex);
    poke(n);
    pthread_join(n->thread, NULL);
    news_free(n);
    s->news = NULL;
}
