/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Claims with the store and the ledger: coins are held, posted or let go; places come and go. */
#include "feature/claim/claim_internal.h"
#include "feature/task/testing.h"
#include "gen/ledger_sql.h"
#include "gen/task_sql.h"

enum { PEOPLE = 200 };

struct play {
    struct town town;
    struct task_id task;
    struct person_id people[PEOPLE];
    int64_t places;
};

static err play_apply(struct tx *tx, void *work)
{
    struct play *p = work;
    struct task_new task = town_task(&p->town);
    task.places = p->places;
    TRY(task_add(tx, &task, &p->task));
    for (size_t i = 0; i < PEOPLE; i++)
        TRY(person_add(tx, &(struct person_new){ .name = TEXT("Ann") }, &p->people[i]));
    return OK;
}

static struct play *play_open(int64_t fund, int64_t places)
{
    struct play *p = calloc(1, sizeof *p);
    town_open(&p->town, fund);
    p->places = places;
    assert_int_equal(db_apply(p->town.db, p->town.arena, play_apply, p), OK);
    return p;
}

struct act { /* one thing done to a claim */
    struct play *play;
    struct person_id who;
    struct claim_id claim;
    enum { CLAIM, SUBMIT, APPROVE, REJECT, REWORK, WITHDRAW, EXPIRE, SPOIL } what;
    struct task_run run;
};

static err act_apply(struct tx *tx, void *work)
{
    struct act *a = work;
    struct claim_end_facts f;
    if (a->what == CLAIM)
        return claim_make(tx, a->play->task, a->who, &a->claim);
    if (a->what == EXPIRE)
        return claim_expire(tx, &a->run);
    TRY(sql_claim_end_facts(tx, a->claim, &f));
    switch (a->what) {
    case SUBMIT:
        return sql_claim_submit(tx, a->claim, tx->now, TEXT("done"), 60);
    case APPROVE:
        return claim_approve(tx, a->claim, a->play->town.manager);
    case REJECT:
        return claim_reject(tx, a->claim, a->play->town.manager);
    case REWORK:
        return claim_ask_rework(tx, a->claim, (struct instant){ tx->now.us + HOUR_US });
    case WITHDRAW:
        TRY(claim_withdraw_check(&f));
        return claim_finish(tx, &f, CLAIM_WITHDRAWN, a->who);
    case SPOIL: /* its hold has ended, which never is so */
        return sql_ledger_hold_end(tx, f.issuer, f.hold, (struct coins){ 0 },
                                   (struct movement_id){ f.hold.v });
    case CLAIM:
    case EXPIRE:
        break;
    }
    return ERR_INTERNAL;
}

static err act(struct act *a, int what)
{
    a->what = (unsigned)what;
    return db_apply(a->play->town.db, a->play->town.arena, act_apply, a);
}

struct look {
    struct play *play;
    struct act *act;
    struct account fund, wallet;
    struct task_get task;
    int64_t claim_state, faults;
};

static void tell_fault(void *self, const char *line)
{
    (void)self;
    print_error("%s\n", line);
}

static err look_read(struct tx *tx, void *work)
{
    struct look *l = work;
    struct holder_id holder;
    struct claim_get claim;
    struct account_key key = issuer_fund(l->play->town.issuer);
    TRY(ledger_account(tx, &key, &l->fund));
    TRY(person_holder_of(tx, l->act->who, &holder));
    key = person_wallet(l->play->town.issuer, holder);
    TRY(ledger_account(tx, &key, &l->wallet));
    TRY(sql_task_get(tx, l->play->task, &l->task));
    if (l->act->claim.v != 0) {
        TRY(sql_claim_get(tx, l->act->claim, &claim));
        l->claim_state = claim.state;
    }
    return ledger_verify(tx, tell_fault, NULL, &l->faults);
}

static void expect(struct act *a, int64_t claim, int64_t fund, int64_t held, int64_t wallet,
                   int64_t taken, int64_t task)
{
    struct look l = { .play = a->play, .act = a };
    assert_int_equal(db_read(a->play->town.db, a->play->town.arena, look_read, &l), OK);
    assert_int_equal(l.claim_state, claim);
    assert_int_equal(l.fund.balance.cents, fund);
    assert_int_equal(l.fund.held.cents, held);
    assert_int_equal(l.wallet.balance.cents, wallet);
    assert_int_equal(l.task.places_taken, taken);
    assert_int_equal(l.task.state, task);
    assert_int_equal(l.faults, 0);
}

static void play_close(struct play *p)
{
    town_close(&p->town);
    free(p);
}

static void from_claim_to_coins(void **state)
{
    (void)state;
    struct play *p = play_open(1000, 1);
    struct act a = { p, p->people[0], { 0 }, CLAIM }, b = { p, p->people[1], { 0 }, CLAIM };
    assert_int_equal(act(&a, CLAIM), OK);
    expect(&a, CLAIM_CLAIMED, 1000, 500, 0, 1, TASK_CLOSED);
    assert_int_equal(act(&a, CLAIM), ERR_CLAIM_TWICE);
    assert_int_equal(act(&b, CLAIM), ERR_CLAIM_TASK_FULL);
    assert_int_equal(act(&a, APPROVE), ERR_CLAIM_STATE);
    assert_int_equal(act(&a, SUBMIT), OK);
    assert_int_equal(act(&a, WITHDRAW), ERR_CLAIM_HANDED_IN);
    assert_int_equal(act(&a, REWORK), OK);
    expect(&a, CLAIM_REWORK, 1000, 500, 0, 1, TASK_CLOSED);
    assert_int_equal(act(&a, REJECT), ERR_CLAIM_STATE);
    assert_int_equal(act(&a, SUBMIT), OK);
    assert_int_equal(act(&a, APPROVE), OK);
    expect(&a, CLAIM_APPROVED, 500, 0, 500, 1, TASK_CLOSED);
    assert_int_equal(act(&a, CLAIM), ERR_CLAIM_DONE);
    assert_int_equal(act(&b, CLAIM), ERR_CLAIM_TASK_FULL);
    assert_int_equal(act(&a, APPROVE), ERR_CLAIM_STATE);
    assert_int_equal(act(&a, REJECT), ERR_CLAIM_STATE);
    play_close(p);
}

static void a_place_comes_free(void **state)
{
    (void)state;
    struct play *p = play_open(1000, 1);
    struct act a = { p, p->people[0], { 0 }, CLAIM }, b = { p, p->people[1], { 0 }, CLAIM };
    assert_int_equal(act(&a, CLAIM), OK);
    assert_int_equal(act(&a, WITHDRAW), OK);
    expect(&a, CLAIM_WITHDRAWN, 1000, 0, 0, 0, TASK_OPEN);
    assert_int_equal(act(&a, WITHDRAW), ERR_CLAIM_STATE);
    assert_int_equal(act(&b, CLAIM), OK);
    assert_int_equal(act(&b, SUBMIT), OK);
    assert_int_equal(act(&b, REJECT), OK);
    expect(&b, CLAIM_REJECTED, 1000, 0, 0, 0, TASK_OPEN);
    assert_int_equal(act(&a, CLAIM), OK);
    expect(&a, CLAIM_CLAIMED, 1000, 500, 0, 1, TASK_CLOSED);
    p->town.time.us += 72 * HOUR_US;
    assert_int_equal(act(&a, EXPIRE), OK);
    expect(&a, CLAIM_CLAIMED, 1000, 500, 0, 1, TASK_CLOSED); /* the deadline itself is in time */
    p->town.time.us += 1;
    assert_int_equal(act(&a, EXPIRE), OK);
    expect(&a, CLAIM_EXPIRED, 1000, 0, 0, 0, TASK_OPEN);
    play_close(p);
}

/* A claim that can't expire is passed over; those behind it do, also the ones in rework. */
static void one_fails_the_others_expire(void **state)
{
    (void)state;
    struct play *p = play_open(5000, 3);
    struct act acts[3];
    for (size_t i = 0; i < 3; i++) {
        acts[i] = (struct act){ .play = p, .who = p->people[i] };
        assert_int_equal(act(&acts[i], CLAIM), OK);
        p->town.time.us += 1;
    }
    assert_int_equal(act(&acts[2], SUBMIT), OK);
    assert_int_equal(act(&acts[2], REWORK), OK);
    assert_int_equal(act(&acts[0], SPOIL), OK);
    p->town.time.us += 73 * HOUR_US;
    struct act a = { .play = p };
    assert_int_equal(act(&a, EXPIRE), OK); /* the one in rework: it had an hour */
    assert_true(a.run.more);
    assert_int_not_equal(act(&a, EXPIRE), OK);
    assert_true(a.run.is_row && a.run.more);
    a.run = (struct task_run){ .passed = 1 };
    assert_int_equal(act(&a, EXPIRE), OK);
    assert_true(a.run.more);
    assert_int_equal(act(&a, EXPIRE), OK);
    assert_false(a.run.more || a.run.is_row);
    for (size_t i = 0; i < 3; i++) {
        struct look l = { .play = p, .act = &acts[i] };
        assert_int_equal(db_read(p->town.db, p->town.arena, look_read, &l), OK);
        assert_int_equal(l.claim_state, i == 0 ? CLAIM_CLAIMED : CLAIM_EXPIRED);
    }
    play_close(p);
}

static void the_fund_is_empty(void **state)
{
    (void)state;
    struct play *p = play_open(999, 5);
    struct act a = { p, p->people[0], { 0 }, CLAIM }, b = { p, p->people[1], { 0 }, CLAIM };
    assert_int_equal(act(&a, CLAIM), OK);
    assert_int_equal(act(&b, CLAIM), ERR_CLAIM_FUND_EMPTY);
    expect(&b, 0, 999, 500, 0, 1, TASK_OPEN);
    play_close(p);
}

static void race_done(struct db_job *job, err result)
{
    struct testing_job *t = job->owner;
    t->result = result;
    sem_post(t->count);
}

/* Two hundred people claim the last place at once. */
static void one_wins(void **state)
{
    (void)state;
    struct play *p = play_open(1000000, 1);
    struct testing_job *jobs = calloc(PEOPLE, sizeof *jobs);
    struct act *acts = calloc(PEOPLE, sizeof *acts);
    sem_t count;
    sem_init(&count, 0, 0);
    for (size_t i = 0; i < PEOPLE; i++) {
        acts[i] = (struct act){ p, p->people[i], { 0 }, CLAIM };
        testing_job_set(&jobs[i], &count, (struct addition){ 0 });
        jobs[i].job.apply = act_apply;
        jobs[i].job.work = &acts[i];
        jobs[i].job.done = race_done;
        assert_int_equal(db_submit(p->town.db, &jobs[i].job), OK);
    }
    testing_wait(&count, PEOPLE);
    size_t won = 0, winner = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        if (jobs[i].result == OK) {
            won++;
            winner = i;
        } else {
            assert_int_equal(jobs[i].result, ERR_CLAIM_TASK_FULL);
        }
    }
    assert_int_equal(won, 1);
    expect(&acts[winner], CLAIM_CLAIMED, 1000000, 500, 0, 1, TASK_CLOSED);
    testing_jobs_free(jobs, PEOPLE);
    free(jobs);
    free(acts);
    play_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_claim_to_coins),
        cmocka_unit_test(a_place_comes_free),
        cmocka_unit_test(one_fails_the_others_expire),
        cmocka_unit_test(the_fund_is_empty),
        cmocka_unit_test(one_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
