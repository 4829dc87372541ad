/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The server ends in the middle, or the connection is cut at any byte: what was promised is there,
 * what was refused is not, and of what is unknown either is right. */
#include "db/testing.h"

#include "db/postgresql/pg.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>

/* A proxy that passes bytes on, and cuts the connection once so many have passed. */

enum { LINKS_MAX = 64, NEVER = 1 << 30 };

static struct proxy {
    int listener, port, server_port;
    int ends[LINKS_MAX][2]; /* the program's and the server's; -1: free */
    pthread_t thread;
    _Atomic int left;                  /* bytes, both ways; at 0 it cuts, once */
    _Atomic bool is_stopping, is_shut; /* shut: takes no new ones */
} proxy;

static int listener_make(int *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(at);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static void link_cut(int i)
{
    close(proxy.ends[i][0]);
    close(proxy.ends[i][1]);
    proxy.ends[i][0] = -1;
}

static void link_accept(void)
{
    int fd = accept4(proxy.listener, NULL, NULL, SOCK_CLOEXEC);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)proxy.server_port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int i = 0;
    while (i < LINKS_MAX && proxy.ends[i][0] >= 0)
        i++;
    if (proxy.is_shut || i == LINKS_MAX ||
        connect(server, (struct sockaddr *)&at, sizeof(at)) != 0) {
        close(fd);
        close(server);
        return;
    }
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    proxy.ends[i][0] = fd;
    proxy.ends[i][1] = server;
}

static void pass(int i, int from)
{
    char bytes[16384];
    ssize_t got = recv(proxy.ends[i][from], bytes, sizeof(bytes), 0);
    if (got <= 0) {
        link_cut(i);
        return;
    }
    int left = proxy.left, passed = got < left ? (int)got : left;
    if (send(proxy.ends[i][1 - from], bytes, (size_t)passed, MSG_NOSIGNAL) != passed) {
        link_cut(i);
        return;
    }
    if (left == NEVER)
        return;
    proxy.left = left - passed;
    if (passed == left) {
        usleep(2000); /* what was passed is worked on before the end is seen */
        link_cut(i);
        proxy.left = NEVER;
    }
}

static void *proxy_main(void *self)
{
    while (!proxy.is_stopping) {
        struct pollfd waits[1 + 2 * LINKS_MAX];
        waits[0] = (struct pollfd){ .fd = proxy.listener, .events = POLLIN };
        for (int i = 0; i < LINKS_MAX; i++) {
            bool is_free = proxy.ends[i][0] < 0;
            for (int end = 0; end < 2; end++)
                waits[1 + 2 * i + end] =
                    (struct pollfd){ .fd = is_free ? -1 : proxy.ends[i][end], .events = POLLIN };
        }
        if (poll(waits, 1 + 2 * LINKS_MAX, 50) <= 0)
            continue;
        for (int i = 0; i < 2 * LINKS_MAX; i++) {
            if (waits[1 + i].revents != 0 && proxy.ends[i / 2][0] >= 0)
                pass(i / 2, i % 2);
        }
        if (waits[0].revents != 0)
            link_accept();
    }
    for (int i = 0; i < LINKS_MAX; i++) {
        if (proxy.ends[i][0] >= 0)
            link_cut(i);
    }
    return self;
}

/* Gives the connection string of the folder's store through the proxy. */
static void proxy_start(const char *store, char *ret_place, size_t room)
{
    const char *colon = strrchr(testing_server()->place, ':');
    int64_t port = 0;
    struct text digits = text_of(colon + 1);
    digits.len--; /* its slash */
    assert_int_equal(text_int(digits, &port), OK);
    proxy.server_port = (int)port;
    proxy.listener = listener_make(&proxy.port);
    proxy.left = NEVER;
    proxy.is_stopping = false;
    for (int i = 0; i < LINKS_MAX; i++)
        proxy.ends[i][0] = -1;
    snprintf(ret_place, room, "postgresql://postgres@127.0.0.1:%d%s", proxy.port,
             strrchr(store, '/'));
    assert_int_equal(pthread_create(&proxy.thread, NULL, proxy_main, NULL), 0);
}

static void proxy_stop(void)
{
    proxy.is_stopping = true;
    pthread_join(proxy.thread, NULL);
    close(proxy.listener);
}

static struct db *open_through(const char *folder, const char *place)
{
    struct db *db = NULL;
    const char *detail = NULL;
    struct db_options o = { .folder = folder, .store = place, .create = true, .writers = 1 };
    err e = db_open(&o, &db, &detail);
    if (e != OK)
        print_error("%s\n", detail);
    assert_int_equal(e, OK);
    return db;
}

static err add_both(struct tx *tx, void *work)
{
    TRY(testing_add(tx, work));
    struct addition other = *(struct addition *)work;
    other.counter = "other";
    return testing_add(tx, &other);
}

/* One change for each place at which the connection can be cut, until none is. */
static void test_cut_at_every_byte(void **state)
{
    (void)state;
    enum { STEP = 7 };
    char folder[64], store[512], place[256];
    strcpy(folder, testing_folder());
    strcpy(store, testing_store(folder));
    proxy_start(store, place, sizeof(place));
    struct db *db = open_through(folder, place);
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_apply(db, a, add_both, &(struct addition){ .counter = "n" }), OK);
    int results[3] = { 0 }, cuts = 0;
    int64_t value = 0;
    for (int at = 1; cuts >= 0; at += STEP) {
        /* A warm connection, as the one before was cut; the news' one is quiet. */
        assert_int_equal(db_apply(db, a, add_both, &(struct addition){ .counter = "n" }), OK);
        usleep(3000);
        proxy.left = at;
        err e = db_apply(db, a, add_both, &(struct addition){ .counter = "n", .by = 1 });
        usleep(3000);
        bool was_cut = proxy.left == NEVER;
        proxy.left = NEVER;
        int64_t now = testing_value(db, "n");
        assert_int_equal(testing_value(db, "other"), now);
        if (e == OK)
            assert_int_equal(now, value + 1);
        else if (e == ERR_UNKNOWN_OUTCOME)
            assert_in_range(now, value, value + 1);
        else
            assert_int_equal(e, ERR_BUSY);
        if (e == ERR_BUSY)
            assert_int_equal(now, value);
        results[e == OK ? 0 : e == ERR_UNKNOWN_OUTCOME ? 1 : 2]++;
        value = now;
        cuts = was_cut ? cuts + 1 : -cuts;
        arena_reset(a);
    }
    print_message("%d cuts: %d done, %d unknown, %d refused\n", -cuts, results[0], results[1],
                  results[2]);
    assert_true(-cuts > 20 && results[1] > 0 && results[0] > 10);
    db_close(db);
    proxy_stop();
    arena_free(a);
    testing_folder_remove(folder);
}

/* The same for reads: right, or "ask again". */
static void test_cut_read(void **state)
{
    (void)state;
    enum { STEP = 11 };
    char folder[64], store[512], place[256];
    strcpy(folder, testing_folder());
    strcpy(store, testing_store(folder));
    proxy_start(store, place, sizeof(place));
    struct db *db = open_through(folder, place);
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_apply(db, a, testing_add, &(struct addition){ .counter = "n", .by = 5 }),
                     OK);
    bool was_cut = true;
    for (int at = 1; was_cut; at += STEP) {
        assert_int_equal(testing_value(db, "n"), 5);
        usleep(3000);
        struct counter_read w = { .counter = "n" };
        proxy.left = at;
        err e = db_read(db, a, testing_counter_read, &w);
        usleep(3000);
        was_cut = proxy.left == NEVER;
        proxy.left = NEVER;
        assert_true(e == OK || e == ERR_BUSY);
        if (e == OK)
            assert_int_equal(w.value, 5);
        arena_reset(a);
    }
    db_close(db);
    proxy_stop();
    arena_free(a);
    testing_folder_remove(folder);
}

/* Load from many threads while the server crashes again and again */

struct loader {
    struct db *db;
    int number, done, unknown, refused;
    const atomic_bool *stop;
    struct {
        err result;
    } marks[20000];
    int count;
};

struct marking {
    char key[32];
};

static err mark(struct tx *tx, void *work)
{
    struct marking *m = work;
    int64_t count = 0;
    TRY(testing_counter(tx, "count", &count));
    TRY(sql_setting_put(tx, text_of(m->key), TEXT("1")));
    return sql_setting_put(tx, TEXT("count"),
                           text_format(tx->arena, "%lld", (long long)(count + 1)));
}

static void *load(void *self)
{
    struct loader *l = self;
    struct arena *a = arena_new(1 << 20);
    while (!atomic_load(l->stop) && l->count < 20000) {
        struct marking m;
        snprintf(m.key, sizeof(m.key), "%d-%d", l->number, l->count);
        l->marks[l->count++].result = db_apply(l->db, a, mark, &m);
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static err loader_check(struct tx *tx, void *work)
{
    struct loader *l = work;
    for (int i = 0; i < l->count; i++) {
        char key[32];
        int64_t there = 0;
        snprintf(key, sizeof(key), "%d-%d", l->number, i);
        TRY(testing_counter(tx, key, &there));
        err e = l->marks[i].result;
        if (e == OK)
            assert_int_equal(there, 1);
        else if (e == ERR_BUSY)
            assert_int_equal(there, 0);
        else
            assert_int_equal(e, ERR_UNKNOWN_OUTCOME);
        l->done += there == 1;
        l->unknown += e == ERR_UNKNOWN_OUTCOME;
        l->refused += e == ERR_BUSY;
    }
    return OK;
}

static void test_restart_under_load(void **state)
{
    (void)state;
    enum { LOADERS = 8, CRASHES = 3 };
    char folder[64], store[512];
    strcpy(folder, testing_folder());
    strcpy(store, testing_store(folder));
    struct db *db =
        testing_open(&(struct db_options){ .folder = folder, .create = true, .writers = 4 });
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_apply(db, a, testing_add, &(struct addition){ .counter = "count" }), OK);
    static struct loader loaders[LOADERS];
    pthread_t threads[LOADERS];
    atomic_bool stop = false;
    for (int i = 0; i < LOADERS; i++) {
        loaders[i] = (struct loader){ .db = db, .number = i, .stop = &stop };
        assert_int_equal(pthread_create(&threads[i], NULL, load, &loaders[i]), 0);
    }
    for (int i = 0; i < CRASHES; i++) {
        usleep(300 * 1000);
        assert_true(testing_server_script("restart", i == 1 ? "1" : "0", NULL, 0));
    }
    usleep(300 * 1000);
    atomic_store(&stop, true);
    int64_t done = 0;
    int all = 0, unknown = 0, refused = 0;
    for (int i = 0; i < LOADERS; i++)
        pthread_join(threads[i], NULL);
    db_close(db);
    db = testing_open(&(struct db_options){ .folder = folder, .read_only = true });
    for (int i = 0; i < LOADERS; i++) {
        assert_int_equal(db_read(db, a, loader_check, &loaders[i]), OK);
        arena_reset(a);
        done += loaders[i].done;
        all += loaders[i].count;
        unknown += loaders[i].unknown;
        refused += loaders[i].refused;
    }
    print_message("%d changes: %d there, %d unknown, %d refused\n", all, (int)done, unknown,
                  refused);
    assert_true(done > 100);
    assert_int_equal(testing_value(db, "count"), done);
    db_close(db);
    arena_free(a);
    testing_folder_remove(folder);
}

/* Away for long: reads say so within their time, writes that are refused are not done later. */
static void test_server_away(void **state)
{
    (void)state;
    char folder[64], store[512], place[256];
    strcpy(folder, testing_folder());
    strcpy(store, testing_store(folder));
    proxy_start(store, place, sizeof(place));
    struct db *db = open_through(folder, place);
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_apply(db, a, testing_add, &(struct addition){ .counter = "n", .by = 1 }),
                     OK);
    proxy.is_shut = true;
    proxy.left = 1;
    struct counter_read w = { .counter = "n" };
    int64_t began = db_monotonic_us();
    assert_int_equal(db_read(db, a, testing_counter_read, &w), ERR_BUSY);
    assert_int_equal(db_read(db, a, testing_counter_read, &w), ERR_BUSY);
    assert_true(db_monotonic_us() - began < 8 * SECOND_US);
    bool mine = false;
    assert_int_equal(db_lease(db, "x", &mine), ERR_BUSY);
    assert_false(mine);
    proxy.is_shut = false;
    assert_int_equal(db_apply(db, a, testing_add, &(struct addition){ .counter = "n", .by = 1 }),
                     OK);
    assert_int_equal(testing_value(db, "n"), 2);
    db_close(db);
    proxy_stop();

    struct db_options o = { .folder = folder, .store = place, .store_wait_s = 1 };
    const char *detail = NULL;
    assert_int_equal(db_open(&o, &db, &detail), ERR_DB_OPEN);
    assert_non_null(detail);
    arena_free(a);
    testing_folder_remove(folder);
}

/* Reads come from a standby while that has what was written, else from the primary. */

static err place_ask(struct tx *tx, void *work)
{
    const struct pg_connection *c = (const struct pg_connection *)tx->connection;
    *(bool *)work = c->is_replica;
    int64_t value = 0;
    return testing_counter(tx, "n", &value);
}

static bool read_is_from_replica(struct db *db, struct arena *a)
{
    bool is_replica = false;
    assert_int_equal(db_read(db, a, place_ask, &is_replica), OK);
    return is_replica;
}

static void test_replica(void **state)
{
    (void)state;
    char folder[64], store[512], replica[512], place[256];
    strcpy(folder, testing_folder());
    strcpy(store, testing_store(folder));
    assert_true(testing_server_script("standby", "replica", place, sizeof(place)));
    snprintf(replica, sizeof(replica), "%s%s", place, strrchr(store, '/') + 1);
    struct db_options o = { .folder = folder, .store = store, .replica = replica, .create = true };
    struct db *db = NULL;
    assert_int_equal(db_open(&o, &db, NULL), OK);
    struct arena *a = arena_new(1 << 20);
    int from_replica = 0;
    for (int64_t i = 1; i <= 200; i++) {
        assert_int_equal(
            db_apply(db, a, testing_add, &(struct addition){ .counter = "n", .by = 1 }), OK);
        assert_int_equal(testing_value(db, "n"), i); /* who wrote it sees it */
        if (i % 20 == 0)
            usleep(20 * 1000);
        from_replica += read_is_from_replica(db, a);
        arena_reset(a);
    }
    assert_true(from_replica > 0);

    testing_sql_at(replica, "SELECT pg_wal_replay_pause()");
    assert_int_equal(db_apply(db, a, testing_add, &(struct addition){ .counter = "n", .by = 1 }),
                     OK);
    assert_int_equal(testing_value(db, "n"), 201);
    assert_false(read_is_from_replica(db, a));
    testing_sql_at(replica, "SELECT pg_wal_replay_resume()");
    for (int i = 0; i < 100 && !read_is_from_replica(db, a); i++)
        usleep(50 * 1000);
    assert_true(read_is_from_replica(db, a));

    char standby[96];
    snprintf(standby, sizeof(standby), "%s", testing_server()->folder);
    strcat(testing_server()->folder, "-replica");
    assert_true(testing_server_script("stop", "", NULL, 0));
    strcpy(testing_server()->folder, standby);
    struct counter_read w = { .counter = "n" };
    err e = db_read(db, a, testing_counter_read, &w);
    assert_true(e == OK || e == ERR_BUSY);
    assert_int_equal(testing_value(db, "n"), 201);
    assert_false(read_is_from_replica(db, a));
    db_close(db);
    arena_free(a);
    testing_folder_remove(folder);
}

int main(void)
{
    unsetenv("WESH_TEST_POSTGRESQL"); /* it is not ours to crash */
    const struct CMUnitTest tests[] = {
        ON_POSTGRESQL(test_cut_at_every_byte),  ON_POSTGRESQL(test_cut_read),
        ON_POSTGRESQL(test_server_away),        ON_POSTGRESQL(test_replica),
        ON_POSTGRESQL(test_restart_under_load),
    };
    return cmocka_run_group_tests(tests, NULL, testing_store_end);
}
