/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/till/till.h"

enum request_state till_request_state(const struct till_request_get *r, struct instant now)
{
    enum request_state stored = (enum request_state)r->state;
    return stored == REQUEST_OPEN && r->expires_at.us <= now.us ? REQUEST_EXPIRED : stored;
}

err till_request_check(const struct till_request_get *r, struct instant now)
{
    switch (till_request_state(r, now)) {
    case REQUEST_OPEN:
        return OK;
    case REQUEST_PAID:
        return ERR_TILL_REQUEST_PAID;
    case REQUEST_CANCELLED:
        return ERR_TILL_REQUEST_CANCELLED;
    case REQUEST_EXPIRED:
        return ERR_TILL_REQUEST_EXPIRED;
    }
    return ERR_INTERNAL;
}

err till_shop_of(const struct actor *actor, struct shop_id *ret)
{
    uint128 shop = actor_scope(actor, ROLE_CASHIER);
    if (shop == 0)
        shop = actor_scope(actor, ROLE_OWNER);
    if (shop == 0)
        return ERR_TILL_NO_SHOP;
    ret->v = shop;
    return OK;
}

struct instant till_day_start(struct instant now)
{
    struct civil day = civil_of(now);
    day.hour = day.minute = day.second = 0;
    return civil_to_instant(&day);
}

static struct civil noon_after(struct civil day, int64_t days)
{
    day.hour = 12;
    day.minute = day.second = 0;
    struct instant noon = civil_to_instant(&day);
    return civil_of((struct instant){ noon.us + days * DAY_US });
}

struct instant till_bank_day(struct instant now, int64_t payout_weekday)
{
    struct civil day = civil_of(now);
    /* what is taken today can be paid out from tomorrow on */
    int64_t wait = (payout_weekday - (day.weekday % 7 + 1) + 7) % 7 + 1;
    day = noon_after(day, wait);
    do
        day = noon_after(day, 1);
    while (day.weekday > 5);
    day.hour = 12;
    return civil_to_instant(&day);
}

struct instant till_on_the_way_since(struct instant now)
{
    struct civil day = civil_of(now);
    do
        day = noon_after(day, -1);
    while (day.weekday > 5);
    return till_day_start(civil_to_instant(&day));
}
