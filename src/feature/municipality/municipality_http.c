/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/municipality/municipality.h"

#include "gen/municipality_sql.h"

#define AT(member) .at = offsetof(struct municipality_get, member)
static const struct field municipality_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The municipality" },
    { "code", FIELD_TEXT, AT(code), .about = "National code, for example GM0917" },
    { "name", FIELD_TEXT, AT(name), .about = "Its name" },
    { "contact", FIELD_TEXT, AT(contact), .about = "Who residents call about a task" },
};
#undef AT
static const struct schema municipality_schema =
    SCHEMA("Municipality", struct municipality_get, municipality_fields);

#define AT(member) .at = offsetof(struct neighbourhood_get, member)
static const struct field neighbourhood_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The neighbourhood" },
    { "code", FIELD_TEXT, AT(code), .about = "National code, for example BU09171000" },
    { "name", FIELD_TEXT, AT(name), .about = "Its name" },
    { "municipality", FIELD_ID, AT(municipality), .about = "The municipality it is in" },
    { "municipalityName", FIELD_TEXT, AT(municipality_name), .about = "The municipality's name" },
    { "location", FIELD_POINT, AT(latitude), .about = "Its centre" },
};
#undef AT
static const struct schema neighbourhood_schema =
    SCHEMA("Neighbourhood", struct neighbourhood_get, neighbourhood_fields);

static struct view *list_end(struct arena *a, struct view *object)
{
    view_put_null(a, object, "nextCursor");
    return object;
}

/* GET /v1/municipalities */

struct municipality_list_work {
    struct work work;
};

static err municipality_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct municipality_get_rows rows;
    TRY(sql_municipality_list(tx, &rows));
    struct view *object = view_object(rq->arena);
    struct view *items = view_put_list(rq->arena, object, "items");
    for (size_t i = 0; i < rows.count; i++)
        view_add(items, schema_view(rq->arena, &municipality_schema, &rows.at[i]));
    *ret = list_end(rq->arena, object);
    return OK;
}

const struct rooms municipality_list_rooms = {
    .id = "municipalityList",
    .summary = "Municipalities that take part (at most 500)",
    .tag = "municipality",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct municipality_list_work),
    .answer = &municipality_schema,
    .status = 200,
    .load = municipality_list_load,
};

/* GET /v1/neighbourhoods */

struct neighbourhood_list_work {
    struct work work;
    struct municipality_id municipality;
};
static const struct field neighbourhood_query_fields[] = {
    { "municipality", FIELD_ID, FIELD_OPTIONAL,
      offsetof(struct neighbourhood_list_work, municipality),
      .about = "Only the neighbourhoods of this municipality" },
};
static const struct schema neighbourhood_query =
    SCHEMA("NeighbourhoodListQuery", struct neighbourhood_list_work, neighbourhood_query_fields);

err neighbourhood_list_view(struct tx *tx, struct municipality_id municipality, struct view **ret)
{
    struct neighbourhood_get_rows rows;
    if (municipality.v != 0)
        TRY(sql_neighbourhood_list_of(tx, municipality, &rows));
    else
        TRY(sql_neighbourhood_list(tx, &rows));
    struct view *object = view_object(tx->arena);
    struct view *items = view_put_list(tx->arena, object, "items");
    for (size_t i = 0; i < rows.count; i++)
        view_add(items, schema_view(tx->arena, &neighbourhood_schema, &rows.at[i]));
    *ret = list_end(tx->arena, object);
    return OK;
}

static err neighbourhood_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)rq;
    const struct neighbourhood_list_work *w = work;
    return neighbourhood_list_view(tx, w->municipality, ret);
}

const struct rooms neighbourhood_list_rooms = {
    .id = "neighbourhoodList",
    .summary = "Neighbourhoods, by municipality and name (at most 500)",
    .tag = "municipality",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct neighbourhood_list_work),
    .query = &neighbourhood_query,
    .answer = &neighbourhood_schema,
    .status = 200,
    .load = neighbourhood_list_load,
};

/* Adding */

err municipality_put(struct tx *tx, struct text code, struct text name, struct text contact,
                     struct municipality_id *ret)
{
    struct municipality_get row;
    bool found;
    TRY(sql_municipality_insert(tx, (struct municipality_id){ tx_id(tx) }, code, name, contact));
    TRY(sql_municipality_by_code(tx, code, &row, &found));
    if (!found)
        return ERR_DATABASE;
    *ret = row.id;
    return OK;
}

err neighbourhood_put(struct tx *tx, struct municipality_id municipality, struct text code,
                      struct text name, struct point centre, struct neighbourhood_id *ret)
{
    struct neighbourhood_get row;
    bool found;
    TRY(sql_neighbourhood_insert(tx, (struct neighbourhood_id){ tx_id(tx) }, municipality, code,
                                 name, centre.latitude_udeg, centre.longitude_udeg));
    TRY(sql_neighbourhood_by_code(tx, code, &row, &found));
    if (!found)
        return ERR_DATABASE;
    *ret = row.id;
    return OK;
}

static const struct route municipality_routes[] = {
    { READ, GET, "/v1/municipalities", &municipality_list_rooms },
    { READ, GET, "/v1/neighbourhoods", &neighbourhood_list_rooms },
};
const struct feature municipality_feature = {
    .name = "municipality",
    .routes = municipality_routes,
    .route_count = sizeof municipality_routes / sizeof municipality_routes[0],
};
