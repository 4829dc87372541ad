/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/account/account_internal.h"

#include "feature/municipality/municipality.h"
#include "gen/municipality_sql.h"

enum { SECRET_MAX = 100, BIRTH_YEAR_LEAST = 1900, BIRTH_YEAR_MOST = 2100 };

struct sign_up {
    struct work work;
    struct text secret, name, next, device, client;
    struct neighbourhood_id neighbourhood;
    int64_t birth_month, birth_year, language;
    struct person_signed_in signed_in;
};
static const struct field sign_up_path_fields[] = {
    { "secret", FIELD_TEXT, 0, offsetof(struct sign_up, secret), 1, SECRET_MAX,
      .about = "What stands for having shown who one is" },
};
static const struct schema sign_up_path = SCHEMA("SignUpPath", struct sign_up, sign_up_path_fields);
static const struct field sign_up_query_fields[] = {
    { "next", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct sign_up, next), 0, 500,
      .about = "Path on this site to go to afterwards" },
};
static const struct schema sign_up_query =
    SCHEMA("SignUpQuery", struct sign_up, sign_up_query_fields);
static const struct field sign_up_fields[] = {
    { "name", FIELD_TEXT, 0, offsetof(struct sign_up, name), 1, ACCOUNT_NAME_MAX,
      .about = "Name to be shown to those they work with" },
    { "neighbourhood", FIELD_ID, FIELD_OPTIONAL, offsetof(struct sign_up, neighbourhood),
      .about = "Neighbourhood they live in; absent: another place" },
    { "birthMonth", FIELD_INT, FIELD_OPTIONAL, offsetof(struct sign_up, birth_month), 1, 12,
      .about = "Month they were born in" },
    { "birthYear", FIELD_INT, FIELD_OPTIONAL, offsetof(struct sign_up, birth_year),
      BIRTH_YEAR_LEAST, BIRTH_YEAR_MOST, .about = "Year they were born in" },
    { "language", FIELD_CHOICE, FIELD_OPTIONAL, offsetof(struct sign_up, language),
      .choices = page_langs, .about = "Language of messages" },
    { "next", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct sign_up, next), 0, 500,
      .about = "Path on this site to go to afterwards" },
};
static const struct schema sign_up_body = SCHEMA("SignUp", struct sign_up, sign_up_fields);

static const struct error_field sign_up_error_fields[] = {
    { ERR_ACCOUNT_NAME, "name" },
    { ERR_ACCOUNT_NEIGHBOURHOOD, "neighbourhood" },
    { ERR_ACCOUNT_BIRTH, "birthYear" },
    { ERR_ACCOUNT_YOUNG, "birthYear" },
    { OK, NULL },
};
static const err sign_up_errors[] = { ERR_SIGN_IN_LINK,  ERR_ACCOUNT_NAME,
                                      ERR_ACCOUNT_BIRTH, ERR_ACCOUNT_NEIGHBOURHOOD,
                                      ERR_ACCOUNT_YOUNG, ERR_ACCOUNT_TAKEN,
                                      ERR_RATE_SLOW,     OK };

static err find(struct tx *tx, struct text secret, struct sign_up_get *ret)
{
    bool found;
    TRY(sql_sign_up_get(tx, secret_hash(tx->arena, secret), tx->now, ret, &found));
    return found ? OK : ERR_SIGN_IN_LINK;
}

/* What the person's provider says about them: where they belong and what they may do there. */
static err provider_of(struct tx *tx, const struct sign_up_get *row, struct account_provider *ret)
{
    *ret = (struct account_provider){ 0 };
    return row->provider.v != 0 ? sql_account_provider(tx, row->provider, ret) : OK;
}

/* The pages */

static err show(struct request *rq, struct tx *tx, const struct sign_up *w,
                const struct sign_up_get *row, bool is_staff, struct view **ret)
{
    struct view *object = view_object(rq->arena), *choices;
    view_put_text(rq->arena, object, "secret", w->secret.at != NULL ? w->secret : TEXT(""));
    view_put_text(rq->arena, object, "address", row->address.at != NULL ? row->address : TEXT(""));
    view_put_text(rq->arena, object, "name", row->name.at != NULL ? row->name : TEXT(""));
    view_put_text(rq->arena, object, "next", person_next_ok(w->next) ? w->next : TEXT(""));
    view_put_bool(rq->arena, object, "isStaff", is_staff);
    TRY(neighbourhood_list_view(tx, (struct municipality_id){ 0 }, &choices));
    view_put(rq->arena, object, "choices", choices);
    *ret = object;
    return OK;
}

static err sign_up_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct sign_up *w = work;
    struct sign_up_get row;
    struct account_provider provider;
    TRY(find(tx, w->secret, &row));
    TRY(provider_of(tx, &row, &provider));
    w->next = row.next;
    return show(rq, tx, w, &row, provider.role != 0, ret);
}

static err sign_up_plain_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    return show(rq, tx, work, &(struct sign_up_get){ 0 }, false, ret);
}

const struct rooms sign_up_show_rooms = {
    .id = "signUpShow",
    .summary = "The page to make an account on",
    .tag = "account",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct sign_up),
    .path = &sign_up_path,
    .status = 200,
    .errors = (const err[]){ ERR_SIGN_IN_LINK, OK },
    .load = sign_up_show_load,
};
const struct rooms sign_up_plain_show_rooms = {
    .id = "signUpPlainShow",
    .summary = "The page to make an account on without e-mail",
    .tag = "account",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct sign_up),
    .query = &sign_up_query,
    .status = 200,
    .load = sign_up_plain_show_load,
};

/* Making the account */

static err sign_up_read(struct request *rq, void *work)
{
    struct sign_up *w = work;
    w->device = session_device(rq->arena, rq->user_agent);
    w->client = rate_address(rq->arena, rq->address);
    return account_name_ok(w->name) ? OK : ERR_ACCOUNT_NAME;
}

static err birth_of(struct tx *tx, const struct sign_up *w, bool is_staff, int64_t *ret)
{
    *ret = 0;
    if (is_staff)
        return OK;
    if (w->birth_month == INT_NONE || w->birth_year == INT_NONE)
        return ERR_ACCOUNT_BIRTH;
    struct civil today = civil_of(tx->now);
    int64_t birth = w->birth_year * 100 + w->birth_month;
    if (birth > today.year * 100 + today.month)
        return ERR_ACCOUNT_BIRTH;
    if (!account_age_ok(birth, tx->now))
        return ERR_ACCOUNT_YOUNG;
    *ret = birth;
    return OK;
}

static err home_of(struct tx *tx, const struct sign_up *w, const struct account_provider *provider,
                   struct person_new *n)
{
    n->municipality.v = provider->municipality.v;
    if (w->neighbourhood.v == 0)
        return OK;
    struct neighbourhood_get home;
    err e = sql_neighbourhood_get(tx, w->neighbourhood, &home);
    if (e != OK)
        return e == ERR_NOT_FOUND ? ERR_ACCOUNT_NEIGHBOURHOOD : e;
    n->neighbourhood = home.id;
    n->municipality = home.municipality;
    return OK;
}

static err make(struct tx *tx, struct sign_up *w, const struct sign_up_get *row,
                const struct account_provider *provider, const struct person_new *n)
{
    struct person_id person;
    int64_t added = 1;
    TRY(person_add(tx, n, &person));
    if (row->address.at != NULL)
        TRY(sql_account_address_insert(tx, row->address, person, tx->now, &added));
    if (added == 1 && row->provider.v != 0)
        TRY(sql_account_subject_insert(tx, row->provider, row->subject, person, tx->now, &added));
    if (added != 1)
        return ERR_ACCOUNT_TAKEN;
    enum role role = provider->role != 0 ? (enum role)provider->role : ROLE_RESIDENT;
    TRY(person_grant(tx, person, role, role == ROLE_RESIDENT ? 0 : provider->municipality.v));
    struct session_new session = {
        .person = person, .method = METHOD_SIGN_UP, .provider = row->provider, .device = w->device
    };
    TRY(person_sign_in(tx, &session, w->next, &w->signed_in));
    if (row->address.at != NULL || row->provider.v != 0)
        return OK;
    /* Their only way in: shown before they go on. */
    w->signed_in.then = TEXT("/me/recovery");
    return recovery_make(tx, person, w->signed_in.secret);
}

static err sign_up_finish(struct tx *tx, struct sign_up *w, const struct sign_up_get *row,
                          const struct rate *rate)
{
    struct account_provider provider;
    struct person_new n = { .name = w->name,
                            .language = text_of(page_langs[w->language >= 0 ? w->language : 0]) };
    TRY(provider_of(tx, row, &provider));
    TRY(birth_of(tx, w, provider.role != 0, &n.birth_month));
    TRY(home_of(tx, w, &provider, &n));
    TRY(rate_take(tx, rate, 1));
    return make(tx, w, row, &provider, &n);
}

static err sign_up_apply(struct tx *tx, void *work)
{
    struct sign_up *w = work;
    struct sign_up_get row;
    struct rate rate = { "sign-up", w->client, 60, MINUTE_US };
    TRY(find(tx, w->secret, &row));
    w->next = row.next;
    TRY(sign_up_finish(tx, w, &row, &rate));
    return sql_sign_up_delete(tx, secret_hash(tx->arena, w->secret));
}

/* Nothing holds back who signs up without e-mail, so one place makes few at a time. */
static err sign_up_plain_apply(struct tx *tx, void *work)
{
    struct sign_up *w = work;
    struct rate rate = { "sign-up-plain", w->client, 10, 10 * MINUTE_US };
    return sign_up_finish(tx, w, &(struct sign_up_get){ 0 }, &rate);
}

static err sign_up_reply(struct request *rq, void *work, struct view **ret)
{
    const struct sign_up *w = work;
    (void)ret;
    person_signed_in_reply(rq, &w->signed_in);
    if (w->language >= 0)
        rq->new_lang = page_langs[w->language];
    return OK;
}

#define SIGN_UP                                                                                    \
    .tag = "account", .roles = ROLE_ANYONE, .work_size = sizeof(struct sign_up),                   \
    .body = &sign_up_body, .status = 204, .errors = sign_up_errors,                                \
    .error_fields = sign_up_error_fields, .read = sign_up_read, .reply = sign_up_reply
const struct rooms sign_up_rooms = {
    .id = "signUp",
    .summary = "Make an account, having shown who one is",
    .path = &sign_up_path,
    .apply = sign_up_apply,
    SIGN_UP,
};
const struct rooms sign_up_plain_rooms = {
    .id = "signUpPlain",
    .summary = "Make an account without e-mail",
    .apply = sign_up_plain_apply,
    SIGN_UP,
};
