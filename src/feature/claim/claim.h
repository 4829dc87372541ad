/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Claims: a resident's hold on a place of a task, from claiming to the coins.
 *
 *   claimed ─> submitted ─> approved            the hold is posted to the wallet
 *      │           │  └───> rejected            the hold is voided, the place comes free
 *      │           └──────> rework ─> submitted again (new deadline)
 *      ├─> withdrawn, expired  (also from rework)  the hold is voided, the place comes free
 *
 * The hold's debit is the issuer's fund, its credit the person's wallet; the movement's `about` is
 * the claim. Each change is told to listeners under the claim's id and the person's. */
#ifndef WESH_FEATURE_CLAIM_H
#define WESH_FEATURE_CLAIM_H

#include "gen/claim_sql.h"
#include "http/route.h"

extern const struct feature claim_feature;
extern const struct rooms claim_show_rooms, claim_list_rooms;

enum claim_state { /* stored; do not renumber */
                   CLAIM_CLAIMED = 0,
                   CLAIM_SUBMITTED = 1,
                   CLAIM_REWORK = 2,
                   CLAIM_APPROVED = 3,
                   CLAIM_REJECTED = 4,
                   CLAIM_EXPIRED = 5,
                   CLAIM_WITHDRAWN = 6
};
extern const char *const claim_states[]; /* by enum claim_state; NULL-terminated */

enum { CLAIM_OPEN_MAX = 3 /* claims a person may have at once */ };

/* Rules (claim_rule.c), in order of precedence. */
err claim_check(const struct claim_facts *f, struct person_id who);
err claim_submit_check(const struct claim_end_facts *f, struct instant now);
err claim_withdraw_check(const struct claim_end_facts *f);
bool claim_is_open(int64_t state);    /* claimed, submitted or rework: coins are held */
bool claim_is_in_hand(int64_t state); /* claimed or rework: the claimant is at it */

/* For the review slice, inside its apply; the claim must be submitted, else ERR_CLAIM_STATE. */
MUST err claim_approve(struct tx *tx, struct claim_id claim, struct person_id by);
MUST err claim_reject(struct tx *tx, struct claim_id claim, struct person_id by);
MUST err claim_ask_rework(struct tx *tx, struct claim_id claim, struct instant deadline);

#endif
