/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/review/review.h"

#include "feature/claim/claim.h"

err review_check(const struct review_facts *f, struct person_id reviewer, bool is_pending,
                 enum review_outcome outcome, struct text reason)
{
    if (f->claimant.v == reviewer.v)
        return ERR_REVIEW_OWN;
    if (f->claim_state != CLAIM_SUBMITTED)
        return ERR_REVIEW_STATE;
    if (is_pending)
        return ERR_REVIEW_PENDING;
    if (outcome != REVIEW_APPROVED && text_chars(reason) < 3)
        return ERR_REVIEW_REASON;
    return OK;
}

err review_check_take_back(const struct review_get *r, struct person_id who, struct instant now)
{
    if (r->reviewer.v != who.v)
        return ERR_NOT_FOUND;
    if (r->state != REVIEW_PENDING || r->posts_at.us <= now.us)
        return ERR_REVIEW_TOO_LATE;
    return OK;
}
