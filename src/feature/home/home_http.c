/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The first page, for visitors and for residents, and the first page of the desk. */
#include "feature/claim/claim.h"
#include "feature/task/task.h"
#include "feature/wallet/wallet.h"
#include "gen/home_sql.h"
#include "http/route.h"

extern const struct feature home_feature;

/* GET /v1/summary */

struct home {
    struct home_counts counts;
    struct text neighbourhood;
    struct schema_list tasks, claims;
};
#define AT(member) .at = offsetof(struct home_tasks_near, member)
static const struct field home_task_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The task" },
    { "title", FIELD_TEXT, AT(title), .about = "What is to be done" },
    { "category", FIELD_CHOICE, AT(category), .choices = task_categories, .about = "Kind of task" },
    { "minutes", FIELD_INT, AT(minutes), .about = "About how long it takes" },
    { "rewardCents", FIELD_COINS, AT(reward), .about = "What one gets for it" },
    { "places", FIELD_INT, AT(places), .about = "For how many people" },
    { "placesTaken", FIELD_INT, AT(places_taken), .about = "Of those: taken" },
    { "neighbourhoodName", FIELD_TEXT, AT(neighbourhood_name), .about = "Where" },
    { "municipalityName", FIELD_TEXT, AT(municipality_name), .about = "Where" },
    { "brand", FIELD_TEXT, AT(brand_plural), .about = "What the coins are called" },
};
#undef AT
static const struct schema home_task_schema =
    SCHEMA("SummaryTask", struct home_tasks_near, home_task_fields);
#define AT(member) .at = offsetof(struct home_claims, member)
static const struct field home_claim_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The claim" },
    { "taskTitle", FIELD_TEXT, AT(title), .about = "What is to be done" },
    { "state", FIELD_CHOICE, AT(state), .choices = claim_states, .about = "How it stands" },
    { "deadlineAt", FIELD_INSTANT, AT(deadline_at), .about = "Hand in before this" },
    { "rewardCents", FIELD_COINS, AT(reward), .about = "What one gets for it" },
};
#undef AT
static const struct schema home_claim_schema =
    SCHEMA("SummaryClaim", struct home_claims, home_claim_fields);
#define AT(member) .at = offsetof(struct home, member)
static const struct field home_fields[] = {
    { "openTasks", FIELD_INT, AT(counts.open_tasks), .about = "Tasks that can be claimed" },
    { "doneTasks", FIELD_INT, AT(counts.done_tasks), .about = "Tasks done and approved so far" },
    { "earnedCents", FIELD_COINS, AT(counts.earned), .about = "Coins earned with them" },
    { "shops", FIELD_INT, AT(counts.shops), .about = "Shops that take coins" },
    { "neighbourhoodName", FIELD_TEXT, FIELD_OPTIONAL, AT(neighbourhood),
      .about = "One's own neighbourhood" },
    { "tasks", FIELD_LIST, AT(tasks), .schema = &home_task_schema,
      .about = "A few short tasks, near home when it is known" },
    { "claims", FIELD_LIST, AT(claims), .schema = &home_claim_schema, .about = "One's open tasks" },
};
#undef AT
static const struct schema home_schema = SCHEMA("Summary", struct home, home_fields);

static err home_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct home home = { 0 };
    struct home_tasks_near_rows tasks = { 0 };
    struct home_claims_rows claims = { 0 };
    TRY(sql_home_counts(tx, &home.counts));
    if (rq->actor->person.v != 0) {
        struct home_person person;
        TRY(sql_home_person(tx, rq->actor->person, &person));
        TRY(sql_home_claims(tx, rq->actor->person, &claims));
        if (person.neighbourhood.v != 0)
            TRY(sql_home_tasks_near(tx, person.neighbourhood, &tasks));
        if (tasks.count > 0)
            home.neighbourhood = person.neighbourhood_name;
    }
    if (tasks.count == 0)
        TRY(sql_home_tasks_new(tx, &tasks));
    home.tasks = (struct schema_list){ tasks.at, tasks.count };
    home.claims = (struct schema_list){ claims.at, claims.count };
    *ret = schema_view(rq->arena, &home_schema, &home);
    return OK;
}
static const struct rooms home_rooms = {
    .id = "summary",
    .summary = "How many tasks and shops there are, and what waits for who asks",
    .tag = "home",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct work),
    .answer = &home_schema,
    .status = 200,
    .load = home_load,
};

/* What the coin is: words only */

static err about_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)tx, (void)work;
    *ret = view_object(rq->arena);
    return OK;
}
static const struct rooms about_rooms = {
    .id = "about",
    .summary = "What the coin is, who pays for it and who sees what",
    .tag = "home",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct work),
    .status = 200,
    .load = about_load,
};

/* GET /v1/desk */

#define DESK_ROLES                                                                                 \
    (ROLE_STEWARD | ROLE_INSPECTOR | ROLE_AUTHOR | ROLE_MANAGER | ROLE_TREASURER | ROLE_AUDITOR)
#define AT(member) .at = offsetof(struct home_desk, member)
static const struct field desk_fields[] = {
    { "toCheck", FIELD_INT, AT(to_check), .about = "Handed-in work that waits to be checked" },
    { "drafts", FIELD_INT, AT(drafts), .about = "Tasks that wait for the sign-off" },
    { "openTasks", FIELD_INT, AT(open_tasks), .about = "Tasks that can be claimed" },
    { "payouts", FIELD_INT, AT(payouts), .about = "Payouts that wait for a second officer" },
};
#undef AT
static const struct schema desk_schema = SCHEMA("Desk", struct home_desk, desk_fields);

static err desk_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct home_desk desk;
    uint128 municipality = 0;
    for (uint32_t role = ROLE_STEWARD; role <= ROLE_AUDITOR && municipality == 0; role <<= 1)
        if ((DESK_ROLES & role) != 0)
            municipality = actor_scope(rq->actor, role);
    TRY(sql_home_desk(tx, (struct municipality_id){ municipality }, rq->actor->person, &desk));
    *ret = schema_view(rq->arena, &desk_schema, &desk);
    return OK;
}
static const struct rooms desk_rooms = {
    .id = "desk",
    .summary = "What waits for an officer or steward",
    .tag = "home",
    .roles = DESK_ROLES,
    .work_size = sizeof(struct work),
    .answer = &desk_schema,
    .status = 200,
    .load = desk_load,
};

static const struct route home_routes[] = {
    { READ, GET, "/v1/summary", &home_rooms },
    { READ, GET, "/v1/desk", &desk_rooms },
    { READ, GET, "/", &home_rooms, .page = "home_page",
      .parts = { { "wallet", &wallet_show_rooms } } },
    { READ, GET, "/about", &about_rooms, .page = "home_about_page" },
    { READ, GET, "/desk", &desk_rooms, .page = "home_desk_page" },
};
const struct feature home_feature = { "home", home_routes,
                                      sizeof home_routes / sizeof home_routes[0], NULL, 0 };
