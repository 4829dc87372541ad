/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/oidc/oidc_provider.h"

#include "feature/account/account.h"
#include "feature/person/person.h"
#include "gen/account_sql.h"
#include "gen/oidc_sql.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FLOW_MINUTES = 15,
    STATE_BYTES = 32,
    KEY_FILE_MAX = 16 * 1024,
    URL_BYTES_MAX = 4096,
    FORM_BYTES_MAX = 16 * 1024,
    FRESH_SECONDS = 600 /* of a sign-in there, when it is to confirm a step here */
};

err oidc_provider_put(struct tx *tx, const struct oidc_provider_new *n)
{
    if (!oidc_url_ok(n->issuer) || memchr(n->issuer.at, '?', n->issuer.len) != NULL)
        return ERR_OIDC_ISSUER;
    return sql_oidc_provider_insert(tx, &(struct oidc_provider_insert_in){ { tx_id(tx) },
                                                                           n->slug,
                                                                           n->label,
                                                                           n->issuer,
                                                                           n->client_id,
                                                                           n->key_file,
                                                                           n->municipality,
                                                                           n->role,
                                                                           n->strong_acr,
                                                                           n->strong_amr });
}

/* Both steps share this work. */
struct flow {
    struct work work;
    struct text slug, next, code, state, issuer_said, error; /* from the address */
    struct text browser_secret, browser_hash, client, base_url, device, session_secret;
    struct oidc_provider_by_slug provider;
    struct person_id person; /* who was signed in when it began */
    struct oidc_metadata metadata;
    struct oidc_claims claims;
    struct person_signed_in signed_in;
};
static const struct field flow_path_fields[] = {
    { "provider", FIELD_TEXT, 0, offsetof(struct flow, slug), 1, 40, .about = "The provider" },
};
static const struct schema flow_path = SCHEMA("ProviderPath", struct flow, flow_path_fields);

static err flow_read(struct request *rq, void *work)
{
    struct flow *w = work;
    w->base_url = text_of(rq->base_url);
    w->client = rate_address(rq->arena, rq->address);
    w->device = session_device(rq->arena, rq->user_agent);
    return OK;
}

static err provider_find(struct tx *tx, struct flow *w)
{
    bool found;
    TRY(sql_oidc_provider_by_slug(tx, w->slug, &w->provider, &found));
    return found ? OK : ERR_NOT_FOUND;
}

/* A text that only this browser's cookie gives, for this state. */
static struct text tied(struct arena *a, const struct flow *w, const char *what)
{
    struct text label = text_format(a, "oidc %s %.*s", what, TEXT_ARGS(w->state));
    struct sha256 bytes = hmac_sha256(w->browser_secret, label);
    return base64url(a, text_copy(a, (struct text){ (const char *)bytes.at, sizeof bytes.at }));
}

/* application/x-www-form-urlencoded */
static void put_field(struct buf *b, const char *name, struct text value)
{
    static const char digits[] = "0123456789ABCDEF";
    buf_format(b, "%s%s=", b->len > 0 && b->at[b->len - 1] != '?' ? "&" : "", name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            buf_char(b, (char)c);
        else
            buf_format(b, "%%%c%c", digits[c >> 4], digits[c & 15]);
    }
}

static struct text redirect_uri(struct arena *a, const struct flow *w)
{
    return text_format(a, "%.*s/sign-in/with/%.*s/callback", TEXT_ARGS(w->base_url),
                       TEXT_ARGS(w->provider.slug));
}

/* Begins the query of an address that may have one already. */
static struct buf url_begin(struct arena *a, struct text url)
{
    struct buf b = buf_new(a, URL_BYTES_MAX);
    bool has_query = memchr(url.at, '?', url.len) != NULL;
    buf_add(&b, url);
    if (!has_query)
        buf_char(&b, '?');
    return b;
}

/* GET /sign-in/with/{provider} */

static const struct field start_query_fields[] = {
    { "next", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct flow, next), 0, 500,
      .about = "Path on this site to go to afterwards" },
};
static const struct schema start_query = SCHEMA("ProviderQuery", struct flow, start_query_fields);

static err start_read(struct request *rq, void *work)
{
    struct flow *w = work;
    w->browser_secret = browser_secret(rq);
    if (!person_next_ok(w->next))
        w->next = TEXT("");
    return flow_read(rq, work);
}

static err start_look(struct request *rq, struct tx *tx, void *work)
{
    (void)rq;
    return provider_find(tx, work);
}

static err start_prepare(struct request *rq, void *work)
{
    struct flow *w = work;
    return oidc_discover(rq->arena, w->provider.issuer, &w->metadata);
}

static err start_apply(struct tx *tx, void *work)
{
    struct flow *w = work;
    struct rate rate = { "oidc", w->client, 60, 5 * SECOND_US };
    TRY(rate_take(tx, &rate, 1));
    w->state = secret_new(tx);
    return sql_oidc_flow_insert(tx, secret_hash(tx->arena, w->state),
                                secret_hash(tx->arena, w->browser_secret), w->provider.id,
                                w->work.actor.person, w->next,
                                (struct instant){ tx->now.us + FLOW_MINUTES * MINUTE_US });
}

static err start_reply(struct request *rq, void *work, struct view **ret)
{
    const struct flow *w = work;
    struct arena *a = rq->arena;
    struct sha256 verifier = sha256_of(tied(a, w, "verifier"));
    struct buf url = url_begin(a, w->metadata.authorization);
    (void)ret;
    put_field(&url, "response_type", TEXT("code"));
    put_field(&url, "client_id", w->provider.client_id);
    put_field(&url, "redirect_uri", redirect_uri(a, w));
    put_field(&url, "scope", TEXT("openid profile"));
    put_field(&url, "state", w->state);
    put_field(&url, "nonce", tied(a, w, "nonce"));
    put_field(&url, "code_challenge",
              base64url(a, (struct text){ (const char *)verifier.at, sizeof verifier.at }));
    put_field(&url, "code_challenge_method", TEXT("S256"));
    put_field(&url, "ui_locales", text_of(rq->lang));
    if (w->provider.strong_acr.len > 0)
        put_field(&url, "acr_values", w->provider.strong_acr);
    if (w->work.actor.person.v != 0)
        put_field(&url, "max_age", text_format(a, "%d", FRESH_SECONDS));
    return buf_done(&url, &rq->then_url);
}

static const struct rooms start_rooms = {
    .id = "providerStart",
    .summary = "On to a provider to sign in there",
    .tag = "oidc",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_LINK,
    .work_size = sizeof(struct flow),
    .path = &flow_path,
    .query = &start_query,
    .status = 204,
    .errors = (const err[]){ ERR_OIDC_DOWN, ERR_OIDC_SETUP, ERR_RATE_SLOW, OK },
    .read = start_read,
    .look = start_look,
    .prepare = start_prepare,
    .apply = start_apply,
    .reply = start_reply,
};

/* GET /sign-in/with/{provider}/callback */

static const struct field callback_query_fields[] = {
    { "code", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct flow, code), 0, 4096,
      .about = "To be changed for a token" },
    { "state", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct flow, state), 0, 100,
      .about = "As it was sent" },
    { "iss", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct flow, issuer_said), 0, OIDC_URL_MAX,
      .about = "Who answers" },
    { "error", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct flow, error), 0, 200,
      .about = "Why not" },
};
static const struct schema callback_query =
    SCHEMA("ProviderAnswer", struct flow, callback_query_fields);

static err callback_read(struct request *rq, void *work)
{
    struct flow *w = work;
    w->browser_secret = rq->browser_secret;
    w->session_secret = rq->session_secret;
    return w->browser_secret.at != NULL && w->state.len > 0 ? flow_read(rq, work) : ERR_OIDC_STATE;
}

/* The flow this is the answer to: begun in this browser, with this provider, not ended yet. */
static err flow_find(struct tx *tx, struct flow *w)
{
    struct oidc_flow_get row;
    bool found;
    TRY(sql_oidc_flow_get(tx, secret_hash(tx->arena, w->state), tx->now, &row, &found));
    if (!found || row.used_at.us != 0 || row.provider.v != w->provider.id.v ||
        !text_eq(row.browser_hash, secret_hash(tx->arena, w->browser_secret)))
        return ERR_OIDC_STATE;
    w->person = row.person;
    w->next = row.next;
    return OK;
}

static err callback_look(struct request *rq, struct tx *tx, void *work)
{
    struct flow *w = work;
    (void)rq;
    TRY(provider_find(tx, w));
    TRY(flow_find(tx, w));
    if (w->issuer_said.len > 0 && !text_eq(w->issuer_said, w->provider.issuer))
        return ERR_OIDC_TOKEN;
    return w->code.len > 0 && w->error.len == 0 ? OK : ERR_OIDC_REFUSED;
}

static err key_read(struct arena *a, struct text path, struct text *ret)
{
    struct stat status;
    int fd = open(text_cstr(a, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_OIDC_SETUP;
    char *bytes = arena_alloc(a, KEY_FILE_MAX);
    bool ok = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 077) == 0;
    ssize_t count = ok ? read(fd, bytes, KEY_FILE_MAX) : -1;
    close(fd);
    if (count <= 0 || count == KEY_FILE_MAX)
        return ERR_OIDC_SETUP;
    *ret = (struct text){ bytes, (size_t)count };
    return OK;
}

static err redeem_form(struct request *rq, const struct flow *w, struct text *ret)
{
    struct arena *a = rq->arena;
    struct text pem, assertion;
    TRY(key_read(a, w->provider.key_file, &pem));
    TRY(oidc_assertion(a, pem, w->provider.client_id, w->metadata.token,
                       uuid_text(a, uuid7_make(rq->now, &random_system)), rq->now, &assertion));
    struct buf form = buf_new(a, FORM_BYTES_MAX);
    put_field(&form, "grant_type", TEXT("authorization_code"));
    put_field(&form, "code", w->code);
    put_field(&form, "redirect_uri", redirect_uri(a, w));
    put_field(&form, "client_id", w->provider.client_id);
    put_field(&form, "code_verifier", tied(a, w, "verifier"));
    put_field(&form, "client_assertion_type",
              TEXT("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
    put_field(&form, "client_assertion", assertion);
    return buf_done(&form, ret);
}

static err callback_prepare(struct request *rq, void *work)
{
    struct flow *w = work;
    struct text form, token, jwks;
    TRY(oidc_discover(rq->arena, w->provider.issuer, &w->metadata));
    TRY(redeem_form(rq, w, &form));
    TRY(oidc_redeem(rq->arena, &w->metadata, form, &token));
    struct oidc_expected e = { w->provider.issuer, w->provider.client_id,
                               tied(rq->arena, w, "nonce"), rq->now,
                               w->person.v != 0 ? FRESH_SECONDS : 0 };
    TRY(oidc_keys(rq->arena, w->provider.issuer, &w->metadata, false, &jwks));
    err result = oidc_token_check(rq->arena, token, jwks, &e, &w->claims);
    if (result != ERR_OIDC_KEY)
        return result;
    /* Keys are changed now and then. */
    TRY(oidc_keys(rq->arena, w->provider.issuer, &w->metadata, true, &jwks));
    return oidc_token_check(rq->arena, token, jwks, &e, &w->claims);
}

/* Someone who is signed in wants to be known to the provider too. For an officer that opens all they
 * may do, so it takes two factors, or the link that an operator gave them. */
static err link_up(struct tx *tx, const struct flow *w)
{
    const struct actor *who = &w->work.actor;
    int64_t need, added;
    TRY(setting_int(tx, SETTING_TWO_FACTORS, 1, &need));
    bool is_officer = ((who->roles | who->withheld) & ROLES_STRONG) != 0;
    bool is_fresh = who->strong_at.us != 0 && who->strong_at.us > tx->now.us - SESSION_STEP_UP_US;
    if (is_officer && need != 0 && !is_fresh && who->method != METHOD_LINK)
        return ERR_STEP_UP;
    TRY(sql_account_subject_insert(tx, w->provider.id, w->claims.subject, w->person, tx->now,
                                   &added));
    if (added != 1)
        return ERR_OIDC_TAKEN;
    return account_tell(tx, w->person, N_("A new way to sign in"),
                        N_("Another account was connected to yours, to sign in with. Was it not "
                           "you? Then tell your municipality."));
}

static err callback_apply(struct tx *tx, void *work)
{
    struct flow *w = work;
    struct oidc_person row;
    bool found;
    TRY(flow_find(tx, w));
    TRY(sql_oidc_person(tx, w->provider.id, w->claims.subject, &row, &found));
    if (w->person.v != 0 && w->work.actor.person.v != w->person.v)
        return ERR_OIDC_STATE;
    if (w->person.v != 0 && found && row.person.v != w->person.v)
        return ERR_OIDC_TAKEN;
    if (w->person.v != 0 && !found)
        TRY(link_up(tx, w));
    TRY(sql_oidc_flow_use(tx, secret_hash(tx->arena, w->state), tx->now));
    if (w->person.v == 0 && !found) {
        struct text name = w->claims.name;
        return account_sign_up_begin(
            tx,
            &(struct sign_up_new){ .provider = w->provider.id,
                                   .subject = w->claims.subject,
                                   .name = name.len > 0 && account_name_ok(name) ? name : TEXT(""),
                                   .next = w->next },
            &w->signed_in.then);
    }
    int64_t ended;
    if (w->work.actor.session.v != 0)
        TRY(sql_account_session_end(tx, w->work.actor.person, w->work.actor.session, &ended));
    struct session_new n = { .person = found ? row.person : w->person,
                             .method = METHOD_PROVIDER,
                             .provider = w->provider.id,
                             .device = w->device,
                             .is_strong = oidc_is_strong(&w->claims, w->provider.strong_acr,
                                                         w->provider.strong_amr) };
    return person_sign_in(tx, &n, w->next, &w->signed_in);
}

static err callback_reply(struct request *rq, void *work, struct view **ret)
{
    const struct flow *w = work;
    (void)ret;
    person_signed_in_reply(rq, &w->signed_in);
    return OK;
}

static const struct rooms callback_rooms = {
    .id = "providerCallback",
    .summary = "Back from a provider",
    .tag = "oidc",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_LINK,
    .work_size = sizeof(struct flow),
    .path = &flow_path,
    .query = &callback_query,
    .status = 204,
    .errors = (const err[]){ ERR_OIDC_STATE, ERR_OIDC_REFUSED, ERR_OIDC_TOKEN, ERR_OIDC_KEY,
                             ERR_OIDC_DOWN, ERR_OIDC_SETUP, ERR_OIDC_TAKEN, ERR_STEP_UP, OK },
    .read = callback_read,
    .look = callback_look,
    .prepare = callback_prepare,
    .apply = callback_apply,
    .reply = callback_reply,
};

/* GET /sign-in/with/{provider}/sign-out: having signed out here, on to sign out there
 * (RP-Initiated Logout 1.0; without the token that we did not keep, so they ask whether it is meant). */

static err sign_out_reply(struct request *rq, void *work, struct view **ret)
{
    const struct flow *w = work;
    (void)ret;
    if (w->metadata.end_session.at == NULL)
        return OK;
    struct buf url = url_begin(rq->arena, w->metadata.end_session);
    put_field(&url, "client_id", w->provider.client_id);
    put_field(&url, "post_logout_redirect_uri",
              text_format(rq->arena, "%.*s/", TEXT_ARGS(w->base_url)));
    return buf_done(&url, &rq->then_url);
}

static const struct rooms sign_out_rooms = {
    .id = "providerSignOut",
    .summary = "On to a provider to sign out there",
    .tag = "oidc",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_LINK,
    .work_size = sizeof(struct flow),
    .path = &flow_path,
    .status = 204,
    .errors = (const err[]){ ERR_OIDC_DOWN, ERR_OIDC_SETUP, OK },
    .read = flow_read,
    .look = start_look,
    .prepare = start_prepare,
    .reply = sign_out_reply,
};

static err flow_prune(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    int64_t count;
    TRY(sql_oidc_flow_prune(tx, tx->now, &count));
    run->more = count >= 200;
    return OK;
}

static const struct route oidc_routes[] = {
    { WRITE, GET, "/sign-in/with/{provider}", &start_rooms, .again = "/sign-in" },
    { WRITE, GET, "/sign-in/with/{provider}/callback", &callback_rooms, .again = "/sign-in" },
    { WRITE, GET, "/sign-in/with/{provider}/sign-out", &sign_out_rooms, .then = "/" },
};
static const struct background oidc_jobs[] = {
    { "prune-flows", HOUR_US, flow_prune },
};
const struct feature oidc_feature = {
    .name = "oidc",
    .routes = oidc_routes,
    .route_count = sizeof oidc_routes / sizeof oidc_routes[0],
    .background = oidc_jobs,
    .background_count = sizeof oidc_jobs / sizeof oidc_jobs[0],
};
