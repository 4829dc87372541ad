/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/oidc/oidc_provider.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum {
    CONNECT_MS = 3000,
    CALL_MS = 8000,
    ANSWER_BYTES_MAX = 256 * 1024,
    KEPT_MAX = 16,
    KEPT_KEYS_BYTES_MAX = 64 * 1024,
    METADATA_SECONDS = 3600,
    AWAY_SECONDS = 5, /* who did not answer is not asked again at once: others wait for the pool */
    KEYS_SECONDS = 600
};

static bool is_host_here(struct text rest) /* what follows "http://" */
{
    static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i]);
        if (text_starts(rest, names[i]) &&
            (rest.len == length || rest.at[length] == ':' || rest.at[length] == '/'))
            return true;
    }
    return false;
}

bool oidc_url_ok(struct text url)
{
    if (url.len == 0 || url.len >= OIDC_URL_MAX)
        return false;
    for (size_t i = 0; i < url.len; i++)
        if (url.at[i] <= ' ' || url.at[i] >= 0x7f || strchr("\"<>\\^`{|}#@", url.at[i]) != NULL)
            return false;
    return (text_starts(url, "https://") && url.len > 8 && url.at[8] != '/') ||
           (text_starts(url, "http://") && is_host_here((struct text){ url.at + 7, url.len - 7 }));
}

static size_t answer_add(char *bytes, size_t size, size_t count, void *self)
{
    struct buf *b = self;
    buf_add(b, (struct text){ bytes, size * count });
    return b->full ? 0 : size * count;
}

/* One call; `form` none: GET. Redirects are not followed: an endpoint is where discovery says. */
static err call(struct arena *a, struct text url, struct text form, long *ret_status,
                struct text *ret_body)
{
    if (!oidc_url_ok(url))
        return ERR_OIDC_SETUP;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
    struct buf body = buf_new(a, ANSWER_BYTES_MAX);
    err e = ERR_OIDC_DOWN;
    if (curl == NULL || headers == NULL)
        goto done;
    curl_easy_setopt(curl, CURLOPT_URL, text_cstr(a, url));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_add);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CALL_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (form.at != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form.at);
    }
    if (curl_easy_perform(curl) == CURLE_OK && buf_done(&body, ret_body) == OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
        e = OK;
    }
done:
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return e;
}

static err call_json(struct arena *a, struct text url, struct text form, long *ret_status,
                     struct input **ret)
{
    struct text body;
    TRY(call(a, url, form, ret_status, &body));
    bool is_object = input_json(a, body, ret) == OK && (*ret)->kind == INPUT_OBJECT;
    return is_object ? OK : ERR_OIDC_DOWN;
}

static struct text url_at(struct input *object, const char *name)
{
    const struct input *in = input_get(object, name);
    return in != NULL && in->kind == INPUT_TEXT && oidc_url_ok(in->text) ? in->text : TEXT_NONE;
}

/* What was asked already, for all threads */

struct kept {
    char issuer[OIDC_URL_MAX]; /* "": the place is free */
    char authorization[OIDC_URL_MAX], token[OIDC_URL_MAX], keys[OIDC_URL_MAX],
        end_session[OIDC_URL_MAX];
    char jwks[KEPT_KEYS_BYTES_MAX];
    int64_t metadata_until, jwks_until, away_until; /* monotonic seconds */
};
static struct kept kept[KEPT_MAX];
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static int64_t now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* With the lock held. A newcomer takes the place of the oldest. */
static struct kept *kept_place(struct text issuer, bool make)
{
    struct kept *oldest = &kept[0];
    for (size_t i = 0; i < KEPT_MAX; i++) {
        if (text_is(issuer, kept[i].issuer))
            return &kept[i];
        if (kept[i].metadata_until < oldest->metadata_until) /* 0 where nothing was found yet */
            oldest = &kept[i];
    }
    if (!make)
        return NULL;
    memset(oldest, 0, sizeof *oldest);
    memcpy(oldest->issuer, issuer.at, issuer.len);
    return oldest;
}

static void put(char to[OIDC_URL_MAX], struct text t)
{
    memset(to, 0, OIDC_URL_MAX);
    if (t.len > 0)
        memcpy(to, t.at, t.len);
}

static void metadata_keep(struct text issuer, const struct oidc_metadata *m)
{
    pthread_mutex_lock(&kept_lock);
    struct kept *k = kept_place(issuer, true);
    put(k->authorization, m->authorization);
    put(k->token, m->token);
    put(k->keys, m->keys);
    put(k->end_session, m->end_session);
    k->metadata_until = now_seconds() + METADATA_SECONDS;
    pthread_mutex_unlock(&kept_lock);
}

static void away_keep(struct text issuer)
{
    pthread_mutex_lock(&kept_lock);
    kept_place(issuer, true)->away_until = now_seconds() + AWAY_SECONDS;
    pthread_mutex_unlock(&kept_lock);
}

static bool metadata_find(struct arena *a, struct text issuer, struct oidc_metadata *ret,
                          bool *ret_away)
{
    pthread_mutex_lock(&kept_lock);
    const struct kept *k = kept_place(issuer, false);
    bool found = k != NULL && k->metadata_until > now_seconds();
    *ret_away = k != NULL && k->away_until > now_seconds();
    if (found)
        *ret = (struct oidc_metadata){
            text_copy(a, text_of(k->authorization)), text_copy(a, text_of(k->token)),
            text_copy(a, text_of(k->keys)),
            k->end_session[0] != '\0' ? text_copy(a, text_of(k->end_session)) : TEXT_NONE
        };
    pthread_mutex_unlock(&kept_lock);
    return found;
}

/* PKCE with S256: required of us; a provider that lists its methods must have it. */
static bool has_s256(struct input *document)
{
    const struct input *methods = input_get(document, "code_challenge_methods_supported");
    if (methods == NULL || methods->kind != INPUT_LIST)
        return true;
    for (const struct input *one = methods->first; one != NULL; one = one->next)
        if (one->kind == INPUT_TEXT && text_is(one->text, "S256"))
            return true;
    return false;
}

err oidc_discover(struct arena *a, struct text issuer, struct oidc_metadata *ret)
{
    struct input *document;
    long status;
    if (!oidc_url_ok(issuer))
        return ERR_OIDC_SETUP;
    bool is_away;
    if (metadata_find(a, issuer, ret, &is_away))
        return OK;
    if (is_away)
        return ERR_OIDC_DOWN;
    struct text base = issuer;
    while (text_ends(base, "/"))
        base.len--;
    err e = call_json(a, text_format(a, "%.*s/.well-known/openid-configuration", TEXT_ARGS(base)),
                      TEXT_NONE, &status, &document);
    if (e != OK || status != 200) {
        away_keep(issuer);
        return ERR_OIDC_DOWN;
    }
    struct oidc_metadata m = { url_at(document, "authorization_endpoint"),
                               url_at(document, "token_endpoint"), url_at(document, "jwks_uri"),
                               url_at(document, "end_session_endpoint") };
    if (!text_eq(url_at(document, "issuer"), issuer) || m.authorization.at == NULL ||
        m.token.at == NULL || m.keys.at == NULL || !has_s256(document))
        return ERR_OIDC_SETUP;
    metadata_keep(issuer, &m);
    *ret = m;
    return OK;
}

err oidc_keys(struct arena *a, struct text issuer, const struct oidc_metadata *m, bool fresh,
              struct text *ret_jwks)
{
    struct text jwks = TEXT_NONE;
    long status;
    pthread_mutex_lock(&kept_lock);
    struct kept *k = kept_place(issuer, false);
    if (k != NULL && !fresh && k->jwks_until > now_seconds())
        jwks = text_copy(a, text_of(k->jwks));
    pthread_mutex_unlock(&kept_lock);
    if (jwks.at == NULL) {
        TRY(call(a, m->keys, TEXT_NONE, &status, &jwks));
        if (status != 200 || jwks.len >= KEPT_KEYS_BYTES_MAX || !text_utf8_ok(jwks))
            return ERR_OIDC_DOWN;
        pthread_mutex_lock(&kept_lock);
        k = kept_place(issuer, false);
        if (k != NULL) {
            memcpy(k->jwks, jwks.at, jwks.len);
            k->jwks[jwks.len] = '\0';
            k->jwks_until = now_seconds() + KEYS_SECONDS;
        }
        pthread_mutex_unlock(&kept_lock);
    }
    *ret_jwks = jwks;
    return OK;
}

err oidc_redeem(struct arena *a, const struct oidc_metadata *m, struct text form,
                struct text *ret_id_token)
{
    struct input *answer;
    long status;
    TRY(call_json(a, m->token, form, &status, &answer));
    if (status >= 400 && status < 500) {
        const struct input *error = input_get(answer, "error");
        bool is_ours =
            error != NULL && error->kind == INPUT_TEXT &&
            (text_is(error->text, "invalid_client") || text_is(error->text, "unauthorized_client"));
        return is_ours ? ERR_OIDC_SETUP : ERR_OIDC_REFUSED;
    }
    const struct input *token = input_get(answer, "id_token");
    if (status != 200)
        return ERR_OIDC_DOWN;
    if (token == NULL || token->kind != INPUT_TEXT)
        return ERR_OIDC_TOKEN;
    *ret_id_token = token->text;
    return OK;
}
