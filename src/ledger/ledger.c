/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "ledger/ledger.h"

#include "gen/ledger_sql.h"
#include "ledger/ledger_rule.h"

#include <assert.h>

enum { MOVES_MAX = 16, ACCOUNTS_MAX = 2 * MOVES_MAX };

/* The accounts a movement touches: loaded in key order, changed in memory, written at the end. */
struct touched {
    struct account at[ACCOUNTS_MAX];
    bool is_new[ACCOUNTS_MAX];
    int64_t version_loaded[ACCOUNTS_MAX];
    size_t count;
};

static int key_compare(const struct account_key *a, const struct account_key *b)
{
    if (a->issuer.v != b->issuer.v)
        return a->issuer.v < b->issuer.v ? -1 : 1;
    if (a->holder.v != b->holder.v)
        return a->holder.v < b->holder.v ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->expires_on < b->expires_on ? -1 : a->expires_on > b->expires_on;
}

static void touched_add(struct touched *set, const struct account_key *key)
{
    size_t at = 0;
    while (at < set->count && key_compare(&set->at[at].key, key) < 0)
        at++;
    if (at < set->count && key_compare(&set->at[at].key, key) == 0)
        return;
    assert(set->count < ACCOUNTS_MAX);
    for (size_t i = set->count; i > at; i--)
        set->at[i] = set->at[i - 1];
    set->at[at] = (struct account){ .key = *key };
    set->count++;
}

static struct account *touched_find(struct touched *set, const struct account_key *key)
{
    for (size_t i = 0; i < set->count; i++)
        if (key_compare(&set->at[i].key, key) == 0)
            return &set->at[i];
    return NULL;
}

static struct account account_of_row(const struct ledger_account_row *row)
{
    return (struct account){
        .id = row->id,
        .key = { row->issuer, row->holder, (enum account_kind)row->kind, row->expires_on },
        .balance = row->balance,
        .held = row->held,
        .version = row->version,
    };
}

err ledger_account(struct tx *tx, const struct account_key *key, struct account *ret)
{
    struct ledger_account_row row;
    bool found;
    TRY(sql_ledger_account_row(tx, key->issuer, key->holder, key->kind, key->expires_on, &row,
                               &found));
    *ret = found ? account_of_row(&row) : (struct account){ .key = *key };
    return OK;
}

static err touched_load(struct tx *tx, struct touched *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct account_key key = set->at[i].key;
        TRY(ledger_account(tx, &key, &set->at[i]));
        set->is_new[i] = set->at[i].id.v == 0;
        if (set->is_new[i])
            set->at[i].id.v = tx_id(tx);
        set->version_loaded[i] = set->at[i].version;
    }
    return OK;
}

static err touched_store(struct tx *tx, const struct touched *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct account *a = &set->at[i];
        ledger_rule_assert(a);
        if (set->is_new[i]) {
            TRY(sql_ledger_account_insert(tx, &(struct ledger_account_insert_in){
                                                  .id = a->id,
                                                  .issuer = a->key.issuer,
                                                  .holder = a->key.holder,
                                                  .kind = a->key.kind,
                                                  .expires_on = a->key.expires_on,
                                                  .balance = a->balance,
                                                  .held = a->held,
                                                  .version = a->version,
                                              }));
        } else if (a->version != set->version_loaded[i]) {
            TRY(sql_ledger_account_update(tx, &(struct ledger_account_update_in){
                                                  .issuer = a->key.issuer,
                                                  .holder = a->key.holder,
                                                  .kind = a->key.kind,
                                                  .expires_on = a->key.expires_on,
                                                  .balance = a->balance,
                                                  .held = a->held,
                                                  .version = a->version,
                                              }));
        }
    }
    return OK;
}

struct ledger_entry { /* one row of `transfer` before it is written */
    enum transfer_effect effect;
    struct hold_id hold;
    struct account debit, credit; /* as they are after it */
    struct coins amount;
};

static err movement_store(struct tx *tx, struct movement_id id, enum movement_kind kind,
                          struct any_id about, struct person_id by,
                          const struct ledger_entry *entries, size_t count)
{
    TRY(sql_ledger_movement_insert(tx, id, kind, about, by, tx->now));
    for (size_t i = 0; i < count; i++) {
        const struct ledger_entry *e = &entries[i];
        bool credited = e->effect == EFFECT_MOVE || e->effect == EFFECT_POST;
        TRY(sql_ledger_transfer_insert(
            tx, &(struct ledger_transfer_insert_in){
                    .issuer = e->debit.key.issuer,
                    .movement = id,
                    .part = (int64_t)i,
                    .effect = e->effect,
                    .hold = e->hold,
                    .debit = e->debit.id,
                    .credit = e->credit.id,
                    .cents = e->amount,
                    .debit_version = e->debit.version,
                    .debit_balance = e->debit.balance,
                    .debit_held = e->debit.held,
                    .credit_version = credited ? e->credit.version : INT_NONE,
                    .credit_balance = credited ? e->credit.balance.cents : INT_NONE,
                }));
    }
    return OK;
}

static err move_check(const struct move *m)
{
    assert(m->debit.issuer.v == m->credit.issuer.v);
    TRY(ledger_rule_amount(m->amount));
    return key_compare(&m->debit, &m->credit) == 0 ? ERR_LEDGER_SAME_ACCOUNT : OK;
}

err ledger_move(struct tx *tx, enum movement_kind kind, struct any_id about, struct person_id by,
                const struct move *moves, size_t count, struct movement_id *ret_movement)
{
    assert(count > 0 && count <= MOVES_MAX);
    struct touched set = { .count = 0 };
    for (size_t i = 0; i < count; i++) {
        TRY(move_check(&moves[i]));
        touched_add(&set, &moves[i].debit);
        touched_add(&set, &moves[i].credit);
    }
    TRY(touched_load(tx, &set));
    struct ledger_entry entries[MOVES_MAX];
    for (size_t i = 0; i < count; i++) {
        struct account *debit = touched_find(&set, &moves[i].debit);
        struct account *credit = touched_find(&set, &moves[i].credit);
        TRY(ledger_rule_debit(debit, moves[i].amount));
        TRY(ledger_rule_credit(credit, moves[i].amount));
        entries[i] = (struct ledger_entry){
            .effect = EFFECT_MOVE, .debit = *debit, .credit = *credit, .amount = moves[i].amount
        };
    }
    struct movement_id id = { tx_id(tx) };
    TRY(touched_store(tx, &set));
    TRY(movement_store(tx, id, kind, about, by, entries, count));
    *ret_movement = id;
    return OK;
}

err ledger_hold(struct tx *tx, enum movement_kind kind, struct any_id about, struct person_id by,
                const struct move *move, struct hold_id *ret_hold)
{
    TRY(move_check(move));
    struct touched set = { .count = 0 };
    touched_add(&set, &move->debit);
    touched_add(&set, &move->credit);
    TRY(touched_load(tx, &set));
    struct account *debit = touched_find(&set, &move->debit);
    const struct account *credit = touched_find(&set, &move->credit);
    TRY(ledger_rule_hold(debit, move->amount));
    struct movement_id id = { tx_id(tx) };
    struct hold_id hold = { id.v };
    TRY(touched_store(tx, &set));
    TRY(sql_ledger_hold_insert(tx, debit->key.issuer, hold, debit->id, credit->id, move->amount));
    TRY(movement_store(tx, id, kind, about, by,
                       &(struct ledger_entry){ .effect = EFFECT_HOLD,
                                               .hold = hold,
                                               .debit = *debit,
                                               .credit = *credit,
                                               .amount = move->amount },
                       1));
    *ret_hold = hold;
    return OK;
}

err ledger_end(struct tx *tx, enum movement_kind kind, struct any_id about, struct person_id by,
               struct issuer_id issuer, struct hold_id hold, struct coins amount,
               struct movement_id *ret_movement)
{
    struct ledger_hold_row h;
    TRY(sql_ledger_hold_row(tx, issuer, hold, &h));
    if (h.ended_by.v != 0)
        return ERR_LEDGER_HOLD_ENDED;
    if (amount.cents < 0 || amount.cents > h.cents.cents)
        return ERR_LEDGER_AMOUNT;
    struct touched set = { .count = 2 };
    bool debit_first = h.debit.v < h.credit.v; /* always in the same order: no deadlock */
    for (size_t i = 0; i < 2; i++) {
        struct ledger_account_row row;
        TRY(sql_ledger_account_by_id(tx, issuer, debit_first == (i == 0) ? h.debit : h.credit,
                                     &row));
        set.at[i] = account_of_row(&row);
        set.version_loaded[i] = set.at[i].version;
    }
    struct account *debit = &set.at[debit_first ? 0 : 1], *credit = &set.at[debit_first ? 1 : 0];
    struct ledger_entry entries[2];
    size_t count = 0;
    if (amount.cents > 0) {
        TRY(ledger_rule_credit(credit, amount));
        TRY(ledger_rule_post_debit(debit, amount));
        entries[count++] = (struct ledger_entry){ .effect = EFFECT_POST,
                                                  .hold = hold,
                                                  .debit = *debit,
                                                  .credit = *credit,
                                                  .amount = amount };
    }
    struct coins rest = { h.cents.cents - amount.cents };
    if (rest.cents > 0) {
        TRY(ledger_rule_void(debit, rest));
        entries[count++] = (struct ledger_entry){
            .effect = EFFECT_VOID, .hold = hold, .debit = *debit, .credit = *credit, .amount = rest
        };
    }
    struct movement_id id = { tx_id(tx) };
    TRY(touched_store(tx, &set));
    TRY(sql_ledger_hold_end(tx, issuer, hold, amount, id));
    TRY(movement_store(tx, id, kind, about, by, entries, count));
    *ret_movement = id;
    return OK;
}
