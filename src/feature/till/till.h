/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The till: a cashier asks for an amount, the customer pays it, the till shows so at once. */
#ifndef WESH_FEATURE_TILL_TILL_H
#define WESH_FEATURE_TILL_TILL_H

#include "gen/till_sql.h"
#include "http/route.h"

enum request_state { REQUEST_OPEN, REQUEST_PAID, REQUEST_CANCELLED, REQUEST_EXPIRED };

/* As it is at `now`: an open one past its time reads as expired (never stored). */
enum request_state till_request_state(const struct till_request_get *r, struct instant now);
/* Whether it can be paid or cancelled now: OK, ERR_TILL_REQUEST_PAID, _CANCELLED, _EXPIRED. */
MUST err till_request_check(const struct till_request_get *r, struct instant now);
/* The shop the actor works at; ERR_TILL_NO_SHOP. */
MUST err till_shop_of(const struct actor *actor, struct shop_id *ret);
/* The first day on which takings of `now` can be proposed for payout and reach the bank: the next
 * payout day (weekday 1..7) plus one working day. Noon of that day. */
struct instant till_bank_day(struct instant now, int64_t payout_weekday);
/* What was approved from then on reaches the bank today or later: the start of the last working day
 * before that of `now`. */
struct instant till_on_the_way_since(struct instant now);
/* Midnight (local) at which the day of `now` began. */
struct instant till_day_start(struct instant now);

extern const struct rooms till_show_rooms;    /* the till of one's shop */
extern const struct rooms till_request_rooms; /* GET one payment request */
extern const struct feature till_feature;

#endif
