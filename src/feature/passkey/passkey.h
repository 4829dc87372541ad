/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Passkeys: WebAuthn level 2, registration and assertion; libfido2 checks the signatures.
 *
 * The browser asks for a challenge, which is kept for five minutes and tied to its cookie, and used
 * once. Attestation is not asked for: which make an authenticator is, is the person's own business.
 * User verification (a finger, face or PIN) makes it two factors. A counter that goes back means
 * there is a copy: the passkey is refused from then on, and its person told. */
#ifndef WESH_FEATURE_PASSKEY_H
#define WESH_FEATURE_PASSKEY_H

#include "http/http.h"

extern const struct feature passkey_feature;
extern const struct rooms passkey_list_rooms;

/* Checking (passkey_check.c) */

struct passkey_site { /* of the installation's base URL */
    struct text origin, rp_id;
};
MUST err passkey_site_of(struct arena *a, const char *base_url, struct passkey_site *ret);

/* What the browser signed for: its type ("webauthn.get"), origin, and the challenge's bytes. */
MUST err passkey_client_data(struct arena *a, struct text json, const char *type,
                             const struct passkey_site *site, struct text *ret_challenge);

struct passkey_made {
    struct text credential_id, public_key;
    int64_t algorithm; /* COSE: ES256, EdDSA, RS256 */
    int64_t counter;
    bool is_verified; /* the person was verified, not only there */
};
MUST err passkey_made_check(struct arena *a, const struct passkey_site *site,
                            struct text authenticator_data, struct passkey_made *ret);

struct passkey_shown {
    struct text client_data, authenticator_data, signature;
    int64_t algorithm;
    struct text public_key;
};
/* ERR_PASSKEY when the signature, the site or the person's presence does not hold. */
MUST err passkey_shown_check(const struct passkey_site *site, const struct passkey_shown *s,
                             int64_t *ret_counter, bool *ret_verified);
/* Level 2, 7.2 step 21. */
bool passkey_counter_ok(int64_t stored, int64_t shown);

#endif
