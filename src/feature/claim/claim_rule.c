/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/claim/claim.h"

#include "feature/task/task.h"

const char *const claim_states[] = { "claimed",  "submitted", "rework",    "approved",
                                     "rejected", "expired",   "withdrawn", NULL };

bool claim_is_in_hand(int64_t state)
{
    return state == CLAIM_CLAIMED || state == CLAIM_REWORK;
}

bool claim_is_open(int64_t state)
{
    return claim_is_in_hand(state) || state == CLAIM_SUBMITTED;
}

err claim_check(const struct claim_facts *f, struct person_id who)
{
    if (f->task_state != TASK_OPEN && f->task_state != TASK_CLOSED)
        return ERR_CLAIM_TASK_CLOSED;
    if (f->author.v == who.v)
        return ERR_CLAIM_OWN_TASK;
    if (f->open_on_task > 0)
        return ERR_CLAIM_TWICE;
    if (f->done_on_task > 0)
        return ERR_CLAIM_DONE;
    if (f->places_taken >= f->places)
        return ERR_CLAIM_TASK_FULL;
    if (f->task_state != TASK_OPEN)
        return ERR_CLAIM_TASK_CLOSED;
    if (f->open_in_all >= CLAIM_OPEN_MAX)
        return ERR_CLAIM_TOO_MANY;
    return OK;
}

err claim_submit_check(const struct claim_end_facts *f, struct instant now)
{
    if (f->state == CLAIM_SUBMITTED)
        return ERR_CLAIM_HANDED_IN;
    if (!claim_is_in_hand(f->state))
        return ERR_CLAIM_STATE;
    if (now.us > f->deadline_at.us)
        return ERR_CLAIM_LATE;
    if (f->after_photos == 0)
        return ERR_CLAIM_NO_PHOTO;
    return OK;
}

err claim_withdraw_check(const struct claim_end_facts *f)
{
    if (f->state == CLAIM_SUBMITTED)
        return ERR_CLAIM_HANDED_IN;
    return claim_is_in_hand(f->state) ? OK : ERR_CLAIM_STATE;
}
