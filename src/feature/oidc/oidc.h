/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Signing in through another account: OpenID Connect Core 1.0 and the Dutch profile of it.
 *
 * Code flow alone, with PKCE S256 (RFC 7636), private_key_jwt, a state and a nonce of 256 bits, one
 * redirect URI a provider, and `iss` in the answer (RFC 9207) checked where it is given. Nonce and
 * code verifier come from the browser's cookie, so the store holds neither. A person is known by
 * the provider's pairwise subject and nothing else. Calls to a provider have 8 seconds and 256 KiB. */
#ifndef WESH_FEATURE_OIDC_H
#define WESH_FEATURE_OIDC_H

#include "http/http.h"

extern const struct feature oidc_feature;

struct oidc_provider_new {
    struct text slug, label, issuer, client_id, key_file;
    struct municipality_id municipality; /* none: of everywhere */
    int64_t role;                        /* one bit, or 0 */
    struct text strong_acr, strong_amr;
};
/* ERR_OIDC_ISSUER: not an https address (http only on this machine). Adding a slug again changes it. */
MUST err oidc_provider_put(struct tx *tx, const struct oidc_provider_new *n);

/* Tokens (oidc_token.c): no store, no network */

enum { OIDC_TOKEN_BYTES_MAX = 16 * 1024, OIDC_SKEW_SECONDS = 60 };
struct oidc_expected {
    struct text issuer, client_id, nonce;
    struct instant now;
    int64_t max_age_seconds; /* how long ago they may have signed in there; 0: any time */
};
struct oidc_claims {
    struct text subject, name, acr; /* the last two may be none */
    struct input *amr;              /* a list, or NULL */
};
/* An ID token, all of section 3.1.3.7. ERR_OIDC_KEY: signed with a key that is not among jwks;
 * ERR_OIDC_TOKEN: anything else. Algorithms: RS256, PS256, ES256. */
MUST err oidc_token_check(struct arena *a, struct text token, struct text jwks,
                          const struct oidc_expected *e, struct oidc_claims *ret);
/* Does it assert two factors: its acr, or one of its amr, is among these words? */
bool oidc_is_strong(const struct oidc_claims *c, struct text strong_acr, struct text strong_amr);

/* A client assertion (RFC 7523), signed by the private key `pem` (RSA of 2048 bits or more, or P-256);
 * and its public key as a JWK set, for the provider. ERR_OIDC_SETUP when the key is of no use. */
MUST err oidc_assertion(struct arena *a, struct text pem, struct text client_id,
                        struct text audience, struct text id, struct instant now, struct text *ret);
MUST err oidc_public_keys(struct arena *a, struct text pem, struct text *ret_jwks);

/* May a provider be reached under this address? */
bool oidc_url_ok(struct text url);

#endif
