/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/evidence/evidence.h"

#include "feature/claim/claim.h"

err evidence_change_check(const struct evidence_facts *f, struct person_id who, struct instant now)
{
    if (f->person.v != who.v)
        return ERR_NOT_FOUND;
    if (f->state == CLAIM_SUBMITTED)
        return ERR_CLAIM_HANDED_IN;
    if (!claim_is_in_hand(f->state))
        return ERR_CLAIM_STATE;
    if (now.us > f->deadline_at.us)
        return ERR_CLAIM_LATE;
    return OK;
}

err evidence_add_check(const struct evidence_facts *f, struct person_id who, struct instant now)
{
    TRY(evidence_change_check(f, who, now));
    return f->photos >= EVIDENCE_MAX ? ERR_EVIDENCE_FULL : OK;
}
