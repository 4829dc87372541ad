/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The search beside a naive one: all tasks, filtered and sorted. */
#include "feature/task/testing.h"

enum { TASKS = 600, QUERIES = 400 };

struct known {
    struct task_id id;
    struct task_new task;
};
struct world {
    struct town town;
    struct known tasks[TASKS];
    struct random_seeded random;
    struct random_source source;
};

static int64_t between(struct world *w, int64_t low, int64_t high)
{
    uint64_t r;
    w->source.fill(w->source.self, &r, sizeof r);
    return low + (int64_t)(r % (uint64_t)(high - low + 1));
}

static err tasks_apply(struct tx *tx, void *work)
{
    struct world *w = work;
    for (size_t i = 0; i < TASKS; i++) {
        struct known *k = &w->tasks[i];
        k->task = town_task(&w->town);
        k->task.state = between(w, 0, 9) == 0 ? TASK_WITHDRAWN : TASK_OPEN;
        k->task.category = between(w, TASK_BENCH, TASK_OTHER);
        k->task.minutes = between(w, 1, 8) * 15;
        k->task.reward.cents = between(w, 1, 6) * 250;
        k->task.places = between(w, 0, 2) == 0 ? 4 : 1;
        k->task.tools = between(w, 0, 2) == 0 ? TEXT("") : TEXT("A brush");
        k->task.light = between(w, 0, 1);
        k->task.indoor = between(w, 0, 4) == 0;
        k->task.wheelchair_friendly = between(w, 0, 2) == 0;
        k->task.child_friendly = between(w, 0, 2) == 0;
        k->task.neighbourhood = between(w, 0, 1) ? w->town.home : w->town.away;
        /* Most in a town, some on the borders of cells, some at the ends of the earth. */
        int64_t kind = between(w, 0, 9);
        k->task.location.latitude_udeg =
            kind == 0 ? between(w, -90, 90) * 1000000 : 50800000 + between(w, 0, 200000);
        k->task.location.longitude_udeg =
            kind == 0 ? between(w, -180, 180) * 1000000 : 5900000 + between(w, 0, 200000);
        if (kind == 1) {
            k->task.location.latitude_udeg = 50800000 + between(w, 0, 20) * TASK_CELL_UDEG;
            k->task.location.longitude_udeg = 5900000 + between(w, 0, 20) * TASK_CELL_UDEG;
        }
        TRY(task_add(tx, &k->task, &k->id));
    }
    return OK;
}

static bool fits(const struct known *k, const struct task_search *s)
{
    const struct task_new *t = &k->task;
    const struct task_filter *f = &s->filter;
    return (int64_t)t->state == s->state && (f->kinds >> t->category & 1) != 0 &&
           t->minutes <= f->minutes_max && t->reward.cents >= f->reward_min &&
           t->places >= f->places_min &&
           (f->tools < 0 || (f->tools == TASK_TOOLS_NONE) == (t->tools.len == 0)) &&
           (!f->light || t->light) && (!f->indoor || t->indoor) &&
           (!f->wheelchair || t->wheelchair_friendly) && (!f->child || t->child_friendly) &&
           (s->neighbourhood.v == 0 || t->neighbourhood.v == s->neighbourhood.v) &&
           t->location.latitude_udeg >= s->south && t->location.latitude_udeg <= s->north &&
           t->location.longitude_udeg >= s->west && t->location.longitude_udeg <= s->east;
}

static struct task_search compare_by;

static int compare(const void *left, const void *right)
{
    const struct task_found *a = left, *b = right;
    if (compare_by.has_near && a->distance_m != b->distance_m)
        return a->distance_m < b->distance_m ? -1 : 1;
    if (compare_by.has_near)
        return a->id.v < b->id.v ? -1 : a->id.v > b->id.v;
    return a->id.v > b->id.v ? -1 : a->id.v < b->id.v;
}

static size_t naive(const struct world *w, const struct task_search *s, struct task_found *found)
{
    size_t count = 0;
    for (size_t i = 0; i < TASKS; i++)
        if (fits(&w->tasks[i], s))
            found[count++] = (struct task_found){
                w->tasks[i].id,
                s->has_near ? point_distance_m(s->near, w->tasks[i].task.location) : 0
            };
    compare_by = *s;
    qsort(found, count, sizeof *found, compare);
    return count;
}

static struct task_search any_search(struct world *w)
{
    const int64_t degree = 1000000;
    struct task_search s = {
        .state = TASK_OPEN,
        .filter = task_filter_any,
        .south = -90 * degree,
        .north = 90 * degree,
        .west = -180 * degree,
        .east = 180 * degree,
        .limit = (size_t)between(w, 1, 100),
    };
    if (between(w, 0, 2) == 0)
        s.filter.kinds = between(w, 1, TASK_KINDS_ALL);
    if (between(w, 0, 3) == 0)
        s.filter.minutes_max = between(w, 1, 5) * 30;
    if (between(w, 0, 3) == 0)
        s.filter.reward_min = between(w, 1, 1500);
    if (between(w, 0, 3) == 0)
        s.filter.tools = between(w, TASK_TOOLS_NONE, TASK_TOOLS_NEEDED);
    s.filter.places_min = between(w, 0, 5) == 0 ? 2 : 1;
    s.filter.light = between(w, 0, 5) == 0;
    s.filter.indoor = between(w, 0, 7) == 0;
    s.filter.wheelchair = between(w, 0, 7) == 0;
    s.filter.child = between(w, 0, 7) == 0;
    if (between(w, 0, 3) == 0)
        s.neighbourhood = w->town.home;
    else if (between(w, 0, 2) == 0)
        s.municipality = w->town.municipality;
    if (between(w, 0, 1) == 0) {
        int64_t grain = between(w, 0, 1) ? TASK_CELL_UDEG : 1;
        s.south = 50800000 + between(w, 0, 100000) / grain * grain;
        s.north = s.south + between(w, 0, 400000) / grain * grain;
        s.west = 5900000 + between(w, 0, 100000) / grain * grain;
        s.east = s.west + between(w, 0, 400000) / grain * grain;
    }
    if (between(w, 0, 1) == 0) {
        s.has_near = true;
        bool far = between(w, 0, 4) == 0;
        s.near.latitude_udeg = far ? between(w, -90, 90) * degree : 50888000;
        s.near.longitude_udeg = far ? between(w, -180, 180) * degree : 5979000;
    }
    return s;
}

/* All pages of one search, one after the other. */
static err pages_read(struct tx *tx, void *work)
{
    struct world *w = work;
    for (size_t q = 0; q < QUERIES; q++) {
        struct task_search s = any_search(w);
        struct task_found expected[TASKS], found[TASK_PAGE_MAX + 1];
        size_t total = naive(w, &s, expected), done = 0, count = 0;
        do {
            TRY(task_search(tx, &s, found, &count));
            size_t shown = count > s.limit ? s.limit : count;
            assert_true(count == s.limit + 1 || done + count == total);
            for (size_t i = 0; i < shown; i++) {
                assert_true(found[i].id.v == expected[done + i].id.v);
                assert_int_equal(found[i].distance_m, expected[done + i].distance_m);
            }
            done += shown;
            if (shown > 0) {
                s.after = found[shown - 1].id;
                s.after_distance_m = found[shown - 1].distance_m;
            }
        } while (count > s.limit);
        assert_int_equal(done, total);
    }
    return OK;
}

static void pages_are_what_a_naive_search_gives(void **state)
{
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    uint64_t seed = 20261124;
    print_message("seed %llu\n", (unsigned long long)seed);
    w->source = random_seeded(&w->random, seed);
    town_open(&w->town, 0);
    assert_int_equal(db_apply(w->town.db, w->town.arena, tasks_apply, w), OK);
    assert_int_equal(db_read(w->town.db, w->town.arena, pages_read, w), OK);
    town_close(&w->town);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(pages_are_what_a_naive_search_gives) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
