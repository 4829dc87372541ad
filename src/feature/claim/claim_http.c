/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/claim/claim_internal.h"

#include "feature/task/task.h"

enum { CLAIM_PAGE_MAX = 100 };

/* POST /v1/tasks/{task}/claims */

struct claim_create {
    struct work work;
    struct task_id task;
    struct claim_get row;
};
static const struct field claim_create_path_fields[] = {
    { "task", FIELD_ID, 0, offsetof(struct claim_create, task), .about = "The task" },
};
static const struct schema claim_create_path =
    SCHEMA("ClaimNewPath", struct claim_create, claim_create_path_fields);

static err claim_create_apply(struct tx *tx, void *work)
{
    struct claim_create *w = work;
    struct claim_id id;
    TRY(claim_make(tx, w->task, w->work.actor.person, &id));
    w->work.ids[0].v = id.v;
    return sql_claim_get(tx, id, &w->row);
}

static err claim_create_replay(struct tx *tx, void *work)
{
    struct claim_create *w = work;
    return sql_claim_get(tx, (struct claim_id){ w->work.ids[0].v }, &w->row);
}

static err claim_create_reply(struct request *rq, void *work, struct view **ret)
{
    *ret = schema_view(rq->arena, &claim_schema, &((struct claim_create *)work)->row);
    return OK;
}

static const struct rooms claim_create_rooms = {
    .id = "claimCreate",
    .summary = "Claim a place on a task; its coins are kept for the claimant",
    .tag = "claim",
    .roles = ROLE_RESIDENT | ROLE_STEWARD,
    .flags = ROOMS_KEY,
    .work_size = sizeof(struct claim_create),
    .path = &claim_create_path,
    .answer = &claim_schema,
    .status = 201,
    .errors = (const err[]){ ERR_NOT_FOUND, ERR_CLAIM_TASK_CLOSED, ERR_CLAIM_OWN_TASK,
                             ERR_CLAIM_TWICE, ERR_CLAIM_DONE, ERR_CLAIM_TASK_FULL,
                             ERR_CLAIM_TOO_MANY, ERR_CLAIM_FUND_EMPTY, OK },
    .apply = claim_create_apply,
    .replay = claim_create_replay,
    .reply = claim_create_reply,
};

/* GET /v1/claims */

struct claim_list {
    struct work work;
    int64_t state, limit;
    struct text cursor;
};
#define AT(member) .at = offsetof(struct claim_list, member)
static const struct field claim_list_query_fields[] = {
    { "state", FIELD_CHOICE, FIELD_OPTIONAL, AT(state), .choices = claim_states,
      .about = "Only claims in this state" },
    { "limit", FIELD_INT, FIELD_OPTIONAL, AT(limit), .min = 1, .max = CLAIM_PAGE_MAX,
      .about = "Claims on a page; 50 when nothing is said" },
    { "cursor", FIELD_TEXT, FIELD_OPTIONAL, AT(cursor), .max = 100,
      .about = "nextCursor of the page before" },
};
#undef AT
static const struct schema claim_list_query =
    SCHEMA("ClaimListQuery", struct claim_list, claim_list_query_fields);

/* The page shows what is to do first, then what is being checked, then the rest. */
static void claim_groups_put(struct arena *a, struct view *object,
                             const struct claim_get_rows *rows, size_t shown)
{
    struct view *to_do = view_put_list(a, object, "toDo");
    struct view *checking = view_put_list(a, object, "checking");
    struct view *ended = view_put_list(a, object, "ended");
    for (size_t i = 0; i < shown; i++) {
        struct view *item = schema_view(a, &claim_schema, &rows->at[i]);
        if (claim_is_in_hand(rows->at[i].state))
            view_add(to_do, item);
        else if (claim_is_open(rows->at[i].state))
            view_add(checking, item);
        else
            view_add(ended, item);
    }
}

static err claim_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    const struct claim_list *w = work;
    struct arena *a = rq->arena;
    struct claim_id before = { ~(uint128)0 };
    struct text cursor = TEXT_NONE;
    size_t limit = w->limit > 0 ? (size_t)w->limit : 50;
    if (w->cursor.len > 0 &&
        (base64url_parse(a, w->cursor, &cursor) != OK || uuid_parse(cursor, &before.v) != OK)) {
        field_errors_add(&rq->errors, TEXT("cursor"),
                         N_("This is not a nextCursor of ours. Start without it."), 0, 0);
        return ERR_INVALID;
    }
    struct claim_get_rows rows;
    TRY(sql_claim_list_own(tx, rq->actor->person, w->state >= 0 ? w->state : -1, before,
                           (int64_t)limit + 1, &rows));
    size_t shown = rows.count > limit ? limit : rows.count;
    struct view *object = view_object(a);
    struct view *items = view_put_list(a, object, "items");
    for (size_t i = 0; i < shown; i++)
        view_add(items, schema_view(a, &claim_schema, &rows.at[i]));
    if (rows.count > shown) {
        struct text next = base64url(a, uuid_text(a, rows.at[shown - 1].id.v));
        view_put_text(a, object, "nextCursor", next);
        if (task_page_path(rq) != NULL)
            view_put_text(a, object, "nextUrl",
                          text_format(a, "/claims?cursor=%.*s", TEXT_ARGS(next)));
    } else {
        view_put_null(a, object, "nextCursor");
    }
    if (task_page_path(rq) != NULL)
        claim_groups_put(a, object, &rows, shown);
    *ret = object;
    return OK;
}

const struct rooms claim_list_rooms = {
    .id = "claimList",
    .summary = "One's own claims, newest first",
    .tag = "claim",
    .roles = ROLE_RESIDENT | ROLE_STEWARD,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct claim_list),
    .query = &claim_list_query,
    .answer = &claim_schema,
    .status = 200,
    .load = claim_list_load,
};

/* GET /v1/claims/{claim} */

struct claim_at { /* anything about one claim */
    struct work work;
    struct claim_id claim;
    struct text note;
    int64_t minutes_worked;
    struct claim_get row;
};
static const struct field claim_path_fields[] = {
    { "claim", FIELD_ID, 0, offsetof(struct claim_at, claim), .about = "The claim" },
};
static const struct schema claim_path = SCHEMA("ClaimPath", struct claim_at, claim_path_fields);

static err claim_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct claim_at *w = work;
    TRY(sql_claim_get(tx, w->claim, &w->row));
    /* Whoever has no part in it is not told that it exists. */
    if (w->row.person.v != rq->actor->person.v &&
        !actor_has(rq->actor, ROLE_INSPECTOR | ROLE_STEWARD | ROLE_MANAGER | ROLE_AUDITOR,
                   w->row.municipality.v))
        return ERR_NOT_FOUND;
    return claim_full_view(rq, tx, &w->row, ret);
}

static uint128 claim_topic(const void *work)
{
    return ((const struct claim_at *)work)->claim.v;
}

const struct rooms claim_show_rooms = {
    .id = "claimShow",
    .summary = "One claim with its photos and verdict; for the claimant and checkers",
    .tag = "claim",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct claim_at),
    .path = &claim_path,
    .answer = &claim_schema,
    .status = 200,
    .load = claim_show_load,
};

static const struct rooms claim_events_rooms = {
    .id = "claimEvents",
    .summary = "Server-sent events: the claim each time it changes",
    .tag = "claim",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct claim_at),
    .path = &claim_path,
    .answer = &claim_schema,
    .status = 200,
    .load = claim_show_load,
    .topic = claim_topic,
};

/* POST /v1/claims/{claim}/submission */

static const struct field claim_submit_fields[] = {
    { "note", FIELD_TEXT, FIELD_OPTIONAL | FIELD_LINES, offsetof(struct claim_at, note), 0, 2000,
      .about = "What was done, and what the keeper should know" },
    { "minutesWorked", FIELD_INT, FIELD_OPTIONAL, offsetof(struct claim_at, minutes_worked), 1,
      1440, .about = "How long it took" },
};
static const struct schema claim_submit_body =
    SCHEMA("SubmissionNew", struct claim_at, claim_submit_fields);

static err own_facts(struct tx *tx, const struct claim_at *w, struct claim_end_facts *ret)
{
    TRY(sql_claim_end_facts(tx, w->claim, ret));
    return ret->person.v == w->work.actor.person.v ? OK : ERR_NOT_FOUND;
}

static err claim_submit_apply(struct tx *tx, void *work)
{
    struct claim_at *w = work;
    struct claim_end_facts f;
    TRY(own_facts(tx, w, &f));
    TRY(claim_submit_check(&f, tx->now));
    TRY(sql_claim_submit(tx, w->claim, tx->now, w->note.at != NULL ? w->note : TEXT(""),
                         w->minutes_worked));
    tx_notify(tx, w->claim.v);
    return sql_claim_get(tx, w->claim, &w->row);
}

/* Handed in, then perhaps checked already: told as it is now. */
static err claim_submit_replay(struct tx *tx, void *work)
{
    struct claim_at *w = work;
    return sql_claim_get(tx, w->claim, &w->row);
}

static err claim_at_reply(struct request *rq, void *work, struct view **ret)
{
    *ret = schema_view(rq->arena, &claim_schema, &((struct claim_at *)work)->row);
    return OK;
}

static const struct rooms claim_submit_rooms = {
    .id = "claimSubmit",
    .summary = "Hand the work in; needs at least one photo from after it",
    .tag = "claim",
    .roles = ROLE_RESIDENT | ROLE_STEWARD,
    .flags = ROOMS_KEY_MAY,
    .work_size = sizeof(struct claim_at),
    .path = &claim_path,
    .body = &claim_submit_body,
    .answer = &claim_schema,
    .status = 200,
    .errors = (const err[]){ ERR_NOT_FOUND, ERR_CLAIM_HANDED_IN, ERR_CLAIM_STATE, ERR_CLAIM_LATE,
                             ERR_CLAIM_NO_PHOTO, OK },
    .apply = claim_submit_apply,
    .replay = claim_submit_replay,
    .reply = claim_at_reply,
};

/* POST /v1/claims/{claim}/withdrawal */

static err claim_withdraw_apply(struct tx *tx, void *work)
{
    struct claim_at *w = work;
    struct claim_end_facts f;
    TRY(own_facts(tx, w, &f));
    TRY(claim_withdraw_check(&f));
    TRY(claim_finish(tx, &f, CLAIM_WITHDRAWN, w->work.actor.person));
    return sql_claim_get(tx, w->claim, &w->row);
}

static const struct rooms claim_withdraw_rooms = {
    .id = "claimWithdraw",
    .summary = "Give a place back",
    .tag = "claim",
    .roles = ROLE_RESIDENT | ROLE_STEWARD,
    .work_size = sizeof(struct claim_at),
    .path = &claim_path,
    .answer = &claim_schema,
    .status = 200,
    .errors = (const err[]){ ERR_NOT_FOUND, ERR_CLAIM_HANDED_IN, ERR_CLAIM_STATE, OK },
    .apply = claim_withdraw_apply,
    .reply = claim_at_reply,
};

static const struct route claim_routes[] = {
    { WRITE, POST, "/v1/tasks/{task}/claims", &claim_create_rooms },
    { READ, GET, "/v1/claims", &claim_list_rooms },
    { READ, GET, "/v1/claims/{claim}", &claim_show_rooms },
    { EVENTS, GET, "/v1/claims/{claim}/events", &claim_events_rooms },
    { WRITE, POST, "/v1/claims/{claim}/submission", &claim_submit_rooms },
    { WRITE, POST, "/v1/claims/{claim}/withdrawal", &claim_withdraw_rooms },

    { WRITE, POST, "/tasks/{task}/claims", &claim_create_rooms, .then = "/claims/{id}",
      .again = "/tasks/{task}" },
    { READ, GET, "/claims", &claim_list_rooms, .page = "claim_list_page" },
    { READ, GET, "/claims/{claim}", &claim_show_rooms, .page = "claim_show_page" },
    { WRITE, POST, "/claims/{claim}/submission", &claim_submit_rooms, .then = "/claims/{claim}",
      .again = "/claims/{claim}" },
    { READ, GET, "/claims/{claim}/withdrawal", &claim_show_rooms, .page = "claim_withdraw_page" },
    { WRITE, POST, "/claims/{claim}/withdrawal", &claim_withdraw_rooms, .then = "/claims/{claim}",
      .again = "/claims/{claim}/withdrawal" },
};
static const struct background claim_background[] = {
    { "claim.expire", 30 * SECOND_US, claim_expire },
};
const struct feature claim_feature = {
    .name = "claim",
    .routes = claim_routes,
    .route_count = sizeof claim_routes / sizeof claim_routes[0],
    .background = claim_background,
    .background_count = sizeof claim_background / sizeof claim_background[0],
};
