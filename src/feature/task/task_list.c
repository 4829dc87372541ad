/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_internal.h"

#include "gen/municipality_sql.h"
#include "gen/person_sql.h"
#include "gen/task_sql.h"

#include <string.h>

struct task_list {
    struct work work;
    struct municipality_id municipality;
    struct neighbourhood_id neighbourhood;
    int64_t state, category, limit;
    struct text bbox, near, cursor;
    struct text home_name; /* nearest to there first, though nobody asked */
};

#define AT(member) .at = offsetof(struct task_list, member)
static const struct field task_list_query_fields[] = {
    { "municipality", FIELD_ID, FIELD_OPTIONAL, AT(municipality),
      .about = "Only tasks of this municipality" },
    { "neighbourhood", FIELD_ID, FIELD_OPTIONAL, AT(neighbourhood),
      .about = "Only tasks of this neighbourhood" },
    { "state", FIELD_CHOICE, FIELD_OPTIONAL, AT(state), .choices = task_states,
      .about = "open when nothing is said; drafts are for authors and managers" },
    { "category", FIELD_CHOICE, FIELD_OPTIONAL, AT(category), .choices = task_categories,
      .about = "Only tasks of this kind" },
    { "bbox", FIELD_TEXT, FIELD_OPTIONAL, AT(bbox), .max = 100,
      .about = "west,south,east,north in degrees: only tasks in this box" },
    { "near", FIELD_TEXT, FIELD_OPTIONAL, AT(near), .max = 60,
      .about = "latitude,longitude in degrees: nearest first; else newest first" },
    { "limit", FIELD_INT, FIELD_OPTIONAL, AT(limit), .min = 1, .max = TASK_PAGE_MAX,
      .about = "Tasks on a page; 50 when nothing is said" },
    { "cursor", FIELD_TEXT, FIELD_OPTIONAL, AT(cursor), .max = 200,
      .about = "nextCursor of the page before" },
};
static const struct field task_draft_query_fields[] = {
    { "municipality", FIELD_ID, FIELD_OPTIONAL, AT(municipality),
      .about = "Only drafts of this municipality" },
    { "cursor", FIELD_TEXT, FIELD_OPTIONAL, AT(cursor), .max = 200,
      .about = "nextCursor of the page before" },
};
#undef AT
static const struct schema task_list_query =
    SCHEMA("TaskListQuery", struct task_list, task_list_query_fields);
static const struct schema task_draft_query =
    SCHEMA("TaskDraftListQuery", struct task_list, task_draft_query_fields);

err task_degrees_parse(struct text t, int64_t degrees_max, int64_t *ret_udeg)
{
    bool negative = t.len > 0 && t.at[0] == '-';
    size_t i = negative ? 1 : 0, whole = 0, decimals = 0;
    int64_t udeg = 0;
    for (; i < t.len && t.at[i] >= '0' && t.at[i] <= '9' && whole < 3; i++, whole++)
        udeg = udeg * 10 + (t.at[i] - '0');
    if (whole == 0)
        return ERR_INVALID;
    if (i < t.len && t.at[i] == '.') {
        for (i++; i < t.len && t.at[i] >= '0' && t.at[i] <= '9' && decimals < 20; i++)
            if (decimals++ < 6)
                udeg = udeg * 10 + (t.at[i] - '0');
        if (decimals == 0)
            return ERR_INVALID;
    }
    if (i != t.len)
        return ERR_INVALID;
    for (; decimals < 6; decimals++)
        udeg *= 10;
    if (udeg > degrees_max * 1000000)
        return ERR_INVALID;
    *ret_udeg = negative ? -udeg : udeg;
    return OK;
}

static bool next_degrees(struct text *rest, int64_t degrees_max, int64_t *ret)
{
    struct text part;
    return text_split(rest, ',', &part) &&
           task_degrees_parse(text_trim(part), degrees_max, ret) == OK;
}

static bool bbox_parse(struct text t, struct task_search *s)
{
    return next_degrees(&t, 180, &s->west) && next_degrees(&t, 90, &s->south) &&
           next_degrees(&t, 180, &s->east) && next_degrees(&t, 90, &s->north) && t.len == 0 &&
           s->west <= s->east && s->south <= s->north;
}

static bool near_parse(struct text t, struct task_search *s)
{
    s->has_near = true;
    return next_degrees(&t, 90, &s->near.latitude_udeg) &&
           next_degrees(&t, 180, &s->near.longitude_udeg) && t.len == 0;
}

/* A cursor is the last task of a page and, for the nearest first, its distance. */
static struct text cursor_make(struct arena *a, const struct task_found *last)
{
    struct text id = uuid_text(a, last->id.v);
    return base64url(a, text_format(a, "%lld.%.*s", (long long)last->distance_m, TEXT_ARGS(id)));
}

static bool cursor_parse(struct arena *a, struct text t, struct task_search *s)
{
    struct text bytes, distance;
    return base64url_parse(a, t, &bytes) == OK && text_split(&bytes, '.', &distance) &&
           text_int(distance, &s->after_distance_m) == OK && s->after_distance_m >= 0 &&
           s->after_distance_m <= 30000000 && uuid_parse(bytes, &s->after.v) == OK;
}

err task_drafts_scope(const struct actor *actor, struct municipality_id *m)
{
    if (actor->person.v == 0)
        return ERR_SIGN_IN;
    if ((actor->roles & (ROLE_AUTHOR | ROLE_MANAGER)) == 0)
        return ERR_FORBIDDEN;
    if (m->v == 0)
        m->v = actor_scope(actor, actor->roles & ROLE_AUTHOR ? ROLE_AUTHOR : ROLE_MANAGER);
    return actor_has(actor, ROLE_AUTHOR | ROLE_MANAGER, m->v) ? OK : ERR_FORBIDDEN;
}

static err search_of(struct request *rq, const struct task_list *w, struct task_search *ret)
{
    const int64_t degree = 1000000;
    *ret = (struct task_search){
        .state = w->state >= 0 ? w->state : TASK_OPEN,
        .category = w->category >= 0 ? w->category : -1,
        .municipality = w->municipality,
        .neighbourhood = w->neighbourhood,
        .south = -90 * degree,
        .north = 90 * degree,
        .west = -180 * degree,
        .east = 180 * degree,
        .limit = w->limit > 0                 ? (size_t)w->limit
                 : task_page_path(rq) != NULL ? 30
                                              : 50,
    };
    if (w->bbox.len > 0 && !bbox_parse(w->bbox, ret))
        field_errors_add(&rq->errors, TEXT("bbox"),
                         N_("Give four numbers in degrees: west,south,east,north."), 0, 0);
    if (w->near.len > 0 && !near_parse(w->near, ret))
        field_errors_add(&rq->errors, TEXT("near"),
                         N_("Give two numbers in degrees: latitude,longitude."), 0, 0);
    if (w->cursor.len > 0 && !cursor_parse(rq->arena, w->cursor, ret))
        field_errors_add(&rq->errors, TEXT("cursor"),
                         N_("This is not a nextCursor of ours. Start without it."), 0, 0);
    if (rq->errors.count > 0)
        return ERR_INVALID;
    if (ret->state == TASK_DRAFT)
        return task_drafts_scope(rq->actor, &ret->municipality);
    return OK;
}

/* A page shows residents what is nearest to their home first. */
static err home_near(struct request *rq, struct tx *tx, struct task_list *w,
                     struct task_search *search)
{
    struct person_get person;
    struct neighbourhood_get home;
    if (task_page_path(rq) == NULL || rq->actor->person.v == 0 || search->state != TASK_OPEN ||
        search->has_near || search->neighbourhood.v != 0)
        return OK;
    TRY(sql_person_get(tx, rq->actor->person, &person));
    if (person.neighbourhood.v == 0)
        return OK;
    TRY(sql_neighbourhood_get(tx, person.neighbourhood, &home));
    search->has_near = true;
    search->near = (struct point){ home.latitude, home.longitude };
    w->home_name = home.name;
    return OK;
}

static void query_add(struct buf *b, const char *name, struct text value)
{
    if (value.len == 0)
        return;
    buf_char(b, memchr(b->at, '?', b->len) == NULL ? '?' : '&');
    buf_cstr(b, name);
    buf_char(b, '=');
    buf_add(b, value);
}

static struct buf page_url(struct request *rq, const struct task_list *w, struct text category)
{
    struct buf b = buf_new(rq->arena, 2000);
    struct text path = text_of(task_page_path(rq));
    struct text id = TEXT_NONE;
    buf_add(&b, path);
    if (w->municipality.v != 0)
        query_add(&b, "municipality", uuid_text(rq->arena, w->municipality.v));
    if (w->neighbourhood.v != 0)
        id = uuid_text(rq->arena, w->neighbourhood.v);
    query_add(&b, "neighbourhood", id);
    query_add(&b, "category", category);
    if (near_parse(w->near, &(struct task_search){ 0 }))
        query_add(&b, "near", w->near);
    return b;
}

/* What only the page needs: the filters with their addresses, and the next page. */
static err page_members(struct request *rq, struct tx *tx, const struct task_list *w,
                        struct text next, struct view *object)
{
    struct arena *a = rq->arena;
    struct text category = TEXT_NONE;
    if (w->category >= 0)
        category = text_of(task_categories[w->category]);
    if (next.len > 0) {
        struct buf url = page_url(rq, w, category);
        query_add(&url, "cursor", next);
        view_put_text(a, object, "nextUrl", buf_text(&url));
    }
    struct view *chips = view_put_list(a, object, "categories");
    for (int64_t i = 0; task_categories[i] != NULL; i++) {
        struct view *chip = view_add_object(a, chips);
        struct buf url = page_url(rq, w, text_of(task_categories[i]));
        view_put_cstr(a, chip, "category", task_categories[i]);
        view_put_text(a, chip, "url", buf_text(&url));
        view_put_bool(a, chip, "current", w->category == i);
    }
    struct view *filter = view_put_object(a, object, "filter");
    struct buf all = page_url(rq, w, TEXT_NONE);
    view_put_text(a, filter, "allUrl", buf_text(&all));
    view_put_text(a, filter, "category", category);
    view_put_text(a, filter, "homeName", w->home_name);
    view_put_bool(a, filter, "any", w->category >= 0 || w->neighbourhood.v != 0);
    if (w->neighbourhood.v != 0) {
        struct neighbourhood_get row;
        TRY(sql_neighbourhood_get(tx, w->neighbourhood, &row));
        view_put_id(a, filter, "neighbourhood", row.id.v);
        view_put_text(a, filter, "neighbourhoodName", row.name);
    }
    return OK;
}

static err task_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct task_list *w = work;
    struct task_search search;
    struct task_found found[TASK_PAGE_MAX + 1];
    size_t count;
    TRY(search_of(rq, w, &search));
    TRY(home_near(rq, tx, w, &search));
    TRY(task_search(tx, &search, found, &count));
    size_t shown = count > search.limit ? search.limit : count;
    struct view *object = view_object(rq->arena);
    struct view *items = view_put_list(rq->arena, object, "items");
    for (size_t i = 0; i < shown; i++) {
        struct task_get row;
        TRY(sql_task_get(tx, found[i].id, &row));
        struct view *item = schema_view(rq->arena, &task_schema, &row);
        if (search.has_near && w->home_name.at == NULL)
            view_put_int(rq->arena, item, "distanceMeters", found[i].distance_m);
        view_add(items, item);
    }
    struct text next = TEXT_NONE;
    if (count > shown)
        next = cursor_make(rq->arena, &found[shown - 1]);
    if (next.len > 0)
        view_put_text(rq->arena, object, "nextCursor", next);
    else
        view_put_null(rq->arena, object, "nextCursor");
    *ret = object;
    return task_page_path(rq) != NULL ? page_members(rq, tx, w, next, object) : OK;
}

const struct rooms task_list_rooms = {
    .id = "taskList",
    .summary = "Tasks, newest first or nearest first",
    .tag = "task",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct task_list),
    .query = &task_list_query,
    .answer = &task_schema,
    .status = 200,
    .errors = (const err[]){ ERR_SIGN_IN, ERR_FORBIDDEN, OK },
    .load = task_list_load,
};

/* The desk's drafts: the same list, of drafts. */

static err task_draft_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct task_list *w = work;
    w->state = TASK_DRAFT;
    w->category = -1;
    return task_list_load(rq, tx, w, ret);
}

const struct rooms task_draft_list_rooms = {
    .id = "taskDraftList",
    .summary = "Tasks that wait for sign-off",
    .tag = "task",
    .roles = ROLE_AUTHOR | ROLE_MANAGER,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct task_list),
    .query = &task_draft_query,
    .answer = &task_schema,
    .status = 200,
    .errors = (const err[]){ ERR_FORBIDDEN, OK },
    .load = task_draft_list_load,
};
