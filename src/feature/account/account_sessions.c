/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/account/account_internal.h"

/* GET /v1/people/me/sessions */

static const char *const session_kinds[] = { "browser", "token", NULL };

struct session_shown {
    struct any_id id;
    int64_t kind, method;
    struct text device;
    struct instant created_at;
    bool is_this;
};
#define AT(member) .at = offsetof(struct session_shown, member)
static const struct field session_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The session" },
    { "kind", FIELD_CHOICE, AT(kind), .choices = session_kinds,
      .about = "Of a browser or a program" },
    { "method", FIELD_CHOICE, AT(method), .choices = session_methods,
      .about = "How they signed in" },
    { "device", FIELD_TEXT, AT(device), .about = "Browser and system; may be empty" },
    { "signedInAt", FIELD_INSTANT, AT(created_at), .about = "Since when" },
    { "isThis", FIELD_BOOL, AT(is_this), .about = "The one that asks" },
};
#undef AT
static const struct schema session_schema = SCHEMA("Session", struct session_shown, session_fields);

static err sessions_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct account_sessions_rows rows;
    (void)work;
    TRY(sql_account_sessions(tx, rq->actor->person, rq->now, &rows));
    struct view *object = view_object(rq->arena);
    struct view *items = view_put_list(rq->arena, object, "items");
    for (size_t i = 0; i < rows.count; i++) {
        const struct account_sessions *row = &rows.at[i];
        struct session_shown shown = { row->id,         row->kind,
                                       row->method,     row->device,
                                       row->created_at, row->id.v == rq->actor->session.v };
        view_add(items, schema_view(rq->arena, &session_schema, &shown));
    }
    view_put_null(rq->arena, object, "nextCursor");
    *ret = object;
    return OK;
}

const struct rooms account_sessions_rooms = {
    .id = "sessionList",
    .summary = "Where one is signed in (the newest 50)",
    .tag = "account",
    .roles = ROLE_SIGNED_IN,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct work),
    .answer = &session_schema,
    .status = 200,
    .load = sessions_load,
};

/* Signing out elsewhere */

struct session_end {
    struct work work;
    struct any_id session;
};
static const struct field session_path_fields[] = {
    { "session", FIELD_ID, 0, offsetof(struct session_end, session), .about = "The session" },
};
static const struct schema session_path =
    SCHEMA("SessionPath", struct session_end, session_path_fields);

static err session_end_apply(struct tx *tx, void *work)
{
    const struct session_end *w = work;
    int64_t ended;
    TRY(sql_account_session_end(tx, w->work.actor.person, w->session, &ended));
    return ended == 1 ? OK : ERR_NOT_FOUND;
}

const struct rooms session_end_rooms = {
    .id = "sessionEnd",
    .summary = "Sign out in one place",
    .tag = "account",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct session_end),
    .path = &session_path,
    .status = 204,
    .apply = session_end_apply,
};

static err session_end_others_apply(struct tx *tx, void *work)
{
    const struct session_end *w = work;
    return session_end_others(tx, w->work.actor.person, w->work.actor.session);
}

const struct rooms session_end_others_rooms = {
    .id = "sessionEndOthers",
    .summary = "Sign out in all other browsers",
    .tag = "account",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct session_end),
    .status = 204,
    .apply = session_end_others_apply,
};

/* The account itself, for the page of all that */

static err account_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct account_addresses_rows rows;
    struct account_ways_count ways;
    (void)work;
    TRY(sql_account_addresses(tx, rq->actor->person, &rows));
    TRY(account_ways_of(tx, rq->actor->person, &ways));
    struct view *object = view_object(rq->arena);
    struct view *addresses = view_put_list(rq->arena, object, "addresses");
    for (size_t i = 0; i < rows.count; i++)
        view_put_text(rq->arena, view_add_object(rq->arena, addresses), "address",
                      rows.at[i].address);
    view_put_bool(rq->arena, object, "hasRecoveryCode", ways.recovery_codes > 0);
    *ret = object;
    return OK;
}

const struct rooms account_show_rooms = {
    .id = "accountShow",
    .summary = "One's ways in",
    .tag = "account",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct work),
    .status = 200,
    .load = account_show_load,
};
