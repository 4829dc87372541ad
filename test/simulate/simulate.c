/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* simulate [--seed N] [--steps N] [--seconds N] [--store postgresql://…]: residents, officers and
 * shops at random, against the model. On a failure it says the seed and the shortest prefix that fails. */
#include "sim.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CHECK_EVERY = 1000,
    SECONDS = 40,       /* when nothing is said */
    BISECT_SECONDS = 90 /* at most */
};

struct outcome { /* shared with the child that runs */
    int64_t steps;
    bool fine;
    char problem[600];
    char sums[1200];
};

struct run {
    uint64_t seed;
    int64_t steps_max; /* 0: no limit */
    double seconds;    /* 0: no limit */
    bool trace;        /* the last steps */
    char folder[64];
    const char *store; /* with one the disk does not fail: it is not ours */
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A fault of the disk in one of some hundred groups; now and then far off, so that it comes while
 * the WAL is brought into the database. */
static bool batch_run(struct sim *s, int64_t left)
{
    int kind = sim_chance(s, 1000);
    enum power_fault fault = s->fault != POWER_FINE || s->store != NULL ? POWER_FINE
                             : kind < 3                                 ? POWER_CUT
                             : kind < 5                                 ? POWER_ERROR
                             : kind < 8                                 ? POWER_FULL
                                                                        : POWER_FINE;
    return sim_random_batch(s, left, fault, 1 + sim_chance(s, kind == 0 ? 30000 : 40));
}

static bool run_steps(struct sim *s, const struct run *r, struct outcome *o)
{
    double until = now_s() + r->seconds;
    int64_t check_at = CHECK_EVERY, verify_at = 2000, reopen_at = 3000;
    while ((r->steps_max == 0 || s->steps < r->steps_max) && (r->seconds == 0 || now_s() < until)) {
        int64_t left = r->steps_max == 0 ? BATCH_MAX : r->steps_max - s->steps;
        s->trace = r->trace && left <= 24;
        if (!batch_run(s, left))
            return false;
        o->steps = s->steps;
        if (s->steps >= check_at) {
            if (!sim_check(s, false))
                return false;
            check_at = s->steps + CHECK_EVERY;
        }
        if (s->steps >= reopen_at && s->fault == POWER_FINE) {
            if (!sim_reopen(s))
                return false;
            reopen_at = s->steps + 2000 + sim_chance(s, 20000);
        }
        if (s->steps >= verify_at) {
            if (!sim_verify(s))
                return false;
            verify_at = s->steps + s->steps / 3;
        }
    }
    power_arm(POWER_FINE, 0);
    return sim_check(s, true) && sim_verify(s);
}

static void sums_write(const struct sim *s, struct outcome *o)
{
    int at = snprintf(o->sums, sizeof o->sums,
                      "steps %" PRId64 ", refused %" PRId64 ", asked again %" PRId64
                      ", reopened %" PRId64 ", faults: definite %" PRId64 ", unknown %" PRId64
                      ", days %" PRId64 "\n",
                      s->steps, s->refused, s->repeats, s->reopened, s->definite, s->unknown,
                      (s->time.us - INT64_C(1790000000) * SECOND_US) / DAY_US);
    for (int i = 0; i < ACT_COUNT; i++)
        at += snprintf(o->sums + at, sizeof o->sums - (size_t)at, "%s%s %" PRId64,
                       i > 0 ? ", " : "accepted: ", act_name((enum act)i), s->allowed[i]);
}

static void child_main(const struct run *r, struct outcome *o)
{
    static struct sim s;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    s.store = r->store;
    power_install();
    o->fine = sim_new(&s, r->folder, r->seed) && run_steps(&s, r, o);
    o->steps = s.steps;
    memcpy(o->problem, s.problem, sizeof o->problem);
    sums_write(&s, o);
    fflush(stdout);
    if (o->fine)
        sim_free(&s); /* so that what leaked is told */
    exit(o->fine ? 0 : 1);
}

/* In a child of its own, so that an assertion that fails is seen too. */
static bool run(struct run r, struct outcome *o)
{
    if (!world_folder(r.folder))
        exit(2);
    *o = (struct outcome){ 0 };
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        child_main(&r, o);
    int status = 0;
    waitpid(child, &status, 0);
    world_folder_remove(r.folder);
    if (WIFSIGNALED(status))
        snprintf(o->problem, sizeof o->problem, "ended by signal %d after step %" PRId64,
                 WTERMSIG(status), o->steps);
    else if (WEXITSTATUS(status) != 0 && o->problem[0] == '\0')
        snprintf(o->problem, sizeof o->problem, "ended with status %d after step %" PRId64,
                 WEXITSTATUS(status), o->steps);
    return status == 0 && o->fine;
}

/* Of each prefix that is tried everything is checked at its end. */
static void bisect(uint64_t seed, struct outcome *o)
{
    double until = now_s() + BISECT_SECONDS;
    int64_t good = 0, bad = o->steps + BATCH_MAX;
    while (bad - good > 1 && now_s() < until) {
        int64_t middle = good + (bad - good) / 2;
        if (run((struct run){ .seed = seed, .steps_max = middle }, o))
            good = middle;
        else
            bad = middle;
    }
    printf("the last steps of the %s prefix that fails:\n", bad - good > 1 ? "short" : "shortest");
    run((struct run){ .seed = seed, .steps_max = bad, .trace = true }, o);
    printf("%s\nmake simulate SEED=%" PRIu64 " STEPS=%" PRId64 "\n", o->problem, seed, bad);
}

static bool number_of(const char *text, int64_t *ret)
{
    char *end;
    *ret = strtoll(text, &end, 10);
    return *text != '\0' && *end == '\0' && *ret >= 0;
}

int main(int argc, char **argv)
{
    const char *store = NULL;
    int64_t seed = (int64_t)(time(NULL) % 1000000000), steps = 0, seconds = 0, no_bisect = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        int64_t *to = strcmp(argv[i], "--seed") == 0        ? &seed
                      : strcmp(argv[i], "--steps") == 0     ? &steps
                      : strcmp(argv[i], "--seconds") == 0   ? &seconds
                      : strcmp(argv[i], "--no-bisect") == 0 ? &no_bisect
                                                            : NULL;
        if (strcmp(argv[i], "--store") == 0) {
            store = argv[i + 1];
            continue;
        }
        if (to == NULL || !number_of(argv[i + 1], to)) {
            fprintf(stderr, "usage: simulate [--seed N] [--steps N] [--seconds N]\n");
            return 2;
        }
    }
    if (steps == 0 && seconds == 0)
        seconds = SECONDS;
    struct outcome *o =
        mmap(NULL, sizeof *o, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (o == MAP_FAILED)
        return 2;
    printf("SEED=%" PRId64 "\n", seed);
    double began = now_s();
    bool fine = run((struct run){ .seed = (uint64_t)seed,
                                  .steps_max = steps,
                                  .seconds = (double)seconds,
                                  .store = store },
                    o);
    double took = now_s() - began;
    printf("%s\n%.1f s, %.0f steps a second\n", o->sums, took, (double)o->steps / took);
    if (!fine) {
        printf("NOT OK %s\n", o->problem);
        if (no_bisect == 0 && store == NULL) /* each run needs an empty one */
            bisect((uint64_t)seed, o);
    }
    printf("%d passed, %d failed\n", fine, !fine);
    return fine ? 0 : 1;
}
