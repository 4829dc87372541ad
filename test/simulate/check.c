/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The store beside the model. */
#include "sim.h"

#include "feature/claim/claim.h"
#include "feature/payout/payout.h"
#include "feature/till/till.h"
#include "gen/payment_sql.h"
#include "gen/task_sql.h"
#include "ledger/ledger.h"

#include <inttypes.h>

enum { RECENT = 40 };

struct checking {
    struct sim *sim;
    bool all;
};

static bool same(struct sim *s, const char *what, int at, int64_t is, int64_t must)
{
    return is == must ||
           sim_fail(s, "after step %" PRId64 ": %s %d is %" PRId64 ", must be %" PRId64, s->steps,
                    what, at, is, must);
}

static err account_is(struct tx *tx, struct sim *s, int issuer, struct holder_id holder,
                      enum account_kind kind, int64_t balance, int64_t held)
{
    struct account_key key = { s->issuers[issuer], holder, kind, EXPIRES_NEVER };
    struct account a;
    TRY(ledger_account(tx, &key, &a));
    bool fine = same(s, "balance of an account of kind", (int)kind, a.balance.cents, balance) &&
                same(s, "held of an account of kind", (int)kind, a.held.cents, held);
    return fine ? OK : ERR_CONFLICT;
}

/* That there are no others follows from these and from the sum, which ledger_verify takes. */
static err accounts_check(struct tx *tx, struct sim *s, int i)
{
    const struct model *m = &s->model;
    struct holder_id own = { s->issuers[i].v };
    TRY(account_is(tx, s, i, own, ACCOUNT_BACKING, -m->funded[i], 0));
    TRY(account_is(tx, s, i, own, ACCOUNT_FUND, m->fund[i], m->fund_held[i]));
    for (int p = 0; p < PEOPLE; p++)
        TRY(account_is(tx, s, i, s->wallets[p], ACCOUNT_WALLET, m->wallet[p][i], 0));
    for (int shop = 0; shop < SHOPS; shop++) {
        TRY(account_is(tx, s, i, s->tills[shop], ACCOUNT_TILL, m->till[shop][i],
                       m->till_held[shop][i]));
        TRY(account_is(tx, s, i, s->tills[shop], ACCOUNT_PAYOUT, m->paid_out[shop][i], 0));
    }
    return OK;
}

static err task_check(struct tx *tx, struct sim *s, int at)
{
    static const int64_t states[] = { 0, 1, 2, 3 };
    const struct model_task *t = &s->model.tasks.at[at];
    struct task_get row;
    if (s->ids[ACT_TASK_CREATE].at[at] == 0)
        return OK;
    TRY(sql_task_get(tx, (struct task_id){ s->ids[ACT_TASK_CREATE].at[at] }, &row));
    bool fine = same(s, "places taken of task", at, row.places_taken, t->taken) &&
                same(s, "state of task", at, row.state, states[t->state]);
    return fine ? OK : ERR_CONFLICT;
}

static err claim_is(struct tx *tx, struct sim *s, int at)
{
    const struct model_claim *c = &s->model.claims.at[at];
    struct claim_end_facts row;
    if (s->ids[ACT_CLAIM_CREATE].at[at] == 0)
        return OK;
    TRY(sql_claim_end_facts(tx, (struct claim_id){ s->ids[ACT_CLAIM_CREATE].at[at] }, &row));
    bool fine = same(s, "state of claim", at, row.state, (int64_t)c->state) &&
                same(s, "deadline of claim", at, row.deadline_at.us, c->deadline) &&
                same(s, "photos after of claim", at, row.after_photos, c->after);
    return fine ? OK : ERR_CONFLICT;
}

static err payment_check(struct tx *tx, struct sim *s, int at)
{
    const struct model_payment *p = &s->model.payments.at[at];
    struct payment_get row;
    struct payment_refunds_rows refunds;
    struct payment_parts_rows parts;
    struct payment_id id = { s->ids[ACT_PAY_SHOP].at[at] };
    if (id.v == 0)
        return OK;
    TRY(sql_payment_get(tx, id, &row));
    TRY(sql_payment_parts(tx, id, &parts));
    int64_t parts_sum = 0;
    for (size_t i = 0; i < parts.count; i++)
        parts_sum += parts.at[i].cents.cents;
    bool fine = same(s, "amount of payment", at, row.amount.cents, p->amount) &&
                same(s, "refunded of payment", at, row.refunded.cents, p->refunded) &&
                same(s, "takings of payment", at, parts_sum, p->amount - p->refunded);
    err e = sql_payment_refunds(tx, id, &refunds);
    if (e == ERR_TOO_LARGE || !fine)
        return fine ? OK : ERR_CONFLICT;
    TRY(e);
    int64_t sum = 0;
    for (size_t i = 0; i < refunds.count; i++)
        sum += refunds.at[i].amount.cents;
    return refunds.count == 100 || same(s, "refunds of payment", at, sum, p->refunded)
               ? OK
               : ERR_CONFLICT;
}

static err request_check(struct tx *tx, struct sim *s, int at)
{
    struct till_request_get row;
    uint128 id = s->ids[ACT_REQUEST_CREATE].at[at];
    if (id == 0)
        return OK;
    TRY(sql_till_request_get(tx, (struct payment_request_id){ id }, &row));
    return same(s, "state of request", at, row.state, (int64_t)s->model.requests.at[at].state)
               ? OK
               : ERR_CONFLICT;
}

static err payout_check(struct tx *tx, struct sim *s, int at)
{
    const struct model_payout *p = &s->model.payouts.at[at];
    struct payout_get row;
    struct payout_items_rows items;
    struct payout_id id = { s->ids[ACT_PAYOUT_PROPOSE].at[at] };
    int64_t total = 0;
    if (id.v == 0)
        return OK;
    TRY(sql_payout_get(tx, id, &row));
    TRY(sql_payout_items(tx, id, &items));
    for (int shop = 0; shop < SHOPS; shop++) {
        int64_t amount = 0;
        for (size_t i = 0; i < items.count; i++)
            amount += items.at[i].shop.v == s->shops[shop].v ? items.at[i].amount.cents : 0;
        if (!same(s, "an item of payout", at, amount, p->item[shop]))
            return ERR_CONFLICT;
        total += amount;
    }
    bool fine = same(s, "total of payout", at, row.total.cents, total) &&
                same(s, "state of payout", at, row.state, (int64_t)p->state);
    return fine ? OK : ERR_CONFLICT;
}

/* What no payout has yet */
static err due_check(struct tx *tx, struct sim *s, int issuer)
{
    struct payout_due_rows due;
    int64_t sums[SHOPS] = { 0 };
    TRY(sql_payout_due(tx, s->issuers[issuer], (struct instant){ INT64_MAX }, &due));
    for (int i = 0; i < s->model.takings[issuer].count; i++) {
        const struct model_taking *t = &s->model.takings[issuer].at[i];
        sums[t->shop] += t->payout < 0 ? t->cents : 0;
    }
    for (int shop = 0; shop < SHOPS; shop++) {
        int64_t amount = 0;
        for (size_t i = 0; i < due.count; i++)
            amount += due.at[i].shop.v == s->shops[shop].v ? due.at[i].amount.cents : 0;
        if (!same(s, "due to shop", shop, amount, sums[shop] > 0 ? sums[shop] : 0))
            return ERR_CONFLICT;
    }
    return OK;
}

static err each(struct tx *tx, struct checking *c, int count,
                err (*check)(struct tx *tx, struct sim *s, int at))
{
    for (int at = c->all || count < RECENT ? 0 : count - RECENT; at < count; at++) {
        struct arena_mark mark = arena_mark(tx->arena);
        TRY(check(tx, c->sim, at));
        arena_rewind(tx->arena, mark);
    }
    return OK;
}

static err check(struct tx *tx, void *work)
{
    struct checking *c = work;
    struct sim *s = c->sim;
    const struct model *m = &s->model;
    for (int i = 0; i < ISSUERS; i++)
        TRY(accounts_check(tx, s, i));
    for (int i = 0; i < m->open.count; i++)
        TRY(claim_is(tx, s, m->open.at[i]));
    for (int i = 0; i < ISSUERS; i++)
        TRY(due_check(tx, s, i));
    TRY(each(tx, c, m->tasks.count, task_check));
    TRY(each(tx, c, m->claims.count, claim_is));
    TRY(each(tx, c, m->payments.count, payment_check));
    TRY(each(tx, c, m->requests.count, request_check));
    return each(tx, c, m->payouts.count, payout_check);
}

/* Reads may take as long as they need on a store that is only read. */
static bool read_beside(struct sim *s, db_read_fn *read, void *work)
{
    struct db *db = NULL;
    const char *detail = NULL;
    arena_reset(s->arena);
    struct db_options o = { .folder = s->folder, .store = s->store, .read_only = true };
    err e = db_open(&o, &db, &detail);
    if (e == OK) {
        e = db_read(db, s->arena, read, work);
        db_close(db);
    }
    return e == OK || sim_fail(s, "after step %" PRId64 ": reading: %s %s", s->steps,
                               err_info(e)->name, detail != NULL ? detail : "");
}

bool sim_check(struct sim *s, bool all)
{
    struct checking c = { .sim = s, .all = all };
    if (all)
        return read_beside(s, check, &c) && s->problem[0] == '\0';
    arena_reset(s->arena);
    err e = db_read(s->db, s->arena, check, &c);
    return s->problem[0] == '\0' && (e == OK || sim_fail(s, "after step %" PRId64 ": reading: %s",
                                                         s->steps, err_info(e)->name));
}

static void tell(void *self, const char *line)
{
    sim_fail(self, "wesh verify: %s", line);
}

static err verify(struct tx *tx, void *work)
{
    int64_t faults;
    TRY(ledger_verify(tx, tell, work, &faults));
    return OK;
}

bool sim_verify(struct sim *s)
{
    return read_beside(s, verify, s) && s->problem[0] == '\0';
}
