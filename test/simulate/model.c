/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "model.h"

#include <stdlib.h>

enum { UNDO_S = 10, REQUEST_S = 600, CLAIMS_AT_ONCE = 3, PHOTOS = 8, GUIDE_CENTS_HOUR = 575 };

#define ADD(list, ...)                                                                             \
    ((list).at = grown((list).at, &(list).room, (list).count, sizeof *(list).at),                  \
     (list).at[(list).count] = __VA_ARGS__, (list).count++)

static void *grown(void *at, int *room, int count, size_t size)
{
    if (count < *room)
        return at;
    *room = *room == 0 ? 256 : 2 * *room;
    at = reallocarray(at, (size_t)*room, size);
    return at != NULL ? at : (abort(), NULL);
}

static bool has(const struct model *m, int who, uint32_t roles, int municipality)
{
    const struct model_person *p = &m->people[who];
    return (p->roles & roles & ~(uint32_t)(ROLE_RESIDENT | ROLE_CASHIER | ROLE_OWNER)) != 0 &&
           p->municipality == municipality;
}

static err task_step(struct model *m, const struct action *a, int *made)
{
    if (a->kind == ACT_TASK_CREATE) {
        if (!has(m, a->who, ROLE_AUTHOR, a->place))
            return ERR_FORBIDDEN;
        if (a->issuer != a->place)
            return ERR_FORBIDDEN;
        if (a->amount * 60 > (int64_t)3 * GUIDE_CENTS_HOUR * a->minutes)
            return ERR_TASK_REWARD_HIGH;
        *made = ADD(m->tasks, (struct model_task){ .author = a->who,
                                                   .municipality = a->place,
                                                   .issuer = a->issuer,
                                                   .places = a->places,
                                                   .hours = a->hours,
                                                   .reward = a->amount });
        return OK;
    }
    struct model_task *t = &m->tasks.at[a->on];
    if (!has(m, a->who, ROLE_AUTHOR | ROLE_MANAGER, t->municipality))
        return t->opened ? ERR_FORBIDDEN : ERR_NOT_FOUND;
    if (a->kind == ACT_TASK_WITHDRAW) {
        if (t->state == WITHDRAWN)
            return ERR_TASK_ENDED;
        t->state = WITHDRAWN;
        return OK;
    }
    if (t->state != DRAFT)
        return ERR_TASK_NOT_DRAFT;
    if (t->author == a->who)
        return ERR_TASK_OWN_SIGN_OFF;
    t->state = OPEN;
    t->opened = true;
    return OK;
}

static bool in_hand(const struct model_claim *c)
{
    return c->state == CLAIMED || c->state == REWORK;
}

static void claim_close(struct model *m, int claim, enum model_claim_state state)
{
    struct model_claim *c = &m->claims.at[claim];
    struct model_task *t = &m->tasks.at[c->task];
    c->state = state;
    m->fund_held[t->issuer] -= t->reward;
    if (state == APPROVED) {
        m->fund[t->issuer] -= t->reward;
        m->wallet[c->person][t->issuer] += t->reward;
        t->done[t->done_count++] = c->person;
    } else {
        t->taken--;
        t->state = t->state == CLOSED ? OPEN : t->state;
    }
    for (int i = 0; i < m->open.count; i++)
        if (m->open.at[i] == claim)
            m->open.at[i] = m->open.at[--m->open.count];
}

static err claim_create(struct model *m, const struct action *a, int *made)
{
    struct model_task *t = &m->tasks.at[a->on];
    int mine = 0, here = 0;
    for (int i = 0; i < m->open.count; i++) {
        const struct model_claim *c = &m->claims.at[m->open.at[i]];
        mine += c->person == a->who;
        here += c->person == a->who && c->task == a->on;
    }
    if (t->state == DRAFT || t->state == WITHDRAWN)
        return ERR_CLAIM_TASK_CLOSED;
    if (t->author == a->who)
        return ERR_CLAIM_OWN_TASK;
    if (here > 0)
        return ERR_CLAIM_TWICE;
    for (int i = 0; i < t->done_count; i++)
        if (t->done[i] == a->who)
            return ERR_CLAIM_DONE;
    if (t->taken == t->places)
        return ERR_CLAIM_TASK_FULL;
    if (mine == CLAIMS_AT_ONCE)
        return ERR_CLAIM_TOO_MANY;
    if (m->fund[t->issuer] - m->fund_held[t->issuer] < t->reward)
        return ERR_CLAIM_FUND_EMPTY;
    m->fund_held[t->issuer] += t->reward;
    t->state = ++t->taken == t->places ? CLOSED : OPEN;
    *made = ADD(m->claims, (struct model_claim){ .task = a->on,
                                                 .person = a->who,
                                                 .pending = PENDING_NONE,
                                                 .deadline = m->now + t->hours * HOUR_US });
    ADD(m->open, *made);
    return OK;
}

static err claim_step(struct model *m, const struct action *a)
{
    struct model_claim *c = &m->claims.at[a->on];
    if (c->person != a->who)
        return ERR_NOT_FOUND;
    if (!in_hand(c))
        return c->state == SUBMITTED ? ERR_CLAIM_HANDED_IN : ERR_CLAIM_STATE;
    if (a->kind == ACT_CLAIM_WITHDRAW) {
        claim_close(m, a->on, GIVEN_BACK);
        return OK;
    }
    if (m->now > c->deadline)
        return ERR_CLAIM_LATE;
    if (a->kind == ACT_CLAIM_SUBMIT) {
        if (c->after == 0)
            return ERR_CLAIM_NO_PHOTO;
        c->state = SUBMITTED;
        return OK;
    }
    if ((c->seen[a->choice] >> a->photo & 1) != 0)
        return OK;
    if (c->photos == PHOTOS)
        return ERR_EVIDENCE_FULL;
    c->photos++;
    c->after += a->choice;
    c->seen[a->choice] |= 1U << a->photo;
    return OK;
}

static err review_step(struct model *m, const struct action *a, int *made)
{
    if (a->kind == ACT_REVIEW_TAKE_BACK) {
        struct model_review *r = &m->reviews.at[a->on];
        if (r->reviewer != a->who)
            return ERR_NOT_FOUND;
        if (!r->pending || r->posts_at <= m->now)
            return ERR_REVIEW_TOO_LATE;
        r->pending = false;
        m->claims.at[r->claim].pending = PENDING_NONE;
        return OK;
    }
    struct model_claim *c = &m->claims.at[a->on];
    const struct model_task *t = &m->tasks.at[c->task];
    if (!has(m, a->who, ROLE_INSPECTOR | ROLE_STEWARD, t->municipality))
        return ERR_NOT_FOUND;
    if (c->person == a->who)
        return ERR_REVIEW_OWN;
    if (c->state != SUBMITTED)
        return ERR_REVIEW_STATE;
    if (c->pending != PENDING_NONE)
        return ERR_REVIEW_PENDING;
    if (a->choice != 0 && a->no_reason)
        return ERR_REVIEW_REASON;
    c->pending = ADD(m->reviews, (struct model_review){ .claim = a->on,
                                                        .reviewer = a->who,
                                                        .outcome = a->choice,
                                                        .posts_at = m->now + UNDO_S * SECOND_US,
                                                        .deadline = m->now + t->hours * HOUR_US,
                                                        .pending = true });
    *made = c->pending;
    return OK;
}

static void due_step(struct model *m, enum act kind)
{
    for (int i = m->open.count; i-- > 0;) { /* an ended one makes room for the last */
        struct model_claim *c = &m->claims.at[m->open.at[i]];
        if (kind == ACT_EXPIRE_DUE) {
            if (in_hand(c) && c->deadline < m->now)
                claim_close(m, m->open.at[i], EXPIRED);
            continue;
        }
        struct model_review *r = c->pending == PENDING_NONE ? NULL : &m->reviews.at[c->pending];
        if (r == NULL || r->posts_at > m->now)
            continue;
        r->pending = false;
        c->pending = PENDING_NONE;
        if (r->outcome == 1) {
            c->state = REWORK;
            c->deadline = r->deadline;
        } else {
            claim_close(m, m->open.at[i], r->outcome == 0 ? APPROVED : REJECTED);
        }
    }
}

static err request_open(const struct model *m, const struct model_request *r)
{
    if (r->state != ASKED)
        return r->state == PAID ? ERR_TILL_REQUEST_PAID : ERR_TILL_REQUEST_CANCELLED;
    return r->expires_at <= m->now ? ERR_TILL_REQUEST_EXPIRED : OK;
}

static err request_step(struct model *m, const struct action *a, int *made)
{
    int shop = m->people[a->who].shop;
    if (shop < 0)
        return ERR_TILL_NO_SHOP;
    if (a->kind == ACT_REQUEST_CREATE) {
        *made = ADD(m->requests,
                    (struct model_request){ .shop = shop,
                                            .amount = a->amount,
                                            .expires_at = m->now + REQUEST_S * SECOND_US });
        return OK;
    }
    if (a->on < 0 || m->requests.at[a->on].shop != shop)
        return ERR_NOT_FOUND;
    err e = request_open(m, &m->requests.at[a->on]);
    if (e == OK)
        m->requests.at[a->on].state = CANCELLED;
    return e;
}

static void taking_add(struct model *m, int issuer, int shop, int64_t cents)
{
    if (cents != 0)
        ADD(m->takings[issuer], (struct model_taking){ shop, -1, cents, m->now });
}

static err pay_step(struct model *m, const struct action *a, int *made)
{
    struct model_request *r = a->kind == ACT_PAY_REQUEST ? &m->requests.at[a->on] : NULL;
    struct model_payment p = { .payer = a->who,
                               .shop = r != NULL ? r->shop : a->place,
                               .amount = r != NULL ? r->amount : a->amount };
    int64_t rest = p.amount, *wallet = m->wallet[a->who];
    if (r != NULL)
        TRY(request_open(m, r));
    if (m->people[a->who].shop == p.shop)
        return ERR_PAYMENT_OWN_SHOP;
    for (int i = 0; i < ISSUERS; i++) {
        int issuer = m->issuer_order[i];
        p.part[issuer] = wallet[issuer] < rest ? wallet[issuer] : rest;
        rest -= p.part[issuer];
    }
    if (rest > 0)
        return ERR_PAYMENT_TOO_LITTLE;
    for (int i = 0; i < ISSUERS; i++) {
        wallet[i] -= p.part[i];
        m->till[p.shop][i] += p.part[i];
        taking_add(m, i, p.shop, p.part[i]);
    }
    if (r != NULL)
        r->state = PAID;
    *made = ADD(m->payments, p);
    return OK;
}

static err refund_step(struct model *m, const struct action *a)
{
    struct model_payment *p = &m->payments.at[a->on];
    int64_t back[ISSUERS], rest = a->amount;
    if (m->people[a->who].shop != p->shop)
        return ERR_NOT_FOUND;
    if (a->amount > p->amount - p->refunded)
        return ERR_REFUND_TOO_MUCH;
    for (int i = ISSUERS; i-- > 0;) { /* what was taken last goes back first */
        int issuer = m->issuer_order[i];
        int64_t left = p->part[issuer] - p->back[issuer];
        back[issuer] = left < rest ? left : rest;
        rest -= back[issuer];
        if (m->till[p->shop][issuer] - m->till_held[p->shop][issuer] < back[issuer])
            return ERR_REFUND_TILL_EMPTY;
    }
    for (int i = 0; i < ISSUERS; i++) {
        p->back[i] += back[i];
        m->till[p->shop][i] -= back[i];
        m->wallet[p->payer][i] += back[i];
        taking_add(m, i, p->shop, -back[i]);
    }
    p->refunded += a->amount;
    m->refunds++;
    return OK;
}

static err payout_propose(struct model *m, const struct action *a, int *made)
{
    struct model_payout p = { .issuer = a->place, .proposer = a->who };
    bool any = false;
    if (a->cutoff > m->now)
        return ERR_PAYOUT_CUTOFF;
    if (!has(m, a->who, ROLE_TREASURER, a->place))
        return ERR_NOT_FOUND;
    for (int i = 0; i < m->takings[a->place].count; i++) {
        const struct model_taking *t = &m->takings[a->place].at[i];
        if (t->payout < 0 && t->at < a->cutoff)
            p.item[t->shop] += t->cents;
    }
    for (int s = 0; s < SHOPS; s++) { /* refunded since: the till no longer has it; next time */
        if (p.item[s] < 0 || p.item[s] > m->till[s][a->place] - m->till_held[s][a->place])
            p.item[s] = 0;
        any = any || p.item[s] > 0;
    }
    if (!any)
        return ERR_PAYOUT_NOTHING_DUE;
    *made = ADD(m->payouts, p);
    for (int s = 0; s < SHOPS; s++)
        m->till_held[s][a->place] += p.item[s];
    for (int i = 0; i < m->takings[a->place].count; i++) {
        struct model_taking *t = &m->takings[a->place].at[i];
        if (t->payout < 0 && t->at < a->cutoff && p.item[t->shop] > 0)
            t->payout = *made;
    }
    return OK;
}

static err payout_decide(struct model *m, const struct action *a)
{
    struct model_payout *p = &m->payouts.at[a->on];
    bool approves = a->kind == ACT_PAYOUT_APPROVE;
    int kept = 0;
    if (!has(m, a->who, ROLE_TREASURER, p->issuer))
        return ERR_NOT_FOUND;
    if (p->state != PROPOSED)
        return ERR_PAYOUT_DECIDED;
    if (approves && p->proposer == a->who)
        return ERR_PAYOUT_OWN;
    p->state = approves ? PAID_OUT : REFUSED;
    for (int s = 0; s < SHOPS; s++) {
        m->till_held[s][p->issuer] -= p->item[s];
        m->till[s][p->issuer] -= approves ? p->item[s] : 0;
        m->paid_out[s][p->issuer] += approves ? p->item[s] : 0;
    }
    for (int i = 0; i < m->takings[p->issuer].count; i++) {
        struct model_taking t = m->takings[p->issuer].at[i];
        if (t.payout == a->on && approves)
            continue;
        t.payout = t.payout == a->on ? -1 : t.payout;
        m->takings[p->issuer].at[kept++] = t;
    }
    m->takings[p->issuer].count = kept;
    return OK;
}

err model_step(struct model *m, const struct action *a, int *ret_made)
{
    *ret_made = -1;
    if (a->kind == ACT_REQUEST_CREATE || a->kind == ACT_REQUEST_CANCEL)
        return request_step(m, a, ret_made);
    if (a->on < 0)
        return ERR_NOT_FOUND;
    switch (a->kind) {
    case ACT_TASK_CREATE:
    case ACT_TASK_SIGN_OFF:
    case ACT_TASK_WITHDRAW:
        return task_step(m, a, ret_made);
    case ACT_CLAIM_CREATE:
        return claim_create(m, a, ret_made);
    case ACT_CLAIM_WITHDRAW:
    case ACT_EVIDENCE_ADD:
    case ACT_CLAIM_SUBMIT:
        return claim_step(m, a);
    case ACT_REVIEW_CREATE:
    case ACT_REVIEW_TAKE_BACK:
        return review_step(m, a, ret_made);
    case ACT_PAY_REQUEST:
    case ACT_PAY_SHOP:
        return pay_step(m, a, ret_made);
    case ACT_REFUND:
        return refund_step(m, a);
    case ACT_PAYOUT_PROPOSE:
        return payout_propose(m, a, ret_made);
    case ACT_PAYOUT_APPROVE:
    case ACT_PAYOUT_REJECT:
        return payout_decide(m, a);
    case ACT_FUND:
        if (!has(m, a->who, ROLE_TREASURER, a->place))
            return ERR_FORBIDDEN;
        m->funded[a->place] += a->amount;
        m->fund[a->place] += a->amount;
        return OK;
    case ACT_POST_DUE:
    case ACT_EXPIRE_DUE:
        due_step(m, a->kind);
        return OK;
    case ACT_REQUEST_CREATE:
    case ACT_REQUEST_CANCEL:
    case ACT_PRUNE:
    case ACT_COUNT:
        return OK;
    }
    return ERR_INTERNAL;
}

const char *model_broken(const struct model *m)
{
    for (int i = 0; i < ISSUERS; i++) {
        int64_t sum = m->fund[i] - m->funded[i];
        if (m->fund[i] < m->fund_held[i] || m->fund_held[i] < 0)
            return "a fund has less than it holds";
        for (int p = 0; p < PEOPLE; p++) {
            sum += m->wallet[p][i];
            if (m->wallet[p][i] < 0)
                return "a wallet is below 0";
        }
        for (int s = 0; s < SHOPS; s++) {
            sum += m->till[s][i] + m->paid_out[s][i];
            if (m->till[s][i] < m->till_held[s][i] || m->till_held[s][i] < 0)
                return "a till has less than it holds";
        }
        if (sum != 0)
            return "an issuer's sum is not 0";
    }
    for (int i = m->payments.count > 64 ? m->payments.count - 64 : 0; i < m->payments.count; i++)
        if (m->payments.at[i].refunded > m->payments.at[i].amount)
            return "more was refunded than paid";
    return NULL;
}

void model_free(struct model *m)
{
    free(m->tasks.at);
    free(m->claims.at);
    free(m->reviews.at);
    free(m->requests.at);
    free(m->payments.at);
    free(m->payouts.at);
    free(m->open.at);
    for (int i = 0; i < ISSUERS; i++)
        free(m->takings[i].at);
}
