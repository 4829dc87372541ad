/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What a ledger may do to one account: pure arithmetic and refusals, no database. Each function
 * changes *a (balance, held, version + 1) only when it returns OK. */
#ifndef WESH_LEDGER_LEDGER_RULE_H
#define WESH_LEDGER_LEDGER_RULE_H

#include "ledger/ledger.h"

MUST err ledger_rule_amount(struct coins amount); /* ERR_LEDGER_AMOUNT */
MUST err ledger_rule_debit(struct account *a,
                           struct coins amount); /* ERR_LEDGER_INSUFFICIENT, _OVERFLOW */
MUST err ledger_rule_credit(struct account *a, struct coins amount); /* ERR_LEDGER_OVERFLOW */
MUST err ledger_rule_hold(struct account *a, struct coins amount);   /* ERR_LEDGER_INSUFFICIENT */
MUST err ledger_rule_post_debit(struct account *a, struct coins amount); /* out of what is held */
MUST err ledger_rule_void(struct account *a, struct coins amount);
void ledger_rule_assert(const struct account *a); /* available ≥ 0, held ≥ 0; ends the program */

#endif
