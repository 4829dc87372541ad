/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A child works and tells through a pipe what was promised to its callers; it is killed in the
 * middle, and what it promised must be there, whole, and nothing half. */
#include "db/testing.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CYCLES = 10, IN_FLIGHT = 32 };

struct promise { /* what goes through the pipe: shorter than PIPE_BUF, so never torn */
    int cycle;
    int number;
};

struct worker {
    struct db_job job;
    struct promise promise;
    int pipe;
    sem_t *free;
    int done;
};

static err mark(struct tx *tx, void *work)
{
    struct worker *w = work;
    int64_t count = 0;
    TRY(testing_counter(tx, "count", &count));
    struct text key = text_format(tx->arena, "%d-%d", w->promise.cycle, w->promise.number);
    TRY(sql_setting_put(tx, key, TEXT("1")));
    return sql_setting_put(tx, TEXT("count"),
                           text_format(tx->arena, "%lld", (long long)(count + 1)));
}

static void promised(struct db_job *job, err result)
{
    struct worker *w = job->owner;
    if (result != OK || write(w->pipe, &w->promise, sizeof(w->promise)) != sizeof(w->promise))
        _exit(3);
    __atomic_store_n(&w->done, 1, __ATOMIC_RELEASE);
    sem_post(w->free);
}

static _Noreturn void child_main(const char *folder, int cycle, int pipe)
{
    struct db *db = NULL;
    if (db_open(&(struct db_options){ .folder = folder, .create = true }, &db, NULL) != OK)
        _exit(2);
    sem_t free_count;
    sem_init(&free_count, 0, IN_FLIGHT);
    static struct worker workers[IN_FLIGHT];
    for (int i = 0; i < IN_FLIGHT; i++) {
        workers[i] = (struct worker){ .pipe = pipe, .free = &free_count, .done = 1 };
        workers[i].job = (struct db_job){ .apply = mark,
                                          .work = &workers[i],
                                          .arena = arena_new(1 << 16),
                                          .done = promised,
                                          .owner = &workers[i] };
    }
    for (int number = 0;; number++) {
        testing_wait(&free_count, 1);
        int i = 0;
        while (!__atomic_load_n(&workers[i].done, __ATOMIC_ACQUIRE))
            i = (i + 1) % IN_FLIGHT;
        workers[i].done = 0;
        arena_reset(workers[i].job.arena);
        workers[i].promise = (struct promise){ .cycle = cycle, .number = number };
        if (db_submit(db, &workers[i].job) != OK)
            _exit(4);
    }
}

struct promises {
    struct promise *at;
    size_t count, room;
    size_t missing;
};

static err promises_check(struct tx *tx, void *work)
{
    struct promises *p = work;
    for (size_t i = 0; i < p->count; i++) {
        int64_t there = 0;
        char key[32];
        snprintf(key, sizeof(key), "%d-%d", p->at[i].cycle, p->at[i].number);
        TRY(testing_counter(tx, key, &there));
        p->missing += there == 1 ? 0 : 1;
    }
    return OK;
}

static void promises_read(struct promises *p, int pipe, pid_t child, int64_t lifetime)
{
    struct promise promise;
    for (int64_t n = 0; read(pipe, &promise, sizeof(promise)) == sizeof(promise); n++) {
        if (n == lifetime)
            kill(child, SIGKILL); /* what it wrote before that is still read */
        if (p->count == p->room) {
            p->room = p->room == 0 ? 1024 : 2 * p->room;
            p->at = realloc(p->at, p->room * sizeof(*p->at));
            assert_non_null(p->at);
        }
        p->at[p->count++] = promise;
    }
}

static void test_kill(void **state)
{
    (void)state;
    char *folder = testing_folder();
    struct promises promises = { 0 };
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(ends[0]);
            child_main(folder, cycle, ends[1]);
        }
        close(ends[1]);
        promises_read(&promises, ends[0], child, 37 + 211 * cycle);
        close(ends[0]);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

        struct db *db = testing_open(&(struct db_options){ .folder = folder });
        struct arena *a = arena_new(64 << 20);
        promises.missing = 0;
        assert_int_equal(db_read(db, a, promises_check, &promises), OK);
        assert_int_equal(promises.missing, 0);
        int64_t count = testing_value(db, "count");
        assert_in_range(count, promises.count, promises.count + IN_FLIGHT * (size_t)(cycle + 1));
        arena_free(a);
        db_close(db);
    }
    free(promises.at);
    testing_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_kill) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
