/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "sim.h"

/* How often, in a thousand. */
static const int weights[ACT_COUNT] = {
    [ACT_TASK_CREATE] = 30,    [ACT_TASK_SIGN_OFF] = 30,  [ACT_TASK_WITHDRAW] = 4,
    [ACT_CLAIM_CREATE] = 140,  [ACT_CLAIM_WITHDRAW] = 14, [ACT_EVIDENCE_ADD] = 130,
    [ACT_CLAIM_SUBMIT] = 110,  [ACT_REVIEW_CREATE] = 120, [ACT_REVIEW_TAKE_BACK] = 14,
    [ACT_REQUEST_CREATE] = 60, [ACT_REQUEST_CANCEL] = 12, [ACT_PAY_REQUEST] = 70,
    [ACT_PAY_SHOP] = 80,       [ACT_REFUND] = 50,         [ACT_PAYOUT_PROPOSE] = 12,
    [ACT_PAYOUT_APPROVE] = 12, [ACT_PAYOUT_REJECT] = 6,   [ACT_FUND] = 24,
    [ACT_POST_DUE] = 60,       [ACT_EXPIRE_DUE] = 20,     [ACT_PRUNE] = 2,
};

static enum act act_choose(struct sim *s)
{
    int at = sim_chance(s, 1000);
    for (int kind = 0; kind < ACT_COUNT; kind++) {
        at -= weights[kind];
        if (at < 0)
            return (enum act)kind;
    }
    return ACT_CLAIM_CREATE;
}

/* One of the newest `window`; now and then any; -1 when there is none with an id. */
static int one_of(struct sim *s, enum act made_by, int window)
{
    const struct ids *ids = &s->ids[made_by];
    if (ids->count == 0)
        return -1;
    if (window > ids->count || sim_chance(s, 20) == 0)
        window = ids->count;
    int at = ids->count - 1 - sim_chance(s, window);
    return ids->at[at] != 0 ? at : -1;
}

static int claim_of(struct sim *s)
{
    const struct model *m = &s->model;
    if (m->open.count == 0 || sim_chance(s, 12) == 0)
        return one_of(s, ACT_CLAIM_CREATE, 64);
    int at = m->open.at[sim_chance(s, m->open.count)];
    return s->ids[ACT_CLAIM_CREATE].at[at] != 0 ? at : -1;
}

/* Somebody with the role, there; now and then anybody. */
static int somebody(struct sim *s, uint32_t role, int municipality, int shop)
{
    int who = sim_chance(s, PEOPLE);
    for (int tries = sim_chance(s, 30) == 0 ? 0 : 200; tries > 0; tries--) {
        const struct model_person *p = &s->model.people[who];
        if ((p->roles & role) != 0 && (municipality < 0 || p->municipality == municipality) &&
            (shop < 0 || p->shop == shop))
            break;
        who = sim_chance(s, PEOPLE);
    }
    return who;
}

static int64_t amount_of(struct sim *s, int64_t most)
{
    if (most < 1 || sim_chance(s, 12) == 0)
        return 1 + sim_chance(s, 100000);
    if (sim_chance(s, 4) == 0) /* all of it, or a cent more */
        return most < 100000 ? most + sim_chance(s, 2) : 100000;
    return 1 + sim_chance(s, most < 20000 ? (int)most : 20000);
}

static int payer_of(struct sim *s, int64_t *ret_has)
{
    int best = 0;
    *ret_has = -1;
    for (int i = 0; i < 4; i++) {
        int who = sim_chance(s, PEOPLE);
        int64_t has = 0;
        for (int issuer = 0; issuer < ISSUERS; issuer++)
            has += s->model.wallet[who][issuer];
        if (has > *ret_has) {
            best = who;
            *ret_has = has;
        }
    }
    return best;
}

/* Some are busy for a while, so that they come to what one may have at once. */
static int claimant(struct sim *s)
{
    if (sim_chance(s, 3) != 0)
        return sim_chance(s, PEOPLE);
    return (int)((s->batch / 500 + sim_chance(s, 24)) % PEOPLE);
}

static void task_choose(struct sim *s, struct action *a)
{
    const struct model *m = &s->model;
    if (a->kind == ACT_TASK_CREATE) {
        a->place = sim_chance(s, MUNICIPALITIES);
        a->issuer = sim_chance(s, 20) == 0 ? sim_chance(s, ISSUERS) : a->place;
        a->who = somebody(s, ROLE_AUTHOR, a->place, -1);
        a->minutes = sim_chance(s, 8) == 0 ? 5 : 480;
        a->amount = 1 + sim_chance(s, sim_chance(s, 3) == 0 ? 13800 : 1500);
        a->places = 1 + sim_chance(s, PLACES_MAX);
        a->hours = 1 + sim_chance(s, 72);
        return;
    }
    int wanted = a->kind == ACT_TASK_SIGN_OFF ? DRAFT : OPEN;
    for (int tries = 1 + sim_chance(s, 8); tries > 0; tries--) {
        a->on = one_of(s, ACT_TASK_CREATE, 48);
        if (a->on >= 0 && (int)m->tasks.at[a->on].state == wanted)
            break;
    }
    int town = a->on < 0 ? 0 : m->tasks.at[a->on].municipality;
    a->who = a->kind == ACT_CLAIM_CREATE
                 ? claimant(s)
                 : somebody(s, ROLE_MANAGER | (sim_chance(s, 5) == 0 ? ROLE_AUTHOR : 0), town, -1);
}

static void work_choose(struct sim *s, struct action *a)
{
    const struct model *m = &s->model;
    if (a->kind == ACT_REVIEW_TAKE_BACK) {
        a->on = one_of(s, ACT_REVIEW_CREATE, 8);
        a->who = a->on < 0 || sim_chance(s, 10) == 0 ? sim_chance(s, PEOPLE)
                                                     : m->reviews.at[a->on].reviewer;
        return;
    }
    int wanted = a->kind == ACT_REVIEW_CREATE ? SUBMITTED : CLAIMED;
    for (int tries = 1 + sim_chance(s, 8); tries > 0; tries--) {
        a->on = claim_of(s);
        const struct model_claim *c = a->on < 0 ? NULL : &m->claims.at[a->on];
        if (c != NULL && (int)c->state == wanted && (a->kind != ACT_CLAIM_SUBMIT || c->after > 0) &&
            c->pending == PENDING_NONE)
            break;
    }
    const struct model_claim *c = a->on < 0 ? NULL : &m->claims.at[a->on];
    a->choice = sim_chance(s, 4) == 0 ? 0 : 1;
    a->photo = sim_chance(s, 12);
    a->who = c == NULL || sim_chance(s, 25) == 0 ? sim_chance(s, PEOPLE) : c->person;
    if (a->kind != ACT_REVIEW_CREATE)
        return;
    a->choice = sim_chance(s, 6) < 4 ? 0 : 1 + sim_chance(s, 2);
    a->no_reason = sim_chance(s, 10) == 0;
    a->who = somebody(s, ROLE_INSPECTOR | ROLE_STEWARD,
                      c == NULL ? 0 : m->tasks.at[c->task].municipality, -1);
}

static void pay_choose(struct sim *s, struct action *a)
{
    const struct model *m = &s->model;
    int64_t has;
    a->who = payer_of(s, &has);
    a->place = sim_chance(s, SHOPS);
    a->amount = amount_of(s, has);
    if (a->kind == ACT_PAY_REQUEST)
        a->on = one_of(s, ACT_REQUEST_CREATE, 4);
    if (a->kind == ACT_REQUEST_CREATE)
        a->who = somebody(s, ROLE_CASHIER | ROLE_OWNER, -1, -1);
    if (a->kind == ACT_REQUEST_CANCEL) {
        a->on = one_of(s, ACT_REQUEST_CREATE, 6);
        a->who = somebody(s, ROLE_CASHIER, -1, a->on < 0 ? -1 : m->requests.at[a->on].shop);
    }
    if (a->kind != ACT_REFUND)
        return;
    a->on = one_of(s, ACT_PAY_SHOP, 24);
    const struct model_payment *p = a->on < 0 ? NULL : &m->payments.at[a->on];
    a->who = somebody(s, ROLE_CASHIER | ROLE_OWNER, -1, p == NULL ? -1 : p->shop);
    a->amount = amount_of(s, p == NULL ? 0 : p->amount - p->refunded);
}

static void money_choose(struct sim *s, struct action *a)
{
    const struct model *m = &s->model;
    a->place = sim_chance(s, ISSUERS);
    if (a->kind == ACT_PAYOUT_APPROVE || a->kind == ACT_PAYOUT_REJECT) {
        a->on = one_of(s, ACT_PAYOUT_PROPOSE, 4);
        a->place = a->on < 0 ? 0 : m->payouts.at[a->on].issuer;
    }
    a->who = somebody(s, ROLE_TREASURER, a->place, -1);
    a->amount = 1 + sim_chance(s, 60000);
    a->cutoff = m->now + (sim_chance(s, 10) == 0 ? DAY_US : -sim_chance(s, 3000) * MINUTE_US);
    int count = m->takings[a->place].count;
    if (count > 0 && sim_chance(s, 2) == 0) /* the very moment of one, and just after it */
        a->cutoff = m->takings[a->place].at[sim_chance(s, count)].at + sim_chance(s, 2);
}

static struct action choose(struct sim *s)
{
    struct action a = { .kind = act_choose(s) };
    if (a.kind <= ACT_TASK_WITHDRAW || a.kind == ACT_CLAIM_CREATE)
        task_choose(s, &a);
    else if (a.kind <= ACT_REVIEW_TAKE_BACK)
        work_choose(s, &a);
    else if (a.kind <= ACT_REFUND)
        pay_choose(s, &a);
    else if (a.kind <= ACT_FUND)
        money_choose(s, &a);
    return a;
}

/* The very moment at which something ends, or just after it; 0 when there is none ahead. */
static int64_t moment_of(struct sim *s)
{
    const struct model *m = &s->model;
    int64_t moments[3] = { 0 };
    if (m->open.count > 0) {
        const struct model_claim *c = &m->claims.at[m->open.at[sim_chance(s, m->open.count)]];
        moments[0] = c->deadline;
    }
    for (int i = m->reviews.count - 1; i >= 0 && i > m->reviews.count - 20; i--)
        if (m->reviews.at[i].pending)
            moments[1] = m->reviews.at[i].posts_at;
    if (m->requests.count > 0)
        moments[2] = m->requests.at[m->requests.count - 1].expires_at;
    int64_t at = moments[sim_chance(s, 10) == 0 ? 0 : 1 + sim_chance(s, 2)];
    return at > m->now ? at + sim_chance(s, 2) : 0;
}

static void clock_jump(struct sim *s)
{
    int kind = sim_chance(s, 1000);
    int64_t us = kind < 780   ? sim_chance(s, 3000) * INT64_C(1000)
                 : kind < 950 ? sim_chance(s, 300) * SECOND_US
                 : kind < 976 ? sim_chance(s, 180) * MINUTE_US
                 : kind < 980 ? sim_chance(s, 48) * HOUR_US
                              : 0;
    int64_t moment = kind < 980 ? 0 : moment_of(s);
    s->time.us = moment != 0 ? moment : s->time.us + us + 1;
    s->model.now = s->time.us;
}

/* Something that was asked before, in this batch or an earlier one. */
static struct sent *repeat_choose(struct sim *s, bool *ret_other_body)
{
    int64_t count = s->sent_count < SENT_MAX - BATCH_MAX ? s->sent_count : SENT_MAX - BATCH_MAX;
    if (count == 0)
        return NULL;
    struct sent *sent = &s->sent[(s->sent_count - 1 - sim_chance(s, (int)count)) % SENT_MAX];
    if (s->time.us - sent->at > 30 * DAY_US || s->rooms[sent->action.kind] == NULL)
        return NULL;
    *ret_other_body = sent->done && sim_chance(s, 4) == 0 &&
                      (s->rooms[sent->action.kind]->flags & (ROOMS_KEY | ROOMS_KEY_MAY)) != 0;
    return sent;
}

bool sim_random_batch(struct sim *s, int64_t left, enum power_fault fault, int64_t nth)
{
    struct sent *what[BATCH_MAX];
    bool other_body[BATCH_MAX] = { false }, sabotage = sim_chance(s, 30) == 0;
    int count = s->batch_size - 1;
    clock_jump(s);
    for (int i = 0; i < count; i++) {
        what[i] = sim_chance(s, 20) == 0 ? repeat_choose(s, &other_body[i]) : NULL;
        if (what[i] == NULL) {
            struct action a = choose(s);
            what[i] = sim_ask(s, &a);
        }
    }
    if (sabotage && count > 1)
        count--;
    if (left < count)
        count = (int)left;
    return sim_batch(s, what, other_body, count, fault, nth, sabotage);
}
