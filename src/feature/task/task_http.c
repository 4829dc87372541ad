/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_internal.h"

#include "codec/qr.h"
#include "feature/map/map.h"
#include "feature/municipality/municipality.h"
#include "gen/issuer_sql.h"
#include "gen/municipality_sql.h"
#include "gen/task_sql.h"

static bool may_manage(const struct actor *actor, struct municipality_id municipality)
{
    return actor_has(actor, ROLE_AUTHOR | ROLE_MANAGER, municipality.v);
}

/* What nobody signed off is not for everyone, also when it was withdrawn. */
static bool is_hidden(const struct actor *actor, const struct task_facts *facts)
{
    bool is_signed_off = facts->state != TASK_DRAFT && facts->opened_at.us != 0;
    return !is_signed_off && !may_manage(actor, facts->municipality);
}

/* GET /v1/tasks/{task} */

struct task_at { /* anything about one task */
    struct work work;
    struct task_id task;
    struct view *view;
};
static const struct field task_path_fields[] = {
    { "task", FIELD_ID, 0, offsetof(struct task_at, task), .about = "The task" },
};
static const struct schema task_path = SCHEMA("TaskPath", struct task_at, task_path_fields);

/* What only the page needs: what this person can do here. */
static err task_page_members(struct request *rq, struct tx *tx, const struct task_facts *facts,
                             struct task_id task, struct view *object)
{
    struct arena *a = rq->arena;
    struct person_id who = rq->actor->person;
    bool manages = may_manage(rq->actor, facts->municipality);
    bool waits = manages && facts->state == TASK_DRAFT;
    view_put_bool(a, object, "manages", manages);
    view_put_bool(a, object, "canSignOff", waits && facts->author.v != who.v);
    view_put_bool(a, object, "ownDraft", waits && facts->author.v == who.v);
    view_put_bool(a, object, "canWithdraw", manages && facts->state != TASK_WITHDRAWN);
    view_put_bool(a, object, "ownTask", who.v != 0 && facts->author.v == who.v);
    view_put_bool(a, object, "canClaim",
                  facts->state == TASK_OPEN && facts->author.v != who.v &&
                      (rq->actor->roles & (ROLE_RESIDENT | ROLE_STEWARD)) != 0);
    if (who.v == 0)
        return OK;
    struct task_claim_of claim;
    bool found;
    TRY(sql_task_claim_of(tx, task, who, &claim, &found));
    if (found && !claim.is_done)
        view_put_id(a, object, "myClaim", claim.claim.v);
    else if (found)
        view_put_id(a, object, "doneClaim", claim.claim.v);
    return OK;
}

static err task_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    const struct task_at *w = work;
    bool for_page = task_page_path(rq) != NULL;
    struct task_facts facts;
    TRY(sql_task_facts(tx, w->task, &facts));
    if (is_hidden(rq->actor, &facts))
        return ERR_NOT_FOUND;
    TRY(task_view(tx, w->task, for_page, ret));
    return for_page ? task_page_members(rq, tx, &facts, w->task, *ret) : OK;
}

static const struct rooms task_show_rooms = {
    .id = "taskShow",
    .summary = "One task; one that was never signed off only for authors and managers",
    .tag = "task",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct task_at),
    .path = &task_path,
    .answer = &task_schema,
    .status = 200,
    .load = task_show_load,
};

/* GET /v1/tasks/{task}/qr: for the poster */

static err task_qr_file(struct request *rq, struct tx *tx, void *work, struct file_answer *ret)
{
    const struct task_at *w = work;
    struct task_facts facts;
    TRY(sql_task_facts(tx, w->task, &facts));
    if (is_hidden(rq->actor, &facts))
        return ERR_NOT_FOUND;
    struct text url = text_format(rq->arena, "%s/tasks/%.*s", rq->base_url,
                                  TEXT_ARGS(uuid_text(rq->arena, w->task.v)));
    TRY(qr_svg(rq->arena, url, &ret->bytes));
    ret->media_type = "image/svg+xml";
    return OK;
}

static const struct rooms task_qr_rooms = {
    .id = "taskQr",
    .summary = "The QR code of a task's page (SVG)",
    .tag = "task",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct task_at),
    .path = &task_path,
    .status = 200,
    .media_type = "image/svg+xml",
    .file = task_qr_file,
};

/* POST /v1/tasks */

struct task_create {
    struct work work;
    struct task_new task;
    struct view *view;
};
#define AT(member) .at = offsetof(struct task_create, task.member)
static const struct field task_create_fields[] = {
    { "title", FIELD_TEXT, 0, AT(title), .min = 3, .max = TASK_TITLE_MAX,
      .about = "What it is, in a few words" },
    { "description", FIELD_TEXT, FIELD_LINES, AT(description), .min = 3, .max = TASK_TEXT_MAX,
      .about = "What it is about" },
    { "instructions", FIELD_TEXT, FIELD_LINES | FIELD_OPTIONAL, AT(instructions),
      .max = TASK_TEXT_MAX, .about = "What to do, one step a line" },
    { "category", FIELD_CHOICE, AT(category), .choices = task_categories, .about = "Kind of task" },
    { "minutes", FIELD_INT, AT(minutes), .min = TASK_MINUTES_MIN, .max = TASK_MINUTES_MAX,
      .about = "How long it takes, about" },
    { "rewardCents", FIELD_COINS, AT(reward), .min = 1, .max = TASK_REWARD_MAX,
      .about = "Coins for one place" },
    { "places", FIELD_INT, FIELD_OPTIONAL, AT(places), .min = 1, .max = TASK_PLACES_MAX,
      .about = "How many people can do it; 1 when nothing is said" },
    { "location", FIELD_POINT, AT(location), .about = "Where it is" },
    { "neighbourhood", FIELD_ID, AT(neighbourhood), .about = "Neighbourhood it is in" },
    { "municipality", FIELD_ID, FIELD_OPTIONAL, AT(municipality),
      .about = "The neighbourhood's; may be left out" },
    { "issuer", FIELD_ID, FIELD_OPTIONAL, AT(issuer),
      .about = "Whose coins it gives: the municipality's own; may be left out" },
    { "keeper", FIELD_TEXT, FIELD_OPTIONAL, AT(keeper), .max = TASK_LINE_MAX,
      .about = "Who keeps this place; the municipality when nothing is said" },
    { "extraWorkReason", FIELD_TEXT, 0, AT(extra_work_reason), .min = 10, .max = TASK_LINE_MAX,
      .about = "Why this is extra and takes nobody's job" },
    { "tools", FIELD_TEXT, FIELD_OPTIONAL, AT(tools), .max = TASK_LINE_MAX,
      .about = "What to bring or borrow" },
    { "light", FIELD_BOOL, FIELD_OPTIONAL, AT(light),
      .about = "Light work: no lifting and no kneeling" },
    { "indoor", FIELD_BOOL, FIELD_OPTIONAL, AT(indoor), .about = "It is done inside" },
    { "wheelchairFriendly", FIELD_BOOL, FIELD_OPTIONAL, AT(wheelchair_friendly),
      .about = "It can be done from a wheelchair" },
    { "childFriendly", FIELD_BOOL, FIELD_OPTIONAL, AT(child_friendly),
      .about = "Children can do it along with you" },
    { "claimHours", FIELD_INT, FIELD_OPTIONAL, AT(claim_hours), .min = 1,
      .max = TASK_CLAIM_HOURS_MAX,
      .about = "Hours from claiming to handing in; 72 when nothing is said" },
};
#undef AT
static const struct schema task_create_body =
    SCHEMA("TaskNew", struct task_create, task_create_fields);

/* The municipality's issuer; whoever is asked for must be that one. */
static err task_issuer(struct tx *tx, struct municipality_id municipality, struct issuer_id *issuer)
{
    struct issuer_get own;
    bool found;
    TRY(sql_issuer_of_municipality(tx, municipality, &own, &found));
    if (!found)
        return ERR_TASK_NO_ISSUER;
    if (issuer->v != 0 && issuer->v != own.id.v)
        return ERR_FORBIDDEN;
    *issuer = own.id;
    return OK;
}

/* Fills in what was left out, and checks what hangs together. */
static err task_complete(struct tx *tx, const struct actor *actor, struct task_new *n)
{
    struct neighbourhood_get home;
    TRY(sql_neighbourhood_get(tx, n->neighbourhood, &home));
    if (n->municipality.v != 0 && n->municipality.v != home.municipality.v)
        return ERR_TASK_NEIGHBOURHOOD;
    n->municipality = home.municipality;
    if (!actor_has(actor, ROLE_AUTHOR, n->municipality.v))
        return ERR_FORBIDDEN;
    TRY(task_issuer(tx, n->municipality, &n->issuer));
    struct coins guide;
    TRY(task_guide(tx, &guide));
    if (task_reward_check(n->reward, n->minutes, guide) == TASK_REWARD_REFUSED)
        return ERR_TASK_REWARD_HIGH;
    if (n->places < 1)
        n->places = 1;
    if (n->claim_hours < 1)
        n->claim_hours = TASK_CLAIM_HOURS;
    if (n->keeper.len == 0)
        n->keeper = home.municipality_name;
    if (n->instructions.len == 0)
        n->instructions = n->description;
    if (n->tools.at == NULL)
        n->tools = TEXT("");
    n->author = actor->person;
    n->state = TASK_DRAFT;
    return OK;
}

static err task_create_apply(struct tx *tx, void *work)
{
    struct task_create *w = work;
    struct task_id id;
    TRY(task_complete(tx, &w->work.actor, &w->task));
    TRY(task_add(tx, &w->task, &id));
    w->work.ids[0].v = id.v;
    return task_view(tx, id, false, &w->view);
}

static err task_create_reply(struct request *rq, void *work, struct view **ret)
{
    (void)rq;
    *ret = ((struct task_create *)work)->view;
    return OK;
}

static const struct rooms task_create_rooms = {
    .id = "taskCreate",
    .summary = "Write a task; it opens when a colleague signs it off",
    .tag = "task",
    .roles = ROLE_AUTHOR,
    .work_size = sizeof(struct task_create),
    .body = &task_create_body,
    .answer = &task_schema,
    .status = 201,
    .errors = (const err[]){ ERR_FORBIDDEN, ERR_NOT_FOUND, ERR_TASK_NEIGHBOURHOOD,
                             ERR_TASK_NO_ISSUER, ERR_TASK_REWARD_HIGH, OK },
    .apply = task_create_apply,
    .reply = task_create_reply,
};

/* The form for it */

struct task_form {
    struct work work;
};

static err task_form_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct municipality_id municipality = { actor_scope(rq->actor, ROLE_AUTHOR) };
    struct coins guide;
    TRY(neighbourhood_list_view(tx, municipality, ret));
    TRY(task_guide(tx, &guide));
    view_put_coins(rq->arena, *ret, "guideCents", guide);
    struct view *categories = view_put_list(rq->arena, *ret, "categories");
    for (size_t i = 0; task_categories[i] != NULL; i++)
        view_add_text(rq->arena, categories, text_of(task_categories[i]));
    return OK;
}

static const struct rooms task_form_rooms = {
    .id = "taskForm",
    .summary = "What is needed to write a task",
    .tag = "task",
    .roles = ROLE_AUTHOR,
    .work_size = sizeof(struct task_form),
    .status = 200,
    .load = task_form_load,
};

/* POST /v1/tasks/{task}/sign-off and /withdrawal */

static err task_duty_of(struct tx *tx, const struct task_at *w, struct task_duty *ret,
                        struct task_facts *ret_facts)
{
    TRY(sql_task_facts(tx, w->task, ret_facts));
    bool manages = may_manage(&w->work.actor, ret_facts->municipality);
    if (is_hidden(&w->work.actor, ret_facts))
        return ERR_NOT_FOUND;
    *ret = (struct task_duty){ ret_facts->state, ret_facts->author, manages, manages };
    return OK;
}

static err task_sign_off_apply(struct tx *tx, void *work)
{
    struct task_at *w = work;
    struct task_duty duty;
    struct task_facts facts;
    int64_t opened;
    TRY(task_duty_of(tx, w, &duty, &facts));
    TRY(task_sign_off_check(&duty, w->work.actor.person));
    TRY(task_issuer(tx, facts.municipality, &facts.issuer));
    TRY(sql_task_open(tx, w->task, w->work.actor.person, tx->now, &opened));
    if (opened != 1)
        return ERR_TASK_NOT_DRAFT;
    tx_notify(tx, w->task.v);
    return task_view(tx, w->task, false, &w->view);
}

static err task_withdraw_apply(struct tx *tx, void *work)
{
    struct task_at *w = work;
    struct task_duty duty;
    struct task_facts facts;
    TRY(task_duty_of(tx, w, &duty, &facts));
    TRY(task_withdraw_check(&duty));
    TRY(sql_task_withdraw(tx, w->task, tx->now));
    tx_notify(tx, w->task.v);
    return task_view(tx, w->task, false, &w->view);
}

static err task_at_reply(struct request *rq, void *work, struct view **ret)
{
    (void)rq;
    *ret = ((struct task_at *)work)->view;
    return OK;
}

static const struct rooms task_sign_off_rooms = {
    .id = "taskSignOff",
    .summary = "Sign off that a draft is extra work, and open it; not by its author",
    .tag = "task",
    .roles = ROLE_AUTHOR | ROLE_MANAGER,
    .work_size = sizeof(struct task_at),
    .path = &task_path,
    .answer = &task_schema,
    .status = 200,
    .errors = (const err[]){ ERR_FORBIDDEN, ERR_NOT_FOUND, ERR_TASK_NOT_DRAFT,
                             ERR_TASK_OWN_SIGN_OFF, ERR_TASK_NO_ISSUER, OK },
    .apply = task_sign_off_apply,
    .reply = task_at_reply,
};

static const struct rooms task_withdraw_rooms = {
    .id = "taskWithdraw",
    .summary = "Take a task off the list; people who are doing it can finish",
    .tag = "task",
    .roles = ROLE_AUTHOR | ROLE_MANAGER,
    .work_size = sizeof(struct task_at),
    .path = &task_path,
    .answer = &task_schema,
    .status = 200,
    .errors = (const err[]){ ERR_FORBIDDEN, ERR_NOT_FOUND, ERR_TASK_ENDED, OK },
    .apply = task_withdraw_apply,
    .reply = task_at_reply,
};

static const struct route task_routes[] = {
    { READ, GET, "/v1/tasks", &task_list_rooms },
    { READ, GET, "/v1/task-marks", &task_mark_list_rooms },
    { READ, GET, "/v1/tasks/{task}", &task_show_rooms },
    { FILE_ROUTE, GET, "/v1/tasks/{task}/qr", &task_qr_rooms },
    { READ, GET, "/v1/task-batches", &task_batch_list_rooms },
    { WRITE, POST, "/v1/tasks", &task_create_rooms },
    { WRITE, POST, "/v1/tasks/sign-offs", &task_batch_sign_off_rooms },
    { WRITE, POST, "/v1/tasks/{task}/sign-off", &task_sign_off_rooms },
    { WRITE, POST, "/v1/tasks/{task}/withdrawal", &task_withdraw_rooms },

    { READ, GET, "/tasks", &task_list_rooms, .page = "task_list_page",
      .parts = { { "neighbourhoods", &neighbourhood_list_rooms } } },
    { READ, GET, "/tasks/map", &task_list_rooms, .page = "task_map_page",
      .parts = { { "neighbourhoods", &neighbourhood_list_rooms }, { "map", &map_show_rooms } } },
    { READ, GET, "/tasks/{task}", &task_show_rooms, .page = "task_show_page" },
    { READ, GET, "/tasks/{task}/poster", &task_show_rooms, .page = "task_poster_page" },
    { WRITE, POST, "/tasks/{task}/sign-off", &task_sign_off_rooms, .then = "/tasks/{task}",
      .again = "/tasks/{task}" },
    { READ, GET, "/tasks/{task}/withdrawal", &task_show_rooms, .page = "task_withdraw_page" },
    { WRITE, POST, "/tasks/{task}/withdrawal", &task_withdraw_rooms, .then = "/tasks/{task}",
      .again = "/tasks/{task}/withdrawal" },
    { READ, GET, "/desk/tasks", &task_batch_list_rooms, .page = "task_desk_page",
      .parts = { { "drafts", &task_draft_list_rooms } } },
    { WRITE, POST, "/desk/tasks/sign-offs", &task_batch_sign_off_rooms, .then = "/desk/tasks",
      .again = "/desk/tasks" },
    { READ, GET, "/desk/tasks/new", &task_form_rooms, .page = "task_new_page" },
    { WRITE, POST, "/desk/tasks/new", &task_create_rooms, .then = "/tasks/{id}",
      .again = "/desk/tasks/new" },
};
static const struct background task_background[] = {
    { "task.batch", SECOND_US, task_batch_background },
};
const struct feature task_feature = {
    .name = "task",
    .routes = task_routes,
    .route_count = sizeof task_routes / sizeof task_routes[0],
    .background = task_background,
    .background_count = sizeof task_background / sizeof task_background[0],
};
