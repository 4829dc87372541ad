/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/claim/claim_internal.h"

#include "feature/issuer/issuer.h"
#include "feature/person/person.h"
#include "feature/task/task.h"

static void claim_notify(struct tx *tx, struct claim_id claim, struct person_id person)
{
    tx_notify(tx, claim.v);
    tx_notify(tx, person.v);
}

err claim_make(struct tx *tx, struct task_id task, struct person_id who, struct claim_id *ret)
{
    struct claim_facts f;
    struct holder_id holder;
    struct hold_id hold;
    struct claim_id id = { tx_id(tx) };
    TRY(sql_claim_facts(tx, task, who, &f));
    TRY(claim_check(&f, who));
    TRY(person_holder_of(tx, who, &holder));
    struct move move = { issuer_fund(f.issuer), person_wallet(f.issuer, holder), f.reward };
    err e = ledger_hold(tx, MOVEMENT_HOLD, (struct any_id){ id.v }, who, &move, &hold);
    if (e != OK)
        return e == ERR_LEDGER_INSUFFICIENT ? ERR_CLAIM_FUND_EMPTY : e;
    TRY(sql_claim_insert(tx, &(struct claim_insert_in){
                                 .id = id,
                                 .task = task,
                                 .person = who,
                                 .reward = f.reward,
                                 .issuer = f.issuer,
                                 .hold = hold,
                                 .now = tx->now,
                                 .deadline_at = { tx->now.us + f.claim_hours * HOUR_US },
                             }));
    TRY(task_place_take(tx, task));
    claim_notify(tx, id, who);
    *ret = id;
    return OK;
}

err claim_finish(struct tx *tx, const struct claim_end_facts *f, enum claim_state to,
                 struct person_id by)
{
    bool earned = to == CLAIM_APPROVED;
    struct coins posted = earned ? f->reward : (struct coins){ 0 };
    struct movement_id movement;
    TRY(ledger_end(tx, earned ? MOVEMENT_EARN : MOVEMENT_RELEASE, (struct any_id){ f->id.v }, by,
                   f->issuer, f->hold, posted, &movement));
    TRY(sql_claim_end(tx, f->id, (int64_t)to, tx->now));
    if (!earned)
        TRY(task_place_give(tx, f->task));
    claim_notify(tx, f->id, f->person);
    return OK;
}

static err submitted_facts(struct tx *tx, struct claim_id claim, struct claim_end_facts *ret)
{
    TRY(sql_claim_end_facts(tx, claim, ret));
    return ret->state == CLAIM_SUBMITTED ? OK : ERR_CLAIM_STATE;
}

err claim_approve(struct tx *tx, struct claim_id claim, struct person_id by)
{
    struct claim_end_facts f;
    TRY(submitted_facts(tx, claim, &f));
    return claim_finish(tx, &f, CLAIM_APPROVED, by);
}

err claim_reject(struct tx *tx, struct claim_id claim, struct person_id by)
{
    struct claim_end_facts f;
    TRY(submitted_facts(tx, claim, &f));
    return claim_finish(tx, &f, CLAIM_REJECTED, by);
}

err claim_ask_rework(struct tx *tx, struct claim_id claim, struct instant deadline)
{
    struct claim_end_facts f;
    TRY(submitted_facts(tx, claim, &f));
    TRY(sql_claim_rework(tx, claim, deadline));
    claim_notify(tx, claim, f.person);
    return OK;
}

/* One claim whose time is over. */
err claim_expire(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    struct claim_due due;
    struct claim_end_facts f;
    run->is_row = false;
    TRY(sql_claim_due(tx, tx->now, run->passed, &due, &run->more));
    if (!run->more)
        return OK;
    run->is_row = true;
    TRY(sql_claim_end_facts(tx, due.id, &f));
    return claim_finish(tx, &f, CLAIM_EXPIRED, f.person);
}
