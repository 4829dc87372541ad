/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "ledger/ledger_rule.h"

#include <assert.h>

err ledger_rule_amount(struct coins amount)
{
    return amount.cents > 0 && amount.cents <= AMOUNT_MAX ? OK : ERR_LEDGER_AMOUNT;
}

void ledger_rule_assert(const struct account *a)
{
    assert(a->held.cents >= 0);
    assert(a->key.kind == ACCOUNT_BACKING ? a->balance.cents <= 0
                                          : a->balance.cents >= a->held.cents);
    assert(a->key.kind != ACCOUNT_BACKING || a->held.cents == 0);
}

static err available_covers(const struct account *a, struct coins amount)
{
    if (a->key.kind == ACCOUNT_BACKING)
        return OK;
    struct coins available;
    if (!coins_sub(a->balance, a->held, &available))
        return ERR_LEDGER_OVERFLOW;
    return available.cents >= amount.cents ? OK : ERR_LEDGER_INSUFFICIENT;
}

err ledger_rule_debit(struct account *a, struct coins amount)
{
    TRY(available_covers(a, amount));
    struct coins balance;
    if (!coins_sub(a->balance, amount, &balance))
        return ERR_LEDGER_OVERFLOW;
    a->balance = balance;
    a->version++;
    ledger_rule_assert(a);
    return OK;
}

err ledger_rule_credit(struct account *a, struct coins amount)
{
    struct coins balance;
    if (!coins_add(a->balance, amount, &balance))
        return ERR_LEDGER_OVERFLOW;
    if (a->key.kind == ACCOUNT_BACKING && balance.cents > 0)
        return ERR_LEDGER_OVERFLOW;
    a->balance = balance;
    a->version++;
    ledger_rule_assert(a);
    return OK;
}

err ledger_rule_hold(struct account *a, struct coins amount)
{
    assert(a->key.kind != ACCOUNT_BACKING);
    TRY(available_covers(a, amount));
    a->held.cents += amount.cents; /* at most balance: can't overflow */
    a->version++;
    ledger_rule_assert(a);
    return OK;
}

err ledger_rule_post_debit(struct account *a, struct coins amount)
{
    assert(a->held.cents >= amount.cents && a->balance.cents >= amount.cents);
    a->held.cents -= amount.cents;
    a->balance.cents -= amount.cents;
    a->version++;
    ledger_rule_assert(a);
    return OK;
}

err ledger_rule_void(struct account *a, struct coins amount)
{
    assert(a->held.cents >= amount.cents);
    a->held.cents -= amount.cents;
    a->version++;
    ledger_rule_assert(a);
    return OK;
}
