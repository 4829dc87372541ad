/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_internal.h"

#include "gen/task_sql.h"
#include "http/http.h"

const char *const task_states[] = { "draft", "open", "closed", "withdrawn", NULL };
const char *const task_categories[] = { "bench",           "bin",         "bollard",
                                        "playground",      "weeding",     "litter",
                                        "wheelchair-walk", "night-watch", "social",
                                        "other",           NULL };

#define AT(member) .at = offsetof(struct task_get, member)
static const struct field task_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The task" },
    { "title", FIELD_TEXT, AT(title), .about = "What it is, in a few words" },
    { "description", FIELD_TEXT, AT(description), .about = "What it is about" },
    { "category", FIELD_CHOICE, AT(category), .choices = task_categories, .about = "Kind of task" },
    { "state", FIELD_CHOICE, AT(state), .choices = task_states,
      .about = "draft: waits for sign-off; closed: all places are taken" },
    { "minutes", FIELD_INT, AT(minutes), .about = "How long it takes, about" },
    { "rewardCents", FIELD_COINS, AT(reward), .about = "Coins for one place" },
    { "places", FIELD_INT, AT(places), .about = "How many people can do it" },
    { "placesTaken", FIELD_INT, AT(places_taken), .about = "Places claimed or done" },
    { "location", FIELD_POINT, AT(latitude), .about = "Where it is" },
    { "neighbourhood", FIELD_ID, AT(neighbourhood), .about = "Neighbourhood it is in" },
    { "neighbourhoodName", FIELD_TEXT, AT(neighbourhood_name), .about = "Its name" },
    { "municipality", FIELD_ID, AT(municipality), .about = "Municipality it is in" },
    { "municipalityName", FIELD_TEXT, AT(municipality_name), .about = "Its name" },
    { "issuer", FIELD_ID, AT(issuer), .about = "Whose coins it gives" },
    { "brand", FIELD_TEXT, AT(brand_plural), .about = "What these coins are called" },
    { "keeper", FIELD_TEXT, AT(keeper), .about = "Who keeps this place" },
    { "extraWorkReason", FIELD_TEXT, AT(extra_work_reason),
      .about = "Why this is extra and takes nobody's job" },
    { "tools", FIELD_TEXT, AT(tools), .about = "What to bring or borrow" },
    { "light", FIELD_BOOL, AT(light), .about = "Light work: no lifting and no kneeling" },
    { "indoor", FIELD_BOOL, AT(indoor), .about = "It is done inside" },
    { "wheelchairFriendly", FIELD_BOOL, AT(wheelchair_friendly),
      .about = "It can be done from a wheelchair" },
    { "childFriendly", FIELD_BOOL, AT(child_friendly),
      .about = "Children can do it along with you" },
    { "instructions", FIELD_TEXT, AT(instructions), .about = "What to do, one step a line" },
    { "claimHours", FIELD_INT, AT(claim_hours), .about = "Hours from claiming to handing in" },
    { "externalId", FIELD_TEXT, FIELD_OPTIONAL, AT(external_id),
      .about = "Number in the asset register it came from" },
    { "createdAt", FIELD_INSTANT, AT(created_at), .about = "When it was written" },
    { "distanceMeters", FIELD_INT, FIELD_OPTIONAL | FIELD_ADDED,
      .about = "From the place that was asked for, in a straight line" },
};
#undef AT
const struct schema task_schema = SCHEMA("Task", struct task_get, task_fields);

static void steps_put(struct arena *a, struct view *object, struct text instructions)
{
    struct view *steps = view_put_list(a, object, "steps");
    struct text line;
    while (text_split(&instructions, '\n', &line)) {
        line = text_trim(line);
        if (line.len > 0)
            view_add_text(a, steps, line);
    }
}

static void degrees_add(struct buf *b, int64_t udeg)
{
    buf_format(b, "%.6f", (double)udeg / 1e6);
}

static void suits_put(struct arena *a, struct view *object, const struct task_get *row)
{
    const struct {
        bool suits;
        const char *word;
    } all[] = {
        { row->light, "light" },
        { row->indoor, "indoor" },
        { row->places > 1, "with-others" },
        { row->wheelchair_friendly, "wheelchair" },
        { row->child_friendly, "child" },
    };
    struct view *suits = view_put_list(a, object, "suits");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].suits)
            view_add_text(a, suits, text_of(all[i].word));
}

err task_view(struct tx *tx, struct task_id task, bool for_page, struct view **ret)
{
    struct task_get row;
    TRY(sql_task_get(tx, task, &row));
    *ret = schema_view(tx->arena, &task_schema, &row);
    if (!for_page)
        return OK;
    steps_put(tx->arena, *ret, row.instructions);
    suits_put(tx->arena, *ret, &row);
    view_put_text(tx->arena, *ret, "contact", row.municipality_contact);
    view_put_int(tx->arena, *ret, "placesLeft", row.places - row.places_taken);
    struct buf url = buf_new(tx->arena, 200);
    buf_cstr(&url, "https://www.openstreetmap.org/?mlat=");
    degrees_add(&url, row.latitude);
    buf_cstr(&url, "&mlon=");
    degrees_add(&url, row.longitude);
    view_put_text(tx->arena, *ret, "mapUrl", buf_text(&url));
    return OK;
}

const char *task_page_path(const struct request *rq)
{
    return rq->route->page != NULL ? rq->route->path : rq->route->again;
}

err task_place_take(struct tx *tx, struct task_id task)
{
    TRY(sql_task_place_more(tx, task, tx->now));
    tx_notify(tx, task.v);
    return OK;
}

err task_place_give(struct tx *tx, struct task_id task)
{
    TRY(sql_task_place_less(tx, task));
    tx_notify(tx, task.v);
    return OK;
}

err task_guide(struct tx *tx, struct coins *ret)
{
    return setting_int(tx, "task.hourly-guide", TASK_GUIDE_CENTS, &ret->cents);
}

err task_add(struct tx *tx, const struct task_new *n, struct task_id *ret)
{
    struct task_id id = { tx_id(tx) };
    TRY(sql_task_insert(tx, &(struct task_insert_in){
                                .id = id,
                                .municipality = n->municipality,
                                .neighbourhood = n->neighbourhood,
                                .issuer = n->issuer,
                                .external_id = n->external_id,
                                .title = n->title,
                                .description = n->description,
                                .instructions = n->instructions,
                                .category = n->category,
                                .state = (int64_t)n->state,
                                .minutes = n->minutes,
                                .reward = n->reward,
                                .places = n->places,
                                .claim_hours = n->claim_hours,
                                .latitude = n->location.latitude_udeg,
                                .longitude = n->location.longitude_udeg,
                                .cell = task_cell(n->location),
                                .keeper = n->keeper,
                                .extra_work_reason = n->extra_work_reason,
                                .tools = n->tools,
                                .light = n->light,
                                .indoor = n->indoor,
                                .wheelchair_friendly = n->wheelchair_friendly,
                                .child_friendly = n->child_friendly,
                                .batch = n->batch,
                                .author = n->author,
                                .now = tx->now,
                            }));
    *ret = id;
    return OK;
}
