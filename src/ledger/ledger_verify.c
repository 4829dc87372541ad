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

struct replay { /* one account, recomputed from its transfers */
    struct verification *v;
    const struct ledger_verify_account *account;
    int64_t version, balance, held;
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
    id_text(r->account->id.v, account);
    id_text(movement, at);
    fault(r->v, "account %s, movement %s: %s is %" PRId64 ", recomputed %" PRId64, account, at,
          what, stored, computed);
}

static err replay_side(void *self, const struct ledger_verify_side *side)
{
    struct replay *r = self;
    r->version++;
    if (side->is_debit) {
        if (side->effect == EFFECT_MOVE || side->effect == EFFECT_POST)
            r->balance -= side->cents.cents;
        if (side->effect == EFFECT_HOLD)
            r->held += side->cents.cents;
        if (side->effect == EFFECT_POST || side->effect == EFFECT_VOID)
            r->held -= side->cents.cents;
    } else {
        r->balance += side->cents.cents;
    }
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
    if (r->account->kind != ACCOUNT_BACKING && r->balance < r->held)
        replay_fault(r, side->movement.v, "available below 0: balance", r->balance, r->held);
    return OK;
}

static err verify_account(void *self, const struct ledger_verify_account *account)
{
    struct verification *v = self;
    struct arena_mark mark = arena_mark(v->tx->arena);
    struct replay r = { .v = v, .account = account };
    TRY(sql_ledger_verify_side(v->tx, account->issuer, account->id, replay_side, &r));
    if (account->version != r.version)
        replay_fault(&r, 0, "version", account->version, r.version);
    if (account->balance.cents != r.balance)
        replay_fault(&r, 0, "balance", account->balance.cents, r.balance);
    if (account->held.cents != r.held)
        replay_fault(&r, 0, "held", account->held.cents, r.held);
    arena_rewind(v->tx->arena, mark);
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
    TRY(sql_ledger_verify_account(snapshot, verify_account, &v));
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
    };
    for (size_t i = 0; i < sizeof strays / sizeof strays[0]; i++)
        if (strays[i].count != 0)
            fault(&v, "%" PRId64 " %s", strays[i].count, strays[i].what);
    *ret_faults = v.faults;
    return OK;
}
