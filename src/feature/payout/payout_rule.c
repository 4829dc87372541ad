/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/payout/payout.h"

err payout_check_decision(const struct payout_get *p, struct person_id who, bool approves)
{
    if (p->state != PAYOUT_PROPOSED)
        return ERR_PAYOUT_DECIDED;
    if (approves && p->proposed_by.v == who.v)
        return ERR_PAYOUT_OWN;
    return OK;
}
