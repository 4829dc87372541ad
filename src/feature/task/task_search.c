/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_internal.h"

#include "gen/task_sql.h"

#include <math.h>

/* A small box is found by its map cells; a large one by walking the tasks, as most of them fit. */
#define CELLS_MAX 400

const struct task_filter task_filter_any = {
    .kinds = TASK_KINDS_ALL,
    .minutes_max = TASK_MINUTES_MAX,
    .places_min = 1,
    .tools = -1,
};

/* The members of the filter in what a statement takes. */
#define FILTER(f)                                                                                  \
    .kinds = (f).kinds, .minutes_max = (f).minutes_max, .reward_min = (f).reward_min,              \
    .places_min = (f).places_min, .tools = (f).tools, .light = (f).light, .indoor = (f).indoor,    \
    .wheelchair = (f).wheelchair, .child = (f).child

/* The best limit + 1 so far, kept in order. */
struct search_top {
    const struct task_search *search;
    struct task_found *at;
    size_t count, max;
};

static bool comes_before(const struct search_top *top, const struct task_found *a,
                         const struct task_found *b)
{
    if (!top->search->has_near)
        return a->id.v > b->id.v;
    if (a->distance_m != b->distance_m)
        return a->distance_m < b->distance_m;
    return a->id.v < b->id.v;
}

static err search_offer(void *self, const struct task_in_cells *row)
{
    struct search_top *top = self;
    const struct task_search *s = top->search;
    struct task_found f = { .id = row->id };
    struct task_found last = { s->after, s->after_distance_m };
    if (s->has_near)
        f.distance_m = point_distance_m(s->near, (struct point){ row->latitude, row->longitude });
    if (s->after.v != 0 && !comes_before(top, &last, &f))
        return OK;
    if (top->count == top->max && !comes_before(top, &f, &top->at[top->count - 1]))
        return OK;
    size_t place = top->count < top->max ? top->count++ : top->max - 1;
    for (; place > 0 && comes_before(top, &f, &top->at[place - 1]); place--)
        top->at[place] = top->at[place - 1];
    top->at[place] = f;
    return OK;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static err search_box(struct tx *tx, const struct task_search *s, struct search_top *top)
{
    int64_t row_first = task_cell_row(s->south), row_last = task_cell_row(s->north);
    return sql_task_in_cells(
        tx,
        &(struct task_in_cells_in){
            .state = s->state,
            .cell_first = task_cell_strip(s->west) * TASK_CELL_ROWS + row_first,
            .cell_last = task_cell_strip(s->east) * TASK_CELL_ROWS + row_last,
            .row_first = row_first,
            .row_last = row_last,
            .municipality = s->municipality,
            .neighbourhood = s->neighbourhood,
            FILTER(s->filter),
            .south = s->south,
            .north = s->north,
            .west = s->west,
            .east = s->east,
        },
        search_offer, top);
}

/* The part of the wanted box that is within `metres` of the point, a little more rather than
 * less. False when that is the whole wanted box. */
static bool search_ring(const struct task_search *s, int64_t metres, struct task_search *ret)
{
    const double metre_udeg = 1e6 / 111000.0; /* of latitude; a degree is 110.6 km or more */
    double latitude = fabs((double)s->near.latitude_udeg) / 1e6 + (double)metres / 111000.0;
    double shrink = latitude < 89 ? cos(latitude * 3.14159265358979 / 180) : 0;
    int64_t high = (int64_t)((double)metres * metre_udeg * 1.01) + 1;
    int64_t wide = shrink > 0.01 ? (int64_t)((double)high / shrink) + 1 : 360 * INT64_C(1000000);
    *ret = *s;
    ret->south = larger(s->south, s->near.latitude_udeg - high);
    ret->north = smaller(s->north, s->near.latitude_udeg + high);
    ret->west = larger(s->west, s->near.longitude_udeg - wide);
    ret->east = smaller(s->east, s->near.longitude_udeg + wide);
    return ret->south > s->south || ret->north < s->north || ret->west > s->west ||
           ret->east < s->east;
}

static err search_near(struct tx *tx, const struct task_search *s, struct search_top *top)
{
    int64_t metres = larger(500, s->after.v != 0 ? s->after_distance_m * 2 : 0);
    /* From a region on the next step is the whole world: there is little more to come. */
    const int64_t region_m = 64000, world_m = 20100000;
    for (;; metres = metres < region_m / 8 ? metres * 4 : metres < region_m ? region_m : world_m) {
        struct task_search ring;
        bool is_part = search_ring(s, metres, &ring);
        top->count = 0;
        if (ring.south <= ring.north && ring.west <= ring.east)
            TRY(search_box(tx, &ring, top));
        if (!is_part || (top->count == top->max && top->at[top->max - 1].distance_m <= metres))
            return OK;
    }
}

#define NEWEST(s, first, most)                                                                     \
    .state = (s)->state, .before = (first), FILTER((s)->filter), .south = (s)->south,              \
    .north = (s)->north, .west = (s)->west, .east = (s)->east, .rows_max = (most)

static err search_newest(struct tx *tx, const struct task_search *s, struct task_found *found,
                         size_t *ret_count)
{
    struct task_newest_rows rows;
    struct task_id before = { s->after.v != 0 ? s->after.v : ~(uint128)0 };
    int64_t rows_max = (int64_t)s->limit + 1;
    if (s->neighbourhood.v != 0)
        TRY(sql_task_newest_of_neighbourhood(
            tx,
            &(struct task_newest_of_neighbourhood_in){ .neighbourhood = s->neighbourhood,
                                                       .municipality = s->municipality,
                                                       NEWEST(s, before, rows_max) },
            &rows));
    else if (s->municipality.v != 0)
        TRY(sql_task_newest_of_municipality(
            tx,
            &(struct task_newest_of_municipality_in){ .municipality = s->municipality,
                                                      NEWEST(s, before, rows_max) },
            &rows));
    else
        TRY(sql_task_newest(tx, &(struct task_newest_in){ NEWEST(s, before, rows_max) }, &rows));
    for (size_t i = 0; i < rows.count; i++)
        found[i] = (struct task_found){ .id = rows.at[i].id };
    *ret_count = rows.count;
    return OK;
}

err task_search(struct tx *tx, const struct task_search *s, struct task_found *ret_found,
                size_t *ret_count)
{
    struct search_top top = { .search = s, .at = ret_found, .max = s->limit + 1 };
    int64_t strips = task_cell_strip(s->east) - task_cell_strip(s->west) + 1;
    int64_t rows = task_cell_row(s->north) - task_cell_row(s->south) + 1;
    if (s->has_near)
        TRY(search_near(tx, s, &top));
    else if (strips * rows <= CELLS_MAX)
        TRY(search_box(tx, s, &top));
    else
        return search_newest(tx, s, ret_found, ret_count);
    *ret_count = top.count;
    return OK;
}
