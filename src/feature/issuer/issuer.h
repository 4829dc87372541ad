/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Issuers: a municipality's or region's coin programme, its brand and its fund.
 *
 * The holder of an issuer's own accounts (`backing`, `fund`) has the issuer's id. Statements that
 * others may use are in gen/issuer_sql.h: issuer_get, issuer_of_municipality. */
#ifndef WESH_FEATURE_ISSUER_H
#define WESH_FEATURE_ISSUER_H

#include "http/route.h"
#include "ledger/ledger.h"

extern const struct feature issuer_feature;
extern const struct rooms issuer_list_rooms;

struct issuer_new {
    struct municipality_id municipality;
    struct text code, brand, brand_plural, currency;
    struct instant redeem_until;
    struct text debtor_name, debtor_iban, debtor_bic;
};
/* Added, or, when the code is known, brought up to date. */
MUST err issuer_put(struct tx *tx, const struct issuer_new *n, struct issuer_id *ret);

struct account_key issuer_backing(struct issuer_id issuer);
struct account_key issuer_fund(struct issuer_id issuer);

/* Coins come into being: backing → fund. Refusals are the ledger's. */
MUST err issuer_fund_add(struct tx *tx, struct issuer_id issuer, struct coins amount,
                         struct text reason, struct person_id by, struct movement_id *ret);

#endif
