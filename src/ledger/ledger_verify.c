/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "gen/ledger_sql.h"
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdio.h>

enum { TOLD_MAX = 20 };

struct verification {
    struct tx *tx;
    void (*tell)(void *self, const char *line);
    void *self;
    int64_t faults;
};

struct replay { /* the account whose transfers are being recomputed */
    struct verification *v;
    bool is_open;
    struct ledger_verify_side last; /* its last change, with what the account says */
    int64_t version, balance, held;
    int64_t accounts; /* seen so far */
};

__attribute__((format(printf, 2, 3))) static void fault(struct verification *v, const char *format,
                                                        ...)
{
    if (v->faults++ >= TOLD_MAX)
        return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    v->tell(v->self, line);
}

static void id_text(uint128 id, char out[37])
{
    uuid_write(id, out);
    out[36] = '\0';
}

static void replay_fault(struct replay *r, uint128 movement, const char *what, int64_t stored,
                         int64_t computed)
{
    char account[37], at[37];
    id_text(r->last.account.v, account);
    id_text(movement, at);
    fault(r->v, "account %s, movement %s: %s is %" PRId64 ", recomputed %" PRId64, account, at,
          what, stored, computed);
}

/* All changes of an account were seen: it must say what they lead to. */
static void replay_close(struct replay *r)
{
    if (!r->is_open)
        return;
    r->is_open = false;
    if (r->last.account_version == INT_NONE)
        return; /* an account that is missing is told as a stray */
    if (r->last.account_version != r->version)
        replay_fault(r, 0, "version", r->last.account_version, r->version);
    if (r->last.account_balance != r->balance)
        replay_fault(r, 0, "balance", r->last.account_balance, r->balance);
    if (r->last.account_held != r->held)
        replay_fault(r, 0, "held", r->last.account_held, r->held);
}

static void replay_apply(struct replay *r, const struct ledger_verify_side *side)
{
    r->version++;
    if (!side->is_debit)
        r->balance += side->cents.cents;
    else if (side->effect == EFFECT_MOVE || side->effect == EFFECT_POST)
        r->balance -= side->cents.cents;
    if (side->is_debit && side->effect == EFFECT_HOLD)
        r->held += side->cents.cents;
    if (side->is_debit && (side->effect == EFFECT_POST || side->effect == EFFECT_VOID))
        r->held -= side->cents.cents;
}

static err replay_side(void *self, const struct ledger_verify_side *side)
{
    struct replay *r = self;
    if (!r->is_open || r->last.account.v != side->account.v || r->last.issuer.v != side->issuer.v) {
        replay_close(r);
        r->is_open = true;
        r->version = r->balance = r->held = 0;
        r->accounts++;
    }
    r->last = *side;
    replay_apply(r, side);
    if (side->version != r->version) {
        replay_fault(r, side->movement.v, "version", side->version, r->version);
        r->version = side->version; /* one gap is one fault, not a fault for each later row */
    }
    if (side->balance.cents != r->balance) {
        replay_fault(r, side->movement.v, "balance after", side->balance.cents, r->balance);
        r->balance = side->balance.cents;
    }
    if (side->held != INT_NONE && side->held != r->held) {
        replay_fault(r, side->movement.v, "held after", side->held, r->held);
        r->held = side->held;
    }
    if (side->kind != ACCOUNT_BACKING && r->balance < r->held)
        replay_fault(r, side->movement.v, "available below 0: balance", r->balance, r->held);
    return OK;
}

static err verify_accounts(struct verification *v)
{
    struct replay r = { .v = v };
    struct ledger_verify_untouched untouched;
    TRY(sql_ledger_verify_side(v->tx, replay_side, &r));
    replay_close(&r);
    TRY(sql_ledger_verify_untouched(v->tx, &untouched));
    if (untouched.changed != r.accounts)
        fault(v, "%" PRId64 " accounts say they were changed, but transfers name %" PRId64,
              untouched.changed, r.accounts);
    if (untouched.not_zero != 0)
        fault(v, "%" PRId64 " accounts were never changed and are not 0", untouched.not_zero);
    return OK;
}

static err verify_issuer(void *self, const struct ledger_verify_issuer *sum)
{
    struct verification *v = self;
    char issuer[37];
    id_text(sum->issuer.v, issuer);
    if (sum->total != 0)
        fault(v, "issuer %s: the sum over its %" PRId64 " accounts is %" PRId64 ", not 0", issuer,
              sum->accounts, sum->total);
    return OK;
}

static int64_t or_zero(int64_t value)
{
    return value == INT_NONE ? 0 : value;
}

static err verify_hold(void *self, const struct ledger_verify_hold *h)
{
    struct verification *v = self;
    char id[37];
    id_text(h->id.v, id);
    if (h->hold_movements != 1 || or_zero(h->held_rows) != h->cents.cents)
        fault(v, "hold %s: of %" PRId64 " cents, but its movement reserved %" PRId64, id,
              h->cents.cents, or_zero(h->held_rows));
    int64_t posted = or_zero(h->posted_rows), voided = or_zero(h->voided_rows);
    if (h->ended_by.v == 0 && h->posted.cents != 0)
        fault(v, "hold %s: open, but %" PRId64 " cents posted", id, h->posted.cents);
    if (h->ended_by.v != 0 && (posted != h->posted.cents || posted + voided != h->cents.cents))
        fault(v,
              "hold %s: ended with %" PRId64 " of %" PRId64
              " cents, but its movement posted %" PRId64 " and released %" PRId64,
              id, h->posted.cents, h->cents.cents, posted, voided);
    return OK;
}

err ledger_verify(struct tx *snapshot, void (*tell)(void *self, const char *line), void *self,
                  int64_t *ret_faults)
{
    struct verification v = { .tx = snapshot, .tell = tell, .self = self };
    TRY(sql_ledger_verify_issuer(snapshot, verify_issuer, &v));
    TRY(verify_accounts(&v));
    TRY(sql_ledger_verify_hold(snapshot, verify_hold, &v));
    struct ledger_verify_strays stray;
    TRY(sql_ledger_verify_strays(snapshot, &stray));
    const struct {
        int64_t count;
        const char *what;
    } strays[] = {
        { stray.no_movement, "transfers without a movement" },
        { stray.no_debit, "transfers whose debit account is missing" },
        { stray.no_credit, "transfers whose credit account is missing" },
        { stray.no_hold, "transfers whose hold is missing" },
        { stray.empty, "movements without a transfer" },
        { stray.held_wrong, "accounts that hold another sum than their open holds" },
    };
    for (size_t i = 0; i < sizeof strays / sizeof strays[0]; i++)
        if (strays[i].count != 0)
            fault(&v, "%" PRId64 " %s", strays[i].count, strays[i].what);
    *ret_faults = v.faults;
    return OK;
}
