/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_internal.h"

#include "gen/municipality_sql.h"
#include "gen/person_sql.h"
#include "gen/task_sql.h"

#include <string.h>

const char *const task_tools[] = { "none", "needed", NULL };

enum { PAGE_TASKS = 30, LIST_TASKS = 50, MARKS_MAX = 500, QUICK_MINUTES = 30 };

struct task_list {
    struct work work;
    struct municipality_id municipality;
    struct neighbourhood_id neighbourhood, around;
    int64_t state, limit, minutes_max, reward_min, tools;
    bool light, indoor, with_others, wheelchair_friendly, child_friendly;
    struct text category, bbox, near, cursor;
    struct neighbourhood_get place; /* nearest to its centre first; id none: not */
};

#define AT(member) .at = offsetof(struct task_list, member)
static const struct field task_list_query_fields[] = {
    { "municipality", FIELD_ID, FIELD_OPTIONAL, AT(municipality),
      .about = "Only tasks of this municipality" },
    { "neighbourhood", FIELD_ID, FIELD_OPTIONAL, AT(neighbourhood),
      .about = "Only tasks of this neighbourhood" },
    { "state", FIELD_CHOICE, FIELD_OPTIONAL, AT(state), .choices = task_states,
      .about = "open when nothing is said; drafts are for authors and managers" },
    { "category", FIELD_TEXT, FIELD_OPTIONAL, AT(category), .max = 200,
      .about = "Only tasks of these kinds, with commas between: bench,litter" },
    { "minutesMax", FIELD_INT, FIELD_OPTIONAL, AT(minutes_max), .min = 1, .max = TASK_MINUTES_MAX,
      .about = "Only tasks that take at most so many minutes" },
    { "rewardMinCents", FIELD_INT, FIELD_OPTIONAL, AT(reward_min), .min = 1, .max = TASK_REWARD_MAX,
      .about = "Only tasks that give at least so many coin cents" },
    { "tools", FIELD_CHOICE, FIELD_OPTIONAL, AT(tools), .choices = task_tools,
      .about = "Only tasks without tools, or only those with" },
    { "light", FIELD_BOOL, FIELD_OPTIONAL, AT(light), .about = "Only light work" },
    { "indoor", FIELD_BOOL, FIELD_OPTIONAL, AT(indoor), .about = "Only tasks inside" },
    { "withOthers", FIELD_BOOL, FIELD_OPTIONAL, AT(with_others),
      .about = "Only tasks for more than one person" },
    { "wheelchairFriendly", FIELD_BOOL, FIELD_OPTIONAL, AT(wheelchair_friendly),
      .about = "Only tasks that can be done from a wheelchair" },
    { "childFriendly", FIELD_BOOL, FIELD_OPTIONAL, AT(child_friendly),
      .about = "Only tasks that children can do along with you" },
    { "bbox", FIELD_TEXT, FIELD_OPTIONAL, AT(bbox), .max = 100,
      .about = "west,south,east,north in degrees: only tasks in this box" },
    { "near", FIELD_TEXT, FIELD_OPTIONAL, AT(near), .max = 60,
      .about = "latitude,longitude in degrees: nearest first; else newest first" },
    { "around", FIELD_ID, FIELD_OPTIONAL, AT(around),
      .about = "A neighbourhood: nearest to its centre first" },
    { "limit", FIELD_INT, FIELD_OPTIONAL, AT(limit), .min = 1, .max = TASK_PAGE_MAX,
      .about = "Tasks on a page; 50 when nothing is said, 500 marks" },
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

/* "bench,litter" to bits; none: all. */
static bool kinds_parse(struct text t, int64_t *ret_kinds)
{
    struct text kind;
    int64_t kinds = 0;
    while (text_split(&t, ',', &kind)) {
        int64_t category = choice_index(task_categories, text_trim(kind));
        if (category < 0)
            return false;
        kinds |= INT64_C(1) << category;
    }
    *ret_kinds = kinds == 0 ? TASK_KINDS_ALL : kinds;
    return true;
}

static struct text kinds_text(struct arena *a, int64_t kinds)
{
    struct buf b = buf_new(a, 200);
    for (int64_t i = 0; kinds != TASK_KINDS_ALL && task_categories[i] != NULL; i++)
        if ((kinds >> i & 1) != 0) {
            if (b.len > 0)
                buf_char(&b, ',');
            buf_cstr(&b, task_categories[i]);
        }
    return b.len == 0 ? TEXT_NONE : buf_text(&b);
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

/* A neighbourhood chosen by hand goes before where the phone is. */
static void place_choose(struct task_list *w)
{
    if (w->around.v != 0)
        w->near = TEXT_NONE;
}

static struct task_filter filter_of(const struct task_list *w)
{
    struct task_filter f = task_filter_any;
    f.light = w->light;
    f.indoor = w->indoor;
    f.wheelchair = w->wheelchair_friendly;
    f.child = w->child_friendly;
    if (w->tools >= 0)
        f.tools = w->tools;
    if (w->minutes_max > 0)
        f.minutes_max = w->minutes_max;
    if (w->reward_min > 0)
        f.reward_min = w->reward_min;
    if (w->with_others)
        f.places_min = 2;
    return f;
}

static err search_of(struct request *rq, const struct task_list *w, struct task_search *ret)
{
    const int64_t degree = 1000000;
    *ret = (struct task_search){
        .state = w->state >= 0 ? w->state : TASK_OPEN,
        .filter = filter_of(w),
        .municipality = w->municipality,
        .neighbourhood = w->neighbourhood,
        .south = -90 * degree,
        .north = 90 * degree,
        .west = -180 * degree,
        .east = 180 * degree,
        .limit = w->limit > 0                 ? (size_t)w->limit
                 : task_page_path(rq) != NULL ? PAGE_TASKS
                                              : LIST_TASKS,
    };
    if (w->category.len > 0 && !kinds_parse(w->category, &ret->filter.kinds))
        field_errors_add(&rq->errors, TEXT("category"), N_("Choose one of the options."), 0, 0);
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

/* Where someone is, as far as they said: the neighbourhood they chose; on a page also the one
 * that is filtered by, and their home. */
static err place_find(struct request *rq, struct tx *tx, struct task_list *w,
                      struct task_search *search)
{
    struct neighbourhood_id place = w->around;
    bool is_page = task_page_path(rq) != NULL && search->state == TASK_OPEN;
    if (search->has_near)
        return OK;
    if (place.v == 0 && is_page)
        place = w->neighbourhood;
    if (place.v == 0 && is_page && rq->actor->person.v != 0) {
        struct person_get person;
        TRY(sql_person_get(tx, rq->actor->person, &person));
        place = person.neighbourhood;
    }
    if (place.v == 0)
        return OK;
    err e = sql_neighbourhood_get(tx, place, &w->place);
    if (e == ERR_NOT_FOUND) { /* an old link: the list is there without it */
        w->place.id.v = 0;
        return OK;
    }
    search->has_near = e == OK;
    search->near = (struct point){ w->place.latitude, w->place.longitude };
    return e;
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

static void query_add_id(struct arena *a, struct buf *b, const char *name, uint128 id)
{
    if (id != 0)
        query_add(b, name, uuid_text(a, id));
}

static void query_add_int(struct arena *a, struct buf *b, const char *name, int64_t value)
{
    if (value > 0)
        query_add(b, name, text_format(a, "%lld", (long long)value));
}

/* The address of this list at another path, with other kinds; without the page it is at. */
static struct buf list_url(struct arena *a, const struct task_list *w, const char *path,
                           int64_t kinds)
{
    const struct {
        const char *name;
        bool on;
    } flags[] = {
        { "light", w->light },
        { "indoor", w->indoor },
        { "withOthers", w->with_others },
        { "wheelchairFriendly", w->wheelchair_friendly },
        { "childFriendly", w->child_friendly },
    };
    struct buf b = buf_new(a, 2000);
    buf_cstr(&b, path);
    query_add_id(a, &b, "municipality", w->municipality.v);
    query_add_id(a, &b, "neighbourhood", w->neighbourhood.v);
    query_add_id(a, &b, "around", w->around.v);
    query_add(&b, "category", kinds_text(a, kinds));
    query_add_int(a, &b, "minutesMax", w->minutes_max);
    query_add_int(a, &b, "rewardMinCents", w->reward_min);
    if (w->tools >= 0)
        query_add(&b, "tools", text_of(task_tools[w->tools]));
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (flags[i].on)
            query_add(&b, flags[i].name, TEXT("true"));
    if (near_parse(w->near, &(struct task_search){ 0 }))
        query_add(&b, "near", w->near);
    return b;
}

static void put_url(struct arena *a, struct view *object, const char *key, struct buf url)
{
    view_put_text(a, object, key, buf_text(&url));
}

/* Kinds as links: each adds its kind to those chosen, or takes it away. */
static void put_kinds(struct arena *a, const struct task_list *w, const char *path, int64_t kinds,
                      struct view *object)
{
    int64_t chosen = kinds == TASK_KINDS_ALL ? 0 : kinds;
    struct view *chips = view_put_list(a, object, "categories");
    for (int64_t i = 0; task_categories[i] != NULL; i++) {
        struct view *chip = view_add_object(a, chips);
        int64_t then = chosen ^ (INT64_C(1) << i);
        view_put_cstr(a, chip, "category", task_categories[i]);
        put_url(a, chip, "url", list_url(a, w, path, then == 0 ? TASK_KINDS_ALL : then));
        view_put_bool(a, chip, "current", (chosen >> i & 1) != 0);
    }
}

static const struct coins reward_steps[] = { { 250 }, { 500 }, { 1000 } };

static int64_t filter_count(const struct task_list *w)
{
    return (w->minutes_max > 0) + (w->reward_min > 0) + (w->tools >= 0) + w->light + w->indoor +
           w->with_others + w->wheelchair_friendly + w->child_friendly;
}

static void put_filter(struct arena *a, const struct task_list *w, struct view *filter)
{
    view_put_int(a, filter, "count", filter_count(w));
    view_put_int(a, filter, "minutesMax", w->minutes_max > 0 ? w->minutes_max : 0);
    view_put_int(a, filter, "rewardMinCents", w->reward_min > 0 ? w->reward_min : 0);
    struct view *rewards = view_put_list(a, filter, "rewards");
    for (size_t i = 0; i < sizeof reward_steps / sizeof reward_steps[0]; i++) {
        struct view *step = view_add_object(a, rewards);
        view_put_coins(a, step, "cents", reward_steps[i]);
        view_put_bool(a, step, "current", w->reward_min == reward_steps[i].cents);
    }
    view_put_cstr(a, filter, "tools", w->tools >= 0 ? task_tools[w->tools] : "");
    view_put_bool(a, filter, "light", w->light);
    view_put_bool(a, filter, "indoor", w->indoor);
    view_put_bool(a, filter, "withOthers", w->with_others);
    view_put_bool(a, filter, "wheelchairFriendly", w->wheelchair_friendly);
    view_put_bool(a, filter, "childFriendly", w->child_friendly);
    if (near_parse(w->near, &(struct task_search){ 0 }))
        view_put_text(a, filter, "near", w->near);
    if (w->municipality.v != 0)
        view_put_id(a, filter, "municipality", w->municipality.v);
    if (w->place.id.v == 0)
        return;
    view_put_id(a, filter, "place", w->place.id.v);
    view_put_text(a, filter, "placeName", w->place.name);
    view_put_bool(a, filter, "onlyPlace", w->neighbourhood.v == w->place.id.v);
    if (w->neighbourhood.v != 0)
        view_put_id(a, filter, "neighbourhood", w->neighbourhood.v);
    view_put_bool(a, filter, "isHome", w->around.v == 0 && w->neighbourhood.v == 0);
}

/* What only the page needs: the filters with their addresses, and the next page. */
static void page_members(struct request *rq, const struct task_list *w,
                         const struct task_search *search, struct text next, struct view *object)
{
    struct arena *a = rq->arena;
    const char *path = task_page_path(rq);
    int64_t kinds = search->filter.kinds;
    if (next.len > 0) {
        struct buf url = list_url(a, w, path, kinds);
        query_add(&url, "cursor", next);
        view_put_text(a, object, "nextUrl", buf_text(&url));
    }
    put_kinds(a, w, path, kinds, object);
    struct view *filter = view_put_object(a, object, "filter");
    struct task_list place = { .municipality = w->municipality,
                               .neighbourhood = w->neighbourhood,
                               .around = w->around,
                               .near = w->near,
                               .tools = -1 };
    put_filter(a, w, filter);
    if (kinds != TASK_KINDS_ALL)
        view_put_text(a, filter, "category", kinds_text(a, kinds));
    put_url(a, filter, "allUrl", list_url(a, w, path, TASK_KINDS_ALL));
    put_url(a, filter, "clearUrl", list_url(a, &place, path, TASK_KINDS_ALL));
    put_url(a, filter, "listUrl", list_url(a, w, "/tasks", kinds));
    put_url(a, filter, "mapUrl", list_url(a, w, "/tasks/map", kinds));
    put_url(a, filter, "marksUrl", list_url(a, w, "/v1/task-marks", kinds));
}

/* What nobody signed off is not for everyone, also when it was withdrawn. */
static bool is_shown(const struct request *rq, const struct task_get *row)
{
    return row->state != TASK_WITHDRAWN || row->opened_at.us != 0 ||
           actor_has(rq->actor, ROLE_AUTHOR | ROLE_MANAGER, row->municipality.v);
}

/* None for what is not shown. */
static err item_view(struct request *rq, struct tx *tx, const struct task_search *search,
                     const struct task_found *found, struct view **ret)
{
    struct task_get row;
    TRY(sql_task_get(tx, found->id, &row));
    *ret = NULL;
    if (!is_shown(rq, &row))
        return OK;
    *ret = schema_view(rq->arena, &task_schema, &row);
    if (search->has_near)
        view_put_int(rq->arena, *ret, "distanceMeters", found->distance_m);
    return OK;
}

/* Who has chosen nothing yet is shown a quick task without tools first: easy to begin with. */
static err quick_find(struct request *rq, struct tx *tx, const struct task_list *w,
                      const struct task_search *search, struct view *object, struct task_id *ret)
{
    struct task_search quick = *search;
    struct task_found found[2];
    struct view *item;
    size_t count;
    ret->v = 0;
    if (filter_count(w) > 0 || search->filter.kinds != TASK_KINDS_ALL || search->after.v != 0 ||
        search->state != TASK_OPEN)
        return OK;
    quick.filter.minutes_max = QUICK_MINUTES;
    quick.filter.tools = TASK_TOOLS_NONE;
    quick.limit = 1;
    TRY(task_search(tx, &quick, found, &count));
    if (count == 0)
        return OK;
    *ret = found[0].id;
    TRY(item_view(rq, tx, search, &found[0], &item));
    view_put(rq->arena, object, "quick", item);
    return OK;
}

static err task_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct task_list *w = work;
    struct task_search search;
    struct task_found found[TASK_PAGE_MAX + 1];
    struct task_id quick = { 0 };
    bool is_page = task_page_path(rq) != NULL;
    size_t count;
    place_choose(w);
    TRY(search_of(rq, w, &search));
    TRY(place_find(rq, tx, w, &search));
    TRY(task_search(tx, &search, found, &count));
    size_t shown = count > search.limit ? search.limit : count;
    struct view *object = view_object(rq->arena);
    if (is_page)
        TRY(quick_find(rq, tx, w, &search, object, &quick));
    struct view *items = view_put_list(rq->arena, object, "items");
    for (size_t i = 0; i < shown; i++) {
        struct view *item;
        if (found[i].id.v == quick.v)
            continue;
        TRY(item_view(rq, tx, &search, &found[i], &item));
        if (item != NULL)
            view_add(items, item);
    }
    struct text next = TEXT_NONE;
    if (count > shown)
        next = cursor_make(rq->arena, &found[shown - 1]);
    if (next.len > 0)
        view_put_text(rq->arena, object, "nextCursor", next);
    else
        view_put_null(rq->arena, object, "nextCursor");
    if (is_page)
        page_members(rq, w, &search, next, object);
    *ret = object;
    return OK;
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

/* GET /v1/task-marks: the same, as short as a map needs it */

#define AT(member) .at = offsetof(struct task_get, member)
static const struct field task_mark_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The task" },
    { "title", FIELD_TEXT, AT(title), .about = "What it is, in a few words" },
    { "category", FIELD_CHOICE, AT(category), .choices = task_categories, .about = "Kind of task" },
    { "minutes", FIELD_INT, AT(minutes), .about = "How long it takes, about" },
    { "rewardCents", FIELD_COINS, AT(reward), .about = "Coins for one place" },
    { "brand", FIELD_TEXT, AT(brand_plural), .about = "What these coins are called" },
    { "neighbourhoodName", FIELD_TEXT, AT(neighbourhood_name), .about = "Where it is" },
    { "location", FIELD_POINT, AT(latitude), .about = "Where it is" },
};
#undef AT
static const struct schema task_mark_schema = SCHEMA("TaskMark", struct task_get, task_mark_fields);

static err task_mark_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct task_list *w = work;
    struct task_search search;
    struct task_found *found = ARENA_ARRAY(rq->arena, struct task_found, MARKS_MAX + 1);
    size_t count;
    place_choose(w);
    TRY(search_of(rq, w, &search));
    TRY(place_find(rq, tx, w, &search));
    search.limit = w->limit > 0 ? (size_t)w->limit : MARKS_MAX;
    if (w->bbox.len > 0) {
        search.has_near = true;
        search.near =
            (struct point){ (search.south + search.north) / 2, (search.west + search.east) / 2 };
    }
    TRY(task_search(tx, &search, found, &count));
    size_t shown = count > search.limit ? search.limit : count;
    struct view *object = view_object(rq->arena);
    struct view *items = view_put_list(rq->arena, object, "items");
    for (size_t i = 0; i < shown; i++) {
        struct task_get row;
        TRY(sql_task_get(tx, found[i].id, &row));
        if (is_shown(rq, &row))
            view_add(items, schema_view(rq->arena, &task_mark_schema, &row));
    }
    if (count > shown)
        view_put_text(rq->arena, object, "nextCursor", cursor_make(rq->arena, &found[shown - 1]));
    else
        view_put_null(rq->arena, object, "nextCursor");
    *ret = object;
    return OK;
}

const struct rooms task_mark_list_rooms = {
    .id = "taskMarkList",
    .summary = "Tasks as marks on a map: of a box those nearest to its middle first",
    .tag = "task",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct task_list),
    .query = &task_list_query,
    .answer = &task_mark_schema,
    .status = 200,
    .errors = (const err[]){ ERR_SIGN_IN, ERR_FORBIDDEN, OK },
    .load = task_mark_list_load,
};

/* The desk's drafts: the same list, of drafts. */

static err task_draft_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct task_list *w = work;
    w->state = TASK_DRAFT;
    w->tools = -1;
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
