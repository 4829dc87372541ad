/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task.h"

enum task_reward_fit task_reward_check(struct coins reward, int64_t minutes, struct coins guide)
{
    int64_t cents_for_the_time = guide.cents * minutes; /* × 60; both are bounded by the schema */
    if (reward.cents * 60 > 3 * cents_for_the_time)
        return TASK_REWARD_REFUSED;
    return reward.cents * 60 > cents_for_the_time ? TASK_REWARD_HIGH : TASK_REWARD_FITS;
}

err task_sign_off_check(const struct task_duty *d, struct person_id who)
{
    if (!d->may_sign_off)
        return ERR_FORBIDDEN;
    if (d->state != TASK_DRAFT)
        return ERR_TASK_NOT_DRAFT;
    if (d->author.v == who.v)
        return ERR_TASK_OWN_SIGN_OFF;
    return OK;
}

err task_withdraw_check(const struct task_duty *d)
{
    if (!d->may_withdraw)
        return ERR_FORBIDDEN;
    if (d->state == TASK_WITHDRAWN)
        return ERR_TASK_ENDED;
    return OK;
}

int64_t task_cell_strip(int64_t longitude_udeg)
{
    return (longitude_udeg + 180 * INT64_C(1000000)) / TASK_CELL_UDEG;
}

int64_t task_cell_row(int64_t latitude_udeg)
{
    return (latitude_udeg + 90 * INT64_C(1000000)) / TASK_CELL_UDEG;
}

int64_t task_cell(struct point at)
{
    return task_cell_strip(at.longitude_udeg) * TASK_CELL_ROWS + task_cell_row(at.latitude_udeg);
}
