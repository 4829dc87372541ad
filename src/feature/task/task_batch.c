/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_internal.h"

#include "gen/task_sql.h"

enum { BATCH_OPEN_ROWS = 400, BATCH_SHOW_ROWS = 200 }; /* a few milliseconds each */

#define NOTE_IMPORT   "task.import."
#define NOTE_SIGN_OFF "task.sign-off."

static struct text note_name(struct arena *a, const char *prefix, struct any_id batch)
{
    return text_format(a, "%s%.*s", prefix, TEXT_ARGS(uuid_text(a, batch.v)));
}

/* The first note of a kind; ret_batch none when there is none. */
static err note_first(struct tx *tx, const char *prefix, struct any_id *ret_batch,
                      struct task_note_first *ret)
{
    struct text after = text_of(prefix);
    struct text before = text_format(tx->arena, "%.*s/", (int)after.len - 1, prefix);
    bool found;
    ret_batch->v = 0;
    TRY(sql_task_note_first(tx, after, before, ret, &found));
    if (!found)
        return OK;
    struct text id = { ret->name.at + after.len, ret->name.len - after.len };
    return uuid_parse(id, &ret_batch->v);
}

/* Imports */

#define CHANGE_MARK '\x01' /* no external id of a file has one */

struct text task_staged_change_id(struct arena *a, struct text external_id)
{
    return text_format(a, "%c%.*s", CHANGE_MARK, TEXT_ARGS(external_id));
}

err task_import_note(struct tx *tx, struct any_id batch)
{
    return sql_task_note_put(tx, note_name(tx->arena, NOTE_IMPORT, batch), TEXT("show"));
}

/* A draft takes over all of it. What an open task is worth and how many may do it was signed off,
 * so that stays. */
static err change_carry_out(struct tx *tx, const struct task_by_external *to,
                            const struct task_by_external *from)
{
    bool is_draft = to->state == TASK_DRAFT;
    return sql_task_text_update(
        tx, &(struct task_text_update_in){
                .task = to->id,
                .title = from->title,
                .description = from->description,
                .instructions = from->instructions,
                .category = from->category,
                .minutes = is_draft ? from->minutes : to->minutes,
                .reward = is_draft ? from->reward : to->reward,
                .places = is_draft ? from->places : to->places,
                .claim_hours = from->claim_hours,
                .latitude = from->latitude,
                .longitude = from->longitude,
                .cell = task_cell((struct point){ from->latitude, from->longitude }),
                .neighbourhood = from->neighbourhood,
                .keeper = from->keeper,
                .extra_work_reason = is_draft ? from->extra_work_reason : to->extra_work_reason,
                .tools = from->tools,
                .light = from->light,
                .indoor = from->indoor,
                .wheelchair_friendly = from->wheelchair_friendly,
                .child_friendly = from->child_friendly,
            });
}

static err staged_show(struct tx *tx, const struct task_staged *row)
{
    if (row->external_id.len == 0 || row->external_id.at[0] != CHANGE_MARK)
        return sql_task_staged_show(tx, row->id);
    struct text external_id = { row->external_id.at + 1, row->external_id.len - 1 };
    struct task_by_external from, to;
    bool found;
    TRY(sql_task_by_external(tx, row->municipality, external_id, &to, &found));
    if (found) {
        TRY(sql_task_staged_get(tx, row->id, &from));
        TRY(change_carry_out(tx, &to, &from));
        tx_notify(tx, to.id.v);
    }
    return sql_task_delete(tx, row->id);
}

static err import_show(struct tx *tx, struct any_id batch, const struct task_note_first *note)
{
    struct task_staged_rows rows;
    TRY(sql_task_staged(tx, batch, BATCH_SHOW_ROWS, &rows));
    for (size_t i = 0; i < rows.count; i++)
        TRY(staged_show(tx, &rows.at[i]));
    return rows.count < BATCH_SHOW_ROWS ? sql_task_note_delete(tx, note->name) : OK;
}

/* Sign-offs */

static err batch_open(struct tx *tx, struct any_id batch, struct person_id by, bool *ret_more)
{
    int64_t opened;
    TRY(sql_task_batch_open(tx, batch, by, tx->now, BATCH_OPEN_ROWS, &opened));
    *ret_more = opened == BATCH_OPEN_ROWS;
    return OK;
}

static err sign_off_go_on(struct tx *tx, struct any_id batch, const struct task_note_first *note)
{
    struct person_id by;
    bool more;
    TRY(uuid_parse(note->value, &by.v));
    TRY(batch_open(tx, batch, by, &more));
    return more ? OK : sql_task_note_delete(tx, note->name);
}

err task_batch_work(struct tx *tx, bool *ret_more)
{
    struct task_note_first note;
    struct any_id batch;
    *ret_more = true;
    TRY(note_first(tx, NOTE_IMPORT, &batch, &note));
    if (batch.v != 0)
        return import_show(tx, batch, &note);
    TRY(note_first(tx, NOTE_SIGN_OFF, &batch, &note));
    if (batch.v != 0)
        return sign_off_go_on(tx, batch, &note);
    *ret_more = false;
    return OK;
}

err task_batch_background(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    return task_batch_work(tx, &run->more);
}

/* POST /v1/tasks/sign-offs */

struct batch_sign_off {
    struct work work;
    struct any_id batch;
    int64_t count;
};
static const struct field batch_sign_off_body_fields[] = {
    { "batch", FIELD_ID, 0, offsetof(struct batch_sign_off, batch), .about = "The import" },
};
static const struct schema batch_sign_off_body =
    SCHEMA("TaskBatchSignOffNew", struct batch_sign_off, batch_sign_off_body_fields);
static const struct field batch_sign_off_fields[] = {
    { "batch", FIELD_ID, 0, offsetof(struct batch_sign_off, batch), .about = "The import" },
    { "count", FIELD_INT, 0, offsetof(struct batch_sign_off, count),
      .about = "Tasks signed off; a large import opens within a few seconds" },
};
static const struct schema batch_sign_off_schema =
    SCHEMA("TaskBatchSignOff", struct batch_sign_off, batch_sign_off_fields);

static err batch_sign_off_apply(struct tx *tx, void *work)
{
    struct batch_sign_off *w = work;
    const struct actor *actor = &w->work.actor;
    struct task_batch_facts facts;
    bool found, more;
    TRY(sql_task_batch_facts(tx, w->batch, &facts, &found));
    if (!found)
        return ERR_TASK_NO_DRAFTS;
    bool may = actor_has(actor, ROLE_MANAGER | ROLE_AUTHOR, facts.municipality.v);
    TRY(task_sign_off_check(&(struct task_duty){ facts.state, facts.author, may, false },
                            actor->person));
    TRY(batch_open(tx, w->batch, actor->person, &more));
    if (more)
        TRY(sql_task_note_put(tx, note_name(tx->arena, NOTE_SIGN_OFF, w->batch),
                              uuid_text(tx->arena, actor->person.v)));
    w->count = facts.drafts;
    return OK;
}

static err batch_sign_off_reply(struct request *rq, void *work, struct view **ret)
{
    *ret = schema_view(rq->arena, &batch_sign_off_schema, work);
    return OK;
}

const struct rooms task_batch_sign_off_rooms = {
    .id = "taskBatchSignOff",
    .summary = "Sign off that all drafts of an import are extra work, and open them",
    .tag = "task",
    .roles = ROLE_AUTHOR | ROLE_MANAGER,
    .work_size = sizeof(struct batch_sign_off),
    .body = &batch_sign_off_body,
    .answer = &batch_sign_off_schema,
    .status = 200,
    .errors = (const err[]){ ERR_FORBIDDEN, ERR_TASK_NO_DRAFTS, ERR_TASK_NOT_DRAFT,
                             ERR_TASK_OWN_SIGN_OFF, OK },
    .apply = batch_sign_off_apply,
    .reply = batch_sign_off_reply,
};

/* GET /v1/task-batches */

struct batch_list {
    struct work work;
    struct municipality_id municipality;
};
static const struct field batch_list_query_fields[] = {
    { "municipality", FIELD_ID, FIELD_OPTIONAL, offsetof(struct batch_list, municipality),
      .about = "Only imports of this municipality" },
};
static const struct schema batch_list_query =
    SCHEMA("TaskBatchListQuery", struct batch_list, batch_list_query_fields);

struct batch_item {
    struct task_batch_list row;
    struct instant imported_at;
    bool own;
};
#define AT(member) .at = offsetof(struct batch_item, member)
static const struct field batch_fields[] = {
    { "batch", FIELD_ID, AT(row.batch), .about = "The import" },
    { "drafts", FIELD_INT, AT(row.drafts), .about = "Tasks in it that wait for sign-off" },
    { "municipality", FIELD_ID, AT(row.municipality), .about = "Municipality they are in" },
    { "municipalityName", FIELD_TEXT, AT(row.municipality_name), .about = "Its name" },
    { "author", FIELD_ID, AT(row.author), .about = "Who imported them" },
    { "authorName", FIELD_TEXT, FIELD_OPTIONAL, AT(row.author_name), .about = "Their name" },
    { "firstTask", FIELD_ID, AT(row.first_task), .about = "One of them" },
    { "firstTitle", FIELD_TEXT, AT(row.sample_title), .about = "Its title" },
    { "rewardMaxCents", FIELD_COINS, AT(row.reward_max), .about = "Highest reward among them" },
    { "importedAt", FIELD_INSTANT, AT(imported_at), .about = "When they were imported" },
    { "own", FIELD_BOOL, AT(own), .about = "Imported by who asks: a colleague signs it off" },
};
#undef AT
static const struct schema batch_schema = SCHEMA("TaskBatch", struct batch_item, batch_fields);

static err batch_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct batch_list *w = work;
    struct task_batch_list_rows rows;
    TRY(task_drafts_scope(rq->actor, &w->municipality));
    TRY(sql_task_batch_list(tx, w->municipality, TASK_DRAFT, &rows));
    struct view *object = view_object(rq->arena);
    struct view *items = view_put_list(rq->arena, object, "items");
    for (size_t i = 0; i < rows.count; i++) {
        struct batch_item item = { rows.at[i], uuid7_time(rows.at[i].batch.v),
                                   rows.at[i].author.v == rq->actor->person.v };
        view_add(items, schema_view(rq->arena, &batch_schema, &item));
    }
    view_put_null(rq->arena, object, "nextCursor");
    *ret = object;
    return OK;
}

const struct rooms task_batch_list_rooms = {
    .id = "taskBatchList",
    .summary = "Imports with tasks that wait for sign-off (at most 100)",
    .tag = "task",
    .roles = ROLE_AUTHOR | ROLE_MANAGER,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct batch_list),
    .query = &batch_list_query,
    .answer = &batch_schema,
    .status = 200,
    .errors = (const err[]){ ERR_FORBIDDEN, OK },
    .load = batch_list_load,
};
