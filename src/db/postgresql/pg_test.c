/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What only the PostgreSQL engine does: opening, several writers, several servers. */
#include "db/testing.h"

#include "db/postgresql/pg.h"

#include <time.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct db_options options_of(const char *folder, const char *store)
{
    return (
        struct db_options){ .folder = folder, .store = store, .create = true, .store_wait_s = 1 };
}

static void refused(const struct db_options *o, err expected, const char *part)
{
    struct db *db = NULL;
    const char *detail = NULL;
    int64_t began = db_monotonic_us();
    err e = db_open(o, &db, &detail);
    if (e != expected || detail == NULL || strstr(detail, part) == NULL)
        print_error("%s: %s\n", err_info(e)->name, detail != NULL ? detail : "no detail");
    assert_int_equal(e, expected);
    assert_non_null(detail);
    assert_non_null(strstr(detail, part));
    assert_true(db_monotonic_us() - began < 5 * SECOND_US);
}

static void test_open_refuses(void **state)
{
    (void)state;
    char folder[64], store[512];
    strcpy(folder, testing_folder());
    static const struct {
        const char *store, *part;
    } wrong[] = {
        { "postgresql://[::1", "can't be read" },
        { "postgresql://u:secret@h:port/d", "port" },
        { "postgresql://127.0.0.1:1/wesh", "refused" },
        { "postgresql:///wesh?host=/nowhere", "/nowhere" },
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct db_options o = options_of(folder, wrong[i].store);
        struct db *db = NULL;
        const char *detail = NULL;
        refused(&o, ERR_DB_OPEN, wrong[i].part);
        assert_int_equal(db_open(&o, &db, &detail), ERR_DB_OPEN);
        assert_null(strstr(detail, "secret"));
    }
    snprintf(store, sizeof(store), "%snot_there", testing_server()->place);
    struct db_options o = options_of(folder, store);
    refused(&o, ERR_DB_OPEN, "\"not_there\" does not exist");
    o.store = testing_place("not_there");
    refused(&o, ERR_DB_OPEN, "search_path");

    strcpy(store, testing_store(folder));
    o.store = store;
    o.create = false;
    refused(&o, ERR_DB_OPEN, "no WESH data");
    o.read_only = true;
    refused(&o, ERR_DB_OPEN, "no WESH data");
    o.create = true;
    o.read_only = false;
    testing_sql_at(store, "CREATE TABLE somebody_elses (a int)");
    refused(&o, ERR_DB_OPEN, "another program");
    testing_sql_at(store, "DROP TABLE somebody_elses");

    pg_version_min = 990000;
    refused(&o, ERR_DB_OPEN, "too old: 99 or newer");
    pg_version_min = 150000;
    db_close(testing_open(&o));
    testing_sql_at(store, "INSERT INTO schema_version VALUES (9999, 'from_the_future', 0)");
    refused(&o, ERR_DB_NEWER, "9999");
    testing_sql_at(store, "DELETE FROM schema_version WHERE version = 9999");
    testing_sql_at(store, "DROP TABLE setting");
    refused(&o, ERR_DB_OPEN, "statement setting_");
    testing_folder_remove(folder);
}

/* Errors that the server may give at any time, here by a trigger. */
static void errors_put(const char *store, const char *code)
{
    char sql[512];
    snprintf(sql, sizeof(sql),
             "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
             "$$BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '%s'; END$$;"
             "CREATE OR REPLACE TRIGGER fails BEFORE INSERT OR UPDATE ON setting FOR EACH ROW "
             "WHEN (NEW.name = 'bad') EXECUTE FUNCTION fail()",
             code);
    testing_sql_at(store, sql);
}

/* In one group: the one that meets the error has it, the others are done all the same. */
static void test_errors_of_the_server(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        err expected;
    } cases[] = {
        { "53100", ERR_DISK_FULL }, { "57014", ERR_BUSY },     { "40001", ERR_BUSY },
        { "40P01", ERR_BUSY },      { "23514", ERR_DATABASE }, { "22000", ERR_DATABASE },
    };
    char folder[64], store[512];
    strcpy(folder, testing_folder());
    strcpy(store, testing_store(folder));
    struct db *db = testing_open(&(struct db_options){ .folder = folder, .create = true });
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        errors_put(store, cases[i].code);
        struct testing_gate gate;
        struct testing_job jobs[3];
        sem_t done;
        sem_init(&done, 0, 0);
        testing_gate_shut(&gate, db);
        for (size_t j = 0; j < COUNT_OF(jobs); j++) {
            testing_job_set(&jobs[j], &done,
                            (struct addition){ .counter = j == 1 ? "bad" : "good", .by = 1 });
            assert_int_equal(db_submit(db, &jobs[j].job), OK);
        }
        sem_post(&gate.open);
        testing_wait(&done, COUNT_OF(jobs));
        assert_int_equal(jobs[0].result, OK);
        assert_int_equal(jobs[1].result, cases[i].expected);
        assert_int_equal(jobs[2].result, OK);
        assert_int_equal(testing_value(db, "good"), 2 * (int64_t)(i + 1));
        assert_int_equal(testing_value(db, "bad"), 0);
        testing_jobs_free(jobs, COUNT_OF(jobs));
        testing_jobs_free(&gate.job, 1);
    }
    db_close(db);
    testing_folder_remove(folder);
}

/* Two that lock the same two rows in turn, the other way round. */
struct crossing {
    const char *first, *second;
    sem_t *mine, *others, *entered;
    int runs;
};

static err cross(struct tx *tx, void *work)
{
    struct crossing *w = work;
    int64_t a, b;
    TRY(testing_counter(tx, w->first, &a));
    if (w->runs++ == 0) {
        sem_post(w->others);
        sem_post(w->entered);
        while (sem_wait(w->mine) != 0)
            continue;
    }
    TRY(testing_counter(tx, w->second, &b));
    TRY(sql_setting_put(tx, text_of(w->first), text_format(tx->arena, "%d", (int)a + 1)));
    return sql_setting_put(tx, text_of(w->second), text_format(tx->arena, "%d", (int)b + 1));
}

static void test_deadlock(void **state)
{
    (void)state;
    char *folder = testing_folder();
    struct db *db =
        testing_open(&(struct db_options){ .folder = folder, .create = true, .writers = 2 });
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_apply(db, a, testing_add, &(struct addition){ .counter = "a" }), OK);
    assert_int_equal(db_apply(db, a, testing_add, &(struct addition){ .counter = "b" }), OK);
    sem_t one, two, entered, done;
    sem_init(&entered, 0, 0);
    sem_init(&one, 0, 0);
    sem_init(&two, 0, 0);
    sem_init(&done, 0, 0);
    struct crossing crossings[2] = { { "a", "b", &one, &two, &entered, 0 },
                                     { "b", "a", &two, &one, &entered, 0 } };
    struct testing_job jobs[2];
    for (int i = 0; i < 2; i++) {
        testing_job_set(&jobs[i], &done, (struct addition){ 0 });
        jobs[i].job.apply = cross;
        jobs[i].job.work = &crossings[i];
        assert_int_equal(db_submit(db, &jobs[i].job), OK);
        testing_wait(&entered, 1); /* so that the second can't come into its group */
    }
    testing_wait(&done, 2);
    assert_int_equal(jobs[0].result, OK);
    assert_int_equal(jobs[1].result, OK);
    assert_true(crossings[0].runs + crossings[1].runs > 2);
    assert_int_equal(testing_value(db, "a"), 2);
    assert_int_equal(testing_value(db, "b"), 2);
    testing_jobs_free(jobs, 2);
    arena_free(a);
    db_close(db);
    testing_folder_remove(folder);
}

/* Jobs with one key run one after the other on one thread, whatever else goes on. */
struct keyed {
    struct testing_job job;
    pthread_t thread;
    int order;
    _Atomic int *counter;
};

static err keyed_apply(struct tx *tx, void *work)
{
    struct keyed *k = work;
    k->thread = pthread_self();
    k->order = (*k->counter)++;
    return testing_add(tx, &k->job.add);
}

static void test_same_key_same_writer(void **state)
{
    (void)state;
    enum { KEYS = 3, JOBS = 60 };
    char *folder = testing_folder();
    struct db *db = testing_open(
        &(struct db_options){ .folder = folder, .create = true, .writers = 4, .group_max = 4 });
    static struct keyed jobs[JOBS];
    _Atomic int counters[KEYS] = { 0 };
    sem_t done;
    sem_init(&done, 0, 0);
    static const char *const names[KEYS] = { "k0", "k1", "k2" };
    for (int i = 0; i < JOBS; i++) {
        struct keyed *k = &jobs[i];
        testing_job_set(&k->job, &done, (struct addition){ .counter = names[i % KEYS], .by = 1 });
        k->counter = &counters[i % KEYS];
        k->job.job.apply = keyed_apply;
        k->job.job.work = k;
        k->job.job.group_key = ((uint128)77 << 64) + (uint128)(i % KEYS);
        assert_int_equal(db_submit(db, &k->job.job), OK);
    }
    testing_wait(&done, JOBS);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].job.result, OK);
        assert_true(pthread_equal(jobs[i].thread, jobs[i % KEYS].thread));
        assert_int_equal(jobs[i].order, i / KEYS);
        arena_free(jobs[i].job.job.arena);
    }
    for (int i = 0; i < KEYS; i++)
        assert_int_equal(testing_value(db, names[i]), JOBS / KEYS);
    db_close(db);
    testing_folder_remove(folder);
}

struct heard {
    sem_t some;
    uint128 topics[2000];
    _Atomic size_t count;
};

static void on_notify(void *self, const uint128 *topics, size_t count)
{
    struct heard *h = self;
    assert_true(h->count + count <= COUNT_OF(h->topics));
    memcpy(h->topics + h->count, topics, count * sizeof(*topics));
    h->count += count;
    sem_post(&h->some);
}

static err notify_many(struct tx *tx, void *work)
{
    for (uint128 i = 1; i <= 1000; i++)
        tx_notify(tx, (i << 100) + i);
    return testing_add(tx, work);
}

/* Two servers on one store: each hears both, long lists too, and jobs have one server. */
static void test_two_servers(void **state)
{
    (void)state;
    char folder[64], store[512];
    strcpy(folder, testing_folder());
    strcpy(store, testing_store(folder));
    static struct heard heard[2];
    struct db *db[2];
    for (int i = 0; i < 2; i++) {
        sem_init(&heard[i].some, 0, 0);
        db[i] = testing_open(&(struct db_options){
            .folder = folder, .create = true, .notify = on_notify, .notify_self = &heard[i] });
    }
    struct arena *a = arena_new(1 << 20);
    struct db_versions before;
    db_versions_get(db[1], &before);
    uint64_t setting = db_statements[0].reads;
    for (size_t i = 0; i < db_statement_count; i++) {
        if (strcmp(db_statements[i].name, "setting_put") == 0)
            setting = db_statements[i].writes;
    }
    assert_true(setting != 0);
    assert_int_equal(db_apply(db[0], a, notify_many, &(struct addition){ .counter = "n" }), OK);
    for (int i = 0; i < 2; i++) {
        while (heard[i].count < 1000)
            testing_wait(&heard[i].some, 1);
        for (uint128 t = 1; t <= 1000; t++)
            assert_true(heard[i].topics[t - 1] == (t << 100) + t);
    }
    assert_false(db_versions_same(db[1], &before, setting));
    assert_true(db_versions_same(db[1], &before, ~setting));
    testing_sql_at(store, "NOTIFY wesh, 'what is this'; NOTIFY wesh, ',t'; NOTIFY wesh, 'a,t1,zz'");

    bool mine = false;
    assert_int_equal(db_lease(db[0], "expiry", &mine), OK);
    assert_true(mine);
    assert_int_equal(db_lease(db[1], "expiry", &mine), OK);
    assert_false(mine);
    assert_int_equal(db_lease(db[1], "mail", &mine), OK);
    assert_true(mine);
    assert_int_equal(db_lease(db[0], "mail", &mine), OK);
    assert_false(mine);
    assert_int_equal(db_lease(db[0], "expiry", &mine), OK);
    assert_true(mine);
    db_close(db[0]);
    assert_int_equal(db_lease(db[1], "expiry", &mine), OK);
    assert_true(mine);
    db_close(db[1]);
    arena_free(a);
    testing_folder_remove(folder);
}

/* Several servers that start at once on an empty store: one makes it, all are well. */
static void *open_and_close(void *self)
{
    struct db_options *o = self;
    struct db *db = NULL;
    const char *detail = NULL;
    if (db_open(o, &db, &detail) != OK) {
        print_error("%s\n", detail);
        return self;
    }
    db_close(db);
    return NULL;
}

static void test_start_at_once(void **state)
{
    (void)state;
    enum { SERVERS = 4 };
    char folder[64], store[512];
    strcpy(folder, testing_folder());
    strcpy(store, testing_store(folder));
    struct db_options o = options_of(folder, store);
    pthread_t threads[SERVERS];
    for (int i = 0; i < SERVERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, &o), 0);
    for (int i = 0; i < SERVERS; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    testing_folder_remove(folder);
}

static err read_slowly(struct tx *tx, void *work)
{
    int64_t value = 0;
    (void)work;
    TRY(testing_counter(tx, "n", &value));
    usleep(3 * 1000 * 1000);
    return OK;
}

struct reading {
    struct db *db;
    err result;
};

static void *read_it(void *self)
{
    struct reading *r = self;
    struct arena *a = arena_new(1 << 20);
    r->result = db_read(r->db, a, read_slowly, NULL);
    arena_free(a);
    return NULL;
}

static void test_pool_has_a_ceiling(void **state)
{
    (void)state;
    char *folder = testing_folder();
    struct db *db =
        testing_open(&(struct db_options){ .folder = folder, .create = true, .readers = 1 });
    struct reading readings[2] = { { .db = db }, { .db = db } };
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_it, &readings[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_true((readings[0].result == OK) != (readings[1].result == OK));
    assert_true(readings[0].result == ERR_BUSY || readings[1].result == ERR_BUSY);
    assert_int_equal(testing_value(db, "n"), 0);
    db_close(db);
    testing_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_POSTGRESQL(test_open_refuses),       ON_POSTGRESQL(test_errors_of_the_server),
        ON_POSTGRESQL(test_deadlock),           ON_POSTGRESQL(test_same_key_same_writer),
        ON_POSTGRESQL(test_two_servers),        ON_POSTGRESQL(test_start_at_once),
        ON_POSTGRESQL(test_pool_has_a_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, testing_store_end);
}
