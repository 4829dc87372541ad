/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/testing.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct db *open_at(const char *folder)
{
    return testing_open(&(struct db_options){ .folder = folder, .create = true });
}

static void by_hand(const char *folder, const char *sql)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/wesh.sqlite", folder);
    sqlite3 *handle = NULL;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

static void test_open_makes_and_keeps(void **state)
{
    (void)state;
    char folder[96];
    snprintf(folder, sizeof(folder), "%s", testing_folder());
    remove(folder);
    struct db *db = open_at(folder);
    struct stat about;
    assert_int_equal(stat(folder, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_string_equal(db_folder(db), folder);

    struct arena *a = arena_new(1 << 20);
    struct addition add = { .counter = "n", .by = 7 };
    assert_int_equal(db_apply(db, a, testing_add, &add), OK);
    assert_int_equal(add.runs, 1);
    db_close(db);

    char path[128];
    snprintf(path, sizeof(path), "%s/wesh.sqlite", folder);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    snprintf(path, sizeof(path), "%s/wesh.sqlite-wal", folder);
    assert_int_not_equal(stat(path, &about), 0); /* a closed store is one file */

    db = testing_open(&(struct db_options){ .folder = folder });
    assert_int_equal(testing_value(db, "n"), 7);
    assert_int_equal(testing_value(db, "unknown"), 0);
    db_close(db);
    db_close(NULL);
    arena_free(a);
    testing_folder_remove(folder);
}

static void test_open_refuses(void **state)
{
    (void)state;
    char folder[96], inner[128];
    snprintf(folder, sizeof(folder), "%s", testing_folder());
    snprintf(inner, sizeof(inner), "%s/not/there", folder);
    struct db *db = NULL;
    const char *detail = NULL;
    assert_int_equal(db_open(&(struct db_options){ .folder = inner, .create = true }, &db, &detail),
                     ERR_DB_OPEN);
    assert_non_null(detail);
    assert_int_equal(db_open(&(struct db_options){ .folder = folder }, &db, &detail), ERR_DB_OPEN);
    assert_int_equal(
        db_open(&(struct db_options){ .folder = folder, .read_only = true }, &db, NULL),
        ERR_DB_OPEN);

    struct db *first = open_at(folder);
    assert_int_equal(
        db_open(&(struct db_options){ .folder = folder, .create = true }, &db, &detail),
        ERR_DB_LOCKED);
    assert_non_null(strstr(detail, "process "));
    db_close(first);

    by_hand(folder, "INSERT INTO schema_version VALUES (9999, 'from_the_future', 0)");
    assert_int_equal(db_open(&(struct db_options){ .folder = folder }, &db, &detail), ERR_DB_NEWER);
    assert_non_null(strstr(detail, "9999"));
    assert_int_equal(
        db_open(&(struct db_options){ .folder = folder, .read_only = true }, &db, NULL),
        ERR_DB_NEWER);
    by_hand(folder, "DELETE FROM schema_version WHERE version = 9999");

    by_hand(folder, "DROP TABLE setting");
    assert_int_equal(db_open(&(struct db_options){ .folder = folder }, &db, &detail), ERR_DB_OPEN);
    assert_non_null(strstr(detail, "statement setting_"));
    testing_folder_remove(folder);
    assert_null(db);
}

static void test_open_refuses_other_files(void **state)
{
    (void)state;
    char *folder = testing_folder();
    by_hand(folder, "CREATE TABLE somebody_elses (a)");
    struct db *db = NULL;
    const char *detail = NULL;
    assert_int_equal(
        db_open(&(struct db_options){ .folder = folder, .create = true }, &db, &detail),
        ERR_DB_OPEN);
    assert_non_null(strstr(detail, "another program"));

    char path[128];
    snprintf(path, sizeof(path), "%s/wesh.sqlite", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 9000; i++)
        fputc('x', file);
    fclose(file);
    assert_int_equal(
        db_open(&(struct db_options){ .folder = folder, .create = true }, &db, &detail),
        ERR_DB_OPEN);
    assert_non_null(strstr(detail, "not a database"));
    testing_folder_remove(folder);
}

static void test_read_only_beside_a_server(void **state)
{
    (void)state;
    char *folder = testing_folder();
    struct db *db = open_at(folder);
    struct arena *a = arena_new(1 << 20);
    struct addition add = { .counter = "n", .by = 1 };
    assert_int_equal(db_apply(db, a, testing_add, &add), OK);
    struct db *beside = testing_open(&(struct db_options){ .folder = folder, .read_only = true });
    assert_int_equal(testing_value(beside, "n"), 1);
    assert_int_equal(db_apply(db, a, testing_add, &add), OK);
    assert_int_equal(testing_value(beside, "n"), 2);
    db_close(beside);
    db_close(db);
    arena_free(a);
    testing_folder_remove(folder);
}

struct told {
    uint128 topics[32];
    size_t count;
    int calls;
    const struct testing_job *jobs; /* SQLite: none is done before */
    size_t jobs_count;
};

static void on_notify(void *self, const uint128 *topics, size_t count)
{
    struct told *told = self;
    told->calls++;
    for (size_t i = 0; i < count; i++)
        told->topics[told->count++] = topics[i];
    for (size_t i = 0; i < told->jobs_count; i++)
        assert_true(testing_on_pg() || told->jobs[i].done == 0);
}

/* One group in which some refuse before and some after they wrote. */
static void test_late_refusals(void **state)
{
    (void)state;
    static const struct addition adds[] = {
        { .counter = "n", .by = 1, .topic = 5 },
        { .counter = "n", .by = 10, .end = ERR_CONFLICT, .topic = 6 },
        { .counter = "n", .by = 100, .refusal = ERR_FORBIDDEN, .topic = 7 },
        { .counter = "n", .by = 1000, .topic = 5 },
        { .counter = "m", .by = 3, .topic = 4 },
        { .counter = "m", .by = 9, .end = ERR_INVALID },
    };
    char *folder = testing_folder();
    struct told told = { 0 };
    struct testing_job jobs[COUNT_OF(adds)];
    sem_t count;
    sem_init(&count, 0, 0);
    struct db *db = testing_open(&(struct db_options){
        .folder = folder, .create = true, .notify = on_notify, .notify_self = &told });
    struct testing_gate gate;
    testing_gate_shut(&gate, db);
    size_t before[COUNT_OF(adds)];
    for (size_t i = 0; i < COUNT_OF(adds); i++) {
        testing_job_set(&jobs[i], &count, adds[i]);
        before[i] = arena_mark(jobs[i].job.arena).total;
        assert_int_equal(db_submit(db, &jobs[i].job), OK);
    }
    told.jobs = jobs;
    told.jobs_count = COUNT_OF(adds);
    sem_post(&gate.open);
    testing_wait(&count, COUNT_OF(adds));

    assert_int_equal(testing_value(db, "n"), 1001);
    assert_int_equal(testing_value(db, "m"), 3);
    for (size_t i = 0; i < COUNT_OF(adds); i++) {
        err expected = adds[i].refusal != OK ? adds[i].refusal : adds[i].end;
        assert_int_equal(jobs[i].result, expected);
        assert_int_equal(jobs[i].done, 1);
        /* The first two ran in the first try as well; the second of them ended it. */
        assert_int_equal(jobs[i].add.runs, i < 2 ? 2 : 1);
        /* One run's worth: what the first try took was given back. */
        assert_true(arena_mark(jobs[i].job.arena).total - before[i] < 2 * TESTING_SCRATCH);
    }
    db_close(db);
    assert_int_equal(told.calls, 1);
    assert_int_equal(told.count, 2);
    assert_true(told.topics[0] == 4 && told.topics[1] == 5);
    testing_jobs_free(jobs, COUNT_OF(adds));
    testing_jobs_free(&gate.job, 1);
    testing_folder_remove(folder);
}

static void test_queue_ceiling_and_close(void **state)
{
    (void)state;
    enum { CEILING = 4 };
    char *folder = testing_folder();
    struct db *db = testing_open(
        &(struct db_options){ .folder = folder, .create = true, .queue_max = CEILING });
    struct testing_gate gate;
    testing_gate_shut(&gate, db);
    struct testing_job jobs[CEILING + 1];
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        testing_job_set(&jobs[i], NULL, (struct addition){ .counter = "n", .by = 1 });
        assert_int_equal(db_submit(db, &jobs[i].job), i < CEILING ? OK : ERR_BUSY);
    }
    sem_post(&gate.open);
    db_close(db); /* what is queued is finished first */
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        assert_int_equal(jobs[i].done, i < CEILING ? 1 : 0);
        assert_int_equal(jobs[i].result, OK);
    }
    db = open_at(folder);
    assert_int_equal(testing_value(db, "n"), CEILING);
    db_close(db);
    testing_jobs_free(jobs, COUNT_OF(jobs));
    testing_jobs_free(&gate.job, 1);
    testing_folder_remove(folder);
}

struct adder {
    struct db *db;
    int times;
    int64_t added;
    uint64_t seed;
    const atomic_bool *stop;
    int64_t latest;
    int faults;
};

/* A third refuses late, so that groups are run again and again. */
static void *add_many(void *self)
{
    struct adder *w = self;
    struct arena *a = arena_new(1 << 20);
    for (int i = 0; i < w->times; i++) {
        w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
        struct addition add = { .counter = "n", .by = (int64_t)(w->seed >> 33) % 1000 };
        add.end = (w->seed >> 20) % 3 == 0 ? ERR_CONFLICT : OK;
        err e = db_apply(w->db, a, testing_add, &add);
        if (e != add.end || add.now.us < w->latest)
            w->faults++;
        w->latest = add.now.us;
        if (e == OK)
            w->added += add.by;
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static err two_looks(struct tx *tx, void *work)
{
    struct adder *w = work;
    int64_t first = 0, second = 0;
    TRY(testing_counter(tx, "n", &first));
    sched_yield();
    TRY(testing_counter(tx, "n", &second));
    if (first != second || first < w->added)
        w->faults++;
    w->added = first;
    return OK;
}

static void *read_many(void *self)
{
    struct adder *w = self;
    struct arena *a = arena_new(1 << 20);
    while (!atomic_load(w->stop)) {
        if (db_read(w->db, a, two_looks, w) != OK)
            w->faults++;
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    enum { WRITERS = 8, READERS = 3, TIMES = 500 };
    char *folder = testing_folder();
    struct db *db =
        testing_open(&(struct db_options){ .folder = folder, .create = true, .writers = 4 });
    struct arena *a = arena_new(1 << 20);
    struct addition first = { .counter = "n" }; /* a row that isn't there can't be locked */
    assert_int_equal(db_apply(db, a, testing_add, &first), OK);
    arena_free(a);
    struct adder adders[WRITERS + READERS];
    pthread_t threads[WRITERS + READERS];
    atomic_bool stop = false;
    for (size_t i = 0; i < COUNT_OF(adders); i++) {
        adders[i] = (struct adder){ .db = db, .times = TIMES, .seed = i + 1, .stop = &stop };
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < WRITERS ? add_many : read_many, &adders[i]), 0);
    }
    int64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(adders); i++) {
        if (i == WRITERS)
            atomic_store(&stop, true);
        pthread_join(threads[i], NULL);
        assert_int_equal(adders[i].faults, 0);
        sum += i < WRITERS ? adders[i].added : 0;
    }
    assert_true(sum > 0);
    assert_int_equal(testing_value(db, "n"), sum);
    db_close(db);
    testing_folder_remove(folder);
}

static err write_in_read(struct tx *tx, void *work)
{
    (void)work;
    return sql_setting_put(tx, TEXT("n"), TEXT("1"));
}

static err read_refuses(struct tx *tx, void *work)
{
    (void)tx;
    (void)work;
    return ERR_NOT_FOUND;
}

static void test_read_misuse(void **state)
{
    (void)state;
    char *folder = testing_folder();
    struct db *db = open_at(folder);
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_read(db, a, write_in_read, NULL), ERR_INTERNAL);
    assert_int_equal(db_read(db, a, read_refuses, NULL), ERR_NOT_FOUND);
    assert_int_equal(testing_value(db, "n"), 0);
    arena_free(a);
    db_close(db);
    testing_folder_remove(folder);
}

/* A swallowed fault of the store still goes before what the function says. */
static err swallow(struct tx *tx, void *work)
{
    (void)work;
    const char bytes[] = { 0 };
    err e = sql_setting_put(tx, (struct text){ bytes, (size_t)INT32_MAX + 1 }, TEXT("too big"));
    return e == OK ? OK : ERR_NOT_FOUND;
}

static void test_fault_goes_first(void **state)
{
    (void)state;
    char *folder = testing_folder();
    struct db *db = open_at(folder);
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_apply(db, a, swallow, NULL), ERR_DATABASE);
    struct addition add = { .counter = "n", .by = 1 };
    assert_int_equal(db_apply(db, a, testing_add, &add), OK);
    arena_free(a);
    db_close(db);
    testing_folder_remove(folder);
}

static err read_too_long(struct tx *tx, void *work)
{
    int64_t value = 0;
    (void)work;
    for (int i = 0; i < 100; i++) {
        TRY(testing_counter(tx, "n", &value));
        usleep(100 * 1000);
    }
    return OK;
}

static void test_read_is_cut_off(void **state)
{
    (void)state;
    char *folder = testing_folder();
    struct db *db = open_at(folder);
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_read(db, a, read_too_long, NULL), ERR_BUSY);
    assert_int_equal(testing_value(db, "n"), 0); /* the connection is well again */
    arena_free(a);
    db_close(db);
    testing_folder_remove(folder);
}

static void test_now_never_goes_back(void **state)
{
    (void)state;
    char *folder = testing_folder();
    struct clock_fixed at = { .us = 5000 };
    struct clock clock = clock_fixed(&at);
    struct db *db =
        testing_open(&(struct db_options){ .folder = folder, .create = true, .clock = &clock });
    struct arena *a = arena_new(1 << 20);
    static const int64_t steps[][2] = { { 6000, 6000 }, { 4000, 6000 }, { 6001, 6001 } };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        at.us = steps[i][0];
        struct addition add = { .counter = "n", .by = 1 };
        assert_int_equal(db_apply(db, a, testing_add, &add), OK);
        assert_int_equal(add.now.us, steps[i][1]);
        assert_int_equal(db_now(db).us, steps[i][1]);
    }
    arena_free(a);
    db_close(db);
    testing_folder_remove(folder);
}

struct value_kept {
    struct text name, value;
    bool same;
};

static err value_put(struct tx *tx, void *work)
{
    struct value_kept *w = work;
    return sql_setting_put(tx, w->name, w->value);
}

static err value_compare(struct tx *tx, void *work)
{
    struct value_kept *w = work;
    struct setting_get row;
    bool found = false;
    TRY(sql_setting_get(tx, w->name, &row, &found));
    w->same = found && row.value.at != NULL && text_eq(row.value, w->value);
    return OK;
}

static void test_text_edges(void **state)
{
    (void)state;
    static const struct text values[] = {
        { "", 0 },
        { NULL, 0 }, /* where NULL is not allowed, none is empty */
        { "'; DROP TABLE setting; --", 25 },
        { "\xf0\x9f\x8c\xb3 b\xc3\xb6om", 10 },
        { "a\0b", 3 },
    };
    char *folder = testing_folder();
    struct db *db = open_at(folder);
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct value_kept w = { .name = text_format(a, "v%zu", i), .value = values[i] };
        bool has_nul = values[i].len > 0 && memchr(values[i].at, '\0', values[i].len) != NULL;
        if (testing_on_pg() &&
            has_nul) { /* it has no such texts; inputs don't let them in either */
            assert_int_equal(db_apply(db, a, value_put, &w), ERR_DATABASE);
            continue;
        }
        assert_int_equal(db_apply(db, a, value_put, &w), OK);
        assert_int_equal(db_read(db, a, value_compare, &w), OK);
        assert_true(w.same);
    }
    arena_free(a);
    db_close(db);
    testing_folder_remove(folder);
}

/* Another value each time: SQLite doesn't write a page that stays as it was. */
static err large_put(struct tx *tx, void *work)
{
    enum { BYTES = 1 << 20 };
    int *times = work;
    char *bytes = arena_alloc(tx->arena, BYTES);
    memset(bytes, 'a' + (*times)++ % 26, BYTES);
    return sql_setting_put(tx, TEXT("large"), (struct text){ bytes, BYTES });
}

/* 100 MB go through the WAL, without a pause and while someone reads: it must not grow with them. */
static void test_wal_stays_small(void **state)
{
    (void)state;
    enum { TIMES = 100, WAL_MAX = 48 << 20 };
    int times = 0;
    char *folder = testing_folder();
    struct db *db =
        testing_open(&(struct db_options){ .folder = folder, .create = true, .group_max = 1 });
    atomic_bool stop = false;
    struct adder reader = { .db = db, .stop = &stop };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_many, &reader), 0);
    struct testing_gate gate;
    struct testing_job jobs[TIMES];
    sem_t count;
    sem_init(&count, 0, 0);
    testing_gate_shut(&gate, db);
    for (int i = 0; i < TIMES; i++) {
        testing_job_set(&jobs[i], &count, (struct addition){ 0 });
        jobs[i].job.apply = large_put;
        jobs[i].job.work = &times;
        assert_int_equal(db_submit(db, &jobs[i].job), OK);
    }
    sem_post(&gate.open);
    testing_wait(&count, TIMES);
    char path[128];
    struct stat about;
    snprintf(path, sizeof(path), "%s/wesh.sqlite-wal", folder);
    assert_int_equal(stat(path, &about), 0);
    assert_true(about.st_size < WAL_MAX);
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(reader.faults, 0);
    db_close(db);
    testing_jobs_free(jobs, TIMES);
    testing_jobs_free(&gate.job, 1);
    testing_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SQLITE(test_open_makes_and_keeps),
        ON_SQLITE(test_open_refuses),
        ON_SQLITE(test_open_refuses_other_files),
        ON_BOTH(test_read_only_beside_a_server),
        ON_BOTH(test_late_refusals),
        ON_BOTH(test_queue_ceiling_and_close),
        ON_BOTH(test_threads),
        ON_BOTH(test_read_misuse),
        ON_BOTH(test_fault_goes_first),
        ON_BOTH(test_read_is_cut_off),
        ON_BOTH(test_now_never_goes_back),
        ON_BOTH(test_text_edges),
        ON_SQLITE(test_wal_stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, testing_store_end);
}
