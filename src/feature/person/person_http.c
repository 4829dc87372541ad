/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/person/person.h"

#include "feature/municipality/municipality.h"
#include "gen/municipality_sql.h"
#include "gen/person_sql.h"

#include <string.h>

/* GET /v1/people/me */

struct person_role {
    struct text role, scope_name;
    struct any_id scope;
};
#define AT(member) .at = offsetof(struct person_role, member)
static const struct field person_role_fields[] = {
    { "role", FIELD_TEXT, AT(role), .about = "What the person may act as" },
    { "scope", FIELD_ID, FIELD_NULLABLE, AT(scope),
      .about = "Municipality or shop it holds for; null: everywhere" },
    { "scopeName", FIELD_TEXT, FIELD_OPTIONAL, AT(scope_name), .about = "The scope's name" },
};
#undef AT
static const struct schema person_role_schema =
    SCHEMA("PersonRole", struct person_role, person_role_fields);

#define AT(member) .at = offsetof(struct person_get, member)
static const struct field person_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The person" },
    { "name", FIELD_TEXT, AT(name), .about = "Name as shown to those they work with" },
    { "municipality", FIELD_ID, FIELD_NULLABLE, AT(municipality), .about = "Where they live" },
    { "municipalityName", FIELD_TEXT, FIELD_OPTIONAL, AT(municipality_name),
      .about = "The municipality's name" },
    { "neighbourhood", FIELD_ID, FIELD_NULLABLE, AT(neighbourhood),
      .about = "Neighbourhood they live in" },
    { "neighbourhoodName", FIELD_TEXT, FIELD_OPTIONAL, AT(neighbourhood_name),
      .about = "The neighbourhood's name" },
    { "language", FIELD_TEXT, AT(language), .about = "nl, en or de" },
    { "roles", FIELD_LIST, FIELD_ADDED, .schema = &person_role_schema,
      .about = "What the person may act as, and where" },
};
#undef AT
static const struct schema person_schema = SCHEMA("Person", struct person_get, person_fields);

static int bit_index(int64_t role)
{
    int index = 0;
    while (index < 10 && role != (INT64_C(1) << index))
        index++;
    return index;
}

static err person_view(struct tx *tx, struct person_id person, struct view **ret)
{
    struct person_get row;
    struct person_grants_rows grants;
    TRY(sql_person_get(tx, person, &row));
    TRY(sql_person_grants(tx, person, &grants));
    struct view *object = schema_view(tx->arena, &person_schema, &row);
    struct view *roles = view_put_list(tx->arena, object, "roles");
    for (size_t i = 0; i < grants.count; i++) {
        int index = bit_index(grants.at[i].role);
        if (index >= 10)
            continue;
        struct person_role role = { text_of(role_names[index]), grants.at[i].scope_name,
                                    grants.at[i].scope };
        view_add(roles, schema_view(tx->arena, &person_role_schema, &role));
    }
    *ret = object;
    return OK;
}

struct person_me {
    struct work work;
    struct neighbourhood_id neighbourhood;
    int64_t language;
    struct view *view;
};

static err person_me_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    return person_view(tx, rq->actor->person, ret);
}

const struct rooms person_me_rooms = {
    .id = "personMe",
    .summary = "The person who is signed in",
    .tag = "person",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct person_me),
    .answer = &person_schema,
    .status = 200,
    .load = person_me_load,
};

/* PATCH /v1/people/me */

static const struct field person_change_fields[] = {
    { "neighbourhood", FIELD_ID, FIELD_OPTIONAL, offsetof(struct person_me, neighbourhood),
      .about = "Neighbourhood to find tasks in first" },
    { "language", FIELD_CHOICE, FIELD_OPTIONAL, offsetof(struct person_me, language),
      .choices = page_langs, .about = "Language of messages" },
};
static const struct schema person_change_body =
    SCHEMA("PersonChange", struct person_me, person_change_fields);

static err person_change_apply(struct tx *tx, void *work)
{
    struct person_me *w = work;
    struct person_get row;
    TRY(sql_person_get(tx, w->work.actor.person, &row));
    if (w->neighbourhood.v != 0) {
        struct neighbourhood_get home;
        err e = sql_neighbourhood_get(tx, w->neighbourhood, &home);
        if (e != OK)
            return e == ERR_NOT_FOUND ? ERR_PERSON_NEIGHBOURHOOD : e;
        row.neighbourhood = home.id;
        row.municipality = home.municipality;
    }
    if (w->language >= 0)
        row.language = text_of(page_langs[w->language]);
    TRY(sql_person_update(tx, row.id, row.municipality, row.neighbourhood, row.language));
    tx_notify(tx, row.id.v);
    return person_view(tx, row.id, &w->view);
}

static err person_change_reply(struct request *rq, void *work, struct view **ret)
{
    struct person_me *w = work;
    if (w->language >= 0)
        rq->new_lang = page_langs[w->language];
    *ret = w->view;
    return OK;
}

static const struct rooms person_change_rooms = {
    .id = "personChange",
    .summary = "Change one's neighbourhood or language",
    .tag = "person",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct person_me),
    .body = &person_change_body,
    .answer = &person_schema,
    .status = 200,
    .errors = (const err[]){ ERR_PERSON_NEIGHBOURHOOD, OK },
    .apply = person_change_apply,
    .reply = person_change_reply,
};

/* Signing in */

struct sign_in {
    struct work work;
    struct text secret, persona, next, device;
    struct person_signed_in signed_in;
};

static err sign_in_read(struct request *rq, void *work)
{
    ((struct sign_in *)work)->device = session_device(rq->arena, rq->user_agent);
    return OK;
}

/* Where someone wants to be first, who did not say where to. */
static const char *home_of(const struct person_grants_rows *grants)
{
    int64_t roles = 0;
    for (size_t i = 0; i < grants->count; i++)
        roles |= grants->at[i].role;
    if (roles & (ROLE_CASHIER | ROLE_OWNER))
        return "/till";
    if (roles & ~(int64_t)ROLE_RESIDENT)
        return "/desk";
    return "/tasks";
}

err person_sign_in(struct tx *tx, const struct session_new *n, struct text next,
                   struct person_signed_in *ret)
{
    struct person_grants_rows grants;
    struct session_new session = *n;
    TRY(sql_person_grants(tx, n->person, &grants));
    ret->then = person_next_ok(next) ? next : text_of(home_of(&grants));
    session.kind = SESSION_BROWSER;
    session.lifetime_us = PERSON_SESSION_US;
    return session_begin(tx, &session, &ret->secret);
}

void person_signed_in_reply(struct request *rq, const struct person_signed_in *s)
{
    rq->new_session_secret = s->secret;
    rq->then_path = s->then;
}

static err sign_in_as(struct tx *tx, struct sign_in *w, struct person_id person,
                      enum session_method method)
{
    struct session_new n = { .person = person, .method = method, .device = w->device };
    return person_sign_in(tx, &n, w->next, &w->signed_in);
}

static err sign_in_reply(struct request *rq, void *work, struct view **ret)
{
    struct sign_in *w = work;
    person_signed_in_reply(rq, &w->signed_in);
    *ret = view_object(rq->arena);
    view_put_bool(rq->arena, *ret, "signedIn", true);
    return OK;
}

/* GET /sign-in: in a demo, with the people one can be */

static const struct field sign_in_query_fields[] = {
    { "next", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct sign_in, next), 0, 500,
      .about = "Path on this site to go to afterwards" },
};
static const struct schema sign_in_query =
    SCHEMA("SignInQuery", struct sign_in, sign_in_query_fields);

struct persona {
    struct text persona, name;
    int64_t role; /* index in role_names; resident2 plays a resident */
};
#define AT(member) .at = offsetof(struct persona, member)
static const struct field persona_fields[] = {
    { "persona", FIELD_TEXT, AT(persona), .about = "Name of the part" },
    { "name", FIELD_TEXT, AT(name), .about = "Name of the person" },
    { "role", FIELD_CHOICE, AT(role), .choices = role_names, .about = "What they do" },
};
#undef AT
static const struct schema persona_schema = SCHEMA("Persona", struct persona, persona_fields);

static err persona_of(struct tx *tx, const struct person_demo_list *row, struct persona *ret)
{
    size_t prefix = strlen("demo.persona.");
    struct text persona = { row->name.at + prefix, row->name.len - prefix };
    struct text part = persona;
    while (part.len > 0 && part.at[part.len - 1] >= '0' && part.at[part.len - 1] <= '9')
        part.len--;
    struct person_id person;
    struct person_get who;
    TRY(uuid_parse(row->value, &person.v));
    TRY(sql_person_get(tx, person, &who));
    int64_t role = choice_index(role_names, part);
    *ret = (struct persona){ persona, who.name, role >= 0 ? role : 0 };
    return OK;
}

static err sign_in_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    const struct sign_in *w = work;
    struct person_demo_list_rows rows;
    TRY(sql_person_demo_list(tx, &rows));
    struct view *object = view_object(rq->arena);
    if (person_next_ok(w->next))
        view_put_text(rq->arena, object, "next", w->next);
    struct view *personas = view_put_list(rq->arena, object, "personas");
    struct persona *all = ARENA_ARRAY(rq->arena, struct persona, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        TRY(persona_of(tx, &rows.at[i], &all[i]));
    for (int64_t role = 0; role_names[role] != NULL; role++)
        for (size_t i = 0; i < rows.count; i++)
            if (all[i].role == role)
                view_add(personas, schema_view(rq->arena, &persona_schema, &all[i]));
    *ret = object;
    return OK;
}

const struct rooms person_sign_in_rooms = {
    .id = "signInShow",
    .summary = "How to sign in",
    .tag = "person",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct sign_in),
    .query = &sign_in_query,
    .status = 200,
    .load = sign_in_load,
};

/* POST /demo/sign-in */

static const struct field demo_sign_in_fields[] = {
    { "persona", FIELD_TEXT, 0, offsetof(struct sign_in, persona), 1, 40,
      .about = "Name of the part, for example steward" },
    { "next", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct sign_in, next), 0, 500,
      .about = "Path on this site to go to afterwards" },
};
static const struct schema demo_sign_in_body =
    SCHEMA("DemoSignIn", struct sign_in, demo_sign_in_fields);

static err demo_sign_in_apply(struct tx *tx, void *work)
{
    struct sign_in *w = work;
    struct person_demo_get row;
    bool found;
    TRY(sql_person_demo_get(tx, text_format(tx->arena, "demo.persona.%.*s", TEXT_ARGS(w->persona)),
                            &row, &found));
    struct person_id person;
    if (!found || uuid_parse(row.value, &person.v) != OK)
        return ERR_PERSON_PERSONA;
    return sign_in_as(tx, w, person, METHOD_DEMO);
}

static const struct rooms demo_sign_in_rooms = {
    .id = "demoSignIn",
    .summary = "Sign in as one of the demo's people",
    .tag = "person",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct sign_in),
    .body = &demo_sign_in_body,
    .status = 200,
    .errors = (const err[]){ ERR_PERSON_PERSONA, OK },
    .read = sign_in_read,
    .apply = demo_sign_in_apply,
    .reply = sign_in_reply,
};

/* GET and POST /sign-in/{secret}: a page with a button between, as previews of a message open
 * the link and would use it up. */

static const struct field sign_in_link_path_fields[] = {
    { "secret", FIELD_TEXT, 0, offsetof(struct sign_in, secret), 1, 100,
      .about = "Secret of the one-time link" },
};
static const struct schema sign_in_link_path =
    SCHEMA("SignInLinkPath", struct sign_in, sign_in_link_path_fields);

static struct text sign_in_hash(struct arena *a, struct text secret)
{
    struct sha256 hash = sha256_of(secret);
    return text_copy(a, (struct text){ (const char *)hash.at, sizeof hash.at });
}

static err sign_in_link_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    const struct sign_in *w = work;
    struct person_link_get row;
    bool found;
    TRY(sql_person_link_get(tx, sign_in_hash(rq->arena, w->secret), rq->now, &row, &found));
    if (!found)
        return ERR_SIGN_IN_LINK;
    struct view *object = view_object(rq->arena);
    view_put_text(rq->arena, object, "secret", w->secret);
    view_put_text(rq->arena, object, "name", row.name);
    if (person_next_ok(w->next))
        view_put_text(rq->arena, object, "next", w->next);
    *ret = object;
    return OK;
}

static const struct rooms sign_in_link_rooms = {
    .id = "signInLinkShow",
    .summary = "The page behind a one-time link",
    .tag = "person",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct sign_in),
    .path = &sign_in_link_path,
    .query = &sign_in_query,
    .status = 200,
    .errors = (const err[]){ ERR_SIGN_IN_LINK, OK },
    .load = sign_in_link_load,
};

static err sign_in_link_apply(struct tx *tx, void *work)
{
    struct sign_in *w = work;
    struct person_id person;
    TRY(sign_in_link_use(tx, w->secret, &person));
    return sign_in_as(tx, w, person, METHOD_LINK);
}

static const struct rooms sign_in_link_use_rooms = {
    .id = "signInLinkUse",
    .summary = "Sign in with a one-time link",
    .tag = "person",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct sign_in),
    .path = &sign_in_link_path,
    .body = &sign_in_query,
    .status = 200,
    .errors = (const err[]){ ERR_SIGN_IN_LINK, OK },
    .read = sign_in_read,
    .apply = sign_in_link_apply,
    .reply = sign_in_reply,
};

static const struct route person_routes[] = {
    { READ, GET, "/v1/people/me", &person_me_rooms },
    { WRITE, PATCH, "/v1/people/me", &person_change_rooms },
    { READ, GET, "/me", &person_me_rooms, .page = "person_me_page",
      .parts = { { "choices", &neighbourhood_list_rooms } } },
    { WRITE, POST, "/me", &person_change_rooms, .then = "/me", .again = "/me" },
    { WRITE, POST, "/demo/sign-in", &demo_sign_in_rooms, .then = "/tasks", .again = "/sign-in" },
    { READ, GET, "/sign-in/{secret}", &sign_in_link_rooms, .page = "person_sign_in_link_page" },
    { WRITE, POST, "/sign-in/{secret}", &sign_in_link_use_rooms, .then = "/tasks",
      .again = "/sign-in" },
};
const struct feature person_feature = {
    .name = "person",
    .routes = person_routes,
    .route_count = sizeof person_routes / sizeof person_routes[0],
};
