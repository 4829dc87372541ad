/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/passkey/passkey.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <string.h>

enum {
    RP_HASH_BYTES = 32,
    HEAD_BYTES = 37, /* rpIdHash, flags, counter */
    FLAG_PRESENT = 1,
    FLAG_VERIFIED = 4,
    FLAG_CREDENTIAL = 64,
    CREDENTIAL_ID_MAX = 1023
};

err passkey_site_of(struct arena *a, const char *base_url, struct passkey_site *ret)
{
    struct text url = text_of(base_url);
    bool https = text_starts(url, "https://");
    if (!https && !text_starts(url, "http://"))
        return ERR_PASSKEY;
    size_t from = https ? 8 : 7, to = from;
    while (to < url.len && url.at[to] != '/')
        to++;
    size_t host = from;
    while (host < to && (url.at[host] != ':' || url.at[from] == '['))
        host++;
    ret->origin = text_lower_ascii(a, (struct text){ url.at, to });
    ret->rp_id = text_lower_ascii(a, (struct text){ url.at + from, host - from });
    return ret->rp_id.len > 0 ? OK : ERR_PASSKEY;
}

static struct text member(struct input *object, const char *name)
{
    const struct input *in = input_get(object, name);
    return in != NULL && in->kind == INPUT_TEXT ? in->text : TEXT_NONE;
}

err passkey_client_data(struct arena *a, struct text json, const char *type,
                        const struct passkey_site *site, struct text *ret_challenge)
{
    struct input *object;
    struct text challenge;
    if (input_json(a, json, &object) != OK || object->kind != INPUT_OBJECT)
        return ERR_PASSKEY;
    const struct input *cross = input_get(object, "crossOrigin");
    if (!text_is(member(object, "type"), type) ||
        !text_eq(member(object, "origin"), site->origin) ||
        (cross != NULL && (cross->kind != INPUT_BOOL || cross->boolean)))
        return ERR_PASSKEY;
    if (member(object, "challenge").at == NULL ||
        base64url_parse(a, member(object, "challenge"), &challenge) != OK || challenge.len != 32)
        return ERR_PASSKEY;
    *ret_challenge = challenge;
    return OK;
}

/* Of this site, and somebody was there. */
static bool head_ok(const struct passkey_site *site, struct text data)
{
    struct sha256 rp = sha256_of(site->rp_id);
    return data.len >= HEAD_BYTES && memcmp(data.at, rp.at, RP_HASH_BYTES) == 0 &&
           (data.at[RP_HASH_BYTES] & FLAG_PRESENT) != 0;
}

static bool is_verified(struct text data)
{
    return (data.at[RP_HASH_BYTES] & FLAG_VERIFIED) != 0;
}

/* libfido2 wants to know the algorithm before it reads the key. */
static bool made_read(struct arena *a, struct text data, int algorithm, struct passkey_made *ret)
{
    fido_cred_t *cred = fido_cred_new();
    bool ok = cred != NULL && fido_cred_set_type(cred, algorithm) == FIDO_OK &&
              fido_cred_set_authdata_raw(cred, (const unsigned char *)data.at, data.len) == FIDO_OK;
    if (ok) {
        struct text id = { (const char *)fido_cred_id_ptr(cred), fido_cred_id_len(cred) };
        struct text key = { (const char *)fido_cred_pubkey_ptr(cred), fido_cred_pubkey_len(cred) };
        ok = id.len > 0 && id.len <= CREDENTIAL_ID_MAX && key.len > 0;
        if (ok)
            *ret = (struct passkey_made){ text_copy(a, id), text_copy(a, key), algorithm,
                                          fido_cred_sigcount(cred), is_verified(data) };
    }
    fido_cred_free(&cred);
    return ok;
}

err passkey_made_check(struct arena *a, const struct passkey_site *site, struct text data,
                       struct passkey_made *ret)
{
    static const int algorithms[] = { COSE_ES256, COSE_EDDSA, COSE_RS256 };
    if (!head_ok(site, data) || (data.at[RP_HASH_BYTES] & FLAG_CREDENTIAL) == 0)
        return ERR_PASSKEY;
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (made_read(a, data, algorithms[i], ret))
            return OK;
    return ERR_PASSKEY;
}

static bool signature_ok(const fido_assert_t *assertion, const struct passkey_shown *s)
{
    bool ok = false;
    if (s->algorithm == COSE_ES256) {
        es256_pk_t *key = es256_pk_new();
        ok = key != NULL &&
             es256_pk_from_ptr(key, s->public_key.at, s->public_key.len) == FIDO_OK &&
             fido_assert_verify(assertion, 0, COSE_ES256, key) == FIDO_OK;
        es256_pk_free(&key);
    } else if (s->algorithm == COSE_EDDSA) {
        eddsa_pk_t *key = eddsa_pk_new();
        ok = key != NULL &&
             eddsa_pk_from_ptr(key, s->public_key.at, s->public_key.len) == FIDO_OK &&
             fido_assert_verify(assertion, 0, COSE_EDDSA, key) == FIDO_OK;
        eddsa_pk_free(&key);
    } else if (s->algorithm == COSE_RS256) {
        rs256_pk_t *key = rs256_pk_new();
        ok = key != NULL &&
             rs256_pk_from_ptr(key, s->public_key.at, s->public_key.len) == FIDO_OK &&
             fido_assert_verify(assertion, 0, COSE_RS256, key) == FIDO_OK;
        rs256_pk_free(&key);
    }
    return ok;
}

err passkey_shown_check(const struct passkey_site *site, const struct passkey_shown *s,
                        int64_t *ret_counter, bool *ret_verified)
{
    struct sha256 client = sha256_of(s->client_data);
    char rp_id[256];
    if (!head_ok(site, s->authenticator_data) || site->rp_id.len >= sizeof rp_id)
        return ERR_PASSKEY;
    memcpy(rp_id, site->rp_id.at, site->rp_id.len);
    rp_id[site->rp_id.len] = '\0';
    fido_assert_t *assertion = fido_assert_new();
    bool ok =
        assertion != NULL && fido_assert_set_rp(assertion, rp_id) == FIDO_OK &&
        fido_assert_set_clientdata_hash(assertion, client.at, sizeof client.at) == FIDO_OK &&
        fido_assert_set_count(assertion, 1) == FIDO_OK &&
        fido_assert_set_up(assertion, FIDO_OPT_TRUE) == FIDO_OK &&
        fido_assert_set_authdata_raw(assertion, 0, (const unsigned char *)s->authenticator_data.at,
                                     s->authenticator_data.len) == FIDO_OK &&
        fido_assert_set_sig(assertion, 0, (const unsigned char *)s->signature.at,
                            s->signature.len) == FIDO_OK &&
        signature_ok(assertion, s);
    if (ok) {
        *ret_counter = fido_assert_sigcount(assertion, 0);
        *ret_verified = is_verified(s->authenticator_data);
    }
    fido_assert_free(&assertion);
    return ok ? OK : ERR_PASSKEY;
}

bool passkey_counter_ok(int64_t stored, int64_t shown)
{
    return (stored == 0 && shown == 0) || shown > stored;
}
