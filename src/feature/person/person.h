/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* People: who they are to each other, their roles, and signing in.
 *
 * The link from a person to their accounts is one row (person_holder), made with the person and
 * deleted on erasure; everything that moves coins goes through person_holder_of. */
#ifndef WESH_FEATURE_PERSON_H
#define WESH_FEATURE_PERSON_H

#include "http/http.h"
#include "ledger/ledger.h"

extern const struct feature person_feature;
extern const struct rooms person_me_rooms;

#define PERSON_SESSION_US (30 * DAY_US)

extern const struct rooms person_sign_in_rooms; /* the demo's people, and where to go afterwards */

/* Signing someone in who showed who they are: fills in kind and lifetime. */
struct person_signed_in {
    struct text secret, then; /* of the session; where to go first */
};
MUST err person_sign_in(struct tx *tx, const struct session_new *n, struct text next,
                        struct person_signed_in *ret);
void person_signed_in_reply(struct request *rq, const struct person_signed_in *s);

struct person_new {
    struct text name;
    struct municipality_id municipality;   /* none: unknown */
    struct neighbourhood_id neighbourhood; /* none: unknown */
    struct text language;                  /* TEXT_NONE: "nl" */
    int64_t birth_month;                   /* YYYYMM; 0: unknown */
};
/* Makes the person and the holder of their accounts. */
MUST err person_add(struct tx *tx, const struct person_new *n, struct person_id *ret);
/* One bit of enum role; scope 0: everywhere. Granting twice changes nothing. Browsers that are signed
 * in are signed out when it is new: what they may do has changed. */
MUST err person_grant(struct tx *tx, struct person_id person, enum role role, uint128 scope);
MUST err person_holder_of(struct tx *tx, struct person_id person, struct holder_id *ret);
struct account_key person_wallet(struct issuer_id issuer, struct holder_id holder);

/* The demo's people, who anybody may sign in as: shown on the sign-in page under this name
 * ("steward"). An installation with one of these is a demo and nothing else. */
MUST err person_demo_set(struct tx *tx, struct text persona, struct person_id person);

/* A path on this site to go to after signing in: "/tasks?x=1" is, "//evil.example" and
 * "https://…" are not. */
bool person_next_ok(struct text next);

#endif
