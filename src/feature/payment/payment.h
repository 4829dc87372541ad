/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Payments from a wallet to a till, and refunds: the same coins back to the same wallet. */
#ifndef WESH_FEATURE_PAYMENT_PAYMENT_H
#define WESH_FEATURE_PAYMENT_PAYMENT_H

#include "gen/payment_sql.h"
#include "http/route.h"
#include "ledger/ledger.h"

enum { PAYMENT_PARTS_MAX = 16 };

struct payment_part {
    struct issuer_id issuer;
    int64_t expires_on;
    struct coins amount;
};
/* Which coins a payment takes: in the order given (soonest to expire first, then by issuer).
 * ERR_PAYMENT_TOO_LITTLE. */
MUST err payment_choose(const struct payment_wallet *coins, size_t count, struct coins amount,
                        struct payment_part parts[PAYMENT_PARTS_MAX], size_t *ret_count);
/* May this person pay at this shop? ERR_PAYMENT_OWN_SHOP for its owner and cashiers. */
MUST err payment_check_payer(const struct actor *payer, struct shop_id shop);
/* How a refund of `amount` is spread over what each part still has (taken − given back), the last
 * part first. ERR_REFUND_TOO_MUCH. */
MUST err payment_spread_refund(const struct coins *left, size_t count, struct coins amount,
                               struct coins *ret_shares);

extern const struct feature payment_feature;

#endif
