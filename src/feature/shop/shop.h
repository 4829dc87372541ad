/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Shops and public services that take coins, and when they are open. */
#ifndef WESH_FEATURE_SHOP_SHOP_H
#define WESH_FEATURE_SHOP_SHOP_H

#include "gen/shop_sql.h"
#include "http/route.h"

enum shop_state { SHOP_OPEN = 0, SHOP_CLOSED = 1 };
extern const char *const shop_categories[];

struct shop_span {         /* one opening time, as the SQL row shop_hours_of */
    int64_t weekday;       /* 1 = Monday */
    int64_t opens, closes; /* minutes after midnight */
};
struct shop_opening { /* how it stands at one moment */
    bool is_open;
    int64_t opens_at;  /* minutes; when closed: the next opening today, else INT_NONE */
    int64_t closes_at; /* minutes; when open: the end of this opening */
};
/* Pure: how a shop with these hours stands at the moment c. */
struct shop_opening shop_opening_of(const struct shop_span *spans, size_t count,
                                    const struct civil *c);
/* "mo-fr 08:30-18:00; sa 09:00-17:00" → spans, at most 28. ERR_INVALID. */
MUST err shop_hours_parse(struct text t, struct shop_span spans[28], size_t *ret_count);

/* The nearest shop that is open now, else the nearest; null view when there is none. */
MUST err shop_nearest_view(struct tx *tx, struct arena *a, struct point near, struct instant now,
                           struct view **ret);

struct shop_new {
    struct municipality_id municipality;
    struct neighbourhood_id neighbourhood;
    struct text name, address, account_name, iban, bic; /* bic: may be none */
    int64_t category;
    struct point location;
    bool public_service;
    struct shop_span spans[28];
    size_t span_count;
};
/* Adds a shop with its hours; the same name in the municipality again changes nothing. */
MUST err shop_add(struct tx *tx, const struct shop_new *shop, struct shop_id *ret_shop,
                  bool *ret_added);
bool iban_ok(struct text iban); /* ISO 13616: form and check digits; upper case, no spaces */
bool bic_ok(struct text bic);   /* ISO 9362, upper case; or empty */

extern const struct feature shop_feature;

#endif
