/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/review/review.h"

#include "feature/claim/claim.h"
#include "http/http.h"

#define CHECKERS (ROLE_INSPECTOR | ROLE_STEWARD)

static const char *const outcomes[] = { "approved", "rework", "rejected", NULL };
static const char *const states[] = { "pending", "posted", "taken-back", NULL };

/* How a review is told: the reviewer's name stays inside the municipality. */
#define AT(member) .at = offsetof(struct review_get, member)
static const struct field review_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The review" },
    { "claim", FIELD_ID, AT(claim), .about = "What was checked" },
    { "outcome", FIELD_CHOICE, AT(outcome), .choices = outcomes, .about = "The verdict" },
    { "reason", FIELD_TEXT, AT(reason), .about = "Why; the resident reads it" },
    { "state", FIELD_CHOICE, AT(state), .choices = states,
      .about = "pending: it can be taken back until postsAt" },
    { "reviewedAt", FIELD_INSTANT, AT(reviewed_at), .about = "When" },
    { "postsAt", FIELD_INSTANT, AT(posts_at), .about = "When it takes effect" },
    { "deadlineAt", FIELD_INSTANT, FIELD_NULLABLE, AT(deadline_at),
      .about = "rework: until when it can be handed in again" },
};
#undef AT
static const struct schema review_schema = SCHEMA("Review", struct review_get, review_fields);

/* A verdict takes effect: coins are posted, released, or a new deadline is set. */
static err review_post(struct tx *tx, const struct review_get *r)
{
    TRY(sql_review_set_state(tx, r->id, REVIEW_POSTED));
    switch ((enum review_outcome)r->outcome) {
    case REVIEW_APPROVED:
        return claim_approve(tx, r->claim, r->reviewer);
    case REVIEW_REWORK:
        return claim_ask_rework(tx, r->claim, r->deadline_at);
    case REVIEW_REJECTED:
        return claim_reject(tx, r->claim, r->reviewer);
    }
    return ERR_INTERNAL;
}

/* POST /v1/claims/{claim}/reviews */

struct review_create {
    struct work work;
    struct claim_id claim;
    int64_t outcome;
    struct text reason;
    struct review_get row;
    struct claim_id next; /* waits to be checked after this one; none: no other */
};
static const struct field review_path_fields[] = {
    { "claim", FIELD_ID, 0, offsetof(struct review_create, claim), .about = "The claim" },
};
static const struct schema review_path =
    SCHEMA("ReviewPath", struct review_create, review_path_fields);
static const struct field review_create_fields[] = {
    { "outcome", FIELD_CHOICE, 0, offsetof(struct review_create, outcome), .choices = outcomes,
      .about = "The verdict" },
    { "reason", FIELD_TEXT, FIELD_OPTIONAL | FIELD_LINES, offsetof(struct review_create, reason), 0,
      500, .about = "Why; needed unless approved" },
};
static const struct schema review_create_body =
    SCHEMA("ReviewNew", struct review_create, review_create_fields);

/* What waits in one's municipality after this claim, else from the start; not the claim itself. */
static err review_next(struct tx *tx, const struct actor *actor, struct claim_id claim,
                       struct claim_id *ret)
{
    struct review_queue_rows rows;
    uint128 scope = actor_scope(actor, ROLE_INSPECTOR);
    if (scope == 0)
        scope = actor_scope(actor, ROLE_STEWARD);
    ret->v = 0;
    for (int turn = 0; turn < 2 && ret->v == 0; turn++) {
        struct claim_id after = turn == 0 ? claim : (struct claim_id){ 0 };
        TRY(sql_review_queue(tx, (struct municipality_id){ scope }, actor->person, after, 1,
                             &rows));
        if (rows.count > 0 && rows.at[0].claim.v != claim.v)
            *ret = rows.at[0].claim;
    }
    return OK;
}

static err review_create_apply(struct tx *tx, void *work)
{
    struct review_create *c = work;
    struct review_facts facts;
    struct review_pending pending;
    bool is_pending;
    int64_t undo_seconds;
    TRY(sql_review_facts(tx, c->claim, &facts));
    if (!actor_has(&c->work.actor, CHECKERS, facts.municipality.v))
        return ERR_NOT_FOUND;
    TRY(sql_review_pending(tx, c->claim, &pending, &is_pending));
    TRY(review_check(&facts, c->work.actor.person, is_pending, (enum review_outcome)c->outcome,
                     c->reason));
    TRY(setting_int(tx, "review.undo-seconds", 10, &undo_seconds));
    c->row = (struct review_get){
        .id = { tx_id(tx) },
        .claim = c->claim,
        .reviewer = c->work.actor.person,
        .outcome = c->outcome,
        .reason = c->reason.at != NULL ? c->reason : TEXT(""),
        .state = REVIEW_PENDING,
        .reviewed_at = tx->now,
        .posts_at = { tx->now.us + undo_seconds * SECOND_US },
    };
    if (c->outcome == REVIEW_REWORK)
        c->row.deadline_at.us = tx->now.us + facts.claim_hours * HOUR_US;
    c->work.ids[0].v = c->row.id.v;
    TRY(sql_review_insert(tx, &(struct review_insert_in){
                                  .id = c->row.id,
                                  .claim = c->row.claim,
                                  .reviewer = c->row.reviewer,
                                  .outcome = c->row.outcome,
                                  .reason = c->row.reason,
                                  .reviewed_at = c->row.reviewed_at,
                                  .posts_at = c->row.posts_at,
                                  .deadline_at = c->row.deadline_at,
                              }));
    tx_notify(tx, c->claim.v);
    TRY(review_next(tx, &c->work.actor, c->claim, &c->next));
    if (undo_seconds > 0)
        return OK;
    c->row.state = REVIEW_POSTED;
    return review_post(tx, &c->row);
}
static err review_create_replay(struct tx *tx, void *work)
{
    struct review_create *c = work;
    return sql_review_get(tx, (struct review_id){ c->work.ids[0].v }, &c->row);
}
static err review_create_reply(struct request *rq, void *work, struct view **ret)
{
    struct review_create *c = work;
    if (c->next.v != 0)
        rq->then_path = text_format(rq->arena, "/desk/reviews/%.*s",
                                    TEXT_ARGS(uuid_text(rq->arena, c->next.v)));
    *ret = schema_view(rq->arena, &review_schema, &c->row);
    return OK;
}
static const struct rooms review_create_rooms = {
    .id = "reviewCreate",
    .summary = "Approve handed-in work, ask to improve it, or reject it",
    .tag = "review",
    .roles = CHECKERS,
    .flags = ROOMS_KEY,
    .work_size = sizeof(struct review_create),
    .path = &review_path,
    .body = &review_create_body,
    .answer = &review_schema,
    .status = 201,
    .errors = (const err[]){ ERR_REVIEW_OWN, ERR_REVIEW_STATE, ERR_REVIEW_PENDING,
                             ERR_REVIEW_REASON, OK },
    .error_fields = (const struct error_field[]){ { ERR_REVIEW_REASON, "reason" }, { OK, NULL } },
    .apply = review_create_apply,
    .replay = review_create_replay,
    .reply = review_create_reply,
};

/* GET /v1/claims/{claim}/reviews */

static err review_of_claim_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct review_create *at = work;
    struct review_facts facts;
    struct review_of_claim_rows rows;
    TRY(sql_review_facts(tx, at->claim, &facts));
    bool own = facts.claimant.v == rq->actor->person.v;
    if (!own && !actor_has(rq->actor, CHECKERS | ROLE_MANAGER | ROLE_AUDITOR, facts.municipality.v))
        return ERR_NOT_FOUND;
    TRY(sql_review_of_claim(tx, at->claim, &rows));
    struct view *view = view_object(rq->arena), *items = view_put_list(rq->arena, view, "items");
    for (size_t i = 0; i < rows.count; i++)
        if (!own || rows.at[i].state == REVIEW_POSTED)
            view_add(items, schema_view(rq->arena, &review_schema, &rows.at[i]));
    view_put_null(rq->arena, view, "nextCursor");
    *ret = view;
    return OK;
}
const struct rooms review_of_claim_rooms = {
    .id = "reviewList",
    .summary = "Verdicts on one claim, newest first",
    .tag = "review",
    .roles = ROLE_SIGNED_IN,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct review_create),
    .path = &review_path,
    .answer = &review_schema,
    .status = 200,
    .load = review_of_claim_load,
};

/* Which claim comes after this one, for the page of one claim */

static err review_next_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    const struct review_create *at = work;
    struct claim_id next;
    TRY(review_next(tx, rq->actor, at->claim, &next));
    *ret = view_object(rq->arena);
    view_put_id(rq->arena, *ret, "claim", next.v);
    return OK;
}
static const struct rooms review_next_rooms = {
    .id = "reviewNext",
    .summary = "What waits to be checked after a claim",
    .tag = "review",
    .roles = CHECKERS,
    .work_size = sizeof(struct review_create),
    .path = &review_path,
    .status = 200,
    .load = review_next_load,
};

/* POST /v1/reviews/{review}/take-back */

struct review_take_back {
    struct work work;
    struct review_id review;
    struct review_get row;
};
static const struct field take_back_path_fields[] = {
    { "review", FIELD_ID, 0, offsetof(struct review_take_back, review), .about = "The review" },
};
static const struct schema take_back_path =
    SCHEMA("ReviewTakeBackPath", struct review_take_back, take_back_path_fields);

static err review_take_back_apply(struct tx *tx, void *work)
{
    struct review_take_back *t = work;
    TRY(sql_review_get(tx, t->review, &t->row));
    TRY(review_check_take_back(&t->row, t->work.actor.person, tx->now));
    TRY(sql_review_set_state(tx, t->review, REVIEW_TAKEN_BACK));
    tx_notify(tx, t->row.claim.v);
    t->row.state = REVIEW_TAKEN_BACK;
    t->work.ids[0].v = t->row.claim.v;
    return OK;
}
static err review_take_back_reply(struct request *rq, void *work, struct view **ret)
{
    struct review_take_back *t = work;
    *ret = schema_view(rq->arena, &review_schema, &t->row);
    return OK;
}
static const struct rooms review_take_back_rooms = {
    .id = "reviewTakeBack",
    .summary = "Take a verdict back before it takes effect",
    .tag = "review",
    .roles = CHECKERS,
    .work_size = sizeof(struct review_take_back),
    .path = &take_back_path,
    .answer = &review_schema,
    .status = 200,
    .errors = (const err[]){ ERR_REVIEW_TOO_LATE, OK },
    .apply = review_take_back_apply,
    .reply = review_take_back_reply,
};

/* GET /v1/review-queue: what waits, oldest first */

struct review_queue_list {
    struct work work;
    struct claim_id cursor;
    int64_t limit;
};
static const struct field queue_query_fields[] = {
    { "cursor", FIELD_ID, FIELD_OPTIONAL, offsetof(struct review_queue_list, cursor),
      .about = "`nextCursor` of the page before" },
    { "limit", FIELD_INT, FIELD_OPTIONAL, offsetof(struct review_queue_list, limit), 1, 100,
      .about = "How many, at most 100; 40 when absent" },
};
static const struct schema queue_query =
    SCHEMA("ReviewQueueQuery", struct review_queue_list, queue_query_fields);
struct queue_shown {
    struct review_queue row;
    struct text thumbnail_url;
};
#define AT(member) .at = offsetof(struct queue_shown, member)
static const struct field queue_fields[] = {
    { "claim", FIELD_ID, AT(row.claim), .about = "The claim to check" },
    { "task", FIELD_ID, AT(row.task), .about = "Its task" },
    { "title", FIELD_TEXT, AT(row.title), .about = "The task's title" },
    { "neighbourhoodName", FIELD_TEXT, AT(row.neighbourhood_name), .about = "Where" },
    { "claimantName", FIELD_TEXT, FIELD_OPTIONAL, AT(row.claimant_name), .about = "Who did it" },
    { "submittedAt", FIELD_INSTANT, FIELD_NULLABLE, AT(row.submitted_at), .about = "Handed in" },
    { "rewardCents", FIELD_COINS, AT(row.reward), .about = "What they get" },
    { "note", FIELD_TEXT, AT(row.note), .about = "What they wrote" },
    { "minutesWorked", FIELD_INT, FIELD_OPTIONAL, AT(row.minutes_worked), .about = "Their count" },
    { "photos", FIELD_INT, AT(row.photos), .about = "Number of photos" },
    { "thumbnailUrl", FIELD_TEXT, FIELD_OPTIONAL, AT(thumbnail_url),
      .about = "Newest photo of after" },
};
#undef AT
static const struct schema queue_schema =
    SCHEMA("ReviewQueueItem", struct queue_shown, queue_fields);

static err review_queue_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct review_queue_list *list = work;
    struct review_queue_rows rows;
    size_t limit = list->limit > 0 ? (size_t)list->limit : 40;
    uint128 scope = actor_scope(rq->actor, ROLE_INSPECTOR);
    if (scope == 0)
        scope = actor_scope(rq->actor, ROLE_STEWARD);
    TRY(sql_review_queue(tx, (struct municipality_id){ scope }, rq->actor->person, list->cursor,
                         (int64_t)limit + 1, &rows));
    struct view *view = view_object(rq->arena), *items = view_put_list(rq->arena, view, "items");
    for (size_t i = 0; i < rows.count && i < limit; i++) {
        struct queue_shown shown = { .row = rows.at[i] };
        if (rows.at[i].thumbnail.v != 0)
            shown.thumbnail_url =
                text_format(rq->arena, "/v1/evidence/%.*s/thumbnail",
                            TEXT_ARGS(uuid_text(rq->arena, rows.at[i].thumbnail.v)));
        view_add(items, schema_view(rq->arena, &queue_schema, &shown));
    }
    view_put_id(rq->arena, view, "nextCursor", rows.count > limit ? rows.at[limit - 1].claim.v : 0);
    *ret = view;
    return OK;
}
static const struct rooms review_queue_rooms = {
    .id = "reviewQueue",
    .summary = "Work that waits to be checked in one's municipality, oldest first",
    .tag = "review",
    .roles = CHECKERS,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct review_queue_list),
    .query = &queue_query,
    .answer = &queue_schema,
    .status = 200,
    .load = review_queue_load,
};

/* GET /v1/reviews: one's verdicts that can still be taken back */

#define AT(member) .at = offsetof(struct review_undoable, member)
static const struct field undoable_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The review" },
    { "claim", FIELD_ID, AT(claim), .about = "The claim" },
    { "title", FIELD_TEXT, AT(title), .about = "The task's title" },
    { "outcome", FIELD_CHOICE, AT(outcome), .choices = outcomes, .about = "The verdict" },
    { "postsAt", FIELD_INSTANT, AT(posts_at), .about = "When it takes effect" },
};
#undef AT
static const struct schema undoable_schema =
    SCHEMA("ReviewUndoable", struct review_undoable, undoable_fields);

static err review_undoable_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct review_undoable_rows rows;
    TRY(sql_review_undoable(tx, rq->actor->person, rq->now, &rows));
    struct view *view = view_object(rq->arena), *items = view_put_list(rq->arena, view, "items");
    for (size_t i = 0; i < rows.count; i++)
        view_add(items, schema_view(rq->arena, &undoable_schema, &rows.at[i]));
    view_put_null(rq->arena, view, "nextCursor");
    *ret = view;
    return OK;
}
static const struct rooms review_undoable_rooms = {
    .id = "reviewUndoable",
    .summary = "One's verdicts that can still be taken back",
    .tag = "review",
    .roles = CHECKERS,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct work),
    .answer = &undoable_schema,
    .status = 200,
    .load = review_undoable_load,
};

/* One verdict whose ten seconds are over */
static err review_post_due(struct tx *tx, void *work)
{
    struct task_run *run = work;
    struct review_get due;
    run->is_row = false;
    TRY(sql_review_due(tx, tx->now, run->passed, &due, &run->more));
    if (!run->more)
        return OK;
    run->is_row = true;
    return review_post(tx, &due);
}
static const struct background review_background[] = {
    { "review.post", SECOND_US, review_post_due },
};

static const struct route review_routes[] = {
    { WRITE, POST, "/v1/claims/{claim}/reviews", &review_create_rooms },
    { READ, GET, "/v1/claims/{claim}/reviews", &review_of_claim_rooms },
    { WRITE, POST, "/v1/reviews/{review}/take-back", &review_take_back_rooms },
    { READ, GET, "/v1/reviews", &review_undoable_rooms },
    { READ, GET, "/v1/review-queue", &review_queue_rooms },
    { READ, GET, "/desk/reviews", &review_queue_rooms, .page = "review_queue_page",
      .parts = { { "undoable", &review_undoable_rooms } } },
    { READ, GET, "/desk/reviews/{claim}", &claim_show_rooms, .page = "review_show_page",
      .parts = { { "reviews", &review_of_claim_rooms },
                 { "undoable", &review_undoable_rooms },
                 { "next", &review_next_rooms } } },
    { WRITE, POST, "/desk/reviews/{claim}", &review_create_rooms, .then = "/desk/reviews",
      .again = "/desk/reviews/{claim}" },
    { WRITE, POST, "/desk/reviews/{review}/take-back", &review_take_back_rooms,
      .then = "/desk/reviews/{id}", .again = "/desk/reviews" },
};
const struct feature review_feature = { "review", review_routes,
                                        sizeof review_routes / sizeof review_routes[0],
                                        review_background,
                                        sizeof review_background / sizeof review_background[0] };
