/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <stddef.h>

static err health_file(struct request *rq, struct tx *snapshot, void *work, struct file_answer *ret)
{
    (void)rq, (void)snapshot, (void)work;
    *ret = (struct file_answer){ .bytes = TEXT("ok\n"), .media_type = "text/plain; charset=utf-8" };
    return OK;
}

static const struct rooms health = {
    .id = "showHealth",
    .summary = "The program runs",
    .tag = "system",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_ALONE,
    .status = 200,
    .file = health_file,
};

static err ready_file(struct request *rq, struct tx *snapshot, void *work, struct file_answer *ret)
{
    int64_t ignored;
    if (setting_int(snapshot, "ready", 0, &ignored) != OK)
        return ERR_BUSY;
    return health_file(rq, snapshot, work, ret);
}

static const struct rooms ready = {
    .id = "showReadiness",
    .summary = "The program can answer: its store is there",
    .tag = "system",
    .roles = ROLE_ANYONE,
    .status = 200,
    .file = ready_file,
};

static err openapi_file(struct request *rq, struct tx *snapshot, void *work,
                        struct file_answer *ret)
{
    (void)snapshot, (void)work;
    *ret = (struct file_answer){
        .bytes = rq->http->openapi,
        .media_type = "application/json",
        .any_origin = true,
    };
    return OK;
}

static const struct rooms openapi_show = {
    .id = "showOpenapi",
    .summary = "This description of the API (OpenAPI 3.0)",
    .tag = "system",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_ALONE,
    .status = 200,
    .file = openapi_file,
    .media_type = "application/json",
};

/* GET /.well-known/security.txt (RFC 9116): there when the operator said who to tell. */

static err security_file(struct request *rq, struct tx *snapshot, void *work,
                         struct file_answer *ret)
{
    struct text contact;
    (void)work;
    TRY(setting_text(snapshot, "security.contact", &contact));
    if (contact.len == 0)
        return ERR_NOT_FOUND;
    /* Its reader should ask again: it is made anew each day. */
    struct instant until = { rq->now.us / DAY_US * DAY_US + 90 * DAY_US };
    ret->bytes =
        text_format(rq->arena,
                    "Contact: %.*s\nExpires: %.*s\nPreferred-Languages: nl, en, de\n"
                    "Canonical: %s/.well-known/security.txt\n",
                    TEXT_ARGS(contact), TEXT_ARGS(instant_text(rq->arena, until)), rq->base_url);
    ret->media_type = "text/plain; charset=utf-8";
    return OK;
}

static const struct rooms security_show = {
    .id = "showSecurity",
    .summary = "Who to tell about a weakness (RFC 9116)",
    .tag = "system",
    .roles = ROLE_ANYONE,
    .status = 200,
    .file = security_file,
    .media_type = "text/plain",
};

/* POST /sign-out */

struct sign_out {
    struct work work;
    struct text secret;
};

static err sign_out_read(struct request *rq, void *work)
{
    ((struct sign_out *)work)->secret = rq->session_secret;
    return OK;
}

static err sign_out_apply(struct tx *tx, void *work)
{
    const struct sign_out *w = work;
    return w->secret.at == NULL ? OK : session_end(tx, w->secret);
}

static err sign_out_reply(struct request *rq, void *work, struct view **ret)
{
    const struct sign_out *w = work;
    (void)ret;
    rq->end_session = true;
    if (w->work.actor.provider.v != 0)
        rq->then_path = text_format(rq->arena, "/signed-out/%.*s",
                                    TEXT_ARGS(uuid_text(rq->arena, w->work.actor.provider.v)));
    return OK;
}

static const struct rooms sign_out = {
    .id = "signOut",
    .summary = "End the session",
    .tag = "system",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct sign_out),
    .status = 204,
    .read = sign_out_read,
    .apply = sign_out_apply,
    .reply = sign_out_reply,
};

/* POST /language */

struct language {
    struct work work;
    int64_t lang;
    struct text next;
};
static const struct field language_fields[] = {
    { "lang", FIELD_CHOICE, .at = offsetof(struct language, lang), .choices = page_langs,
      .about = "Language of the pages" },
    { "next", FIELD_TEXT, FIELD_OPTIONAL, .at = offsetof(struct language, next), .max = 1024,
      .about = "Path of the page to go back to" },
};
static const struct schema language_body = SCHEMA("Language", struct language, language_fields);

static err language_reply(struct request *rq, void *work, struct view **ret)
{
    const struct language *w = work;
    (void)ret;
    rq->new_lang = page_langs[w->lang];
    rq->then_path = w->next;
    return OK;
}

static const struct rooms language = {
    .id = "chooseLanguage",
    .summary = "Choose the language of the pages",
    .tag = "system",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct language),
    .body = &language_body,
    .status = 204,
    .reply = language_reply,
};

static const struct route routes[] = {
    { .kind = FILE_ROUTE, .method = GET, .path = "/healthz", .rooms = &health },
    { .kind = FILE_ROUTE, .method = GET, .path = "/readyz", .rooms = &ready },
    { .kind = FILE_ROUTE,
      .method = GET,
      .path = "/.well-known/security.txt",
      .rooms = &security_show },
    { .kind = FILE_ROUTE, .method = GET, .path = "/v1/openapi.json", .rooms = &openapi_show },
    { .kind = FILE_ROUTE, .method = GET, .path = "/assets/{etag}/{name}", .rooms = &assets_show },
    { .kind = FILE_ROUTE, .method = GET, .path = "/sw.js", .rooms = &offline_worker },
    { .kind = FILE_ROUTE, .method = GET, .path = "/session", .rooms = &offline_session },
    { .kind = READ,
      .method = GET,
      .path = "/offline",
      .rooms = &offline_page,
      .page = "offline_page" },
    { .kind = WRITE, .method = POST, .path = "/sign-out", .rooms = &sign_out, .then = "/" },
    { .kind = WRITE, .method = POST, .path = "/language", .rooms = &language, .then = "/" },
};

static const struct background prunes[] = {
    { "prune-sessions", HOUR_US, session_prune },
    { "prune-idempotency", HOUR_US, write_prune },
    { "prune-rates", HOUR_US, rate_prune },
};

const struct feature http_feature = {
    .name = "http",
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
    .background = prunes,
    .background_count = sizeof prunes / sizeof prunes[0],
};
