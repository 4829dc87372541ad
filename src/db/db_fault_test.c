/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Faults of the disk at the n-th write or sync, put in through SQLite's own file interface. */
#include "db/testing.h"

#include "db/sqlite/sqlite.h"

#include <sys/wait.h>
#include <unistd.h>

struct fault {
    _Atomic int at; /* calls until it strikes, once and from then on; 0: never */
    int code;
    _Atomic int calls;
};
static struct fault wal_write, wal_sync, main_sync;
static sqlite3_vfs *vfs;
static const sqlite3_io_methods *real_wal, *real_main;
static sqlite3_io_methods wal_methods, main_methods;

static bool strikes(struct fault *f)
{
    int call = ++f->calls;
    return f->at != 0 && call >= f->at;
}

static int faulty_wal_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
    return strikes(&wal_write) ? wal_write.code : real_wal->xWrite(file, bytes, count, at);
}

static int faulty_wal_sync(sqlite3_file *file, int flags)
{
    return strikes(&wal_sync) ? wal_sync.code : real_wal->xSync(file, flags);
}

static int faulty_main_sync(sqlite3_file *file, int flags)
{
    return strikes(&main_sync) ? main_sync.code : real_main->xSync(file, flags);
}

static int faulty_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
                       int *ret_flags)
{
    (void)self;
    int code = vfs->xOpen(vfs, name, file, flags, ret_flags);
    if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
        if (real_wal == NULL) {
            real_wal = file->pMethods;
            wal_methods = *real_wal;
            wal_methods.xWrite = faulty_wal_write;
            wal_methods.xSync = faulty_wal_sync;
        }
        file->pMethods = &wal_methods;
    } else if (code == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0) {
        if (real_main == NULL) {
            real_main = file->pMethods;
            main_methods = *real_main;
            main_methods.xSync = faulty_main_sync;
        }
        file->pMethods = &main_methods;
    }
    return code;
}

static void fault_set(struct fault *f, int at, int code)
{
    f->calls = 0;
    f->code = code;
    f->at = at;
}

static int faults_clear(void **state)
{
    (void)state;
    fault_set(&wal_write, 0, 0);
    fault_set(&wal_sync, 0, 0);
    fault_set(&main_sync, 0, 0);
    return 0;
}

struct ended {
    int calls;
    sem_t told;
    const struct testing_job *jobs;
    size_t jobs_done;
    size_t jobs_count;
};

static void on_fatal(void *self)
{
    struct ended *ended = self;
    ended->calls++;
    for (size_t i = 0; i < ended->jobs_count; i++)
        ended->jobs_done += (size_t)ended->jobs[i].done;
    sem_post(&ended->told);
}

static struct db *open_with(const char *folder, struct ended *ended, size_t group_max)
{
    sem_init(&ended->told, 0, 0);
    return testing_open(&(struct db_options){ .folder = folder,
                                              .create = true,
                                              .fatal = on_fatal,
                                              .fatal_self = ended,
                                              .group_max = group_max });
}

/* Two counters in one apply, to see that they stay together. */
static err add_both(struct tx *tx, void *work)
{
    TRY(testing_add(tx, work));
    struct addition other = *(struct addition *)work;
    other.counter = "other";
    return testing_add(tx, &other);
}

/* Submits all while the writer stands in a gate, so that they are one group. */
static void submit_together(struct db *db, struct testing_job *jobs, size_t count, sem_t *done)
{
    struct testing_gate gate;
    sem_t gate_done;
    sem_init(&gate_done, 0, 0);
    testing_gate_shut(&gate, db);
    gate.job.count = &gate_done;
    for (size_t i = 0; i < count; i++) {
        testing_job_set(&jobs[i], done, (struct addition){ .counter = "n", .by = 1 });
        jobs[i].job.apply = add_both;
        assert_int_equal(db_submit(db, &jobs[i].job), OK);
    }
    sem_post(&gate.open);
    testing_wait(&gate_done, 1);
    testing_jobs_free(&gate.job, 1);
}

static void test_one_sync_for_a_group(void **state)
{
    (void)state;
    enum { JOBS = 50 };
    char *folder = testing_folder();
    struct ended ended = { 0 };
    struct db *db = open_with(folder, &ended, 0);
    struct testing_job jobs[JOBS];
    sem_t done;
    sem_init(&done, 0, 0);
    int before = wal_sync.calls;
    submit_together(db, jobs, JOBS, &done);
    testing_wait(&done, JOBS);
    /* The first commit of a new WAL also syncs its head. */
    assert_in_range(wal_sync.calls - before, 1, 2);
    assert_int_equal(testing_value(db, "n"), JOBS);
    db_close(db);
    testing_jobs_free(jobs, JOBS);
    testing_folder_remove(folder);
}

static void test_disk_full_is_a_definite_no(void **state)
{
    (void)state;
    enum { JOBS = 5 };
    for (int at = 1; at <= 6; at++) {
        char *folder = testing_folder();
        struct ended ended = { 0 };
        struct db *db = open_with(folder, &ended, 0);
        struct testing_job jobs[JOBS];
        sem_t done;
        sem_init(&done, 0, 0);
        fault_set(&wal_write, at, SQLITE_FULL);
        submit_together(db, jobs, JOBS, &done);
        testing_wait(&done, JOBS);
        bool struck = wal_write.calls >= at;
        faults_clear(NULL);
        assert_true(struck || at > 3);
        for (size_t i = 0; i < JOBS; i++)
            assert_int_equal(jobs[i].result, struck ? ERR_DISK_FULL : OK);
        assert_int_equal(testing_value(db, "n"), struck ? 0 : JOBS);
        testing_jobs_free(jobs, JOBS);

        submit_together(db, jobs, JOBS, &done);
        testing_wait(&done, JOBS);
        assert_int_equal(jobs[0].result, OK);
        testing_jobs_free(jobs, JOBS);
        db_close(db);
        db = open_with(folder, &ended, 0);
        assert_int_equal(testing_value(db, "n"), struck ? JOBS : 2 * JOBS);
        assert_int_equal(testing_value(db, "other"), struck ? JOBS : 2 * JOBS);
        assert_int_equal(ended.calls, 0);
        db_close(db);
        testing_folder_remove(folder);
    }
}

/* A group of three of five: they are told that it's unknown, the other two that it's not done. */
static void unknown_outcome(struct fault *f, int at, int code)
{
    enum { GROUP = 3, JOBS = 5 };
    char *folder = testing_folder();
    struct ended ended = { 0 };
    struct db *db = open_with(folder, &ended, GROUP);
    struct arena *a = arena_new(1 << 20);
    struct addition first = { .counter = "n", .by = 1 };
    assert_int_equal(db_apply(db, a, add_both, &first), OK);
    struct testing_job jobs[JOBS];
    sem_t done;
    sem_init(&done, 0, 0);
    ended.jobs = jobs;
    ended.jobs_count = JOBS;
    fault_set(f, at, code);
    submit_together(db, jobs, JOBS, &done);
    testing_wait(&ended.told, 1);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].result, i < GROUP ? ERR_UNKNOWN_OUTCOME : ERR_DATABASE);
        assert_int_equal(jobs[i].done, 1);
    }
    assert_int_equal(ended.jobs_done, JOBS);
    assert_int_equal(db_apply(db, a, add_both, &first), ERR_DATABASE);
    db_close(db);
    faults_clear(NULL);

    db = open_with(folder, &ended, 0);
    int64_t value = testing_value(db, "n");
    assert_true(value == 1 || value == 1 + GROUP);
    assert_int_equal(testing_value(db, "other"), value);
    assert_int_equal(db_apply(db, a, add_both, &first), OK);
    db_close(db);
    assert_int_equal(ended.calls, 1);
    arena_free(a);
    testing_jobs_free(jobs, JOBS);
    testing_folder_remove(folder);
}

static void test_commit_fails(void **state)
{
    (void)state;
    unknown_outcome(&wal_sync, 1, SQLITE_IOERR_FSYNC);
    unknown_outcome(&wal_write, 1, SQLITE_IOERR_WRITE);
    unknown_outcome(&wal_write, 2, SQLITE_IOERR_WRITE);
}

static void test_program_ends_to_recover(void **state)
{
    (void)state;
    char *folder = testing_folder();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct db *db = testing_open(&(struct db_options){ .folder = folder, .create = true });
        struct arena *a = arena_new(1 << 20);
        struct addition add = { .counter = "n", .by = 1 };
        fault_set(&wal_sync, 1, SQLITE_IOERR_FSYNC);
        if (db_apply(db, a, testing_add, &add) == ERR_UNKNOWN_OUTCOME)
            pause();
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
    testing_folder_remove(folder);
}

static err put_large(struct tx *tx, void *work)
{
    (void)work;
    enum { BYTES = 6 << 20 };
    char *bytes = arena_alloc(tx->arena, BYTES);
    memset(bytes, 'x', BYTES);
    TRY(sql_setting_put(tx, TEXT("large"), (struct text){ bytes, BYTES }));
    return sql_setting_put(tx, TEXT("n"), TEXT("1"));
}

static void test_checkpoint_fails(void **state)
{
    (void)state;
    char *folder = testing_folder();
    struct ended ended = { 0 };
    struct db *db = open_with(folder, &ended, 0);
    struct arena *a = arena_new(8 << 20);
    fault_set(&main_sync, 1, SQLITE_IOERR_FSYNC);
    assert_int_equal(db_apply(db, a, put_large, NULL), OK);
    testing_wait(&ended.told, 1); /* the pause after it */
    struct addition add = { .counter = "n", .by = 1 };
    assert_int_equal(db_apply(db, a, testing_add, &add), ERR_DATABASE);
    db_close(db);
    faults_clear(NULL);
    db = open_with(folder, &ended, 0);
    assert_int_equal(testing_value(db, "n"), 1);
    db_close(db);
    assert_int_equal(ended.calls, 1);
    arena_free(a);
    testing_folder_remove(folder);
}

/* SQLite ends transactions itself on some errors; here the apply plays it. */
struct breaker {
    struct addition add;
    int times;
};

static err add_and_break(struct tx *tx, void *work)
{
    struct breaker *b = work;
    TRY(testing_add(tx, &b->add));
    if (b->times-- > 0)
        sqlite3_exec(((struct sqlite_connection *)tx->connection)->handle, "ROLLBACK", NULL, NULL,
                     NULL);
    return OK;
}

static void test_transaction_is_lost(void **state)
{
    (void)state;
    enum { JOBS = 3 };
    char *folder = testing_folder();
    struct ended ended = { 0 };
    struct db *db = open_with(folder, &ended, 0);
    for (int times = 1; times <= 2; times++) {
        struct testing_job jobs[JOBS];
        struct breaker breaker = { .add = { .counter = "n", .by = 1 }, .times = times };
        struct testing_gate gate;
        sem_t done;
        sem_init(&done, 0, 0);
        testing_gate_shut(&gate, db);
        for (size_t i = 0; i < JOBS; i++) {
            testing_job_set(&jobs[i], &done, (struct addition){ .counter = "n", .by = 1 });
            if (i == 1) {
                jobs[i].job.apply = add_and_break;
                jobs[i].job.work = &breaker;
            }
            assert_int_equal(db_submit(db, &jobs[i].job), OK);
        }
        sem_post(&gate.open);
        testing_wait(&done, JOBS);
        for (size_t i = 0; i < JOBS; i++)
            assert_int_equal(jobs[i].result, times == 1 ? OK : ERR_DATABASE);
        assert_int_equal(jobs[0].add.runs, 2);
        assert_int_equal(testing_value(db, "n"), JOBS);
        testing_jobs_free(jobs, JOBS);
        testing_jobs_free(&gate.job, 1);
    }
    db_close(db);
    testing_folder_remove(folder);
}

int main(void)
{
    vfs = sqlite3_vfs_find(NULL);
    static sqlite3_vfs faulty;
    faulty = *vfs;
    faulty.zName = "faulty";
    faulty.pNext = NULL;
    faulty.xOpen = faulty_open;
    sqlite3_vfs_register(&faulty, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_sync_for_a_group, faults_clear),
        cmocka_unit_test_setup(test_disk_full_is_a_definite_no, faults_clear),
        cmocka_unit_test_setup(test_commit_fails, faults_clear),
        cmocka_unit_test_setup(test_program_ends_to_recover, faults_clear),
        cmocka_unit_test_setup(test_checkpoint_fails, faults_clear),
        cmocka_unit_test_setup(test_transaction_is_lost, faults_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
