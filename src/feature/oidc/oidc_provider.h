/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Calls to a provider. They take time: only from `prepare`. */
#ifndef WESH_FEATURE_OIDC_PROVIDER_H
#define WESH_FEATURE_OIDC_PROVIDER_H

#include "feature/oidc/oidc.h"

enum { OIDC_URL_MAX = 512 };

struct oidc_metadata { /* what discovery says; end_session may be none */
    struct text authorization, token, keys, end_session;
};
/* Kept for an hour. ERR_OIDC_DOWN; ERR_OIDC_SETUP when it is for another issuer or lacks something. */
MUST err oidc_discover(struct arena *a, struct text issuer, struct oidc_metadata *ret);
/* Its JWK set: as kept, for ten minutes at most, or fresh. */
MUST err oidc_keys(struct arena *a, struct text issuer, const struct oidc_metadata *m, bool fresh,
                   struct text *ret_jwks);
/* Changes a code for an ID token. ERR_OIDC_REFUSED: the code is not good (any more). */
MUST err oidc_redeem(struct arena *a, const struct oidc_metadata *m, struct text form,
                     struct text *ret_id_token);

#endif
