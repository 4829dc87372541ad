/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The pages on which all ways in come together. */
#include "feature/account/account.h"
#include "feature/mail/mail.h"
#include "feature/passkey/passkey.h"
#include "feature/person/person.h"
#include "gen/oidc_sql.h"

extern const struct feature access_feature;

/* What this installation offers, and of it what the person uses already. */

static err ways_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct oidc_provider_by_slug_rows rows;
    struct oidc_linked_rows linked = { 0 };
    bool mail;
    (void)work;
    TRY(sql_oidc_provider_list(tx, &rows));
    TRY(mail_works(tx, &mail));
    if (rq->actor->person.v != 0)
        TRY(sql_oidc_linked(tx, rq->actor->person, &linked));
    struct view *object = view_object(rq->arena);
    view_put_bool(rq->arena, object, "mail", mail);
    struct view *providers = view_put_list(rq->arena, object, "providers");
    for (size_t i = 0; i < rows.count; i++) {
        struct view *one = view_add_object(rq->arena, providers);
        bool is_linked = false;
        for (size_t k = 0; k < linked.count; k++)
            is_linked = is_linked || linked.at[k].provider.v == rows.at[i].id.v;
        view_put_text(rq->arena, one, "slug", rows.at[i].slug);
        view_put_text(rq->arena, one, "label", rows.at[i].label);
        view_put_bool(rq->arena, one, "isLinked", is_linked);
    }
    *ret = object;
    return OK;
}

static const struct rooms ways_rooms = {
    .id = "accessWays",
    .summary = "Ways to sign in",
    .tag = "access",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct work),
    .status = 200,
    .load = ways_load,
};

/* GET /me/access and /confirm */

struct access {
    struct work work;
    struct text next;
    struct any_id provider;
};
static const struct field access_query_fields[] = {
    { "next", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct access, next), 0, 500,
      .about = "Path on this site to go to afterwards" },
};
static const struct schema access_query = SCHEMA("AccessQuery", struct access, access_query_fields);

static err access_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    const struct access *w = work;
    (void)tx;
    *ret = view_object(rq->arena);
    view_put_text(rq->arena, *ret, "next", person_next_ok(w->next) ? w->next : TEXT("/me/access"));
    return OK;
}

static const struct rooms access_rooms = {
    .id = "accessShow",
    .summary = "Ways in of one's own, and where one is signed in",
    .tag = "access",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct access),
    .query = &access_query,
    .status = 200,
    .load = access_load,
};

/* GET /signed-out/{provider} */

static const struct field signed_out_path_fields[] = {
    { "provider", FIELD_ID, 0, offsetof(struct access, provider), .about = "The provider" },
};
static const struct schema signed_out_path =
    SCHEMA("SignedOutPath", struct access, signed_out_path_fields);

static err signed_out_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    const struct access *w = work;
    struct oidc_provider_by_slug row;
    TRY(sql_oidc_provider_get(tx, w->provider, &row));
    *ret = view_object(rq->arena);
    view_put_text(rq->arena, *ret, "slug", row.slug);
    view_put_text(rq->arena, *ret, "label", row.label);
    return OK;
}

static const struct rooms signed_out_rooms = {
    .id = "signedOut",
    .summary = "Signed out here, and how to sign out at the provider too",
    .tag = "access",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct access),
    .path = &signed_out_path,
    .status = 200,
    .load = signed_out_load,
};

static const struct route access_routes[] = {
    { READ, GET, "/sign-in", &person_sign_in_rooms, .page = "access_sign_in_page",
      .parts = { { "ways", &ways_rooms } } },
    { READ, GET, "/me/access", &access_rooms, .page = "access_page",
      .parts = { { "account", &account_show_rooms },
                 { "passkeys", &passkey_list_rooms },
                 { "sessions", &account_sessions_rooms },
                 { "ways", &ways_rooms } } },
    { READ, GET, "/confirm", &access_rooms, .page = "access_confirm_page",
      .parts = { { "passkeys", &passkey_list_rooms }, { "ways", &ways_rooms } } },
    { READ, GET, "/signed-out/{provider}", &signed_out_rooms, .page = "access_signed_out_page" },
};
const struct feature access_feature = {
    .name = "access",
    .routes = access_routes,
    .route_count = sizeof access_routes / sizeof access_routes[0],
};
