/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/oidc/oidc.h"

#include <pthread.h>
#include <rhonabwy.h>
#include <stdlib.h>
#include <string.h>

enum { RSA_BITS_LEAST = 2048, SUBJECT_MAX = 255, IAT_AGE_MAX = 600, ASSERTION_SECONDS = 60 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_ready;

static void library_start(void)
{
    is_ready = r_global_init() == RHN_OK;
}

static bool library_ok(void)
{
    pthread_once(&once, library_start);
    return is_ready;
}

static struct text text_at(struct input *object, const char *name)
{
    const struct input *in = input_get(object, name);
    return in != NULL && in->kind == INPUT_TEXT ? in->text : TEXT_NONE;
}

static int64_t int_at(struct input *object, const char *name)
{
    const struct input *in = input_get(object, name);
    return in != NULL && in->kind == INPUT_INT ? in->integer : INT_NONE;
}

/* The signature */

static const struct {
    const char *name;
    jwa_alg alg;
    int key_type;
} algorithms[] = {
    { "RS256", R_JWA_ALG_RS256, R_KEY_TYPE_RSA },
    { "PS256", R_JWA_ALG_PS256, R_KEY_TYPE_RSA },
    { "ES256", R_JWA_ALG_ES256, R_KEY_TYPE_EC },
};
enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

static size_t algorithm_of(struct text name)
{
    size_t i = 0;
    while (i < ALGORITHMS && !text_is(name, algorithms[i].name))
        i++;
    return i;
}

static bool key_fits(jwk_t *key, size_t algorithm)
{
    unsigned bits = 0;
    int type = r_jwk_key_type(key, &bits, R_FLAG_IGNORE_REMOTE);
    const char *use = r_jwk_get_property_str(key, "use"), *alg = r_jwk_get_property_str(key, "alg");
    if ((type & algorithms[algorithm].key_type) == 0 || (use != NULL && strcmp(use, "sig") != 0) ||
        (alg != NULL && strcmp(alg, algorithms[algorithm].name) != 0))
        return false;
    return algorithms[algorithm].key_type == R_KEY_TYPE_EC ? bits == 256 : bits >= RSA_BITS_LEAST;
}

/* By its name; a token without one is for the only key that fits. To be freed; NULL: none. */
static jwk_t *key_find(jwks_t *keys, const char *kid, size_t algorithm)
{
    jwk_t *found = NULL;
    for (size_t i = 0; i < r_jwks_size(keys); i++) {
        jwk_t *key = r_jwks_get_at(keys, i);
        const char *name = key == NULL ? NULL : r_jwk_get_property_str(key, "kid");
        bool fits = key != NULL && key_fits(key, algorithm) &&
                    (kid == NULL || (name != NULL && strcmp(name, kid) == 0));
        if (fits && found != NULL) { /* two: which of them is anybody's guess */
            r_jwk_free(key);
            r_jwk_free(found);
            return NULL;
        }
        if (fits)
            found = key;
        else
            r_jwk_free(key);
    }
    return found;
}

static err signature_check(struct arena *a, struct text token, struct text jwks, const char *kid,
                           size_t algorithm)
{
    jwks_t *keys = NULL;
    jws_t *jws = NULL;
    jwk_t *key = NULL;
    err e = ERR_OIDC_TOKEN;
    if (r_jwks_init(&keys) != RHN_OK || r_jws_init(&jws) != RHN_OK)
        goto done;
    e = ERR_OIDC_KEY;
    if (r_jwks_import_from_json_str(keys, text_cstr(a, jwks)) == RHN_ERROR_PARAM)
        goto done;
    key = key_find(keys, kid, algorithm);
    if (key == NULL)
        goto done;
    e = ERR_OIDC_TOKEN;
    /* Keys that the token itself brings along are not looked at. */
    if (r_jws_advanced_compact_parsen(jws, token.at, token.len, R_PARSE_NONE,
                                      R_FLAG_IGNORE_REMOTE) == RHN_OK &&
        r_jws_get_alg(jws) == algorithms[algorithm].alg &&
        r_jws_verify_signature(jws, key, R_FLAG_IGNORE_REMOTE) == RHN_OK)
        e = OK;
done:
    r_jwk_free(key);
    r_jws_free(jws);
    r_jwks_free(keys);
    return e;
}

/* Header and payload, each an object of JSON. */
static err token_open(struct arena *a, struct text token, struct input **ret_header,
                      struct input **ret_payload)
{
    struct text rest = token, parts[3], json;
    struct input **to[] = { ret_header, ret_payload };
    if (token.len == 0 || token.len > OIDC_TOKEN_BYTES_MAX)
        return ERR_OIDC_TOKEN;
    for (size_t i = 0; i < 3; i++)
        if (!text_split(&rest, '.', &parts[i]) || parts[i].len == 0)
            return ERR_OIDC_TOKEN; /* an unsigned one is refused here already */
    if (rest.at != NULL)
        return ERR_OIDC_TOKEN;
    for (size_t i = 0; i < 2; i++)
        if (base64url_parse(a, parts[i], &json) != OK || input_json(a, json, to[i]) != OK ||
            (*to[i])->kind != INPUT_OBJECT)
            return ERR_OIDC_TOKEN;
    /* The signature too is base64url to the letter: the library is not as strict. */
    return base64url_parse(a, parts[2], &json) == OK ? OK : ERR_OIDC_TOKEN;
}

/* What it says */

static bool audience_ok(struct input *payload, struct text client_id)
{
    const struct input *aud = input_get(payload, "aud");
    struct text party = text_at(payload, "azp");
    bool is_there = false;
    if (aud == NULL)
        return false;
    if (aud->kind == INPUT_TEXT)
        is_there = text_eq(aud->text, client_id);
    for (const struct input *one = aud->kind == INPUT_LIST ? aud->first : NULL; one != NULL;
         one = one->next)
        is_there = is_there || (one->kind == INPUT_TEXT && text_eq(one->text, client_id));
    if (aud->kind == INPUT_LIST && aud->count > 1 && party.at == NULL)
        return false;
    return is_there && (input_get(payload, "azp") == NULL || text_eq(party, client_id));
}

static bool times_ok(struct input *payload, const struct oidc_expected *e)
{
    int64_t now = e->now.us / SECOND_US, exp = int_at(payload, "exp"), iat = int_at(payload, "iat"),
            nbf = int_at(payload, "nbf"), auth_time = int_at(payload, "auth_time");
    if (exp == INT_NONE || exp <= now - OIDC_SKEW_SECONDS)
        return false;
    if (iat == INT_NONE || iat > now + OIDC_SKEW_SECONDS || iat < now - IAT_AGE_MAX)
        return false;
    if (nbf != INT_NONE && nbf > now + OIDC_SKEW_SECONDS)
        return false;
    return e->max_age_seconds == 0 ||
           (auth_time != INT_NONE && auth_time <= now + OIDC_SKEW_SECONDS &&
            auth_time >= now - e->max_age_seconds - OIDC_SKEW_SECONDS);
}

static err payload_check(struct input *payload, const struct oidc_expected *e,
                         struct oidc_claims *ret)
{
    struct text nonce = text_at(payload, "nonce"), subject = text_at(payload, "sub");
    if (!text_eq(text_at(payload, "iss"), e->issuer) || !audience_ok(payload, e->client_id) ||
        !times_ok(payload, e))
        return ERR_OIDC_TOKEN;
    if (e->nonce.len == 0 || nonce.len != e->nonce.len ||
        !bytes_equal(nonce.at, e->nonce.at, nonce.len))
        return ERR_OIDC_TOKEN;
    if (subject.len == 0 || subject.len > SUBJECT_MAX)
        return ERR_OIDC_TOKEN;
    struct input *amr = input_get(payload, "amr");
    *ret = (struct oidc_claims){ subject, text_at(payload, "name"), text_at(payload, "acr"),
                                 amr != NULL && amr->kind == INPUT_LIST ? amr : NULL };
    return OK;
}

err oidc_token_check(struct arena *a, struct text token, struct text jwks,
                     const struct oidc_expected *e, struct oidc_claims *ret)
{
    struct input *header, *payload;
    if (!library_ok())
        return ERR_OIDC_SETUP;
    TRY(token_open(a, token, &header, &payload));
    size_t algorithm = algorithm_of(text_at(header, "alg"));
    struct text kid = text_at(header, "kid");
    if (algorithm == ALGORITHMS || input_get(header, "crit") != NULL ||
        (kid.at == NULL && input_get(header, "kid") != NULL))
        return ERR_OIDC_TOKEN;
    TRY(signature_check(a, token, jwks, kid.at != NULL ? text_cstr(a, kid) : NULL, algorithm));
    return payload_check(payload, e, ret);
}

static bool is_among(struct text word, struct text words)
{
    struct text one;
    while (words.at != NULL && words.len > 0 && text_split(&words, ' ', &one))
        if (one.len > 0 && text_eq(one, word))
            return true;
    return false;
}

bool oidc_is_strong(const struct oidc_claims *c, struct text strong_acr, struct text strong_amr)
{
    if (c->acr.len > 0 && is_among(c->acr, strong_acr))
        return true;
    for (const struct input *one = c->amr == NULL ? NULL : c->amr->first; one != NULL;
         one = one->next)
        if (one->kind == INPUT_TEXT && is_among(one->text, strong_amr))
            return true;
    return false;
}

/* Our own key */

static jwk_t *key_import(struct text pem)
{
    jwk_t *key = NULL;
    if (!library_ok() || r_jwk_init(&key) != RHN_OK)
        return NULL;
    if (r_jwk_import_from_pem_der(key, R_X509_TYPE_PRIVKEY, R_FORMAT_PEM,
                                  (const unsigned char *)pem.at, pem.len) == RHN_OK &&
        (key_fits(key, 0) || key_fits(key, 2)))
        return key;
    r_jwk_free(key);
    return NULL;
}

/* Texts of the library are its own to free. */
static struct text taken(struct arena *a, char *text)
{
    struct text copy = text == NULL ? TEXT_NONE : text_copy(a, text_of(text));
    r_free(text);
    return copy;
}

static struct text key_name(struct arena *a, jwk_t *key)
{
    return taken(a, r_jwk_thumbprint(key, R_JWK_THUMB_SHA256, R_FLAG_IGNORE_REMOTE));
}

err oidc_public_keys(struct arena *a, struct text pem, struct text *ret_jwks)
{
    jwk_t *key = key_import(pem), *public = NULL;
    err e = ERR_OIDC_SETUP;
    if (key == NULL)
        return e;
    struct text name = key_name(a, key);
    if (name.at != NULL && r_jwk_init(&public) == RHN_OK &&
        r_jwk_extract_pubkey(key, public, R_FLAG_IGNORE_REMOTE) == RHN_OK &&
        r_jwk_set_property_str(public, "kid", text_cstr(a, name)) == RHN_OK &&
        r_jwk_set_property_str(public, "use", "sig") == RHN_OK) {
        struct text json = taken(a, r_jwk_export_to_json_str(public, 0));
        if (json.at != NULL) {
            *ret_jwks = text_format(a, "{\"keys\":[%.*s]}", TEXT_ARGS(json));
            e = OK;
        }
    }
    r_jwk_free(public);
    r_jwk_free(key);
    return e;
}

err oidc_assertion(struct arena *a, struct text pem, struct text client_id, struct text audience,
                   struct text id, struct instant now, struct text *ret)
{
    jwk_t *key = key_import(pem);
    jws_t *jws = NULL;
    struct text claims, token = TEXT_NONE;
    struct view *v = view_object(a);
    if (key == NULL)
        return ERR_OIDC_SETUP;
    view_put_text(a, v, "iss", client_id);
    view_put_text(a, v, "sub", client_id);
    view_put_text(a, v, "aud", audience);
    view_put_text(a, v, "jti", id);
    view_put_int(a, v, "iat", now.us / SECOND_US);
    view_put_int(a, v, "exp", now.us / SECOND_US + ASSERTION_SECONDS);
    struct text name = key_name(a, key);
    if (name.at != NULL && view_json(a, v, OIDC_TOKEN_BYTES_MAX, &claims) == OK &&
        r_jws_init(&jws) == RHN_OK &&
        r_jws_set_alg(jws, key_fits(key, 0) ? R_JWA_ALG_RS256 : R_JWA_ALG_ES256) == RHN_OK &&
        r_jws_set_header_str_value(jws, "typ", "JWT") == RHN_OK &&
        r_jws_set_header_str_value(jws, "kid", text_cstr(a, name)) == RHN_OK &&
        r_jws_set_payload(jws, (const unsigned char *)claims.at, claims.len) == RHN_OK)
        token = taken(a, r_jws_serialize(jws, key, R_FLAG_IGNORE_REMOTE));
    r_jws_free(jws);
    r_jwk_free(key);
    *ret = token;
    return token.at != NULL ? OK : ERR_OIDC_SETUP;
}
