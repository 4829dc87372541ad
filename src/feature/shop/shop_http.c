/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/shop/shop.h"

#include "codec/qr.h"
#include "feature/map/map.h"
#include "feature/municipality/municipality.h"
#include "gen/municipality_sql.h"
#include "gen/person_sql.h"

#include <stdlib.h>

const char *const shop_categories[] = { "bakery",   "coffee",      "groceries",   "restaurant",
                                        "bicycles", "hairdresser", "second-hand", "clothes",
                                        "flowers",  "sport",       "library",     "museum",
                                        "service",  "other",       NULL };

struct shop_item {
    struct shop_get row;
    bool open_now;
    struct text opens_at, closes_at; /* "17:00" */
    int64_t distance_m;
};

struct shop_day {
    struct text opens, closes;
    int64_t weekday;
};
static const struct field shop_day_fields[] = {
    { "weekday", FIELD_INT, 0, offsetof(struct shop_day, weekday), 1, 7, .about = "1 = Monday" },
    { "opens", FIELD_TEXT, 0, offsetof(struct shop_day, opens), .about = "Local time" },
    { "closes", FIELD_TEXT, 0, offsetof(struct shop_day, closes), .about = "Local time" },
};
static const struct schema shop_day_schema = SCHEMA("ShopDay", struct shop_day, shop_day_fields);

#define AT(member) .at = offsetof(struct shop_item, member)
static const struct field shop_fields[] = {
    { "id", FIELD_ID, AT(row.id), .about = "The shop" },
    { "name", FIELD_TEXT, AT(row.name), .about = "Name as on the window" },
    { "category", FIELD_CHOICE, AT(row.category), .choices = shop_categories,
      .about = "Kind of shop or public service" },
    { "address", FIELD_TEXT, AT(row.address), .about = "Street and number" },
    { "location", FIELD_POINT, AT(row.latitude), .about = "Where it is" },
    { "municipality", FIELD_ID, AT(row.municipality), .about = "Municipality it is in" },
    { "municipalityName", FIELD_TEXT, AT(row.municipality_name), .about = "Its name" },
    { "neighbourhood", FIELD_ID, AT(row.neighbourhood), .about = "Neighbourhood it is in" },
    { "neighbourhoodName", FIELD_TEXT, AT(row.neighbourhood_name), .about = "Its name" },
    { "publicService", FIELD_BOOL, AT(row.public_service),
      .about = "A public service, such as a pool or library" },
    { "openNow", FIELD_BOOL, AT(open_now), .about = "Open at this moment" },
    { "opensAt", FIELD_TEXT, FIELD_OPTIONAL, AT(opens_at),
      .about = "When closed: the next opening today, local time" },
    { "closesAt", FIELD_TEXT, FIELD_OPTIONAL, AT(closes_at),
      .about = "When open: closing time, local time" },
    { "distanceMeters", FIELD_INT, FIELD_OPTIONAL, AT(distance_m),
      .about = "From `near`, in a straight line" },
    { "hours", FIELD_LIST, FIELD_OPTIONAL | FIELD_ADDED, .schema = &shop_day_schema,
      .about = "Opening hours; only when one shop is asked for" },
};
#undef AT
static const struct schema shop_schema = SCHEMA("Shop", struct shop_item, shop_fields);

static struct text minute_text(struct arena *a, int64_t minute)
{
    if (minute == INT_NONE)
        return TEXT_NONE;
    return text_format(a, "%02d:%02d", (int)(minute / 60), (int)(minute % 60));
}

static err shop_spans(struct tx *tx, struct shop_id shop, struct shop_span spans[28],
                      size_t *ret_count)
{
    struct shop_hours_of_rows rows;
    TRY(sql_shop_hours_of(tx, shop, &rows));
    for (size_t i = 0; i < rows.count; i++)
        spans[i] = (struct shop_span){ rows.at[i].weekday, rows.at[i].opens, rows.at[i].closes };
    *ret_count = rows.count;
    return OK;
}

static err shop_item_of(struct tx *tx, struct arena *a, const struct shop_get *row,
                        struct point near, struct instant now, struct shop_item *ret)
{
    struct shop_span spans[28];
    size_t count;
    TRY(shop_spans(tx, row->id, spans, &count));
    struct civil c = civil_of(now);
    struct shop_opening opening = shop_opening_of(spans, count, &c);
    bool has_near = near.latitude_udeg != 0 || near.longitude_udeg != 0;
    *ret = (struct shop_item){
        .row = *row,
        .open_now = opening.is_open,
        .opens_at = minute_text(a, opening.opens_at),
        .closes_at = minute_text(a, opening.closes_at),
        .distance_m = has_near
                          ? point_distance_m(near, (struct point){ row->latitude, row->longitude })
                          : INT_NONE,
    };
    return OK;
}

static int by_distance(const void *left, const void *right)
{
    const struct shop_item *a = left, *b = right;
    if (a->distance_m != b->distance_m)
        return a->distance_m < b->distance_m ? -1 : 1;
    return a->row.id.v < b->row.id.v ? -1 : a->row.id.v > b->row.id.v;
}

static err items_of(struct tx *tx, struct arena *a, const struct shop_get_rows *rows,
                    struct point near, struct instant now, struct shop_item **ret)
{
    struct shop_item *items = ARENA_ARRAY(a, struct shop_item, rows->count + 1);
    for (size_t i = 0; i < rows->count; i++)
        TRY(shop_item_of(tx, a, &rows->at[i], near, now, &items[i]));
    if (near.latitude_udeg != 0 || near.longitude_udeg != 0)
        qsort(items, rows->count, sizeof *items, by_distance);
    *ret = items;
    return OK;
}

err shop_nearest_view(struct tx *tx, struct arena *a, struct point near, struct instant now,
                      struct view **ret)
{
    struct shop_get_rows rows;
    struct shop_item *items;
    TRY(sql_shop_all(tx, &rows));
    TRY(items_of(tx, a, &rows, near, now, &items));
    *ret = NULL;
    for (size_t i = 0; i < rows.count && *ret == NULL; i++)
        if (items[i].open_now)
            *ret = schema_view(a, &shop_schema, &items[i]);
    if (*ret == NULL && rows.count > 0)
        *ret = schema_view(a, &shop_schema, &items[0]);
    return OK;
}

/* GET /v1/shops */

struct shop_list {
    struct work work;
    struct municipality_id municipality;
    struct neighbourhood_id around;
    struct point near;
    struct neighbourhood_get place; /* nearest to its centre first; id none: not */
};
static const struct field shop_list_fields[] = {
    { "municipality", FIELD_ID, FIELD_OPTIONAL, offsetof(struct shop_list, municipality),
      .about = "Only shops of this municipality" },
    { "near", FIELD_POINT, FIELD_OPTIONAL, offsetof(struct shop_list, near),
      .about = "latitude,longitude in degrees: nearest first, with distances" },
    { "around", FIELD_ID, FIELD_OPTIONAL, offsetof(struct shop_list, around),
      .about = "A neighbourhood: nearest to its centre first, with distances" },
};
static const struct schema shop_list_query =
    SCHEMA("ShopListQuery", struct shop_list, shop_list_fields);

/* The neighbourhood that was chosen; on a page else one's home. */
static err place_find(struct request *rq, struct tx *tx, struct shop_list *list)
{
    struct neighbourhood_id place = list->around;
    bool has_near = list->near.latitude_udeg != 0 || list->near.longitude_udeg != 0;
    if (place.v == 0 && has_near)
        return OK;
    if (place.v == 0 && rq->route->page != NULL && rq->actor->person.v != 0) {
        struct person_get person;
        TRY(sql_person_get(tx, rq->actor->person, &person));
        place = person.neighbourhood;
    }
    if (place.v == 0)
        return OK;
    err e = sql_neighbourhood_get(tx, place, &list->place);
    if (e == OK)
        list->near = (struct point){ list->place.latitude, list->place.longitude };
    else
        list->place.id.v = 0;
    return e == ERR_NOT_FOUND ? OK : e;
}

static void put_filter(struct request *rq, const struct shop_list *list, struct view *object)
{
    struct arena *a = rq->arena;
    struct view *filter = view_put_object(a, object, "filter");
    struct text query = TEXT("");
    if (list->around.v != 0) {
        query = text_format(a, "?around=%.*s", TEXT_ARGS(uuid_text(a, list->around.v)));
    } else if (list->place.id.v == 0 && list->near.latitude_udeg != 0) {
        struct text near = text_format(a, "%.4f,%.4f", (double)list->near.latitude_udeg / 1e6,
                                       (double)list->near.longitude_udeg / 1e6);
        query = text_format(a, "?near=%.*s", TEXT_ARGS(near));
        view_put_text(a, filter, "near", near);
    }
    view_put_text(a, filter, "listUrl", text_format(a, "/shops%.*s", TEXT_ARGS(query)));
    view_put_text(a, filter, "mapUrl", text_format(a, "/shops/map%.*s", TEXT_ARGS(query)));
    if (list->place.id.v == 0)
        return;
    view_put_id(a, filter, "place", list->place.id.v);
    view_put_text(a, filter, "placeName", list->place.name);
    view_put_bool(a, filter, "isHome", list->around.v == 0);
}

static err shop_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct shop_list *list = work;
    struct shop_get_rows rows;
    TRY(place_find(rq, tx, list));
    if (list->municipality.v != 0)
        TRY(sql_shop_in_municipality(tx, list->municipality, &rows));
    else
        TRY(sql_shop_all(tx, &rows));
    struct shop_item *items;
    TRY(items_of(tx, rq->arena, &rows, list->near, rq->now, &items));
    struct view *view = view_object(rq->arena);
    struct view *all = view_put_list(rq->arena, view, "items");
    for (size_t i = 0; i < rows.count && i < 500; i++)
        view_add(all, schema_view(rq->arena, &shop_schema, &items[i]));
    view_put_null(rq->arena, view, "nextCursor");
    if (rq->route->page != NULL)
        put_filter(rq, list, view);
    *ret = view;
    return OK;
}

static const struct rooms shop_list_rooms = {
    .id = "shopList",
    .summary = "Shops and public services that take coins (at most 500)",
    .tag = "shop",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct shop_list),
    .query = &shop_list_query,
    .answer = &shop_schema,
    .status = 200,
    .load = shop_list_load,
};

/* GET /v1/shops/{shop} */

struct shop_show {
    struct work work;
    struct shop_id shop;
};
static const struct field shop_path_fields[] = {
    { "shop", FIELD_ID, 0, offsetof(struct shop_show, shop), .about = "The shop" },
};
static const struct schema shop_path = SCHEMA("ShopPath", struct shop_show, shop_path_fields);

static err shop_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct shop_show *show = work;
    struct shop_get row;
    TRY(sql_shop_get(tx, show->shop, &row));
    struct shop_item item;
    TRY(shop_item_of(tx, rq->arena, &row, (struct point){ 0 }, rq->now, &item));
    struct view *view = schema_view(rq->arena, &shop_schema, &item);
    struct shop_hours_of_rows rows;
    TRY(sql_shop_hours_of(tx, show->shop, &rows));
    struct view *hours = view_put_list(rq->arena, view, "hours");
    for (size_t i = 0; i < rows.count; i++) {
        struct shop_day day = { minute_text(rq->arena, rows.at[i].opens),
                                minute_text(rq->arena, rows.at[i].closes), rows.at[i].weekday };
        view_add(hours, schema_view(rq->arena, &shop_day_schema, &day));
    }
    *ret = view;
    return OK;
}

static const struct rooms shop_show_rooms = {
    .id = "shopShow",
    .summary = "One shop with its opening hours",
    .tag = "shop",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct shop_show),
    .path = &shop_path,
    .answer = &shop_schema,
    .status = 200,
    .load = shop_show_load,
};

/* GET /v1/shops/{shop}/qr: for the sign in the window */

static err shop_qr_file(struct request *rq, struct tx *tx, void *work, struct file_answer *ret)
{
    const struct shop_show *show = work;
    struct shop_get row;
    TRY(sql_shop_get(tx, show->shop, &row));
    struct text url = text_format(rq->arena, "%s/shops/%.*s", rq->base_url,
                                  TEXT_ARGS(uuid_text(rq->arena, row.id.v)));
    TRY(qr_svg(rq->arena, url, &ret->bytes));
    ret->media_type = "image/svg+xml";
    return OK;
}

static const struct rooms shop_qr_rooms = {
    .id = "shopQr",
    .summary = "The QR code of a shop's page (SVG)",
    .tag = "shop",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct shop_show),
    .path = &shop_path,
    .status = 200,
    .media_type = "image/svg+xml",
    .file = shop_qr_file,
};

/* Adding */

err shop_add(struct tx *tx, const struct shop_new *shop, struct shop_id *ret_shop, bool *ret_added)
{
    struct shop_find found;
    bool exists;
    TRY(sql_shop_find(tx, shop->municipality, shop->name, &found, &exists));
    if (exists) {
        *ret_shop = found.id;
        *ret_added = false;
        return OK;
    }
    struct shop_id id = { tx_id(tx) };
    TRY(sql_shop_insert(tx, &(struct shop_insert_in){
                                .id = id,
                                .municipality = shop->municipality,
                                .neighbourhood = shop->neighbourhood,
                                .holder = { tx_id(tx) },
                                .name = shop->name,
                                .category = shop->category,
                                .address = shop->address,
                                .latitude = shop->location.latitude_udeg,
                                .longitude = shop->location.longitude_udeg,
                                .public_service = shop->public_service,
                                .account_name = shop->account_name,
                                .iban = shop->iban,
                                .bic = shop->bic.at != NULL ? shop->bic : TEXT(""),
                                .created_at = tx->now,
                            }));
    for (size_t i = 0; i < shop->span_count; i++)
        TRY(sql_shop_hours_insert(tx, id, shop->spans[i].weekday, shop->spans[i].opens,
                                  shop->spans[i].closes));
    *ret_shop = id;
    *ret_added = true;
    return OK;
}

static const struct route shop_routes[] = {
    { READ, GET, "/v1/shops", &shop_list_rooms },
    { READ, GET, "/v1/shops/{shop}", &shop_show_rooms },
    { FILE_ROUTE, GET, "/v1/shops/{shop}/qr", &shop_qr_rooms },
    { READ, GET, "/shops/{shop}/sign", &shop_show_rooms, .page = "shop_sign_page" },
    { READ, GET, "/shops", &shop_list_rooms, .page = "shop_list_page",
      .parts = { { "neighbourhoods", &neighbourhood_list_rooms } } },
    { READ, GET, "/shops/map", &shop_list_rooms, .page = "shop_map_page",
      .parts = { { "neighbourhoods", &neighbourhood_list_rooms }, { "map", &map_show_rooms } } },
    { READ, GET, "/shops/{shop}", &shop_show_rooms, .page = "shop_show_page" },
};
const struct feature shop_feature = { "shop", shop_routes,
                                      sizeof shop_routes / sizeof shop_routes[0], NULL, 0 };
