/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The ledger: the only code that writes balances. Rules: double entry within an issuer, sum 0,
 * available = balance − held ≥ 0 but for `backing`, two-phase holds that end once, 64-bit cents.
 *
 * A movement is one or more transfers that happen together. Every change of an account makes its
 * version one higher and leaves a row in `transfer` with version, balance and held after it, so an
 * account's history can be recomputed. The ledger has no clock and no deadlines.
 *
 * All functions run inside a write transaction and refuse before their first write, so a caller
 * that has not written yet may return their error. */
#ifndef WESH_LEDGER_LEDGER_H
#define WESH_LEDGER_LEDGER_H

#include "db/db.h"

enum account_kind { /* stored; do not renumber */
                    ACCOUNT_BACKING = 0,
                    ACCOUNT_FUND = 1,
                    ACCOUNT_WALLET = 2,
                    ACCOUNT_TILL = 3,
                    ACCOUNT_PAYOUT = 4,
                    ACCOUNT_REDEEMED = 5,
                    ACCOUNT_EXPIRED = 6
};
enum movement_kind { /* stored; do not renumber */
                     MOVEMENT_FUND = 0,
                     MOVEMENT_HOLD = 1,    /* a claim reserves its reward */
                     MOVEMENT_EARN = 2,    /* the hold is posted to the wallet */
                     MOVEMENT_RELEASE = 3, /* the hold is voided */
                     MOVEMENT_PAYMENT = 4,
                     MOVEMENT_REFUND = 5,
                     MOVEMENT_PAYOUT_HOLD = 6,
                     MOVEMENT_PAYOUT = 7,
                     MOVEMENT_PAYOUT_RELEASE = 8,
                     MOVEMENT_REDEEM = 9
};
enum transfer_effect { EFFECT_MOVE = 0, EFFECT_HOLD = 1, EFFECT_POST = 2, EFFECT_VOID = 3 };

#define EXPIRES_NEVER INT64_C(99991231) /* year × 10,000 + month × 100 + day */
#define AMOUNT_MAX    INT64_C(1000000000)

struct account_key {
    struct issuer_id issuer;
    struct holder_id holder;
    enum account_kind kind;
    int64_t expires_on;
};
struct account {          /* as it is now */
    struct account_id id; /* none: never used yet */
    struct account_key key;
    struct coins balance, held;
    int64_t version;
};

/* An account that was never used reads as zeros (id none). On PostgreSQL the row is locked. */
MUST err ledger_account(struct tx *tx, const struct account_key *key, struct account *ret);

struct move {
    struct account_key debit, credit; /* same issuer */
    struct coins amount;
};
/* One movement of up to 16 moves. ERR_LEDGER_AMOUNT, _SAME_ACCOUNT, _INSUFFICIENT, _OVERFLOW. */
MUST err ledger_move(struct tx *tx, enum movement_kind kind, struct any_id about,
                     struct person_id by, const struct move *moves, size_t count,
                     struct movement_id *ret_movement);
/* Reserves amount on debit for credit. */
MUST err ledger_hold(struct tx *tx, enum movement_kind kind, struct any_id about,
                     struct person_id by, const struct move *move, struct hold_id *ret_hold);
/* Ends a hold: amount cents of it are moved (all, or a part), the rest is released; 0 voids it. */
MUST err ledger_end(struct tx *tx, enum movement_kind kind, struct any_id about,
                    struct person_id by, struct issuer_id issuer, struct hold_id hold,
                    struct coins amount, struct movement_id *ret_movement);

/* `wesh verify`: recomputes everything from the transfers. Differences are given to `tell`, at most
 * 20; *ret_faults counts all. `about` of a movement is the claim, payment, refund or payout. */
MUST err ledger_verify(struct tx *snapshot, void (*tell)(void *self, const char *line), void *self,
                       int64_t *ret_faults);

#endif
