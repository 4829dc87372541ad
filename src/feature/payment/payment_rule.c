/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/payment/payment.h"

#include <assert.h>

err payment_choose(const struct payment_wallet *coins, size_t count, struct coins amount,
                   struct payment_part parts[PAYMENT_PARTS_MAX], size_t *ret_count)
{
    assert(amount.cents > 0 && count <= PAYMENT_PARTS_MAX);
    int64_t left = amount.cents;
    size_t n = 0;
    for (size_t i = 0; i < count && left > 0; i++) {
        int64_t available = coins[i].balance.cents - coins[i].held.cents;
        int64_t taken = available < left ? available : left;
        if (taken <= 0)
            continue;
        parts[n++] = (struct payment_part){ coins[i].issuer, coins[i].expires_on, { taken } };
        left -= taken;
    }
    if (left > 0)
        return ERR_PAYMENT_TOO_LITTLE;
    *ret_count = n;
    return OK;
}

err payment_check_payer(const struct actor *payer, struct shop_id shop)
{
    return actor_has(payer, ROLE_CASHIER | ROLE_OWNER, shop.v) ? ERR_PAYMENT_OWN_SHOP : OK;
}

err payment_spread_refund(const struct coins *left, size_t count, struct coins amount,
                          struct coins *ret_shares)
{
    int64_t rest = amount.cents;
    struct coins shares[PAYMENT_PARTS_MAX] = { { 0 } };
    assert(rest > 0 && count <= PAYMENT_PARTS_MAX);
    for (size_t i = count; i-- > 0 && rest > 0;) {
        shares[i].cents = left[i].cents < rest ? left[i].cents : rest;
        rest -= shares[i].cents;
    }
    if (rest > 0)
        return ERR_REFUND_TOO_MUCH;
    for (size_t i = 0; i < count; i++)
        ret_shares[i] = shares[i];
    return OK;
}
